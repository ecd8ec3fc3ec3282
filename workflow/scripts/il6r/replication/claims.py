"""What is each claim's one verdict, how strong is it, and what would change it?"""

from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd

from il6r import multiple_testing
from il6r.replication import pooling, verdict_rule
from il6r.replication.agreement import ENOUGH_POWER, smallest_effect
from il6r.replication.effect_measures import MEASURES, on_measure
from il6r.replication.published_values import Benchmark
from il6r.replication.verdict_rule import FEWEST_DF, Measured
from il6r.replication.verdicts import POOLED, benchmark_of, deciding, in_relative_units, measured
from il6r.tables.association import EVERYBODY
from il6r.tables.replication import CLAIMS

CHECKS = {
    "powered": "a chance of at least 80 % to confirm the published effect",
    "cohorts_agree": "two cohorts or more, on one side, without heterogeneity",
    "robust": "at least 90 % of the alternative analyses have the same verdict",
    "survives_holm": "p below 0.05 after Holm's adjustment for the claims tested",
    "data_pass": "no cohort behind it fails a check of its data",
}
_ALTERNATIVES_ALIKE, _LEVEL = 0.9, 0.05
# What `SENSITIVITY` calls the plan's own choice.
_AS_PLANNED = ("as planned", "as configured")
# What an estimate by another choice has of its own.
_CHANGED = ("estimate", "se", "ci_low", "ci_high", "n_participants")
# Between an analysis and the choice, or the cohort that is left out.
_OTHER, _LESS = " by ", " without "
# How far, in standard errors, and on how many steps estimates are tried; and each step again on as many.
_FAR, _STEPS = 12.0, 400


def assess(
    estimates: pd.DataFrame,
    sensitivity: pd.DataFrame,
    verdicts: pd.DataFrame,
    published: pd.DataFrame,
    settings: dict[str, Any],
    failing: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """One row a claim: its word, its strength by five checks, and what would change it.

    Alternative analyses are `SENSITIVITY`'s: each choice in every cohort that has it, pooled with the planned
    estimates of the others and judged like these.

    Parameters
    ----------
    estimates, sensitivity : `ESTIMATES` and `SENSITIVITY` of all cohorts.
    verdicts : `VERDICTS`.
    published, settings : as of `verdicts.judge`.
    failing : `cohort` and `analysis` of estimates behind which a check of the data fails, looked at or not,
        with the `sentence`.

    Returns
    -------
    `CLAIMS`, in the order of their first published value.
    """
    estimates = estimates[estimates["stratum"] == EVERYBODY]
    failed = {} if failing is None else failing.set_index(["cohort", "analysis"])["sentence"].to_dict()
    judged = verdicts[verdicts["cohort"] == POOLED].set_index("benchmark")
    primaries = published[published["role"] == "primary"].drop_duplicates("claim")
    others = _others(estimates, sensitivity, set(primaries["analysis"]))
    pools = _pools(pd.concat([estimates, others], ignore_index=True))
    rows = []
    for primary in primaries.to_dict("records"):
        best = published[(published["claim"] == primary["claim"]) & (published["role"] == "best")]
        row = _words(primary, None if best.empty else best["benchmark"].iloc[0], judged)
        own = estimates[estimates["analysis"] == primary["analysis"]]
        benchmark = benchmark_of(SimpleNamespace(**primary), settings)
        rows.append(row | _basis(own, pools, primary["analysis"], benchmark, settings, failed))
    table = pd.DataFrame(rows).reindex(columns=list(CLAIMS.columns))
    whole = ["cohorts", "cohorts_same_side", "n_participants", "alternatives", "alternatives_alike"]
    table[whole] = table[whole].fillna(0).astype(int)
    return _graded(table.astype(dict.fromkeys([*CHECKS, "same_size"], "boolean")))


def _words(primary: dict[str, Any], best: str | None, judged: pd.DataFrame) -> dict[str, Any]:
    """A claim's verdicts beside its primary value and the best evidence."""
    one = judged.loc[primary["benchmark"]]
    row = {
        **{key: primary[key] for key in ("claim", "analysis", "scale", "benchmark")},
        **{key: one[key] for key in ("verdict", "reason", "n_for_80_percent_power")},
        "same_size": one["equivalent"],
    }
    if best is None:
        return row
    return row | {
        "best_benchmark": best,
        "best_verdict": judged.at[best, "verdict"],
        "best_reason": judged.at[best, "reason"],
    }


def _basis(
    own: pd.DataFrame,
    pools: dict[str, dict[str, Any]],
    analysis: str,
    benchmark: Benchmark,
    settings: dict[str, Any],
    failed: dict[tuple[Any, ...], str],
) -> dict[str, Any]:
    """What a claim's verdict rests on: nothing where no estimate can be compared."""
    one = pools.get(analysis)
    if one is None or one["scale"] not in MEASURES[benchmark.scale].models:
        return {}
    relative, fewest = in_relative_units(own.to_dict("records")), settings.get("fewest_df", FEWEST_DF)

    def on_scale(name: str) -> Measured:
        """A pooled estimate as it is compared."""
        return measured(pools[name], benchmark.scale, relative=relative)

    def word_of(ours: Measured) -> str:
        return verdict_rule.together(verdict_rule.word(ours, benchmark, fewest), ours)

    ours = on_scale(analysis)
    word = word_of(ours)
    behind = own[own["cohort"].isin(one["behind"])]
    sides = np.sign(behind["estimate"]) == np.sign(one["estimate"])
    words = [word_of(on_scale(name)) for name in pools if name.startswith(f"{analysis}{_OTHER}")]
    said = [failed[cohort, analysis] for cohort in behind["cohort"] if (cohort, analysis) in failed]
    alike = words.count(word)
    row: dict[str, Any] = {
        "model": one["model"],
        "cohorts": len(behind),
        "cohorts_same_side": int(sides.sum()),
        "n_participants": ours.n,
        "p_value": _p_value(one, ours, benchmark),
        "alternatives": len(words),
        "alternatives_alike": alike,
        "powered": _powered(ours, benchmark),
        # Of no effect the sign is chance.
        "cohorts_agree": len(behind) > 1
        and bool(sides.all() or not benchmark.sign)
        and ours.fixed_df is None,
        "robust": bool(words) and alike >= _ALTERNATIVES_ALIKE * len(words),
        "data_pass": not said,
        "failed_checks": " ".join(said) or None,
    }
    row |= {
        key: None if np.isinf(end) else on_measure(end, benchmark.scale)
        for key, end in zip(("stays_low", "stays_high"), _range(ours, benchmark, fewest), strict=True)
    }
    if len(behind) < 2:
        return row
    left = {cohort: on_scale(f"{analysis}{_LESS}{cohort}") for cohort in one["behind"]}
    most = max(left, key=lambda cohort: abs(left[cohort].estimate - ours.estimate))
    return row | {
        "moved_most_by": most,
        "estimate_without": on_measure(left[most].estimate, benchmark.scale),
        "verdict_without": word_of(left[most]),
    }


def _others(estimates: pd.DataFrame, sensitivity: pd.DataFrame, analyses: set[str]) -> pd.DataFrame:
    """Rows of `ESTIMATES` by each other choice, and without each cohort, under names of their own."""
    planned = estimates[estimates["analysis"].isin(analyses) & estimates["estimate"].notna()]
    tried = sensitivity[sensitivity["estimate"].notna() & ~sensitivity["choice"].isin(_AS_PLANNED)]
    choices = {
        name: list(own.groupby(["kind", "choice"], sort=False)) for name, own in tried.groupby("analysis")
    }
    rows: list[dict[Any, Any]] = []
    for analysis, own in planned.groupby("analysis", sort=False):
        records = own.to_dict("records")
        for (kind, choice), chosen in choices.get(analysis, []):
            changed = {one["cohort"]: one for one in chosen[["cohort", *_CHANGED]].to_dict("records")}
            if changed.keys() & set(own["cohort"]):
                named = {"analysis": f"{analysis}{_OTHER}{kind}: {choice}"}
                rows += [one | changed.get(one["cohort"], {}) | named for one in records]
        for cohort in own["cohort"] if len(own) > 1 else ():
            named = {"analysis": f"{analysis}{_LESS}{cohort}"}
            rows += [one | named for one in records if one["cohort"] != cohort]
    return pd.DataFrame(rows, columns=estimates.columns).astype(estimates.dtypes.to_dict())


def _pools(estimates: pd.DataFrame) -> dict[str, dict[str, Any]]:
    """The pooled estimate that decides of each analysis, with its scale and the cohorts behind it."""
    found = {}
    for (analysis, _), group in pooling.poolable(estimates):
        found[analysis] = deciding(pooling.summaries(group)) | {
            "n_participants": int(group["n_participants"].sum()),
            "scale": group["scale"].iloc[0],
            "behind": list(group["cohort"]),
        }
    return found


def _p_value(one: dict[str, Any], ours: Measured, benchmark: Benchmark) -> float:
    if benchmark.sign == 0:
        return float(verdict_rule.equivalence_p(ours.estimate, ours.se, benchmark, ours.df))
    return float(one["p_value"])


def _powered(ours: Measured, benchmark: Benchmark) -> bool:
    """Whether there was enough chance of confirming what was published."""
    effect = benchmark.value if benchmark.sized else benchmark.sign * benchmark.of_interest
    if (benchmark.sign and not effect) or ours.relative:
        # Of a direction nobody knows what there is to be seen: the effect here has to be one that is.
        return abs(ours.estimate) >= float(smallest_effect(ours.se, ours.df))
    return float(verdict_rule.chance(benchmark, effect, ours.se, ours.df)) >= ENOUGH_POWER


def _range(ours: Measured, benchmark: Benchmark, fewest: float) -> tuple[float, float]:
    """Between which estimates of this precision the word would stay; infinite where nothing ends it."""
    word = verdict_rule.word(ours, benchmark, fewest)
    half = ours.ci_high - ours.estimate, ours.estimate - ours.ci_low

    def same(estimate: np.ndarray) -> np.ndarray:
        """Whether estimates have the word."""
        words = verdict_rule.verdict_words(
            estimate,
            np.full(len(estimate), ours.se),
            estimate - half[1],
            estimate + half[0],
            benchmark,
            ours.df,
            residual_df=ours.residual_df,
            fewest_df=fewest,
            relative=ours.relative,
        )
        return np.asarray(words == word)

    far = _FAR * ours.se + abs(ours.estimate) + 2 * abs(np.nan_to_num(benchmark.value))
    ends = []
    for side in (-1, 1):
        near, step = ours.estimate, far / _STEPS
        for _ in range(2):
            tried = near + side * step * np.arange(_STEPS + 1)
            others = np.flatnonzero(~same(tried))
            if not len(others):
                near = side * np.inf
                break
            near, step = tried[others[0] - 1] if others[0] else near, step / _STEPS
        ends.append(float(near))
    return ends[0], ends[1]


def _graded(table: pd.DataFrame) -> pd.DataFrame:
    """With p-values adjusted for the claims that were tested, and the strength of what is decided."""
    tested = table["p_value"].notna()
    table["p_holm"] = np.nan
    if tested.any():
        adjusted = multiple_testing.holm(table.loc[tested, "p_value"].to_numpy(dtype=float))
        table.loc[tested, "p_holm"] = adjusted
    table.loc[tested, "survives_holm"] = table.loc[tested, "p_holm"] < _LEVEL
    met = table[list(CHECKS)].fillna(value=False).astype(int).sum(axis=1)
    strength = np.select([met == len(CHECKS), met >= 3], ["strong", "moderate"], "weak")
    decided = table["verdict"].map(verdict_rule.decided)
    table["strength"] = pd.Series(strength, index=table.index, dtype=object).where(decided, None)
    return table
