"""How does a site look as the records of a genotype file of a given form?"""

from collections.abc import Iterator

import numpy as np
import pandas as pd

from il6r import seeds
from il6r.synthetic.genotypes import Site
from il6r.variants import COMPLEMENT, Variant

_DESCRIPTIONS = {
    "GT": 'Number=1,Type=String,Description="Genotype"',
    "DS": 'Number=A,Type=Float,Description="ALT allele dosage"',
    "HDS": 'Number=2,Type=Float,Description="Haploid ALT allele dosages"',
    "GP": 'Number=G,Type=Float,Description="Genotype probabilities"',
    "GQ": 'Number=1,Type=Integer,Description="Genotype quality"',
    "DP": 'Number=1,Type=Integer,Description="Read depth"',
}
# GQ and DP of good calls and of poor ones. Few pairs, so that each text is made once; GQ 20 (one call in
# a hundred wrong) is the usual bound between the two.
_GOOD = [(gq, dp) for gq in (20, 35, 50, 65, 80, 99) for dp in (18, 24, 30, 36, 42)]
_POOR = [(gq, dp) for gq in (3, 8, 13, 18) for dp in (4, 7, 10)]
_MISSING = 9
# How wrong an imputed allele may be: the chance that the reference panel says nothing about a person
# at a site, on an even grid.
_UNINFORMATIVE = np.linspace(0.0, 0.08, 9)


class Records:
    """Header and records of one file.

    Parameters
    ----------
    form : one of `config.genotype_forms`.
    variant : the study variant, whose record's ID the form may change.
    chromosomes : resources/chromosomes.tsv by chromosome.
    """

    def __init__(self, form: dict, variant: Variant, build: str, chromosomes: pd.DataFrame, seed: int):
        self._form, self._variant = form, variant
        self._id = {"rsid": variant.id, "alias": (*variant.aliases, variant.id)[0], "none": "."}[form["id"]]
        held = [variant.chrom] if form["holds"] == "region" else list(chromosomes.index)
        column = {"NC": f"{build.lower()}_refseq", "CM": f"{build.lower()}_genbank"}.get(form["contig"])
        prefix = form["contig"].removesuffix("1")
        self._contigs = {
            chrom: chromosomes.at[chrom, column] if column else f"{prefix}{chrom}" for chrom in held
        }
        self._lengths = chromosomes.loc[held, f"{build.lower()}_length"]
        self._rng = seeds.generator(seed, "calls", form["name"])
        self._texts = _called_texts(form)

    def header(self, samples: list[str]) -> bytes:
        """The header, up to and with the line of column names."""
        lines = [
            f"##fileformat=VCFv{self._form['version']:.1f}",
            '##FILTER=<ID=PASS,Description="All filters passed">',
        ]
        for chrom, name in self._contigs.items():
            length = f",length={self._lengths[chrom]}" if self._form["contig_lengths"] else ""
            lines.append(f"##contig=<ID={name}{length}>")
        if self._form["imputed"]:
            key = self._form["quality_key"]
            lines.append(f'##INFO=<ID={key},Number=1,Type=Float,Description="Estimated imputation quality">')
        lines += [f"##FORMAT=<ID={field},{_DESCRIPTIONS[field]}>" for field in self._form["fields"]]
        columns = ["#CHROM", "POS", "ID", "REF", "ALT", "QUAL", "FILTER", "INFO", "FORMAT", *samples]
        return ("\n".join(lines) + "\n" + "\t".join(columns) + "\n").encode()

    def lines(self, site: Site, rows: slice) -> Iterator[bytes]:
        """One site's records: one, or one for each ALT allele where the form splits them, or none.

        Parameters
        ----------
        rows : the people of this file among the site's.
        """
        alleles, pairs = site.alleles, site.haplotypes.reshape(-1, 2)[rows]
        if self._form["swapped"]:
            alleles = (alleles[1], alleles[0], *alleles[2:])
            pairs = np.where(pairs < 2, 1 - pairs, pairs)
        if self._form["strand"] == "minus":
            alleles = tuple(allele.translate(COMPLEMENT) for allele in alleles)
        if self._form["imputed"]:
            # Imputation servers return biallelic records.
            if len(alleles) == 2:
                yield self._line(site, alleles, *self._imputed(pairs))
            return
        pairs, quality, missing = self._called(pairs, len(alleles))
        several = len(alleles) > 2 and self._form["split"]
        for alts in [[k] for k in range(1, len(alleles))] if several else [range(1, len(alleles))]:
            coded = (pairs == alts[0]).astype(int) if several else pairs.astype(int)
            codes = np.where(missing, _MISSING, 3 * coded[:, 0] + coded[:, 1])
            shown = (alleles[0], *(alleles[alt] for alt in alts))
            yield self._line(site, shown, ".", self._texts[codes, quality])

    def _line(self, site: Site, alleles: tuple[str, ...], info: str, columns: np.ndarray) -> bytes:
        name = self._id if site.id == self._variant.id else site.id
        fixed = [self._contigs[site.chrom], str(site.position), name, alleles[0], ",".join(alleles[1:])]
        start = "\t".join([*fixed, ".", "PASS", info, ":".join(self._form["fields"])]).encode()
        return start + b"\t" + b"\t".join(columns.tolist()) + b"\n"

    def _called(self, pairs: np.ndarray, alleles: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Genotypes as called, which of `_GOOD` and `_POOR` their quality is, and which are missing.

        One allele of each poor call is another one.
        """
        rng, n = self._rng, len(pairs)
        poor = np.flatnonzero(rng.random(n, dtype=np.float32) < self._form["low_quality_rate"])
        which = rng.integers(0, 2, poor.size)
        called = pairs.copy()
        called[poor, which] = (called[poor, which] + rng.integers(1, alleles, poor.size)) % alleles
        quality = rng.integers(0, len(_GOOD), n)
        quality[poor] = rng.integers(len(_GOOD), len(_GOOD + _POOR), poor.size)
        return called, quality, rng.random(n, dtype=np.float32) < self._form["missing_rate"]

    def _imputed(self, pairs: np.ndarray) -> tuple[str, np.ndarray]:
        """INFO and sample columns such that the expected genotype given DS is DS.

        So it is in a calibrated imputation. A person's haplotypes match the panel with a chance that
        varies; where one does not, the observed allele is a draw from the population, and the posterior
        says so. The two haplotypes are imputed each on its own (as by Minimac), so GP is the product of
        their probabilities.
        """
        rng, n, p = self._rng, len(pairs), float(pairs.mean())
        level = rng.integers(0, len(_UNINFORMATIVE), n)
        wrong = rng.random((n, 2), dtype=np.float32) < _UNINFORMATIVE[level][:, None]
        observed = np.where(wrong, rng.random((n, 2), dtype=np.float32) < p, pairs)
        texts, dosages = [], []
        for uninformative in _UNINFORMATIVE.tolist():
            for pair in ((0, 0), (0, 1), (1, 0), (1, 1)):
                one, other = (round(uninformative * p + (1 - uninformative) * seen, 3) for seen in pair)
                # GP in thousandths that give DS exactly.
                dosage, both = round(one + other, 3), round(one * other, 3)
                probabilities = (1 - dosage + both, dosage - 2 * both, both)
                values = {
                    "GT": _genotype(pair, self._form["phased"]),
                    "DS": f"{dosage:g}",
                    "HDS": f"{one:g},{other:g}",
                    "GP": ",".join(f"{abs(round(value, 3)):g}" for value in probabilities),
                }
                texts.append(":".join(values[field] for field in self._form["fields"]).encode())
                dosages.append(dosage)
        codes = 4 * level + 2 * observed[:, 0] + observed[:, 1]
        quality = np.array(dosages)[codes].var() / max(2 * p * (1 - p), 1e-9)
        return f"{self._form['quality_key']}={min(quality, 1.0):.3f}", np.array(texts, dtype=object)[codes]


def _called_texts(form: dict) -> np.ndarray:
    """Sample columns of sequenced calls, by genotype (3 a + b, or `_MISSING`) and quality."""
    texts = np.empty((_MISSING + 1, len(_GOOD + _POOR)), dtype=object)
    for (code, quality), _ in np.ndenumerate(texts):
        gq, dp = (_GOOD + _POOR)[quality]
        values = {"GT": _genotype((code // 3, code % 3), form["phased"]), "GQ": f"{gq}", "DP": f"{dp}"}
        if code == _MISSING:
            values = {"GT": _genotype((".", "."), form["phased"]), "GQ": ".", "DP": "."}
        texts[code, quality] = ":".join(values.get(field, ".") for field in form["fields"]).encode()
    return texts


def _genotype(pair: tuple, phased: bool) -> str:
    """GT; without phase the smaller number comes first, as callers write it."""
    return "|".join(map(str, pair)) if phased else "/".join(sorted(map(str, pair)))
