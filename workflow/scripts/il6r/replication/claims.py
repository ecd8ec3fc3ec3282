"""What is each claim's one verdict, how strong is it, and what would change it?"""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd
from statsmodels.stats.multitest import multipletests

from il6r.replication import pooling, verdict_rule
from il6r.replication.agreement import ENOUGH_POWER, smallest_effect
from il6r.replication.effect_measures import MEASURES, on_measure
from il6r.replication.published_values import Benchmark
from il6r.replication.reasons import Measured
from il6r.replication.verdict_rule import FEWEST_DF
from il6r.replication.verdicts import POOLED, benchmark_of, deciding, in_relative_units, measured, verdict
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
    failing : `cohort` and `analysis` of estimates behind which a check of the data fails, looked at or not.

    Returns
    -------
    `CLAIMS`, in the order of their first published value.
    """
    estimates = estimates[estimates["stratum"] == EVERYBODY]
    failed = set() if failing is None else set(zip(failing["cohort"], failing["analysis"], strict=True))
    judged = verdicts[verdicts["cohort"] == POOLED].set_index("benchmark")
    rows = []
    for claim, values in published.groupby("claim", sort=False):
        roles = values.drop_duplicates("role").set_index("role", drop=False)
        if "primary" not in roles.index:
            continue
        primary = roles.loc["primary"]
        row = _words(claim, primary, roles, judged)
        own = estimates[estimates["analysis"] == primary["analysis"]]
        tried = sensitivity[sensitivity["analysis"] == primary["analysis"]]
        rows.append(row | _basis(own, tried, benchmark_of(primary, settings), settings, failed))
    table = pd.DataFrame(rows).reindex(columns=list(CLAIMS.columns))
    whole = ["cohorts", "cohorts_same_side", "n_participants", "alternatives", "alternatives_alike"]
    table[whole] = table[whole].fillna(0).astype(int)
    return _graded(table.astype(dict.fromkeys([*CHECKS, "same_size"], "boolean")))


def _words(claim: Any, primary: pd.Series, roles: pd.DataFrame, judged: pd.DataFrame) -> dict[str, Any]:
    """A claim's verdicts beside its primary value and the best evidence."""
    one = judged.loc[primary["benchmark"]]
    row = {
        "claim": claim,
        "analysis": primary["analysis"],
        "scale": primary["scale"],
        "benchmark": primary["benchmark"],
        "verdict": one["verdict"],
        "reason": one["reason"],
        "same_size": one["equivalent"],
        "n_for_80_percent_power": one["n_for_80_percent_power"],
    }
    if "best" not in roles.index:
        return row
    best = judged.loc[roles.at["best", "benchmark"]]
    return row | {"best_benchmark": best.name, "best_verdict": best["verdict"], "best_reason": best["reason"]}


def _basis(
    own: pd.DataFrame,
    tried: pd.DataFrame,
    benchmark: Benchmark,
    settings: dict[str, Any],
    failed: set[tuple[str, str]],
) -> dict[str, Any]:
    """What a claim's verdict rests on: nothing where no estimate can be compared."""
    one = _together(own)
    if one is None or one["scale"] not in MEASURES[benchmark.scale].models:
        return {}
    relative, fewest = in_relative_units(own), settings.get("fewest_df", FEWEST_DF)
    ours = measured(one, benchmark.scale, relative=relative)
    word, _ = verdict(ours, benchmark, fewest)
    behind = own[own["cohort"].isin(one["behind"])]
    sides = np.sign(behind["estimate"]) == np.sign(one["estimate"])
    row: dict[str, Any] = {
        "model": one["model"],
        "cohorts": len(behind),
        "cohorts_same_side": int(sides.sum()),
        "n_participants": ours.n,
        "p_value": _p_value(one, ours, benchmark),
        "powered": _powered(ours, benchmark),
        "cohorts_agree": len(behind) > 1 and bool(sides.all()) and ours.fixed_df is None,
        "data_pass": not any(key in failed for key in zip(behind["cohort"], behind["analysis"], strict=True)),
    }
    stays = _range(ours, benchmark, word, fewest)
    row |= {
        key: None if np.isinf(end) else on_measure(float(end), benchmark.scale)
        for key, end in zip(("stays_low", "stays_high"), stays, strict=True)
    }
    words = [
        verdict(measured(other, benchmark.scale, relative=relative), benchmark, fewest)[0]
        for other in _alternatives(own, tried)
    ]
    same = words.count(word)
    row |= {"alternatives": len(words), "alternatives_alike": same}
    row["robust"] = bool(words) and same >= _ALTERNATIVES_ALIKE * len(words)
    return row | _moved(behind, ours, benchmark, fewest, relative=relative)


def _together(own: pd.DataFrame) -> pd.Series | None:
    """The pooled estimate that decides, with its model and the cohorts behind it; None if there is none."""
    for _, group in pooling.poolable(own):
        pools = pd.DataFrame.from_dict(pooling.summaries(group), orient="index").reset_index(names="model")
        pools["n_participants"] = int(group["n_participants"].sum())
        one = deciding(pools.reindex(columns=[*pools.columns, *({"q_p_value", "i2_percent"} - set(pools))]))
        if one is not None:
            model = "fixed" if "fixed_df" not in one else "paule_mandel"
            facts = {"model": model, "scale": group["scale"].iloc[0], "behind": list(group["cohort"])}
            return pd.concat([one, pd.Series(facts, dtype=object)])
    return None


def _alternatives(own: pd.DataFrame, tried: pd.DataFrame) -> Iterator[pd.Series]:
    """The pooled estimate by each other choice, in the cohorts that have it."""
    tried = tried[tried["estimate"].notna() & ~tried["choice"].isin(_AS_PLANNED)]
    for _, choice in tried.groupby(["kind", "choice"], sort=False):
        names = ["estimate", "se", "ci_low", "ci_high", "n_participants"]
        changed = own.set_index("cohort")
        with_it = choice.set_index("cohort")[names]
        with_it = with_it[with_it.index.isin(changed.index[changed["estimate"].notna()])]
        changed[names] = changed[names].astype(float)
        changed.loc[with_it.index, names] = with_it.astype(float)
        other = _together(changed.reset_index())
        if len(with_it) and other is not None:
            yield other


def _moved(
    behind: pd.DataFrame, ours: Measured, benchmark: Benchmark, fewest: float, *, relative: bool
) -> dict[str, Any]:
    """The cohort without which the estimate moves most, and what is left."""
    without = {}
    for cohort in behind["cohort"] if len(behind) > 1 else ():
        rest = _together(behind[behind["cohort"] != cohort])
        if rest is not None:
            without[cohort] = measured(rest, benchmark.scale, relative=relative)
    if not without:
        return {}
    most = max(without, key=lambda cohort: abs(without[cohort].estimate - ours.estimate))
    return {
        "moved_most_by": most,
        "estimate_without": on_measure(without[most].estimate, benchmark.scale),
        "verdict_without": verdict(without[most], benchmark, fewest)[0],
    }


def _p_value(one: pd.Series, ours: Measured, benchmark: Benchmark) -> float:
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


def _range(ours: Measured, benchmark: Benchmark, word: str, fewest: float) -> tuple[float, float]:
    """Between which estimates of this precision the word would stay; infinite where nothing ends it."""
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
        return words == word

    far = _FAR * ours.se + 2 * abs(np.nan_to_num(benchmark.value))
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
        adjusted = multipletests(table.loc[tested, "p_value"].astype(float), method="holm")[1]
        table.loc[tested, "p_holm"] = adjusted
    table.loc[tested, "survives_holm"] = table.loc[tested, "p_holm"] < _LEVEL
    met = table[list(CHECKS)].fillna(value=False).astype(int).sum(axis=1)
    strength = np.select([met == len(CHECKS), met >= 3], ["strong", "moderate"], "weak")
    decided = table["verdict"].map(verdict_rule.decided)
    table["strength"] = pd.Series(strength, index=table.index, dtype=object).where(decided, None)
    return table
