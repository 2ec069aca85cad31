"""How revenue is spread over customers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from ..estimate import records
from ..language import _, percent

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def plot_concentration(rows: pd.DataFrame, *, ax: Axes) -> Axes:
    """The concentration curve: share of revenue (`revenue`) of the largest `customers`.

    Rows with a `label` are marked and named.
    """
    import seaborn as sns

    colour = sns.color_palette("colorblind")[0]
    ax.plot(rows["customers"], rows["revenue"], color=colour, linewidth=2)
    ax.plot([0, 1], [0, 1], color="0.6", linestyle=":", linewidth=1)
    ax.text(0.62, 0.58, _("all customers alike"), rotation=0, fontsize=8, color="0.35")
    marked = rows[rows["label"].notna()]
    ax.plot(marked["customers"], marked["revenue"], "o", color=colour)
    for row in records(marked):
        ax.annotate(row["label"], (row["customers"], row["revenue"]), xytext=(10, -10),
                    textcoords="offset points", fontsize=9)  # fmt: skip
    ax.plot([0.2], [0.8], marker="X", color="0.25", linestyle="none", markersize=8)
    ax.annotate(_("the 80:20 claim"), (0.2, 0.8), xytext=(-8, 5), textcoords="offset points",
                fontsize=9, color="0.25", ha="right")  # fmt: skip
    ax.set(
        xlim=(0, 1),
        ylim=(0, max(1.02, float(rows["revenue"].max()) + 0.02)),
        xlabel=_("share of customers, largest first"),
        ylabel=_("share of revenue"),
    )
    for axis in (ax.xaxis, ax.yaxis):
        axis.set_major_formatter(lambda x, _at: percent(x))
    return ax
