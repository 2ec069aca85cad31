"""What service brings and costs, as steps from nothing to the result."""

from __future__ import annotations

from textwrap import fill
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from ..estimate import records
from ..language import N_, _, number
from .drawing import narrow, tall

if TYPE_CHECKING:
    from matplotlib.axes import Axes

LONGEST, ON_PHONE = 26, 15  # characters of a label before it goes on in the next line
ROOM = 1.3  # of the widest bar, so that amounts stand inside the drawing
SCALES = (
    (1e9, N_("billions of {currency}")),
    (1e6, N_("millions of {currency}")),
    (1e3, N_("thousands of {currency}")),
    (1.0, N_("{currency}")),
)


@tall(per_row=0.55, rest=1.0)
def plot_profit(rows: pd.DataFrame, *, ax: Axes) -> Axes:
    """Steps of an account: what comes in goes right, the cost goes left, the result from 0.

    `rows` are estimates with `entry`: fee, margin, cost (above zero, drawn to the left), result;
    `sold`, of which the margin is a part, is drawn hollow. The line on each bar's end is the
    interval of that line alone. Lines without a value show their reason.
    """
    scale, words = _scale(rows)
    reached = 0.0
    letters = ON_PHONE if narrow(ax) else LONGEST
    for place, row in enumerate(records(rows)):
        reached = _step(ax, place, row, reached, scale)
    ax.axvline(0, color="0.25", linewidth=1)
    ax.set_yticks(range(len(rows)), [fill(str(label), letters) for label in rows.iloc[:, 0]])
    ax.set_ylim(len(rows) - 0.4, -0.6)
    ax.grid(axis="y", visible=False)
    _frame(ax, scale, words)
    return ax


def _step(ax: Axes, place: int, row: dict[str, Any], reached: float, scale: float) -> float:
    """Draw one line of the account from where the last one ended; where this one ends."""
    import seaborn as sns

    if pd.isna(row["value"]):
        ax.annotate(fill(_(str(row["reason"])), LONGEST), (0, place), xytext=(6, 0),
                    textcoords="offset points", va="center", fontsize=8, color="0.3")  # fmt: skip
        return reached
    palette = sns.color_palette("colorblind")
    sign = -1.0 if row["entry"] == "cost" else 1.0
    start = reached if row["entry"] in ("fee", "margin", "cost") else 0.0
    end = start + sign * row["value"]
    hollow = row["entry"] == "sold"
    colour = {"cost": palette[3], "result": "0.35"}.get(row["entry"], palette[0])
    hatch = "////" if row["entry"] == "cost" else None
    ax.barh(place, end - start, left=start, height=0.5, facecolor="none" if hollow else colour,
            edgecolor=colour, hatch=hatch, alpha=0.75)  # fmt: skip
    if pd.notna(row["low"]) and np.isfinite([row["low"], row["high"]]).all():
        limits = [start + sign * row["low"], start + sign * row["high"]]
        ax.hlines(place, *limits, color="0.1", linewidth=1.4)
    ends = [end, *(start + sign * row[name] for name in ("low", "high") if pd.notna(row[name]))]
    ax.annotate(number(sign * row["value"] / scale, 1), (max([start, *ends]), place),
                xytext=(6, 0), textcoords="offset points", va="center", fontsize=8)  # fmt: skip
    return end if start or row["entry"] in ("fee", "margin", "cost") else reached


def _frame(ax: Axes, scale: float, words: str) -> None:
    low, high = ax.get_xlim()
    span = high - low
    ax.set_xlim(low - 0.02 * span, low + ROOM * span)
    ax.locator_params(axis="x", nbins=3 if narrow(ax) else 6)
    digits = int(span < 10 * scale)
    ax.xaxis.set_major_formatter(lambda x, _at: number(x / scale, digits))
    ax.set_xlabel(words)


def _scale(rows: pd.DataFrame) -> tuple[float, str]:
    """By how much amounts are divided, and what they are then called."""
    most = float(np.nanmax(np.abs(rows["value"].to_numpy(dtype=float)), initial=0.0))
    size, words = next((one for one in SCALES if most >= one[0]), SCALES[-1])
    return size, _(words).format(currency=str(rows["unit"].iloc[0]))
