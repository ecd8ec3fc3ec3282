"""Person-days: GGIR's columns, validity rules, and sums."""

import pytest
from conftest import real

from il6r import activity, tables
from il6r.errors import InputError

RULES = activity.ValidityRules(valid_day_hours=16, min_valid_days=4, min_weekend_days=1)


def write(tmp_path, *rows, header="participant,date,enmo_mg,wear_h", name="activity.csv"):
    path = tmp_path / name
    path.write_text("\n".join([header, *rows]) + "\n")
    return path


def read(*paths, form="person_days"):
    days = tables.DAYS_READ.check(activity.read_person_days(paths, form))
    return activity.mark_valid_days([days], [list(map(str, paths))], RULES)


def test_ggirs_own_day_summary_is_read_as_ggir_wrote_it():
    path = real("activity", "ggir", "ggir_test_csv", "part2_daysummary.csv")
    days = tables.PERSON_DAYS.check(read(path, form="ggir_part2"))
    # Values in the file: 14 and 23 valid hours, means 36.616 and 34.276 mg.
    assert days["wear_h"].tolist()[:2] == [14, 23]
    assert days["valid"].tolist()[:2] == [False, True]
    assert days["enmo_mg"].tolist()[:2] == [36.616, 34.276]
    first = days.iloc[0]
    assert first["sedentary_min_per_day"] == 1228.5
    assert first["light_min_per_day"] == 117.5
    assert first["mvpa_min_per_day"] == 46 + 48


def test_people_need_enough_valid_days_and_a_weekend_day(tmp_path):
    # 2025-03-03 is a Monday.
    week = [f"a,2025-03-{day:02d},{20 + day},20" for day in range(3, 10)]
    workdays = [f"b,2025-03-{day:02d},30,20" for day in range(3, 8)]
    short = [f"c,2025-03-{day:02d},30,{20 if day > 6 else 10}" for day in range(3, 10)]
    days = read(write(tmp_path, *week, *workdays, *short))
    people = tables.PERSON_ACTIVITY.check(activity.summarise_people(days, RULES)).set_index("participant")
    assert people["included"].to_dict() == {"a": True, "b": False, "c": False}
    assert people.loc["a", "enmo_mg"] == pytest.approx(26)
    assert people.loc["a", "weekend_share"] == pytest.approx(2 / 7)
    flow = activity.flow(days, people.reset_index(), RULES, "c")
    assert flow["dropped"].tolist() == [0, 4, 0, 1, 1]


def test_missing_wear_is_not_a_valid_day(tmp_path):
    path = write(tmp_path, "a,2025-03-03,30,", "a,2025-03-04,30,20")
    days = read(path)
    assert days["valid"].tolist() == [False, True]


def test_more_minutes_than_a_day_has_are_refused(tmp_path):
    header = "participant,date,enmo_mg,wear_h,sedentary_min_per_day,light_min_per_day,mvpa_min_per_day"
    path = write(tmp_path, "a,2025-03-03,30,20,1400,300,60", header=header)
    with pytest.raises(InputError, match=r"line 2: .* add up to 1760, more than a day has"):
        read(path)


def test_hours_beyond_the_day_are_refused(tmp_path):
    with pytest.raises(InputError, match="line 2: wear_h 25 is outside 0 to 24"):
        read(write(tmp_path, "a,2025-03-03,30,25"))


def test_a_person_may_be_in_several_files_but_a_day_in_one(tmp_path):
    first = write(tmp_path, "a,2025-03-03,30,20", "b,2025-03-03,30,20", name="first.csv")
    second = write(tmp_path, "a,2025-03-04,50,20", name="second.csv")
    people = activity.summarise_people(read(first, second), RULES).set_index("participant")
    assert people["enmo_mg"].to_dict() == {"a": 40, "b": 30}
    write(tmp_path, "a,2025-03-04,50,20", "b,2025-03-03,50,20", name="second.csv")
    with pytest.raises(InputError, match=r"second.csv, line 3: .* is already on line 3 of .*first.csv; keep"):
        read(first, second)
