"""Can the calls be believed? Call rate, allele frequency and Hardy-Weinberg equilibrium by group."""

import numpy as np
import pandas as pd
from statsmodels.stats.proportion import proportion_confint


def check_calls(
    calls: pd.DataFrame,
    participants: pd.DataFrame,
    genotypes: tuple[str, str, str],
    populations: pd.DataFrame,
    reference: pd.DataFrame,
) -> pd.DataFrame:
    """Quality of the calls over everyone and in each ancestry group of the participant table.

    Frequencies come from dosages, their 95 % intervals from Wilson's method on 2n alleles, genotype
    counts and the Hardy-Weinberg test from hard calls.

    Parameters
    ----------
    calls : `tables.CALLS`.
    participants : `tables.PARTICIPANTS`; samples that are not in it count only in "all".
    genotypes : the genotypes with 0, 1 and 2 effect alleles.
    populations : ancestry labels (`label`) and the group (`ancestry`) each belongs to.
    reference : effect-allele frequency (`frequency`, `source`) of each ancestry group.

    Returns
    -------
    `tables.GENOTYPE_QC`, "all" first, then groups by name.
    """
    group_of = dict(zip(populations["label"], populations["ancestry"], strict=True))
    reference = reference.set_index("ancestry")
    groups = [("all", calls)]
    if "ancestry" in participants:
        labels = calls["sample"].map(participants.dropna(subset="sample").set_index("sample")["ancestry"])
        groups += sorted(calls.groupby(labels), key=lambda item: item[0])
    rows = []
    for label, members in groups:
        called = members["dosage"].dropna()
        counts = [int((members["genotype"] == genotype).sum()) for genotype in genotypes]
        frequency = called.mean() / 2 if len(called) else None
        low, high = (
            proportion_confint(called.sum(), 2 * len(called), method="wilson")
            if len(called)
            else (None, None)
        )
        ancestry = group_of.get(label)
        known = ancestry in reference.index
        rows.append(
            {
                "group": label,
                "ancestry": ancestry,
                "effect_allele": members["effect_allele"].iloc[0],
                "samples": len(members),
                "called": len(called),
                "call_rate": len(called) / len(members) if len(members) else None,
                "n_0": counts[0],
                "n_1": counts[1],
                "n_2": counts[2],
                "frequency": frequency,
                "frequency_low": low,
                "frequency_high": high,
                "hwe_midp": hwe_exact(counts[1], counts[0], counts[2])[1] if sum(counts) else None,
                "reference_frequency": reference.at[ancestry, "frequency"] if known else None,
                "reference_source": reference.at[ancestry, "source"] if known else None,
            }
        )
    return pd.DataFrame(rows)


def hwe_exact(heterozygotes: int, homozygotes_1: int, homozygotes_2: int) -> tuple[float, float]:
    """Exact test of Hardy-Weinberg equilibrium at a biallelic site.

    Conditional on the allele counts, the p-value sums the probabilities of all heterozygote counts
    no likelier than the observed one (Wigginton et al. 2005, doi 10.1086/429864); the mid-p version
    counts half of the observed one's own probability (Graffelman & Moreno 2013,
    doi 10.1515/sagmb-2012-0039).

    Returns
    -------
    (p, mid_p)
    """
    n = heterozygotes + homozygotes_1 + homozygotes_2
    minor = heterozygotes + 2 * min(homozygotes_1, homozygotes_2)
    # Ratio of neighbouring probabilities: P(h + 2) / P(h) = 4 a b / ((h + 2)(h + 1)), with a and b
    # the homozygote counts at h. Summing logs avoids underflow at biobank size.
    h = np.arange(minor % 2, minor + 1, 2)
    a, b = (minor - h) / 2, n - (minor + h) / 2
    steps = np.log(4 * a[:-1] * b[:-1]) - np.log((h[:-1] + 2.0) * (h[:-1] + 1.0))
    log_p = np.concatenate([[0.0], np.cumsum(steps)])
    probability = np.exp(log_p - log_p.max())
    probability /= probability.sum()
    # Ties differ by rounding only; PLINK's tolerance is of this order too.
    above = log_p - log_p[(heterozygotes - h[0]) // 2]
    p = min(float(probability[above <= 1e-8].sum()), 1.0)
    tied = float(probability[np.abs(above) <= 1e-8].sum())
    return p, p - tied / 2
