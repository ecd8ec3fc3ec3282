"""The section on genotypes: files and calls, ancestry and relatives, and linkage around the variant."""

from il6r.report import blocks
from il6r.report.genotypes import calls, linkage, populations
from il6r.report.load import Study
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

TITLE = "Genotypes"
_SOURCES = {
    "cohort": "cohort",
    "file": "file",
    "record": "record",
    "effect_allele": "effect allele",
    "strand": "strand",
    "build": "build",
    "quality": "imputation quality",
    "found": "record found",
}
_QUALITY = {
    "cohort": "cohort",
    "group": "group",
    "samples": "samples",
    "call_rate": "call rate",
    "counts": ["0", "1", "2"],
    "frequency": "frequency",
    "reference": "reference",
    "hwe": "HWE mid-p",
    "reference_p": "reference p",
    "batch_p": "between files p",
}
_STRUCTURE = {
    "cohort": "cohort",
    "snps": ["SNPs in the files", "of good quality", "independent"],
    "people": [
        "people",
        "duplicate pairs",
        "first-degree pairs",
        "second-degree pairs",
        "outliers",
        "largest unrelated set",
    ],
    "note": "note",
}
_FST = {"cohort": "cohort", "groups": "groups", "snps": "SNPs", "fst": "F_ST", "se": "standard error"}
_HAPLOTYPES = {
    "cohort": "cohort",
    "group": "group",
    "haplotype": "haplotype",
    "carries": "carries the effect allele",
    "count": "chromosomes",
    "frequency": "frequency",
}


def content(study: Study) -> list[blocks.Block]:
    """Calls and their quality, then structure and linkage of the cohorts of which they were asked for."""
    return [*_calls(study), *_structure(study), *_distances(study), *_linkage(study)]


def _calls(study: Study) -> list[blocks.Block]:
    sources, qc, minimum = study.table(SOURCES), study.table(GENOTYPES_QC), study.minimum
    return [
        blocks.table("The record read from each genotype file", _SOURCES, calls.source_rows(sources)),
        blocks.Words(calls.orientation(sources, study.catalogue)),
        blocks.table(
            f"Calls set to missing when the files were read, rounded down to multiples of {minimum}",
            {"cohort": "cohort", "file": "file", "counts": list(calls.LEFT_OUT.values())},
            calls.left_out_rows(sources, minimum),
        ),
        blocks.Words(calls.concordance_sentences(study.table(CONCORDANCE), minimum)),
        blocks.table(
            "Call rate, genotype counts (0, 1, 2 effect alleles), effect-allele frequency with 95 % "
            "interval, and p-values: Hardy-Weinberg (mid-p), difference from the reference, difference "
            "between files",
            _QUALITY,
            calls.quality_rows(qc, minimum),
        ),
        blocks.Words(calls.quality_notes(qc, sources, study.config["variant"], minimum)),
    ]


def _structure(study: Study) -> list[blocks.Block]:
    summary, minimum = study.table(STRUCTURE_SUMMARY), study.minimum
    summary = summary[summary["cohort"].isin(_asked(study))]
    placement = populations.placement(study.table(STRUCTURE))
    return [
        blocks.Heading("Ancestry and relatives", "structure"),
        blocks.Words(populations.structure_sentences(summary, placement, study.cohorts, minimum)),
        blocks.table(
            "SNPs that structure rests on, pairs of relatives, and outliers; people and pairs rounded down "
            f"to multiples of {minimum}",
            _STRUCTURE,
            populations.structure_rows(summary, minimum),
        ),
    ]


def _distances(study: Study) -> list[blocks.Block]:
    fst, minimum = study.table(FST), study.minimum
    rows = populations.fst_rows(fst, minimum)
    return [
        blocks.Heading("How far apart the groups are", "fst"),
        blocks.Words(populations.fst_sentences(fst, _asked(study), minimum)),
        *([blocks.table("Hudson's F_ST between declared groups", _FST, rows)] if rows else []),
    ]


def _linkage(study: Study) -> list[blocks.Block]:
    sources, haplotypes, minimum = study.table(SOURCES), study.table(HAPLOTYPES), study.minimum
    places = linkage.places(sources[sources["cohort"].isin(_asked(study))], study.catalogue)
    found: list[blocks.Block] = [
        blocks.Heading("Linkage around the variant", "linkage"),
        blocks.Words(linkage.sentences(study.table(LD), study.table(LD_DECAY), places, minimum)),
        blocks.Words(linkage.haplotype_sentences(haplotypes, places, minimum)),
    ]
    if rows := linkage.haplotype_rows(haplotypes, minimum):
        caption = (
            "Haplotypes of the variant and its nearest common sites by group, with 95 % intervals; "
            f"chromosomes rounded down to multiples of {minimum}, haplotypes on fewer than {2 * minimum} "
            "put together as rarer; about: of rounded numbers"
        )
        found.append(blocks.table(caption, _HAPLOTYPES, rows))
    return found


def _asked(study: Study) -> list[str]:
    """The cohorts of which structure and linkage were asked for."""
    return [
        name for name, cohort in study.config["cohorts"].items() if cohort["genotypes"].get("structure", True)
    ]
