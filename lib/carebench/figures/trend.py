"""Estimates in order of time, about the band that chance alone would keep them in."""

from __future__ import annotations

from math import ceil
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from ..estimate import from_row, quantity, records
from ..language import _
from .drawing import narrow

if TYPE_CHECKING:
    from matplotlib.axes import Axes

LABELS, LABELS_ON_PHONE = 9, 4  # names under the axis
PRINTED, PRINTED_ON_PHONE = 10, 5  # dots that bear their number
HALF = 0.42  # of a step: how far the band reaches to each side of its dot


def plot_trend(rows: pd.DataFrame, *, ax: Axes) -> Axes:
    """A dot and an interval for each row, first at the left, over the band of chance.

    `rows` are estimates in order of time with `chance_low` and `chance_high`, the limits that
    all would keep within were there no change, and `heading`, the name of what is drawn. A dot
    outside its limits is a filled diamond, one within them a hollow circle.
    """
    import seaborn as sns

    palette = sns.color_palette("colorblind")
    places = np.arange(len(rows))
    low, high, value = (rows[c].to_numpy(float) for c in ("chance_low", "chance_high", "value"))
    if not np.isnan(low).all():
        _band(ax, places, low, high)
    limits = rows[["low", "high"]].astype("float64")
    ax.vlines(places, limits["low"], limits["high"], color=palette[0], linewidth=2, alpha=0.55)
    outside = (value < low) | (value > high)
    for part, marker, face, colour, name in (
        (~outside & ~np.isnan(value), "o", "white", palette[0], _("within the limits")),
        (outside, "D", palette[3], palette[3], _("outside the limits")),
    ):
        if part.any():
            ax.plot(places[part], value[part], marker, color=colour, markerfacecolor=face,
                    markersize=7, label=name, clip_on=False)  # fmt: skip
    _numbers(ax, rows)
    _names(ax, rows)
    unit = str(rows["unit"].iloc[0])
    digits = 1 if unit == "score" else None
    ax.yaxis.set_major_formatter(lambda y, _at: quantity(y, unit, digits))
    ax.set_title(str(rows["heading"].iloc[0]), loc="left", fontsize=10)
    ax.set_xlabel(_("in order of time"))
    ax.margins(y=0.12)
    ax.set_xlim(-0.6, len(rows) - 0.4)
    ax.grid(axis="x", visible=False)
    ax.figure.legend(ncols=3, loc="outside lower center", frameon=False, fontsize=8)
    return ax


def _band(ax: Axes, places: np.ndarray[Any, Any], low: Any, high: Any) -> None:
    """A grey box about each place, and the common mean."""
    edges = np.column_stack([places - HALF, places + HALF, np.full(len(places), np.nan)]).ravel()
    ax.fill_between(edges, np.repeat(low, 3), np.repeat(high, 3), color="0.86", linewidth=0,
                    zorder=0.5, label=_("limits of chance"))  # fmt: skip


def _numbers(ax: Axes, rows: pd.DataFrame) -> None:
    """The number of each dot beside it, where there is room; why there is no dot."""
    few = len(rows) <= (PRINTED_ON_PHONE if narrow(ax) else PRINTED)
    for place, row in enumerate(records(rows)):
        if few and pd.notna(row["value"]):
            ax.annotate(from_row(row).value_text(), (place, row["value"]), xytext=(7, 0),
                        textcoords="offset points", va="center", fontsize=8)  # fmt: skip


def _names(ax: Axes, rows: pd.DataFrame) -> None:
    """The names under the axis: all of a few, else every second, third … up to the last."""
    most = LABELS_ON_PHONE if narrow(ax) else LABELS
    step = ceil(len(rows) / most)
    shown = np.arange(len(rows) - 1, -1, -step)[::-1]
    ax.set_xticks(shown, [str(rows.iloc[at, 0]) for at in shown])
