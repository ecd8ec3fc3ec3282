"""Do the keys of tables in the configuration agree with each other, and with the headers of the files?"""

from collections.abc import Collection

from il6r.config import RECORDED, activity_sources, assay_sources, listed
from il6r.errors import InputError, shown
from il6r.user_tables import kinds, names
from il6r.user_tables.text_encoding import first_line

# Forms of which each file may have some of the columns, or which are read in other ways.
_OTHER_COLUMNS = ("plates", "npx", *RECORDED)


def check(cohorts: dict[str, dict], used: Collection[str]) -> None:
    """Refuse what is wrong with `columns` and `sheet`, before anything is read.

    Parameters
    ----------
    used : further columns that the plan and the cohorts' covariates name.

    Raises
    ------
    InputError : a name of ours that nothing uses; a column that the file (of text, the first of several) has
        not; a sheet that a workbook has not, or of a file that is none.
    """
    for name, cohort in cohorts.items():
        where = f"config, cohorts.{name}"
        for section, known in (("participants", names.PARTICIPANTS), ("samples", names.SAMPLES)):
            if section in cohort:
                source = cohort[section]
                given = source.get("columns", {})
                names.refuse_unused_names(given, known, used, f"{where}.{section}.columns")
                _check_files(f"{where}.{section}", source, "")
        for section, sources, usual in (
            ("assays", assay_sources(cohort), "long"),
            ("activity", activity_sources(cohort), "person_days"),
        ):
            for source in sources:
                form = source.get("form", usual)
                given = source.get("columns", {})
                names.refuse_unknown_names(given, names.OF_FORM[form], f"{where}.{section}.columns")
                _check_files(f"{where}.{section}", source, form)


def _check_files(where: str, source: dict, form: str) -> None:
    files, columns, sheet = listed(source["file"]), source.get("columns", {}), source.get("sheet")
    for file in files if sheet is not None else ():
        if kinds.kind_of(file) != kinds.WORKBOOK:
            raise InputError(f"{where}.sheet", f"'{file}' is no Excel workbook", "leave it out")
        there = kinds.sheet_names(file)
        if there and sheet not in there:
            raise InputError(file, f"it has no sheet '{sheet}'", f"choose from {shown(there, names.SHOWN)}")
    if columns and form not in _OTHER_COLUMNS and kinds.kind_of(files[0]) == kinds.TEXT:
        names.refuse_absent_columns(columns, first_line(files[0])[0], files[0])
