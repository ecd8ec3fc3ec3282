"""Real people: 957 HapMap 3 founders, a proxy, and a header without contig lengths."""

import re

import pytest
from conftest import REPO, facts, real, succeeds

from il6r.tables.association import ESTIMATES, EVERYBODY
from il6r.tables.cohort import ANALYSIS_SET, COHORT_FLOW
from il6r.tables.genotypes import GENOTYPES_QC, SOURCES


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    real("genotypes", "hapmap3_grch37.vcf.gz")
    folder = tmp_path_factory.mktemp("hapmap3") / "results"
    succeeds(
        "-c2", "--configfile", REPO / "tests" / "studies" / "hapmap3.yaml", "--config", f"results={folder}"
    )
    return folder


def test_genotype_counts_and_midp_values_equal_plink2s(results):
    ours = GENOTYPES_QC.read(results / "hapmap3" / "genotypes" / "qc.tsv").set_index("group")
    theirs = facts("hapmap3_rs4537545_counts.tsv").set_index("population")
    assert set(theirs.index) == set(ours.index) - {"all"}
    for population, row in theirs.iterrows():
        own = ours.loc[population]
        assert own[["n_0", "n_1", "n_2"]].tolist() == [row.hom_ref_CC, row.het_CT, row.hom_alt_TT]
        assert own["samples"] - own["called"] == row.missing
        assert own["hwe_midp"] == pytest.approx(row.hwe_midp, rel=1e-5)


def test_people_in_whom_the_proxy_does_not_hold_are_not_analysed(results):
    qc = GENOTYPES_QC.read(results / "hapmap3" / "genotypes" / "qc.tsv").set_index("group")
    refused = qc["refused"].dropna()
    african = qc.index[qc["ancestry"] == "AFR"]
    assert set(african) == {"ASW", "LWK", "MKK", "YRI"} <= set(refused.index)
    assert set(refused[african]) == {"it is known not to hold in AFR"}
    people = ANALYSIS_SET.read(results / "hapmap3" / "cohort" / "analysis_set.parquet")
    assert not people["ancestry"].isin(refused.index).any()
    flow = COHORT_FLOW.read(results / "hapmap3" / "cohort" / "flow.tsv")
    row = flow[flow["reason"] == "the proxy does not hold in their ancestry"].iloc[0]
    assert row["dropped"] == qc.loc[refused.index, "called"].sum()


def test_the_build_was_told_by_the_proxys_position(results):
    sources = SOURCES.read(results / "hapmap3" / "genotypes" / "sources.tsv")
    assert sources.loc[0, ["build", "build_evidence"]].tolist() == ["GRCh37", "position of rs4537545"]


def test_the_report_says_it_is_a_proxy_its_r2_and_where_it_does_not_hold(results):
    page = re.sub(r"\s+", " ", (results / "report" / "report.html").read_text())
    assert "The calls of hapmap3 are those of rs4537545, a proxy whose T allele" in page
    assert "r² = 0.89" in page
    assert "It does not hold in AFR populations" in page
    # Of the 40 people of ASW none is told.
    for population in ("LWK", "MKK", "YRI"):
        assert re.search(rf"{population} about 0\.\d\d", page)
    assert "ASW ," not in page


def test_the_simulated_effect_is_found(results):
    estimates = ESTIMATES.read(results / "hapmap3" / "association" / "estimates.tsv")
    estimates = estimates[estimates["stratum"] == EVERYBODY]
    row = estimates.set_index("analysis").loc["sil6r_additive"]
    assert row["effect_allele"] == "T"
    assert row["percent_low"] <= 50 <= row["percent_high"]
