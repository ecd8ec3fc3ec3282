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
        "sil6r_by_genotype",
        "association",
        "sIL-6R by genotype",
        "Means of sIL-6R in each genotype of each cohort on a log axis, adjusted for covariates beside "
        "not adjusted, with intervals, and boxes of the middle half of people",
        "Geometric means of sIL-6R by genotype with 95 % intervals: not adjusted (hollow circles, "
        "dashed), and adjusted for the covariates of the plan's model (diamonds). Where the two differ, "
        "covariates go with the genotype. Boxes: the middle half of people and their median; whiskers: "
        "all but the lowest and the highest tenth, of at least 50 people.",
    ),
    Entry(
        "activity_by_genotype",
        "association",
        "activity by genotype",
        "Means of acceleration in each genotype of each cohort on a log axis, adjusted for covariates "
        "beside not adjusted, with intervals, and boxes of the middle half of people",
        "Geometric means of mean acceleration (ENMO) by genotype with 95 % intervals: not adjusted "
        "(hollow circles, dashed), and adjusted for the covariates of the plan's model (diamonds). Where "
        "the two differ, covariates go with the genotype. Boxes: the middle half of people and their "
        "median; whiskers: all but the lowest and the highest tenth, of at least 50 people.",
    ),
    Entry(
        "forest",
        "replication",
        "cohorts, pooled value and published values",
        "Small forest plots, one a claim with an axis of its own: cohort estimates as circles, pooled "
        "values as squares and crosses, values by ancestry as triangles, and published values as diamonds",
        "One panel a claim, each with its own axis: each cohort, the pooled values (thin line: the "
        "prediction interval for a further cohort), the same within each ancestry, and what was published "
        "on that scale (filled diamond: the leading value; arrow: a direction only), with 95 % intervals "
        "where there is one; very wide ones are cut at the frame. The dotted line is no effect.",
    ),
    Entry(
        "operating",
        "replication",
        "how often each verdict comes out",
        "Stacked bars of the share of each verdict by true effect per allele and number of people, for "
        "each published value of the effect on sIL-6R",
        "How often the rule gives each verdict on the effect per allele, by the truth and the number of "
        "people: estimates drawn from the sampling distribution of the additive model without covariates.",
    ),
    Entry(
        "participant_flow",
        "cohort",
        "participant flow",
        "Flow diagram of each cohort: boxes with the number of people in the participant table, genotyped "
        "and analysed, and in the sIL-6R and activity models, with reasons for leaving out others between "
        "them",
        "People at each step, and between the steps how many were left out and why. Numbers are rounded "
        "down to multiples of {step}, so that they need not add up; flow.tsv has them exactly.",
    ),
    Entry(
        "allele_frequency",
        "genotypes",
        "allele frequency by ancestry",
        "Effect-allele frequency of each ancestry group in each cohort with its interval, beside the "
        "reference frequency",
        "Effect-allele frequency by ancestry with 95 % Wilson intervals, beside the reference for the "
        "ancestry (hollow diamonds). They are computed from rounded numbers of people; a frequency whose "
        "homozygotes are few has no interval.",
    ),
    Entry(
        "ancestry_components",
        "genotypes",
        "principal components by ancestry",
        "The first four principal components of genome-wide SNPs in each cohort: marks of cells with many "
        "people, by declared ancestry, with an ellipse around each group",
        "Principal components of genome-wide SNPs by declared ancestry. People are counted in cells: a "
        "mark is a cell, larger the more people of a group it has, and cells of few people are not drawn. "
        "An ellipse is where a normal distribution of the group's mean and covariance has 95 %.",
    ),
    Entry(
        "fst_matrix",
        "genotypes",
        "distance between groups",
        "Heat map of Hudson's F_ST between each two declared ancestry groups of each cohort, with the "
        "value and its standard error in each cell",
        "Hudson's F_ST between declared groups, with its standard error from a block jackknife.",
    ),
    Entry(
        "linkage",
        "genotypes",
        "linkage around the variant",
        "Heat maps of linkage disequilibrium between sites around the variant in each cohort, with the "
        "gene above them, beside its decay with distance",
        "Linkage disequilibrium around the variant (dotted lines): r\N{SUPERSCRIPT TWO} below the "
        "diagonal, |D\N{PRIME}| above it, positions to scale with the gene as a bar; beside it mean "
        "r\N{SUPERSCRIPT TWO} by distance in each group.",
    ),
    Entry(
        "assay_plates",
        "assays",
        "plates",
        "For each cohort and analyte: standard curves with their standards, errors of back-calculated "
        "standards, a chart of controls by plate, and a map of mean concentrations by well",
        "A row for each cohort and analyte: standard curves and standards; what each curve makes of its "
        "standards, with dashed lines at the general limit (the lowest standard has a wider one); "
        "controls in the order of plates, scaled to their range (grey); and concentrations by well, as "
        "percent of the plate's median, over at least {minimum} plates, with means of rows and columns at "
        "the margins.",
    ),
    Entry(
        "balance",
        "assays",
        "the balance by genotype",
        "Points and intervals of the effect per allele on each molecule and on predicted complexes in "
        "each cohort, above means of the complexes by genotype",
        "Effect of each allele on the three molecules, and on what they come to in equilibrium, each on "
        "its own axis, with 95 % intervals; bands span the estimates over other constants of binding. "
        "Below them geometric means of the complexes by genotype, with the share that sgp130 holds above "
        "them.",
    ),
    Entry(
        "wear",
        "activity",
        "wear",
        "Bar charts of the number of person-days by whole hours of wear in each cohort, with a line at "
        "the wear that a valid day needs",
        "Person-days by whole hours of wear; hatched grey days are shorter than a valid day. Bars are "
        "rounded down to multiples of {step}, and hours of fewer than {step} people are not drawn.",
    ),
    Entry(
        "average_day",
        "activity",
        "average day by genotype",
        "Lines of mean acceleration by the hour of the day in each genotype of each cohort with hours, "
        "with bands for the intervals",
        "Mean acceleration by the hour of the day (the clock where people lived) and genotype, not "
        "adjusted for covariates; bands are 95 % intervals.",
    ),
    Entry(
        "specifications",
        "association",
        "estimates by other choices",
        "Points and intervals of each claim's estimate in each cohort by other covariates, people, models "
        "and rules, beside the planned estimate as a line with its interval as a band",
        "What other choices make of the first estimate of each of the review's own claims (of all others "
        "where there are none of these), one choice at a time, kind by kind, sorted: points with 95 % "
        "intervals. The line is the planned estimate, the band its interval; very wide intervals are cut "
        "at the frame.",
    ),
)
# By name, in the page's order.
FIGURES = {one.name: one for one in _FIGURES}
