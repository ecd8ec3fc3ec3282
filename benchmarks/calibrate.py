"""100 simulated cohorts of every design of the calibration, beside statsmodels on one model.

`calibrate` gives the arguments of `run.row`. As a program,

    python benchmarks/calibrate.py ours|statsmodels

it is the process that is measured. Ours is the workflow's `calibrate` without its verdicts, from the
selection of rows to the interval; the peer simulates as many cohorts of the designs of one model, least
squares of one row a participant, and fits it, with effects and without.
"""

import itertools
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from measure import Usage, run

REPO = Path(__file__).resolve().parent.parent
sys.path.append(str(REPO / "workflow" / "scripts"))
REPLICATES, SEED = 100, 1


def calibrate() -> Iterator[tuple[str, list[Usage], str, list[Usage]]]:
    """Whole processes: ours on two of them, as the rule has it."""
    measured = {how: [run([sys.executable, __file__, how], cwd=REPO)] for how in ("ours", "statsmodels")}
    yield "calibrate", measured["ours"], "statsmodels, one model", measured["statsmodels"]


def ours() -> None:
    """Every family, with effects and without."""
    from il6r.association import simulation_study
    from il6r.replication import pooling

    print(simulation_study.performance(_designs(), REPLICATES, SEED, pooling.combine, 2).to_string())


def peer() -> None:
    """The additive model with HC2 errors."""
    import statsmodels.formula.api as smf

    from il6r import seeds
    from il6r.association import calibration_designs

    own = [one for one in _designs() if one.model == "least squares" and one.visits == 1]
    for design, number, effect in itertools.product(own, range(REPLICATES), (True, False)):
        rng = seeds.generator(SEED, "calibration", design.people, number, effect)
        frame, _ = calibration_designs.simulate(rng, design, effect=effect)
        frame["y"] = np.log(frame["sil6r_ng_ml"])
        smf.ols("y ~ dosage", frame).fit(cov_type="HC2", use_t=True)


def _designs() -> list:
    from il6r.association import calibration_designs

    return calibration_designs.load(REPO / "resources" / "calibration_designs.tsv")


if __name__ == "__main__":
    {"ours": ours, "statsmodels": peer}[sys.argv[1]]()
