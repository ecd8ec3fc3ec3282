"""Effects are written in one way, in verdicts' reasons and in the report."""

import math

import numpy as np
import pytest

from il6r import effect_text
from il6r.replication.published_values import Benchmark
from il6r.replication.verdict_rule import Measured
from il6r.replication.verdicts import verdict
from il6r.report import wording

MINUS = "\N{MINUS SIGN}"


@pytest.mark.parametrize(
    ("value", "low", "high", "scale", "text"),
    [
        (34.31, 30.42, 38.24, "percent", "+34.3 % (+30.4 to +38.2)"),
        (-1.234, -1.834, -0.634, "percent", f"{MINUS}1.23 % ({MINUS}1.83 to {MINUS}0.63)"),
        (1.944, 1.8, 2.1, "ratio", "1.94 (1.80 to 2.10)"),
        (0.4512, 0.412, 0.489, "r2", "0.45 (0.41 to 0.49)"),
        # Two digits of a small share would be 0.00.
        (0.005, 0.0003, 0.0162, "r2", "0.005 (0.000 to 0.016)"),
        (0.04, 0.01, 0.07, "difference", "+0.040 (+0.010 to +0.070)"),
        (math.nan, 0, 1, "r2", "not computable"),
    ],
)
def test_an_interval_has_the_digits_it_is_worth(value, low, high, scale, text):
    assert effect_text.with_interval(value, low, high, scale) == text
    assert wording.with_interval(value, low, high, scale) == text


@pytest.mark.parametrize(("share", "low", "high"), [(0.4512, 0.412, 0.489), (0.005, 0.0003, 0.0162)])
def test_a_verdicts_reason_and_the_report_write_one_number_alike(share, low, high):
    z, z_low, z_high = (float(np.arctanh(np.sqrt(value))) for value in (share, low, high))
    ours = Measured(z, (z_high - z_low) / 3.92, z_low, z_high, 400)
    published = Benchmark("effect", "r2", 1, 0.9, about=(0.9, 0.9), smallest=0.5, margin=(0.8, 1.0))
    _, reason = verdict(ours, published)
    number, ends = wording.with_interval(share, low, high, "r2").rstrip(")").split(" (")
    assert reason.startswith(f"{number} (95 % interval {ends}) ")
