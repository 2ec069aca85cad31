"""The grid of recency and value, with its named segments."""

from __future__ import annotations

from textwrap import fill
from typing import TYPE_CHECKING, Any, cast

import pandas as pd

from ..estimate import records
from ..language import _, number, percent
from .drawing import Draw, narrow

if TYPE_CHECKING:
    from matplotlib.axes import Axes

LEAST = 0.01  # share of revenue of the strongest colour, at least
DARK = 0.65  # of the strongest colour: from here on letters are white
LETTERS, LETTERS_ON_PHONE = 11, 9  # of a name in a field, before it goes on in the next line


def _plot_segments_map(rows: pd.DataFrame, *, ax: Axes) -> Axes:
    """A grid of `r` (across) and `v` (up), coloured by `revenue_share`, lines round segments.

    Each field shows its `customers`; at the top of its fields stands the name of a `segment`
    with its share of the revenue.
    """
    import seaborn as sns

    shares = rows.pivot_table(index="v", columns="r", values="revenue_share")
    strongest = max(float(shares.max().max()), LEAST)
    mesh = ax.pcolormesh(shares.columns, shares.index, shares, vmin=0, vmax=strongest,
                         cmap=sns.color_palette("Blues", as_cmap=True), edgecolors="0.8",
                         linewidth=0.5)  # fmt: skip
    for row in records(rows):
        white = row["revenue_share"] > DARK * strongest
        ax.text(row["r"], row["v"] - 0.32, number(row["customers"]), ha="center", va="center",
                fontsize=8.5, color="white" if white else "0.25")  # fmt: skip
    for name, part in rows.groupby("segment", sort=False):
        _region(str(name), part, ax)
    ax.set(xticks=shares.columns, yticks=shares.index)
    ax.set_xlabel(_("R: how recently they bought, 5 is best"))
    ax.set_ylabel(_("V: how often and how much, 5 is best"))
    ax.grid(visible=False)
    below: dict[str, Any] = {"location": "bottom"} if narrow(ax) else {}
    bar = ax.figure.colorbar(mesh, ax=ax, shrink=0.85, pad=0.02, **below,
                             format=lambda share, _at: percent(share))  # fmt: skip
    bar.set_label(_("share of revenue"))
    return ax


def _region(name: str, part: pd.DataFrame, ax: Axes) -> None:
    """A line round the fields of a segment, and its name in the middle of the upper ones."""
    left, right = part["r"].min() - 0.5, part["r"].max() + 0.5
    low, top = part["v"].min() - 0.5, part["v"].max() + 0.5
    ax.plot([left, right, right, left, left], [low, low, top, top, low],
            color="0.25", linewidth=1.6, clip_on=False)  # fmt: skip
    words = f"{name} {percent(part['revenue_share'].sum())}"
    room = (LETTERS_ON_PHONE if narrow(ax) else LETTERS) * round(right - left)
    paper = {"facecolor": "white", "alpha": 0.85, "edgecolor": "none", "pad": 1.2}
    ax.text((left + right) / 2, top - 0.1, fill(words, room),
            ha="center", va="top", fontsize=9, weight="bold", color="0.1", bbox=paper)  # fmt: skip


def _height(_rows: pd.DataFrame) -> float:
    return 4.8


plot_segments_map = cast(Draw, _plot_segments_map)
plot_segments_map.height = _height
