"""1,000 simulated cohorts of 1,000 people through every family of models, beside statsmodels on one.

`calibrate` gives the arguments of `run.row`. As a program,

    python benchmarks/calibrate.py ours|statsmodels

it is the process that is measured. Ours is the workflow's `calibrate` without its verdicts: twenty fits
a cohort, with the selection of rows. The peer simulates one of the three tables of each cohort and fits one
model to it, with effects and without.
"""

import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from measure import Usage, run

REPO = Path(__file__).resolve().parent.parent
sys.path.append(str(REPO / "workflow" / "scripts"))
REPLICATES, PEOPLE, SEED = 1_000, 1_000, 1


def calibrate() -> Iterator[tuple[str, list[Usage], str, list[Usage]]]:
    """Whole processes: ours on two of them, as the rule has it."""
    measured = {how: [run([sys.executable, __file__, how], cwd=REPO)] for how in ("ours", "statsmodels")}
    yield "calibrate", measured["ours"], "statsmodels, one model of 20", measured["statsmodels"]


def ours() -> None:
    """Every family, with effects and without."""
    from il6r.association import simulation_study

    print(simulation_study.performance(REPLICATES, PEOPLE, SEED, 2).to_string())


def peer() -> None:
    """The additive model with HC3 errors."""
    import statsmodels.formula.api as smf

    from il6r import seeds
    from il6r.association import simulation_study

    for number in range(REPLICATES):
        for effect in (simulation_study.SIL6R, 0.0):
            rng = seeds.generator(SEED, "calibration", PEOPLE, number, bool(effect))
            frame = simulation_study.simulate(rng, PEOPLE, per_allele=effect)
            frame["y"] = np.log(frame["sil6r_ng_ml"])
            smf.ols("y ~ dosage + age + sex + ancestry + plate", frame).fit(cov_type="HC3", use_t=True)


if __name__ == "__main__":
    {"ours": ours, "statsmodels": peer}[sys.argv[1]]()
