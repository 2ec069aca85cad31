"""The 168-hour week."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from ..language import _, percent
from .drawing import narrow

if TYPE_CHECKING:
    from matplotlib.axes import Axes

MOST_DOTS = 600  # attempts; more are written as counts, for dots would hide each other
LONGEST_COUNT = 5  # characters that fit into a cell, as in "12/14"
Counts = npt.NDArray[np.int_]


def plot_week(rows: pd.DataFrame, *, ax: Axes) -> Axes:
    """The 168-hour week as a grid: a dot for each attempt, or counts where there are many.

    `rows` has `day` (0 Monday), `hour`, `k` and `n`; hours without an attempt stay empty. A
    dot is filled where the attempt was answered. Where there are many attempts, colour stands
    for the share answered and k/n is written in each cell. With a column `claimed_open`, hours
    are framed that at least half of the providers claim.
    """
    counts = np.zeros((2, 7, 24), dtype=int)
    counts[:, rows["day"], rows["hour"]] = rows[["k", "n"]].to_numpy(dtype=int).T
    claimed = np.zeros((7, 24), dtype=bool)
    if "claimed_open" in rows:
        claimed[rows["day"], rows["hour"]] = rows["claimed_open"].astype("float64").ge(0.5)
    if narrow(ax):  # on a phone the hours run down
        counts, claimed = counts.swapaxes(1, 2), claimed.T
    (_dots if counts[1].sum() <= MOST_DOTS else _shares)(counts[0], counts[1], ax)
    _frame(claimed, ax)
    _name_days_and_hours(ax, turned=narrow(ax))
    ax.grid(visible=False)
    if ax.get_legend_handles_labels()[0]:
        ax.figure.legend(ncols=3, loc="outside lower center", frameon=False, fontsize=8)
    return ax


def _name_days_and_hours(ax: Axes, *, turned: bool) -> None:
    days = [_("Mon"), _("Tue"), _("Wed"), _("Thu"), _("Fri"), _("Sat"), _("Sun")]
    label = _("hour of the day, provider’s local time")
    if turned:
        ax.set(xlim=(-0.5, 6.5), ylim=(23.5, -0.5), ylabel=label)
        ax.set_xticks(range(7), days)
        ax.set_yticks(np.arange(24) - 0.5, [f"{hour:02d}" for hour in range(24)])
        return
    ax.set(xlim=(-0.5, 23.5), ylim=(6.5, -0.5), xlabel=label)
    ax.set_yticks(range(7), days)
    ax.set_xticks(np.arange(0, 25, 2) - 0.5, [f"{hour:02d}" for hour in range(0, 25, 2)])


def _dots(k: Counts, n: Counts, ax: Axes) -> None:
    """One dot for each attempt, those of one hour beside each other, the answered first."""
    import seaborn as sns

    colour = sns.color_palette("colorblind")[0]
    down, across = np.nonzero(n)
    made = n[down, across]
    place = np.arange(made.sum()) - np.repeat(np.cumsum(made) - made, made)
    x = np.repeat(across, made) - 0.5 + (place + 0.5) / np.repeat(made, made)
    y, hit = np.repeat(down, made), place < np.repeat(k[down, across], made)
    for shown, fill, name in (
        (hit, colour, _("answered by a person")),
        (~hit, "none", _("not answered")),
    ):
        ax.plot(x[shown], y[shown], "o", markersize=5, markerfacecolor=fill,
                markeredgecolor=colour, linestyle="none", label=name)  # fmt: skip


def _shares(k: Counts, n: Counts, ax: Axes) -> None:
    """Colour for the share answered, and k/n in each cell; the share where k/n is too long."""
    import seaborn as sns

    share = np.divide(k, n, out=np.full(n.shape, np.nan), where=n > 0)
    colours = sns.color_palette("cividis", as_cmap=True)
    image = ax.imshow(share, aspect="auto", vmin=0, vmax=1, cmap=colours, origin="upper")
    for down, across in zip(*np.nonzero(n), strict=True):
        text = f"{k[down, across]}/{n[down, across]}"
        if len(text) > LONGEST_COUNT:
            text = percent(share[down, across])
        ax.text(across, down, text, ha="center", va="center", fontsize=8 if narrow(ax) else 5.5,
                color="white" if share[down, across] < 0.55 else "black")  # fmt: skip
    below: dict[str, Any] = {"location": "bottom", "pad": 0.01} if narrow(ax) else {"pad": 0.02}
    bar = ax.figure.colorbar(image, ax=ax, shrink=0.85, format=lambda x, _at: percent(x), **below)
    bar.set_label(_("share answered"))


def _frame(claimed: npt.NDArray[np.bool_], ax: Axes) -> None:
    """A line around the hours that at least half of the providers claim to be open."""
    if not claimed.any():
        return
    most = np.pad(claimed, 1)  # a closed hour on every side ends each line
    style: dict[str, Any] = {"color": "#c03a00", "linewidth": 1.8}
    for down, across in zip(*np.nonzero(most[:, 1:] != most[:, :-1]), strict=True):
        ax.plot([across - 0.5] * 2, [down - 1.5, down - 0.5], clip_on=False, **style)
    for down, across in zip(*np.nonzero(most[1:] != most[:-1]), strict=True):
        ax.plot([across - 1.5, across - 0.5], [down - 0.5] * 2, clip_on=False, **style)
    ax.plot([], [], label=_("claimed to be open"), **style)
