"""Outcomes: each has one record, and the tables have its columns."""

import pytest
from conftest import REPO

from il6r import outcomes, plan
from il6r.tables.activity import PERSON_ACTIVITY
from il6r.tables.assays import BALANCE, CONCENTRATIONS
from il6r.tables.cohort import ANALYSIS_SET

PLAN = plan.load(REPO / "config" / "plan.yaml", REPO / "workflow" / "schemas" / "plan.schema.yaml")


def test_columns_of_samples_are_those_of_the_assays_tables():
    prefixes = tuple(f"{name}_" for name in outcomes.ANALYTES)
    measured = {name for name in CONCENTRATIONS.columns if name.startswith(prefixes)}
    predicted = set(BALANCE.columns) - {"participant", "visit", "choice", "censored", "buffered_share"}
    assert measured | predicted <= outcomes.SAMPLE_COLUMNS
    # A cohort's own columns are of people until they are seen to vary.
    assert not {"il6_response", "il6_family_history", "sil6r"} & outcomes.SAMPLE_COLUMNS


def test_columns_of_accelerometry_are_those_of_its_table_that_the_analysis_set_has():
    of_table = set(PERSON_ACTIVITY.columns) - {f"h{hour:02d}_mg" for hour in range(24)}
    of_wear = {"wear_h", "recorded_h", "valid_days", "weekend_days", "weekend_share", "season", "included"}
    of_questionnaires = {"met_min_per_week", "met_category", "sitting_min_per_day"}
    expected = of_table - {"participant"} - of_wear - of_questionnaires
    assert expected | {"enmo_7d_mg"} == outcomes.ACCELEROMETRY


def test_flags_are_those_of_the_analysis_set_each_counted_once():
    flags = [one.flag for one in outcomes.OUTCOMES.values()]
    assert set(flags) == {name for name in ANALYSIS_SET.columns if name.startswith("in_")}
    counted = [one.flag for one in outcomes.OUTCOMES.values() if one.counted]
    assert sorted(counted) == sorted(set(flags))


@pytest.mark.parametrize(
    ("name", "title"),
    [
        ("sil6r", "sIL-6R (ng/mL)"),
        ("sil6r_ng_ml", "sIL-6R (ng/mL)"),
        ("il6_relative", "IL-6 (relative units, 2^NPX)"),
        ("sgp130_excess", "sgp130 over sIL-6R"),
        ("active_complex", "predicted active complex (pM)"),
        ("met_min_per_week", "MET-minutes a week (IPAQ)"),
        ("mvpa_min_per_day", "MVPA (min/day)"),
        ("shoe_size", "shoe size"),
    ],
)
def test_an_outcome_is_called_the_same_by_its_name_and_its_column(name, title):
    assert outcomes.title(name) == title


def test_relative_units_count_where_an_assay_gave_no_concentrations():
    assert outcomes.get("sil6r").column_in({"sil6r_ng_ml"}) == "sil6r_ng_ml"
    assert outcomes.get("sil6r").column_in({"sil6r_ng_ml", "sil6r_relative"}) == "sil6r_relative"
    assert outcomes.get("activity").column_in({"activity_relative"}) == "enmo_mg"
    assert outcomes.get("sil6r").bounds("sil6r_relative") == ("sil6r_low_relative", "sil6r_high_relative")


def test_every_outcome_of_the_plan_that_is_no_column_has_a_record():
    named = {one.outcome for one in PLAN.analyses.values()}
    assert {"sil6r", "activity", "free_il6"} <= named & set(outcomes.OUTCOMES)
    assert not [name for name in named - set(outcomes.OUTCOMES) if outcomes.get(name).flag]
