"""Other programs' summaries: GGIR's own files, every spelling of their columns, and what is refused."""

import csv
import re
from types import SimpleNamespace

import pandas as pd
import pytest
from conftest import real

from il6r.activity import person_days, summaries
from il6r.errors import InputError
from il6r.tables.activity import DAYS_READ, SUMMARIES_READ

RULES = SimpleNamespace(valid_day_hours=16, min_valid_days=4, min_weekend_days=1)
PLAIN = "participant,date,enmo_mg,wear_h"
MINUTES = ("sedentary", "light", "mvpa", "vigorous")


def write(tmp_path, *rows, header=PLAIN, name="activity.csv"):
    path = tmp_path / name
    path.write_text("\n".join([header, *rows]) + "\n")
    return path


def days(path, form="person_days", columns=None, unit="mg", **options):
    found = summaries.read_day_summaries(path, form, columns, unit, **options)
    return DAYS_READ.check(found.assign(file=0))


def people(path, form, columns=None, unit="mg", **options):
    found = summaries.read_person_summaries(path, form, columns, unit, **options)
    return person_days.include_summaries(SUMMARIES_READ.check(found.assign(file=0)), RULES)


def refused(path, form, columns=None, unit="mg"):
    """The sentence a file is refused with."""
    read = summaries.read_day_summaries
    if form in ("ggir_part2_summary", "ggir_part5_summary", "ukb_fields"):
        read = summaries.read_person_summaries
    with pytest.raises(InputError) as caught:
        read(path, form, columns, unit)
    return str(caught.value)


def ggir(recording, name):
    return real("activity", "ggir", recording, name)


def respelled(path, tmp_path, spell):
    """A copy of a table with its column names changed."""
    with open(path, newline="") as source:
        header, *rows = csv.reader(source)
    with open(tmp_path / "respelled.csv", "w", newline="") as copy:
        csv.writer(copy).writerows([[spell(name) for name in header], *rows])
    return tmp_path / "respelled.csv"


def by_r(name):
    """A column's name as R has it after reading the table: make.names()."""
    name = re.sub(r"[^A-Za-z0-9_.]", ".", name)
    return name if name[0].isalpha() else f"X{name}"


SPELLINGS = {
    "old window": lambda name: name.replace("_0-24hr", "_24hr"),
    "older window": lambda name: name.replace("_0-24hr", "_0-24h"),
    "metric last": lambda name: re.sub(r"^(AD_)?(\[.*\))_ENMO_mg_0-24hr", r"\1\2_mg_0-24h_ENMO", name),
    "counts of days": lambda name: {
        "N valid weekend days (WE)": "N valid WEdays", "N valid weekdays (WD)": "N valid WKdays",
    }.get(name, name),
    "read and written by R": by_r,
}  # fmt: skip


def test_ggirs_day_summary_is_read_as_ggir_wrote_it():
    found = days(ggir("ggir_test_csv", "part2_daysummary.csv"), "ggir_part2").iloc[0]
    assert found["date"] == "2016-06-23"
    expected = {
        "enmo_mg": 36.616, "wear_h": 14, "recorded_h": 15, "sedentary_min_per_day": 1228.5,
        "light_min_per_day": 117.5, "mvpa_min_per_day": 46 + 48, "vigorous_min_per_day": 48,
        "mvpa_bouts_min_per_day": 40, "m10_mg": 66.567, "m10_start_h": 2.5, "line": 2,
    }  # fmt: skip
    assert {name: found[name] for name in expected} == expected
    # L3 and L10 are there, not L5.
    assert pd.isna(found["l5_mg"])


def test_hours_of_the_least_active_time_stay_within_the_day():
    found = days(ggir("small_gt3x", "part2_daysummary.csv"), "ggir_part2")
    # GGIR's 27.333 is 3:20 in the morning; the second day was too short for GGIR to analyse.
    assert found["l5_start_h"].iloc[0] == pytest.approx(3.333)
    assert found["enmo_mg"].isna().tolist() == [False, True]
    assert found["mvpa_min_per_day"].isna().tolist() == [False, True]


def test_ggirs_person_summary_agrees_with_its_day_summary():
    person = people(ggir("ggir_test_csv", "part2_summary.csv"), "ggir_part2_summary").iloc[0]
    own_days = days(ggir("ggir_test_csv", "part2_daysummary.csv"), "ggir_part2")
    for column in ("enmo_mg", *(f"{name}_min_per_day" for name in MINUTES)):
        assert person[column] == pytest.approx(own_days[column].mean(), abs=0.001), column
    assert (person["valid_days"], person["weekend_days"]) == (3, 1)
    # 1.875 of 1.958 days were worn.
    assert person["wear_h"] == pytest.approx(24 * 1.875 / 1.958)
    assert not person["included"]
    assert person["reason"] == "fewer than 4 valid days"


@pytest.mark.parametrize("spelling", SPELLINGS)
@pytest.mark.parametrize(
    ("name", "form"), [("part2_daysummary.csv", "ggir_part2"), ("part2_summary.csv", "ggir_part2_summary")]
)
def test_every_spelling_of_part_2_gives_the_same(tmp_path, spelling, name, form):
    read = summaries.read_day_summaries if form == "ggir_part2" else summaries.read_person_summaries
    for recording in ("ggir_test_csv", "small_gt3x"):
        path = ggir(recording, name)
        changed = respelled(path, tmp_path, SPELLINGS[spelling])
        pd.testing.assert_frame_equal(read(changed, form), read(path, form))


def test_minutes_stay_missing_where_the_files_bounds_are_others(tmp_path):
    bands = {"[0,50)": 1000, "[50,100)": 200, "[100,200)": 140, "[200,400)": 60, "[400,8e+03)": 40}
    header = ",".join(
        ["ID", "calendar_date", "N valid hours", "mean_ENMO_mg_0-24hr"]
        + [f'"{band}_ENMO_mg_0-24hr"' for band in bands]
    )
    row = ",".join(map(str, ["a", "2025-03-03", 24, 30, *bands.values()]))
    path = write(tmp_path, row, header=header)
    found = days(path, "ggir_part2").iloc[0]
    assert found[["sedentary_min_per_day", "light_min_per_day"]].isna().all()
    assert (found["mvpa_min_per_day"], found["vigorous_min_per_day"]) == (240, 40)
    found = days(path, "ggir_part2", levels=(50, 100, 200)).iloc[0]
    assert [found[f"{name}_min_per_day"] for name in MINUTES] == [1000, 200, 240, 100]
    found = days(path, "ggir_part2", levels=(45.8, 93.2, 418.3)).iloc[0]
    assert found[[f"{name}_min_per_day" for name in MINUTES]].isna().all()


def test_mvpa_without_bands_comes_from_the_epochs_above_the_cut_point(tmp_path):
    header = "ID,calendar_date,N valid hours,mean_ENMO_mg_0-24hr,MVPA_E5S_T100_ENMO_0-24hr,"
    header += "MVPA_E1M_T100_ENMO_0-24hr,MVPA_E5S_T200_ENMO_0-24hr,MVPA_E5S_B10M80%_T100_ENMO_0-24hr"
    path = write(tmp_path, "a,2025-03-03,24,30,55,40,12,20", header=header)
    found = days(path, "ggir_part2").iloc[0]
    assert (found["mvpa_min_per_day"], found["mvpa_bouts_min_per_day"]) == (55, 20)


# GGIR's names since version 2 and of version 1.
PART5 = {
    "ID": "id", "calendar_date": "calendardate", "ACC_day_spt_mg": "ACC_nightandday_mg",
    "dur_day_spt_min": "dur_nightandday_min", "nonwear_perc_day_spt": "nonwear_perc_nightandday",
    "dur_day_total_IN_min": "dur_TINday_min", "dur_day_total_LIG_min": "dur_TLIGday_min",
    "dur_day_total_MOD_min": "dur_TMODday_min", "dur_day_total_VIG_min": "dur_TVIGday_min",
    "L5VALUE": "L5VALUE", "L5TIME_num": "L5TIME_num", "M10VALUE": "M10VALUE", "M10TIME_num": "M10TIME_num",
}  # fmt: skip


@pytest.mark.parametrize("names", [PART5.keys(), PART5.values()], ids=["version 2", "version 1"])
def test_part_5_days_are_read(tmp_path, names):
    row = "a,2025-03-04,28.5,1440,12.5,600,250,60,5,3.2,26.5,45,33.25"
    found = days(write(tmp_path, row, header=",".join(names)), "ggir_part5").iloc[0]
    expected = {
        "participant": "a", "date": "2025-03-04", "enmo_mg": 28.5, "recorded_h": 24, "wear_h": 21,
        "sedentary_min_per_day": 600, "light_min_per_day": 250, "mvpa_min_per_day": 65,
        "vigorous_min_per_day": 5, "l5_mg": 3.2, "l5_start_h": 2.5, "m10_mg": 45, "m10_start_h": 9.25,
    }  # fmt: skip
    assert {name: found[name] for name in expected} == expected


def test_a_window_from_waking_to_waking_of_36_hours_counts_as_24(tmp_path):
    rows = ["a,2025-03-04,28.5,2160,25,900,600,300,60", "a,2025-03-05,28.5,1500,0,900,500,90,10"]
    found = days(write(tmp_path, *rows, header=",".join(list(PART5)[:9])), "ggir_part5")
    assert found["recorded_h"].tolist() == [24, 25]
    assert found["wear_h"].tolist() == [18, 25]
    assert found["sedentary_min_per_day"].tolist() == [600, 900]
    assert found["mvpa_min_per_day"].tolist() == [240, 100]


def test_part_5_windows_of_several_kinds_are_refused(tmp_path):
    header = ",".join([*list(PART5)[:5], "window"])
    rows = ["a,2025-03-04,28.5,1440,0,MM", "a,2025-03-04,28.5,1500,0,WW"]
    assert "windows of the kinds 'MM', 'WW'; give the file of one kind" in refused(
        write(tmp_path, *rows, header=header), "ggir_part5"
    )
    segment = write(tmp_path, "a,2025-03-04,28.5,480,0,00:00-08:00", header=header)
    assert "windows of the kinds '00:00-08:00'" in refused(segment, "ggir_part5")
    assert len(days(write(tmp_path, rows[0], header=header), "ggir_part5")) == 1


def test_part_5_person_summaries_are_their_plain_means_by_the_rules(tmp_path):
    measures = list(PART5)[2:9]
    header = ",".join(
        [
            "ID",
            *(f"{name}_{mean}" for name in measures for mean in ("pla", "wei")),
            "Nvaliddays",
            "Nvaliddays_WE",
        ]
    )

    def row(name, enmo, valid, weekend):
        values = [enmo, 1440, 12.5, 600, 250, 60, 5]
        return ",".join(map(str, [name, *(v for value in values for v in (value, 99)), valid, weekend]))

    rows = [row("a", 30, 6, 2), row("b", 31, 3, 1), row("c", 32, 5, 0), row("d", "", 7, 2)]
    found = people(write(tmp_path, *rows, header=header), "ggir_part5_summary")
    assert found["enmo_mg"].tolist()[:3] == [30, 31, 32]
    assert found["wear_h"].tolist()[0] == 21
    assert found["mvpa_min_per_day"].tolist()[0] == 65
    assert found["valid_days"].tolist() == [6, 3, 5, 7]
    assert found["included"].tolist() == [True, False, False, False]
    assert found["reason"].fillna("").tolist() == [
        "", "fewer than 4 valid days", "fewer than 1 valid weekend day", "no activity in the summary",
    ]  # fmt: skip
    # A number of days that is missing is none.
    (last,) = people(write(tmp_path, row("e", 30, "", 2), header=header), "ggir_part5_summary")["reason"]
    assert last == "fewer than 4 valid days"


UKB = (90012, 90015, 90016, 90002, 90051)
UKB_SPELLINGS = {
    "showcase": ["eid", *(f"{field}-0.0" for field in UKB)],
    "R": ["f.eid", *(f"f.{field}.0.0" for field in UKB)],
    "R by names": ["eid", *(f"X{field}.0.0" for field in UKB)],
    "platform": ["eid", *(f"p{field}" for field in UKB)],
    "platform with instance": ["participant", *(f"p{field}_i0" for field in UKB)],
    "numbers": ["eid", *map(str, UKB)],
    "Stata": ["n_eid", *(f"n_{field}_0_0" for field in UKB)],
    "titles": [
        "Participant ID", "Overall acceleration average", '"Data quality, good wear time"',
        '"Data quality, good calibration"', "Data problem indicator", "Wear duration overall",
    ],
}  # fmt: skip


@pytest.mark.parametrize("spelling", UKB_SPELLINGS)
def test_uk_biobank_fields_are_included_where_quality_is_good(tmp_path, spelling):
    rows = [
        "1000011,27.5,1,1.0,,7",
        "1000022,30.1,0,Yes,,2.1",
        "1000033,31.2,Yes,No,,6.65",
        "1000044,33.0,1,1,2,6.9",
        "1000055,,,,,",
        "1000066,28.0,,1,,6.9",
        "1000077,28.0,1.0,0.0,0.0,6.9",
        "1000088,28.0,TRUE,yes,False,6.9",
    ]
    found = people(write(tmp_path, *rows, header=",".join(UKB_SPELLINGS[spelling])), "ukb_fields")
    assert found["participant"].tolist()[0] == "1000011"
    assert found["enmo_mg"].tolist()[:4] == [27.5, 30.1, 31.2, 33]
    assert found["reason"].fillna("").tolist() == [
        "",
        "wear time is not marked good (field 90015)",
        "calibration is not marked good (field 90016)",
        "a data problem is marked (field 90002)",
        "no activity in the summary",
        "wear time is not marked good (field 90015)",
        "calibration is not marked good (field 90016)",
        "",
    ]
    assert found["included"].tolist() == [True, *[False] * 6, True]
    # Field 90051 counts days out of 7.
    assert found["wear_h"].tolist()[:3] == pytest.approx([24, 7.2, 22.8])
    assert found["valid_days"].isna().all()


def test_person_days_have_optional_minutes_and_other_names(tmp_path):
    header = "id,day,mean,worn,mvpa_min_per_day,vigorous_min_per_day,mvpa_bouts_min_per_day"
    path = write(tmp_path, "a,2025-03-03 00:00:00,28.5,23,60,10,25", header=header)
    columns = {"participant": "id", "date": "day", "enmo_mg": "mean", "wear_h": "worn"}
    found = days(path, columns=columns).iloc[0]
    assert (found["participant"], found["date"], found["enmo_mg"], found["wear_h"]) == (
        "a",
        "2025-03-03",
        28.5,
        23,
    )
    assert found["mvpa_min_per_day"] == 60
    assert found["vigorous_min_per_day"] == 10
    assert found["mvpa_bouts_min_per_day"] == 25
    assert pd.isna(found["sedentary_min_per_day"])


def test_ggirs_columns_may_be_named_by_its_names_or_ours(tmp_path):
    path = write(tmp_path, "a,2025-03-03,20,30", header="person,day,worn,mean_ENMO_mg_0-24hr")
    theirs = {"ID": "person", "calendar_date": "day", "N valid hours": "worn"}
    ours = {"participant": "person", "date": "day", "wear_h": "worn"}
    pd.testing.assert_frame_equal(days(path, "ggir_part2", theirs), days(path, "ggir_part2", ours))


def test_a_measure_in_another_unit_is_never_taken_for_mg(tmp_path):
    path = write(tmp_path, "a,2025-03-03,30,20,12345", "b,2025-03-03,28,20,", header=f"{PLAIN},mims")
    found = days(path, columns={"other_value": "mims"}, unit="MIMS")
    assert found["enmo_mg"].isna().all()
    assert found["other_value"].tolist()[0] == 12345
    assert found["other_value"].isna()[1]
    same = write(tmp_path, "a,2025-03-03,12345,20", header="participant,date,other_value,wear_h")
    assert days(same, unit="MIMS")["other_value"].tolist() == [12345]
    count = "mean_NeishabouriCount_vm_mg_0-24hr"
    path = write(tmp_path, "a,2025-03-03,20,312", header=f"ID,calendar_date,N valid hours,{count}")
    found = days(path, "ggir_part2", {"other_value": count}, "counts")
    assert found["other_value"].tolist() == [312]
    assert found["enmo_mg"].isna().all()
    header = "ID,AD_mean_MAD_mg_0-24hr,N valid weekend days (WE),N valid weekdays (WD)"
    path = write(tmp_path, "a,45,2,5", "b,,2,5", header=header)
    found = people(path, "ggir_part2_summary", {"other_value": "AD_mean_MAD_mg_0-24hr"}, "mg MAD")
    assert found["other_value"].tolist()[0] == 45
    assert found["included"].tolist() == [True, False]
    assert found["enmo_mg"].isna().all()


@pytest.mark.parametrize(
    ("header", "form", "columns", "unit", "problem"),
    [
        ("participant,date,MIMS,wear_h", "person_days", None, "mg",
         "no column 'enmo_mg' among .*; if 'MIMS' is to be analysed, give its unit as activity.unit"),
        ("participant,date,total_counts,wear_h", "person_days", {"enmo_mg": "total_counts"}, "mg",
         "config, activity.columns: 'total_counts' is given as enmo_mg, and by its name it is not ENMO"),
        ("ID,calendar_date,mean_MAD_mg_0-24hr,N valid hours", "ggir_part2", None, "mg",
         "no column 'mean_ENMO_mg_0-24hr' .*; if 'mean_MAD_mg_0-24hr' is to be analysed, give its unit"),
        ("ID,calendar_date,mean_MIMS_mg_0-24hr,N valid hours", "ggir_part2", None, "mg",
         "if 'mean_MIMS_mg_0-24hr' is to be analysed, give its unit as activity.unit"),
        ("participant,date,MIMS,wear_h", "person_days", None, "MIMS",
         "no column 'other_value' .*; name the column that is in MIMS as other_value under 'columns'"),
        ("Participant,Date,enmo_mg,wear_h", "person_days", None, "mg",
         "no column 'participant', 'date' among .*; write 'Participant', 'Date' in lower case"),
        ("participant,date,acceleration,worn", "person_days", None, "mg",
         "no column 'enmo_mg', 'wear_h' among .*; add it, or name the column that holds it under 'columns'"),
        ("participant,date,country,wear_h", "person_days", None, "mg", "no column 'enmo_mg' .*; add it"),
        ("ID,calendar_date,mean_ENMO_mg_0-24hr,N valid hours", "person_days", None, "mg",
         "it looks like form ggir_part2, so set activity.form to that"),
        ("eid,90012-0.0,90015-0.0,90016-0.0", "ggir_part2_summary", None, "mg",
         "it looks like form ukb_fields"),
        ("eid,90012-0.0,90015-0.0,wear", "ukb_fields", None, "mg", "no column '90016' among"),
        (PLAIN, "person_days", {"enmo": "enmo_mg"}, "mg",
         "'enmo' is no column of form person_days; choose from participant, date, enmo_mg, wear_h, sed"),
        (PLAIN, "person_days", {"enmo_mg": "acc"}, "mg", "no column 'acc' .configured as enmo_mg."),
    ],
)  # fmt: skip
def test_columns_that_are_not_there_are_one_sentence_with_a_way_on(
    tmp_path, header, form, columns, unit, problem
):
    assert re.search(
        problem, refused(write(tmp_path, "a,2025-03-03,30,20", header=header), form, columns, unit)
    )


DAY = "participant,date,enmo_mg,wear_h,sedentary_min_per_day,light_min_per_day,mvpa_min_per_day"


@pytest.mark.parametrize(
    ("header", "row", "problem"),
    [
        # 2025-03-03 is a Monday, 2025-10-26 the Sunday on which Europe's clocks were set back.
        (PLAIN, "a,2025-03-03,30,24.5", "line 2: wear_h 24.5 is outside 0 to 24"),
        (PLAIN, "a,2025-10-26,30,25.5", "line 2: wear_h 25.5 is outside 0 to 25"),
        (DAY, "a,2025-03-03,30,20,1441,,", "line 2: sedentary_min_per_day 1441 is outside 0 to 1440"),
        (DAY, "a,2025-03-03,30,20,1400,300,60", "line 2: .* add up to 1760, more than a day has"),
        (DAY, "a,2025-03-03,30,20,1200,200,60", "line 2: .* add up to 1460, more than a day has"),
        (f"{PLAIN},mvpa_min_per_day,vigorous_min_per_day", "a,2025-03-03,30,20,40,55",
         "line 2: 55 minutes are vigorous and 40 MVPA, which is moderate and vigorous together"),
        (PLAIN, "a,2025-03-03,-1,20", "line 2: enmo_mg -1 is outside 0 to 8000"),
        (PLAIN, "a,2025-03-03,many,20", "line 2: enmo_mg 'many' is not a number"),
        (PLAIN, "a,03/03/2025,30,20", "line 2: date '03/03/2025' is not a date"),
        (PLAIN, ",2025-03-03,30,20", "line 2: 'participant' is empty"),
    ],
)  # fmt: skip
def test_what_no_day_can_hold_is_one_sentence(tmp_path, header, row, problem):
    assert re.search(problem, refused(write(tmp_path, row, header=header), "person_days"))


def test_a_day_with_25_hours_is_taken_on_a_weekend(tmp_path):
    found = days(write(tmp_path, "a,2025-10-26,30,25,1000,300,200", header=DAY)).iloc[0]
    assert (found["wear_h"], found["sedentary_min_per_day"]) == (25, 1000)


@pytest.mark.parametrize(
    "values", [(250_000, 310_000, 180_000), (312, 280, 450), (12_000.5, 9_800.1, 15_000.2)]
)
def test_counts_given_as_mg_are_told_by_their_size(tmp_path, values):
    path = write(tmp_path, *(f"p{k},2025-03-03,{value},20" for k, value in enumerate(values)))
    assert re.search(
        r"the median of 'enmo_mg' is .* mg, where people's mean acceleration is below 100 mg: it looks like "
        r"counts or MIMS; give its unit as activity.unit",
        refused(path, "person_days"),
    )


def test_one_implausible_day_among_many_is_left_to_the_analysis(tmp_path):
    path = write(tmp_path, "a,2025-03-03,30,20", "a,2025-03-04,900,20", "a,2025-03-05,28,20")
    assert days(path)["enmo_mg"].tolist() == [30, 900, 28]


def test_g_given_as_mg_is_told_in_a_table_of_people(tmp_path):
    rows = ["1000011,0.0271,1,1", "1000022,0.0315,1,1"]
    path = write(tmp_path, *rows, header="eid,p90012,p90015,p90016")
    assert "the median acceleration is 0.0293 mg, which looks like g; multiply" in refused(path, "ukb_fields")


def test_a_person_twice_and_an_odd_flag_are_refused_without_the_identifier(tmp_path):
    header = "eid,p90012,p90015,p90016"
    path = write(tmp_path, "1000011,27,1,1", "1000022,28,1,1", "1000011,29,1,1", header=header)
    sentence = refused(path, "ukb_fields")
    assert "line 4: this participant is already on line 2; keep one line per participant" in sentence
    assert "1000011" not in sentence
    odd = write(tmp_path, "1000011,27,perhaps,1", header=header)
    assert "line 2: p90015 'perhaps' is neither yes nor no" in refused(odd, "ukb_fields")
