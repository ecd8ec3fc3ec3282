"""Joining: nobody disappears uncounted."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from il6r import cohort, plan
from il6r.association.coefficients import NotEstimableError
from il6r.association.selection import Cohort, select
from il6r.errors import InputError
from il6r.flow import Flow
from il6r.tables.activity import PERSON_ACTIVITY, PERSON_DAYS
from il6r.tables.assays import BALANCE, CONCENTRATIONS
from il6r.tables.cohort import ANALYSIS_SET, COHORT_FLOW, PARTICIPANTS
from il6r.tables.genotypes import CALLS, STRUCTURE

REPO = Path(__file__).resolve().parents[2]
PLAN = plan.load(REPO / "config" / "plan.yaml", REPO / "workflow" / "schemas" / "plan.schema.yaml")

# What is not known of a blood sample.
SAMPLE = dict.fromkeys(["time_point", "matrix"]) | dict.fromkeys(
    ["hours_since_exercise", "freeze_thaw_cycles", "plasma_volume_change_percent"], np.nan
)
COVARIATES = {"sil6r": ["age", "plate"], "activity": ["age", "wear_h"], "met": ["age"], "person": ["age"]}


def parts():
    """Eight people, each with a story."""
    people = [f"p{i}" for i in range(8)]
    participants = pd.DataFrame(
        {
            "participant": people,
            "sample": ["s0", "s1", "s2", "s3", "s4", None, "s6", "s7"],
            "age": [30.0, 31, np.nan, 33, 34, 35, 36, 37],
        }
    )
    calls = pd.DataFrame(
        {
            "sample": ["s0", "s1", "s2", "s3", "s4", "s7", "s99"],
            "dosage": [0.0, 1, 2, np.nan, 1, 1.4, 0],
            "genotype": ["AA", "AC", "CC", None, "AC", None, "AA"],
            "probability_1": [0.0, 1, 0, np.nan, 1, 0.6, 0],
            "probability_2": [0.0, 0, 1, np.nan, 0, 0.4, 0],
            "field": ["GT"] * 7,
            "effect_allele": "C",
            "file": 1,
        }
    )
    measured = [p for p in people if p != "p4"] + ["stranger"]
    concentrations = pd.DataFrame(
        {
            "participant": measured,
            "visit": "1",
            "date": None,
            "sil6r_ng_ml": 30.0,
            "sil6r_low_ng_ml": 30.0,
            "sil6r_high_ng_ml": 30.0,
            "sil6r_censored": False,
            "sil6r_replicates": 1,
            "sil6r_cv_percent": np.nan,
            "sil6r_plate": ["one", "one", "one", "one", "one", "one", "one", "two"],
        }
    )
    activity = pd.DataFrame(
        {
            "participant": people,
            "enmo_mg": 30.0,
            "wear_h": 20.0,
            "valid_days": 7,
            "weekend_days": 2,
            "weekend_share": 2 / 7,
            "included": [True, False, True, True, True, True, True, True],
        }
    )
    days = pd.DataFrame(columns=list(PERSON_DAYS.columns))
    return [
        PARTICIPANTS.check(participants),
        CALLS.check(calls),
        CONCENTRATIONS.check(concentrations.assign(**SAMPLE)),
        BALANCE.check(pd.DataFrame(columns=list(BALANCE.columns))),
        whole(PERSON_ACTIVITY, activity),
        PERSON_DAYS.check(days),
        pd.DataFrame({"group": ["all"], "refused": [None]}),
        structure(calls["sample"]),
    ]


def whole(table, frame):
    """A table with those of its columns that may be missing, and are."""
    return table.check(frame.reindex(columns=list(dict.fromkeys([*frame, *table.columns]))))


def structure(samples, **columns):
    """`STRUCTURE` of people like all others, but for some columns."""
    unknown = ["call_rate", "heterozygosity", "inbreeding", *(f"pc{k}" for k in range(1, 11))]
    frame = pd.DataFrame({"sample": samples, **dict.fromkeys(unknown, np.nan), "unrelated": True})
    frame[["group", "nearest_group", "outlier", "family"]] = None
    return STRUCTURE.check(frame.assign(**columns))


def build(*tables, **options):
    """The analysis set and the flow of a cohort's tables."""
    return cohort.build_analysis_set("c", cohort.Tables(*tables), **options)


def chain(flow, analysis, counted):
    rows = flow[(flow["analysis"].isna() if analysis is None else flow["analysis"] == analysis)]
    return rows[rows["counted"] == counted].set_index("reason")


def used(analysis_set, covariates=None):
    """The rows of each of the plan's analyses, as participants, and the flow into them."""
    own = Cohort("c", analysis_set, ("AA", "AC", "CC"), PLAN, "plan.yaml", covariates or COVARIATES)
    flow, rows = Flow("c"), {}
    for name, analysis in PLAN.analyses.items():
        try:
            frame = select(own, analysis, flow).frame
        except NotEstimableError:
            continue
        rows[name] = set(analysis_set.loc[frame.index, "participant"])
    return rows, COHORT_FLOW.check(flow.table())


def test_every_exclusion_is_counted_with_its_reason():
    analysis_set, flow = build(*parts())
    analysis_set = ANALYSIS_SET.check(analysis_set)
    flow = COHORT_FLOW.check(flow)
    people = chain(flow, None, "participants")["left"].to_dict()
    assert people == {
        "in the participant table": 8,
        "no sample ID": 7,
        "sample not in the genotype files": 6,
        "no call at the variant": 5,
        "outlier genome-wide (call rate, heterozygosity or ancestry)": 5,
        "related to somebody who stays": 5,
    }
    rows, models = used(analysis_set)
    sil6r = chain(models, "sil6r_additive", "participants")["left"].to_dict()
    assert sil6r["genotyped participants"] == 5
    assert sil6r["no usable sil6r value"] == 4
    assert sil6r["no age"] == 3
    assert sil6r["alone in a covariate's group, or in one without a quantified value"] == 3
    # p7's dosage of 1.4 is no genotype, but has the probabilities of three.
    genotypic = chain(models, "sil6r_cc_vs_aa", "person-visits")
    assert genotypic.loc["may carry a third allele", ["dropped", "left"]].tolist() == [0, 3]
    assert rows["sil6r_additive"] == {"p0", "p1", "p7"}
    assert rows["activity_additive"] == {"p0", "p4", "p7"}
    assert set(analysis_set.loc[analysis_set["in_activity"], "participant"]) == {"p0", "p2", "p4", "p7"}
    # p1 has too few days, which are then no measurement.
    assert analysis_set.loc[analysis_set["participant"] == "p1", "enmo_mg"].isna().all()
    assert chain(flow, None, "samples").loc["not in the participant table", "dropped"] == 1
    assert chain(flow, None, "sIL-6R visits").loc["not in the participant table", "dropped"] == 1


def test_counts_add_up_along_each_chain():
    analysis_set, flow = build(*parts())
    flow = pd.concat([flow, used(analysis_set)[1]])
    for _, rows in flow.groupby(["stage", "analysis", "counted"], dropna=False, sort=False):
        assert rows["dropped"].iloc[0] == 0
        assert (rows["left"].shift().iloc[1:] - rows["dropped"].iloc[1:] == rows["left"].iloc[1:]).all()


def test_a_group_of_one_is_left_out():
    participants, calls, concentrations, *others = parts()
    concentrations.loc[concentrations["participant"] == "p7", "sil6r_plate"] = "three"
    analysis_set, _ = build(participants, calls, concentrations, *others)
    rows, flow = used(analysis_set)
    assert rows["sil6r_additive"] == {"p0", "p1"}
    left = chain(flow, "sil6r_additive", "participants")["dropped"]
    assert left.iloc[-1] == 1
    assert left.index[-1].startswith("alone in a covariate's group")


def test_a_plate_without_a_quantified_value_is_left_out():
    participants, calls, concentrations, *others = parts()
    participants["age"] = 40.0
    concentrations.loc[concentrations["participant"].isin(["p2", "p7"]), "sil6r_plate"] = "below"
    concentrations.loc[concentrations["sil6r_plate"] == "below", "sil6r_low_ng_ml"] = 0.0
    analysis_set, _ = build(participants, calls, concentrations, *others)
    rows, _ = used(analysis_set)
    assert rows["sil6r_additive"] == {"p0", "p1"}
    # The plate does not matter to a model without it.
    assert rows["sil6r_variance_unadjusted"] == {"p0", "p1", "p2", "p7"}


def test_a_column_with_one_of_our_names_is_refused():
    participants, *others = parts()
    with pytest.raises(InputError, match="'wear_h' has the name of a column the workflow makes"):
        build(participants.assign(wear_h=1.0), *others)


def test_outliers_relatives_and_people_whose_proxy_is_refused_are_left_out_and_counted():
    participants, calls, concentrations, balance, activity, days, quality, _ = parts()
    participants["ancestry"] = ["AFR", "EUR", "EUR", "EUR", "EUR", "EUR", "EUR", "EUR"]
    quality = pd.DataFrame({"group": ["AFR", "EUR"], "refused": ["it is known not to hold in AFR", None]})
    samples = calls["sample"]
    people = structure(
        samples,
        outlier=np.where(samples == "s1", "heterozygosity", None),
        unrelated=~samples.isin(["s2", "s99"]),
        pc1=np.arange(len(samples)) / 10,
    )
    given = [participants, calls, concentrations, balance, activity, days, quality, people]
    analysis_set, flow = build(*given)
    left = chain(flow, None, "participants")["dropped"].to_dict()
    assert left["the proxy does not hold in their ancestry"] == 1
    assert left["outlier genome-wide (call rate, heterozygosity or ancestry)"] == 1
    assert left["related to somebody who stays"] == 1
    assert analysis_set["participant"].tolist() == ["p4", "p7"]
    assert analysis_set["pc1"].tolist() == [0.4, 0.5]
    everybody, _ = build(*given, exclude_relatives=False, exclude_outliers=False)
    assert everybody["participant"].tolist() == ["p1", "p2", "p4", "p7"]
    covariates = {"sil6r": ["pc1"], "activity": ["pc1"], "met": [], "person": []}
    rows, _ = used(build(*given)[0], covariates)
    assert rows["activity_additive"] == {"p4", "p7"}
    # Components in the participant table are the user's own.
    given[0] = participants.assign(pc1=5.0)
    analysis_set = build(*given)[0]
    assert set(analysis_set["pc1"]) == {5.0}
    with pytest.raises(InputError, match="covariate 'pc99' of the analysis sil6r_additive is no column"):
        used(analysis_set, covariates | {"sil6r": ["pc99"]})


def test_families_are_those_of_the_table_and_of_kinship_joined():
    participants, *others, people = parts()
    kin = people["sample"].map({"s0": "F0001", "s1": "F0001", "s4": "F0002", "s7": "F0002"})
    people = people.assign(family=kin, unrelated=~people["sample"].isin(["s1", "s7"]))
    keep = {"exclude_relatives": False}

    def families(participants, **options):
        analysis_set, flow = build(participants, *others, people, **options)
        left = chain(flow, None, "relatives")["left"]
        return analysis_set.groupby("participant")["family"].first(), left.iloc[-1] if len(left) else None

    found, kept = families(participants, **keep)
    assert found.dropna().to_dict() == {"p0": "F0001", "p1": "F0001", "p4": "F0002", "p7": "F0002"}
    assert kept == 4
    # p1 and p2 are given as one family, which joins p0's.
    given = participants.assign(family=participants["participant"].map({"p1": "A", "p2": "A"}))
    found, kept = families(given, **keep)
    assert found["p0"] == found["p1"] == found["p2"] != found["p4"] == found["p7"]
    assert kept == 5
    # Once relatives are left out, nobody is joined by them.
    assert families(participants)[0].isna().all()
    found, kept = families(given.assign(family=given["family"].fillna("B")))
    assert found.to_dict() == {"p0": "B", "p2": "A", "p4": "B"}
    assert kept == 2


def test_a_family_of_0_is_none(tmp_path):
    path = tmp_path / "participants.csv"
    path.write_text("participant,sample,family\na,s1,0\nb,s2,12\nc,s3,\nd,s4,12\n")
    assert cohort.read_participants(path)["family"].fillna("none").tolist() == ["none", "12", "none", "12"]


def test_the_week_before_each_blood_sample_is_joined_to_it():
    participants, calls, concentrations, balance, activity, _, *others = parts()
    visits = concentrations[concentrations["participant"] == "p0"].drop(columns="visit")
    visits = pd.concat(
        [visits.assign(visit=v, date=d) for v, d in (("1", "2025-03-10"), ("2", "2025-03-12"))]
    )
    dates = [f"2025-03-{day:02d}" for day in range(1, 13)]
    days = pd.DataFrame(
        {
            "participant": "p0",
            "date": dates,
            "weekend": False,
            "enmo_mg": np.arange(1.0, 13.0),
            "wear_h": 20.0,
            # The 5th was not worn long enough.
            "valid": [date != "2025-03-05" for date in dates],
        }
    )
    days = whole(PERSON_DAYS, days)
    analysis_set, _ = build(participants, calls, visits, balance, activity, days, *others)
    own = analysis_set[analysis_set["participant"] == "p0"].set_index("visit")
    # Before the 10th: the 3rd to the 9th; before the 12th: the 5th to the 11th.
    assert own["enmo_7d_mg"].to_dict() == {"1": np.mean([3, 4, 6, 7, 8, 9]), "2": np.mean(range(6, 12))}
    assert own["days_7d"].tolist() == [6, 6]
    assert analysis_set.loc[analysis_set["participant"] == "p4", "enmo_7d_mg"].isna().all()


def test_questionnaires_and_other_units_are_outcomes_of_their_own():
    given = parts()
    given[4] = given[4].assign(
        enmo_mg=np.nan, other_value=[900.0] * 8, met_min_per_week=[0.0, np.nan, 10, 20, 30, 40, 50, 60]
    )
    analysis_set, flow = build(*given)
    assert not analysis_set["in_activity"].any()
    rows, models = used(analysis_set)
    assert rows["other_additive"] == rows["met_additive"] == {"p0", "p4", "p7"}
    assert chain(models, "met_additive", "participants")["left"].tolist()[-1] == 3
    assert chain(flow, None, "people with a scored questionnaire").loc["measured", "left"] == 7
    assert given[4]["included"].sum() == 7
    assert rows["other_aa_vs_carriers"] == {"p0", "p4", "p7"}


def test_samples_after_exercise_are_in_no_model_and_counted():
    participants, calls, concentrations, *others = parts()
    post = concentrations[concentrations["participant"].isin(["p0", "p7"])]
    post = post.assign(visit="1post", time_point="post-exercise", sil6r_ng_ml=99.0)
    both = pd.concat([concentrations.assign(time_point="rest"), post], ignore_index=True)
    analysis_set, flow = build(participants, calls, both, *others)
    after = analysis_set["time_point"] == "post-exercise"
    assert after.sum() == 2
    assert not analysis_set.loc[after, "in_sil6r"].any()
    assert analysis_set.loc[analysis_set["in_sil6r"], "sil6r_ng_ml"].unique().tolist() == [30.0]
    assert chain(flow, None, "sIL-6R visits").loc["after exercise", "dropped"] == 2


def test_other_molecules_and_the_balance_are_outcomes_with_plates_of_their_own():
    participants, calls, concentrations, balance, *others = parts()
    levels = {f"il6_{part}": 2.0 for part in ("pg_ml", "low_pg_ml", "high_pg_ml")}
    measured = concentrations.assign(**levels, il6_plate="kit", il6_censored=False)
    bounds = {name: 0.5 for name in BALANCE.columns if name not in ("choice", "censored")}
    rows = measured[["participant", "visit"]].iloc[:4]
    balance = pd.concat(
        [rows.assign(**{**bounds, "participant": rows["participant"], "visit": "1"}, choice=choice,
                     censored=False) for choice in ("as configured", "another")]
    )  # fmt: skip
    analysis_set, _ = build(participants, calls, measured, BALANCE.check(balance), *others)
    assert not analysis_set["in_sgp130"].any()
    rows, flow = used(analysis_set)
    assert rows["il6_additive"] == {"p0", "p1", "p7"}
    assert rows["buffered_complex_additive"] == {"p0", "p1"}
    steps = list(chain(flow, "il6_additive", "participants").index)
    assert steps[:4] == ["genotyped participants", "no usable il6 value", "no age", "no il6_plate"]
    assert len(chain(flow, "buffered_complex_additive", "person-visits"))
    assert "sgp130_additive" not in rows


def test_il6_after_exercise_is_set_against_that_at_rest_on_the_same_day():
    participants, calls, concentrations, *others = parts()
    own = concentrations[concentrations["participant"] == "p0"]
    levels = {"1": ("2025-03-01", "rest", 1.0), "2": ("2025-03-08", "rest", 2.0),
              "2post": ("2025-03-08", "post-exercise", 5.0)}  # fmt: skip
    visits = pd.concat(
        [
            own.assign(
                visit=visit, date=date, time_point=when, il6_pg_ml=level, il6_low_pg_ml=level,
                il6_high_pg_ml=level, il6_censored=False,
            )
            for visit, (date, when, level) in levels.items()
        ]
    )  # fmt: skip
    given = participants, calls, CONCENTRATIONS.check(visits), *others
    built = build(*given)[0].set_index("visit")
    assert built.loc["2post", "il6_response"] == 2.5
    assert built.loc[["1", "2"], "il6_response"].isna().all()
    # sIL-6R is the same in all three, and sgp130 was not measured.
    assert built.loc["2post", "sil6r_response"] == 1.0
    assert built["sgp130_response"].isna().all()
    # One below its limit gives no ratio.
    below = visits.assign(il6_censored=visits["visit"] == "2")
    built = build(participants, calls, CONCENTRATIONS.check(below), *others)
    assert built[0]["il6_response"].isna().all()


@pytest.mark.parametrize(
    ("written", "read", "shapes"),
    [
        ("s{}", "0_s{}", "'0_A0' for 'A0'"),
        ("s{}", "s{}_s{}", "'A0_A0' for 'A0'"),
        ("s{}", "S{}", "'A0' for 'A0'"),
        ("s{} a", "s{}a", "'A0A' for 'A0 A'"),
        ("f_s{}", "f_s{}_f_s{}", "'A_A0_A_A0' for 'A_A0'"),
    ],
)
def test_samples_that_differ_in_writing_only_are_named_and_never_matched(written, read, shapes):
    participants, calls, *others = parts()
    participants["sample"] = [written.replace("{}", str(k)) for k in range(8)]
    calls["sample"] = [read.replace("{}", str(k)) for k in [0, 1, 2, 3, 4, 7, 9]]
    with pytest.raises(InputError, match=r"6 would match: ") as refused:
        build(participants, calls, *others)
    assert shapes in str(refused.value)
    # Also where most of them are the same.
    participants.loc[1:, "sample"] = calls["sample"].tolist()
    with pytest.raises(InputError, match=r"1 of its 8 samples are not in the genotype files as they are"):
        build(participants, calls, *others)


def test_sexes_are_read_in_the_usual_codes(tmp_path):
    path = tmp_path / "p.tsv"
    path.write_text("participant\tsample\tsex\tsmokes\na\t1\tF\t0\nb\t2\tmale\t1\nc\t3\t2\t\n")
    table = cohort.read_participants(path)
    assert table["sex"].tolist() == ["female", "male", "female"]
    assert table["smokes"].dtype == "float64"
    path.write_text("participant\tsample\tsex\na\t1\tx\n")
    with pytest.raises(InputError, match="line 2: sex 'x' is not known"):
        cohort.read_participants(path)
