"""The report's words, rows and figures about recordings, wear and the average day."""

import re
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from made_study import empty, made_study, written

from il6r.report import drawing, load
from il6r.report.activity import figures, methods
from il6r.report.activity import words as activity
from il6r.tables.activity import ACTIVITY_QC, WEAR
from il6r.tables.association import AVERAGE_DAY

MINIMUM = 5
COHORTS = ["one", "two", "three"]
LIMITS = {"one": 16, "two": 10.5, "three": 0}
RULES = {name: {"activity_rules": {"valid_day_hours": hours}} for name, hours in LIMITS.items()}


def qc(cohort="one", **changed):
    row = {
        "recordings": 23, "recordings_failed": 3, "recorded_h_median": 71.96, "raw_recordings": 13,
        "raw_recordings_with_corrupt_blocks": 2, "raw_recordings_with_gaps": 6,
        "clipped_percent_median": 0.0123, "clock_drift_ppm_median": 41.7, "calibrated": 12,
        "calibration_before_mg_median": 24.24, "calibration_after_mg_median": 1.86,
        "calibration_after_mg_90_percent": 3.31, "person_days": 1238, "valid_days": 1107,
        "wear_h_median": 20.47, "wear_h_low_quartile": 18.61, "wear_h_high_quartile": 22.36, "people": 177,
        "people_included": 174, "valid_days_median": 6.5, "questionnaires_scored": 168,
        "met_min_per_week_median": 2346.5, **changed,
    }  # fmt: skip
    return ACTIVITY_QC.check(pd.DataFrame([row])).assign(cohort=cohort)


def nothing(cohort):
    counts = [name for name, spec in ACTIVITY_QC.columns.items() if not spec.nullable]
    measures = [name for name, spec in ACTIVITY_QC.columns.items() if spec.nullable]
    return qc(cohort, **dict.fromkeys(counts, 0), **dict.fromkeys(measures, np.nan))


def wear(days, cohort="one", people=None):
    """Person-days by hour; as many people unless said."""
    hours = np.arange(25)
    frame = pd.DataFrame(
        {
            "wear_h": hours,
            "person_days": [days.get(hour, 0) for hour in hours],
            "people": [(people or days).get(hour, 0) for hour in hours],
        }
    )
    return WEAR.check(frame).assign(cohort=cohort)


def many_hours(cohort="one"):
    return wear({12: 3, 14: 23, 16: 61, 20: 408, 24: 299}, cohort)


def day(sizes, cohort="one"):
    rows = [
        {
            "cohort": cohort, "genotype": genotype, "copies": copies, "hour": hour, "participants": size,
            "participants_uncertain": 0,
            "enmo_mg": 20 + hour - copies, "ci_low": 18 + hour - copies if size > 1 else None,
            "ci_high": 22 + hour - copies if size > 1 else None,
        }
        for copies, (genotype, size) in enumerate(sizes.items())
        for hour in range(24)
    ]  # fmt: skip
    return AVERAGE_DAY.check(pd.DataFrame(rows))


def together(*frames):
    return pd.concat(frames, ignore_index=True)


def everything():
    return {
        "activity_qc": together(*(qc(cohort) for cohort in COHORTS)),
        "wear": together(many_hours("one"), many_hours("two"), wear({}, "three")),
        "average_day": together(day({"A/A": 62, "A/C": 77, "C/C": 4}), day({"T/T": 18, "T/G": 16}, "two")),
    }


def nowhere():
    return {
        "activity_qc": together(*(nothing(cohort) for cohort in COHORTS)),
        "wear": together(*(wear({}, cohort) for cohort in COHORTS)),
        "average_day": empty(AVERAGE_DAY),
    }


def only_few():
    """Nobody but small groups."""
    few = {hour: 4 for hour in range(25)}
    return {
        "activity_qc": together(
            *(qc(c, recordings=4, people=4, people_included=3, questionnaires_scored=4) for c in COHORTS)
        ),
        "wear": together(*(wear({h: 28 for h in few}, cohort, few) for cohort in COHORTS)),
        "average_day": day({"A/A": 4, "A/C": 1}),
    }


STUDIES = {"everything": everything, "nowhere": nowhere, "only few": only_few}
DRAWINGS = {"wear": figures.wear, "average_day": figures.average_day}


def study_of(found, minimum=MINIMUM):
    return made_study(COHORTS, found, minimum, rules=RULES)


def drawn(name, found, folder):
    folder.mkdir(exist_ok=True)
    paths = [folder / f"{name}.svg", folder / f"{name}.pdf"]
    with drawing.style():
        drawing.save(DRAWINGS[name](study_of(found)).figure, list(map(str, paths)))
    return [path.read_bytes() for path in paths]


@pytest.fixture(scope="module")
def pictures(tmp_path_factory):
    """SVG and PDF of each figure of each made-up study."""
    folder = tmp_path_factory.mktemp("figures")
    return {
        study: {name: drawn(name, made(), folder) for name in DRAWINGS} for study, made in STUDIES.items()
    }


def texts(svg):
    """What is written in a figure; Matplotlib leaves each text as a comment beside its outlines."""
    return [text.strip() for text in re.findall(r"<!--(.*?)-->", svg.decode(), flags=re.S)]


@pytest.mark.parametrize("name", DRAWINGS)
def test_a_figure_has_the_same_bytes_twice(name, pictures, tmp_path):
    first = pictures["everything"][name]
    assert first == drawn(name, everything(), tmp_path)
    assert len(first[0]) < 200_000


@pytest.mark.parametrize("study", ["nowhere", "only few"])
def test_without_enough_people_each_figure_says_so_in_words(study, pictures):
    for name, said in {
        "wear": "No cohort has wear by day of enough people.",
        "average_day": "No cohort has activity by the hour of enough people.",
    }.items():
        assert said in texts(pictures[study][name][0]), name


def axes_of(name, found):
    figure = DRAWINGS[name](study_of(found)).figure
    drawing.plt.close(figure)
    return figure.axes


def test_bars_of_wear_are_as_round_as_counts_and_hours_of_few_people_have_none():
    found = {"wear": wear({3: 40, 5: 5, 12: 4, 16: 61, 20: 408}, people={3: 4, 5: 5, 12: 4, 16: 30, 20: 99})}
    (axis,) = axes_of("wear", found)
    heights = {round(bar.get_x()): bar.get_height() for bar in axis.patches if bar.get_height()}
    assert heights == {16: 60, 20: 400}
    assert list(axis.get_lines()[0].get_xdata()) == [16, 16]


def test_each_panel_of_wear_has_its_own_cohorts_limit_and_one_without_wear_has_no_panel():
    found = {"wear": together(many_hours("one"), wear({}, "two"), many_hours("three"))}
    axes = axes_of("wear", found)
    assert [(axis.get_title("left"), axis.get_lines()[0].get_xdata()[0]) for axis in axes] == [
        ("one", 16),
        ("three", 0),
    ]


def test_a_genotype_of_few_people_is_named_below_the_average_day_and_not_drawn():
    found = figures.average_day(study_of(everything()))
    drawing.plt.close(found.figure)
    one, _ = found.figure.axes
    assert list(found.data["genotype"].unique()) == ["A/A", "A/C", "T/T", "T/G"]
    said = [text.get_text() for text in found.figure.texts]
    assert said == ["Not drawn, since they have under 10 people: one C/C."]
    assert list(one.get_lines()[0].get_xdata()[:2]) == [0.5, 1.5]
    assert one.get_lines()[1].get_ydata()[23] == 20 + 23 - 1


def test_a_person_alone_is_drawn_without_an_interval_where_anybody_may_be_shown(tmp_path):
    with drawing.style():
        found = figures.average_day(study_of({"average_day": day({"A/A": 1})}, 1))
        drawing.save(found.figure, [str(tmp_path / "day.svg")])
        drawing.save(figures.wear(study_of({"wear": wear({24: 1})}, 1)).figure, [str(tmp_path / "wear.svg")])
    assert set(found.data["genotype"]) == {"A/A"}


def cells(found, cohorts=("one",)):
    table = activity.rows(list(cohorts), found["activity_qc"], found["wear"], MINIMUM)
    return {row["name"]: row["cells"][0] for row in table}


def test_the_table_has_rounded_counts_and_medians():
    assert cells(everything()) == {
        "recordings given": "20",
        "recordings that failed": "under 10",
        "hours recorded (median)": "72.0",
        "raw recordings used": "10",
        "raw recordings with corrupt blocks": "under 10",
        "raw recordings with gaps": "under 10",
        "raw recordings calibrated": "10",
        "person-days": "1,230",
        "valid person-days": "1,100",
        "wear of a person-day in hours (median, quartiles)": "20.5 (18.6 to 22.4)",
        "people with accelerometry": "170",
        "people with enough of it": "170",
        "valid days of a person (median)": "6.5",
        "questionnaires scored": "160",
        "MET-minutes a week (median)": "2,346",
    }


def test_medians_of_few_people_are_not_shown():
    shown = cells(only_few())
    for name in (
        "hours recorded (median)",
        "wear of a person-day in hours (median, quartiles)",
        "valid days of a person (median)",
        "MET-minutes a week (median)",
    ):
        assert shown[name] == "not shown"
    assert shown["people with accelerometry"] == shown["people with enough of it"] == "under 10"


def test_rows_that_no_cohort_has_are_left_out_and_a_cohort_without_has_empty_cells():
    found = {
        "activity_qc": together(nothing("one"), nothing("two").assign(questionnaires_scored=31)),
        "wear": wear({}, "one"),
    }
    table = activity.rows(["one", "two"], found["activity_qc"], found["wear"], MINIMUM)
    assert table == [{"name": "questionnaires scored", "cells": ["", "30"]}]


def test_where_every_recording_failed_their_number_is_all_there_is():
    found = {"activity_qc": nothing("one").assign(recordings=8, recordings_failed=8), "wear": wear({})}
    assert cells(found) == {"recordings given": "under 10", "recordings that failed": "under 10"}
    assert activity.calibration_sentences(found["activity_qc"], MINIMUM) == []


def test_calibration_is_told_where_enough_recordings_were_calibrated():
    quality = (
        "The median recording has 0.012 % of its samples near the device's limit and a sampling rate 42 "
    )
    quality += "ppm off nominal."
    frame = together(
        qc("one"), qc("two", calibrated=4), qc("three", calibrated=0), qc("four", raw_recordings=9)
    )
    assert activity.calibration_sentences(frame, MINIMUM) == [
        "one: calibration brought the median error of 10 raw recordings from 24.24 to 1.86 mg; afterwards "
        f"nine in ten are off by at most 3.31 mg. {quality}",
        f"two: under 10 recordings were calibrated; their errors are not shown. {quality}",
        f"three: under 10 recordings were calibrated; their errors are not shown. {quality}",
        "four: there are under 10 raw recordings; their quality is not shown.",
    ]
    assert activity.calibration_sentences(nothing("one"), MINIMUM) == []


def test_words_on_the_average_day_name_who_is_not_shown_and_round_the_others():
    assert activity.day_sentences(COHORTS, everything()["average_day"], MINIMUM) == [
        "one: 60 people with A/A and 70 people with A/C; under 10 people have C/C.",
        "two: 10 people with T/T and 10 people with T/G.",
        "three: nobody in the models has activity by the hour.",
    ]
    imputed = day({"A/A": 60, "A/C": 75}).assign(participants_uncertain=12)
    assert activity.day_sentences(["one"], imputed, MINIMUM) == [
        "one: 60 people with A/A and 70 people with A/C; the genotype of 10 people is uncertain, and they "
        "are in no group."
    ]
    few = activity.day_sentences(["one"], only_few()["average_day"], MINIMUM)
    assert few == ["one: no genotype is shown; under 10 people have A/A or A/C."]


def test_words_on_wear_name_cohorts_that_are_not_drawn():
    found = together(many_hours("one"), wear({}, "two"), only_few()["wear"].query("cohort == 'three'"))
    (said,) = activity.wear_sentences(COHORTS, found, MINIMUM)
    assert said.startswith("Not drawn: two and three, where wear by day is not known")
    assert activity.wear_sentences(["one"], found, MINIMUM) == []


@pytest.mark.parametrize("study", STUDIES)
def test_the_section_is_written_and_shows_no_small_cell(study, pictures):
    shown = written(study_of(STUDIES[study]()), "cohorts")
    said = re.sub(r"<[^>]*>", "\n", shown)
    said += "\n".join(text for svg, _ in pictures[study].values() for text in texts(svg))
    # Numbers of people, days, recordings and answers in the made-up tables that are not round.
    for count in (23, 13, 1238, 1107, 177, 174, 168, 62, 77, 408, 299):
        assert not re.search(rf"(?<![\d.,]){count:,}(?![\d,.])", said), count


def test_tables_of_activity_are_put_below_each_other_even_if_one_is_empty(tmp_path):
    given, full = SimpleNamespace(), everything()
    for table in (ACTIVITY_QC, WEAR, AVERAGE_DAY):
        paths = [str(tmp_path / f"{table.name}_{cohort}.tsv") for cohort in ("one", "two")]
        own = full[table.name][full[table.name]["cohort"] == "one"]
        rest = nothing("two") if table is ACTIVITY_QC else empty(table)
        for frame, path in zip((own, rest), paths, strict=True):
            table.write(frame if "cohort" in table.columns else frame.drop(columns="cohort"), path)
        setattr(given, table.name, paths)
    study = load.Study({"min_cell_size": MINIMUM, "cohorts": {"one": {}, "two": {}}}, given)
    assert [len(study.table(table)) for table in (ACTIVITY_QC, WEAR, AVERAGE_DAY)] == [2, 25, 72]


SETTINGS = {
    "valid_day_hours": 16, "min_valid_days": 4, "min_weekend_days": 1, "epoch_s": 5, "idle_sleep": "hold",
    "calibrate": True, "min_sphere_g": 0.3, "max_calibration_error_mg": 0, "nonwear_window_min": 60,
    "nonwear_step_min": 15, "nonwear_sd_mg": 13, "nonwear_range_mg": 50, "nonwear_axes": 2,
    "max_clipped_share": 0.3, "imputation": "clock_time", "cut_points": "ggir", "bout_min": 10,
    "bout_share": 0.8, "max_failed_share": 0.1,
}  # fmt: skip


def told(**cohorts):
    return " ".join(methods.sentences({"activity": SETTINGS, "cohorts": cohorts}))


def given(*forms, unit="mg", files=("a.cwa",), **rules):
    sources = [{"form": form, "unit": unit, "file": list(files), "columns": {}} for form in forms]
    return {"activity": sources, "activity_rules": rules}


def test_methods_tell_every_setting_of_raw_recordings():
    text = told(one=given("raw"))
    for said in (
        "Activity data were raw device recordings in one.",
        "damaged blocks were skipped",
        "more than a second and more than three sample intervals is a gap",
        "reach 0.3 g on both sides",
        "epochs of 5 s",
        "windows of 60 min, in steps of 15, in which at least 2 of 3 axes have a standard deviation below "
        "13 mg and a range below 50 mg",
        "more than 30 % of samples near the device's limit",
        "time not worn took the mean of the same clock time",
        "Times are the devices' own",
        "the cut points ggir",
        "at least 10 min with 80 % of them above",
        "A day is valid with at least 16 h of wear.",
        "A person is included with at least 4 valid days, 1 of them on a weekend.",
    ):
        assert said in text, said
    for other in ("ActiGraph", "IPAQ", "UK Biobank", "(in "):
        assert other not in text


def test_methods_follow_a_cohorts_own_rules():
    own = {
        "idle_sleep": "zero", "calibrate": False, "max_calibration_error_mg": 10, "imputation": "none",
        "time_zone": "Europe/London", "valid_day_hours": 10, "min_valid_days": 1, "min_weekend_days": 0,
    }  # fmt: skip
    text = told(one=given("raw"), two=given("raw", files=["b.gt3x"], **own), three=given("ukb_fields"))
    for said in (
        "Raw recordings (in one, two): ",
        "In one: gain and offset",
        "In two: gaps of an ActiGraph (idle sleep) count as zero on every axis; recordings were not "
        "calibrated; those still further off than 10 mg failed;",
        "In two: local time is that of Europe/London; time not worn was left out",
        "A day is valid (in one, two) in one with at least 16 h of wear; in two with at least 10 h of wear.",
        "in two with at least 1 valid day.",
        "UK Biobank's person means (in three) count where",
    ):
        assert said in text, said


def test_methods_do_not_tell_steps_that_were_not_taken():
    text = told(one=given("ipaq_long"))
    assert text.startswith(
        "Activity data were answers to the long IPAQ in one. The IPAQ was scored by its protocol"
    )
    for other in ("Raw", "Epochs", "A day is valid", "A person is included", "UK Biobank", "MVPA"):
        assert other not in text
    assert "day summaries of GGIR's part 2 in counts (an outcome of its own) in one" in told(
        one=given("ggir_part2", unit="counts")
    )


def test_methods_know_what_a_synthetic_cohort_hands_over():
    made = {"raw_recordings": 12, "epoch_recordings": 0, "activity_form": "person_days"}
    text = told(one={"synthetic": {**made, "questionnaire": "ipaq_short"}})
    assert text.startswith(
        "Activity data were raw device recordings in one; person-days in one; answers to the short IPAQ "
        "in one."
    )
    assert "ActiGraph" not in text
