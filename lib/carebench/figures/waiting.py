"""Curves of the time to an answer, and who is slower than the others."""

from __future__ import annotations

from textwrap import fill
from typing import TYPE_CHECKING

import pandas as pd

from ..estimate import quantity, records
from ..language import _, number, percent
from .dots import LONGEST, MOST, ends_of_many
from .drawing import Draw, tall

if TYPE_CHECKING:
    from matplotlib.axes import Axes

# By the direction of a verdict: the colour of the palette, and the marker.
STYLES = {1: (3, "s"), 0: (7, "o"), -1: (2, "D"), 2: (4, "^")}


def plot_waiting(rows: pd.DataFrame, *, ax: Axes) -> Axes:
    """Step curves of the share answered by each time, and who still waits.

    `rows` has `event` ("answered" for the curve with its band, "acknowledged" for the dashed
    one, "tick" for the times at which `waiting` is written), `time`, `share`, `low`, `high`,
    `waiting`, `unit` and, for the line of the service level, `limit`.
    """
    import seaborn as sns

    colour, other = sns.color_palette("colorblind")[:2]
    person, machine, ticks = (
        rows[rows["event"].eq(event)] for event in ("answered", "acknowledged", "tick")
    )
    ax.fill_between(person["time"], person["low"], person["high"], step="post", color=colour,
                    alpha=0.2, linewidth=0)  # fmt: skip
    ax.step(person["time"], person["share"], where="post", color=colour, linewidth=2,
            label=_("a person"))  # fmt: skip
    if len(machine):
        ax.step(machine["time"], machine["share"], where="post", color=other, linewidth=1.5,
                linestyle="--", label=_("automatic reply"))  # fmt: skip
        ax.legend(loc="upper left", bbox_to_anchor=(0, 1.0), frameon=True, fontsize=8)
    end = float(ticks["time"].max())
    limit, unit = rows["limit"].iloc[0], str(rows["unit"].iloc[0])
    if pd.notna(limit) and limit <= end:
        ax.axvline(limit, color="0.35", linestyle=":", linewidth=1.2)
        ax.annotate(_("service level"), (limit, 1), xytext=(0, 3), textcoords="offset points",
                    xycoords=ax.get_xaxis_transform(), ha="center", fontsize=8,
                    color="0.25")  # fmt: skip
    names = {"hours": _("hours since sending"), "seconds": _("seconds since the attempt began")}
    ax.set(ylim=(0, 1), xlim=(-0.008 * end, end), ylabel=_("answered"))
    ax.set_xlabel(names[unit] + "\n" + _("in brackets: how many still wait for an answer"))
    marks = [f"{number(row['time'])}\n({number(row['waiting'])})" for row in records(ticks)]
    ax.set_xticks(ticks["time"].tolist(), marks)
    ax.yaxis.set_major_formatter(lambda y, _at: percent(y))
    return ax


def judged_of_many(draw: Draw) -> Draw:
    """Of more rows than a page holds, draw those that have a value alone."""

    def judged(rows: pd.DataFrame) -> pd.DataFrame:
        few = len(rows) <= MOST
        return rows if few else rows[rows["value"].notna()].reset_index(drop=True)

    def shown(rows: pd.DataFrame, *, ax: Axes) -> Axes:
        return draw(judged(rows), ax=ax)

    shown.__doc__ = draw.__doc__
    sized = tall(per_row=0.30, rest=1.0)(shown)
    sized.height = lambda rows: draw.height(judged(rows))
    return sized


@judged_of_many
@ends_of_many
def plot_gaps(rows: pd.DataFrame, *, ax: Axes) -> Axes:
    """A dot and an interval for each row around zero, marked by its verdict.

    `rows` are estimates in order, with `verdict` in words and its `way` in numbers: 1 slower,
    −1 faster, 0 not distinguishable, 2 different in another way. Rows without a value show
    their reason.
    """
    import seaborn as sns

    palette, known = sns.color_palette("colorblind"), rows[rows["value"].notna()]
    ax.axvline(0, color="0.25", linewidth=1)
    for name, of in known.groupby("verdict", sort=False):
        colour, marker = STYLES[int(of["way"].iloc[0])]
        ax.hlines(of.index, of["low"], of["high"], color=palette[colour], linewidth=2, alpha=0.55)
        ax.plot(of["value"], of.index, marker, color=palette[colour], label=name)
    for place, row in enumerate(records(rows)):
        counted = _("n = {n}").format(n=number(row["n"])) if pd.notna(row["n"]) else ""
        words = counted if pd.notna(row["value"]) else _(str(row["reason"]))
        ax.annotate(words, (1, place), xytext=(6, 0), xycoords=ax.get_yaxis_transform(),
                    textcoords="offset points", va="center", fontsize=8, color="0.3")  # fmt: skip
    ax.set_yticks(range(len(rows)), [fill(str(label), LONGEST) for label in rows.iloc[:, 0]])
    ax.set_ylim(len(rows) - 0.4, -0.6)
    ax.grid(axis="y", visible=False)
    ax.figure.legend(ncols=3, loc="outside lower center", frameon=False, fontsize=8)
    unit, (left, right) = str(rows["unit"].iloc[0]), ax.get_xlim()
    ax.locator_params(axis="x", nbins=6)
    ax.xaxis.set_major_formatter(lambda x, _at: quantity(x, unit, 0 if right - left > 6 else 1))
    return ax
