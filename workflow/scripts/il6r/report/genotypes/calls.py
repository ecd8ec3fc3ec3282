"""What was read from the genotype files, and can it be believed, in words and rows?"""

from typing import Any

import pandas as pd

from il6r.report import privacy
from il6r.variants import COMPLEMENT, Variant

# ALT of a record that says a stretch is as in the reference.
_NO_ALT = {".", "<NON_REF>", "<*>"}
# A difference from the reference, or between files, is named below this p-value.
NAMED_P = 0.001
# Columns of `SOURCES` that count calls set to missing, and what they are called.
LEFT_OUT = {
    "not_diploid": "not diploid",
    "half_called": "half called",
    "low_quality": "low quality",
    "records_disagree": "records disagree",
}


def source_rows(sources: pd.DataFrame) -> list[dict[str, str]]:
    """The record read from each genotype file.

    Parameters
    ----------
    sources : `SOURCES` of all cohorts with a column `cohort`.
    """
    return [
        {
            "cohort": source.cohort,
            "file": source.file,
            "record": f"{source.variant} at {source.contig}:{source.position} {source.ref}>{source.alt}"
            if source.found
            else source.variant,
            "build": (_or(source.build, "not told") + f" ({source.build_evidence})"),
            "effect_allele": source.effect_allele,
            "strand": _or(source.strand, ""),
            "quality": "" if pd.isna(source.imputation_quality) else f"{source.imputation_quality:.3f}",
            "found": "found" if source.found else "not found (another chromosome or people without it)",
        }
        for source in sources.itertuples()
    ]


def left_out_rows(sources: pd.DataFrame, minimum: int) -> list[dict[str, str | list[str]]]:
    """How many calls of each file that has the record were set to missing, by reason; rounded."""
    return [
        {
            "cohort": source["cohort"],
            "file": source["file"],
            "counts": [privacy.people(int(source[name]), minimum) for name in LEFT_OUT],
        }
        for source in sources[sources["found"]].to_dict("records")
    ]


def orientation(sources: pd.DataFrame, catalogue: dict[str, Variant]) -> list[str]:
    """Which files have the variant's alleles on the opposite strand, or REF and ALT exchanged.

    Parameters
    ----------
    sources : `SOURCES` of all cohorts with a column `cohort`.
    catalogue : variants by rsID.
    """
    found = []
    for source in sources[sources["found"]].itertuples():
        variant = catalogue[source.variant]
        ways = []
        if source.strand == "minus":
            ways.append("the alleles are those of the opposite strand")
        if _exchanged(source, variant):
            ways.append("REF and ALT are exchanged")
        if ways:
            found.append(
                f"In file {source.file} of {source.cohort} {' and '.join(ways)} ({source.ref}>{source.alt}, "
                f"where the catalogue has {variant.ref}>{variant.alt}): reported, then oriented, so that "
                f"its dosages count {variant.effect_allele} of the plus strand as everywhere."
            )
    return found or [
        "In every file the alleles are those of the plus strand, with REF and ALT as catalogued."
    ]


def concordance_sentences(concordance: pd.DataFrame, minimum: int) -> list[str]:
    """How far two files agree about people who are in both; none if nobody is.

    Parameters
    ----------
    concordance : `CONCORDANCE` of all cohorts with a column `cohort`.
    """
    found = []
    for row in concordance.itertuples():
        text = (
            f"People in two files: files {row.file_1} and {row.file_2} of {row.cohort} share "
            f"{privacy.people(row.samples, minimum)} people"
        )
        if privacy.enough(row.called_in_both, minimum):
            text += f" and agree about {privacy.share(row.agree, row.called_in_both, minimum)} of those "
            text += "called in both; where they disagree, the call is missing"
        found.append(text + ".")
    return found


def quality_rows(quality: pd.DataFrame, minimum: int) -> list[dict[str, str | list[str]]]:
    """Call rate, genotype counts, frequencies and tests by cohort and group.

    Parameters
    ----------
    quality : `GENOTYPES_QC` of all cohorts with a column `cohort`.
    """
    rows = []
    for cohort, qc in quality.groupby("cohort", sort=False):
        for row in privacy.shown_groups(qc, minimum).itertuples():
            counts = (row.n_0, row.n_1, row.n_2)
            rows.append(
                {
                    "cohort": cohort,
                    "group": row.group,
                    "samples": privacy.people(row.samples, minimum),
                    "call_rate": privacy.share(row.called, row.samples, minimum),
                    "counts": [privacy.people(count, minimum) for count in counts],
                    "frequency": privacy.frequency(counts, minimum),
                    "hwe": privacy.p_of_counts(row.hwe_midp, minimum)
                    if privacy.enough(min(counts), minimum)
                    else "not shown",
                    "reference": ""
                    if pd.isna(row.reference_frequency)
                    else f"{row.reference_frequency:.3f} ({row.ancestry})",
                    "reference_p": privacy.p_of_counts(row.reference_p_value, minimum),
                    "batch_p": privacy.p_of_counts(row.batch_p_value, minimum),
                }
            )  # fmt: skip
    return rows


def quality_notes(
    quality: pd.DataFrame, sources: pd.DataFrame, study_variant: str, minimum: int
) -> list[str]:
    """What the quality table says: differences from the reference and between files, and the proxy.

    Parameters
    ----------
    quality, sources : `GENOTYPES_QC` and `SOURCES` of all cohorts with a column `cohort`.
    """
    shown = privacy.shown_groups(quality, minimum)
    notes = _tests(
        shown,
        "reference_p_value",
        "{count} frequencies were compared with the reference for the ancestry; {named}.",
        "none differs from it with p below {p:g}",
        "these differ from it with p below {p:g}: {groups}",
    )
    notes += _tests(
        shown,
        "batch_p_value",
        "{count} groups have enough people from more than one file; {named}.",
        "in none do the files differ in frequency with p below {p:g}",
        "the files differ in frequency with p below {p:g} in {groups}",
    )
    variants = sources.drop_duplicates("cohort").set_index("cohort")["variant"]
    for cohort, rows in shown.groupby("cohort", sort=False):
        name = variants.get(cohort, study_variant)
        known = rows.dropna(subset="proxy_r2")
        if len(known):
            values = ", ".join(f"{row.group} {row.proxy_r2:.2f}" for row in known.itertuples())
            notes.append(
                f"{cohort} has both {name} and {study_variant}; their r\N{SUPERSCRIPT TWO} here is {values}."
            )
        for row in rows.dropna(subset="refused").itertuples():
            notes.append(f"{name} is refused in {row.group} ({cohort}): {row.refused}.")
    return notes


def proxy_warnings(
    sources: pd.DataFrame,
    qc: pd.DataFrame,
    catalogue: dict[str, Variant],
    study_variant: str,
    minimum: int,
) -> list[str]:
    """One paragraph for each cohort whose calls are a proxy's: its r2, and in whom it is not used.

    Groups of too few people to be shown are not named.

    Parameters
    ----------
    sources, qc : `SOURCES` and `GENOTYPES_QC` of all cohorts with a column `cohort`.
    catalogue : variants by rsID.
    """
    paragraphs = []
    for cohort, rows in sources.groupby("cohort", sort=False):
        name = rows["variant"].iloc[0]
        if name == study_variant:
            continue
        proxy = catalogue[name]
        effect = f"{study_variant} {catalogue[study_variant].effect_allele}"
        text = (
            f"The calls of {cohort} are those of {name}, a proxy whose {proxy.effect_allele} allele "
            f"travels with {effect} (r\N{SUPERSCRIPT TWO} = {proxy.proxy_r2}, {proxy.proxy_population})."
        )
        own = privacy.shown_groups(qc[qc["cohort"] == cohort], minimum)
        refused = own.dropna(subset="refused")
        known = refused[refused["ancestry"].isin(proxy.fails_in)]
        if len(known):
            # Of few people no frequency is told.
            observed = ", ".join(
                f"{r.group} {told}"
                for r in known.dropna(subset="frequency").itertuples()
                if (told := privacy.frequency((r.n_0, r.n_1, r.n_2), minimum))
            )
            text += f" It does not hold in {' and '.join(proxy.fails_in)} populations"
            expected = known["reference_frequency"].iloc[0]
            if observed and not pd.isna(expected):
                text += f": there its frequency is {observed}, where {effect} is about {expected:.2f}"
            text += "."
        if len(refused):
            reasons = "; ".join(
                f"{' and '.join(groups['group'])}: {reason}"
                for reason, groups in refused.groupby("refused", sort=False)
            )
            text += f" The calls of people in these groups are not used ({reasons})."
        paragraphs.append(text)
    return paragraphs


def _tests(shown: pd.DataFrame, column: str, sentence: str, none: str, some: str) -> list[str]:
    """One sentence about a column of p-values; nothing where there is none."""
    tested = shown.dropna(subset=column)
    if tested.empty:
        return []
    low = tested[tested[column] < NAMED_P]
    groups = ", ".join(f"{row.group} of {row.cohort}" for row in low.itertuples())
    named = (some if len(low) else none).format(p=NAMED_P, groups=groups)
    return [sentence.format(count=len(tested), named=named)]


def _exchanged(source: Any, variant: Variant) -> bool:
    """Whether a record's REF is the catalogued ALT; unknown, so not, of longer alleles and of blocks."""
    if set(source.alt.split(",")) <= _NO_ALT or len(source.ref) != 1:
        return False
    ref: str = source.ref.translate(COMPLEMENT) if source.strand == "minus" else source.ref
    return ref == variant.alt


def _or(value: str | None, otherwise: str) -> str:
    return otherwise if pd.isna(value) else str(value)
