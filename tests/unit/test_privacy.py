"""No small group in the report, nor one that follows from the numbers beside it."""

import math
import re

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from scipy.optimize import Bounds, LinearConstraint, milp

from il6r.report import blocks, privacy

MINIMA = [2, 5, 7, 20, 21]


def test_the_step_is_at_least_twice_the_minimum_and_ends_in_zeros():
    assert {m: privacy.step(m) for m in (1, 2, 5, 6, 10, 11, 12, 20, 21, 100, 600)} == {
        1: 1, 2: 10, 5: 10, 6: 20, 10: 20, 11: 25, 12: 25, 20: 50, 21: 50, 100: 200, 600: 2000,
    }  # fmt: skip


def test_numbers_of_people_are_rounded_down_and_nobody_is_a_small_number():
    assert [privacy.people(n, 5) for n in (0, 3, 9, 10, 177, 1249)] == [
        "under 10", "under 10", "under 10", "10", "170", "1,240",
    ]  # fmt: skip
    assert [privacy.people_number(n, 21) for n in (0, 49, 50, 1234)] == [None, None, 50, 1200]
    assert privacy.people(3, 1) == "3"
    assert privacy.people(0, 1) == "0"


@given(st.lists(st.integers(0, 60), min_size=1, max_size=8), st.integers(0, 4), st.sampled_from(MINIMA))
def test_who_is_left_over_of_a_whole_may_always_be_as_many_as_the_step_less_one(parts, left_over, minimum):
    step = privacy.step(minimum)
    whole = privacy.people_number(sum(parts) + left_over, minimum) or 0
    least_of_parts = sum(privacy.people_number(part, minimum) or 0 for part in parts)
    assert whole + step - 1 - least_of_parts >= step - 1 >= minimum


def largest(cells, cell, minimum):
    """How many people a cell may have for who sees every cell but the last row's, and all margins."""
    step, (rows, columns) = privacy.step(minimum), cells.shape
    sums = [np.outer(np.arange(rows) == r, np.arange(columns) == c) for r in range(rows - 1)
            for c in range(columns)]  # fmt: skip
    sums += [np.outer(np.arange(rows) == r, np.ones(columns)) for r in range(rows - 1)]
    sums += [np.outer(np.ones(rows), np.arange(columns) == c) for c in range(columns)]
    sums += [np.ones(cells.shape)]
    low = np.array([privacy.people_number(int((cells * one).sum()), minimum) or 0 for one in sums])
    seen = LinearConstraint(np.array([one.ravel() for one in sums]), low, low + step - 1)
    wanted = np.zeros(cells.shape)
    wanted[cell] = -1
    found = milp(wanted.ravel(), constraints=seen, integrality=np.ones(cells.size), bounds=Bounds(0, np.inf))
    return round(-found.fun)


@settings(max_examples=20, deadline=None)
@given(st.data())
def test_no_small_cell_of_genotype_by_ancestry_is_known_to_be_small(data):
    minimum = data.draw(st.sampled_from([5, 21]))
    size = st.one_of(st.integers(0, 2 * minimum), st.integers(0, 400))
    rows = data.draw(st.lists(st.tuples(size, size, size), min_size=2, max_size=6))
    cells = np.array(rows)
    small = np.argwhere((cells > 0) & (cells < minimum))
    for cell in small[:4]:
        assert largest(cells, tuple(cell), minimum) >= minimum


def test_a_share_is_of_rounded_numbers_and_has_a_bound_where_a_part_is_small():
    assert privacy.share(90, 180, 5) == privacy.share(99, 189, 5) == "51 %"
    assert privacy.share(177, 180, 5) == privacy.share(180, 180, 5) == "over 94 %"
    assert privacy.share(0, 1180, 5) == "under 1 %"
    assert privacy.share(6, 14, 5) == privacy.share(0, 0, 5) == privacy.share(9, 19, 5) == "not shown"
    assert privacy.share(177, 180, 1) == "98.3 %"


@given(st.tuples(*[st.integers(0, 300)] * 3), st.tuples(*[st.integers(0, 9)] * 3))
def test_a_frequency_tells_no_more_than_the_rounded_counts(tens, others):
    counts = [10 * ten for ten in tens]
    alike = [count + other for count, other in zip(counts, others, strict=True)]
    if sum(counts) >= 50:
        np.testing.assert_equal(privacy.frequency_number(counts, 5), privacy.frequency_number(alike, 5))


@pytest.mark.parametrize("frequency", [0.1, 0.3, 0.5, 0.8])
@pytest.mark.parametrize("n", [150, 300, 2000])
def test_a_frequency_of_rounded_counts_is_off_by_less_than_its_standard_error(frequency, n):
    random = np.random.default_rng(n)
    shares = [(1 - frequency) ** 2, 2 * frequency * (1 - frequency), frequency**2]
    drawn = random.multinomial(n, shares, size=100)
    off = [privacy.frequency_number(one, 5)[0] - (one[1] + 2 * one[2]) / (2 * n) for one in drawn]
    error = math.sqrt(frequency * (1 - frequency) / (2 * n))
    assert np.sqrt(np.mean(np.square(off))) < 0.8 * error
    assert abs(np.mean(off)) < 0.25 * error


def test_a_frequency_has_an_interval_where_every_genotype_is_told_and_none_of_few_people():
    value, low, high = privacy.frequency_number((86, 77, 17), 5)
    assert low < value < high
    assert math.isnan(privacy.frequency_number((150, 77, 9), 5)[1])
    assert all(map(math.isnan, privacy.frequency_number((20, 10, 9), 5)))
    exact = privacy.frequency_number((86, 77, 17), 1)
    assert exact[0] == pytest.approx(111 / 360)


def test_frequencies_in_words_have_the_digits_that_rounded_counts_determine():
    assert privacy.frequency((86, 77, 17), 5) == "about 0.30 (0.25 to 0.35)"
    assert privacy.frequency((45, 13, 1), 5) == "about 0.14"
    assert privacy.frequency((3800, 4700, 1500), 5) == "about 0.385 (0.378 to 0.392)"
    assert privacy.frequency((3, 2, 1), 5) == ""
    assert privacy.frequency((3, 2, 1), 1).startswith("0.333 (")


def test_a_p_value_of_counts_is_told_between_limits():
    told = [privacy.p_of_counts(p, 5) for p in (0.4, 0.05, 0.02, 1e-4, 1e-9, math.nan)]
    assert told == ["over 0.05", "over 0.05", "0.001 to 0.05", "under 0.001", "under 1e-06", ""]


def test_people_needed_are_as_many_times_the_rounded_number():
    assert privacy.people_needed(2.5 * 118, 118, 5) == privacy.people_needed(2.5 * 111, 111, 5) == 290
    assert privacy.people_needed(295, 118, 1) == 300


def test_groups_below_the_step_are_not_shown_since_the_minimum_would_say_how_few_they_are():
    groups = pd.DataFrame({"group": ["A", "B", "C"], "samples": [5, 9, 10]})
    assert privacy.shown_groups(groups, 5)["group"].tolist() == ["C"]
    estimates = pd.DataFrame(
        {"cohort": "one", "stratum": "all", "n_participants": [30, 30, 9, 30], "n_cases": [None, 9, None, 12]}
    )
    assert privacy.enough_people(estimates, 5).tolist() == [True, False, False, True]


def test_who_has_what_an_analysis_takes_is_a_group_and_a_squad_under_the_step_is_none():
    """In a squad of twelve, "under 10 people" of one estimate said that another without one had under 5."""
    rows = pd.DataFrame({"cohort": ["twelve"] * 3 + ["eight"] * 2, "n_participants": [12, 7, 4, 8, 4]})
    assert privacy.enough_of_cohort(rows, 5).tolist() == [True, False, False, True, False]
    pooled = rows.assign(group="all")
    assert privacy.enough_pooled(pooled, 5).tolist() == [True, False, False, False, False]


def fit(people, terms, errors):
    """What programs get of a fit of so many people whose effect is so many standard errors."""
    df, se = people - terms, 0.0138134
    half = se * stats.t.ppf(0.975, df)
    row = {"estimate": errors * se, "se": se, "ci_low": errors * se - half, "ci_high": errors * se + half,
           "df": float(df), "p_value": 2 * stats.t.sf(errors, df), "n": people}  # fmt: skip
    return privacy.for_programs(row, ("n",), 5)


@pytest.mark.parametrize(("people", "errors"), [(1105, 29), (366, 12), (277, 11), (460, 4), (120, 3)])
def test_an_interval_and_its_p_value_do_not_tell_how_many_people_a_fit_has(people, errors):
    """With four digits they did: 366, 277 and 460 of 1,105 people left 2 without an ancestry."""
    first = people // 10 * 10
    assert len({tuple(fit(n, 8, errors).values()) for n in range(first, first + 10)}) < 4
    assert (fit(people, 8, errors)["n"], fit(people, 8, errors)["df"]) == (first, None)
    assert fit(people, 8, errors)["p_value"] >= 1e-6


def test_the_interval_of_a_correlation_does_not_tell_how_many_people_it_has():
    """By Fisher's transformation it is as wide as they make it."""
    ends = {
        n: np.tanh(np.arctanh(0.65) + np.array([0, -1, 1]) * 1.96 / np.sqrt(n - 3)) for n in range(270, 280)
    }
    assert len({privacy.interval(*map(float, own), 5) for own in ends.values()}) < 5
    assert privacy.interval(*ends[270], 1) == tuple(ends[270])
    assert all(math.isnan(end) for end in privacy.interval(math.nan, math.nan, math.nan, 5))


def test_notes_have_numbers_of_people_as_tables_do():
    note = "11 values beyond a limit are taken as the limit"
    assert privacy.note(note, 21) == "under 50 values beyond a limit are taken as the limit"
    note = "values beyond a limit imputed between their bounds: 3 of sil6r, 1,234 of il6"
    assert privacy.note(note, 5) == (
        "values beyond a limit imputed between their bounds: under 10 of sil6r, 1,230 of il6"
    )
    alone = privacy.note("one participant alone determines a term", 5)
    assert alone == "too few people determine a term"
    assert privacy.note("3 participants are too few for a model of 4 terms", 1).startswith("3 ")


def test_the_page_says_how_many_numbers_are_under_the_step_and_how_many_groups_are_not_shown():
    shown = blocks.Shown(
        "people, under 10 or not", ["a"], [["under 10", blocks.Cell("not shown")], [privacy.FEW]]
    )
    told = privacy.rounding([blocks.Disclosure("s", [shown]), blocks.Words(["120 people"])], 5)
    assert re.findall(r"[\d,]+ (?:numbers|results)", told) == ["2 numbers", "2 results"]
    assert "multiples of 10" in told
    assert "exact" in privacy.rounding([], 1)
