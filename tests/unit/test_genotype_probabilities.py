"""Probabilities of genotypes, from the fields of a file to the contrasts of a model."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from reading import extract, frame
from small_cohort import vcf_text

from il6r.association import adjusted_means, analyses, genetic_models, genotype_means
from il6r.association.selection import Cohort
from il6r.errors import InputError
from il6r.plan import Analysis, Covariate, Plan
from il6r.report import privacy
from il6r.report.association import estimates
from il6r.tables.association import GENOTYPE_MEANS

GENOTYPES = ("AA", "AC", "CC")


def read(tmp_path, calls, **options):
    """The calls of a file with one record, and its row of the sources."""
    keys = {key: options.pop(key) for key in ("ref", "alt", "keys") if key in options}
    path = tmp_path / "calls.vcf"
    path.write_text(vcf_text(calls, **keys))
    cohort = extract([path], **options)
    return frame(cohort), cohort.sources[0]


def probabilities(calls):
    """Those of one and of two effect alleles, a row for each call."""
    return calls[["probability_1", "probability_2"]].to_numpy().tolist()


def near(rows):
    """Rows that are equal but for rounding, or missing in the same places."""
    return [pytest.approx(row, abs=1e-9, nan_ok=True) for row in rows]


@pytest.mark.parametrize("keys", ["GT:DS:GP", "GT:GP"])
def test_gp_is_read_in_the_orientation_of_the_effect_allele(tmp_path, keys):
    parts = [("0/1", "1", "0.1,0.8,0.1"), ("1/1", "1.6", "0.15,0.1,0.75")]
    places = [("GT", "DS", "GP").index(key) for key in keys.split(":")]
    texts = [":".join(call[place] for place in places) for call in parts]
    calls, source = read(tmp_path, texts, keys=keys)
    assert probabilities(calls) == near([[0.8, 0.1], [0.1, 0.75]])
    assert source["imputed"] == source["with_probabilities"] == 2
    for alleles in ({"ref": "C", "alt": "A"}, {"ref": "G", "alt": "T"}):
        calls, _ = read(tmp_path, texts, keys=keys, **alleles)
        assert probabilities(calls) == near([[0.8, 0.1], [0.1, 0.15]])
        assert calls["dosage"].tolist() == pytest.approx([1, 0.4])


def test_probabilities_that_do_not_quite_add_up_give_the_dosage_all_the_same(tmp_path):
    calls, _ = read(tmp_path, ["1.003:0.08,0.833,0.083", "2:0,0.001,0.998", "0:0.999,0,0"], keys="DS:GP")
    one, two = calls["probability_1"], calls["probability_2"]
    assert (one + 2 * two).tolist() == pytest.approx(calls["dosage"].tolist(), abs=1e-12)
    assert probabilities(calls) == [pytest.approx(row, abs=2e-3) for row in ([0.837, 0.083], [0, 1], [0, 0])]
    assert (calls[["probability_1", "probability_2"]] >= 0).all(axis=None)
    # Phred-scaled: 10, 1 and 89 %.
    calls, _ = read(tmp_path, ["1.79:10,20,0.5"], keys="DS:GP")
    assert probabilities(calls) == [pytest.approx([0.01, 0.89], abs=0.02)]


def test_without_gp_the_haplotypes_dosages_or_the_dosage_alone_give_probabilities(tmp_path):
    calls, source = read(
        tmp_path, ["1.1:0.8,0.3:.", "1.1:.:.", "0.4:.:.,.,.", "1:0.5,0.5:."], keys="DS:HDS:GP"
    )
    # Between two neighbouring genotypes where nothing else is known, as PLINK 2 has it.
    assert probabilities(calls) == near([[0.62, 0.24], [0.9, 0.1], [0.4, 0], [0.5, 0.25]])
    assert (source["imputed"], source["with_probabilities"]) == (4, 2)
    calls, _ = read(tmp_path, ["0.9:0.8,0.1"], keys="DS:HDS", ref="C", alt="A")
    assert probabilities(calls) == near([[1.1 - 2 * 0.2 * 0.9, 0.2 * 0.9]])


def test_a_field_that_is_not_listed_gives_no_probabilities(tmp_path):
    calls, source = read(tmp_path, ["1.0:0.1,0.8,0.1", "0.5:0.5,0.5,0"], keys="DS:GP", fields=("DS",))
    assert probabilities(calls) == near([[1, 0], [0.5, 0]])
    assert source["with_probabilities"] == 0
    calls, _ = read(tmp_path, ["0/1:0.1,0.8,0.1"], keys="GT:GP", fields=("GT", "GP"))
    assert "probability_1" not in calls


def test_calls_that_are_genotypes_have_no_columns_of_probabilities(tmp_path):
    for keys, texts in (("GT", ["0/0", "0/1", "1/1", "./.", "1"]), ("DS:GP", ["0:1,0,0", "2:0,0,1", ".:."])):
        calls, _ = read(tmp_path, texts, keys=keys)
        assert "probability_1" not in calls


def test_a_haploid_call_and_a_third_allele_have_no_probabilities(tmp_path):
    calls, source = read(tmp_path, ["1:.", "0/1:0.7", "0/1:."], keys="GT:DS")
    assert probabilities(calls) == near([[np.nan, np.nan], [0.7, 0], [1, 0]])
    assert source["not_diploid"] == 1
    # AA, AT, TT, AC, TC, CC
    texts = ["0.1,0.2,0,0.3,0.1,0.3", "0.3,0.02,0,0.5,0.02,0.16"]
    calls, _ = read(tmp_path, texts, alt="T,C", keys="GP")
    assert probabilities(calls) == near([[np.nan, np.nan], [0.52, 0.16]])


def test_gp_of_another_orientation_than_ds_is_refused_and_a_single_one_is_not_used(tmp_path):
    right = ["1.9:0,0.1,0.9"] * 17
    calls, source = read(tmp_path, [*right, "0.2:0,0.1,0.9"], keys="DS:GP")
    assert probabilities(calls)[-1] == pytest.approx([0.2, 0])
    assert (source["imputed"], source["with_probabilities"]) == (18, 17)
    with pytest.raises(InputError, match="its dosages contradict GP in 23 % of people"):
        read(tmp_path, [*right, *["0.2:0,0.1,0.9"] * 5], keys="DS:GP")


@pytest.fixture(scope="module")
def people():
    """4,000 people with true copies 0, 1 and 2, calibrated probabilities of them, and an outcome."""
    rng = np.random.default_rng(76)
    chance = rng.dirichlet([0.4, 0.5, 0.2], 4000)
    copies = (rng.random(4000)[:, None] > chance.cumsum(axis=1)).sum(axis=1)
    dosage = chance @ [0, 1, 2]
    whole = np.rint(dosage).astype(int)
    near = np.abs(dosage - whole) <= 0.1
    return pd.DataFrame(
        {
            "participant": [f"p{k}" for k in range(4000)],
            "dosage": dosage,
            "genotype": np.where(near, np.array(GENOTYPES, dtype=object)[whole], None),
            "probability_1": chance[:, 1],
            "probability_2": chance[:, 2],
            "level": np.array([3.0, 3.5, 3.6])[copies] + rng.normal(0, 0.3, 4000),
        }
    )


def estimated(frame, **keys):
    """The row of one analysis."""
    one = Analysis("one", "one", "level", transform="none", **keys)
    own = Cohort("c", frame, GENOTYPES, Plan({"one": one}, {}, {}, draws=0), "plan.yaml", {})
    return analyses.fit_cohort(own, None, 1)[0].iloc[0]


@pytest.mark.parametrize(
    ("coding", "contrast", "truth"),
    [
        ("genotypic", "CC against AA", 0.6),
        ("genotypic", "AA against CC", -0.6),
        ("genotypic", "AC against AA", 0.5),
        ("genotypic", "CC against AC", 0.1),
    ],
)
def test_contrasts_use_everybody_and_are_unbiased_where_probabilities_are_calibrated(
    people, coding, contrast, truth
):
    row = estimated(people, coding=coding, contrast=contrast)
    assert row["n"] == len(people)
    assert row["estimate"] == pytest.approx(truth, abs=3 * row["se"])
    assert row["se"] < 0.04


def test_who_may_carry_a_third_allele_is_left_out_of_contrasts_alone(people):
    third = people.copy()
    third.loc[:9, ["probability_1", "probability_2"]] = np.nan
    contrast = {"coding": "genotypic", "contrast": "CC against AA"}
    assert estimated(third, **contrast)["n"] == len(people) - 10
    assert estimated(third)["n"] == len(people)
    expected = estimated(people.iloc[10:], **contrast)
    assert estimated(third, **contrast)["estimate"] == pytest.approx(expected["estimate"], rel=1e-12)


def test_a_genotype_of_fewer_people_than_half_of_one_is_nobodys(people):
    rare = people.assign(probability_1=people["probability_1"] + people["probability_2"], probability_2=0.0)
    rare.loc[:3, ["probability_1", "probability_2"]] = [0.9, 0.1]
    row = estimated(rare, coding="recessive", contrast="CC against A carriers")
    assert np.isnan(row["estimate"])
    assert row["note"] == "nobody is CC"


def test_genetic_models_use_the_probabilities(people):
    y, dosage = people["level"].to_numpy(), people["dosage"].to_numpy()
    shares = people[["probability_1", "probability_2"]].to_numpy()
    codes = people["genotype"].map(dict(zip(GENOTYPES, range(3), strict=True))).to_numpy(float)
    ones = np.ones((len(y), 1))
    found = {
        row["genetic_model"]: row
        for row in genetic_models.compare(y, dosage, codes, ones, probabilities=shares)
    }
    free, two_fold = found["genotypic"], found["multiplicative"]
    assert free["ratio_low"] < np.exp(0.6) < free["ratio_high"]
    assert free["log_likelihood"] > two_fold["log_likelihood"]
    # A logarithm of 0.5 with one allele and 0.6 with two is far from either shape.
    assert two_fold["departure_p_value"] < 1e-20


def test_who_has_no_best_guess_is_counted_beside_the_means_and_in_the_report(people):
    flags = dict.fromkeys(["in_met", "in_other", "in_il6", "in_sgp130", "in_balance", "in_activity"], False)
    table = people.assign(sil6r_ng_ml=np.exp(people["level"]), in_sil6r=True, enmo_mg=np.nan, **flags)
    means = GENOTYPE_MEANS.check(genotype_means.geometric_means("one", table, GENOTYPES))
    means = means[means["outcome"] == "sil6r_ng_ml"]
    uncertain = int(people["genotype"].isna().sum())
    assert set(means["participants_uncertain"]) == {uncertain}
    assert means["participants"].sum() + uncertain == len(people)
    [text] = estimates.uncertain_sentences(means, 5)
    assert f"up to {privacy.people(uncertain, 5)} people of one have none" in text
    assert estimates.uncertain_sentences(means.assign(participants_uncertain=0), 5) == []


def test_adjusted_means_of_groups_that_differ_in_a_covariate_are_those_of_people_alike():
    rng = np.random.default_rng(11)
    copies = rng.binomial(2, 0.4, 3000)
    # CC are 10 years older, and a year adds 0.02.
    age = 50 + 5.0 * copies + rng.normal(0, 8, 3000)
    flags = dict.fromkeys(["in_met", "in_other", "in_il6", "in_sgp130", "in_balance", "in_activity"], False)
    table = pd.DataFrame(
        {
            "participant": [f"P{k}" for k in range(3000)],
            "dosage": copies.astype(float),
            "genotype": np.array(GENOTYPES, dtype=object)[copies],
            "age": age,
            "sil6r_ng_ml": np.exp(3 + 0.4 * copies + 0.02 * (age - age.mean()) + rng.normal(0, 0.2, 3000)),
            "enmo_mg": np.nan,
            "in_sil6r": True,
            **flags,
        }
    )
    one = Analysis("one", "one", "sil6r", covariates=(Covariate("age"),))
    cohort = Cohort("c", table, GENOTYPES, Plan({"one": one}, {}, {}, draws=0), "plan.yaml", {})
    means = adjusted_means.raw_and_adjusted(cohort)
    own = GENOTYPE_MEANS.check(means).query("outcome == 'sil6r_ng_ml'").set_index("copies")
    truth = np.exp(3 + 0.4 * np.arange(3))
    half = np.log(own["adjusted_high"] / own["adjusted_low"]) / 2
    assert (abs(np.log(own["adjusted_mean"] / truth)) < 1.5 * half).all()
    assert (own["adjusted_mean"] < 0.95 * own["geometric_mean"])[2]
    assert (own["adjusted_mean"] > 1.03 * own["geometric_mean"])[0]
    assert set(own["adjusted_for"]) == {"age"}
    # Nothing to adjust for: no adjusted mean.
    bare = Plan({"one": replace(one, covariates=())}, {}, {}, draws=0)
    cohort = Cohort("c", table, GENOTYPES, bare, "plan.yaml", {})
    means = adjusted_means.raw_and_adjusted(cohort)
    assert means["adjusted_mean"].isna().all()
