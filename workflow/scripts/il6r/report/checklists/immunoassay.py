"""What does a run say to what should be known of an immunoassay (Andreasson 2015; ICH M10)?"""

from collections.abc import Callable

from il6r.report import privacy, wording
from il6r.report.assays import methods, words
from il6r.report.checklists.items import Sentences
from il6r.report.load import Settings, Study
from il6r.tables.assays import ASSAYS_QC, REFERENCE
from il6r.tables.association import ESTIMATES


def not_here(study: Study) -> str:
    """Why no item applies: nothing was measured."""
    return "" if study.table(ASSAYS_QC)["samples"].gt(0).any() else "No protein was measured in this run."


def _rows(*labels: str, without: str = "") -> Callable[[Study], str]:
    """Cells of the tables of assays: a sentence for each analyte, with its quantities by cohort.

    Parameters
    ----------
    without : a cell that says nothing.
    """

    def sentence(study: Study) -> str:
        return " ".join(
            f"{analyte['analyte']}: {'; '.join(parts)}."
            for analyte in words.tables(study)
            if (parts := [part for label in labels if (part := _cells(study, analyte, label, without))])
        )

    return sentence


def _cells(study: Study, analyte: words.Analyte, label: str, without: str) -> str:
    own = {row["name"]: row["cells"] for row in analyte["rows"]}
    told = [
        f"{cell} in {cohort}"
        for cohort, cell in zip(study.cohorts, own.get(label, []), strict=False)
        if cell and cell != without
    ]
    return f"{label} {', '.join(told)}" if told else ""


def _plates(told: Callable[[Settings], str]) -> Callable[[Study], str]:
    """A sentence on the settings of the cohorts that have plates."""

    def sentence(study: Study) -> str:
        forms = methods.forms(study.config["cohorts"])
        own = {name: study.settings("assays", name) for name in study.cohorts if "plates" in forms[name]}
        text = wording.by_cohort(own, told) if own else ""
        return f"{text[0].upper()}{text[1:]}." if text else ""

    return sentence


def _curve(own: Settings) -> str:
    return (
        f"{methods.CURVES[own['curve']]}, {methods.WEIGHTS[own['curve_weights']]}; a standard passes within "
        f"{own['max_standard_error_percent']:g} % ({own['max_lloq_error_percent']:g} % at the lower limit)"
    )


def _dilution(own: Settings) -> str:
    return (
        f"where a higher dilution of a sample reads more than {own['max_dilution_difference_percent']:g} % "
        "higher (a hook effect), it counts"
    )


def _batches(study: Study) -> str:
    estimates = study.table(ESTIMATES).dropna(subset="estimate")
    plate = estimates["covariates"].fillna("").str.contains("plate").any()
    return "Plates are among the covariates of the models of assays." if plate else ""


def _beyond(study: Study) -> str:
    if not (study.table(ASSAYS_QC)[["below_limit", "above_limit"]] > 0).any(axis=None):
        return "No value lies beyond a limit."
    return "They enter a normal likelihood of logarithms with the probability between their bounds."


def _levels(study: Study) -> str:
    """Where medians lie: within a published range, or outside all of them."""
    table = study.table(REFERENCE).dropna(subset="median")
    table = table[privacy.enough(table["samples"], study.minimum)]
    table = table.assign(within=table["median"].between(table["low"], table["high"]))
    inside = table.groupby(["analyte", "cohort"], sort=False)["within"].any()
    parts = []
    for where, found in (("within a published range", inside), ("outside all published ranges", ~inside)):
        names = [f"{words.ANALYTES[analyte]} in {cohort}" for analyte, cohort in inside.index[found]]
        parts += [f"{where}: {wording.listed(names)}"] if names else []
    return f"Medians {'; '.join(parts)}." if parts else ""


def _exercise(study: Study) -> str:
    acute = methods.with_acute_exercise(study.config["cohorts"])
    if not acute:
        return ""
    corrected = any(study.settings("assays", name)["plasma_volume_correction"] for name in acute)
    done = (
        "were brought to the plasma volume at rest" if corrected else "were not corrected for plasma volume"
    )
    return f"Samples after acute exercise are in no model of resting levels; they {done}."


SENTENCES: Sentences = {
    "1": _rows(words.ROWS["median"]),
    "4": _plates(_curve),
    "5": _rows(*(words.ROWS[key] for key in ("lloq", "uloq", "below_limit", "above_limit")), without="0"),
    "6": _rows(words.ROWS["cv"]),
    "7": _rows(words.ROWS["inter_plate"]),
    "8": _rows(words.ROWS["controls"]),
    "9": _plates(_dilution),
    "13": _batches,
    "14": _rows(words.ROWS["used"], words.ROWS["failed"], words.ROWS["rejected"]),
    "15": _beyond,
    "16": _levels,
    "17": _rows(words.ROWS["between"], words.ROWS["within"], words.ROWS["icc"]),
    "18": _exercise,
}
