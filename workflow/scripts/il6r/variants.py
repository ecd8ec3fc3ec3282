"""The study variant and its catalogued neighbours: where they lie and which allele is the effect allele."""

import csv
from dataclasses import dataclass
from pathlib import Path

from il6r.errors import InputError, shown

BUILDS = ("GRCh37", "GRCh38")
# From the bases of one strand to those of the other, for str.translate.
COMPLEMENT = str.maketrans("ACGT", "TGCA")


@dataclass(frozen=True)
class Variant:
    """One catalogued variant; alleles are on the plus strand of both builds.

    `proxy_r2` and `proxy_population` say how well its effect allele stands for rs2228145 C, and in
    whom; `fails_in` lists the ancestry groups in which it is known not to.
    """

    id: str
    aliases: tuple[str, ...]
    chrom: str
    positions: dict[str, int]
    ref: str
    alt: str
    effect_allele: str
    proxy_r2: str
    proxy_population: str
    fails_in: tuple[str, ...]

    @property
    def other_allele(self) -> str:
        """The allele that is not the effect allele."""
        return self.ref if self.effect_allele == self.alt else self.alt

    @property
    def genotypes(self) -> tuple[str, str, str]:
        """The genotypes with 0, 1 and 2 effect alleles, as text: AA, AC, CC."""
        other, effect = self.other_allele, self.effect_allele
        return other * 2, other + effect, effect * 2


def load_catalogue(path) -> dict[str, Variant]:
    """Read `resources/variants.tsv` into variants by rsID, in the file's order."""
    # The plain csv module, since reading calls must start fast and pandas does not.
    rows = csv.DictReader(Path(path).read_text(encoding="utf-8").splitlines(), delimiter="\t")
    return {
        row["variant"]: Variant(
            id=row["variant"],
            aliases=tuple(filter(None, row["aliases"].split(","))),
            chrom=row["chrom"],
            positions={"GRCh37": int(row["grch37_pos"]), "GRCh38": int(row["grch38_pos"])},
            ref=row["ref"],
            alt=row["alt"],
            effect_allele=row["effect_allele"],
            proxy_r2=row["r2_to_rs2228145"],
            proxy_population=row["r2_population"],
            fails_in=tuple(filter(None, row["fails_in"].split(","))),
        )
        for row in rows
    }


def choose(catalogue: dict[str, Variant], name: str) -> Variant:
    """The catalogued variant called `name`; InputError if there is none."""
    for variant in catalogue.values():
        if name in (variant.id, *variant.aliases):
            return variant
    raise InputError(
        f"config, variant '{name}'",
        "it is not in resources/variants.tsv",
        f"use one of {shown(catalogue, 10)}, or add it there with its source",
    )
