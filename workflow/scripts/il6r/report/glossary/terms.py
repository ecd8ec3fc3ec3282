"""What does each word of the field that the report uses mean, in a sentence or two?"""

from typing import NamedTuple


class Term(NamedTuple):
    """A term, what it means, and the words by which a text uses it."""

    term: str
    meaning: str
    words: tuple[str, ...]


TERMS = (
    Term(
        "95 % interval",
        "Effects that the data are compatible with. Of many such intervals, 95 in 100 include the true "
        "effect.",
        ("95 % interval", "95\N{NO-BREAK SPACE}% interval"),
    ),
    Term(
        "Additive, per allele",
        "Each copy of the effect allele changes the outcome by the same factor or amount; two copies do so "
        "twice.",
        ("per allele", "additive"),
    ),
    Term(
        "AFR, AMR, EAS, EUR, SAS",
        "Ancestry groups as the participant table declares them: African, American, East Asian, European "
        "and South Asian.",
        ("AFR", "AMR", "EAS", "EUR", "SAS"),
    ),
    Term(
        "Alternative analyses",
        "The same effect estimated with other covariates, people or models, one change at a time.",
        ("alternative analys",),
    ),
    Term(
        "Anderson-Rubin set",
        "The effects that an instrument does not exclude at 95 %. It is valid however weak the instrument "
        "is.",
        ("Anderson-Rubin",),
    ),
    Term("Call rate", "The share of people whose genotype could be read at the variant.", ("call rate",)),
    Term(
        "Censored",
        "Known only to lie below (left-censored), above or between limits. Such a value enters a model as "
        "that range.",
        ("censored",),
    ),
    Term(
        "CV",
        "Coefficient of variation: the standard deviation in percent of the mean.",
        ("CV",),
    ),
    Term(
        "Dosage",
        "The number of effect alleles of a person, 0 to 2; of an imputed genotype its expected number.",
        ("dosage",),
    ),
    Term(
        "Effect allele",
        "The allele whose copies are counted: here C of rs2228145, which codes for alanine.",
        ("effect allele",),
    ),
    Term(
        "ENMO, mg",
        "Acceleration beyond gravity, averaged over time, in thousandths of g. More movement gives a "
        "higher value.",
        ("ENMO", "mean acceleration"),
    ),
    Term(
        "Equivalence, TOST",
        "Two one-sided tests that ask whether two effects lie within a stated margin of each other.",
        ("equivalen", "one-sided tests"),
    ),
    Term(
        "Fixed effects",
        "Pooling that takes all cohorts to have one true effect; each weighs by the inverse of its variance.",
        ("fixed effect",),
    ),
    Term(
        "F_ST",
        "How far allele frequencies of two groups differ over the genome: 0 is not at all.",
        ("F_ST",),
    ),
    Term(
        "Hardy-Weinberg equilibrium",
        "The genotype counts that an allele frequency leads to. A small p-value points to wrong calls or "
        "mixed groups.",
        ("Hardy-Weinberg",),
    ),
    Term(
        "HC2, HC3, CR2",
        "Robust standard errors: right also where the spread differs between people (HC) or people have "
        "several rows (CR).",
        ("HC2", "HC3", "CR2"),
    ),
    Term(
        "Heterogeneity, I\N{SUPERSCRIPT TWO}",
        "How much cohorts differ beyond chance: I\N{SUPERSCRIPT TWO} is that share of their variation, "
        "imprecise with "
        "few cohorts.",
        ("heterogen", "I\N{SUPERSCRIPT TWO}"),
    ),
    Term(
        "Holm, Benjamini-Hochberg",
        "Adjustments for several tests: the first bounds the chance of any false finding, the second their "
        "expected share.",
        ("Holm", "Hochberg"),
    ),
    Term(
        "Imputed",
        "A genotype inferred from variants nearby. An imputation quality of 1 is as good as measured.",
        ("imputed", "imputation quality"),
    ),
    Term(
        "Instrument",
        "A variant that changes an exposure and is inherited at random, so that the exposure's effect can "
        "be read from it.",
        ("instrument",),
    ),
    Term(
        "Kinship",
        "The chance that alleles drawn from two people come from one ancestor: a quarter for parent and "
        "child.",
        ("inship",),
    ),
    Term(
        "Limit of quantification",
        "The lowest (or highest) concentration that an assay measures with acceptable error.",
        ("limit of quantification", "limits of quantification"),
    ),
    Term(
        "Linkage disequilibrium, r\N{SUPERSCRIPT TWO}, D\N{PRIME}",
        "How well the allele at one variant predicts that at another: 1 is perfectly.",
        ("inkage",),
    ),
    Term(
        "MVPA",
        "Minutes a day of moderate or vigorous physical activity.",
        ("MVPA",),
    ),
    Term(
        "NPX",
        "Olink's relative unit, a logarithm to base 2. It gives ratios between people and no concentrations.",
        ("NPX",),
    ),
    Term(
        "Power",
        "The chance that a study of this size would detect an effect of the stated size.",
        ("power",),
    ),
    Term(
        "Prediction interval",
        "Where the effect of one further, similar cohort would be expected.",
        ("prediction interval", "rediction"),
    ),
    Term(
        "Primary published value",
        "The one published value, chosen before data are seen, that decides a claim's verdict.",
        ("primary published value", "published value"),
    ),
    Term(
        "Random effects",
        "Pooling that lets the true effect differ between cohorts; intervals are by Hartung and Knapp.",
        ("random effect", "Random effect"),
    ),
    Term(
        "Sceptical p-value",
        "How convincing original and replication are together to a reader who doubts the original.",
        ("ceptical p",),
    ),
    Term(
        "sIL-6R, sgp130",
        "Soluble forms in blood of the interleukin-6 receptor and of gp130, the protein that passes its "
        "signal on.",
        ("sIL-6R", "sIL\N{NON-BREAKING HYPHEN}6R"),
    ),
    Term(
        "Variance explained",
        "The share of the differences between people that goes with the variant.",
        ("ariance explained", "shares of variance", "variance of sIL-6R"),
    ),
)


def used(text: str) -> list[Term]:
    """The terms that a text uses."""
    return [term for term in TERMS if any(word in text for word in term.words)]
