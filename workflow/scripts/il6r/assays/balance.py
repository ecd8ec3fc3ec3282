"""How much of a sample's IL-6 is free, how much can act by trans-signalling, how much does sgp130 hold?

A model of plasma at equilibrium (`equilibrium`), with dissociation constants and masses that are inputs. It
leaves out what else the molecules meet: receptors and gp130 on cells, other ligands of gp130, complexes of
two of each, and how fast they come and go.
"""

import numpy as np
import pandas as pd

from il6r import outcomes
from il6r.assays import equilibrium
from il6r.errors import InputError, shown
from il6r.user_tables.table import read_table

AS_CONFIGURED = "as configured"
# What each constant is called where the results are set out by choice.
CONSTANTS = {
    "kd_il6_sil6r_nm": "Kd of IL-6 and sIL-6R",
    "kd_complex_sgp130_nm": "Kd of the complex and sgp130",
    "il6_kda": "mass of IL-6",
    "sil6r_kda": "mass of sIL-6R",
    "sgp130_kda": "mass of sgp130",
}
# 1 pg/mL of 1 kDa is 1 pM, and 1 ng/mL is 1 nM.
_PM_TIMES_KDA = {"il6": 1.0, "sil6r": 1e3, "sgp130": 1e3}
_PM_PER_NM = 1e3
# At which ends of IL-6, sIL-6R and sgp130 an outcome is least; it is greatest at the opposite ones. With l, r
# and g free, c and t the two complexes, the logarithms of l, r and g respond to the totals by the inverse of
# [[l+c+t, c+t, t], [c+t, r+c+t, t], [t, t, g+t]], whose diagonal is positive and whose other elements are
# negative; sums of its rows give the signs for c = l r / Kd1 and t = c g / Kd2 at any concentrations.
_LEAST_AT = {
    "free_il6": ("low", "high", "high"),
    "active_complex": ("low", "low", "high"),
    "buffered_complex": ("low", "low", "low"),
    "sgp130_excess": ("low", "high", "low"),
}
_OPPOSITE = {"low": "high", "high": "low"}
_ENDS = ("low", "high")


def load_constants(path) -> pd.DataFrame:
    """Read `resources/binding_constants.tsv`.

    Returns
    -------
    pandas.DataFrame indexed by constant, in the order of `CONSTANTS`: unit, value, low, high, source.

    Raises
    ------
    InputError : what `read_table` raises; a constant that is absent, unknown or there twice; one without a
        unit of its name, or not between its ends.
    """
    texts, numbers = ("name", "unit", "source"), ("value", "low", "high")
    table = read_table(path, (*texts, *numbers))
    rows = pd.DataFrame({text: table.filled(text) for text in texts})
    for number in numbers:
        table.filled(number)
        rows[number] = table.numbers(number)
    absent = [name for name in CONSTANTS if name not in set(rows["name"])]
    if absent:
        raise InputError(path, f"there is no constant {shown(absent)}", "add it, with its source")
    for line, row in rows.iterrows():
        where = f"{path}, line {line}"
        if row["name"] not in CONSTANTS or (rows["name"] == row["name"]).sum() > 1:
            problem = f"the constant {shown([row['name']])} is unknown or there twice"
            raise InputError(where, problem, f"keep one line for each of {', '.join(CONSTANTS)}")
        unit = row["name"].rpartition("_")[2]
        if row["unit"].lower() != unit:
            raise InputError(
                where, f"the unit {shown([row['unit']])} is not the name's", f"give it in {unit}"
            )
        if not 0 < row["low"] <= row["value"] <= row["high"]:
            problem = f"0 < {row['low']:g} <= {row['value']:g} <= {row['high']:g} does not hold"
            raise InputError(where, problem, "correct value, low and high")
    return rows.set_index("name").loc[list(CONSTANTS), ["unit", "value", "low", "high", "source"]]


def of_samples(samples: pd.DataFrame, constants: pd.DataFrame) -> pd.DataFrame:
    """The balance of every sample in which all three were measured, by each choice of the constants.

    Parameters
    ----------
    samples : participant, visit and, for each of `outcomes.ANALYTES`, its column and its bounds
        (`sil6r_ng_ml`, `sil6r_low_ng_ml`, `sil6r_high_ng_ml`), which are equal where the value is not
        censored; NaN, or no such column, where it was not measured.
    constants : of `load_constants`.

    Returns
    -------
    pandas.DataFrame : `BALANCE`, first all samples by the constants as configured, then with each
        constant at its low and at its high end, one at a time, where that is another value.
        `free_il6_share` is the part of IL-6 that is free; `active_complex_pm` IL-6 with sIL-6R alone;
        `buffered_complex_pm` both with sgp130; `buffered_share` the latter's part of the two;
        `sgp130_excess` how many molecules of sgp130 there are to one of sIL-6R. Bounds span what censored
        concentrations allow: each outcome rises or falls with each total, so they lie at the ends of those.
    """
    columns = [name for analyte in outcomes.ANALYTES for name in _with_bounds(analyte)]
    measured = samples.reindex(columns=columns)
    there = measured.notna().all(axis=1).to_numpy()
    measured, samples = measured[there], samples[there]
    masses = {analyte: _masses(measured, analyte) for analyte in outcomes.ANALYTES}
    censored = np.any([mass["low"] < mass["high"] for mass in masses.values()], axis=0)
    choices = dict(_choices(constants))
    n, rows = len(samples), len(samples) * len(choices)
    names = [name for outcome in _LEAST_AT for name in _with_bounds(outcome)]
    found = {name: np.empty(rows) for name in (*names, "buffered_share")}
    for number, constant in enumerate(choices.values()):
        part = slice(number * n, (number + 1) * n)
        for name, values in _by_choice(masses, censored, constant).items():
            found[name][part] = values
    keys = {
        key: pd.concat([samples[key]] * len(choices), ignore_index=True) for key in ("participant", "visit")
    }
    keys["choice"] = pd.Series(list(choices), dtype="str").repeat(n).reset_index(drop=True)
    return pd.DataFrame({**keys, **found, "censored": np.tile(censored, len(choices))}, copy=False)


def _with_bounds(name: str) -> tuple[str, str, str]:
    """An outcome's column and those of its bounds."""
    outcome = outcomes.OUTCOMES[name]
    return outcome.column, *outcome.bounds(outcome.column)


def _masses(measured: pd.DataFrame, analyte: str) -> dict[str, np.ndarray]:
    """Values and bounds of an analyte, in its canonical unit."""
    names = zip(("value", *_ENDS), _with_bounds(analyte), strict=True)
    return {key: measured[name].to_numpy(dtype=np.float64) for key, name in names}


def _choices(constants: pd.DataFrame):
    """Each choice's name and its constants by name."""
    configured = constants["value"].to_dict()
    yield AS_CONFIGURED, configured
    for name, row in constants.iterrows():
        for end in _ENDS:
            if row[end] != row["value"]:
                yield f"{CONSTANTS[name]} {row[end]:g} {row['unit']}", {**configured, name: row[end]}


def _by_choice(masses, censored, constant) -> dict[str, np.ndarray]:
    """All outcomes and their bounds by one choice of the constants; arrays of shape (samples,)."""
    kd1, kd2 = (constant[name] * _PM_PER_NM for name in ("kd_il6_sil6r_nm", "kd_complex_sgp130_nm"))
    scale = {analyte: factor / constant[f"{analyte}_kda"] for analyte, factor in _PM_TIMES_KDA.items()}
    totals = [masses[analyte]["value"] * scale[analyte] for analyte in scale]
    found = _outcomes(totals, kd1, kd2)
    for outcome, least_at in _LEAST_AT.items():
        column, *bounds = _with_bounds(outcome)
        for name, flip in zip(bounds, (False, True), strict=True):
            corner = [
                masses[analyte][_OPPOSITE[end] if flip else end][censored] * scale[analyte]
                for analyte, end in zip(scale, least_at, strict=True)
            ]
            found[name] = found[column].copy()
            found[name][censored] = _outcomes(corner, kd1, kd2)[column]
    return found


def _outcomes(totals, kd1: float, kd2: float) -> dict[str, np.ndarray]:
    """What is derived of the total concentrations of IL-6, sIL-6R and sgp130, pM, and of the constants."""
    il6, sil6r, sgp130 = totals
    state = equilibrium.solve(il6, sil6r, sgp130, kd1, kd2)
    with np.errstate(divide="ignore", invalid="ignore"):
        # What is bound of IL-6 for each that is free; it is defined where there is only a trace of IL-6.
        bound = state.free_sil6r_pm / kd1 * (1 + state.free_sgp130_pm / kd2)
        share = np.where(np.isinf(sgp130) & (il6 > 0), state.free_il6_pm / il6, 1 / (1 + bound))
        return {
            "free_il6_share": share,
            "active_complex_pm": state.binary_pm,
            "buffered_complex_pm": state.ternary_pm,
            "buffered_share": state.free_sgp130_pm / (kd2 + state.free_sgp130_pm),
            "sgp130_excess": sgp130 / sil6r,
        }
