"""Cohorts of customers as a heat map."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import numpy as np
import pandas as pd

from ..estimate import records
from ..language import _, number, percent
from .drawing import Draw, narrow

if TYPE_CHECKING:
    from matplotlib.axes import Axes

LEAST = 0.01  # share of the strongest colour, at least
DARK = 0.45  # of the strongest colour: from here on figures are white
FIELDS, FIELDS_ON_PHONE = 26, 10  # across, in which a number of two digits can be read


def _cohorts(rows: pd.DataFrame) -> list[tuple[str, int]]:
    """Name and size of each cohort, in order."""
    first = rows.drop_duplicates("cohort")
    return list(zip(first["cohort"], first["n"], strict=True))


def _plot_cohorts(rows: pd.DataFrame, *, ax: Axes) -> Axes:
    """A row for each `cohort` with its `n`, a column for each period `later`, coloured by `share`.

    A line parts the cohorts that stand `apart` from the rest. Fields hold the per cent where
    there is room for it. A period has so many `months`: 1 or 3.
    """
    import seaborn as sns

    names = _cohorts(rows)
    place = {name: at for at, (name, _n) in enumerate(names)}
    shares = np.full((len(names), int(rows["later"].max())), np.nan)
    shares[rows["cohort"].map(place), rows["later"] - 1] = rows["share"]
    strongest = max(float(np.nanmax(shares)), LEAST)
    colours = sns.color_palette("blend:#d3dfec,#08306b", as_cmap=True)  # 0% must not look blank
    down, across = (np.arange(n + 1) - 0.5 for n in shares.shape)
    mesh = ax.pcolormesh(across + 1, down, shares, vmin=0, vmax=strongest, cmap=colours,
                         edgecolors="white", linewidth=0.6)  # fmt: skip
    if shares.shape[1] <= (FIELDS_ON_PHONE if narrow(ax) else FIELDS):
        _numbers(rows.assign(y=rows["cohort"].map(place)), ax, strongest)
    n_apart = rows.loc[rows["apart"], "cohort"].nunique()
    if 0 < n_apart < len(names):
        ax.axhline(n_apart - 0.5, color="0.2", linewidth=1.4)
    counted = "({n})" if narrow(ax) else "(n = {n})"
    labels = [f"{name} {counted.format(n=number(n))}" for name, n in names]
    ax.set_yticks(range(len(names)), labels)
    ax.set(ylim=(len(names) - 0.5, -0.5))
    by_month = rows["months"].iloc[0] == 1
    ax.set_xlabel(_("months later") if by_month else _("quarters later"))
    ax.locator_params(axis="x", integer=True)
    ax.grid(visible=False)
    below: dict[str, Any] = {"location": "bottom"} if narrow(ax) else {}
    bar = ax.figure.colorbar(mesh, ax=ax, shrink=0.85, pad=0.02, **below,
                             format=lambda share, _at: percent(share))  # fmt: skip
    bar.set_label(_("share that bought again"))
    return ax


def _height(rows: pd.DataFrame) -> float:
    return 0.25 * max(len(_cohorts(rows)), 4) + 1.5


plot_cohorts = cast(Draw, _plot_cohorts)
plot_cohorts.height = _height


def _numbers(rows: pd.DataFrame, ax: Axes, strongest: float) -> None:
    """The per cent of each field."""
    for row in records(rows):
        white = row["share"] > DARK * strongest
        ax.text(row["later"], row["y"], number(100 * row["share"]), ha="center", va="center",
                fontsize=7, color="white" if white else "0.15")  # fmt: skip
