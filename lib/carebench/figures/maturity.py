"""What providers say of their care beside what was observed."""

from __future__ import annotations

from textwrap import fill
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pandas as pd

from ..estimate import records
from ..language import _, percent
from .drawing import tall

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Places = npt.NDArray[np.int64]
MOST, LONGEST = 24, 26  # rows drawn; characters of a name before it goes on in the next line
# Columns of value, low and high; the mark, and how far below the middle of its row it stands.
OBSERVED = (
    (("value", "low", "high"), "o", -0.22),
    (("answered_rate", "answered_low", "answered_high"), "^", 0.04),
    (("resolved_rate", "resolved_low", "resolved_high"), "s", 0.28),
)


@tall(per_row=0.46, rest=1.5)
def plot_belief_gap(rows: pd.DataFrame, *, ax: Axes) -> Axes:
    """A row per provider: its own rating (diamond), what was observed, and a line between.

    `rows` has `provider`, `self_rating` (1 to 5), the good scores as `value`, `low`, `high`,
    the same for `answered_rate` and `resolved_rate`, and `verdict`. At most 24 rows are drawn.
    """
    rows = rows.head(MOST)
    places = np.arange(len(rows))
    _gaps(rows, places, ax)
    _observed(rows, places, ax)
    ax.set_yticks(places, [fill(str(name), LONGEST) for name in rows["provider"]])
    ax.set_ylim(len(rows) - 0.4, -0.6)
    ax.set(xlim=(-0.02, 1.02), xlabel=_("share observed"))
    ax.xaxis.set_major_formatter(lambda x, _at: percent(x))
    ax.grid(axis="y", visible=False)
    ax.axvline(0.5, color="0.4", linestyle=":", linewidth=1.2, zorder=0)
    ratings = ax.secondary_xaxis("top")
    ratings.set_xticks(np.arange(5) / 4, [str(point) for point in range(1, 6)])
    ratings.set_xlabel(_("own rating, 1 to 5 (diamonds)"), fontsize=9)
    for place, row in enumerate(records(rows)):
        ax.annotate(fill(str(row["verdict"]), 18), (1, place), xytext=(6, 0), va="center",
                    xycoords=ax.get_yaxis_transform(), textcoords="offset points",
                    fontsize=8, color="0.25")  # fmt: skip
    ax.figure.legend(ncols=2, loc="outside lower center", frameon=False, fontsize=8)
    return ax


_height_of_all = plot_belief_gap.height
plot_belief_gap.height = lambda rows: _height_of_all(rows.head(MOST))


def _gaps(rows: pd.DataFrame, places: Places, ax: Axes) -> None:
    """The diamonds of the self-ratings, and the way from each to the good scores."""
    own = (rows["self_rating"] - 1) / 4
    if own.isna().all():
        return
    both = (own.notna() & rows["value"].notna()).to_numpy()
    level = places - 0.22
    ax.hlines(level[both], own[both], rows["value"][both], color="0.75", linewidth=3.5, zorder=1)
    ax.plot(own, level, "D", color="0.15", markerfacecolor="white", markersize=7, zorder=4,
            linestyle="none", label=_("what it says of itself"))  # fmt: skip


def _observed(rows: pd.DataFrame, places: Places, ax: Axes) -> None:
    import seaborn as sns

    names = (_("good scores (4 or 5)"), _("answered by a person"), _("resolved"))
    palette = sns.color_palette("colorblind")
    colours = (palette[0], palette[1], palette[2])
    for (columns, mark, below), name, colour in zip(OBSERVED, names, colours, strict=True):
        value, low, high = (rows[column] for column in columns)
        if value.isna().all():
            continue
        ax.hlines(places + below, low, high, color=colour, linewidth=1.6, alpha=0.6, zorder=2)
        ax.plot(value, places + below, mark, color=colour, markersize=5, zorder=3,
                linestyle="none", label=name)  # fmt: skip
