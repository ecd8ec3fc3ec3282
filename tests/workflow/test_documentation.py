"""What the documents say is what happens: their commands run, their keys are the schema's."""

import functools
import itertools
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
import small_cohort
import yaml
from conftest import REPO, snakemake

from il6r import config, plan
from il6r.tables.association import ESTIMATES
from il6r.tables.replication import VERDICTS

README = (REPO / "README.md").read_text()
CONFIG = (REPO / "config" / "README.md").read_text()
CLUSTER = (REPO / "docs" / "cluster.md").read_text()


def blocks(text, language):
    """The fenced blocks of one language ("" for none)."""
    parts = re.split(r"^```(\w*)\n", text, flags=re.M)
    return [body for fence, body in zip(parts[1::4], parts[2::4], strict=False) if fence == language]


def commands(text):
    found = (line.split("   #")[0].strip() for block in blocks(text, "bash") for line in block.splitlines())
    return [line for line in found if line]


def run(command, folder):
    """Run a documented snakemake command in a folder of its own."""
    words = shlex.split(command)
    assert words[0] == ".venv/bin/snakemake", command
    return snakemake(*words[1:], folder=folder)


@pytest.fixture
def study(tmp_path):
    """The data of the walk-through and the config printed in it."""
    small_cohort.write(tmp_path)
    printed, *_ = blocks(CONFIG, "yaml")
    (tmp_path / "my_study.yaml").write_text(printed)
    return tmp_path


def absolute(command, study):
    return command.replace("my_study.yaml", str(study / "my_study.yaml"))


def test_the_walk_through_prints_what_it_says(study):
    for name in ("participants.tsv", "assays.csv", "activity.csv"):
        head = "\n".join((study / "data" / name).read_text().splitlines()[:3])
        assert f"```\n{head}\n```" in CONFIG
    dry, real = (absolute(command, study) for command in commands(CONFIG))
    said = blocks(CONFIG, "")
    done = run(dry, study)
    assert done.returncode == 0, done.stderr
    table = next(block for block in said if "extract calls" in block)
    printed = [" ".join(line.split()) for line in (done.stdout + done.stderr).splitlines()]
    for line in table.splitlines():
        assert " ".join(line.split()).replace("─", "") in [row.replace("─", "") for row in printed]
    done = run(real, study)
    assert done.returncode == 0, done.stderr
    claims = next(block for block in said if "Each C allele" in block)
    assert claims.strip() in done.stdout
    small_cohort.edit(study / "data" / "assays.csv", 5, "ng/mL", "furlongs")
    done = run(real, study)
    assert done.returncode != 0
    failure = next(block for block in said if "furlongs" in block)
    assert done.stdout.strip().endswith(failure.strip())


def test_the_readmes_own_study_is_the_walk_throughs_but_for_a_file_name():
    (ours,) = blocks(README, "yaml")
    theirs, *_ = blocks(CONFIG, "yaml")
    assert ours.replace("chr1.vcf.gz", "calls.vcf.gz") == theirs


def test_the_documents_commands_are_understood(study, tmp_path):
    listed = commands(README) + commands(CLUSTER)
    made = [command for command in listed if command.startswith("make ")]
    assert made == ["make run", "make test", "make .venv/run.stamp"]
    for command in listed:
        # --report needs a finished study (test_default_study).
        command = absolute(command, study).replace("--report own.html", "") + " -n"
        if command.startswith("make "):
            continue
        if command.startswith("sbatch "):
            # What Slurm would run (and does, in tests/cluster).
            words = ["bash", *shlex.split(command)[1:], "--directory", str(study)]
            environment = {**os.environ, "PYTHON": sys.executable}
            done = subprocess.run(words, cwd=REPO, env=environment, capture_output=True, text=True)
        else:
            done = run(command, study)
        assert done.returncode == 0, command + done.stderr[-2000:]
        assert "total" in done.stdout + done.stderr


def test_make_names_its_targets():
    text = (REPO / "Makefile").read_text()
    for target in ("run", "test", "check", "docs", "calibrate", "declared", "bench"):
        assert re.search(rf"^{target}:", text, flags=re.M)
        assert f"make {target}" in README


def test_an_old_python_gets_one_sentence(tmp_path):
    fake = tmp_path / "python3"
    script = "import sys\nsys.version_info = (3, 9, 2)\nexec(sys.argv[2])\n"
    (tmp_path / "old.py").write_text(script)
    fake.write_text(f'#!/bin/sh\nexec {sys.executable} {tmp_path}/old.py "$@"\n')
    fake.chmod(0o755)
    done = subprocess.run(
        ["make", "-C", str(REPO), f"PYTHON={fake}", f"VENV={tmp_path}/venv", "run"],
        capture_output=True,
        text=True,
    )
    assert done.returncode != 0
    assert "error: Python 3.9 is too old; install Python 3.11 or newer" in done.stderr
    assert not (tmp_path / "venv").exists()


def keys(schema, whole, prefix=""):
    """Every key of a schema, dotted; references within the `whole` followed, cohort names left out."""
    if "$ref" in schema:
        target = functools.reduce(lambda part, key: part[key], schema["$ref"].split("/")[1:], whole)
        schema = {**target, **schema}
    # One source of activity, or a list of them.
    yield from keys(schema["else"], whole, prefix) if "else" in schema else ()
    for name, value in schema.get("properties", {}).items():
        yield f"{prefix}{name}"
        yield from keys(value, whole, f"{prefix}{name}.")
    for value in schema.get("patternProperties", {}).values():
        yield from keys(value, whole, prefix)


def test_the_printed_lists_of_sources_are_some():
    study, _plan, *sections = map(yaml.safe_load, blocks(CONFIG, "yaml"))
    printed = [["participants", "samples"], ["assays", "samples"], ["activity"]]
    assert [list(section) for section in sections] == printed
    for section in sections:
        study["cohorts"]["mine"] |= section
    config.check(study, REPO / "workflow" / "schemas" / "config.schema.yaml")


def test_the_printed_plan_is_one(tmp_path):
    path = tmp_path / "plan.yaml"
    path.write_text(blocks(CONFIG, "yaml")[1])
    found = plan.load(path, REPO / "workflow" / "schemas" / "plan.schema.yaml")
    assert list(found.analyses) == ["sil6r_additive", "fatigue_on_sil6r"]


def test_a_plan_of_ones_own_that_bears_on_no_claim_is_reported(study):
    printed = yaml.safe_load(blocks(CONFIG, "yaml")[1])
    for analysis in printed["analyses"]:
        analysis["name"] = f"our_{analysis['name']}"
        analysis.pop("claim", None)
    (study / "plan.yaml").write_text(yaml.safe_dump(printed))
    asked = yaml.safe_load((study / "my_study.yaml").read_text())
    asked["association"] = {"plan": "plan.yaml"}
    asked["cohorts"]["mine"]["genotypes"]["structure"] = False
    # The plan knows no other set.
    asked["cohorts"]["mine"]["covariates"] = {"sil6r": ["age", "sex"]}
    (study / "my_study.yaml").write_text(yaml.safe_dump(asked, sort_keys=False))
    done = snakemake("-c2", "--configfile", study / "my_study.yaml", folder=study)
    assert done.returncode == 0, done.stdout + done.stderr
    estimates = ESTIMATES.read(study / "results" / "mine" / "association" / "estimates.tsv")
    assert list(estimates["analysis"]) == ["our_sil6r_additive", "our_fatigue_on_sil6r"]
    verdicts = VERDICTS.read(study / "results" / "replication" / "verdicts.tsv")
    assert set(verdicts["verdict"]) <= {"not computable"}
    page = (study / "results" / "report" / "report.html").read_text()
    assert "sIL-6R per effect allele" in page
    assert "the cohort has no such measurement" in page


def test_every_key_of_the_schema_is_documented_and_no_other():
    schemas = [
        yaml.safe_load((REPO / "workflow" / "schemas" / f"{name}.schema.yaml").read_text())
        for name in ("config", "plan")
    ]
    documented = {
        word
        for line in CONFIG.splitlines()
        if line.startswith("| `")
        for cell in line.split("|")[1:4]
        for quoted in re.findall(r"`([^`]+)`", cell)
        for word in re.findall(r"\w+", quoted)
    }
    study, asked = schemas
    # The plan's analyses are a list.
    lists = [keys(asked["$defs"][name], asked) for name in ("analysis", "causal")]
    found = itertools.chain(keys(study, study), keys(asked, asked), *lists)
    known = {part for key in found for part in key.split(".")}
    assert known <= documented, known - documented
    first = {
        part
        for line in CONFIG.splitlines()
        if line.startswith("| `")
        for quoted in re.findall(r"`([^`]+)`", line.split("|")[1])
        for part in quoted.strip(".").split(".")
    }
    assert first <= known, first - known


def test_links_lead_somewhere():
    for document in REPO.glob("**/*.md"):
        if {".venv", ".venv-docs", ".venv-crate", ".snakemake"} & set(document.parts):
            continue
        for target in re.findall(r"\]\(([^)#]+)\)", document.read_text()):
            assert (document.parent / target).exists(), (document.name, target)


def test_architecture_names_every_module_and_no_other():
    text = (REPO / "ARCHITECTURE.md").read_text()
    package = REPO / "workflow" / "scripts" / "il6r"
    for path in package.rglob("*.py"):
        name = path.parent.name if path.name == "__init__.py" else path.stem
        if name != "il6r":
            assert f"`{name}" in text or f"{name}/" in text, name
    for path in re.findall(r"`((?:tests|workflow|benchmarks|envs)/[\w./-]+)`", text):
        assert Path(REPO, path).exists(), path


def test_hooks_use_what_the_lock_holds():
    repositories = yaml.safe_load((REPO / ".pre-commit-config.yaml").read_text())["repos"]
    locked = (REPO / "envs" / "requirements-dev.txt").read_text()
    assert [one["repo"] for one in repositories] == ["local"]
    for hook in repositories[0]["hooks"]:
        program = hook["entry"].split()[0].removeprefix(".venv/bin/")
        assert hook["language"] == "system"
        assert re.search(rf"^{program}==", locked, flags=re.M), program


def test_templates_have_what_a_form_needs():
    templates = list((REPO / ".github" / "ISSUE_TEMPLATE").glob("*.md"))
    assert len(templates) == 3
    for path in templates:
        _, head, body = path.read_text().split("---\n", 2)
        assert {"name", "about"} <= set(yaml.safe_load(head))
        assert "No data of participants" in body
