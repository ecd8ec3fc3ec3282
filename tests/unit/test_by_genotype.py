"""Covariates by genotype: means, shares, and tests that R, scipy and statsmodels know by other names."""

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from scipy import stats

from il6r.association import by_genotype

GENOTYPES = ("A/A", "A/C", "C/C")


def people(n=500, seed=1):
    """One row per participant."""
    rng = np.random.default_rng(seed)
    copies = rng.binomial(2, 0.39, n)
    return pd.DataFrame(
        {
            "participant": [f"P{number:04d}" for number in range(n)],
            "genotype": np.array(GENOTYPES)[copies],
            "dosage": copies.astype(float),
            "age": 50 + 1.5 * copies + rng.normal(0, 10, n),
            "sex": rng.choice(["female", "male"], n),
            "ancestry": rng.choice(["EUR", "AFR", "EAS"], n),
            "plate": [f"plate {number}" for number in rng.integers(0, 40, n)],
        }
    )


def rows_of(frame, *names):
    return pd.DataFrame(by_genotype.covariates(frame, list(names), GENOTYPES))


def p_value(frame, name):
    (p,) = rows_of(frame, name)["p_value"].unique()
    return p


def test_a_number_has_its_mean_in_each_genotype():
    frame = people()
    frame.loc[:9, "age"] = np.nan
    (row,) = by_genotype.covariates(frame, ["age"], GENOTYPES)
    groups = frame.groupby("genotype")["age"]
    assert row["covariate"] == "age"
    assert row["level"] == "mean"
    assert row["n"] == 490
    assert [row[f"value_{k}"] for k in range(3)] == pytest.approx(groups.mean().loc[list(GENOTYPES)])
    assert [row[f"participants_{k}"] for k in range(3)] == list(groups.count().loc[list(GENOTYPES)])


def test_a_category_has_its_share_in_each_genotype():
    found = rows_of(people(), "ancestry").set_index("level")
    theirs = 100 * pd.crosstab(people()["ancestry"], people()["genotype"], normalize="columns")
    assert list(found.index) == ["AFR", "EAS", "EUR"]
    assert found[["value_0", "value_1", "value_2"]].to_numpy() == pytest.approx(
        theirs.loc[found.index, list(GENOTYPES)].to_numpy()
    )


def test_a_factor_of_many_groups_is_one_row_without_values():
    frame = people()
    frame["plate"] = [f"plate {number % 490 % 480}" for number in range(len(frame))]
    (row,) = by_genotype.covariates(frame, ["plate"], GENOTYPES)
    assert row["level"] == "480 groups"
    assert "value_0" not in row
    assert 0 < row["p_value"] < 1


def test_somebody_of_doubtful_genotype_counts_in_the_test_alone():
    frame = people(50)
    frame.loc[0, ["genotype", "dosage"]] = [None, 0.5]
    (row,) = by_genotype.covariates(frame, ["age"], GENOTYPES)
    assert row["n"] == 50
    assert sum(row[f"participants_{k}"] for k in range(3)) == 49


def test_no_identifier_leaves():
    frame = people()
    text = rows_of(frame, "age", "sex", "ancestry", "plate").to_csv()
    assert not any(name in text for name in frame["participant"])


def test_numbers_are_tested_as_statsmodels_does_with_hc3():
    frame = people()
    theirs = sm.OLS(frame["age"], sm.add_constant(frame["dosage"])).fit(cov_type="HC3", use_t=True)
    assert p_value(frame, "age") == pytest.approx(theirs.pvalues["dosage"], rel=1e-8)


def test_two_categories_are_tested_for_a_trend_as_rs_documentation_does():
    # Smokers among patients of four studies, whose numbers serve as scores: `prop.trend.test(smokers,
    # patients)` gives X-squared = 8.2249, df = 1, p-value = 0.004132 (R, ?prop.test; Fleiss 1981, p. 139).
    smokers, patients = np.array([83, 90, 129, 70]), np.array([86, 93, 136, 82])
    frame = pd.DataFrame(
        {
            "dosage": np.repeat([1.0, 2, 3, 4], patients),
            "smokes": np.concatenate(
                [["yes"] * a + ["no"] * (b - a) for a, b in zip(smokers, patients, strict=True)]
            ),
        }
    ).assign(genotype=None)
    n = patients.sum()
    theirs = stats.chi2.isf(p_value(frame, "smokes"), 1)
    # R's has n where the test for finite numbers has n - 1.
    assert theirs * n / (n - 1) == pytest.approx(8.2249, abs=5e-5)


def test_categories_are_tested_as_scipys_kruskal_does_where_nobody_is_homozygous():
    # Of two dosages ranks are as good as the dosages themselves.
    frame = people().query("dosage < 2")
    theirs = stats.kruskal(*(group["dosage"] for _, group in frame.groupby("plate")))
    assert p_value(frame, "plate") == pytest.approx(theirs.pvalue, rel=1e-8)


def test_without_association_a_factor_of_many_small_groups_is_significant_in_5_percent():
    rng = np.random.default_rng(3)
    replicates, n = 600, 300
    frame = pd.DataFrame({"plate": [f"plate {number % 60}" for number in range(n)], "genotype": None})
    found = [p_value(frame.assign(dosage=rng.binomial(2, 0.39, n)), "plate") for _ in range(replicates)]
    error = np.sqrt(0.05 * 0.95 / replicates)
    assert np.mean(np.array(found) < 0.05) == pytest.approx(0.05, abs=3 * error)


@pytest.mark.parametrize(
    "change",
    [
        {"age": 50.0, "sex": "female"},
        {"dosage": 1.0},
        {"sex": [f"group {number}" for number in range(9)], "age": 50.0},
    ],
)
def test_where_nothing_varies_or_everybody_is_a_group_there_is_no_p_value(change):
    frame = people(9).assign(**change)
    assert rows_of(frame, "age", "sex")["p_value"].isna().all()


def test_a_covariate_of_nobody_gives_no_row():
    assert by_genotype.covariates(people(9).assign(bmi=None), ["bmi"], GENOTYPES) == []


def test_twins_count_once_where_they_stay():
    frame = people(60).assign(family=np.arange(60))
    twins = pd.concat([frame, frame], ignore_index=True)
    for name in ("age", "sex", "ancestry"):
        assert p_value(twins.drop(columns="family"), name) < p_value(twins, name)
    # Least squares of one of each pair, with HC2 and Bell and McCaffrey's degrees of freedom.
    assert p_value(twins, "age") == pytest.approx(p_value(frame, "age"), rel=1e-8)
    # Two categories: the difference in mean dosage between them, Welch's but for its degrees of freedom.
    by_sex = [part["dosage"] for _, part in frame.groupby("sex")]
    assert p_value(twins, "sex") == pytest.approx(stats.ttest_ind(*by_sex, equal_var=False).pvalue, rel=0.02)
