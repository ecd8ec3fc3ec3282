"""The same configuration gives the same bytes, on one core or two."""

from conftest import REPO, digests, succeeds


def test_two_runs_on_one_core_and_on_two_are_byte_identical(reduced, tmp_path):
    # The tests' own run has two cores.
    succeeds("-c1", "--configfile", REPO / "tests" / "studies" / "reduced.yaml", folder=tmp_path)
    one, two = digests(tmp_path / "results"), digests(reduced)
    assert len(one) > 60
    assert one == two
