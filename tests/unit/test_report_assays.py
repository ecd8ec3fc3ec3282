"""The report's words, rows and figures about plates, concentrations and the signalling balance."""

import functools
import re

import numpy as np
import pandas as pd
import pytest
from conftest import REPO
from made_study import empty, made_study, written
from matplotlib.collections import LineCollection

from il6r import outcomes, units
from il6r.assays import balance, reference
from il6r.report import drawing
from il6r.report.assays import figures, methods
from il6r.report.assays import words as assays
from il6r.report.association import specifications
from il6r.tables.assays import ASSAYS_QC, CONTROLS, PLATES, REFERENCE, STANDARDS, VARIABILITY, WELLS
from il6r.tables.association import ESTIMATES, GENOTYPE_MEANS, SENSITIVITY

MINIMUM = 5
COHORTS = ["one", "two", "three"]
LIMITS = {"one": 20, "two": 20, "three": 20}
# A plate's name, a control's and what a sample might be called: none of them may be shown.
SECRET = "P004711"
TABLES = {
    "assays_qc": ASSAYS_QC,
    "plates": PLATES,
    "standards": STANDARDS,
    "controls": CONTROLS,
    "wells": WELLS,
    "variability": VARIABILITY,
    "reference": REFERENCE,
}
# Of the 4PL, in canonical units before dilution; the highest of eight twofold standards.
CURVES = {
    "sil6r": {"a": 0.06, "b": 1.1, "c": 1.2, "d": 3.2, "g": 1.0},
    "il6": {"a": 0.11, "b": 1.3, "c": 30.0, "d": 2.6, "g": 1.0},
}
HIGHEST = {"sil6r": 2.5, "il6": 100.0}


def together(*frames):
    return pd.concat(frames, ignore_index=True)


def densities(x, curve):
    return curve["d"] + (curve["a"] - curve["d"]) / (1 + (x / curve["c"]) ** curve["b"])


def read_back(od, curve):
    share = (curve["a"] - curve["d"]) / (np.minimum(od, 0.98 * curve["d"]) - curve["d"]) - 1
    return curve["c"] * share.clip(1e-3) ** (1 / curve["b"])


def names(places):
    return [f"{SECRET}-{place}" for place in places]


def plate_rows(number=12, cohort="one", analyte="sil6r", failed=(5,), seed=4):
    """Plates of which the third has an edge effect and the seventh drifts."""
    generator = np.random.default_rng(seed)
    rows = []
    for place, plate in enumerate(names(range(1, number + 1)), 1):
        bad = place in failed
        curve = {**CURVES[analyte], "c": CURVES[analyte]["c"] * np.exp(0.12 * generator.standard_normal())}
        highest = HIGHEST[analyte]
        rows.append(
            {
                "analyte": analyte, "plate": plate, "place": place,
                "model": None if bad else "5PL" if place % 6 == 0 else "4PL",
                **(dict.fromkeys(curve) if bad else curve), "standards": 8,
                "standards_passing": 3 if bad else 8,
                "lloq": None if bad else highest * (0.008 + 0.0004 * place), "uloq": None if bad else highest,
                "blank_od": 0.05, "samples": 37, "median_cv_percent": 4.2,
                "edge_percent": 14.2 if place == 3 else 1.0, "drift_percent": -12.4 if place == 7 else 0.2,
                "bridging_factor": None,
                "failed": "fewer than 75 % of its standards can be read back" if bad else None,
            }
        )  # fmt: skip
    return PLATES.check(pd.DataFrame(rows)).assign(cohort=cohort)


def standard_rows(plates, seed=1):
    generator = np.random.default_rng(seed)
    frames = []
    for row in plates.itertuples():
        bad = not pd.isna(row.failed)
        curve = CURVES[row.analyte] if bad else {name: getattr(row, name) for name in "abcdg"}
        level = HIGHEST[row.analyte] / 2.0 ** np.arange(8)
        od = densities(level, curve) * np.exp((0.3 if bad else 0.03) * generator.standard_normal(8))
        read = np.full(8, np.nan) if bad else read_back(od, curve)
        error = 100 * (read / level - 1)
        frames.append(
            pd.DataFrame(
                {
                    "analyte": row.analyte, "plate": row.plate, "concentration": level, "od": od,
                    "fitted_od": np.nan if bad else densities(level, curve), "back_calculated": read,
                    "error_percent": error, "passing": np.abs(error) <= 20,
                }
            )
        )  # fmt: skip
    return STANDARDS.check(together(*frames)).assign(cohort=plates["cohort"].iloc[0])


def control_rows(plates, seed=2):
    """Two controls on each plate; the low one is out of its range on the ninth."""
    generator = np.random.default_rng(seed)
    rows = [
        {
            "analyte": row.analyte, "plate": row.plate, "place": row.place, "control": f"{SECRET} {name}",
            "concentration": value, "low": 0.8 * level, "high": 1.2 * level,
            "in_range": bool(abs(value / level - 1) <= 0.2), "cv_percent": 5.0,
        }
        for row in plates.itertuples()
        for name, part in (("high", 0.6), ("low", 0.1))
        for level in [part * HIGHEST[row.analyte]]
        for value in [
            level * (1.31 if (row.place, name) == (9, "low") else np.exp(0.06 * generator.standard_normal()))
        ]
    ]  # fmt: skip
    return CONTROLS.check(pd.DataFrame(rows)).assign(cohort=plates["cohort"].iloc[0])


def well_rows(plates, seed=3, edge=0.12, drift=0.08, noise=0.2):
    """Samples in columns 3 to 12, outer ones higher, later columns lower."""
    generator = np.random.default_rng(seed)
    grid = [(row, column) for row in range(8) for column in range(2, 12)]
    frames = []
    for row in plates.itertuples():
        outer = np.array([r in (0, 7) or c == 11 for r, c in grid])
        off = edge * outer - drift * (np.array([c for _, c in grid]) - 2) / 9
        level = 40 * np.exp(noise * generator.standard_normal(len(grid)) + off)
        rejected = np.full(len(grid), None, dtype=object)
        rejected[:2] = "replicates differ by more than 20 %"
        frames.append(
            pd.DataFrame(
                {
                    "analyte": row.analyte, "plate": row.plate, "place": row.place,
                    "row": [r for r, _ in grid], "column": [c for _, c in grid], "role": "sample",
                    "od": 1.0, "concentration": level, "rejected": rejected,
                }
            )
        )  # fmt: skip
    wells = WELLS.check(together(*frames))
    # Beyond what the reader reads, which is no reason to reject it; and rejected for another reason.
    wells.loc[wells.index[7], ["od", "concentration"]] = np.nan
    wells.loc[wells.index[9], "rejected"] = "between two dilutions"
    return wells.assign(cohort=plates["cohort"].iloc[0])


def qc_row(analyte="sil6r", cohort="one", **changed):
    row = {
        "analyte": analyte, "unit": units.CANONICAL[analyte], "samples": 408, "below_limit": 23,
        "above_limit": 2,
        "median": 43.21, "median_cv_percent": 4.23, "reference_low": 15, "reference_high": 242.7,
        "note": None,
        **changed,
    }  # fmt: skip
    return ASSAYS_QC.check(pd.DataFrame([row])).assign(cohort=cohort)


def spread_row(analyte="sil6r", cohort="one", **changed):
    row = {
        "analyte": analyte, "people": 203, "samples": 408, "mean_visits": 2.01, "between_sd_log": 0.4,
        "within_sd_log": 0.1, "total_sd_log": 0.41, "icc": 0.941, "icc_low": 0.92, "icc_high": 0.957,
        "inter_plate_cv_percent": 6.28,
        **changed,
    }  # fmt: skip
    return VARIABILITY.check(pd.DataFrame([row])).assign(cohort=cohort)


def reference_row(context, low, high, share, analyte="sil6r", cohort="one", **changed):
    row = {
        "analyte": analyte, "unit": units.CANONICAL[analyte], "context": context, "low": low, "high": high,
        "source": "Nash 2022", "samples": 408, "median": 43.21, "share_within": share, "note": None,
        **changed,
    }  # fmt: skip
    return REFERENCE.check(pd.DataFrame([row])).assign(cohort=cohort)


def effect(analysis, percent, cohort="one", half=3.0, people=203, **changed):
    log = np.log1p(percent / 100)
    return {
        "cohort": cohort, "analysis": analysis, "stratum": "all", "priority": "secondary",
        "outcome": analysis, "exposure": "variant", "coding": "additive", "effect_allele": "C",
        "scale": "log_ratio", "estimate": log, "se": 0.01, "ci_low": log - 0.02, "ci_high": log + 0.02,
        "p_value": 0.01, "n": people, "n_participants": people, "n_censored": 0,
        "n_exposure_censored": 0, "df": None, "percent": percent,
        "percent_low": percent - half, "percent_high": percent + half, "model": "linear model",
        "errors": "HC3",
        "p_adjusted": None, "p_permutation": None, "joint_df": None, "joint_p_value": None, "n_cases": None,
        "r2_variant": None, "r2_adjusted": None, "covariates": "age", "note": None, **changed,
    }  # fmt: skip


def usual_effects(cohort="one", people=203):
    percents = {
        "sil6r_additive": 49.8, "il6_additive": 12.3, "sgp130_additive": 0.6, "free_il6_additive": -5.2,
        "active_complex_additive": 58.1, "buffered_complex_additive": 57.4, "sgp130_excess_additive": -32.9,
    }  # fmt: skip
    return ESTIMATES.check(
        pd.DataFrame([effect(name, percent, cohort, people=people) for name, percent in percents.items()])
    )


def choice_rows(cohort="one", people=203):
    rows = []
    for analysis, percents in {
        "free_il6_additive": (-5.2, -0.8, -14.4),
        "active_complex_additive": (58.1, 54.9, 61.3),
        "buffered_complex_additive": (57.4, 53.0, 60.1),
        "sgp130_excess_additive": (-32.9, -32.9, -32.9),
        "activity_additive": (-6, -5, -7),
    }.items():
        kind = "valid days" if analysis == "activity_additive" else "constants"
        for choice, percent in zip(("as configured", "Kd 0.5 nM", "Kd 50 nM"), percents, strict=True):
            log = np.log1p(percent / 100)
            rows.append(
                {
                    "cohort": cohort, "analysis": analysis, "kind": kind, "choice": choice,
                    "n_participants": people, "estimate": log, "se": 0.01, "ci_low": log - 0.02,
                    "ci_high": log + 0.02, "percent": percent,
                    "percent_low": percent - 3, "percent_high": percent + 3, "note": None,
                }
            )  # fmt: skip
    return SENSITIVITY.check(pd.DataFrame(rows))


def mean_rows(cohort="one", sizes=(86, 77, 40), shares=(0.985, 0.985, 0.985), level=0.00031):
    rows = []
    for copies, (genotype, size, share) in enumerate(zip(("A/A", "A/C", "C/C"), sizes, shares, strict=True)):
        active = level * 1.58**copies
        for outcome, mean in (
            ("active_complex_pm", active),
            ("buffered_complex_pm", active * share / (1 - share)),
            ("sil6r_ng_ml", 40 * 1.5**copies),
        ):
            rows.append(
                {
                    "cohort": cohort, "outcome": outcome, "genotype": genotype, "copies": copies,
                    "participants": size, "participants_uncertain": 0, "geometric_mean": mean,
                    "ci_low": 0.9 * mean, "ci_high": 1.11 * mean,
                }
            )  # fmt: skip
    return GENOTYPE_MEANS.check(pd.DataFrame(rows))


def everything():
    return {name: table.copy() for name, table in _everything().items()}


@functools.cache
def _everything():
    one, second = plate_rows(), plate_rows(10, "two", "il6", failed=())
    return {
        "assays_qc": together(
            qc_row(), qc_row("il6", "two", samples=177, below_limit=0, above_limit=0, median=2.22),
            qc_row(cohort="three", unit=units.RELATIVE, median=7.77, above_limit=0, reference_low=None,
                   reference_high=None),
        ),
        "plates": together(one, second),
        "standards": together(standard_rows(one), standard_rows(second, 7)),
        "controls": together(control_rows(one), control_rows(second, 5)),
        "wells": together(well_rows(one), well_rows(second, 6, edge=0, drift=0.2)),
        "variability": together(spread_row(), spread_row("il6", "two", people=177, icc=None, icc_low=None,
                                                         icc_high=None, within_sd_log=None)),
        "reference": together(
            reference_row("resting, healthy", 20, 30, 0.12),
            reference_row("resting, across kits", 17, 242.7, 0.995),
        ),
        "estimates": together(usual_effects(), usual_effects("two")),
        "sensitivity": together(choice_rows(), choice_rows("two")),
        "genotype_means": together(mean_rows(), mean_rows("two", (80, 77, 4))),
    }  # fmt: skip


def nowhere():
    return {
        **{name: empty(table) for name, table in TABLES.items()},
        "estimates": empty(ESTIMATES),
        "sensitivity": empty(SENSITIVITY),
        "genotype_means": empty(GENOTYPE_MEANS),
    }


def only_few():
    """Fewer people than may be shown, on fewer plates."""
    plates = plate_rows(4, failed=()).assign(samples=4)
    return {
        "assays_qc": qc_row(samples=4, below_limit=3),
        "plates": plates,
        "standards": standard_rows(plates),
        "controls": control_rows(plates),
        "wells": well_rows(plates),
        "variability": spread_row(people=4, samples=4),
        "reference": reference_row("resting, healthy", 20, 30, 0.25, samples=4),
        "estimates": usual_effects(people=4),
        "sensitivity": choice_rows(people=4),
        "genotype_means": mean_rows(sizes=(4, 4, 4)),
    }


STUDIES = {"everything": everything, "nowhere": nowhere, "only few": only_few}
DRAWINGS = {"assay_plates": figures.assay_plates, "balance": figures.balance}


def study_of(found, minimum=MINIMUM, cohorts=COHORTS, limits=LIMITS):
    rules = {name: {"assay_rules": {"max_standard_error_percent": limit}} for name, limit in limits.items()}
    return made_study(cohorts, found, minimum, rules=rules)


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


def figure_of(name, found):
    with drawing.style():
        figure = DRAWINGS[name](study_of(found)).figure
    drawing.plt.close(figure)
    return figure


def panels(figure, title):
    """The panels whose title begins so, in the order of cohorts."""
    titles = [f"{axis.get_title()}{axis.get_title('left')}".replace("\n", " ") for axis in figure.axes]
    return [axis for axis, own in zip(figure.axes, titles, strict=True) if own.startswith(title)]


def panel(figure, title):
    """The first of them."""
    return panels(figure, title)[0]


def said(axis):
    return [text.get_text().replace("\n", " ") for text in axis.texts]


@pytest.mark.parametrize("name", DRAWINGS)
def test_a_figure_has_the_same_bytes_twice(name, pictures, tmp_path):
    first = pictures["everything"][name]
    assert first == drawn(name, everything(), tmp_path)
    assert len(first[0]) < 250_000


def test_without_plates_or_a_balance_the_figures_say_so_in_words(pictures):
    assert figures.NO_PLATES in texts(pictures["nowhere"]["assay_plates"][0])
    for study in ("nowhere", "only few"):
        said = " ".join(texts(pictures[study]["balance"][0]))
        assert said.startswith("No cohort has an estimate of the signalling balance on enough people")


def test_no_figure_names_a_plate_a_control_or_anybody(pictures):
    for study in pictures.values():
        for svg, pdf in study.values():
            assert SECRET not in "".join(texts(svg))
            assert SECRET.encode() not in svg + pdf


def test_curves_pass_through_half_height_and_a_failed_plates_standards_are_joined_by_dashes():
    plates = plate_rows(2, failed=(2,))
    # At c a curve has come (1/2)^g of the way from d to a.
    plates.loc[0, list("abcdg")] = [0.1, 1.3, 0.4, 2.9, 1.7]
    figure = figure_of("assay_plates", everything() | {"plates": plates, "standards": standard_rows(plates)})
    axis = panel(figure, "Standard curves")
    (lines,) = [found for found in axis.collections if isinstance(found, LineCollection)]
    (curve,) = lines.get_segments()
    assert curve[0, 0] == pytest.approx(2.5 / 128)
    assert curve[-1, 0] == pytest.approx(2.5)
    half = np.interp(np.log(0.4), np.log(curve[:, 0]), curve[:, 1])
    assert half == pytest.approx(2.9 + (0.1 - 2.9) / 2**1.7, abs=2e-3)
    (dashed,) = [line for line in axis.get_lines() if line.get_marker() == "x"]
    assert len(dashed.get_xdata()) == 8
    assert list(dashed.get_xdata()) == sorted(dashed.get_xdata())


def test_of_many_plates_some_are_drawn_and_failed_ones_with_them():
    plates = plate_rows(100, failed=(5, 50))
    found = everything() | {"plates": plates, "standards": standard_rows(plates)}
    axis = panel(figure_of("assay_plates", found), "Standard curves")
    assert said(axis) == ["one in 5 plates, and failed ones"]
    (lines,) = [found for found in axis.collections if isinstance(found, LineCollection)]
    assert len(lines.get_segments()) == 20
    assert len([line for line in axis.get_lines() if line.get_marker() == "x"]) == 2


def test_errors_of_standards_beyond_the_frame_stand_at_it_and_limits_are_the_cohorts_own():
    found = everything()
    here = found["standards"].index[found["standards"]["passing"]][3]
    found["standards"].loc[here, ["error_percent", "passing"]] = [450.0, False]
    with drawing.style():
        figure = figures.assay_plates(study_of(found, limits={"one": 20, "two": 30, "three": 5})).figure
    drawing.plt.close(figure)
    axis, other = panels(figure, "Standards read from their curves")
    failing = np.concatenate([line.get_ydata() for line in axis.get_lines() if line.get_marker() == "x"])
    assert failing.max() == 60
    dashes = [
        [line.get_ydata()[0] for line in own.get_lines() if line.get_linestyle() == "--"]
        for own in (axis, other)
    ]
    assert dashes == [[-20, 20], [-30, 30]]
    assert said(axis) == ["larger errors are drawn at 60 %"]


def test_controls_stand_where_they_are_in_their_range_and_those_out_of_it_are_circled():
    found = everything()
    controls = found["controls"].query("cohort == 'one'").copy()
    first = controls.index[(controls["place"] == 1) & controls["control"].str.endswith("high")]
    controls.loc[first, "concentration"] = controls.loc[first, "low"]
    controls.loc[controls["place"] == 2, ["low", "high", "in_range"]] = [np.nan, np.nan, pd.NA]
    axis = panel(figure_of("assay_plates", found | {"controls": controls}), "Controls in their ranges")
    high, low = [
        line for line in axis.get_lines() if line.get_marker() == "o" and line.get_linestyle() == "-"
    ]
    assert high.get_ydata()[0] == pytest.approx(-1)
    assert 2 not in high.get_xdata()
    # 1.31 of the middle of a range of 20 % to either side.
    assert low.get_ydata()[list(low.get_xdata()).index(9)] == pytest.approx(1.55)
    circled = [line for line in axis.get_lines() if line.get_markersize() == 8 and len(line.get_xdata())]
    assert [list(line.get_xdata()) for line in circled] == [[9]]


def test_a_control_beyond_the_curve_is_told_since_it_has_no_place_in_its_range():
    found = everything()
    row = found["controls"].index[0]
    found["controls"].loc[row, ["concentration", "in_range"]] = [np.nan, False]
    axis = panel(figure_of("assay_plates", found), "Controls in their ranges")
    assert said(axis) == ["1 beyond the curve, so out of range"]


def test_without_a_controls_range_the_panel_says_so():
    found = everything()
    found["controls"][["low", "high", "in_range"]] = [np.nan, np.nan, pd.NA]
    axis = panel(figure_of("assay_plates", found), "Controls in their ranges")
    assert said(axis) == ["no control with a range to draw it in"]


def test_positions_give_back_the_edge_effect_and_the_drift_that_were_put_in():
    wells = well_rows(plate_rows(9), edge=0.15, drift=0.2, noise=0.0)
    grid = figures.positions(wells, MINIMUM)
    assert grid.shape == (8, 12)
    logs = np.log1p(grid / 100)
    # Outer rows against inner ones, and the ninth of ten steps of drift against the first.
    assert logs[0, 4:11] - logs[3, 4:11] == pytest.approx(0.15)
    assert logs[3, 10] - logs[3, 2] == pytest.approx(-0.2 * 8 / 9)
    # Controls and standards are in the first two columns; two wells of every plate were rejected.
    assert np.isnan(grid[:, :2]).all()
    assert np.isnan(grid[0, 2:4]).all()
    assert not np.isnan(grid[0, 4:]).any()


def test_positions_over_few_plates_are_blank():
    plates = plate_rows(MINIMUM)
    wells = well_rows(plates)
    assert np.isfinite(figures.positions(wells, MINIMUM)).any()
    wells.loc[(wells["plate"] == plates["plate"][0]) & (wells["row"] == 3), "role"] = "control"
    grid = figures.positions(wells, MINIMUM)
    assert np.isnan(grid[3]).all()
    assert np.isfinite(grid[4, 2:]).all()
    assert np.isnan(figures.positions(wells, MINIMUM + 1)).all()


def test_a_plate_of_384_wells_has_a_map_of_its_own_size():
    wells = well_rows(plate_rows(6))
    wells["column"] += 10
    assert figures.positions(wells, MINIMUM).shape == (16, 24)
    assert figures.positions(wells.iloc[:0], MINIMUM).shape == (8, 12)


def test_plates_of_which_nothing_was_read_make_a_figure(tmp_path):
    plates = plate_rows(3, failed=(1, 2, 3))
    nothing = {name: empty(TABLES[name]) for name in ("standards", "controls", "wells")}
    svg, _ = drawn("assay_plates", {"plates": plates, **nothing}, tmp_path)
    assert "no control with a range to draw it in" in " ".join(texts(svg))
    assert cells(nowhere() | {"plates": plates}) == {"plates used": "0", "plates that failed": "3"}


def test_with_few_plates_the_map_says_so(pictures):
    words = " ".join(texts(pictures["only few"]["assay_plates"][0]))
    assert "fewer than 5 plates with samples in one place" in words


def cells(found, cohort="one", analyte="sIL-6R"):
    (table,) = [t for t in assays.tables(study_of(found, cohorts=[cohort])) if t["analyte"] == analyte]
    return {row["name"]: row["cells"][0] for row in table["rows"]}


def test_the_table_has_rounded_counts_of_samples_and_wells_and_exact_ones_of_plates():
    assert cells(everything()) == {
        "samples": "400",
        "samples below the limit": "20",
        "samples above the limit": "under 10",
        "wells rejected": "20 (replicates differ by more than 20 %); under 10 (between two dilutions)",
        "median": "43.2 ng/mL",
        "CV of replicates (median)": "4.2 %",
        "variation between people (CV)": "41.7 %",
        "variation within people (CV)": "10.0 %",
        "intraclass correlation over visits (95 % interval)": "0.94 (0.92 to 0.96)",
        "CV of controls between plates": "6.3 %",
        "plates used": "11",
        "plates that failed": "1",
        "curves": "4PL 9, 5PL 2",
        "lower limit of quantification, before dilution": "0.021 to 0.032 ng/mL",
        "upper limit of quantification, before dilution": "2.5 ng/mL",
        "controls in range": "23 of 24",
        "outer wells against inner ones": "median +1 %; "
        "over 10 % on 1 of 11, beyond chance on plate 3 (+14 %)",
        "last column against the first": "median 0 %; over 10 % on 1 of 11, beyond chance on plate 7 (−12 %)",
    }


def test_relative_units_are_called_so_and_a_cohort_without_plates_has_no_rows_of_them():
    shown = cells(everything(), "three")
    assert shown["median"] == "7.77 relative units (2^NPX)"
    assert set(shown) == {
        "samples", "samples below the limit", "samples above the limit", "median", "CV of replicates "
        "(median)",
    }  # fmt: skip


def test_analytes_have_tables_of_their_own_and_cohorts_without_them_empty_cells():
    shown = assays.tables(study_of(everything()))
    assert [table["analyte"] for table in shown] == ["sIL-6R", "IL-6"]
    assert shown[1]["rows"][0] == {"name": "samples", "cells": ["", "170", ""]}
    assert assays.tables(study_of(nowhere())) == []


def test_measures_of_few_people_are_not_shown():
    shown = cells(only_few())
    for name in ("median", "CV of replicates (median)", "variation between people (CV)"):
        assert shown[name] == "not shown"
    assert shown["samples"] == shown["samples below the limit"] == "under 10"
    # Nor what samples tell of plates that have few.
    assert not any("against" in name for name in shown)
    many = only_few() | {"assays_qc": qc_row(samples=24)}
    assert cells(many)["median"] == "not shown"


def test_an_effect_of_place_is_named_only_where_it_is_more_than_plates_differ_by():
    plates = plate_rows(20, failed=())
    # A standard deviation of 16 % between plates, as people's differences give; one plate beyond that.
    logs = 0.16 * np.random.default_rng(1).standard_normal(20)
    plates["edge_percent"] = 100 * np.expm1(logs)
    plates["drift_percent"] = 1.0
    off = (np.abs(plates["edge_percent"]) > 10).sum()
    assert off > 5
    shown = cells(everything() | {"plates": plates})
    assert shown["outer wells against inner ones"].endswith(
        f"over 10 % on {off} of 20, beyond chance on none"
    )
    assert shown["last column against the first"] == "median +1 %; over 10 % on 0 of 20"
    plates.loc[4, "edge_percent"] = 120.0
    assert cells(everything() | {"plates": plates})["outer wells against inner ones"].endswith(
        "beyond chance on plate 5 (+120 %)"
    )


def test_of_few_plates_all_with_an_effect_are_named_up_to_six_the_largest_first():
    plates = plate_rows(7, failed=())
    plates["edge_percent"] = [-30.0, 12.0, 13.0, 14.0, 15.0, 16.0, 17.0]
    plates["drift_percent"] = [-11.0, *[2.0] * 6]
    shown = cells(everything() | {"plates": plates})
    assert shown["outer wells against inner ones"] == (
        "median +14 %; over 10 % on 7 of 7: plate 1 (−30 %), plate 7 (+17 %), plate 6 (+16 %), "
        "plate 5 (+15 %), plate 4 (+14 %), plate 3 (+13 %) and 1 more"
    )
    assert shown["last column against the first"] == "median +2 %; over 10 % on 1 of 7: plate 1 (−11 %)"


def test_words_on_plates_say_which_failed_and_why_and_where_controls_were_out_of_range():
    found = everything()
    assert assays.plate_sentences(COHORTS, found["plates"], found["controls"]) == [
        "one, sIL-6R: plate 5 failed (fewer than 75 % of its standards can be read back).",
        "one, sIL-6R: a control is out of its range on plate 9.",
        "two, IL-6: a control is out of its range on plate 9.",
    ]
    plates = plate_rows(20, failed=range(3, 12))
    (said,) = assays.plate_sentences(["one"], plates, empty(CONTROLS))
    assert said.startswith("one, sIL-6R: plates 3, 4, 5, 6, 7, 8 and 3 more failed (each: ")


def test_what_reading_left_to_say_is_told_without_the_name_of_a_plate():
    noted = qc_row(note=f"the median of plate '{SECRET}' is outside published values even across kits")
    assert assays.note_sentences(["one"], noted) == [
        "one, sIL-6R: the median of a plate is outside published values even across kits."
    ]


def compared(values, cohort="one", analyte="sil6r", time_point="rest"):
    """`REFERENCE` as the assay stage makes it."""
    samples = pd.DataFrame(
        {
            "analyte": analyte, "value": values, "low": values, "high": values, "relative": False,
            "time_point": time_point,
        }
    )  # fmt: skip
    ranges = pd.read_csv(REPO / "resources" / "reference_ranges.tsv", sep="\t")
    return REFERENCE.check(reference.compare(samples, ranges)).assign(cohort=cohort)


def test_words_on_published_ranges_tell_inside_from_another_kit_and_from_a_slip_of_unit():
    healthy = assays.reference_sentences(["one"], compared(np.linspace(21, 29, 30)), MINIMUM)
    assert healthy[0].startswith("one, sIL-6R, median 25 ng/mL: within resting, healthy (20 to 30, over 66")
    assert "; below resting, atherosclerosis (40" in healthy[0]
    assert healthy[-1].startswith("Published ranges: Nash 2022 Table 1, 10.1111/sms.14241; Marinou 2010")
    (kit, _) = assays.reference_sentences(["one"], compared(np.full(30, 900.0), analyte="sgp130"), MINIMUM)
    assert "above resting, healthy (250 to 500, under 34 % within)" in kit
    assert "differ up to tenfold between kits" in kit
    (slip, _) = assays.reference_sentences(["one"], compared(np.full(30, 0.0021), analyte="il6"), MINIMUM)
    assert "about 1000-fold too low: a slip of unit" in slip


def test_resting_and_post_exercise_samples_are_compared_apart():
    both = together(
        compared(np.full(30, 2.0), analyte="il6").query("samples > 0"),
        compared(np.full(40, 20.0), analyte="il6", time_point="post-exercise").query("samples > 0"),
    )
    rest, after, _ = assays.reference_sentences(["one"], both, MINIMUM)
    assert rest.startswith("one, IL-6, median 2 pg/mL: within resting, healthy (1 to 5, over 66 % within)")
    assert after == "one, IL-6, median 20 pg/mL: within post-exercise, healthy (5 to 100, over 75 % within)."
    assert assays.reference_sentences(["one"], compared(np.full(9, 25.0)), MINIMUM) == []


def test_a_share_of_samples_gives_no_small_number_away():
    def told(share, samples=400):
        rows = reference_row("resting", 20, 30, share, samples=samples)
        return re.search(r"20 to 30, (.*?) within", assays.reference_sentences(["one"], rows, MINIMUM)[0])[1]

    assert told(3 / 400) == told(0.0) == "under 3 %"
    assert told(397 / 400) == told(1.0) == "over 97 %"
    assert told(0.1234) == "11 %"


def test_the_molecule_that_varies_least_is_named_where_all_have_concentrations():
    spread = together(
        *(
            spread_row(analyte, cohort, total_sd_log=sd)
            for cohort in ("one", "two")
            for analyte, sd in (("sil6r", 0.4), ("il6", 0.5), ("sgp130", 0.2))
        )
    )
    qc = together(
        *(qc_row(analyte) for analyte in ("sil6r", "il6", "sgp130")),
        *(qc_row(analyte, "two", unit=units.RELATIVE) for analyte in ("sil6r", "il6", "sgp130")),
    )
    assert assays.spread_sentences(["one", "two"], spread, qc, MINIMUM) == [
        "In one sgp130 varies least between single samples at rest of different people: coefficients of "
        "variation are sgp130 20.2 %, sIL-6R 41.7 % and IL-6 53.3 %, values beyond limits left out."
    ]
    assert assays.spread_sentences(["one"], spread[1:], qc, MINIMUM) == []


def test_a_logarithms_deviation_becomes_a_coefficient_of_variation():
    # A within-subject CV of 30 % is a standard deviation of 0.294 (FDA 2001, Statistical approaches to
    # establishing bioequivalence, on highly variable drugs).
    assert assays.percent_of(0.294) == pytest.approx(30, abs=0.06)
    assert assays.percent_of(0.0) == 0


def balance_words(estimates=None, sensitivity=None, means=None):
    return assays.balance_sentences(
        usual_effects() if estimates is None else estimates,
        choice_rows() if sensitivity is None else sensitivity,
        mean_rows() if means is None else means,
        MINIMUM,
    )


def test_words_on_the_balance_answer_what_an_allele_does_and_whether_sgp130_takes_it_up():
    assert balance_words() == [
        "one: each C allele raises the predicted active complex by 58.1 % (55.1 to 61.1). It changes sIL-6R "
        "itself by +49.8 % (+46.8 to +52.8), IL-6 by +12.3 % (+9.3 to +15.3), sgp130 by +0.6 % (−2.4 to "
        "+3.6), the number of times sgp130 exceeds sIL-6R by −32.9 % (−35.9 to −29.9).",
        "one: sgp130 binds 98.5 % of the complexes in A/A and 98.5 % in C/C: it takes up as much of what is "
        "added, and the active complex still rises.",
        "one: with 2 alternative values of the constants the effect on the active complex is +54.9 to "
        "+61.3 % per "
        "allele.",
        "This is a model of plasma in equilibrium: it says what the measured concentrations would come to, "
        "not how cells respond.",
    ]


def test_a_share_that_differs_is_said_to_be_chance_unless_sgp130_differs_too():
    fewer = mean_rows(shares=(0.98, 0.97, 0.96))
    assert balance_words(means=fewer)[1] == (
        "one: sgp130 binds 98.0 % of the complexes in A/A and 96.0 % in C/C: it takes up less of what is "
        "added; its own level is not seen to change, so that this may be chance."
    )
    changed = usual_effects()
    lower = changed["analysis"] == "sgp130_additive"
    changed.loc[lower, ["percent", "percent_low", "percent_high"]] = [-30.0, -33.0, -27.0]
    assert balance_words(changed, means=fewer)[1].endswith("takes up less of what is added.")
    more = mean_rows(shares=(0.98, 0.985, 0.99))
    assert balance_words(changed, means=more)[1].endswith(
        "98.0 % of the complexes in A/A and 99.00 % in C/C: it takes up more of what is added."
    )


def test_an_effect_that_is_not_seen_is_not_called_a_rise():
    unseen = usual_effects()
    active = unseen["analysis"] == "active_complex_additive"
    unseen.loc[active, ["percent", "percent_low", "percent_high"]] = [4.0, -3.0, 11.5]
    said = balance_words(unseen)
    assert said[0].startswith(
        "one: no effect of the C allele on the predicted active complex is seen (+4.0 % (−3.0 to +11.5))."
    )
    assert said[1].endswith("98.5 % of the complexes in A/A and 98.5 % in C/C, which is as much.")
    unseen.loc[active, ["percent", "percent_low", "percent_high"]] = [-20.0, -31.5, -7.0]
    assert "lowers the predicted active complex by 20.0 % (7.0 to 31.5)." in balance_words(unseen)[0]


def test_a_genotype_of_few_people_is_in_no_sentence_and_without_two_there_is_no_share():
    few = balance_words(means=mean_rows(sizes=(86, 77, 4)))
    assert "98.5 % of the complexes in A/A and 98.5 % in A/C" in few[1]
    assert not any("C/C" in text for text in few)
    assert not any("binds" in text for text in balance_words(means=mean_rows(sizes=(86, 4, 4))))
    assert balance_words(usual_effects(people=4)) == [assays.NO_BALANCE]
    assert balance_words(nowhere()["estimates"]) == [assays.NO_BALANCE]


def test_the_bound_share_is_that_of_both_complexes():
    shares = assays.buffered_shares(mean_rows(shares=(0.9, 0.75, 0.5)), MINIMUM)
    assert shares["share"].tolist() == pytest.approx([0.9, 0.75, 0.5])
    assert shares["genotype"].tolist() == ["A/A", "A/C", "C/C"]


def test_the_balance_figure_has_an_interval_for_each_effect_and_a_band_for_the_constants():
    found = everything() | {"estimates": together(usual_effects(), usual_effects("two").iloc[:1])}
    drawn = figures.balance(study_of(found))
    drawing.plt.close(drawn.figure)
    axes = drawn.figure.axes[: len(figures.ANALYSES)]
    points = [
        list(line.get_xdata()) for axis in axes for line in axis.get_lines() if line.get_marker() == "o"
    ]
    assert points == [[49.8, 49.8], [12.3], [0.6], [-5.2], [58.1], [57.4], [-32.9]]
    effects = drawn.data[drawn.data["what"] == "effect per allele"]
    bands = effects[["constants_low", "constants_high"]].dropna().to_numpy().tolist()
    assert bands == [[-14.4, -0.8], [54.9, 61.3], [53.0, 60.1], [-32.9, -32.9]]
    assert effects["percent"].tolist() == [49.8, 49.8, 12.3, 0.6, -5.2, 58.1, 57.4, -32.9]
    assert axes[0].get_title("left") == "sIL-6R"
    low, high = axes[4].get_xlim()
    assert low < 0 < 61.3 < high


def test_complexes_of_a_genotype_of_few_people_are_not_drawn():
    figure = figure_of("balance", everything())
    one, two = panel(figure, "one"), panel(figure, "two")
    assert [label.get_text() for label in one.get_xticklabels()] == ["A/A", "A/C", "C/C"]
    assert [label.get_text() for label in two.get_xticklabels()] == ["A/A", "A/C"]
    assert "Not drawn, since they have under 10 people: two C/C." in [
        text.get_text() for text in figure.texts
    ]
    assert said(one) == ["98.5 %"] * 3
    (active,) = [line for line in one.get_lines() if line.get_marker() == "o"]
    assert active.get_ydata() == pytest.approx(0.00031 * 1.58 ** np.arange(3))
    assert one.get_yscale() == "log"


def test_a_balance_without_means_or_other_constants_makes_a_figure(tmp_path):
    found = everything() | {"genotype_means": mean_rows(sizes=(4, 4, 4)), "sensitivity": empty(SENSITIVITY)}
    svg, _ = drawn("balance", found, tmp_path)
    assert "sIL-6R" in texts(svg)
    assert "genotype" not in texts(svg)
    alone = mean_rows(sizes=(1, 0, 0))
    alone[["ci_low", "ci_high"]] = np.nan
    with drawing.style():
        one = figures.balance(
            study_of(found | {"estimates": usual_effects(people=1), "genotype_means": alone}, 1)
        )
        drawing.save(one.figure, [str(tmp_path / "alone.svg")])
    assert "A/A" in texts((tmp_path / "alone.svg").read_bytes())


def test_what_is_shown_of_the_balance_is_called_as_other_stages_call_it():
    assert specifications.CONFIGURED == balance.AS_CONFIGURED
    assert set(assays.BALANCE) == {one.column for one in outcomes.BALANCE.values()}
    assert set(figures.ANALYSES) == {
        f"{name}_additive" for name, one in outcomes.OUTCOMES.items() if one.of_samples
    }


@pytest.mark.parametrize("study", STUDIES)
def test_the_section_shows_no_small_cell_and_no_name(study, pictures):
    found = STUDIES[study]()
    said = re.sub(r"<[^>]*>", "\n", written(study_of(found), "cohorts"))
    said += "\n".join(text for svg, _ in pictures[study].values() for text in texts(svg))
    assert SECRET not in said
    # Numbers of samples, wells and people in the made-up tables that are not round.
    for count in (408, 177, 203, 23, 37, 24, 86, 77):
        if study != "everything" or count not in (23, 24):
            assert not re.search(rf"(?<![\d.,]){count:,}(?![\d,.])", said), count


SETTINGS = {
    "curve": "auto", "curve_weights": "1/y2", "max_standard_error_percent": 20, "max_lloq_error_percent": 25,
    "min_standards_share": 0.75, "max_replicate_cv_percent": 20, "max_dilution_difference_percent": 30,
    "plate_correction": "none", "plasma_volume_correction": True,
}  # fmt: skip
CONSTANTS = pd.read_csv(REPO / "resources" / "binding_constants.tsv", sep="\t")


def told(estimates=None, **cohorts):
    estimates = empty(ESTIMATES) if estimates is None else estimates
    return " ".join(methods.sentences({"assays": SETTINGS, "cohorts": cohorts}, estimates, CONSTANTS))


def source(form, **more):
    return {"form": form, "file": ["a.csv"], **more}


def test_methods_tell_every_setting_of_plates():
    text = told(one={"assays": [source("plates")]})
    for said in (
        "Assay data were optical densities of ELISA plates in one.",
        "a curve of four or five parameters (4PL, 5PL; whichever has the lower AICc on the plate), weighted "
        "by 1/OD²",
        "gives its concentration back to within 20 % (25 % at the lower limit of quantification)",
        "fewer than 75 % pass",
        "limits of quantification are the outermost passing standards.",
        "replicates with a CV above 20 % were rejected",
        "reads more than 30 % higher (a hook effect)",
        "plates were not brought to one level",
        "from the covariance of the curve and the pooled CV of optical densities in replicate",
        "the probability between their bounds",
    ):
        assert said in text, said
    for other in ("NPX", "qualif", "(in ", "exercise", "trans-signalling", "Constants"):
        assert other not in text


def test_methods_follow_a_cohorts_own_rules():
    own = {
        "curve": "5pl", "curve_weights": "none", "max_standard_error_percent": 15,
        "plate_correction": "bridging",
        "max_replicate_cv_percent": 12.5, "min_standards_share": 0.6, "plasma_volume_correction": False,
    }  # fmt: skip
    text = told(
        one={"assays": [source("plates"), source("wide")], "samples": {"file": "s.csv"}},
        two={"assays": [source("plates", uloq=9.0)], "assay_rules": own, "samples": {"file": "s.csv"}},
        three={"assays": [source("npx")]},
    )
    for said in (
        "Assay data were optical densities of ELISA plates in one, two; tables with a column for each "
        "analyte "
        "in one; Olink's NPX in three.",
        "Plates (in one, two): in one each plate's standards were fitted with a curve of four or five",
        "in two each plate's standards were fitted with a curve of five parameters (5PL), without weights",
        "within 15 % (25 %",
        "fewer than 60 % pass; limits of quantification are the outermost passing standards, or the "
        "configured ones where these are narrower.",
        "in two replicates with a CV above 12.5 % were rejected",
        "plates were brought to one level by their bridge samples",
        "Concentrations (in one) were brought to ng/mL",
        "NPX (in three) is a logarithm to base 2",
        "Samples after acute exercise (in one, two) are in no model of resting levels; in one they were "
        "brought to the plasma volume",
        "in two they were not corrected for plasma volume.",
    ):
        assert said in text, said


def test_methods_know_what_a_synthetic_cohort_hands_over():
    text = told(
        one={"synthetic": {"assay_form": "plates"}},
        two={"synthetic": {"acute_exercise": True}},
        three={"synthetic": {"assay_form": "npx", "acute_exercise": False}},
    )
    assert text.startswith(
        "Assay data were optical densities of ELISA plates in one; tables with one result a line in two; "
        "Olink's NPX in three."
    )
    assert "Samples after acute exercise (in two) are" in text


def test_methods_tell_the_model_of_the_balance_its_constants_and_what_it_leaves_out():
    text = told(usual_effects(), one={"assays": [source("long")]})
    for said in (
        "solved by mass action",
        "dissociation constant of IL-6 and sIL-6R 5.5 nM, 0.5 to 5.5 (",
        "dissociation constant of that complex and sgp130 0.05 nM, 0.01 to 0.05 (",
        "mass of IL-6 21 kDa (",
        "a model of plasma",
        "receptors and gp130 on cells",
        "IL-11 and CNTF",
        "in tissue",
        "binding to other proteins",
        "how fast complexes come and go",
        "free or bound",
    ):
        assert said in text, said
    for cited in CONSTANTS["source"]:
        assert cited in text
    for name in CONSTANTS["name"]:
        assert name not in text
