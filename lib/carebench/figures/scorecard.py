"""One provider's measures beside the range and the mean of the others."""

from __future__ import annotations

from textwrap import fill
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from ..language import _, number, percent
from .drawing import tall

if TYPE_CHECKING:
    from matplotlib.axes import Axes

FEW = 5  # attempts; below, a dot is hollow
LONGEST = 30  # characters of a label before it goes on in the next line


@tall(per_row=0.38, rest=1.2)
def plot_scorecard(rows: pd.DataFrame, *, ax: Axes) -> Axes:
    """A dot with its interval for the provider; a grey bar and stroke for the others.

    `rows` hold, by measure, `own` with `own_low` and `own_high`, the `field` mean, and
    `others_low` and `others_high`, the range of the others; all are shares.
    """
    import seaborn as sns

    colour = sns.color_palette("colorblind")[0]
    names = ["own", "own_low", "own_high", "own_n", "field", "others_low", "others_high"]
    numbers = rows[names].astype("float64")
    places = np.arange(len(rows))
    width = (numbers["others_high"] - numbers["others_low"]).fillna(0)
    ax.barh(places, width, left=numbers["others_low"].fillna(0), height=0.52, color="0.86",
            label=_("the others, lowest to highest"))  # fmt: skip
    ax.plot(numbers["field"], places, "|", color="0.25", markersize=15, markeredgewidth=1.6,
            label=_("mean of the others"))  # fmt: skip
    ax.hlines(places, numbers["own_low"], numbers["own_high"], color=colour, linewidth=2.2)
    ax.plot(numbers["own"], places, "o", color=colour, clip_on=False, zorder=3, in_layout=False,
            label=_("this provider"))  # fmt: skip
    few = (numbers["own_n"] < FEW).to_numpy()
    ax.plot(numbers["own"][few], places[few], "o", color="white", markersize=3.5, clip_on=False,
            zorder=4, in_layout=False)  # fmt: skip
    for place, n in zip(places, numbers["own_n"], strict=True):
        ax.annotate(_("n = {n}").format(n=number(n)), (1, place), xycoords=ax.get_yaxis_transform(),
                    xytext=(6, 0), textcoords="offset points", va="center", fontsize=8,
                    color="0.3")  # fmt: skip
    ax.set_yticks(places, [fill(str(label), LONGEST) for label in rows.iloc[:, 0]])
    ax.set(xlim=(0, 1), ylim=(len(rows) - 0.4, -0.6), xlabel=_("share"))
    ax.xaxis.set_major_formatter(lambda x, _at: percent(x))
    ax.grid(axis="y", visible=False)
    ax.figure.legend(ncols=3, loc="outside lower center", frameon=False, fontsize=8)
    return ax
