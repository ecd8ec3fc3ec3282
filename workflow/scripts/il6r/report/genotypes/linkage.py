"""What do linkage disequilibrium and haplotypes around the variant say, in words and rows?"""

from typing import NamedTuple

import pandas as pd

from il6r.report import privacy
from il6r.variants import Variant

# Of a proxy that may stand for a variant (Carlson et al. 2004, doi 10.1086/381000).
STRONG_R2 = 0.8


class Place(NamedTuple):
    """Where the variant that a cohort's calls are of lies."""

    variant: str
    build: str
    chromosome: str
    position: int


def places(sources: pd.DataFrame, catalogue: dict[str, Variant]) -> dict[str, Place]:
    """The place of each cohort's variant on the build of its files.

    Parameters
    ----------
    sources : `SOURCES` of all cohorts with a column `cohort`.
    catalogue : variants by rsID.
    """
    known = sources.dropna(subset="build").drop_duplicates("cohort")
    return {
        row.cohort: Place(row.variant, row.build, variant.chrom, variant.positions[row.build])
        for row in known.itertuples()
        if (variant := catalogue[row.variant])
    }


def chosen_group(ld: pd.DataFrame, minimum: int) -> pd.DataFrame:
    """One cohort's rows of `LD` for the largest declared group, or for all where there is none.

    People of several ancestries together show LD that no ancestry has.
    """
    shown = privacy.shown_groups(ld, minimum)
    sizes = shown.drop_duplicates("group").set_index("group")["samples"]
    declared = sizes.drop("all", errors="ignore").sort_index()
    if declared.empty:
        return shown
    return shown[shown["group"] == declared.astype(int).idxmax()]


def shown_decay(decay: pd.DataFrame, ld: pd.DataFrame, minimum: int) -> pd.DataFrame:
    """One cohort's `LD_DECAY` of the groups that are large enough, where there are pairs."""
    groups = privacy.shown_groups(ld, minimum)["group"].unique()
    return decay[decay["group"].isin(groups)].dropna(subset="mean_r2")


def sentences(ld: pd.DataFrame, decay: pd.DataFrame, places: dict[str, Place], minimum: int) -> list[str]:
    """How each cohort's variant is linked with its neighbours, and how fast linkage decays.

    Parameters
    ----------
    ld, decay : `LD` and `LD_DECAY` of all cohorts with a column `cohort`.
    """
    found, without = [], []
    for cohort, place in places.items():
        own = ld[ld["cohort"] == cohort]
        chosen = chosen_group(own, minimum)
        if chosen.empty:
            without.append(cohort)
            continue
        text = f"{cohort} ({_who(chosen, minimum)}): {_neighbours(chosen, place)}"
        means = shown_decay(decay[decay["cohort"] == cohort], own, minimum)
        means = means[means["group"] == chosen["group"].iloc[0]].sort_values("distance_kb_low")
        if len(means) > 1:
            near, far = means.iloc[0], means.iloc[-1]
            text += (
                f" Mean {_R2} is {near['mean_r2']:.2f} between sites {_range(near)} apart and "
                f"{far['mean_r2']:.2f} between sites {_range(far)} apart."
            )
        found.append(text)
    if without:
        found.append(
            f"In {' and '.join(without)} linkage cannot be described: the files have too few sites around "
            "the variant, or too few people."
        )
    return found


def haplotype_sentences(haplotypes: pd.DataFrame, places: dict[str, Place], minimum: int) -> list[str]:
    """The commonest haplotypes with the effect allele of each cohort, and the cohorts without any."""
    found, without = [], []
    for cohort in places:
        own = privacy.common_haplotypes(haplotypes[haplotypes["cohort"] == cohort], minimum)
        if own.empty:
            without.append(cohort)
            continue
        parts = []
        for group, rows in own.groupby("group", sort=False):
            carriers = rows[rows["carries_effect_allele"]]
            if len(carriers):
                best = carriers.iloc[0]
                share = f"about {best['share']:.0f} % of these chromosomes"
                parts.append(f"{best['haplotype']} in {group} ({share})")
        positions = ", ".join(f"{int(p):,}" for p in own["positions"].iloc[0].split(","))
        where = f"Alleles are those at {positions} ({places[cohort].build})."
        if parts:
            found.append(
                f"{cohort}: the commonest haplotype with the effect allele is {'; '.join(parts)}. {where}"
            )
        else:
            found.append(
                f"{cohort}: no haplotype with the effect allele is common enough to be shown. {where}"
            )
    if without:
        found.append(f"{' and '.join(without)}: no haplotypes, since the calls are not phased or too few.")
    return found


def haplotype_rows(haplotypes: pd.DataFrame, minimum: int) -> list[dict[str, str]]:
    """Haplotypes that enough people have, and their share of the chromosomes with the same allele."""
    return [
        {
            "cohort": str(cohort),
            "group": row.group,
            "haplotype": row.haplotype,
            "carries": "yes" if row.carries_effect_allele else "no",
            "share": f"about {row.share:.0f} %",
        }
        for cohort, own in haplotypes.groupby("cohort", sort=False)
        for row in privacy.common_haplotypes(own, minimum).itertuples()
    ]


_R2 = "r\N{SUPERSCRIPT TWO}"


def _who(chosen: pd.DataFrame, minimum: int) -> str:
    people = privacy.people(int(chosen["samples"].iloc[0]), minimum)
    group = chosen["group"].iloc[0]
    phase = "phased haplotypes" if chosen["phased"].iloc[0] else "unphased genotypes"
    return f"{'everybody' if group == 'all' else group}, {people} people, {phase}"


def _neighbours(chosen: pd.DataFrame, place: Place) -> str:
    """How many sites are linked with the variant, and which one most."""
    here = (chosen["position_1"] == place.position) | (chosen["position_2"] == place.position)
    own = chosen[here].dropna(subset="r2")
    sites = pd.unique(pd.concat([chosen["position_1"], chosen["position_2"]]))
    extent = f"{len(sites)} sites over {(max(sites) - min(sites)) / 1000:,.0f} kb"
    if own.empty:
        return f"{extent}; {place.variant} is not among them, or does not vary."
    other = own["position_1"].where(own["position_1"] != place.position, own["position_2"])
    best = own["r2"].astype(float).idxmax()
    strong = int((own["r2"] >= STRONG_R2).sum())
    return (
        f"of {len(own)} other sites over {(max(sites) - min(sites)) / 1000:,.0f} kb, {strong} "
        f"{'has' if strong == 1 else 'have'} {_R2} of at least {STRONG_R2} with {place.variant}; the best "
        f"linked, {abs(int(other[best]) - place.position) / 1000:.1f} kb away, has {own.at[best, 'r2']:.2f}."
    )


def _range(row: pd.Series) -> str:
    if row["distance_kb_low"] == 0:
        return f"up to {row['distance_kb_high']:g} kb"
    return f"{row['distance_kb_low']:g} to {row['distance_kb_high']:g} kb"
