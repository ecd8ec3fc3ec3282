"""What does a published value claim, on the scale on which estimates are compared?"""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from il6r.replication import agreement
from il6r.replication.benchmarks import DIRECTIONS
from il6r.replication.effect_measures import on_analysis_scale, share_of_effect

# What "about" covers on either side, as a share of the effect on the scale of comparison: one width for
# "about 50 %" and "about 2", where 45 to 55 % would be narrow, and 1.5 to 2.5 hold +22 to +58 % an allele.
ABOUT = 0.1
# Kinds of published values that have a size.
SIZED = ("effect", "about", "correlation", "standardised")


@dataclass(frozen=True)
class Benchmark:
    """A published value; all numbers but `scale` are on the scale of comparison, on which no effect is 0.

    Attributes
    ----------
    kind : of `resources/published_effects.tsv`.
    scale : the measure in which it was published.
    sign : its direction; 0 of nulls and bounds.
    value : the effect; not a number where no size was published.
    se : its standard error; None where it is not known.
    about : what counts as this value where it was given as "about"; the value twice elsewhere.
    share, smallest : the share of the effect that an interval has to reach, and the effect of that share.
    margin : within these ends an effect counts as of the same size.
    bound : what an effect has to be within, of nulls and bounds.
    of_interest : of a direction, the smallest effect that matters.
    """

    kind: str
    scale: str
    sign: int
    value: float = math.nan
    se: float | None = None
    about: tuple[float, float] = (math.nan, math.nan)
    share: float = 0.5
    smallest: float = math.nan
    margin: tuple[float, float] = (math.nan, math.nan)
    bound: tuple[float, float] = (math.nan, math.nan)
    of_interest: float = 0.0

    @property
    def sized(self) -> bool:
        """Whether a size was published."""
        return self.kind in SIZED

    @classmethod
    def read(cls, row: Any, settings: dict[str, Any]) -> "Benchmark":
        """A row of `resources/published_effects.tsv`.

        Parameters
        ----------
        row : its columns as attributes; without `kind` it is a direction, "about" where it has `about_low`,
            else an effect.
        settings : `replication` of the plan (`equivalence_margin` and `smallest_share`, shares of the
            effect), with `smallest_effect`, of the analysis, in the unit of `row.scale`, where it has one.
        """
        kind, scale = _kind(row), row.scale
        if kind == "direction":
            interest = settings.get("smallest_effect") or 0.0
            sign = DIRECTIONS[row.value]
            compared = abs(on_analysis_scale(_signed(interest, sign, scale), scale)) if interest else 0.0
            return cls(kind, scale, sign, of_interest=compared)
        if kind in ("no_effect", "bound"):
            widest = abs(on_analysis_scale(float(row.bound), scale))
            return cls(kind, scale, 0, bound=(-widest, widest))
        given = float(row.value)
        value = on_analysis_scale(given, scale)
        share, margin = settings["smallest_share"], settings["equivalence_margin"]
        ends = sorted(share_of_effect(given, part, scale) for part in (1 - margin, 1 + margin))
        near = sorted(share_of_effect(given, part, scale) for part in (1 - ABOUT, 1 + ABOUT))
        return cls(
            kind,
            scale,
            int(np.sign(value)),
            value,
            se=_error(row, kind, value),
            about=(near[0], near[1]) if kind == "about" else (value, value),
            share=share,
            smallest=share_of_effect(given, share, scale),
            margin=(ends[0], ends[1]),
        )


def _kind(row: Any) -> str:
    kind = getattr(row, "kind", None)
    if isinstance(kind, str):
        return kind
    if row.value in DIRECTIONS:
        return "direction"
    return "effect" if pd.isna(getattr(row, "about_low", None)) else "about"


def _signed(amount: float, sign: int, scale: str) -> float:
    """An amount towards a direction, in the unit of a scale."""
    return 1 + sign * amount / 100 if scale in ("ratio", "odds_ratio") else sign * amount


def _error(row: Any, kind: str, value: float) -> float | None:
    """The standard error: of an interval, of a correlation's pairs, or the largest that a p-value allows."""
    low, high = row.low, row.high
    if not pd.isna(low):
        ends = [on_analysis_scale(float(end), row.scale) for end in (low, high)]
        return (ends[1] - ends[0]) / (2 * agreement.Z)
    pairs = pd.to_numeric(getattr(row, "n_pairs", None), errors="coerce")
    if kind == "correlation" and pairs > 3:
        # Fisher (1921): the variance of z is 1 / (n - 3).
        return float(1 / np.sqrt(pairs - 3))
    p = pd.to_numeric(getattr(row, "p", None), errors="coerce")
    return None if pd.isna(p) else abs(value) / float(agreement.z_of_p(p))
