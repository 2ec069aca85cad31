"""Where what customers are still to bring lies."""

from __future__ import annotations

from textwrap import fill
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from ..estimate import records
from ..language import _, number, percent
from .drawing import narrow, tall

if TYPE_CHECKING:
    from matplotlib.axes import Axes

LONGEST, LONGEST_ON_A_PHONE = 26, 16  # characters of a label before its next line
DARK = 0.75  # of the largest share, from which on letters are white


@tall(per_row=0.0, rest=3.4)
def plot_value_map(rows: pd.DataFrame, *, ax: Axes) -> Axes:
    """A grid: `tier_name` across, `group` down; shares as shades, `share` and `customers` in words.

    Rows come group by group, each with every tier in the same order.
    """
    import seaborn as sns

    groups, tiers = list(dict.fromkeys(rows["group"])), list(dict.fromkeys(rows["tier_name"]))
    shades = rows["share"].to_numpy(dtype=float).reshape(len(groups), len(tiers))
    most = max(float(np.nanmax(shades, initial=0.0)), 1e-9)
    palette: Any = sns.light_palette(sns.color_palette("colorblind")[0], as_cmap=True)
    ax.imshow(shades, cmap=palette, vmin=0, vmax=most, aspect="auto")
    small = narrow(ax)
    for place, row in enumerate(records(rows)):
        count = _("n = {n}").format(n=number(row["customers"]))
        words = f"{_short(row['share'])}\n{count}"
        white = pd.notna(row["share"]) and row["share"] > DARK * most
        ax.text(place % len(tiers), place // len(tiers), words, ha="center", va="center",
                fontsize=8 if small else 9, color="white" if white else "0.15")  # fmt: skip
    width = LONGEST_ON_A_PHONE if small else LONGEST
    ax.set_xticks(range(len(tiers)), tiers)
    ax.set_yticks(range(len(groups)), [fill(group, width) for group in groups])
    ax.xaxis.tick_top()
    ax.tick_params(length=0)
    ax.grid(visible=False)
    return ax


def _short(share: float) -> str:
    """A share of a field; a dash where it is withheld."""
    if pd.isna(share):
        return "–"
    return percent(share, 1 if 0 < share < 0.01 else 0)
