"""Axes in, axes out: each function draws a table that already holds its intervals.

The first column of the rows labels them. Nothing is computed here, no theme is set, nothing
is saved or shown. A second cue (marker, line, printed number) stands beside every colour.
"""

from __future__ import annotations

from collections.abc import Callable
from textwrap import fill
from typing import TYPE_CHECKING, Any, Protocol, cast

import numpy as np
import pandas as pd

from .estimate import quantity, records
from .language import _, number, percent

if TYPE_CHECKING:
    from matplotlib.axes import Axes

LONGEST = 30  # characters of a label before it goes on in the next line


class Draw(Protocol):
    """A function that draws `rows` on `ax`; `height` gives the inches that suit the rows."""

    height: Callable[[pd.DataFrame], float]

    def __call__(self, rows: pd.DataFrame, *, ax: Axes) -> Axes: ...


def tall(per_row: float, rest: float) -> Callable[[Callable[..., Axes]], Draw]:
    """Give a drawing a height of so many inches per row, and the rest for axes and legend."""

    def decorate(draw: Callable[..., Axes]) -> Draw:
        sized = cast(Draw, draw)
        sized.height = lambda rows: per_row * max(len(rows), 2) + rest
        return sized

    return decorate


@tall(per_row=0.30, rest=1.0)
def plot_rates(rows: pd.DataFrame, *, ax: Axes) -> Axes:
    """A dot and an interval for each row, the first on top, with k/n or n at the right.

    `rows` are estimates in shares. A column `reference`, named by `reference_name`, draws a
    dashed line where it is the same for all rows, else a mark in each row that has one. Rows
    without a value show their reason.
    """
    _dots(rows, ax)
    low = min(0.0, float(rows[["value", "low"]].min().min(skipna=True)))
    ax.set_xlim(low, 1)
    ax.xaxis.set_major_formatter(lambda x, _at: percent(x))
    _references(rows, ax)
    return ax


@tall(per_row=0.30, rest=1.0)
def plot_estimates(rows: pd.DataFrame, *, ax: Axes) -> Axes:
    """A dot and an interval for each row, in whatever unit the rows share."""
    _dots(rows, ax)
    unit = str(rows["unit"].iloc[0])
    ax.xaxis.set_major_formatter(lambda x, _at: quantity(x, unit))
    ax.margins(x=0.12)
    _references(rows, ax)
    return ax


@tall(per_row=0.42, rest=1.3)
def plot_parts(rows: pd.DataFrame, *, ax: Axes) -> Axes:
    """One bar per row cut into parts, each part labelled where it is wide enough.

    The first column labels the bars; every other column is a part, as a share of 1.
    """
    import seaborn as sns

    labels, parts = rows.iloc[:, 0], rows.columns[1:]
    palette = sns.color_palette("colorblind", len(parts), desat=0.65)
    hatches = ("", "//", "..", "xx", "\\\\", "++", "--", "oo", "**")
    left = np.zeros(len(rows))
    places = np.arange(len(rows))
    for part, colour, hatch in zip(parts, palette, hatches, strict=False):
        width = rows[part].to_numpy(dtype=float)
        ax.barh(places, width, left=left, color=colour, hatch=hatch, edgecolor="white",
                linewidth=0.6, label=part)  # fmt: skip
        for place, (start, share) in enumerate(zip(left, width, strict=True)):
            if share >= 0.07:
                ax.text(start + share / 2, place, percent(share), ha="center", va="center",
                        fontsize=8, bbox={"facecolor": "white", "edgecolor": "none", "pad": 1.5,
                                          "alpha": 0.85})  # fmt: skip
        left += width
    ax.set_yticks(places, [str(label) for label in labels])
    ax.invert_yaxis()
    ax.set(xlim=(0, 1), xlabel=_("share of attempts"))
    ax.xaxis.set_major_formatter(lambda x, _at: percent(x))
    ax.grid(axis="y", visible=False)
    ax.figure.legend(ncols=3, loc="outside lower center", frameon=False, fontsize=8)
    return ax


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


def plot_concentration(rows: pd.DataFrame, *, ax: Axes) -> Axes:
    """The concentration curve: share of revenue (`revenue`) of the largest `customers`.

    Rows with a `label` are marked and named.
    """
    import seaborn as sns

    colour = sns.color_palette("colorblind")[0]
    ax.plot(rows["customers"], rows["revenue"], color=colour, linewidth=2)
    ax.plot([0, 1], [0, 1], color="0.6", linestyle=":", linewidth=1)
    ax.text(0.62, 0.58, _("all customers alike"), rotation=0, fontsize=8, color="0.35")
    marked = rows[rows["label"].notna()]
    ax.plot(marked["customers"], marked["revenue"], "o", color=colour)
    for row in records(marked):
        ax.annotate(row["label"], (row["customers"], row["revenue"]), xytext=(10, -10),
                    textcoords="offset points", fontsize=9)  # fmt: skip
    ax.plot([0.2], [0.8], marker="X", color="0.25", linestyle="none", markersize=8)
    ax.annotate(_("the 80:20 claim"), (0.2, 0.8), xytext=(-8, 5), textcoords="offset points",
                fontsize=9, color="0.25", ha="right")  # fmt: skip
    ax.set(
        xlim=(0, 1),
        ylim=(0, max(1.02, float(rows["revenue"].max()) + 0.02)),
        xlabel=_("share of customers, largest first"),
        ylabel=_("share of revenue"),
    )
    for axis in (ax.xaxis, ax.yaxis):
        axis.set_major_formatter(lambda x, _at: percent(x))
    return ax


def _dots(rows: pd.DataFrame, ax: Axes) -> None:
    """Dots with intervals from top to bottom, and the counts behind them at the right."""
    import seaborn as sns

    colour = sns.color_palette("colorblind")[0]
    places = np.arange(len(rows))
    limits = rows[["low", "high"]].replace([np.inf, -np.inf], np.nan)
    ax.hlines(places, limits["low"], limits["high"], color=colour, linewidth=2, alpha=0.55)
    ax.plot(rows["value"], places, "o", color=colour)
    ax.set_yticks(places, [fill(str(label), LONGEST) for label in rows.iloc[:, 0]])
    ax.set_ylim(len(rows) - 0.4, -0.6)
    ax.grid(axis="y", visible=False)
    for place, row in enumerate(records(rows)):
        ax.annotate(_behind(row), (1, place), xycoords=ax.get_yaxis_transform(), xytext=(6, 0),
                    textcoords="offset points", va="center", fontsize=8, color="0.3")  # fmt: skip


def _behind(row: dict[str, Any]) -> str:
    """What a dot rests on: "12/24" or "n = 310"; the reason where there is no dot."""
    if pd.isna(row["value"]):
        return _(str(row["reason"]))
    if pd.notna(row["k"]):
        return f"{number(row['k'])}/{number(row['n'])}"
    return _("n = {n}").format(n=number(row["n"]))


def _references(rows: pd.DataFrame, ax: Axes) -> None:
    """The published figure beside ours: a line for all rows, or a mark in each that has one."""
    if "reference" not in rows or rows["reference"].isna().all():
        return
    values = rows["reference"].astype("float64")
    if values.notna().all() and (values == values.iloc[0]).all():
        ax.axvline(values.iloc[0], color="0.25", linestyle="--", linewidth=1.2)
        ax.annotate(str(rows["reference_name"].iloc[0]), (values.iloc[0], 1), xytext=(0, 3),
                    xycoords=ax.get_xaxis_transform(), textcoords="offset points",
                    ha="center", fontsize=8, color="0.25")  # fmt: skip
        return
    for place, row in enumerate(records(rows)):
        if pd.notna(row["reference"]):
            ax.plot(row["reference"], place, marker="|", markersize=15, color="0.25")
            ax.annotate(row["reference_name"], (row["reference"], place), xytext=(0, 9),
                        textcoords="offset points", fontsize=7, color="0.25",
                        ha="center")  # fmt: skip
