"""The same configuration gives the same bytes, on one core or two."""

import hashlib

from conftest import REPO, succeeds

CONFIG = REPO / "tests" / "studies" / "reduced.yaml"


def digests(results):
    """SHA-256 of every result; logs and timings are not results."""
    return {
        str(path.relative_to(results)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(results.rglob("*"))
        if path.is_file() and path.relative_to(results).parts[0] not in ("logs", "benchmarks")
    }


def test_two_runs_on_one_core_and_on_two_are_byte_identical(tmp_path):
    one, two = tmp_path / "one", tmp_path / "two"
    for folder, cores in ((one, 1), (two, 2)):
        folder.mkdir()
        succeeds(f"-c{cores}", "--configfile", CONFIG, folder=folder)
    first, second = digests(one / "results"), digests(two / "results")
    assert len(first) > 60
    assert first == second
