"""The index of each provider, with the ranks that chance leaves it."""

from __future__ import annotations

from textwrap import fill
from typing import TYPE_CHECKING, cast

import numpy as np
import pandas as pd

from ..estimate import records
from ..language import _, number
from .drawing import Draw

if TYPE_CHECKING:
    from matplotlib.axes import Axes

MOST = 30  # rows drawn; of more, the first and the last
LONGEST = 30  # characters of a label before it goes on in the next line
# Marker and colour of the palette for the colour-blind, by what the others' mean says.
MARKS: dict[str, tuple[str, int | str]] = {
    "clearly above": ("^", 2),
    "clearly below": ("v", 3),
    "not distinguishable": ("o", "0.35"),
    "too few attempts": (".", "0.6"),
    "": ("o", 0),
}


def _plot_index(rows: pd.DataFrame, *, ax: Axes) -> Axes:
    """A mark and an interval for each row, the first on top, with its ranks at the right.

    `rows` are estimates on the scale 0 to 1 with `mark` (an English key of `MARKS`), `verdict`,
    the same in the reader's language, and `ranks` as text. Without a value a row shows none.
    """
    shown = drawn(rows).reset_index(drop=True)
    for mark, part in shown.groupby("mark", sort=False):
        _marks(part, str(mark), ax)
    ax.set_yticks(range(len(shown)), [fill(str(name), LONGEST) for name in shown.iloc[:, 0]])
    ax.set_ylim(len(shown) - 0.4, -0.6)
    ax.set_xlim(0, 1)
    ax.xaxis.set_major_formatter(lambda x, _at: number(x, 1))
    ax.grid(axis="y", visible=False)
    if len(shown) < len(rows):
        ax.axhline(MOST // 2 - 0.5, color="0.25", linestyle=":", linewidth=1)
    if shown["ranks"].notna().any():
        _ranks(shown, ax)
        ax.figure.legend(ncols=4, loc="outside lower center", frameon=False, fontsize=8)
    return ax


def drawn(rows: pd.DataFrame) -> pd.DataFrame:
    """The rows; of many, the first half and the last half of `MOST`."""
    if len(rows) <= MOST:
        return rows
    return pd.concat([rows.head(MOST // 2), rows.tail(MOST // 2)])


def _marks(part: pd.DataFrame, mark: str, ax: Axes) -> None:
    import seaborn as sns

    shape, colour = MARKS[mark]
    ink = sns.color_palette("colorblind")[colour] if isinstance(colour, int) else colour
    places = part.index.to_numpy()
    ax.hlines(places, part["low"], part["high"], color=ink, linewidth=2, alpha=0.55)
    ax.plot(part["value"], places, linestyle="none", marker=shape, color=ink, markersize=7,
            label=part["verdict"].iloc[0])  # fmt: skip


def _ranks(rows: pd.DataFrame, ax: Axes) -> None:
    """The ranks as text behind the axes, under a heading of their own."""
    texts = [(-0.75, _("ranks"))] + [
        (place, "–" if pd.isna(row["ranks"]) else str(row["ranks"]))
        for place, row in enumerate(records(rows))
    ]
    for place, text in texts:
        ax.annotate(text, (1, place), xycoords=ax.get_yaxis_transform(), xytext=(6, 0),
                    textcoords="offset points", va="center", fontsize=8,
                    color="0.3", annotation_clip=False)  # fmt: skip


def _height(rows: pd.DataFrame) -> float:
    return 0.30 * float(np.clip(len(rows), 2, MOST)) + 1.3


plot_index = cast(Draw, _plot_index)
plot_index.height = _height
