"""The section on activity: what the files held, wear, and the average day."""

from il6r.report import blocks
from il6r.report.activity import words
from il6r.report.load import Study
from il6r.tables.activity import ACTIVITY_QC, WEAR
from il6r.tables.association import AVERAGE_DAY

TITLE = "Activity"


def content(study: Study) -> list[blocks.Block]:
    """Counts and medians of each cohort, its wear, and the day by genotype."""
    cohorts, minimum = study.cohorts, study.minimum
    qc, wear = study.table(ACTIVITY_QC), study.table(WEAR)
    return [
        blocks.headed(
            f"Recordings, wear, people and answers; counts rounded down to multiples of {minimum}",
            ["", *cohorts],
            words.rows(cohorts, qc, wear, minimum),
        ),
        blocks.Words(words.calibration_sentences(qc, minimum)),
        blocks.Heading("Wear", "wear"),
        blocks.Words(words.wear_sentences(cohorts, wear, minimum)),
        blocks.Heading("The average day", "average-day"),
        blocks.Words(words.day_sentences(cohorts, study.table(AVERAGE_DAY), minimum)),
        blocks.Pointer(
            "How effects on activity move with the rules for valid days and with cut points stands under",
            "Other choices",
            "choices",
        ),
    ]
