"""The study on a real Slurm of two nodes: the same bytes, whatever is killed on the way."""

import platform
import re
import shutil
import tempfile
import time
import zipfile
from pathlib import Path

import pytest
import slurm
import small_cohort
from conftest import REPO, another_environment, digests, finished

REDUCED, TINY = (REPO / "tests" / "studies" / name for name in ("reduced.yaml", "tiny.yaml"))
# The tests' Slurm answers at once; a site's is asked less often.
PATIENCE = ["--slurm-init-seconds-before-status-checks", "1", "--latency-wait", "10"]


@pytest.fixture(scope="module")
def cluster():
    reason = slurm.missing()
    if reason:
        pytest.skip(f"no Slurm: {reason}")
    folder = Path(tempfile.mkdtemp())
    try:
        with slurm.Cluster(folder, memory_mb_per_node=4000) as running:
            yield running
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def snakemake(cluster, study, folder, *options):
    """The command that runs a study as the ordinary user, without its profile."""
    base = [cluster.python, "-m", "snakemake", "--snakefile", REPO / "Snakefile"]
    return [*base, "--configfile", study, "--directory", folder, *options]


CRATE = "ro-crate-metadata.json"


def through_slurm(cluster, study, folder, *options):
    """The command that runs a study through Slurm."""
    profile = ["--workflow-profile", REPO / "profiles" / "slurm", *PATIENCE]
    return snakemake(cluster, study, folder, *profile, *options)


def through(cluster, folder):
    """Digests of the results of a run through Slurm, to be compared with those of `locally`."""
    version = cluster.run([cluster.python, "-c", "import platform; print(platform.python_version())"]).stdout
    return by_any_python(folder / "results", version.strip())


def locally(results):
    """Digests of the results of a run without Slurm, by this Python."""
    return by_any_python(results, platform.python_version())


def by_any_python(results, version):
    """Digests of results but for what Python itself puts in: its version, and the heads in its zip files.

    The ordinary user's Python may be another patch release than this one. The research object has checksums
    of files that tell the version.
    """
    of_files = re.compile(rb'"(sha256|contentSize)": "\w+"')
    named = re.compile(rf"(python\W+(?:softwareVersion\W+)?){re.escape(version)}\b".encode())

    def read(path):
        if path.suffix == ".npz":
            with zipfile.ZipFile(path) as arrays:
                return b"".join(arrays.read(name) for name in arrays.namelist())
        content = named.sub(rb"\1", path.read_bytes())
        return of_files.sub(b"", content) if path.name == CRATE else content

    return digests(results, read)


def sent(cluster, folder):
    """What Slurm was sent from a folder, in order: each job's state, node, memory, restarts and rules."""
    fields = "--Format=State:20,MinMemory:20,RestartCnt:20,NodeList:20,WorkDir:300,Comment:300"
    listed = cluster.run(["squeue", "--states=all", "--sort=i", "--noheader", fields]).stdout
    jobs = []
    for line in listed.splitlines():
        state, memory, restarts, node = (line[at : at + 20].strip() for at in range(0, 80, 20))
        if Path(line[80:380].strip()) == folder:
            job = {"state": state, "mb": int(memory.rstrip("M")), "restarts": int(restarts), "node": node}
            jobs.append(job | {"rules": line[380:].strip()})
    return jobs


def test_three_cohorts_from_a_head_job_on_two_nodes_give_the_bytes_of_a_local_run(cluster, reduced):
    folder = cluster.folder_for("head")
    cluster.environment |= {"PYTHON": cluster.python, **another_environment(cluster.folder_for("locale"))}
    log = folder / "head.log"
    command = ["sbatch", "--wait", "--output", log, "profiles/slurm/head.sbatch"]
    done = cluster.run(
        [*command, "--configfile", REDUCED, "--directory", folder, *PATIENCE], cwd=REPO, timeout=600
    )
    assert done.returncode == 0, done.stderr + log.read_text()[-3000:]
    assert through(cluster, folder) == locally(reduced)
    # The log is written in the letters of the job's locale.
    assert "Report: results/report/report.html" in log.read_text(errors="replace")
    jobs = sent(cluster, folder)
    # Five shards; for each cohort its files, its calls and its light rules; and the report.
    assert len(jobs) == 5 + 3 * 3 + 1
    assert {job["state"] for job in jobs} == {"COMPLETED"}
    assert {job["node"] for job in jobs} == {"n1", "n2"}


def test_jobs_killed_for_memory_or_with_their_node_are_done_again(cluster, tiny):
    folder = cluster.folder_for("unlucky")
    # Too little for a rule by itself, and for the rules that run as one job.
    together = ["read_participants", "read_assays", "summarise_activity", "check_calls"]
    together += ["describe_populations", "build_analysis_set"]
    small = [f"{rule}:mem_mb=attempt*160" for rule in ("extract_calls", "read_markers")]
    small += [f"{rule}:mem_mb=attempt*110" for rule in together]
    with (folder / "screen.txt").open("w") as screen:
        run = cluster.popen(
            through_slurm(cluster, TINY, folder, "--set-resources", *small, "fit_models:mem_mb=attempt*330"),
            cwd=REPO,
            stdout=screen,
        )
    while not (work := [job for job in cluster.running() if "rule_report" in job["comment"]]):
        assert run.poll() is None, (folder / "screen.txt").read_text()[-3000:]
        time.sleep(0.2)
    node = work[0]["nodes"]
    # Into the work of the job, so that something is half-written.
    while not (folder / "results" / "logs" / "draw_figures.log").exists():
        time.sleep(0.05)
    cluster.kill_node(node)
    assert run.wait(300) == 0, (folder / "screen.txt").read_text()[-3000:]
    cluster.start_node(node)
    assert through(cluster, folder) == locally(tiny)
    assert not list((folder / "results").rglob(".draft*"))
    jobs = sent(cluster, folder)
    for rules in ("rule_genotypes", "rule_cohort"):
        *killed, done = [job for job in jobs if job["rules"].startswith(rules)]
        assert killed, jobs
        assert {job["state"] for job in killed} <= {"FAILED", "OUT_OF_MEMORY"}
        assert done["state"] == "COMPLETED"
        assert done["mb"] > killed[-1]["mb"]
    reports = [job for job in jobs if job["rules"].startswith("rule_report")]
    assert len(reports) + reports[-1]["restarts"] == 2, reports


def test_snakemake_killed_three_times_resumes_by_the_same_command(cluster, tiny):
    folder = cluster.folder_for("killed")
    command = through_slurm(cluster, TINY, folder)
    results, screen = folder / "results", folder / "screen.txt"
    # While the first group runs; when some jobs of a wave have ended; while the last group runs.
    signs = ["logs/simulate_genotypes/tiny.log", "tiny/genotypes/calls.parquet", "replication/verdicts.tsv"]
    for sign in signs:
        with screen.open("a") as stream:
            run = cluster.popen(command, cwd=REPO, stdout=stream)
        before = finished(folder)
        while not (results / sign).exists():
            assert run.poll() is None, screen.read_text()[-3000:]
            time.sleep(0.05)
        assert before.items() <= finished(folder).items()
        run.kill()
        run.wait()
    before = finished(folder)
    assert len(before) > 10
    done = cluster.run(command, cwd=REPO, timeout=300)
    assert done.returncode == 0, done.stderr[-3000:]
    assert through(cluster, folder) == locally(tiny)
    assert before.items() <= finished(folder).items()
    assert not list(results.rglob(".draft*"))
    assert "Slurm jobs of a run that was killed" in screen.read_text() + done.stdout


def test_the_screen_ends_with_the_failed_job_its_log_and_the_sentence(cluster):
    folder = cluster.folder_for("mistake")
    small_cohort.write(folder)
    small_cohort.edit(folder / "data" / "assays.csv", 5, "ng/mL", "furlongs")
    # One job of what goes on beside the mistake.
    made = [f"results/small/{name}.parquet" for name in ("assays/concentrations", "genotypes/calls")]
    command = through_slurm(cluster, folder / "config.yaml", folder, "--retries", "0", "--", *made)
    done = cluster.run(command, cwd=REPO, timeout=300)
    assert done.returncode != 0
    *_, failed, sentence = done.stdout.strip().splitlines()
    assert failed == "read_assays failed; its log: results/logs/read_assays/small.log"
    assert sentence.startswith("error: data/assays.csv, line 5: unknown unit 'furlongs'; use one of")
