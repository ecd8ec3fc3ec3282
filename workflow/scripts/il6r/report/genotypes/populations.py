"""What do structure and F_ST say of each cohort's people, in words and rows?"""

from collections.abc import Mapping
from typing import Any, TypeAlias, TypedDict

import pandas as pd

from il6r.report import privacy

# A cell as JSON has it.
_Plain: TypeAlias = str | float | None


class Structure(TypedDict):
    """One cohort's structure and F_ST, for programs."""

    rounded_to: int
    summary: dict[str, _Plain] | None
    fst: list[dict[str, _Plain]]


def placement(structure: pd.DataFrame) -> pd.DataFrame:
    """How many people of each declared group lie nearest to their own group's centre.

    Parameters
    ----------
    structure : `STRUCTURE` of all cohorts with a column `cohort`.

    Returns
    -------
    columns cohort, group, samples and nearest_own; cohorts without components have no rows.
    """
    placed = structure.dropna(subset=["group", "nearest_group"])
    own = placed["group"].astype(object) == placed["nearest_group"].astype(object)
    counts = placed.assign(nearest_own=own).groupby(["cohort", "group"], sort=False)["nearest_own"]
    return counts.agg(["size", "sum"]).set_axis(["samples", "nearest_own"], axis=1).reset_index()


def structure_sentences(
    summary: pd.DataFrame, placement: pd.DataFrame, cohorts: list[str], minimum: int
) -> list[str]:
    """What components, relatives and outliers there are in each cohort, and where that is unknown.

    Parameters
    ----------
    summary : `STRUCTURE_SUMMARY` of all cohorts with a column `cohort`.
    placement : as from `placement`.
    """
    found = []
    for cohort in cohorts:
        rows = summary[summary["cohort"] == cohort]
        if rows.empty:
            found.append(
                f"{cohort}: ancestry, relatives and linkage were not looked at (genotypes.structure is off)."
            )
            continue
        row = rows.iloc[0]
        if not pd.isna(row["note"]):
            found.append(f"{cohort}: {row['note']}")
            continue
        text = f"{cohort}: {row['independent']:,} independent SNPs place "
        text += f"{_count(row, 'samples', minimum)} people"
        shares = [row[f"share_pc{k}"] for k in (1, 2)]
        if not any(map(pd.isna, shares)):
            text += (
                f"; the first two components hold {100 * shares[0]:.1f} % and {100 * shares[1]:.1f} % of the "
                "variance"
            )
        text += f".{_nearest(placement[placement['cohort'] == cohort], minimum)}"
        text += (
            f" Related pairs: {_count(row, 'duplicates', minimum)} of the same person or twins, "
            f"{_count(row, 'first_degree', minimum)} of the first and "
            f"{_count(row, 'second_degree', minimum)} of the second degree; "
            f"outliers: {_count(row, 'outliers', minimum)}."
        )
        found.append(text)
    return found


def structure_rows(summary: pd.DataFrame, minimum: int) -> list[dict[str, str | list[str]]]:
    """SNPs, relatives by degree and outliers of each cohort; numbers of people and pairs rounded."""
    counts = ("samples", "duplicates", "first_degree", "second_degree", "outliers", "unrelated")
    rows = []
    for row in summary.to_dict("records"):
        known = pd.isna(row["note"])
        rows.append(
            {
                "cohort": row["cohort"],
                "snps": [f"{row[name]:,}" for name in ("snps", "after_quality", "independent")],
                "people": [
                    _count(row, name, minimum) if known or name == "samples" else "not known"
                    for name in counts
                ],
                "note": "" if known else row["note"],
            }
        )
    return rows


def fst_sentences(fst: pd.DataFrame, cohorts: list[str], minimum: int) -> list[str]:
    """Which groups of each cohort are furthest apart, and which nearest.

    Parameters
    ----------
    fst : `FST` of all cohorts with a column `cohort`.
    """
    shown = privacy.shown_pairs(fst, minimum).dropna(subset="fst")
    found, without = [], []
    for cohort in cohorts:
        own = shown[shown["cohort"] == cohort].sort_values("fst", kind="stable")
        if own.empty:
            without.append(cohort)
            continue
        near, far = own.iloc[0], own.iloc[-1]
        if len(own) == 1:
            found.append(f"{cohort}: the two groups differ by F_ST: {_pair(far)}.")
        else:
            found.append(
                f"{cohort}: of {len(own)} pairs, F_ST is largest between {_pair(far)} and smallest between "
                f"{_pair(near)}."
            )
    if without:
        found.append(f"{' and '.join(without)}: there are no two declared groups large enough to compare.")
    return found


def fst_rows(fst: pd.DataFrame, minimum: int) -> list[dict[str, str]]:
    """F_ST and its standard error of each two groups that are large enough."""
    return [
        {
            "cohort": row.cohort,
            "groups": f"{row.group_1} and {row.group_2}",
            "snps": f"{row.snps:,}",
            "fst": _signed(row.fst),
            "se": "" if pd.isna(row.se) else f"{row.se:.4f}",
        }
        for row in privacy.shown_pairs(fst, minimum).itertuples()
    ]


def summary(
    summary: pd.DataFrame, fst: pd.DataFrame, cohorts: list[str], minimum: int
) -> dict[str, Structure]:
    """Structure and F_ST by cohort, for programs.

    Numbers of people and pairs are rounded down to a multiple of `rounded_to`; None stands for fewer.
    """
    people = ("samples", "duplicates", "first_degree", "second_degree", "outliers", "unrelated")
    found: dict[str, Structure] = {}
    for cohort in cohorts:
        structure: dict[str, _Plain] | None = None
        for row in summary[summary["cohort"] == cohort].drop(columns="cohort").to_dict("records"):
            structure = {
                name: privacy.people_number(value, minimum) if name in people else _plain(value)
                for name, value in row.items()
            }
        pairs = privacy.shown_pairs(fst[fst["cohort"] == cohort], minimum)
        names = ("group_1", "group_2", "snps", "fst", "se")
        found[cohort] = {
            "rounded_to": privacy.step(minimum),
            "summary": structure,
            "fst": [{name: _plain(row[name]) for name in names} for row in pairs.to_dict("records")],
        }
    return found


def _nearest(placement: pd.DataFrame, minimum: int) -> str:
    """The share of people who lie nearest to their own group, over all groups that are large enough."""
    placement = privacy.shown_groups(placement, minimum)
    if placement.empty:
        return ""
    samples, own = int(placement["samples"].sum()), int(placement["nearest_own"].sum())
    return (
        f" Of {privacy.people(samples, minimum)} people with a declared ancestry "
        f"{privacy.share(own, samples, minimum)} lie nearest to its centre."
    )


def _pair(row: pd.Series) -> str:
    error = "" if pd.isna(row["se"]) else f" \N{PLUS-MINUS SIGN} {row['se']:.4f}"
    return f"{row['group_1']} and {row['group_2']} ({_signed(row['fst'])}{error})"


def _signed(value: float) -> str:
    return "not computable" if pd.isna(value) else f"{value:.4f}".replace("-", "\N{MINUS SIGN}")


def _count(row: Mapping[str, Any], name: str, minimum: int) -> str:
    return privacy.people(int(row[name]), minimum)


def _plain(value: Any) -> _Plain:
    """A number or text as JSON has it; None for what is missing."""
    if pd.isna(value):
        return None
    return value if isinstance(value, str) else value.item() if hasattr(value, "item") else value
