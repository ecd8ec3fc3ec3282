"""Which of the records over a position are about the variant, and which of their alleles are its alleles?"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from il6r.errors import InputError
from il6r.genotypes.vcf import Record
from il6r.variants import COMPLEMENT, Variant

# Alleles nobody has been seen with, which gVCF files list (GATK, and the VCF specification).
_UNSEEN = ("<NON_REF>", "<*>")


@dataclass(frozen=True)
class Match:
    """One record that tells the variant's alleles apart.

    Attributes
    ----------
    effect, third : numbers of the alleles with the effect allele's base at the position, and of those
        with neither of the variant's bases (a third base, or none because it is deleted).
    strand : "minus" if the record's alleles are the variant's complements.
    """

    record: Record
    effect: frozenset[int]
    third: frozenset[int]
    strand: str


@dataclass(frozen=True)
class Site:
    """What a file says at the variant's position.

    Attributes
    ----------
    matches : records with both of the variant's alleles, or one of them alone.
    others : records in which the position has the reference or a third base, as where a multi-allelic
        record is split over lines; `third` holds their third alleles.
    blocks : reference blocks over the position.
    """

    matches: list[Match]
    others: list[Match]
    blocks: list[Record]


def find_site(records: Sequence[Record], variant: Variant, build: str, path: str) -> Site:
    """Sort the records over the variant's position.

    A record is about the variant if one of its alleles has another base at the position than its REF:
    SNVs, multi-allelic or not, and longer alleles of equal length (MNPs), in which the base is looked
    up. Insertions, deletions and symbolic alleles are about other variants, and so are substitutions to
    a third base; alleles of a record may be the complements of the variant's (opposite strand), and REF
    and ALT may be exchanged.

    Raises
    ------
    InputError : there are records, and none of them has the variant's alleles.
    """
    position = variant.positions[build]
    ours = {variant.effect_allele, variant.other_allele}
    site, foreign = Site([], [], []), []
    for record in records:
        bases = [_base(record.ref, allele, position - record.position) for allele in record.alleles]
        if _is_block(record):
            if bases[0] not in (None, variant.ref, "N"):
                foreign.append(record)
            site.blocks.append(record)
            continue
        changed = {base for base in bases[1:] if base not in (None, bases[0])}
        named = [name for name in record.id.split(";") if re.fullmatch(r"rs\d+", name)]
        if (
            changed
            and named
            and record.position == position
            and not {variant.id, *variant.aliases} & set(named)
        ):
            raise InputError(
                f"{path}, {variant.chrom}:{position}",
                f"the record where {variant.id} lies on {build} is {named[0]}",
                "check genotypes.build; if that is another name of it, add it to the aliases in "
                "resources/variants.tsv",
            )
        # One person's gVCF knows of no other allele than the person's; nobody else's call hangs on it.
        if bases[0] == variant.ref and set(record.alts) & set(_UNSEEN) and not ours <= set(bases):
            site.matches.append(_match(record, bases, variant, "plus"))
            continue
        alone = not any(alt not in _UNSEEN for alt in record.alts) and record.position == position
        if not changed and not alone:
            continue
        strand = _strand(bases, ours, variant.ref, alone)
        if strand is None:
            site.others.append(_match(record, bases, variant, "plus" if bases[0] in ours else "minus"))
            foreign.append(record)
            continue
        site.matches.append(_match(record, bases, variant, strand))
    if foreign and (not site.matches or set(map(id, foreign)) & set(map(id, site.blocks))):
        seen = " and ".join(f"{r.ref}>{','.join(r.alts) or '.'}" for r in foreign)
        raise InputError(
            f"{path}, {variant.chrom}:{position}",
            f"its alleles {seen} do not match {variant.id}, which is {variant.ref}>{variant.alt} on "
            f"the plus strand of {build}",
            "check the build of the file",
        )
    return site


def _match(record: Record, bases: list[str | None], variant: Variant, strand: str) -> Match:
    ours = [variant.effect_allele, variant.other_allele]
    if strand == "minus":
        ours = [base.translate(COMPLEMENT) for base in ours]
    return Match(
        record,
        frozenset(number for number, base in enumerate(bases) if base == ours[0]),
        frozenset(number for number, base in enumerate(bases) if base not in ours),
        strand,
    )


def _strand(bases: list[str | None], ours: set[str], reference: str, alone: bool) -> str | None:
    """On which strand the record has the variant's alleles, or None if it has not."""
    theirs = {base.translate(COMPLEMENT) for base in ours}
    if alone:
        # One allele does not show the strand: only the reference base itself is sure to be on the plus one.
        return "plus" if bases[0] in ours and (theirs != ours or bases[0] == reference) else None
    # REF tells which: among three or four bases both pairs may be.
    if bases[0] in ours and ours <= set(bases):
        return "plus"
    return "minus" if bases[0] in theirs and theirs <= set(bases) else None


def _is_block(record: Record) -> bool:
    """Whether the record says that a stretch, or a site, is as in the reference, and how surely."""
    unseen = [alt for alt in record.alts if alt in _UNSEEN]
    stated = bool(unseen) or "END" in record.info or "RGQ" in record.columns.keys
    return len(unseen) == len(record.alts) and stated


def _base(ref: str, allele: str, offset: int) -> str | None:
    """The base an allele has where REF has its base number `offset`; None if it has none there."""
    symbolic = allele.startswith("<") or allele == "*" or "[" in allele or "]" in allele
    # A structural variant covers more bases than its REF shows.
    if symbolic or offset >= len(ref):
        return None
    if len(allele) == len(ref):
        return allele[offset]
    shared = next((k for k, (a, b) in enumerate(zip(ref, allele, strict=False)) if a != b), None)
    shared = min(len(ref), len(allele)) if shared is None else shared
    if offset < shared:
        return ref[offset]
    back = len(ref) - offset
    return ref[offset] if back <= len(allele) - shared and allele.endswith(ref[offset:]) else None
