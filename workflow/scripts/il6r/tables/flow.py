"""The form of the tables that count exclusions, which five stages have."""

from il6r.tables.contract import TEXT, WHOLE, Table, column


def flow_table(stage: str, meaning: str) -> Table:
    """A stage's table of where everybody went.

    Within one `stage`, `counted` and `analysis`, each row's `left` is the row above's less what this one
    dropped; a chain's first row drops nothing.
    """
    return Table(
        f"{{cohort}}/{stage}/flow.tsv",
        meaning,
        {
            "cohort": column(TEXT, "The cohort's name in the configuration."),
            "stage": column(
                TEXT,
                "The stage that counted.",
                allowed=("genotypes", "assays", "activity", "cohort", "association"),
            ),
            "analysis": column(TEXT, "The analysis of the plan that is counted for.", nullable=True),
            "counted": column(TEXT, "What is counted: samples, participants, person-days, ..."),
            "reason": column(TEXT, "Why rows were dropped; of a chain's first row, where they are from."),
            "dropped": column(WHOLE, "How many were dropped for this reason.", low=0),
            "left": column(WHOLE, "How many are left after that.", low=0),
        },
    )
