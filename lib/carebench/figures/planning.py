"""What so many attempts can show."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import pandas as pd

from ..estimate import records
from ..language import _, number
from .drawing import Draw, narrow

if TYPE_CHECKING:
    from matplotlib.axes import Axes

TICKS = (2, 5, 10, 20, 50, 100, 200, 500, 1_000, 10_000, 100_000)


def _plot_detectable(rows: pd.DataFrame, *, ax: Axes) -> Axes:
    """A curve for each `family` of comparisons: `gap` (0 to 1) against `attempts`.

    Where a row has `channels`, a dotted line marks that number of attempts with their names.
    """
    import seaborn as sns

    colours = sns.color_palette("colorblind")
    styles = ("-", "--", "-.", ":")
    for at, (family, part) in enumerate(rows.groupby("family", sort=False)):
        ax.plot(part["attempts"], 100 * part["gap"], styles[at % 4], color=colours[at],
                linewidth=2, label=family)  # fmt: skip
    for row in records(rows.dropna(subset=["channels"]).drop_duplicates("attempts")):
        ax.axvline(row["attempts"], color="0.5", linestyle=":", linewidth=1)
        ax.annotate(row["channels"], (row["attempts"], 1), xycoords=ax.get_xaxis_transform(),
                    xytext=(-2, 4), textcoords="offset points", fontsize=7.5, color="0.25",
                    rotation=65 if narrow(ax) else 35)  # fmt: skip
    ax.set_xscale("log")
    most = rows["attempts"].max()
    ticks = [tick for tick in TICKS if tick <= most]
    ax.set_xticks(ticks, [number(tick) for tick in ticks])
    ax.minorticks_off()
    ax.set(ylim=(0, 100), xlabel=_("attempts per provider"))
    ax.set_ylabel(_("points apart"))
    ax.legend(fontsize=8, framealpha=1, edgecolor="white")
    return ax


def _height(_rows: pd.DataFrame) -> float:
    return 4.6


plot_detectable = cast(Draw, _plot_detectable)
plot_detectable.height = _height
