"""What is to be asked of every cohort, as it was written down before the data were seen?"""

from collections.abc import Collection
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from il6r import outcomes, schema
from il6r.errors import InputError, shown

# What an exposure may be beside a column: the variant, or none, and the outcome's mean is estimated.
VARIANT, MEAN = "variant", "mean"
# The contrasts that a coding of the genotype can give. A and C stand for the other and the effect allele.
CONTRASTS = {
    "additive": (),
    "dominant": ("C carriers against AA", "AA against C carriers"),
    "recessive": ("CC against A carriers", "A carriers against CC"),
    "genotypic": tuple(
        f"{one} against {other}" for one in ("AA", "AC", "CC") for other in ("AA", "AC", "CC") if one != other
    ),
}
# Keys that name a set of covariates, or list them.
_COVARIATES = ("covariates", "first_stage_covariates")
_UNTRANSFORMED = ("binomial", "quasi_poisson")
_REPLICATION = {"equivalence_margin": 0.25, "smallest_share": 0.5, "fewest_df": 10.0}


@dataclass(frozen=True)
class Covariate:
    """A covariate: a column as it is, as a natural cubic spline of some degrees of freedom, or as groups."""

    column: str
    spline: int | None = None
    factor: bool = False

    @classmethod
    def parse(cls, given: str | dict) -> "Covariate":
        """A covariate as the plan or the configuration writes it."""
        return cls(given) if isinstance(given, str) else cls(**given)

    def __str__(self) -> str:
        """As tables and sentences write it."""
        if self.spline:
            return f"spline({self.column}, {self.spline})"
        return f"factor({self.column})" if self.factor else self.column


@dataclass(frozen=True)
class Analysis:
    """One analysis of the plan, which gives one estimate; see config/README.md for every key.

    `covariates` is the name of a set, or the covariates themselves. `smallest_effect` is the smallest effect
    of interest, in the unit in which effects are published.
    """

    name: str
    label: str
    outcome: str
    claim: str | None = None
    priority: str = "secondary"
    optional: bool = False
    transform: str = "log"
    exposure: str = VARIANT
    exposure_transform: str = "none"
    coding: str = "additive"
    contrast: str | None = None
    part: str | None = None
    shape: str = "linear"
    family: str = "gaussian"
    random: str | None = None
    random_slope: bool = False
    estimate: str = "effect"
    smallest_effect: float | None = None
    covariates: str | tuple[Covariate, ...] = ()
    interaction: str | None = None
    strata: str | None = None
    subset: dict = field(default_factory=dict)
    samples: str = "resting"
    errors: str = "robust"

    @property
    def scale(self) -> str:
        """What the estimate is: a log ratio, difference, log odds ratio, in SD, a share or a correlation."""
        if self.estimate != "effect":
            return {"variance_explained": "r2", "correlation": "correlation"}[self.estimate]
        if self.family in _UNTRANSFORMED:
            return "log_odds" if self.family == "binomial" else "log_ratio"
        return {"log": "log_ratio", "rank": "sd", "none": "difference"}[self.transform]

    @property
    def linear(self) -> bool:
        """Whether the outcome, or its transform, is modelled as normal without random effects."""
        return self.family in ("gaussian", "censored_lognormal")

    @property
    def per_allele(self) -> bool:
        """Whether the estimate is the variant's effect per allele."""
        return self.of_variant and not self.contrast and not self.interaction

    @property
    def by_person(self) -> bool:
        """Whether every person has a level of their own, so that the estimate is all within people."""
        return self.estimate == "correlation" and self.part == "within"

    @property
    def of_variant(self) -> bool:
        """Whether the exposure is the variant."""
        return self.exposure == VARIANT


@dataclass(frozen=True)
class Causal:
    """A reading of an outcome on an exposure with the variant as instrument.

    `first_stage_covariates` are those of the variant's effect on the exposure, in everybody who has it; None
    for the reading's own. `published_first_stage` is the benchmark that stands for that effect where nobody
    has the exposure.
    """

    name: str
    label: str
    outcome: str
    exposure: str
    covariates: str | tuple[Covariate, ...] = ()
    first_stage_covariates: str | tuple[Covariate, ...] | None = None
    published_first_stage: str | None = None


@dataclass(frozen=True)
class LookedAt:
    """A failed check of a cohort's data that somebody has looked at, and why its verdicts may stand."""

    cohort: str
    check: str
    reason: str


@dataclass(frozen=True)
class Plan:
    """The analysis plan.

    Attributes
    ----------
    analyses, causal : by name, in the plan's order.
    covariate_sets : covariates by the name of their set.
    draws, most_people : of permutation p-values, and in how many people they are still drawn.
    replication : `equivalence_margin` and `smallest_share`, shares of a published effect (model scale), and
        `fewest_df`, residual degrees of freedom below which nothing is judged.
    looked_at : failed checks of data that hold no verdict back.
    """

    analyses: dict[str, Analysis]
    causal: dict[str, Causal]
    covariate_sets: dict[str, tuple[Covariate, ...]]
    draws: int = 10_000
    most_people: int = 20_000
    replication: dict[str, float] = field(default_factory=lambda: dict(_REPLICATION))
    looked_at: tuple[LookedAt, ...] = ()

    @property
    def rule(self) -> dict[str, Any]:
        """What the rule of verdicts takes from the plan: `replication`, and smallest effects by analysis."""
        named = {name: one.smallest_effect for name, one in self.analyses.items() if one.smallest_effect}
        return {**self.replication, "smallest_effects": named}

    def covariates(self, given: str | tuple, own_sets: dict[str, list[str]]) -> tuple[Covariate, ...]:
        """An analysis's covariates in a cohort, whose `own_sets` replace the plan's."""
        if not isinstance(given, str):
            return given
        if given in own_sets:
            return tuple(map(Covariate.parse, own_sets[given]))
        return self.covariate_sets[given]


def load(path, schema_path) -> Plan:
    """Read a plan.

    Raises
    ------
    InputError : it is no YAML, breaks the schema, names an analysis or a set of covariates twice or one that
        is not there, or asks for what does not go together.
    """
    if not Path(path).is_file():
        raise InputError(
            "config, association.plan",
            f"there is no file '{path}'",
            "correct the path (it counts from the folder Snakemake runs in)",
        )
    try:
        given = yaml.load(Path(path).read_text(encoding="utf-8"), Loader=_Loader)
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        mark = getattr(error, "problem_mark", None)
        line = f", line {mark.line + 1}" if mark else ""
        problem = error.problem if isinstance(error, _TwiceError) else "it is not YAML"
        raise InputError(f"{path}{line}", problem, "correct it (see config/README.md)") from error
    if not isinstance(given, dict):
        raise InputError(path, "it holds no analyses", "list them under `analyses` (see config/README.md)")
    schema.refuse_breaches(given, schema_path, str(path))
    named = given["analyses"] + given.get("causal", [])
    names = [item["name"] for item in named]
    for name in names:
        if names.count(name) > 1:
            raise InputError(f"{path}, {name}", "this name is given to two analyses", "rename one")
    sets = {name: _covariates(items) for name, items in given.get("covariate_sets", {}).items()}
    for item in named:
        for used in (item.get("covariates"), item.get("first_stage_covariates")):
            if isinstance(used, str) and used not in sets:
                raise InputError(
                    f"{path}, analysis {item['name']}",
                    f"there is no set of covariates '{used}'",
                    f"use one of {shown(sets, 10)}, or list the covariates",
                )
    analyses = [_analysis(item) for item in given["analyses"]]
    for analysis in analyses:
        problem = _contradiction(analysis)
        if problem:
            raise InputError(f"{path}, analysis {analysis.name}", *problem)
    for item in given.get("causal", []):
        if item["exposure"] in (VARIANT, MEAN, item["outcome"]):
            raise InputError(
                f"{path}, {item['name']}",
                "its exposure is no measured column of its own",
                "name the exposure",
            )
    causal = [Causal(**item | _own_covariates(item)) for item in given.get("causal", [])]
    rule = given.get("replication", {})
    return Plan(
        {analysis.name: analysis for analysis in analyses},
        {reading.name: reading for reading in causal},
        sets,
        # JSON's schema takes 10.0 for a whole number.
        **{name: int(number) for name, number in given.get("permutations", {}).items()},
        replication=_REPLICATION | {name: number for name, number in rule.items() if name != "looked_at"},
        looked_at=tuple(LookedAt(**item) for item in rule.get("looked_at", [])),
    )


class _TwiceError(yaml.MarkedYAMLError):
    """A key given twice, of which YAML would take the last."""


# Compiled: every job that Snakemake starts for itself reads the plan.
class _Loader(yaml.CSafeLoader):
    """YAML in which a key given twice is a mistake."""

    def construct_mapping(self, node, deep=False):
        """A mapping; `_TwiceError` where it has a key twice."""
        seen = set()
        for key, _ in node.value:
            if key.value in seen:
                raise _TwiceError(
                    problem=f"the key '{key.value}' is given twice", problem_mark=key.start_mark
                )
            seen.add(key.value)
        return super().construct_mapping(node, deep)


def check_sets(path, plan: Plan, cohorts: dict[str, dict]) -> None:
    """InputError for the first set of covariates of a cohort that the plan does not have."""
    for name, cohort in cohorts.items():
        for unknown in sorted(set(cohort.get("covariates", {})) - set(plan.covariate_sets)):
            raise InputError(
                f"config, cohorts.{name}.covariates",
                f"'{unknown}' is no set of covariates of {path}",
                f"use one of {shown(plan.covariate_sets, 10)}",
            )


def check_looked_at(path, plan: Plan, cohorts: Collection[str], checks: Collection[str]) -> None:
    """InputError for the first check that was looked at of a cohort, or of a name, that is not there."""
    for one in plan.looked_at:
        for what, name, known in (("cohort", one.cohort, cohorts), ("check", one.check, checks)):
            if name not in known:
                raise InputError(
                    f"{path}, replication.looked_at",
                    f"there is no {what} '{name}'",
                    f"use one of {shown(known, 30)}",
                )


def columns_named(plan: Plan, cohorts: dict[str, dict]) -> set[str]:
    """The columns (or other outcomes and exposures) that a plan and the cohorts' covariates name."""
    named: set[str] = set()
    asked: list[Analysis | Causal] = [*plan.analyses.values(), *plan.causal.values()]
    for one in asked:
        parts = (
            getattr(one, key, None) for key in ("outcome", "exposure", "interaction", "strata", "random")
        )
        named |= {part for part in parts if part} | set(getattr(one, "subset", {}))
        for listed in (one.covariates, getattr(one, "first_stage_covariates", None)):
            named |= {given.column for given in listed} if isinstance(listed, tuple) else set()
    own = [
        _covariates(items) for cohort in cohorts.values() for items in cohort.get("covariates", {}).values()
    ]
    return named | {given.column for items in (*plan.covariate_sets.values(), *own) for given in items}


def _analysis(item: dict) -> Analysis:
    usual = {"transform": "none"} if item.get("family") in _UNTRANSFORMED else {}
    return Analysis(**usual | item | _own_covariates(item))


def _own_covariates(item: dict) -> dict:
    given = {"covariates": [], **{name: item[name] for name in _COVARIATES if name in item}}
    return {name: own if isinstance(own, str) else _covariates(own) for name, own in given.items()}


def _covariates(items: list) -> tuple[Covariate, ...]:
    return tuple(map(Covariate.parse, items))


def _contradiction(one: Analysis) -> tuple[str, str] | None:
    """What in an analysis does not go together, and what to do; None if all does."""
    contrasts = CONTRASTS[one.coding]
    if not one.of_variant and one.coding != "additive":
        return f"the coding '{one.coding}' is of the variant, not of '{one.exposure}'", "leave out the coding"
    if one.of_variant and contrasts and one.contrast not in contrasts:
        return f"the coding '{one.coding}' needs a contrast", f"give one of {shown(contrasts, 6)}"
    if one.of_variant and not contrasts and one.contrast:
        return "an additive coding has no contrast", "leave it out, or choose another coding"
    if one.of_variant and (one.part or one.shape != "linear" or one.exposure_transform != "none"):
        return "part, shape and exposure_transform are of measured exposures", "leave them out"
    parts = [outcomes.get(name).column for name in (one.outcome, one.exposure, one.interaction) if name]
    twice = next((name for name in parts if parts.count(name) > 1), None)
    if twice:
        return f"the column '{twice}' has two parts in it", "name each column once"
    if one.contrast and len(set(one.contrast.split(" against "))) == 1:
        return f"the contrast '{one.contrast}' compares something with itself", "name two groups"
    if one.contrast and (one.part or one.shape != "linear" or one.exposure_transform != "none"):
        return "a contrast compares groups, without part, shape or exposure_transform", "leave those out"
    if one.part and one.shape != "linear":
        return "a part of the exposure has no curve", "leave out part or shape"
    if one.family == "quasi_poisson" and one.errors == "model":
        return "a quasi-Poisson model has no errors of its own", "leave out errors"
    if one.exposure == MEAN and (one.contrast or one.interaction or one.part or one.shape != "linear"):
        return "the outcome's mean has no contrast, interaction, part or shape", "leave them out"
    if (one.family == "mixed") != (one.random is not None):
        return "a mixed model needs `random`, and no other has it", "give both or neither"
    if one.random_slope and (
        one.random != "participant" or one.of_variant or one.exposure == MEAN or one.interaction
    ):
        return (
            "a random slope is of one exposure that varies within participants, without interaction",
            "give `random: participant` and such an exposure, or leave it out",
        )
    if one.random_slope and one.part == "between":
        return "what differs between people has no slope within them", "leave out part or random_slope"
    if one.family in _UNTRANSFORMED and one.transform != "none":
        return f"a {one.family} outcome is not transformed", "leave out the transform"
    if one.family == "censored_lognormal" and one.transform != "log":
        return "a censored log-normal outcome is analysed as its logarithm", "leave out the transform"
    if one.interaction and (one.shape != "linear" or one.contrast):
        return "an interaction is with one linear or additive exposure", "leave out shape and contrast"
    told = {"variance_explained": "the variance explained", "correlation": "a correlation"}.get(one.estimate)
    if told and (not one.linear or one.contrast or one.interaction):
        return (
            f"{told} is of a linear exposure in a Gaussian or log-normal model",
            "leave out family, contrast and interaction",
        )
    if one.estimate == "correlation" and (one.exposure == MEAN or one.shape != "linear"):
        return "a correlation is with an exposure as it is", "name the exposure, and leave out shape"
    if one.estimate == "correlation" and one.part == "between":
        return "a correlation between people is of one row a person", "leave out part"
    return None
