"""Assay tables: units, limits, replicates and slips."""

import pandas as pd
import pytest
from conftest import REPO

from il6r import assays, tables, units
from il6r.errors import InputError

RANGES = pd.read_csv(REPO / "resources" / "reference_ranges.tsv", sep="\t")


def read(tmp_path, *rows, header="participant,analyte,value,unit"):
    path = tmp_path / "assays.csv"
    path.write_text("\n".join([header, *rows]) + "\n")
    concentrations, qc, flow = assays.read_assays(path, "c", RANGES)
    return tables.CONCENTRATIONS.check(concentrations).set_index("participant"), qc, flow


@pytest.mark.parametrize(
    ("unit", "value"), [("ng/mL", 1), ("pg/ml", 1e-3), ("µg/L", 1), ("ng / L", 1e-3), ("ug/mL", 1e3)]
)
def test_units_become_ng_per_ml(unit, value):
    assert units.factor(unit, "sil6r", "here") == pytest.approx(value)


def test_values_below_the_limit_stay_censored_at_it(tmp_path):
    read_back, qc, flow = read(tmp_path, "a,sIL-6R,<15000,pg/mL", "b,sIL-6R,30000,pg/mL", "c,sIL-6R,,pg/mL")
    assert read_back.loc["a", ["sil6r_ng_ml", "sil6r_censored"]].tolist() == [15.0, True]
    assert read_back.loc["b", ["sil6r_ng_ml", "sil6r_censored"]].tolist() == [30.0, False]
    assert "c" not in read_back.index
    assert qc.loc[0, "below_limit"] == 1
    assert flow["dropped"].tolist() == [0, 1, 0]


def test_replicates_are_averaged_and_their_cv_kept(tmp_path):
    header = "participant,analyte,value,unit,replicate"
    read_back, _, flow = read(
        tmp_path,
        "a,sIL-6R,28,ng/mL,1",
        "a,sIL-6R,32,ng/mL,2",
        "b,sIL-6R,<5,ng/mL,1",
        "b,sIL-6R,<6,ng/mL,2",
        "c,sIL-6R,<6,ng/mL,1",
        "c,sIL-6R,8,ng/mL,2",
        header=header,
    )
    # 100 * standard deviation (2.828) / mean (30)
    assert read_back.loc["a", "sil6r_ng_ml"] == 30
    assert read_back.loc["a", "sil6r_cv_percent"] == pytest.approx(9.428, abs=1e-3)
    assert read_back.loc["b", ["sil6r_ng_ml", "sil6r_censored"]].tolist() == [5.5, True]
    assert read_back.loc["c", ["sil6r_ng_ml", "sil6r_censored"]].tolist() == [7.0, True]
    assert flow["left"].tolist() == [6, 6, 3]


def test_one_plate_in_the_wrong_unit_is_named(tmp_path):
    header = "participant,analyte,value,unit,plate"
    good = [f"g{i},sIL-6R,{20 + i},ng/mL,one" for i in range(5)]
    bad = [f"b{i},sIL-6R,{20000 + i},ng/mL,two" for i in range(5)]
    with pytest.raises(InputError, match=r"plate 'two'.*a thousandfold too high"):
        read(tmp_path, *good, *bad, header=header)


def test_another_kits_tenfold_level_is_not_taken_for_a_slip(tmp_path):
    # Montes-Cano 2011 report medians of 142 to 243 ng/mL, Marinou 2010 means of 17 to 22.
    _, qc, _ = read(tmp_path, *[f"p{i},sIL-6R,{200 + i},ng/mL" for i in range(5)])
    assert qc["note"].isna().all()


def test_zero_is_refused_with_the_way_to_write_it(tmp_path):
    with pytest.raises(InputError, match="is zero; write a value below the detection limit as '<limit'"):
        read(tmp_path, "a,sIL-6R,0,ng/mL")


def test_dates_tell_visits_apart_where_no_visit_is_given(tmp_path):
    header = "participant,analyte,value,unit,date"
    rows = [f"a,sIL-6R,{30 + week},ng/mL,2025-03-{3 + 7 * week:02d}" for week in range(3)]
    read_back, _, _ = read(tmp_path, *rows, header=header)
    assert read_back["visit"].tolist() == ["2025-03-03", "2025-03-10", "2025-03-17"]
    assert read_back["sil6r_ng_ml"].tolist() == [30, 31, 32]
