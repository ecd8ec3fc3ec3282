"""The whole default plan in a biobank: 500,000 people, whose assays were done on 5,000 plates.

`plan_500k` gives the arguments of `run.row`. As a program,

    python benchmarks/plan_500k.py ours|statsmodels FOLDER

it is the process that is measured, on the analysis set that `plan_500k` has written to FOLDER. The peer has
the plan's six linear outcomes only, additive and without plates, of which it would need 5,000 columns.
"""

import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
from measure import Usage, run

REPO = Path(__file__).resolve().parent.parent
sys.path.append(str(REPO / "workflow" / "scripts"))

PEOPLE, PLATES = 500_000, 5_000
GENOTYPES = ("AA", "AC", "CC")


def plan_500k(folder: Path) -> Iterator[tuple[str, list[Usage], str, list[Usage]]]:
    """Whole processes, with reading the analysis set."""
    path = folder / "analysis_set.parquet"
    if not path.exists():
        analysis_set().to_parquet(path)
    measured = {
        how: [run([sys.executable, __file__, how, folder], cwd=REPO)] for how in ("ours", "statsmodels")
    }
    yield "plan_500k", measured["ours"], "statsmodels, six models", measured["statsmodels"]


def analysis_set(people: int = PEOPLE) -> pd.DataFrame:
    """What a biobank measures, of people of two ancestries: sIL-6R below its limit in one of fifty."""
    rng = np.random.default_rng(7)
    african = rng.random(people) < 0.2
    dosage = rng.binomial(2, np.where(african, 0.15, 0.39))
    age, bmi = rng.normal(55, 8, people), rng.normal(27, 4, people)
    plate = rng.integers(0, PLATES, people)
    names = np.array([f"P{number:05d}" for number in range(PLATES)], dtype=object)
    shared = 0.004 * (age - 55) + 0.3 * african

    def level(mean, per_allele, sd):
        """A log-normal outcome."""
        noise = rng.normal(0, sd, people) + rng.normal(0, 0.05, PLATES)[plate]
        return np.exp(np.log(mean) + per_allele * dosage + shared + noise)

    sil6r = level(30, np.log(1.343), 0.3)
    limit = np.quantile(sil6r, 0.02)
    sil6r = np.maximum(sil6r, limit)
    il6, sgp130 = level(2.2, np.log(1.146), 0.6), level(320, 0.0, 0.2)
    enmo = np.exp(3.4 - 0.06 * dosage - 0.01 * (age - 55) + rng.normal(0, 0.3, people))
    frame = {
        "participant": [f"P{number:07d}" for number in range(people)],
        "visit": "1",
        "dosage": dosage.astype(float),
        "genotype": np.array(GENOTYPES, dtype=object)[dosage],
        "ancestry": np.where(african, "AFR", "EUR"),
        "age": age,
        "sex": np.where(rng.random(people) < 0.5, "male", "female"),
        "bmi": bmi,
        "plate": names[plate],
        "il6_plate": names[plate],
        "sgp130_plate": names[plate],
        "sil6r_ng_ml": sil6r,
        "sil6r_low_ng_ml": np.where(sil6r <= limit, 0.0, sil6r),
        "sil6r_high_ng_ml": sil6r,
        "il6_pg_ml": il6,
        "il6_low_pg_ml": il6,
        "il6_high_pg_ml": il6,
        "il6_censored": False,
        "sgp130_ng_ml": sgp130,
        "sgp130_low_ng_ml": sgp130,
        "sgp130_high_ng_ml": sgp130,
        "enmo_mg": enmo,
        "wear_h": rng.normal(21, 1, people).clip(16, 24),
        "mvpa_min_per_day": 40 * (enmo / 28) ** 1.4 * (rng.random(people) > 0.02),
        "sedentary_min_per_day": rng.normal(600, 80, people).clip(0, 1440),
        "met_min_per_week": rng.gamma(1, 2000, people) * np.exp(-0.06 * dosage),
        "crp_mg_l": level(1.5, np.log(0.925), 1.0),
        "fibrinogen_g_l": level(3.0, np.log(0.99), 0.2),
        "fatigue": 30 + 6 * np.log(sil6r) + rng.normal(0, 15, people),
        "rheumatoid_arthritis": np.where(rng.random(people) < 0.01 * 0.872**dosage, "yes", "no"),
        "type_1_diabetes": np.where(rng.random(people) < 0.005, "yes", "no"),
        "covid19_admission": np.where(rng.random(people) < 0.01, "yes", "no"),
    }
    for name in ("in_sil6r", "in_il6", "in_sgp130", "in_activity", "in_met"):
        frame[name] = True
    return pd.DataFrame(frame | dict.fromkeys(["in_other", "in_balance"], False))


def ours(frame: pd.DataFrame) -> None:
    """Every analysis of the default plan, by other choices too."""
    from il6r import plan
    from il6r.association import analyses, causal_readings, genotype_means, sensitivity
    from il6r.association.selection import Cohort

    the_plan = plan.load(REPO / "config" / "plan.yaml", REPO / "workflow" / "schemas" / "plan.schema.yaml")
    cohort = Cohort("biobank", frame, GENOTYPES, the_plan, "plan.yaml", {})
    kept = {}
    estimates, _ = analyses.fit_cohort(cohort, None, 1, kept)
    print(f"{estimates['estimate'].notna().sum()} estimates")
    analyses.compare_genetic_models(cohort)
    analyses.covariates_by_genotype(cohort)
    causal_readings.causal_readings(cohort, {})
    genotype_means.geometric_means("biobank", frame, GENOTYPES)
    none = pd.DataFrame(columns=["participant", "choice", "outcome", "value", "wear_h"])
    print(f"{len(sensitivity.analyse(cohort, none, none, kept))} by other choices")


def peer(frame: pd.DataFrame) -> None:
    """Least squares with HC3 errors of the plan's linear outcomes, one after another."""
    import statsmodels.api as sm

    people = frame[["age", "bmi"]].assign(
        male=frame["sex"] == "male", african=frame["ancestry"] == "AFR", dosage=frame["dosage"]
    )
    matrix = sm.add_constant(people.astype(float)).to_numpy()
    names = ("sil6r_ng_ml", "il6_pg_ml", "sgp130_ng_ml", "enmo_mg", "crp_mg_l", "fibrinogen_g_l")
    for name in names:
        fit = sm.OLS(np.log(frame[name].to_numpy()), matrix).fit(cov_type="HC3", use_t=True)
        print(name, fit.params[-1], fit.bse[-1])


if __name__ == "__main__":
    how, folder = sys.argv[1:]
    whole = pd.read_parquet(Path(folder, "analysis_set.parquet"))
    {"ours": ours, "statsmodels": peer}[how](whole)
