"""Which figures has the report, what do they show, and how are they told to those who cannot see them?

A figure is drawn by the function of its name in its section's `figures` module. Rules read this module when
the workflow is read, so it imports nothing that takes time.
"""

from typing import NamedTuple


class Entry(NamedTuple):
    """One figure.

    Attributes
    ----------
    name : of its files and of the function that draws it.
    section : the section of the report that shows it.
    label : what Snakemake's own report calls it.
    alternative : what it is, for those who cannot see it.
    caption : what it shows; `{minimum}` stands for the smallest group, `{step}` for its step.
    """

    name: str
    section: str
    label: str
    alternative: str
    caption: str


_FIGURES = (
    Entry(
        "participant_flow",
        "cohort",
        "participant flow",
        "Bar chart of the number of people in each cohort's participant table, genotyped, and in the sIL-6R "
        "and activity models",
        "Participants at each step. The tables below count everyone who dropped out, from the files to the "
        "models. Counts here are rounded down to multiples of {step}; flow.tsv has them exactly.",
    ),
    Entry(
        "allele_frequency",
        "genotypes",
        "allele frequency by ancestry",
        "Effect-allele frequency of each ancestry group in each cohort with its interval, beside the "
        "reference frequency",
        "Effect-allele frequency by ancestry with 95 % Wilson intervals, beside the reference for the "
        "ancestry (hollow squares).",
    ),
    Entry(
        "ancestry_components",
        "genotypes",
        "principal components by ancestry",
        "Scatter plots of the first four principal components of genome-wide SNPs in each cohort, coloured "
        "by declared ancestry, outliers as crosses",
        "Principal components of genome-wide SNPs by declared ancestry; crosses are outliers. Of more than "
        "2,000 people an evenly spaced part is drawn.",
    ),
    Entry(
        "fst_matrix",
        "genotypes",
        "distance between groups",
        "Heat map of Hudson's F_ST between each two declared ancestry groups of each cohort, with the value "
        "and its standard error in each cell",
        "Hudson's F_ST between declared groups, with its standard error from a block jackknife.",
    ),
    Entry(
        "linkage",
        "genotypes",
        "linkage around the variant",
        "Heat maps of linkage disequilibrium between sites around the variant in each cohort, with the gene "
        "above them, beside its decay with distance",
        "Linkage disequilibrium around the variant (dotted lines): r\N{SUPERSCRIPT TWO} below the diagonal, "
        "|D\N{PRIME}| above it, positions to scale with the gene as a bar; beside it mean "
        "r\N{SUPERSCRIPT TWO} by distance in each group.",
    ),
    Entry(
        "assay_plates",
        "assays",
        "plates",
        "Standard curves with their standards, errors of back-calculated standards, a chart of controls by "
        "plate, and a map of mean concentrations by well",
        "Standard curves and standards; what each curve makes of its standards, with dashed lines at the "
        "general limit (the lowest standard has a wider one); controls in the order of plates, scaled to "
        "their range; and concentrations by well, as percent of the plate's median, over at least {minimum} "
        "plates, with means of rows and columns at the margins.",
    ),
    Entry(
        "balance",
        "assays",
        "the balance by genotype",
        "Points and intervals of the effect per allele on each molecule and on predicted complexes in each "
        "cohort, beside means of the complexes by genotype",
        "Effect of each allele on the three molecules, and on what they come to in equilibrium, with 95 % "
        "intervals; bands span the estimates over other constants of binding. Beside it geometric means of "
        "the complexes by genotype, with the share that sgp130 holds above them.",
    ),
    Entry(
        "wear",
        "activity",
        "wear",
        "Bar charts of the number of person-days by whole hours of wear in each cohort, with a line at the "
        "wear that a valid day needs",
        "Person-days by whole hours of wear; grey days are shorter than a valid day. Bars are rounded down "
        "to multiples of {step}, and hours of fewer than {step} people are not drawn.",
    ),
    Entry(
        "average_day",
        "activity",
        "average day by genotype",
        "Lines of mean acceleration by the hour of the day in each genotype of each cohort with hours, with "
        "bands for the intervals",
        "Mean acceleration by the hour of the day (the clock where people lived) and genotype, not adjusted "
        "for covariates; bands are 95 % intervals.",
    ),
    Entry(
        "sil6r_by_genotype",
        "association",
        "sIL-6R by genotype",
        "Distributions of sIL-6R in each genotype group of each cohort on a log axis, with geometric means",
        "sIL-6R by genotype, not adjusted for covariates; points are geometric means with 95 % intervals.",
    ),
    Entry(
        "activity_by_genotype",
        "association",
        "activity by genotype",
        "Distributions of mean acceleration in each genotype group of each cohort on a log axis, with "
        "geometric means",
        "Mean acceleration by genotype, not adjusted for covariates; points are geometric means with 95 % "
        "intervals.",
    ),
    Entry(
        "specifications",
        "association",
        "estimates by other choices",
        "Points and intervals of each claim's estimate in each cohort by other covariates, people, models "
        "and rules, beside the planned estimate as a line with its interval as a band",
        "What other choices make of the estimates that the review's own claims rest on (of all others where "
        "there are none of these), one choice at a time, kind by kind, sorted: points with 95 % intervals. "
        "The line is the planned estimate, the band its interval; very wide intervals are cut at the frame.",
    ),
    Entry(
        "forest",
        "replication",
        "cohorts, pooled value and benchmarks",
        "Forest plots of each claim: cohort estimates, pooled values with a prediction interval, values by "
        "ancestry, and published benchmarks, with 95 % intervals",
        "Each cohort, the pooled values (thin line: the prediction interval for a further cohort), the same "
        "within each ancestry, and what was published, with 95 % intervals where there is one; very wide "
        "ones are cut at the frame.",
    ),
    Entry(
        "operating",
        "replication",
        "how often each verdict comes out",
        "Stacked bars of the share of each verdict by true effect per allele and number of people, for each "
        "benchmark of the effect on sIL-6R",
        "How often the rule gives each verdict on the effect per allele, by the truth and the number of "
        "people: estimates drawn from the sampling distribution of the additive model without covariates.",
    ),
)
# By name, in the page's order.
FIGURES = {one.name: one for one in _FIGURES}
