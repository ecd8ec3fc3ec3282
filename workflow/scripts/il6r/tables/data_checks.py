"""The table of data checks: what is wrong with a cohort's data, by the limits of quality."""

from il6r.tables.contract import FLAG, REAL, TEXT, WHOLE, Quantity, Table, column

# Stages whose data are checked, and the levels that a check can give.
CHECKED = ("genotypes", "assays", "activity", "size")
LEVELS = ("pass", "look", "fail", "not measured")
_LIMIT: Quantity = {"unit": "the check's unit", "nullable": True}
_DEVIATION: Quantity = {"unit": "1", "nullable": True}
DATA_CHECKS = Table(
    "replication/data_checks.tsv",
    "Each check of each cohort's data beside its limits: whether it passes, is worth a look, or fails, which "
    "holds back the verdicts that rest on it. Numbers that would give a small group away are left out.",
    {
        "cohort": column(TEXT, "The cohort."),
        "stage": column(TEXT, "What is checked.", allowed=CHECKED),
        "check": column(TEXT, "The check; of an assay, with the analyte."),
        "analyte": column(TEXT, "The analyte, of assays.", nullable=True),
        "what": column(TEXT, "What its value is."),
        "unit": column(TEXT, "The unit of value and limits."),
        "value": column(
            REAL, "Its value, of the worst group where there are several; of sizes the multiple of "
            "min_cell_size below it.", **_LIMIT,
        ),
        "groups": column(WHOLE, "Groups that it is the worst of.", nullable=True, low=1),
        "deviation": column(
            REAL, "How far the data are off what the p-value tests; a p-value counts only beyond its limit.",
            **_DEVIATION,
        ),
        "look": column(REAL, "The limit beyond which it is worth a look.", **_LIMIT),
        "fail": column(REAL, "The limit beyond which it fails.", **_LIMIT),
        "deviation_look": column(REAL, "The least deviation worth a look.", **_DEVIATION),
        "deviation_fail": column(REAL, "The least deviation that fails.", **_DEVIATION),
        "level": column(TEXT, "What that comes to.", allowed=LEVELS),
        "sentence": column(
            TEXT, "What is wrong, with the number and the limit; or why it was not measured.", nullable=True
        ),
        "advice": column(TEXT, "What usually causes that, and what to do.", nullable=True),
        "looked_at": column(FLAG, "Whether the plan says that it was looked at."),
        "looked_at_reason": column(TEXT, "What the plan says of it.", nullable=True),
    },
    key=("cohort", "check"),
)  # fmt: skip
