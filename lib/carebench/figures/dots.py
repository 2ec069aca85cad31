"""Dots with their intervals, one row each."""

from __future__ import annotations

from collections.abc import Callable
from textwrap import fill
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from ..estimate import quantity, records
from ..language import _, number, percent
from .drawing import Draw, tall

if TYPE_CHECKING:
    from matplotlib.axes import Axes

LONGEST = 30  # characters of a label before it goes on in the next line
LINE = 0.19  # inches of each line but the first
MOST = 40  # rows; of more, only the first and the last are drawn
APART = 0.24  # rows by which a second mark stands below the first
WIDE = 5  # points across, from which on ticks stand at whole ones


def ends_of_many(draw: Callable[..., Axes]) -> Draw:
    """Draw the first and the last of more rows than a page holds, with a gap between them."""

    def shown(rows: pd.DataFrame, *, ax: Axes) -> Axes:
        return draw(_ends(rows), ax=ax)

    shown.__doc__ = draw.__doc__
    sized = tall(per_row=0.30, rest=1.0)(shown)
    height = sized.height
    sized.height = lambda rows: height(_ends(rows)) + _wrapped(_ends(rows))
    return sized


def _wrapped(rows: pd.DataFrame) -> float:
    """Inches more for labels of several lines: rows stand equally far apart."""
    lines = max((_label(name).count("\n") for name in rows.iloc[:, 0]), default=0)
    return LINE * lines * len(rows)


def _label(name: object) -> str:
    return fill(str(name), LONGEST)


@ends_of_many
def plot_rates(rows: pd.DataFrame, *, ax: Axes) -> Axes:
    """A dot and an interval for each row, the first on top, with k/n or n at the right.

    `rows` are estimates in shares. A column `reference`, named by `reference_name`, draws a
    dashed line where it is the same for all rows, else a mark in each row that has one. A
    column `shrunken` draws a grey diamond, and dots are hollow where `ranked` is false. Rows
    without a value show their reason.
    """
    _dots(rows, ax)
    if "shrunken" in rows:
        places = np.arange(len(rows)) + APART
        ax.plot(rows["shrunken"], places, "D", color="0.45", markersize=4, alpha=0.9)
    low = min(0.0, float(rows[["value", "low"]].min().min(skipna=True)))
    ax.set_xlim(low, 1)
    ax.xaxis.set_major_formatter(lambda x, _at: percent(x))
    _references(rows, ax)
    return ax


@ends_of_many
def plot_estimates(rows: pd.DataFrame, *, ax: Axes) -> Axes:
    """A dot and an interval for each row, in whatever unit the rows share.

    Differences, which are in points, stand around a line at zero.
    """
    _dots(rows, ax)
    unit = str(rows["unit"].iloc[0])
    ax.xaxis.set_major_formatter(lambda x, _at: quantity(x, unit))
    ax.margins(x=0.12)
    if unit == "points":
        _whole_ticks(ax)
    if "pair" in rows:
        ax.axvline(0, color="0.25", linestyle=":", linewidth=1.2)
    _references(rows, ax)
    return ax


def _ends(rows: pd.DataFrame) -> pd.DataFrame:
    """`rows`, or of too many the first and the last, with an empty row for those between."""
    if len(rows) <= MOST:
        return rows
    half = MOST // 2
    kept = [name for name in ("unit", "reference", "reference_name", "ranked") if name in rows]
    gap = rows.iloc[[half]][kept].assign(reason=_("{n} more").format(n=number(len(rows) - MOST)))
    gap.insert(0, str(rows.columns[0]), "⋮")
    return pd.concat([rows[:half], gap, rows[-half:]], ignore_index=True)


def _dots(rows: pd.DataFrame, ax: Axes) -> None:
    """Dots with intervals from top to bottom, and the counts behind them at the right."""
    import seaborn as sns

    colour = sns.color_palette("colorblind")[0]
    places = np.arange(len(rows))
    limits = rows[["low", "high"]].astype("float64").replace([np.inf, -np.inf], np.nan)
    ax.hlines(places, limits["low"], limits["high"], color=colour, linewidth=2, alpha=0.55)
    firm = rows["ranked"].to_numpy(dtype=bool) if "ranked" in rows else places >= 0
    values = rows["value"].to_numpy(dtype=float)
    for part, face in ((firm, colour), (~firm, "white")):
        if part.any():  # marks that are none would claim room in the corner of the drawing
            # A mark at 0 or 1 stands on the edge and must be seen whole.
            ax.plot(values[part], places[part], "o", color=colour, markerfacecolor=face,
                    clip_on=False)  # fmt: skip
    ax.set_yticks(places, [_label(name) for name in rows.iloc[:, 0]])
    ax.set_ylim(len(rows) - 0.4, -0.6)
    ax.grid(axis="y", visible=False)
    for place, row in enumerate(records(rows)):
        ax.annotate(_behind(row), (1, place), xycoords=ax.get_yaxis_transform(), xytext=(6, 0),
                    textcoords="offset points", va="center", fontsize=8, color="0.3")  # fmt: skip


def _behind(row: dict[str, Any]) -> str:
    """What a dot rests on: "12/24" or "n = 310"; the reason where there is no dot."""
    if pd.isna(row["value"]):
        return _(str(row["reason"]))
    if pd.notna(row["k"]):
        return f"{number(row['k'])}/{number(row['n'])}"
    return _("n = {n}").format(n=number(row["n"]))


def _references(rows: pd.DataFrame, ax: Axes) -> None:
    """The published figure beside ours: a line for all rows, or a mark in each that has one."""
    if "reference" not in rows or rows["reference"].isna().all():
        return
    values = rows["reference"].astype("float64")
    if values.notna().all() and (values == values.iloc[0]).all():
        ax.axvline(values.iloc[0], color="0.25", linestyle="--", linewidth=1.2)
        ax.annotate(str(rows["reference_name"].iloc[0]), (values.iloc[0], 1), xytext=(0, 3),
                    xycoords=ax.get_xaxis_transform(), textcoords="offset points",
                    ha="center", fontsize=8, color="0.25")  # fmt: skip
        return
    for place, row in enumerate(records(rows)):
        if pd.notna(row["reference"]):
            ax.plot(row["reference"], place, marker="|", markersize=15, color="0.25")
            ax.annotate(row["reference_name"], (row["reference"], place), xytext=(0, 9),
                        textcoords="offset points", fontsize=7, color="0.25",
                        ha="center")  # fmt: skip


def _whole_ticks(ax: Axes) -> None:
    """Ticks at whole points where there is room for some: 2.5 would be written as 2."""
    from matplotlib.ticker import MaxNLocator

    low, high = ax.get_xlim()
    if high - low >= WIDE:
        ax.xaxis.set_major_locator(MaxNLocator(nbins=6, integer=True))
