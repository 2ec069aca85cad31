"""Shares of explained variance beside the coefficients of the same drivers."""

from __future__ import annotations

from textwrap import fill
from typing import TYPE_CHECKING, Any, cast

import numpy as np
import pandas as pd

from ..estimate import quantity, records
from ..language import _, percent
from .drawing import Draw, narrow

if TYPE_CHECKING:
    from matplotlib.axes import Axes

LONGEST = 26  # characters of a label before it goes on in the next line
ACROSS = 24  # characters under a panel
PER_ROW, REST = 0.36, 1.2  # inches
# Round ratios that an axis may name, with the decimals they need.
NEAR = {0.25: 2, 0.5: 1, 0.75: 2, 1: 0, 1.5: 1, 2: 0, 3: 0, 4: 0, 6: 0}
FAR = {0.01: 2, 0.1: 1, 0.3: 1, 1: 0, 3: 0, 10: 0, 100: 0, 1000: 0}


def _plot_drivers(rows: pd.DataFrame, *, ax: Axes) -> Axes:
    """Two panels: shares with their intervals, and coefficients with theirs.

    `rows` are estimates of shares with `borrowed` (a grey mark), and `coefficient` with its limits
    in the unit `coefficient_unit`: odds ratios stand about 1 on an axis of ratios, points about
    0. A coefficient is filled where `tied` is true. On a phone one panel stands above the other.
    """
    beside = _second(rows, ax)
    _shares(rows, ax)
    _coefficients(rows, beside)
    for panel in (ax, beside):
        panel.set_ylim(len(rows) - 0.4, -0.6)
        panel.grid(axis="y", visible=False)
    return ax


def _second(rows: pd.DataFrame, ax: Axes) -> Axes:
    """Axes for the second panel: at the right, or on a phone below."""
    figure, spec = ax.get_figure(root=True), ax.get_subplotspec()
    if figure is None or spec is None:
        raise ValueError("drivers are drawn in axes that stand in a figure of their own")
    if not narrow(ax):
        parts = spec.subgridspec(1, 2, width_ratios=(1.15, 1))
        ax.set_subplotspec(parts[0])
        beside = figure.add_subplot(parts[1])
        beside.set_yticks(range(len(rows)), [""] * len(rows))
        return beside
    figure.set_figheight(2 * figure.get_figheight())
    parts = spec.subgridspec(2, 1)
    ax.set_subplotspec(parts[0])
    below = figure.add_subplot(parts[1])
    below.set_yticks(range(len(rows)), _names(rows))
    return below


def _names(rows: pd.DataFrame) -> list[str]:
    return [fill(str(name), LONGEST) for name in rows.iloc[:, 0]]


def _shares(rows: pd.DataFrame, ax: Axes) -> None:
    import seaborn as sns

    colour, places = sns.color_palette("colorblind")[0], np.arange(len(rows))
    ax.hlines(places, rows["low"], rows["high"], color=colour, linewidth=2, alpha=0.55)
    ax.plot(rows["value"], places, "o", color=colour)
    ax.plot(rows["borrowed"], places, "|", color="0.35", markersize=13, markeredgewidth=1.8)
    ax.set_yticks(places, _names(rows))
    ax.set_xlim(0, 1.08 * float(rows[["high", "borrowed"]].max().max()))
    ax.xaxis.set_major_formatter(lambda x, _at: percent(x))
    ax.set_xlabel(fill(_("share of explained variance"), ACROSS), fontsize=10)


def _coefficients(rows: pd.DataFrame, ax: Axes) -> None:
    import seaborn as sns

    colour, unit = sns.color_palette("colorblind")[1], str(rows["coefficient_unit"].iloc[0])
    for place, row in enumerate(records(rows)):
        _coefficient(ax, place, row, colour)
    ratio = unit == "ratio"
    known = rows[["coefficient_low", "coefficient_high"]].to_numpy(dtype=float)
    if not np.isnan(known).all():
        ax.axvline(1.0 if ratio else 0.0, color="0.25", linestyle=":", linewidth=1.2)
        if ratio:
            _axis_of_ratios(ax, float(np.nanmin(known)), float(np.nanmax(known)))
        else:
            ax.xaxis.set_major_formatter(lambda x, _at: quantity(x, "score"))
            ax.locator_params(axis="x", nbins=4)
    words = _("odds ratio for one point more") if ratio else _("points for one point more")
    ax.set_xlabel(fill(words, ACROSS), fontsize=10)


def _coefficient(ax: Axes, place: int, row: dict[str, Any], colour: Any) -> None:
    if pd.isna(row["coefficient"]):
        return
    ax.hlines(place, row["coefficient_low"], row["coefficient_high"], color=colour,
              linewidth=2, alpha=0.6)  # fmt: skip
    ax.plot(row["coefficient"], place, "o", color=colour,
            markerfacecolor=colour if row["tied"] else "white")  # fmt: skip


def _axis_of_ratios(ax: Axes, low: float, high: float) -> None:
    """A logarithmic axis with the few round ratios that lie in it."""
    from matplotlib.ticker import NullLocator

    low, high = min(low, 0.9) / 1.08, max(high, 1.1) * 1.08
    ax.set_xscale("log")
    ax.set_xlim(low, high)
    steps = FAR if high / low > 8 else NEAR
    ticks = [step for step in steps if low <= step <= high]
    ax.set_xticks(ticks, [quantity(step, "ratio", steps[step]) for step in ticks])
    ax.xaxis.set_minor_locator(NullLocator())


def _height(rows: pd.DataFrame) -> float:
    return PER_ROW * max(len(rows), 2) + REST


plot_drivers = cast(Draw, _plot_drivers)
plot_drivers.height = _height
