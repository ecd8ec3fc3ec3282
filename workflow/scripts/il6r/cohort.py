"""Who is in the analysis, and where did the others go?"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from il6r import outcomes
from il6r.errors import InputError, quoted, shape, shown
from il6r.flow import Flow
from il6r.user_tables.table import UserTable, read_table

# 1 and 2 as PLINK's .fam and .psam files code them.
_SEXES = {
    "female": "female",
    "f": "female",
    "2": "female",
    "male": "male",
    "m": "male",
    "1": "male",
}
# Up to this share of samples may differ from the genotype files' only in how they are written.
_FEW_MISSPELT = 0.02
# Columns of a person's activity that are left to the tables of its own stage.
_NOT_JOINED = re.compile(r"h\d\d_mg|mvpa_min_(?!per_day)|weekend_days|recorded_h")
# What an accelerometer measured.
_ACCELEROMETRY = (
    "enmo_mg",
    "sedentary_min_per_day",
    "light_min_per_day",
    "mvpa_min_per_day",
    "vigorous_min_per_day",
    "other_value",
)
# Days before a blood sample that the activity joined to it covers (the review's finding is of a week).
_DAYS_BEFORE = 7


def read_participants(path, columns: dict[str, str] | None = None, sheet: str | None = None) -> pd.DataFrame:
    """Read the participant table, which says whose sample is whose.

    Columns: `participant` (the ID in assays and activity), `sample` (the ID in the genotype files,
    may be empty), optionally `age` (years), `sex`, `bmi` (kg/m2), `ancestry`, `family` (0, as PLINK
    writes it, is none), and any others, which may serve as covariates: numbers if every value is one,
    else groups.

    Returns
    -------
    `PARTICIPANTS`, sorted by participant.

    Raises
    ------
    InputError : what `read_table` raises; a participant or a sample twice; a sex that is none.
    """
    given = read_table(path, ("participant", "sample"), columns, sheet)
    frame = given.frame
    given.filled("participant")
    for column in ("participant", "sample"):
        given.texts(column)
        again = frame[column].duplicated() & frame[column].notna()
        if again.any():
            raise InputError(
                given.at(again.idxmax()),
                f"the {column} is already on line "
                f"{(frame[column] == frame.at[again.idxmax(), column]).idxmax()}",
                "keep one line per participant, each with a sample of its own",
            )
    table = pd.DataFrame({"participant": frame["participant"], "sample": frame["sample"]})
    for column in frame.columns.drop(["participant", "sample"]):
        if column == "sex":
            table[column] = _sexes(given)
        elif column == "age":
            table[column] = given.numbers(column, 0, 120)
        elif column == "bmi":
            table[column] = given.numbers(column, 5, 120)
        elif column == "family":
            names = given.texts(column)
            table[column] = names.mask(names == "0")
        elif column != "ancestry" and given.are_numbers(column):
            table[column] = given.numbers(column, -1e12, 1e12)
        else:
            table[column] = given.texts(column)
    return table.sort_values("participant", ignore_index=True)


@dataclass(frozen=True)
class Tables:
    """What a cohort's analysis set is joined from.

    Attributes
    ----------
    participants, calls, concentrations, balance, person_days, structure : the tables of that name in
        `tables`; of the balance, what follows from the configured constants.
    activity : `PERSON_ACTIVITY`.
    quality : `GENOTYPES_QC`, whose `refused` groups' calls are not used.
    stage_flows : the flows of the earlier stages, put before this one's.
    """

    participants: pd.DataFrame
    calls: pd.DataFrame
    concentrations: pd.DataFrame
    balance: pd.DataFrame
    activity: pd.DataFrame
    person_days: pd.DataFrame
    quality: pd.DataFrame
    structure: pd.DataFrame
    stage_flows: Sequence[pd.DataFrame] = ()


def build_analysis_set(
    cohort: str, tables: Tables, *, exclude_relatives: bool = True, exclude_outliers: bool = True
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Join a cohort's tables by the participant table and count everyone who drops out.

    Parameters
    ----------
    exclude_relatives, exclude_outliers : whether people who are not in the maximal unrelated set, or
        who lie outside genome-wide, are left out.

    Returns
    -------
    analysis_set : `ANALYSIS_SET`. Accelerometry of people with too little of it is missing.
        `enmo_7d_mg` is the mean over the `days_7d` valid days among the seven before the visit's blood
        sample, `il6_response` IL-6 after exercise over what it was at rest on that day (likewise of the
        others).
    flow : `COHORT_FLOW`. Where families are known, its chain "relatives" ends with the people who have a
        relative in the analysis set.

    Raises
    ------
    InputError : two tables share nobody; a participant column has the name of one of ours.
    """
    activity = tables.activity.drop(columns=[name for name in tables.activity if _NOT_JOINED.match(name)])
    visits = tables.concentrations.merge(
        _activity_before(tables.concentrations, tables.person_days),
        on=["participant", "visit"],
        how="left",
        validate="1:1",
    )
    _refuse_names(cohort, tables.participants, (activity, visits, tables.calls))
    _refuse_strangers(cohort, tables.participants, tables.calls, visits, activity)
    visits = visits.merge(_balance_to_join(tables.balance), on=["participant", "visit"], how="left")
    visits = _with_every_analyte(visits)
    flow = Flow(cohort)
    genotyped = _genotyped(flow, tables, exclude_relatives, exclude_outliers)
    frame = _joined(genotyped, activity, visits)
    for outcome in outcomes.OUTCOMES.values():
        if outcome.counted:
            table = visits if outcome.of_samples else activity
            frame[outcome.flag] = _measured(flow, outcome, table, frame, tables.participants)
    analysis_set = frame.drop(columns=["included", "date"], errors="ignore")
    return analysis_set, pd.concat([*tables.stage_flows, flow.table()], ignore_index=True)


def _refuse_names(cohort: str, participants: pd.DataFrame, others: Iterable[pd.DataFrame]) -> None:
    """InputError where a column of the participant table has the name of one of ours."""
    taken = {"plate", "unrelated", "probability_1", "probability_2", *outcomes.RESPONSES}.union(*others)
    clash = sorted((taken - {"participant", "sample", "date"}) & set(participants))
    if clash:
        raise InputError(
            f"cohort {cohort}, participant table",
            f"its column {shown(clash)} has the name of a column the workflow makes",
            "rename it",
        )


def _with_every_analyte(visits: pd.DataFrame) -> pd.DataFrame:
    """Visits with the columns of analytes that the cohort did not measure, empty."""
    levels = [analyte.column_in(visits) for analyte in outcomes.ANALYTES.values()]
    absent: dict[str, float | None] = {c: np.nan for c in levels if c not in visits}
    plates = [f"{analyte}_plate" for analyte in outcomes.ANALYTES]
    absent |= {column: None for column in plates if column not in visits}
    return visits.assign(**absent).astype(dict.fromkeys(plates, "str"))


def _genotyped(flow: Flow, tables: Tables, exclude_relatives: bool, exclude_outliers: bool) -> pd.DataFrame:
    """The participants whose call is used, one row each, with their call and structure."""
    participants, calls = tables.participants, tables.calls
    flow.start("cohort", None, "participants", "in the participant table", len(participants))
    people = participants.dropna(subset="sample")
    flow.keep("no sample ID", len(people))
    own = calls.drop(columns=["file", "study_dosage"], errors="ignore")
    people = people.merge(own, on="sample", validate="1:1")
    flow.keep("sample not in the genotype files", len(people))
    people = people.dropna(subset="dosage")
    flow.keep("no call at the variant", len(people))
    refused = tables.quality.dropna(subset="refused")["group"]
    if len(refused):
        people = people[~people["ancestry"].isin(refused)]
        flow.keep("the proxy does not hold in their ancestry", len(people))
    structure = _to_join(tables.structure, participants)
    people = people.merge(structure, on="sample", how="left", validate="1:1", suffixes=("_given", ""))
    if exclude_outliers:
        people = people[people["outlier"].isna()]
        flow.keep("outlier genome-wide (call rate, heterozygosity or ancestry)", len(people))
    if exclude_relatives:
        people = people[people["unrelated"].fillna(True).astype(bool)]
        flow.keep("related to somebody who stays", len(people))
    people["family"] = _families(people, by_kinship=not exclude_relatives)
    if people["family"].notna().any():
        flow.start("cohort", None, "relatives", "participants whose call is used", len(people))
        in_family = people["family"].notna() & people["family"].duplicated(keep=False)
        flow.keep("no relative among them", in_family.sum())
    called = calls.dropna(subset="dosage")
    flow.start("cohort", None, "samples", "called at the variant", len(called))
    flow.keep("not in the participant table", called["sample"].isin(participants["sample"]).sum())
    return people.drop(columns=["outlier", "field", *people.columns.intersection(["family_given"])])


def _families(people: pd.DataFrame, *, by_kinship: bool) -> pd.Series:
    """Each person's family: of the participant table, of the genotypes' kinship, or what both together join.

    Once relatives are left out, those who stay are unrelated though a chain of others may join them, and
    only families that the participant table gives remain.
    """
    given, kin = people.get("family_given"), people["family"]
    if given is None or given.isna().all():
        return kin if by_kinship else kin.mask(kin.notna())
    if not by_kinship:
        return given
    # Everybody takes the lowest number among those who share one of their families, until nothing changes.
    number = pd.Series(np.arange(len(people)), people.index)
    while True:
        before = number
        for names in (given, kin):
            number = number.groupby(names).transform("min").fillna(number).astype(int)
        if number.equals(before):
            break
    known = given.notna() | kin.notna()
    return ("F" + (number + 1).astype("str").str.zfill(4)).where(known)


def _joined(genotyped: pd.DataFrame, activity: pd.DataFrame, visits: pd.DataFrame) -> pd.DataFrame:
    """One row per participant and visit, with what was measured."""
    people = genotyped.merge(activity, on="participant", how="left", validate="1:1")
    people["included"] = people["included"].eq(True)
    frame = people.merge(visits, on="participant", how="left", validate="1:m")
    frame = frame.rename(columns={"sil6r_plate": "plate"})
    frame = frame.sort_values(["participant", "visit"], ignore_index=True)
    for column, analyte in outcomes.RESPONSES.items():
        frame[column] = _response(frame, analyte)
    # Too few days are no measurement; hours of wear and cut points say nothing without them.
    frame.loc[~frame["included"], [name for name in _ACCELEROMETRY if name in frame]] = np.nan
    return frame


def _measured(
    flow: Flow,
    outcome: outcomes.Outcome,
    table: pd.DataFrame,
    frame: pd.DataFrame,
    participants: pd.DataFrame,
) -> pd.Series | bool:
    """Which rows of the analysis set have an outcome; everyone who has it in its own `table` is counted."""
    column = outcome.column_in(table)
    usable, measured = table[column].notna(), frame[column].notna()
    if column in _ACCELEROMETRY:
        usable, measured = usable & table["included"], measured & frame["included"]
    if outcome.optional and not usable.any():
        return False
    flow.start("cohort", None, outcome.counted, "measured", usable.sum())
    if outcome.of_samples:
        usable &= table["time_point"] != "post-exercise"
        measured &= frame["time_point"] != "post-exercise"
        flow.keep("after exercise", usable.sum())
    else:
        measured &= ~frame["participant"].duplicated()
    source = table.loc[usable, "participant"]
    flow.keep("not in the participant table", source.isin(participants["participant"]).sum())
    flow.keep("participant without a call that is used", source.isin(frame["participant"]).sum())
    return measured


def _response(frame: pd.DataFrame, analyte: outcomes.Outcome) -> pd.Series:
    """An analyte of samples after exercise over the participant's last one at rest of the same date.

    Where nothing is dated, the last of all at rest; missing where either is not quantified.
    """
    quantified, censored = frame[analyte.column_in(frame)], f"{analyte.name}_censored"
    if censored in frame:
        quantified = quantified.where(~frame[censored].eq(True))
    table = frame[["participant", "date"]].assign(value=quantified).fillna({"date": ""})
    after = frame["time_point"] == "post-exercise"
    resting = table[~after].dropna(subset="value").groupby(["participant", "date"])["value"].last()
    before = pd.MultiIndex.from_frame(table[["participant", "date"]])
    return (table["value"] / resting.reindex(before).to_numpy()).where(after)


def _balance_to_join(balance: pd.DataFrame) -> pd.DataFrame:
    """What follows from the configured constants, for each visit."""
    configured = balance[balance["choice"] == "as configured"]
    return configured.drop(columns=["choice", "censored"])


def _activity_before(concentrations: pd.DataFrame, days: pd.DataFrame) -> pd.DataFrame:
    """Mean acceleration over the valid days among the seven before each dated visit, and their number."""
    visits = concentrations[["participant", "visit", "date"]].dropna(subset="date").reset_index(drop=True)
    worn = days.loc[days["valid"] & days["enmo_mg"].notna(), ["participant", "date", "enmo_mg"]]
    worn = worn.assign(day=pd.to_datetime(worn["date"])).drop(columns="date")
    # One row for each day that a week before a visit may hold, so that the join stays that small.
    weeks = visits.loc[visits.index.repeat(_DAYS_BEFORE)]
    back = np.tile(np.arange(1, _DAYS_BEFORE + 1), len(visits))
    weeks = weeks.assign(day=pd.to_datetime(weeks["date"]) - pd.to_timedelta(back, unit="D"))
    found = weeks.merge(worn, on=["participant", "day"]).groupby(["participant", "visit"])["enmo_mg"]
    return pd.DataFrame({"enmo_7d_mg": found.mean(), "days_7d": found.size().astype("Int64")}).reset_index()


def _to_join(structure: pd.DataFrame, participants: pd.DataFrame) -> pd.DataFrame:
    """What the analysis set takes from `STRUCTURE`: components that the participants have not."""
    names = [name for name in structure if name.startswith("pc") and name not in participants]
    return structure[["sample", *names, "outlier", "family", "unrelated"]]


def _refuse_strangers(cohort, participants, calls, concentrations, activity) -> None:
    pairs = [
        ("sample", calls["sample"], "genotype files"),
        ("participant", concentrations["participant"], "assay file"),
        ("participant", activity["participant"], "activity file"),
    ]
    for column, theirs, name in pairs:
        ours = participants[column].dropna()
        if ours.empty:
            raise InputError(
                f"cohort {cohort}, participant table",
                f"its column '{column}' is empty",
                "fill in whose sample is whose",
            )
        if len(theirs) and not ours.isin(theirs).any():
            raise InputError(
                f"cohort {cohort}",
                f"no {column} of the participant table (they look like '{shape(ours.iloc[0])}') is in "
                f"its {name} (they look like '{shape(theirs.iloc[0])}')",
                f"make the '{column}' column of the participant table match{_likeness(ours, theirs)[1]}",
            )
    ours = participants["sample"].dropna()
    alike, how = _likeness(ours[~ours.isin(calls["sample"])], calls["sample"])
    if alike > _FEW_MISSPELT * len(ours):
        raise InputError(
            f"cohort {cohort}, participant table",
            f"{alike:,} of its {len(ours):,} samples are not in the genotype files as they are written",
            f"write the 'sample' column as it is there{how}",
        )


def _likeness(ours: pd.Series, theirs: pd.Series) -> tuple[int, str]:
    """How many of `ours` are among `theirs` but for how they are written, and an example of its shape."""
    plain = {_plain(name): name for name in theirs}
    found = [(name, plain[_plain(name)]) for name in ours if _plain(name) in plain]
    if not found:
        return 0, ""
    one, other = found[0]
    return len(found), f" ({len(found):,} would match: '{shape(other)}' for '{shape(one)}')"


def _plain(name: str) -> str:
    """An identifier without case, blanks, PLINK's family 0, or a family that repeats it (A1_A1)."""
    parts = [part for part in "".join(name.casefold().split()).split("_") if part != "0"]
    half = len(parts) // 2
    return "_".join(parts[:half] if half and parts[:half] == parts[half:] else parts)


def _sexes(table: UserTable) -> pd.Series:
    cells = table.texts("sex")
    sexes = cells.str.lower().map(_SEXES)
    wrong = sexes.isna() & cells.notna()
    if wrong.any():
        raise InputError(
            table.at(wrong.idxmax()),
            f"sex {quoted(cells[wrong.idxmax()])} is not known",
            "write female or male (or F, M, or PLINK's 2 and 1), or leave it empty",
        )
    return sexes
