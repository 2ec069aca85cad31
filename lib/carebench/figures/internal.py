"""Departments that serve each other, as a grid."""

from __future__ import annotations

from textwrap import shorten
from typing import TYPE_CHECKING, Any, cast

import numpy as np
import pandas as pd

from ..estimate import records
from ..language import _, number
from .drawing import Draw

if TYPE_CHECKING:
    from matplotlib.axes import Axes

LONGEST = 18  # characters of a department's name
LIGHT = 3.3  # a score from which on the colour needs dark letters
SCALE = (1.0, 5.0)
VERDICTS = {-1: "▼", 1: "▲"}


def _plot_service_matrix(rows: pd.DataFrame, *, ax: Axes) -> Axes:
    """Who is served (from top to bottom) by whom (from left to right), and how well.

    Departments stand in the order of how well they serve, the worst first. `rows` are
    estimates with `served`, `serving` and `drawn`; a cell without a value is hatched and holds
    its n alone. With `direction`, ▼ and ▲ mark what is clearly below or above.
    """
    import seaborn as sns
    from matplotlib.colors import Normalize

    shown = rows[rows["drawn"]]
    means = shown.groupby("serving")["value"].mean().sort_values(kind="stable")
    names = [*means.index, *sorted(set(shown["served"]) - set(means.index))]
    at = {name: place for place, name in enumerate(names)}
    score = np.full((len(names), len(names)), np.nan)
    score[shown["served"].map(at), shown["serving"].map(at)] = shown["value"].to_numpy(float)
    colours = sns.color_palette("cividis", as_cmap=True)
    ax.imshow(score, aspect="auto", cmap=colours, norm=Normalize(*SCALE))
    for row in records(shown):
        _write(row, at[row["serving"]], at[row["served"]], ax)
    labels = [shorten(name, LONGEST, placeholder="…") for name in names]
    ax.set_xticks(range(len(names)), labels, fontsize=9, rotation=40, ha="left",
                  rotation_mode="anchor")  # fmt: skip
    ax.set_yticks(range(len(names)), labels, fontsize=9)
    ax.xaxis.tick_top()
    ax.xaxis.set_label_position("top")
    ax.set_xlabel(_("department that serves"), fontsize=10)
    ax.set_ylabel(_("department that is served"), fontsize=10)
    ax.grid(visible=False)
    ax.set_xticks(np.arange(len(names) + 1) - 0.5, minor=True)
    ax.set_yticks(np.arange(len(names) + 1) - 0.5, minor=True)
    ax.grid(which="minor", color="white", linewidth=1.5)
    ax.tick_params(which="minor", length=0)
    return ax


def _write(row: dict[str, Any], x: int, y: int, ax: Axes) -> None:
    """What stands in one cell: mean, verdict and n, or n alone."""
    n = number(row["n"])
    if pd.isna(row["value"]):
        ax.fill([x - 0.5, x + 0.5, x + 0.5, x - 0.5], [y - 0.5, y - 0.5, y + 0.5, y + 0.5],
                facecolor="0.9", hatch="///", edgecolor="0.75", linewidth=0)  # fmt: skip
        ax.text(x, y, f"n {n}", ha="center", va="center", fontsize=7.5, color="0.25")
        return
    ink = "black" if row["value"] >= LIGHT else "white"
    mark = VERDICTS.get(row["direction"], "") if pd.notna(row["direction"]) else ""
    ax.text(x, y - 0.12, f"{mark}{number(row['value'], 1)}", ha="center", va="center",
            fontsize=10, color=ink)  # fmt: skip
    ax.text(x, y + 0.28, f"n {n}", ha="center", va="center", fontsize=7, color=ink)


def _height(rows: pd.DataFrame) -> float:
    """Inches for a row of each department and the names above them."""
    shown = rows[rows["drawn"]]
    return 0.45 * max(len(set(shown["served"]) | set(shown["serving"])), 3) + 1.3


plot_service_matrix = cast(Draw, _plot_service_matrix)
plot_service_matrix.height = _height
