"""How many are still held after so long: falling steps, with the numbers at risk under them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import pandas as pd

from ..language import _, number, percent
from .drawing import Draw

if TYPE_CHECKING:
    from matplotlib.axes import Axes

STYLES = ("-", "--", "-.", ":")
CURVES, LINES, LINE = 3.1, 0.42, 13  # inches of the curves and of each group; points of a line
UNDER = 44  # points from the axis to the first line of the table under it


def _survival(rows: pd.DataFrame, *, ax: Axes) -> Axes:
    """Step curves of the share held, with bands, and how many are at risk at the ticks.

    `rows` has `group`, `part` ("curve", or "tick" for the times at which `at_risk` is
    written), `since_start`, `held`, `low`, `high`, and `by_year`: years or else months.
    """
    import seaborn as sns

    palette = sns.color_palette("colorblind")
    names = list(dict.fromkeys(rows["group"]))
    for place, name in enumerate(names):
        curve = rows[rows["group"].eq(name) & rows["part"].eq("curve")]
        colour = palette[place % len(palette)]
        time = curve["since_start"]
        ax.fill_between(time, curve["low"], curve["high"], step="post", color=colour,
                        alpha=0.16, linewidth=0)  # fmt: skip
        ax.step(time, curve["held"], where="post", color=colour, linewidth=2,
                linestyle=STYLES[place % len(STYLES)], label=name)  # fmt: skip
    ticks = rows[rows["part"].eq("tick")]
    _axes(ax, ticks, by_year=bool(rows["by_year"].iloc[0]))
    _at_risk(ax, ticks, names, [palette[place % len(palette)] for place in range(len(names))])
    if len(names) > 1:
        ax.legend(loc="lower left", frameon=True, fontsize=8)
    return ax


def _axes(ax: Axes, ticks: pd.DataFrame, *, by_year: bool) -> None:
    times = sorted(set(ticks["since_start"]))
    ax.set_xticks(times, [number(time) for time in times])
    # The numbers under the first and last tick must not be cut off.
    ax.set(ylim=(0, 1.02), xlim=(0, max(times) * 1.04), ylabel=_("contracts still held"))
    ax.set_xlabel(_("years since the start") if by_year else _("months since the start"))
    ax.yaxis.set_major_formatter(lambda y, _at: percent(y))


def _at_risk(ax: Axes, ticks: pd.DataFrame, names: list[str], colours: list[object]) -> None:
    """A line with the name of each group and one with its numbers, under the axis."""
    place: dict[str, Any] = {
        "textcoords": "offset points",
        "va": "top",
        "fontsize": 8,
        "annotation_clip": False,
    }
    for line, (name, colour) in enumerate(zip(names, colours, strict=True)):
        down = -UNDER - 2 * LINE * line
        several = _("still followed, {group}:").format(group=name)
        said = several if len(names) > 1 else _("still followed:")
        ax.annotate(said, (0, 0), xycoords="axes fraction", xytext=(0, down), ha="left",
                    color=colour, **place)  # fmt: skip
        mine = ticks[ticks["group"].eq(name)]
        for time, left in zip(mine["since_start"], mine["at_risk"], strict=True):
            ax.annotate(number(left), (time, 0), xycoords=ax.get_xaxis_transform(),
                        xytext=(0, down - LINE), ha="center", color="0.25", **place)  # fmt: skip


plot_survival = cast(Draw, _survival)
plot_survival.height = lambda rows: CURVES + LINES * rows["group"].nunique()
