"""Synthetic genotype files: each form is what bcftools says it is, and their truth is in them."""

import gzip
import itertools
import re

import allel
import numpy as np
import pandas as pd
import pytest
import yaml
from conftest import REPO, call, digests, program

from il6r import config, variants
from il6r.errors import InputError
from il6r.synthetic import genotypes, markers, vcf_writer
from il6r.synthetic.relatives import choose

RS2228145 = variants.load_catalogue(REPO / "resources" / "variants.tsv")["rs2228145"]
CHROMOSOMES = pd.read_csv(REPO / "resources" / "chromosomes.tsv", sep="\t", dtype={"chrom": str}).set_index(
    "chrom"
)
SCHEMA = REPO / "workflow" / "schemas" / "config.schema.yaml"
PEOPLE = {"AFR": 60, "EAS": 50, "EUR": 70}
FREQUENCIES = {"AFR": 0.14, "EAS": 0.38, "EUR": 0.39}
POSITION = RS2228145.positions["GRCh38"]
N_MARKERS = 300


@pytest.fixture(scope="module")
def simulated():
    return genotypes.simulate(
        PEOPLE, RS2228145, "GRCh38", FREQUENCIES,
        region_bp=20_000, min_frequency=0.01, families=4, duplicates=2, seed=11,
    )  # fmt: skip


@pytest.fixture(scope="module")
def write(simulated, tmp_path_factory):
    """Writes files of given forms into a new folder; everyone is in each unless its form says otherwise."""

    def written(*files, overlap=0, missing_rate=0.0, imputed=False):
        folder = tmp_path_factory.mktemp("forms")
        spec = {"genotype_files": files, "contig": "chr1", "imputed": imputed, "missing_rate": missing_rate}
        forms = config.genotype_forms(spec)
        where = markers.places(N_MARKERS, CHROMOSOMES, "GRCh38", RS2228145)
        genome = markers.sites(where, simulated.ancestry, simulated.relatives, 11)
        vcf_writer.write_files(
            {"region": simulated.sites(), "markers": genome},
            [str(folder / form["name"]) for form in forms],
            forms,
            simulated.samples,
            overlap=overlap,
            variant=RS2228145,
            build="GRCh38",
            chromosomes=CHROMOSOMES,
            seed=11,
        )
        return folder

    return written


@pytest.fixture(scope="module")
def made(write):
    """One file for each form."""
    everyone = {"holds": "region", "people": "all"}
    return write(
        {"name": "plain.vcf", **everyone, "version": 4.0, "phased": False},
        {"name": "swapped.vcf.gz", **everyone, "contig": "NC", "swapped": True, "id": "alias"},
        {"name": "minus.vcf.gz", **everyone, "contig": "CM", "strand": "minus", "id": "none", "index": "csi"},
        {"name": "gzip.vcf.gz", **everyone, "compression": "gzip", "contig_lengths": False},
        {"name": "no_index.vcf.gz", **everyone, "index": False},
        {"name": "imputed.bcf", **everyone, "fields": ["GP", "HDS", "DS", "GT"], "quality_key": "DR2"},
        {"name": "depth.bcf", **everyone, "fields": ["GT", "GQ", "DP"], "low_quality_rate": 0.05},
        {"name": "all.bcf", "contig": "1", "people": "all"},
        {"name": "markers.bcf", "holds": "markers"},
    )


def query(path, form, *options):
    text = call(program("bcftools"), "query", "-f", form + "\n", *options, path)
    return [line.split() for line in text.splitlines()]


def at_variant(path, form):
    """What bcftools says of the study variant's record."""
    (line,) = query(path, form, "-i", f"POS={POSITION}")
    return line


def counted(gts, allele):
    return [gt.count(allele) for gt in gts]


@pytest.mark.parametrize(
    ("name", "contig", "identifier", "alleles", "effect"),
    [
        ("plain.vcf", "chr1", "rs2228145", ["A", "C"], "1"),
        ("swapped.vcf.gz", "NC_000001.11", "rs8192284", ["C", "A"], "0"),
        ("minus.vcf.gz", "CM000663.2", ".", ["T", "G"], "1"),
        ("gzip.vcf.gz", "chr1", "rs2228145", ["A", "C"], "1"),
        ("all.bcf", "1", "rs2228145", ["A", "C"], "1"),
    ],
)
def test_a_form_says_the_true_dosages_in_its_own_way(
    made, simulated, name, contig, identifier, alleles, effect
):
    found = at_variant(made / name, "%CHROM %ID %REF %ALT[ %GT]")
    assert found[:4] == [contig, identifier, *alleles]
    assert counted(found[4:], effect) == simulated.dosage.tolist()


def test_swapping_twice_or_complementing_twice_is_no_change(made):
    record = "%POS %REF %ALT[ %GT]"
    plain, swapped, minus = (
        query(made / name, record) for name in ("gzip.vcf.gz", "swapped.vcf.gz", "minus.vcf.gz")
    )
    assert len(plain) == len(swapped) == len(minus) > 20
    other, complement = str.maketrans("01", "10"), str.maketrans("ACGT", "TGCA")
    for a, b, c in zip(plain, swapped, minus, strict=True):
        first, *rest = a[2].split(",")
        assert b[:3] == [a[0], first, ",".join([a[1], *rest])]
        assert b[3:] == [gt.translate(other) for gt in a[3:]]
        assert c == [a[0], *(text.translate(complement) for text in a[1:3]), *a[3:]]


def test_splitting_is_that_of_bcftools_norm(write):
    form = {"name": "x.vcf.gz", "holds": "region", "fields": ["GT", "GQ", "DP"], "low_quality_rate": 0.1}
    whole, split = (write({**form, "split": way}, missing_rate=0.05) / "x.vcf.gz" for way in (False, True))
    normed = call(program("bcftools"), "norm", "-m-", whole)
    lines = [line for line in normed.splitlines() if line[0] != "#"]
    ours = gzip.decompress(split.read_bytes()).decode()
    assert lines == [line for line in ours.splitlines() if line[0] != "#"]
    assert len(lines) == len(query(whole, "%POS")) + 1


def test_imputed_fields_agree_with_each_other_and_with_the_truth(made, simulated):
    path = made / "imputed.bcf"
    assert all(0 <= float(quality) <= 1 for (quality,) in query(path, "%DR2"))
    columns = at_variant(path, "%DR2[ %GT:%DS:%HDS:%GP]")
    assert 0.8 < float(columns[0]) <= 1
    gt, ds, hds, gp = (list(field) for field in zip(*(text.split(":") for text in columns[1:]), strict=True))
    ds = np.array(ds, float)
    haploid = np.array([text.split(",") for text in hds], float)
    gp = np.array([text.split(",") for text in gp], float)
    assert haploid.sum(axis=1) == pytest.approx(ds, abs=1e-6)
    assert gp.sum(axis=1) == pytest.approx(np.ones(len(ds)), abs=1e-6)
    assert gp @ [0, 1, 2] == pytest.approx(ds, abs=1e-6)
    assert [f"{a:.0f}|{b:.0f}" for a, b in haploid] == gt
    # At most 8 % of alleles, and 4 % on average, say nothing about the person.
    assert (np.abs(ds - simulated.dosage) < 0.5).mean() > 0.9
    assert query(path, "%ALT", "-i", "N_ALT>1") == []


def test_poor_calls_are_wrong_and_show_it(made, simulated):
    calls = at_variant(made / "depth.bcf", "[%GT:%GQ:%DP ]")
    for call_, dosage in zip(calls, simulated.dosage, strict=True):
        gt, gq, dp = call_.split(":")
        assert (int(gq) >= 20) == (int(dp) > 10) == (gt.count("1") == dosage)
    qualities = np.array([row for row in query(made / "depth.bcf", "[%GQ ]")], int)
    # Its standard error is about 0.003.
    assert (qualities < 20).mean() == pytest.approx(0.05, abs=0.012)


def test_headers_compression_and_indexes_are_as_asked(made):
    headers = {path.name: call(program("bcftools"), "view", "-h", path) for path in made.glob("*[fz]")}
    assert "##contig=<ID=chr1,length=248956422>" in headers["plain.vcf"]
    assert "chr2" not in headers["plain.vcf"]
    assert re.findall(r"##contig=.*", headers["gzip.vcf.gz"]) == ["##contig=<ID=chr1>"]
    assert "##contig=<ID=22,length=50818468>" in headers["all.bcf"]
    assert (made / "plain.vcf").read_text().startswith("##fileformat=VCFv4.0\n")
    assert "/" in at_variant(made / "plain.vcf", "[%GT ]")[0]
    # BGZF blocks have an extra field (RFC 1952, FLG.FEXTRA); plain gzip has none.
    flags = {name: (made / name).read_bytes()[3] & 4 for name in ("gzip.vcf.gz", "no_index.vcf.gz")}
    assert flags == {"gzip.vcf.gz": 0, "no_index.vcf.gz": 4}
    assert {path.name for path in made.glob("*i")} == {
        "swapped.vcf.gz.tbi", "minus.vcf.gz.csi", "imputed.bcf.csi", "depth.bcf.csi", "all.bcf.csi",
        "markers.bcf.csi",
    }  # fmt: skip
    for name, contig in (
        ("swapped.vcf.gz", "NC_000001.11"),
        ("minus.vcf.gz", "CM000663.2"),
        ("all.bcf", "1"),
    ):
        assert len(query(made / name, "%POS", "-r", f"{contig}:{POSITION}")) == 1


def test_a_file_of_all_holds_region_and_markers_in_order(made):
    region, genome, both = (query(made / name, "%POS") for name in ("plain.vcf", "markers.bcf", "all.bcf"))
    assert len(genome) == N_MARKERS
    assert len(both) == len(region) + len(genome)
    places = query(made / "markers.bcf", "%CHROM %POS")
    for chrom, position in places:
        assert 0 < int(position) <= CHROMOSOMES.at[chrom.removeprefix("chr"), "grch38_length"]
        assert chrom != "chr1" or abs(int(position) - POSITION) > 2_000_000
    assert len({chrom for chrom, _ in places}) == 22


def test_batches_share_people_out_and_overlap_in_the_same_people(write, simulated):
    names = ["one.vcf", "two.vcf.gz", "three.bcf"]
    batches = [{"name": name, "holds": "region"} for name in names]
    folder = write(*batches, {"name": "markers.bcf", "holds": "markers"}, overlap=5)
    called = {
        name: dict(
            zip(at_variant(folder / name, "[%SAMPLE ]"), at_variant(folder / name, "[%GT ]"), strict=True)
        )
        for name in names
    }
    assert [len(calls) for calls in called.values()] == [60, 65, 60]
    assert set().union(*called.values()) == set(simulated.samples)
    twice = set(called["one.vcf"]) & set(called["two.vcf.gz"])
    assert len(twice) == 5
    assert all(called["one.vcf"][name] == called["two.vcf.gz"][name] for name in twice)
    assert len(query(folder / "markers.bcf", "[%SAMPLE ]")[0]) == len(simulated.samples)


def test_relatives_share_alleles_as_relatives_do(made, simulated):
    text = query(made / "markers.bcf", "[%GT ]")
    dosage = np.array([[gt.count("1") for gt in row] for row in text])
    column = dict(zip(query(made / "markers.bcf", "[%SAMPLE ]")[0], dosage.T, strict=True))
    truth = dict(zip(simulated.samples, simulated.dosage, strict=True))
    ancestry = dict(zip(simulated.samples, simulated.ancestry, strict=True))
    pairs = simulated.relatives.pairs(simulated.samples)
    assert pairs["degree"].value_counts().to_dict() == {1: 4 * 5, 0: 2}
    opposite = []
    for row in pairs.itertuples():
        one, other = column[row.sample_1], column[row.sample_2]
        assert ancestry[row.sample_1] == ancestry[row.sample_2]
        if row.degree == 0:
            assert (one == other).all()
            assert truth[row.sample_1] == truth[row.sample_2]
        else:
            opposite.append((np.abs(one - other) == 2).mean())
            assert (one != other).any()
    # Of each family's five pairs, four are parent and child, who share an allele everywhere; full
    # siblings share none at one locus in four.
    assert opposite.count(0.0) == 16
    assert all(0 < share < 0.1 for share in opposite if share)
    for parents, children in zip(simulated.relatives.parents, simulated.relatives.children, strict=True):
        low = (simulated.dosage[parents] == 2).sum()
        high = (simulated.dosage[parents] > 0).sum()
        assert all(low <= simulated.dosage[child] <= high for child in children)


def test_unrelated_people_share_no_more_than_their_ancestry_does():
    ancestry = np.repeat(["AFR", "EUR"], 50)
    relatives = choose(ancestry, 2, 1, seed=5)
    where = markers.places(2000, CHROMOSOMES, "GRCh37", RS2228145)
    sites = markers.sites(where, ancestry, relatives, 5)
    dosage = np.array([site.haplotypes.reshape(-1, 2).sum(axis=1) for site in sites])
    related = {tuple(pair) for pair in relatives.pairs(list(range(100)))[["sample_1", "sample_2"]].to_numpy()}
    for group in (range(50), range(50, 100)):
        part = dosage[:, list(group)]
        p = part.mean(axis=1) / 2
        kept = (p > 0.1) & (p < 0.9)
        z = (part[kept] - 2 * p[kept, None]) / np.sqrt(2 * p[kept] * (1 - p[kept]))[:, None]
        kinship = z.T @ z / kept.sum() / 2
        for one, other in itertools.combinations(group, 2):
            place = kinship[one - group[0], other - group[0]]
            # Standard error about 0.012 at 1,700 markers; 0.25 for first degree, 0.5 for a duplicate.
            assert (place > 0.15) == ((one, other) in related), (one, other, place)


@pytest.mark.parametrize(("group", "other"), [("AFR", "EUR"), ("EAS", "EUR"), ("AFR", "EAS")])
def test_markers_have_the_f_st_that_was_asked_for(group, other):
    ancestry = np.repeat([group, other], 150)
    where = markers.places(3000, CHROMOSOMES, "GRCh38", RS2228145)
    alleles = np.array(
        [site.haplotypes.reshape(2, -1).sum(axis=1) for site in
         markers.sites(where, ancestry, choose(ancestry, 0, 0, seed=7), 7)]
    )  # fmt: skip
    one, two = (np.column_stack([300 - alleles[:, k], alleles[:, k]]) for k in range(2))
    found, error, *_ = allel.average_hudson_fst(one, two, 50)
    assert abs(found - markers.fst(group, other)) < 4 * error
    assert error < 0.01


def test_the_same_seed_gives_the_same_bytes(made, write):
    files = yaml.safe_load(
        "[{name: all.bcf, contig: '1', people: all}, {name: markers.bcf, holds: markers},"
        " {name: gzip.vcf.gz, holds: region, people: all, compression: gzip, contig_lengths: false}]"
    )
    again = write(*files)
    first = digests(made)
    assert all(first[name] == digest for name, digest in digests(again).items())


def test_a_name_alone_means_what_it_always_did():
    spec = {"contig": "chr1", "imputed": False, "missing_rate": 0.01}
    one, two = config.genotype_forms({**spec, "genotype_files": ["batch1.vcf.gz", "batch2.bcf"]})
    assert (one["people"], one["index"], one["fields"], one["holds"]) == ("batch", "tbi", ["GT"], "all")
    assert (two["people"], two["index"], two["contig"]) == ("batch", "csi", "chr1")
    (single,) = config.genotype_forms({**spec, "imputed": True, "genotype_files": ["genotypes.bcf"]})
    assert (single["people"], single["fields"]) == ("all", ["GT", "DS", "GP"])


@pytest.mark.parametrize(
    ("synthetic", "said"),
    [
        ({"genotype_files": ["a.vcf", {"name": "a.vcf"}]}, "two files have this name"),
        ({"genotype_files": [{"name": "a.vcf", "compression": "gzip"}]}, "leave out compression"),
        ({"genotype_files": [{"name": "a.vcf", "index": True}]}, "leave out index"),
        ({"genotype_files": [{"name": "a.bcf", "fields": ["DS", "GQ"]}]}, "GQ and DP of sequenced calls"),
        ({"genotype_files": [{"name": "a.bcf", "low_quality_rate": 0.1}]}, "needs GQ or DP"),
        ({"genotype_files": [{"name": "a.txt"}]}, "does not match"),
        ({"overlap": 3}, "there are no two batches"),
        ({"genotype_files": ["a.vcf", "b.vcf"], "overlap": 300}, "larger than the first batch"),
        ({"families": 20, "duplicates": 1}, "take 82 people of EUR, and there are 80"),
    ],
)
def test_keys_that_contradict_each_other_are_refused(synthetic, said):
    study = {"cohorts": {"a": {"synthetic": {"people": {"EUR": 80}, **synthetic}}}}
    with pytest.raises(InputError, match=said):
        config.check(study, SCHEMA)


def test_every_key_of_a_genotype_file_is_documented():
    text = (REPO / "config" / "README.md").read_text()
    section = text.split("## Keys of a synthetic genotype file")[1].split("\n## ")[0]
    documented = {line.split("|")[2].strip(" `") for line in section.splitlines() if line.startswith("| ")}
    properties = yaml.safe_load(SCHEMA.read_text())["$defs"]["genotype_file"]["properties"]
    assert set(properties) == documented - {"key"}


def test_chromosome_names_and_lengths_are_stdpopsims():
    import stdpopsim

    chromosomes = stdpopsim.get_species("HomSap").genome.chromosomes
    lengths = {chromosome.id: int(chromosome.length) for chromosome in chromosomes}
    assert CHROMOSOMES["grch38_length"].to_dict() == {chrom: lengths[chrom] for chrom in CHROMOSOMES.index}
    for chrom, row in CHROMOSOMES.iterrows():
        assert (
            row["grch37_refseq"].split(".")[0] == row["grch38_refseq"].split(".")[0] == f"NC_{int(chrom):06d}"
        )
