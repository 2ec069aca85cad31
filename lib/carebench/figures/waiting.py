"""Curves of the time to an answer."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from ..language import _, number, percent

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def plot_waiting(rows: pd.DataFrame, *, ax: Axes) -> Axes:
    """A step curve of the share answered by each time, with its band and who still waits.

    `rows` has `time`, `share`, `low`, `high`, `waiting`, `unit` and, for the line of the
    service level, `limit`.
    """
    import seaborn as sns

    colour = sns.color_palette("colorblind")[0]
    ax.fill_between(rows["time"], rows["low"], rows["high"], step="post", color=colour, alpha=0.2)
    ax.step(rows["time"], rows["share"], where="post", color=colour, linewidth=2)
    limit, unit = rows["limit"].iloc[0], str(rows["unit"].iloc[0])
    if pd.notna(limit):
        ax.axvline(limit, color="0.35", linestyle="--", linewidth=1)
        ax.text(limit, 0.98, " " + _("service level"), va="top", fontsize=8, color="0.25")
    names = {"hours": _("hours since sending"), "seconds": _("seconds since dialling")}
    ax.set(ylim=(0, 1), ylabel=_("answered by a person"))
    ax.set_xlabel(names[unit] + "\n" + _("in brackets: how many still wait for an answer"))
    ax.set_xlim(0, rows["time"].max())
    waiting = rows.set_index("time")["waiting"]
    ticks = [tick for tick in ax.get_xticks() if tick <= rows["time"].max()]
    at = [waiting[waiting.index >= tick].iloc[0] for tick in ticks]
    ax.set_xticks(ticks, [f"{number(t)}\n({number(n)})" for t, n in zip(ticks, at, strict=True)])
    ax.yaxis.set_major_formatter(lambda y, _at: percent(y))
    return ax
