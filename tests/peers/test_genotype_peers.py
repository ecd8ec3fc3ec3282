"""Calls and counts against bcftools and PLINK 2, on every synthetic and real file."""

import numpy as np
import pandas as pd
import pytest
from conftest import REPO, call, program, real, succeeds

from il6r import tables, variants
from il6r.genotypes import quality
from il6r.genotypes.calls import extract_calls

CATALOGUE = variants.load_catalogue(REPO / "resources" / "variants.tsv")
pytestmark = pytest.mark.xdist_group("genotype_peers")


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    folder = tmp_path_factory.mktemp("synthetic")
    config = REPO / "tests" / "studies" / "reduced.yaml"
    succeeds("synthetic", "-c2", "--configfile", config, folder=folder)
    return folder / "results" / "synthetic"


FILES = {
    "sequenced": ["sequenced/genotypes.vcf.gz"],
    "imputed": ["imputed/genotypes.bcf"],
    "longitudinal": ["longitudinal/batch1.vcf.gz", "longitudinal/batch2.vcf.gz"],
    "hapmap3": ["hapmap3_grch37.vcf.gz"],
}
VARIANT = {"hapmap3": "rs4537545"}


def files_of(cohort, made):
    if cohort == "hapmap3":
        return [real("genotypes", name) for name in FILES[cohort]]
    return [made / name for name in FILES[cohort]]


def ours(paths, variant, fields=("DS", "GP", "GT")):
    calls, sources = extract_calls(
        list(map(str, paths)), CATALOGUE, variant, build=None, fields=fields, min_imputation_quality=0
    )
    return calls.set_index("sample"), sources


@pytest.mark.parametrize("cohort", FILES)
def test_dosages_equal_bcftools_query(cohort, made):
    paths = files_of(cohort, made)
    variant = CATALOGUE[VARIANT.get(cohort, "rs2228145")]
    calls, sources = ours(paths, variant)
    field = "DS" if cohort == "imputed" else "GT"
    for path, source in zip(paths, sources.itertuples(), strict=True):
        region = f"{source.contig}:{source.position}"
        text = call(program("bcftools"), "query", "-r", region, "-f", f"[%SAMPLE\t%{field}\n]", path)
        theirs = dict(line.split("\t") for line in text.splitlines())
        assert len(theirs) == source.samples
        for sample, value in theirs.items():
            called = np.nan if "." in value else value.count("1")
            expected = float(value) if field == "DS" else called
            assert calls.loc[sample, "dosage"] == pytest.approx(expected, nan_ok=True)


@pytest.mark.parametrize("cohort", FILES)
def test_counts_and_midp_equal_plink2(cohort, made, tmp_path):
    variant = CATALOGUE[VARIANT.get(cohort, "rs2228145")]
    for number, path in enumerate(files_of(cohort, made)):
        # PLINK 2 takes hard calls from DS within 0.1, as we do.
        form = ["--bcf" if path.suffix == ".bcf" else "--vcf", path]
        if cohort == "imputed":
            form += ["dosage=DS"]
        out = tmp_path / f"{cohort}{number}"
        call(
            program("plink2"), *form, "--snp", variant.id, "--geno-counts", "--hardy", "midp",
            "--freq", "--max-alleles", "2", "--allow-extra-chr", "--out", out,
        )  # fmt: skip
        counts = pd.read_csv(f"{out}.gcount", sep="\t").iloc[0]
        hardy = pd.read_csv(f"{out}.hardy", sep="\t").iloc[0]
        frequency = pd.read_csv(f"{out}.afreq", sep="\t").iloc[0]
        calls, _ = ours([path], variant)
        found = [int((calls["genotype"] == genotype).sum()) for genotype in variant.genotypes]
        assert found == [counts["HOM_REF_CT"], counts["HET_REF_ALT_CTS"], counts["TWO_ALT_GENO_CTS"]]
        midp = quality.hwe_exact(found[1], found[0], found[2])[1]
        assert midp == pytest.approx(hardy["MIDP"], rel=2e-5)
        assert calls["dosage"].mean() / 2 == pytest.approx(frequency["ALT_FREQS"], rel=1e-4)


def test_dosages_equal_plink2_export_with_the_allele_named(made, tmp_path):
    path = made / "imputed" / "genotypes.bcf"
    (tmp_path / "alleles.txt").write_text("rs2228145\tC\n")
    call(
        program("plink2"), "--bcf", path, "dosage=DS", "--snp", "rs2228145", "--max-alleles", "2",
        "--export", "A", "--export-allele", tmp_path / "alleles.txt", "--out", tmp_path / "calls",
    )  # fmt: skip
    theirs = pd.read_csv(tmp_path / "calls.raw", sep="\t").set_index("IID")["rs2228145_C"]
    calls, _ = ours([path], CATALOGUE["rs2228145"])
    # PLINK 2 keeps dosages in steps of 1/16384.
    assert np.abs(calls.loc[theirs.index, "dosage"] - theirs).max() < 1e-4


def test_dosages_from_gp_equal_those_from_ds(made):
    path = made / "imputed" / "genotypes.bcf"
    by_gp, _ = ours([path], CATALOGUE["rs2228145"], fields=["GP"])
    by_ds, _ = ours([path], CATALOGUE["rs2228145"], fields=["DS"])
    assert set(by_gp["field"]) == {"GP"}
    assert np.abs(by_gp["dosage"] - by_ds["dosage"]).max() < 1e-3


def test_calls_are_the_truth_but_for_missing_ones(made):
    truth = tables.TRUE_DOSAGES.read(made / "longitudinal" / "true_dosages.parquet").set_index("sample")
    calls, _ = ours(files_of("longitudinal", made), CATALOGUE["rs2228145"])
    called = calls.dropna(subset="dosage")
    assert len(called) > 80
    assert (called["dosage"] == truth.loc[called.index, "dosage"]).all()


def test_imputed_dosages_are_calibrated(made):
    truth = tables.TRUE_DOSAGES.read(made / "imputed" / "true_dosages.parquet").set_index("sample")
    calls, _ = ours([made / "imputed" / "genotypes.bcf"], CATALOGUE["rs2228145"])
    both = calls.join(truth["dosage"].rename("truth"))
    slope = np.cov(both["dosage"], both["truth"])[0, 1] / both["dosage"].var()
    # Its standard error at 300 people is about 0.02.
    assert slope == pytest.approx(1.0, abs=0.06)


def test_the_coalescent_gives_ld_that_decays_with_distance(made):
    text = call(
        program("bcftools"), "query", "-f", "%POS[ %GT]\n", "-i", "MAF>0.1 && N_ALT==1",
        made / "sequenced" / "genotypes.vcf.gz",
    )  # fmt: skip
    rows = [line.split() for line in text.splitlines()]
    position = np.array([int(row[0]) for row in rows])
    haplotypes = np.array([[int(a) for g in row[1:] for a in g.replace(".", "0").split("|")] for row in rows])
    r2 = np.corrcoef(haplotypes) ** 2
    distance = np.abs(position[:, None] - position[None, :])
    upper = np.triu(np.ones_like(distance, dtype=bool), 1)
    near = r2[upper & (distance < 2_000)].mean()
    far = r2[upper & (distance > 25_000)].mean()
    assert near > far + 0.05
