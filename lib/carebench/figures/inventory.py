"""Providers and channels as a grid of marks."""

from __future__ import annotations

from textwrap import fill, shorten
from typing import TYPE_CHECKING, Any, cast

import pandas as pd

from ..estimate import records
from ..language import percent
from .drawing import Draw, narrow

if TYPE_CHECKING:
    from matplotlib.axes import Axes

MOST = 40  # providers drawn; of more, the first and the last
WIDEST = 10  # characters of a channel before it goes on in the next line
LONGEST = 26  # characters of a provider's name
# Mark, colour (of the palette for the colour-blind, or a grey) and whether it is filled.
MARKS: dict[str, tuple[str, int | str, bool]] = {
    "answered by a person": ("o", 2, True),
    "answered, though not claimed": ("D", 0, True),
    "claimed, never answered": ("X", 3, True),
    "never answered": ("X", 3, False),
    "claimed, not tried": ("o", "0.35", False),
    "not offered": ("_", "0.55", True),
    "not tried": (".", "0.7", True),
}


def _plot_inventory(rows: pd.DataFrame, *, ax: Axes) -> Axes:
    """A mark for each provider (from top to bottom) and channel, with answered/made beside it.

    `rows` has `provider` and its `place`, `channel`, `k`, `n`, `mark` (an English key of
    `MARKS`) and `state`, the same in the reader's language. Form and colour say the same.
    """
    places, channels = drawn(rows), [*dict.fromkeys(rows["channel"])]
    shown = rows[rows["place"].isin(places)]
    shown = shown.assign(
        y=shown["place"].map({place: at for at, place in enumerate(places)}),
        x=shown["channel"].map({channel: at for at, channel in enumerate(channels)}),
    )
    for mark, part in shown.groupby("mark", sort=False):
        _marks(part, str(mark), ax)
    # On a phone the counts stand below their marks, where a desk has them beside.
    place: dict[str, Any] = {"xytext": (2, 0), "va": "center"}
    if narrow(ax):
        place = {"xytext": (-6, -3), "va": "top", "ha": "center"}
    for row in records(shown[shown["n"] > 0]):
        ax.annotate(_counted(row["k"], row["n"]), (row["x"], row["y"]), fontsize=7.5,
                    textcoords="offset points", color="0.2", **place)  # fmt: skip
    names = shown.drop_duplicates("place")["provider"]
    labels = [shorten(str(name), LONGEST, placeholder="…") for name in names]
    ax.set_yticks(range(len(places)), labels)
    ax.set_ylim(len(places) - 0.5, -0.5)
    ax.set_xlim(-0.7 if narrow(ax) else -0.5, len(channels) - 0.4)
    _channels(channels, ax)
    ax.set_xlabel(" ")
    ax.grid(visible=False)
    if len(places) < rows["place"].nunique():
        ax.axhline(MOST // 2 - 0.5, color="0.25", linestyle=":", linewidth=1)
    for band in range(0, len(places), 2):
        ax.axhspan(band - 0.5, band + 0.5, color="0.95", zorder=0)
    ax.figure.legend(ncols=3, loc="outside lower center", frameon=False, fontsize=8)
    return ax


def _channels(channels: list[str], ax: Axes) -> None:
    """Their names on top, in several lines each; on a phone they lean instead."""
    ax.set_xticks(range(len(channels)), [fill(str(c), WIDEST) for c in channels], fontsize=8)
    ax.xaxis.tick_top()
    if narrow(ax):
        leaning: dict[str, Any] = {"rotation": 50, "ha": "left", "rotation_mode": "anchor"}
        ax.set_xticks(range(len(channels)), [str(c) for c in channels], fontsize=8, **leaning)


def drawn(rows: pd.DataFrame) -> list[int]:
    """The places of providers that are drawn; of many, the first and the last half of `MOST`."""
    every = [*dict.fromkeys(rows["place"])]
    return every if len(every) <= MOST else [*every[: MOST // 2], *every[-MOST // 2 :]]


def _counted(k: int, n: int) -> str:
    """Answered of made; the share where the numbers are too long for a cell."""
    return f"{k}/{n}" if n < 1000 else percent(k / n)


def _marks(part: pd.DataFrame, mark: str, ax: Axes) -> None:
    import seaborn as sns

    shape, colour, filled = MARKS[mark]
    ink = sns.color_palette("colorblind")[colour] if isinstance(colour, int) else colour
    ax.plot(
        part["x"] - 0.2,
        part["y"],
        linestyle="none",
        marker=shape,
        color=ink,
        markerfacecolor=ink if filled else "white",
        markersize=6.5,
        label=part["state"].iloc[0],
    )


def _height(rows: pd.DataFrame) -> float:
    return 0.27 * max(len(drawn(rows)), 2) + 1.3


plot_inventory = cast(Draw, _plot_inventory)
plot_inventory.height = _height
