"""What is true of a synthetic cohort, and what should its analyses find?"""

from dataclasses import dataclass, field

import numpy as np
import pandas as pd

# Geometric means of AA homozygotes at rest, within the healthy ranges of the review's Table 1 (Nash 2022).
_IL6_PG_ML, _SGP130_NG_ML = 2.2, 320.0
# MVPA rises with this power of a day's mean acceleration.
MVPA_POWER = 1.4
# Halving the range of a concentration so often leaves nothing of a float64.
_HALVINGS = 100


@dataclass(frozen=True)
class Findings:
    """The truth of what a cohort may measure beside sIL-6R and activity.

    Effects are logarithms but for fatigue (points for each unit of log sIL-6R) and the programme (percentage
    points of the response for each allele). By column of the participant table: `odds` (logarithms for each
    allele), `correlations` with log sIL-6R given covariates, and `changes` (what each allele adds to the
    programme's effect). There is no effect of what is not given.
    """

    crp_per_allele: float = 0.0
    fibrinogen_per_allele: float = 0.0
    arthritis_per_allele: float = 0.0
    fatigue_per_log_sil6r: float = 0.0
    programme_per_allele: float = 0.0
    sil6r_per_mg: float = 0.0
    sil6r_after_training: float = 0.0
    il6_per_squared_load: float = 0.0
    il6_after_low: float = 0.0
    il6_after_high: float = 0.0
    il6_per_min: float = 0.0
    odds: dict[str, float] = field(default_factory=dict)
    correlations: dict[str, float] = field(default_factory=dict)
    changes: dict[str, float] = field(default_factory=dict)

    @classmethod
    def from_config(cls, truth: dict) -> "Findings":
        """Read the keys of the `truth` section that are of these findings."""

        def log(name):
            """A percentage as a logarithm."""
            return float(np.log1p(truth[name] / 100))

        return cls(
            crp_per_allele=log("crp_percent_per_allele"),
            fibrinogen_per_allele=log("fibrinogen_percent_per_allele"),
            arthritis_per_allele=float(np.log(truth["rheumatoid_arthritis_odds_ratio"])),
            fatigue_per_log_sil6r=truth["fatigue_per_log_sil6r"],
            programme_per_allele=truth["programme_response_per_allele"],
            sil6r_per_mg=log("sil6r_percent_per_mg"),
            sil6r_after_training=log("sil6r_percent_after_training"),
            il6_per_squared_load=log("il6_percent_per_squared_load"),
            il6_after_low=log("il6_percent_after_low_intensity"),
            il6_after_high=log("il6_percent_after_high_intensity"),
            il6_per_min=log("il6_percent_per_exercise_min"),
            odds={name: float(np.log(ratio)) for name, ratio in truth["odds_ratios"].items()},
            correlations=truth["sil6r_correlations"],
            changes=truth["programme_changes_per_allele"],
        )


@dataclass(frozen=True)
class Effects:
    """The truth, on log scales, per unit of each cause; see `truth` in config/README.md.

    `findings` are of cohorts that measure more than sIL-6R, IL-6, sgp130 and activity.
    """

    sil6r_per_allele: float
    il6_per_allele: float
    activity_per_allele: float
    residual_sd: float
    sil6r: dict
    activity: dict
    sil6r_ng_ml: float
    enmo_mg: float
    findings: Findings = Findings()

    @classmethod
    def from_config(cls, truth: dict) -> "Effects":
        """Read the `truth` section; percentages become logs.

        The noise, unless it is given, follows from the share of variance that the variant is to explain at
        the given frequency.
        """
        per_allele = np.log1p(truth["sil6r_percent_per_allele"] / 100)
        f, share = truth["effect_allele_frequency"], truth["sil6r_variance_explained"]
        genetic = per_allele**2 * 2 * f * (1 - f)
        # With no effect of the variant, the noise is that of a +50 % effect with the same share.
        if genetic == 0:
            genetic = np.log(1.5) ** 2 * 2 * f * (1 - f)
        return cls(
            sil6r_per_allele=per_allele,
            il6_per_allele=np.log1p(truth["il6_percent_per_allele"] / 100),
            activity_per_allele=np.log1p(truth["activity_percent_per_allele"] / 100),
            residual_sd=truth.get("sil6r_residual_sd", np.sqrt(genetic * (1 - share) / share)),
            sil6r=_logs(truth["covariates"]["sil6r_percent"]),
            activity=_logs(truth["covariates"]["activity_percent"]),
            sil6r_ng_ml=truth["sil6r_ng_ml"],
            enmo_mg=truth["enmo_mg"],
            findings=Findings.from_config(truth),
        )


def true_values(
    people: pd.DataFrame, effects: Effects, analytes: tuple[str, ...], questionnaire: bool, relative: bool,
    constants: pd.DataFrame, changes: np.ndarray | None = None,
) -> dict:  # fmt: skip
    """What each analysis should find in these people, in the units the report uses.

    The variance explained and the AA-against-carriers difference follow from the dosages: the first
    is the variant's share of what is left given ancestry, the second the projection of the additive
    effect on carrier status given ancestry. MET-minutes of a questionnaire are proportional to the activity,
    minutes of MVPA to a power of it. The variance explained without covariates is of people as they are, so
    that what goes along with the variant adds to it or takes away from it.

    An effect on the balance of IL-6, sIL-6R and sgp130 is the slope over dosage of the outcome's logarithm,
    given ancestry and what the covariates add to sIL-6R. The outcome is computed from the levels that are
    expected at rest of each person's genotype and covariates, without deviations or errors of measurement.

    Parameters
    ----------
    people : participants with dosage, ancestry, group, covariates and plate_shift.
    analytes : those that were measured.
    questionnaire : whether there is one.
    relative : whether the analytes were measured on a relative scale, which gives no balance, and errors of
        measurement that are no small part of the variance.
    constants : `resources/binding_constants.tsv`.
    changes : what else is added to log sIL-6R, shape (people, visits).
    """
    changes = np.zeros(1) if changes is None else changes
    dosage = people["dosage"].to_numpy()
    ancestry = pd.get_dummies(people["ancestry"]).to_numpy(dtype=float)
    given = dosage - ancestry @ np.linalg.lstsq(ancestry, dosage, rcond=None)[0]
    genetic = effects.sil6r_per_allele**2 * given.var()
    homozygous = (dosage == 0).astype(float)[:, None]
    projection = np.linalg.lstsq(np.hstack([homozygous, ancestry]), dosage, rcond=None)[0][0]
    per_allele, noise = effects.activity_per_allele, effects.residual_sd**2 + changes.var()
    met = {
        "met_additive": {"percent": percent(per_allele)},
        "met_aa_vs_ac": {"percent": percent(-per_allele)},
        "met_aa_vs_carriers": {"percent": percent(per_allele * projection)},
    }
    others = {"il6": effects.il6_per_allele, "sgp130": 0.0}
    values = {
        "sil6r_additive": {"percent": percent(effects.sil6r_per_allele)},
        "sil6r_cc_vs_aa": {"ratio": float(np.exp(2 * effects.sil6r_per_allele))},
        "sil6r_variance": {"r2": float(genetic / (genetic + noise))},
        **({} if relative else {"sil6r_variance_unadjusted": {"r2": _unadjusted(people, effects, noise)}}),
        "activity_additive": {"percent": percent(per_allele)},
        "activity_aa_vs_carriers": {"percent": percent(per_allele * projection)},
        "mvpa_additive": {"percent": percent(MVPA_POWER * per_allele)},
        "mvpa_aa_vs_carriers": {"percent": percent(MVPA_POWER * per_allele * projection)},
        **(met if questionnaire else {}),
        **{f"{name}_additive": {"percent": percent(others[name])} for name in others if name in analytes},
    }
    if relative or not {"sil6r", *others} <= set(analytes):
        return values
    levels = {analyte: np.exp(log) for analyte, log in expected_logs(people, effects).items()}
    levels["sil6r"] *= np.exp(changes.mean())
    design = np.column_stack([dosage, covariate_sum(people, effects.sil6r), ancestry])
    for name, outcome in balance(**levels, constants=constants).items():
        slope = np.linalg.lstsq(design, np.log(outcome), rcond=None)[0][0]
        values[f"{name}_additive"] = {"percent": percent(slope)}
    return values


def expected_logs(people: pd.DataFrame, effects: Effects) -> dict[str, np.ndarray]:
    """Logarithms of each person's expected sIL-6R (ng/mL), IL-6 (pg/mL) and sgp130 (ng/mL) at rest."""
    dosage = people["dosage"].to_numpy()
    return {
        "sil6r": np.log(effects.sil6r_ng_ml)
        + effects.sil6r_per_allele * dosage
        + covariate_sum(people, effects.sil6r),
        "il6": np.log(_IL6_PG_ML) + effects.il6_per_allele * dosage,
        "sgp130": np.full(len(people), np.log(_SGP130_NG_ML)),
    }


def balance(
    sil6r: np.ndarray, il6: np.ndarray, sgp130: np.ndarray, constants: pd.DataFrame
) -> dict[str, np.ndarray]:
    """Outcomes of mass action between IL-6, sIL-6R and sgp130, by halving the range of the binary complex.

    It is slow and plain, and knows nothing of the solver that it checks.

    Parameters
    ----------
    sil6r, il6, sgp130 : total concentrations in ng/mL, pg/mL and ng/mL, shape (people,).
    constants : name and value of dissociation constants (nM) and masses (kDa).

    Returns
    -------
    By outcome, shape (people,): the share of IL-6 that is free, its complex with sIL-6R alone and with sgp130
    too (pM), and molecules of sgp130 for each of sIL-6R.
    """
    known = constants.set_index("name")["value"].astype(float)
    # 1 pg/mL of 1 kDa is 1 pM.
    il6 = il6 / known["il6_kda"]
    sil6r, sgp130 = (1e3 * sil6r / known["sil6r_kda"], 1e3 * sgp130 / known["sgp130_kda"])
    kd, kd_sgp130 = 1e3 * known["kd_il6_sil6r_nm"], 1e3 * known["kd_complex_sgp130_nm"]

    def buffered(binary):
        """The complex of all three, given that without sgp130."""
        return sgp130 * binary / (kd_sgp130 + binary)

    low, high = np.zeros_like(il6), np.minimum(il6, sil6r)
    for _ in range(_HALVINGS):
        binary = (low + high) / 2
        bound = binary + buffered(binary)
        rises = (il6 - bound).clip(0) * (sil6r - bound).clip(0) > kd * binary
        low, high = np.where(rises, binary, low), np.where(rises, high, binary)
    return {
        "free_il6": (il6 - low - buffered(low)) / il6,
        "active_complex": low,
        "buffered_complex": buffered(low),
        "sgp130_excess": sgp130 / sil6r,
    }


def covariate_sum(people: pd.DataFrame, effects: dict) -> np.ndarray:
    """What age, sex, BMI and ancestry add to a log, for each person."""
    return (
        effects["age_decade"] * (people["age"].to_numpy() - 50) / 10
        + effects["male"] * (people["sex"] == "male").to_numpy()
        + effects["bmi_5"] * (people["bmi"].to_numpy() - 25) / 5
        + people["group"].map(effects["ancestry"]).fillna(0.0).to_numpy(dtype=float)
    )


def percent(log_ratio: float) -> float:
    """A logarithm of a ratio as the percentage by which it differs from 1."""
    # Adding 0 makes 0 of -0.
    return float(100 * np.expm1(log_ratio)) + 0.0


def _unadjusted(people: pd.DataFrame, effects: Effects, noise: float) -> float:
    """The squared correlation of dosage and log sIL-6R in these people, whatever else differs with dosage."""
    dosage = people["dosage"].to_numpy()
    shift = people["plate_shift"].to_numpy() * effects.sil6r["plates_first_to_last"]
    expected = effects.sil6r_per_allele * dosage + covariate_sum(people, effects.sil6r) + shift
    covariance = np.cov(dosage, expected, ddof=0)
    return float(covariance[0, 1] ** 2 / (covariance[0, 0] * (covariance[1, 1] + noise)))


def _logs(percent: dict) -> dict:
    return {
        name: _logs(value) if isinstance(value, dict) else float(np.log1p(value / 100))
        for name, value in percent.items()
    }
