"""What is there to know of one cohort?"""

import pandas as pd

from il6r.report import blocks, privacy
from il6r.report.activity import words as activity
from il6r.report.assays import words as assays
from il6r.report.cohort.words import chains, relatives, ways
from il6r.report.cohorts import people
from il6r.report.genotypes import calls, linkage, populations
from il6r.report.load import Study
from il6r.report.quality import checks
from il6r.tables.activity import ACTIVITY_QC, WEAR
from il6r.tables.assays import ASSAYS_QC, CONTROLS, PLATES, REFERENCE
from il6r.tables.cohort import COHORT_FLOW
from il6r.tables.contract import Table
from il6r.tables.data_checks import DATA_CHECKS
from il6r.tables.genotypes import (
    CONCORDANCE,
    FST,
    GENOTYPES_QC,
    HAPLOTYPES,
    LD,
    LD_DECAY,
    SOURCES,
    STRUCTURE,
    STRUCTURE_SUMMARY,
)

_FILES = {
    "file": "file",
    "record": "record",
    "effect_allele": "effect allele",
    "strand": "strand",
    "build": "build",
    "quality": "imputation quality",
    "found": "record found",
}
_GENOTYPES = {
    "group": "group",
    "samples": "samples",
    "call_rate": "call rate",
    "counts": ["0", "1", "2"],
    "frequency": "frequency",
    "reference": "reference",
    "hwe": "Hardy-Weinberg p",
    "reference_p": "reference p",
    "batch_p": "between files p",
}
_EVERYBODY = "all"
_STRUCTURE = (
    "SNPs in the files", "SNPs of good quality", "independent SNPs", "people", "duplicate pairs",
    "first-degree pairs", "second-degree pairs", "outliers", "largest unrelated set",
)  # fmt: skip
_FST = {"groups": "groups", "snps": "SNPs", "fst": "F_ST", "se": "standard error"}
_HAPLOTYPES = {
    "group": "group",
    "haplotype": "haplotype",
    "carries": "carries the effect allele",
    "share": "share of the chromosomes with the same allele",
}
_STEPS = {"reason": "reason", "dropped": "dropped", "left": "left"}
_WAYS = {
    "analyses": "analyses",
    "counted": "counted",
    "first": "at first",
    "dropped": "dropped",
    "left": "left",
}


def card(study: Study, cohort: str, flow: pd.DataFrame) -> blocks.Disclosure:
    """A cohort's card: people, checks and genotypes, and under lines of their own all else.

    Parameters
    ----------
    flow : `cohort.words.whole_flow` of the study.
    """
    own_flow = flow[flow["cohort"] == cohort]
    checked = _own(study, DATA_CHECKS, cohort)
    lights = checks.lights(checked, study.minimum) if len(checked) else {}
    folded = {
        "Genotype files": _files(study, cohort),
        "Ancestry, relatives and linkage": _populations(study, cohort),
        "Assays": _assays(study, cohort),
        "Activity": _activity(study, cohort),
        "Every exclusion": _exclusions(study, cohort, own_flow),
    }
    return blocks.Disclosure(
        cohort,
        [
            *_people(study, own_flow),
            *checks.table(cohort, checked, study.resource("limits"), study.minimum),
            *_genotypes(study, cohort),
            *(blocks.Disclosure(f"{name} of {cohort}", parts) for name, parts in folded.items() if parts),
        ],
        anchor=f"co-{cohort}",
        beside=study.config["cohorts"][cohort].get("description") or "",
        lights=[blocks.Light(light.level, domain) for domain, light in lights.items()],
    )


def _own(study: Study, contract: Table, cohort: str) -> pd.DataFrame:
    """A cohort's rows of a table."""
    table = study.table(contract)
    return table[table["cohort"] == cohort]


def _people(study: Study, flow: pd.DataFrame) -> list[blocks.Block]:
    bars = people.bars(flow, study.plan, study.minimum)
    if not bars:
        return []
    said = people.left_before(flow, study.minimum)
    return [
        blocks.Heading("From the participant table to the models", level=4),
        people.Bars(bars),
        *([blocks.Words(said)] if said else []),
    ]


def _genotypes(study: Study, cohort: str) -> list[blocks.Block]:
    """Genotypes by group; those of everybody only where there is no group beside them."""
    rows = calls.quality_rows(_own(study, GENOTYPES_QC, cohort), study.minimum)
    groups = [row for row in rows if row["group"] != _EVERYBODY] or rows
    if not groups:
        return []
    how = "A small p, told between two limits, needs a look; frequencies are of rounded counts"
    caption = f"{cohort}: genotypes by group (0, 1, 2 effect alleles), frequency with its 95 % interval"
    return [blocks.table(caption, _GENOTYPES, groups, how=how)]


def _files(study: Study, cohort: str) -> list[blocks.Block]:
    sources, minimum = _own(study, SOURCES, cohort), study.minimum
    if sources.empty:
        return []
    shown: list[blocks.Block] = [
        blocks.table(
            f"{cohort}: the record read from each genotype file",
            _FILES,
            calls.source_rows(sources),
            how="A row is a file; the strand is that on which its alleles were given",
        ),
        blocks.Words(calls.orientation(sources, study.catalogue)),
    ]
    if missing := calls.left_out_rows(sources, minimum):
        columns = {"file": "file", "counts": list(calls.LEFT_OUT.values())}
        how = "Each column is a reason for which calls of a file were set to missing"
        caption = f"{cohort}: calls set to missing when the files were read"
        shown.append(blocks.table(caption, columns, missing, how=how))
    if said := calls.concordance_sentences(_own(study, CONCORDANCE, cohort), minimum):
        shown.append(blocks.Words(said))
    return shown


def _populations(study: Study, cohort: str) -> list[blocks.Block]:
    summary, minimum = _own(study, STRUCTURE_SUMMARY, cohort), study.minimum
    placed = populations.placement(_own(study, STRUCTURE, cohort))
    if not study.config["cohorts"][cohort]["genotypes"].get("structure", True):
        return [blocks.Words(populations.structure_sentences(summary.iloc[:0], placed, [cohort], minimum))]
    said = populations.structure_sentences(summary, placed, [cohort], minimum) if len(summary) else []
    shown: list[blocks.Block] = [blocks.Words(said)] if said else []
    for row in populations.structure_rows(summary, minimum):
        cells = [*row["snps"], *row["people"]]
        rows = [[blocks.Cell(name, head=True), cell] for name, cell in zip(_STRUCTURE, cells, strict=True)]
        how = "People of the first degree are parents, children and siblings"
        caption = f"{cohort}: SNPs that structure rests on, pairs of relatives, and outliers"
        shown.append(blocks.Shown(caption, ["measure", "value"], rows, how=how))
    fst = _own(study, FST, cohort)
    shown += [blocks.Words(populations.fst_sentences(fst, [cohort], minimum))] if said else []
    if pairs := populations.fst_rows(fst, minimum):
        how = "0 is no difference in allele frequencies between two groups"
        shown.append(blocks.table(f"{cohort}: Hudson's F_ST between declared groups", _FST, pairs, how=how))
    return [*shown, *_linkage(study, cohort)]


def _linkage(study: Study, cohort: str) -> list[blocks.Block]:
    haplotypes, minimum = _own(study, HAPLOTYPES, cohort), study.minimum
    places = linkage.places(_own(study, SOURCES, cohort), study.catalogue)
    if not places:
        return []
    pairs, decay = _own(study, LD, cohort), _own(study, LD_DECAY, cohort)
    said = [
        *linkage.sentences(pairs, decay, places, minimum),
        *linkage.haplotype_sentences(haplotypes, places, minimum),
    ]
    rows = linkage.haplotype_rows(haplotypes, minimum)
    if not rows:
        return [blocks.Words(said)]
    how = f"Shown are haplotypes that at least {2 * privacy.step(minimum)} chromosomes have"
    caption = f"{cohort}: haplotypes of the variant and its nearest common sites by group"
    return [blocks.Words(said), blocks.table(caption, _HAPLOTYPES, rows, how=how)]


def _assays(study: Study, cohort: str) -> list[blocks.Block]:
    minimum, place = study.minimum, study.cohorts.index(cohort)
    groups = [
        blocks.Group(
            own["analyte"],
            [
                [blocks.Cell(row["name"], head=True), row["cells"][place]]
                for row in own["rows"]
                if row["cells"][place]
            ],
        )
        for own in assays.tables(study)
    ]
    groups = [group for group in groups if group.rows]
    said = [
        *assays.reference_sentences([cohort], study.table(REFERENCE), minimum),
        *assays.note_sentences([cohort], study.table(ASSAYS_QC)),
        *assays.plate_sentences([cohort], study.table(PLATES), study.table(CONTROLS)),
    ]
    how = "Rows under an analyte are what its files held; CV is the coefficient of variation"
    table = blocks.Shown(f"{cohort}: assays", ["measure", "value"], groups, how=how)
    return [*([table] if groups else []), *([blocks.Words(said)] if said else [])]


def _activity(study: Study, cohort: str) -> list[blocks.Block]:
    quality = _own(study, ACTIVITY_QC, cohort)
    if quality.empty:
        return []
    rows = activity.rows([cohort], quality, _own(study, WEAR, cohort), study.minimum)
    said = activity.calibration_sentences(quality, study.minimum)
    how = "Person-days are days of a person; those with enough wear are valid"
    table = blocks.headed(
        f"{cohort}: recordings, wear, people and answers", ["measure", "value"], rows, how=how
    )
    return [*([table] if rows else []), *([blocks.Words(said)] if said else [])]


def _exclusions(study: Study, cohort: str, flow: pd.DataFrame) -> list[blocks.Block]:
    summary, minimum = _own(study, STRUCTURE_SUMMARY, cohort), study.minimum
    known = set(summary.loc[summary["share_pc1"].notna(), "cohort"])
    configured = {cohort: study.config["cohorts"][cohort]}
    shown: list[blocks.Block] = [
        blocks.table(
            f"{cohort}: {chain['name']}",
            _STEPS,
            chain["lines"],
            how="Each row is a reason, with how many were dropped for it and how many were left after it",
        )
        for chain in chains(flow, minimum)
    ]
    if found := ways(flow, study.plan, minimum):
        how = "Analyses of the same people share a row"
        shown.append(blocks.table(f"{cohort}: from the analysis set to each analysis", _WAYS, found, how=how))
    said = relatives(study.table(COHORT_FLOW), configured, known, minimum)
    return [*([blocks.Words(said)] if said else []), *shown]
