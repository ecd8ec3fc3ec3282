"""How often did intervals hold in simulated cohorts most like each of these?"""

from collections.abc import Iterable
from typing import Any

import numpy as np
import pandas as pd

from il6r.plan import Analysis, Plan
from il6r.report import privacy, wording
from il6r.tables.association import EVERYBODY

# Situations of the designs that a cohort may be in, as far as its tables tell.
_USUAL, _SIBLINGS = "as assumed", "siblings"
# The distance of one sample a person from several, and of all values quantified from all censored; a factor
# of 2.7 in people, in visits or in the allele's odds is 1.
_REPEATED, _CENSORED = 2.0, 5.0


def sentences(
    plan: Plan, estimates: pd.DataFrame, quality: pd.DataFrame, calibration: pd.DataFrame, minimum: int
) -> list[str]:
    """What simulations say of each cohort's primary effect per allele on sIL-6R, from the nearest design.

    Parameters
    ----------
    estimates, quality : `ESTIMATES` and `GENOTYPES_QC` of all cohorts.
    calibration : `CALIBRATION`, as committed in `resources/`.
    """
    planned = [one for one in plan.analyses.values() if _is_primary(one)]
    if not planned:
        return []
    analysis = planned[0]
    shown = privacy.shown_estimates(estimates, minimum)
    shown = shown[(shown["analysis"] == analysis.name) & (shown["stratum"] == EVERYBODY)]
    frequencies = quality[quality["group"] == EVERYBODY].set_index("cohort")["frequency"]
    tried = calibration[calibration["model"].isin(_models(analysis))].dropna(subset="coverage")
    cohorts: dict[str, list[str]] = {}
    for row in shown.to_dict("records"):
        design = _nearest(tried, row, float(frequencies.get(row["cohort"], np.nan)))
        if design is not None:
            cohorts.setdefault(_held(design), []).append(row["cohort"])
    if not cohorts:
        return []
    versions = wording.listed(sorted(set(tried["version"])))
    return [
        f"Simulated cohorts of known truth (version {versions}) show how "
        f"often 95 % intervals of {analysis.label} include it, in the design nearest to each cohort:",
        *(f"{wording.listed(names)}: {text}" for text, names in cohorts.items()),
    ]


def _is_primary(analysis: Analysis) -> bool:
    """Whether an analysis is the primary effect per allele on log sIL-6R."""
    return (
        analysis.outcome == "sil6r"
        and analysis.priority == "primary"
        and analysis.per_allele
        and analysis.scale == "log_ratio"
        and analysis.estimate == "effect"
    )


def _models(analysis: Analysis) -> Iterable[str]:
    """The simulated models that an analysis may be: where no value is censored, both linear ones are one."""
    if analysis.linear:
        return "least squares", "censored log-normal"
    return ("mixed, kinship",) if analysis.random == "kinship" else ()


def _nearest(tried: pd.DataFrame, row: dict[str, Any], frequency: float) -> dict[str, Any] | None:
    """The design nearest to a row of `ESTIMATES`: `CALIBRATION`'s row, None where there is none."""
    related = "family" in str(row["errors"])
    kinship = tried[tried["model"] == "mixed, kinship"]
    alike = tried[tried["situation"] == (_SIBLINGS if related or len(kinship) else _USUAL)]
    if alike.empty or not 0 < frequency < 1:
        return None
    visits = row["n"] / row["n_participants"]
    distance = (
        np.abs(np.log(alike["people"] / row["n_participants"]))
        + np.abs(np.log(alike["visits"] / visits))
        + _REPEATED * ((alike["visits"] > 1) != (visits > 1))
        + _CENSORED * np.abs(alike["censored"] - row["n_censored"] / row["n"])
        + np.abs(_logit(alike["frequency"]) - _logit(frequency))
    )
    return dict(alike.loc[distance.idxmin()])


def _logit(share: Any) -> Any:
    return np.log(share / (1 - share))


def _held(design: dict[str, Any]) -> str:
    """How often a design's intervals held and its tests rejected, with what was simulated."""
    visits = f" and {design['visits']} visits each" if design["visits"] > 1 else ""
    details = [f"C at {design['frequency']:g}"]
    if design["censored"]:
        details.append(f"{100 * design['censored']:.0f} % of values below the limit")
    if design["situation"] == _SIBLINGS:
        details.append("families of three siblings")
    failed = f"; {design['failed']:,} gave none" if design["failed"] else ""
    coverage, rejected = (
        f"{100 * design[name]:.1f} % {of} (Monte Carlo error {100 * design[f'{name}_se']:.1f})"
        for name, of in (("coverage", "of the time"), ("rejected", "of tests"))
    )
    replicates = f"{design['replicates']:,} cohorts{failed}"
    return (
        f"with {design['people']:,} people{visits} ({', '.join(details)}) such an interval included it "
        f"{coverage}, "
        f"and {rejected} had p below 0.05 where there was no effect, in {replicates}."
    )
