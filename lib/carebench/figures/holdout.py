"""What a model foretold, against what came."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from ..language import _, number
from .drawing import narrow, tall

if TYPE_CHECKING:
    from matplotlib.axes import Axes


@tall(per_row=0.0, rest=3.6)
def plot_holdout(rows: pd.DataFrame, *, ax: Axes) -> Axes:
    """Cumulated numbers made (solid) and foretold (dashed), week by week.

    `rows` have `week`, `made` and `foretold`; `low` and `high` of the last row are the
    prediction interval of the total, drawn as a bar at the end.
    """
    import seaborn as sns
    from matplotlib.ticker import MaxNLocator

    palette, last = sns.color_palette("colorblind"), rows.iloc[-1]
    ax.plot(rows["week"], rows["foretold"], "--", color=palette[1], linewidth=2)
    ax.plot(rows["week"], rows["made"], color=palette[0], linewidth=2)
    if pd.notna(last["low"]):
        ax.vlines(
            last["week"],
            last["low"],
            last["high"],
            color=palette[1],
            linewidth=5,
            alpha=0.4,
            clip_on=False,
        )
    above = last["made"] >= last["foretold"]
    ends = {"made": (_("made {n}"), palette[0], above),
            "foretold": (_("foretold {n}"), palette[1], not above)}  # fmt: skip
    for name, (words, colour, higher) in ends.items():
        ax.annotate(words.format(n=number(last[name])), (last["week"], last[name]),
                    xytext=(8, 7 if higher else -7), textcoords="offset points", color=colour,
                    va="center", fontsize=8 if narrow(ax) else 10)  # fmt: skip
    ax.set_xlim(0, 1.02 * max(float(last["week"]), 1.0))
    ax.set_ylim(bottom=0)
    ax.xaxis.set_major_locator(MaxNLocator(integer=True))
    ax.yaxis.set_major_formatter(lambda y, _at: number(y))
    ax.set_xlabel(_("weeks after the model was fitted"))
    ax.set_ylabel(_("purchases, added up"))
    return ax
