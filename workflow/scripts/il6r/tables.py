"""Every table that crosses a stage: its columns, types, allowed values and key.

Participant-level tables are Parquet; results that people read are TSV with "NA" for missing and ten
significant digits. A table is checked when written and when read.
"""

from dataclasses import dataclass, field

import pandas as pd
import pandera.pandas as pa

TEXT, REAL, WHOLE, FLAG = "str", "float64", "Int64", "bool"


def _column(kind, *, nullable=False, low=None, high=None, allowed=None, required=True):
    checks = []
    if low is not None or high is not None:
        checks.append(pa.Check.in_range(-1e300 if low is None else low, 1e300 if high is None else high))
    if allowed is not None:
        checks.append(pa.Check.isin(list(allowed)))
    return pa.Column(kind, checks=checks, nullable=nullable, required=required, coerce=True)


@dataclass(frozen=True)
class Table:
    """One table's contract.

    Attributes
    ----------
    name : what error messages call it.
    columns : pandera columns by name, in the order they are written.
    key : the columns that identify a row.
    extra : whether further columns (a user's own covariates) may follow.
    """

    name: str
    columns: dict = field(repr=False)
    key: tuple[str, ...] = ()
    extra: bool = False

    def check(self, frame: pd.DataFrame) -> pd.DataFrame:
        """The frame in schema order and types; pandera.errors.SchemaError if it breaks the contract."""
        schema = pa.DataFrameSchema(
            self.columns,
            unique=list(self.key) or None,
            strict=not self.extra,
            name=self.name,
        )
        present = [name for name in self.columns if name in frame]
        others = [name for name in frame if name not in self.columns]
        return schema.validate(frame[present + others].reset_index(drop=True))

    def write(self, frame: pd.DataFrame, path) -> None:
        """Check `frame` and write it as Parquet or TSV, by the ending of `path`.

        A column that may be missing in each row may be missing altogether.
        """
        absent = {
            name: pd.Series(None, index=frame.index, dtype="object")
            for name, column in self.columns.items()
            if column.required and column.nullable and name not in frame
        }
        frame = self.check(frame.assign(**absent))
        if str(path).endswith(".parquet"):
            frame.to_parquet(path, index=False)
        else:
            frame.to_csv(path, sep="\t", index=False, na_rep="NA", float_format="%.10g", lineterminator="\n")

    def read(self, path) -> pd.DataFrame:
        """Read a table written by `write` and check it."""
        if str(path).endswith(".parquet"):
            return self.check(pd.read_parquet(path))
        frame = pd.read_csv(
            path,
            sep="\t",
            dtype={name: column.dtype.type for name, column in self.columns.items()},
            keep_default_na=False,
            na_values=["NA"],
        )
        return self.check(frame)


def _measured(analyte_column: str) -> dict:
    """A concentration's columns. Where it is censored, the value is the limit it lies below."""
    analyte = analyte_column.split("_")[0]
    return {
        analyte_column: _column(REAL, nullable=True, low=0, required=False),
        f"{analyte}_censored": _column("boolean", nullable=True, required=False),
        f"{analyte}_replicates": _column(WHOLE, nullable=True, low=1, required=False),
        f"{analyte}_cv_percent": _column(REAL, nullable=True, low=0, required=False),
        f"{analyte}_plate": _column(TEXT, nullable=True, required=False),
    }


_ACTIVITY = {
    "enmo_mg": _column(REAL, nullable=True, low=0, high=8000),
    "wear_h": _column(REAL, nullable=True, low=0, high=24),
    "sedentary_min_per_day": _column(REAL, nullable=True, low=0, high=1440),
    "light_min_per_day": _column(REAL, nullable=True, low=0, high=1440),
    "mvpa_min_per_day": _column(REAL, nullable=True, low=0, high=1440),
}

# True dosages of simulated people: what the calls made from them can be held against.
TRUE_DOSAGES = Table(
    "true dosages",
    {
        "sample": _column(TEXT),
        "ancestry": _column(TEXT),
        "dosage": _column(REAL, low=0, high=2),
    },
    key=("sample",),
)

# One row per sample in the genotype files. `dosage` counts the effect allele; `field` is the FORMAT
# field it was read from ("none" where nothing was called).
CALLS = Table(
    "calls",
    {
        "sample": _column(TEXT),
        "dosage": _column(REAL, nullable=True, low=0, high=2),
        "genotype": _column(TEXT, nullable=True),
        "field": _column(TEXT, allowed=("GT", "DS", "GP", "none")),
        "effect_allele": _column(TEXT),
        "file": _column(WHOLE, low=1),
    },
    key=("sample",),
)

# What was found in the genotype files, one row per file.
SOURCES = Table(
    "genotype sources",
    {
        "file": _column(WHOLE, low=1),
        "variant": _column(TEXT),
        "build": _column(TEXT, nullable=True, allowed=("GRCh37", "GRCh38")),
        "build_evidence": _column(TEXT),
        "contig": _column(TEXT, nullable=True),
        "position": _column(WHOLE, nullable=True),
        "ref": _column(TEXT, nullable=True),
        "alt": _column(TEXT, nullable=True),
        "effect_allele": _column(TEXT),
        "imputation_quality": _column(REAL, nullable=True),
        "samples": _column(WHOLE, low=0),
        "found": _column(FLAG),
    },
    key=("file",),
)

# Quality of the calls: one row for all samples, one per ancestry group.
GENOTYPE_QC = Table(
    "genotype quality",
    {
        "group": _column(TEXT),
        "ancestry": _column(TEXT, nullable=True),
        "effect_allele": _column(TEXT),
        "samples": _column(WHOLE, low=0),
        "called": _column(WHOLE, low=0),
        "call_rate": _column(REAL, nullable=True, low=0, high=1),
        "n_0": _column(WHOLE, low=0),
        "n_1": _column(WHOLE, low=0),
        "n_2": _column(WHOLE, low=0),
        "frequency": _column(REAL, nullable=True, low=0, high=1),
        "frequency_low": _column(REAL, nullable=True, low=0, high=1),
        "frequency_high": _column(REAL, nullable=True, low=0, high=1),
        "hwe_midp": _column(REAL, nullable=True, low=0, high=1),
        "reference_frequency": _column(REAL, nullable=True, low=0, high=1),
        "reference_source": _column(TEXT, nullable=True),
    },
    key=("group",),
)

PARTICIPANTS = Table(
    "participants",
    {
        "participant": _column(TEXT),
        "sample": _column(TEXT, nullable=True),
        "age": _column(REAL, nullable=True, low=0, high=120, required=False),
        "sex": _column(TEXT, nullable=True, allowed=("female", "male"), required=False),
        "bmi": _column(REAL, nullable=True, low=5, high=120, required=False),
        "ancestry": _column(TEXT, nullable=True, required=False),
    },
    key=("participant",),
    extra=True,
)

# One row per participant and visit.
CONCENTRATIONS = Table(
    "concentrations",
    {
        "participant": _column(TEXT),
        "visit": _column(TEXT),
        "date": _column(TEXT, nullable=True),
        **_measured("sil6r_ng_ml"),
        **_measured("il6_pg_ml"),
        **_measured("sgp130_ng_ml"),
    },
    key=("participant", "visit"),
)

# What the assay file held, per analyte.
ASSAY_QC = Table(
    "assay quality",
    {
        "analyte": _column(TEXT, allowed=("sil6r", "il6", "sgp130")),
        "unit": _column(TEXT),
        "samples": _column(WHOLE, low=0),
        "below_limit": _column(WHOLE, low=0),
        "median": _column(REAL, nullable=True, low=0),
        "median_cv_percent": _column(REAL, nullable=True, low=0),
        "reference_low": _column(REAL, low=0),
        "reference_high": _column(REAL, low=0),
        "note": _column(TEXT, nullable=True),
    },
    key=("analyte",),
)

# Person-days as read, with the place of each: which of the shard's files (from 0), and the line.
DAYS_READ = Table(
    "days read",
    {
        "participant": _column(TEXT),
        "date": _column(TEXT),
        **_ACTIVITY,
        "file": _column(WHOLE, low=0),
        "line": _column(WHOLE, low=1),
    },
)

PERSON_DAYS = Table(
    "person-days",
    {
        "participant": _column(TEXT),
        "date": _column(TEXT),
        "weekend": _column(FLAG),
        **_ACTIVITY,
        "valid": _column(FLAG),
    },
    key=("participant", "date"),
)

PERSON_ACTIVITY = Table(
    "person summaries",
    {
        "participant": _column(TEXT),
        **_ACTIVITY,
        "valid_days": _column(WHOLE, low=0),
        "weekend_days": _column(WHOLE, low=0),
        "weekend_share": _column(REAL, nullable=True, low=0, high=1),
        "included": _column(FLAG),
    },
    key=("participant",),
)

# The analysis set: one row per participant and assay visit (one with an empty visit for those
# without assays), with the flags that say which rows each outcome's models use.
ANALYSIS_SET = Table(
    "analysis set",
    {
        "participant": _column(TEXT),
        "sample": _column(TEXT),
        "visit": _column(TEXT, nullable=True),
        "dosage": _column(REAL, low=0, high=2),
        "genotype": _column(TEXT, nullable=True),
        "effect_allele": _column(TEXT),
        "in_sil6r": _column(FLAG),
        "in_activity": _column(FLAG),
    },
    key=("participant", "visit"),
    extra=True,
)

# The files a cohort is made from, by name only.
INPUTS = Table(
    "inputs",
    {
        "cohort": _column(TEXT),
        "role": _column(TEXT),
        "file": _column(TEXT),
        "bytes": _column(WHOLE, low=0),
        "sha256": _column(TEXT),
    },
)

# Where everybody went. Within one `stage`, `counted` and `analysis`, each row's `left` is the row
# above's less what this one dropped; a chain's first row drops nothing.
FLOW = Table(
    "flow",
    {
        "cohort": _column(TEXT),
        "stage": _column(TEXT, allowed=("genotypes", "assays", "activity", "cohort", "association")),
        "analysis": _column(TEXT, nullable=True),
        "counted": _column(TEXT),
        "reason": _column(TEXT),
        "dropped": _column(WHOLE, low=0),
        "left": _column(WHOLE, low=0),
    },
)

# One row per analysis. `estimate`, `se` and the interval are on `scale` (log ratio, r2); the percent
# columns restate a log ratio r as 100 (exp(r) - 1).
ESTIMATES = Table(
    "estimates",
    {
        "cohort": _column(TEXT),
        "analysis": _column(TEXT),
        "outcome": _column(TEXT),
        "coding": _column(TEXT),
        "effect_allele": _column(TEXT),
        "scale": _column(TEXT, allowed=("log_ratio", "r2")),
        "estimate": _column(REAL, nullable=True),
        "se": _column(REAL, nullable=True, low=0),
        "ci_low": _column(REAL, nullable=True),
        "ci_high": _column(REAL, nullable=True),
        "p_value": _column(REAL, nullable=True, low=0, high=1),
        "n": _column(WHOLE, low=0),
        "n_participants": _column(WHOLE, low=0),
        "n_censored": _column(WHOLE, low=0),
        "percent": _column(REAL, nullable=True),
        "percent_low": _column(REAL, nullable=True),
        "percent_high": _column(REAL, nullable=True),
        "r2_variant": _column(REAL, nullable=True, low=0, high=1),
        "model": _column(TEXT),
        "errors": _column(TEXT),
        "covariates": _column(TEXT, nullable=True),
        "note": _column(TEXT, nullable=True),
    },
    key=("cohort", "analysis"),
)

# The outcome in each genotype group: geometric mean with its 95 % interval, not adjusted.
GENOTYPE_MEANS = Table(
    "genotype means",
    {
        "cohort": _column(TEXT),
        "outcome": _column(TEXT),
        "genotype": _column(TEXT),
        "copies": _column(WHOLE, low=0, high=2),
        "participants": _column(WHOLE, low=0),
        "geometric_mean": _column(REAL, nullable=True),
        "ci_low": _column(REAL, nullable=True),
        "ci_high": _column(REAL, nullable=True),
    },
    key=("cohort", "outcome", "genotype"),
)

POOLED = Table(
    "pooled estimates",
    {
        "analysis": _column(TEXT),
        "model": _column(TEXT, allowed=("fixed", "random")),
        "effect_allele": _column(TEXT),
        "scale": _column(TEXT),
        "cohorts": _column(WHOLE, low=1),
        "n_participants": _column(WHOLE, low=0),
        "estimate": _column(REAL),
        "se": _column(REAL, low=0),
        "ci_low": _column(REAL),
        "ci_high": _column(REAL),
        "p_value": _column(REAL, low=0, high=1),
        "percent": _column(REAL, nullable=True),
        "percent_low": _column(REAL, nullable=True),
        "percent_high": _column(REAL, nullable=True),
        "tau2": _column(REAL, low=0),
        "i2_percent": _column(REAL, nullable=True, low=0, high=100),
        "q": _column(REAL, nullable=True),
        "q_p_value": _column(REAL, nullable=True),
        "prediction_low": _column(REAL, nullable=True),
        "prediction_high": _column(REAL, nullable=True),
    },
    key=("analysis", "model"),
)

VERDICT_WORDS = (
    "replicated",
    "same direction, smaller",
    "same direction, larger",
    "inconclusive",
    "contradicted",
    "not computable",
)

# One row per claim, benchmark and cohort (or "pooled"). The estimate is in the benchmark's own
# scale (percent, ratio or r2), given beside it.
VERDICTS = Table(
    "verdicts",
    {
        "claim": _column(TEXT),
        "benchmark": _column(TEXT),
        "cohort": _column(TEXT),
        "scale": _column(TEXT),
        "estimate": _column(REAL, nullable=True),
        "ci_low": _column(REAL, nullable=True),
        "ci_high": _column(REAL, nullable=True),
        "published": _column(TEXT),
        "about_low": _column(REAL, nullable=True),
        "about_high": _column(REAL, nullable=True),
        "published_low": _column(REAL, nullable=True),
        "published_high": _column(REAL, nullable=True),
        "reference": _column(TEXT),
        "difference_p_value": _column(TEXT),
        "power": _column(REAL, nullable=True, low=0, high=1),
        "n": _column(WHOLE, nullable=True),
        "n_for_80_percent_power": _column(WHOLE, nullable=True),
        "verdict": _column(TEXT, allowed=VERDICT_WORDS),
        "reason": _column(TEXT),
    },
    key=("claim", "benchmark", "cohort"),
)
