"""Can each cohort's data carry a verdict, and which verdicts must wait until somebody has looked at them?"""

import math
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import pandas as pd

from il6r import disclosure, outcomes
from il6r.effect_text import quantity
from il6r.plan import VARIANT, Analysis, LookedAt
from il6r.replication.quality_limits import Limit, names_of

# Columns of the analysis set that hold the genotype.
_GENOTYPE = frozenset({VARIANT, "dosage", "genotype"})
# The columns of `DATA_QUALITY` that count people.
COUNTS = ("n_0", "n_1", "n_2")
# Checks of which a frequency is told, and the p-value of its difference.
OF_FREQUENCY = ("frequency", "frequency_range")


class Judged(NamedTuple):
    """What is judged of one check.

    Attributes
    ----------
    value, deviation, note : as `DATA_QUALITY` has them; no value where it was not measured.
    group, groups : the group that it is of, where it is the worst of several, and of how many.
    hidden : whether value and deviation are not to be told.
    counts : the numbers of people that the value follows from.
    """

    value: float | None = None
    deviation: float | None = None
    group: str | None = None
    groups: int | None = None
    hidden: bool = False
    note: str = ""
    counts: tuple[int, ...] = ()


def check(
    cohorts: Mapping[str, pd.DataFrame],
    limits: Mapping[str, Limit],
    minimum: int,
    looked_at: Sequence[LookedAt] = (),
) -> pd.DataFrame:
    """Each cohort's data beside the limits.

    Parameters
    ----------
    cohorts : each cohort's `DATA_QUALITY`.
    limits : as `quality_limits.load` reads them.
    minimum : the smallest group whose size may be told.
    looked_at : what the plan says was looked at.

    Returns
    -------
    `DATA_CHECKS`: the cohorts in their order, in each the checks in the limits' order, those of assays for
    each analyte that the cohort measured. A check that was not measured says why.
    """
    rows = []
    for cohort, quality in cohorts.items():
        reasons = {one.check: one.reason for one in looked_at if one.cohort == cohort}
        measured = dict(iter(quality.groupby("check")))
        for limit in limits.values():
            for name, analyte in names_of(limit).items():
                if name in measured:
                    row = _row(limit, judged(limit, measured[name], minimum), analyte, minimum)
                    reason = reasons.get(name)
                    rows.append(
                        {"cohort": cohort, "check": name, "analyte": analyte, **row}
                        | {"looked_at": reason is not None, "looked_at_reason": reason}
                    )
    return pd.DataFrame(rows)


def judged(limit: Limit, measured: pd.DataFrame, minimum: int) -> Judged:
    """What is judged of a check: where there are several groups the one that is nearest to failing.

    Groups of fewer than `minimum` samples are not judged. Where the value of one group follows from too few
    people to be told of, none of the check's is told, since everybody's and the others' would tell it.

    Parameters
    ----------
    measured : rows of `DATA_QUALITY` of this check.
    """
    rows = measured.dropna(subset="value")
    if rows.empty:
        return Judged(note=measured["note"].iloc[0])
    rows = rows[~(rows["samples"] < minimum).fillna(False)]
    if rows.empty:
        return Judged(note="there are too few samples in each group to be judged")
    few = [not disclosure.enough(rows[name], minimum).fillna(True).all() for name in COUNTS]
    hidden = limit.check not in OF_FREQUENCY and any(few)

    def badness(row: Any) -> tuple[int, float]:
        level = ("pass", "look", "fail").index(limit.level(row.value, row.deviation))
        return level, row.value if limit.bad == "high" else -row.value

    worst = max(rows.itertuples(), key=badness)
    grouped = pd.notna(worst.group)
    return Judged(
        worst.value,
        worst.deviation if pd.notna(worst.deviation) else None,
        worst.group if grouped else None,
        len(rows) if grouped else None,
        hidden,
        worst.note if pd.notna(worst.note) else "",
        tuple(int(getattr(worst, name)) for name in COUNTS if pd.notna(getattr(worst, name))),
    )


def held_back(checks: pd.DataFrame, analyses: Mapping[str, Analysis]) -> pd.DataFrame:
    """Which analyses of which cohorts rest on data that fail a check and were not looked at.

    A failed check of genotypes bears on every analysis whose exposure is the variant, or which compares or
    selects genotypes; one of an assay on analyses of its analyte, as outcome or exposure; one of activity on
    analyses of accelerometry. Levels other than "fail" hold nothing back.

    Parameters
    ----------
    checks : `DATA_CHECKS`.
    analyses : the plan's, by name.

    Returns
    -------
    DataFrame: cohort, analysis, sentence; one row for each cohort and analysis that is held back, in the
    order of the checks and of the plan. The sentence names the cohort, what is wrong by each of its failed
    checks, and what to do about the first; a point at its end is left to who prints it.
    """
    failed = checks[(checks["level"] == "fail") & ~checks["looked_at"]]
    rows = [
        {"cohort": cohort, "analysis": name, "sentence": _said(cohort, bearing)}
        for cohort, of_cohort in failed.groupby("cohort", sort=False)
        for name, analysis in analyses.items()
        if (bearing := [one for one in of_cohort.itertuples() if bears_on(one, analysis)])
    ]
    return pd.DataFrame(rows, columns=["cohort", "analysis", "sentence"])


def bears_on(check: Any, analysis: Analysis) -> bool:
    """Whether a row of `DATA_CHECKS` is of data that an analysis rests on."""
    named = {analysis.outcome, analysis.exposure, analysis.interaction} - {None}
    if check.stage == "genotypes":
        return bool((named | {analysis.strata, *analysis.subset}) & _GENOTYPE)
    columns = {outcomes.get(str(name)).column for name in named}
    if check.stage == "activity":
        return bool(columns & outcomes.ACCELEROMETRY)
    return check.stage == "assays" and any(check.analyte in _analytes(str(name)) for name in named)


def _said(cohort: str, failed: Sequence[Any]) -> str:
    """What is wrong with a cohort's data, and what to do, from rows of `DATA_CHECKS`."""
    wrong = " ".join(one.sentence for one in failed)
    return f"{cohort}: {wrong} {failed[0].advice}".removesuffix(".")


def _analytes(name: str) -> tuple[str, ...]:
    """The analytes that an outcome, or a column of the analysis set, rests on (il6_response: IL-6)."""
    if name in outcomes.BALANCE:
        return tuple(outcomes.ANALYTES)
    return tuple(analyte for analyte in outcomes.ANALYTES if f"{name}_".startswith(f"{analyte}_"))


def _row(limit: Limit, measured: Judged, analyte: str | None, minimum: int) -> dict[str, object]:
    """What is told of one check: its level by the value, and the value unless it is hidden."""
    told = _told(limit, measured, minimum)
    sentence, advice = None, None
    if measured.value is None:
        level, sentence = "not measured", _sentence_of(measured.note)
    else:
        level = limit.level(measured.value, measured.deviation)
        if level != "pass":
            note = _note(limit, measured, minimum)
            sentence = _sentence_of(_wrong(limit, measured, analyte, level, told, note))
            advice = f"Usual causes: {limit.cause}. What to do: {limit.remedy}."
    return {
        "stage": limit.stage,
        "what": limit.what,
        "unit": limit.unit,
        "value": told,
        "groups": measured.groups,
        "deviation": _deviation(limit, measured),
        "look": limit.look,
        "fail": limit.fail,
        "deviation_look": limit.deviation_look,
        "deviation_fail": limit.deviation_fail,
        "level": level,
        "sentence": sentence,
        "advice": advice,
    }


def _told(limit: Limit, measured: Judged, minimum: int) -> float | None:
    """The value as it may be told: shares and sizes of rounded numbers, p-values of counts to one digit."""
    if measured.value is None or measured.hidden:
        return None
    if limit.stage == "size":
        return float(disclosure.people_number(int(measured.value), minimum) or 0)
    if measured.counts and measured.deviation is None and limit.unit == "share":
        part, whole = measured.counts[1], sum(measured.counts)
        return min(round(disclosure.middle(part, minimum) / disclosure.middle(whole, minimum), 2), 1.0)
    if measured.deviation is None:
        return float(f"{measured.value:.4g}")
    return _one_digit(measured.value)


def _one_digit(p: float) -> float:
    """A p-value rounded down, so that it stays on its side of a limit."""
    if p <= 0:
        return 0.0
    unit = 10.0 ** math.floor(math.log10(p))
    return float(f"{math.floor(p / unit + 1e-9) * unit:.1g}")


def _deviation(limit: Limit, measured: Judged) -> float | None:
    """The deviation as it may be told, to one digit; of a frequency, the sentence tells both."""
    if measured.deviation is None or measured.hidden or limit.check in OF_FREQUENCY:
        return None
    return float(f"{measured.deviation:.1g}")


def _note(limit: Limit, measured: Judged, minimum: int) -> str:
    """What a sentence about the value adds to it."""
    if limit.check not in OF_FREQUENCY:
        return measured.note
    frequency = disclosure.frequency_number(measured.counts, minimum)[0]
    told = "of few people" if math.isnan(frequency) else f"{frequency:.2f}"
    return f"{told}, {measured.note}"


def _wrong(
    limit: Limit, measured: Judged, analyte: str | None, level: str, told: float | None, note: str
) -> str:
    """What is wrong with a number: its value, of which group, and the limit that it is beyond."""
    bound = limit.fail if level == "fail" else limit.look
    if bound is None:
        raise ValueError(f"{limit.check} has no limit of {level}")
    side = "below" if limit.bad == "low" else "above"
    of_analyte = f" ({outcomes.ANALYTES[analyte].label})" if analyte else ""
    least = "at least " if limit.stage == "size" else ""
    value = f"is {least}{quantity(told, limit.unit)}" if told is not None else "(not shown: of few people) is"
    several = f", the worst of {measured.groups}" if measured.groups and measured.groups > 1 else ""
    group = f" in {measured.group}{several}" if measured.group else ""
    details = [note] if note else []
    if (deviation := _deviation(limit, measured)) is not None:
        details.append(f"{limit.deviation} {deviation:g}")
    size = f" ({'; '.join(details)})" if details else ""
    beyond = f"{',' if told is not None else ''} {side} the limit of {quantity(bound, limit.unit)}"
    return f"{limit.what}{of_analyte} {value}{group}{size}{beyond}"


def _sentence_of(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}."
