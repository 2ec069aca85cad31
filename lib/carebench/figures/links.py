"""Two measures of the same providers, one across and one up, each with its interval."""

from __future__ import annotations

from textwrap import shorten
from typing import TYPE_CHECKING, Any, cast

import numpy as np
import numpy.typing as npt
import pandas as pd

from ..estimate import quantity, records
from .drawing import Draw, narrow

if TYPE_CHECKING:
    from matplotlib.axes import Axes

LONGEST = 22  # characters of a name beside its point
MOST_NAMED = 20  # points; the names of more would cover each other
# Where a name may stand, seen from its point: offset in points, and how it is aligned.
PLACES = ((6, 5, "left", "bottom"), (6, -5, "left", "top"),
          (-6, 5, "right", "bottom"), (-6, -5, "right", "top"))  # fmt: skip


def _plot_link(rows: pd.DataFrame, *, ax: Axes) -> Axes:
    """A point with crossed intervals for each row; its first column names it where there is room.

    `rows` has `x` and `y`, each with `_low`, `_high`, `_unit` and `_name`. On a phone points
    bear numbers from the best across.
    """
    import seaborn as sns

    colour = sns.color_palette("colorblind")[0]
    ax.hlines(rows["y"], rows["x_low"], rows["x_high"], color=colour, linewidth=1.2, alpha=0.35)
    ax.vlines(rows["x"], rows["y_low"], rows["y_high"], color=colour, linewidth=1.2, alpha=0.35)
    ax.plot(rows["x"], rows["y"], "o", color=colour, markersize=6)
    across, up = (str(rows[name].iloc[0]) for name in ("x_unit", "y_unit"))
    ax.xaxis.set_major_formatter(lambda value, _at: quantity(value, across))
    ax.yaxis.set_major_formatter(lambda value, _at: quantity(value, up))
    ax.set(xlabel=rows["x_name"].iloc[0], ylabel=rows["y_name"].iloc[0])
    if len(rows) <= MOST_NAMED:
        _name_points(rows, ax)
    return ax


def _name_points(rows: pd.DataFrame, ax: Axes) -> None:
    """Each name where it covers the fewest others, one point after the other."""
    ax.margins(0.08)
    ax.autoscale_view()  # else places would be those of an axis not yet fitted to its data
    points = ax.transData.transform(rows[["x", "y"]].to_numpy(dtype=float))
    taken: list[npt.NDArray[np.float64]] = [
        np.array([x - 4, y - 4, x + 4, y + 4]) for x, y in points
    ]
    for at, row in enumerate(records(rows)):
        name = str(at + 1) if narrow(ax) else shorten(str(row[str(rows.columns[0])]), LONGEST,
                                                      placeholder="…")  # fmt: skip
        boxes = [_box(points[at], len(name), place, ax) for place in PLACES]
        covered = [sum(_overlap(box, other) for other in taken) + _beyond(box, ax) for box in boxes]
        best = int(np.argmin(covered))
        taken.append(boxes[best])
        _write(name, row, PLACES[best], ax)


def _write(name: str, row: dict[str, Any], place: tuple[int, int, str, str], ax: Axes) -> None:
    dx, dy, horizontal, vertical = place
    paper = {"facecolor": "white", "alpha": 0.7, "edgecolor": "none", "pad": 0.4}
    ax.annotate(name, (row["x"], row["y"]), xytext=(dx, dy), textcoords="offset points",
                ha=horizontal, va=vertical, fontsize=8, color="0.2", bbox=paper)  # fmt: skip


def _box(
    point: npt.NDArray[np.float64], letters: int, place: tuple[int, int, str, str], ax: Axes
) -> npt.NDArray[np.float64]:
    """About where a name would stand, in dots: left, bottom, right, top."""
    figure = ax.get_figure(root=True)
    dots = (figure.dpi if figure else 72.0) / 72
    wide, high = letters * 4.4 * dots, 9 * dots
    x, y = point[0] + place[0] * dots, point[1] + place[1] * dots
    left = x if place[2] == "left" else x - wide
    low = y if place[3] == "bottom" else y - high
    return np.array([left, low, left + wide, low + high])


def _overlap(one: npt.NDArray[np.float64], other: npt.NDArray[np.float64]) -> float:
    sides = np.minimum(one[2:], other[2:]) - np.maximum(one[:2], other[:2])
    return float(np.prod(np.maximum(sides, 0.0)))


def _beyond(box: npt.NDArray[np.float64], ax: Axes) -> float:
    """How much of a name would stand outside the axes."""
    inside = np.array(ax.bbox.extents, dtype=float)
    return float(np.prod(box[2:] - box[:2])) - _overlap(box, inside)


def _height(_rows: pd.DataFrame) -> float:
    return 4.8


plot_link = cast(Draw, _plot_link)
plot_link.height = _height
