"""From contacts to offers made and taken, each a part of the last."""

from __future__ import annotations

from textwrap import fill
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from ..estimate import from_row, records
from ..language import _, number
from .drawing import narrow, tall

if TYPE_CHECKING:
    from matplotlib.axes import Axes

LONGEST, ON_PHONE = 26, 13  # characters of a label before it goes on in the next line
ROOM = 1.55  # of the longest bar, so that the words beside a short one fit in


@tall(per_row=0.55, rest=0.9)
def plot_offers(rows: pd.DataFrame, *, ax: Axes) -> Axes:
    """A bar for each step, `reached` long, with its share of the step before and the interval.

    `rows` are estimates of shares of n in the step before; the first has no interval.
    """
    import seaborn as sns

    colour = sns.color_palette("colorblind")[0]
    places = np.arange(len(rows))
    ax.barh(places, rows["reached"], height=0.55, color=colour, alpha=0.75)
    for place, row in enumerate(records(rows)):
        estimate = from_row(row)
        end = float(row["reached"])
        words = number(end)
        if estimate.low is not None and estimate.high is not None:
            ax.hlines(place, estimate.low * estimate.n, estimate.high * estimate.n, color="0.1",
                      linewidth=1.4)  # fmt: skip
            end = estimate.high * estimate.n
            text = (
                "{share} ({interval})"
                if narrow(ax)
                else _("{share} ({interval}) of the step above")
            )
            words += ":\n" if narrow(ax) else ": "
            words += text.format(share=estimate.value_text(), interval=estimate.interval_text())
        ax.annotate(words, (end, place), xytext=(6, 0), textcoords="offset points",
                    va="center", fontsize=8)  # fmt: skip
    letters = ON_PHONE if narrow(ax) else LONGEST
    ax.set_yticks(places, [fill(str(label), letters) for label in rows.iloc[:, 0]])
    ax.set_ylim(len(rows) - 0.4, -0.6)
    ax.set_xlim(0, float(rows["reached"].max()) * (ROOM if narrow(ax) else 1.12))
    ax.grid(axis="y", visible=False)
    ax.xaxis.set_major_formatter(lambda x, _at: number(x))
    ax.set_xlabel(_("contacts"))
    ax.locator_params(axis="x", nbins=3 if narrow(ax) else 6)
    return ax
