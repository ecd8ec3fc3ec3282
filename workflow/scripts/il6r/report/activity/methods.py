"""How did activity get from files to people, as a methods section would have it?"""

from collections.abc import Callable

from il6r.config import listed
from il6r.report import wording
from il6r.report.load import Settings

# What each form of activity is called, in the order in which it is told. In the first ones a file is a
# recording; the next ones have person-days.
RECORDED = {
    "raw": "raw device recordings",
    "epochs_90004": "epochs of UK Biobank's field 90004",
    "ggir_epochs": "epochs of GGIR",
    "epochs": "epochs",
}
BY_DAY = {
    "ggir_part2": "day summaries of GGIR's part 2",
    "ggir_part5": "day summaries of GGIR's part 5",
    "person_days": "person-days",
}
_FORMS = {
    **RECORDED,
    **BY_DAY,
    "ggir_part2_summary": "person summaries of GGIR's part 2",
    "ggir_part5_summary": "person summaries of GGIR's part 5",
    "ukb_fields": "UK Biobank's person means (fields 90012, 90015 and 90016)",
    "ipaq_short": "answers to the short IPAQ",
    "ipaq_long": "answers to the long IPAQ",
}
_IDLE_SLEEP = {
    "hold": "gaps of an ActiGraph (idle sleep) hold its last sample, scaled to 1 g",
    "zero": "gaps of an ActiGraph (idle sleep) count as zero on every axis",
    "drop": "gaps of an ActiGraph (idle sleep) are like others",
}
# What devices that do not sleep write.
_SLEEPLESS = (".cwa", ".bin", ".cwa.gz", ".bin.gz")


def sentences(config: Settings) -> list[str]:
    """Where activity came from in each cohort, and every step and setting that was in use.

    Parameters
    ----------
    config : the study's configuration with its defaults filled in.
    """
    cohorts = config["cohorts"]
    settings = {
        name: {
            **config["activity"],
            **cohort.get("activity_rules", {}),
            "may_sleep": _may_sleep(cohort),
        }
        for name, cohort in cohorts.items()
    }
    sources = {name: forms(cohort) for name, cohort in cohorts.items()}
    found = [f"Activity data were {came_as(cohorts)}."]
    for wanted, told in (
        (("raw",), _raw),
        (RECORDED, _epochs),
        ((*RECORDED, *BY_DAY), _valid_days),
        ((*RECORDED, *BY_DAY, "ggir_part2_summary", "ggir_part5_summary"), _people),
        (("ukb_fields",), _ukb),
        (("ipaq_short", "ipaq_long"), _ipaq),
    ):
        own = {name: settings[name] for name in cohorts if {form for form, _ in sources[name]} & {*wanted}}
        if own:
            found.append(told(own, "" if len(own) == len(cohorts) else f" (in {', '.join(own)})"))
    return found


def forms(cohort: Settings) -> list[tuple[str, str]]:
    """Form and unit of each of a cohort's sources of activity."""
    if "activity" in cohort:
        return [(source["form"], source["unit"]) for source in cohort["activity"]]
    made = cohort["synthetic"]
    made_forms = [
        "raw" if made["raw_recordings"] else None,
        "epochs_90004" if made["epoch_recordings"] else None,
        made["activity_form"],
        made.get("questionnaire"),
    ]
    return [(form, "mg") for form in made_forms if form]


def _may_sleep(cohort: Settings) -> bool:
    """Whether raw recordings may be of a device that stops recording when it does not move."""
    raw = [source for source in cohort.get("activity", []) if source["form"] == "raw"]
    return not all(file.lower().endswith(_SLEEPLESS) for source in raw for file in listed(source["file"]))


def came_as(cohorts: dict[str, Settings]) -> str:
    """What activity came as, each form with its cohorts.

    Parameters
    ----------
    cohorts : each cohort's configuration.
    """
    places: dict[str, list[str]] = {}
    for form, called in _FORMS.items():
        for name, cohort in cohorts.items():
            for unit in dict.fromkeys(unit for other, unit in forms(cohort) if other == form):
                text = called if unit == "mg" else f"{called} in {unit} (an outcome of its own)"
                places.setdefault(text, []).append(name)
    return "; ".join(f"{text} in {', '.join(names)}" for text, names in places.items())


def _raw(settings: dict[str, Settings], where: str) -> str:
    """From samples to epochs and wear."""

    def steps(own: Settings) -> str:
        """One cohort's settings, in words."""
        calibration = "recordings were not calibrated"
        if own["calibrate"]:
            calibration = (
                "gain and offset of each axis, and the effect of temperature where it varies, were fitted to "
                f"1 g in still windows of 10 s where these reach {own['min_sphere_g']:g} g on both sides of "
                "every axis (van Hees 2014, doi 10.1152/japplphysiol.00421.2014); other recordings stayed "
                "as they were"
            )
        if own["max_calibration_error_mg"]:
            calibration += f"; those still further off than {own['max_calibration_error_mg']:g} mg failed"
        asleep = f"{_IDLE_SLEEP[own['idle_sleep']]}; " if own["may_sleep"] else ""
        return (
            f"{asleep}{calibration}; acceleration is the Euclidean norm minus one, negative values as 0 "
            f"(ENMO), averaged over epochs of {own['epoch_s']} s; not worn are windows of "
            f"{own['nonwear_window_min']} min, in steps of {own['nonwear_step_min']}, in which at least "
            f"{own['nonwear_axes']} of 3 axes have a standard deviation below {own['nonwear_sd_mg']:g} mg "
            f"and a range below {own['nonwear_range_mg']:g} mg, and steps with more than "
            f"{100 * own['max_clipped_share']:g} % of samples near the device's limit"
        )

    return (
        f"Raw recordings{where}: damaged blocks were skipped and counted. A step in time of more than a "
        "second and more than three sample intervals is a gap, in which nothing was recorded. "
        f"{_told(settings, steps)}"
    )


def _epochs(settings: dict[str, Settings], where: str) -> str:
    """From epochs to person-days."""

    def steps(own: Settings) -> str:
        """One cohort's settings, in words."""
        times = (
            f"local time is that of {own['time_zone']}"
            if "time_zone" in own
            else "times are the devices' own"
        )
        imputed = "was left out"
        if own["imputation"] == "clock_time":
            imputed = "took the mean of the same clock time on the recording's other days"
        return (
            f"{times}; time not worn {imputed}; minutes by intensity are by the cut points "
            f"{own['cut_points']} of resources/cut_points.tsv; a bout of MVPA lasts at least "
            f"{own['bout_min']} min with {100 * own['bout_share']:g} % of them above the cut point"
        )

    return f"Epochs{where} were cut into days from midnight to midnight. {_told(settings, steps)}"


def _valid_days(settings: dict[str, Settings], where: str) -> str:
    needed = wording.by_cohort(settings, lambda own: f"with at least {own['valid_day_hours']:g} h of wear")
    return f"A day is valid{where} {needed}."


def _people(settings: dict[str, Settings], where: str) -> str:
    def needed(own: Settings) -> str:
        """One cohort's settings, in words."""
        days, weekend = own["min_valid_days"], own["min_weekend_days"]
        text = f"with at least {days} valid day{'s' if days > 1 else ''}"
        return text + (f", {weekend} of them on a weekend" if weekend else "")

    return (
        f"A person is included{where} {wording.by_cohort(settings, needed)}. Person means are plain means "
        "over valid days, or as another program gave them."
    )


def _ukb(_settings: dict[str, Settings], where: str) -> str:
    return (
        f"UK Biobank's person means{where} count where wear time and calibration are marked good and no data "
        "problem is."
    )


def _ipaq(_settings: dict[str, Settings], where: str) -> str:
    return (
        f"The IPAQ{where} was scored by its protocol of 2005: 3.3 METs for walking, 4.0 for moderate and 8.0 "
        "for vigorous activity (the long form has values of its own for cycling, yard and house); less than "
        "10 minutes a day do not count, and a class counts at most 180. There is no score where days or time "
        "are not known, or more than 960 active minutes a day were given."
    )


def _told(settings: dict[str, Settings], describe: Callable[[Settings], str]) -> str:
    """What `describe` says of each cohort's settings, in sentences."""
    groups = wording.alike(settings, describe)
    if len(groups) == 1:
        (text,) = groups
        return f"{text[0].upper()}{text[1:]}."
    return " ".join(f"In {', '.join(names)}: {text}." for text, names in groups.items())
