"""The average day by genotype, and how the effect on activity moves with choices."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from il6r import plan
from il6r.association import analyses, average_day, sensitivity
from il6r.association.selection import Cohort
from il6r.tables.activity import ALTERNATIVES
from il6r.tables.association import AVERAGE_DAY, SENSITIVITY

REPO = Path(__file__).resolve().parents[2]
GENOTYPES = ("AA", "AC", "CC")
HOURS = [f"h{hour:02d}_mg" for hour in range(24)]


def cohort(n=300, effect=-0.1, seed=1):
    """An analysis set and person means with a known effect on every hour, and on MVPA's mean."""
    rng = np.random.default_rng(seed)
    dosage = rng.binomial(2, 0.4, n)
    names = [f"p{k}" for k in range(n)]
    frame = pd.DataFrame(
        {
            "participant": names,
            "dosage": dosage.astype(float),
            "genotype": np.array(GENOTYPES, dtype=object)[dosage],
            "age": rng.normal(50, 8, n),
            "wear_h": rng.normal(21, 1, n),
            "in_activity": True,
        }
    )
    person = np.exp(3.3 + effect * dosage + 0.01 * (frame["age"] - 50) + rng.normal(0, 0.3, n))
    hourly = person.to_numpy()[:, None] * np.linspace(0.2, 1.8, 24)
    activity = pd.DataFrame(hourly, columns=HOURS).assign(participant=names)
    return frame, activity, person


def test_the_average_day_is_the_mean_with_its_t_interval_in_each_genotype():
    frame, activity, _ = cohort()
    found = AVERAGE_DAY.check(average_day.by_genotype("c", frame, activity, GENOTYPES))
    own = activity.loc[frame["genotype"] == "AC", "h13_mg"]
    row = found.set_index(["genotype", "hour"]).loc["AC", 13]
    low, high = stats.t.interval(0.95, len(own) - 1, own.mean(), stats.sem(own))
    assert row[["enmo_mg", "ci_low", "ci_high"]].tolist() == pytest.approx([own.mean(), low, high])
    assert row["participants"] == len(own)


def test_twins_count_once_in_the_average_day_where_they_stay():
    frame, activity, _ = cohort(n=40)
    again = frame.assign(participant="T" + frame["participant"].astype(str))
    twins = pd.concat([frame, again], ignore_index=True)
    of_both = pd.concat([activity, activity.assign(participant=again["participant"])], ignore_index=True)
    once = average_day.by_genotype("c", frame, activity, GENOTYPES)
    ends = ["enmo_mg", "ci_low", "ci_high"]
    related = twins.assign(family=np.tile(np.arange(40), 2).astype(str))
    found = average_day.by_genotype("c", related, of_both, GENOTYPES)
    assert found["participants"].tolist() == (2 * once["participants"]).tolist()
    assert found[ends].to_numpy() == pytest.approx(once[ends].to_numpy(), rel=1e-9)


def test_people_without_hours_or_genotype_have_no_part_in_the_average_day():
    frame, activity, _ = cohort(n=30)
    frame.loc[:9, "genotype"] = None
    activity.loc[10:14, "h05_mg"] = np.nan
    found = average_day.by_genotype("c", frame, activity, GENOTYPES)
    assert found.drop_duplicates("genotype")["participants"].sum() == 15
    assert average_day.by_genotype("c", frame, activity.assign(h00_mg=np.nan), GENOTYPES).empty


def choices(frame, values, choice="as configured", outcome="enmo_mg"):
    own = {"participant": frame["participant"], "choice": choice, "outcome": outcome, "value": values}
    return ALTERNATIVES.check(pd.DataFrame(own).assign(wear_h=20.0))


def specified(frame, given):
    """`SENSITIVITY` of activity, by analysis, kind and choice."""
    default = plan.load(REPO / "config" / "plan.yaml", REPO / "workflow" / "schemas" / "plan.schema.yaml")
    names = ("activity_additive", "mvpa_additive")
    some = replace(default, analyses={name: default.analyses[name] for name in names}, draws=0)
    own = Cohort("c", frame, GENOTYPES, some, "plan.yaml", {"activity": ["age", "wear_h"]})
    table = pd.DataFrame(sensitivity.analyse(own, given, pd.DataFrame()))
    table = SENSITIVITY.check(table.reindex(columns=list(SENSITIVITY.columns)))
    return table.set_index(["analysis", "kind", "choice"])


def test_an_estimate_that_is_at_hand_is_that_of_the_analysis_as_planned():
    frame, _, person = cohort(n=200)
    default = plan.load(REPO / "config" / "plan.yaml", REPO / "workflow" / "schemas" / "plan.schema.yaml")
    some = replace(default, analyses={"activity_additive": default.analyses["activity_additive"]}, draws=0)
    own = Cohort("c", frame.assign(enmo_mg=person), GENOTYPES, some, "plan.yaml", {"activity": ["age"]})
    kept = {}
    analyses.fit_cohort(own, None, 1, kept)
    assert list(kept) == ["activity_additive"]
    nothing = choices(frame, person).iloc[:0], pd.DataFrame()
    assert sensitivity.analyse(own, *nothing, kept) == sensitivity.analyse(own, *nothing)


def test_each_choice_has_its_estimate_on_the_people_it_includes():
    frame, _, person = cohort(n=2000)
    minutes = person * (person > 20)
    frame = frame.assign(enmo_mg=person, mvpa_min_per_day=minutes)
    fewer = choices(frame, person, "valid day from 20 h").iloc[:900]
    mvpa = choices(frame, minutes, outcome="mvpa_min_per_day")
    few = choices(frame, person, "from 6 valid days").iloc[:4]
    found = specified(frame, pd.concat([choices(frame, person), fewer, few, mvpa], ignore_index=True))
    activity, minutes = found.loc["activity_additive"], found.loc["mvpa_additive"]
    assert activity["n_participants"].xs("valid days", level="kind").tolist() == [2000, 900, 4]
    for choice in ("as configured", "valid day from 20 h"):
        row = activity.loc[("valid days", choice)]
        # Four standard errors of one simulated cohort; the truth is exp(-0.1) - 1.
        assert row["estimate"] == pytest.approx(-0.1, abs=4 * row["se"])
        assert row["percent"] == pytest.approx(100 * np.expm1(row["estimate"]))
    row = activity.loc[("valid days", "from 6 valid days")]
    assert pd.isna(row["estimate"])
    assert row["note"] == "too few participants for 3 terms"
    assert minutes.loc[("as planned", "as planned")]["estimate"] < -0.1
