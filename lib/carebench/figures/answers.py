"""All answers to a question as one bar, cut at each answer, worst at the left."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import numpy as np
import pandas as pd

from ..estimate import records
from ..language import _, percent
from .drawing import Draw, narrow

if TYPE_CHECKING:
    from matplotlib.axes import Axes

PER_BAR, REST = 0.75, 0.75  # inches
LEAST, LEAST_ON_PHONE = 0.045, 0.085  # a part on which its share can be printed
WORST_TO_BEST = ("#8c510a", "#dfc27d", "#e9e9e9", "#80cdc1", "#01665e")
BRIGHT = 0.5  # above it, black letters can be read


def _plot_answers(rows: pd.DataFrame, *, ax: Axes) -> Axes:
    """One bar for each question, cut into its answers; answer over share on each wide part.

    `rows` are estimates of shares: the first column names the bar, `answer` the part, and
    `from_worst` (0 worst, 1 best) gives its colour. A bar without shares says why.
    """
    names = list(dict.fromkeys(rows.iloc[:, 0]))
    least = LEAST_ON_PHONE if narrow(ax) else LEAST
    for at, name in enumerate(names):
        _bar(rows[rows.iloc[:, 0] == name], at, least, ax)
    ax.set_yticks(range(len(names)), names)
    ax.set_ylim(len(names) - 0.5, -0.5)
    ax.set_xlim(0, 1)
    ax.xaxis.set_major_formatter(lambda x, _at: percent(x))
    ax.set_xlabel(_("share of answers, from the worst at the left to the best"))
    ax.grid(axis="y", visible=False)
    return ax


def _bar(rows: pd.DataFrame, at: int, least: float, ax: Axes) -> None:
    """One bar, with the answer and its share on every part that is wide enough."""
    from matplotlib.colors import LinearSegmentedColormap

    ramp = LinearSegmentedColormap.from_list("answers", WORST_TO_BEST)
    shares = rows["value"].to_numpy(dtype=float)
    if np.isnan(shares).any():
        ax.text(0.01, at, _(str(rows["reason"].iloc[0])), va="center", fontsize=8, color="0.3")
        return
    for row, start in zip(records(rows), np.cumsum(shares) - shares, strict=True):
        colour, share = ramp(float(row["from_worst"])), float(row["value"])
        ax.barh(at, share, left=start, color=colour, edgecolor="white", height=0.74)
        if share >= least:
            bright = 0.3 * colour[0] + 0.59 * colour[1] + 0.11 * colour[2]
            ax.text(start + share / 2, at, f"{row['answer']}\n{percent(share)}", ha="center",
                    va="center", fontsize=7.5, linespacing=1.35,
                    color="black" if bright > BRIGHT else "white")  # fmt: skip


plot_answers = cast(Draw, _plot_answers)
plot_answers.height = lambda rows: PER_BAR * max(rows.iloc[:, 0].nunique(), 1) + REST
