"""How were calls, frequencies, structure and linkage obtained, as a methods section would have it?"""

import pandas as pd

from il6r.report import wording
from il6r.report.load import Settings


def sentences(config: Settings, sources: pd.DataFrame) -> list[str]:
    """How the variant's calls were found and checked, and how people's ancestry and relatives were.

    Parameters
    ----------
    config : the study's configuration with its defaults filled in.
    sources : `SOURCES` of all cohorts with a column `cohort`.
    """
    fields = {tuple(cohort["genotypes"]["fields"]) for cohort in config["cohorts"].values()}
    order = "; ".join(", then ".join(names) for names in sorted(fields))
    return [
        f"The variant's record was found by position and alleles on the build of each file (identified by "
        f"{' and by '.join(sorted(set(sources['build_evidence'])))}). Effect-allele dosage was taken "
        f"from the fields {order}; an absent record or call is missing, never a reference call. "
        "Genotypes are dosages within 0.1 of a whole number. The genotypes' probabilities of an imputed call "
        "are those of GP, or the products of HDS; where a record has neither, its dosage lies between two "
        "genotypes, each with a probability in proportion to the distance from the other, as PLINK 2 has it.",
        _thresholds(config["cohorts"]),
        "Allele frequencies carry Wilson 95 % intervals; Hardy-Weinberg equilibrium was tested exactly "
        "with mid-p values, overall and within each group of the participant table's ancestry column. "
        "Each group's frequency was compared with the reference for its ancestry by a score test, and the "
        "frequencies of people from different files with each other by a chi-square test.",
        *_structure(config["cohorts"]),
    ]


def _thresholds(cohorts: dict[str, Settings]) -> str:
    """Below which quality a call counts as missing, cohorts with the same settings together."""

    def described(genotypes: Settings) -> str:
        """One cohort's thresholds, in words."""
        parts = []
        for what, keys in (
            ("a call", (("min_gq", "GQ"), ("min_dp", "DP"))),
            ("a reference block of a gVCF", (("min_block_gq", "GQ"), ("min_block_dp", "DP"))),
        ):
            least = [f"{name} below {genotypes[key]:g}" for key, name in keys if genotypes.get(key)]
            if least:
                parts.append(f"{what} with {' or '.join(least)}")
        missing = (
            f"{' and '.join(parts)} counted as missing" if parts else "no call was set aside for its quality"
        )
        refused = [f"a FILTER other than {' or '.join(['PASS', *genotypes.get('filters', [])])}"]
        if genotypes.get("min_imputation_quality"):
            refused.append(f"an imputation quality below {genotypes['min_imputation_quality']:g}")
        return f"{missing}; a record with {' or '.join(refused)} was refused"

    return (
        f"Quality of calls: {wording.by_cohort(_genotypes(cohorts), described)}. Calls that are not diploid "
        "or half called are missing, and so are those of people about whom two files or two records disagree."
    )


def _structure(cohorts: dict[str, Settings]) -> list[str]:
    """How structure, F_ST and linkage were estimated, and who was left out of the models for them."""
    looked = {name: cohort for name, cohort in cohorts.items() if cohort["genotypes"].get("structure", True)}
    if not looked:
        return ["Ancestry, relatives and linkage were not looked at (genotypes.structure is off)."]

    def left_out(genotypes: Settings) -> str:
        """Who is left out of one cohort's models, in words."""
        kept = {"exclude_relatives": "relatives", "exclude_outliers": "outliers"}
        out = [name for key, name in kept.items() if genotypes.get(key, True)]
        stay = [name for name in kept.values() if name not in out]
        parts = [f"{' and '.join(out)} were left out of the models"] if out else []
        parts += [f"{' and '.join(stay)} stayed in the models"] if stay else []
        return ", ".join(parts)

    without = any(cohort["genotypes"].get("exclude_relatives", True) for cohort in looked.values())
    stay = " A largest possible set of unrelated people was kept." if without else ""
    which = (
        ""
        if len(looked) == len(cohorts)
        else f" (in {', '.join(looked)}; elsewhere genotypes.structure is off)"
    )
    return [
        f"Structure{which}: biallelic autosomal SNPs called in 95 % of people, with a minor allele's "
        "frequency of at least 0.05. Kinship is KING-robust over all of them, between pairs up to the "
        "second degree, within families up to the third. Principal components rest on independent SNPs "
        "(regions of long-range linkage disequilibrium left out; pruned to pairwise r\N{SUPERSCRIPT TWO} of "
        "at most 0.2) of a largest set of unrelated people; everybody else is projected. Outliers have a "
        "call rate below 0.95, or a heterozygosity or one of the first four components more than six robust "
        "standard deviations from "
        "their group's median, or lie nearest to another group's centre where at least 95 % of their own "
        f"group do not. By setting, {wording.by_cohort(_genotypes(looked), left_out)}.{stay}",
        "F_ST is Hudson's estimator as a ratio of averages over SNPs, with standard errors from a jackknife "
        "over fifty blocks of the genome. Linkage disequilibrium (r\N{SUPERSCRIPT TWO} and |D\N{PRIME}|) of "
        "common sites within 250 kb of the variant comes from haplotype counts where all calls are phased, "
        "else from maximum-likelihood haplotype frequencies (EM) given genotypes; haplotypes are the "
        "variant's with its two nearest common sites on each side, with Wilson 95 % intervals.",
    ]


def _genotypes(cohorts: dict[str, Settings]) -> dict[str, Settings]:
    return {name: cohort["genotypes"] for name, cohort in cohorts.items()}
