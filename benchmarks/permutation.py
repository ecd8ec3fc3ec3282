"""10,000 Freedman-Lane permutations of 5,000 people with 10 covariates, beside statsmodels and scipy.

`permutations` gives the arguments of `run.row`. As a program,

    python benchmarks/permutation.py ours|statsmodels|scipy FOLDER

it is the process that is measured, on the people that `permutations` has written to FOLDER: it prints the
seconds that the p-value took, without imports and reading, and leaves it there. A loop over statsmodels' fits
makes 1 in 50 of the permutations, and its seconds are given 50 times.
"""

import sys
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from measure import Usage, run_timed

REPO = Path(__file__).resolve().parent.parent
PEOPLE, COVARIATES, DRAWS, RUNS = 5_000, 10, 10_000, 3
PART = 50
# Small, so that p is well above the least that 10,000 permutations can give.
EFFECT = 0.04


def permutations(folder: Path) -> Iterator[tuple[str, list[Usage], str, list[Usage]]]:
    """The p-value of one effect.

    Raises
    ------
    AssertionError : p-values differ by more than chance: four Monte Carlo errors.
    """
    write_people(folder / "people.npz")
    measured = {
        how: [run_timed([sys.executable, __file__, how, folder], cwd=REPO) for _ in range(RUNS)]
        for how in ("ours", "statsmodels", "scipy")
    }
    measured["statsmodels"] = [Usage(PART * used.seconds, used.peak_mb) for used in measured["statsmodels"]]
    found = {how: float((folder / f"{how}.txt").read_text()) for how in measured}
    error = np.sqrt(found["ours"] * (1 - found["ours"]) / DRAWS)
    assert abs(found["scipy"] - found["ours"]) < 4 * np.sqrt(2) * error, found
    assert abs(found["statsmodels"] - found["ours"]) < 4 * np.sqrt(PART + 1) * error, found
    peer = f"statsmodels OLS loop ({DRAWS // PART} permutations x {PART})"
    yield "permutation", measured["ours"], peer, measured["statsmodels"]
    yield "permutation/scipy", measured["ours"], "scipy permutation_test", measured["scipy"]


def write_people(path: Path) -> None:
    """An outcome that is not normal, a dosage that goes with ancestry, and covariates."""
    if path.exists():
        return
    rng = np.random.default_rng(1)
    covariates = np.column_stack([np.ones(PEOPLE), rng.standard_normal((PEOPLE, COVARIATES))])
    ancestry = covariates[:, 1]
    dosage = rng.binomial(2, 0.39 + 0.1 * np.tanh(ancestry)).astype(float)
    y = EFFECT * dosage + 0.3 * ancestry + rng.standard_exponential(PEOPLE)
    np.savez(path, y=y, dosage=dosage, covariates=covariates)


def _ours(y, dosage, covariates, draws) -> float:
    sys.path.append(str(REPO / "workflow" / "scripts"))
    from il6r.association.permutation import p_value

    return p_value(y, dosage, covariates, draws=draws, rng=np.random.default_rng(2))


def _statsmodels(y, dosage, covariates, draws) -> float:
    """As the method is written down: one fit of the full model per permutation."""
    import statsmodels.api as sm

    full = np.column_stack([covariates, dosage])
    reduced = sm.OLS(y, covariates).fit()
    rng = np.random.default_rng(3)

    def squared_t(values):
        """With HC3's error."""
        fitted = sm.OLS(values, full).fit()
        return (fitted.params[-1] / fitted.HC3_se[-1]) ** 2

    observed = squared_t(y)
    part = max(draws // PART, 1)
    permuted = (reduced.fittedvalues + rng.permutation(reduced.resid) for _ in range(part))
    hits = sum(squared_t(each) >= observed for each in permuted)
    return (1 + hits) / (1 + part)


def _scipy(y, dosage, covariates, draws) -> float:
    """The same residuals in scipy's hands, with the squared robust t as a vectorised statistic."""
    from scipy import stats

    basis = np.linalg.qr(covariates)[0]
    residual, rest = (values - basis @ (basis.T @ values) for values in (y, dosage))
    columns = np.column_stack([rest / np.linalg.norm(rest), basis])
    weights = (columns[:, 0] / (1 - np.sum(columns**2, axis=1))) ** 2

    def squared_t(permuted, axis):
        """Given the covariates, with HC3's error; `axis` is the last."""
        products = permuted @ columns
        return products[..., 0] ** 2 / ((permuted - products @ columns.T) ** 2 @ weights)

    found = stats.permutation_test(
        (residual,), squared_t, permutation_type="pairings", vectorized=True, n_resamples=draws,
        batch=100, alternative="greater", rng=np.random.default_rng(4),
    )  # fmt: skip
    return float(found.pvalue)


if __name__ == "__main__":
    how, folder = sys.argv[1], Path(sys.argv[2])
    people = np.load(folder / "people.npz")
    data = [people[name] for name in ("y", "dosage", "covariates")]
    measured = {"ours": _ours, "statsmodels": _statsmodels, "scipy": _scipy}[how]
    # What is imported at first use is not the permutations' cost.
    measured(*data, draws=1)
    before = time.perf_counter()
    found = measured(*data, draws=DRAWS)
    print(time.perf_counter() - before)
    (folder / f"{how}.txt").write_text(repr(float(found)))
