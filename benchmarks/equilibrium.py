"""The equilibrium of IL-6, sIL-6R and sgp130 in plasma, beside a root finder for each sample.

`equilibrium` gives the arguments of `run.row`. As a program,

    python benchmarks/equilibrium.py ours|brentq|balance COUNT

it is the process that is measured: it prints the seconds that COUNT samples took, without imports.
"""

import sys
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from measure import Usage, run_timed

REPO = Path(__file__).resolve().parent.parent
BESIDE, MANY = 50_000, 500_000
KD1_PM, KD2_PM = 5500.0, 50.0
RUNS = 3


def equilibrium(folder: Path) -> Iterator[tuple[str, list[Usage], str, list[Usage]]]:
    """Both on 50,000 samples; ours on 500,000, and all that is derived of them."""
    yield f"equilibrium_{BESIDE}", _measured("ours", BESIDE), "scipy.brentq", _measured("brentq", BESIDE)
    yield f"equilibrium_{MANY}", _measured("ours", MANY), "", []
    yield f"equilibrium_{MANY}/balance", _measured("balance", MANY), "", []


def _measured(how: str, count: int) -> list[Usage]:
    return [run_timed([sys.executable, __file__, how, count], cwd=REPO) for _ in range(RUNS)]


def _samples(count: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """IL-6, sIL-6R and sgp130 about the review's resting values, pM."""
    rng = np.random.default_rng(1)
    return tuple(
        rng.lognormal(np.log(middle), spread, count)
        for middle, spread in ((0.1, 0.8), (500.0, 0.4), (3000.0, 0.2))
    )


def _ours(count: int) -> float:
    sys.path.append(str(REPO / "workflow" / "scripts"))
    from il6r.assays.equilibrium import solve

    samples = _samples(count)
    solve(*_samples(1), KD1_PM, KD2_PM)
    before = time.perf_counter()
    solve(*samples, KD1_PM, KD2_PM)
    return time.perf_counter() - before


def _balance(count: int) -> float:
    """A fifth of the samples below the limit of the assay of IL-6."""
    import pandas as pd

    sys.path.append(str(REPO / "workflow" / "scripts"))
    from il6r.assays import balance

    constants = balance.load_constants(REPO / "resources" / "binding_constants.tsv")
    il6, sil6r, sgp130 = _samples(count)
    frame = pd.DataFrame({"participant": np.arange(count).astype(str), "visit": "1"})
    for column, values in (
        ("il6_{}pg_ml", 21.0 * il6),
        ("sil6r_{}ng_ml", 0.0525 * sil6r),
        ("sgp130_{}ng_ml", 0.1 * sgp130),
    ):
        for bound in ("", "low_", "high_"):
            frame[column.format(bound)] = values
    frame["il6_low_pg_ml"] = frame["il6_low_pg_ml"].where(np.arange(count) % 5 > 0, 0.0)
    balance.of_samples(frame.head(10), constants)
    before = time.perf_counter()
    balance.of_samples(frame, constants)
    return time.perf_counter() - before


def _brentq(count: int) -> float:
    """Free sgp130 of each sample by bisection and secants, given which the complexes are a quadratic."""
    from scipy.optimize import brentq

    def missing(sgp130, il6_total, sil6r_total, sgp130_total):
        """How much more sgp130 there would be than there is."""
        total = il6_total + sil6r_total + KD1_PM / (1 + sgp130 / KD2_PM)
        bound = (total - (total**2 - 4 * il6_total * sil6r_total) ** 0.5) / 2
        return sgp130 + bound * sgp130 / (KD2_PM + sgp130) - sgp130_total

    samples = list(zip(*(values.tolist() for values in _samples(count)), strict=True))
    before = time.perf_counter()
    for sample in samples:
        brentq(missing, 0.0, sample[2], args=sample)
    return time.perf_counter() - before


if __name__ == "__main__":
    how, count = sys.argv[1:]
    print({"ours": _ours, "brentq": _brentq, "balance": _balance}[how](int(count)))
