"""What was done, in one paragraph to paste, of which every sentence is of a step that ran?"""

from collections.abc import Sequence

import pandas as pd

from il6r import origin
from il6r.report import privacy, wording
from il6r.report.activity import methods as activity
from il6r.report.assays import methods as assays
from il6r.report.load import Settings, Study
from il6r.report.provenance import registered
from il6r.report.replication.words import findings
from il6r.report.verdicts.words import claims
from il6r.tables.activity import ACTIVITY_QC
from il6r.tables.assays import ASSAYS_QC
from il6r.tables.association import CAUSAL, ESTIMATES, EVERYBODY, SENSITIVITY
from il6r.tables.genotypes import GENOTYPES_QC, SOURCES
from il6r.tables.replication import POOLED, VERDICTS

# What a model is called, with a publication, by a part of its name in `ESTIMATES`.
_MODELS = {
    "least squares": "least squares",
    "censored normal": "censored normal regression [@tobin1958]",
    "log-linear": "log-linear models of the mean [@gourieroux1984]",
    "logistic": "logistic regression [@heinze2002]",
    "mixed, kinship": "mixed models with kinship [@kang2010]",
    "mixed, random": "mixed models with random intercepts [@laird1982]",
}
# The same of errors, by a pattern of what `ESTIMATES` calls them.
_ERRORS = {
    "HC2": "HC2 [@bell2002; @imbens2016]",
    "HC3": "HC3 [@mackinnon1985]",
    "CR2|cluster-robust": "bias-reduced cluster-robust (CR2) [@bell2002; @pustejovsky2018]",
}
# Measures beside a verdict, by the column of `VERDICTS` that has them.
_BESIDE = {
    "sceptical_p_value": "sceptical p-values [@held2022]",
    "replication_bayes_factor": "replication Bayes factors [@verhagen2014]",
    "small_telescopes_p_value": "small telescopes [@simonsohn2015]",
}
_CUT_POINTS = {"ggir": "[@migueles2019]", "hildebrand": "[@hildebrand2014; @hildebrand2017]"}


def sentences(study: Study) -> list[str]:
    """The paragraph's sentences, with citations as [@key] of `resources/references.tsv`."""
    estimates = study.table(ESTIMATES).dropna(subset="estimate")
    return [
        _opening(study, estimates),
        *_genotypes(study),
        *_assays(study, estimates),
        *_activity(study),
        _plan(study),
        *_models(estimates),
        *_multiplicity(estimates),
        *_permutation(study, estimates),
        *_beside(study),
        _pooling(study),
        _verdicts(study),
        *_ending(study),
    ]


def _opening(study: Study, estimates: pd.DataFrame) -> str:
    number = sum(one["tested"] for one in claims(findings(study)))
    variant = study.catalogue[study.config["variant"]]
    most = estimates.loc[estimates["stratum"] == EVERYBODY, "n_participants"].max()
    people = "" if pd.isna(most) else f" (up to {privacy.people(int(most), study.minimum)} people in a model)"
    return (
        f"We tested {_counted(number, 'published claim')} about {study.config['variant']} (IL6R p.Asp358Ala; "
        f"effect allele {variant.effect_allele}), starting from those of a review [@nash2022], in "
        f"{_counted(len(study.cohorts), 'cohort')}{people} with il6r-replication {origin.VERSION} "
        "[@il6rreplication], a Snakemake workflow [@molder2021]."
    )


def _genotypes(study: Study) -> list[str]:
    builds = sorted(set(study.table(SOURCES)["build"].dropna()))
    where = f" ({wording.listed(builds)})" if builds else ""
    tested = study.table(GENOTYPES_QC)["hwe_midp"].notna().any()
    equilibrium = (
        " Hardy-Weinberg equilibrium was tested by exact tests with mid p-values within ancestries "
        "[@graffelman2013]."
    )
    return [
        f"The dosage of the effect allele was read from VCF or BCF files{where} by position and alleles; "
        "absent records and calls counted as missing." + (equilibrium if tested else ""),
        *_structure(study.config["cohorts"]),
    ]


def _structure(cohorts: dict[str, Settings]) -> list[str]:
    own = {name: one["genotypes"] for name, one in cohorts.items() if one["genotypes"].get("structure", True)}
    if not own:
        return []

    def left_out(genotypes: Settings) -> str:
        """Who is left out of one cohort's models, in words."""
        names = {"exclude_relatives": "relatives", "exclude_outliers": "outliers"}
        out = [name for key, name in names.items() if genotypes.get(key, True)]
        return f"{' and '.join(out)} were left out of the models" if out else "all stayed in the models"

    return [
        "Relatives were found by KING-robust kinship [@manichaikul2010], and outliers of ancestry by "
        "principal "
        f"components of independent SNPs{_where(own, cohorts)}; {wording.by_cohort(own, left_out)}."
    ]


def _assays(study: Study, estimates: pd.DataFrame) -> list[str]:
    cohorts = study.config["cohorts"]
    forms = assays.forms(cohorts)
    if not study.table(ASSAYS_QC)["samples"].gt(0).any():
        return []
    text = f"Assay data on sIL-6R and other proteins were {assays.came_as(forms)}."
    if any("plates" in own for own in forms.values()):
        text += (
            " Concentrations on plates were read from standard curves of four or five parameters "
            "[@gottschalk2005]."
        )
    if (estimates["n_censored"] > 0).any():
        text += " Values beyond the limits of quantification were treated as censored [@tobin1958]."
    acute = {name: study.settings("assays", name) for name in assays.with_acute_exercise(cohorts)}
    if any(own["plasma_volume_correction"] for own in acute.values()):
        text += (
            f" Samples after acute exercise{_where(acute, cohorts)} were corrected for plasma volume "
            "[@dill1974]."
        )
    return [text]


def _activity(study: Study) -> list[str]:
    cohorts = study.config["cohorts"]
    forms = {name: [form for form, _ in activity.forms(cohort)] for name, cohort in cohorts.items()}
    quality = study.table(ACTIVITY_QC)
    if not (quality["people"].gt(0).any() or quality["questionnaires_scored"].gt(0).any()):
        return []
    parts = [f"Activity data were {activity.came_as(cohorts)}."]
    settings = {name: study.settings("activity", name) for name in cohorts}
    raw = {name: own for name, own in settings.items() if "raw" in forms[name]}
    if raw:
        calibrated = any(own["calibrate"] for own in raw.values())
        parts.append(
            f"Raw recordings{_where(raw, cohorts)} were "
            + ("calibrated to gravity [@vanhees2014] and " if calibrated else "")
            + "summarised as the Euclidean norm minus one (ENMO) [@vanhees2013]."
        )
    by_day = {
        name: own for name, own in settings.items() if {*activity.RECORDED, *activity.BY_DAY} & {*forms[name]}
    }
    if by_day:
        parts.append(
            f"Days with {wording.by_cohort(by_day, _valid_day)} counted{_where(by_day, cohorts)}, in people "
            f"with {wording.by_cohort(by_day, _valid_person)}."
        )
    cut = {name: own for name, own in settings.items() if {*activity.RECORDED} & {*forms[name]}}
    if cut:
        parts.append(f"Minutes by intensity used {wording.by_cohort(cut, _cut_points)}.")
    asked = {name: settings[name] for name in cohorts if {"ipaq_short", "ipaq_long"} & {*forms[name]}}
    if asked:
        parts.append(
            f"The International Physical Activity Questionnaire{_where(asked, cohorts)} was scored "
            "by its protocol [@craig2003]."
        )
    return [" ".join(parts)]


def _valid_day(own: Settings) -> str:
    return f"at least {own['valid_day_hours']:g} h of wear"


def _valid_person(own: Settings) -> str:
    weekend = f", {own['min_weekend_days']} of them on a weekend" if own["min_weekend_days"] else ""
    return f"at least {_counted(own['min_valid_days'], 'valid day')}{weekend}"


def _cut_points(own: Settings) -> str:
    name = own["cut_points"]
    source = next((source for begin, source in _CUT_POINTS.items() if name.startswith(begin)), "")
    return f"the cut points {name} {source}".strip()


def _plan(study: Study) -> str:
    analyses = study.plan.analyses.values()
    primary = sum(one.priority == "primary" for one in analyses)
    found = registered.compared(study)
    known = f"have the SHA-256 {found.sha256[:12]}"
    if found.date:
        same = "as they are here" if not found.changes else "and changed since"
        known = f"were registered on {found.date} {same} (SHA-256 {found.sha256[:12]} here)"
    return (
        f"The analysis plan ({_counted(len(analyses), 'analysis', 'analyses')}, {primary} of them primary), "
        f"the published values, the limits of data quality and the rule of verdicts {known}."
    )


def _models(estimates: pd.DataFrame) -> list[str]:
    if estimates.empty:
        return []
    models = [text for part, text in _MODELS.items() if estimates["model"].str.contains(part).any()]
    errors = [text for part, text in _ERRORS.items() if estimates["errors"].str.contains(part).any()]
    robust = f", with {wording.listed(errors)} standard errors" if errors else ""
    text = (
        f"Effects were estimated by {wording.listed(models)}{robust}, adjusted for the covariates that the "
        "full methods list."
    )
    if (estimates["scale"] == "r2").any():
        text += (
            " Shares of variance are squared partial correlations with intervals of the noncentral t "
            "[@smithson2001]."
        )
    if (estimates["n_exposure_censored"] > 0).any():
        text += (
            " Exposures beyond a limit were imputed between their bounds [@tanner1987] and pooled by Rubin's "
            "rules [@rubin1987]."
        )
    return [text]


def _multiplicity(estimates: pd.DataFrame) -> list[str]:
    adjusted = estimates.dropna(subset="p_adjusted")
    methods = {
        "primary": "primary p-values were adjusted by Holm's method [@holm1979]",
        "secondary": "secondary ones by Benjamini and Hochberg's [@benjamini1995]",
    }
    told = [text for priority, text in methods.items() if (adjusted["priority"] == priority).any()]
    return [f"Within cohorts, {wording.listed(told)}."] if told else []


def _permutation(study: Study, estimates: pd.DataFrame) -> list[str]:
    if estimates["p_permutation"].isna().all():
        return []
    return [
        f"Primary effects were tested by {study.plan.draws:,} permutations of residuals as well "
        "[@freedman1983; @diciccio2017]."
    ]


def _beside(study: Study) -> list[str]:
    """Alternative analyses and causal readings, where there were any."""
    causal = study.table(CAUSAL)
    told = []
    if study.table(SENSITIVITY)["estimate"].notna().any():
        told.append("Effects behind claims were estimated again in alternative analyses [@simonsohn2020].")
    if causal["estimate"].notna().any():
        named = map(wording.outcome, causal.dropna(subset="estimate")["exposure"])
        exposures = dict.fromkeys(name.split(" (")[0] for name in named)
        told.append(
            f"The variant served as instrument for {wording.listed(list(exposures))} in two-stage least "
            "squares with Anderson-Rubin sets [@anderson1949; @didelez2007]."
        )
    if causal["two_sample"].notna().any():
        told.append("Two-sample ratios used everybody with either measurement [@angrist1992; @inoue2010].")
    return told


def _pooling(study: Study) -> str:
    if not (study.table(POOLED)["cohorts"] > 1).any():
        return "Each estimate is of one cohort, so that nothing was pooled."
    return (
        "Cohorts were pooled by inverse-variance fixed effects [@meier1953]; random effects (Paule-Mandel "
        "[@paule1982], Hartung-Knapp intervals [@hartung2001; @rover2015]) decided where cohorts were "
        "heterogeneous (Cochran's Q p < 0.1 or I\N{SUPERSCRIPT TWO} > 50 % [@higgins2002])."
    )


def _verdicts(study: Study) -> str:
    rule = study.plan.replication
    verdicts = study.table(VERDICTS)
    beside = [text for column, text in _BESIDE.items() if verdicts[column].notna().any()]
    text = (
        "Each claim's estimate was compared with its primary published value by a rule set in advance: "
        "replicated, if the 95 % interval lay beyond "
        f"{100 * rule['smallest_share']:g} % of the published effect on its side and the two did not differ "
        "(Cochran's Q, p \N{GREATER-THAN OR EQUAL TO} 0.05)"
    )
    if verdicts["equivalence_p_value"].notna().any():
        text += (
            f"; equivalence within {100 * rule['equivalence_margin']:g} % was tested by two one-sided tests "
            "[@schuirmann1987]"
        )
    return f"{text}. Beside the verdicts stand {wording.listed(beside)}." if beside else f"{text}."


def _ending(study: Study) -> list[str]:
    simulated = f"The measurements of {wording.listed(list(study.truths))} are simulated."
    return [disclosure(study), *([simulated] if study.truths else [])]


def disclosure(study: Study) -> str:
    """How results of small groups are kept back, and numbers of people rounded."""
    step = privacy.step(study.minimum)
    if step == 1:
        return "Numbers of people are exact."
    return (
        f"Results of fewer than {step} people are not reported, and numbers of people are rounded down to "
        f"multiples of {step}."
    )


def _where(own: Sequence[str] | dict[str, Settings], cohorts: Sequence[str] | dict[str, Settings]) -> str:
    """In which cohorts, where not in all."""
    return "" if len(own) == len(cohorts) else f" (in {', '.join(own)})"


def _counted(number: int, one: str, several: str = "") -> str:
    return f"{number:,} {one if number == 1 else several or f'{one}s'}"
