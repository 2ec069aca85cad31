"""How revenue is spread over customers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from ..estimate import records
from ..language import _, percent
from .drawing import tall

if TYPE_CHECKING:
    from matplotlib.axes import Axes

CLAIM = (0.2, 0.8)
GREY = "0.3"


@tall(per_row=0.0, rest=4.6)
def plot_concentration(rows: pd.DataFrame, *, ax: Axes) -> Axes:
    """The concentration curve: share of revenue (`revenue`) of the largest `customers`.

    Rows with a `label` are marked and named; a cross stands where 80:20 would be.
    """
    import seaborn as sns

    colour = sns.color_palette("colorblind")[0]
    ax.fill_between(rows["customers"], rows["customers"], rows["revenue"], color=colour, alpha=0.08)
    ax.plot(rows["customers"], rows["revenue"], color=colour, linewidth=2.2)
    ax.plot([0, 1], [0, 1], color="0.5", linestyle=":", linewidth=1.4)
    ax.text(0.98, 0.1, _("dotted: all customers alike"), fontsize=10.5, color=GREY, ha="right")
    marked = rows[rows["label"].notna()]
    ax.plot(marked["customers"], marked["revenue"], "o", color=colour, markersize=7)
    for row in records(marked):
        ax.annotate(row["label"], (row["customers"], row["revenue"]), xytext=(10, -5),
                    textcoords="offset points", fontsize=11.5, va="top")  # fmt: skip
    _claim(rows, ax)
    ax.set(
        xlim=(0, 1),
        ylim=(
            min(0.0, float(rows["revenue"].min())),
            max(1.02, float(rows["revenue"].max()) + 0.02),
        ),
    )
    ax.set_xlabel(_("share of customers, largest first"))
    ax.set_ylabel(_("share of revenue"))
    for axis in (ax.xaxis, ax.yaxis):
        axis.set_major_formatter(lambda x, _at: percent(x))
    return ax


def _claim(rows: pd.DataFrame, ax: Axes) -> None:
    """A cross at 80:20, named on the side where the curve is not."""
    ax.plot(*CLAIM, marker="X", color="0.15", linestyle="none", markersize=10)
    above = np.interp(CLAIM[0], rows["customers"], rows["revenue"]) > CLAIM[1]
    offset, side, level = ((9, -6), "left", "top") if above else ((-9, 6), "right", "bottom")
    ax.annotate("80:20", CLAIM, xytext=offset, textcoords="offset points",
                fontsize=12, color="0.15", ha=side, va=level)  # fmt: skip
