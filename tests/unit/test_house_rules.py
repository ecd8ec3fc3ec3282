"""What holds for the whole tree: imports, scripts, locks, and what no file may contain."""

import ast
import re
import subprocess

import pytest
import yaml
from conftest import REPO

SCRIPTS = REPO / "workflow" / "scripts"
PACKAGE = SCRIPTS / "il6r"
STAGES = {"synthetic", "genotypes", "assays", "activity", "cohort", "association", "replication", "report"}


def tracked():
    names = subprocess.run(
        ["git", "ls-files", "-z"], cwd=REPO, capture_output=True, text=True, check=True
    ).stdout.split("\0")
    return [REPO / name for name in names if name and (REPO / name).is_file()]


def imports(path):
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom):
            yield node.module or ""
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)


def stage_of(module):
    parts = module.split(".")
    return parts[1] if len(parts) > 1 and parts[0] == "il6r" and parts[1] in STAGES else None


def modules():
    return [path for path in PACKAGE.rglob("*.py") if path.name != "__init__.py"]


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(PACKAGE)))
def test_a_module_imports_neither_snakemake_nor_another_stage(path):
    own = path.relative_to(PACKAGE).parts[0].removesuffix(".py")
    for module in imports(path):
        assert module.split(".")[0] != "snakemake"
        stage = stage_of(module)
        assert stage is None or stage == own, f"{own} imports {module}"


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(PACKAGE)))
def test_a_module_says_what_it_answers_and_its_functions_what_they_do(path):
    tree = ast.parse(path.read_text())
    assert ast.get_docstring(tree)
    assert len(path.read_text().splitlines()) <= 600
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and not node.name.startswith("_"):
            assert ast.get_docstring(node), node.name


@pytest.mark.parametrize("path", sorted(SCRIPTS.glob("*.py")), ids=lambda path: path.stem)
def test_a_script_defines_no_science(path):
    tree = ast.parse(path.read_text())
    lines = [line for line in path.read_text().splitlines() if line.strip()]
    assert len(lines) <= 45
    assert not [node for node in tree.body if isinstance(node, ast.FunctionDef | ast.ClassDef)]


def test_every_rule_has_docstring_log_benchmark_and_resources():
    for path in sorted((REPO / "workflow" / "rules").glob("*.smk")):
        text = path.read_text()
        assert text.startswith('"""')
        for rule in re.split(r"^\s*rule\b", text, flags=re.M)[1:]:
            for part in (
                "input:",
                "output:",
                "log:",
                "benchmark:",
                "threads:",
                "mem_mb=growing(",
                "runtime=growing(",
                "conda:",
            ):
                assert part in rule, (path.name, part)
            assert "run:" not in rule
            assert "wrapper:" not in rule


def test_no_file_has_a_path_of_a_machine_or_a_registrys_address():
    registries = "|".join(["pypi" + r"\.org", "pythonhosted" + r"\.org", "anaconda" + r"\.org", "npm" + "js"])
    for path in tracked():
        if path.suffix in (".png", ".pdf"):
            continue
        text = path.read_text()
        assert not re.search(r"(?<![\w.])/(work|root|home)/\w", text), path
        assert not re.search(registries, text), path


def test_locks_have_hashes_for_everything_and_no_addresses():
    for name in ("requirements.txt", "requirements-dev.txt"):
        text = (REPO / "envs" / name).read_text()
        packages = re.findall(r"^[a-z0-9-]+==", text, flags=re.M)
        assert len(packages) > 60
        for block in re.split(r"^(?=[a-z0-9-]+==)", text, flags=re.M)[1:]:
            assert "--hash=sha256:" in block
        assert "://" not in text


def test_conda_has_the_named_packages_at_the_locked_versions():
    lock = (REPO / "envs" / "requirements.txt").read_text()
    named = [
        line.strip()
        for line in (REPO / "envs" / "requirements.in").read_text().splitlines()
        if line.strip() and not line.startswith("#")
    ]
    environment = yaml.safe_load((REPO / "envs" / "environment.yaml").read_text())
    plain = [entry for entry in environment["dependencies"] if isinstance(entry, str)]
    pinned = dict(entry.split(" =") for entry in plain if entry.count(" ="))
    pinned |= dict(entry.split("==") for entry in environment["dependencies"][-1]["pip"])
    # The one package that conda calls otherwise.
    pinned["isal"] = pinned.pop("python-isal")
    assert set(named) == set(pinned) - {"python"}
    for name in named:
        assert re.search(rf"^{name}=={re.escape(pinned[name])}\b", lock, flags=re.M), name


def test_resources_give_a_source_for_every_row():
    for name, columns in {
        "variants.tsv": ["note"],
        "published_effects.tsv": ["reference", "doi", "read"],
        "facts_not_used.tsv": ["reference", "why"],
        "reference_frequencies.tsv": ["source"],
        "reference_ranges.tsv": ["source"],
        "binding_constants.tsv": ["source"],
        "chromosomes.tsv": ["source"],
        "long_range_ld.tsv": ["source"],
        "gene.tsv": ["source"],
        "cut_points.tsv": ["source"],
        "quality_limits.tsv": ["why", "reference", "read"],
    }.items():
        rows = [line.split("\t") for line in (REPO / "resources" / name).read_text().splitlines()]
        for row in rows[1:]:
            assert len(row) == len(rows[0])
            for column in columns:
                assert row[rows[0].index(column)], (name, row)


def test_the_workflow_catalog_finds_what_it_asks_for():
    # Its rules for "standardized usage"; tests/workflow/test_doors.py runs the workflow by these doors.
    for name in ("workflow/Snakefile", "config/README.md", "config/config.yaml", ".test/config/config.yaml"):
        assert (REPO / name).is_file(), name
    (usage,) = yaml.safe_load((REPO / ".snakemake-workflow-catalog.yml").read_text()).values()
    assert set(usage) == {"mandatory-flags", "software-stack-deployment", "report"}
    assert set(usage["mandatory-flags"]) == {"desc", "flags"}
    deployment = usage["software-stack-deployment"]
    assert deployment == {"conda": True, "apptainer": False, "apptainer+conda": False}
    rules = "".join(path.read_text() for path in (REPO / "workflow" / "rules").glob("*.smk"))
    assert deployment["conda"] == ("conda:" in rules)
    assert deployment["apptainer"] == ("container:" in rules)
    assert usage["report"] == ("report(" in rules)
