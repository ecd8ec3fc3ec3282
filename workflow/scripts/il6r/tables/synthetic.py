"""Tables of the synthetic stage: the truth that a simulated cohort's genotype files were made with."""

from il6r.tables.contract import REAL, TEXT, WHOLE, Table, column

TRUE_DOSAGES = Table(
    "synthetic/{cohort}/true_dosages.parquet",
    "True dosages of simulated people, to compare the calls made from them with.",
    {
        "sample": column(TEXT, "The simulated person's sample in the genotype files."),
        "ancestry": column(TEXT, "The ancestry the person was simulated with."),
        "dosage": column(REAL, "Copies of the effect allele.", unit="alleles", low=0, high=2),
    },
    key=("sample",),
    of_people=True,
)

TRUE_RELATIVES = Table(
    "synthetic/{cohort}/true_relatives.tsv",
    "Pairs of simulated samples that are related.",
    {
        "sample_1": column(TEXT, "One sample of the pair."),
        "sample_2": column(TEXT, "The other one."),
        "degree": column(WHOLE, "0 for one person twice, 1 for parent and child or siblings.", low=0, high=2),
    },
    of_people=True,
)
