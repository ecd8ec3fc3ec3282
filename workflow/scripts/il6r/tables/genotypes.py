"""Tables of the genotype stage: calls, where they came from, and whether they can be trusted."""

from il6r.tables.contract import FLAG, REAL, TEXT, WHOLE, Cells, Table, column, flow_table

# FORMAT fields a dosage may be read from; "block" is a gVCF reference block, "conflict" a person whose
# records or files disagree, "none" a person without a call.
FIELDS = ("GT", "DS", "HDS", "GP", "block", "conflict", "none")
COMPONENTS = 10
# The group of everybody.
EVERYBODY = "all"
_SHARE: Cells = {"nullable": True, "low": 0, "high": 1}
_GROUP = column(TEXT, f'The declared ancestry, or "{EVERYBODY}" for everybody.')
_SAMPLES = column(WHOLE, "Samples of the group.", low=0)

CALLS = Table(
    "{cohort}/genotypes/calls.parquet",
    "The effect-allele dosage of each sample in the genotype files, and the field it was read from.",
    {
        "sample": column(TEXT, "The sample's name in the genotype files."),
        "dosage": column(
            REAL, "Copies of the effect allele, expected ones if imputed.", unit="alleles", nullable=True,
            low=0, high=2,
        ),
        "genotype": column(
            TEXT, "The best-guess genotype; missing where the dosage is uncertain.", nullable=True
        ),
        **{
            f"probability_{copies}": column(
                REAL, f"Probability of {words}; missing where there may be an allele that is neither. The "
                "column is absent where every call is a genotype.",
                unit="1", nullable=True, low=0, high=1, required=False,
            )
            for copies, words in ((1, "one effect allele"), (2, "two effect alleles"))
        },
        "field": column(TEXT, "What the dosage was read from.", allowed=FIELDS),
        "effect_allele": column(TEXT, "The allele that the dosage counts."),
        "file": column(WHOLE, "Number of the genotype file, from 1, as configured.", low=1),
        "study_dosage": column(
            REAL, "The study variant's dosage, where a proxy is read and the files hold both.",
            unit="alleles", nullable=True, low=0, high=2, required=False,
        ),
    },
    key=("sample",),
    of_people=True,
)  # fmt: skip

SOURCES = Table(
    "{cohort}/genotypes/sources.tsv",
    "The variant's record found in each genotype file, with build, strand and alleles, and calls set to "
    "missing.",
    {
        "file": column(WHOLE, "Number of the genotype file, from 1.", low=1),
        "variant": column(TEXT, "The variant that was read: the study variant or a proxy."),
        "build": column(TEXT, "The genome build.", nullable=True, allowed=("GRCh37", "GRCh38")),
        "build_evidence": column(TEXT, "What the build was told from."),
        "contig": column(TEXT, "The chromosome as the file names it.", nullable=True),
        "position": column(WHOLE, "The record's position.", unit="bp", nullable=True),
        "ref": column(TEXT, "The record's REF allele.", nullable=True),
        "alt": column(TEXT, "The record's ALT alleles.", nullable=True),
        "effect_allele": column(TEXT, "The allele that dosages count."),
        "strand": column(
            TEXT, '"plus", or "minus" where the alleles are the catalogued ones\' complements.',
            nullable=True, allowed=("plus", "minus"),
        ),
        "records": column(WHOLE, "Records at the position.", low=0),
        "imputation_quality": column(
            REAL, "R² or INFO of the record, where the file gives it.", unit="1", nullable=True
        ),
        "samples": column(WHOLE, "Samples in the file.", low=0),
        "found": column(FLAG, "Whether the file holds the variant."),
        "not_diploid": column(WHOLE, "Calls set to missing because they have other than two alleles.", low=0),
        "half_called": column(WHOLE, "Calls set to missing because one allele is.", low=0),
        "low_quality": column(WHOLE, "Calls set to missing by a limit of quality.", low=0),
        "records_disagree": column(WHOLE, "Calls set to missing because two records disagree.", low=0),
        "imputed": column(WHOLE, "Calls that are imputed dosages.", low=0),
        "with_probabilities": column(
            WHOLE, "Those of them whose genotype probabilities the record gives (GP, HDS); the others' "
            "follow from the dosage.", low=0,
        ),
    },
    key=("file",),
)  # fmt: skip

CONFLICTS = Table(
    "{cohort}/genotypes/conflicts.tsv",
    "People whose calls in two files, or on two lines, differ; their call is missing.",
    {
        "sample": column(TEXT, "The sample's name in the genotype files."),
        "file_1": column(WHOLE, "Number of one file.", low=1),
        "file_2": column(WHOLE, "Number of the other file.", low=1),
        "dosage_1": column(REAL, "The dosage in the one.", unit="alleles", low=0, high=2),
        "dosage_2": column(REAL, "The dosage in the other.", unit="alleles", low=0, high=2),
    },
    of_people=True,
)

CONCORDANCE = Table(
    "{cohort}/genotypes/concordance.tsv",
    "Agreement of the calls of people who are in two files.",
    {
        "file_1": column(WHOLE, "Number of one file.", low=1),
        "file_2": column(WHOLE, "Number of the other file.", low=1),
        "samples": column(WHOLE, "Samples that are in both.", low=0),
        "called_in_both": column(WHOLE, "Those called in both.", low=0),
        "agree": column(WHOLE, "Those whose calls agree.", low=0),
        "concordance": column(REAL, "Share of those called in both whose calls agree.", unit="1", **_SHARE),
    },
    key=("file_1", "file_2"),
)

GENOTYPES_QC = Table(
    "{cohort}/genotypes/qc.tsv",
    "Call rate, genotype counts, effect-allele frequency with its 95 % Wilson interval, exact mid-p "
    "Hardy-Weinberg test, reference frequency with the test of the difference, and the test between files, "
    "overall and by ancestry.",
    {
        "group": _GROUP,
        "ancestry": column(TEXT, "The reference panel's ancestry it is compared with.", nullable=True),
        "effect_allele": column(TEXT, "The allele that is counted."),
        "samples": _SAMPLES,
        "called": column(WHOLE, "Samples with a call.", low=0),
        "call_rate": column(REAL, "Share of samples with a call.", unit="1", **_SHARE),
        "n_0": column(WHOLE, "Samples without an effect allele.", low=0),
        "n_1": column(WHOLE, "Samples with one effect allele.", low=0),
        "n_2": column(WHOLE, "Samples with two effect alleles.", low=0),
        "frequency": column(REAL, "Effect-allele frequency.", unit="1", **_SHARE),
        "frequency_low": column(REAL, "Lower end of its 95 % Wilson interval.", unit="1", **_SHARE),
        "frequency_high": column(REAL, "Upper end of that interval.", unit="1", **_SHARE),
        "hwe_midp": column(REAL, "Exact mid-p value of the Hardy-Weinberg test.", unit="p", **_SHARE),
        "reference_frequency": column(REAL, "Frequency in the reference panel.", unit="1", **_SHARE),
        "reference_source": column(TEXT, "Where that frequency is from.", nullable=True),
        "reference_p_value": column(REAL, "p-value of the difference from it.", unit="p", **_SHARE),
        "batch_p_value": column(REAL, "p-value of the difference between files.", unit="p", **_SHARE),
        "proxy_r2": column(
            REAL, "r² of proxy and study variant in the group's own calls.", unit="1", **_SHARE
        ),
        "refused": column(TEXT, "Why a proxy's calls are not used in the group.", nullable=True),
    },
    key=("group",),
)  # fmt: skip

STRUCTURE = Table(
    "{cohort}/genotypes/structure.parquet",
    "Each sample's call rate, heterozygosity, principal components, family, and whether it is an outlier; "
    "rates and components are missing, and everybody is unrelated, where the files hold too few independent "
    "SNPs.",
    {
        "sample": column(TEXT, "The sample's name in the genotype files."),
        "group": column(TEXT, "The ancestry the participant table declares.", nullable=True),
        "call_rate": column(REAL, "Share of SNPs that are called.", unit="1", **_SHARE),
        "heterozygosity": column(REAL, "Share of called SNPs that are heterozygous.", unit="1", **_SHARE),
        "inbreeding": column(REAL, "Inbreeding coefficient F.", unit="1", nullable=True),
        **{
            f"pc{k}": column(REAL, f"Principal component {k} of genome-wide SNPs.", unit="1", nullable=True)
            for k in range(1, COMPONENTS + 1)
        },
        "nearest_group": column(
            TEXT, "The declared group whose centre on the components is nearest.", nullable=True
        ),
        "outlier": column(
            TEXT, "Why the sample is not like the others: call rate, heterozygosity, components.",
            nullable=True,
        ),
        "family": column(TEXT, "The family that kinship puts the sample into.", nullable=True),
        "unrelated": column(FLAG, "Whether the sample is in the largest set of unrelated people found."),
    },
    key=("sample",),
    of_people=True,
)  # fmt: skip

RELATIVES = Table(
    "{cohort}/genotypes/relatives.parquet",
    "Pairs of samples related to the second degree or closer, and to the third within a family.",
    {
        "sample_1": column(TEXT, "One sample of the pair."),
        "sample_2": column(TEXT, "The other one."),
        "kinship": column(REAL, "KING-robust kinship coefficient.", unit="1"),
        "degree": column(WHOLE, "Degree of the relation; 0 is the same person or a twin.", low=0, high=3),
        "snps": column(WHOLE, "SNPs called in both.", low=0),
    },
    key=("sample_1", "sample_2"),
    of_people=True,
)

STRUCTURE_SUMMARY = Table(
    "{cohort}/genotypes/structure_summary.tsv",
    "How many SNPs structure rests on, and how much each component explains: one row, or none.",
    {
        "snps": column(WHOLE, "SNPs in the files.", low=0),
        "after_quality": column(WHOLE, "SNPs of good quality.", low=0),
        "independent": column(WHOLE, "SNPs left after pruning.", low=0),
        "samples": column(WHOLE, "Samples.", low=0),
        "duplicates": column(WHOLE, "Pairs that are one person, or twins.", low=0),
        "first_degree": column(WHOLE, "Pairs of the first degree.", low=0),
        "second_degree": column(WHOLE, "Pairs of the second degree.", low=0),
        "outliers": column(WHOLE, "Outliers.", low=0),
        "unrelated": column(WHOLE, "Samples of the largest unrelated set found.", low=0),
        **{
            f"share_pc{k}": column(REAL, f"Share of variance of principal component {k}.", unit="1", **_SHARE)
            for k in range(1, COMPONENTS + 1)
        },
        "note": column(TEXT, "Why there are no components, or what limits them.", nullable=True),
    },
)

FST = Table(
    "{cohort}/genotypes/fst.tsv",
    "Hudson's F_ST between each two declared groups with its block-jackknife standard error.",
    {
        "group_1": column(TEXT, "One group."),
        "group_2": column(TEXT, "The other one."),
        "samples_1": column(WHOLE, "Samples of the one.", low=0),
        "samples_2": column(WHOLE, "Samples of the other.", low=0),
        "snps": column(WHOLE, "SNPs that it rests on.", low=0),
        "fst": column(REAL, "F_ST.", unit="1", nullable=True),
        "se": column(REAL, "Its standard error.", unit="1", nullable=True, low=0),
    },
    key=("group_1", "group_2"),
)

LD = Table(
    "{cohort}/genotypes/ld.tsv",
    "Linkage disequilibrium between each two sites around the variant, by group.",
    {
        "group": _GROUP,
        "samples": _SAMPLES,
        "position_1": column(WHOLE, "Position of one site.", unit="bp", low=1),
        "position_2": column(WHOLE, "Position of the other.", unit="bp", low=1),
        "r2": column(REAL, "Squared correlation.", unit="1", **_SHARE),
        "d_prime": column(REAL, "|D'|.", unit="1", **_SHARE),
        "phased": column(FLAG, "Whether haplotypes were read rather than estimated."),
    },
    key=("group", "position_1", "position_2"),
)

LD_DECAY = Table(
    "{cohort}/genotypes/ld_decay.tsv",
    "Mean r² of pairs of sites around the variant by their distance, by group.",
    {
        "group": _GROUP,
        "distance_kb_low": column(REAL, "Least distance.", unit="kilobases", low=0),
        "distance_kb_high": column(REAL, "Largest distance.", unit="kilobases", low=0),
        "pairs": column(WHOLE, "Pairs of sites.", low=0),
        "mean_r2": column(REAL, "Mean of their r².", unit="1", **_SHARE),
    },
    key=("group", "distance_kb_low"),
)

HAPLOTYPES = Table(
    "{cohort}/genotypes/haplotypes.tsv",
    "Haplotypes of the variant and its nearest common neighbours by group, where the calls are phased.",
    {
        "group": _GROUP,
        "positions": column(TEXT, "Positions of the sites."),
        "haplotype": column(TEXT, "Alleles in the order of the positions."),
        "carries_effect_allele": column(FLAG, "Whether the effect allele is on it."),
        "count": column(WHOLE, "Chromosomes with it.", low=0),
        "chromosomes": column(WHOLE, "Chromosomes of the group.", low=0),
        "frequency": column(REAL, "Its frequency.", unit="1", low=0, high=1),
        "frequency_low": column(REAL, "Lower end of the 95 % Wilson interval.", unit="1", low=0, high=1),
        "frequency_high": column(REAL, "Upper end of that interval.", unit="1", low=0, high=1),
    },
    key=("group", "haplotype"),
)

GENOTYPES_FLOW = flow_table("genotypes", "Samples from the genotype files to the calls.")
