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
TIMES = ("revenue", "later", "earlier")  # all that was brought, and that of two periods


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


def most_of_scores(care: Care, later: tuple[int, int], earlier: tuple[int, int]) -> pd.DataFrame:
    """What the largest customer of each triple of scores brings, in units of money.

    Columns r, f, m, and for all the time and the two periods: revenue, later, earlier. The
    tables `scored` and `customer_months` must be kept already.
    """
    most = "MAX(ABS(s.revenue)) AS revenue, MAX(ABS(later)) AS later, MAX(ABS(earlier)) AS earlier"
    sql = f"""WITH periods AS (
  SELECT customer_id, {_within(later)} AS later, {_within(earlier)} AS earlier
  FROM customer_months GROUP BY customer_id)
SELECT s.r, s.f, s.m, {most}
FROM scored s LEFT JOIN periods p ON s.customer_id = p.customer_id
GROUP BY s.r, s.f, s.m ORDER BY s.r NULLS LAST, s.f NULLS LAST, s.m NULLS LAST"""
    found = care.once(f"most of scores {later} {earlier}", lambda: care.large.frame(sql))
    return found.assign(**{name: care.in_units(found[name].astype("float64")) for name in TIMES})


def _within(months: tuple[int, int]) -> str:
    first, last = months
    inside = f"month BETWEEN {first} AND {last}"
    return f"CAST(SUM(CASE WHEN {inside} THEN revenue ELSE 0 END) AS BIGINT)"
