"""A finished drawing fitted to a phone, so that its letters need no magnifying.

A drawing made for a desk and shrunk to a phone has letters of five pixels. So each is drawn a
second time, as narrow as the screen, and what does not fit into the width goes on below.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil
from textwrap import wrap
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.legend import Legend

WIDTH, DPI = 4.0, 144  # inches, which a phone shows at about nine tenths of their size
LETTERS = {"xtick.labelsize": 8.5, "ytick.labelsize": 9, "axes.labelsize": 9, "axes.titlesize": 8}
ROW = 18  # characters of a row's name before it goes on in the next line
LINE, LEGEND_LINE = 0.19, 0.16  # inches: a line of a name, and of a legend
ACROSS = 38  # characters under an axis; beyond, they go on in the next line
ENTRY = 0.5  # inches of a legend's entry beside its words
LETTER = 0.064  # inches, on average
FRAME = 1.2  # inches above and below the rows


def fit(figure: Figure) -> None:
    """Wrap names, axis labels and legends of `figure`, and make it as tall as that needs."""
    height = figure.get_figheight()
    more = max((_rows(ax, height) for ax in figure.axes), default=0.0)
    for ax in figure.axes:
        ax.set_xlabel(_under(ax.get_xlabel()))
        ax.set_title(_under(ax.get_title("left")), loc="left")
    for legend in list(figure.legends):
        more += _legend(figure, legend)
    figure.set_figheight(height + more)


def _under(text: str) -> str:
    """What stands under or over an axis, each of its lines in as many as it needs."""
    return "\n".join(_wrapped(line, ACROSS) for line in text.split("\n"))


def _wrapped(text: str, most: int) -> str:
    """`text` in as few lines of `most` characters as hold it, and these alike in length."""
    wrapped = wrap(text, most)
    narrower = (wrap(text, width, break_long_words=False) for width in range(most // 2, most))
    return "\n".join(next((lines for lines in narrower if len(lines) == len(wrapped)), wrapped))


def _rows(ax: Axes, height: float) -> float:
    """Wrap the names of rows; the inches by which the drawing must grow so that none touch."""
    from matplotlib.ticker import FixedLocator, MaxNLocator

    named = isinstance(ax.yaxis.get_major_locator(), FixedLocator)
    names = [" ".join(label.get_text().split()) for label in ax.get_yticklabels()] if named else []
    if not names:
        return 0.0
    wrapped = [_wrapped(name, ROW) for name in names]
    ax.set_yticks(ax.get_yticks(), wrapped)
    if isinstance(ax.xaxis.get_major_locator(), MaxNLocator):
        ax.locator_params(axis="x", nbins=3)
    lines = [name.count("\n") + 1 for name in wrapped]
    needed = LINE * max((a + b) / 2 for a, b in zip(lines, [*lines[1:], 1], strict=True))
    return max(0.0, needed * len(lines) - (height - FRAME))


def _legend(figure: Figure, legend: Legend) -> float:
    """Set a legend again in as many columns as fit; the inches that its lines may add."""
    handles = [handle for handle in legend.legend_handles if handle is not None]
    names = [text.get_text() for text in legend.get_texts()]
    columns = _columns(names)
    legend.remove()
    figure.legend(handles, names, ncols=columns, loc="outside lower center", frameon=False,
                  fontsize=8)  # fmt: skip
    return LEGEND_LINE * (ceil(len(names) / columns) - 1)


def _columns(names: Sequence[str]) -> int:
    """The most columns of a legend that fit; its entries run down, column by column."""
    for columns in range(len(names), 1, -1):
        longest = [max(map(len, part)) for part in np.array_split(names, columns)]
        if columns * ENTRY + LETTER * sum(longest) <= WIDTH:
            return columns
    return 1
