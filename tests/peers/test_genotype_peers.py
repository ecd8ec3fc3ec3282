"""Calls and counts against bcftools and PLINK 2, on every synthetic and real file and in every form."""

import subprocess

import numpy as np
import pandas as pd
import pytest
from conftest import call, program, real
from reading import CATALOGUE, STUDY, calls_in, extract

from il6r.genotypes import quality
from il6r.tables.synthetic import TRUE_DOSAGES

MIN_GQ = {"sequenced": 20}
FILES = {
    "sequenced": ["sequenced/genotypes.vcf.gz"],
    "imputed": ["imputed/genotypes.bcf"],
    "longitudinal": ["longitudinal/batch1.vcf", "longitudinal/batch2.vcf.gz"],
    "hapmap3": ["hapmap3_grch37.vcf.gz"],
}


@pytest.fixture(scope="module")
def made(reduced):
    return reduced / "synthetic"


def files_of(cohort, made):
    if cohort == "hapmap3":
        return [real("genotypes", name) for name in FILES[cohort]]
    return [made / name for name in FILES[cohort]]


def alone(path, folder, variant):
    """The variant's biallelic line as bcftools normalises it, in a file of its own; and the effect allele."""
    source = extract([path], variant).sources[0]
    normal = call(program("bcftools"), "norm", "-m-", path)
    lines = [line for line in normal.splitlines() if line.startswith("#")]
    effect = variant.effect_allele
    if source["strand"] == "minus":
        effect = effect.translate(str.maketrans("ACGT", "TGCA"))
    for line in normal.splitlines():
        fields = line.split("\t", 5)
        if fields[:2] == [source["contig"], str(source["position"])] and fields[3:5] == [
            source["ref"],
            source["alt"].split(",")[0],
        ]:
            lines.append(line)
    assert not lines[-1].startswith("#")
    target = folder / f"{path.stem}.alone.vcf"
    target.write_text("\n".join(lines) + "\n")
    return target, effect


@pytest.mark.parametrize("cohort", FILES)
def test_dosages_equal_those_of_bcftools_after_norm(cohort, made, tmp_path):
    variant = CATALOGUE["rs4537545"] if cohort == "hapmap3" else STUDY
    for path in files_of(cohort, made):
        file, effect = alone(path, tmp_path, variant)
        least = MIN_GQ.get(cohort, 0)
        form = "%REF[\t%SAMPLE=%DS]\n" if cohort == "imputed" else "%REF[\t%SAMPLE=%GT]\n"
        keep = ["-i", f"GQ>={least}"] if least else []
        ref, *cells = call(program("bcftools"), "query", "-f", form, *keep, file).strip().split("\t")
        theirs = dict(cell.split("=") for cell in cells)
        calls = calls_in(path, variant=variant, min_gq=least)
        assert set(calls.index[calls["dosage"].notna()]) == {s for s, v in theirs.items() if "." not in v[:1]}
        for sample, value in theirs.items():
            if "." in value[:1]:
                continue
            alt = float(value) if cohort == "imputed" else value.count("1")
            assert calls.loc[sample, "dosage"] == pytest.approx(2 - alt if ref == effect else alt)


@pytest.mark.parametrize("cohort", FILES)
def test_counts_and_midp_equal_plink2(cohort, made, tmp_path):
    variant = CATALOGUE["rs4537545"] if cohort == "hapmap3" else STUDY
    for number, path in enumerate(files_of(cohort, made)):
        # PLINK 2 takes hard calls from DS within 0.1, as we do.
        file, effect = alone(path, tmp_path, variant)
        form = ["--vcf", file, *(["dosage=DS"] if cohort == "imputed" else [])]
        out = tmp_path / f"{cohort}{number}"
        call(
            program("plink2"), *form, "--geno-counts", "--hardy", "midp", "--freq", "--allow-extra-chr",
            "--out", out,
        )  # fmt: skip
        counts = pd.read_csv(f"{out}.gcount", sep="\t").iloc[0]
        hardy = pd.read_csv(f"{out}.hardy", sep="\t").iloc[0]
        frequency = pd.read_csv(f"{out}.afreq", sep="\t").iloc[0]
        calls = calls_in(path, variant=variant)
        found = [int((calls["genotype"] == genotype).sum()) for genotype in variant.genotypes]
        theirs = [counts["HOM_REF_CT"], counts["HET_REF_ALT_CTS"], counts["TWO_ALT_GENO_CTS"]]
        swapped = counts["REF"] == effect
        assert found == (theirs[::-1] if swapped else theirs)
        midp = quality.hwe_exact(found[1], found[0], found[2])[1]
        assert midp == pytest.approx(hardy["MIDP"], rel=2e-5)
        alt = frequency["ALT_FREQS"]
        assert calls["dosage"].mean() / 2 == pytest.approx(1 - alt if swapped else alt, rel=1e-4)


def test_dosages_equal_plink2_export_with_the_allele_named(made, tmp_path):
    path = made / "imputed" / "genotypes.bcf"
    (tmp_path / "alleles.txt").write_text("rs8192284\tC\n")
    call(
        program("plink2"), "--bcf", path, "dosage=DS", "--snp", "rs8192284", "--max-alleles", "2",
        "--export", "A", "--export-allele", tmp_path / "alleles.txt", "--out", tmp_path / "calls",
    )  # fmt: skip
    theirs = pd.read_csv(tmp_path / "calls.raw", sep="\t").set_index("IID")["rs8192284_C"]
    calls = calls_in(path)
    # PLINK 2 keeps dosages in steps of 1/16384.
    assert np.abs(calls.loc[theirs.index, "dosage"] - theirs).max() < 1e-4


@pytest.mark.parametrize("field", ["GP", "HDS"])
def test_dosages_from_gp_and_hds_equal_those_from_ds(made, field):
    path = made / "imputed" / "genotypes.bcf"
    other, by_ds = calls_in(path, fields=[field]), calls_in(path, fields=["DS"])
    assert set(other["field"]) == {field}
    assert np.abs(other["dosage"] - by_ds["dosage"]).max() < 1e-3


def run(command, **places):
    """A shell line of peer programs."""
    for name in ("bcftools", "plink2", "bgzip", "tabix"):
        if name in command.split():
            program(name)
    subprocess.run(
        command.format(**places), shell=True, check=True, capture_output=True, executable="/bin/bash"
    )


# One source in the forms that bcftools and PLINK 2 write, by the ending of the file they write to {out}.
FORMS = {
    "plain VCF": ("vcf", "bcftools view -Ov -o {out} {source}"),
    "bgzip with tbi": ("vcf.gz", "bcftools view -Oz -o {out} {source} && bcftools index -t {out}"),
    "bgzip with csi": ("vcf.gz", "bcftools view -Oz -o {out} {source} && bcftools index -c {out}"),
    "bgzip without index": ("vcf.gz", "bcftools view -Oz -o {out} {source}"),
    "gzip": ("vcf.gz", "bcftools view -Ov {source} | gzip > {out}"),
    "BCF with csi": ("bcf", "bcftools view -Ob -o {out} {source} && bcftools index {out}"),
    "BCF without index": ("bcf", "bcftools view -Ob -o {out} {source}"),
    "uncompressed BCF": ("bcf", "bcftools view -Ou -o {out} {source}"),
    "split over lines": ("vcf", "bcftools norm -m- -Ov -o {out} {source}"),
    "joined with what else is there": ("vcf", "bcftools norm -m+any -Ov -o {out} {source}"),
    "contigs by number": (
        "bcf",
        "echo chr1 1 > {out}.map && bcftools annotate --rename-chrs {out}.map -Ob -o {out} {source}",
    ),
    "contigs by accession": (
        "bcf",
        "echo chr1 NC_000001.11 > {out}.map && "
        "bcftools annotate --rename-chrs {out}.map -Ob -o {out} {source}",
    ),
    "no IDs, tags dropped": ("vcf", "bcftools annotate -x ID,QUAL,INFO,FILTER -Ov -o {out} {source}"),
    "samples in another order": (
        "bcf",
        "bcftools query -l {source} | tac > {out}.names && "
        "bcftools view -S {out}.names -Ob -o {out} {source}",
    ),
    "PLINK 2 VCF": ("vcf", "plink2 --vcf {source} --max-alleles 2 --export vcf --out {stem}"),
    "PLINK 2 VCF 4.2, bgzipped": (
        "vcf.gz",
        "plink2 --vcf {source} --max-alleles 2 --export vcf-4.2 bgz --output-chr chrM --out {stem}",
    ),
    "PLINK 2 BCF": (
        "bcf",
        "plink2 --vcf {source} --max-alleles 2 --export bcf --output-chr chrM --out {stem}",
    ),
    "PLINK 2, REF and ALT exchanged": (
        "vcf",
        "plink2 --vcf {source} --max-alleles 2 --snp rs2228145 --make-pgen --out {stem} && "
        "echo rs2228145 C > {out}.ref && "
        "plink2 --pfile {stem} --ref-allele force {out}.ref 2 1 --export vcf --out {stem}",
    ),
}


@pytest.fixture(scope="module")
def source(made, tmp_path_factory):
    """The sequenced cohort's file, without what PLINK 2 would not keep."""
    path = tmp_path_factory.mktemp("source") / "source.vcf.gz"
    run("bcftools annotate -x FORMAT/GQ,FORMAT/DP -Oz -o {path} {made}/sequenced/genotypes.vcf.gz "
        "&& bcftools index -t {path}", path=path, made=made)  # fmt: skip
    return path


@pytest.mark.parametrize("form", FORMS)
def test_every_form_that_bcftools_and_plink2_write_gives_the_same_dosages(form, source, tmp_path):
    ending, command = FORMS[form]
    out = tmp_path / f"calls.{ending}"
    run(command, out=out, stem=tmp_path / "calls", source=source)
    expected = calls_in(source)
    found = calls_in(out, build="GRCh38" if "PLINK" in form else None)
    assert expected["dosage"].notna().sum() > 300
    pd.testing.assert_series_equal(found["dosage"], expected["dosage"])


@pytest.mark.parametrize("field", ["DS", "HDS", "GP"])
def test_dosages_written_by_plink2_are_read(field, made, tmp_path):
    out = tmp_path / "calls"
    keyword = {"DS": "DS", "HDS": "HDS-force", "GP": "GP"}[field]
    run(
        "plink2 --bcf {bcf} dosage=HDS --max-alleles 2 --export vcf vcf-dosage={key} --out {out}",
        bcf=made / "imputed" / "genotypes.bcf", key=keyword, out=out,
    )  # fmt: skip
    expected = calls_in(made / "imputed" / "genotypes.bcf", fields=["DS"])
    # PLINK 2 leaves dosages out where they are the hard call's.
    found = calls_in(f"{out}.vcf", fields=[field, "GT"], build="GRCh37")
    assert field in set(found["field"])
    assert np.abs(found["dosage"] - expected["dosage"]).max() < 1e-3


def test_calls_are_the_truth_but_for_missing_ones(made):
    truth = TRUE_DOSAGES.read(made / "longitudinal" / "true_dosages.parquet").set_index("sample")
    calls = calls_in(*files_of("longitudinal", made))
    called = calls.dropna(subset="dosage")
    assert len(called) > 80
    assert (called["dosage"] == truth.loc[called.index, "dosage"]).all()


def test_imputed_dosages_are_calibrated(made):
    truth = TRUE_DOSAGES.read(made / "imputed" / "true_dosages.parquet").set_index("sample")
    calls = calls_in(made / "imputed" / "genotypes.bcf")
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
