"""A cohort's assay files together: replicates, bounds, visits, forms side by side."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from conftest import REPO

from il6r import units
from il6r.assays import balance, cohort_assays, combine
from il6r.errors import InputError
from il6r.tables import assays

RANGES = pd.read_csv(REPO / "resources" / "reference_ranges.tsv", sep="\t")
CONSTANTS = balance.load_constants(REPO / "resources" / "binding_constants.tsv")
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


def written(tmp_path, rows, header="participant,analyte,value,unit", name="assays.csv"):
    path = tmp_path / name
    path.write_text("\n".join([header, *rows]) + "\n")
    return str(path)


def read_files(folder, *sources, samples=None, **settings):
    """The stage's tables as a rule writes them and another reads them."""
    complete = [{"form": "long", "columns": {}} | source for source in sources]
    found = cohort_assays.read_cohort("c", complete, samples, RANGES, CONSTANTS, SETTINGS | settings)
    back = {}
    for name, frame in found._asdict().items():
        table = getattr(assays, name.upper())
        path = folder / Path(table.file).name
        table.write(frame, path)
        back[name] = table.read(path)
    return found._replace(**back)


def read_rows(tmp_path, *rows, header="participant,analyte,value,unit"):
    found = read_files(tmp_path, {"file": [written(tmp_path, rows, header)]})
    return found.concentrations.set_index("participant"), found


@pytest.mark.parametrize(
    ("unit", "value"), [("ng/mL", 1), ("pg/ml", 1e-3), ("µg/L", 1), ("ng / L", 1e-3), ("ug/mL", 1e3)]
)
def test_units_become_ng_per_ml(unit, value):
    assert units.factor(unit, "sil6r", "here") == pytest.approx(value)


def test_values_beyond_a_limit_stay_censored_at_it(tmp_path):
    people, found = read_rows(
        tmp_path,
        "a,sIL-6R,<15000,pg/mL", "b,sIL-6R,30000,pg/mL", "c,sIL-6R,,pg/mL", "d,sIL-6R,>90000,pg/mL",
    )  # fmt: skip
    shown = ["sil6r_ng_ml", "sil6r_low_ng_ml", "sil6r_high_ng_ml", "sil6r_censored"]
    assert people.loc["a", shown].tolist() == [15.0, 0.0, 15.0, True]
    assert people.loc["b", shown].tolist() == [30.0, 30.0, 30.0, False]
    assert people.loc["d", shown].tolist() == [90.0, 90.0, np.inf, True]
    assert "c" not in people.index
    assert found.assays_qc.loc[0, ["below_limit", "above_limit"]].tolist() == [1, 1]
    assert found.assays_flow["dropped"].tolist() == [0, 1, 0]


def test_replicates_are_averaged_with_their_bounds_and_their_cv_kept(tmp_path):
    people, found = read_rows(
        tmp_path,
        "a,sIL-6R,28,ng/mL,1", "a,sIL-6R,32,ng/mL,2",
        "b,sIL-6R,<5,ng/mL,1", "b,sIL-6R,<6,ng/mL,2",
        "c,sIL-6R,<6,ng/mL,1", "c,sIL-6R,8,ng/mL,2",
        header="participant,analyte,value,unit,replicate",
    )  # fmt: skip
    assert people.loc["a", "sil6r_ng_ml"] == 30
    # 100 * standard deviation (2.828) / mean (30); the mean of two is surer by the root of 2.
    assert people.loc["a", "sil6r_cv_percent"] == pytest.approx(9.428, abs=1e-3)
    assert people.loc["a", "sil6r_se_log"] == pytest.approx(0.06667, abs=1e-5)
    shown = ["sil6r_ng_ml", "sil6r_low_ng_ml", "sil6r_high_ng_ml", "sil6r_censored"]
    assert people.loc["b", shown].tolist() == [5.5, 0.0, 5.5, True]
    # Between 0 and 6, and 8: the mean lies between 4 and 7.
    assert people.loc["c", shown].tolist() == [7.0, 4.0, 7.0, True]
    assert found.assays_flow["left"].tolist() == [6, 6, 3]


def test_forms_stand_side_by_side_in_one_row_a_visit(tmp_path):
    long = written(tmp_path, ["a,sIL-6R,30,ng/mL", "b,sIL-6R,40,ng/mL"])
    wide = written(tmp_path, ["a,2.5,300", "b,<0.5,310"], "participant,il6_pg_ml,sgp130_ng_ml", "wide.csv")
    found = read_files(tmp_path, {"file": [long]}, {"file": [wide], "form": "wide"})
    people = found.concentrations.set_index("participant")
    assert people.loc["a", ["sil6r_ng_ml", "il6_pg_ml", "sgp130_ng_ml"]].tolist() == [30, 2.5, 300]
    configured = found.balance[found.balance["choice"] == "as configured"].set_index("participant")
    assert configured["censored"].tolist() == [False, True]
    # What is censored on its own is censored in the balance, down to none.
    assert configured.loc["b", "active_complex_low_pm"] == 0
    assert configured.loc["b", "active_complex_high_pm"] == configured.loc["b", "active_complex_pm"]


def test_samples_say_when_and_after_what(tmp_path):
    header = "participant,visit,analyte,value,unit"
    file = written(tmp_path, ["a,1,sIL-6R,30,ng/mL", "a,2,sIL-6R,36,ng/mL"], header)
    taken = written(
        tmp_path,
        ["a,1,2025-03-03,rest,15.0,44.0", "a,2,2025-03-03,post-exercise,16.0,46.0"],
        "participant,visit,date,time_point,haemoglobin_g_dl,haematocrit_percent",
        "samples.csv",
    )
    found = read_files(tmp_path, {"file": [file]}, samples=taken).concentrations
    change = 100 * (15 / 16 * (100 - 46) / (100 - 44) - 1)
    assert found["plasma_volume_change_percent"].tolist()[1] == pytest.approx(change)
    assert found["sil6r_ng_ml"].tolist() == pytest.approx([30, 36 * (1 + change / 100)])
    plain = read_files(
        tmp_path, {"file": [file]}, samples=taken, plasma_volume_correction=False
    ).concentrations
    assert plain["sil6r_ng_ml"].tolist() == [30, 36]


def test_a_cohorts_own_columns_of_samples_come_along_by_participant_and_visit(tmp_path):
    long = written(tmp_path, ["a,1,IL-6,3,pg/mL", "a,2,IL-6,4,pg/mL", "b,1,IL-6,5,pg/mL"],
                   "participant,visit,analyte,value,unit")  # fmt: skip
    wide = written(tmp_path, ["a,1,30", "b,1,31"], "participant,visit,sil6r_ng_ml", "wide.csv")
    # In another order, with a sample without results, and not a value for each.
    taken = written(
        tmp_path, ["c,1,9,yes", "b,1,7,", "a,2,,no", "a,1,5.5,yes"],
        "participant,visit,training_load,after_training", "samples.csv",
    )  # fmt: skip
    found = read_files(tmp_path, {"file": [long]}, {"file": [wide], "form": "wide"}, samples=taken)
    people = found.concentrations.set_index(["participant", "visit"])
    assert people.index.tolist() == [("a", "1"), ("a", "2"), ("b", "1")]
    assert people["training_load"].tolist() == pytest.approx([5.5, np.nan, 7], nan_ok=True)
    assert people["after_training"].fillna("").tolist() == ["yes", "no", ""]
    assert people["il6_pg_ml"].tolist() == [3, 4, 5]
    without = read_files(tmp_path, {"file": [long]}).concentrations
    assert "training_load" not in without
    assert found.assays_flow["dropped"].sum() == 0


def test_a_cohorts_own_columns_of_samples_come_along_with_numbered_visits_and_npx(tmp_path):
    header = "SampleID;OlinkID;UniProt;Assay;Panel;PlateID;QC_Warning;LOD;NPX"
    rows = [f"{name};OID1;P08887;IL6R;Panel;P1;PASS;1;{npx}" for name, npx in (("s1", 5), ("s2", 6))]
    npx = written(tmp_path, rows, header, "npx.csv")
    taken = written(
        tmp_path, ["a,s1,2025-03-01,4", "a,s2,2025-03-08,8"], "participant,sample_id,date,load", "samples.csv"
    )
    found = read_files(tmp_path, {"file": [npx], "form": "npx"}, samples=taken).concentrations
    assert found[["visit", "load", "sil6r_relative"]].to_numpy().tolist() == [["1", 4, 32], ["2", 8, 64]]


def test_one_result_in_two_files_is_refused(tmp_path):
    one, two = (written(tmp_path, ["a,sIL-6R,30,ng/mL"], name=name) for name in ("one.csv", "two.csv"))
    with pytest.raises(
        InputError, match=r"two.csv, line 2: this participant's sil6r at this visit is already in"
    ):
        read_files(tmp_path, {"file": [one, two]})


def test_relative_units_and_concentrations_do_not_mix(tmp_path):
    results = pd.DataFrame(
        {
            "file": ["npx.csv", "elisa.csv"], "line": [2, 2], "participant": ["a", "b"], "visit": "1",
            "analyte": "sil6r", "relative": [True, False],
        }
    )  # fmt: skip
    with pytest.raises(
        InputError, match=r"npx.csv: it gives sil6r in relative units, and elisa.csv .* two cohorts"
    ):
        combine.refuse_conflicts(results)


def test_a_table_without_values_is_refused(tmp_path):
    with pytest.raises(InputError, match="it holds no value; give at least one measured concentration"):
        read_rows(tmp_path, "a,sIL-6R,,ng/mL")


def test_dates_tell_visits_apart_where_nothing_else_does(tmp_path):
    people, _ = read_rows(
        tmp_path,
        "a,sIL-6R,30,ng/mL,2025-03-03", "a,sIL-6R,32,ng/mL,2025-03-10", "b,sIL-6R,31,ng/mL,2025-03-03",
        header="participant,analyte,value,unit,date",
    )  # fmt: skip
    assert people["sil6r_ng_ml"].tolist() == [30, 32, 31]


def test_a_result_given_by_its_participant_is_theirs_whatever_the_samples_are_called(tmp_path):
    file = written(tmp_path, [f"{k},sIL-6R,{20 + k},ng/mL" for k in range(1, 7)])
    # Sample numbers that are other people's.
    taken = written(tmp_path, [f"{7 - k},{k}" for k in range(1, 7)], "participant,sample_id", "samples.csv")
    people = read_files(tmp_path, {"file": [file]}, samples=taken).concentrations.set_index("participant")
    assert people["sil6r_ng_ml"].to_dict() == {str(k): 20.0 + k for k in range(1, 7)}
    by_id = written(
        tmp_path, [f"{k},sIL-6R,{20 + k},ng/mL" for k in range(1, 7)], "sample_id,analyte,value,unit", "b.csv"
    )
    people = read_files(tmp_path, {"file": [by_id]}, samples=taken).concentrations.set_index("participant")
    assert people["sil6r_ng_ml"].to_dict() == {str(7 - k): 20.0 + k for k in range(1, 7)}


def test_a_file_of_which_nobody_is_in_the_sample_table_is_refused(tmp_path):
    one = written(tmp_path, ["a,sIL-6R,30,ng/mL"], name="one.csv")
    two = written(tmp_path, ["A-1,IL-6,2,pg/mL"], name="two.csv")
    taken = written(tmp_path, ["a,1"], "participant,visit", "samples.csv")
    with pytest.raises(InputError, match=r"two\.csv, line 2: none of its samples, which look like 'A-0'"):
        read_files(tmp_path, {"file": [one, two]}, samples=taken)


def test_two_dates_of_one_visit_are_refused(tmp_path):
    rows = ["a,1,sIL-6R,30,ng/mL,2025-03-03,1", "a,1,sIL-6R,60,ng/mL,2025-06-03,2"]
    with pytest.raises(InputError, match="this participant's visit has the date 2025-06-03 here and another"):
        read_rows(tmp_path, *rows, header="participant,visit,analyte,value,unit,date,replicate")


def test_plates_of_one_name_in_two_files_are_told_apart(tmp_path):
    header = "participant,analyte,value,unit,plate"
    files = [written(tmp_path, [f"{who},sIL-6R,30,ng/mL,1"], header, f"{who}.csv") for who in "ab"]
    found = read_files(tmp_path, {"file": files}).concentrations
    assert found["sil6r_plate"].tolist() == ["1 of a.csv", "1 of b.csv"]


def test_the_order_of_lines_changes_nothing(tmp_path):
    rng = np.random.default_rng(3)
    rows = [
        f"p{k % 30:02d},sIL-6R,{rng.lognormal(3.4, 0.3):.4f},ng/mL,{k // 30},x{k // 30}" for k in range(150)
    ]
    header = "participant,analyte,value,unit,replicate,plate"
    one, _ = read_rows(tmp_path, *rows, header=header)
    other, _ = read_rows(tmp_path, *rng.permutation(rows), header=header)
    pd.testing.assert_frame_equal(one, other, check_exact=True)


def test_a_visit_called_after_exercise_is_one(tmp_path):
    header = "participant,visit,analyte,value,unit"
    rows = [
        "a,rest,IL-6,2,pg/mL",
        "a,post-exercise,IL-6,6,pg/mL",
        "b,1,IL-6,2,pg/mL",
        "b,after 12 weeks,IL-6,2,pg/mL",
    ]
    people, _ = read_rows(tmp_path, *rows, header=header)
    told = people.set_index("visit", append=True)["time_point"]
    assert told["a", "post-exercise"] == "post-exercise"
    assert told["a", "rest"] == "rest"
    assert told["b"].isna().all()
    taken = written(tmp_path, ["a,rest,14,42", "a,post,15,44"], "participant,visit,Hb,Hct", "samples.csv")
    file = written(tmp_path, ["a,rest,IL-6,2,pg/mL", "a,post,IL-6,6,pg/mL"], header)
    found = read_files(tmp_path, {"file": [file]}, samples=taken).concentrations.set_index("visit")
    assert found["time_point"].to_dict() == {"rest": "rest", "post": "post-exercise"}


def plate_source(tmp_path, name, people, unreadable=False):
    """One plate of samples in single, and its layout, as a source."""
    levels = [31.25, 62.5, 125, 250, 500, 1000, 2000]
    contents = [("standard", "", level, level) for level in levels for _ in range(2)]
    contents += [("sample", who, "", 300.0) for who in people]
    readings, layout = ["plate,well,od"], ["plate,well,role,name,concentration,dilution"]
    for k, (role, who, level, content) in enumerate(contents):
        well = f"{'ABCDEFGH'[k % 8]}{k // 8 + 1}"
        od = 3 + (0.05 - 3) / (1 + (content / 600) ** 1.1)
        if unreadable and role == "standard":
            # Rising by rank, and on no curve.
            od *= (1, 3, 0.4, 2.5, 0.5, 0.3, 1.2)[levels.index(level)]
        readings.append(f"{name},{well},{od:.4f}")
        layout.append(f"{name},{well},{role},{who},{level},{100 if role == 'sample' else ''}")
    files = [written(tmp_path, rows[1:], rows[0], f"{kind}_{people[0]}.csv")
             for kind, rows in (("readings", readings), ("layout", layout))]  # fmt: skip
    return {"file": files[:1], "form": "plates", "layout": files[1:], "analyte": "sil6r", "unit": "pg/mL"}


def test_plates_become_concentrations_beside_other_forms(tmp_path):
    il6 = written(tmp_path, ["a,2"], "participant,il6_pg_ml", "wide.csv")
    found = read_files(tmp_path, plate_source(tmp_path, "one", "ab"), {"file": [il6], "form": "wide"})
    people = found.concentrations.set_index("participant")
    # 300 pg/mL in the well, diluted a hundredfold.
    assert people["sil6r_ng_ml"].to_numpy() == pytest.approx([30, 30], rel=1e-3)
    assert people.loc["a", "il6_pg_ml"] == 2
    assert found.plates["samples"].tolist() == [2]


def test_one_name_for_plates_of_two_sources_is_refused(tmp_path):
    sources = [plate_source(tmp_path, "one", people) for people in ("ab", "cd")]
    with pytest.raises(
        InputError, match=r"readings_c\.csv: its plate 'one' of sil6r has the name of a plate of"
    ):
        read_files(tmp_path, *sources)


def test_where_every_plate_fails_the_reason_is_said(tmp_path):
    source = plate_source(tmp_path, "one", "ab", unreadable=True)
    with pytest.raises(InputError, match=r"readings_a\.csv: no plate gave a concentration \(.*standards"):
        read_files(tmp_path, source)
