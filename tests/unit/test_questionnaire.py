"""IPAQ answers against the examples of its scoring protocol (2005) and vectors worked out by hand."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from il6r.activity import questionnaire
from il6r.errors import InputError
from il6r.tables.activity import QUESTIONNAIRES_READ

SHORT = ("vigorous", "moderate", "walking")
LONG = (
    "work_vigorous", "work_moderate", "work_walking", "transport_cycling", "transport_walking",
    "yard_vigorous", "yard_moderate", "inside_moderate", "leisure_walking", "leisure_vigorous",
    "leisure_moderate",
)  # fmt: skip
# METs of each question, from the protocol (5.1 and 6.2).
METS = {
    "vigorous": 8, "moderate": 4, "walking": 3.3,
    "work_vigorous": 8, "work_moderate": 4, "work_walking": 3.3, "transport_cycling": 6,
    "transport_walking": 3.3, "yard_vigorous": 5.5, "yard_moderate": 4, "inside_moderate": 3,
    "leisure_walking": 3.3, "leisure_vigorous": 8, "leisure_moderate": 4,
}  # fmt: skip


def table(tmp_path, rows, header, name="ipaq.csv"):
    path = tmp_path / name
    path.write_text("\n".join([",".join(header), *(",".join(map(str, row)) for row in rows)]) + "\n")
    return path


def header(questions, *more):
    return ["participant", *(f"{q}_{part}" for q in questions for part in ("days", "min_per_day")), *more]


def read(path, form="ipaq_short", columns=None):
    return QUESTIONNAIRES_READ.check(questionnaire.read_ipaq(path, form, columns).assign(file=0))


def short(tmp_path, *answers):
    """Scores of people by (days, minutes) of vigorous, moderate and walking activity."""
    rows = [[f"p{k}", *(part for pair in person for part in pair)] for k, person in enumerate(answers)]
    return read(table(tmp_path, rows, header(SHORT)))


def long(tmp_path, *people):
    """Scores of people by question: (days, minutes); nothing else."""
    rows = [
        [f"p{k}", *(part for q in LONG for part in person.get(q, (0, "")))] for k, person in enumerate(people)
    ]
    return read(table(tmp_path, rows, header(LONG)), "ipaq_long")


def test_the_protocols_own_sum_comes_out(tmp_path):
    # Five times 30 minutes of each: 495 walking, 600 moderate, 1200 vigorous, 2295 in all.
    scored = short(tmp_path, [(5, 30), (5, 30), (5, 30)]).iloc[0]
    assert scored["walking_met_min_per_week"] == 495
    assert scored["moderate_met_min_per_week"] == 600
    assert scored["vigorous_met_min_per_week"] == 1200
    assert scored["met_min_per_week"] == 2295
    assert scored["category"] == "high"


def test_each_question_of_the_long_form_has_its_energy_cost_and_class(tmp_path):
    scored = long(tmp_path, *({question: (3, 60)} for question in LONG))
    for question, row in zip(LONG, scored.to_dict("records"), strict=True):
        assert row["met_min_per_week"] == pytest.approx(METS[question] * 180, abs=1e-6), question
        vigorous = question in ("work_vigorous", "leisure_vigorous")
        intensity = "walking" if "walking" in question else "vigorous" if vigorous else "moderate"
        assert row[f"{intensity}_met_min_per_week"] == row["met_min_per_week"], question


def test_the_long_form_sums_domains_into_classes(tmp_path):
    scored = long(
        tmp_path,
        {
            "work_walking": (5, 30),
            "transport_walking": (5, 20),
            "leisure_walking": (2, 60),
            "transport_cycling": (2, 30),
            "yard_vigorous": (1, 60),
            "inside_moderate": (7, 20),
            "leisure_vigorous": (2, 45),
        },
    ).iloc[0]
    walking = 3.3 * (150 + 100 + 120)
    moderate = 6 * 60 + 5.5 * 60 + 3 * 140
    assert scored["walking_met_min_per_week"] == pytest.approx(walking)
    assert scored["moderate_met_min_per_week"] == pytest.approx(moderate)
    assert scored["vigorous_met_min_per_week"] == 8 * 90
    assert scored["met_min_per_week"] == pytest.approx(walking + moderate + 720)
    # 24 days of anything and 3051 MET-minutes.
    assert scored["category"] == "high"


def test_days_of_cycling_and_of_work_in_the_yard_are_not_vigorous_days(tmp_path):
    # 3 days and 1620, 1485 and 2160 MET-minutes; only the last are of vigorous activity.
    scored = long(
        tmp_path,
        {"transport_cycling": (3, 90)},
        {"yard_vigorous": (3, 90)},
        {"work_vigorous": (1, 90), "leisure_vigorous": (2, 90)},
    )
    assert scored["category"].tolist() == ["low", "low", "high"]


NOTHING = (0, "")


# Answers on vigorous and moderate activity and on walking, and their category.
CASES = [
    (NOTHING, NOTHING, NOTHING, "low"),
    # Vigorous on 3 days, 20 minutes each: moderate; 19 minutes are not enough.
    ((3, 20), NOTHING, NOTHING, "moderate"),
    ((3, 19), NOTHING, NOTHING, "low"),
    ((2, 60), NOTHING, NOTHING, "low"),
    # From 1500 MET-minutes with 3 vigorous days: high. 3 x 62 x 8 = 1488, 3 x 63 x 8 = 1512.
    ((3, 62), NOTHING, NOTHING, "moderate"),
    ((3, 63), NOTHING, NOTHING, "high"),
    # 4 x 8 x 45 + 4 x 15 x 1 = 1500 exactly.
    ((4, 45), (1, 15), NOTHING, "high"),
    # Moderate or walking on 5 days of 30 minutes, also together ("2 days of moderate, 3 of walking").
    (NOTHING, (5, 30), NOTHING, "moderate"),
    (NOTHING, (5, 29), NOTHING, "low"),
    (NOTHING, NOTHING, (5, 30), "moderate"),
    (NOTHING, NOTHING, (4, 30), "low"),
    (NOTHING, (2, 30), (3, 30), "moderate"),
    # Any combination on 5 days from 600 ("2 vigorous, 2 moderate and 2 walking"):
    # 2 x 8 x 20 + 2 x 4 x 25 + 2 x 3.3 x 12 = 599.2 and with 13 minutes of walking 605.8.
    ((2, 20), (2, 25), (2, 12), "low"),
    ((2, 20), (2, 25), (2, 13), "moderate"),
    # 7 days from 3000 ("4 days of moderate, 3 of walking"): 2994, and 3003.9.
    (NOTHING, (4, 150), (3, 60), "moderate"),
    (NOTHING, (4, 150), (3, 61), "high"),
    # 6 days are not 7, though 1440 + 1960 is over 3000.
    ((1, 180), (5, 98), NOTHING, "moderate"),
]  # fmt: skip


def test_categories_follow_the_protocols_criteria(tmp_path):
    scored = short(tmp_path, *(case[:3] for case in CASES))
    found = [(*case[:3], category) for case, category in zip(CASES, scored["category"], strict=True)]
    assert found == CASES


def test_each_class_counts_180_minutes_a_day_at_most(tmp_path):
    # The protocol's own case: walking 10 minutes on 6 days and 12 hours of moderate activity on one would
    # be 3078 MET-minutes on 7 days, so high; cut to 180 minutes it is 198 + 720, so moderate.
    scored = short(tmp_path, [NOTHING, (1, 720), (6, 10)], [(7, 180)] * 3, [(7, 181), (7, 300), (7, 400)])
    assert scored["met_min_per_week"].tolist() == [918, 19278, 19278]
    assert scored["category"].tolist() == ["moderate", "high", "high"]
    # 21 hours a week of each class, as the protocol has it.
    assert scored["walking_met_min_per_week"].tolist()[1:] == [4158, 4158]
    assert scored["moderate_met_min_per_week"].tolist()[1:] == [5040, 5040]
    assert scored["vigorous_met_min_per_week"].tolist()[1:] == [10080, 10080]


def test_the_long_form_cuts_a_class_summed_over_the_domains(tmp_path):
    # 120 and 240 minutes of vigorous activity share 180: 60 on 5 days and 120 on 2.
    scored = long(
        tmp_path, {"work_vigorous": (5, 120), "leisure_vigorous": (2, 240), "work_walking": (5, 180)}
    )
    assert scored["vigorous_met_min_per_week"].tolist() == [8 * (5 * 60 + 2 * 120)]
    assert scored["walking_met_min_per_week"].tolist() == [pytest.approx(3.3 * 900)]


def test_less_than_ten_minutes_count_nothing_and_neither_do_their_days(tmp_path):
    # 960 MET-minutes on 4 days are low; the 7 days of walking would make them moderate.
    scored = short(tmp_path, [NOTHING, (4, 60), (7, 9)], [NOTHING, (4, 60), (7, 10)])
    assert scored["met_min_per_week"].tolist() == [960, 1191]
    assert scored["category"].tolist() == ["low", "moderate"]


def test_more_than_sixteen_hours_a_day_are_excluded(tmp_path):
    scored = short(tmp_path, [(1, 300), (1, 330), (1, 330)], [(1, 300), (1, 330), (1, 331)])
    assert scored["excluded"].fillna("").tolist() == ["", "more than 960 active minutes a day"]
    assert scored["met_min_per_week"].isna().tolist() == [False, True]
    assert scored["category"].isna().tolist() == [False, True]


def test_days_or_time_that_are_not_known_exclude(tmp_path):
    unknown = [(3, ""), ("", 30), ("", ""), (8, 30), ("9.0", 30), (99, 30)]
    unknown += [(3, "don't know"), (3, "don\u2019t know"), (3, "Refused"), (3, 999), (-1, 30)]
    scored = short(tmp_path, *([(3, 30), answer, (3, 30)] for answer in unknown))
    assert scored["excluded"].tolist() == ["days or time not known"] * len(unknown)
    assert scored["met_min_per_week"].isna().all()


def test_no_day_or_no_time_is_no_activity(tmp_path):
    nothing = [(0, ""), (0, 0), ("", 0), (0, "don't know"), (3, 0)]
    scored = short(tmp_path, *([answer, (5, 30), NOTHING] for answer in nothing))
    assert scored["excluded"].isna().all()
    assert scored["met_min_per_week"].tolist() == [600] * len(nothing)


def test_time_on_no_day_is_a_contradiction_that_excludes(tmp_path):
    assert short(tmp_path, [(0, 45), (5, 30), NOTHING])["excluded"].tolist() == ["time given for no day"]


def test_who_is_excluded_stays_in_the_table_with_the_time_of_sitting(tmp_path):
    path = table(tmp_path, [["a", 3, "", 0, "", 0, "", 420]], header(SHORT, "sitting_min_per_day"))
    scored = read(path)
    assert scored["participant"].tolist() == ["a"]
    assert scored["sitting_min_per_day"].tolist() == [420]
    assert scored["line"].tolist() == [2]


def test_hours_and_minutes_add_up_and_minutes_in_the_hours_are_told(tmp_path):
    names = ["participant", "vigorous_days", "vigorous_hours_per_day", "moderate_days"]
    names += ["moderate_hours_per_day", "moderate_min_per_day", "walking_days", "walking_min_per_day"]
    names += ["sitting_hours_per_day"]
    # 7.1: 15, 30, 45, 60 and 90 hours were meant as minutes; one may sit 15 hours, though.
    rows = [
        ["a", 2, 1.5, 3, 1, 30, 0, "", 15],
        ["b", 2, 45, 3, "", 30, 0, "", 8],
        ["c", 2, 15, 3, 1, "", 0, "", "dk"],
    ]
    scored = read(table(tmp_path, rows, names))
    assert scored["vigorous_met_min_per_week"].tolist() == [8 * 2 * 90, 8 * 2 * 45, 8 * 2 * 15]
    assert scored["moderate_met_min_per_week"].tolist() == [4 * 3 * 90, 4 * 3 * 30, 4 * 3 * 60]
    assert scored["sitting_min_per_day"].tolist()[:2] == [900, 480]
    assert scored["sitting_min_per_day"].isna()[2]


def test_who_has_no_work_may_skip_its_questions(tmp_path):
    names = header(LONG, "has_work", "sitting_weekday_min_per_day", "sitting_weekend_min_per_day")
    skipped = ["", ""] * 3 + [0, ""] * 7 + [2, 60]
    rows = [["a", *skipped, "no", 300, 650], ["b", *skipped, "yes", 300, ""], ["c", *skipped, "", 300, 650]]
    scored = read(table(tmp_path, rows, names), "ipaq_long")
    assert scored["excluded"].fillna("").tolist() == ["", *["days or time not known"] * 2]
    assert scored["met_min_per_week"].tolist()[0] == 480
    # 5 weekdays and 2 days of the weekend (6.4).
    assert scored["sitting_min_per_day"].tolist()[0] == pytest.approx((5 * 300 + 2 * 650) / 7)
    assert scored["sitting_min_per_day"].isna()[1]


def test_columns_may_have_other_names(tmp_path):
    path = table(tmp_path, [["a", 1, 20, 0, "", 0, ""]], ["id", "q1", *header(SHORT)[2:]])
    assert read(path, columns={"participant": "id", "vigorous_days": "q1"})["met_min_per_week"].tolist() == [
        160
    ]


@pytest.mark.parametrize(
    ("row", "problem"),
    [
        (["a", 10, 30, 0, 0, 0, 0], "line 2: vigorous_days 10 is outside 0 to 7"),
        (["a", -2, 30, 0, 0, 0, 0], "line 2: vigorous_days -2 is outside 0 to 7"),
        (["a", 3, 1441, 0, 0, 0, 0], "line 2: vigorous_min_per_day 1441 is outside 0 to 1440"),
        (["a", 3, "1:30", 0, 0, 0, 0], "line 2: vigorous_min_per_day '1:30' is not a number"),
        (["a", 3, "an hour", 0, 0, 0, 0], "line 2: vigorous_min_per_day 'an hour' is not a number"),
        (["", 3, 30, 0, 0, 0, 0], "line 2: 'participant' is empty"),
    ],
)
def test_impossible_answers_are_one_sentence(tmp_path, row, problem):
    with pytest.raises(InputError, match=problem):
        read(table(tmp_path, [row], header(SHORT)))


def test_hours_and_minutes_beyond_the_day_are_refused(tmp_path):
    names = header(SHORT, "walking_hours_per_day")
    with pytest.raises(
        InputError, match="hours and minutes of walking add up to 1450 minutes, more than a day"
    ):
        read(table(tmp_path, [["a", 0, 0, 0, 0, 1, 10, 24]], names))
    for hours in (-2, 26):
        with pytest.raises(InputError, match=f"walking_hours_per_day {hours} is outside 0 to 24"):
            read(table(tmp_path, [["a", 0, 0, 0, 0, 1, 10, hours]], names))


def test_a_participant_twice_is_refused_without_the_name(tmp_path):
    path = table(tmp_path, [["p17", 0, 0, 0, 0, 0, 0], ["p17", 1, 30, 0, 0, 0, 0]], header(SHORT))
    with pytest.raises(InputError, match="line 3: this participant is already on line 2") as caught:
        read(path)
    assert "p17" not in str(caught.value)


def test_columns_that_are_not_there_or_not_known_are_named(tmp_path):
    path = table(tmp_path, [["a", 0, 0, 0, 0, 0]], header(SHORT)[:-1])
    with pytest.raises(
        InputError, match="no column 'walking_min_per_day'; add it or 'walking_hours_per_day'"
    ):
        read(path)
    with pytest.raises(InputError, match="no column 'work_vigorous_days'"):
        read(path, "ipaq_long")
    with pytest.raises(InputError, match="'walks' is no column of form ipaq_short; choose from participant"):
        read(path, columns={"walks": "walking_days"})
    bad = table(tmp_path, [["a", *[0, 0] * 11, "maybe"]], header(LONG, "has_work"), "work.csv")
    with pytest.raises(InputError, match="line 2: has_work 'maybe' is neither yes nor no"):
        read(bad, "ipaq_long")


pairs = st.tuples(st.integers(0, 7), st.integers(0, 300)).map(lambda p: (p[0], p[1] if p[0] else 0))
CATEGORIES = ["low", "moderate", "high"]


@settings(max_examples=10, deadline=None)
@given(
    st.lists(st.tuples(pairs, pairs, pairs), min_size=1, max_size=40), st.integers(0, 2), st.integers(1, 60)
)
def test_scores_are_sums_of_their_classes_and_grow_with_time_until_180_minutes(
    tmp_path_factory, people, which, more
):
    folder = tmp_path_factory.mktemp("ipaq")
    before = short(folder, *people)
    longer = [
        [(days, minutes + more * (k == which) if days else 0) for k, (days, minutes) in enumerate(person)]
        for person in people
    ]
    after = short(folder, *longer)
    classes = [f"{name}_met_min_per_week" for name in SHORT]
    for person, old, new in zip(people, before.itertuples(), after.itertuples(), strict=True):
        by_hand = [
            METS[name] * days * (min(minutes, 180) if minutes >= 10 else 0)
            for name, (days, minutes) in zip(SHORT, person, strict=True)
        ]
        assert [getattr(old, name) for name in classes] == pytest.approx(by_hand)
        assert old.met_min_per_week == pytest.approx(sum(by_hand))
        if isinstance(new.excluded, str):
            continue
        assert new.met_min_per_week >= old.met_min_per_week
        assert CATEGORIES.index(new.category) >= CATEGORIES.index(old.category)
        if person[which][1] >= 180:
            assert new.met_min_per_week == old.met_min_per_week
