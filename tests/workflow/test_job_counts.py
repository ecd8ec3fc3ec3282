"""How many Slurm jobs a study becomes, from a dry run with the Slurm profile."""

import re
import resource
import sys

import yaml
from conftest import REPO, call, succeeds

PLANNING = ("--workflow-profile", "profiles/slurm", "--dry-run")


def slurm_jobs(*arguments, folder):
    """The rules or groups that would each be one Slurm job."""
    return jobs_in(succeeds(*PLANNING, *arguments, folder=folder).stdout)


def jobs_in(text):
    """Those that a dry run prints."""
    groups = re.findall(r"^\[.+?\] Group job (\w+)", text, flags=re.M)
    return groups + [rule for rule in re.findall(r"^rule (\w+):", text, flags=re.M) if rule != "all"]


def _cpu_seconds():
    """Of all that was run, whatever else the machine does."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def test_three_cohorts_are_at_most_fifteen_slurm_jobs_and_each_further_one_four(tmp_path):
    of_a_cohort = ["synthetic", "genotypes", "read_activity", "cohort"]
    assert sorted(slurm_jobs(folder=tmp_path)) == sorted(4 * of_a_cohort + ["report"])
    config = yaml.safe_load((REPO / "config" / "config.yaml").read_text())
    del config["cohorts"]["proteomic"]
    (tmp_path / "study.yaml").write_text(yaml.safe_dump(config))
    jobs = slurm_jobs("--configfile", tmp_path / "study.yaml", folder=tmp_path)
    assert sorted(jobs) == sorted(3 * of_a_cohort + ["report"])


def test_a_hundred_thousand_people_are_few_jobs_soon_planned(tmp_path):
    (tmp_path / "study.yaml").write_text(
        yaml.safe_dump({"cohorts": {"biobank": {"synthetic": {"people": {"EUR": 100_000}}}}})
    )
    command = [sys.executable, "-m", "snakemake", *PLANNING, "--directory", tmp_path]
    before = _cpu_seconds()
    jobs = jobs_in(call(*command, "--configfile", tmp_path / "study.yaml", cwd=REPO))
    assert _cpu_seconds() - before < 10
    assert jobs.count("read_activity") == 50
    assert len(jobs) == 54


def test_a_real_cohort_has_a_shard_for_each_of_its_files_at_most(tmp_path):
    for name in ("calls.vcf", "assays.csv", *(f"days{k}.csv" for k in range(5))):
        (tmp_path / name).write_text("")
    (tmp_path / "participants.tsv").write_text("participant\tsample\n" * 5001)
    cohort = {
        "genotypes": {"files": ["calls.vcf"]},
        "participants": {"file": "participants.tsv"},
        "assays": {"file": "assays.csv"},
        "activity": {"file": [f"days{k}.csv" for k in range(5)]},
    }
    for people_per_shard, shards in ((5000, 1), (2000, 3), (100, 5)):
        config = {"people_per_shard": people_per_shard, "cohorts": {"mine": cohort}}
        (tmp_path / "study.yaml").write_text(yaml.safe_dump(config))
        jobs = slurm_jobs("--configfile", tmp_path / "study.yaml", folder=tmp_path)
        assert jobs.count("read_activity") == shards
        assert len(jobs) == shards + 3
