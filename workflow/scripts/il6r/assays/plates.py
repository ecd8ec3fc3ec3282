"""What concentration has each sample on the plates, how sure is it, and which wells and plates count?"""

from typing import NamedTuple

import numpy as np
import pandas as pd

from il6r import units
from il6r.assays import curves, dilutions, plate_curves, plate_tables
from il6r.assays.plate_curves import Plates, Readings
from il6r.errors import InputError

AVERAGED = "averaged into another replicate"


class Quantified(NamedTuple):
    """What became of plates: rows as every reader of assays returns them, and the tables of the plate report.

    `counts` are pairs of a reason and how many sample wells it took; with the rows of `results` they add up
    to all sample wells.
    """

    results: pd.DataFrame
    counts: list[tuple[str, int]]
    plates: pd.DataFrame
    standards: pd.DataFrame
    controls: pd.DataFrame
    wells: pd.DataFrame


def quantify(
    wells: pd.DataFrame,
    settings: dict,
    *,
    analyte: str,
    unit: str,
    lloq: float | None = None,
    uloq: float | None = None,
) -> Quantified:
    """Turn wells into concentrations, plate by plate.

    Standards make the curve (`curves.fit`); a plate fails if there is none, or if too few of its levels are
    given back within the limits of error (`curves.limits`). Blanks tell the background and stay out of the
    curve, as ICH M10 2022 (4.2.3) has it: who uses them as a standard declares them as one of concentration
    0. A control outside its range is flagged, and its plate stays. How a sample's wells are put together:
    `dilutions.measure`.

    The standard error of ln concentration is by the delta method (O'Connell, Belanger & Haaland 1993,
    doi 10.1016/0169-7439(93)80008-6) from two sources: the covariance of the curve, which all wells of a
    plate share, and the error of a well's OD, taken to be in proportion to it: the plate's pooled CV of ODs
    in replicate (without any, the relative residual of the curve). Correction by bridges adds that of its
    factor. Errors of pipetting and dilution before the plate are not in it.

    Parameters
    ----------
    wells : one row per well as `plate_files.read_plates` gives them, concentrations in `unit`.
    settings : the rules of config section `assays`.
    analyte, unit : of all plates.
    lloq, uloq : narrow every plate's range of quantification; in `unit`, at dilution 1.

    Returns
    -------
    Quantified : in canonical units. A sample has one row for each plate it is on; bridges are among the
        controls, by number.

    Raises
    ------
    InputError : an unknown unit, limits in the wrong order, or a plate that shares no bridge with another and
        is to be corrected by it.
    """
    where = wells["file"].iat[0]
    scale = units.factor(unit, analyte, where)
    if lloq is not None and uloq is not None and lloq >= uloq:
        raise InputError(where, f"lloq {lloq:g} is not below uloq {uloq:g}", "correct them in the config")
    wells = wells.reset_index(drop=True)
    for column in ("concentration", "low", "high"):
        wells[column] = wells[column] * scale
    number, names = pd.factorize(wells["plate"])
    plates = plate_curves.fit_plates(
        wells,
        number,
        np.asarray(names, dtype=object),
        settings,
        lloq=0.0 if lloq is None else lloq * scale,
        uloq=np.inf if uloq is None else uloq * scale,
    )
    readings = plate_curves.read_wells(wells, number, plates)
    bridging = settings["plate_correction"] == "bridging"
    if bridging:
        _bridge(wells, readings, plates, settings)
    measured, rejected, cv = dilutions.measure(wells, readings, plates, settings, "sample")
    results = _results(wells, measured, plates).assign(analyte=analyte)
    fitted_od = curves.predict(plates.curves.parameters, plates.level)
    tables = (
        plate_tables.plate_table(wells, readings, plates, cv, bridging),
        plate_tables.standard_table(plates, fitted_od),
        plate_tables.control_table(wells, readings, plates),
        plate_tables.well_table(wells, readings, plates, rejected),
    )
    for table in tables:
        table.insert(0, "analyte", analyte)
    reasons = pd.Series(rejected[rejected.astype(bool)]).value_counts(sort=False).to_dict()
    averaged = int((wells["role"] == "sample").sum()) - sum(reasons.values()) - len(results)
    counts = list((reasons | ({AVERAGED: averaged} if averaged else {})).items())
    return Quantified(results, counts, *tables)


def inter_plate_cv(controls: pd.DataFrame) -> float:
    """CV between plates, percent: of the plate means of each control, root mean square over controls.

    Parameters
    ----------
    controls : `control` and `concentration` of one analyte, a row for each plate; bridges count alike.

    Returns
    -------
    float : NaN if none is on two plates.
    """
    groups = controls.groupby("control")["concentration"]
    cv = (100 * groups.std(ddof=1) / groups.mean()).dropna()
    return float(np.sqrt((cv**2).mean())) if len(cv) else np.nan


def _bridge(wells: pd.DataFrame, readings: Readings, plates: Plates, settings: dict) -> None:
    """Set each plate's factor, the geometric mean over its bridges of their mean over plates to their own.

    Means over plates are geometric. A plate whose bridges cannot be quantified fails. The error of a bridge's
    mean over plates is common to all of them and not counted; that of a plate's curve, which moves its
    bridges and samples alike, is counted in both: standard errors are rather too large.
    """
    bridges = wells[wells["role"] == "bridge"]
    on = bridges.groupby("name")["plate"].nunique()
    shared = np.isin(plates.names, bridges.loc[bridges["name"].map(on) > 1, "plate"].unique())
    n = len(plates.names)
    for alone in np.flatnonzero(~shared & (n > 1)):
        first = wells["file"].iat[np.flatnonzero(readings.plate == alone)[0]]
        raise InputError(
            f"{first}, plate '{plates.names[alone]}'",
            "it shares no bridge sample with another plate, and plate_correction is 'bridging'",
            "declare its bridge wells in the layout, or set plate_correction to 'none'",
        )
    measured, _, _ = dilutions.measure(wells, readings, plates, settings, "bridge")
    measured = measured[measured["variance"].notna()]
    log = np.log(measured["value"])
    away = log.groupby(wells["name"].to_numpy()[measured["first"]]).transform("mean") - log
    plate = measured["plate"].to_numpy()
    counted = np.maximum(np.bincount(plate, minlength=n), 1)
    plates.factor = np.exp(np.bincount(plate, away, n) / counted)
    plates.factor_variance = np.bincount(plate, measured["variance"], n) / counted**2
    unread = shared & ~np.isin(np.arange(n), plate) & ~plates.failed.astype(bool)
    plates.failed[unread] = "its bridge samples cannot be quantified"


def _results(wells: pd.DataFrame, measured: pd.DataFrame, plates: Plates) -> pd.DataFrame:
    """Rows as all readers of assays return them, without `analyte`, after the plates' factors."""
    own = wells.loc[measured["first"]].reset_index(drop=True)
    missing = pd.Series(None, index=own.index, dtype="str")
    factor = plates.factor[measured["plate"]]
    return pd.DataFrame(
        {
            "file": own["file"],
            # A reading has no line: its plate says where it is.
            "line": pd.array([None] * len(own), dtype="Int64"),
            "sample": own["name"],
            "visit": missing,
            "date": missing,
            "plate": own["plate"],
            "replicate": missing,
            **{column: measured[column] * factor for column in ("value", "low", "high")},
            "se_log": np.sqrt(measured["variance"] + plates.factor_variance[measured["plate"]]),
            "replicates": measured["replicates"].astype("Int64"),
            "cv_percent": measured["cv_percent"],
            "relative": False,
        }
    )
