"""Where did the people of each cohort go, from the participant table to the models?"""

import re
from typing import Any, NamedTuple

import matplotlib.pyplot as plt
import pandas as pd
from matplotlib.patches import FancyBboxPatch

from il6r.plan import Plan
from il6r.report import privacy, sheet
from il6r.report.cohort.words import first_analysis, whole_flow
from il6r.report.drawing import Drawn
from il6r.report.load import Study

# Inches: between a flow's parts, within a box, and of an arrow's least length.
_APART, _INSIDE, _ARROW = 0.12, 0.06, 0.28
_COLUMNS = 2
_BOX, _LINE, _GREY = "#e3edf6", "#0b5cad", "0.35"
_COLUMN_NAMES = {"sil6r": "sIL-6R", "enmo": "activity", "bmi": "BMI"}
_OUTCOMES = {"sil6r": "sIL-6R models", "activity": "Activity models"}

_OTHERS = "each other reason"


class _Step(NamedTuple):
    """A box of a cohort's flow: how many people it has, and why others of the one before did not come."""

    name: str
    people: int
    dropped: list[tuple[str, int]]


def participant_flow(study: Study) -> Drawn:
    """A flow diagram of each cohort: boxes with numbers of people, and between them why people dropped out.

    A number of people is rounded as everywhere; reasons of few, or of nobody, share a line.
    """
    flow, minimum = whole_flow(study), study.minimum
    flow = flow[flow["counted"] == "participants"]
    cohorts = list(dict.fromkeys(flow["cohort"]))
    steps = {cohort: _steps(flow[flow["cohort"] == cohort], study.plan, minimum) for cohort in cohorts}
    page = sheet.Sheet()
    between = 0.25
    wide = (sheet.WIDTH - 0.16 - (_COLUMNS - 1) * between) / _COLUMNS
    heights = {cohort: _draw(None, own, wide, minimum) for cohort, own in steps.items()}
    rows = [
        max(heights[cohort] for cohort in cohorts[k : k + _COLUMNS]) for k in range(0, len(cohorts), _COLUMNS)
    ]
    axes = page.panels(
        len(cohorts), _COLUMNS, rows, left=0.08, right=0.08, between=between, above=0.24, below=0.12
    )
    for place, (axis, cohort) in enumerate(zip(axes, cohorts, strict=True)):
        axis.set_axis_off()
        axis.set(xlim=(0, wide), ylim=(rows[place // _COLUMNS], 0))
        page.title(axis, cohort)
        _draw(axis, steps[cohort], wide, minimum)
    data = [
        {"cohort": cohort, "box": step.name, "people": privacy.people_number(step.people, minimum),
         "reason": _plain(reason) or None, "left_out": privacy.people_number(dropped, minimum)}
        for cohort, own in steps.items()
        for step in own
        for reason, dropped in (step.dropped or [("", 0)])
    ]  # fmt: skip
    columns = ["cohort", "box", "people", "reason", "left_out"]
    shown = pd.DataFrame(data, columns=columns).astype({"people": "Int64", "left_out": "Int64"})
    return Drawn(page.done(), shown)


def _steps(flow: pd.DataFrame, plan: Plan, minimum: int) -> list[_Step]:
    """The participant table, who is analysed, and those of the models of each outcome that the plan has."""

    def chain(rows: pd.DataFrame) -> list[tuple[str, int]]:
        """Reasons and how many people they had; of few and of nobody together, which are not told apart."""
        told = rows[privacy.enough(rows["dropped"], minimum) & (rows["dropped"] > 0)]
        others = [(_OTHERS, 0)] if privacy.step(minimum) > 1 and len(told) < len(rows) else []
        return [*zip(told["reason"], told["dropped"].astype(int), strict=True), *others]

    own = flow[(flow["stage"] == "cohort") & flow["analysis"].isna()]
    if own.empty:
        return []
    steps = [
        _Step("Participant table", int(own["left"].iloc[0]), []),
        _Step("Genotyped, analysed", int(own["left"].iloc[-1]), chain(own.iloc[1:])),
    ]
    for outcome, name in _OUTCOMES.items():
        analysis = first_analysis(plan, outcome)
        rows = flow[flow["analysis"] == analysis]
        # An analysis without anybody has no rows.
        if analysis is not None:
            steps.append(_Step(name, int(rows["left"].iloc[-1]) if len(rows) else 0, chain(rows)))
    return steps


def _draw(axis: plt.Axes | None, steps: list[_Step], wide: float, minimum: int) -> float:
    """One cohort's flow on axes in inches, y downwards; without axes only its height."""
    if not steps:
        return 0.0
    first, analysed, *models = steps
    trunk = 1.62
    y = _box(axis, first, 0, 0, trunk, minimum)
    y = _arrow(axis, analysed, trunk / 2, y, wide - trunk / 2 - _APART, minimum)
    y = _box(axis, analysed, 0, y, trunk, minimum)
    if not models:
        return y
    # One arrow parts into as many as there are models.
    own = (wide - (len(models) - 1) * _APART) / len(models)
    middles = [0.3 + k * (own + _APART) for k in range(len(models))]
    if axis is not None:
        axis.plot([trunk / 2, trunk / 2], [y, y + _APART], color=_GREY, linewidth=1)
        axis.plot([middles[0], max(middles[-1], trunk / 2)], [y + _APART] * 2, color=_GREY, linewidth=1)
    y += _APART
    ends = [_length(model, own - 0.3 - _APART, minimum) for model in models]
    for model, middle in zip(models, middles, strict=True):
        _arrow(axis, model, middle, y, own - 0.3 - _APART, minimum, max(ends))
    y += max(ends)
    return max(_box(axis, model, k * (own + _APART), y, own, minimum) for k, model in enumerate(models))


def _box(axis: plt.Axes | None, step: _Step, left: float, top: float, wide: float, minimum: int) -> float:
    """A box with a step's name and people; returns where it ends."""
    text = f"{step.name}\n{privacy.people(step.people, minimum)} people"
    high = 2 * sheet.LINE + 2 * _INSIDE
    if axis is not None:
        axis.add_patch(
            FancyBboxPatch((left + 0.03, top + 0.03), wide - 0.06, high - 0.06, boxstyle="round,pad=0.03",
                           facecolor=_BOX, edgecolor=_LINE, linewidth=1)
        )  # fmt: skip
        axis.text(left + wide / 2, top + high / 2, text, ha="center", va="center", linespacing=1.25)
    return top + high


def _reasons(step: _Step, wide: float, minimum: int) -> list[str]:
    """Lines that say who dropped out."""
    return [
        line
        for reason, dropped in step.dropped
        for line in sheet.wrapped(
            f"\N{MINUS SIGN} {privacy.people(dropped, minimum)}: {_plain(reason)}", wide
        )
    ]


def _plain(reason: str) -> str:
    """A reason with names of measurements instead of columns'."""
    return re.sub(r"\b(sil6r|enmo|bmi)\b", lambda found: _COLUMN_NAMES[found[0]], reason)


def _length(step: _Step, wide: float, minimum: int) -> float:
    return max(_ARROW, len(_reasons(step, wide, minimum)) * sheet.LINE + _APART)


def _arrow(
    axis: plt.Axes | None,
    step: _Step,
    x: float,
    top: float,
    wide: float,
    minimum: int,
    length: float | None = None,
) -> float:
    """An arrow to a step, with who dropped out on its right; returns where it ends."""
    length = _length(step, wide, minimum) if length is None else length
    if axis is not None:
        arrow: dict[str, Any] = {"arrowstyle": "-|>", "color": _GREY, "shrinkA": 0, "shrinkB": 0}
        axis.annotate("", (x, top + length), (x, top), arrowprops=arrow)
        lines = "\n".join(_reasons(step, wide, minimum))
        axis.text(x + _APART, top + (length - 0.06) / 2, lines, va="center", linespacing=1.25)
    return top + length
