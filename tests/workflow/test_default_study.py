"""The default study, whole: the truth is found, and would not be without covariates."""

import json
import re

import pandas as pd
import pytest
import yaml
from conftest import REPO, call, program, succeeds

from il6r import tables

COHORTS = ["sequenced", "imputed", "longitudinal"]
pytestmark = pytest.mark.xdist_group("default_study")


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    folder = tmp_path_factory.mktemp("default")
    done = succeeds("-c2", folder=folder)
    return folder / "results", done.stdout + done.stderr


def pooled(results):
    table = tables.POOLED.read(results / "replication" / "pooled.tsv")
    return table[table["model"] == "fixed"].set_index("analysis")


def test_the_pooled_intervals_cover_the_truth(study):
    sil6r, activity = (pooled(study[0]).loc[name] for name in ("sil6r_additive", "activity_additive"))
    assert sil6r["percent_low"] <= 50 <= sil6r["percent_high"]
    assert activity["percent_low"] <= -6 <= activity["percent_high"] < 0


def test_without_covariates_they_would_not(study, tmp_path):
    results, _ = study
    config = yaml.safe_load((REPO / "config" / "config.yaml").read_text())
    config["association"]["covariates"] = {"sil6r": [], "activity": []}
    for cohort in config["cohorts"]:
        made = results / "synthetic" / cohort
        files = sorted(str(path) for path in [*made.glob("*.vcf.gz"), *made.glob("*.bcf")])
        form = "ggir_part2" if cohort == "sequenced" else "person_days"
        config["cohorts"][cohort] = {
            "genotypes": {"files": files},
            "participants": {"file": str(made / "participants.tsv")},
            "assays": {"file": str(made / "assays.csv")},
            "activity": {"file": list(map(str, made.glob("activity_*.csv"))), "form": form},
        }
    (tmp_path / "config.yaml").write_text(yaml.safe_dump(config))
    target = "results/replication/verdicts.tsv"
    succeeds(target, "-c2", "--configfile", tmp_path / "config.yaml", folder=tmp_path)
    crude = pooled(tmp_path / "results")
    assert crude.loc["sil6r_additive", "percent_high"] < 50
    assert crude.loc["activity_additive", "percent_low"] > -6


def test_each_truth_is_found_in_each_cohort_up_to_chance(study):
    results, _ = study
    misses = []
    for cohort in COHORTS:
        truth = json.loads((results / "synthetic" / cohort / "truth.json").read_text())
        estimates = tables.ESTIMATES.read(results / cohort / "association" / "estimates.tsv")
        estimates = estimates.set_index("analysis")
        for analysis in ("sil6r_additive", "activity_additive"):
            row = estimates.loc[analysis]
            if not row["percent_low"] <= truth[analysis]["percent"] <= row["percent_high"]:
                misses.append((cohort, analysis))
    # Six 95 % intervals: two misses or more have a chance of 3 %.
    assert len(misses) <= 1, misses


def test_the_files_are_in_the_forms_they_are_meant_to_be(study):
    results, _ = study
    made = results / "synthetic"
    headers = {
        cohort: call(program("bcftools"), "view", "-h", path)
        for cohort, path in {
            "sequenced": made / "sequenced" / "genotypes.vcf.gz",
            "imputed": made / "imputed" / "genotypes.bcf",
        }.items()
    }
    assert "##contig=<ID=chr1,length=248956422>" in headers["sequenced"]
    assert "##contig=<ID=1,length=249250621" in headers["imputed"]
    assert (made / "sequenced" / "genotypes.vcf.gz.tbi").exists()
    assert (made / "imputed" / "genotypes.bcf.csi").exists()
    records = call(
        program("bcftools"), "query", "-f", "%POS %ID %REF %ALT\n", made / "sequenced" / "genotypes.vcf.gz"
    )
    lines = [line.split() for line in records.splitlines()]
    place = next(number for number, line in enumerate(lines) if line[1] == "rs2228145")
    assert lines[place] == ["154454494", "rs2228145", "A", "C"]
    assert "," in lines[place + 1][3] or "," in lines[place - 1][3]
    imputed = call(program("bcftools"), "query", "-f", "%INFO/R2 [%GT:%DS:%GP ]\n", "-r", "1:154426970",
                   made / "imputed" / "genotypes.bcf")  # fmt: skip
    assert re.match(r"0\.\d+ ([01][|/][01]:[\d.]+:[\d.,]+ ){1500}", imputed)
    calls = tables.CALLS.read(results / "sequenced" / "genotypes" / "calls.parquet")
    assert 0 < calls["dosage"].isna().sum() < 40
    assert "<15000" in (made / "imputed" / "assays.csv").read_text()


def test_allele_frequencies_are_near_those_asked_for(study):
    results, _ = study
    reference = pd.read_csv(REPO / "resources" / "reference_frequencies.tsv", sep="\t")
    reference = reference.set_index("ancestry")["frequency"]
    for cohort in COHORTS:
        people = tables.TRUE_DOSAGES.read(results / "synthetic" / cohort / "true_dosages.parquet")
        found = people.groupby("ancestry")["dosage"].mean() / 2
        assert (found - reference[found.index]).abs().max() < 0.04, (cohort, found)


def test_flow_adds_up_to_each_models_n(study):
    results, _ = study
    for cohort in COHORTS:
        flow = tables.FLOW.read(results / cohort / "cohort" / "flow.tsv")
        for _, rows in flow.groupby(["stage", "analysis", "counted"], dropna=False, sort=False):
            expected = rows["left"].shift().iloc[1:] - rows["dropped"].iloc[1:]
            assert (expected == rows["left"].iloc[1:]).all()
        estimates = tables.ESTIMATES.read(results / cohort / "association" / "estimates.tsv")
        last = flow.dropna(subset="analysis").groupby(["analysis", "counted"], sort=False)["left"].last()
        for row in estimates[estimates["analysis"] != "sil6r_variance"].itertuples():
            counted = "person-visits" if row.outcome == "sil6r_ng_ml" else "participants"
            assert last[row.analysis, counted] == row.n


def test_report_is_one_file_that_asks_for_nothing_and_names_nobody(study):
    results, _ = study
    page = (results / "report" / "report.html").read_text()
    assert not re.search(r'(src|href)="(?!data:|#)', page)
    assert "@import" not in page
    assert "url(" not in page
    assert len(re.findall(r'<img [^>]*alt="[^"]{30,}"', page)) == 5
    assert str(REPO) not in page
    summary = (results / "report" / "summary.json").read_text()
    figures = "".join(path.read_text() for path in (results / "report" / "figures").glob("*.svg"))
    for cohort in COHORTS:
        people = tables.PARTICIPANTS.read(results / cohort / "cohort" / "participants.parquet")
        for name in [*people["participant"], *people["sample"].dropna()]:
            assert name not in page
            assert name not in summary
            assert name not in figures
            assert name not in study[1]
    assert "Against the known truth" in page


def test_the_run_ends_with_one_line_a_claim_and_the_reports_path(study):
    _, screen = study
    end = screen[screen.index("A rehearsal on three synthetic cohorts") :].splitlines()
    lines = [line for line in end if " people | " in line]
    assert len(lines) == 4
    assert lines[0].startswith("Each C allele raises plasma sIL-6R: +")
    assert "Nash 2022: about +50 % → replicated" in lines[0]
    assert "Report: results/report/report.html" in end


def test_a_second_run_has_nothing_to_do(study):
    results, _ = study
    done = succeeds("-c2", folder=results.parent)
    assert "Nothing to be done" in done.stdout + done.stderr


def test_snakemakes_own_report_has_every_figure_and_table_with_caption_and_labels(study, tmp_path):
    results, _ = study
    page = tmp_path / "own.html"
    succeeds("--report", page, folder=results.parent)
    text = page.read_text()
    for name in (
        "participant_flow",
        "sil6r_by_genotype",
        "activity_by_genotype",
        "forest",
        "allele_frequency",
    ):
        assert f"{name}.svg" in text
    for name in ("qc.tsv", "flow.tsv", "estimates.tsv", "pooled.tsv", "verdicts.tsv", "genotype_means.tsv"):
        assert name in text
    for category in ("Genotypes", "Cohort", "Association", "Replication", "Assays"):
        assert f'"{category}"' in text
    assert "Everyone who dropped out of sequenced" in text
