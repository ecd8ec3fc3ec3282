"""What do concentrations rest on in each cohort, and what do they say of the signalling balance?"""

import re
from collections.abc import Callable
from typing import Any, TypedDict

import numpy as np
import pandas as pd

from il6r import outcomes, units
from il6r.effect_text import quantity
from il6r.report import privacy, wording
from il6r.report.association import specifications
from il6r.report.blocks import Headed
from il6r.report.load import Study
from il6r.tables.assays import ASSAYS_QC, CONTROLS, PLATES, VARIABILITY, WELLS
from il6r.tables.association import EVERYBODY

ANALYTES = {name: one.label for name, one in outcomes.ANALYTES.items()}
# The balance's columns of the analysis set.
BALANCE = [one.column for one in outcomes.BALANCE.values()]
# What is told beside the active complex.
_BESIDE = {
    "sil6r_additive": "sIL-6R itself",
    "il6_additive": "IL-6",
    "sgp130_additive": "sgp130",
    "sgp130_excess_additive": "the number of times sgp130 exceeds sIL-6R",
}
NO_BALANCE = (
    "No cohort has an estimate of the signalling balance on enough people: it takes concentrations of IL-6, "
    "sIL-6R and sgp130 in the same samples."
)
# Effects of place on the plate beyond this are counted. People differ, and so do the means of those in outer
# wells and in inner ones: where there are enough plates to tell by how much, those are named that are further
# from the median plate than so many standard deviations (1.4826 times the median absolute deviation).
_NOTABLE_PERCENT, _BEYOND_CHANCE, _ENOUGH_PLATES, _SD_OF_MAD = 10.0, 3.0, 8, 1.4826
# So many plates are named in a cell; of 1,100 plates the rest are counted.
_NAMED_PLATES = 6
# Shares of complexes that sgp130 leaves unbound are called the same if they differ by less than this part of
# themselves: wells in replicate may differ by more.
_SAME_PART = 0.1
# A name may be anything, even a participant's.
_PLATE_NAME = r"plate '.*'"
ROWS = {
    "samples": "samples",
    "below_limit": "samples below the limit",
    "above_limit": "samples above the limit",
    "rejected": "wells rejected",
    "median": "median",
    "cv": "CV of replicates (median)",
    "between": "variation between people (CV)",
    "within": "variation within people (CV)",
    "icc": "intraclass correlation over visits (95 % interval)",
    "inter_plate": "CV of controls between plates",
    "used": "plates used",
    "failed": "plates that failed",
    "models": "curves",
    "lloq": "lower limit of quantification, before dilution",
    "uloq": "upper limit of quantification, before dilution",
    "controls": "controls in range",
    "edge": "outer wells against inner ones",
    "drift": "last column against the first",
}
_MODEL = (
    "This is a model of plasma in equilibrium: it says what the measured concentrations would come to, not "
    "how cells respond."
)


class Analyte(TypedDict):
    """What the assay files held of one analyte: what readers call it, and a row for each quantity."""

    analyte: str
    rows: list[Headed]


def tables(study: Study) -> list[Analyte]:
    """What the assay files held: a table for each analyte, in it a row for each quantity.

    Counts of samples and wells are rounded; medians and variances are there where they are over enough
    people. Plates, curves and controls are not people, and are counted exactly.
    """
    shown: list[Analyte] = []
    for analyte, name in ANALYTES.items():
        cells = [_cells(cohort, analyte, study) for cohort in study.cohorts]
        rows: list[Headed] = [
            {"name": label, "cells": [own.get(key, "") for own in cells]} for key, label in ROWS.items()
        ]
        if rows := [row for row in rows if any(row["cells"])]:
            shown.append({"analyte": name, "rows": rows})
    return shown


def plate_sentences(cohorts: list[str], plates: pd.DataFrame, controls: pd.DataFrame) -> list[str]:
    """Which plates failed and why, and on which a control was out of its range. Plates go by their place."""
    found = []
    for cohort in cohorts:
        for analyte, name in ANALYTES.items():
            own, checked = _own(plates, cohort, analyte), _own(controls, cohort, analyte)
            for reason, rows in own.dropna(subset="failed").groupby("failed", sort=False):
                each = "each: " if len(rows) > 1 else ""
                found.append(f"{cohort}, {name}: {_named(rows['place'])} failed ({each}{reason}).")
            out = checked[checked["in_range"].eq(False).fillna(False)]
            if len(out):
                found.append(f"{cohort}, {name}: a control is out of its range on {_named(out['place'])}.")
    return found


def note_sentences(cohorts: list[str], qc: pd.DataFrame) -> list[str]:
    """What reading the files left to say of an analyte's level, without plates' names."""
    noted = qc.dropna(subset="note")
    return [
        f"{cohort}, {ANALYTES[row.analyte]}: {re.sub(_PLATE_NAME, 'a plate', row.note)}."
        for cohort in cohorts
        for row in noted[noted["cohort"] == cohort].itertuples()
    ]


def reference_sentences(cohorts: list[str], reference: pd.DataFrame, minimum: int) -> list[str]:
    """Where each cohort's medians lie among published ranges, what may explain it if outside, and sources.

    Resting and post-exercise samples have medians of their own.
    """
    found: list[str] = []
    sources: dict[str, None] = {}
    for cohort in cohorts:
        for analyte, name in ANALYTES.items():
            rows = _own(reference, cohort, analyte).dropna(subset="median")
            rows = privacy.shown_groups(rows, minimum)
            sources |= dict.fromkeys(rows["source"])
            for median, own in rows.groupby("median", sort=False):
                text = f"{cohort}, {name}, median {quantity(median, '')} {own['unit'].iloc[0]}"
                found.append(f"{text}: {_places(own, minimum)}.")
    return [*found, f"Published ranges: {'; '.join(sources)}."] if found else []


def spread_sentences(
    cohorts: list[str], variability: pd.DataFrame, qc: pd.DataFrame, minimum: int
) -> list[str]:
    """Which of the three molecules varies least, in cohorts with concentrations of all.

    Parameters
    ----------
    variability, qc : `VARIABILITY` and `ASSAYS_QC` of all cohorts.
    """
    in_units = qc[qc["unit"] != units.RELATIVE].set_index(["cohort", "analyte"]).index
    known = variability[privacy.enough(variability["people"], minimum)].dropna(subset="total_sd_log")
    known = known[pd.MultiIndex.from_frame(known[["cohort", "analyte"]]).isin(in_units)]
    found = []
    for cohort in cohorts:
        own = known[known["cohort"] == cohort].sort_values("total_sd_log", kind="stable")
        if len(own) == len(ANALYTES):
            spread = [
                f"{ANALYTES[row.analyte]} {_percent(percent_of(row.total_sd_log))}"
                for row in own.itertuples()
            ]
            found.append(
                f"In {cohort} {ANALYTES[own['analyte'].iloc[0]]} varies least between single samples at rest "
                f"of different people: coefficients of variation are {wording.listed(spread)}, values beyond "
                "limits left out."
            )
    return found


def shown_effects(estimates: pd.DataFrame, minimum: int) -> pd.DataFrame:
    """The rows of `ESTIMATES`, of everybody, that have an effect in percent on enough people."""
    kept = privacy.enough(estimates["n_participants"], minimum) & (estimates["stratum"] == EVERYBODY)
    return estimates[kept].dropna(subset=["percent", "percent_low", "percent_high"])


def shown_means(means: pd.DataFrame, minimum: int) -> pd.DataFrame:
    """The balance's rows of `GENOTYPE_MEANS` whose genotype enough people have, by copies."""
    kept = means["outcome"].isin(BALANCE) & privacy.enough(means["participants"], minimum)
    kept = means[kept].dropna(subset="geometric_mean")
    return kept[kept["geometric_mean"] > 0].sort_values(["copies", "outcome"], kind="stable")


def buffered_shares(means: pd.DataFrame, minimum: int) -> pd.DataFrame:
    """The share of complexes that sgp130 binds in each genotype, of the geometric means.

    Parameters
    ----------
    means : one cohort's `GENOTYPE_MEANS`.

    Returns
    -------
    genotype, active and buffered (pM), share (0 to 1), by copies of the effect allele.
    """
    shown = shown_means(means, minimum)
    wide = shown.pivot(index=["copies", "genotype"], columns="outcome", values="geometric_mean")
    wide = wide.reindex(columns=["active_complex_pm", "buffered_complex_pm"]).astype(float).dropna()
    wide.columns = ["active", "buffered"]
    wide["share"] = wide["buffered"] / (wide["active"] + wide["buffered"])
    return wide.reset_index("genotype")


def balance_sentences(
    estimates: pd.DataFrame, sensitivity: pd.DataFrame, means: pd.DataFrame, minimum: int
) -> list[str]:
    """What each effect allele does to the predicted trans-signalling, and whether sgp130 takes it up.

    Parameters
    ----------
    estimates, sensitivity, means : `ESTIMATES`, SENSITIVITY and GENOTYPE_MEANS of all cohorts.
    """
    effects = shown_effects(estimates, minimum)
    found = []
    for cohort in dict.fromkeys(effects.loc[effects["analysis"] == "active_complex_additive", "cohort"]):
        own = effects[effects["cohort"] == cohort].set_index("analysis")
        found.append(f"{cohort}: {_answer(own)}")
        if text := _taken_up(own, buffered_shares(_own(means, cohort), minimum)):
            found.append(f"{cohort}: {text}")
        if text := _moved(_own(sensitivity, cohort), minimum):
            found.append(f"{cohort}: {text}")
    return [*found, _MODEL] if found else [NO_BALANCE]


def share_text(share: float) -> str:
    """A share in percent, with another digit where nearly all is in it."""
    return f"{100 * share:.{1 if share < 0.99 else 2}f} %"


def percent_of(sd_log: float) -> float:
    """The coefficient of variation, in percent, of a log-normal quantity: 100 sqrt(exp(sd^2) - 1)."""
    return 100 * float(np.sqrt(np.expm1(sd_log**2)))


def _cells(cohort: str, analyte: str, study: Study) -> dict[str, str]:
    """One cohort's cells of one analyte by row; a row that has nothing to say has none."""
    plates, minimum = _own(study.table(PLATES), cohort, analyte), study.minimum
    return {
        **_samples(cohort, analyte, study),
        "rejected": _rejected(_own(study.table(WELLS), cohort, analyte), minimum),
        **(_plates(plates, analyte, minimum) if len(plates) else {}),
        "controls": _controls(_own(study.table(CONTROLS), cohort, analyte)),
    }


def _samples(cohort: str, analyte: str, study: Study) -> dict[str, str]:
    """What is known of people's samples and how they vary."""
    qc, minimum = _own(study.table(ASSAYS_QC), cohort, analyte), study.minimum
    if qc.empty or qc["samples"].iloc[0] == 0:
        return {}
    row = qc.iloc[0]
    spread = _own(study.table(VARIABILITY), cohort, analyte)
    people = int(spread["people"].iloc[0]) if len(spread) else int(row["samples"])

    def measure(value: float, text: Callable[[float], str]) -> str:
        """A measure in words, where it is known and enough people are behind it."""
        if pd.isna(value):
            return ""
        return text(value) if privacy.enough(people, minimum) else "not shown"

    unit = f"relative units ({units.RELATIVE})" if row["unit"] == units.RELATIVE else row["unit"]
    cells = {
        "samples": privacy.people(int(row["samples"]), minimum),
        "below_limit": privacy.people(int(row["below_limit"]), minimum),
        "above_limit": privacy.people(int(row["above_limit"]), minimum),
        "median": measure(row["median"], lambda value: f"{quantity(value, '')} {unit}"),
        "cv": measure(row["median_cv_percent"], _percent),
    }
    if spread.empty:
        return cells
    varies = spread.iloc[0]
    ends = "" if pd.isna(varies["icc_low"]) else f" ({varies['icc_low']:.2f} to {varies['icc_high']:.2f})"
    return cells | {
        "between": measure(varies["between_sd_log"], lambda value: _percent(percent_of(value))),
        "within": measure(varies["within_sd_log"], lambda value: _percent(percent_of(value))),
        "icc": measure(varies["icc"], lambda value: f"{value:.2f}{ends}"),
        "inter_plate": measure(varies["inter_plate_cv_percent"], _percent),
    }


def _rejected(wells: pd.DataFrame, minimum: int) -> str:
    """Rejected wells by reason, the commonest first; a sample's well may be a person."""
    counts = wells["rejected"].dropna().value_counts()
    ordered = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    return "; ".join(f"{privacy.people(int(count), minimum)} ({reason})" for reason, count in ordered)


def _plates(plates: pd.DataFrame, analyte: str, minimum: int) -> dict[str, str]:
    """What the standard curves gave; effects of place on the plate where enough samples are on it."""
    used = plates[plates["failed"].isna()]
    models = used["model"].value_counts().sort_index()
    return {
        "used": f"{len(used):,}",
        "failed": f"{len(plates) - len(used):,}",
        "models": ", ".join(f"{model} {count:,}" for model, count in models.items()),
        "lloq": _range(used["lloq"], units.CANONICAL[analyte]),
        "uloq": _range(used["uloq"], units.CANONICAL[analyte]),
        "edge": _off(privacy.shown_groups(used, minimum), "edge_percent"),
        "drift": _off(privacy.shown_groups(used, minimum), "drift_percent"),
    }


def _controls(controls: pd.DataFrame) -> str:
    inside = controls["in_range"].dropna()
    return f"{int(inside.sum()):,} of {len(inside):,}" if len(inside) else ""


def _off(plates: pd.DataFrame, key: str) -> str:
    """How many plates have a notable effect of place, and on which it is more than chance, largest first."""
    known = plates.dropna(subset=key)
    if known.empty:
        return ""
    off = known[known[key].abs() > _NOTABLE_PERCENT]
    logs = np.log1p(known[key].clip(lower=-99) / 100)
    away = (logs - logs.median()).abs()
    text = f"median {_signed(known[key].median())}; over {_NOTABLE_PERCENT:g} %"
    text += f" on {len(off):,} of {len(known):,}"
    if off.empty:
        return text
    if judged := len(known) >= _ENOUGH_PLATES:
        off = off[away[off.index] > _BEYOND_CHANCE * _SD_OF_MAD * away.median()]
    off = off.sort_values(key, key=lambda values: -values.abs(), kind="stable")
    names = [f"plate {row.place} ({_signed(getattr(row, key))})" for row in off[:_NAMED_PLATES].itertuples()]
    more = len(off) - len(names)
    listed = (", ".join(names) or "none") + (f" and {more:,} more" if more else "")
    return f"{text}, beyond chance on {listed}" if judged else f"{text}: {listed}"


def _named(places: pd.Series) -> str:
    """Plates by their places, each once: "plate 3", "plates 3, 5 and 12 more"."""
    known = sorted(set(places))
    names = ", ".join(map(str, known[:_NAMED_PLATES]))
    more = len(known) - _NAMED_PLATES
    return f"plate{'s' if len(known) > 1 else ''} {names}" + (f" and {more:,} more" if more > 0 else "")


def _places(rows: pd.DataFrame, minimum: int) -> str:
    """Beside which published ranges a median lies, and why; those within which it lies come first."""
    place = np.select(
        [rows["median"] < rows["low"], rows["median"] > rows["high"]], ["below", "above"], "within"
    )
    groups = rows.assign(place=place, note=rows["note"].astype(object).fillna(""))
    parts = []
    for (where, note), own in sorted(
        groups.groupby(["place", "note"], sort=False), key=lambda group: group[0][0] != "within"
    ):
        contexts = ", ".join(_context(row, minimum) for row in own.itertuples())
        parts.append(f"{where} {contexts}" + (f": {note}" if note else ""))
    return "; ".join(parts)


def _context(row: Any, minimum: int) -> str:
    """A published range, and the share of samples within it."""
    span = f"{row.low:g}" if row.low == row.high else f"{row.low:g} to {row.high:g}"
    within = None if pd.isna(row.share_within) else round(row.share_within * row.samples)
    share = "" if within is None else f", {privacy.share(within, row.samples, minimum)} within"
    return f"{row.context} ({span}{share})"


def _answer(own: pd.DataFrame) -> str:
    """The effect on the active complex, and on what it comes from."""
    allele = own["effect_allele"].iloc[0]
    active = own.loc["active_complex_additive"]
    text = f"each {allele} allele {_changes(active)} the predicted active complex by {_size(active)}"
    if active["percent_low"] <= 0 <= active["percent_high"]:
        text = f"no effect of the {allele} allele on the predicted active complex is seen ({_with(active)})"
    others = [f"{called} by {_with(own.loc[name])}" for name, called in _BESIDE.items() if name in own.index]
    return f"{text}. It changes {', '.join(others)}." if others else f"{text}."


def _taken_up(own: pd.DataFrame, shares: pd.DataFrame) -> str:
    """Whether sgp130 binds another share of the complexes in those who carry the effect allele twice."""
    if len(shares) < 2:
        return ""
    first, last = shares.iloc[0], shares.iloc[-1]
    free = (1 - last["share"]) / (1 - first["share"])
    text = (
        f"sgp130 binds {share_text(first['share'])} of the complexes in {first['genotype']} and "
        f"{share_text(last['share'])} in {last['genotype']}"
    )
    if abs(np.log(free)) <= np.log1p(_SAME_PART):
        rises = own.at["active_complex_additive", "percent_low"] > 0
        end = ": it takes up as much of what is added, and the active complex still rises"
        return f"{text}{end if rises else ', which is as much'}."
    # The share follows sgp130's own level as long as little of it is bound.
    sgp130 = own.loc["sgp130_additive"] if "sgp130_additive" in own.index else None
    chance = sgp130 is not None and sgp130["percent_low"] <= 0 <= sgp130["percent_high"]
    doubt = "; its own level is not seen to change, so that this may be chance" if chance else ""
    return f"{text}: it takes up {'less' if free > 1 else 'more'} of what is added{doubt}."


def _moved(sensitivity: pd.DataFrame, minimum: int) -> str:
    """How far the effect on the active complex moves with the constants."""
    others = specifications.other_constants(sensitivity, "active_complex_additive", minimum)["percent"]
    if others.empty:
        return ""
    low, high = (wording.number(value, "percent") for value in (others.min(), others.max()))
    span = low if low == high else f"{low.removesuffix(' %')} to {high}"
    several = f"{len(others)} alternative values" if len(others) > 1 else "one alternative value"
    return f"with {several} of the constants the effect on the active complex is {span} per allele."


def _changes(row: pd.Series) -> str:
    return "raises" if row["percent"] > 0 else "lowers"


def _size(row: pd.Series) -> str:
    """A percent change without its sign, and its interval the same way."""
    ends = sorted(abs(row[["percent_low", "percent_high"]].astype(float)))
    return f"{abs(row['percent']):.1f} % ({ends[0]:.1f} to {ends[1]:.1f})"


def _with(row: pd.Series) -> str:
    return wording.with_interval(row["percent"], row["percent_low"], row["percent_high"], "percent")


def _range(values: pd.Series, unit: str) -> str:
    known = values.dropna()
    if known.empty:
        return ""
    low, high = quantity(known.min(), ""), quantity(known.max(), "")
    return f"{low} {unit}" if low == high else f"{low} to {high} {unit}"


def _percent(value: float) -> str:
    return f"{value:.1f} %"


def _signed(value: float) -> str:
    return f"{value:+.0f} %".replace("-", "\N{MINUS SIGN}") if round(value) else "0 %"


def _own(table: pd.DataFrame, cohort: str, analyte: str | None = None) -> pd.DataFrame:
    """One cohort's rows of a table, of one analyte if one is named."""
    kept = table["cohort"] == cohort
    return table[kept if analyte is None else kept & (table["analyte"] == analyte)]
