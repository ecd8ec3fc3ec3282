"""What wraps a script: drafts that become outputs, and what is left when it fails."""

import errno
import os
import signal
from types import SimpleNamespace

import pytest

from il6r.errors import InputError
from il6r.job import job


class Outputs(list):
    """Like Snakemake's: a list of paths, some of which have a name together."""

    def __init__(self, table, files):
        super().__init__([table, *files])
        self.items = {"table": table, "files": files}.items


@pytest.fixture
def rule(tmp_path):
    """What Snakemake gives a script of a rule with a table and two files."""
    outputs = Outputs(str(tmp_path / "table.tsv"), [str(tmp_path / "a.csv"), str(tmp_path / "b.csv")])
    log = str(tmp_path / "logs" / "make.log")
    return SimpleNamespace(rule="make", wildcards=["c"], log=[log], output=outputs)


def write(output, text):
    for path in [output.table, *output.files]:
        with open(path, "w") as stream:
            stream.write(text)


def fail(rule, error):
    """A script that ends half-way."""
    with job(rule) as output:
        write(output, "half")
        if isinstance(error, signal.Signals):
            os.kill(os.getpid(), error)
        raise error


def left(tmp_path):
    return sorted(path.name for path in tmp_path.iterdir() if path.is_file())


def log(tmp_path):
    return (tmp_path / "logs" / "make.log").read_text().splitlines()


def test_outputs_appear_when_the_body_has_ended(rule, tmp_path):
    with job(rule) as output:
        write(output, "whole")
        assert not {"table.tsv", "a.csv", "b.csv"} & set(left(tmp_path))
    assert left(tmp_path) == ["a.csv", "b.csv", "table.tsv"]
    assert (tmp_path / "b.csv").read_text() == "whole"
    assert log(tmp_path) == ["start: make c", "done: make c"]


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (InputError("a.tsv, line 2", "no unit", "add it"), "error: a.tsv, line 2: no unit; add it."),
        (OSError(errno.ENOSPC, "no space"), "the disk or the quota is full; make room"),
        (OSError(errno.EDQUOT, "quota"), "the disk or the quota is full; make room"),
        (signal.SIGTERM, "a signal stopped it"),
        (KeyboardInterrupt(), "a signal stopped it"),
    ],
)
def test_a_mistake_or_a_full_disk_is_a_sentence_and_leaves_nothing(rule, tmp_path, capsys, error, sentence):
    with pytest.raises(SystemExit) as ended:
        fail(rule, error)
    assert ended.value.code == 1
    assert left(tmp_path) == []
    assert sentence in log(tmp_path)[-1]
    assert sentence in capsys.readouterr().err


def test_our_own_mistake_is_a_traceback_in_the_log_and_leaves_nothing(rule, tmp_path):
    with pytest.raises(ZeroDivisionError):
        fail(rule, ZeroDivisionError())
    assert left(tmp_path) == []
    assert log(tmp_path)[-1] == "ZeroDivisionError"


def test_a_job_that_outlives_its_snakemake_cannot_disturb_the_one_that_does_it_again(rule, tmp_path):
    def outlive(again):
        with job(rule) as output:
            write(output, "too late")
            # As the other begins.
            for path in tmp_path.glob(".draft*"):
                path.unlink()
            write(again, "again")

    with job(rule) as again:
        with pytest.raises(FileNotFoundError):
            outlive(again)
        assert len(left(tmp_path)) == 3
    assert left(tmp_path) == ["a.csv", "b.csv", "table.tsv"]
    assert (tmp_path / "a.csv").read_text() == "again"
