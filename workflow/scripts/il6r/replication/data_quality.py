"""How good are a cohort's calls, assays and recordings, in the numbers that limits are set for?

Every number comes from the tables that the stages leave. A number of which a small group's size would follow
is marked as hidden: it is judged, and not told.
"""

import math
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple, TypeAlias

import numpy as np
import pandas as pd
from scipy.special import chdtri

from il6r import disclosure, units
from il6r.proportions import score_test
from il6r.replication.quality_limits import Limit
from il6r.tables.association import EVERYBODY

# Fewer people called twice say nothing of a variant's errors (Laurie 2010, doi 10.1002/gepi.20516).
ENOUGH_PAIRS = 30
# How a recording's calibration begins where there was none.
NOT_CALIBRATED = "not applied"
# A row of a table.
Row: TypeAlias = Mapping[Any, Any]
# From this share of imputed calls on counts of genotypes are not judged: best-guess genotypes in
# equilibrium even when dosages are right.
_MOST = 0.5


class Measured(NamedTuple):
    """What was measured for one check.

    Attributes
    ----------
    value, deviation : as the check's `Limit` says; None where it was not measured, and `note` says why.
    group, groups : the group that it is of, where it is the worst of several, and of how many.
    hidden : whether value and deviation are not to be told.
    note : why it was not measured; or what a sentence about the value adds to it.
    told, deviation_told : what is told instead of value and deviation, of rounded numbers of people.
    """

    value: float | None = None
    deviation: float | None = None
    group: str | None = None
    groups: int | None = None
    hidden: bool = False
    note: str = ""
    told: float | None = None
    deviation_told: float | None = None


def measure(
    tables: Mapping[str, pd.DataFrame],
    limits: Mapping[str, Limit],
    reference: pd.DataFrame,
    study_variant: str,
    minimum: int,
) -> dict[str, Measured]:
    """All checks of one cohort, by the name that `DATA_CHECKS` has for them.

    Parameters
    ----------
    tables : the cohort's `GENOTYPES_QC`, `SOURCES`, `CONCORDANCE`, `STRUCTURE_SUMMARY`, `ASSAYS_QC`,
        `PLATES`, `CONTROLS`, `VARIABILITY`, `RECORDINGS`, `ACTIVITY_QC` and `COHORT_FLOW`, by name.
    limits : by check; they say which group is the worst.
    reference : effect-allele frequency (`frequency`) of each ancestry of the reference panel.
    minimum : the smallest group whose size may be told.
    """
    return {
        **_genotypes(tables, limits, reference, study_variant, minimum),
        **_structure(tables["structure_summary"], minimum),
        **_assays(tables, minimum),
        **_activity(tables, minimum),
        **_size(tables, minimum),
    }


def largest_inbreeding(frequencies: np.ndarray) -> float:
    """The largest F that a mixture of two populations of a panel can have.

    A mixture has a deficit of heterozygotes of twice the variance of its frequencies (Wahlund 1928,
    doi 10.1111/j.1601-5223.1928.tb02483.x).
    """
    low, high = float(frequencies.min()), float(frequencies.max())
    share = np.linspace(0, 1, 1001)
    mean = low + share * (high - low)
    variance = share * (1 - share) * (high - low) ** 2
    between = mean * (1 - mean)
    return float((variance / np.where(between > 0, between, 1)).max())


def _genotypes(
    tables: Mapping[str, pd.DataFrame],
    limits: Mapping[str, Limit],
    reference: pd.DataFrame,
    study_variant: str,
    minimum: int,
) -> dict[str, Measured]:
    qc, sources = tables["genotypes_qc"], tables["sources"]
    found = sources[sources["found"]]
    samples = int(found["samples"].sum())
    imputed = samples > 0 and int(found["imputed"].sum()) >= _MOST * samples
    proxy = bool((sources["variant"] != study_variant).any())
    frequencies = reference["frequency"].to_numpy(dtype=float)
    # What is left out of the analyses is not judged, nor everybody with it.
    used = qc[qc["refused"].isna()]
    if len(used) < len(qc):
        used = used[used["group"] != EVERYBODY]
    groups = [
        row for row in used.to_dict("records") if disclosure.enough(row["samples"], minimum) and row["called"]
    ]
    own = [row for row in groups if row["group"] != EVERYBODY]
    everybody = [row for row in groups if row["group"] == EVERYBODY]
    total = qc[qc["group"] == EVERYBODY].iloc[0]
    counted = [row for row in groups if sum(_counts(row))]
    # Of the counts of one group that are hidden, everybody's would tell.
    hidden = any(0 < count < disclosure.step(minimum) for row in counted for count in _counts(row))
    no_counts = "nobody has a genotype"
    if imputed:
        counted = []
        no_counts = "most calls are imputed dosages, whose best-guess genotypes are not in equilibrium"
    of_mixture = largest_inbreeding(frequencies)
    return {
        "call_rate": _share(int(total["called"]), int(total["samples"]), minimum, "the files hold nobody"),
        "hwe": _worst(limits["hwe"], [_equilibrium(row, of_mixture, hidden) for row in counted], no_counts),
        "absent_genotype": _worst(
            limits["absent_genotype"], [_absent(row, hidden) for row in counted], no_counts
        ),
        "frequency": _worst(
            limits["frequency"],
            [
                Measured(
                    row["reference_p_value"],
                    abs(row["frequency"] - row["reference_frequency"]),
                    row["group"],
                    note=f"{_two_digits(_frequency(row, minimum))}, where the reference is "
                    f"{row['reference_frequency']:.2f}",
                    deviation_told=abs(_frequency(row, minimum) - row["reference_frequency"]),
                )
                for row in own
                if not pd.isna(row["reference_p_value"])
            ],
            "no ancestry that the panel has is declared",
        ),
        "frequency_range": _worst(
            limits["frequency_range"],
            [_beyond(row, frequencies, minimum) for row in everybody],
            "a part of the people is left out, since the proxy does not hold in them",
        ),
        "files_differ": _worst(
            limits["files_differ"],
            [_between_files(row) for row in own if not pd.isna(row["batch_p_value"])],
            "no ancestry is declared of which two files have 20 people or more",
        ),
        "discordance": _discordance(tables["concordance"], limits["discordance"], minimum),
        "imputation_quality": _imputation(found, imputed),
        "proxy_r2": _proxy(groups, limits["proxy_r2"], proxy),
    }


def _counts(row: Row) -> tuple[int, int, int]:
    """People without, with one and with two effect alleles."""
    return int(row["n_0"]), int(row["n_1"]), int(row["n_2"])


def _equilibrium(row: Row, of_mixture: float, hidden: bool) -> Measured:
    """Hardy-Weinberg's p-value with |F|; of everybody, with what of F is beyond a mixture's."""
    counts = _counts(row)
    frequency = (counts[1] + 2 * counts[2]) / (2 * sum(counts))
    expected = 2 * sum(counts) * frequency * (1 - frequency)
    f = 1 - counts[1] / expected if expected else 0.0
    deviation = max(f - of_mixture, 0.0) if row["group"] == EVERYBODY and f > 0 else abs(f)
    return Measured(row["hwe_midp"], deviation, row["group"], hidden=hidden)


def _absent(row: Row, hidden: bool) -> Measured:
    """How many people are expected of a homozygous genotype that nobody has; 0 if somebody has each."""
    counts = _counts(row)
    people = sum(counts)
    frequency = (counts[1] + 2 * counts[2]) / (2 * people)
    expected = ((counts[0], people * (1 - frequency) ** 2), (counts[2], people * frequency**2))
    return Measured(
        max(of if not count else 0.0 for count, of in expected), None, row["group"], hidden=hidden
    )


def _beyond(row: Row, frequencies: np.ndarray, minimum: int) -> Measured:
    """How far, and how surely, everybody's frequency is outside those of the panel's ancestries."""
    nearest = float(np.clip(row["frequency"], frequencies.min(), frequencies.max()))
    alleles = 2 * row["called"]
    p = score_test(row["frequency"] * alleles, alleles, nearest)
    told = _frequency(row, minimum)
    note = f"{_two_digits(told)}, where the panel's are {frequencies.min():.2f} to {frequencies.max():.2f}"
    away = abs(told - float(np.clip(told, frequencies.min(), frequencies.max())))
    return Measured(p, abs(row["frequency"] - nearest), row["group"], note=note, deviation_told=away)


def _frequency(row: Row, minimum: int) -> float:
    """A group's frequency as it may be told; NaN of too few people, or of few with a best-guess genotype."""
    return disclosure.frequency_number(_counts(row), minimum)[0]


def _two_digits(frequency: float) -> str:
    return "of few people" if math.isnan(frequency) else f"{frequency:.2f}"


def _between_files(row: Row) -> Measured:
    """The p-value of the difference between files, with Cohen's w as if they were two."""
    p = row["batch_p_value"]
    return Measured(p, math.sqrt(chdtri(1, p) / (2 * row["called"])) if p else math.inf, row["group"])


def _discordance(concordance: pd.DataFrame, limit: Limit, minimum: int) -> Measured:
    pairs = concordance[concordance["called_in_both"] >= ENOUGH_PAIRS]
    found = [
        _share(int(row["called_in_both"] - row["agree"]), int(row["called_in_both"]), minimum)._replace(
            group=f"files {row['file_1']} and {row['file_2']}"
        )
        for row in pairs.to_dict("records")
    ]
    return _worst(limit, found, f"no two files have {ENOUGH_PAIRS} people in common who are called in both")


def _imputation(found: pd.DataFrame, imputed: bool) -> Measured:
    known = found["imputation_quality"].dropna()
    if len(known):
        return Measured(float(known.min()))
    return Measured(note=f"the files give none{'' if imputed else ', and most calls are not imputed'}")


def _proxy(groups: list[Row], limit: Limit, proxy: bool) -> Measured:
    if not proxy:
        return Measured(note="the study variant itself was read")
    found = [
        Measured(row["proxy_r2"], None, row["group"]) for row in groups if not pd.isna(row.get("proxy_r2"))
    ]
    return _worst(limit, found, "a proxy was read, and the study variant is not in the files beside it")


def _structure(summary: pd.DataFrame, minimum: int) -> dict[str, Measured]:
    if summary.empty:
        absent = Measured(note="structure was not asked for")
        return dict.fromkeys(("structure_snps", "duplicates", "outliers"), absent)
    row = summary.iloc[0]
    too_few = "the files hold too few independent SNPs"
    return {
        "structure_snps": Measured(float(row["independent"])),
        **{
            name: _share(int(row[name]), int(row["samples"]), minimum, too_few)
            for name in ("duplicates", "outliers")
        },
    }


def _assays(tables: Mapping[str, pd.DataFrame], minimum: int) -> dict[str, Measured]:
    between = tables["variability"].set_index("analyte")["inter_plate_cv_percent"]
    plates, controls = tables["plates"], tables["controls"]
    found: dict[str, Measured] = {}
    for row in tables["assays_qc"].to_dict("records"):
        analyte = row["analyte"]
        relative = row["unit"] == units.RELATIVE
        failed = plates.loc[plates["analyte"] == analyte, "failed"].notna()
        in_range = controls.loc[controls["analyte"] == analyte, "in_range"].dropna()
        found |= {
            f"outside_limits_{analyte}": _share(
                int(row["below_limit"] + row["above_limit"]),
                int(row["samples"]),
                minimum,
                "no sample was measured",
            ),
            f"replicates_cv_{analyte}": _number(row["median_cv_percent"], "no sample has replicates"),
            f"plates_cv_{analyte}": _number(
                between.get(analyte, math.nan), "no control is known to be on two plates"
            ),
            f"plates_failed_{analyte}": _mean(failed, "levels do not come from plates"),
            f"controls_in_range_{analyte}": _mean(in_range, "no control has a range"),
            f"level_fold_{analyte}": Measured(note="levels are relative") if relative else _fold(row),
            f"relative_units_{analyte}": Measured(float(relative)),
        }
    return found


def _fold(row: Row) -> Measured:
    """By what factor a median lies outside the published ranges; 1 in them."""
    if pd.isna(row["median"]) or pd.isna(row["reference_low"]) or row["median"] <= 0:
        return Measured(note="no range is published, or no level was measured")
    return Measured(max(row["reference_low"] / row["median"], row["median"] / row["reference_high"], 1.0))


def _activity(tables: Mapping[str, pd.DataFrame], minimum: int) -> dict[str, Measured]:
    qc, recordings = tables["activity_qc"].iloc[0], tables["recordings"]
    raw = recordings[recordings["failure"].isna() & recordings["calibration"].notna()]
    errors = raw["calibration_after_mg"].dropna().to_numpy(dtype=float)
    no_raw = "there are no recordings of a device's samples"
    return {
        "recordings_failed": _share(
            int(qc["recordings_failed"]), int(qc["recordings"]), minimum, "there are no recordings"
        ),
        "uncalibrated": _share(
            int(raw["calibration"].str.startswith(NOT_CALIBRATED).sum()), len(raw), minimum, no_raw
        ),
        "calibration_error": _number(
            float(np.quantile(errors, 0.9)) if len(errors) else math.nan,
            "no recording was calibrated" if len(raw) else no_raw,
        ),
        "people_with_enough_days": _share(
            int(qc["people_included"]), int(qc["people"]), minimum, "nobody has accelerometry"
        ),
    }


def _size(tables: Mapping[str, pd.DataFrame], minimum: int) -> dict[str, Measured]:
    flow, qc = tables["cohort_flow"], tables["genotypes_qc"]
    chain = flow.loc[(flow["stage"] == "cohort") & (flow["counted"] == "participants"), "left"]
    people = int(chain.iloc[-1])
    rarest = min(_counts(qc[qc["group"] == EVERYBODY].iloc[0]))
    return {
        "people": Measured(float(people), hidden=not disclosure.enough(people, minimum)),
        "smallest_genotype": Measured(float(rarest), hidden=not disclosure.enough(rarest, minimum)),
    }


def _share(count: int, total: int, minimum: int, nobody: str = "") -> Measured:
    """A share of people, hidden where it tells of a few that they are so, or are not."""
    if not total:
        return Measured(note=nobody)
    hidden = not (disclosure.enough(count, minimum) and disclosure.enough(total - count, minimum))
    told = disclosure.middle(count, minimum) / disclosure.middle(total, minimum)
    return Measured(count / total, hidden=hidden, told=min(round(told, 2), 1.0))


def _number(value: float, absent: str) -> Measured:
    return Measured(note=absent) if pd.isna(value) else Measured(float(value))


def _mean(flags: pd.Series, absent: str) -> Measured:
    return Measured(float(flags.mean())) if len(flags) else Measured(note=absent)


def _worst(limit: Limit, found: Sequence[Measured], absent: str) -> Measured:
    """The measurement that is nearest to failing, with how many there were."""
    if not found:
        return Measured(note=absent)

    def badness(one: Measured) -> tuple[int, float]:
        level = ("pass", "look", "fail").index(limit.level(value_of(one), one.deviation))
        return level, value_of(one) if limit.bad == "high" else -value_of(one)

    return max(found, key=badness)._replace(groups=len(found))


def value_of(one: Measured) -> float:
    """The value of what was measured."""
    if one.value is None:
        raise ValueError("it was not measured")
    return one.value
