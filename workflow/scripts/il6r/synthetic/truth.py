"""What is true of a synthetic cohort, and what should its analyses find?"""

from dataclasses import dataclass

import numpy as np
import pandas as pd


@dataclass(frozen=True)
class Effects:
    """The truth, on log scales, per unit of each cause; see `truth` in config/README.md."""

    sil6r_per_allele: float
    il6_per_allele: float
    activity_per_allele: float
    residual_sd: float
    sil6r: dict
    activity: dict
    sil6r_ng_ml: float
    enmo_mg: float

    @classmethod
    def from_config(cls, truth: dict) -> "Effects":
        """Read the `truth` section: percentages become logs, the noise follows from the share of
        variance that the variant is to explain at the given frequency."""
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
            residual_sd=np.sqrt(genetic * (1 - share) / share),
            sil6r=_logs(truth["covariates"]["sil6r_percent"]),
            activity=_logs(truth["covariates"]["activity_percent"]),
            sil6r_ng_ml=truth["sil6r_ng_ml"],
            enmo_mg=truth["enmo_mg"],
        )


def true_values(people: pd.DataFrame, effects: Effects, questionnaire: bool) -> dict:
    """What each analysis should find in these people, in the units the report uses.

    The variance explained and the AA-against-carriers difference follow from the dosages: the first
    is the variant's share of what is left given ancestry, the second the projection of the additive
    effect on carrier status given ancestry. MET-minutes of a questionnaire are proportional to the activity.
    """
    dosage = people["dosage"].to_numpy()
    ancestry = pd.get_dummies(people["ancestry"]).to_numpy(dtype=float)
    given = dosage - ancestry @ np.linalg.lstsq(ancestry, dosage, rcond=None)[0]
    genetic = effects.sil6r_per_allele**2 * given.var()
    homozygous = (dosage == 0).astype(float)[:, None]
    projection = np.linalg.lstsq(np.hstack([homozygous, ancestry]), dosage, rcond=None)[0][0]
    per_allele = effects.activity_per_allele
    met = {
        "met_additive": {"percent": _percent(per_allele)},
        "met_aa_vs_ac": {"percent": _percent(-per_allele)},
    }
    return {
        "sil6r_additive": {"percent": _percent(effects.sil6r_per_allele)},
        "sil6r_cc_vs_aa": {"ratio": float(np.exp(2 * effects.sil6r_per_allele))},
        "sil6r_variance": {"r2": float(genetic / (genetic + effects.residual_sd**2))},
        "activity_additive": {"percent": _percent(per_allele)},
        "activity_aa_vs_carriers": {"percent": _percent(per_allele * projection)},
        **(met if questionnaire else {}),
    }


def covariate_sum(people: pd.DataFrame, effects: dict) -> np.ndarray:
    """What age, sex, BMI and ancestry add to a log, for each person."""
    return (
        effects["age_decade"] * (people["age"].to_numpy() - 50) / 10
        + effects["male"] * (people["sex"] == "male").to_numpy()
        + effects["bmi_5"] * (people["bmi"].to_numpy() - 25) / 5
        + people["group"].map(effects["ancestry"]).fillna(0.0).to_numpy(dtype=float)
    )


def _percent(log_ratio: float) -> float:
    return float(100 * np.expm1(log_ratio))


def _logs(percent: dict) -> dict:
    return {
        name: _logs(value) if isinstance(value, dict) else float(np.log1p(value / 100))
        for name, value in percent.items()
    }
