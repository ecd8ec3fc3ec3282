"""How did the analysis set become estimates, as a methods section would have it?"""

import pandas as pd

from il6r.plan import Analysis, Plan
from il6r.report import wording
from il6r.tables.association import EVERYBODY

_TRANSFORMS = {
    "log": "as natural logarithms",
    "rank": "as normal scores of ranks",
    "none": "as they are",
}
# What a family of the plan is, told where it was used.
_FAMILIES = {
    "censored_lognormal": (
        "censored log-normal models are a normal likelihood of logarithms to which what lies beyond a "
        "limit adds the probability between its bounds (Tobin 1958, doi 10.2307/1907382), with intervals "
        "that hold for equal spreads and for spreads that go with the exposure (Brown & Moffitt 1983, doi "
        "10.3386/t0027), Student's t in the normal's place where tails are clearly heavier (Lange, Little & "
        "Taylor 1989, doi 10.1080/01621459.1989.10478852), and least squares where nothing is beyond one"
    ),
    "quasi_poisson": (
        "log-linear models are of the logarithm of the mean, since some people have none: Poisson "
        "estimating equations, which need no Poisson distribution (Gourieroux, Monfort & Trognon 1984, doi "
        "10.2307/1913472)"
    ),
    "binomial": (
        "yes-or-no outcomes have logistic regressions, and with at most 250 people of one row each, or where "
        "the data separate cases from controls, Firth's penalised likelihood with a profile interval (Heinze "
        "& Schemper 2002, doi 10.1002/sim.1047)"
    ),
    "mixed": (
        "mixed models have a random intercept (and slope, where the plan asks for it) and are fitted by "
        "restricted maximum likelihood (Laird & Ware 1982, doi 10.2307/2529876); CR2 errors hold where weeks "
        "are correlated or slopes differ as well, the model's where they are as it says; degrees of freedom "
        "are Satterthwaite's (of the model's errors as in Kuznetsova, Brockhoff & Christensen 2017, doi "
        "10.18637/jss.v082.i13)"
    ),
}
# What is told of models in which relatives are alike by their kinship.
_KINSHIP = (
    "in mixed models with kinship each person has a random effect, correlated between relatives by twice "
    "their KING-robust kinship, and one of their own beside it where people have several rows (Kang et al. "
    "2010, doi 10.1038/ng.548), with Satterthwaite's degrees of freedom; the standard error robust by family "
    "(CR2, Bell & McCaffrey 2002, Surv Methodol 28:169-181, which `errors: cluster` takes) is in the notes"
)
# The same of errors, by a word of what `ESTIMATES` calls them.
_ERRORS = {
    "HC2": "HC2 errors, which fits of at most 250 rows have, come with Bell and McCaffrey's (2002, Survey "
    "Methodology 28:169-181) degrees of freedom (Imbens & Kolesar 2016, doi 10.1162/REST_a_00552); of fewer "
    "than 5 the interval is shortened half-way to that of normal errors",
    "HC3": "HC3 errors are those of MacKinnon & White (1985, doi 10.1016/0304-4076(85)90158-7), of which a "
    "term that fewer than 50 people determine has as few degrees of freedom",
    "CR2": "CR2 errors are those of bias-reduced linearization, with Satterthwaite's degrees of freedom "
    "(Bell & McCaffrey 2002, Survey Methodology 28:169-181; Pustejovsky & Tipton 2018, doi "
    "10.1080/07350015.2016.1247004)",
    "by participant": "where participants have several rows, errors are robust to correlation within "
    "them (CR2)",
    "by family": "where relatives stay, errors are robust to correlation within families, with all samples "
    "of their members (CR2); families are chains of pairs of the second degree or closer, or those of the "
    "participant table",
}


def sentences(
    plan: Plan, estimates: pd.DataFrame, scale: pd.DataFrame, sensitivity: pd.DataFrame, causal: pd.DataFrame
) -> list[str]:
    """What was estimated, how, and what was asked of the estimates.

    Parameters
    ----------
    estimates, scale, sensitivity, causal : `ESTIMATES`, `GENETIC_MODELS`, `SENSITIVITY` and `CAUSAL` of all
        cohorts.
    """
    estimates = estimates.dropna(subset="estimate")
    used = [one for name, one in plan.analyses.items() if (estimates["analysis"] == name).any()]
    text = [
        _planned(plan),
        f"{_outcomes(used)} Covariates of the variant's effect per allele: {covariates(estimates)}.",
        models(estimates),
        _families(used, estimates),
        _imputed(estimates),
        _variance(used),
        _correlation(used),
        _permutation(plan, estimates),
        "The p-values of primary analyses were adjusted by Holm's method (1979, Scandinavian Journal of "
        "Statistics 6:65), those of secondary ones by Benjamini & Hochberg's (1995, doi "
        "10.1111/j.2517-6161.1995.tb02031.x), in each cohort over the analyses that could be done there; "
        "strata and joint tests do not count.",
        _scales(scale),
        _choices(sensitivity),
        _causal(causal),
    ]
    return [sentence for sentence in text if sentence]


def covariates(estimates: pd.DataFrame) -> str:
    """What each cohort's models per allele were adjusted for; what is alike is told together.

    Parameters
    ----------
    estimates : `ESTIMATES` of all cohorts.
    """
    own = estimates[(estimates["coding"] == "additive") & (estimates["scale"] != "r2")]
    own = own[own["stratum"] == EVERYBODY].drop_duplicates(["cohort", "outcome"])
    return _by_outcome(own.assign(told=own["covariates"].fillna("none")), estimates) or "none"


def models(estimates: pd.DataFrame) -> str:
    """Which outcomes were fitted by which model with which errors in which cohorts.

    Parameters
    ----------
    estimates : `ESTIMATES` of all cohorts.
    """
    done = estimates.dropna(subset="estimate")
    done = done[done["stratum"] == EVERYBODY]
    told = [f"{row.model} with {_errors(row.errors)}" for row in done.itertuples()]
    text = _by_outcome(done.assign(told=told).drop_duplicates(["cohort", "outcome", "told"]), estimates)
    return f"Models: {text}." if text else "No model could be fitted."


def _by_outcome(rows: pd.DataFrame, estimates: pd.DataFrame) -> str:
    """What is `told` of outcomes in cohorts: each text once, with its outcomes and cohorts."""
    everywhere = list(dict.fromkeys(estimates["cohort"]))
    parts = []
    for text, own in rows.groupby("told", sort=False):
        places: dict[str, list[str]] = {}
        # The same of concentrations and of relative units.
        names = own["outcome"].map(lambda column: wording.outcome(column).split(" (")[0])
        for name, of_outcome in own.groupby(names, sort=False):
            cohorts = list(dict.fromkeys(of_outcome["cohort"]))
            where = "every cohort" if cohorts == everywhere and len(cohorts) > 1 else wording.listed(cohorts)
            places.setdefault(where, []).append(name)
        told = "; ".join(f"{wording.listed(outcomes)} in {where}" for where, outcomes in places.items())
        parts.append(f"{text} ({told})")
    return "; ".join(parts)


def _errors(errors: str) -> str:
    return "the model's errors" if errors == "model" else f"{errors} errors"


def _planned(plan: Plan) -> str:
    primary = sum(one.priority == "primary" for one in plan.analyses.values())
    return (
        f"The plan, printed under Claims, was written before the data were seen: {len(plan.analyses)} "
        f"analyses, {primary} of them primary. It is data, not code: what it asks for and a cohort did not "
        "measure is listed as not estimable."
    )


def _outcomes(used: list[Analysis]) -> str:
    """Which outcomes were analysed how."""
    parts = []
    for transform, words in _TRANSFORMS.items():
        names = dict.fromkeys(
            wording.outcome(one.outcome)
            for one in used
            if one.transform == transform and one.family not in ("quasi_poisson", "binomial")
        )
        if names:
            parts.append(f"{words}: {wording.listed(list(names))}")
    if not parts:
        return ""
    exposure = (
        "The exposure to the variant is the dosage of its effect allele; contrasts of genotypes have their "
        "probabilities as columns, which are 0 or 1 but of imputed calls (Zheng et al. 2011, "
        "Genetic Epidemiology 35:102-110)."
    )
    return f"Outcomes were analysed {'; '.join(parts)}. {exposure}"


def _families(used: list[Analysis], estimates: pd.DataFrame) -> str:
    """What the families and errors are that were used."""
    families = dict.fromkeys(one.family for one in used)
    parts = [text for name, text in _FAMILIES.items() if name in families]
    if estimates["model"].eq("mixed, kinship").any():
        parts.append(_KINSHIP)
    parts += [text for word, text in _ERRORS.items() if estimates["errors"].str.contains(word).any()]
    text = "; ".join(parts)
    return f"{text[0].upper()}{text[1:]}." if text else ""


def _imputed(estimates: pd.DataFrame) -> str:
    if not (estimates["n_exposure_censored"] > 0).any():
        return ""
    return (
        "Exposures and covariates beyond a limit of their assay were imputed between their bounds, 10 to 100 "
        "times by the share of rows concerned: their logarithms as normal given covariates, the "
        "variant and the outcome, with a random intercept where participants have several rows, values and "
        "parameters drawn in turn (Tanner & Wong 1987, doi 10.1080/01621459.1987.10478458). Estimates were "
        "pooled by Rubin's rules (1987, doi 10.1002/9780470316696) with the degrees of freedom of Barnard & "
        "Rubin (1999, doi 10.1093/biomet/86.4.948), errors within imputations being those of the model."
    )


def _variance(used: list[Analysis]) -> str:
    if not any(one.scale == "r2" for one in used):
        return ""
    return (
        "The variance explained is the variant's share of the variance that the covariates leave (the "
        "squared partial correlation), or of all variance without any, in the population that the people are "
        "from; given age and sex only it is the marginal share that is usually published. Its p-value is "
        "that of the same model's effect, and its interval, which inverts the noncentral t (Smithson 2001, "
        "doi 10.1177/00131640121971392), excludes 0 where that is below 0.05. The adjusted share "
        "(Ezekiel 1930) is less by what chance adds, and not below 0. An imputed dosage explains less than "
        "the genotype would, by about its imputation quality."
    )


def _correlation(used: list[Analysis]) -> str:
    if not any(one.estimate == "correlation" for one in used):
        return ""
    within = any(one.by_person for one in used)
    return (
        "Correlations are partial, given the covariates, with the p-value of the same model's effect, and "
        "the interval of the noncentral t, which agrees with it; of many people that is Fisher's z (1921)."
        + (
            " Within people they are Bland & Altman's (1995, doi 10.1136/bmj.310.6977.446), of those with "
            "several samples."
            if within
            else ""
        )
    )


def _permutation(plan: Plan, estimates: pd.DataFrame) -> str:
    if estimates["p_permutation"].isna().all():
        return ""
    return (
        f"Permutation p-values of primary effects come from {plan.draws:,} permutations of the residuals of "
        "the model without the exposure (Freedman & Lane 1983, doi 10.1080/07350015.1983.10509354), each by "
        "its t with HC3's error, which holds where the variance goes with the genotype (DiCiccio & Romano "
        f"2017, doi 10.1080/01621459.2016.1202117), in cohorts of at most {plan.most_people:,} people "
        "without relatives, who are not exchangeable, and with at least four "
        "carriers of each allele; where participants have several rows, of their "
        "averages. Those that differ more than tenfold from the model's p are marked and noted."
    )


def _scales(scale: pd.DataFrame) -> str:
    if scale["log_likelihood"].isna().all():
        return ""
    return (
        "Whether alleles multiply sIL-6R or add to it was tested with one log-normal likelihood, censored "
        "where values are: of the multiplicative shape, of the additive one, and of a mean for each "
        "genotype, from which each shape departs by one degree of freedom (Wald's test with robust errors: "
        "in a likelihood ratio a variance that goes with the genotype would pass for a departure). "
        "An imputed genotype enters by its probabilities."
    )


def _choices(sensitivity: pd.DataFrame) -> str:
    if sensitivity["estimate"].isna().all():
        return ""
    return (
        "Effects that claims rest on were estimated again in alternative analyses, one change at a time: "
        "other covariates, components for declared ancestry and single ancestries, unrelated people only, "
        "a random intercept of the family or a random effect by kinship, robust regression, without the "
        "participants who move the estimate most, in batches of plates, and in first samples only; effects "
        "on activity by other rules for valid days and other cut points, those on the balance by other "
        "constants (a specification curve: Simonsohn, Simmons & Nelson 2020, doi "
        "10.1038/s41562-020-0912-z)."
    )


def _causal(causal: pd.DataFrame) -> str:
    if causal[["estimate", "two_sample"]].isna().all(axis=None):
        return ""
    return (
        "The causal reading is two-stage least squares of logarithms with the variant's dosage as "
        "instrument, with HC2 errors (HC3 of more than 250 participants, CR2 where they have several rows); "
        "its Anderson-Rubin set (1949, doi 10.1214/aoms/1177730090) holds "
        "at any strength of the instrument. Where outcome or exposure is beyond a limit it is the ratio of "
        "the variant's effects on both in censored models, with the correlation of the two by stacked scores "
        "(Stefanski & Boos 2002, doi 10.1198/000313002753631330). The two-sample reading is the same ratio "
        "of the effect on the outcome in everybody who has it over that on the exposure in everybody who has "
        "that, or a published one (Angrist & Krueger 1992, doi 10.1080/01621459.1992.10475212; Inoue & Solon "
        "2010, doi 10.1162/REST_a_00011). The direct effect per allele that would explain all of it follows "
        "Conley, Hansen & Rossi (2012, doi 10.1162/REST_a_00139); observed and instrumental effect are "
        "compared by Hausman's test (1978, doi 10.2307/1913827) as an added variable with robust errors. "
        "The assumptions of a causal reading are under Claims "
        "(Didelez & Sheehan 2007, doi 10.1177/0962280206077743)."
    )
