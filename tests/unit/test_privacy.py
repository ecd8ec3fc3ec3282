"""No small group in the report, nor one that follows from the numbers beside it."""

import pandas as pd

from il6r.report import privacy


def test_a_small_genotype_group_hides_all_three_sizes():
    assert privacy.group_counts([80, 12, 3], 5) == ["not shown", "not shown", "under 5"]
    assert privacy.group_counts([80, 12, 5], 5) == ["80", "12", "5"]
    assert privacy.group_counts([80, 12, 0], 5) == ["80", "12", "0"]


def quality(rows):
    frame = pd.DataFrame(rows, columns=["group", "n_0", "n_1", "n_2"])
    return frame.assign(samples=frame[["n_0", "n_1", "n_2"]].sum(axis=1), hwe_midp=0.5)


def test_a_hidden_ancestry_group_takes_the_total_with_it():
    shown = privacy.quality_counts(quality([("all", 86, 77, 14), ("A", 44, 13, 1), ("B", 42, 64, 13)]), 5)
    assert shown.set_index("group")["n_0"].to_dict() == {"all": "not shown", "A": "not shown", "B": "42"}
    assert shown.set_index("group")["hwe_midp"].isna().to_dict() == {"all": True, "A": True, "B": False}


def test_two_hidden_groups_leave_the_total_shown():
    rows = [("all", 90, 30, 12), ("A", 44, 13, 1), ("B", 40, 3, 2), ("C", 6, 14, 9)]
    shown = privacy.quality_counts(quality(rows), 5).set_index("group")["n_0"]
    assert shown.to_dict() == {"all": "90", "A": "not shown", "B": "not shown", "C": "6"}


def test_a_group_of_few_people_is_not_listed():
    shown = privacy.quality_counts(quality([("all", 50, 30, 12), ("A", 2, 1, 0), ("B", 48, 29, 12)]), 5)
    assert shown["group"].tolist() == ["all", "B"]


def test_counts_of_the_flow_are_rounded_down():
    assert privacy.rounded(177, 5) == "175"
    assert privacy.rounded(3, 5) == "under 5"
    assert privacy.rounded(0, 5) == "0"
    assert privacy.rounded(1234, 1) == "1,234"


def test_a_call_rate_does_not_give_away_a_few_missing_calls():
    assert privacy.call_rate(177, 180, 5) == "over 97 %"
    assert privacy.call_rate(170, 180, 5) == "94.4 %"
    assert privacy.call_rate(180, 180, 5) == "100.0 %"
