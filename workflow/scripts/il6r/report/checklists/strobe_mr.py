"""What does a run say to the items of STROBE-MR, the guideline for Mendelian randomisation?"""

from il6r import origin
from il6r.report import privacy, wording
from il6r.report.association import causal
from il6r.report.checklists.items import Sentences
from il6r.report.load import Study
from il6r.report.markup import capital
from il6r.report.provenance import registered
from il6r.tables.association import CAUSAL


def not_here(study: Study) -> str:
    """Why no item applies: a run without a causal reading that may be shown."""
    if _readings(study) or _two_sample(study):
        return ""
    return "No causal reading could be made in this run."


def _readings(study: Study) -> list[dict[str, str]]:
    return causal.rows(study.plan, study.table(CAUSAL), study.minimum)


def _two_sample(study: Study) -> list[dict[str, str]]:
    return causal.two_sample_rows(study.plan, study.table(CAUSAL), study.minimum)


def _each(rows: list[dict[str, str]], key: str) -> str:
    """A cell of each reading, the first reading in every cohort."""
    first = [row for row in rows if row["analysis"] == rows[0]["analysis"]]
    return "; ".join(f"{row[key]} in {row['cohort']}" for row in first)


def _objectives(study: Study) -> str:
    labels = [one.label for one in study.plan.causal.values()]
    return f"Causal readings of the plan, written down before data were seen: {wording.listed(labels)}."


def _design(study: Study) -> str:
    parts = []
    if _readings(study):
        parts.append("in one sample, the people with both exposure and outcome")
    if _two_sample(study):
        parts.append("in two, everybody with the outcome and everybody with the exposure, who overlap")
    return f"The instrument is the dosage of {study.config['variant']}; it was used {wording.listed(parts)}."


def _assumptions(study: Study) -> str:
    names = [text.split(":")[0].lower() for text in causal.ASSUMPTIONS]
    return f"Stated with what each means here: {wording.listed(names)}."


def _main_analysis(study: Study) -> str:
    return (
        "Two-stage least squares of logarithms, so that a reading is an elasticity, with Anderson-Rubin "
        "sets; robust "
        "errors; covariates as planned; readings are no part of the adjustment for several tests."
    )


def _assessment(study: Study) -> str:
    return (
        "Relevance by the first stage's F; the exclusion restriction cannot be tested with one variant, "
        "and the direct effect that would explain each reading is told instead."
    )


def _sensitivity_planned(study: Study) -> str:
    return "Anderson-Rubin sets, two-sample ratios, Hausman's test, and a direct effect of the allele."


def _software(study: Study) -> str:
    found = registered.compared(study)
    known = (
        f"the plan was registered on {found.date}" if found.date else "no registration of the plan is named"
    )
    return f"il6r-replication {origin.VERSION}; {known} (SHA-256 {found.sha256[:12]})."


def _descriptive(study: Study) -> str:
    return "The flow of people to each model, and levels of exposure and outcomes, stand with each cohort."


def _main_results(study: Study) -> str:
    rows = _readings(study)
    if not rows:
        return ""
    return f"{capital(rows[0]['analysis'])}: {_each(rows, 'estimate')}; observed: {_each(rows, 'observed')}."


def _strength(study: Study) -> str:
    rows = _readings(study)
    return f"First stage: {_each(rows, 'first_stage')}." if rows else ""


def _sensitivity(study: Study) -> str:
    rows, two = _readings(study), _two_sample(study)
    parts = [f"Anderson-Rubin sets: {_each(rows, 'anderson_rubin')}"] if rows else []
    parts += [f"two-sample ratios of {two[0]['analysis']}: {_each(two, 'ratio')}"] if two else []
    return f"{capital('; '.join(parts))}." if parts else ""


def _key_results(study: Study) -> str:
    table = study.table(CAUSAL).dropna(subset="estimate")
    known = table[privacy.enough(table["n_participants"], study.minimum)]
    if known.empty:
        return ""
    away = ((known["ci_low"] > 0) | (known["ci_high"] < 0)).sum()
    share = {0: "none", len(known): "all"}.get(int(away), "some")
    return f"The 95 % intervals of {share} of the readings exclude no effect."


def _limitations(study: Study) -> str:
    return (
        "The allele changes signalling at the membrane, IL-6 and CRP as well as sIL-6R: the exclusion "
        "restriction is doubtful, and a reading is of the whole perturbation on the scale of sIL-6R."
    )


def _code(study: Study) -> str:
    return "Version, commit, checksums of inputs and configuration are given; the workflow is open source."


SENTENCES: Sentences = {
    "3": _objectives,
    "4": _design,
    "5": _assumptions,
    "6": _main_analysis,
    "7": _assessment,
    "8": _sensitivity_planned,
    "9": _software,
    "10": _descriptive,
    "11": _main_results,
    "12": _strength,
    "13": _sensitivity,
    "14": _key_results,
    "15": _limitations,
    "19": _code,
}
