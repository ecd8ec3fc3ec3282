"""The section on assays: what the files held, plates, and the balance of IL-6 signalling."""

from il6r.report import blocks
from il6r.report.assays import words
from il6r.report.load import Study
from il6r.tables.assays import ASSAYS_QC, CONTROLS, PLATES, REFERENCE, VARIABILITY
from il6r.tables.association import ESTIMATES, GENOTYPE_MEANS, SENSITIVITY

TITLE = "Assays"


def content(study: Study) -> list[blocks.Block]:
    """A table for each analyte, published ranges, plates and the balance."""
    cohorts, minimum = study.cohorts, study.minimum
    caption = f"counts of samples and wells rounded down to multiples of {minimum}"
    balance = words.balance_sentences(
        study.table(ESTIMATES), study.table(SENSITIVITY), study.table(GENOTYPE_MEANS), minimum
    )
    return [
        *(
            blocks.headed(f"{own['analyte']}; {caption}", ["", *cohorts], own["rows"])
            for own in words.tables(study)
        ),
        blocks.Words(words.reference_sentences(cohorts, study.table(REFERENCE), minimum)),
        blocks.Words(
            words.spread_sentences(cohorts, study.table(VARIABILITY), study.table(ASSAYS_QC), minimum)
        ),
        blocks.Words(words.note_sentences(cohorts, study.table(ASSAYS_QC))),
        blocks.Heading("Plates", "plates"),
        blocks.Words(words.plate_sentences(cohorts, study.table(PLATES), study.table(CONTROLS))),
        blocks.Heading("The balance of IL-6 signalling", "balance"),
        blocks.Words(balance),
    ]
