"""What is the report written and drawn from? Tables by their contracts, read when a section asks for them."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, TypeAlias

import pandas as pd

from il6r import disclosure, variants
from il6r.plan import Plan
from il6r.plan import load as load_plan
from il6r.report.blocks import Figure
from il6r.report.register import FIGURES
from il6r.tables.contract import Table
from il6r.variants import Variant

# What the configuration has for a cohort's stage, by key.
Settings: TypeAlias = dict[str, Any]
# The true value of each analysis of each synthetic cohort, by the scale that it is on.
Truths: TypeAlias = dict[str, dict[str, dict[str, float]]]
# Where a cohort has settings of its own for a stage.
_RULES = {"assays": "assay_rules", "activity": "activity_rules"}


# Compared by identity, so that what is made of it is kept.
@dataclass(eq=False)
class Study:
    """What a section takes its numbers from.

    Attributes
    ----------
    config : the study's configuration with its defaults filled in; figures have only what they need of it.
    given : the rule's inputs: the paths of each table by the name of its contract, the plan and resources.
    rule : the rule of verdicts, in sentences.
    synthetic : the cohorts that have a known truth, in the order of its files.
    in_memory : tables that have been read, by name.
    """

    config: dict[str, Any]
    given: Any
    rule: tuple[str, ...] = ()
    synthetic: Sequence[str] = ()
    in_memory: dict[str, pd.DataFrame] = field(default_factory=dict, repr=False)

    @property
    def cohorts(self) -> list[str]:
        """The cohorts in the configuration's order."""
        return list(self.config["cohorts"])

    @property
    def minimum(self) -> int:
        """The smallest group that may be shown."""
        return int(self.config["min_cell_size"])

    @cached_property
    def plan(self) -> Plan:
        """The analysis plan."""
        return load_plan(self.given.plan, self.given.plan_schema)

    @cached_property
    def catalogue(self) -> dict[str, Variant]:
        """The known variants by rsID."""
        return variants.load_catalogue(self.given.variants)

    @cached_property
    def truths(self) -> Truths:
        """Of each synthetic cohort, the true value of each analysis."""
        return {
            cohort: json.loads(Path(path).read_text())
            for cohort, path in zip(self.synthetic, self.given.truths, strict=True)
        }

    def settings(self, stage: str, cohort: str) -> Settings:
        """The settings of a stage: the cohort's own, else the study's."""
        return {**self.config.get(stage, {}), **self.config["cohorts"][cohort].get(_RULES[stage], {})}

    def table(self, contract: Table) -> pd.DataFrame:
        """A contract's table; where each cohort has one, all of them one below the other, by `cohort`."""
        if contract.name not in self.in_memory:
            if "{cohort}" in contract.file:
                frames = [frame.assign(cohort=name) for name, frame in self.tables(contract).items()]
                self.in_memory[contract.name] = pd.concat(frames, ignore_index=True)
            else:
                self.in_memory[contract.name] = contract.read(getattr(self.given, contract.name)[0])
        return self.in_memory[contract.name]

    def tables(self, contract: Table) -> dict[str, pd.DataFrame]:
        """Each cohort's table of a contract, with no columns but those that the cohort has."""
        paths = getattr(self.given, contract.name)
        return {name: contract.read(path) for name, path in zip(self.cohorts, paths, strict=True)}

    def resource(self, name: str) -> pd.DataFrame:
        """A table of `resources/` by the name of the rule's input."""
        return pd.read_csv(getattr(self.given, name), sep="\t")

    def figure(self, name: str) -> Figure:
        """A figure of the register as a block."""
        entry = FIGURES[name]
        return Figure(
            name,
            entry.alternative,
            entry.caption.format(step=disclosure.step(self.minimum), minimum=self.minimum),
        )
