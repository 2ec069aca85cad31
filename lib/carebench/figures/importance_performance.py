"""How well each item is done, and how much satisfaction goes along with it, as a map."""

from __future__ import annotations

from textwrap import fill
from typing import TYPE_CHECKING, cast

import numpy as np
import numpy.typing as npt
import pandas as pd

from ..estimate import quantity, records
from ..language import _, percent
from .drawing import Draw, narrow

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Places = npt.NDArray[np.float64]

LONGEST, ON_PHONE = 22, 14  # characters of a name before it goes on in the next line
HEIGHT = 4.4  # inches
LINE = 0.17  # inches of a line of a name


def _plot_importance_performance(rows: pd.DataFrame, *, ax: Axes) -> Axes:
    """Points with intervals both ways about a cross, each named at the right margin.

    `rows` are estimates of shares with `performance_value` and its limits, `cross_performance`,
    `cross_share` and `certain`: a mark is filled where its quarter of the map is.
    """
    import seaborn as sns

    firm, open_ = sns.color_palette("colorblind")[0], "0.45"
    ax.axvline(
        rows["cross_performance"].iloc[0], color="0.25", linestyle=":", linewidth=1.2, zorder=1
    )
    ax.axhline(rows["cross_share"].iloc[0], color="0.25", linestyle=":", linewidth=1.2, zorder=1)
    for row in records(rows):
        x, y = row["performance_value"], row["value"]
        ink = firm if row["certain"] else open_
        ax.plot(
            [row["performance_low"], row["performance_high"]],
            [y, y],
            color=ink,
            alpha=0.7,
            linewidth=2,
        )
        ax.plot([x, x], [row["low"], row["high"]], color=ink, alpha=0.7, linewidth=2)
        ax.plot(x, y, "o", color=ink, markerfacecolor=ink if row["certain"] else "white")
    ax.grid(visible=False)
    ax.margins(x=0.08)
    _widen(ax, float(rows["least_width"].iloc[0]))
    ax.set_ylim(0, 1.2 * float(rows["high"].max()))
    _corners(ax)
    ax.yaxis.set_major_formatter(lambda y, _at: percent(y))
    ax.xaxis.set_major_formatter(lambda x, _at: quantity(x, "score"))
    ax.locator_params(axis="x", nbins=3 if narrow(ax) else 5)
    ax.set_xlabel(str(rows["axis"].iloc[0]))
    ax.set_ylabel(_("share of explained variance"))
    _name(rows, ax)
    return ax


def _widen(ax: Axes, least: float) -> None:
    """Make the axis at least so wide, so that small differences of means look small."""
    low, high = ax.get_xlim()
    more = max(0.0, least - (high - low)) / 2
    ax.set_xlim(low - more, high + more)


def _corners(ax: Axes) -> None:
    """What the four quarters of the map say."""
    for x, y, words in (
        (0.02, 0.98, _("mend first")),
        (0.98, 0.98, _("keep up")),
        (0.02, 0.02, _("mend later")),
        (0.98, 0.02, _("well enough")),
    ):
        ax.text(x, y, words, transform=ax.transAxes, ha="left" if x < 0.5 else "right",
                va="top" if y > 0.5 else "bottom", fontsize=8.5, color="0.35",
                style="italic")  # fmt: skip


def _name(rows: pd.DataFrame, ax: Axes) -> None:
    """The names at the right margin, as near to their points as they can stand apart."""
    room = ON_PHONE if narrow(ax) else LONGEST
    shown = rows.sort_values("value", ascending=False)
    names = [fill(str(name), room) for name in shown.iloc[:, 0]]
    top = ax.get_ylim()[1]
    line = top * LINE / (HEIGHT - 1.0)
    heights = np.array([line * (name.count("\n") + 1.4) for name in names])
    for name, place, row in zip(
        names,
        _apart(shown["value"].to_numpy(dtype=float), heights),
        records(shown),
        strict=True,
    ):
        ax.annotate(name, (row["performance_value"], row["value"]), xytext=(1.04, place),
                    textcoords=ax.get_yaxis_transform(), va="center", fontsize=8.5, color="0.15",
                    annotation_clip=False, arrowprops={"arrowstyle": "-", "color": "0.7",
                    "linewidth": 0.7, "shrinkB": 4, "relpos": (0, 0.5)})  # fmt: skip


def _apart(wanted: Places, heights: Places) -> Places:
    """Places from the top down, at least half of both heights apart, and above 0."""
    places = wanted.copy()
    for i in range(1, len(places)):
        places[i] = min(places[i], places[i - 1] - (heights[i - 1] + heights[i]) / 2)
    lowest = places[-1] - heights[-1] / 2
    if lowest < 0:  # too far down: push up from the bottom
        places[-1] -= lowest
        for i in range(len(places) - 2, -1, -1):
            places[i] = max(places[i], places[i + 1] + (heights[i] + heights[i + 1]) / 2)
    return places


def _height(rows: pd.DataFrame) -> float:
    return max(HEIGHT, 0.3 * len(rows) + 1.4)


plot_importance_performance = cast(Draw, _plot_importance_performance)
plot_importance_performance.height = _height
