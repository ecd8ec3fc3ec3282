"""Which blood sample is each result of, and what did exercise do to its plasma volume?"""

import numpy as np
import pandas as pd

from il6r.assays.sample_tables import at_rest, further_columns, read_samples, told_by_visit
from il6r.errors import InputError, quoted, shape

__all__ = ["assign", "at_rest", "correct", "join_further", "plasma_volume_change", "read_samples"]

# Acute exercise and dehydration change plasma volume by 10 to 20 %, so that more than this is a slip.
_MOST_CHANGE_PERCENT = 50.0
_NOT_MEASURED = "post-exercise sample without haemoglobin and haematocrit"
_NO_REFERENCE = "post-exercise sample without a resting one that day to compare its haemoglobin with"
# What a result takes over from its sample.
_OF_SAMPLE: tuple[str, ...] = ("participant", "visit", "time", "time_point", "matrix")
_OF_SAMPLE += ("hours_since_exercise", "freeze_thaw_cycles")


def plasma_volume_change(haemoglobin_before, haematocrit_before, haemoglobin_after, haematocrit_after):
    """Percentage by which plasma volume has changed, from haemoglobin and haematocrit.

    Dill DB, Costill DL 1974, J Appl Physiol 37(2):247-248, doi 10.1152/jappl.1974.37.2.247: haemoglobin tells
    the change in blood volume, since none of it leaves the vessels, and haematocrit what of it is plasma.

    Parameters
    ----------
    haemoglobin_before, haemoglobin_after : of any unit, the same for both; broadcast against each other.
    haematocrit_before, haematocrit_after : percent.

    Returns
    -------
    Percent of the plasma volume before; negative where plasma was lost.
    """
    blood = np.asarray(haemoglobin_before, float) / np.asarray(haemoglobin_after, float)
    plasma = (100 - np.asarray(haematocrit_after, float)) / (100 - np.asarray(haematocrit_before, float))
    return 100 * (blood * plasma - 1)


def correct(results: pd.DataFrame, samples: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Concentrations after exercise as they would be at the plasma volume at rest.

    A post-exercise sample is compared with its participant's resting sample of the same date, both with
    haemoglobin and haematocrit: the latest one drawn before it or, where times are not known, the only one.
    Times the plasma volume over that at rest, its concentrations are free of haemoconcentration. What
    haemoglobin and haematocrit are themselves uncertain by does not enter `se_log`.

    Parameters
    ----------
    results : with `participant` and `visit`, as `assign` makes them.
    samples : as `read_samples` makes them.

    Returns
    -------
    results : `value`, `low` and `high` corrected, and `plasma_volume_change_percent` (NaN: not corrected).
    samples : with `plasma_volume_change_percent`, and `plasma_volume_note` (NA, or why a post-exercise sample
        is not corrected).

    Raises
    ------
    InputError : a change that no exercise makes.
    """
    blood = ["haemoglobin_g_dl", "haematocrit_percent"]
    resting, measured = at_rest(samples), samples[blood].notna().all(axis=1)
    before, after = _reference(samples, resting & measured, ~resting & measured)
    change = pd.Series(np.nan, index=samples.index)
    change[after] = plasma_volume_change(
        *samples.loc[before, blood].to_numpy().T, *samples.loc[after, blood].to_numpy().T
    )
    wrong = change.abs() > _MOST_CHANGE_PERCENT
    if wrong.any():
        at = wrong.idxmax()
        raise InputError(
            _where(samples.loc[at]),
            f"haemoglobin and haematocrit say that exercise changed the plasma volume by {change[at]:.0f} %",
            "correct them here or in the resting sample of that day",
        )
    uncorrected = ~resting & change.isna()
    note = pd.Series(None, index=samples.index, dtype="str")
    note[uncorrected] = np.where(measured[uncorrected], _NO_REFERENCE, _NOT_MEASURED)
    samples = samples.assign(plasma_volume_change_percent=change, plasma_volume_note=note)
    known = samples[change.notna()].set_index(["participant", "visit"])["plasma_volume_change_percent"]
    percent = known.reindex(pd.MultiIndex.from_frame(results[["participant", "visit"]])).to_numpy()
    factor = np.where(np.isnan(percent), 1.0, 1 + percent / 100)
    corrected = {name: results[name] * factor for name in ("value", "low", "high")}
    return results.assign(**corrected, plasma_volume_change_percent=percent), samples


def assign(results: pd.DataFrame, samples: pd.DataFrame | None) -> tuple[pd.DataFrame, list[tuple[str, int]]]:
    """Whose result each is, and of which visit.

    With a table of samples, a result belongs to the sample of its ID where the table has sample IDs and the
    result was not given by its participant. Otherwise `sample` is the participant, and `visit` or `date` say
    which of their samples it is of where there are several. Without a table, `sample` is the participant, and
    where `visit` is missing, dates tell visits apart if anybody has several. A visit called "post" or the
    like is one after exercise.

    Parameters
    ----------
    results : as the readers make them.
    samples : as `read_samples` makes them, or None.

    Returns
    -------
    results : those of known samples, with `participant`, `visit` and `date`, and with a table also `time`,
        `time_point`, `matrix`, `hours_since_exercise` and `freeze_thaw_cycles`.
    counts : (reason, results dropped).

    Raises
    ------
    InputError : no result of a file is of a sample in the table; a result's visit or date is not its
        sample's; it is not told which of a participant's samples a result is of; results of two visits are of
        one sample.
    """
    if samples is None:
        visit = _own_visits(results)
        return results.assign(participant=results["sample"], visit=visit, time_point=told_by_visit(visit)), []
    by_id = np.full(len(results), samples["sample_id"].notna().any())
    if "named_by" in results:
        by_id &= results["named_by"].ne("participant").to_numpy(bool)
    place = np.full(len(results), -1)
    for chosen, places in ((by_id, _places_by_id), (~by_id, _places_by_participant)):
        if chosen.any():
            place[chosen] = places(results[chosen], samples)
    absent = place < 0
    lost = pd.Series(absent).groupby(results["file"].to_numpy()).transform("all").to_numpy(bool)
    if lost.any():
        at = lost.argmax()
        ours, theirs = results.iloc[at], samples.iloc[0]["sample_id" if by_id[at] else "participant"]
        raise InputError(
            _where(ours),
            f"none of its samples, which look like '{shape(ours['sample'])}', is among those of "
            f"{samples.iloc[0]['file']}, which look like '{shape(theirs)}'",
            "give both the same IDs",
        )
    results, rows = results[~absent], samples.iloc[place[~absent]]
    _refuse_contradictions(results, rows)
    own_date = results["date"].to_numpy()
    taken = {name: rows[name].array for name in _OF_SAMPLE}
    date = rows["date"].where(rows["date"].notna(), own_date).array
    return results.assign(**taken, date=date), [("not in the sample table", int(absent.sum()))]


def join_further(concentrations: pd.DataFrame, samples: pd.DataFrame) -> pd.DataFrame:
    """`CONCENTRATIONS` with the further columns of the table of samples, by participant and visit.

    Parameters
    ----------
    concentrations : of the samples in the table.
    samples : as `read_samples` makes them; those without a result do not matter.
    """
    key = ["participant", "visit"]
    further = samples[[*key, *further_columns(samples)]]
    return concentrations.merge(further, on=key, how="left", validate="1:1")


def _reference(samples: pd.DataFrame, before: pd.Series, after: pd.Series) -> tuple[pd.Index, pd.Index]:
    """Index of the resting sample each post-exercise sample is compared with, and of the latter."""
    wanted = samples.loc[:, ["participant", "date", "time"]].assign(row=samples.index)
    wanted = wanted[wanted["date"].notna()]
    pairs = wanted[after[wanted.index]].merge(
        wanted[before[wanted.index]], on=["participant", "date"], suffixes=("", "_before")
    )
    timed = pairs["time"].notna() & pairs["time_before"].notna()
    pairs = pairs.assign(timed=timed)[~timed | (pairs["time_before"] <= pairs["time"])]
    candidates = pairs.groupby("row")["row"].transform("size")
    # Without times, two resting samples leave it open which is meant.
    pairs = pairs[pairs["timed"] | (candidates == 1)].sort_values(["row", "time_before", "row_before"])
    pairs = pairs.drop_duplicates("row", keep="last")
    return pd.Index(pairs["row_before"]), pd.Index(pairs["row"])


def _own_visits(results: pd.DataFrame) -> pd.Series:
    """Visits of results that no table of samples describes."""
    visit = results["visit"]
    loose = results[visit.isna()]
    dates = loose.groupby(["sample", "analyte"])["date"].nunique()
    if (dates > 1).any():
        visit = visit.fillna(results["date"])
    return visit.fillna("1").astype("str")


def _places_by_id(results: pd.DataFrame, samples: pd.DataFrame) -> np.ndarray:
    """Row in `samples` of each result, -1 where there is none."""
    return pd.Index(samples["sample_id"]).get_indexer(results["sample"])


def _places_by_participant(results: pd.DataFrame, samples: pd.DataFrame) -> np.ndarray:
    """Row in `samples` of each result, -1 where there is none, by visit, else date, else the only one."""
    numbered = samples["numbered"].any()
    dated = results["sample"].isin(samples.loc[samples["date"].notna(), "participant"])
    by_visit = results["visit"].notna() & (not numbered)
    by_date = ~by_visit & results["date"].notna() & dated
    place = np.full(len(results), -1)
    for rows, key in (
        (by_visit, ["visit"]),
        (by_date, ["date"]),
        (~by_visit & ~by_date, []),
    ):
        rows = rows.to_numpy()
        if not rows.any():
            continue
        theirs = _keys(samples, ["participant", *key])
        ours = _keys(results[rows], ["sample", *key])
        several = theirs.duplicated(keep=False)
        _refuse_ambiguous(results[rows], ours.isin(theirs[several]), key)
        found = theirs[~several].get_indexer(ours)
        place[rows] = np.where(found < 0, -1, np.flatnonzero(~several)[found])
    return place


def _keys(frame: pd.DataFrame, columns: list[str]) -> pd.Index:
    return pd.Index(frame[columns[0]]) if len(columns) == 1 else pd.MultiIndex.from_frame(frame[columns])


def _refuse_ambiguous(results: pd.DataFrame, unclear: np.ndarray, key: list[str]) -> None:
    if unclear.any():
        raise InputError(
            _where(results.iloc[unclear.argmax()]),
            f"this participant has several blood samples{' of that date' if key else ''} in the sample "
            "table, and the result does not say which it is of",
            "give the results a visit or a date, or the sample table the sample IDs of the results",
        )


def _refuse_contradictions(results: pd.DataFrame, rows: pd.DataFrame) -> None:
    """InputError where results say another visit or date than their sample, or than each other."""
    for name in ("visit", "date"):
        own, theirs = results[name].reset_index(drop=True), rows[name].reset_index(drop=True)
        wrong = own.notna() & theirs.notna() & (own != theirs)
        if name == "visit":
            wrong &= ~rows["numbered"].to_numpy()
        if wrong.any():
            at = wrong.to_numpy().argmax()
            raise InputError(
                _where(results.iloc[at]),
                f"the {name} {quoted(own[at])} is not the sample's on line {rows.iloc[at]['line']} of "
                f"{rows.iloc[at]['file']}",
                "correct one of them",
            )
        said = own[own.notna()]
        of_sample = pd.Series(rows.index)[said.index]
        first = said.groupby(of_sample).transform("first")
        other = (said != first).to_numpy()
        if other.any():
            at = said.index[other.argmax()]
            raise InputError(
                _where(results.iloc[at]),
                f"the {name} {quoted(own[at])} and another one are both of the sample on line "
                f"{rows.iloc[at]['line']} of {rows.iloc[at]['file']}",
                f"give each blood sample its own line there, with its {name}",
            )


def _where(row: pd.Series) -> str:
    """The file of a result or sample, and its line where that is known."""
    return row["file"] if pd.isna(row["line"]) else f"{row['file']}, line {row['line']}"
