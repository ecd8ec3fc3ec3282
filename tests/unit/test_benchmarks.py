"""Published effects: what is compared, and what is said of one that cannot be."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from il6r.errors import InputError
from il6r.replication import benchmarks

REPO = Path(__file__).resolve().parents[2]
PUBLISHED = REPO / "resources" / "published_effects.tsv"
GOOD = {
    "benchmark": "one", "claim": "c", "analysis": "a", "scale": "percent", "value": "34.3", "low": "30.4",
    "high": "38.2", "about_low": "", "about_high": "", "reference": "R 2012", "doi": "10.1/1",
}  # fmt: skip


def loaded(tmp_path, *rows):
    path = tmp_path / "published.tsv"
    pd.DataFrame(list(rows)).to_csv(path, sep="\t", index=False)
    return benchmarks.load(path, {"a"})


def test_the_project_s_own_table_is_in_order():
    everything = pd.read_csv(PUBLISHED, sep="\t")
    found = benchmarks.load(PUBLISHED, set(everything["analysis"]))
    assert found["benchmark"].tolist() == everything["benchmark"].tolist()
    assert found["low"].equals(everything["low"].astype(float))


def test_what_the_plan_does_not_ask_is_left_out(tmp_path):
    assert loaded(tmp_path, GOOD, GOOD | {"benchmark": "two", "analysis": "b"})["benchmark"].tolist() == [
        "one"
    ]


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"scale": "fold"}, "the scale 'fold' is not known; use one of 'percent'"),
        ({"value": "up"}, "its value 'up' is no effect in percent; give a number, greater or less"),
        ({"value": "0"}, "its value '0' is no effect in percent"),
        ({"value": "-100"}, "its value '-100' is no effect in percent"),
        ({"scale": "ratio", "value": "0", "low": "", "high": ""}, "its value '0' is no effect in ratio"),
        ({"scale": "r2", "value": "1.2", "low": "", "high": ""}, "its value '1.2' is no effect in r2"),
        ({"high": ""}, "its low and high are not below and above its value; give both, or neither"),
        ({"low": "40"}, "its low and high are not below and above its value"),
        ({"about_low": "35", "about_high": "36"}, "its about_low and about_high are not below and above"),
    ],
)
def test_a_benchmark_that_cannot_be_compared_is_told_by_its_line(tmp_path, changes, said):
    with pytest.raises(InputError, match=r"published.tsv, line 3: ") as found:
        loaded(tmp_path, GOOD, GOOD | {"benchmark": "two"} | changes)
    assert said in str(found.value)


def test_a_benchmark_named_twice_is_refused(tmp_path):
    with pytest.raises(InputError, match=r"line 2: the benchmark 'one' is there twice; rename one"):
        loaded(tmp_path, GOOD, GOOD)


def test_a_published_first_stage_is_a_ratio_with_the_error_of_its_interval():
    found = benchmarks.log_ratios(PUBLISHED, ["erfc_per_allele"])
    # 34.3 % (30.4 to 38.2): IL6R Genetics Consortium and ERFC 2012.
    assert found == {
        "erfc_per_allele": pytest.approx((np.log(1.343), np.log(1.382 / 1.304) / 3.919928), rel=1e-6)
    }
    assert benchmarks.log_ratios(PUBLISHED, []) == {}
    for name, said in (
        ("nobody", "there is no benchmark 'nobody'; add it, or correct the plan"),
        ("review_variance", "the benchmark 'review_variance' is no percent or ratio with an interval"),
        (
            "ferreira_per_allele",
            "the benchmark 'ferreira_per_allele' is no percent or ratio with an interval",
        ),
    ):
        with pytest.raises(InputError, match=said):
            benchmarks.log_ratios(PUBLISHED, [name])
