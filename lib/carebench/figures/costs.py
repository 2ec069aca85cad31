"""What winning a customer costs, and how many times as much as keeping one."""

from __future__ import annotations

from textwrap import fill
from typing import TYPE_CHECKING, Any, cast

import numpy as np
import pandas as pd

from ..estimate import from_row, records
from ..language import _, number
from .dots import plot_estimates
from .drawing import Draw, narrow, tall

if TYPE_CHECKING:
    from matplotlib.axes import Axes

LONGEST = 34  # characters of a label before it goes on in the next line
LINES = (1, 5, 10)
ROOM = 1.6  # factor left and right of whatever is drawn


def _plot_costs(rows: pd.DataFrame, *, ax: Axes) -> Axes:
    """A dot and an interval for each row of costs, with as many marks below as have room."""
    plot_estimates(rows, ax=ax)
    ax.locator_params(axis="x", nbins=3 if narrow(ax) else 5)
    return ax


plot_costs = cast(Draw, _plot_costs)
plot_costs.height = plot_estimates.height


@tall(per_row=0.62, rest=1.2)
def plot_cost_ratios(rows: pd.DataFrame, *, ax: Axes) -> Axes:
    """Ratios with their intervals on a logarithmic axis, lines at 1, 5 and 10.

    `rows` are estimates of ratios; a filled dot tests the claims (`incremental`), a hollow
    square is an accounting average. An interval without an end is drawn as an arrow.
    """
    left, right = _reach(rows)
    ax.set_xscale("log")
    ax.set_xlim(left, right)
    for at in LINES:
        ax.axvline(at, color="0.35", linestyle="-" if at == 1 else "--", linewidth=1.1, zorder=1)
    for place, row in enumerate(records(rows)):
        _draw(ax, place, row, left, right)
    _axis(ax, rows, left, right)
    return ax


def _draw(ax: Axes, place: int, row: dict[str, Any], left: float, right: float) -> None:
    import seaborn as sns

    tests = bool(row["incremental"])
    colour: Any = sns.color_palette("colorblind")[0] if tests else "0.45"
    if pd.notna(row["low"]):
        low, high = max(row["low"], left), min(row["high"], right)
        ax.hlines(place, low, high, color=colour, linewidth=2, alpha=0.6)
        for end, beyond, mark in (
            (left, row["low"] < left, "<"),
            (right, row["high"] > right, ">"),
        ):
            if beyond:
                ax.plot(end, place, mark, color=colour, markersize=8, clip_on=False)
    if pd.notna(row["value"]):
        ax.plot(row["value"], place, "o" if tests else "s", color=colour, markersize=7,
                markerfacecolor=colour if tests else "white")  # fmt: skip
    # In the row and not at its right, where a phone has no room.
    ax.annotate(_words(row), (0, place), xycoords=ax.get_yaxis_transform(), xytext=(4, 9),
                textcoords="offset points", va="center", fontsize=8, color="0.25",
                bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.6})  # fmt: skip


def _words(row: dict[str, Any]) -> str:
    """The ratio and its interval, or why there is none."""
    found = from_row(row)
    if found.value is None:
        return fill(_(found.reason), 2 * LONGEST)
    interval = f" ({found.interval_text(1)})" if found.has_interval else ""
    return found.value_text(1) + interval


def _reach(rows: pd.DataFrame) -> tuple[float, float]:
    """The ends of the axis: all values and the lines, of unbounded intervals the bounded side."""
    drawn = rows[["value", "low", "high"]].to_numpy(dtype=float)
    seen = drawn[np.isfinite(drawn) & (drawn > 0)]
    least = max(float(min(seen, default=1.0)), 0.01)
    most = min(float(max(seen, default=10.0)), 1e4)
    return min(least, LINES[0]) / ROOM, max(most, LINES[-1]) * ROOM


def _axis(ax: Axes, rows: pd.DataFrame, left: float, right: float) -> None:
    from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator

    ticks = [at for at in (0.01, 0.1, *LINES, 100, 1000, 10_000) if left <= at <= right]
    ax.xaxis.set_major_locator(FixedLocator(ticks))
    ax.xaxis.set_minor_locator(NullLocator())
    ax.xaxis.set_major_formatter(
        FuncFormatter(lambda x, _at: number(x, 0 if x >= 1 else 1 if x >= 0.1 else 2) + "×")
    )
    ax.set_yticks(range(len(rows)), [fill(str(label), LONGEST) for label in rows.iloc[:, 0]])
    ax.set_ylim(len(rows) - 0.5, -0.7)
    ax.grid(axis="y", visible=False)
    label = _("cost of winning a customer / of keeping one")
    ax.set_xlabel(label + "\n" + _("(hollow: an accounting average, no test)"))
