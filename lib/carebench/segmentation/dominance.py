"""What an export must know of each sum of money: the part that its largest customer brings.

A sum of which one customer brings nearly all tells what that customer brings, so an open export
withholds it (`reporting.deidentify`). A share of the whole beside an amount tells the whole: where
one customer brings nearly all of that, every row that holds a share goes with it.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pandas as pd

from ..methods.concentration import Spread
from ..sources import Care
from .books import amounts

DOMINANT = 0.8  # of a sum; above, it tells nearly what its largest customer brings


def largest_part(revenue: pd.Series[Any], most: pd.Series[Any]) -> pd.Series[float]:
    """The part of each sum that its largest customer brings.

    Above 1 where refunds of the others leave less than that customer brings; not known where
    nothing is left.

    Parameters
    ----------
    revenue : Series
        The sums, in any unit.
    most : Series
        The amount of the customer whose amount is farthest from zero, in the same unit.
    """
    whole = revenue.astype("float64").abs()
    return most.astype("float64").abs() / whole.where(whole > 0)


def part_of_whole(care: Care, column: str = "revenue", table: str = "buyers") -> float:
    """The part of all amounts in a column that the largest customer brings; nan where none."""
    spread = amounts(care, column, table)
    whole = Spread.of(spread.values, spread.customers)
    return float(whole.top(1)) / whole.total if whole.total > 0 else math.nan


def with_whole(care: Care, parts: pd.Series[float]) -> pd.Series[float]:
    """`parts` of rows that hold a share of the net revenue too: at least that of the whole."""
    if not care.columns("transactions"):
        return parts
    return pd.Series(np.fmax(parts, part_of_whole(care)), index=parts.index)
