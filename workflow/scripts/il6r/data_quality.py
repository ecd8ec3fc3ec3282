"""How good are a cohort's calls, assays and recordings, in the numbers that limits are set for?

Every number comes from the tables that the stages leave, and none depends on the limits, nor on how small a
group may be to be told of: whoever judges the numbers gets with each of them the people that it is of.
"""

import math
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple, TypeAlias

import numpy as np
import pandas as pd
from scipy.special import chdtri

from il6r import units
from il6r.proportions import score_test
from il6r.tables.cohort import DATA_QUALITY
from il6r.tables.genotypes import EVERYBODY

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
    """What was measured for one check, or for one group of a check; `DATA_QUALITY` has what it means."""

    value: float | None = None
    deviation: float | None = None
    group: str | None = None
    samples: int | None = None
    n_0: int | None = None
    n_1: int | None = None
    n_2: int | None = None
    note: str | None = None


# What was measured, of each group where there are several, by the name that `DATA_CHECKS` has for the check.
Found: TypeAlias = dict[str, list[Measured]]


def measure(tables: Mapping[str, pd.DataFrame], reference: pd.DataFrame, study_variant: str) -> pd.DataFrame:
    """All checks of one cohort.

    Parameters
    ----------
    tables : the cohort's `GENOTYPES_QC`, `SOURCES`, `CONCORDANCE`, `STRUCTURE_SUMMARY`, `ASSAYS_QC`,
        `PLATES`, `CONTROLS`, `VARIABILITY`, `RECORDINGS`, `ACTIVITY_QC` and `COHORT_FLOW`, by name.
    reference : effect-allele frequency (`frequency`) of each ancestry of the reference panel.
    study_variant : the variant that is studied, which a proxy may have been read for.

    Returns
    -------
    `DATA_QUALITY`. A check that was not measured has one row, which says why.
    """
    found = {
        **_genotypes(tables, reference, study_variant),
        **_structure(tables["structure_summary"]),
        **_assays(tables),
        **_activity(tables),
        **_size(tables),
    }
    rows = [{"check": check} | one._asdict() for check, several in found.items() for one in several]
    return pd.DataFrame(rows, columns=list(DATA_QUALITY.columns))


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


def _genotypes(tables: Mapping[str, pd.DataFrame], reference: pd.DataFrame, study_variant: str) -> Found:
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
    groups = [row for row in used.to_dict("records") if row["called"]]
    own = [row for row in groups if row["group"] != EVERYBODY]
    everybody = [row for row in groups if row["group"] == EVERYBODY]
    total = qc[qc["group"] == EVERYBODY].iloc[0]
    counted = [row for row in groups if sum(_counts(row))]
    no_counts = "nobody has a genotype"
    if imputed:
        counted = []
        no_counts = "most calls are imputed dosages, whose best-guess genotypes are not in equilibrium"
    of_mixture = largest_inbreeding(frequencies)
    return {
        "call_rate": [_share(int(total["called"]), int(total["samples"]), "the files hold nobody")],
        "hwe": _groups((_equilibrium(row, of_mixture) for row in counted), no_counts),
        "absent_genotype": _groups(map(_absent, counted), no_counts),
        "frequency": _groups(
            (_from_reference(row) for row in own if not pd.isna(row["reference_p_value"])),
            "no ancestry that the panel has is declared",
        ),
        "frequency_range": _groups(
            (_beyond(row, frequencies) for row in everybody),
            "a part of the people is left out, since the proxy does not hold in them",
        ),
        "files_differ": _groups(
            (_between_files(row) for row in own if not pd.isna(row["batch_p_value"])),
            "no ancestry is declared of which two files have 20 people or more",
        ),
        "discordance": _discordance(tables["concordance"]),
        "imputation_quality": [_imputation(found, imputed)],
        "proxy_r2": _proxy(groups, proxy),
    }


def _groups(found: Iterable[Measured], absent: str) -> list[Measured]:
    """What was measured of each group, or why nothing was."""
    return list(found) or [Measured(note=absent)]


def _of_group(row: Row, value: float, deviation: float | None = None, **more: Any) -> Measured:
    """What was measured of a row of `GENOTYPES_QC`."""
    group = "everybody" if row["group"] == EVERYBODY else row["group"]
    return Measured(value, deviation, group, int(row["samples"]), **more)


def _counts(row: Row) -> tuple[int, int, int]:
    """People without, with one and with two effect alleles."""
    return int(row["n_0"]), int(row["n_1"]), int(row["n_2"])


def _equilibrium(row: Row, of_mixture: float) -> Measured:
    """Hardy-Weinberg's p-value with |F|; of everybody, with what of F is beyond a mixture's."""
    counts = _counts(row)
    frequency = (counts[1] + 2 * counts[2]) / (2 * sum(counts))
    expected = 2 * sum(counts) * frequency * (1 - frequency)
    f = 1 - counts[1] / expected if expected else 0.0
    deviation = max(f - of_mixture, 0.0) if row["group"] == EVERYBODY and f > 0 else abs(f)
    return _of_group(row, row["hwe_midp"], deviation, **_named(counts))


def _absent(row: Row) -> Measured:
    """How many people are expected of a homozygous genotype that nobody has; 0 if somebody has each."""
    counts = _counts(row)
    people = sum(counts)
    frequency = (counts[1] + 2 * counts[2]) / (2 * people)
    expected = ((counts[0], people * (1 - frequency) ** 2), (counts[2], people * frequency**2))
    return _of_group(row, max(of if not count else 0.0 for count, of in expected), **_named(counts))


def _from_reference(row: Row) -> Measured:
    """How far, and how surely, a group's frequency is from that of its ancestry in the panel."""
    deviation = abs(row["frequency"] - row["reference_frequency"])
    note = f"where the reference is {row['reference_frequency']:.2f}"
    return _of_group(row, row["reference_p_value"], deviation, note=note, **_named(_counts(row)))


def _beyond(row: Row, frequencies: np.ndarray) -> Measured:
    """How far, and how surely, everybody's frequency is outside those of the panel's ancestries."""
    nearest = float(np.clip(row["frequency"], frequencies.min(), frequencies.max()))
    alleles = 2 * row["called"]
    p = score_test(row["frequency"] * alleles, alleles, nearest)
    note = f"where the panel's are {frequencies.min():.2f} to {frequencies.max():.2f}"
    return _of_group(row, p, abs(row["frequency"] - nearest), note=note, **_named(_counts(row)))


def _between_files(row: Row) -> Measured:
    """The p-value of the difference between files, with Cohen's w as if they were two."""
    p = row["batch_p_value"]
    return _of_group(row, p, math.sqrt(chdtri(1, p) / (2 * row["called"])) if p else math.inf)


def _discordance(concordance: pd.DataFrame) -> list[Measured]:
    pairs = concordance[concordance["called_in_both"] >= ENOUGH_PAIRS]
    found = (
        _share(int(row["called_in_both"] - row["agree"]), int(row["called_in_both"]))._replace(
            group=f"files {row['file_1']} and {row['file_2']}"
        )
        for row in pairs.to_dict("records")
    )
    return _groups(found, f"no two files have {ENOUGH_PAIRS} people in common who are called in both")


def _imputation(found: pd.DataFrame, imputed: bool) -> Measured:
    known = found["imputation_quality"].dropna()
    if len(known):
        return Measured(float(known.min()))
    return Measured(note=f"the files give none{'' if imputed else ', and most calls are not imputed'}")


def _proxy(groups: list[Row], proxy: bool) -> list[Measured]:
    if not proxy:
        return [Measured(note="the study variant itself was read")]
    return _groups(
        (_of_group(row, row["proxy_r2"]) for row in groups if not pd.isna(row.get("proxy_r2"))),
        "a proxy was read, and the study variant is not in the files beside it",
    )


def _structure(summary: pd.DataFrame) -> Found:
    if summary.empty:
        absent = Measured(note="structure was not asked for")
        return {name: [absent] for name in ("structure_snps", "duplicates", "outliers")}
    row = summary.iloc[0]
    too_few = "the files hold too few independent SNPs"
    return {
        "structure_snps": [Measured(float(row["independent"]))],
        "duplicates": [_share(int(row["duplicates"]), int(row["samples"]), too_few)],
        "outliers": [_share(int(row["outliers"]), int(row["samples"]), too_few)],
    }


def _assays(tables: Mapping[str, pd.DataFrame]) -> Found:
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
                int(row["below_limit"] + row["above_limit"]), int(row["samples"]), "no sample was measured"
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
    return {check: [one] for check, one in found.items()}


def _fold(row: Row) -> Measured:
    """By what factor a median lies outside the published ranges; 1 in them."""
    if pd.isna(row["median"]) or pd.isna(row["reference_low"]) or row["median"] <= 0:
        return Measured(note="no range is published, or no level was measured")
    return Measured(max(row["reference_low"] / row["median"], row["median"] / row["reference_high"], 1.0))


def _activity(tables: Mapping[str, pd.DataFrame]) -> Found:
    qc, recordings = tables["activity_qc"].iloc[0], tables["recordings"]
    raw = recordings[recordings["failure"].isna() & recordings["calibration"].notna()]
    errors = raw["calibration_after_mg"].dropna().to_numpy(dtype=float)
    no_raw = "there are no recordings of a device's samples"
    found = {
        "recordings_failed": _share(
            int(qc["recordings_failed"]), int(qc["recordings"]), "there are no recordings"
        ),
        "uncalibrated": _share(
            int(raw["calibration"].str.startswith(NOT_CALIBRATED).sum()), len(raw), no_raw
        ),
        "calibration_error": _number(
            float(np.quantile(errors, 0.9)) if len(errors) else math.nan,
            "no recording was calibrated" if len(raw) else no_raw,
        ),
        "people_with_enough_days": _share(
            int(qc["people_included"]), int(qc["people"]), "nobody has accelerometry"
        ),
    }
    return {check: [one] for check, one in found.items()}


def _size(tables: Mapping[str, pd.DataFrame]) -> Found:
    flow, qc = tables["cohort_flow"], tables["genotypes_qc"]
    chain = flow.loc[(flow["stage"] == "cohort") & (flow["counted"] == "participants"), "left"]
    people = int(chain.iloc[-1])
    rarest = min(_counts(qc[qc["group"] == EVERYBODY].iloc[0]))
    return {
        "people": [Measured(float(people), n_1=people)],
        "smallest_genotype": [Measured(float(rarest), n_1=rarest)],
    }


def _named(counts: tuple[int, int, int]) -> dict[str, int]:
    return dict(zip(("n_0", "n_1", "n_2"), counts, strict=True))


def _share(count: int, total: int, nobody: str = "") -> Measured:
    """A share of people, with how many are not so, and how many are."""
    if not total:
        return Measured(note=nobody)
    return Measured(count / total, n_0=total - count, n_1=count)


def _number(value: float, absent: str) -> Measured:
    return Measured(note=absent) if pd.isna(value) else Measured(float(value))


def _mean(flags: pd.Series, absent: str) -> Measured:
    return Measured(float(flags.mean())) if len(flags) else Measured(note=absent)
