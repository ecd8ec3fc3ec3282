"""How do concentrations compare with published ones, by context?"""

import numpy as np
import pandas as pd

from il6r import units
from il6r.assays.sample_tables import POST_EXERCISE, at_rest

# Absolute levels differ up to tenfold between kits: sIL-6R of AA homozygotes from 17 to 142 ng/mL
# (Marinou 2010, doi 10.1136/ard.2008.100644; Montes-Cano 2011, doi 10.1186/1479-5876-9-S2-P39).
_KITS = 10.0
_SLIP = 1000.0
_COLUMNS = [
    "analyte",
    "unit",
    "context",
    "low",
    "high",
    "source",
    "samples",
    "median",
    "share_within",
    "note",
]


def compare(samples: pd.DataFrame, ranges: pd.DataFrame) -> pd.DataFrame:
    """Medians and the share within each published range, and what a median outside may come from.

    Contexts that begin with "post-exercise" are set against post-exercise samples, others against resting
    ones. A median takes values that are not quantified at their limit. The share is of samples of which
    their bounds tell whether they lie within.

    Parameters
    ----------
    samples : one row per participant, visit and analyte: `analyte`, `value`, `low`, `high` (canonical units),
        `relative` (bool), and `time_point` where known.
    ranges : `resources/reference_ranges.tsv`, in canonical units.

    Returns
    -------
    `REFERENCE`: a row per context of each analyte that was measured in concentrations, in the order of
    `ranges`; without samples, `median` and `share_within` are missing.
    """
    samples = samples[~samples["relative"].astype(bool)]
    values = samples[["value", "low", "high"]]
    of_state = dict(list(values.groupby([samples["analyte"], ~at_rest(samples)])))
    measured = {analyte for analyte, _ in of_state}
    after_exercise = ranges["context"].str.startswith(POST_EXERCISE)
    rows = []
    for published, acute in zip(ranges.itertuples(), after_exercise, strict=True):
        if published.analyte not in measured:
            continue
        own = of_state.get((published.analyte, acute), values.iloc[:0])
        alike = ranges[(ranges["analyte"] == published.analyte) & (after_exercise == acute)]
        median = own["value"].median()
        rows.append(
            {
                "analyte": published.analyte,
                "unit": units.CANONICAL[published.analyte],
                "context": published.context,
                "low": published.low,
                "high": published.high,
                "source": published.source,
                "samples": len(own),
                "median": median,
                "share_within": _share(own, published.low, published.high),
                "note": _note(median, published.low, published.high, alike),
            }
        )
    return pd.DataFrame(rows, columns=_COLUMNS)


def _share(samples: pd.DataFrame, low: float, high: float) -> float:
    """Share within a range, among samples known to lie within or outside it."""
    within = (samples["low"] >= low) & (samples["high"] <= high)
    # What lies below a limit, or above one, is not at it.
    open_below, open_above = samples["low"] == 0, np.isinf(samples["high"])
    outside = (samples["high"] < low) | (open_below & (samples["high"] <= low))
    outside |= (samples["low"] > high) | (open_above & (samples["low"] >= high))
    known = within.sum() + outside.sum()
    return within.sum() / known if known else np.nan


def _note(median: float, low: float, high: float, alike: pd.DataFrame) -> str | None:
    """What a median outside a range may come from; None if it is inside, or there is none.

    `alike` are the published ranges of the same analyte in the same state, at rest or after exercise.
    """
    if np.isnan(median) or low <= median <= high:
        return None
    others = alike[(alike["low"] <= median) & (median <= alike["high"])]
    if len(others):
        return f"within another published range ({others.iloc[0]['context']})"
    least, most = alike["low"].min() / _KITS, alike["high"].max() * _KITS
    if least <= median <= most:
        return "levels differ up to tenfold between kits; compare ratios"
    for times, direction in ((_SLIP, "low"), (1 / _SLIP, "high")):
        if least <= median * times <= most:
            return f"about 1000-fold too {direction}: a slip of unit"
    return "further from published values than kits differ"
