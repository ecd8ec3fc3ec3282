"""Standard curves, and from the wells of plates to concentrations."""

import numpy as np
import pandas as pd
import pytest

from il6r.assays import curves, plates
from il6r.errors import InputError

SETTINGS = {
    "curve": "auto",
    "curve_weights": "1/y2",
    "max_standard_error_percent": 20,
    "max_lloq_error_percent": 25,
    "min_standards_share": 0.75,
    "max_replicate_cv_percent": 20,
    "max_dilution_difference_percent": 30,
    "plate_correction": "none",
    "plasma_volume_correction": True,
}
# A sandwich ELISA: OD at no and at much analyte, ng/mL at half height, slope.
A, D, C, B = 0.05, 3.5, 2.0, 1.2
LEVELS = (0.0625, 0.125, 0.25, 0.5, 1.0, 2.0, 4.0)
# R's data set DNase, run 1: an ELISA in development (Davidian & Giltinan 1995, section 5.2.4).
DNASE = np.repeat([0.04882812, 0.1953125, 0.390625, 0.78125, 1.5625, 3.125, 6.25, 12.5], 2)
DNASE_OD = np.array(
    [0.017, 0.018, 0.121, 0.124, 0.206, 0.215, 0.377, 0.374,
     0.614, 0.609, 1.019, 1.001, 1.334, 1.364, 1.730, 1.710]
)  # fmt: skip
# The example of Cardillo 2012, "Four parameters logistic regression - there and back again".
CARDILLO = np.array([0, 4.5, 10.6, 19.7, 40, 84, 210])
CARDILLO_OD = np.array([0.0089, 0.0419, 0.0873, 0.2599, 0.7074, 1.528, 2.7739])


def fit_one(concentration, od, **options):
    return curves.fit(np.zeros(len(od), int), np.asarray(concentration, float), np.asarray(od), 1, **options)


def od_of(concentration, a=A, d=D, c=C, b=B, g=1.0):
    return d + (a - d) / (1 + (np.asarray(concentration, float) / c) ** b) ** g


def well(role, concentration, name=None, *, dilution=1.0, low=np.nan, high=np.nan, factor=1.0):
    """A well that reads exactly what `concentration` (in the well, before any factor) should."""
    return {
        "role": role,
        "od": float(od_of(concentration)) * factor,
        "name": name,
        "concentration": concentration if role == "standard" else np.nan,
        "dilution": dilution,
        "low": low,
        "high": high,
    }


def standards(levels=LEVELS, replicates=2):
    return [well("standard", level) for level in levels for _ in range(replicates)]


def a_plate(wells, name="P1", **columns):
    """Wells in the order of columns, from A1 down."""
    frame = pd.DataFrame(wells)
    frame.insert(0, "file", "readings.csv")
    frame.insert(1, "plate", name)
    frame["row"], frame["column"] = np.arange(len(frame)) % 8, np.arange(len(frame)) // 8
    frame["over"] = False
    frame["line"] = pd.array(np.arange(len(frame)) + 2, dtype="Int64")
    return frame.assign(**columns)


def quantify(*frames, **options):
    """Quantify plates; settings may be given among the options."""
    settings = SETTINGS | {name: options.pop(name) for name in list(options) if name in SETTINGS}
    wells = pd.concat(frames, ignore_index=True)
    found = plates.quantify(wells, settings, **({"analyte": "sil6r", "unit": "ng/mL"} | options))
    samples = (wells["role"] == "sample").sum()
    assert len(found.results) + sum(dropped for _, dropped in found.counts) == samples
    assert len(found.wells) == len(wells)
    return found


# Curves


def test_a_4pl_equals_what_r_prints_for_its_example_of_an_elisa():
    # summary(nls(density ~ SSfpl(log(conc), A, B, xmid, scal), DNase, subset = Run == 1)), of ?DNase.
    found = fit_one(DNASE, DNASE_OD, curve="4pl", weights="none")
    a, d, log_c, log_b, log_g = found.parameters[0]
    assert [a, d, log_c, 1 / np.exp(log_b)] == pytest.approx(
        [-0.007897194, 2.377239021, 1.507403063, 1.062578718], rel=1e-5
    )
    assert log_g == 0
    errors = np.sqrt(np.diag(found.covariance[0]))
    assert errors[:3] == pytest.approx([0.017199708, 0.109516350, 0.102079855], rel=1e-5)
    assert errors[3] / np.exp(log_b) == pytest.approx(0.056996058, rel=1e-5)


def test_a_4pl_with_a_zero_standard_equals_a_published_example():
    found = fit_one(CARDILLO, CARDILLO_OD, curve="4pl", weights="none")
    a, d, log_c, log_b, _ = found.parameters[0]
    assert [np.exp(log_b), np.exp(log_c), d] == pytest.approx([1.515, 108.0, 3.784], rel=5e-4)
    # Printed with little certainty: 0.001002 here and 0.0009843 by another version, +- 0.047.
    assert a == pytest.approx(0.001002, abs=2e-4)
    # Half the width of the printed 95 % intervals, with t at 3 degrees of freedom.
    half = 3.182446 * np.sqrt(np.diag(found.covariance[0]))
    assert half[0] == pytest.approx(0.04694, rel=1e-3)
    assert half[1] == pytest.approx((4.266 - 3.302) / 2, rel=5e-3)
    assert half[2] * np.exp(log_c) == pytest.approx((129.4 - 86.58) / 2, rel=5e-3)
    log_x, _, _ = curves.invert(found.parameters, np.array([1.782315]))
    assert np.exp(log_x) == pytest.approx(99.9982, rel=1e-4)


@pytest.mark.parametrize("weights", ["1/y2", "1/y", "none"])
@pytest.mark.parametrize(("curve", "g"), [("4pl", 1.0), ("5pl", 0.6), ("5pl", 2.5)])
def test_a_curve_without_noise_is_found_again_whatever_the_weights(weights, curve, g):
    x = np.repeat([0, *LEVELS, 8, 16, 32], 2)
    found = fit_one(x, od_of(x, g=g), curve=curve, weights=weights)
    assert found.failed[0] is None
    assert found.parameters[0] == pytest.approx([A, D, np.log(C), np.log(B), np.log(g)], abs=1e-6)
    assert curves.predict(found.parameters, x[None])[0] == pytest.approx(od_of(x, g=g), rel=1e-8)


def test_many_plates_at_once_give_what_each_gives_alone():
    rng = np.random.default_rng(3)
    x = [np.repeat(LEVELS[k % 3 :], 2 + k % 2) for k in range(20)]
    y = [od_of(each) * (1 + 0.03 * rng.standard_normal(len(each))) for each in x]
    plate = np.repeat(np.arange(20), [len(each) for each in x])
    together = curves.fit(plate, np.concatenate(x), np.concatenate(y), 20)
    for k in range(20):
        alone = fit_one(x[k], y[k])
        assert together.model[k] == alone.model[0]
        assert together.parameters[k] == pytest.approx(alone.parameters[0], rel=1e-8)
        assert together.covariance[k] == pytest.approx(alone.covariance[0], rel=1e-5, abs=1e-12)


def test_auto_takes_the_5pl_only_where_the_curve_is_lopsided():
    rng = np.random.default_rng(4)
    x = np.tile(np.repeat([0, *LEVELS, 8, 16], 2), 100)
    plate, noise = np.repeat(np.arange(100), len(x) // 100), 1 + 0.01 * rng.standard_normal(len(x))
    symmetric = curves.fit(plate, x, od_of(x) * noise, 100)
    lopsided = curves.fit(plate, x, od_of(x, g=3, b=1.8) * noise, 100)
    assert (symmetric.model == "4PL").sum() > 85
    assert (lopsided.model == "5PL").sum() > 95


@pytest.mark.parametrize("x", [np.repeat(LEVELS[:5], 3), LEVELS[:6], LEVELS], ids=["15/5", "6/6", "7/7"])
def test_a_5pl_needs_six_levels_and_a_finite_aicc(x):
    assert fit_one(x, od_of(x, g=3), curve="auto").model[0] == "4PL"
    assert fit_one(x, od_of(x, g=3), curve="5pl").failed[0] == "its standards are too few for a 5PL curve"


@pytest.mark.parametrize(("b", "failed"), [(9, None), (12, "no assay's curve has such a shape")])
def test_a_curve_that_is_steeper_than_any_assays_fails(b, failed):
    x = np.linspace(1, 1.5, 11)
    assert fit_one(x, od_of(x, c=1.25, b=b), curve="4pl").failed[0] == failed


def test_the_derivatives_of_an_inverted_curve_are_those_of_differences():
    parameters = np.array([[A, D, np.log(C), np.log(B), np.log(g)] for g in (1.0, 0.5, 3.0)])
    od = np.array([0.3, 1.0, 2.5])
    log_x, by_od, by_parameters = curves.invert(parameters, od)
    assert od_of(np.exp(log_x), g=np.array([1.0, 0.5, 3.0])) == pytest.approx(od, rel=1e-12)
    step = 1e-6
    higher, lower = curves.invert(parameters, od + step)[0], curves.invert(parameters, od - step)[0]
    assert by_od == pytest.approx((higher - lower) / (2 * step), rel=1e-6)
    for k in range(5):
        away = step * np.eye(5)[k]
        higher, lower = (curves.invert(parameters + sign * away, od)[0] for sign in (1, -1))
        assert by_parameters[:, k] == pytest.approx((higher - lower) / (2 * step), rel=1e-5, abs=1e-8)


def test_an_od_beyond_the_curve_is_infinitely_far():
    parameters = np.tile([A, D, np.log(C), np.log(B), 0.0], (4, 1))
    log_x, by_od, _ = curves.invert(parameters, np.array([A, A - 0.01, D, D + 0.1]))
    assert log_x.tolist() == [-np.inf, -np.inf, np.inf, np.inf]
    assert np.isnan(by_od).all()


@pytest.mark.parametrize(
    ("error_percent", "lloq", "uloq", "passing"),
    [
        ([5, -5, 5, -5, 5], 1, 5, 5),
        ([24, -5, 5, -5, 5], 1, 5, 5),  # further off is allowed at the LLOQ
        ([26, -5, 5, -5, 5], 2, 5, 4),
        ([26, 24, 5, -5, 5], 2, 5, 4),
        ([5, -5, 5, -5, 22], 1, 4, 4),  # not at the ULOQ
        ([5, 30, 5, -5, 5], 3, 5, 4),  # all between must pass
        ([5, -5, 5, 40, np.nan], 1, 3, 3),
        ([5, 5, 40, 5, 5], 1, 2, 4),  # of two as long, the lower
        ([40, 40, 40, 40, np.nan], np.nan, np.nan, 0),
    ],
)
def test_limits_of_quantification_are_the_ends_of_the_levels_given_back(error_percent, lloq, uloq, passing):
    level = np.arange(1.0, 6.0)[None]
    low, high, passed = curves.limits(level, np.array([error_percent], float), largest=20, largest_lowest=25)
    assert [low[0], high[0]] == pytest.approx([lloq, uloq], nan_ok=True)
    assert passed.sum() == passing


@pytest.mark.parametrize(
    ("od", "reason"),
    [
        (od_of(LEVELS)[::-1], "the OD of its standards falls as their concentration rises"),
        (np.full(7, 0.05), "the OD of its standards hardly differs"),
        (np.zeros(7), "the OD of its standards hardly differs"),
        (0.05 + 0.01 * od_of(LEVELS), "the OD of its standards hardly differs"),
        (od_of(LEVELS)[[0, 1, 2, 6, 4, 5, 3]], "the OD of its standards falls on the way up"),
        (od_of(LEVELS, c=50, d=40), "its standards end far from half the height of its curve"),
        # A straight line in logarithms has neither height nor middle.
        (0.1 * np.array(LEVELS) ** 0.9, "its standards do not determine a 4PL curve"),
        (np.array([0.1, 0.1, 0.1, 0.1, 2, 2, 2.01]), "its standards do not determine a 4PL curve"),
        (od_of(LEVELS) * [1, 1.6, 0.6, 1.5, 0.7, 1, 1], "fewer than 75 % of its standards are within 20 %"),
    ],
)
def test_a_plate_without_a_curve_fails_and_says_why(od, reason):
    wells = standards(replicates=1)
    for each, value in zip(wells, od, strict=True):
        each["od"] = value
    found = quantify(a_plate([*wells, well("sample", 1.0, "S1")]))
    plate = found.plates.iloc[0]
    assert plate["failed"] == reason
    assert plate[["model", "a", "b", "c", "d", "g", "lloq", "uloq"]].isna().all()
    assert found.results.empty
    assert found.counts == [("the plate's curve failed", 1)]
    assert found.wells["concentration"].isna().all()


def test_a_plate_with_too_few_standards_fails():
    found = quantify(a_plate([*standards(LEVELS[:4]), well("sample", 0.2, "S1")]))
    assert found.plates.loc[0, "failed"] == "it has 4 levels of standards and a curve needs 5"
    found = quantify(a_plate([well("sample", 0.2, "S1")]))
    assert found.plates.loc[0, "failed"] == "it has 0 levels of standards and a curve needs 5"
    assert found.standards.empty


# Wells to concentrations


def test_concentrations_are_the_truth_times_dilution_in_canonical_units():
    wells = [*standards(), well("blank", 0.0), well("blank", 0.0)]
    wells += [well("sample", x, name, dilution=50) for name, x in (("S1", 0.5), ("S2", 1.5)) for _ in "ab"]
    found = quantify(a_plate(wells), unit="pg/mL")
    rows = found.results
    assert rows["sample"].tolist() == ["S1", "S2"]
    assert rows["value"].to_numpy() == pytest.approx([0.025, 0.075], rel=1e-6)
    assert rows["low"].tolist() == rows["high"].tolist() == rows["value"].tolist()
    assert rows["replicates"].tolist() == [2, 2]
    assert rows[["line", "visit", "date", "replicate"]].isna().all(axis=None)
    assert not rows["relative"].any()
    assert found.counts == [("averaged into another replicate", 2)]
    plate = found.plates.iloc[0]
    assert plate["c"] == pytest.approx(C / 1000, rel=1e-6)
    assert [plate["lloq"], plate["uloq"]] == pytest.approx([0.0625e-3, 4e-3])
    assert plate["blank_od"] == pytest.approx(A)
    assert [plate["standards"], plate["standards_passing"], plate["samples"]] == [7, 7, 2]
    assert found.standards["back_calculated"].to_numpy() == pytest.approx(np.array(LEVELS) / 1000, rel=1e-6)
    assert found.wells["concentration"].to_numpy()[-1] == pytest.approx(0.075, rel=1e-6)
    assert found.wells["concentration"].to_numpy()[14:16] == pytest.approx([np.nan] * 2, nan_ok=True)


def test_a_blank_stays_out_of_the_curve_and_a_zero_standard_is_in_it():
    sample, strange = well("sample", 0.2, "S1"), well("blank", 0.0, factor=2)
    without = quantify(a_plate([*standards(), sample])).plates
    blank = quantify(a_plate([*standards(), strange, sample])).plates
    zero = quantify(a_plate([*standards(), strange | {"role": "standard", "concentration": 0.0}, sample]))
    assert blank["a"].tolist() == without["a"].tolist()
    assert blank["blank_od"].tolist() == [pytest.approx(2 * A)]
    assert zero.plates["a"][0] > A * 1.01
    row = zero.standards[zero.standards["concentration"] == 0].iloc[0]
    assert pd.isna(row["back_calculated"])
    assert row["passing"]
    assert zero.plates["standards"][0] == 7


def test_beyond_the_limits_a_sample_is_censored_at_the_limit_times_dilution():
    wells = [*standards(), well("sample", 0.01, "low", dilution=10), well("sample", 6.0, "high", dilution=10)]
    wells += [well("sample", 0.0, "none", factor=0.9), well("sample", 1.0, "over") | {"od": np.nan}]
    frame = a_plate(wells)
    frame["over"] = frame["od"].isna()
    rows = quantify(frame).results.set_index("sample")
    for name, low, high, value in (
        ("low", 0, 0.625, 0.625),
        ("high", 40, np.inf, 40),
        ("none", 0, 0.0625, 0.0625),
        ("over", 4, np.inf, 4),
    ):
        assert rows.loc[name, ["low", "high", "value"]].tolist() == [low, high, value]
    assert rows["se_log"].isna().all()


def test_configured_limits_narrow_the_range_and_never_widen_it():
    wells = [*standards(), *(well("sample", x, f"S{x}") for x in (0.1, 0.5, 3.0))]
    found = quantify(a_plate(wells), unit="ug/L", lloq=0.2, uloq=100)
    assert found.results["high"].to_numpy() == pytest.approx([0.2, 0.5, 3.0])
    assert found.plates[["lloq", "uloq"]].to_numpy()[0] == pytest.approx([0.2, 4.0])
    failed = quantify(a_plate(wells), lloq=5).plates["failed"]
    assert failed.tolist() == ["its standards leave no range of quantification"]


def test_replicates_within_and_beyond_a_limit_leave_an_interval():
    pairs = {"low": (0.06, 0.07), "high": (3.8, 4.2)}
    wells = [*standards(), *(well("sample", x, name) for name, both in pairs.items() for x in both)]
    found = quantify(a_plate(wells))
    low, high = found.results.to_dict("records")
    assert [low["low"], low["high"]] == pytest.approx([0.035, (0.0625 + 0.07) / 2])
    assert low["value"] == pytest.approx(np.sqrt(low["low"] * low["high"]))
    assert [high["low"], high["high"], high["value"]] == pytest.approx([3.9, np.inf, 3.9])
    assert [low["replicates"], high["replicates"]] == [2, 2]


def test_replicates_that_differ_too_much_are_rejected_and_counted():
    wells = [*standards(), *(well("sample", x, "S1") for x in (0.5, 0.8))]
    wells += [well("sample", x, "S2") for x in (0.5, 0.6)]
    # One beyond the range is known well enough to differ.
    wells += [well("sample", x, "S3") for x in (0.01, 0.5)]
    found = quantify(a_plate(wells))
    assert found.results["sample"].tolist() == ["S2"]
    # Sample standard deviation over mean.
    assert found.results["cv_percent"].tolist() == [pytest.approx(100 * (0.1 / np.sqrt(2)) / 0.55)]
    differ = "replicates differ by more than the limit of CV"
    assert found.counts == [(differ, 4), ("averaged into another replicate", 1)]
    assert (found.wells["rejected"] == differ).sum() == 4
    pair = [100 * (0.3 / np.sqrt(2)) / 0.65, 100 * (0.1 / np.sqrt(2)) / 0.55]
    assert found.plates["median_cv_percent"].tolist() == [pytest.approx(np.mean(pair))]


def test_a_single_well_is_quantified_with_the_errors_of_its_plate():
    rng = np.random.default_rng(5)
    wells = standards()
    for each in wells:
        each["od"] *= 1 + 0.05 * rng.standard_normal()
    pairs = [well("sample", 0.5, f"S{k}", factor=1 + 0.05 * rng.standard_normal()) for k in (0, 0, 1, 1, 2)]
    rows = quantify(a_plate([*wells, *pairs])).results.set_index("sample")
    assert rows.loc["S2", "replicates"] == 1
    assert pd.isna(rows.loc["S2", "cv_percent"])
    assert 0.02 < rows.loc["S0", "se_log"] < rows.loc["S2", "se_log"] < 0.15


def test_without_replicates_the_error_of_an_od_is_the_curves_residual():
    rng = np.random.default_rng(6)
    wells = standards(replicates=1)
    for each in wells:
        each["od"] *= 1 + 0.03 * rng.standard_normal()
    found = quantify(a_plate([*wells, well("sample", 0.5, "S1")]), curve="4pl")
    x, y = np.array(LEVELS), np.array([each["od"] for each in wells])
    fitted = found.standards["fitted_od"].to_numpy()
    relative = np.sqrt((((y - fitted) / fitted) ** 2).sum() / 3)
    curve = fit_one(x, y, curve="4pl")
    _, by_od, by_parameters = curves.invert(curve.parameters, np.array([od_of(0.5)]))
    of_curve = by_parameters[0] @ curve.covariance[0] @ by_parameters[0]
    expected = np.sqrt(of_curve + (by_od * od_of(0.5) * relative) ** 2)
    assert found.results["se_log"].to_numpy() == pytest.approx(expected, rel=1e-9)


def test_dilutions_within_range_are_averaged_and_others_are_left_out():
    wells = [*standards(), *(well("sample", 100 / x, "S1", dilution=x) for x in (10, 50, 100, 5000))]
    found = quantify(a_plate(wells))
    row = found.results.iloc[0]
    assert [row["value"], row["low"], row["high"]] == pytest.approx([100] * 3, rel=1e-5)
    assert row["replicates"] == 2
    assert found.counts == [
        ("out of range, measured at another dilution", 2),
        ("averaged into another replicate", 1),
    ]


@pytest.mark.parametrize("excess", [0.9, 0.05, 0.001])
def test_a_hooked_dilution_is_left_out_and_counted(excess):
    # An undiluted sample with so much analyte that antibodies are swamped reads low, or next to nothing.
    wells = [*standards(), well("sample", excess, "S1", dilution=1), well("sample", 0.8, "S1", dilution=100)]
    found = quantify(a_plate(wells))
    assert found.results["value"].to_numpy() == pytest.approx([80], rel=1e-5)
    hooked = "hooked: reads lower than at a higher dilution"
    assert found.counts == [(hooked, 1)]
    assert found.wells["rejected"].dropna().tolist() == [hooked]


def test_a_hooked_sample_that_stays_above_the_range_is_censored_at_its_highest_dilution():
    wells = [*standards(), well("sample", 0.9, "S1", dilution=1), well("sample", 9.0, "S1", dilution=100)]
    row = quantify(a_plate(wells)).results.iloc[0]
    assert [row["low"], row["high"], row["value"]] == pytest.approx([400, np.inf, 400])


def test_a_difference_between_dilutions_within_the_limit_or_the_other_way_is_no_hook():
    wells = [*standards(), well("sample", 1.0, "S1"), well("sample", 0.125, "S1", dilution=10)]
    wells += [well("sample", 1.0, "S2"), well("sample", 0.07, "S2", dilution=10)]
    rows = quantify(a_plate(wells)).results
    assert rows["value"].to_numpy() == pytest.approx([1.125, 0.85], rel=1e-5)


def test_bounds_at_several_dilutions_hold_together():
    wells = [*standards(), well("sample", 9.0, "S1", dilution=1), well("sample", 0.01, "S1", dilution=1000)]
    # Above 4 undiluted, and yet below 10 x 0.0625: both cannot be.
    wells += [well("sample", 9.0, "S2", dilution=1), well("sample", 0.01, "S2", dilution=10)]
    wells += [well("sample", 0.01, "S3", dilution=x) for x in (1, 2)]
    found = quantify(a_plate(wells))
    between, below = found.results.to_dict("records")
    assert [between["low"], between["high"]] == pytest.approx([4, 62.5])
    assert between["value"] == pytest.approx(np.sqrt(4 * 62.5))
    assert [below["low"], below["high"], below["value"]] == pytest.approx([0, 0.0625, 0.0625])
    assert found.counts[0] == ("its dilutions contradict each other", 2)


def test_a_plate_of_censored_samples_says_nothing_of_edges_or_replicates():
    wells = [*standards(), *(well("sample", 0.001, f"S{k}") for k in range(40))]
    found = quantify(a_plate(wells))
    assert (found.results["low"] == 0).all()
    assert len(found.results) == 40
    assert found.plates[["edge_percent", "drift_percent", "median_cv_percent"]].isna().all(axis=None)


def test_a_sample_on_two_plates_has_a_row_for_each():
    one = a_plate([*standards(), well("sample", 0.5, "S1")], "P1")
    two = a_plate([*standards(), well("sample", 0.6, "S1")], "P2")
    found = quantify(one, two)
    assert found.results["plate"].tolist() == ["P1", "P2"]
    assert found.results["value"].to_numpy() == pytest.approx([0.5, 0.6], rel=1e-6)
    assert found.plates["place"].tolist() == [1, 2]


def test_a_failed_plate_takes_no_other_with_it():
    flat = a_plate([each | {"od": 0.06} for each in [*standards(), well("sample", 0.5, "S2")]], "P1")
    sound = a_plate([*standards(), well("sample", 0.5, "S1")], "P2")
    found = quantify(flat, sound)
    assert found.results["sample"].tolist() == ["S1"]
    assert found.counts == [("the plate's curve failed", 1)]
    assert found.plates["failed"].isna().tolist() == [False, True]


# Controls, bridges, edges and drift


def test_a_control_out_of_its_range_is_flagged_and_its_plate_stays():
    wells = [*standards(), well("sample", 0.5, "S1")]
    wells += [well("control", 0.5, "high", low=0.4, high=0.6) for _ in "ab"]
    wells += [well("control", 0.1, "low", low=0.2, high=0.3), well("control", 0.01, "least", low=0.005)]
    wells += [well("control", 1.0, "free"), well("control", 1.0, "lost", low=1, factor=9)]
    found = quantify(a_plate(wells))
    controls = found.controls.set_index("control")
    assert controls.loc["high", "concentration"] == pytest.approx(0.5)
    assert controls.loc["high", "cv_percent"] == pytest.approx(0)
    # Below the LLOQ, and read all the same.
    assert controls.loc["least", "concentration"] == pytest.approx(0.01, rel=1e-4)
    assert pd.isna(controls.loc["lost", "concentration"])
    assert controls["in_range"].index[controls["in_range"].isna()].tolist() == ["free"]
    judged = controls["in_range"].dropna().to_dict()
    assert judged == {"high": True, "low": False, "least": True, "lost": False}
    assert len(found.results) == 1
    assert found.plates["failed"].isna().all()


def test_controls_of_a_failed_plate_are_not_judged():
    wells = [*standards(LEVELS[:3]), well("control", 0.5, "high", low=0.4, high=0.6)]
    controls = quantify(a_plate(wells)).controls
    assert controls[["concentration", "in_range", "cv_percent"]].isna().all(axis=None)
    assert controls["high"].tolist() == [0.6]


def test_the_cv_between_plates_is_the_root_mean_square_of_the_controls():
    # Two plates each: sd over mean is |difference| / sqrt 2 over it.
    controls = pd.DataFrame({"control": ["a", "b"] * 2 + ["c"], "concentration": [10.0, 100, 12, 90, 5]})
    expected = np.sqrt(((200 / np.sqrt(2) / 11) ** 2 + (1000 / np.sqrt(2) / 95) ** 2) / 2)
    assert plates.inter_plate_cv(controls) == pytest.approx(expected)
    assert np.isnan(plates.inter_plate_cv(controls.iloc[:2]))
    assert np.isnan(plates.inter_plate_cv(controls.iloc[:0]))


def bridged(name, effect, bridges=(("pool 1", 0.5), ("pool 2", 1.2))):
    """A plate on which everything but the standards reads `effect` times too much."""
    wells = [*standards(), *(well("bridge", x * effect, pool) for pool, x in bridges for _ in "ab")]
    wells += [well("sample", 0.7 * effect, f"{name}-S1"), well("sample", 0.001, f"{name}-S2")]
    return a_plate(wells, name)


def test_bridges_take_a_plates_effect_away():
    frames = bridged("P1", 1.0), bridged("P2", 1.25), bridged("P3", 0.64)
    raw = quantify(*frames)
    found = quantify(*frames, plate_correction="bridging")
    overall = (1.25 * 0.64) ** (1 / 3)
    factors = overall / np.array([1.0, 1.25, 0.64])
    assert found.plates["bridging_factor"].to_numpy() == pytest.approx(factors, rel=1e-6)
    rows = found.results[found.results["low"] > 0]
    assert rows["value"].to_numpy() == pytest.approx([0.7 * overall] * 3, rel=1e-6)
    limits = found.results.loc[found.results["low"] == 0, "high"]
    assert limits.to_numpy() == pytest.approx(0.0625 * factors, rel=1e-6)
    assert raw.plates["bridging_factor"].isna().all()
    # Bridges are the same material: how far plates differ, before the correction. No name of theirs is shown.
    assert raw.controls["control"].unique().tolist() == ["bridge 1", "bridge 2"]
    assert found.controls["in_range"].isna().all()
    assert plates.inter_plate_cv(found.controls) == pytest.approx(
        100 * np.std([1, 1.25, 0.64], ddof=1) / np.mean([1, 1.25, 0.64]), rel=1e-5
    )


def test_the_error_of_a_plates_factor_is_in_the_standard_error():
    rng = np.random.default_rng(8)
    frames = [bridged(name, 1.0) for name in ("P1", "P2")]
    for frame in frames:
        frame["od"] *= 1 + 0.03 * rng.standard_normal(len(frame))
    raw, found = quantify(*frames), quantify(*frames, plate_correction="bridging")
    added = found.results["se_log"] ** 2 - raw.results["se_log"] ** 2
    assert (added.dropna() > 1e-4).all()
    assert len(added.dropna()) == 2


def test_a_plate_whose_bridges_cannot_be_read_fails():
    lost = bridged("P2", 1.0, bridges=(("pool 1", 9.0),))
    found = quantify(bridged("P1", 1.0), lost, bridged("P3", 1.1), plate_correction="bridging")
    assert found.plates["failed"].tolist()[1] == "its bridge samples cannot be quantified"
    assert found.results["plate"].unique().tolist() == ["P1", "P3"]
    assert found.counts == [("the plate's curve failed", 2)]


def test_one_plate_needs_no_bridges():
    found = quantify(bridged("P1", 1.0, bridges=()), plate_correction="bridging")
    assert found.plates["bridging_factor"].tolist() == [1.0]


@pytest.mark.parametrize(
    ("options", "frames", "sentence"),
    [
        (
            {"unit": "furlongs"},
            [bridged("P1", 1.0)],
            r"readings.csv: unknown unit 'furlongs'; use one of .*",
        ),
        (
            {"lloq": 4, "uloq": 2},
            [bridged("P1", 1.0)],
            r"readings.csv: lloq 4 is not below uloq 2; correct them in the config\.",
        ),
        (
            {"plate_correction": "bridging"},
            [bridged("P1", 1.0), bridged("P2", 1.0), bridged("P3", 1.0, bridges=(("pool 7", 0.5),))],
            r"readings.csv, plate 'P3': it shares no bridge sample with another plate, and plate_correction "
            r"is 'bridging'; declare its bridge wells in the layout, or set plate_correction to 'none'\.",
        ),
    ],
)
def test_what_cannot_be_quantified_is_one_sentence(options, frames, sentence):
    with pytest.raises(InputError, match=f"^{sentence}$"):
        quantify(*frames, **options)


@pytest.mark.parametrize(("rows", "columns"), [(8, 12), (16, 24)])
def test_edges_and_drift_are_told_from_wells_of_the_same_content(rows, columns):
    row, column = (grid.ravel() for grid in np.meshgrid(np.arange(rows), np.arange(columns), indexing="ij"))
    outer = (row == 0) | (row == rows - 1) | (column == 0) | (column == columns - 1)
    # Samples that differ threefold, in duplicate: one well in the plate's left half, the other in its right.
    left = column % (columns // 2)
    content = 0.4 + 0.8 * (row + left) / (rows + columns)
    for edge, drift in ((1.2, 1.0), (1.0, 1.3), (0.9, 0.8)):
        effect = np.where(outer, edge, 1.0) * drift ** (column / (columns - 1))
        names = [f"S{r}-{c}" for r, c in zip(row, left, strict=True)]
        samples = [well("sample", x, name) for x, name in zip(content * effect, names, strict=True)]
        frame = a_plate([*samples, *standards()])
        # Standards lie where samples are too, so that these fill the plate: each pair of them in one place.
        where = np.repeat(np.arange(7) + columns + 1, 2)
        frame["row"], frame["column"] = np.append(row, row[where]), np.append(column, column[where])
        found = quantify(frame, max_replicate_cv_percent=100).plates.iloc[0]
        assert found["edge_percent"] == pytest.approx(100 * (edge - 1), rel=1e-4, abs=1e-4)
        assert found["drift_percent"] == pytest.approx(100 * (drift - 1), rel=1e-4, abs=1e-4)


def test_samples_in_single_say_nothing_of_edges_or_drift():
    frame = a_plate([*standards(replicates=1), *(well("sample", 0.5 + k / 50, f"S{k}") for k in range(40))])
    assert quantify(frame).plates[["edge_percent", "drift_percent"]].isna().all(axis=None)


# Noise


def noisy_plates(count, rng, cv=0.05):
    """Plates with curves of their own and errors of OD; 40 samples in duplicate on each, and their truth."""
    levels = [0.0, *LEVELS]
    shape = {
        "a": rng.uniform(0.04, 0.08, (count, 1)),
        "d": rng.uniform(3.0, 3.8, (count, 1)),
        "c": rng.uniform(1.2, 2.5, (count, 1)),
        "b": rng.uniform(1.0, 1.4, (count, 1)),
    }
    truth = np.exp(rng.uniform(np.log(0.15), np.log(2.5), (count, 40)))
    x = np.hstack([np.tile(np.repeat(levels, 2), (count, 1)), np.repeat(truth, 2, axis=1)])
    od = od_of(x, **shape) * (1 + cv * rng.standard_normal(x.shape))
    frames = []
    for k in range(count):
        wells = [{"role": "standard", "name": None, "concentration": level} for level in np.repeat(levels, 2)]
        wells += [{"role": "sample", "name": f"{k}-{s // 2}", "concentration": np.nan} for s in range(80)]
        frames.append(a_plate(wells, f"P{k}", od=od[k], dilution=1.0, low=np.nan, high=np.nan))
    return frames, truth


def test_concentrations_are_unbiased_and_their_intervals_cover_the_truth():
    count = 400
    frames, truth = noisy_plates(count, np.random.default_rng(9))
    found = quantify(*frames)
    assert found.plates["failed"].isna().sum() > 0.98 * count
    rows = found.results[found.results["se_log"].notna()]
    plate, number = (rows["sample"].str.split("-", expand=True).astype(int).to_numpy()).T
    off = np.log(rows["value"].to_numpy()) - np.log(truth[plate, number])
    # Weights from measured ODs make for 2 x 0.05^2 = 0.5 %; the mean's own error is 0.1 %.
    assert 0.001 < off.mean() < 0.009
    covered = np.abs(off) < 1.96 * rows["se_log"].to_numpy()
    by_plate = np.bincount(plate, covered) / np.maximum(np.bincount(plate), 1)
    # Samples of a plate share its curve's error: the Monte Carlo error is that of the plates' mean.
    assert by_plate[by_plate > 0].std() / np.sqrt(count) < 0.005
    assert 0.93 < covered.mean() < 0.97
    # What plates' curves are off is part of it: their means over samples vary by more than samples' noise.
    of_plate = np.bincount(plate, off) / np.maximum(np.bincount(plate), 1)
    assert of_plate.std() > 2 * off.std() / np.sqrt(40)
