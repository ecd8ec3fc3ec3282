"""The report: one HTML page without outside requests, its summary as JSON, and lines for the screen."""

import base64
import json
import math
from dataclasses import dataclass
from pathlib import Path

import jinja2
import pandas as pd
import yaml

from il6r import provenance
from il6r.plan import Plan
from il6r.report import (
    activity,
    assays,
    association,
    calls,
    linkage,
    methods,
    populations,
    privacy,
    replication,
)
from il6r.variants import Variant


@dataclass(frozen=True)
class Study:
    """Everything the report is written from: tables of all cohorts, one below the other.

    Attributes
    ----------
    plan : the analysis plan; rule : the rule of verdicts, in sentences.
    flow, inputs : as in `tables`; the flow goes on to each analysis.
    sources, concordance, qc, structure_summary, fst, ld, ld_decay, haplotypes : as in `tables`, each
        with a further column `cohort`.
    placement : as from `populations.placement`; assays, activity, association, replication : as from
        `load.assay_tables` and its like; constants : `resources/binding_constants.tsv`.
    published : `resources/published_effects.tsv`.
    truths : for each synthetic cohort, the true value of each analysis.
    """

    config: dict
    plan: Plan
    rule: tuple[str, ...]
    catalogue: dict[str, Variant]
    flow: pd.DataFrame
    inputs: pd.DataFrame
    sources: pd.DataFrame
    concordance: pd.DataFrame
    qc: pd.DataFrame
    structure_summary: pd.DataFrame
    placement: pd.DataFrame
    fst: pd.DataFrame
    ld: pd.DataFrame
    ld_decay: pd.DataFrame
    haplotypes: pd.DataFrame
    activity: dict[str, pd.DataFrame]
    assays: dict[str, pd.DataFrame]
    constants: pd.DataFrame
    association: dict[str, pd.DataFrame]
    replication: dict[str, pd.DataFrame]
    published: pd.DataFrame
    truths: dict[str, dict]

    @property
    def minimum(self) -> int:
        """The smallest group that may be shown."""
        return self.config["min_cell_size"]

    @property
    def findings(self) -> replication.Findings:
        """What claims and verdicts are told from."""
        effect = self.catalogue[self.config["variant"]].effect_allele
        estimates = self.association["estimates"]
        return replication.Findings(
            self.plan, effect, estimates, **self.replication, rule=self.rule, minimum=self.minimum
        )


def write(study: Study, figures: dict[str, str], template: str) -> str:
    """The report's HTML.

    Parameters
    ----------
    figures : paths of the SVG files by figure name.
    template : path of the jinja2 template.
    """
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(Path(template).parent),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    cohorts, found = list(study.config["cohorts"]), study.association
    return environment.get_template(Path(template).name).render(
        title=study.config["title"],
        variant=study.config["variant"],
        cohorts=study.config["cohorts"],
        warnings=methods.proxy_warnings(
            study.sources, study.qc, study.catalogue, study.config["variant"], study.minimum
        ),
        claims=replication.claims(study.findings),
        simulated=list(study.truths),
        truths=_truth_rows(study),
        chains=_chains(study),
        ways=_ways(study),
        genotypes=_genotypes(study),
        assays=assays.section(cohorts, study.assays, study.minimum),
        balance=assays.balance_sentences(
            found["estimates"], found["sensitivity"], found["genotype_means"], study.minimum
        ),
        activity=activity.section(cohorts, study.activity, study.minimum),
        association=association.section(cohorts, study.plan, found, study.minimum),
        replication=replication.section(study.findings),
        published=replication.published_rows(study.published),
        methods=methods.sentences(
            study.config, study.plan, study.sources, found, study.replication["pooled"], study.constants
        ),
        minimum=study.minimum,
        inputs=study.inputs.to_dict("records"),
        versions=provenance.versions(),
        config_text=yaml.safe_dump(study.config, sort_keys=False, allow_unicode=True, width=90),
        figures={name: base64.b64encode(Path(path).read_bytes()).decode() for name, path in figures.items()},
    )


def summary(study: Study) -> str:
    """The verdicts and estimates as JSON, for programs; groups only, as in the report."""
    data = {
        "title": study.config["title"],
        "variant": study.config["variant"],
        "claims": replication.claims(study.findings),
        "estimates": association.for_programs(study.association["estimates"], study.minimum),
        "pooled": replication.for_programs(study.findings),
        "structure": populations.summary(
            study.structure_summary, study.fst, list(study.config["cohorts"]), study.minimum
        ),
        "truth": study.truths,
        "inputs": study.inputs.to_dict("records"),
        "versions": provenance.versions(),
    }
    return json.dumps(_rounded(data), indent=1, allow_nan=False) + "\n"


def screen_lines(study: Study) -> str:
    """One line for each claim."""
    return replication.screen_lines(study.config["title"], study.findings)


def _rounded(value):
    """Numbers to ten significant digits, as in the TSV tables; what is none is null."""
    if isinstance(value, dict):
        return {key: _rounded(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_rounded(item) for item in value]
    if isinstance(value, float):
        return float(f"{value:.10g}") if math.isfinite(value) else None
    return value


def _genotypes(study: Study) -> dict:
    """Words and rows of the genotypes section."""
    cohorts, minimum = study.config["cohorts"], study.minimum
    # Those of whom structure and linkage were asked for.
    asked = [name for name, cohort in cohorts.items() if cohort["genotypes"].get("structure", True)]
    summary = study.structure_summary[study.structure_summary["cohort"].isin(asked)]
    places = linkage.places(study.sources[study.sources["cohort"].isin(asked)], study.catalogue)
    return {
        "sources": calls.source_rows(study.sources),
        "orientation": calls.orientation(study.sources, study.catalogue),
        "left_out": calls.left_out_rows(study.sources, minimum),
        "left_out_heads": list(calls.LEFT_OUT.values()),
        "concordance": calls.concordance_sentences(study.concordance, minimum),
        "qc": calls.quality_rows(study.qc, minimum),
        "qc_notes": calls.quality_notes(study.qc, study.sources, study.config["variant"], minimum),
        "structure_words": populations.structure_sentences(summary, study.placement, list(cohorts), minimum),
        "structure": populations.structure_rows(summary, minimum),
        "fst_words": populations.fst_sentences(study.fst, asked, minimum),
        "fst": populations.fst_rows(study.fst, minimum),
        "linkage_words": linkage.sentences(study.ld, study.ld_decay, places, minimum),
        "haplotype_words": linkage.haplotype_sentences(study.haplotypes, places, minimum),
        "haplotypes": linkage.haplotype_rows(study.haplotypes, minimum),
    }


def _truth_rows(study: Study) -> list[dict]:
    quality = study.sources.dropna(subset="imputation_quality").set_index("cohort")["imputation_quality"]
    return association.truth_rows(
        study.plan, study.association["estimates"], study.truths, quality.to_dict(), study.minimum
    )


def _chains(study: Study) -> list[dict]:
    """A table for each count on the way to the analysis set, by cohort, with its steps."""
    keys = ["cohort", "stage", "counted"]
    chains = []
    for (cohort, stage, counted), chain in _kept(study.flow, False).groupby(keys, sort=False):
        lines = [
            {
                "reason": row.reason,
                "dropped": privacy.rounded(row.dropped, study.minimum) if row.dropped else "",
                "left": privacy.rounded(row.left, study.minimum),
            }
            for row in chain.itertuples()
        ]
        if chain["left"].iloc[0]:
            chains.append({"cohort": cohort, "name": f"{stage}: {counted}", "lines": lines})
    return chains


def _ways(study: Study) -> list[dict]:
    """A row for each analysis: who it began with, who dropped out on the way, and who is left.

    Analyses with the same people share a row.
    """
    merged: dict[tuple, list[str]] = {}
    keys = ["cohort", "analysis", "counted"]
    for (cohort, analysis, counted), chain in _kept(study.flow, True).groupby(keys, sort=False):
        dropped = [
            f"{privacy.rounded(row.dropped, study.minimum)} {row.reason}"
            for row in chain.itertuples()
            if row.dropped
        ]
        ends = (privacy.rounded(chain["left"].iloc[end], study.minimum) for end in (0, -1))
        way = (cohort, counted, *ends, "; ".join(dropped))
        merged.setdefault(way, []).append(study.plan.analyses[analysis].label)
    return [
        {"cohort": cohort, "analyses": "; ".join(names), "counted": counted, "first": first,
         "dropped": dropped, "left": left}
        for (cohort, counted, first, left, dropped), names in merged.items()
    ]  # fmt: skip


def _kept(flow: pd.DataFrame, of_analyses: bool) -> pd.DataFrame:
    return flow[flow["analysis"].notna() == of_analyses]
