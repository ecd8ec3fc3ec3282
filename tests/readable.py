"""What a reader meets in a figure: its texts with their sizes and places, and the looks of its legends."""

import io
from typing import NamedTuple

import numpy as np
from matplotlib.backends.backend_svg import RendererSVG
from matplotlib.colors import to_rgb
from matplotlib.text import Text

# Machado, Oliveira & Fernandes 2009 (doi 10.1109/TVCG.2009.113): what is left of linear red, green and blue
# in people without the cones for green (deuteranopia) and for red (protanopia).
COLOUR_BLIND = {
    "deuteranopia": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413],
                     [-0.011820, 0.042940, 0.968881]],
    "protanopia": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216],
                   [-0.003882, -0.048116, 1.051998]],
}  # fmt: skip
# From linear red, green and blue to CIE XYZ over the white of D65 (IEC 61966-2-1).
_TO_XYZ = np.array([[0.4339, 0.3763, 0.1899], [0.2126, 0.7152, 0.0722], [0.0178, 0.1095, 0.8729]])


class Written(NamedTuple):
    """A text, its size in points, its left, bottom, right and top in points, and whether it is upright."""

    text: str
    points: float
    box: np.ndarray
    straight: bool


def written(figure):
    """Every text that is drawn on a figure, with the sizes letters have in an SVG."""
    wide, high = figure.get_size_inches() * 72
    figure.set_dpi(72)
    renderer = RendererSVG(wide, high, io.StringIO())
    figure.draw(renderer)
    found = [text for text in figure.texts if text.get_visible()]
    for legend in [*figure.legends, *(axis.legend_ for axis in figure.axes if axis.legend_)]:
        found += legend.findobj(Text)
    for axis in figure.axes:
        found += axis.texts
        found += [axis.title, axis._left_title, axis._right_title]
        if axis.axison:
            found += [axis.xaxis.label, axis.yaxis.label]
            for side in (axis.xaxis, axis.yaxis):
                low, high = sorted(side.get_view_interval())
                ticks = [one for one in side.get_major_ticks() if low <= one.get_loc() <= high]
                found += [label for one in ticks for label in (one.label1, one.label2)]
    shown = [text for text in dict.fromkeys(found) if text.get_visible() and text.get_text().strip()]
    return [
        Written(text.get_text(), text.get_fontsize(), text.get_window_extent(renderer).extents,
                text.get_rotation() % 90 == 0)
        for text in shown
    ]  # fmt: skip


def overlaps(texts, least=1.0):
    """Pairs of upright texts that lie on each other by more than so many points in both directions."""
    straight = [one for one in texts if one.straight]
    boxes = np.array([one.box for one in straight]).reshape(-1, 4)
    found = []
    for k, box in enumerate(boxes[:-1]):
        rest = boxes[k + 1 :]
        across = np.minimum(box[2], rest[:, 2]) - np.maximum(box[0], rest[:, 0])
        down = np.minimum(box[3], rest[:, 3]) - np.maximum(box[1], rest[:, 1])
        for other in np.flatnonzero((across > least) & (down > 2 * least)):
            found.append((straight[k].text, straight[k + 1 + other].text))
    return found


def outside(figure, texts, least=1.0):
    """Texts that end beyond the paper."""
    wide, high = figure.get_size_inches() * 72
    return [
        one.text
        for one in texts
        if (one.box[:2] < -least).any() or one.box[2] > wide + least or one.box[3] > high + least
    ]


def looks(figure):
    """For each legend, label, colour and all else that tells its marks apart."""
    for legend in [*figure.legends, *(axis.legend_ for axis in figure.axes if axis.legend_)]:
        marks = []
        for handle, text in zip(legend.legend_handles, legend.get_texts(), strict=True):
            if hasattr(handle, "get_marker"):
                hollow = str(handle.get_markerfacecolor()) == "white"
                shape = (handle.get_marker(), hollow, handle.get_linestyle(), handle.get_linewidth())
                colour = handle.get_color()
            else:
                shape, colour = ("patch", handle.get_hatch()), handle.get_facecolor()
            marks.append((text.get_text(), to_rgb(colour), shape))
        yield marks


def distance(one, other, kind=None):
    """How far apart two colours are for people of a kind of colour blindness: CIE 1976 delta E."""
    return float(np.linalg.norm(_lab(one, kind) - _lab(other, kind)))


def _lab(colour, kind):
    values = np.array(colour, dtype=float)
    linear = np.where(values <= 0.04045, values / 12.92, ((values + 0.055) / 1.055) ** 2.4)
    if kind:
        linear = np.clip(np.array(COLOUR_BLIND[kind]) @ linear, 0, 1)
    white = _TO_XYZ @ linear
    root = np.where(white > (6 / 29) ** 3, np.cbrt(white), white / (3 * (6 / 29) ** 2) + 4 / 29)
    return np.array([116 * root[1] - 16, 500 * (root[0] - root[1]), 200 * (root[1] - root[2])])
