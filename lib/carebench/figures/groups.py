"""Groups of customers: how many they are against how much they bring."""

from __future__ import annotations

from textwrap import shorten
from typing import TYPE_CHECKING, cast

import numpy as np
import pandas as pd

from ..estimate import records
from ..language import _, percent
from .drawing import Draw

if TYPE_CHECKING:
    from matplotlib.axes import Axes

PER_ROW, REST = 0.215, 1.1  # inches
LONGEST = 32  # characters of a group
HEADING = 0.45  # rows of air above the heading of a scheme


def _plot_groups(rows: pd.DataFrame, *, ax: Axes) -> Axes:
    """A hollow dot for the share of customers and a diamond for that of revenue, by group.

    `rows` has `group`, `share` and `revenue_share`, `scheme` with the name of a scheme in its
    first row, `by`, the same in every row of a scheme, and `drawn`, false where a row stands
    in the table alone. Without revenue there are dots alone.
    """
    import seaborn as sns

    dot, diamond = sns.color_palette("colorblind")[0], sns.color_palette("colorblind")[3]
    shown = rows[rows["drawn"]].reset_index(drop=True)
    begins = ~shown["by"].duplicated()
    places = np.arange(len(shown)) + (1 + HEADING) * begins.cumsum().to_numpy()
    share, revenue = shown["share"].to_numpy(float), shown["revenue_share"].to_numpy(float)
    ax.hlines(places, share, revenue, color="0.6", linewidth=1.6, zorder=1)
    ax.plot(share, places, "o", color=dot, markerfacecolor="white", markeredgewidth=1.4,
            markersize=7.5, label=_("share of customers"), clip_on=False)  # fmt: skip
    if not np.isnan(revenue).all():
        ax.plot(revenue, places, "D", color=diamond, markersize=4.5, label=_("share of revenue"),
                clip_on=False)  # fmt: skip
    names = rows.drop_duplicates("by").set_index("by")["scheme"]
    for place, row in zip(places[begins], records(shown[begins]), strict=True):
        ax.annotate(names[row["by"]], (0, place - 1), xycoords=ax.get_yaxis_transform(),
                    xytext=(-6, 0), textcoords="offset points", ha="right", va="center",
                    fontweight="bold", fontsize=9, annotation_clip=False)  # fmt: skip
    ax.set_yticks(
        places,
        [shorten(str(group), LONGEST, placeholder="…") for group in shown["group"]],
        fontsize=9,
    )
    ax.set_ylim(places.max() + 0.8, -0.35)
    ax.set_xlim(min(0.0, float(np.nanmin([share.min(), np.nanmin(revenue, initial=0.0)]))), 1)
    ax.xaxis.set_major_formatter(lambda x, _at: percent(x))
    ax.grid(axis="y", visible=False)
    ax.figure.legend(ncols=2, loc="outside lower center", frameon=False, fontsize=9)
    ax.set_xlabel(_("share of all"))
    return ax


def _height(rows: pd.DataFrame) -> float:
    """Inches for its groups and for the headings of its schemes."""
    shown = rows[rows["drawn"]]
    return PER_ROW * (len(shown) + (1 + HEADING) * shown["by"].nunique()) + REST


plot_groups = cast(Draw, _plot_groups)
plot_groups.height = _height
