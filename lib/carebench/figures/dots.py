"""Dots with their intervals, one row each."""

from __future__ import annotations

from textwrap import fill
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from ..estimate import quantity, records
from ..language import _, number, percent
from .drawing import tall

if TYPE_CHECKING:
    from matplotlib.axes import Axes

LONGEST = 30  # characters of a label before it goes on in the next line


@tall(per_row=0.30, rest=1.0)
def plot_rates(rows: pd.DataFrame, *, ax: Axes) -> Axes:
    """A dot and an interval for each row, the first on top, with k/n or n at the right.

    `rows` are estimates in shares. A column `reference`, named by `reference_name`, draws a
    dashed line where it is the same for all rows, else a mark in each row that has one. Rows
    without a value show their reason.
    """
    _dots(rows, ax)
    low = min(0.0, float(rows[["value", "low"]].min().min(skipna=True)))
    ax.set_xlim(low, 1)
    ax.xaxis.set_major_formatter(lambda x, _at: percent(x))
    _references(rows, ax)
    return ax


@tall(per_row=0.30, rest=1.0)
def plot_estimates(rows: pd.DataFrame, *, ax: Axes) -> Axes:
    """A dot and an interval for each row, in whatever unit the rows share."""
    _dots(rows, ax)
    unit = str(rows["unit"].iloc[0])
    ax.xaxis.set_major_formatter(lambda x, _at: quantity(x, unit))
    ax.margins(x=0.12)
    _references(rows, ax)
    return ax


def _dots(rows: pd.DataFrame, ax: Axes) -> None:
    """Dots with intervals from top to bottom, and the counts behind them at the right."""
    import seaborn as sns

    colour = sns.color_palette("colorblind")[0]
    places = np.arange(len(rows))
    limits = rows[["low", "high"]].replace([np.inf, -np.inf], np.nan)
    ax.hlines(places, limits["low"], limits["high"], color=colour, linewidth=2, alpha=0.55)
    ax.plot(rows["value"], places, "o", color=colour)
    ax.set_yticks(places, [fill(str(label), LONGEST) for label in rows.iloc[:, 0]])
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
