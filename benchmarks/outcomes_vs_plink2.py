"""1,000 outcomes of 50,000 people on a variant and 10 covariates, beside PLINK 2 and a loop over statsmodels.

`outcomes` gives the arguments of `run.row`. As a program,

    python benchmarks/outcomes_vs_plink2.py whole|arrays|statsmodels FOLDER

it is the process that is measured, on the files that `outcomes` has written to FOLDER: `whole` reads what
PLINK 2 reads and writes a table; `arrays` prints the seconds that the estimates take from arrays in memory,
and `statsmodels` those of a loop over so many times fewer outcomes, times that many.
"""

import mmap
import shutil
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
from data import write_cohort_files
from measure import Usage, run, run_timed
from numba import njit

REPO = Path(__file__).resolve().parent.parent
sys.path.append(str(REPO / "workflow" / "scripts"))

PEOPLE, OUTCOMES, COVARIATES, EFFECT = 50_000, 1_000, 10, 0.02
# Of the loop over statsmodels, which would take minutes.
LOOPED = 50
RUNS = 3
# PLINK 2 writes six digits.
AGREEMENT = 1e-5
# A power costs as much as all else that is done to a number.
POWERS = 10.0 ** np.arange(20)
ZERO, MINUS, POINT, TAB, NEWLINE = b"0-.\t\n"
# Bytes of text that are parsed at a time.
BLOCK = 1 << 23


def outcomes(folder: Path) -> Iterator[tuple[str, list[Usage], str, list[Usage]]]:
    """Whole processes from the same files, then the estimates alone.

    These are set beside what PLINK 2 takes for them (with them less without them), and beside a loop over
    statsmodels.

    Raises
    ------
    AssertionError : our estimates are not PLINK's.
    """
    write_outcomes(folder)
    plink2 = shutil.which("plink2")
    files = ["--vcf", "calls.vcf.gz", "--pheno", "outcomes.tsv", "--covar", "covariates.tsv"]
    # As many threads as BLAS has here.
    common = [plink2, *files, "--threads", "2"]
    whole, arrays, theirs, theirs_alone = [], [], [], []
    # In turn, so that what else the machine does slows all of them.
    for _ in range(RUNS):
        whole.append(run([sys.executable, __file__, "whole", folder], cwd=REPO))
        arrays.append(run_timed([sys.executable, __file__, "arrays", folder], cwd=REPO))
        if plink2:
            theirs.append(run([*common, "--glm", "omit-ref", "hide-covar", "--out", "glm"], cwd=folder))
            reading = run([*common, "--freq", "--out", "freq"], cwd=folder)
            theirs_alone.append(theirs[-1]._replace(seconds=theirs[-1].seconds - reading.seconds))
    if plink2:
        _compare(folder)
    yield "outcomes_vs_plink2", whole, "plink2 --glm" if plink2 else "", theirs
    yield "outcomes_vs_plink2/arrays", arrays, "plink2 --glm less --freq" if plink2 else "", theirs_alone
    loop = [run_timed([sys.executable, __file__, "statsmodels", folder], cwd=REPO)]
    peer = f"statsmodels OLS, {LOOPED} times {OUTCOMES // LOOPED}"
    yield "outcomes_vs_plink2/statsmodels", arrays, peer, loop


def write_outcomes(folder: Path) -> None:
    """One record of calls, and outcomes and covariates as PLINK 2 reads them and as arrays."""
    write_cohort_files(folder, people=PEOPLE, records=1, imputed=False)
    if (folder / "outcomes.npy").exists():
        return
    rng = np.random.default_rng(2)
    names, copies = _dosages(folder)
    covariates = rng.normal(size=(PEOPLE, COVARIATES)).round(6)
    values = (rng.normal(size=(PEOPLE, OUTCOMES)) + EFFECT * copies[:, None] + covariates[:, :1]).round(6)
    for name, prefix, table in (("covariates", "c", covariates), ("outcomes", "y", values)):
        line = "\t".join(["%s"] + ["%.6f"] * table.shape[1]) + "\n"
        with open(folder / f"{name}.tsv", "w") as stream:
            print("#IID", *(f"{prefix}{k}" for k in range(table.shape[1])), sep="\t", file=stream)
            stream.writelines(line % (person, *row) for person, row in zip(names, table, strict=True))
    np.save(folder / "matrix.npy", _matrix(copies, covariates))
    # Last, as a sign that all is there.
    np.save(folder / "outcomes.npy", values)


def _compare(folder: Path) -> None:
    ours = np.loadtxt(folder / "estimates.tsv", skiprows=1)
    for k in (0, 31, 32, OUTCOMES - 1):
        names, values = (folder / f"glm.y{k}.glm.linear").read_text().splitlines()
        theirs = dict(zip(names.split("\t"), values.split("\t"), strict=True))
        off = np.abs(ours[k] / [float(theirs[name]) for name in ("BETA", "SE", "P")] - 1)
        assert off.max() < AGREEMENT, f"outcome {k} differs by {off.max():.2g}"


def _dosages(folder: Path) -> tuple[list[str], np.ndarray]:
    """Names of the people, and their copies of the effect allele."""
    from il6r import variants
    from il6r.genotypes import calls

    catalogue = variants.load_catalogue(REPO / "resources" / "variants.tsv")
    variant = catalogue["rs2228145"]
    found = calls.extract_calls([folder / "calls.vcf.gz"], [None], catalogue, variant, calls.Options())
    return list(found.samples), np.asarray(found.dosage, dtype=float)


def _matrix(copies: np.ndarray, covariates: np.ndarray) -> np.ndarray:
    return np.column_stack([np.ones(len(copies)), copies, covariates])


def _whole(folder: Path) -> None:
    with ThreadPoolExecutor(1) as beside:
        reading = beside.submit(_read_numbers, folder / "outcomes.tsv", OUTCOMES)
        # Imported while the numbers are read.
        from il6r.association import least_squares

        names, copies = _dosages(folder)
        with open(folder / "covariates.tsv") as stream:
            assert [line.partition("\t")[0] for line in stream] == ["#IID", *names]
        covariates = _read_numbers(folder / "covariates.tsv", COVARIATES)
        values = reading.result()
    found = least_squares.fit_many(values, _matrix(copies, covariates), term=1, errors="model")
    table = np.column_stack([found.estimate, found.se, found.p_value])
    header = "estimate\tse\tp_value"
    np.savetxt(folder / "estimates.tsv", table, "%.10g", "\t", header=header, comments="")


def _read_numbers(path: Path, columns: int) -> np.ndarray:
    """Numbers of a table without the names of rows and columns, shape (people, columns)."""
    values, row, pending = np.empty((PEOPLE, columns)), 0, []
    with open(path, "rb") as stream, ThreadPoolExecutor(2) as pool:
        text = mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ)
        whole, start = np.frombuffer(text, dtype=np.uint8), text.find(b"\n") + 1
        while start < len(text):
            lines, stop = 0, start
            while stop < min(start + BLOCK, len(text)):
                lines, stop = lines + 1, text.find(b"\n", stop) + 1
            pending.append(pool.submit(_parse, whole[start:stop], values[row : row + lines]))
            row, start = row + lines, stop
            # No more text in memory than is being parsed.
            if len(pending) > 2:
                pending.pop(0).result()
    assert row == PEOPLE
    return values


@njit(cache=True, nogil=True)
def _parse(text, values):
    """Fill `values` with the numbers of lines that begin with a name; numbers have no exponents."""
    at = 0
    for row in range(values.shape[0]):
        while text[at] != TAB:
            at += 1
        for column in range(values.shape[1]):
            at += 1
            negative = text[at] == MINUS
            at += negative
            digits, decimals, after = 0, 0, False
            while text[at] != TAB and text[at] != NEWLINE:
                if text[at] == POINT:
                    after = True
                else:
                    digits = 10 * digits + (text[at] - ZERO)
                    decimals += after
                at += 1
            value = digits / POWERS[decimals]
            values[row, column] = -value if negative else value
        at += 1


def _arrays(folder: Path) -> float:
    """Seconds of ours."""
    from il6r.association import least_squares

    values, matrix = np.load(folder / "outcomes.npy"), np.load(folder / "matrix.npy")
    least_squares.fit_many(values[:, :1], matrix, term=1, errors="model")
    before = time.perf_counter()
    least_squares.fit_many(values, matrix, term=1, errors="model")
    return time.perf_counter() - before


def _statsmodels(folder: Path) -> float:
    """Seconds of the loop, as if it were over all outcomes."""
    from statsmodels.regression.linear_model import OLS

    values, matrix = np.load(folder / "outcomes.npy"), np.load(folder / "matrix.npy")
    before = time.perf_counter()
    for k in range(LOOPED):
        found = OLS(values[:, k], matrix).fit()
        _ = found.params[1], found.bse[1], found.pvalues[1]
    return (time.perf_counter() - before) * OUTCOMES / LOOPED


if __name__ == "__main__":
    how, folder = sys.argv[1], Path(sys.argv[2])
    if how == "whole":
        _whole(folder)
    else:
        print({"arrays": _arrays, "statsmodels": _statsmodels}[how](folder))
