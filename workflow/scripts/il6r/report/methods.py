"""The methods section, written from the settings that were used and from what the tables say."""

import pandas as pd

from il6r.report import wording


def sentences(config: dict, sources: pd.DataFrame, estimates: pd.DataFrame) -> list[str]:
    """What was done, as a reader of a paper would want it.

    Parameters
    ----------
    config : the study's configuration with its defaults filled in.
    sources : `tables.SOURCES` of all cohorts with a column `cohort`.
    estimates : `tables.ESTIMATES` of all cohorts.
    """
    activity = config["activity"]
    fields = {tuple(cohort["genotypes"]["fields"]) for cohort in config["cohorts"].values()}
    order = "; ".join(", then ".join(names) for names in sorted(fields))
    return [
        f"The variant's record was found by position and alleles on the build of each file (told by "
        f"{' and by '.join(sorted(set(sources['build_evidence'])))}). Effect-allele dosage was taken "
        f"from the fields {order}; an absent record or call is missing, never a reference call. "
        "Genotypes are dosages within 0.1 of a whole number.",
        "Allele frequencies carry Wilson 95 % intervals; Hardy-Weinberg equilibrium was tested exactly "
        "with mid-p values, overall and within each group of the participant table's ancestry column.",
        "Concentrations were brought to ng/mL (IL-6: pg/mL); replicates were averaged; a value below "
        "the detection limit, or an average with one, was kept as censored.",
        f"A day counts with at least {activity['valid_day_hours']:g} h of wear, a person with at least "
        f"{activity['min_valid_days']} such days, {activity['min_weekend_days']} of them on a weekend.",
        "Outcomes were analysed as natural logarithms on effect-allele dosage. Covariates: "
        f"{_covariates(estimates)}.",
        _models(estimates),
        "The variance explained is the variant's squared partial correlation with log sIL-6R given the "
        "covariates. An imputed dosage explains less than the genotype would, by about its imputation "
        "quality.",
        "Cohorts were pooled with inverse-variance weights; verdicts use fixed effects, and the "
        "DerSimonian-Laird random-effects estimate with its prediction interval stands beside them.",
        "Verdicts: an effect is seen if the 95 % interval leaves out zero effect. Seen on the published "
        "side and in agreement with the published value, the claim is replicated; agreement is a "
        "difference with p of at least 0.05 where a standard error was published, else the published "
        "value, or one that rounds to it where it was given as about, inside the interval. Seen but not "
        "in agreement: same direction, smaller or larger. Seen on the other side: contradicted. Not "
        "seen: contradicted if the interval leaves the published value out, else inconclusive.",
    ]


def proxy_warnings(sources: pd.DataFrame, qc: pd.DataFrame, catalogue: dict, study_variant: str) -> list[str]:
    """One paragraph for each cohort whose calls are a proxy's: its r2, and where it does not hold.

    Parameters
    ----------
    sources, qc : `tables.SOURCES` and `tables.GENOTYPE_QC` of all cohorts with a column `cohort`.
    catalogue : variants by rsID.
    """
    paragraphs = []
    for cohort, rows in sources.groupby("cohort", sort=False):
        name = rows["variant"].iloc[0]
        if name == study_variant:
            continue
        proxy = catalogue[name]
        text = (
            f"The calls of {cohort} are those of {name}, a proxy whose {proxy.effect_allele} allele "
            f"travels with {study_variant} {catalogue[study_variant].effect_allele} "
            f"(r\N{SUPERSCRIPT TWO} = {proxy.proxy_r2}, {proxy.proxy_population})."
        )
        own = qc[(qc["cohort"] == cohort) & qc["ancestry"].isin(proxy.fails_in)]
        if len(own):
            observed = ", ".join(f"{r.group} {r.frequency:.2f}" for r in own.itertuples())
            expected = own["reference_frequency"].iloc[0]
            text += (
                f" It does not hold in {' and '.join(proxy.fails_in)} populations: there its frequency "
                f"is {observed}, where {study_variant} {catalogue[study_variant].effect_allele} is "
                f"about {expected:.2f}. Do not read their estimates as the variant's."
            )
        paragraphs.append(text)
    return paragraphs


def _covariates(estimates: pd.DataFrame) -> str:
    """What each cohort's models were adjusted for, cohorts with the same covariates together."""
    additive = estimates[estimates["coding"] == "additive"].drop_duplicates(["cohort", "outcome"])
    names = {"sil6r_ng_ml": "sIL-6R", "enmo_mg": "activity"}
    parts = []
    for (outcome, covariates), rows in additive.fillna({"covariates": "none"}).groupby(
        ["outcome", "covariates"], sort=False
    ):
        parts.append(f"{names[outcome]} in {', '.join(rows['cohort'])}: {covariates}")
    return "; ".join(parts)


def _models(estimates: pd.DataFrame) -> str:
    parts = []
    done = estimates.dropna(subset="estimate")
    for (model, errors), rows in done.groupby(["model", "errors"], sort=True):
        names = list(dict.fromkeys(wording.ANALYSES[name] for name in rows["analysis"]))
        cohorts = ", ".join(dict.fromkeys(rows["cohort"]))
        parts.append(f"{model} with {errors} errors ({'; '.join(names)}: {cohorts})")
    return "Models: " + "; ".join(parts) + "." if parts else "No model could be fitted."
