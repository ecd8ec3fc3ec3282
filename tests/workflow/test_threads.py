"""One thread of BLAS and two give the same bytes, in processes of their own."""

import pytest
from conftest import REPO, printed_with_threads

STRUCTURE = """
import sys, numpy as np
sys.path.insert(0, {scripts!r})
from il6r.genotypes import ancestry, kinship
rng = np.random.default_rng(1)
calls = rng.binomial(2, rng.uniform(0.1, 0.9, (1500, 1)), (1500, 400)).astype(np.int8)
calls[rng.random(calls.shape) < 0.01] = -1
coordinates, shares = ancestry.components(calls, np.arange(400) % 7 > 0)
pairs = kinship.related_pairs(np.concatenate([calls, calls[:, :9]], axis=1), list(range(409)))
sys.stdout.buffer.write(coordinates.tobytes() + shares.tobytes() + pairs.to_csv().encode())
"""
MODELS = """
import sys, numpy as np
sys.path.insert(0, {scripts!r})
from il6r.association import censored, least_squares
rng = np.random.default_rng(1)
x, levels, clusters = rng.normal(size=(20_000, 30)), np.arange(20_000) % 300, np.arange(20_000) // 2
y = x.sum(axis=1) + rng.normal(size=20_000)
bounds = np.where(y < -5, -np.inf, y), np.maximum(y, -5)
many = least_squares.fit_many(y[:, None] + x, x[:, :12], term=1, absorbed=levels, clusters=clusters)
sys.stdout.buffer.write(many.se.tobytes() + many.estimate.tobytes())
for found in (
    least_squares.fit(y, x),
    least_squares.fit(y, x, absorbed=levels, clusters=clusters),
    censored.fit(np.maximum(y, -5), x, bounds, absorbed=levels),
):
    sys.stdout.buffer.write(found.params.tobytes() + found.covariance.tobytes())
"""


@pytest.mark.parametrize(
    ("code", "least"), [(STRUCTURE, 8 * 409), (MODELS, 8 * 30 * 30)], ids=["structure", "models"]
)
def test_one_thread_and_two_give_the_same_bytes(code, least):
    printed = printed_with_threads(code.format(scripts=str(REPO / "workflow" / "scripts")))
    assert printed[0] == printed[1]
    assert len(printed[0]) > least
