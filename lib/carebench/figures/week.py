"""The 168-hour week."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from ..estimate import records
from ..language import _, percent

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def plot_week(rows: pd.DataFrame, *, ax: Axes) -> Axes:
    """The 168-hour week as a grid: colour for the share answered, k/n written in each cell.

    `rows` has `day` (0 Monday), `hour`, `k` and `n`; hours without an attempt stay empty.
    """
    import seaborn as sns

    share = np.full((7, 24), np.nan)
    tried = records(rows[rows["n"] > 0])
    for cell in tried:
        share[cell["day"], cell["hour"]] = cell["k"] / cell["n"]
    colours = sns.color_palette("cividis", as_cmap=True)
    image = ax.imshow(share, aspect="auto", vmin=0, vmax=1, cmap=colours, origin="upper")
    for cell in tried:
        dark = share[cell["day"], cell["hour"]] < 0.55
        ax.text(cell["hour"], cell["day"], f"{cell['k']}/{cell['n']}", ha="center", va="center",
                fontsize=5.5, color="white" if dark else "black")  # fmt: skip
    days = [_("Mon"), _("Tue"), _("Wed"), _("Thu"), _("Fri"), _("Sat"), _("Sun")]
    ax.set_yticks(range(7), days)
    ax.set_xticks(range(0, 24, 2), [f"{hour:02d}" for hour in range(0, 24, 2)])
    ax.set_xlabel(_("hour of the day, provider’s local time"))
    ax.grid(visible=False)
    bar = ax.figure.colorbar(image, ax=ax, shrink=0.85, pad=0.02)
    bar.set_label(_("share answered"))
    bar.ax.yaxis.set_major_formatter(lambda x, _at: percent(x))
    return ax
