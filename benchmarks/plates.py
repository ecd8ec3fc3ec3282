"""100,000 samples on 1,140 plates to concentrations, beside a loop over plates with scipy's generic fit.

`plates` gives the arguments of `run.row`. As a program,

    python benchmarks/plates.py ours|scipy FOLDER

it is the process that is measured, on the wells that `plates` has written to FOLDER: it prints the seconds
that curves and concentrations took, without imports and reading, and leaves the concentrations there.
"""

import sys
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
from measure import Usage, run_timed
from scipy.optimize import curve_fit

REPO = Path(__file__).resolve().parent.parent
PLATES, SAMPLES, RUNS = 1_140, 88, 3
LEVELS = np.array([0.0, 0.0625, 0.125, 0.25, 0.5, 1.0, 2.0, 4.0])
SETTINGS = {
    "curve": "auto",
    "curve_weights": "1/y2",
    "max_standard_error_percent": 20,
    "max_lloq_error_percent": 25,
    "min_standards_share": 0.75,
    "max_replicate_cv_percent": 20,
    "max_dilution_difference_percent": 30,
    "plate_correction": "none",
}
# Of scipy, whose own would leave the fourth digit open; and how far concentrations may differ with them.
TOLERANCES, AGREEMENT = {"xtol": 1e-12, "ftol": 1e-12}, 1e-5


def plates(folder: Path) -> Iterator[tuple[str, list[Usage], str, list[Usage]]]:
    """Curves of all plates and the concentrations of all samples; the peer fits 4PL only.

    Raises
    ------
    AssertionError : the two disagree where both have a 4PL.
    """
    write_wells(folder / "wells.parquet")
    measured = {
        how: [run_timed([sys.executable, __file__, how, folder], cwd=REPO) for _ in range(RUNS)]
        for how in ("ours", "scipy")
    }
    ours, theirs = (pd.read_parquet(folder / f"{how}.parquet") for how in ("ours", "scipy"))
    both = ours.merge(theirs, on="sample", suffixes=("", "_scipy"))
    assert len(both) > 0.98 * PLATES * SAMPLES
    off = np.abs(np.log(both["value"] / both["value_scipy"]))
    assert off.max() < AGREEMENT, f"concentrations differ by {off.max():.2g}"
    yield "plates_1140", measured["ours"], "scipy curve_fit", measured["scipy"]


def write_wells(path: Path) -> None:
    """Wells as `plate_files.read_plates` gives them: a column of standards, and samples once each."""
    if path.exists():
        return
    rng = np.random.default_rng(1)
    count, wells = (PLATES, 1), len(LEVELS) + SAMPLES
    a, d = rng.uniform(0.04, 0.08, count), rng.uniform(3.0, 3.8, count)
    c, b = rng.uniform(1.0, 2.0, count), rng.uniform(1.0, 1.4, count)
    samples = np.exp(rng.uniform(np.log(0.1), np.log(3), (PLATES, SAMPLES)))
    x = np.hstack([np.tile(LEVELS, count), samples])
    od = (d + (a - d) / (1 + (x / c) ** b)) * (1 + 0.02 * rng.standard_normal(x.shape))
    place = np.arange(wells)
    standard = np.tile(place < len(LEVELS), PLATES)
    number = np.repeat(np.arange(PLATES), wells)
    frame = pd.DataFrame(
        {
            "file": "readings.csv",
            "plate": np.char.add("P", number.astype(str)),
            "row": np.tile(place % 8, PLATES),
            "column": np.tile(place // 8, PLATES),
            "od": od.ravel(),
            "over": False,
            "role": np.where(standard, "standard", "sample"),
            "name": [None if is_standard else f"S{k}" for k, is_standard in enumerate(standard)],
            "concentration": np.where(standard, x.ravel(), np.nan),
            "dilution": np.where(standard, 1.0, 50.0),
            "low": np.nan,
            "high": np.nan,
            "line": pd.array(np.arange(len(number)) + 2, dtype="Int64"),
        }
    )
    frame.to_parquet(path)


def _ours(wells: pd.DataFrame) -> pd.DataFrame:
    """Concentrations, with standard errors, limits and all that the report shows of plates."""
    sys.path.append(str(REPO / "workflow" / "scripts"))
    from il6r.assays.plates import quantify

    found = quantify(wells, SETTINGS, analyte="sil6r", unit="ng/mL")
    symmetric = found.plates.loc[found.plates["model"] == "4PL", "plate"]
    rows = found.results
    return rows.loc[(rows["low"] == rows["high"]) & rows["plate"].isin(symmetric), ["sample", "value"]]


def _scipy(wells: pd.DataFrame) -> pd.DataFrame:
    """Concentrations alone, plate by plate."""

    def curve(x, a, d, log_c, b):
        """A 4PL."""
        return d + (a - d) / (1 + (x / np.exp(log_c)) ** b)

    parts = []
    for _, plate in wells.groupby("plate", sort=False):
        standard = plate["role"] == "standard"
        x, y = plate.loc[standard, "concentration"].to_numpy(), plate.loc[standard, "od"].to_numpy()
        start = [y.min(), 1.3 * y.max(), np.log(np.median(x[x > 0])), 1.0]
        try:
            (a, d, log_c, b), _ = curve_fit(
                curve, x, y, start, sigma=y, xtol=1e-12, ftol=1e-12, maxfev=20_000
            )
        except RuntimeError:
            # Not converged: the plate has no concentrations, and none are compared.
            continue
        samples = plate[~standard]
        share = (samples["od"] - a) / (d - samples["od"])
        value = np.exp(log_c) * share.where(share > 0) ** (1 / b) * samples["dilution"]
        parts.append(pd.DataFrame({"sample": samples["name"], "value": value}))
    return pd.concat(parts)


if __name__ == "__main__":
    how, folder = sys.argv[1], Path(sys.argv[2])
    wells = pd.read_parquet(folder / "wells.parquet")
    measured = {"ours": _ours, "scipy": _scipy}[how]
    # What is imported at first use is not the plates' cost.
    measured(wells[wells["plate"] == "P0"])
    before = time.perf_counter()
    found = measured(wells)
    print(time.perf_counter() - before)
    found.to_parquet(folder / f"{how}.parquet")
