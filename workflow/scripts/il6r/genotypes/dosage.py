"""How many effect alleles does one record give each sample?"""

import contextlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from il6r.errors import InputError
from il6r.genotypes.columns import ABSENT, BEYOND, MISSING
from il6r.genotypes.site import Match
from il6r.genotypes.vcf import Record
from il6r.tables.genotypes import FIELDS

# How far a dosage may be from what its field allows before it is a mistake, not rounding.
_SLACK = 0.02
# Two dosages of one person that differ by more are two genotypes.
SAME_CALL = 0.5
# Probabilities whose expected dosage is further from the dosage than their rounding (Phred-scaled ones are
# whole numbers) are another call's.
_SAME_PROBABILITIES = 0.1
# So few people may differ without there being a mistake in a file.
CHANCE_CONFLICTS = 2
# Places in the words of `CALLS` for what a dosage can come from.
BLOCK, CONFLICT, NONE = map(FIELDS.index, ("block", "conflict", "none"))
_IMPUTED = tuple(map(FIELDS.index, ("DS", "HDS", "GP")))


@dataclass(frozen=True)
class Dosages:
    """The effect alleles of each sample of one file; arrays of shape (samples,).

    Attributes
    ----------
    dosage : float64 in 0..2, NaN where missing.
    third : expected copies of alleles that are neither the effect nor the other allele, NaN likewise.
    two : probability of two effect alleles, NaN where the record gives none beside the dosage.
    field : int8, place in `FIELDS`.
    not_diploid, half_called, low_quality : how many calls were left out as such.
    """

    dosage: np.ndarray
    third: np.ndarray
    two: np.ndarray
    field: np.ndarray
    not_diploid: int = 0
    half_called: int = 0
    low_quality: int = 0

    @property
    def imputed(self) -> np.ndarray:
        """Which dosages are expected ones: bool, shape (samples,)."""
        return np.asarray(np.isin(self.field, _IMPUTED))


def read_match(
    match: Match,
    fields: Sequence[str],
    *,
    min_gq: float,
    min_dp: float,
    min_concordance: float,
    path: str,
) -> Dosages:
    """Dosages from the first of `fields` that gives a sample one.

    GT counts alleles in complete diploid calls; half calls and calls of another ploidy are missing. DS
    is the dosage of each ALT allele; HDS the same for each of two haplotypes, at biallelic records; GP the
    probability of each genotype in the VCF specification's order (1.6.2). The first of HDS and GP gives
    the probability of two effect alleles where the dosage is imputed, whichever field that is from; of
    HDS it is the haplotypes' product, each being imputed on its own. Calls with a GQ or DP below the
    minimum, or with none, are missing, and so is a GT without a read (DP 0).

    Raises
    ------
    InputError : a value that its field cannot have; a minimum for a field the record does not have; none
        of the fields; dosages that contradict GT, HDS or GP in more people than `min_concordance` allows.
    """
    record = match.record
    samples = len(record.columns)
    dosage, third, two = (np.full(samples, np.nan) for _ in range(3))
    field = np.full(samples, NONE, dtype=np.int8)
    counts = {"not_diploid": 0, "half_called": 0}
    readers = {"GT": _from_gt, "DS": _from_ds, "HDS": _from_hds, "GP": _from_gp}
    present = [name for name in fields if name in record.columns.keys]
    if not present:
        raise InputError(
            f"{path}, {record.contig}:{record.position}",
            f"its calls have none of the fields {', '.join(fields)}, but {', '.join(record.columns.keys)}",
            "give calls with one of them, and list it under genotypes.fields",
        )
    for name in present:
        open_ = np.isnan(dosage)
        unsure = np.isin(field, _IMPUTED) & np.isnan(two)
        # At a multi-allelic record HDS has no defined order.
        more = unsure.any() and (name == "GP" or (name == "HDS" and len(record.alts) == 1))
        if not open_.any() and not more:
            continue
        with _reading(name, record, path):
            effect, others, of_two = readers[name](match)
            if name == "GT":
                counts = _incomplete(record, open_)
        if more:
            _refuse_contradiction(match, name, effect, dosage, unsure, min_concordance, path)
        dosage[open_], third[open_] = effect[open_], others[open_]
        field[open_ & ~np.isnan(effect)] = FIELDS.index(name)
        if of_two is not None:
            alike = (open_ | unsure) & (np.abs(effect - dosage) <= _SAME_PROBABILITIES)
            two[alike] = of_two[alike]
    if "GT" in record.columns.keys and present[0] != "GT":
        with _reading("GT", record, path):
            called, *_ = _from_gt(match)
        imputed = field != FIELDS.index("GT")
        _refuse_contradiction(match, "GT", called, dosage, imputed, min_concordance, path)
    low = np.zeros(samples, dtype=bool)
    for key, least in (("GQ", min_gq), ("DP", min_dp)):
        if least > 0:
            # "not above or equal", since a missing quality is no quality.
            low |= ~(_quality(record, key, f"genotypes.min_{key.lower()}", path) >= least)
    if "DP" in record.columns.keys:
        # GATK since 4.2.3 and GLnexus write 0/0 where there is no read at all.
        low |= (field == FIELDS.index("GT")) & (_quality(record, "DP", "", path) == 0)
    low &= ~np.isnan(dosage)
    dosage[low], third[low], two[low], field[low] = np.nan, np.nan, np.nan, NONE
    return Dosages(dosage, third, two, field, **counts, low_quality=int(low.sum()))


def read_block(
    record: Record, effect_is_reference: bool, *, min_gq: float, min_dp: float, path: str
) -> Dosages:
    """Dosages of samples in a gVCF reference block: homozygous for the reference, if the block is sure.

    Sure is a genotype quality (GQ, else RGQ) of at least `min_gq`; where a block has none, a depth
    (MIN_DP, else DP) of at least `min_dp`. Without either, nothing is known.
    """
    keys = record.columns.keys
    samples = len(record.columns)
    sure = np.zeros(samples, dtype=bool)
    for names, least in ((("GQ", "RGQ"), min_gq), (("MIN_DP", "DP"), min_dp)):
        values = [_quality(record, name, "", path) for name in names if name in keys]
        if values:
            first = values[0] if len(values) == 1 else np.where(np.isnan(values[0]), values[1], values[0])
            sure = first >= least
            break
    called = np.ones(samples, dtype=bool)
    if "GT" in keys:
        with _reading("GT", record, path):
            alleles, _ = record.columns.alleles()
        called = (alleles == 0).all(axis=1) & (alleles.shape[1] == 2)
    dosage = np.where(sure & called, 2.0 if effect_is_reference else 0.0, np.nan)
    return Dosages(
        dosage,
        np.where(np.isnan(dosage), np.nan, 0.0),
        np.full(samples, np.nan),
        np.where(np.isnan(dosage), NONE, BLOCK).astype(np.int8),
        low_quality=int((called & ~sure).sum()),
    )


@contextlib.contextmanager
def _reading(name: str, record: Record, path: str):
    """What a field's values raise, as a sentence."""
    try:
        yield
    except ValueError as error:
        remedy = f"correct it, or leave {name} out of genotypes.fields"
        raise InputError(
            f"{path}, {record.contig}:{record.position}",
            f"a {name} value cannot be read ({error})",
            remedy if name in ("GT", "DS", "HDS", "GP") else "correct it",
        ) from error


def _refuse_contradiction(
    match: Match, name: str, called, dosage, among: np.ndarray, min_concordance: float, path: str
) -> None:
    """InputError where a field, oriented wrongly or on another scale, is another person's than the dosage."""
    both = among & ~np.isnan(called) & ~np.isnan(dosage)
    apart = int((np.abs(called - dosage)[both] > SAME_CALL).sum())
    if apart > CHANCE_CONFLICTS and apart > (1 - min_concordance) * both.sum():
        raise InputError(
            f"{path}, {match.record.contig}:{match.record.position}",
            f"its dosages contradict {name} in {100 * apart / both.sum():.0f} % of people",
            "find out which is right, and list that alone under genotypes.fields",
        )


def _from_gt(match: Match) -> tuple[np.ndarray, np.ndarray, None]:
    alleles, _ = match.record.columns.alleles()
    listed = len(match.record.alleles)
    if alleles.max(initial=0) >= listed:
        raise ValueError(f"'{alleles.max()}' is an allele that is not listed")
    # Column by column, since numpy is slow over an axis of two.
    known = sum((column >= 0).astype(np.int8) for column in alleles.T)
    unknown = sum((column == MISSING).astype(np.int8) for column in alleles.T)
    complete = (known == 2) & (unknown == 0)
    effect, third = (
        np.where(complete, sum((column == k).astype(float) for column in alleles.T for k in group), np.nan)
        for group in (match.effect, match.third)
    )
    return effect, third, None


def _incomplete(record: Record, wanted: np.ndarray) -> dict[str, int]:
    """How many of the wanted calls are half a call, or of another ploidy."""
    alleles, _ = record.columns.alleles()
    known, there = (alleles >= 0).sum(axis=1), (alleles != ABSENT).sum(axis=1)
    return {
        "not_diploid": int((wanted & (known > 0) & (there != 2)).sum()),
        "half_called": int((wanted & (known == 1) & (there == 2)).sum()),
    }


def _from_ds(match: Match) -> tuple[np.ndarray, np.ndarray, None]:
    if not match.record.alts:
        return *_nothing(match), None
    return *_from_alt_dosages(match, _lists(match, "DS", len(match.record.alts), "ALT alleles"), "DS"), None


def _from_hds(match: Match) -> tuple[np.ndarray, np.ndarray, np.ndarray | None]:
    if not match.record.alts:
        return *_nothing(match), None
    if len(match.record.alts) != 1:
        raise ValueError("it has no defined order at a multi-allelic record")
    haplotypes = _lists(match, "HDS", 2, "haplotypes")
    effect, third = _from_alt_dosages(match, haplotypes.sum(axis=1, keepdims=True), "HDS")
    alleles = np.clip(1 - haplotypes if 0 in match.effect else haplotypes, 0, 1)
    return effect, third, alleles[:, 0] * alleles[:, 1]


def _nothing(match: Match) -> tuple[np.ndarray, np.ndarray]:
    """Without an ALT allele there is nothing that a dosage could be of."""
    unknown = np.full(len(match.record.columns), np.nan)
    return unknown, unknown


def _from_alt_dosages(match: Match, alt: np.ndarray, name: str) -> tuple[np.ndarray, np.ndarray]:
    with_ref = np.column_stack([2 - alt.sum(axis=1), alt])
    outside = (with_ref < -_SLACK) | (with_ref > 2 + _SLACK)
    if outside.any():
        shown = ",".join(f"{value:g}" for value in alt[np.argmax(outside.any(axis=1))])
        raise ValueError(f"'{shown}' is outside 0 to 2")
    return tuple(
        np.clip(with_ref[:, sorted(group)].sum(axis=1), 0, 2) + 0 * with_ref[:, 0]
        for group in (match.effect, match.third)
    )


def _from_gp(match: Match) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    # Genotypes (j, k), j <= k, in the specification's order.
    pairs = [(j, k) for k in range(len(match.record.alleles)) for j in range(k + 1)]
    values = _lists(match, "GP", len(pairs), "genotypes")
    if values.max(initial=0, where=~np.isnan(values)) > 1 + _SLACK:
        # Phred-scaled, as up to VCF 4.2 and by DRAGEN.
        values = 10 ** (-values / 10)
        values /= values.sum(axis=1, keepdims=True)
    columns = list(values.T)
    total = sum(columns)
    wrong = np.logical_or.reduce([np.abs(total - 1) > _SLACK, *(column < 0 for column in columns)])
    if wrong.any():
        shown = ",".join(f"{value:g}" for value in values[np.argmax(wrong)])
        raise ValueError(f"'{shown}' are not probabilities that add up to 1")

    def expected(weights: Sequence[int]) -> np.ndarray:
        """The weights' mean over the genotypes."""
        weighted = (weight * column for weight, column in zip(weights, columns, strict=True) if weight)
        return np.asarray(sum(weighted, 0.0 * total) / total)

    effect, third = ([(j in group) + (k in group) for j, k in pairs] for group in (match.effect, match.third))
    return expected(effect), expected(third), expected([count // 2 for count in effect])


def _lists(match: Match, key: str, count: int, of_what: str) -> np.ndarray:
    """A field's numbers, a row all NaN where one is missing; ValueError if there are not `count`."""
    values = match.record.columns.numbers(key)
    # Column by column, as in `_from_gt`.
    given = sum((column != BEYOND).astype(np.int64) for column in values.T)
    missing = np.logical_or.reduce([np.isnan(column) for column in values.T])
    wrong = ~missing & (given != count)
    if wrong.any():
        raise ValueError(f"a list has {given[np.argmax(wrong)]} values for {count} {of_what}")
    if values.shape[1] < count:
        return np.full((len(values), count), np.nan)
    return np.where(missing[:, None], np.nan, values[:, :count])


def _quality(record: Record, key: str, setting: str, path: str) -> np.ndarray:
    if key not in record.columns.keys:
        raise InputError(
            f"{path}, {record.contig}:{record.position}",
            f"its calls have no {key}, for which the config sets a minimum",
            f"leave {setting} out, or give calls with {key}",
        )
    with _reading(key, record, path):
        return record.columns.numbers(key)[:, 0]
