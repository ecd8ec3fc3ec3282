"""Kinship, F_ST, components and linkage disequilibrium of HapMap 3 against PLINK 2."""

import re
from itertools import pairwise

import allel
import numpy as np
import pandas as pd
import pytest
from conftest import REPO, call, program, real
from reading import CATALOGUE

from il6r.genotypes import ancestry, kinship, linkage, populations, snps, structure
from il6r.genotypes.markers import Markers, Region, read_sites
from il6r.tables.genotypes import FST, LD, RELATIVES, STRUCTURE, STRUCTURE_SUMMARY

LONG_RANGE = pd.read_csv(REPO / "resources" / "long_range_ld.tsv", sep="\t")
CONTINENT = {
    "YRI": "Africa", "LWK": "Africa", "CEU": "Europe", "TSI": "Europe", "CHB": "East Asia",
    "CHD": "East Asia", "JPT": "East Asia", "GIH": "South Asia",
}  # fmt: skip


@pytest.fixture(scope="module")
def hapmap():
    path = real("genotypes", "hapmap3_grch37.vcf.gz")
    fields = ["samples", "variants/CHROM", "variants/POS", "variants/ID", "calldata/GT"]
    read = allel.read_vcf(str(path), fields=fields)
    calls = allel.GenotypeArray(read["calldata/GT"]).to_n_alt(fill=-1).astype(np.int8)
    samples = list(read["samples"])
    chromosome = read["variants/CHROM"].astype(np.int8)
    order = np.lexsort((read["variants/POS"], chromosome))
    people = pd.read_csv(real("genotypes", "hapmap3_samples.tsv"), sep="\t").set_index("sample")
    groups = people["population"].reindex(samples).to_numpy(dtype=object)
    position = read["variants/POS"].astype(np.int32)
    markers = Markers(samples, chromosome[order], position[order], calls[order], "GRCh37")
    return markers, groups, read["variants/ID"][order]


@pytest.fixture(scope="module")
def described(hapmap):
    markers, groups, _ = hapmap
    return structure.describe_structure(markers, groups, LONG_RANGE)


@pytest.fixture(scope="module")
def plink2(tmp_path_factory):
    """PLINK 2 on all of HapMap 3, in one folder; gives the prefix of what it wrote."""
    folder = tmp_path_factory.mktemp("plink2")
    path = real("genotypes", "hapmap3_grch37.vcf.gz")

    def run(*arguments):
        call(program("plink2"), "--vcf", path, *arguments, "--out", folder / "out", cwd=folder)
        return folder / "out"

    return run


def test_the_workflows_reader_gives_the_calls_of_scikit_allel(hapmap):
    markers, _, _ = hapmap
    path = real("genotypes", "hapmap3_grch37.vcf.gz")
    ours, region = read_sites([path], CATALOGUE["rs4537545"], "GRCh37")
    assert ours.samples == markers.samples
    place = {
        (c, p): row
        for row, (c, p) in enumerate(zip(markers.chromosome.tolist(), markers.position.tolist(), strict=True))
    }
    rows = [place[key] for key in zip(ours.chromosome.tolist(), ours.position.tolist(), strict=True)]
    assert 0.98 * len(markers.position) < len(rows) < len(markers.position)
    assert (ours.calls == markers.calls[rows]).all()
    assert region.position.tolist() == [154418879]
    assert region.haplotypes is None


def test_kinship_equals_plink2_and_no_relative_is_missing(hapmap, plink2):
    markers, _, _ = hapmap
    out = plink2("--make-king-table", "--king-table-filter", "0.05")
    theirs = pd.read_csv(f"{out}.kin0", sep="\t")
    theirs = {
        frozenset(pair): (phi, count)
        for *pair, phi, count in theirs[["#IID1", "IID2", "KINSHIP", "NSNP"]].itertuples(index=False)
    }
    ours = kinship.related_pairs(markers.calls, markers.samples)
    found = set()
    for row in ours.itertuples():
        phi, count = theirs[frozenset([row.sample_1, row.sample_2])]
        assert row.kinship == pytest.approx(phi, abs=1e-5)
        assert row.snps == count
        found.add(frozenset([row.sample_1, row.sample_2]))
    assert found == {pair for pair, (phi, _) in theirs.items() if phi >= 0.0884}
    assert len(found) > 100


def test_fst_equals_plink2_for_every_two_populations(hapmap, plink2, tmp_path):
    markers, groups, _ = hapmap
    table = tmp_path / "populations.tsv"
    pd.DataFrame({"#IID": markers.samples, "POP": groups}).to_csv(table, sep="\t", index=False)
    out = plink2("--pheno", table, "--fst", "POP", "method=hudson", "blocksize=280")
    theirs = pd.read_csv(f"{out}.fst.summary", sep="\t").set_index(["#POP1", "POP2"])
    ours = FST.check(populations.pairwise_fst(markers, groups))
    assert len(ours) == len(theirs) == 55
    for row in ours.itertuples():
        peer = theirs.loc[row.group_1, row.group_2]
        assert row.fst == pytest.approx(peer["HUDSON_FST"], abs=1e-4)
        assert row.se == pytest.approx(peer["SE"], rel=0.15)


def test_inbreeding_equals_plink2(hapmap, plink2):
    markers, _, _ = hapmap
    theirs = pd.read_csv(f"{plink2('--het')}.het", sep="\t")
    everything = np.ones(len(markers.calls), dtype=bool)
    ours = snps.person_quality(markers.calls, everything)
    assert list(theirs["#IID"]) == markers.samples
    assert ours["inbreeding"].to_numpy() == pytest.approx(theirs["F"].to_numpy(), abs=1e-4)


def test_components_equal_plink2_on_the_same_snps_and_people(hapmap, plink2):
    markers, _, names = hapmap
    out = plink2("--pca", "10", "--maf", "0.05", "--geno", "0.05", "--write-snplist")
    used = np.isin(names, (out.parent / "out.snplist").read_text().split())
    theirs = pd.read_csv(f"{out}.eigenvec", sep="\t").filter(like="PC").to_numpy()
    values = np.loadtxt(f"{out}.eigenval")
    everybody = np.ones(len(markers.samples), dtype=bool)
    ours, shares = ancestry.components(markers.calls[used], everybody)
    for k in range(6):
        assert abs(np.corrcoef(ours[:, k], theirs[:, k])[0, 1]) > 0.999
    # PLINK 2 takes a person's average over the SNPs called in two people, so eigenvalues differ a little.
    assert shares[:6] / shares[0] == pytest.approx(values[:6] / values[0], rel=0.02)


def test_people_are_nearest_to_their_own_continent(hapmap, described):
    _, groups, _ = hapmap
    found = STRUCTURE.check(described[0])
    declared = pd.Series(groups).map(CONTINENT)
    scored = declared.notna()
    right = found["nearest_group"].map(CONTINENT)[scored] == declared[scored]
    assert scored.sum() > 600
    assert right.groupby(declared[scored]).mean().min() >= 0.97


def test_most_of_hapmap_is_unrelated_and_few_are_outliers(described):
    found, relatives, summary = described
    RELATIVES.check(relatives)
    summary = STRUCTURE_SUMMARY.check(summary).iloc[0]
    assert summary["independent"] > 10_000
    assert summary["unrelated"] > 0.9 * len(found)
    assert summary["outliers"] < 0.02 * len(found)
    # Pairs of the third degree are listed too, within families of nearer ones.
    near = relatives[relatives["degree"] <= 2]
    assert summary["first_degree"] + summary["second_degree"] + summary["duplicates"] == len(near)
    distant = relatives[relatives["degree"] > 2]
    assert set(distant[["sample_1", "sample_2"]].stack()) <= set(near[["sample_1", "sample_2"]].stack())


def test_ld_by_em_equals_plink2(hapmap, plink2):
    markers, _, names = hapmap
    near = np.flatnonzero((markers.chromosome == 1) & (abs(markers.position - 154_418_879) < 700_000))
    region = Region(
        markers.samples,
        markers.position[near],
        markers.calls[near],
        None,
        [("A", "C")] * len(near),
        None,
        True,
    )
    everybody = np.full(len(markers.samples), None, dtype=object)
    ours = LD.check(linkage.linkage(region, everybody)).set_index(["position_1", "position_2"])
    assert len(near) > 3
    for first, second in pairwise(near):
        out = plink2("--ld", names[first], names[second])
        r2, d_prime = re.search(r"r\^2 = (\S+)\s+D' = (\S+)", (out.parent / "out.log").read_text()).groups()
        row = ours.loc[markers.position[first], markers.position[second]]
        assert row["r2"] == pytest.approx(float(r2), abs=1e-4)
        assert row["d_prime"] == pytest.approx(abs(float(d_prime)), abs=1e-3)
