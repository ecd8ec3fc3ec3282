"""The same configuration gives the same bytes, on one core or two."""

import sys

from conftest import REPO, call, digests


def test_two_runs_on_one_core_and_on_two_are_byte_identical(reduced, tmp_path):
    # The tests' own run has two cores, and a hash seed of its own.
    command = [sys.executable, "-m", "snakemake", "-c1", "--directory", tmp_path]
    call(*command, "--configfile", REPO / "tests" / "studies" / "reduced.yaml", cwd=REPO)
    one, two = digests(tmp_path / "results"), digests(reduced)
    assert len(one) > 60
    assert one == two
