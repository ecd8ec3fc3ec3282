"""The last lines of a failed run, from Snakemake's own words (9.27, with the Slurm plugin 2.8)."""

import pytest

from il6r import console

ALONE = """\
[Sun Nov 22 23:03:52 2026]
Error in rule extract_calls:
    message: SLURM-job '5' failed, SLURM status is: 'FAILED'. For further error details see the log
    jobid: 6
    input: a.vcf.gz, b.bcf
    output: calls.parquet
    log: logs/extract.log, slurm/5.log (check log file(s) for error details)
    external_jobid: 5
Trying to restart job 6.
"""
GROUP = """\
[Sun Nov 22 23:03:05 2026]
    message: Error in group cohort
    log: slurm/3.log (check log file(s) for error details)
    jobs:
        rule read_assays:
            jobid: 5
            output: concentrations.parquet
            log: logs/read_assays.log (check log file(s) for error details)
        rule fit_models:
            jobid: 10
            output: estimates.tsv
            log: logs/fit_models.log (check log file(s) for error details)
    [Sun Nov 22 23:03:05 2026]
    Error in rule fit_models:
        message: None
        jobid: 10
        input: analysis_set.parquet
        log: logs/fit_models.log (check log file(s) for error details)
    [Sun Nov 22 23:03:05 2026]
    Error in rule read_assays:
        message: None
        jobid: 5
        input: data/assays.csv
        log: logs/read_assays.log (check log file(s) for error details)
"""
OUT_OF_MEMORY = "slurmstepd-n1: error: Exceeded job memory limit\n"


@pytest.fixture
def log(tmp_path, monkeypatch):
    """Writes a log below the folder that Snakemake runs in."""
    monkeypatch.chdir(tmp_path)

    def write(name, text):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)

    return write


def test_a_failure_is_told_by_the_last_line_of_its_log(log):
    log("logs/extract.log", "start: extract_calls c\nerror: a.vcf.gz: it is truncated; send it again.\n")
    assert console.failures(ALONE) == [
        "extract_calls failed; its log: logs/extract.log\nerror: a.vcf.gz: it is truncated; send it again."
    ]


def test_a_failure_that_a_retry_made_good_is_not_told(log):
    log("logs/extract.log", "start: extract_calls c\ndone: extract_calls c\n")
    assert console.failures(ALONE) == []


@pytest.mark.parametrize("own", [None, "start: extract_calls c\n"])
def test_a_job_that_was_stopped_is_told_with_slurms_words(log, own):
    if own:
        log("logs/extract.log", own)
    log("slurm/5.log", OUT_OF_MEMORY)
    (message,) = console.failures(ALONE)
    assert message.startswith("extract_calls was stopped before it had ended")
    assert message.endswith("Exceeded job memory limit (Slurm's log: slurm/5.log)")


def test_of_rules_in_one_slurm_job_only_the_failed_is_told(log):
    log("logs/read_assays.log", "start: read_assays c\nerror: assays.csv, line 5: no unit; add it.\n")
    assert console.failures(GROUP) == [
        "read_assays failed; its log: logs/read_assays.log\nerror: assays.csv, line 5: no unit; add it."
    ]


def test_of_rules_in_one_slurm_job_that_was_stopped_the_one_at_work_is_told(log):
    log("logs/read_assays.log", "start: read_assays c\ndone: read_assays c\n")
    log("logs/fit_models.log", "start: fit_models c\n")
    (message,) = console.failures(GROUP)
    assert message.startswith("fit_models was stopped")
    assert "Slurm gives no reason (Slurm's log: slurm/3.log)" in message


def test_a_slurm_job_in_which_nothing_began_is_told_once(log):
    log("slurm/3.log", OUT_OF_MEMORY)
    (message,) = console.failures(GROUP)
    assert "Exceeded job memory limit" in message
