"""Every figure of the report, drawn in several processes."""

from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from types import ModuleType

from il6r.report import drawing
from il6r.report.activity import figures as activity
from il6r.report.assays import figures as assays
from il6r.report.association import figures as association
from il6r.report.cohort import figures as cohort
from il6r.report.drawing import Drawn
from il6r.report.genotypes import figures as genotypes
from il6r.report.load import Study
from il6r.report.register import FIGURES
from il6r.report.replication import figures as replication

# Imported by name, so that each is an input of the rule that draws.
_SECTIONS: dict[str, ModuleType] = {
    "cohort": cohort,
    "genotypes": genotypes,
    "assays": assays,
    "activity": activity,
    "association": association,
    "replication": replication,
}
# What a process draws from; each reads the tables that its figures need.
_study: Study


def function_of(name: str) -> Callable[[Study], Drawn]:
    """The function that draws a figure of the register, of a study."""
    function: Callable[[Study], Drawn] = getattr(_SECTIONS[FIGURES[name].section], name)
    return function


def draw(study: Study, output: dict[str, list[str]], workers: int) -> None:
    """Draw every figure to its files, in so many processes, which change nothing in them.

    Parameters
    ----------
    output : the files of each figure of the register by its name: SVG, PDF, and a csv of what it shows.
    """
    with ProcessPoolExecutor(
        workers, mp_context=get_context("fork"), initializer=_begin, initargs=(study,)
    ) as pool:
        try:
            drawn = [pool.submit(_save, name, output[name]) for name in FIGURES]
            for one in drawn:
                one.result()
        except BaseException:
            # Or those that have not begun would be waited for.
            pool.shutdown(cancel_futures=True)
            raise


def _begin(study: Study) -> None:
    global _study
    _study = study


def _save(name: str, paths: list[str]) -> None:
    with drawing.style():
        drawn = function_of(name)(_study)
        drawing.save(drawn.figure, [path for path in paths if not path.endswith(".csv")])
        for path in paths:
            if path.endswith(".csv"):
                drawing.write(drawn.data, path)
