"""How figures are laid out and saved."""

import hashlib
import random

import kiwisolver
import matplotlib.pyplot as plt
import pytest

from il6r.report import drawing


@pytest.mark.parametrize(
    ("size", "heights"),
    [
        ((8, 6), [2, 9, 7]),
        # The default study's forest figure had a second set of bytes in every other process.
        ((11, 18.8), [12, 9, 5, 2, 2, 2, 2, 2]),
    ],
)
def test_a_figure_is_the_same_wherever_its_layout_lies_in_memory(tmp_path, monkeypatch, size, heights):
    variable = kiwisolver.Variable

    def drawn(order):
        """The digest of a figure whose layout takes its variables in some order of their addresses."""
        variables = [variable() for _ in range(500)]
        random.Random(order).shuffle(variables)

        def next_one(name):
            variables[-1].setName(name)
            return variables.pop()

        monkeypatch.setattr(kiwisolver, "Variable", next_one)
        with drawing.style():
            figure, _ = plt.subplots(len(heights), 2, figsize=size, height_ratios=heights)
            drawing.save(figure, [f"{tmp_path}/figure.svg"])
        return hashlib.sha256((tmp_path / "figure.svg").read_bytes()).hexdigest()

    assert len({drawn(order) for order in range(8)}) == 1
