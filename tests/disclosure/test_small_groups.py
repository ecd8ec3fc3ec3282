"""No group below the minimum is known from what is passed on, by a solver that is shown to find them."""

import json
import re
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
from conftest import SHARED
from scipy.stats import chi2

from disclosure import attacker, made, reading
from disclosure.attacker import REST

# Counts of AA, AC and CC by ancestry as an old report had them exactly: 17, 9 and 3 are in no group.
EXACT = {
    "all": ("1,200", (592, 469, 122)), "AFR": ("389", (272, 105, 8)), "EAS": ("295", (120, 132, 38)),
    "EUR": ("485", (183, 223, 73)),
}  # fmt: skip
# 130 people, of whom 10 have no label: 4, 4 and 2.
NO_LABEL = {"EUR": (27, 33, 10), "AFR": (28, 16, 6), made.NONE: (4, 4, 2)}
# One person in 400 has the rare genotype of its stratum.
RARE = {"EUR": (180, 150, 40), "EAS": (360, 39, 1), made.NONE: (60, 41, 9)}


def old_table(groups):
    rows = "".join(
        f"<tr><th>one</th><th>{name}</th><td>{people}</td><td>over 98 %</td>"
        + "".join(f"<td>{count}</td>" for count in counts) + "<td></td></tr>"
        for name, (people, counts) in groups.items()
    )  # fmt: skip
    heads = "".join(f"<th>{head}</th>" for head in
                    ("cohort", "group", "samples", "call rate", "0", "1", "2", "frequency"))  # fmt: skip
    return f"<table><tr>{heads}</tr>{rows}</table>"


def people_of(counts, missing=None):
    """People by ancestry, genotype and step; those without a level and without covariates are given."""
    missing = missing or {}
    found = {}
    for name, of in counts.items():
        cells = np.zeros((3, 3), dtype=int)
        without = np.array(missing.get(name, np.zeros((3, 2))), dtype=int)
        cells[:, :2] = without
        cells[:, 2] = np.array(of) - without.sum(axis=1)
        found[name] = cells
    return found


def learnt(page, summary, minimum):
    """What the attacker learns of small groups of the made-up cohort."""
    base = reading.base_tables(page, [made.COHORT])[made.COHORT]
    numbers = reading.numbers(page, summary, {})
    return attacker.small(reading.nested(base, numbers, _chain(numbers)), minimum)


def _chain(numbers):
    """The level's people, in whose means they are, and the model's among them."""
    return [*sorted({one.what for one in numbers if one.what.startswith("means")}), made.ANALYSIS]


def test_the_attacker_finds_who_has_no_ancestry_in_exact_tables():
    page = old_table(EXACT)
    table = reading.base_tables(page, ["one"])["one"]
    ends = table.solver().ends
    assert [ends(table.where(genotype, REST)) for genotype in range(3)] == [(17, 17), (9, 9), (3, 3)]
    assert any(one.startswith("2 in no group, counted in the files: 3 to 3")
               for one in attacker.small(table, 5))  # fmt: skip


def test_the_attacker_finds_who_has_no_level_in_exact_tables():
    page, summary = made.page(people_of({"EUR": (200, 160, 118)}, {"EUR": [(16, 0), (15, 0), (2, 0)]}), 1)
    found = learnt(page, summary, 5)
    assert "2 in EUR, not counted in means of sil6r_ng_ml: 2 to 2" in found


def test_the_attacker_finds_a_genotype_that_is_not_shown_by_a_frequency_with_three_digits():
    page = old_table({"EUR": ("59", ("45", "13", "not shown"))}).replace("<td></td>", "<td>0.127</td>")
    table = reading.base_tables(page, ["one"])["one"]
    low, high = table.solver().ends(table.where(2, "EUR"))
    assert 0 < low <= high < 5


@pytest.mark.parametrize("counts", [NO_LABEL, RARE], ids=["no label", "a rare genotype in a stratum"])
@pytest.mark.parametrize("minimum", [5, 21])
def test_a_small_group_is_found_in_exact_numbers_and_not_in_the_reports(counts, minimum):
    missing = {"EUR": [(4, 1), (2, 0), (0, 1)], made.NONE: [(1, 0), (0, 1), (1, 0)]}
    people = people_of(counts, missing)
    assert learnt(*made.page(people, 1), minimum)
    assert learnt(*made.page(people, minimum), minimum) == []


@pytest.mark.parametrize("seed", range(6))
def test_random_studies_give_no_small_group_away(seed):
    random = np.random.default_rng(seed)
    minimum = (5, 21)[seed % 2]
    people = {}
    for name in ["AFR", "EAS", "EUR", made.NONE][: random.integers(2, 5)]:
        size = int(np.exp(random.uniform(np.log(4), np.log(900)))) if name else int(random.integers(1, 40))
        f = random.uniform(0.02, 0.5)
        genotype = np.array([(1 - f) ** 2, 2 * f * (1 - f), f**2])
        step = random.dirichlet([1, 1, 20])
        people[name] = random.multinomial(size, np.outer(genotype, step).ravel()).reshape(3, 3)
    assert learnt(*made.page(people, 1), minimum)
    page, summary = made.page(people, minimum)
    assert learnt(page, summary, minimum) == []


def test_a_rerun_with_one_person_more_tells_only_which_numbers_reached_a_multiple():
    before = people_of(NO_LABEL)
    after = {name: cells.copy() for name, cells in before.items()}
    after[made.NONE][2, 2] += 1
    texts = [reading.genotype_rows(made.page(people, 5)[0]) for people in (before, after)]
    # All have 130 and 131 people, and CC of all 18 and 19: nothing is another number.
    assert texts[0] == texts[1]
    more = {name: cells.copy() for name, cells in after.items()}
    more[made.NONE][2, 2] += 1
    changed = [
        (old, new)
        for one, other in zip(texts[0], reading.genotype_rows(made.page(more, 5)[0]), strict=True)
        for old, new in zip([one[2], *one[3]], [other[2], *other[3]], strict=True)
        if old != new
    ]
    # Who sees both learns that there are 20 people with CC now, and were 19 or fewer before.
    assert changed == [("10", "20")]
    for people in (before, after, more):
        assert learnt(*made.page(people, 5), 5) == []


def test_between_which_limits_a_p_value_lies_narrows_no_count():
    ranges = [np.arange(first, first + 10) for first in (80, 70, 10)]
    none, one, two = (of.ravel() for of in np.meshgrid(*ranges, indexing="ij"))
    n = none + one + two
    f = (one + 2 * two) / (2 * n)
    expected = 2 * n * f * (1 - f)
    p = chi2.sf(n * (1 - one / expected) ** 2, 1)
    fits = p >= 0.05
    for count, shown in ((none, 80), (one, 70), (two, 10)):
        assert (count[fits].min(), count[fits].max()) == (shown, shown + 9)


@pytest.fixture(scope="module")
def passed(default_study):
    return reading.passed_on(default_study / "report")


def cohorts_of(summary):
    return list(dict.fromkeys(one["cohort"] for one in summary["estimates"]))


def test_the_default_studys_calls_give_no_small_group_away(passed):
    page, summary = passed
    tables = reading.base_tables(page, cohorts_of(summary), summary)
    assert all(len(table.known) > 3 for table in tables.values())
    assert [found for table in tables.values() for found in attacker.small(table, 5)] == []


@pytest.mark.parametrize(
    "chain",
    [
        ("means of sIL-6R (ng/mL)", "sil6r_additive"),
        ("means of mean acceleration (mg)", "activity_additive"),
    ],
)
def test_nor_do_its_means_and_estimates(passed, chain):
    page, summary = passed
    numbers = reading.numbers(page, summary, {})
    tables = reading.base_tables(page, cohorts_of(summary), summary)
    tried = 0
    for cohort, base in tables.items():
        own = [one for one in numbers if one.cohort == cohort]
        steps = [what for what in chain if any(one.what == what for one in own)]
        tried += len(steps)
        assert attacker.small(reading.nested(base, own, steps), 5) == [], cohort
    assert tried > len(tables)


def test_every_number_of_people_of_the_default_study_is_rounded(passed, default_study):
    page, summary = passed
    step = reading.step_of(page)
    assert step == 10
    counts = [
        one[key]
        for one in [*summary["estimates"], *summary["pooled"]]
        for key in ("n", "n_participants", "n_cases")
        if one.get(key) is not None
    ]
    assert counts
    assert not [count for count in counts if count % step]
    heads = ("people", "participants", "samples", "cases", "left", "at first", "0", "1", "2")
    # A mean of a covariate stands before the people that it is of.
    cells = [
        (head, count)
        for row in reading.rows_of(page)
        for head in heads
        if head in row.cells
        for count in re.findall(
            r"\(of (\d[\d,]*)" if "covariate" in row.cells else r"^(\d[\d,]*)(?![\d.,]| %)", row.cells[head]
        )
    ]
    assert len(cells) > 100
    wrong = [cell for cell in cells if int(cell[1].replace(",", "")) % step]
    assert not wrong
    told = (default_study / "report" / "claims.txt").read_text(encoding="utf-8")
    people = re.findall(r"(?<!about )(?<![\d,])(\d[\d,]*) people", told)
    assert people
    assert not [one for one in people if int(one.replace(",", "")) % step]
    for path in (default_study / "report" / "figures").glob("*.csv"):
        table = pd.read_csv(path)
        for name in [
            one for one in table if re.fullmatch(r"people|participants|samples|left_out|n|count", one)
        ]:
            own = pd.to_numeric(table[name], errors="coerce").dropna()
            assert not (own % step).any(), (path.name, name)


def test_the_supplement_and_the_crate_of_the_default_study_count_nobody_exactly(default_study):
    rows = reading.supplement(default_study / "report")
    assert len(rows) > 500
    notes = [
        found
        for row in rows
        for cell in row
        for found in re.findall(r"(\d[\d,]*) (?:values beyond a limit|rows\))", cell)
    ]
    assert not [count for count in notes if int(count.replace(",", "")) % 10]
    assert not [row for row in rows if any(re.search(r"one \w+ alone determines", cell) for cell in row)]
    crate = (default_study / "ro-crate-metadata.json").read_text(encoding="utf-8")
    given = [one for one in json.loads(crate)["@graph"] if one["@type"] == "CreativeWork" and "sha256" in one]
    assert given
    assert not [one for one in given if "contentSize" in one]


def test_no_estimate_for_programs_has_digits_that_tell_how_many_people_it_has(passed):
    _, summary = passed
    for row in [*summary["estimates"], *summary["pooled"]]:
        told = [row.get(key) for key in ("se", "p_value", "p_adjusted", "df", "r2_variant", "r2_adjusted")]
        assert all(value is None or reading.digits(value) <= 2 for value in told), row
        assert row["p_value"] is None or row["p_value"] >= 1e-6
    assert not [one for one in summary["inputs"] if "bytes" in one]


@pytest.mark.parametrize("script", ["remainders.py", "cells.py"])
def test_the_scripts_that_found_small_groups_find_none(default_study, script):
    path = SHARED / "cases" / "disclosure" / script
    if not path.exists():
        pytest.skip(f"not there: {script}")
    report = default_study / "report" / "report.html"
    done = subprocess.run([sys.executable, path, report, "5"], capture_output=True, text=True, check=True)
    assert "<--" not in done.stdout
