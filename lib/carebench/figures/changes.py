"""What changed between two waves."""

from __future__ import annotations

from textwrap import fill
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from ..estimate import quantity, records
from ..language import _, number
from .drawing import tall

if TYPE_CHECKING:
    from matplotlib.axes import Axes

LONGEST = 30  # characters of a label before it goes on in the next line
MOST = 40  # rows that stay readable; beyond, both ends of the table are drawn


@tall(per_row=0.32, rest=1.1)
def plot_changes(rows: pd.DataFrame, *, ax: Axes) -> Axes:
    """Changes with their intervals about 0, the first row on top, then → now at the right.

    `rows` are estimates of changes with `rates` (text), `changed` (bool) and `margin`: the band
    within which two waves count as the same is shaded. A rise that is established is a triangle
    up, a fall a triangle down, anything else a hollow dot.
    """
    shown, left_out = _ends(rows)
    margin = shown["margin"].iloc[0]
    if pd.notna(margin):
        ax.axvspan(-margin, margin, color="0.92", zorder=0)
    ax.axvline(0, color="0.35", linewidth=1)
    for place, row in enumerate(records(shown)):
        _draw(ax, place, row)
    ax.set_yticks(range(len(shown)), [fill(str(label), LONGEST) for label in shown.iloc[:, 0]])
    ax.set_ylim(len(shown) - 0.4, -0.6)
    ax.grid(axis="y", visible=False)
    _frame_about_0(ax, shown)
    if left_out:
        text = _("{n} rows between the largest rises and falls are not drawn")
        ax.set_title(text.format(n=number(left_out)), fontsize=8, color="0.3", loc="left")
    return ax


def _ends(rows: pd.DataFrame) -> tuple[pd.DataFrame, int]:
    """The first and the last rows where there are too many, and how many are left out."""
    if len(rows) <= MOST:
        return rows, 0
    known = rows[rows["value"].notna()]
    half = MOST // 2
    return pd.concat([known.head(half), known.tail(half)]), len(rows) - MOST


def _draw(ax: Axes, place: int, row: dict[str, Any]) -> None:
    import seaborn as sns

    palette = sns.color_palette("colorblind")
    rose, changed = row["value"] > 0, bool(row["changed"])
    colour = (palette[2] if rose else palette[3]) if changed else "0.45"
    marker = ("^" if rose else "v") if changed else "o"
    if pd.notna(row["value"]):
        if pd.notna(row["low"]):
            ax.hlines(place, row["low"], row["high"], color=colour, linewidth=2, alpha=0.6)
        ax.plot(row["value"], place, marker=marker, color=colour, linestyle="none",
                markerfacecolor=colour if changed else "white", markersize=7)  # fmt: skip
    behind = str(row["rates"]) if pd.notna(row["value"]) else fill(_(str(row["reason"])), LONGEST)
    ax.annotate(behind, (1, place), xycoords=ax.get_yaxis_transform(), xytext=(6, 0),
                textcoords="offset points", va="center", fontsize=8, color="0.3")  # fmt: skip


def _frame_about_0(ax: Axes, shown: pd.DataFrame) -> None:
    """An axis alike on both sides of no change, rises with a plus."""
    limits = shown[["value", "low", "high", "margin"]].to_numpy(dtype=float)
    reach = 1.08 * float(np.nanmax(np.abs(limits), initial=5.0, where=np.isfinite(limits)))
    ax.set_xlim(-reach, reach)
    ax.xaxis.set_major_formatter(
        lambda x, _at: ("+" if round(x, 6) > 0 else "") + quantity(x, "points")
    )


_height_of = plot_changes.height
plot_changes.height = lambda rows: _height_of(_ends(rows)[0])
