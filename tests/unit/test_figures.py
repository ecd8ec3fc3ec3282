"""How figures are laid out and saved."""

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

    def drawn(order, paths=()):
        """Where the axes lie, if the layout takes its variables in some order of their addresses."""
        variables = [variable() for _ in range(500)]
        random.Random(order).shuffle(variables)

        def next_one(name):
            variables[-1].setName(name)
            return variables.pop()

        monkeypatch.setattr(kiwisolver, "Variable", next_one)
        with drawing.style():
            figure, axes = plt.subplots(len(heights), 2, figsize=size, height_ratios=heights)
            # Ticks take most of the time.
            plt.setp(axes, xticks=[0], yticks=[0])
            drawing.save(figure, paths)
        return tuple(axis.get_position().bounds for axis in figure.axes)

    # All that a file has of the layout.
    assert len({drawn(order) for order in range(8)}) == 1
    files = [tmp_path / "one.svg", tmp_path / "two.svg"]
    for order, file in enumerate(files):
        drawn(order, [str(file)])
    assert files[0].read_bytes() == files[1].read_bytes()
