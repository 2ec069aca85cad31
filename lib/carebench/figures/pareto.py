"""Reasons by how many they are, the few that make most on top."""

from __future__ import annotations

from textwrap import fill
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from ..estimate import records
from ..language import _, number, percent
from .drawing import tall

if TYPE_CHECKING:
    from matplotlib.axes import Axes

LONGEST = 30  # characters of a reason before it goes on in the next line


@tall(per_row=0.36, rest=1.6)
def plot_pareto(rows: pd.DataFrame, *, ax: Axes) -> Axes:
    """A bar and its interval for each row, with k and the cumulative share at the right.

    `rows` has a name, then shares as estimates, `cumulative` and, for the hatched part of a
    bar, `serious`.
    """
    import seaborn as sns

    colour = sns.color_palette("colorblind")[0]
    places = np.arange(len(rows))
    ax.barh(places, rows["value"], color=colour, alpha=0.35, height=0.7)
    if "serious" in rows and rows["serious"].any():
        ax.barh(places, rows["serious"] / rows["n"].astype(float), color=colour, alpha=0.6,
                height=0.7, hatch="///", edgecolor="white", linewidth=0,
                label=_("serious (severity 3 or 4)"))  # fmt: skip
    ax.hlines(places, rows["low"], rows["high"], color="0.2", linewidth=1.6)
    ax.plot(rows["value"], places, "o", color="0.2", markersize=4)
    ax.plot(rows["cumulative"], places, color="0.45", marker=".", linewidth=1, linestyle="--",
            label=_("cumulative share"))  # fmt: skip
    ax.set_yticks(places, [fill(str(name), LONGEST) for name in rows.iloc[:, 0]])
    ax.set_ylim(len(rows) - 0.4, -0.6)
    ax.set(xlim=(0, 1.02), xlabel=_("share of the complaints"))
    ax.xaxis.set_major_formatter(lambda x, _at: percent(x))
    ax.grid(axis="y", visible=False)
    for place, row in enumerate(records(rows)):
        behind = _("{k} · {share} so far").format(
            k=number(row["k"]), share=percent(row["cumulative"])
        )
        ax.annotate(behind, (1, place), xycoords=ax.get_yaxis_transform(), xytext=(6, 0),
                    textcoords="offset points", va="center", fontsize=8, color="0.3")  # fmt: skip
    ax.figure.legend(ncols=2, loc="outside lower center", frameon=False, fontsize=8)
    return ax
