"""The IL-6 balance: against closed forms of its limits, arithmetic of sixty digits and a published model."""

import itertools
from decimal import Decimal, localcontext

import numpy as np
import pandas as pd
import pytest
from conftest import REPO

from il6r import outcomes
from il6r.assays import balance, equilibrium
from il6r.errors import InputError
from il6r.tables.assays import BALANCE

KD1, KD2 = 5500.0, 50.0
CONSTANTS = REPO / "resources" / "binding_constants.tsv"


def log_uniform(rng, rows, n, decades=6):
    return 10.0 ** rng.uniform(-decades, decades, (rows, n))


def assert_balanced(state, il6, sil6r, sgp130, kd1, kd2):
    """Every molecule is somewhere, and both laws of mass action hold."""
    for total, parts in (
        (il6, (state.free_il6_pm, state.binary_pm, state.ternary_pm)),
        (sil6r, (state.free_sil6r_pm, state.binary_pm, state.ternary_pm)),
        (sgp130, (state.free_sgp130_pm, state.ternary_pm)),
    ):
        np.testing.assert_allclose(np.sum(parts, axis=0), total, rtol=1e-12, atol=0)
    np.testing.assert_allclose(
        state.free_il6_pm * state.free_sil6r_pm, kd1 * state.binary_pm, rtol=1e-12, atol=0
    )
    np.testing.assert_allclose(
        state.binary_pm * state.free_sgp130_pm, kd2 * state.ternary_pm, rtol=1e-12, atol=0
    )


@pytest.mark.parametrize("decades", [2, 6, 12])
def test_mass_is_conserved_and_the_laws_hold_at_any_magnitudes(decades):
    given = log_uniform(np.random.default_rng(decades), 5, 100_000, decades)
    assert_balanced(equilibrium.solve(*given), *given)


def test_mass_is_conserved_where_totals_are_equal_or_nearly():
    rng = np.random.default_rng(3)
    il6, _, _, kd1, kd2 = log_uniform(rng, 5, 100_000)
    nearly = il6 * (1 + rng.normal(0, 1e-13, il6.size))
    for totals in ((il6, il6, il6), (il6, nearly, il6), (nearly, il6, 2 * il6), (2 * il6, 2 * nearly, il6)):
        assert_balanced(equilibrium.solve(*totals, kd1, kd2), *totals, kd1, kd2)


def brute_force(il6, sil6r, sgp130, kd1, kd2):
    """The binary complex by halving an interval 220 times in sixty digits, and all else from it."""
    il6, sil6r, sgp130, kd1, kd2 = (Decimal(float(x)) for x in (il6, sil6r, sgp130, kd1, kd2))
    low, high = Decimal(0), min(il6, sil6r)
    for _ in range(220):
        binary = (low + high) / 2
        bound = binary + sgp130 * binary / (kd2 + binary)
        if bound >= min(il6, sil6r) or (il6 - bound) * (sil6r - bound) < kd1 * binary:
            high = binary
        else:
            low = binary
    ternary = sgp130 * binary / (kd2 + binary)
    bound = binary + ternary
    return [float(x) for x in (il6 - bound, sil6r - bound, sgp130 - ternary, binary, ternary)]


def test_a_thousand_samples_equal_a_brute_force_solver_of_sixty_digits():
    given = log_uniform(np.random.default_rng(1), 5, 1000, decades=4)
    with localcontext() as context:
        context.prec = 60
        theirs = np.array([brute_force(*sample) for sample in given.T]).T
    np.testing.assert_allclose(np.array(equilibrium.solve(*given)), theirs, rtol=1e-12, atol=0)


def test_without_sgp130_it_is_the_quadratic_of_one_complex():
    il6, sil6r, kd1 = 10.0 ** np.random.default_rng(2).uniform(-1, 1, (3, 1000))
    state = equilibrium.solve(il6, sil6r, 0.0, kd1, KD2)
    half = (il6 + sil6r + kd1) / 2
    np.testing.assert_allclose(state.binary_pm, half - np.sqrt(half**2 - il6 * sil6r), rtol=1e-11)
    assert not state.ternary_pm.any()
    assert not state.free_sgp130_pm.any()


def test_a_trace_of_il6_binds_in_proportion_to_free_receptors():
    # A ligand that takes away nothing of its receptors: a binding polynomial.
    sil6r, sgp130, il6 = 571.0, 3000.0, 1e-15
    state = equilibrium.solve(il6, sil6r, sgp130, KD1, KD2)
    polynomial = 1 + sil6r / KD1 + sil6r * sgp130 / (KD1 * KD2)
    assert state.free_il6_pm / il6 == pytest.approx(1 / polynomial, rel=1e-12)
    assert state.binary_pm / il6 == pytest.approx(sil6r / KD1 / polynomial, rel=1e-12)
    assert state.ternary_pm / il6 == pytest.approx(sil6r * sgp130 / (KD1 * KD2) / polynomial, rel=1e-12)


def test_a_complex_that_never_leaves_sgp130_uses_up_the_scarcest():
    # As Kd2 tends to 0: all of the scarcest is bound, and what is left of the others binds as a pair.
    state = equilibrium.solve([3.0, 30.0, 30.0], [20.0, 2.0, 40.0], [10.0, 10.0, 10.0], 7.0, 1e-25)
    np.testing.assert_allclose(state.ternary_pm, [3.0, 2.0, 10.0], rtol=1e-10)
    half = (20.0 + 30.0 + 7.0) / 2
    assert state.binary_pm[2] == pytest.approx(half - np.sqrt(half**2 - 20.0 * 30.0), rel=1e-12)
    assert (state.binary_pm[:2] < 1e-10).all()


def test_it_is_the_same_with_il6_and_its_receptor_exchanged():
    il6, sil6r, sgp130, kd1, kd2 = log_uniform(np.random.default_rng(4), 5, 1000)
    one, other = (
        equilibrium.solve(il6, sil6r, sgp130, kd1, kd2),
        equilibrium.solve(sil6r, il6, sgp130, kd1, kd2),
    )
    assert (one.free_il6_pm == other.free_sil6r_pm).all()
    assert (one.ternary_pm == other.ternary_pm).all()


@pytest.mark.parametrize("absent", [0, 1, 2])
def test_what_is_absent_binds_nothing(absent):
    totals = [2.0, 500.0, 3000.0]
    totals[absent] = 0.0
    state = equilibrium.solve(*totals, KD1, KD2)
    assert state[absent] == 0
    assert state.ternary_pm == 0
    assert (state.binary_pm == 0) == (absent < 2)
    assert_balanced(state, *totals, KD1, KD2)


def test_missing_is_missing_and_negative_is_refused():
    state = equilibrium.solve([1.0, np.nan, 1.0], [1.0, 1.0, np.nan], 1.0, KD1, KD2)
    assert np.isnan(np.array(state)).tolist() == [[False, True, True]] * 5
    with pytest.raises(ValueError, match="a total concentration is negative"):
        equilibrium.solve(-1.0, 1.0, 1.0, KD1, KD2)
    for wrong in (0.0, -1.0, np.nan, np.inf):
        with pytest.raises(ValueError, match="a dissociation constant is not a positive number"):
            equilibrium.solve(1.0, 1.0, 1.0, KD1, wrong)


INF = np.inf


@pytest.mark.parametrize(
    "totals",
    [
        (INF, 500.0, 300.0), (INF, 300.0, 500.0), (2.0, INF, 300.0), (400.0, INF, 300.0), (2.0, 500.0, INF),
        (600.0, 500.0, INF), (INF, INF, 300.0), (2.0, INF, INF), (INF, 500.0, INF), (0.0, INF, 300.0),
        (2.0, INF, 0.0), (0.0, 500.0, INF),
    ],
)  # fmt: skip
def test_an_infinite_total_is_the_limit_of_ever_larger_ones(totals):
    limit = equilibrium.solve(*totals, KD1, KD2)
    # Of two infinite ones sgp130 grows faster, as at the corner where the active complex is least.
    large = [10.0 ** (20 + 8 * (i == 2)) if total == INF else total for i, total in enumerate(totals)]
    near = np.array(equilibrium.solve(*large, KD1, KD2))
    finite = np.isfinite(limit)
    np.testing.assert_allclose(near[finite], np.array(limit)[finite], rtol=1e-12, atol=1e-6)
    assert (near[~finite] > 1e10).all()


def test_the_complexes_of_a_published_model_of_plasma_are_shared_out_as_there():
    # Dwivedi 2014, doi 10.1038/psp.2013.64, as BioModels BIOMD0000000534 gives it; serum, nM: IL-6 4.828e-5,
    # sIL-6R 1.0556 and sgp130 3.9 free, their complexes 1.992e-5 and 1.585e-3; Kd 1.92/0.384 and 1.026/20.52.
    # A model of turnover, so that only the binding of sgp130, which is fast there, is near its equilibrium.
    free, binary, ternary = np.array([4.828e-5, 1.0556, 3.9]) * 1e3, 1.992e-2, 1.585
    bound = np.array([binary + ternary, binary + ternary, ternary])
    state = equilibrium.solve(*(free + bound), 5000.0, 50.0)
    share = state.ternary_pm / (state.ternary_pm + state.binary_pm)
    assert share == pytest.approx(ternary / (ternary + binary), abs=0.001)


def test_more_sil6r_means_more_active_complex_and_more_sgp130_less():
    il6, sil6r, sgp130 = 3 / 0.021, 25 / 0.0525, 375 / 0.1
    base = equilibrium.solve(il6 / 1e3, sil6r, sgp130, KD1, KD2)
    by_allele = equilibrium.solve(il6 / 1e3, 1.343 * sil6r, sgp130, KD1, KD2)
    without = equilibrium.solve(il6 / 1e3, sil6r, 0.5 * sgp130, KD1, KD2)
    assert by_allele.binary_pm > base.binary_pm
    assert by_allele.free_il6_pm < base.free_il6_pm
    assert by_allele.ternary_pm > base.ternary_pm
    assert without.binary_pm > base.binary_pm
    assert base.ternary_pm > 10 * base.binary_pm


def measured(n=1, **columns):
    """Samples in which everything is quantified: 1 pM of IL-6, 1,000 pM of sIL-6R and 5,000 pM of sgp130."""
    frame = pd.DataFrame({"participant": [f"p{i}" for i in range(n)], "visit": "1"})
    for analyte, value in (("sil6r", 52.5), ("il6", 21.0), ("sgp130", 500.0)):
        column = outcomes.ANALYTES[analyte].column
        frame[column] = columns.get(analyte, value)
        for bound in outcomes.ANALYTES[analyte].bounds(column):
            frame[bound] = frame[column]
    return frame.assign(**{name: value for name, value in columns.items() if name not in outcomes.ANALYTES})


@pytest.fixture
def constants():
    return balance.load_constants(CONSTANTS)


def test_masses_become_molar_and_the_derived_outcomes_are_of_the_equilibrium(constants):
    row = balance.of_samples(measured(), constants).iloc[0]
    state = equilibrium.solve(1.0, 1000.0, 5000.0, KD1, KD2)
    assert row["choice"] == "as configured"
    assert row["free_il6_share"] == pytest.approx(state.free_il6_pm, rel=1e-12)
    assert row["active_complex_pm"] == pytest.approx(state.binary_pm, rel=1e-12)
    assert row["buffered_complex_pm"] == pytest.approx(state.ternary_pm, rel=1e-12)
    assert row["buffered_share"] == pytest.approx(
        state.ternary_pm / (state.binary_pm + state.ternary_pm), rel=1e-12
    )
    assert row["sgp130_excess"] == pytest.approx(5.0, rel=1e-12)
    assert not row["censored"]


def test_each_constant_is_varied_to_its_ends_one_at_a_time(constants):
    table = balance.of_samples(measured(2), constants)
    assert BALANCE.check(table).equals(table)
    assert table["choice"].drop_duplicates().tolist() == [
        "as configured", "Kd of IL-6 and sIL-6R 0.5 nM", "Kd of the complex and sgp130 0.01 nM",
        "mass of sIL-6R 50 kDa", "mass of sIL-6R 55 kDa",
    ]  # fmt: skip
    active = table.groupby("choice")["active_complex_pm"].first()
    for choice, totals, kds in (
        ("Kd of IL-6 and sIL-6R 0.5 nM", (1.0, 1000.0, 5000.0), (500.0, 50.0)),
        ("Kd of the complex and sgp130 0.01 nM", (1.0, 1000.0, 5000.0), (5500.0, 10.0)),
        ("mass of sIL-6R 50 kDa", (1.0, 1050.0, 5000.0), (5500.0, 50.0)),
    ):
        assert active[choice] == pytest.approx(equilibrium.solve(*totals, *kds).binary_pm, rel=1e-12)


def test_quantified_samples_have_no_range_and_incomplete_ones_no_row(constants):
    samples = measured(3, il6=[2.0, np.nan, 3.0])
    table = balance.of_samples(samples, constants).query("choice == 'as configured'")
    assert table["participant"].tolist() == ["p0", "p2"]
    for outcome in ("free_il6", "active_complex", "buffered_complex", "sgp130_excess"):
        column = outcomes.OUTCOMES[outcome].column
        for bound in outcomes.OUTCOMES[outcome].bounds(column):
            assert (table[bound] == table[column]).all()
    assert balance.of_samples(samples.drop(columns="sgp130_ng_ml"), constants).empty


def test_bounds_of_the_outcomes_hold_and_are_reached_within_the_bounds_of_the_assays(constants):
    rng = np.random.default_rng(6)
    n = 200
    frame = measured(n, sil6r=rng.lognormal(3.3, 0.5, n), il6=rng.lognormal(1, 2, n))
    for one in outcomes.ANALYTES.values():
        column = one.column
        low, high = one.bounds(column)
        frame[low] *= rng.uniform(0.1, 1, n)
        frame[high] *= rng.uniform(1, 10, n)
    table = balance.of_samples(frame, constants).iloc[:n]
    assert table["censored"].all()
    corners = [np.repeat(corner, n).reshape(3, n) for corner in itertools.product((0.0, 1.0), repeat=3)]
    found = []
    for parts in corners + [rng.uniform(size=(3, n)) for _ in range(20)]:
        draw = frame.copy()
        for part, one in zip(parts, outcomes.ANALYTES.values(), strict=True):
            column = one.column
            low, high = one.bounds(column)
            draw[column] = draw[low] + part * (draw[high] - draw[low])
            draw[low] = draw[high] = draw[column]
        found.append(balance.of_samples(draw, constants).iloc[:n])
    for outcome in ("free_il6", "active_complex", "buffered_complex", "sgp130_excess"):
        column = outcomes.OUTCOMES[outcome].column
        values = np.array([draw[column] for draw in found])
        low, high = outcomes.OUTCOMES[outcome].bounds(column)
        np.testing.assert_allclose(table[low], values.min(axis=0), rtol=1e-12)
        np.testing.assert_allclose(table[high], values.max(axis=0), rtol=1e-12)


def test_a_value_without_an_upper_bound_gives_the_limit_or_none(constants):
    frame = measured(3)
    frame.loc[0, "sil6r_high_ng_ml"] = np.inf
    frame.loc[1, "sgp130_high_ng_ml"] = np.inf
    frame.loc[2, ["il6_low_pg_ml", "il6_high_pg_ml"]] = 0.0, np.inf
    above_sil6r, above_sgp130, any_il6 = balance.of_samples(frame, constants).iloc[:3].itertuples()
    # All IL-6 (1 pM) is bound to the receptor at most, and shared out with 5,000 pM of sgp130.
    assert above_sil6r.free_il6_low_share == 0
    half = (1.0 + 5000.0 + KD2) / 2
    ternary = half - np.sqrt(half**2 - 5000.0)
    assert above_sil6r.buffered_complex_high_pm == pytest.approx(ternary, rel=1e-9)
    assert above_sil6r.active_complex_high_pm == pytest.approx(1.0 - ternary, rel=1e-9)
    assert (above_sil6r.sgp130_excess_low, above_sil6r.sgp130_excess_high) == (0, above_sil6r.sgp130_excess)
    # All complex is bound by sgp130.
    assert above_sgp130.active_complex_low_pm == 0
    assert above_sgp130.buffered_complex_high_pm == 1.0
    assert above_sgp130.free_il6_low_share == 0
    assert above_sgp130.sgp130_excess_high == np.inf
    # From a trace to a flood of IL-6: from the binding polynomial to all free; 1,000 pM of sIL-6R at most.
    polynomial = 1 + 1000.0 / KD1 * (1 + 5000.0 / KD2)
    assert any_il6.free_il6_low_share == pytest.approx(1 / polynomial, rel=1e-12)
    assert any_il6.free_il6_high_share == 1
    assert any_il6.buffered_complex_low_pm == any_il6.active_complex_low_pm == 0
    assert any_il6.active_complex_high_pm + any_il6.buffered_complex_high_pm == pytest.approx(1000.0)


@pytest.mark.parametrize(
    ("name", "column", "text", "sentence"),
    [
        ("sgp130_kda", "name", "gp130_kda", "there is no constant 'sgp130_kda'; add it, with its source"),
        (
            "sgp130_kda",
            "unit",
            "Da",
            "line 6: the unit 'Da' is not the name's; give it in kda",
        ),
        ("il6_kda", "low", "22", "line 4: 0 < 22 <= 21 <= 21 does not hold; correct value, low and high"),
        ("il6_kda", "low", "0", "line 4: 0 < 0 <= 21 <= 21 does not hold"),
        ("il6_kda", "value", "", "line 4: 'value' is empty"),
    ],
)
def test_a_table_of_constants_that_is_wrong_is_refused(tmp_path, name, column, text, sentence):
    table = pd.read_csv(CONSTANTS, sep="\t", dtype=str)
    table.loc[table["name"] == name, column] = text
    table.to_csv(tmp_path / "constants.tsv", sep="\t", index=False)
    with pytest.raises(InputError) as error:
        balance.load_constants(tmp_path / "constants.tsv")
    assert sentence in str(error.value)


def test_a_constant_that_is_there_twice_is_refused(tmp_path):
    table = pd.read_csv(CONSTANTS, sep="\t", dtype=str)
    pd.concat([table, table.iloc[[2]]]).to_csv(tmp_path / "constants.tsv", sep="\t", index=False)
    with pytest.raises(
        InputError, match="line 4: the constant 'il6_kda' is unknown or there twice; keep one"
    ):
        balance.load_constants(tmp_path / "constants.tsv")


def test_every_constant_has_a_source_and_its_value_lies_in_its_range(constants):
    assert constants["source"].str.len().gt(20).all()
    assert (constants["low"] <= constants["value"]).all()
    assert (constants["value"] <= constants["high"]).all()
    # The published values that the choices rest on.
    assert constants["value"].to_dict() == {
        "kd_il6_sil6r_nm": 5.5, "kd_complex_sgp130_nm": 0.05, "il6_kda": 21, "sil6r_kda": 52.5,
        "sgp130_kda": 100,
    }  # fmt: skip
