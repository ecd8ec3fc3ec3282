"""On what does each verdict rest, and what do the cohorts say together?"""

import functools
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias, TypedDict

import pandas as pd

from il6r.plan import Plan
from il6r.report import privacy, wording
from il6r.report.blocks import Headed
from il6r.report.load import Study
from il6r.tables.association import ESTIMATES, EVERYBODY
from il6r.tables.replication import CLAIMS, LEFT_OUT, OPERATING, POOLED, VERDICT_WORDS, VERDICTS

TOGETHER, NOT_COMPUTABLE = "pooled", "not computable"
POOL_HEADS = (
    "cohorts", "people", "estimate", "p", "Q (its p)", "I\N{SUPERSCRIPT TWO} (95 % interval)",
    "95 % prediction interval",
)  # fmt: skip
# Degrees of freedom below which the interval is wider than the normal one by a twentieth.
_FEW_DF = 25
MODELS = {
    "fixed": "fixed",
    "paule_mandel": "random (Paule-Mandel)",
    "reml": "random (REML)",
}
# What stands beside fixed effects where there is room for one: it never weighs the largest cohort less than
# the others make it.
RANDOM = "paule_mandel"
# A row of a table, by column.
_Row: TypeAlias = dict[str, Any]


class Detail(TypedDict):
    """What the verdict on one published value rests on.

    `heads` are the columns'; rows are statistics that some cohort has; reasons are by cohort. A published
    value that is context has no verdict.
    """

    claim: str
    source: str
    verdict: str | None
    heads: list[str]
    rows: list[Headed]
    reasons: dict[str, str]


class Operating(TypedDict):
    """How often each verdict on one benchmark comes out.

    Each row has cells for people, truth, and a share for each of `words_told`.
    """

    source: str
    rows: list[list[str]]


class Pool(TypedDict):
    """One analysis, pooled: rows of cells for model, cohorts, people, estimate, p, Q, I2 and prediction."""

    label: str
    rows: list[list[str]]


# Compared by identity, so that what is told of them is kept.
@dataclass(frozen=True, eq=False)
class Findings:
    """What the section is written from.

    Attributes
    ----------
    effect : the study variant's effect allele.
    estimates, pooled, left_out, verdicts, claims, operating : as in `tables`; estimates of all cohorts.
    rule : the verdicts' rule in sentences.
    """

    plan: Plan
    effect: str
    estimates: pd.DataFrame
    pooled: pd.DataFrame
    left_out: pd.DataFrame
    verdicts: pd.DataFrame
    claims: pd.DataFrame
    operating: pd.DataFrame
    rule: tuple[str, ...]
    minimum: int

    def scale(self, analysis: str) -> str:
        """The scale on which readers meet an analysis."""
        return wording.reader_scale(self.plan.analyses[analysis])

    def shown_pools(self) -> pd.DataFrame:
        """The rows of `POOLED` of enough people, and not of one cohort whose estimate is hidden."""
        visible = privacy.shown_estimates(self.estimates, self.minimum)["analysis"]
        enough = (self.pooled["cohorts"] > 1) | self.pooled["analysis"].isin(visible)
        return self.pooled[privacy.enough_pooled(self.pooled, self.minimum) & enough]

    def shown_verdicts(self) -> pd.DataFrame:
        """`VERDICTS` in the order of claims, without what those on few people say."""
        rank = {claim: place for place, claim in enumerate(wording.CLAIMS)}
        verdicts = self.verdicts.sort_values("claim", key=lambda claims: claims.map(rank), kind="stable")
        small = self._on_few(verdicts)
        known = ["claim", "benchmark", "role", "kind", "analysis", "cohort", "scale", "published",
                 "published_low", "published_high", "reference"]  # fmt: skip
        hidden = verdicts.copy()
        hidden.loc[small, [name for name in verdicts if name not in known]] = None
        hidden.loc[small & verdicts["verdict"].notna(), "verdict"] = NOT_COMPUTABLE
        hidden.loc[small, "reason"] = privacy.FEW
        return self._rounded(hidden).astype(verdicts.dtypes.to_dict())

    def shown_claims(self) -> pd.DataFrame:
        """`CLAIMS` without what those on few people say, and what the estimate of few would follow from."""
        pools = self.verdicts[self.verdicts["cohort"] == TOGETHER]
        few = set(pools.loc[self._on_few(pools), "benchmark"])
        shown = self.claims.astype({"cohorts": "Int64", "cohorts_same_side": "Int64"})
        known = ["claim", "analysis", "scale", "benchmark", "best_benchmark"]
        best = [name for name in shown if name.startswith("best_")]
        small = shown["benchmark"].isin(few)
        shown.loc[small, [name for name in shown if name not in [*known, *best]]] = None
        shown.loc[small, ["verdict", "reason"]] = [NOT_COMPUTABLE, privacy.FEW]
        small = shown["best_benchmark"].isin(few)
        shown.loc[small, ["best_verdict", "best_reason"]] = [NOT_COMPUTABLE, privacy.FEW]
        follows = [self.gives_away(row.moved_most_by, row.analysis) for row in shown.itertuples()]
        shown.loc[follows, ["moved_most_by", "estimate_without", "verdict_without"]] = None
        hidden = {analysis for _, analysis in self._hidden}
        # The side of one cohort would follow from those of the others.
        shown.loc[shown["analysis"].isin(hidden), "cohorts_same_side"] = None
        return self._rounded(shown)

    def gives_away(self, left_out: str, analysis: str) -> bool:
        """Whether a pool without a cohort tells an estimate of few people, that cohort's or what is left."""
        few = self._hidden
        pooled = self.left_out.loc[self.left_out["analysis"] == analysis, "left_out"]
        others = set(pooled) - {left_out}
        return (left_out, analysis) in few or (len(others) == 1 and (*others, analysis) in few)

    def _rounded(self, rows: pd.DataFrame) -> pd.DataFrame:
        """Rows of `VERDICTS` or `CLAIMS` with the people an answer takes as many times the rounded number."""
        people = rows["n" if "n" in rows else "n_participants"]
        pairs = zip(rows["n_for_80_percent_power"], people, strict=True)
        needed = [
            None if pd.isna(many) or pd.isna(n) else privacy.people_needed(many, int(n), self.minimum)
            for many, n in pairs
        ]
        return rows.assign(n_for_80_percent_power=needed)

    @functools.cached_property
    def _hidden(self) -> set[tuple[str, str]]:
        return privacy.hidden_estimates(self.estimates, self.minimum)

    def _on_few(self, verdicts: pd.DataFrame) -> pd.Series:
        """Which rows of `VERDICTS` rest on too few people to be shown."""
        few = self._hidden
        alone = set(self.pooled["analysis"]) - set(self.shown_pools()["analysis"])
        small = [
            (not pd.isna(row.n) and row.n > 0 and not privacy.enough_in_all(row.n, self.minimum))
            or (row.cohort, row.analysis) in few
            or (row.cohort == TOGETHER and row.analysis in alone)
            for row in verdicts.itertuples()
        ]
        return pd.Series(small, index=verdicts.index, dtype=bool)


@functools.cache
def findings(study: Study) -> Findings:
    """What the claims and verdicts of a study are told from."""
    return Findings(
        study.plan,
        study.catalogue[study.config["variant"]].effect_allele,
        study.table(ESTIMATES),
        study.table(POOLED),
        study.table(LEFT_OUT),
        study.table(VERDICTS),
        study.table(CLAIMS),
        study.table(OPERATING),
        study.rule,
        study.minimum,
    )


def _yes_or_no(value: bool, _row: _Row) -> str:
    return "yes" if value else "no"


def _p(value: float, _row: _Row) -> str:
    return wording.p_value(value)


def _bayes_factor(value: float, _row: _Row) -> str:
    """Of no effect over the published one, as odds."""
    if value >= 1:
        return f"{value:.3g} for no effect" if value < 1e4 else "over 10,000 for no effect"
    return (
        f"{1 / value:.3g} for the published effect"
        if value > 1e-4
        else "over 10,000 for the published effect"
    )


def _power(value: float, _row: _Row) -> str:
    return "over 99 %" if value > 0.99 else f"{100 * value:.0f} %"


def _prediction(low: float, row: _Row) -> str:
    return wording.interval(low, row["prediction_high"], row["scale"])


# Rows of a detail table by the column of `VERDICTS`: what it is called, and how it is written.
STATISTICS: dict[str, tuple[str, Callable[[Any, _Row], str]]] = {
    "estimate": (
        "estimate",
        lambda value, row: wording.with_interval(value, row["ci_low"], row["ci_high"], row["scale"]),
    ),
    "sign_agrees": ("same sign as published", _yes_or_no),
    "significant": ("interval excludes no effect", _yes_or_no),
    "in_interval": ('published value (if "about", a tenth off it) in our interval', _yes_or_no),
    "intervals_overlap": ("intervals overlap", _yes_or_no),
    "prediction_low": ("prediction interval from the published effect", _prediction),
    "in_prediction": ("our estimate in it", _yes_or_no),
    "difference_p_value": ("difference from the published effect (Q), p", _p),
    "equivalence_p_value": ("equivalence (two one-sided tests), p", _p),
    "equivalent": ("equivalent", _yes_or_no),
    "sceptical_p_value": ("sceptical p", _p),
    "replication_bayes_factor": ("replication Bayes factor", _bayes_factor),
    "small_telescopes_p_value": ("smaller than 33 % power could see (small telescopes), p", _p),
    "power": ("chance to confirm the published effect", _power),
    "smallest_effect": (
        "smallest effect seen with 80 % power",
        lambda value, row: wording.number(value, row["scale"]),
    ),
    "n_for_80_percent_power": ("people for a chance of 80 %", lambda value, _row: f"about {value:,.0f}"),
}


def details(found: Findings) -> list[Detail]:
    """A table for each benchmark of a claim that was tested: one row a statistic, one column a cohort."""
    shown = found.shown_verdicts()
    shown = shown[shown["estimate"].notna().groupby(shown["claim"]).transform("any")]
    found_details: list[Detail] = []
    for (claim, _), rows in shown.groupby(["claim", "benchmark"], sort=False):
        estimated = rows[rows["estimate"].notna() | (rows["cohort"] == TOGETHER)]
        records = estimated.to_dict("records")
        cells = {
            label: ["" if pd.isna(row[key]) else write(row[key], row) for row in records]
            for key, (label, write) in STATISTICS.items()
        }
        statistics: list[Headed] = [{"name": label, "cells": own} for label, own in cells.items() if any(own)]
        overall = rows[rows["cohort"] == TOGETHER].iloc[0]
        words = [shown_word(row) for row in records]
        verdicts: list[Headed] = [{"name": "verdict", "cells": [word or "" for word in words]}]
        found_details.append(
            {
                "claim": wording.claim(claim, found.effect),
                "source": wording.benchmark(overall),
                "verdict": shown_word(overall),
                "heads": ["", *estimated["cohort"]],
                "rows": [*statistics, *(verdicts if any(words) else [])],
                "reasons": dict(zip(rows["cohort"], rows["reason"], strict=True)),
            }
        )
    return found_details


def shown_word(row: Mapping[Any, Any]) -> str | None:
    """The word of a row of `VERDICTS` as it is shown; None of context."""
    return None if pd.isna(row["verdict"]) else wording.verdict(row["verdict"], row["equivalent"])


def benchmark_labels(verdicts: pd.DataFrame) -> dict[str, str]:
    """What readers call each benchmark of `VERDICTS`."""
    return {
        row.benchmark: wording.benchmark(row) for row in verdicts.drop_duplicates("benchmark").itertuples()
    }


def words_told(rates: pd.DataFrame) -> list[str]:
    """The words that `OPERATING` tells of, in the order of the rule."""
    return [word for word in VERDICT_WORDS if word in set(rates["verdict"])]


def operating_groups(found: Findings) -> list[Operating]:
    """How often each verdict comes out where the truth is known, for each benchmark."""
    labels, words = benchmark_labels(found.verdicts), words_told(found.operating)
    groups: list[Operating] = []
    for benchmark, of_benchmark in found.operating.groupby("benchmark", sort=False):
        rows = []
        for (n, truth), own in of_benchmark.groupby(["n", "truth_percent"], sort=True):
            shares = own.set_index("verdict")
            rows.append([f"{n:,}", wording.truth(truth), *(_share(shares, word) for word in words)])
        groups.append({"source": labels.get(benchmark, benchmark), "rows": rows})
    return groups


def _share(shares: pd.DataFrame, word: str) -> str:
    """A share in percent with its Monte Carlo error, where that is not nothing."""
    if word not in shares.index or shares.at[word, "share"] == 0:
        return "0 %"
    share, error = (100 * shares.at[word, key] for key in ("share", "monte_carlo_se"))
    if share == 100:
        return "100 %"
    return (
        f"{share:.2g} \N{PLUS-MINUS SIGN} {error:.1g} %"
        if share < 10
        else f"{share:.1f} \N{PLUS-MINUS SIGN} {error:.1g} %"
    )


def pooled_groups(found: Findings) -> list[Pool]:
    """Every analysis pooled over cohorts by each model; of one cohort, its own estimate once."""
    pools = found.shown_pools()
    pools = pools[pools["group"] == EVERYBODY]
    return _grouped(found, pools)


def pooling_sentences(found: Findings) -> list[str]:
    """How far pools of small cohorts can be believed."""
    pools = found.shown_pools()
    several = pools[pools["cohorts"] > 1]
    said = []
    if (df := several.loc[several["model"] == "fixed", "df"].min()) < _FEW_DF:
        said.append(
            "The cohorts' errors were estimated from few people: intervals of fixed effects allow for that, "
            f"with {df:.1f} degrees of freedom or more."
        )
    if (several["cohorts"] == 2).any():
        said.append(
            "Of two cohorts, random effects have one degree of freedom: such an interval says almost "
            "nothing, and fixed effects answer for these two cohorts only."
        )
    return said


def ancestry_groups(found: Findings) -> list[Pool]:
    """The same by ancestry, with fixed and random effects."""
    pools = found.shown_pools()
    pools = pools[(pools["group"] != EVERYBODY) & pools["model"].isin(["fixed", RANDOM])]
    return _grouped(found, pools)


def _grouped(found: Findings, pools: pd.DataFrame) -> list[Pool]:
    # One cohort is its own pool by any model.
    groups: dict[str, list[list[str]]] = {}
    for row in _ordered(found, pools[(pools["cohorts"] > 1) | (pools["model"] == "fixed")]):
        people = privacy.people(int(row["n_participants"]), found.minimum)
        cells = _pool_cells(row, found.scale(row["analysis"]), people)
        groups.setdefault(found.plan.analyses[row["analysis"]].label, []).append(cells)
    return [{"label": label, "rows": rows} for label, rows in groups.items()]


def left_out_rows(found: Findings) -> list[dict[str, str]]:
    """Pooled estimates without each cohort in turn, of analyses that bear on a claim.

    Where an estimate is hidden, none is shown from which it would follow.
    """
    rows = []
    for row in _ordered(found, found.left_out):
        if found.plan.analyses[row["analysis"]].claim is None:
            continue
        if found.gives_away(row["left_out"], row["analysis"]):
            continue
        scale = found.scale(row["analysis"])
        rows.append(
            {
                "analysis": found.plan.analyses[row["analysis"]].label,
                "left_out": row["left_out"],
                "fixed": wording.interval_of(row, scale),
                "random": wording.interval_of(row, scale, ("random_estimate", "random_low", "random_high")),
            }
        )
    return rows


def _ordered(found: Findings, rows: pd.DataFrame) -> list[_Row]:
    """Rows in the plan's order of analyses."""
    place = {name: k for k, name in enumerate(found.plan.analyses)}
    ordered = rows.sort_values("analysis", key=lambda names: names.map(place), kind="stable")
    return list(ordered.to_dict("records"))


def _pool_cells(row: _Row, scale: str, people: str) -> list[str]:
    prediction, heterogeneity = "", ""
    if not pd.isna(row["prediction_low"]):
        low, high = (wording.on_scale(row[key], scale) for key in ("prediction_low", "prediction_high"))
        prediction = wording.interval(low, high, scale)
    elif row["model"] != "fixed" and row["cohorts"] > 1:
        prediction = "needs three cohorts"
    if not pd.isna(row["i2_percent"]):
        heterogeneity = f"{row['i2_percent']:.0f} %"
        if not pd.isna(row["i2_low"]):
            heterogeneity += f" ({row['i2_low']:.0f} to {row['i2_high']:.0f})"
    model = MODELS[row["model"]] if row["cohorts"] > 1 else "one cohort"
    return [
        model if row["group"] == EVERYBODY else f"{row['group']}, {model}",
        f"{row['cohorts']}",
        people,
        wording.interval_of(row, scale),
        wording.p_value(row["p_value"]),
        "" if pd.isna(row["q"]) else f"{row['q']:.1f} ({wording.p_is(row['q_p_value'])})",
        heterogeneity,
        prediction,
    ]


def for_programs(found: Findings) -> list[_Row]:
    """The pooled estimates for the summary."""
    pools = found.shown_pools()
    rows = [{key: or_none(value) for key, value in row.items()} for row in pools.to_dict("records")]
    return [privacy.for_programs(row, ("n_participants",), found.minimum) for row in rows]


def or_none(value: Any) -> Any:
    """A cell as JSON has it."""
    if value is None or value is pd.NA or (isinstance(value, float) and not math.isfinite(value)):
        return None
    return value.item() if hasattr(value, "item") else value
