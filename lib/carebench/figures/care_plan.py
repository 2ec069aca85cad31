"""What mixes of care activities cost, and what they are assumed to bring."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import numpy as np
import pandas as pd

from ..estimate import records
from ..language import _, number
from .drawing import Draw, narrow

if TYPE_CHECKING:
    from matplotlib.axes import Axes

LINE, NAMED = 0, 3  # colours of the palette for the colour-blind
OTHER = "0.35"
LIMITS = ["cost_low", "cost", "cost_high", "worth_low", "worth", "worth_high"]


def _plot_mixes(rows: pd.DataFrame, *, ax: Axes) -> Axes:
    """Assumed value (`worth`) against `cost`, both with their `_low` and `_high`.

    Rows without a `mix` are the efficient mixes, drawn as a line in a band of values; the others
    are marked and named, filled where `efficient`. `budget`, where known, is a dashed line.
    Amounts are divided by `scale`, of which `money` is the name.
    """
    drawn = rows.assign(**{name: rows[name] / rows["scale"] for name in (*LIMITS, "budget")})
    _curve(drawn[drawn["mix"].eq("")], ax)
    for row in records(drawn[drawn["mix"].ne("")]):
        _named(row, ax)
    budget = drawn["budget"].iloc[0]
    if pd.notna(budget):
        ax.axvline(budget, color="0.25", linestyle="--", linewidth=1.2, label=_("budget"))
    for axis in (ax.xaxis, ax.yaxis):
        axis.set_major_formatter(lambda x, _at: number(x, 0 if x == round(x) else 1))
    unit = rows["money"].iloc[0]
    ax.set_xlabel(_("cost, {unit}").format(unit=unit))
    ax.set_ylabel(_("assumed value, {unit}").format(unit=unit))
    _legend(ax)
    return ax


def _curve(efficient: pd.DataFrame, ax: Axes) -> None:
    import seaborn as sns

    colour = sns.color_palette("colorblind")[LINE]
    ax.fill_between(
        efficient["cost"],
        efficient["worth_low"],
        efficient["worth_high"],
        color=colour,
        alpha=0.13,
        linewidth=0,
        label=_("low to high values"),
    )
    ax.plot(efficient["cost"], efficient["worth"], ".-", color=colour, linewidth=1.6,
            markersize=4, label=_("efficient mixes"))  # fmt: skip


def _named(row: dict[str, Any], ax: Axes) -> None:
    """A cross from low to high, a mark in its middle and the name of the mix beside it."""
    import seaborn as sns

    colour = sns.color_palette("colorblind")[NAMED] if row["efficient"] else OTHER
    ax.hlines(row["worth"], row["cost_low"], row["cost_high"], color=colour, linewidth=1.2)
    ax.vlines(row["cost"], row["worth_low"], row["worth_high"], color=colour, linewidth=1.2)
    label = _("efficient at base inputs")
    if not row["efficient"]:
        label = _("not efficient at base inputs")
    ax.plot(row["cost"], row["worth"], "o" if row["efficient"] else "D", color=colour,
            markerfacecolor=colour if row["efficient"] else "white", markersize=7, linestyle="none",
            label=label)  # fmt: skip
    ax.annotate(
        row["mix"],
        (row["cost"], row["worth_high"]),
        xytext=(-4, -9),
        ha="right",
        textcoords="offset points",
        fontsize=10,
        fontweight="bold",
        color=colour,
    )


def _legend(ax: Axes) -> None:
    handles, labels = ax.get_legend_handles_labels()
    once = dict(zip(labels, handles, strict=True))
    ax.figure.legend(once.values(), once.keys(), ncols=1 if narrow(ax) else 3, fontsize=8,
                     loc="outside lower center", frameon=False)  # fmt: skip


def _height(rows: pd.DataFrame) -> float:
    return float(np.clip(4.4 + 0.05 * rows["mix"].ne("").sum(), 4.4, 5))


plot_mixes = cast(Draw, _plot_mixes)
plot_mixes.height = _height
