"""Can the calls be believed? Call rate, frequency, Hardy-Weinberg equilibrium and batches, by group."""

import numpy as np
import pandas as pd
from scipy.special import chdtrc

from il6r.proportions import score_test, wilson_interval
from il6r.tables.genotypes import EVERYBODY
from il6r.variants import Variant

# Fewer people say nothing of a proxy's r2, or of a batch's frequency.
_ENOUGH_PEOPLE = 20
# A frequency so far from the reference, and so surely, is another allele's or another locus's.
_FAR, _SURELY = 0.15, 1e-6


def check_calls(
    calls: pd.DataFrame,
    participants: pd.DataFrame,
    variant: Variant,
    study: Variant,
    populations: pd.DataFrame,
    reference: pd.DataFrame,
    min_proxy_r2: float,
    structure: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """Quality of the calls over everyone and in each ancestry group of the participant table.

    Frequencies come from dosages, their 95 % intervals from Wilson's method on 2n alleles, or where there
    are relatives on as many as would be as informative (Korn & Graubard 1998, Survey Methodology 24,
    193-201), genotype counts and the Hardy-Weinberg test from hard calls. The test against the reference
    takes the reference frequency as known (score test, with as many alleles); the batch test is chi-square
    on alleles by file.

    A proxy is refused in a group where the catalogue says that it does not hold, where its frequency is
    far from the study variant's, or where the cohort has both variants and r2 is below `min_proxy_r2`
    or their effect alleles do not go together. Where the cohort has both, r2 alone decides.

    Parameters
    ----------
    calls : `CALLS`.
    participants : `PARTICIPANTS`; samples that are not in it count only in "all".
    variant, study : the variant that was read, and the one that is studied; two if it is a proxy.
    populations : ancestry labels (`label`) and the group (`ancestry`) each belongs to.
    reference : effect-allele frequency (`frequency`, `source`) of each ancestry group.
    structure : `STRUCTURE`, whose families tell who is related, beside those of the participants; or None.

    Returns
    -------
    `GENOTYPES_QC`, "all" first, then groups by name.
    """
    group_of = dict(zip(populations["label"], populations["ancestry"], strict=True))
    reference = reference.set_index("ancestry")
    calls = calls.assign(family=_families(calls["sample"], participants, structure))
    groups = [(EVERYBODY, calls)]
    if "ancestry" in participants:
        labels = calls["sample"].map(participants.dropna(subset="sample").set_index("sample")["ancestry"])
        groups += sorted(calls.groupby(labels), key=lambda item: item[0])
    rows = []
    for label, members in groups:
        called = members["dosage"].dropna()
        counts = [int((members["genotype"] == genotype).sum()) for genotype in variant.genotypes]
        frequency = low = high = alleles = None
        if len(called):
            frequency = float(called.mean()) / 2
            alleles = _independent_alleles(called, members["family"])
            low, high = wilson_interval(frequency * alleles, alleles)
        ancestry = group_of.get(label)
        known = ancestry in reference.index
        row = {
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
            "batch_p_value": _batch_effect(members),
        }
        if known and len(called):
            row["reference_p_value"] = reference_test(called, row["reference_frequency"], alleles)
        if variant.id != study.id:
            row["proxy_r2"], same_direction = proxy_r2(members)
            if label != EVERYBODY:
                row["refused"] = _refusal(row, variant, study, same_direction, min_proxy_r2)
        rows.append(row)
    return pd.DataFrame(rows)


def reference_test(dosage: pd.Series, frequency: float, alleles: float | None = None) -> float:
    """p-value of the hypothesis that the effect allele's frequency is `frequency`, by the score test.

    `alleles`: as many as are independent, if those are not all of them.
    """
    alleles = 2 * len(dosage) if alleles is None else alleles
    return score_test(dosage.mean() / 2 * alleles, alleles, frequency)


def _families(samples: pd.Series, participants: pd.DataFrame, structure: pd.DataFrame | None) -> pd.Series:
    """Each sample's family, by kinship, or else as the participant table has it; missing where unknown."""
    known = pd.Series(np.nan, samples.index, dtype=object)
    for kind, table in (("kinship", structure), ("given", participants)):
        if table is not None and "family" in table:
            family = table.dropna(subset=["sample", "family"]).set_index("sample")["family"].astype("str")
            known = known.fillna(samples.map(kind + " " + family))
    return known


def _independent_alleles(dosage: pd.Series, family: pd.Series) -> float:
    """Alleles of unrelated people that would say as much of a frequency: 2n without relatives, never more.

    Of people in families the frequency's variance is that of sums over families.
    """
    n, family = len(dosage), family.loc[dosage.index]
    frequency = dosage.mean() / 2
    variance = 2 * n * frequency * (1 - frequency)
    if not family.dropna().duplicated().any() or variance <= 0:
        return 2.0 * n
    alone = family.isna()
    rest = dosage - 2 * frequency
    sums = pd.concat([rest[alone], rest[~alone].groupby(family[~alone]).sum()])
    if len(sums) < 2:
        return 2.0
    found = float((sums**2).sum()) * len(sums) / (len(sums) - 1)
    return float(2 * n * min(1.0, variance / found))


def proxy_r2(calls: pd.DataFrame) -> tuple[float | None, bool]:
    """Squared correlation of a proxy's dosage with the study variant's, and whether it is positive.

    None where fewer than 20 people have both, or one of them does not vary.
    """
    if "study_dosage" not in calls:
        return None, True
    both = calls[["dosage", "study_dosage"]].dropna()
    if len(both) < _ENOUGH_PEOPLE or (both.std() == 0).any():
        return None, True
    r = float(np.corrcoef(both["dosage"], both["study_dosage"])[0, 1])
    return min(r**2, 1.0), r > 0


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


def _batch_effect(members: pd.DataFrame) -> float | None:
    """p-value that the files' people differ in frequency; None where fewer than two files have enough."""
    called = members.dropna(subset="dosage").groupby("file")["dosage"].agg(["sum", "size"])
    called = called[called["size"] >= _ENOUGH_PEOPLE]
    alleles = np.column_stack([called["sum"], 2 * called["size"] - called["sum"]])
    if len(called) < 2 or (alleles.sum(axis=0) == 0).any():
        return None
    # Pearson's chi-squared; what scipy.stats has for it takes longer to import than all else here.
    expected = alleles.sum(axis=1, keepdims=True) * alleles.sum(axis=0) / alleles.sum()
    return float(chdtrc(len(called) - 1, ((alleles - expected) ** 2 / expected).sum()))


def _refusal(row: dict, variant: Variant, study: Variant, same_direction: bool, least: float) -> str | None:
    """Why a proxy's calls are not used in a group, or None if they are."""
    if row["proxy_r2"] is not None:
        if same_direction and row["proxy_r2"] >= least:
            return None
        direction = "" if same_direction else ", in the other direction"
        return f"r2 with {study.id} is {row['proxy_r2']:.2f} here{direction}"
    if row["ancestry"] in variant.fails_in:
        return f"it is known not to hold in {row['ancestry']}"
    expected = row["reference_frequency"]
    if expected is None or row["frequency"] is None or row["reference_p_value"] > _SURELY:
        return None
    if abs(row["frequency"] - expected) < _FAR:
        return None
    return (
        f"its frequency is {row['frequency']:.2f}, where {study.id} {study.effect_allele} is {expected:.2f}"
    )
