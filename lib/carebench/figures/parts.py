"""Bars cut into the parts of a whole."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from ..language import _, percent
from .drawing import tall

if TYPE_CHECKING:
    from matplotlib.axes import Axes


@tall(per_row=0.42, rest=1.3)
def plot_parts(rows: pd.DataFrame, *, ax: Axes) -> Axes:
    """One bar per row cut into parts, each part labelled where it is wide enough.

    The first column labels the bars; every other column is a part, as a share of 1.
    """
    import seaborn as sns

    labels, parts = rows.iloc[:, 0], rows.columns[1:]
    palette = sns.color_palette("colorblind", len(parts), desat=0.65)
    hatches = ("", "//", "..", "xx", "\\\\", "++", "--", "oo", "**")
    left = np.zeros(len(rows))
    places = np.arange(len(rows))
    for part, colour, hatch in zip(parts, palette, hatches, strict=False):
        width = rows[part].to_numpy(dtype=float)
        ax.barh(places, width, left=left, color=colour, hatch=hatch, edgecolor="white",
                linewidth=0.6, label=part)  # fmt: skip
        for place, (start, share) in enumerate(zip(left, width, strict=True)):
            if share >= 0.07:
                ax.text(start + share / 2, place, percent(share), ha="center", va="center",
                        fontsize=8, bbox={"facecolor": "white", "edgecolor": "none", "pad": 1.5,
                                          "alpha": 0.85})  # fmt: skip
        left += width
    ax.set_yticks(places, [str(label) for label in labels])
    ax.invert_yaxis()
    ax.set(xlim=(0, 1), xlabel=_("share of attempts"))
    ax.xaxis.set_major_formatter(lambda x, _at: percent(x))
    ax.grid(axis="y", visible=False)
    ax.figure.legend(ncols=3, loc="outside lower center", frameon=False, fontsize=8)
    return ax
