"""What claims, analyses and numbers are called in the report."""

import math

CLAIMS = {
    "sil6r_per_allele": "Each {effect} allele raises plasma sIL-6R",
    "sil6r_cc_vs_aa": "sIL-6R of CC against AA homozygotes",
    "sil6r_variance": "Share of the variance of log sIL-6R the variant explains",
    "activity_aa": "AA homozygotes are more physically active",
}
# The analysis each claim is judged by.
CLAIM_ANALYSIS = {
    "sil6r_per_allele": "sil6r_additive",
    "sil6r_cc_vs_aa": "sil6r_cc_vs_aa",
    "sil6r_variance": "sil6r_variance",
    "activity_aa": "activity_aa_vs_carriers",
}
# Another analysis that bears on a claim without deciding it.
ALSO = {"activity_aa": ("activity_additive", "met_additive")}
ANALYSES = {
    "sil6r_additive": "sIL-6R per effect allele",
    "sil6r_cc_vs_aa": "sIL-6R, CC against AA",
    "sil6r_variance": "variance of log sIL-6R explained",
    "activity_additive": "mean acceleration per effect allele",
    "activity_aa_vs_carriers": "mean acceleration, AA against C carriers",
    "met_additive": "MET-minutes a week (IPAQ) per effect allele",
    "met_aa_vs_ac": "MET-minutes a week (IPAQ), AA against AC",
    "other_additive": "activity in the cohort's own unit, per effect allele",
    "other_aa_vs_carriers": "activity in the cohort's own unit, AA against C carriers",
    "il6_additive": "IL-6 per effect allele",
    "sgp130_additive": "sgp130 per effect allele",
    "free_il6_additive": "predicted free share of IL-6 per effect allele",
    "active_complex_additive": "predicted active complex of IL-6 and sIL-6R per effect allele",
    "buffered_complex_additive": "predicted complex buffered by sgp130 per effect allele",
    "sgp130_excess_additive": "sgp130 over sIL-6R per effect allele",
}
OUTCOMES = {
    "sil6r_ng_ml": "sIL-6R (ng/mL)",
    "sil6r_relative": "sIL-6R (relative units, 2^NPX)",
    "il6_pg_ml": "IL-6 (pg/mL)",
    "il6_relative": "IL-6 (relative units, 2^NPX)",
    "sgp130_ng_ml": "sgp130 (ng/mL)",
    "sgp130_relative": "sgp130 (relative units, 2^NPX)",
    "active_complex_pm": "predicted active complex (pM)",
    "buffered_complex_pm": "predicted complex buffered by sgp130 (pM)",
    "enmo_mg": "mean acceleration (mg)",
}
SCALES = {
    "sil6r_additive": "percent",
    "sil6r_cc_vs_aa": "ratio",
    "sil6r_variance": "r2",
    "activity_additive": "percent",
    "activity_aa_vs_carriers": "percent",
    "met_additive": "percent",
    "met_aa_vs_ac": "percent",
    "other_additive": "percent",
    "other_aa_vs_carriers": "percent",
    "il6_additive": "percent",
    "sgp130_additive": "percent",
    "free_il6_additive": "percent",
    "active_complex_additive": "percent",
    "buffered_complex_additive": "percent",
    "sgp130_excess_additive": "percent",
}


def on_scale(log_value: float, scale: str) -> float:
    """A model's estimate in the units readers use: percent change, ratio, or r2 as it is."""
    if scale == "percent":
        return 100 * math.expm1(log_value)
    return math.exp(log_value) if scale == "ratio" else log_value


def number(value: float, scale: str) -> str:
    """A number with its sign and unit: +50.3 %, 2.25, 0.47."""
    if value is None or math.isnan(value):
        return "not computable"
    if scale == "percent":
        return f"{value:+.1f} %".replace("-", "\N{MINUS SIGN}")
    return f"{value:.2f}"


def with_interval(value: float, low: float, high: float, scale: str) -> str:
    """A number and its 95 % interval."""
    if value is None or math.isnan(value):
        return "not computable"
    ends = [number(end, scale).removesuffix(" %") for end in (low, high)]
    return f"{number(value, scale)} ({ends[0]} to {ends[1]})"


def p_value(p: float) -> str:
    """A p-value: two digits, and a bound below 0.0001."""
    if math.isnan(p):
        return ""
    return "<\N{NO-BREAK SPACE}0.0001" if p < 1e-4 else f"{p:.2g}"


def benchmark(row) -> str:
    """A benchmark's source and value: Nash 2022, +50 %."""
    if row.published in ("greater", "less"):
        return f"{row.reference.split(', doi')[0]}: direction only"
    value = float(row.published)
    text = {"percent": f"{value:+g} %", "ratio": f"{value:g}", "r2": f"{value:g}"}[row.scale]
    return f"{row.reference.split(', doi')[0]}: {'' if math.isnan(row.about_low) else 'about '}{text}"


def alike(settings: dict[str, dict], describe) -> dict[str, list[str]]:
    """The cohorts of which `describe` says the same of their settings, by what it says."""
    groups: dict[str, list[str]] = {}
    for name, own in settings.items():
        groups.setdefault(describe(own), []).append(name)
    return groups


def by_cohort(settings: dict[str, dict], describe) -> str:
    """What `describe` says of each cohort's settings, cohorts of which it says the same together."""
    groups = alike(settings, describe)
    if len(groups) == 1:
        return next(iter(groups))
    return "; ".join(f"in {', '.join(names)} {text}" for text, names in groups.items())
