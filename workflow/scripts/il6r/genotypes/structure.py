"""What is the structure of a sample: relatives, ancestry, and people unlike the others?"""

import numpy as np
import pandas as pd

from il6r.genotypes import ancestry, kinship, snps

# Kinship's standard error is then below 0.03 for unrelated people, a third of a second-degree kinship.
FEWEST_SNPS = 500
FEWEST_CHROMOSOMES = 5


def describe_structure(
    markers, groups: np.ndarray, long_range_ld: pd.DataFrame
) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Quality, relatives, principal components and outliers of a sample.

    SNPs are those called in 95 % of people with a minor allele's frequency of at least 0.05. Kinship is
    estimated on all of them, components on independent ones in unrelated people of call rate at least
    0.95; everybody else is projected. With fewer than 500 independent SNPs, or SNPs on fewer than 5
    chromosomes, nothing is estimable, and the summary's note says so.

    Parameters
    ----------
    markers : `markers.Markers`.
    groups : object, shape (n,): declared ancestry label of each sample, or None.
    long_range_ld : columns build, chromosome, start, end.

    Returns
    -------
    structure, relatives, summary : `STRUCTURE`, `RELATIVES`, `STRUCTURE_SUMMARY`
    """
    samples, calls = markers.samples, markers.calls
    good = snps.good_snps(snps.genotype_counts(calls), len(samples))
    quality = snps.person_quality(calls, good)
    complete = (quality["call_rate"] >= snps.LOWEST_CALL_RATE).to_numpy()
    independent = snps.prune(markers, good, complete, long_range_ld)
    chromosomes = len(np.unique(markers.chromosome[independent]))
    summary: dict[str, object] = {
        "snps": len(calls),
        "after_quality": int(good.sum()),
        "independent": int(independent.sum()),
        "samples": len(samples),
    }
    note = _too_little(int(independent.sum()), chromosomes, int(complete.sum()))
    if note:
        return _not_estimable(samples, groups, {**summary, "note": note})
    used = calls[good]
    relatives = kinship.related_pairs(used, samples)
    family = kinship.families(relatives, samples)
    unrelated = kinship.unrelated(relatives, samples, quality["call_rate"].to_numpy())
    coordinates, shares = ancestry.components(calls[independent], unrelated & complete)
    nearest = ancestry.nearest_group(coordinates, groups)
    outlier = ancestry.outliers(
        quality["call_rate"].to_numpy(), quality["heterozygosity"].to_numpy(), coordinates, groups, nearest
    )
    structure = pd.DataFrame(
        {
            "sample": samples,
            "group": groups,
            **quality,
            **{f"pc{k}": values for k, values in enumerate(coordinates.T, start=1)},
            "nearest_group": nearest,
            "outlier": outlier,
            "family": family,
            "unrelated": unrelated,
        }
    )
    summary |= {
        "duplicates": int((relatives["degree"] == 0).sum()),
        "first_degree": int((relatives["degree"] == 1).sum()),
        "second_degree": int((relatives["degree"] == 2).sum()),
        "outliers": int(structure["outlier"].notna().sum()),
        "unrelated": int(unrelated.sum()),
        **{f"share_pc{k}": share for k, share in enumerate(shares, start=1)},
        "note": _told(kinship.lowest_told(used)),
    }
    distant = kinship.distant_pairs(used, samples, family)
    return structure, pd.concat([relatives, distant], ignore_index=True), pd.DataFrame([summary])


def _too_little(independent: int, chromosomes: int, complete: int) -> str | None:
    """Why structure is not estimable, or None."""
    if independent < FEWEST_SNPS or chromosomes < FEWEST_CHROMOSOMES:
        return (
            f"Structure is not estimable: it takes {FEWEST_SNPS} independent common SNPs on "
            f"{FEWEST_CHROMOSOMES} chromosomes, and the files have {independent} on {chromosomes}."
        )
    if complete < 2:
        return "Structure is not estimable: fewer than 2 samples have a call rate of at least 0.95."
    return None


def _told(lowest: float) -> str | None:
    """What is to be said where few SNPs hide distant relatives."""
    if lowest <= kinship.LOWEST_KINSHIP[-1]:
        return None
    return f"With so few SNPs, relatives of kinship below {lowest:.2f} cannot be told from unrelated people."


def _not_estimable(
    samples: list[str], groups: np.ndarray, summary: dict
) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    unknown = ["call_rate", "heterozygosity", "inbreeding"]
    unknown += [f"pc{k}" for k in range(1, ancestry.COMPONENTS + 1)]
    structure = pd.DataFrame(
        {
            "sample": samples,
            "group": groups,
            **dict.fromkeys(unknown, np.nan),
            **dict.fromkeys(["nearest_group", "outlier", "family"]),
            "unrelated": True,
        }
    )
    relatives = pd.DataFrame(columns=["sample_1", "sample_2", "kinship", "degree", "snps"])
    none_found = dict.fromkeys(["duplicates", "first_degree", "second_degree", "outliers"], 0)
    shares = {f"share_pc{k}": np.nan for k in range(1, ancestry.COMPONENTS + 1)}
    row = {**summary, **none_found, "unrelated": len(samples), **shares}
    return structure, relatives, pd.DataFrame([row])
