"""How many are left after each step, and why the others are not?"""

import pandas as pd


class Flow:
    """Collects the rows of the flow table; each `keep` says how many of the last count are left."""

    def __init__(self, cohort: str):
        self.cohort = cohort
        self.rows: list[tuple] = []

    def start(self, stage: str, analysis: str | None, counted: str, reason: str, left: int) -> None:
        """Begin a chain of counts."""
        self.chain = (self.cohort, stage, analysis, counted)
        self.rows.append((*self.chain, reason, 0, int(left)))

    def keep(self, reason: str, left: int) -> None:
        """Say how many are left, and why the others are not."""
        before = self.rows[-1][-1]
        self.rows.append((*self.chain, reason, before - int(left), int(left)))

    def table(self) -> pd.DataFrame:
        """All chains as `COHORT_FLOW`."""
        columns = ["cohort", "stage", "analysis", "counted", "reason", "dropped", "left"]
        return pd.DataFrame(self.rows, columns=columns)
