"""Tables of the genotype stage: calls, where they came from, and whether they can be trusted."""

from il6r.tables.contract import FLAG, REAL, TEXT, WHOLE, Table, column

# FORMAT fields a dosage may be read from; "block" is a gVCF reference block, "conflict" a person whose
# records or files disagree, "none" a person without a call.
FIELDS = ("GT", "DS", "HDS", "GP", "block", "conflict", "none")
COMPONENTS = 10

# One row per sample in the genotype files. `dosage` counts the effect allele; `field` is what it was
# read from. `study_dosage` is there where a proxy is read and the study variant is in the files too.
CALLS = Table(
    "calls",
    {
        "sample": column(TEXT),
        "dosage": column(REAL, nullable=True, low=0, high=2),
        "genotype": column(TEXT, nullable=True),
        "field": column(TEXT, allowed=FIELDS),
        "effect_allele": column(TEXT),
        "file": column(WHOLE, low=1),
        "study_dosage": column(REAL, nullable=True, low=0, high=2, required=False),
    },
    key=("sample",),
)

# What was found in the genotype files, one row per file.
SOURCES = Table(
    "genotype sources",
    {
        "file": column(WHOLE, low=1),
        "variant": column(TEXT),
        "build": column(TEXT, nullable=True, allowed=("GRCh37", "GRCh38")),
        "build_evidence": column(TEXT),
        "contig": column(TEXT, nullable=True),
        "position": column(WHOLE, nullable=True),
        "ref": column(TEXT, nullable=True),
        "alt": column(TEXT, nullable=True),
        "effect_allele": column(TEXT),
        # "plus", or "minus" where the alleles are the catalogued ones' complements.
        "strand": column(TEXT, nullable=True, allowed=("plus", "minus")),
        "records": column(WHOLE, low=0),
        "imputation_quality": column(REAL, nullable=True),
        "samples": column(WHOLE, low=0),
        "found": column(FLAG),
        # Calls set to missing, by reason.
        "not_diploid": column(WHOLE, low=0),
        "half_called": column(WHOLE, low=0),
        "low_quality": column(WHOLE, low=0),
        "records_disagree": column(WHOLE, low=0),
    },
    key=("file",),
)

# People whose calls in two files, or on two lines, differ; their call is missing.
CONFLICTS = Table(
    "conflicts",
    {
        "sample": column(TEXT),
        "file_1": column(WHOLE, low=1),
        "file_2": column(WHOLE, low=1),
        "dosage_1": column(REAL, low=0, high=2),
        "dosage_2": column(REAL, low=0, high=2),
    },
)

# Agreement of people who are in two files.
CONCORDANCE = Table(
    "concordance",
    {
        "file_1": column(WHOLE, low=1),
        "file_2": column(WHOLE, low=1),
        "samples": column(WHOLE, low=0),
        "called_in_both": column(WHOLE, low=0),
        "agree": column(WHOLE, low=0),
        "concordance": column(REAL, nullable=True, low=0, high=1),
    },
    key=("file_1", "file_2"),
)

# Quality of the calls: one row for all samples, one per ancestry group. `refused` says why a proxy's
# calls are not used in a group.
GENOTYPE_QC = Table(
    "genotype quality",
    {
        "group": column(TEXT),
        "ancestry": column(TEXT, nullable=True),
        "effect_allele": column(TEXT),
        "samples": column(WHOLE, low=0),
        "called": column(WHOLE, low=0),
        "call_rate": column(REAL, nullable=True, low=0, high=1),
        "n_0": column(WHOLE, low=0),
        "n_1": column(WHOLE, low=0),
        "n_2": column(WHOLE, low=0),
        "frequency": column(REAL, nullable=True, low=0, high=1),
        "frequency_low": column(REAL, nullable=True, low=0, high=1),
        "frequency_high": column(REAL, nullable=True, low=0, high=1),
        "hwe_midp": column(REAL, nullable=True, low=0, high=1),
        "reference_frequency": column(REAL, nullable=True, low=0, high=1),
        "reference_source": column(TEXT, nullable=True),
        "reference_p_value": column(REAL, nullable=True, low=0, high=1),
        "batch_p_value": column(REAL, nullable=True, low=0, high=1),
        "proxy_r2": column(REAL, nullable=True, low=0, high=1),
        "refused": column(TEXT, nullable=True),
    },
    key=("group",),
)

# One row per sample. Empty (all components and rates missing, everybody unrelated) where the files hold
# too few independent SNPs. `nearest_group` is the declared group whose centre on the components is nearest.
STRUCTURE = Table(
    "structure",
    {
        "sample": column(TEXT),
        # The ancestry the participant table declares.
        "group": column(TEXT, nullable=True),
        "call_rate": column(REAL, nullable=True, low=0, high=1),
        "heterozygosity": column(REAL, nullable=True, low=0, high=1),
        "inbreeding": column(REAL, nullable=True),
        **{f"pc{k}": column(REAL, nullable=True) for k in range(1, COMPONENTS + 1)},
        "nearest_group": column(TEXT, nullable=True),
        # Why the sample is not like the others: low call rate, heterozygosity, components.
        "outlier": column(TEXT, nullable=True),
        "family": column(TEXT, nullable=True),
        "unrelated": column(FLAG),
    },
    key=("sample",),
)

# Pairs of samples related to the second degree or closer; degree 0 is the same person or a twin.
RELATIVES = Table(
    "relatives",
    {
        "sample_1": column(TEXT),
        "sample_2": column(TEXT),
        "kinship": column(REAL),
        "degree": column(WHOLE, low=0, high=2),
        "snps": column(WHOLE, low=0),
    },
    key=("sample_1", "sample_2"),
)

# How many SNPs structure rests on, and how much each component explains: one row, or none.
STRUCTURE_SUMMARY = Table(
    "structure summary",
    {
        "snps": column(WHOLE, low=0),
        "after_quality": column(WHOLE, low=0),
        "independent": column(WHOLE, low=0),
        "samples": column(WHOLE, low=0),
        "duplicates": column(WHOLE, low=0),
        "first_degree": column(WHOLE, low=0),
        "second_degree": column(WHOLE, low=0),
        "outliers": column(WHOLE, low=0),
        "unrelated": column(WHOLE, low=0),
        **{f"share_pc{k}": column(REAL, nullable=True, low=0, high=1) for k in range(1, COMPONENTS + 1)},
        "note": column(TEXT, nullable=True),
    },
)

# Hudson's F_ST between each two groups, with its block-jackknife standard error.
FST = Table(
    "fst",
    {
        "group_1": column(TEXT),
        "group_2": column(TEXT),
        "samples_1": column(WHOLE, low=0),
        "samples_2": column(WHOLE, low=0),
        "snps": column(WHOLE, low=0),
        "fst": column(REAL, nullable=True),
        "se": column(REAL, nullable=True, low=0),
    },
    key=("group_1", "group_2"),
)

# Linkage disequilibrium of the variant's region: pairs of sites of each group ("all" and by ancestry).
LD = Table(
    "linkage disequilibrium",
    {
        "group": column(TEXT),
        "samples": column(WHOLE, low=0),
        "position_1": column(WHOLE, low=1),
        "position_2": column(WHOLE, low=1),
        "r2": column(REAL, nullable=True, low=0, high=1),
        "d_prime": column(REAL, nullable=True, low=0, high=1),
        "phased": column(FLAG),
    },
    key=("group", "position_1", "position_2"),
)

# Mean r2 of pairs of sites by distance.
LD_DECAY = Table(
    "decay of linkage disequilibrium",
    {
        "group": column(TEXT),
        "distance_kb_low": column(REAL, low=0),
        "distance_kb_high": column(REAL, low=0),
        "pairs": column(WHOLE, low=0),
        "mean_r2": column(REAL, nullable=True, low=0, high=1),
    },
    key=("group", "distance_kb_low"),
)

# Haplotypes of the variant and its nearest common neighbours, where the calls are phased. Alleles are
# written in the order of `positions`.
HAPLOTYPES = Table(
    "haplotypes",
    {
        "group": column(TEXT),
        "positions": column(TEXT),
        "haplotype": column(TEXT),
        "carries_effect_allele": column(FLAG),
        "count": column(WHOLE, low=0),
        "chromosomes": column(WHOLE, low=0),
        "frequency": column(REAL, low=0, high=1),
        "frequency_low": column(REAL, low=0, high=1),
        "frequency_high": column(REAL, low=0, high=1),
    },
    key=("group", "haplotype"),
)
