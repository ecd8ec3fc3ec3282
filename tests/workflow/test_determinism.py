"""The same configuration gives the same bytes, on one core or two."""

from conftest import REPO, digests, succeeds

CONFIG = REPO / "tests" / "studies" / "reduced.yaml"


def test_two_runs_on_one_core_and_on_two_are_byte_identical(tmp_path):
    one, two = tmp_path / "one", tmp_path / "two"
    for folder, cores in ((one, 1), (two, 2)):
        folder.mkdir()
        succeeds(f"-c{cores}", "--configfile", CONFIG, folder=folder)
    first, second = digests(one / "results"), digests(two / "results")
    assert len(first) > 60
    assert first == second
