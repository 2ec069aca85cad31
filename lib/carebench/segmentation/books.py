"""What the questions of notebook 01 share: the company's books, summed up once per study.

Rows of sales stay in the engine. `buyers` and the others name tables that it keeps; `Amounts`
is how one amount is spread over the customers, small enough for memory whatever their number.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from .. import queries
from ..engine import MAX_ROWS, TooManyRows
from ..sources import Care

# From one day of sales to the next: at least as over a weekend, at most as over a closed week.
LEAST_GAP, LONGEST_GAP = 3, 10
# Months of a period where the study sets none: a whole year holds every season once.
LENGTHS = (12, 6, 3, 1)


@dataclass(frozen=True, slots=True)
class Amounts:
    """Amounts, rising, in whole units of the currency, and how many customers have each.

    Where `binned`, each amount is the mean of a bin 0.2 % wide.
    """

    values: npt.NDArray[np.float64]
    customers: npt.NDArray[np.int64]
    binned: bool = False


@dataclass(frozen=True, slots=True)
class Periods:
    """Two periods of `months` months, the later one ending with the month `last`.

    A month is the integer 12 · year + month - 1.
    """

    months: int
    last: int

    @property
    def later(self) -> tuple[int, int]:
        """First and last month of the later period."""
        return self.last - self.months + 1, self.last

    @property
    def earlier(self) -> tuple[int, int]:
        """First and last month of the period before it."""
        return self.last - 2 * self.months + 1, self.last - self.months


def span(care: Care) -> tuple[dt.date, dt.date]:
    """The first and the last day of the sales."""
    customer_days(care)
    made = care.once("span of sales", lambda: care.large.frame(queries.span_of_sales())).iloc[0]
    return pd.Timestamp(made["first"]).date(), pd.Timestamp(made["last"]).date()


def customer_days(care: Care) -> str:
    """The table of customers by day of sales (`queries.customer_days`)."""
    return care.keep("customer_days", queries.customer_days())


def customer_months(care: Care) -> str:
    """The table of customers by month of sales (`queries.customer_months`)."""
    customer_days(care)
    return care.keep("customer_months", queries.customer_months())


def buyers(care: Care) -> str:
    """The table of customers at the end of the last day of sales (`queries.buyers`)."""
    customer_days(care)
    return care.keep("buyers", queries.buyers(span(care)[1]))


def amounts(care: Care, column: str = "revenue", table: str = "buyers") -> Amounts:
    """How the money in one column of a kept table is spread over its customers."""
    if table == "buyers":
        buyers(care)
    made = care.once(f"amounts {column} {table}", lambda: _amounts(care, column, table))
    values = care.in_units(made["amount"]).to_numpy(dtype=float)
    binned = bool(made["binned"].any())
    return Amounts(values, made["customers"].to_numpy(dtype=np.int64), binned)


def periods(care: Care) -> Periods | None:
    """The last two periods that can be compared; None where the books do not cover them.

    A month that the books cover in part, the first or the last, is left out.
    """
    found = Periods(period_months(care), last_whole_month(care))
    return found if found.earlier[0] >= first_whole_month(care) else None


def period_months(care: Care) -> int:
    """Months of a period: as the study sets them, else the most that the books cover twice."""
    twice = (last_whole_month(care) - first_whole_month(care) + 1) // 2
    covered = next((months for months in LENGTHS if months <= twice), LENGTHS[-1])
    return care.study.segmentation.period_months or covered


def first_whole_month(care: Care) -> int:
    """The first month that the books cover from its beginning."""
    first_day = span(care)[0]
    first = month_number(first_day)
    return first + (month_number(first_day - _gap(care)) == first)


def last_whole_month(care: Care) -> int:
    """The last month that the books cover to its end."""
    last_day = span(care)[1]
    last = month_number(last_day)
    return last - (month_number(last_day + _gap(care)) == last)


def month_number(day: dt.date) -> int:
    """12 · year + month - 1, as the queries count months."""
    return 12 * day.year + day.month - 1


def month_name(month: int) -> str:
    """A month as 2026-03."""
    return f"{month // 12}-{month % 12 + 1:02d}"


def _gap(care: Care) -> dt.timedelta:
    """The longest time from one day of sales to the next, within reason.

    So much at an end of the books leaves a month whole: the company may have been closed.
    """

    gaps = _days(care).diff().dt.days.fillna(0).clip(LEAST_GAP, LONGEST_GAP)
    return dt.timedelta(days=float(gaps.max()))


def _days(care: Care) -> pd.Series[pd.Timestamp]:
    """The days on which anything was sold or given back, first to last."""
    customer_days(care)
    made = care.once("days of sales", lambda: care.large.frame(queries.days_of_sales()))
    return pd.to_datetime(made["day"]).sort_values()


def _amounts(care: Care, column: str, table: str) -> pd.DataFrame:
    try:
        exact = care.large.frame(queries.amounts(column, table), max_rows=MAX_ROWS)
        return exact.assign(binned=False)
    except TooManyRows:
        return care.large.frame(queries.amounts_in_bins(column, table)).assign(binned=True)
