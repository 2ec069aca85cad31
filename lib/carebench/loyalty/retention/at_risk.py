"""Who could leave in which month: holders of a contract, and customers without one."""

from __future__ import annotations

from itertools import count

import numpy as np
import pandas as pd

from ... import queries
from ...finding import Skipped
from ...language import _
from ...segmentation import books
from ...sources import Care
from .churn import holders_apart
from .lifetimes import contract_lifetimes
from .panel import (
    BACK,
    MOST_MONTHS,
    SAMPLE,
    TENURE,
    Grid,
    Months,
    Panel,
    Sales,
    contact_signs,
    drawn,
    first_days,
    purchase_size,
    sales_of,
    sales_signs,
)


def contract_panel(care: Care) -> Panel | Skipped:
    """A row for each contract and month at its beginning at risk; left: it ended in the month."""
    rows = contract_lifetimes(care)
    rows = rows[rows["start"].notna() & rows["until"].notna() & rows["customer_id"].notna()]
    if rows.empty:
        return Skipped(_("No contract has a customer, a day of start and a known state."))
    every = rows["customer_id"].astype(str)
    customers = drawn(sorted(set(every)))
    rows = rows[every.isin(customers)]
    who = pd.Index(customers).get_indexer(pd.Index(rows["customer_id"].astype(str)))
    sales = sales_of(care, customers)
    months = _months(care, sales, customers, rows)
    if isinstance(months, Skipped):
        return months
    start, until = (_days(rows[name]) for name in ("start", "until"))
    begin, after = first_days(months)[None, :], first_days(months + 1)[None, :]
    ended = rows["ended"].to_numpy(dtype=bool)[:, None] & (until[:, None] < after)
    watched = ended | (until[:, None] >= after - 1)
    at_risk = (start[:, None] < begin) & (until[:, None] >= begin) & watched
    row, column = np.nonzero(at_risk)
    signs, purchase = _signs(care, sales, customers, months)
    tenure = (first_days(months)[column] - start[row]) / 365.25
    table = pd.DataFrame({name: grid[who[row], column] for name, grid in signs.items()})
    return Panel(
        table.assign(**{TENURE: tenure}),
        ended[row, column],
        who[row].astype(np.int64),
        months[column],
        months[column] + 1,
        purchase,
        len(customers) if len(customers) < every.nunique() else 0,
    )


def idle_panel(care: Care) -> Panel | Skipped:
    """A row for each customer without contract and month; left: no purchase for so many days.

    At risk is who bought in as many days before the month. A customer is looked at in every so
    many months that no day is looked at twice, and so no silence; with whom one begins goes by
    turns.
    """
    books.customer_days(care)
    span = care.study.loyalty.churn_days
    sql = queries.sampled(SAMPLE + 1, without=holders_apart(care))
    names = care.large.frame(sql)["customer"].astype(str).tolist()
    customers = sorted(names[:SAMPLE])
    sales = sales_of(care, customers)
    if sales is None:
        return Skipped(_("Nobody without a contract bought anything."))
    end = int(np.datetime64(books.span(care)[1], "D").astype(int))
    months = _covered(sales.whole[0] + 2 * BACK, sales.whole[1] + 1)
    months = months[first_days(months) + span <= end + 1]
    months = _with_contacts(care, customers, months)
    if not len(months):
        return Skipped(
            _("The books are too short to see what goes before {n} days without a purchase.")
            .format(n=span)
        )  # fmt: skip
    begin = first_days(months)[None, :]
    place = np.clip(months - sales.first, 0, sales.days.shape[1])
    latest = np.maximum.accumulate(sales.last_day, axis=1)[:, place - 1]
    coming = np.minimum.accumulate(sales.first_day[:, ::-1], axis=1)[:, ::-1]
    coming = np.concatenate([coming, np.full((len(coming), 1), np.inf)], axis=1)[:, place]
    every = _apart(months, span)
    turn = (months[None, :] + np.arange(len(customers))[:, None]) % every == 0
    row, column = np.nonzero(turn & (begin - latest <= span))
    signs, purchase = _signs(care, sales, customers, months)
    opened = np.minimum.accumulate(sales.first_day, axis=1)[:, place - 1]
    tenure = (begin - opened)[row, column] / 365.25
    table = pd.DataFrame({name: grid[row, column] for name, grid in signs.items()})
    known = _month_of(first_days(months) + span - 1) + 1
    return Panel(
        table.assign(**{TENURE: tenure}),
        (coming - begin >= span)[row, column],
        row.astype(np.int64),
        months[column],
        known[column],
        purchase,
        SAMPLE if len(names) > SAMPLE else 0,
        every,
    )


def _months(
    care: Care, sales: Sales | None, customers: list[str], rows: pd.DataFrame
) -> Months | Skipped:
    """The months of contracts before which all that is asked for was recorded."""
    first, last = (
        12 * day.year + day.month - 1 for day in (rows["start"].min(), rows["until"].max())
    )
    months = _covered(first, last)
    if sales is not None:
        months = months[(months >= sales.whole[0] + 2 * BACK) & (months <= sales.whole[1] + 1)]
    months = _with_contacts(care, customers, months)
    if not len(months):
        return Skipped(
            _("Sales, contacts and contracts do not cover a common time of 6 months or more.")
        )
    if sales is None and contact_signs(care, customers, months) is None:
        return Skipped(_("Neither sales nor contacts are there to warn of anything."))
    return months


def _with_contacts(care: Care, customers: list[str], months: Months) -> Months:
    """Those of the months before which contacts were recorded for 3 months; the latest of them."""
    found = contact_signs(care, customers, months)
    if found is not None:
        first, last = found[1]
        months = months[(months >= first + BACK) & (months <= last + 1)]
    return months[-MOST_MONTHS:]


def _signs(
    care: Care, sales: Sales | None, customers: list[str], months: Months
) -> tuple[dict[str, Grid], float]:
    signs: dict[str, Grid] = {}
    purchase = 0.0
    if sales is not None:
        purchase = purchase_size(sales)
        signs |= sales_signs(sales, months, purchase)
    contacts = contact_signs(care, customers, months)
    if contacts is not None:
        signs |= contacts[0]
    return signs, purchase


def _apart(months: Months, span: int) -> int:
    """The fewest months that hold so many days, whichever of the months they begin with."""
    days = first_days(months)
    return next(n for n in count(1) if (first_days(months + n) - days).min() >= span)


def _covered(first: int, last: int) -> Months:
    return np.arange(first, last + 1, dtype=np.int64)


def _days(days: pd.Series[pd.Timestamp]) -> Grid:
    return np.asarray(days.to_numpy().astype("datetime64[D]").astype(np.int64), dtype=float)


def _month_of(days: Grid) -> Months:
    month = days.astype(np.int64).astype("datetime64[D]").astype("datetime64[M]")
    return np.asarray(month.astype(np.int64) + 12 * 1970)
