"""`make power` and `make register`, as their scripts are run."""

import runpy
import sys

import pytest
from conftest import REPO

from il6r import plan, registration
from il6r.replication.rule_in_words import RULE


def run(name, *given):
    """A command's script in this process, whose imports are done."""
    arguments_of_script = [f"plan={REPO / 'config' / 'plan.yaml'}", *given]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "argv", [name, *arguments_of_script])
        runpy.run_path(str(REPO / "workflow" / "scripts" / f"{name}.py"))


def test_the_commands_print_draw_and_write_what_they_found(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    few = ("people=30", "replicates=50", "claim=sil6r_per_allele")
    run("plan_power", *few)
    told = capsys.readouterr().out
    assert "30 people; effect-allele frequency 0.39." in told
    assert "+50.0 % (the published effect): replicated" in told
    assert told.count("A chance of 80 % takes about") == 1
    figure = tmp_path / "results" / "power" / "people_30.svg"
    assert b"<svg" in figure.read_bytes()
    run("register_plan", *few, "date=2026-01-31")
    page = tmp_path / "registration.md"
    the_plan = plan.load(REPO / "config" / "plan.yaml", REPO / "workflow" / "schemas" / "plan.schema.yaml")
    tables = (REPO / "resources" / f"{name}.tsv" for name in ("published_effects", "quality_limits"))
    planned = registration.content(the_plan, *tables, RULE, {})
    assert registration.load(page)["content"] == planned
    # Both simulate the same studies.
    assert told.split("\n\nFigure")[0] in page.read_text()
    capsys.readouterr()
    with pytest.raises(SystemExit) as end:
        run("register_plan", *few)
    assert end.value.code == 1
    assert capsys.readouterr().err == (
        "error: make register: 'registration.md' is there already; give file=... with another name.\n"
    )
