"""How customers moved between tiers."""

from __future__ import annotations

from collections.abc import Mapping
from textwrap import fill
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from ..estimate import quantity, records
from ..language import _, number
from .drawing import narrow, tall

if TYPE_CHECKING:
    from matplotlib.axes import Axes

LONGEST = 11  # characters of a name before it goes on in the next line
DARK = 0.7  # share of a row from which on its cell needs white letters


@tall(per_row=0.0, rest=5.2)
def plot_migration(rows: pd.DataFrame, *, ax: Axes) -> Axes:
    """A grid of tiers, `earlier` by `later`: a cell's colour is its `share` of the row.

    In each cell stand the `customers`, their share, and in brackets the share by `chance`
    where there is one. Cells on the diagonal, where customers stayed, are framed.
    """
    import seaborn as sns

    names = list(dict.fromkeys(rows["earlier"]))
    grid = np.full((len(names), len(names)), np.nan)
    place = {name: at for at, name in enumerate(names)}
    for row in records(rows):
        grid[place[row["earlier"]], place[row["later"]]] = row["share"]
    ax.imshow(grid, cmap=sns.light_palette("#0b5c8a", as_cmap=True), vmin=0, vmax=1, aspect="auto")
    size = _letters(rows, ax)
    for row in records(rows):
        _write(ax, place[row["later"]], place[row["earlier"]], row, size)
    for at in range(len(names) - 1):
        ax.plot([at - 0.5, at + 0.5, at + 0.5, at - 0.5, at - 0.5],
                [at - 0.5, at - 0.5, at + 0.5, at + 0.5, at - 0.5],
                color="0.15", linewidth=1.6, clip_on=False)  # fmt: skip
    folded = [fill(name, LONGEST) for name in names]
    ax.set_xticks(range(len(names)), folded, rotation=45 if narrow(ax) else 0)
    ax.set_yticks(range(len(names)), folded)
    ax.set_xlabel(_("tier after"), labelpad=10)
    ax.set_ylabel(_("tier before"), labelpad=10)
    ax.xaxis.set_label_position("top")
    ax.xaxis.tick_top()
    ax.grid(visible=False)
    return ax


def _letters(rows: pd.DataFrame, ax: Axes) -> float:
    """The size of letters at which the longest count fits into its cell."""
    largest, room = (10.5, 48) if narrow(ax) else (13, 100)
    return min(largest, room / len(number(rows["customers"].max())))


def _write(ax: Axes, x: int, y: int, row: Mapping[str, Any], size: float) -> None:
    """The numbers of one cell: how many, and their share with that of chance."""
    if np.isnan(row["share"]):
        return
    style: dict[str, Any] = {"ha": "center", "color": "white" if row["share"] > DARK else "0.1"}
    words = quantity(row["share"], "share")
    if not np.isnan(row["chance"]):
        between = "\n" if narrow(ax) else " "
        words += f"{between}({quantity(row['chance'], 'share')})"
    ax.text(x, y - 0.03, number(row["customers"]), va="bottom", fontsize=size, **style)
    ax.text(x, y + 0.05, words, va="top", fontsize=min(size, 8.5 if narrow(ax) else 10.5), **style)
