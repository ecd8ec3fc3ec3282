"""What does a run say to the items of STREGA, the guideline for genetic association studies?"""

from il6r import origin
from il6r.report import privacy, wording
from il6r.report.answer import section as answer
from il6r.report.checklists.items import Sentences
from il6r.report.load import Study
from il6r.report.markup import capital
from il6r.report.quality import checks
from il6r.report.replication.words import findings
from il6r.report.verdicts.words import claims
from il6r.tables.association import ESTIMATES, GENOTYPE_COVARIATES, GENOTYPE_MEANS, SENSITIVITY
from il6r.tables.cohort import COHORT_FLOW
from il6r.tables.data_checks import DATA_CHECKS
from il6r.tables.genotypes import SOURCES
from il6r.tables.replication import POOLED

# How outcomes are analysed, by the plan's transform or family.
_TRANSFORMS = {"log": "as natural logarithms", "rank": "as normal scores of ranks", "none": "as they are"}
_FAMILIES = {"binomial": "as yes or no", "quasi_poisson": "as minutes or scores that may be zero"}


def _answer(study: Study) -> str:
    return answer.sentence(study)


def _objectives(study: Study) -> str:
    number = sum(one["tested"] for one in claims(findings(study)))
    return (
        f"This is a replication, no first report: {number:,} published "
        f"claim{'s were' if number != 1 else ' was'} "
        "tested, each beside a primary published value that was chosen before data were seen."
    )


def _design(study: Study) -> str:
    number = len(study.cohorts)
    if (study.table(POOLED)["cohorts"] > 1).any():
        return f"{number} cohorts were analysed by one plan, and their estimates pooled."
    return f"{number} cohort{'s were' if number != 1 else ' was'} analysed by one plan; nothing was pooled."


def _participants(study: Study) -> str:
    flow = study.table(COHORT_FLOW)
    own = flow[(flow["stage"] == "cohort") & (flow["counted"] == "participants")]
    parts = [
        f"{privacy.people(int(rows['left'].iloc[0]), study.minimum)} in the participant table of {cohort}, "
        f"{privacy.people(int(rows['left'].iloc[-1]), study.minimum)} kept"
        for cohort, rows in own.groupby("cohort", sort=False)
    ]
    return f"{capital('; '.join(parts))}. Every exclusion stands there with its reason." if parts else ""


def _variables(study: Study) -> str:
    variant = study.catalogue[study.config["variant"]]
    builds = sorted(set(study.table(SOURCES)["build"].dropna()))
    return (
        f"The variant is {study.config['variant']} (IL6R p.Asp358Ala), effect allele "
        f"{variant.effect_allele} on the plus "
        f"strand{f', read on {wording.listed(builds)}' if builds else ''}. Outcomes, covariates and the "
        "models that they enter are listed."
    )


def _measurement(study: Study) -> str:
    table = study.table(DATA_CHECKS)
    rates = table[(table["check"] == "call_rate") & table["value"].notna()].to_dict("records")
    parts = [f"{checks.value(row, study.minimum)} in {row['cohort']}" for row in rates]
    if not parts:
        return ""
    return (
        f"Call rate: {', '.join(parts)}. Fields, builds, strands, imputation quality and disagreements of "
        "files, and the quality of assays and recordings, stand with each cohort."
    )


def _bias(study: Study) -> str:
    covariates = study.table(ESTIMATES)["covariates"].dropna()
    parts = []
    if covariates.str.contains(r"\bpc\d|ancestry").any():
        parts.append("ancestry (declared, or principal components) among the covariates")
    if covariates.str.contains("plate").any():
        parts.append("plates among the covariates of assays")
    cohorts = study.config["cohorts"].values()
    if any(one["genotypes"].get("exclude_relatives", True) for one in cohorts):
        parts.append("relatives left out")
    if any(not one["genotypes"].get("exclude_relatives", True) for one in cohorts):
        parts.append("relatives kept, with errors by family or kinship")
    return (
        f"Against stratification, relatedness and batches: {wording.listed(parts)}. Frequencies were "
        "compared with references and between files."
        if parts
        else ""
    )


def _size(study: Study) -> str:
    return (
        "With each claim stand the power to detect its published value with the people who are here, and "
        "how many people 80 % power takes."
        if any(one["tested"] for one in claims(findings(study)))
        else ""
    )


def _quantitative(study: Study) -> str:
    analyses = set(study.table(ESTIMATES).dropna(subset="estimate")["analysis"])
    used = [one for name, one in study.plan.analyses.items() if name in analyses]
    normal = {one.transform for one in used if one.family not in _FAMILIES}
    families = {one.family for one in used}
    parts = [text for key, text in _TRANSFORMS.items() if key in normal]
    parts += [text for key, text in _FAMILIES.items() if key in families]
    if not parts:
        return ""
    return (
        f"Outcomes were analysed {wording.listed(parts)}; the exposure is the dosage of the effect allele, "
        "and contrasts of genotypes have their probabilities."
    )


def _statistics(study: Study) -> str:
    return (
        "Models, errors, covariates, censored and missing values, Hardy-Weinberg tests and the adjustments "
        f"for several tests are described; the software is il6r-replication {origin.VERSION}."
    )


def _stages(study: Study) -> str:
    flow = study.table(COHORT_FLOW)
    own = flow[(flow["stage"] == "genotypes") & (flow["counted"] == "samples")]
    parts = [
        f"{privacy.people(int(rows['left'].iloc[0]), study.minimum)} samples in the genotype files of "
        f"{cohort}, {privacy.people(int(rows['left'].iloc[-1]), study.minimum)} with a call"
        for cohort, rows in own.groupby("cohort", sort=False)
    ]
    return f"{capital('; '.join(parts))}. From there the flow goes on to each model." if parts else ""


def _characteristics(study: Study) -> str:
    covariates = study.table(GENOTYPE_COVARIATES)["covariate"].drop_duplicates()
    if covariates.empty:
        return ""
    names = [wording.outcome(name).split(" (")[0] for name in covariates]
    return f"Means or shares by genotype of {wording.listed(names)}, with the p-value of a trend."


def _outcomes(study: Study) -> str:
    outcomes = study.table(GENOTYPE_MEANS).dropna(subset="geometric_mean")["outcome"].drop_duplicates()
    if outcomes.empty:
        return ""
    names = [wording.outcome(name).split(" (")[0] for name in outcomes]
    return (
        f"Geometric means by genotype of {wording.listed(list(dict.fromkeys(names)))}, with 95 % intervals."
    )


def _estimates(study: Study) -> str:
    estimated = [(one["label"], one["pooled"]["text"]) for one in claims(findings(study)) if one["pooled"]]
    if not estimated:
        return ""
    label, estimate = estimated[0]
    crude = study.table(SENSITIVITY).dropna(subset="estimate")["choice"].eq("none").any()
    unadjusted = " Estimates without covariates are among the alternative analyses." if crude else ""
    return f"{label}: {estimate}.{unadjusted}"


def _other_analyses(study: Study) -> str:
    return (
        "Alternative analyses, strata, genetic models and causal readings are told under the claims; every "
        "table can be downloaded, and what could not be estimated has its reason."
    )


def _limitations(study: Study) -> str:
    return "Cautions are listed: failed or doubtful data checks, other published values, weak evidence."


def _generalisability(study: Study) -> str:
    pooled = study.table(POOLED)
    parts = []
    if (pooled["group"] != "all").any():
        parts.append("estimates by ancestry")
    if (pooled["cohorts"] > 1).any():
        parts.append("heterogeneity between cohorts with prediction intervals")
    return f"There are {wording.listed(parts)}." if parts else ""


SENTENCES: Sentences = {
    "1": _answer,
    "3": _objectives,
    "4": _design,
    "6": _participants,
    "7": _variables,
    "8": _measurement,
    "9": _bias,
    "10": _size,
    "11": _quantitative,
    "12": _statistics,
    "13": _stages,
    "14": _characteristics,
    "15": _outcomes,
    "16": _estimates,
    "17": _other_analyses,
    "18": _answer,
    "19": _limitations,
    "21": _generalisability,
}
