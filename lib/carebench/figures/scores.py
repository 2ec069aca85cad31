"""Scores on a scale of five points, as bars set around the middle one."""

from __future__ import annotations

from textwrap import fill
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pandas as pd

from ..estimate import from_row, records
from ..language import _, number, percent
from .drawing import narrow, tall

if TYPE_CHECKING:
    from matplotlib.axes import Axes

MOST = 40  # bars; of more, the first and the last are drawn
LONGEST = 26  # characters of a name before it goes on in the next line
POINTS = (1, 2, 3, 4, 5)
COLOURS = ("#8c510a", "#dfc27d", "#e4e4e4", "#80cdc1", "#01665e")  # worst to best
DARK = (1, 5)  # points whose colour needs white figures
WIDE, WIDE_ON_PHONE = 0.055, 0.17  # of the axis: a part on which its share can be printed


@tall(per_row=0.36, rest=1.3)
def plot_scores(rows: pd.DataFrame, *, ax: Axes) -> Axes:
    """A bar for each row, cut at the scores and set around the middle of the scale.

    The first column labels the bars; `score_1` to `score_5` are the shares of each score. At
    the right stands the estimate of the row: the share of good scores with its interval. Of
    more than 40 rows the first and the last 20 are drawn.
    """
    drawn = _ends(rows)
    places = np.arange(len(drawn))
    shares = drawn[[f"score_{point}" for point in POINTS]].to_numpy(dtype=float)
    reach = float(np.ceil(10 * np.abs(_edges(shares)[:, [0, -1]]).max()) / 10)
    _bars(shares, places, ax, least=2 * reach * (WIDE_ON_PHONE if narrow(ax) else WIDE))
    ax.set_yticks(places, [fill(str(label), LONGEST) for label in drawn.iloc[:, 0]])
    ax.set_ylim(len(drawn) - 0.4, -0.6)
    parted = "\n" if narrow(ax) else " "
    for place, row in enumerate(records(drawn)):
        good = from_row(row)
        ax.annotate(f"{good.value_text()}{parted}({good.interval_text()})", (1, place),
                    xycoords=ax.get_yaxis_transform(), xytext=(6, 0),
                    textcoords="offset points", va="center", fontsize=8, color="0.2")  # fmt: skip
    ax.annotate(_("4 or 5"), (1, 1), xycoords="axes fraction", xytext=(6, 4),
                textcoords="offset points", fontsize=8, fontweight="bold")  # fmt: skip
    ax.axvline(0, color="0.25", linewidth=0.8, zorder=0.5)
    ax.set_xlim(-reach, reach)
    ax.xaxis.set_major_formatter(lambda x, _at: percent(abs(x)))
    ax.set_xlabel(_axis_label(len(rows) - len(drawn)))
    ax.grid(axis="y", visible=False)
    ax.figure.legend(ncols=len(POINTS), loc="outside lower center", frameon=False, fontsize=8)
    return ax


_height_of_all = plot_scores.height
plot_scores.height = lambda rows: _height_of_all(_ends(rows))


def _bars(
    shares: npt.NDArray[np.float64], places: npt.NDArray[np.int_], ax: Axes, *, least: float
) -> None:
    """The bars, with the share printed on every part that is at least so wide."""
    edges = _edges(shares)
    names = {1: _("1 worst"), 5: _("5 best")}
    for at, (point, colour) in enumerate(zip(POINTS, COLOURS, strict=True)):
        left, width = edges[:, at], shares[:, at]
        ax.barh(places, width, left=left, color=colour, edgecolor="white", linewidth=0.6,
                height=0.78, label=names.get(point, number(point)))  # fmt: skip
        for place, start, share in zip(places, left, width, strict=True):
            if share >= least:
                ax.text(start + share / 2, place, percent(share), ha="center", va="center",
                        fontsize=7.5, color="white" if point in DARK else "black")  # fmt: skip


def _edges(shares: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Where each part of each bar begins and the last one ends; the middle score is at 0."""
    starts = -(shares[:, 0] + shares[:, 1] + shares[:, 2] / 2)
    return np.column_stack([starts, starts[:, None] + np.cumsum(shares, axis=1)])


def _ends(rows: pd.DataFrame) -> pd.DataFrame:
    if len(rows) <= MOST:
        return rows
    return pd.concat([rows.head(MOST // 2), rows.tail(MOST // 2)], ignore_index=True)


def _axis_label(skipped: int) -> str:
    label = _("share of scores below and above the middle")
    if not skipped:
        return label
    text = _("{n} rows between the first and the last are not drawn").format(n=number(skipped))
    return f"{label}\n{text}"
