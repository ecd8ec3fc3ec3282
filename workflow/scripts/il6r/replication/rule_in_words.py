"""What is the rule of verdicts, as a reader is told it?"""

RULE = (
    "Each claim has one primary published value, chosen before data are seen, and its word is the claim's. "
    "Where that value is the review's, the largest study with an error has a word of its own beside it (best "
    "evidence). Other published values are context and have none.",
    "Everything is read from the 95 % interval of the estimate here. Zero is no effect, of a ratio 1. Two "
    "estimates differ if Cochran's Q on one degree of freedom has p below 0.05 (Welch's t, where the error "
    "here has degrees of freedom), where the published standard error is known or bounded by its p-value; "
    'where it is not, if the interval here excludes the published value. "About" a value is within a tenth '
    "of the effect of it, on the scale on which estimates are compared.",
    "Replicated: the end of the interval nearest to zero lies beyond the smallest share of the published "
    "effect that counts (half, unless the plan says otherwise), and the estimates do not differ. Replicated, "
    "same size: the two are also equivalent within the plan's margin (two one-sided tests with both errors).",
    "Same direction, imprecise: the interval excludes zero but not that share, and the estimates do not "
    "differ. Same direction, smaller or larger: it excludes zero and the estimates differ. Size not "
    "comparable: it excludes the published value, which has no standard error.",
    "Direction confirmed: only a direction was published, and the interval excludes zero on that side. Same "
    "direction, negligible: the whole interval is also below the smallest effect of interest of the plan.",
    "Contradicted: the interval excludes zero on the side opposite to the published effect; or it includes "
    "zero, the estimates differ, and it excludes even the smallest share that counts.",
    "Inconclusive: neither zero nor the published effect, or that share of it, can be excluded. The reason "
    "says how many people it would take.",
    "No effect confirmed, of a published null: the estimate is equivalent to zero within the stated bound "
    "(two one-sided tests); else no effect not confirmed. Within the bound, of a published bound: the same "
    "test; beyond the bound: the interval lies outside it; else inconclusive.",
    "Too few people: fewer than 10 residual degrees of freedom (unless the plan says otherwise). Not "
    "computable: there is no estimate here, for the reason that is given.",
    "Cohorts disagree: Cochran's Q has p below 0.1 or I\N{SUPERSCRIPT TWO} is above 50 %. Then random "
    "effects (Hartung-Knapp, never narrower than fixed effects) decide, and where they leave the claim open, "
    "that is the word.",
    "Check the data first: a cohort behind the estimate fails a check of its data that bears on the claim, "
    "and the plan does not say that it was looked at.",
    "Relative units (NPX, RFU) are not proportional to concentrations: they are judged by direction only, "
    "and stay out of the pooled size.",
    "No verdict is adjusted for the number of claims; whether it survives Holm's adjustment is one of the "
    "five checks of its strength.",
)
