"""How often each verdict would be given with a study's own precision, and in studies that are planned."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from conftest import REPO
from made_study import made_study
from scipy import stats

from il6r import plan
from il6r.association.planned_cohorts import PlannedStudy, Simulations
from il6r.replication import benchmarks, error_rates, planned_rates, pooling, verdict_rule, verdicts
from il6r.replication.error_rates import Drawn, drawn_like, judged, pooled_draws
from il6r.replication.verdict_rule import Measured
from il6r.report.replication.error_rates import sentences, times
from il6r.tables.association import EVERYBODY
from il6r.tables.replication import ERROR_RATES, VERDICT_WORDS

PLAN = plan.load(REPO / "config" / "plan.yaml", REPO / "workflow" / "schemas" / "plan.schema.yaml")
PUBLISHED = benchmarks.load(REPO / "resources" / "published_effects.tsv", PLAN.analyses)
PRIMARY = PUBLISHED[PUBLISHED["role"] == "primary"].drop_duplicates("claim").set_index("claim")


def row_of(claim):
    return SimpleNamespace(claim=claim, **PRIMARY.loc[claim].to_dict())


def estimates(rows):
    """Rows of `ESTIMATES` with what pools and verdicts read: cohort, claim, estimate, se, df."""
    made = []
    for cohort, claim, estimate, se, df, n in rows:
        one = PLAN.analyses[PRIMARY.at[claim, "analysis"]]
        half = stats.t.ppf(0.975, df) * se
        made.append(
            {"cohort": cohort, "analysis": one.name, "stratum": EVERYBODY, "outcome": one.outcome,
             "exposure": "variant", "coding": one.coding, "effect_allele": "C", "scale": one.scale,
             "estimate": estimate, "se": se, "ci_low": estimate - half, "ci_high": estimate + half, "df": df,
             "p_value": 0.5, "n_participants": n, "note": None}
        )  # fmt: skip
    return pd.DataFrame(made)


def rates(rows, **options):
    found = error_rates.error_rates(estimates(rows), PUBLISHED, PLAN.rule, seed=1, **options)
    return ERROR_RATES.check(found)


def share(found, claim, cohort, truth, verdict):
    place = found.set_index(["claim", "cohort", "truth", "verdict"])["share"]
    return place.get((claim, cohort, truth, verdict), 0.0)


ROWS = [
    ("one", "sil6r_per_allele", 0.35, 0.06, 40.0, 62),
    ("two", "sil6r_per_allele", 0.45, 0.09, np.inf, 30),
    ("one", "crp_per_allele", -0.05, 0.04, 300.0, 302),
    ("one", "bmi_per_allele", 0.001, 0.004, 120.0, 122),
    ("one", "activity_aa", 0.04, 0.02, 70.0, 72),
]


def test_every_claim_cohort_and_truth_has_its_rates_and_they_add_up():
    found = rates(ROWS)
    sums = found.groupby(["claim", "cohort", "truth"])["share"].sum()
    assert sums.to_numpy() == pytest.approx(1)
    assert set(sums.loc["sil6r_per_allele"].index) == {
        (cohort, truth)
        for cohort in ("one", "two", "pooled")
        for truth in ("none", "half", "published", "best")
    }
    assert set(sums.loc["bmi_per_allele", "one"].index) == {"none", "bound"}
    assert set(sums.loc["activity_aa", "pooled"].index) == {"none", "of interest"}
    effects = found.drop_duplicates(["claim", "truth"]).set_index(["claim", "truth"])["effect"]
    assert effects["sil6r_per_allele"].to_dict() == pytest.approx(
        {"none": 0.0, "half": 100 * (np.sqrt(1.5) - 1), "published": 50.0, "best": 34.3}
    )
    # One cohort is its own pool.
    alone = found[found["claim"] == "crp_per_allele"].drop(columns="cohort")
    assert len(alone.drop_duplicates()) == len(alone) / 2


def test_a_confirming_word_comes_as_often_as_its_closed_form_says():
    found = rates(ROWS)
    for cohort, claim, _, se, df, _ in ROWS:
        benchmark = verdicts.benchmark_of(row_of(claim), PLAN.rule)
        word = error_rates.confirming(benchmark)
        for truth, effect in error_rates.true_effects(benchmark).items():
            chance = float(verdict_rule.chance(benchmark, effect, se, df))
            told = share(found, claim, cohort, truth, word)
            # The closed form takes errors as independent that are not: on few degrees of freedom it is low.
            assert told == pytest.approx(chance, abs=0.02), (cohort, claim, truth)


def test_rates_do_not_depend_on_what_else_is_asked():
    alone = rates(ROWS[2:3])
    beside = rates(ROWS)
    beside = beside[beside["claim"] == "crp_per_allele"].reset_index(drop=True)
    pd.testing.assert_frame_equal(alone, beside)


def test_a_cohort_without_an_estimate_has_no_rates():
    rows = estimates(ROWS[:2])
    rows.loc[1, ["estimate", "se", "ci_low", "ci_high", "df"]] = np.nan
    found = error_rates.error_rates(rows, PUBLISHED, PLAN.rule, seed=1, draws=100)
    assert set(found["cohort"]) == {"one", "pooled"}
    assert error_rates.error_rates(rows[1:], PUBLISHED, PLAN.rule, seed=1, draws=100).empty


@pytest.mark.parametrize("df", [(40.0, np.inf), (12.0, 25.0, 300.0), (np.inf, np.inf, np.inf, np.inf)])
def test_pools_of_draws_are_those_that_single_studies_would_be_given(df):
    rng, draws = np.random.default_rng(5), 40
    cohorts = [
        drawn_like(Measured(0.0, se, -2 * se, 2 * se, 60, own), rng, draws)
        for se, own in zip((0.05, 0.08, 0.06, 0.1), df, strict=False)
    ]
    # Some agree and some do not.
    shifted = [
        Drawn(one.estimate + k * np.repeat([0.0, 0.15], draws // 2), *(
            getattr(one, name) for name in ("se", "below", "above", "df", "residual_df")
        ))
        for k, one in enumerate(cohorts)
    ]  # fmt: skip
    found = pooled_draws(shifted, 60 * len(df))
    assert 0 < found.disagreeing.sum() < draws
    for place in range(draws):
        effect = np.array([one.estimate[place] for one in shifted])
        variance = np.array([one.se[place] for one in shifted]) ** 2
        chosen = verdicts.deciding(pooling.combine(effect, variance, np.array(df)))
        assert found.disagreeing[place] == (chosen["model"] == "paule_mandel")
        assert found.estimate[place] == pytest.approx(chosen["estimate"])
        assert found.estimate[place] - found.below[place] == pytest.approx(chosen["ci_low"], abs=1e-7)
        assert found.estimate[place] + found.above[place] == pytest.approx(chosen["ci_high"], abs=1e-7)


def test_drawn_pools_have_the_words_of_the_verdicts():
    found = rates(ROWS[:2], draws=4000)
    benchmark = verdicts.benchmark_of(row_of("sil6r_per_allele"), PLAN.rule)
    rng, words = np.random.default_rng(3), []
    for _ in range(25):
        drawn = []
        for cohort, claim, _, se, df, n in ROWS[:2]:
            own = se * (1.0 if np.isinf(df) else np.sqrt(rng.chisquare(df) / df))
            drawn.append((cohort, claim, rng.normal(np.log(1.343), se), own, df, n))
        table = estimates(drawn)
        judged_rows = verdicts.judge(
            table, pooling.pool(table), PUBLISHED[PUBLISHED["benchmark"] == "review_per_allele"], PLAN.rule
        )
        words.append(judged_rows.loc[judged_rows["cohort"] == "pooled", "verdict"].item())
    assert benchmark.sized
    for word in ("replicated", "same direction, smaller", "same direction, imprecise", "cohorts disagree"):
        told = share(found, "sil6r_per_allele", "pooled", "best", word)
        assert words.count(word) / 25 == pytest.approx(told, abs=4 * np.sqrt(max(told, 0.02) / 25))


def test_the_report_tells_how_often_each_claim_would_be_confirmed_and_nothing_of_few_people():
    rows = [*ROWS, ("two", "crp_per_allele", -0.06, 0.2, 2.0, 4)]
    table = estimates(rows).assign(n_cases=pd.NA)
    found = error_rates.error_rates(table, PUBLISHED, PLAN.rule, seed=1)
    told = sentences(made_study(["one", "two"], {"error_rates": found, "estimates": table}, plan=PLAN))
    assert set(told) == {row[1] for row in rows}
    together, one, _ = told["sil6r_per_allele"]
    assert together.startswith(
        'With the 90 people of all cohorts together, of 100 studies the verdict would be "replicated" in '
    )
    share_of_one = share(found, "sil6r_per_allele", "one", "published", "replicated")
    assert f"{round(100 * share_of_one)} if it is +50.0 % (the published effect)" in one
    assert one.endswith("if there is no effect.")
    (bmi,) = told["bmi_per_allele"]
    assert bmi.startswith(
        'With the 120 people of one, of 100 studies the verdict would be "no effect confirmed" in '
    )
    # Of four people nothing is told, and a pool would tell it.
    assert [text.split(" people of ")[0] for text in told["crp_per_allele"]] == ["With the 300"]


def test_shares_are_told_as_times_in_a_hundred():
    said = [times(part) for part in (0, 0.001, 0.012, 0.36, 0.998, 1)]
    assert said == ["none", "less than one", "1", "36", "more than 99", "all"]


# People, visits, share below the limit, and simulated cohorts.
DESIGNS = {"12, 6 visits": (12, 6, 0.0, 60), "60": (60, 1, 0.0, 60), "60, limit": (60, 6, 0.2, 50)}


@pytest.mark.parametrize("design", DESIGNS)
def test_rates_at_a_cohorts_own_precision_are_those_of_cohorts_that_are_simulated_and_fitted(design):
    people, visits, censored, replicates = DESIGNS[design]
    study = PlannedStudy(people, visits, censored)
    row = row_of("sil6r_per_allele")
    benchmark, fewest = verdicts.benchmark_of(row, PLAN.rule), 2.0
    fits = Simulations(study, PLAN.analyses, replicates, 1)(row.analysis, benchmark.value, people)[:, 0]
    estimate, se, low, high, df = fits[:, :5].T
    observed = verdict_rule.verdict_words(
        estimate, se, low, high, benchmark, df, residual_df=np.minimum(df, people - 2), fewest_df=fewest
    )
    expected = np.zeros(len(VERDICT_WORDS))
    for own in fits:
        drawn = drawn_like(Measured(*own[:4], people, own[4]), np.random.default_rng(2), 200)
        expected += np.bincount(judged(drawn, benchmark.value, benchmark, fewest), minlength=len(expected))
    expected /= expected.sum()
    for word, told in zip(VERDICT_WORDS, expected, strict=True):
        error = np.sqrt(max(told, 1 / replicates) * (1 - told + 1 / replicates) / replicates)
        assert np.mean(observed == word) == pytest.approx(told, abs=4 * error), word


def test_a_planned_study_says_how_many_people_it_takes_and_they_keep_the_promise():
    study = PlannedStudy(60)
    simulations = Simulations(study, PLAN.analyses, 80, 1)
    (claim,) = planned_rates.outlooks(
        PUBLISHED[PUBLISHED["claim"] == "sil6r_per_allele"], PLAN.rule, simulations, 60, simulations.possible
    )
    ERROR_RATES.check(claim.rates)
    assert claim.rates.groupby("truth")["share"].sum().to_numpy() == pytest.approx(1)
    confirmed = claim.rates[claim.rates["verdict"] == "replicated"].set_index("truth")["share"]
    assert confirmed["none"] <= 0.01 < confirmed["best"] < confirmed["published"]
    assert claim.needed.effect == pytest.approx(50)
    assert claim.needed.people <= claim.needed.simulated <= 60
    assert claim.needed.share >= 0.8 - claim.needed.monte_carlo_se
    # The error of the formula of least squares gives the number that a text book would.
    sd, spread = np.hypot(study.between, study.within), 2 * 0.39 * 0.61
    z = stats.norm.ppf(0.975) + stats.norm.ppf(0.8)
    by_hand = (z * sd / (np.log(1.5) / 2)) ** 2 / spread
    assert by_hand < claim.needed.people < 1.5 * by_hand


def test_several_cohorts_are_pooled_and_one_without_an_estimate_is_left_out():
    study = PlannedStudy(25, cohorts=2)
    simulations = Simulations(study, PLAN.analyses, 40, 1)
    row = row_of("sil6r_cc_vs_aa")
    fits = simulations(row.analysis, np.log(2), 25)
    assert fits.shape == (40, 2, 7)
    absent = np.isnan(fits[..., 0]).sum(axis=1)
    assert (absent > 0).any()
    found = planned_rates.planned_rates(row, PUBLISHED, PLAN.rule, simulations, 25)
    none = found[(found["truth"] == "published") & (found["verdict"] == "not computable")]["share"].sum()
    assert none == pytest.approx((absent == 2).mean())


def test_simulated_studies_are_the_same_on_any_number_of_processes():
    study = PlannedStudy(30, visits=2, censored=0.3)
    one, two = (Simulations(study, PLAN.analyses, 6, 1, workers) for workers in (1, 2))
    assert np.array_equal(one("sil6r_additive", 0.3, 30), two("sil6r_additive", 0.3, 30), equal_nan=True)
    # Without a limit a truth merely shifts the estimates.
    plain = Simulations(PlannedStudy(30), PLAN.analyses, 3, 1)
    shifted, none = plain("sil6r_additive", 0.3, 30), plain("sil6r_additive", 0.0, 30)
    assert (shifted - none)[..., [0, 2, 3]] == pytest.approx(0.3)
    assert (shifted - none)[..., [1, 4]] == pytest.approx(0.0)
