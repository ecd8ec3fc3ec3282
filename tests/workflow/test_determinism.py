"""The same configuration gives the same bytes, wherever, however and in whichever process it is run."""

import os
import sys
from concurrent.futures import ThreadPoolExecutor

from conftest import REPO, another_environment, call, digests

PROCESSES = 20
# Runs scripts of jobs as Snakemake left them, and then draws the default study's forest without its contents
# and nearly all ticks, whose layout is known to depend on where it lies in memory. PDFs, which would take a
# third of the time, stay empty.
DRAW = """
import gc
import os
import runpy
import sys
from pathlib import Path
import matplotlib.pyplot as plt
from matplotlib.figure import Figure

# So that memory is used again in another order.
if int(os.environ["PYTHONHASHSEED"]) % 2:
    gc.disable()
savefig = Figure.savefig
Figure.savefig = lambda figure, path, **options: (
    savefig(figure, path, **options) if not str(path).endswith(".pdf") else Path(path).touch()
)
for script in sys.argv[1:]:
    runpy.run_path(script, run_name="__main__")

from il6r.report import drawing

with drawing.style():
    figure, axes = plt.subplots(8, 2, figsize=(11, 18.8), height_ratios=[12, 9, 5, 2, 2, 2, 2, 2])
    plt.setp(axes, xticks=[0], yticks=[0])
    drawing.save(figure, ["results/report/figures/layout.svg"])
"""


def test_results_are_the_same_whatever_the_cores_folder_home_clock_locale_umask_and_hash_seed(tiny, tmp_path):
    # The tests' own run has two cores. The reduced study's environment is another one on the cluster.
    folder, home = tmp_path / "another folder", tmp_path / "home"
    home.mkdir()
    command = [sys.executable, "-m", "snakemake", "-c1", "--directory", folder]
    study = REPO / "tests" / "studies" / "tiny.yaml"
    environment = {**os.environ, "HOME": str(home), **another_environment(home)}
    # What is printed is latin-1, which lacks the minus signs of the claims.
    printed = call(*command, "--configfile", study, cwd=REPO, env=environment, umask=0o077, errors="replace")
    assert "Report: results/report/report.html" in printed
    ours, theirs = digests(tiny), digests(folder / "results")
    assert len(ours) > 60
    assert theirs == ours


def test_every_figure_and_the_report_are_the_same_in_many_processes(clone, tmp_path):
    results, kept = clone / "results", clone / ".snakemake" / "scripts"
    scripts = [next(kept.glob(f"*.{name}.py")) for name in ("draw_figures", "write_report")]

    def drawn(number):
        """Digests of what a new process draws."""
        folder = tmp_path / str(number) / "results"
        (folder / "report" / "figures").mkdir(parents=True)
        for part in (*results.iterdir(), *clone.iterdir()):
            if part.name not in ("results", "report", "logs", ".snakemake"):
                (folder if part.parent == results else folder.parent).joinpath(part.name).symlink_to(part)
        call(sys.executable, "-c", DRAW, *scripts, cwd=folder.parent, env=differing(number))
        return digests(folder / "report")

    with ThreadPoolExecutor(2) as pool:
        found = list(pool.map(drawn, range(PROCESSES)))
    assert len(found[0]) > 30
    assert all(own == found[0] for own in found)
    # And the same as the run's own.
    for name, digest in digests(results / "report").items():
        assert name.endswith(".pdf") or found[0][name] == digest, name


def differing(number):
    """The environment of a process: where its memory lies, and in what order sets are, differ by number."""
    allocation = [
        {},
        {"PYTHONMALLOC": "malloc"},
        {"MALLOC_ARENA_MAX": "1", "MALLOC_TOP_PAD_": str(4096 * number)},
        {"PYTHONMALLOC": "malloc", "MALLOC_MMAP_THRESHOLD_": "4096"},
    ]
    return {
        **os.environ, "PYTHONHASHSEED": str(number), "PADDING": "x" * 1777 * number,
        **allocation[number % len(allocation)],
    }  # fmt: skip
