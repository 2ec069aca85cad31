"""Customers month by month: what was known before each month, and who left in it.

A month is 12 · year + month - 1, as in the queries. Nothing of a month or of a later one enters
what is known before it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from ... import queries
from ...segmentation import books
from ...sources import Care
from .. import bad_contacts

SAMPLE, MOST_MONTHS = 20_000, 36  # customers and months at most
BACK = 3  # months that a sign looks back, and before them as many to compare with
LONGEST_IDLE = 365  # days; who has bought nothing for longer is not more idle
FEWER, LESS, IDLE, CONTACTS, BAD, TENURE = (
    "fewer",
    "less",
    "idle",
    "contacts",
    "bad_contacts",
    "tenure",
)
FOLLOWED = "followed_customers"
Months = npt.NDArray[np.int64]
Grid = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Panel:
    """A row for each customer and month at risk.

    Parameters
    ----------
    signs : DataFrame
        Known before the month, one column each.
    left : array of bool
        Whether the customer left.
    customer, month : arrays of int
    decided : array of int
        The first month in which it is known whether the customer left.
    purchase : float
        Mean net revenue of a day of purchase, in units: the unit of `less`.
    drawn : int
        Customers drawn where there are more than are followed, else 0.
    every : int
        Months from one row of a customer to the next at least.
    """

    signs: pd.DataFrame
    left: npt.NDArray[np.bool_]
    customer: Months
    month: Months
    decided: Months
    purchase: float = 0.0
    drawn: int = 0
    every: int = 1


@dataclass(frozen=True, slots=True)
class Sales:
    """What each followed customer bought by month; days are counted from 1970."""

    first: int  # month of the first column
    whole: tuple[int, int]  # first and last month that the books cover
    began: int  # day
    days: Grid
    revenue: Grid
    first_day: Grid
    last_day: Grid

    def before(self, grid: Grid, month: Months, back: int) -> Grid:
        """Sums over the months from `back` to `back` - 2 before each month, by customer."""
        total = np.concatenate([np.zeros((len(grid), 1)), np.cumsum(grid, axis=1)], axis=1)
        end = np.clip(month - back + BACK - self.first, 0, grid.shape[1])
        start = np.clip(month - back - self.first, 0, grid.shape[1])
        return np.asarray(total[:, end] - total[:, start])


def drawn(names: Sequence[str]) -> list[str]:
    """At most 20,000 of these names, those of the lowest MD5 sums, as the queries draw them."""
    if len(names) <= SAMPLE:
        return sorted(names)
    lot = {name: hashlib.md5(name.encode(), usedforsecurity=False).hexdigest() for name in names}
    return sorted(sorted(names, key=lambda name: (lot[name], name))[:SAMPLE])


def sales_of(care: Care, customers: Sequence[str]) -> Sales | None:
    """What these customers bought, by month; None where the study has no sales."""
    if not care.columns("transactions") or not customers:
        return None
    books.customer_days(care)
    care.large.view(FOLLOWED, queries.named(care.large.text(name) for name in customers))
    most = len(customers) * 12 * 30
    found = care.large.frame(queries.monthly(FOLLOWED), max_rows=most)
    began, ended = books.span(care)
    first, last = books.month_number(began), books.month_number(ended)
    row = pd.Index(customers).get_indexer(pd.Index(found["customer"].astype(str)))
    column = found["month"].to_numpy(dtype=np.int64) - first
    shape = (len(customers), last - first + 1)

    def grid(values: Any, empty: float) -> Grid:
        made = np.full(shape, empty)
        made[row, column] = values
        return made

    days = {name: _day_numbers(found[name]) for name in ("first_day", "last_day")}
    return Sales(
        first,
        (books.first_whole_month(care), books.last_whole_month(care)),
        int(np.datetime64(began, "D").astype(int)),
        grid(found["days"].to_numpy(dtype=float), 0.0),
        grid(care.in_units(found["revenue"]).to_numpy(dtype=float), 0.0),
        grid(days["first_day"], np.inf),
        grid(np.where(np.isinf(days["last_day"]), -np.inf, days["last_day"]), -np.inf),
    )


def sales_signs(sales: Sales, months: Months, purchase: float) -> dict[str, Grid]:
    """Fewer days of purchase, less revenue, and days since the last purchase, before each month."""
    recent, earlier = BACK, 2 * BACK
    fewer = sales.before(sales.days, months, earlier) - sales.before(sales.days, months, recent)
    less = sales.before(sales.revenue, months, earlier) - sales.before(
        sales.revenue, months, recent
    )
    latest = np.maximum.accumulate(sales.last_day, axis=1)
    at = latest[:, np.clip(months - 1 - sales.first, 0, latest.shape[1] - 1)]
    since = first_days(months)[None, :] - np.maximum(at, sales.began)
    return {FEWER: fewer, LESS: less / purchase, IDLE: np.minimum(since, LONGEST_IDLE) / 30}


def purchase_size(sales: Sales) -> float:
    """Mean net revenue of a day of purchase; 1 where there is none."""
    days, revenue = float(sales.days.sum()), float(sales.revenue.sum())
    return revenue / days if days and revenue > 0 else 1.0


def contact_signs(
    care: Care, customers: Sequence[str], months: Months
) -> tuple[dict[str, Grid], tuple[int, int]] | None:
    """Bad contacts and others in the 3 months before each month, and the months they cover."""
    if not {"customer_id", "contacted_at"} <= set(care.columns("contacts")):
        return None
    table = care.table("contacts")
    table = table[table["customer_id"].notna() & table["contacted_at"].notna()]
    if table.empty:
        return None
    at = table["contacted_at"].dt.tz_convert(care.study.zone or "UTC")
    month = (12 * at.dt.year + at.dt.month - 1).to_numpy(dtype=np.int64)
    first, last = int(month.min()), int(month.max())
    row = pd.Index(customers).get_indexer(pd.Index(table["customer_id"].astype(str)))
    mine, shape = row >= 0, (len(customers), last - first + 1)
    bad = bad_contacts.is_bad(care, table).fillna(False).to_numpy(dtype=bool)

    def counted(which: npt.NDArray[np.bool_]) -> Grid:
        grid = np.zeros(shape)
        np.add.at(grid, (row[which], month[which] - first), 1)
        window = Sales(first, (first, last), 0, grid, grid, grid, grid)
        return window.before(grid, months, BACK)

    signs = {CONTACTS: counted(mine & ~bad)}
    if bad_contacts.telling(care):
        signs[BAD] = counted(mine & bad)
    covered = first + (at.min().day > 7), last + (at.max().day >= 24)
    return signs, (int(covered[0]), int(covered[1]) - 1)


def first_days(months: Months) -> Grid:
    """The first day of each month, counted from 1970."""
    begin = (np.asarray(months) - 12 * 1970).astype("datetime64[M]").astype("datetime64[D]")
    return np.asarray(begin.astype(np.int64), dtype=float)


def _day_numbers(days: pd.Series[Any]) -> Grid:
    found = pd.to_datetime(days).to_numpy().astype("datetime64[D]")
    return np.where(np.isnat(found), np.inf, found.astype(np.int64).astype(float))
