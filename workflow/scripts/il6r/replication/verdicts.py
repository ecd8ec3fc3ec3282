"""How does each estimate agree with each published value?"""

import math
from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

import numpy as np
import pandas as pd

from il6r.replication import agreement, verdict_rule
from il6r.replication.effect_measures import MEASURES, estimate_on_analysis_scale, on_measure
from il6r.replication.pooling import RELATIVE
from il6r.replication.published_values import Benchmark
from il6r.replication.reasons import reason
from il6r.replication.verdict_rule import FEWEST_DF, NOT_COMPUTABLE, Measured
from il6r.tables.association import EVERYBODY
from il6r.tables.replication import VERDICTS

POOLED = "pooled"
# A row of a table, by column.
_Row: TypeAlias = dict[Any, Any]
_FLAGS = ("sign_agrees", "significant", "in_interval", "intervals_overlap", "in_prediction", "equivalent")


def judge(
    estimates: pd.DataFrame,
    pooled: pd.DataFrame,
    published: pd.DataFrame,
    settings: dict[str, Any],
    held: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """Set every cohort's estimates, and the pooled ones, against every published value.

    A claim's primary published value and its best evidence have words; what is context has the measures of
    agreement only. The pooled estimate is the fixed-effects one of everybody, as is usual for one variant's
    effect across cohorts; where cohorts are heterogeneous, the random-effects one (`deciding`). The measures
    of agreement are those of `agreement`; equivalence is to the published value with its error, where that is
    known.

    Parameters
    ----------
    estimates : `ESTIMATES` of all cohorts.
    pooled : `POOLED`.
    published : `resources/published_effects.tsv`; without `role` every value has words.
    settings : `replication` of the plan, with `smallest_effects` of its analyses.
    held : `cohort`, `analysis` and `sentence` of the verdicts that wait for somebody to look at the data.

    Returns
    -------
    `VERDICTS`: for each published value every cohort in order, then "pooled".
    """
    estimates = estimates[estimates["stratum"] == EVERYBODY]
    pooled = pooled[pooled["group"] == EVERYBODY]
    waiting = {} if held is None else held.set_index(["cohort", "analysis"])["sentence"].to_dict()
    of_analysis: dict[str, list[_Row]] = {}
    for one in estimates.to_dict("records"):
        of_analysis.setdefault(one["analysis"], []).append(one)
    models: dict[str, dict[str, _Row]] = {}
    for one in pooled.to_dict("records"):
        models.setdefault(one["analysis"], {})[one["model"]] = one
    rows = []
    for row in published.itertuples():
        benchmark, own = benchmark_of(row, settings), of_analysis.get(row.analysis, [])
        for cohort in dict.fromkeys(estimates["cohort"]):
            found = [one for one in own if one["cohort"] == cohort]
            there = _estimated(found)
            judged = _judge_one(row, benchmark, cohort, there[0] if there else None, found, settings)
            rows.append(_wait(judged, [waiting[key] for key in [(cohort, row.analysis)] if key in waiting]))
        decided = deciding(models[row.analysis]) if row.analysis in models else None
        judged = _judge_one(row, benchmark, POOLED, decided, own, settings)
        behind = [(one["cohort"], row.analysis) for one in _estimated(own)]
        rows.append(_wait(judged, [waiting[key] for key in behind if key in waiting]))
    table = pd.DataFrame(rows).reindex(columns=list(VERDICTS.columns))
    return table.astype(dict.fromkeys(_FLAGS, "boolean"))


def benchmark_of(row: Any, settings: dict[str, Any]) -> Benchmark:
    """A published value, with the plan's smallest effect of interest of its analysis.

    Parameters
    ----------
    row, settings : as of `judge`.
    """
    smallest = settings.get("smallest_effects", {}).get(row.analysis)
    return Benchmark.read(row, settings | {"smallest_effect": smallest})


def verdict(ours: Measured, benchmark: Benchmark, fewest_df: float = FEWEST_DF) -> tuple[str, str]:
    """The word that the rule of `verdict_rule` gives to one estimate, and the reason.

    Parameters
    ----------
    ours : the estimate here.
    benchmark : the published value.
    fewest_df : residual degrees of freedom below which nothing is judged.
    """
    word = verdict_rule.word(ours, benchmark, fewest_df)
    return word, reason(word, ours, benchmark, fewest_df)


def deciding(models: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """Which of one analysis's pooled estimates decides, with its `model`.

    Fixed effects, or random ones (Paule-Mandel) where cohorts are heterogeneous; then with `fixed_df`.

    Parameters
    ----------
    models : the row of `POOLED`, or a summary of `pooling.combine`, of each model.
    """
    fixed = models["fixed"]
    nothing = float("nan")
    if not verdict_rule.heterogeneous(fixed.get("q_p_value", nothing), fixed.get("i2_percent", nothing)):
        return {**fixed, "model": "fixed"}
    return {**models["paule_mandel"], "model": "paule_mandel", "fixed_df": fixed["df"]}


def measured(one: Mapping[str, Any], scale: str, *, relative: bool) -> Measured:
    """A row of `ESTIMATES` or of `deciding`, as it is compared with a published value of `scale`."""
    estimate, se, low, high = (float(one[key]) for key in ("estimate", "se", "ci_low", "ci_high"))
    numbers = estimate_on_analysis_scale(estimate, se, low, high, scale)
    fixed_df = _df(one["fixed_df"]) if "fixed_df" in one else None
    return Measured(*numbers, int(one["n_participants"]), _df(one["df"]), fixed_df, relative)


def _df(given: float) -> float:
    return math.inf if pd.isna(given) else float(given)


def in_relative_units(own: Sequence[Mapping[Any, Any]]) -> bool:
    """Whether all estimates of an analysis are ratios in relative units, whose size is not judged.

    Parameters
    ----------
    own : rows of `ESTIMATES`.
    """
    there = _estimated(own)
    return bool(there) and all(_relative(one) for one in there)


def _estimated(own: Sequence[Mapping[Any, Any]]) -> list[Mapping[Any, Any]]:
    return [one for one in own if not pd.isna(one["estimate"])]


def _relative(one: Mapping[Any, Any]) -> bool:
    return bool(one["scale"] == "log_ratio" and one["outcome"].endswith(RELATIVE))


def _judge_one(
    row: Any,
    benchmark: Benchmark,
    cohort: str,
    one: Mapping[str, Any] | None,
    own: Sequence[Mapping[Any, Any]],
    settings: dict[str, Any],
) -> dict[str, Any]:
    """A row of the table; `one` has the estimate or is None, and then the rows of `own` say why."""
    role = getattr(row, "role", "primary")
    judged = {
        "claim": row.claim,
        "benchmark": row.benchmark,
        "role": role,
        "kind": benchmark.kind,
        "analysis": row.analysis,
        "cohort": cohort,
        "scale": row.scale,
        "published": row.value if benchmark.kind == "direction" else f"{float(row.value):g}",
        "published_low": row.low,
        "published_high": row.high,
        "reference": f"{row.reference}, doi {row.doi}",
        "verdict": None if role == "context" else NOT_COMPUTABLE,
    }
    if one is None:
        return judged | {"reason": _why_absent(own)}
    if one["scale"] not in MEASURES[row.scale].models:
        return judged | {"reason": "the published effect is on another scale than the estimate here"}
    ours = measured(one, row.scale, relative=in_relative_units(own))
    word, why = verdict(ours, benchmark, settings.get("fewest_df", FEWEST_DF))
    if ours.fixed_df is not None:
        why += f"; {_sides(own, benchmark)}"
        word = verdict_rule.together(word, ours)
    judged |= {
        **{key: on_measure(getattr(ours, key), row.scale) for key in ("estimate", "ci_low", "ci_high")},
        "n": ours.n,
        "significant": ours.ci_low > 0 or ours.ci_high < 0,
        # A share of variance has no sign, and a null no side.
        "sign_agrees": None
        if row.scale == "r2" or not benchmark.sign
        else bool(np.sign(ours.estimate) == benchmark.sign),
        "smallest_effect": on_measure(
            (benchmark.sign or 1) * agreement.smallest_effect(ours.se, ours.df), row.scale
        ),
        "reason": why,
    }
    if role != "context":
        judged["verdict"] = word
    return judged | _measures(ours, row.scale, benchmark)


def _wait(judged: dict[str, Any], sentences: list[str]) -> dict[str, Any]:
    """A row whose word is held back until the data have been looked at."""
    if not sentences or judged["verdict"] in (None, NOT_COMPUTABLE):
        return judged
    return judged | {"verdict": verdict_rule.CHECK_FIRST, "reason": "; ".join(sentences)}


def _sides(own: Sequence[Mapping[Any, Any]], benchmark: Benchmark) -> str:
    """On which sides of no effect, and of the published value, heterogeneous cohorts lie."""
    there = _estimated(own)
    rows = [one for one in there if not _relative(one)] or there
    compared = np.array([measured(one, benchmark.scale, relative=False).estimate for one in rows])
    k, sign = len(compared), benchmark.sign or 1
    seen = int((sign * compared > 0).sum())
    said = f"the {k} cohorts disagree: {seen} of {k} on the published side of no effect"
    if benchmark.sized:
        beyond = int((sign * compared > abs(benchmark.value)).sum())
        said += f", {k - beyond} below and {beyond} above the published value"
    return f"{said}; random effects decide"


def _measures(ours: Measured, scale: str, benchmark: Benchmark) -> dict[str, Any]:
    """How well an estimate agrees with a published value, and what it could have seen."""
    value, se = benchmark.value, benchmark.se
    needed = verdict_rule.people_needed(benchmark, ours.n, ours.se, ours.df)
    effect = value if benchmark.sized else benchmark.sign * benchmark.of_interest
    # More people like these do not make cohorts agree.
    unknown = np.isnan(needed) or ours.fixed_df is not None
    measures: dict[str, Any] = {"n_for_80_percent_power": None if unknown else int(needed)}
    if not np.isnan(needed):
        measures["power"] = float(verdict_rule.chance(benchmark, effect, ours.se, ours.df))
    if benchmark.kind == "direction" or ours.relative:
        return measures
    equivalence_p = float(verdict_rule.equivalence_p(ours.estimate, ours.se, benchmark, ours.df))
    measures |= {"equivalence_p_value": equivalence_p, "equivalent": equivalence_p < 0.05}
    if not benchmark.sized:
        return measures
    measures["in_interval"] = ours.ci_low <= benchmark.about[1] and ours.ci_high >= benchmark.about[0]
    if se is None:
        return measures
    both = (value, se, ours.estimate, ours.se)
    low, _, high = agreement.prediction_interval(value, se, ours.se, ours.df)
    z = agreement.z_of_t(ours.estimate / ours.se, ours.df)
    sceptical = agreement.p_sceptical(value / se, z, (se / ours.se) ** 2)
    # No share of variance is below 0.
    lowest = 0.0 if scale == "r2" else -math.inf
    half = agreement.Z * se
    return measures | {
        "intervals_overlap": ours.ci_low <= value + half and ours.ci_high >= value - half,
        "prediction_low": on_measure(max(low, lowest), scale),
        "prediction_high": on_measure(high, scale),
        "in_prediction": bool(low <= ours.estimate <= high),
        "difference_p_value": float(agreement.q_test(*both, ours.df)),
        # Two-sided it would call opposite effects a success.
        "sceptical_p_value": float(sceptical) if ours.estimate * value > 0 else 1.0,
        "replication_bayes_factor": float(agreement.replication_bayes_factor(*both)),
        "small_telescopes_p_value": float(agreement.small_telescopes(*both, ours.df)),
    }


def _why_absent(own: Sequence[Mapping[Any, Any]]) -> str:
    """Why there is no estimate, from the rows of one cohort, or of all of which none is pooled."""
    if _estimated(own):
        return "the cohorts' units differ, so that they are not pooled"
    notes = {str(one["note"]) for one in own if not pd.isna(one["note"])}
    return notes.pop() if len(notes) == 1 else "no estimate here"
