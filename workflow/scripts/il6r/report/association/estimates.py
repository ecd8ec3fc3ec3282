"""What was planned, what did it give in each cohort, and what could not be estimated?"""

from typing import Any

import pandas as pd

from il6r.effect_text import quantity
from il6r.plan import MEAN, Analysis, Plan
from il6r.report import privacy, wording
from il6r.report.blocks import Group, Shown
from il6r.tables.association import EVERYBODY, NOT_MEASURED, absent_column, disagree

PRIORITIES = {"primary": "Primary analyses", "secondary": "Secondary analyses"}
# Columns of the tables of estimates, by the key of a row; the later ones only where some row has them.
_ALWAYS = {"cohort": "cohort", "estimate": "estimate", "p": "p"}
_SOMETIMES = {
    "adjusted": "adjusted p",
    "permutation": "permutation p",
    "joint": "joint test",
    "people": "people",
    "cases": "cases",
    "r2": "variance explained",
}
# What programs are told of an estimate, and which of that are numbers of people.
_COUNTS = ("n", "n_participants", "n_cases")
_FOR_PROGRAMS = (
    "cohort", "analysis", "stratum", "priority", "outcome", "exposure", "coding", "effect_allele", "scale",
    "estimate", "se", "ci_low", "ci_high", "df", "p_value", "p_adjusted", "p_permutation", "joint_df",
    "joint_p_value", *_COUNTS, "r2_variant", "r2_adjusted", "model", "errors", "covariates", "note",
)  # fmt: skip
# Of a permutation p that is far from the model's.
_MARK = "\N{DAGGER}"
_ADJUSTMENTS = {"primary": "Holm's method", "secondary": "Benjamini and Hochberg's"}
_TRANSFORMS = {"log": "logarithm", "rank": "ranks as normal scores"}
_FAMILIES = {
    "gaussian": "least squares",
    "censored_lognormal": "log-normal, censored beyond limits",
    "quasi_poisson": "log-linear in the mean",
    "binomial": "logistic",
    "mixed": "random intercept",
}


def plan_rows(plan: Plan) -> list[dict[str, str]]:
    """The plan as a table: one row for each analysis."""
    return [
        {
            "analysis": one.label,
            "outcome": ", ".join([wording.outcome(one.outcome), *_outcome_details(one)]),
            "exposure": exposure(one),
            "model": _model(one),
            "errors": _errors(one),
            "covariates": covariates(plan, one) or "none",
            "priority": one.priority,
            "claim": one.claim.replace("_", " ") if one.claim else "",
        }
        for one in plan.analyses.values()
    ]


def _model(one: Analysis) -> str:
    if one.random == "kinship":
        return "random effect by kinship"
    if not one.random:
        return _FAMILIES[one.family]
    return f"{_FAMILIES[one.family]}{' and slope' if one.random_slope else ''} of {one.random}"


def _errors(one: Analysis) -> str:
    """How an analysis estimates errors; by participant or family only where rows are not independent."""
    if one.errors == "model" or one.random == "kinship":
        return "the model's"
    if one.family == "mixed":
        return f"CR2 by {one.random}"
    if one.errors == "cluster":
        return "by participant"
    few = "a penalised profile" if one.family == "binomial" else "HC2"
    robust = "HC3" if one.errors == "HC3" else f"{few} (HC3 of more than 250 rows)"
    return f"{robust}, or by participant or family"


def covariates(plan: Plan, one: Analysis) -> str:
    """The covariates that the plan gives an analysis, a cohort's own sets apart."""
    return ", ".join(map(str, plan.covariates(one.covariates, {})))


def exposure(one: Analysis) -> str:
    """What an analysis estimates the effect of, in words."""
    if one.exposure == MEAN:
        return "none: the mean"
    if one.of_variant:
        text = f"variant, {one.contrast or one.coding}"
    else:
        text = wording.outcome(one.exposure)
        parts = {
            "logarithm": one.exposure_transform == "log",
            f"{one.part} people": one.part is not None,
            "squared": one.shape == "quadratic",
            one.contrast or "": one.contrast is not None,
        }
        text = ", ".join([text, *(part for part, there in parts.items() if there)])
    return f"{text}, times {one.interaction.replace('_', ' ')}" if one.interaction else text


def _outcome_details(one: Analysis) -> list[str]:
    if one.estimate == "variance_explained":
        return ["share of the variance" + (" of its logarithm" if one.transform == "log" else "")]
    parts = [_TRANSFORMS[one.transform]] if one.transform in _TRANSFORMS else []
    if one.samples != "resting":
        parts.append({"after_exercise": "after exercise", "all": "all samples"}[one.samples])
    parts += [f"{column.replace('_', ' ')} {_wanted(wanted)}" for column, wanted in one.subset.items()]
    if one.strata:
        parts.append(f"also by {one.strata.replace('_', ' ')}")
    return parts


def _wanted(wanted: object) -> str:
    """What a subset asks of a column."""
    if isinstance(wanted, dict):
        return " ".join(f"{word} {wanted[key]:g}" for key, word in (("min", "from"), ("max", "to"))
                        if key in wanted)  # fmt: skip
    return " or ".join(map(str, wanted)) if isinstance(wanted, list) else str(wanted)


def estimate_tables(plan: Plan, estimates: pd.DataFrame, minimum: int) -> list[Shown]:
    """A table for each priority of which some analysis gave an estimate."""
    tables = (_estimate_table(plan, estimates, priority, minimum) for priority in PRIORITIES)
    return [table for table in tables if table.rows]


def _estimate_table(plan: Plan, estimates: pd.DataFrame, priority: str, minimum: int) -> Shown:
    """The analyses of one priority that gave an estimate, each with its cohorts and their strata beneath.

    A stratum that is all there is of its cohort is not told again.
    """
    own = privacy.shown_estimates(estimates, minimum)
    own = own[own["priority"] == priority]
    strata = estimates[estimates["stratum"] != EVERYBODY].groupby(["cohort", "analysis"])
    alone = {key for key, size in strata.size().items() if size == 1}
    place = {cohort: k for k, cohort in enumerate(dict.fromkeys(estimates["cohort"]))}
    own = own.assign(place=own["cohort"].map(place), last=own["stratum"] != EVERYBODY)
    groups = {}
    for name, one in plan.analyses.items():
        # A stable sort: everybody, and then the strata as they stand.
        of_analysis = own[own["analysis"] == name].sort_values(["place", "last"], kind="stable")
        rows = [
            _estimate_row(row, wording.reader_scale(one), minimum, plan.draws)
            for _, row in of_analysis.iterrows()
            if not (row["last"] and (row["cohort"], name) in alone)
        ]
        if rows:
            groups[one.label] = rows
    keys = [
        *_ALWAYS,
        *(key for key in _SOMETIMES if any(row[key] for rows in groups.values() for row in rows)),
    ]
    names = _ALWAYS | _SOMETIMES
    marked = any(row["permutation"].endswith(_MARK) for rows in groups.values() for row in rows)
    caption = f"{PRIORITIES[priority]}, with 95 % intervals; p adjusted by {_ADJUSTMENTS[priority]}"
    return Shown(
        caption + (f"; {_MARK} differs more than tenfold from the model's p" if marked else ""),
        [names[key] for key in keys],
        [Group(label, [[row[key] for key in keys] for row in rows]) for label, rows in groups.items()],
        one_line=True,
    )


def _estimate_row(row: pd.Series, scale: str, minimum: int, draws: int) -> dict[str, str]:
    """The cells of one estimate."""
    cases = "" if pd.isna(row["n_cases"]) else privacy.people(int(row["n_cases"]), minimum)
    joint = row["joint_p_value"]
    return {
        "cohort": row["cohort"] if not row["last"] else f"{row['cohort']}, {row['stratum']} only",
        "estimate": wording.interval_of(row, scale),
        "p": wording.p_value(row["p_value"]),
        "adjusted": wording.p_value(row["p_adjusted"]),
        "permutation": wording.p_value(row["p_permutation"])
        + (_MARK if disagree(row["p_value"], row["p_permutation"], draws) else ""),
        "joint": "" if pd.isna(joint) else f"{row['joint_df']} df, {wording.p_is(joint)}",
        "people": privacy.people(int(row["n_participants"]), minimum),
        "cases": cases,
        "r2": _variance(row, scale),
    }


def _variance(row: pd.Series, scale: str) -> str:
    """The share of variance that a term explains, and the adjusted one."""
    if pd.isna(row["r2_variant"]):
        return ""
    adjusted = "" if pd.isna(row["r2_adjusted"]) else f"adjusted {row['r2_adjusted']:.3f}"
    return adjusted if scale == "r2" else f"{row['r2_variant']:.3f}" + (f" ({adjusted})" if adjusted else "")


def not_estimable_rows(
    cohorts: list[str], plan: Plan, estimates: pd.DataFrame, minimum: int
) -> list[dict[str, str]]:
    """What has no estimate and why; what is so for the same reason in the same cohorts shares a row.

    Optional analyses of what no cohort measured are counted in a row that lists what that is.
    """
    absent = estimates.drop(index=privacy.shown_estimates(estimates, minimum).index)
    # Under the step, not the minimum: or who is named here would be known to be fewer than that.
    known = privacy.enough_people(estimates, minimum) & privacy.enough(estimates["n_participants"], minimum)
    few = ~known.loc[absent.index] & (absent["n_participants"] > 0)
    reason = privacy.notes(absent["note"], minimum).mask(few, privacy.FEW)
    unmeasured = _unmeasured(plan, estimates)
    others = absent.assign(text=reason)[~absent["analysis"].isin(unmeasured)]
    rows = _together(cohorts, plan, others)
    if unmeasured:
        what = dict.fromkeys(wording.outcome(column).split(" (")[0] for column in unmeasured.values())
        several = f"{len(unmeasured)} optional analyses" if len(unmeasured) > 1 else "an optional analysis"
        rows.append(
            {
                "analyses": f"{several} of {', '.join(what)}",
                "cohorts": "every cohort" if len(cohorts) > 1 else cohorts[0],
                "text": NOT_MEASURED,
            }
        )
    return rows


def _unmeasured(plan: Plan, estimates: pd.DataFrame) -> dict[str, str]:
    """Optional analyses that no cohort could make for want of a column, with that column."""
    found = {}
    for name, rows in estimates.groupby("analysis", sort=False):
        notes = [str(note) for note in rows["note"]]
        columns = [plan.analyses[name].outcome if note == NOT_MEASURED else absent_column(note)
                   for note in notes]  # fmt: skip
        if plan.analyses[name].optional and all(columns):
            found[str(name)] = str(columns[0])
    return found


def note_rows(cohorts: list[str], plan: Plan, estimates: pd.DataFrame, minimum: int) -> list[dict[str, str]]:
    """What should be known of estimates, told together in the same way."""
    noted = privacy.shown_estimates(estimates, minimum).dropna(subset="note")
    return _together(
        cohorts, plan, noted[noted["stratum"] == EVERYBODY].assign(text=privacy.notes(noted["note"], minimum))
    )


def _together(cohorts: list[str], plan: Plan, rows: pd.DataFrame) -> list[dict[str, str]]:
    """Analyses of which the same `text` is to be told in the same cohorts."""
    places: dict[tuple[str, str], list[str]] = {}
    for row in rows.itertuples():
        label = plan.analyses[row.analysis].label
        # The groups of strata without an estimate may be small.
        name = label if row.stratum == EVERYBODY else f"{label}, in some strata"
        places.setdefault((name, row.text), []).append(row.cohort)
    merged: dict[tuple[tuple[str, ...], str], list[str]] = {}
    for (name, text), where in places.items():
        merged.setdefault((tuple(where), text), []).append(name)
    return [
        {
            "analyses": "; ".join(names),
            "cohorts": "every cohort" if len(where) == len(cohorts) > 1 else ", ".join(where),
            "text": text,
        }
        for (where, text), names in merged.items()
    ]


def count_sentences(cohorts: list[str], estimates: pd.DataFrame) -> list[str]:
    """How many tests of each priority stand behind the adjusted p-values of each cohort."""
    tested = estimates.dropna(subset="p_adjusted")
    found = []
    for priority, title in PRIORITIES.items():
        own = tested.loc[tested["priority"] == priority, "cohort"].value_counts()
        counts = {cohort: int(own.get(cohort, 0)) for cohort in cohorts}
        alike = wording.alike(counts, lambda tests: f"{tests} test{'s' if tests != 1 else ''}")
        parts = [
            f"{tests} in " + ("every cohort" if len(names) == len(cohorts) > 1 else wording.listed(names))
            for tests, names in alike.items()
        ]
        found.append(f"{title}: {'; '.join(parts)}; adjusted within each cohort by {_by(priority)}.")
    return found


def _by(priority: str) -> str:
    return {
        "primary": "Holm's method, which bounds the chance of any false finding",
        "secondary": "Benjamini and Hochberg's, which bounds the expected share of false findings",
    }[priority]


def mean_rows(means: pd.DataFrame, minimum: int) -> list[dict[str, str]]:
    """Geometric means by genotype; those of few people are not shown."""
    rows = []
    for (cohort, outcome), group in means.groupby(["cohort", "outcome"], sort=False):
        for row in group.itertuples():
            enough = privacy.enough(row.participants, minimum) and not pd.isna(row.geometric_mean)
            rows.append(
                {
                    "cohort": cohort,
                    "outcome": wording.outcome(outcome),
                    "genotype": row.genotype,
                    "participants": privacy.people(row.participants, minimum),
                    "mean": _mean(row) if enough else "",
                }
            )
    return rows


def uncertain_sentences(means: pd.DataFrame, minimum: int) -> list[str]:
    """How many people are in no mean by genotype, since theirs is uncertain; none where nobody is.

    Parameters
    ----------
    means : `GENOTYPE_MEANS` of all cohorts.
    """
    most = means.groupby("cohort", sort=False)["participants_uncertain"].max()
    named = [
        f"{privacy.people(int(people), minimum)} people of {cohort}"
        for cohort, people in most.items()
        if people
    ]
    if not named:
        return []
    return [
        "Means and distributions by genotype are those of people with a best-guess genotype (a dosage within "
        f"0.1 of a whole number): up to {wording.listed(named)} have none. They are in none of the groups, "
        "and in the models by the probabilities of their genotypes."
    ]


def _mean(row: Any) -> str:
    value, low, high = (quantity(getattr(row, key), "") for key in ("geometric_mean", "ci_low", "ci_high"))
    return f"{value} ({low} to {high})"


def for_programs(estimates: pd.DataFrame, minimum: int) -> list[dict[str, Any]]:
    """The estimates of enough people, for the summary, with numbers of people as in the tables."""
    enough = estimates[privacy.enough_people(estimates, minimum)]
    rows = enough.astype(object).where(enough.notna(), None)
    told = ({key: row[key] for key in _FOR_PROGRAMS} for row in rows.to_dict("records"))
    return [privacy.for_programs(row, _COUNTS, minimum) for row in told]
