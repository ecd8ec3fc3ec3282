"""Odds and means: against published fits, closed forms, exact arithmetic and simulated truth."""

from itertools import combinations

import numpy as np
import pytest

from il6r.association import logistic, quasi_poisson
from il6r.association.coefficients import NotEstimableError

# Urinary tract infection in students (Foxman et al. 1997, as logistf's sex2 has it): age 24 or more, oral
# contraceptive, condom, lubricated condom, spermicide, diaphragm; cases and controls. Nobody with a diaphragm
# is a control.
STUDENTS = """
000010 1 1, 001000 14 2, 001010 3 1, 001100 10 8, 001110 12 18, 001111 1 0, 010000 44 42, 010001 3 0,
010010 0 1, 011000 15 1, 011001 1 0, 011010 2 0, 011100 7 5, 011110 3 6, 101000 2 0, 101010 1 0, 101011 1 0,
101100 1 2, 101110 0 4, 101111 1 0, 110000 5 14, 110010 0 1, 111000 3 1, 111110 0 2
"""
# What logistf 1.2x prints for it: estimate, lower and upper end, p-value of each term.
LOGISTF = [
    (0.12025405, -0.8185591, 1.07315122, 0.8020268),
    (-1.10598131, -1.9737884, -0.30742514, 0.006143472),
    (-0.06881673, -0.9414363, 0.78920202, 0.8751911),
    (2.26887464, 1.2730216, 3.43543273, 1.678877e-06),
    (-2.11140817, -3.2608611, -1.11773495, 1.237805e-05),
    (-0.78831694, -1.6080879, 0.01518468, 0.05449701),
    (3.09601166, 0.7745682, 8.03029352, 0.004951873),
]
# Endometrial cancer (Heinze & Schemper 2002, table I; the data of E. Asseryanis): neovascularisation,
# which separates, pulsatility index, endometrium height, and whether the histology is of high grade.
ENDOMETRIUM = """
0 13 1.64 0, 0 16 2.26 0, 0 8 3.14 0, 0 34 2.68 0, 0 20 1.28 0, 0 5 2.31 0, 0 17 1.8 0, 0 10 1.68 0,
0 26 1.56 0, 0 17 2.31 0, 0 8 2.01 0, 0 7 1.89 0, 0 20 3.15 0, 0 10 1.23 0, 0 18 1.27 0, 0 16 1.76 0,
0 18 2 0, 0 8 2.64 1, 0 29 0.88 1, 0 12 1.27 1, 0 20 1.37 1, 1 38 0.97 1, 1 22 1.14 1, 1 7 0.88 1,
1 25 0.91 1, 1 15 0.58 1, 0 7 0.97 1, 0 28 1.5 0, 0 11 1.33 0, 0 19 2.37 0, 0 10 1.82 0, 0 10 3.13 0,
0 18 1.31 0, 0 14 1.92 0, 0 21 1.64 0, 0 11 2.01 0, 0 17 1.88 0, 0 25 1.93 0, 0 16 2.11 0, 0 19 1.29 0,
0 15 1.72 0, 0 33 0.75 0, 0 24 1.92 0, 0 48 1.84 1, 0 12 1.11 1, 0 19 1.61 1, 0 2 1.18 1, 1 22 1.44 1,
1 40 1.18 1, 1 5 0.93 1, 1 0 1.17 1, 0 21 1.19 1, 0 15 1.06 1, 0 29 2.02 0, 0 15 2.29 0, 0 12 2.33 0,
0 3 2.9 0, 0 20 1.7 0, 0 23 1.41 0, 0 12 2.25 0, 0 22 1.54 0, 0 42 1.97 0, 0 15 1.75 0, 0 13 2.16 0,
0 14 2.57 0, 0 19 1.37 0, 0 12 3.61 0, 0 13 2.04 0, 0 10 2.17 0, 0 12 1.69 1, 1 49 0.27 1, 0 6 1.84 1,
0 5 1.3 1, 0 17 0.96 1, 1 11 1.01 1, 1 21 0.98 1, 0 5 0.35 1, 1 19 1.02 1, 0 33 0.85 1
"""
# What logistf gives for it: estimate, lower and upper end of each term.
ENDOMETRIUM_FIT = [
    (3.77455951, 1.0825371, 7.20928050),
    (2.92927330, 0.6097244, 7.85463171),
    (-0.03475175, -0.1244587, 0.04045547),
    (-2.60416387, -4.3651832, -1.23272106),
]


def students():
    """Outcome and matrix with intercept, a row for each person."""
    rows = []
    for line in STUDENTS.replace("\n", " ").split(","):
        pattern, cases, controls = line.split()
        covariates = [float(x) for x in pattern]
        rows += [[1.0, 1.0, *covariates]] * int(cases) + [[0.0, 1.0, *covariates]] * int(controls)
    table = np.array(rows)
    return table[:, 0], table[:, 1:]


def table_of(a, b, c, d):
    """Cases and controls among the exposed (a, b) and the others (c, d): outcome and matrix."""
    y = np.repeat([1.0, 0.0, 1.0, 0.0], [a, b, c, d])
    exposed = np.repeat([1.0, 1.0, 0.0, 0.0], [a, b, c, d])
    return y, np.column_stack([np.ones(len(y)), exposed])


def simulated(n, rng, effect=0.2):
    """Cases by dosage and age."""
    matrix = np.column_stack([np.ones(n), rng.binomial(2, 0.39, n), rng.normal(0, 1, n)])
    odds = np.exp(matrix @ [-1.5, effect, 0.3])
    return (rng.random(n) < odds / (1 + odds)).astype(float), matrix


@pytest.mark.parametrize("term", range(7))
def test_firth_on_the_students_equals_what_logistf_prints(term):
    y, matrix = students()
    assert (y.sum(), len(y)) == (130, 239)
    found = logistic.fit(y, matrix, term=term).term(term)
    assert (found.model, found.errors) == ("Firth logistic regression", "penalised profile")
    assert (found.estimate, found.ci_low, found.ci_high, found.p_value) == pytest.approx(
        LOGISTF[term], rel=1e-6
    )


def test_firth_on_endometrial_cancer_equals_what_logistf_gives():
    table = np.array([[float(x) for x in row.split()] for row in ENDOMETRIUM.split(",")])
    matrix = np.column_stack([np.ones(79), table[:, :3]])
    for term, published in enumerate(ENDOMETRIUM_FIT):
        found = logistic.fit(table[:, 3], matrix, term=term).term(term)
        assert (found.estimate, found.ci_low, found.ci_high) == pytest.approx(published, rel=1e-6)


@pytest.mark.parametrize("cells", [(5, 0, 10, 20), (0, 7, 12, 9), (3, 0, 0, 4), (200, 0, 1_000, 900)])
def test_firth_adds_one_half_to_every_cell_of_a_two_by_two_table(cells):
    y, matrix = table_of(*cells)
    fitted = logistic.fit(y, matrix, term=1)
    a, b, c, d = (x + 0.5 for x in cells)
    assert fitted.term(1).estimate == pytest.approx(np.log(a * d / (b * c)), rel=1e-8)
    assert fitted.params[0] == pytest.approx(np.log(c / d), rel=1e-8, abs=1e-8)
    # The information of as many people as there are, at those odds.
    variance = (a + b) ** 2 / ((a + b - 1) * a * b) + (c + d) ** 2 / ((c + d - 1) * c * d)
    assert fitted.term(1).se == pytest.approx(np.sqrt(variance), rel=1e-8)


def test_a_two_by_two_table_without_zeros_gives_the_odds_ratio_and_woolfs_error():
    y, matrix = table_of(30, 20, 45, 80)
    fitted = logistic.fit(y, matrix, term=1, errors="model")
    found = fitted.term(1)
    assert (found.model, found.errors) == ("logistic regression", "model")
    assert found.estimate == pytest.approx(np.log(30 * 80 / (20 * 45)), rel=1e-10)
    assert found.se == pytest.approx(np.sqrt(1 / 30 + 1 / 20 + 1 / 45 + 1 / 80), rel=1e-10)
    shares = np.array([30 / 50, 20 / 50, 45 / 125, 80 / 125])
    assert fitted.log_likelihood == pytest.approx(np.log(shares) @ [30, 20, 45, 80], rel=1e-10)


@pytest.mark.parametrize("size", [1, 10])
def test_robust_intervals_of_few_people_are_the_penalised_profiles_and_of_many_hc3s(size):
    cells = [size * x for x in (7, 5, 9, 5)]
    y, matrix = table_of(*cells)
    found = logistic.fit(y, matrix, term=1, errors="robust")
    few = size == 1
    a, b, c, d = (x + 0.5 * few for x in cells)
    assert found.term(1).errors == ("penalised profile" if few else "HC3")
    assert found.term(1).estimate == pytest.approx(np.log(a * d / (b * c)), rel=1e-8)
    # Several rows of a person are not independent, as the penalised likelihood takes them.
    person = np.arange(len(y)) // 2
    assert logistic.fit(y, matrix, term=1, clusters=person, errors="robust").errors.startswith("cluster")


def test_errors_follow_their_definitions():
    rng = np.random.default_rng(4)
    y, matrix = simulated(300, rng)
    fitted = logistic.fit(y, matrix, term=1)
    p = 1 / (1 + np.exp(-matrix @ fitted.params))
    root = matrix * np.sqrt(p * (1 - p))[:, None]
    inverse = np.linalg.inv(root.T @ root)
    leverage = np.diag(root @ inverse @ root.T)
    scores = matrix * ((y - p) / (1 - leverage))[:, None]
    assert fitted.covariance == pytest.approx(inverse @ scores.T @ scores @ inverse, rel=1e-8)
    people = rng.permutation(np.repeat(np.arange(100), 3))
    clustered = logistic.fit(y, matrix, term=1, clusters=people * 7)
    own = np.array([(matrix * (y - p)[:, None])[people == one].sum(axis=0) for one in range(100)])
    # What CR2 corrects is little where there are many people, and degrees of freedom are fewer than those.
    assert clustered.covariance == pytest.approx(inverse @ own.T @ own @ inverse, rel=0.1, abs=1e-3)
    assert (clustered.term(1).errors, clustered.term(1).df < 100) == ("cluster-robust by participant", True)


def separates(signed):
    """Whether a plane through the origin has all rows on one side, not all of them on it: in whole numbers.

    If there is one, there is one that is held in place by two independent rows.
    """
    for i, j in combinations(range(len(signed)), 2):
        normal = np.cross(signed[i], signed[j])
        side = signed @ normal
        if normal.any() and side.any() and ((side >= 0).all() or (side <= 0).all()):
            return True
    return False


def test_separation_is_found_where_it_is_and_nowhere_else():
    rng = np.random.default_rng(12)
    counts = {True: 0, False: 0}
    while min(counts.values()) < 60:
        n = int(rng.integers(6, 16))
        matrix = np.column_stack([np.ones(n, dtype=int), rng.integers(-3, 4, n), rng.integers(0, 3, n)])
        y = rng.integers(0, 2, n)
        if y.min() == y.max() or np.linalg.matrix_rank(matrix) < 3:
            continue
        expected = separates(matrix * (2 * y - 1)[:, None])
        model = logistic.fit(y.astype(float), matrix.astype(float), term=1, errors="model").model
        assert (model == "Firth logistic regression") == expected
        counts[expected] += 1


@pytest.mark.parametrize("wrong", [0, 1, 40])
def test_among_many_people_one_on_the_wrong_side_makes_the_difference(wrong):
    rng = np.random.default_rng(9)
    matrix = np.column_stack([np.ones(20_000), rng.normal(size=(20_000, 5))])
    score = matrix @ [0.2, 1.0, -0.5, 0.3, 0.0, 0.1]
    y = (score > 0).astype(float)
    far = np.argsort(-np.abs(score))[:wrong]
    y[far] = 1 - y[far]
    found = logistic.fit(y, matrix, term=1).term(1)
    assert (found.model == "Firth logistic regression") == (wrong == 0)
    assert found.estimate > 0
    assert found.ci_low < found.estimate < found.ci_high


def test_the_profile_follows_the_unit_of_the_term_and_the_coding_of_the_outcome():
    y, matrix = students()
    first = logistic.fit(y, matrix, term=6).term(6)
    other = logistic.fit(1 - y, matrix * [1, 1, 1, 1, 1, 1, 1e-4], term=6).term(6)
    assert [-1e4 * other.estimate / 1e8, 1e4 * other.se / 1e8] == pytest.approx([first.estimate, first.se])
    assert [-other.ci_high / 1e4, -other.ci_low / 1e4] == pytest.approx([first.ci_low, first.ci_high])
    assert other.p_value == pytest.approx(first.p_value)


def test_separation_with_correlated_samples_is_refused():
    y, matrix = table_of(5, 0, 10, 20)
    alone = logistic.fit(y, matrix, term=1, clusters=np.arange(35))
    assert alone.model == "Firth logistic regression"
    with pytest.raises(NotEstimableError, match="separates cases from controls, whose samples are correl"):
        logistic.fit(y, matrix, term=1, clusters=np.arange(35) // 2)


def test_a_sample_without_cases_or_without_controls_is_refused():
    _, matrix = table_of(5, 5, 5, 5)
    with pytest.raises(NotEstimableError, match="there are no cases"):
        logistic.fit(np.zeros(20), matrix, term=1)
    with pytest.raises(NotEstimableError, match="there are no controls"):
        logistic.fit(np.ones(20), matrix, term=1)


def test_steps_that_do_not_end_give_no_number(monkeypatch):
    y, matrix = simulated(200, np.random.default_rng(1))
    for name in ("_FIRST_STEPS", "_MORE_STEPS"):
        monkeypatch.setattr(logistic, name, 1)
    with pytest.raises(NotEstimableError, match="the logistic model did not converge"):
        logistic.fit(y, matrix, term=1)
    with pytest.raises(NotEstimableError, match="the penalised logistic model did not converge"):
        logistic.fit(*table_of(5, 0, 10, 20), term=1)


def test_fewer_clusters_than_terms_are_refused():
    y, matrix = simulated(200, np.random.default_rng(1))
    with pytest.raises(NotEstimableError, match="not more clusters than terms"):
        logistic.fit(y, matrix, term=1, clusters=np.arange(200) % 3)
    with pytest.raises(NotEstimableError, match="not more clusters than terms"):
        quasi_poisson.fit(y, matrix, clusters=np.arange(200) % 3)


def test_the_log_odds_ratio_of_a_simulation_is_recovered():
    y, matrix = simulated(100_000, np.random.default_rng(6))
    found = logistic.fit(y, matrix, term=1).term(1)
    assert abs(found.estimate - 0.2) < 3.5 * found.se
    # A binomial simulation's information: the errors agree.
    model = logistic.fit(y, matrix, term=1, errors="model").term(1)
    assert found.se == pytest.approx(model.se, rel=0.02)


def test_many_indicators_with_few_cases_still_end():
    rng = np.random.default_rng(2)
    plate = rng.integers(0, 40, 800)
    matrix = np.column_stack([np.ones(800), rng.binomial(2, 0.39, 800), plate[:, None] == np.arange(1, 40)])
    y = (rng.random(800) < 0.05).astype(float)
    found = logistic.fit(y, matrix.astype(float), term=1).term(1)
    assert found.model == "Firth logistic regression"
    assert found.ci_low < found.estimate < found.ci_high


def two_groups(rng):
    """MET-minutes, of which some people have none, of two groups."""
    y = np.where(rng.random(200) < 0.1, 0, rng.lognormal(7, 0.6, 200))
    group = np.repeat([0.0, 1.0], [120, 80])
    return y, np.column_stack([np.ones(200), group]), group == 1


def test_two_groups_means_and_their_errors_are_those_of_textbooks():
    y, matrix, second = two_groups(np.random.default_rng(8))
    fitted = quasi_poisson.fit(y, matrix, errors="HC3")
    found = fitted.term(1)
    means, variance = [], 0.0
    for group in (y[~second], y[second]):
        means.append(group.mean())
        # Each mean's variance with residuals over one less 1 / n, relative to the mean.
        variance += np.sum(((group - group.mean()) / (1 - 1 / len(group))) ** 2) / group.sum() ** 2
    assert found.estimate == pytest.approx(np.log(means[1] / means[0]), rel=1e-10)
    assert fitted.params[0] == pytest.approx(np.log(means[0]), rel=1e-10)
    assert found.se == pytest.approx(np.sqrt(variance), rel=1e-10)
    assert (found.model, found.errors) == ("log-linear in the mean", "HC3")


def test_rows_written_twice_change_nothing_where_their_person_is_the_cluster():
    y, matrix, _ = two_groups(np.random.default_rng(8))
    people = np.arange(200)
    once = quasi_poisson.fit(y, matrix, clusters=people)
    twice = quasi_poisson.fit(np.tile(y, 2), np.tile(matrix, (2, 1)), clusters=np.tile(people, 2))
    assert twice.params == pytest.approx(once.params, rel=1e-10)
    assert twice.covariance == pytest.approx(once.covariance, rel=1e-8)


def test_the_unit_of_the_outcome_moves_the_intercept_alone():
    y, matrix, _ = two_groups(np.random.default_rng(8))
    minutes, hours = quasi_poisson.fit(y, matrix), quasi_poisson.fit(y / 60, matrix)
    assert hours.params - minutes.params == pytest.approx([-np.log(60), 0], abs=1e-10)
    assert hours.covariance == pytest.approx(minutes.covariance, rel=1e-10)


def test_a_group_in_which_the_outcome_is_always_zero_has_no_ratio_of_means():
    y, matrix, second = two_groups(np.random.default_rng(8))
    with pytest.raises(NotEstimableError, match="the model of the mean did not converge"):
        quasi_poisson.fit(np.where(second, 0, y), matrix)
    with pytest.raises(NotEstimableError, match="the outcome is 0 throughout"):
        quasi_poisson.fit(np.zeros(200), matrix)


def test_one_row_with_a_term_of_its_own_is_refused():
    y, matrix, _ = two_groups(np.random.default_rng(8))
    own = np.zeros(200)
    own[np.argmax(y)] = 1
    with pytest.raises(NotEstimableError, match="one observation alone determines a term"):
        quasi_poisson.fit(y, np.column_stack([matrix, own]))
