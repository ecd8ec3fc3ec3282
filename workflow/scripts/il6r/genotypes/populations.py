"""How far apart are the declared groups in their allele frequencies?"""

from itertools import combinations

import allel
import numpy as np
import pandas as pd

from il6r.genotypes.snps import genotype_counts

SMALLEST_GROUP = 10
# Blocks of the jackknife. Neighbouring SNPs are correlated and must fall in one block: a fiftieth of the
# genome is some 60 Mb, far beyond LD; fifty blocks give the standard error to a tenth of itself.
BLOCKS = 50


def pairwise_fst(markers, groups: np.ndarray) -> pd.DataFrame:
    """Hudson's F_ST between each two groups, with its block-jackknife standard error.

    The ratio of averages of Bhatia et al. 2013 (doi 10.1101/gr.154831.113), as PLINK 2's
    `--fst method=hudson`: over SNPs that vary in the two groups together and are called in at least one
    person of each. Blocks are runs of equally many SNPs in genome order.

    Parameters
    ----------
    markers : `markers.Markers`.
    groups : object, shape (n,): label of each sample or None; groups of fewer than 10 are left out.

    Returns
    -------
    `FST`, groups by name; F_ST is missing where no SNP varies, its error with fewer SNPs than blocks.
    """
    counts = {}
    labels = sorted({group for group in groups if group is not None})
    for label in labels:
        members = groups == label
        if members.sum() >= SMALLEST_GROUP:
            genotypes = genotype_counts(markers.calls, members)
            alt = genotypes[:, 1] + 2 * genotypes[:, 2]
            counts[label] = (int(members.sum()), np.stack([2 * genotypes.sum(axis=1) - alt, alt], axis=1))
    rows = []
    for (label_1, (n_1, alleles_1)), (label_2, (n_2, alleles_2)) in combinations(counts.items(), 2):
        used = ((alleles_1 + alleles_2) > 0).all(axis=1)
        used &= (alleles_1.sum(axis=1) > 0) & (alleles_2.sum(axis=1) > 0)
        snps = int(used.sum())
        fst = se = None
        if snps >= 2 * BLOCKS:
            fst, se, *_ = allel.average_hudson_fst(alleles_1[used], alleles_2[used], blen=snps // BLOCKS)
        elif snps:
            above, below = allel.hudson_fst(alleles_1[used], alleles_2[used])
            fst = above.sum() / below.sum()
        rows.append(
            {
                "group_1": label_1,
                "group_2": label_2,
                "samples_1": n_1,
                "samples_2": n_2,
                "snps": snps,
                "fst": fst,
                "se": se,
            }
        )
    columns = ["group_1", "group_2", "samples_1", "samples_2", "snps", "fst", "se"]
    return pd.DataFrame(rows, columns=columns)
