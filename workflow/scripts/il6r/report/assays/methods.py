"""How did assays get from files to concentrations and their balance, as a methods section would have it?"""

import pandas as pd

from il6r.config import assay_sources
from il6r.report import wording
from il6r.report.load import Settings

# What each form of assays is called, in the order in which it is told.
_FORMS = {
    "plates": "optical densities of ELISA plates",
    "long": "tables with one result a line",
    "wide": "tables with a column for each analyte",
    "npx": "Olink's NPX",
}
CURVES = {
    "auto": "a curve of four or five parameters (4PL, 5PL; whichever has the lower AICc on the plate)",
    "4pl": "a curve of four parameters (4PL)",
    "5pl": "a curve of five parameters (5PL)",
}
WEIGHTS = {
    "1/y2": "weighted by 1/OD\N{SUPERSCRIPT TWO}",
    "1/y": "weighted by 1/OD",
    "none": "without weights",
}
_CORRECTIONS = {
    "bridging": "plates were brought to one level by their bridge samples",
    "none": "plates were not brought to one level, which a covariate may do",
}
_CONSTANTS = {
    "kd_il6_sil6r_nm": "dissociation constant of IL-6 and sIL-6R",
    "kd_complex_sgp130_nm": "dissociation constant of that complex and sgp130",
    "il6_kda": "mass of IL-6",
    "sil6r_kda": "mass of sIL-6R",
    "sgp130_kda": "mass of sgp130",
}


def sentences(config: Settings, estimates: pd.DataFrame, constants: pd.DataFrame) -> list[str]:
    """Where concentrations came from in each cohort, and every step and setting that was in use.

    Parameters
    ----------
    config : the study's configuration with its defaults filled in.
    estimates : `ESTIMATES` of all cohorts, which say whether there is a balance.
    constants : `resources/binding_constants.tsv`: name, unit, value, low, high and source.
    """
    cohorts = config["cohorts"]
    own_forms = forms(cohorts)
    settings = {
        name: {
            **config["assays"],
            **cohort.get("assay_rules", {}),
            "limits": any({"lloq", "uloq"} & set(source) for source in assay_sources(cohort)),
        }
        for name, cohort in cohorts.items()
    }
    acute = with_acute_exercise(cohorts)

    def of(*wanted: str) -> tuple[dict[str, Settings], str]:
        """The settings of the cohorts that have one of these forms, and which these are where not all."""
        own = {name: settings[name] for name in cohorts if set(own_forms[name]) & set(wanted)}
        return own, "" if len(own) == len(cohorts) else f" (in {', '.join(own)})"

    found = [f"Assay data were {came_as(own_forms)}."]
    for wanted, told in ((("plates",), _plates), (("long", "wide"), _tables), (("npx",), _npx)):
        own, where = of(*wanted)
        if own:
            found += told(own, where)
    found += [_censoring()]
    if acute:
        where = "" if len(acute) == len(cohorts) else f" (in {', '.join(acute)})"
        found.append(_plasma({name: settings[name] for name in acute}, where))
    found.append(_variation())
    balanced = estimates["analysis"] == "active_complex_additive"
    return found + (_balance(constants) if balanced.any() else [])


def forms(cohorts: dict[str, Settings]) -> dict[str, list[str]]:
    """The forms of each cohort's sources of assays.

    Parameters
    ----------
    cohorts : each cohort's configuration.
    """
    return {
        name: [cohort["synthetic"].get("assay_form", "long")]
        if "synthetic" in cohort
        else [source.get("form", "long") for source in assay_sources(cohort)]
        for name, cohort in cohorts.items()
    }


def with_acute_exercise(cohorts: dict[str, Settings]) -> list[str]:
    """The cohorts whose blood samples are described, so that some may be of acute exercise."""
    return [
        name
        for name, cohort in cohorts.items()
        if "samples" in cohort or cohort.get("synthetic", {}).get("acute_exercise")
    ]


def came_as(own_forms: dict[str, list[str]]) -> str:
    """What assays came as, each form with its cohorts, from `forms`."""
    texts = []
    for form, called in _FORMS.items():
        names = [name for name, own in own_forms.items() if form in own]
        if names:
            texts.append(f"{called} in {', '.join(names)}")
    return "; ".join(texts)


def _plates(settings: dict[str, Settings], where: str) -> list[str]:
    """From optical densities to concentrations."""

    def curve(own: Settings) -> str:
        """How one cohort's curves were fitted and judged, in words."""
        return (
            f"each plate's standards were fitted with {CURVES[own['curve']]}, "
            f"{WEIGHTS[own['curve_weights']]}; a standard passes if the curve gives its concentration back "
            f"to within {own['max_standard_error_percent']:g} % ({own['max_lloq_error_percent']:g} % at the "
            f"lower limit of quantification), and a plate failed of whose standards fewer than "
            f"{100 * own['min_standards_share']:g} % pass; limits of quantification are the outermost "
            f"passing standards{', or the configured ones where these are narrower' if own['limits'] else ''}"
        )

    def wells(own: Settings) -> str:
        """What became of one cohort's wells, in words."""
        return (
            f"replicates with a CV above {own['max_replicate_cv_percent']:g} % were rejected; where a higher "
            f"dilution of a sample reads more than {own['max_dilution_difference_percent']:g} % higher (a "
            f"hook effect), it counts; {_CORRECTIONS[own['plate_correction']]}"
        )

    return [
        f"Plates{where}: {wording.by_cohort(settings, curve)}. A curve is y = d + (a \N{MINUS SIGN} d) / "
        "(1 + (x/c)^b)^g, with g = 1 in a 4PL (Gottschalk & Dunn 2005, doi 10.1016/j.ab.2005.04.035); limits "
        "of error follow ICH M10.",
        f"Wells of samples{where}: {wording.by_cohort(settings, wells)}. Values beyond the limits of "
        "quantification are censored there; of several dilutions those within the limits count. Standard "
        "errors of logarithms come by the delta method from the covariance of the curve and the pooled CV of "
        "optical densities in replicate (O'Connell, Belanger & Haaland 1993, doi "
        "10.1016/0169-7439(93)80008-6).",
    ]


def _tables(_settings: dict[str, Settings], where: str) -> list[str]:
    return [
        f"Concentrations{where} were brought to ng/mL (IL-6: pg/mL). A value written as below or above a "
        "limit (<, >, LOD, ULOQ), or a number beyond a limit that is known, lies beyond it; an empty cell is "
        "missing."
    ]


def _npx(_settings: dict[str, Settings], where: str) -> list[str]:
    return [
        f"NPX{where} is a logarithm to base 2 on a scale of its own: an effect is a ratio on that scale, no "
        "concentration was made of it, and it enters neither comparisons with published levels nor the "
        "balance. What has a QC warning was left out; what is below its limit of detection is known to lie "
        "below it."
    ]


def _censoring() -> str:
    return (
        "Replicates were averaged, and so were the bounds of what is known only to lie below or above a "
        "limit or between two. Such values were neither dropped from the models nor replaced by a number: "
        "they enter a normal likelihood of logarithms with the probability between their bounds (Tobin "
        "1958, doi 10.2307/1907382)."
    )


def _plasma(settings: dict[str, Settings], where: str) -> str:
    def corrected(own: Settings) -> str:
        """Whether one cohort's samples were corrected, in words."""
        if not own["plasma_volume_correction"]:
            return "they were not corrected for plasma volume"
        return (
            "they were brought to the plasma volume of the same day's sample at rest, by haemoglobin and "
            "haematocrit where both have them (Dill & Costill 1974, doi 10.1152/jappl.1974.37.2.247)"
        )

    return (
        f"Samples after acute exercise{where} are in no model of resting levels; "
        f"{wording.by_cohort(settings, corrected)}."
    )


def _variation() -> str:
    return (
        "Variation between and within people is that of logarithms of resting samples that are quantified, "
        "from a one-way analysis of variance with people as a random effect, as coefficients of variation of "
        "a log-normal quantity; the intraclass correlation is of a single sample, ICC(1)."
    )


def _balance(constants: pd.DataFrame) -> list[str]:
    given = "; ".join(
        f"{_CONSTANTS.get(row.name, row.name)} {row.value:g} {row.unit}"
        + (f", {row.low:g} to {row.high:g}" if row.low < row.high else "")
        + f" ({row.source})"
        for row in constants.itertuples(index=False)
    )
    return [
        "Where a sample has concentrations of all three, the equilibrium of IL-6, sIL-6R and sgp130 was "
        "solved by mass action, one molecule of each: IL-6 binds sIL-6R, and their complex binds sgp130. "
        "Predicted are the free share of IL-6, the active complex (IL-6 with sIL-6R alone, which can act on "
        "cells by trans-signalling), the complex that sgp130 buffers, and how many molecules of sgp130 there "
        "are to one of sIL-6R. Where IL-6 lies beyond a limit, so do the complexes; a limit of sIL-6R or "
        "sgp130, which moves these little, counts there as the value. Effects were estimated again with each "
        "constant at either end of its range.",
        f"Constants: {given}.",
        "The balance is a model of plasma. It leaves out receptors and gp130 on cells; other cytokines that "
        "bind gp130, such as IL-11 and CNTF; what is in tissue; binding to other proteins; and how fast "
        "complexes come and go. It takes an assay to measure all of a molecule, free or bound, which kits "
        "may not.",
    ]
