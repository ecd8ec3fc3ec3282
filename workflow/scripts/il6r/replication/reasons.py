"""Why does an estimate earn its word beside a published value?"""

import numpy as np

from il6r import effect_text
from il6r.replication import agreement, verdict_rule
from il6r.replication.effect_measures import MEASURES, on_measure
from il6r.replication.published_values import Benchmark
from il6r.replication.verdict_rule import Measured

_LEVEL = 0.05


def reason(word: str, ours: Measured, benchmark: Benchmark, fewest_df: float) -> str:
    """The numbers that decided a word, in the published unit, and what it would take where it is open.

    Parameters
    ----------
    word : of `verdict_rule.verdict_words`.
    """
    told = _Told(ours, benchmark)
    if word == verdict_rule.TOO_FEW:
        return f"{told.ours} rests on fewer than {fewest_df:g} residual degrees of freedom: nothing is judged"
    seen = ours.ci_low > 0 or ours.ci_high < 0
    start = f"{told.ours} {'excludes' if seen else 'includes'} {MEASURES[benchmark.scale].null}"
    if benchmark.sign == 0:
        return _of_null(word, start, ours, benchmark, told)
    if ours.relative or not benchmark.sized:
        return _of_direction(word, start, ours, benchmark, told)
    return start + _of_size(word, seen, ours, benchmark, told)


class _Told:
    """Numbers of one comparison as readers know them."""

    def __init__(self, ours: Measured, benchmark: Benchmark) -> None:
        self.scale = benchmark.scale
        low, high = (on_measure(end, self.scale) for end in (ours.ci_low, ours.ci_high))
        self.after = effect_text.digits(low, high, self.scale)
        interval = effect_text.interval(low, high, self.scale)
        self.ours = f"{self.number(ours.estimate)} (95 % interval {interval})"

    def number(self, value: float) -> str:
        return effect_text.number(on_measure(value, self.scale), self.scale, self.after)


def _of_null(word: str, start: str, ours: Measured, benchmark: Benchmark, told: _Told) -> str:
    p = float(verdict_rule.equivalence_p(ours.estimate, ours.se, benchmark, ours.df))
    ends = f"{told.number(benchmark.bound[0])} to {told.number(benchmark.bound[1])}"
    if word in ("no effect confirmed", "within the bound"):
        return f"{start} and is equivalent to none within {ends} ({_p(p)})"
    if word == "beyond the bound":
        return f"{start} and lies outside {ends}"
    return f"{start}; that it lies within {ends} is not shown ({_p(p)}){_takes(ours, benchmark)}"


def _of_direction(word: str, start: str, ours: Measured, benchmark: Benchmark, told: _Told) -> str:
    units = "; relative units are judged by direction only" if ours.relative else ""
    if word == "inconclusive":
        smallest = told.number(benchmark.sign * float(agreement.smallest_effect(ours.se, ours.df)))
        here = f"; so many people see {smallest} with 80 % power"
        if ours.relative or not benchmark.of_interest:
            return f"{start}{here}{units}"
        return f"{start}{here}{_takes(ours, benchmark)}{units}"
    side = "against" if word == "contradicted" else "in"
    interest = told.number(benchmark.sign * benchmark.of_interest)
    if word == "same direction, negligible":
        return f"{start}, in the published direction, but not the smallest effect of interest, {interest}"
    return f"{start}, {side} the published direction{units}"


def _of_size(word: str, seen: bool, ours: Measured, benchmark: Benchmark, told: _Told) -> str:
    """What a reason says of a published size."""
    number = effect_text.published(on_measure(benchmark.value, told.scale), told.scale)
    value = f"the published {'about ' if benchmark.kind == 'about' else ''}{number}"
    share = "half" if benchmark.share == 0.5 else f"{100 * benchmark.share:g} %"
    smallest = f"{share} of it ({told.number(benchmark.smallest)})"
    differ = bool(verdict_rule.differs(ours.estimate, ours.se, ours.ci_low, ours.ci_high, benchmark, ours.df))
    if benchmark.se is not None:
        test = _p(float(agreement.q_test(benchmark.value, benchmark.se, ours.estimate, ours.se, ours.df)))
        compared = f"{'differs' if differ else 'does not differ'} from {value} ({test})"
    else:
        compared = f"{'excludes' if differ else 'includes'} {value}"
        compared += "" if benchmark.kind == "about" else ", of which no standard error is known"
    if word == verdict_rule.REPLICATED:
        p = float(verdict_rule.equivalence_p(ours.estimate, ours.se, benchmark, ours.df))
        same = f"; of the same size ({_p(p)})" if p < _LEVEL else f"; the same size is not shown ({_p(p)})"
        return f", {compared} and lies beyond {smallest}{same}"
    if word == "same direction, imprecise":
        return f" and {compared}, but reaches below {smallest}{_takes(ours, benchmark)}"
    if word == "same direction, size not comparable":
        return f" and {compared}"
    if word.startswith("same direction"):
        return f" and {compared}: the effect here is {word.removeprefix('same direction, ')}"
    if word == "contradicted":
        if seen:
            return f", on the side opposite to {value}"
        return f", {compared} and excludes even {smallest}"
    if differ:
        return f" and {compared}, but not {smallest}{_takes(ours, benchmark)}"
    return f" and {compared}{_takes(ours, benchmark)}"


def _takes(ours: Measured, benchmark: Benchmark) -> str:
    """How many times the people an answer takes, and the chance of it that there was.

    Not where cohorts disagree. Numbers of people are the report's to tell, rounded.
    """
    if ours.fixed_df is not None:
        return ""
    needed = verdict_rule.people_needed(benchmark, ours.n, ours.se, ours.df)
    if np.isnan(needed):
        return ""
    effect = benchmark.value if benchmark.sized else benchmark.sign * benchmark.of_interest
    chance = float(verdict_rule.chance(benchmark, effect, ours.se, ours.df))
    return (
        f"; to confirm it with 80 % power takes about {needed / ours.n:.2g} times as many people, those here "
        f"had {100 * chance:.0f} %"
    )


def _p(p: float) -> str:
    return "p < 0.0001" if p < 1e-4 else f"p = {p:.2g}"
