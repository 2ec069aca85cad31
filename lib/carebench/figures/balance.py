"""How alike two groups are, as they stand and weighted: a love plot."""

from __future__ import annotations

from textwrap import fill
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from ..language import _, number
from .drawing import narrow, tall

if TYPE_CHECKING:
    from matplotlib.axes import Axes

LONGEST = 38  # characters of a label before it goes on in the next line
MOST = 30  # traits; of more, those with the largest differences are drawn


@tall(per_row=0.28, rest=1.5)
def plot_balance(rows: pd.DataFrame, *, ax: Axes) -> Axes:
    """Two dots for each trait, the largest difference on top, about the band of what is alike.

    `rows` hold standardised differences `before` and `after` weighting, and `band`, within which
    groups count as alike. Of more than 30 traits the first 30 are drawn.
    """
    import seaborn as sns

    colour = sns.color_palette("colorblind")[0]
    shown, band = rows.head(MOST), float(rows["band"].iloc[0])
    places = np.arange(len(shown))
    ax.axvspan(-band, band, color="0.92", zorder=0)
    ax.axvline(0, color="0.35", linewidth=1)
    ax.hlines(places, shown["before"], shown["after"], color="0.75", linewidth=1.2)
    ax.plot(shown["before"], places, "o", color="0.35", markerfacecolor="white", markersize=7,
            label=_("as they are"))  # fmt: skip
    if shown["after"].notna().any():
        ax.plot(shown["after"], places, "o", color=colour, markersize=6, label=_("weighted"))
    ax.set_yticks(places, [fill(str(label), LONGEST) for label in shown.iloc[:, 0]])
    ax.set_ylim(len(shown) - 0.4, -0.6)
    ax.grid(axis="y", visible=False)
    _frame_about_0(ax, shown, band)
    ax.figure.legend(ncols=2, loc="outside lower center", frameon=False, fontsize=8)
    return ax


def _frame_about_0(ax: Axes, shown: pd.DataFrame, band: float) -> None:
    reach = 1.1 * float(np.nanmax(np.abs(shown[["before", "after"]]), initial=2 * band))
    ax.set_xlim(-reach, reach)
    ax.xaxis.set_major_formatter(lambda x, _at: ("+" if round(x, 6) > 0 else "") + number(x, 1))
    label = _("difference in standard deviations")
    ax.set_xlabel(fill(label, 24) if narrow(ax) else label)


_height_of = plot_balance.height
plot_balance.height = lambda rows: _height_of(rows.head(MOST))
