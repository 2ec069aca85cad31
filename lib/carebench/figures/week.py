"""The 168-hour week."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from ..estimate import records
from ..language import _, percent

if TYPE_CHECKING:
    from matplotlib.axes import Axes

MOST_DOTS = 600  # attempts; more are written as counts, for dots would hide each other
LONGEST_COUNT = 5  # characters that fit into a cell, as in "12/14"


def plot_week(rows: pd.DataFrame, *, ax: Axes) -> Axes:
    """The 168-hour week as a grid: a dot for each attempt, or counts where there are many.

    `rows` has `day` (0 Monday), `hour`, `k` and `n`; hours without an attempt stay empty. A
    dot is filled where the attempt was answered. Where there are many attempts, colour stands
    for the share answered and k/n is written in each cell. With a column `claimed_open`, hours
    are framed that at least half of the providers claim.
    """
    counts = np.zeros((2, 7, 24), dtype=int)
    counts[:, rows["day"], rows["hour"]] = rows[["k", "n"]].to_numpy(dtype=int).T
    if counts[1].sum() <= MOST_DOTS:
        _dots(counts[0], counts[1], ax)
    else:
        _shares(counts[0], counts[1], ax)
    if "claimed_open" in rows and rows["claimed_open"].notna().any():
        _frame(rows, ax)
    days = [_("Mon"), _("Tue"), _("Wed"), _("Thu"), _("Fri"), _("Sat"), _("Sun")]
    ax.set_yticks(range(7), days)
    ax.set_xticks(np.arange(0, 25, 2) - 0.5, [f"{hour:02d}" for hour in range(0, 25, 2)])
    ax.set(xlim=(-0.5, 23.5), ylim=(6.5, -0.5))
    ax.set_xlabel(_("hour of the day, provider’s local time"))
    ax.grid(visible=False)
    if ax.get_legend_handles_labels()[0]:
        ax.figure.legend(ncols=3, loc="outside lower center", frameon=False, fontsize=8)
    return ax


def _dots(k: npt.NDArray[np.int_], n: npt.NDArray[np.int_], ax: Axes) -> None:
    """One dot for each attempt, those of one hour beside each other, the answered first."""
    import seaborn as sns

    colour = sns.color_palette("colorblind")[0]
    day, hour = np.nonzero(n)
    made = n[day, hour]
    place = np.arange(made.sum()) - np.repeat(np.cumsum(made) - made, made)
    x = np.repeat(hour, made) - 0.5 + (place + 0.5) / np.repeat(made, made)
    y, hit = np.repeat(day, made), place < np.repeat(k[day, hour], made)
    for shown, fill, name in (
        (hit, colour, _("answered by a person")),
        (~hit, "none", _("not answered")),
    ):
        ax.plot(x[shown], y[shown], "o", markersize=5, markerfacecolor=fill,
                markeredgecolor=colour, linestyle="none", label=name)  # fmt: skip


def _shares(k: npt.NDArray[np.int_], n: npt.NDArray[np.int_], ax: Axes) -> None:
    """Colour for the share answered, and k/n in each cell; the share where k/n is too long."""
    import seaborn as sns

    share = np.divide(k, n, out=np.full(n.shape, np.nan), where=n > 0)
    colours = sns.color_palette("cividis", as_cmap=True)
    image = ax.imshow(share, aspect="auto", vmin=0, vmax=1, cmap=colours, origin="upper")
    for day, hour in zip(*np.nonzero(n), strict=True):
        text = f"{k[day, hour]}/{n[day, hour]}"
        if len(text) > LONGEST_COUNT:
            text = percent(share[day, hour])
        ax.text(hour, day, text, ha="center", va="center", fontsize=5.5,
                color="white" if share[day, hour] < 0.55 else "black")  # fmt: skip
    bar = ax.figure.colorbar(image, ax=ax, shrink=0.85, pad=0.02)
    bar.set_label(_("share answered"))
    bar.ax.yaxis.set_major_formatter(lambda x, _at: percent(x))


def _frame(rows: pd.DataFrame, ax: Axes) -> None:
    """A line around the hours that at least half of the providers claim to be open."""
    most = np.zeros((9, 26), dtype=bool)  # a closed hour on every side ends each line
    half = [row for row in records(rows) if row["claimed_open"] >= 0.5]
    for row in half:
        most[row["day"] + 1, row["hour"] + 1] = True
    if not half:
        return
    style: dict[str, Any] = {"color": "#c03a00", "linewidth": 1.8}
    for day, hour in zip(*np.nonzero(most[:, 1:] != most[:, :-1]), strict=True):
        ax.plot([hour - 0.5] * 2, [day - 1.5, day - 0.5], clip_on=False, **style)
    for day, hour in zip(*np.nonzero(most[1:] != most[:-1]), strict=True):
        ax.plot([hour - 1.5, hour - 0.5], [day - 0.5] * 2, clip_on=False, **style)
    ax.plot([], [], label=_("claimed to be open"), **style)
