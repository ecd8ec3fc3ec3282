"""A cohort's assays, from its files to the tables of this stage."""

from pathlib import Path
from typing import NamedTuple

import pandas as pd

from il6r.assays import (
    balance,
    combine,
    long_tables,
    npx,
    plate_files,
    plates,
    reference,
    samples,
    variability,
    wide_tables,
)
from il6r.errors import InputError
from il6r.tables.assays import CONTROLS, PLATES, STANDARDS, WELLS

_OF_PLATES = (PLATES, STANDARDS, CONTROLS, WELLS)


class Assays(NamedTuple):
    """The stage's tables by their names."""

    concentrations: pd.DataFrame
    balance: pd.DataFrame
    assays_qc: pd.DataFrame
    variability: pd.DataFrame
    reference: pd.DataFrame
    plates: pd.DataFrame
    standards: pd.DataFrame
    controls: pd.DataFrame
    wells: pd.DataFrame
    assays_flow: pd.DataFrame


def read_cohort(
    cohort: str,
    sources: list[dict],
    sample_table: str | None,
    ranges: pd.DataFrame,
    constants: pd.DataFrame,
    settings: dict,
    sample_columns: dict[str, str] | None = None,
    sample_sheet: str | None = None,
) -> Assays:
    """Read every source of a cohort's assays, and work out what follows from them.

    Parameters
    ----------
    sources : as `assays` in the configuration, each file and layout a list.
    sample_table : the table of blood samples, whose further columns come along with the concentrations.
    ranges : `resources/reference_ranges.tsv`.
    constants : as of `balance.load_constants`.
    settings : the rules of config section `assays`.

    Raises
    ------
    InputError : what the readers raise; no value at all; a result that two files have.
    """
    parts, counts, of_plates = [], [], []
    for source in sources:
        for results, dropped, quantified in _read(source, settings):
            parts.append(results)
            counts += dropped
            of_plates += quantified
    results = pd.concat([part for part in parts if len(part)] or parts[:1], ignore_index=True)
    if results.empty:
        raise _nothing_measured(sources[0]["file"][0], of_plates)
    _refuse_shared_names(sources, of_plates)
    results["plate"] = _told_apart(results)
    notes = long_tables.check_levels(results, ranges)
    taken = samples.read_samples(sample_table, sample_columns, sample_sheet) if sample_table else None
    results, unknown = samples.assign(results, taken)
    counts += unknown
    if taken is not None and settings["plasma_volume_correction"]:
        results, _ = samples.correct(results, taken)
    combine.refuse_conflicts(results)
    visits = combine.average(results)
    counts.append((plates.AVERAGED, len(results) - len(visits)))
    plate_tables = {
        table.name: pd.concat([getattr(own, table.name) for own in of_plates], ignore_index=True)
        if of_plates
        else pd.DataFrame(columns=list(table.columns))
        for table in _OF_PLATES
    }
    between = {name: plates.inter_plate_cv(own) for name, own in plate_tables["controls"].groupby("analyte")}
    concentrations = combine.by_visit(visits)
    if taken is not None:
        concentrations = samples.join_further(concentrations, taken)
    return Assays(
        concentrations=concentrations,
        balance=balance.of_samples(concentrations, constants),
        assays_qc=combine.quality(visits, ranges, notes),
        variability=variability.describe(visits, between),
        reference=reference.compare(visits, ranges),
        assays_flow=_flow(cohort, counts, len(visits)),
        **plate_tables,
    )


def _nothing_measured(file: str, of_plates: list[plates.Quantified]) -> InputError:
    failed = [reason for own in of_plates for reason in own.plates["failed"].dropna()]
    if failed:
        return InputError(file, f"no plate gave a concentration ({failed[0]})", "see to the standards' wells")
    return InputError(file, "it holds no value", "give at least one measured concentration")


def _refuse_shared_names(sources: list[dict], of_plates: list[plates.Quantified]) -> None:
    """InputError where two sources of plates call one of an analyte's plates the same."""
    files = [source["file"][0] for source in sources if source["form"] == "plates"]
    known: dict[tuple, str] = {}
    for file, own in zip(files, of_plates, strict=True):
        for analyte, plate in own.plates[["analyte", "plate"]].itertuples(index=False, name=None):
            if (analyte, plate) in known:
                raise InputError(
                    file,
                    f"its plate '{plate}' of {analyte} has the name of a plate of {known[analyte, plate]}",
                    "give each its own name",
                )
            known[analyte, plate] = file


def _told_apart(results: pd.DataFrame) -> pd.Series:
    """Plates' names, with their file where files of one analyte use the same: they are other plates."""
    files = results.groupby(["analyte", "plate"])["file"].transform("nunique")
    with_file = results["plate"] + " of " + results["file"].map(lambda file: Path(file).name)
    return results["plate"].mask(files > 1, with_file)


def _read(source: dict, settings: dict):
    """Results of a source's files, what was dropped, and of plates a list of their `plates.Quantified`."""
    form, files, columns = source["form"], source["file"], source["columns"]
    if form == "plates":
        wells = plate_files.read_plates(
            files, source["layout"], columns, source.get("dilution", 1.0), source.get("sheet")
        )
        limits = {key: source[key] for key in ("lloq", "uloq") if key in source}
        unit = {"analyte": source["analyte"], "unit": source["unit"]}
        quantified = plates.quantify(wells, settings, **unit, **limits)
        others = [
            ("well of the layout without a reading", wells.attrs["no reading"]),
            ("reading in a well that the layout does not name", wells.attrs["not in the layout"]),
        ]
        yield quantified.results, [*others, *quantified.counts], [quantified]
        return
    options = {key: source[key] for key in ("sheet", "units", "unit", "lod") if key in source}
    reader = {"long": long_tables.read_long, "wide": wide_tables.read_wide, "npx": npx.read_npx}[form]
    for file in files:
        yield *reader(file, columns=columns, **options), []


def _flow(cohort: str, counts: list[tuple[str, int]], left: int) -> pd.DataFrame:
    """`ASSAYS_FLOW` from what each reason took, reasons that several files share together."""
    reasons: dict[str, int] = {}
    for reason, dropped in counts:
        reasons[reason] = reasons.get(reason, 0) + dropped
    # What is averaged is left in another form, and comes last.
    averaged = reasons.pop(plates.AVERAGED, 0)
    remaining = left + averaged + sum(reasons.values())
    rows = [("results", "in the assay files", 0, remaining)]
    for reason, dropped in (*reasons.items(), (plates.AVERAGED, averaged)):
        remaining -= dropped
        rows.append(("results", reason, dropped, remaining))
    flow = pd.DataFrame(rows, columns=["counted", "reason", "dropped", "left"])
    return flow.assign(cohort=cohort, stage="assays", analysis=None)
