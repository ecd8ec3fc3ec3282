"""How many people does each cohort have at each step?"""

import matplotlib.pyplot as plt
import seaborn as sns
from matplotlib.ticker import FuncFormatter

from il6r.plan import VARIANT, Plan
from il6r.report import privacy
from il6r.report.cohort.words import whole_flow
from il6r.report.load import Study

_POINT = sns.color_palette("colorblind")[0]


def participant_flow(study: Study) -> plt.Figure:
    """How many people each cohort has at each step, as bars with their numbers."""
    flow, plan, minimum = whole_flow(study), study.plan, study.minimum
    steps = [
        ("cohort", None, "in the participant table", "in participant table"),
        ("cohort", None, "no call at the variant", "genotyped"),
        *(
            ("association", first, None, f"in {label} models")
            for outcome, label in (("sil6r", "sIL-6R"), ("activity", "activity"))
            if (first := _first_of(plan, outcome)) is not None
        ),
    ]
    people = flow[flow["counted"] == "participants"]
    cohorts = list(dict.fromkeys(flow["cohort"]))
    figure, axes = plt.subplots(1, len(cohorts), figsize=(3.4 * len(cohorts) + 1.4, 2.6), squeeze=False)
    for axis, cohort in zip(axes[0], cohorts, strict=True):
        own = people[people["cohort"] == cohort]
        counts = []
        for stage, analysis, reason, _ in steps:
            match = own["stage"] == stage
            match &= own["analysis"] == analysis if analysis else own["reason"] == reason
            # Of an analysis the last step counts; one without anybody has none.
            counts.append(int(own.loc[match, "left"].iloc[-1]) if match.any() else 0)
        labels = [step[-1] for step in steps]
        # The bars' lengths are as round as the numbers on them.
        lengths = [privacy.people_number(count, minimum) or 0 for count in counts]
        sns.barplot(x=lengths, y=labels, ax=axis, color=_POINT, orient="h")
        for place, count in enumerate(counts):
            text = privacy.people(count, minimum)
            axis.text(counts[0] * 0.03, place, text, va="center", color="white", fontweight="bold")
        axis.set(title=cohort, xlabel="people", ylabel="")
        axis.grid(False, axis="y")
        axis.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.0f}"))
        axis.locator_params(axis="x", nbins=4)
        if axis is not axes[0][0]:
            axis.set_yticklabels([])
    return figure


def _first_of(plan: Plan, outcome: str) -> str | None:
    """The plan's first analysis of an outcome and the variant."""
    return next(
        (one.name for one in plan.analyses.values() if (one.outcome, one.exposure) == (outcome, VARIANT)),
        None,
    )
