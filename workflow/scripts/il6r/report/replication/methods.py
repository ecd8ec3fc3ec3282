"""How did estimates become verdicts, as a methods section would have it?"""

import pandas as pd

from il6r.plan import Plan


def sentences(plan: Plan, pooled: pd.DataFrame) -> list[str]:
    """How cohorts were pooled and compared with publications."""
    rule = plan.replication
    margin, share, fewest = (rule[key] for key in ("equivalence_margin", "smallest_share", "fewest_df"))
    together = (
        "Cohorts were pooled with inverse-variance weights (fixed effects), as is usual for one variant's "
        "effect. Errors that were estimated from few people weigh less, by (df - 2) "
        "/ df; the pooled error allows for weights that err (Meier 1953, doi 10.2307/3001633), and its "
        "interval takes t with Satterthwaite's degrees of freedom (1946, doi 10.2307/3002019). Random "
        "effects are reported beside them, with the variance between cohorts of Paule & Mandel (1982, doi "
        "10.6028/jres.087.022) and of the restricted likelihood (Viechtbauer 2005, doi "
        "10.3102/10769986030003261), both with intervals of Hartung & Knapp (2001, doi 10.1002/sim.791), not "
        "narrower where cohorts agree by chance (Röver, Knapp & Friede 2015, doi "
        "10.1186/s12874-015-0091-1); of two cohorts these have one degree of freedom and say almost nothing; "
        "I\N{SUPERSCRIPT TWO} (Higgins & Thompson 2002, doi 10.1002/sim.1186) with its Q-profile "
        "interval (Viechtbauer 2007, doi 10.1002/sim.2514), and from three cohorts on a prediction "
        "interval for the effect in a further one. Verdicts rest on fixed effects, and on random ones "
        "(Paule-Mandel) where Cochran's Q has p below 0.1 or I\N{SUPERSCRIPT TWO} is above 50 %. Shares of "
        "variance are pooled as Fisher's z of their "
        "roots. Every analysis was pooled without each cohort in turn, and within each ancestry "
        "where the plan has it as strata."
    )
    alone = "Each estimate is of one cohort, so that nothing was pooled."
    return [
        together if (pooled["cohorts"] > 1).any() else alone,
        "Each claim has one primary published value, chosen before any data are seen, and one verdict, "
        "which follows the rule under How verdicts are made. A published standard error is that of the 95 "
        "% interval, of Fisher's z (1921) of a correlation and its number of pairs, or the largest that a "
        f"printed p-value allows. The rule treats less than {100 * share:g} % of a published effect as "
        "another finding, tests equivalence by two one-sided tests with both errors (Schuirmann 1987, doi "
        f"10.1007/BF01068419) within {100 * margin:g} % of the published effect, and gives no verdict with "
        f"fewer than {fewest:g} residual degrees of freedom. Relative units (NPX, RFU) are judged by "
        "direction only.",
        "Five checks, fixed with the rule, grade how strong a verdict is: a chance of 80 % to confirm the "
        "published effect; cohorts that agree (two or more, on one side, without heterogeneity); the same "
        "verdict in 90 % of the alternative analyses, each pooled and judged in the same way; a p-value "
        "below 0.05 after Holm's adjustment (1979, Scandinavian Journal of Statistics 6:65) for all claims "
        "tested; and no cohort whose data fail a check. Five make it strong, three or four moderate, fewer "
        "weak; what is not decided has no strength.",
        "Reported beside the verdicts, without entering them, are the prediction interval that the published "
        "effect gives (Patil, Peng & Leek 2016, doi 10.1177/1745691616646366); the "
        "sceptical p-value (Held, Micheloud & Pawel 2022, doi 10.1214/21-AOAS1502); the replication Bayes "
        "factor (Verhagen & Wagenmakers 2014, doi 10.1037/a0036731); small telescopes (Simonsohn 2015, doi "
        "10.1177/0956797614567341); and the smallest effect seen with 80 % power. All but the Bayes factor "
        "take the degrees of freedom of our error into account.",
        "Each cohort's data were compared with limits that were written down beforehand, with "
        "their reasons: call rate, Hardy-Weinberg equilibrium (exact mid-p value and inbreeding coefficient) "
        "within ancestries, frequency against the reference (p-value and difference), agreement of files, "
        "imputation quality, values outside the limits of quantification, variation of replicates and of "
        "controls between plates, failed plates, calibration and refused recordings, and people without "
        "enough valid days. A verdict that rests on data beyond a limit of failure is held back until the "
        "plan says that somebody has looked at them.",
    ]
