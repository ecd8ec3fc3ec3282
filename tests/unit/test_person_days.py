"""Person-days of all sources together: which count, what each person's mean is, and where the others went."""

import contextlib

import numpy as np
import pandas as pd
import pytest

from il6r.activity import alternatives, person_days, quality
from il6r.errors import InputError
from il6r.tables.activity import (
    ACTIVITY_QC,
    ALTERNATIVES,
    DAYS_READ,
    PERSON_ACTIVITY,
    PERSON_DAYS,
    QUESTIONNAIRES_READ,
    SUMMARIES_READ,
    WEAR,
)
from il6r.tables.cohort import COHORT_FLOW

RULES = person_days.ValidityRules(valid_day_hours=16, min_valid_days=4, min_weekend_days=1)


def rows(*lines, file=0, **columns):
    """`DAYS_READ` of "participant date enmo_mg wear_h" lines; of a recording where `line` is None."""
    cells = [line.split() for line in lines]
    frame = pd.DataFrame(cells, columns=["participant", "date", "enmo_mg", "wear_h"])
    frame = frame.astype({"enmo_mg": float, "wear_h": float}).assign(file=file)
    frame["line"] = np.arange(2, len(frame) + 2)
    return frame.assign(**columns)


def read(*shards, files=("activity.csv",)):
    frames = [
        DAYS_READ.check(shard.reindex(columns=list(dict.fromkeys([*shard, *DAYS_READ.columns]))))
        for shard in shards
    ]
    return person_days.put_together(frames, [list(files)] * len(frames))


def marked(*shards, rules=RULES, **options):
    days, parts = person_days.mark_valid_days(read(*shards, **options), rules)
    return PERSON_DAYS.check(days), parts


def empty(table):
    names = [name for name in table.columns if name != "file"]
    return pd.DataFrame({name: pd.Series(dtype="object") for name in [*names, "file"]}).astype(
        {"counts_days": bool} if "counts_days" in names else {}
    )


NO_SUMMARIES = person_days.include_summaries(empty(SUMMARIES_READ), RULES)


def people(days, summaries=None, answers=None, rules=RULES):
    summaries = NO_SUMMARIES if summaries is None else summaries
    answers = empty(QUESTIONNAIRES_READ) if answers is None else answers
    found = person_days.summarise_people(days, summaries, answers, rules)
    names = list(dict.fromkeys([*found, *PERSON_ACTIVITY.columns]))
    return PERSON_ACTIVITY.check(found.reindex(columns=names)).set_index("participant")


# 2025-03-03 is a Monday.
WEEK = [f"a 2025-03-{day:02d} {20 + day} 20" for day in range(3, 10)]
WORKDAYS = [f"b 2025-03-{day:02d} 30 20" for day in range(3, 8)]
SHORT = [f"c 2025-03-{day:02d} 30 {20 if day > 6 else 10}" for day in range(3, 10)]


def test_people_need_enough_valid_days_and_a_weekend_day():
    days, _ = marked(rows(*WEEK, *WORKDAYS, *SHORT))
    found = people(days)
    assert found["included"].to_dict() == {"a": True, "b": False, "c": False}
    a = found.loc["a"]
    assert a[["enmo_mg", "enmo_weekday_mg", "enmo_weekend_mg"]].tolist() == pytest.approx([26, 25, 28.5])
    assert a["weekend_share"] == pytest.approx(2 / 7)
    assert a["season"] == "Mar-May"
    flow = person_days.flow("c", pd.DataFrame(), days, 0, NO_SUMMARIES, empty(QUESTIONNAIRES_READ), RULES)
    assert COHORT_FLOW.check(flow)["dropped"].tolist() == [0, 4, 0, 1, 1]


def test_missing_wear_is_not_a_valid_day():
    days, _ = marked(rows("a 2025-03-03 30 nan", "a 2025-03-04 30 20"))
    assert days["valid"].tolist() == [False, True]


def test_a_person_may_be_in_several_files_but_a_day_in_one():
    files = ("first.csv", "second.csv")
    days, _ = marked(
        rows("a 2025-03-03 30 20", "b 2025-03-03 30 20"), rows("a 2025-03-04 50 20", file=1), files=files
    )
    found = people(days)
    assert found["enmo_mg"].to_dict() == {"a": 40, "b": 30}
    twice = rows("a 2025-03-04 50 20", "b 2025-03-03 50 20", file=1)
    with pytest.raises(InputError, match=r"^second.csv, line 3: .* is already on line 3 of first.csv; keep"):
        marked(rows("a 2025-03-03 30 20", "b 2025-03-03 30 20"), twice, files=files)
    recorded = rows("b 2025-03-03 50 20", file=1, line=None)
    with pytest.raises(InputError, match=r"^table.csv, line 3: .* already in a recording 'A00.AAA'; keep"):
        marked(rows("a 2025-03-03 30 20", "b 2025-03-03 30 20"), recorded, files=("table.csv", "raw/P01.cwa"))


def test_of_a_day_in_two_recordings_the_part_with_more_wear_stands():
    one, two = (rows(f"a 2025-03-04 {enmo} {wear}", line=None) for enmo, wear in ((30, 5), (50, 17)))
    days, parts = marked(one, two)
    assert (days["enmo_mg"].tolist(), days["valid"].tolist(), parts) == ([50], [True], 1)


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        (["a 2025-03-03 0.03 20"], "the median acceleration is 0.03 mg, which looks like g; multiply"),
        (["a 2025-03-03 0 20"], "no line has an acceleration above 0; check the ENMO column, or"),
        (["a 2025-03-03 30 3"], "nobody has a valid day .the longest wear is 3 h, a valid day needs 16 h"),
    ],
)
def test_what_cannot_be_a_cohort_of_mean_accelerations_is_refused(lines, said):
    with pytest.raises(InputError, match=f"^activity.csv: {said}"):
        marked(rows(*lines))


def test_a_clock_time_is_averaged_around_midnight():
    lines = [f"a 2025-03-{day:02d} 30 20" for day in range(3, 9)]
    days, _ = marked(rows(*lines, l5_start_h=[23.0, 1.0] * 3, m10_start_h=[9.0, 11.0] * 3))
    found = people(days).loc["a"]
    assert found["l5_start_h"] % 24 == pytest.approx(0, abs=1e-9)
    assert found["m10_start_h"] == pytest.approx(10)


def summaries(*participants, **columns):
    frame = pd.DataFrame({"participant": participants, "file": "person.csv"})
    given = {"enmo_mg": 30.0, "valid_days": 7, "weekend_days": 2, "counts_days": False, "reason": None}
    frame = frame.assign(**{**given, **columns})
    frame["line"] = np.arange(2, len(frame) + 2)
    frame = frame.reindex(columns=list(dict.fromkeys([*frame, *SUMMARIES_READ.columns])))
    return person_days.include_summaries(frame, RULES)


def test_people_come_from_days_from_other_programs_means_and_from_questionnaires():
    days, _ = marked(rows(*WEEK))
    answers = empty(QUESTIONNAIRES_READ)
    answers.loc[0, ["participant", "met_min_per_week", "category", "file", "line"]] = [
        "q",
        600.0,
        "moderate",
        "i",
        2,
    ]
    answers.loc[1, ["participant", "excluded", "file", "line"]] = ["r", "more than 960 min a day", "i", 3]
    given = summaries("x", "y", reason=[None, "too little wear (field 90015)"])
    found = people(days, given, answers)
    assert found["included"].to_dict() == {"a": True, "q": False, "r": False, "x": True, "y": False}
    assert found.loc["q", ["met_min_per_week", "met_category"]].tolist() == [600, "moderate"]
    assert found["weekend_share"].dropna().tolist() == pytest.approx([2 / 7] * 3)
    recordings = pd.DataFrame({"failure": [None, "it is broken"]})
    flow = COHORT_FLOW.check(person_days.flow("c", recordings, days, 1, given, answers, RULES))
    dropped = flow[flow["dropped"] > 0].set_index("reason")["dropped"].to_dict()
    assert dropped == {
        "could not be read, or too short": 1,
        "part of a day that another recording has more of": 1,
        "too little wear (field 90015)": 1,
        "more than 960 min a day": 1,
    }


def test_somebody_in_two_sources_is_refused():
    days, _ = marked(rows(*WEEK))
    with pytest.raises(InputError, match=r"^person.csv, line 3: this participant also has person-days in"):
        people(days, summaries("x", "a"))
    with pytest.raises(InputError, match=r"^person.csv, line 3: this participant is already on line 2; keep"):
        people(days, summaries("x", "x"))


def test_recordings_of_one_person_may_not_overlap():
    frame = pd.DataFrame(
        {
            "participant": ["a", "a", "b"],
            "file": ["A01.cwa", "A02.cwa", "B01.cwa"],
            "sha256": ["1", "2", "3"],
            # Back to back at the hour that clocks repeat: the second begins before the first by the clock.
            "start": ["2024-10-20T09:00:00", "2024-10-27T01:00:00", "2024-10-21T00:00:00"],
            "end": ["2024-10-27T02:00:00", "2024-11-03T09:00:00", "2024-10-28T00:00:00"],
            "start_utc": [0, 600, 60],
            "end_utc": [600, 1200, 900],
        }
    )
    person_days.refuse_overlaps(frame)
    frame.loc[0, "end_utc"] = 605
    with pytest.raises(InputError, match=r"^recording 'A00.AAA': it begins at 2024-10-27T01:00:00, before"):
        person_days.refuse_overlaps(frame)
    with pytest.raises(InputError, match=r"^recording 'A00.AAA': its bytes are those of another recording;"):
        person_days.refuse_overlaps(frame.assign(sha256=["1", "2", "1"]))


@pytest.mark.parametrize(("share", "refused"), [(0.28, True), (0.29, False), (0, True), (1, False)])
def test_more_failures_than_the_configured_share_are_refused(share, refused):
    recordings = pd.DataFrame({"failure": ["it is empty"] * 29 + [None] * 71})
    said = "more than the share of .* of the recordings cannot be used; see column 'failure' of here/"
    with pytest.raises(InputError, match=said) if refused else contextlib.nullcontext():
        person_days.refuse_failures(recordings, share, "here")


def test_one_persons_days_are_in_one_unit():
    days = rows("a 2025-03-03 30 20", "a 2025-03-04 nan 20", other_value=[np.nan, 900.0])
    with pytest.raises(InputError, match=r"^activity.csv, line 2: this participant has days in mg and"):
        marked(days)


def test_poor_days_end_a_cohort_only_if_there_is_nothing_else():
    days = read(rows("a 2025-03-03 30 5", line=None), files=("P01.cwa",))
    marked_days, _ = person_days.mark_valid_days(days, RULES, alone=False)
    assert not marked_days["valid"].any()
    with pytest.raises(InputError, match=r"^recording 'A00.AAA': nobody has a valid day"):
        person_days.mark_valid_days(days, RULES)


def test_of_equal_parts_of_a_day_the_order_of_files_has_no_say():
    one, two = (rows(f"a 2025-03-04 {enmo} 17", line=None) for enmo in (30, 50))
    assert [marked(*parts)[0]["enmo_mg"].tolist() for parts in ((one, two), (two, one))] == [[50], [50]]


def test_each_other_choice_lets_others_count():
    days, _ = marked(
        rows(
            *WEEK, *WORKDAYS, *SHORT,
            enmo_not_imputed_mg=60.0, mvpa_min_per_day=10.0, mvpa_min_hip=20.0, mvpa_bouts_min_per_day=5.0,
        )
    )  # fmt: skip
    found = ALTERNATIVES.check(alternatives.person_means(days, RULES, "clock_time", "wrist"))
    who = found.groupby(["outcome", "choice"])["participant"].agg("".join)
    assert who["enmo_mg", "as configured"] == "a"
    assert who["enmo_mg", "no weekend day needed"] == "ab"
    assert who["enmo_mg", "valid day from 10 h"] == "ac"
    assert who["enmo_mg", "from 3 valid days"] == "ac"
    assert "valid day from 16 h" not in who["enmo_mg"]
    values = found.set_index(["choice", "participant"])["value"]
    assert values["time not worn left out", "a"] == 60
    assert values["cut points hip", "a"] == 20
    assert values["in bouts only", "a"] == 5
    # Days that were never imputed here say nothing of imputation.
    plain = alternatives.person_means(days.assign(enmo_not_imputed_mg=np.nan), RULES, "clock_time", "hip")
    assert "time not worn left out" not in set(plain["choice"])
    assert "cut points hip" not in set(plain["choice"])


def test_quality_counts_what_was_used_and_medians_of_what_was_calibrated():
    recordings = pd.DataFrame(
        {
            "failure": [None, None, None, "it is empty"],
            "recorded_h": [24.0, 48, 72, np.nan],
            "calibration": ["applied", "applied", "not applied: too little spread", None],
            "calibration_before_mg": [30.0, 50, 9, np.nan],
            "calibration_after_mg": [2.0, 4, 9, np.nan],
            "corrupt_blocks": [0, 2, 0, np.nan],
            "gaps": [0, 0, 1, np.nan],
            "clipped_share": [0.0, 0, 0.02, np.nan],
            "clock_drift_ppm": [-30.0, 10, 20, np.nan],
        }
    )
    days, _ = marked(rows(*WEEK, *SHORT))
    row = ACTIVITY_QC.check(quality.describe(recordings, days, people(days).reset_index())).iloc[0]
    assert row[["recordings", "recordings_failed", "raw_recordings", "calibrated"]].tolist() == [4, 1, 3, 2]
    assert row[["calibration_before_mg_median", "calibration_after_mg_median"]].tolist() == [40, 3]
    assert row[["person_days", "valid_days", "people", "people_included"]].tolist() == [14, 10, 2, 1]
    assert row["clock_drift_ppm_median"] == 20
    wear = WEAR.check(quality.wear_by_hour(days)).set_index("wear_h")
    assert wear.loc[20].tolist() == [10, 2]
    assert wear.loc[10].tolist() == [4, 1]
    assert wear["person_days"].sum() == 14
