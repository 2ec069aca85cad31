"""Rates against the number of attempts behind them, within limits of chance."""

from __future__ import annotations

from textwrap import fill
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pandas as pd

from ..estimate import records
from ..language import _, percent
from .drawing import narrow

if TYPE_CHECKING:
    from matplotlib.axes import Axes

LONGEST, ON_PHONE = 26, 15  # characters of a name before it goes on in the next line
BESIDE = 1.12  # times the most attempts: where the names stand
ROOM = 1.45  # times the most attempts: where the axis ends, so that names fit in
LINE = 0.062  # of the height of the axes: a line of a name
CROWD = 60  # marks; of more, each is drawn smaller


def plot_funnel(rows: pd.DataFrame, *, ax: Axes) -> Axes:
    """A mark for each provider, in the form of its verdict, and the limits of chance.

    Rows with a `provider` are marks: `value` of `n` attempts, `direction` (1 above, 0 not
    distinguishable, −1 below, missing where there were too few attempts), its `verdict` in
    words, and `label` where the mark bears its name. The others are points of the limits
    `inner_low` to `outer_high`. `centre` is the middle line.
    """
    points, limits = rows[rows["provider"].notna()], rows[rows["provider"].isna()]
    ax.axhline(float(rows["centre"].iloc[0]), color="0.25", linewidth=1.2)
    _marks(points, ax)
    _limits(limits, ax)
    _names(points, ax)
    room = ROOM if points["label"].notna().any() else BESIDE
    most = float(points["n"].max())
    ax.set(xlim=(float(points["n"].min()) / 2, most * room), ylim=(-0.03, 1.03))
    ax.locator_params(axis="x", integer=True)
    ax.set(xlabel=_("attempts"), ylabel=_("share answered"))
    ax.yaxis.set_major_formatter(lambda y, _at: percent(y))
    ax.figure.legend(ncols=3, loc="outside lower center", frameon=False, fontsize=8)
    return ax


def _limits(limits: pd.DataFrame, ax: Axes) -> None:
    if limits.empty:
        return
    named = ("inner", "-", "0.45", _("95% of chance")), ("outer", "--", "0.6", _("99.8% of chance"))
    for name, line, grey, words in named:
        ax.plot(limits["n"], limits[f"{name}_low"], line, color=grey, linewidth=1.2, label=words)
        ax.plot(limits["n"], limits[f"{name}_high"], line, color=grey, linewidth=1.2)


def _marks(points: pd.DataFrame, ax: Axes) -> None:
    """One form and colour per verdict, and how many marks lie on one spot."""
    import seaborn as sns

    palette = sns.color_palette("colorblind")
    scale = 0.6 if len(points) > CROWD else 1.0
    forms = ((1, "^", palette[0], 9), (0, "o", "0.5", 6), (-1, "v", palette[3], 9))
    for direction, marker, colour, size in (*forms, (None, "x", "0.5", 6)):
        way = points["direction"]
        part = points[way.eq(direction) if direction is not None else way.isna()]
        if len(part):
            ax.plot(part["n"], part["value"], marker, color=colour, markersize=scale * size,
                    alpha=0.8, label=str(part["verdict"].iloc[0]))  # fmt: skip
    together = points.groupby(["n", "value"], as_index=False).agg(marks=("provider", "size"))
    for spot in records(together[together["marks"] > 1]):
        ax.annotate(f"×{spot['marks']}", (spot["n"], spot["value"]), xytext=(-8, 0),
                    textcoords="offset points", ha="right", va="center", fontsize=8,
                    color="0.3")  # fmt: skip


def _names(points: pd.DataFrame, ax: Axes) -> None:
    """Names in a column at the right, each tied to its mark, none on another."""
    named = points[points["label"].notna()].sort_values("value")
    longest = ON_PHONE if narrow(ax) else LONGEST
    words = [fill(str(label), longest) for label in named["label"]]
    right = float(points["n"].max()) * BESIDE
    heights = _spread(named["value"].tolist(), [LINE * (1 + text.count("\n")) for text in words])
    for row, text, height in zip(records(named), words, heights, strict=True):
        ax.annotate(text, (row["n"], row["value"]), xytext=(right, height), fontsize=8,
                    va="center", arrowprops={"arrowstyle": "-", "color": "0.6", "shrinkA": 2,
                                             "shrinkB": 5, "linewidth": 0.8,
                                             "relpos": (0, 0.5)})  # fmt: skip


def _spread(wanted: list[float], sizes: list[float]) -> npt.NDArray[np.float64]:
    """Heights nearest to those `wanted`, which rise, that leave labels of `sizes` their room."""
    from scipy.optimize import isotonic_regression

    if not wanted:
        return np.empty(0)
    size = np.asarray(sizes)
    offsets = np.concatenate([[0.0], np.cumsum((size[1:] + size[:-1]) / 2)])
    lowest = isotonic_regression(np.asarray(wanted) - offsets).x
    return np.asarray(np.clip(lowest, size[0] / 2, 1 - offsets[-1] - size[-1] / 2) + offsets)
