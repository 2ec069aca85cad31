"""What was observed of contracts, and what a model expects beyond."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from ..language import _, number, percent

if TYPE_CHECKING:
    from matplotlib.axes import Axes

STRETCHES = (1, 2, 3, 6, 12, 24, 60, 120)
MOST_TICKS = 7


def plot_projection(rows: pd.DataFrame, *, ax: Axes) -> Axes:
    """Steps of the share held as observed, and the dashed fan of the model beside and beyond.

    `rows` has `part` ("observed" or "model"), `since_start`, `held`, `low`, `high`,
    `seen_until`, and `by_year`: years or else months.
    """
    import seaborn as sns

    seen, model = (rows[rows["part"].eq(part)] for part in ("observed", "model"))
    colour, other = sns.color_palette("colorblind")[:2]
    ax.fill_between(model["since_start"], model["low"], model["high"], color=other, alpha=0.25,
                    linewidth=0)  # fmt: skip
    ax.plot(model["since_start"], model["held"], color=other, linewidth=2, linestyle="--",
            label=_("model, with its interval"))  # fmt: skip
    ax.step(seen["since_start"], seen["held"], where="post", color=colour, linewidth=1.8,
            label=_("observed"))  # fmt: skip
    _until(ax, float(rows["seen_until"].iloc[0]), float(model["since_start"].max()))
    ax.legend(loc="lower left", frameon=True, fontsize=8)
    ax.set(ylim=(0, 1.02), ylabel=_("contracts still held"))
    years = bool(rows["by_year"].iloc[0])
    ax.set_xlabel(_("years since the start") if years else _("months since the start"))
    ax.yaxis.set_major_formatter(lambda y, _at: percent(y))
    return ax


def _until(ax: Axes, seen: float, end: float) -> None:
    """Where observation ends, and round ticks up to the end of the model."""
    if seen < end:
        ax.axvline(seen, color="0.35", linestyle=":", linewidth=1.4)
        ax.annotate(_("observed until here"), (seen, 1), xytext=(-4, -4), ha="right", va="top",
                    xycoords=ax.get_xaxis_transform(), textcoords="offset points", fontsize=8,
                    color="0.25")  # fmt: skip
    stretch = next((s for s in STRETCHES if end / s <= MOST_TICKS), end)
    ticks = np.arange(0, end + 1e-9, stretch)
    ax.set_xticks(ticks, [number(tick) for tick in ticks])
    ax.set_xlim(0, end)
