"""What does a run say to what should be reported of accelerometry (Migueles 2017)?"""

from collections.abc import Callable, Collection

from il6r.report import wording
from il6r.report.activity import methods, words
from il6r.report.checklists.items import Sentences
from il6r.report.load import Settings, Study
from il6r.tables.activity import ACTIVITY_QC, WEAR

_IPAQ = ("ipaq_short", "ipaq_long")
_RAW = ("raw",)
_DAYS = (*methods.RECORDED, *methods.BY_DAY)


def not_here(study: Study) -> str:
    """Why no item applies: nobody has activity."""
    quality = study.table(ACTIVITY_QC)
    if quality["people"].gt(0).any() or quality["questionnaires_scored"].gt(0).any():
        return ""
    return "Nobody in this run has activity."


def _of(*forms: str, told: Callable[[Settings], str]) -> Callable[[Study], str]:
    """A sentence on the settings of the cohorts that have one of these forms."""

    def sentence(study: Study) -> str:
        own = _with(study, forms)
        text = wording.by_cohort(own, told) if own else ""
        return f"{text[0].upper()}{text[1:]}." if text else ""

    return sentence


def _with(study: Study, forms: Collection[str]) -> dict[str, Settings]:
    """The settings of the cohorts that have one of these forms."""
    return {
        name: study.settings("activity", name)
        for name, cohort in study.config["cohorts"].items()
        if {form for form, _ in methods.forms(cohort)} & {*forms}
    }


def _device(study: Study) -> str:
    return f"Activity data were {methods.came_as(study.config['cohorts'])}."


def _rows(*labels: str) -> Callable[[Study], str]:
    """Cells of the table of activity, cohort by cohort."""

    def sentence(study: Study) -> str:
        quality, wear = study.table(ACTIVITY_QC), study.table(WEAR)
        own = {row["name"]: row["cells"] for row in words.rows(study.cohorts, quality, wear, study.minimum)}
        parts = []
        for label in labels:
            cells = [
                f"{cell} in {cohort}"
                for cohort, cell in zip(study.cohorts, own.get(label, []), strict=False)
                if cell
            ]
            parts += [f"{label}: {', '.join(cells)}"] if cells else []
        text = "; ".join(parts)
        return f"{text[0].upper()}{text[1:]}." if text else ""

    return sentence


def _epoch(own: Settings) -> str:
    return f"epochs of {own['epoch_s']} s"


def _metric(_own: Settings) -> str:
    return "no frequency filter; the Euclidean norm minus one, negative values as 0 (ENMO)"


def _calibration(own: Settings) -> str:
    if not own["calibrate"]:
        return "recordings were not calibrated"
    reach = f"{own['min_sphere_g']:g} g on both sides of every axis"
    return f"calibration to 1 g in still windows that reach {reach}"


def _nonwear(own: Settings) -> str:
    return (
        f"windows of {own['nonwear_window_min']} min with a standard deviation below "
        f"{own['nonwear_sd_mg']:g} mg and a "
        f"range below {own['nonwear_range_mg']:g} mg on at least {own['nonwear_axes']} of 3 axes"
    )


def _imputed(own: Settings) -> str:
    if own["imputation"] == "clock_time":
        return "time not worn took the mean of the same clock time on the recording's other days"
    return "time not worn was left out"


def _valid_day(own: Settings) -> str:
    return f"at least {own['valid_day_hours']:g} h of wear"


def _valid_week(own: Settings) -> str:
    days, weekend = own["min_valid_days"], own["min_weekend_days"]
    return f"at least {days} valid day{'s' if days > 1 else ''}" + (
        f", {weekend} of them on a weekend" if weekend else ""
    )


def _cut_points(own: Settings) -> str:
    return (
        f"the cut points {own['cut_points']}; a bout lasts at least {own['bout_min']} min with "
        f"{100 * own['bout_share']:g} % of them above the cut point"
    )


def _none(what: str) -> Callable[[Study], str]:
    return lambda _study: f"{what} was not estimated."


SENTENCES: Sentences = {
    "1": _device,
    "4": _rows("hours recorded (median)"),
    "5": _of(*_RAW, told=_epoch),
    "6": _of(*_RAW, told=_metric),
    "7": _of(*_RAW, told=_calibration),
    "8": _of(*_RAW, told=_nonwear),
    "9": _of(*methods.RECORDED, told=_imputed),
    "10": _of(*_DAYS, told=_valid_day),
    "11": _of(*_DAYS, told=_valid_week),
    "12": _of(*methods.RECORDED, told=_cut_points),
    "13": _none("Energy expenditure"),
    "14": _none("Sleep"),
    "15": _rows(
        "recordings given", "recordings that failed", "people with accelerometry", "people with enough of it"
    ),
    "16": _rows("wear of a person-day in hours (median, quartiles)", "valid days of a person (median)"),
    "17": _of(*_IPAQ, told=lambda _own: "the IPAQ was scored by its protocol of 2005"),
}
