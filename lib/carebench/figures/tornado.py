"""What each input does to a gain: the widest bar on top, as a tornado is."""

from __future__ import annotations

from textwrap import fill
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from ..estimate import quantity, records
from ..language import _
from .drawing import narrow, tall

if TYPE_CHECKING:
    from matplotlib.axes import Axes

LONGEST = 26  # characters of a label before it goes on in the next line
THICK = 0.34  # rows


@tall(per_row=0.72, rest=1.2)
def plot_tornado(rows: pd.DataFrame, *, ax: Axes) -> Axes:
    """Bars from `gain_at_low` to `gain_at_high` about a line at `gain_at_rest`.

    The gains are printed above each bar. A row that is `joint` lets all inputs vary at once: it
    is hatched and stands apart. A dotted line marks no gain.
    """
    import seaborn as sns

    palette = sns.color_palette("colorblind")
    for place, row in enumerate(records(rows)):
        left, right = sorted((row["gain_at_low"], row["gain_at_high"]))
        style: dict[str, Any] = {"color": palette[0]}
        if row["joint"]:
            style = {"facecolor": "0.88", "edgecolor": "0.3", "hatch": "///", "linewidth": 0.8}
            ax.axhline(place - 0.55, color="0.75", linewidth=0.8)
        ax.barh(place, right - left, left=left, height=THICK, zorder=2, **style)
        ax.annotate(str(row["gains"]), ((left + right) / 2, place - THICK / 2), xytext=(0, 3),
                    textcoords="offset points", ha="center", va="bottom", fontsize=8.5,
                    color="0.2", zorder=4,
                    bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.8})  # fmt: skip
    ax.axvline(rows["gain_at_rest"].iloc[0], color="0.15", linewidth=1.4, zorder=3)
    ax.axvline(0, color="0.35", linestyle=":", linewidth=1.3, zorder=1)
    _axis(rows, ax)
    return ax


def _axis(rows: pd.DataFrame, ax: Axes) -> None:
    unit = str(rows["unit"].iloc[0])
    ends = np.append(rows[["gain_at_low", "gain_at_high"]].to_numpy(dtype=float), 0.0)
    room = 0.18 * (ends.max() - ends.min() or 1.0)
    ax.set_xlim(ends.min() - room, ends.max() + room)
    ax.locator_params(axis="x", nbins=3 if narrow(ax) else 6)
    ax.xaxis.set_major_formatter(lambda x, _at: quantity(x, unit))
    ax.set_yticks(range(len(rows)), [fill(str(label), LONGEST) for label in rows.iloc[:, 0]])
    ax.set_ylim(len(rows) - 0.5, -0.6)
    ax.grid(axis="y", visible=False)
    label = _("net gain for each customer with the effort")
    ax.set_xlabel(label + "\n" + _("(one input at a time ignores that they vary together)"))
