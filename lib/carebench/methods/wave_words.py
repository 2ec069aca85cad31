"""What is said of a change to whoever reads of it, wherever two waves are compared."""

from __future__ import annotations

import math

import pandas as pd

from ..estimate import from_row, quantity, records
from ..language import N_, _
from .waves import Change

# Why these waves, where nobody named the earlier one.
NOT_NAMED = N_(
    "{wave} is the last wave before this one in the study’s own tables. To compare with others, "
    "name them with --against."
)
MOST_IN_WORDS = 40  # rows of a figure that its alternative text names


def seen_from(change: Change, most: float = 100) -> str:
    """How large a change would usually have been seen, in words; none is larger than `most`."""
    if math.isnan(change.detectable):
        return "–"
    if change.detectable > most:
        return _("not at this n")
    return _("{points} points").format(points=quantity(change.detectable, "points"))


def in_words(table: pd.DataFrame, by: str) -> str:
    """A table of changes for a reader who cannot see its figure."""
    rows = "; ".join(
        f"{row[by]} {from_row(row)} {row['verdict']}" for row in records(table.head(MOST_IN_WORDS))
    )
    return _("Dots with intervals about no change, in points: {rows}.").format(rows=rows)
