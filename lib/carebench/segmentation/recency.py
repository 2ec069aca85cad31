"""When customers last bought, how often and for how much: their scores from 1 to 5."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from .. import queries
from ..estimate import quantity
from ..finding import Answer, Finding, Skipped, needs
from ..language import _, number, percent
from ..methods import quintiles
from ..sources import Care
from . import books
from .tiers import in_smallest_units

FEWEST = 25  # customers with revenue, five to a score; fewer are known by name
# What the largest customer of a group brought, and what all of them did: ever, and in two periods.
MOST = {"most": "revenue", "most_later": "later", "most_earlier": "earlier"}
SCORES = tuple(range(1, quintiles.GROUPS + 1))


@needs("transactions")
def recency_scores(care: Care) -> Answer:
    """How many customers have each score of recency, frequency and monetary value."""
    if few := too_few(care):
        return few
    days, times, money = (_by_score(care, name) for name in ("idle", "frequency", "revenue"))
    currency = care.study.currency
    rows = pd.DataFrame(
        {
            "score": SCORES,
            "last_bought": [_spoken(days, score, "count") for score in SCORES],
            "bought_on": [_spoken(times, score, "count") for score in SCORES],
            "brought": [_spoken(money, score, currency) for score in SCORES],
            "recency_customers": [int(days["customers"].get(score, 0)) for score in SCORES],
            "frequency_customers": [int(times["customers"].get(score, 0)) for score in SCORES],
            "monetary_customers": [int(money["customers"].get(score, 0)) for score in SCORES],
        }
    )
    return Finding(
        "recency-scores",
        rows,
        headline=_(
            "Of the five scores, recency gives {recency}, frequency {frequency} and revenue "
            "{monetary}"
        ).format(recency=len(days), frequency=len(times), monetary=len(money)),
        labels={
            "score": _("score, 1 to 5"),
            "last_bought": _("R: days since the last purchase"),
            "bought_on": _("F: days of purchase"),
            "brought": _("M: net revenue"),
        },
        styles={
            "score": "count",
            "recency_customers": "count",
            "frequency_customers": "count",
            "monetary_customers": "count",
        },
        notes=tuple(_notes(care, times)),
    )


def too_few(care: Care) -> Skipped | None:
    """Why nobody is scored, where too few customers have revenue."""
    n = int(spread(care, "idle")[1].sum())
    if n >= FEWEST:
        return None
    text = _("Scores from 1 to 5 need {least} customers with revenue or more; the books hold {n}.")
    return Skipped(text.format(least=number(FEWEST), n=number(n)))


def groups(care: Care, later: tuple[int, int], earlier: tuple[int, int]) -> pd.DataFrame:
    """What customers add up to by their scores (`queries.recency.score_groups`), in units.

    `later` and `earlier` are the first and the last month of two periods.
    """

    def make() -> pd.DataFrame:
        cuts = (quintiles.cuts(*spread(care, name)) for name in ("idle", "frequency", "revenue"))
        care.keep("scored", queries.scored(*cuts))
        books.customer_months(care)
        made = care.large.frame(queries.score_groups(later, earlier))
        return made.assign(**{name: care.in_units(made[name]) for name in (*MOST, *MOST.values())})

    return care.once(f"score groups {later} {earlier}", make)


def with_revenue(care: Care) -> str:
    """The table of customers who bought and brought more than they were refunded."""
    books.buyers(care)
    return care.view("paying", queries.paying())


def spread(care: Care, column: str) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.int64]]:
    """The different values of a column among customers with revenue, best last; their counts.

    "idle" is turned into minus the days; "revenue" is in the currency's smallest unit.
    """
    found = books.amounts(care, column, with_revenue(care))
    values = in_smallest_units(care, found.values)
    if column == "idle":
        return -values[::-1], found.customers[::-1]
    return values, found.customers


def _by_score(care: Care, column: str) -> pd.DataFrame:
    """Lowest and highest value and customers, by the scores that occur."""
    values, customers = spread(care, column)
    given = quintiles.scores(values, customers)
    if column == "idle":
        values = -values
    elif column == "frequency":
        values = values + 1  # the first day of purchase counts for a reader
    elif column == "revenue":
        values = care.in_units(pd.Series(values)).to_numpy()
    table = pd.DataFrame({"score": given, "value": values, "customers": customers})
    return table.groupby("score").agg(
        low=("value", "min"), high=("value", "max"), customers=("customers", "sum")
    )


def _spoken(parts: pd.DataFrame, score: int, unit: str) -> str:
    """The values of one score with its number of customers, as a cell of a table."""
    if score not in parts.index:
        return "–"
    row: Any = parts.loc[score]
    low, high = (quantity(float(row[name]), unit) for name in ("low", "high"))
    values = _("{low} to {high}").format(low=low, high=high)
    if low == high:
        values = low
    elif row["high"] == parts["high"].max():  # no customer is told by being the largest
        values = _("{low} or more").format(low=low)
    elif row["low"] == parts["low"].min():
        values = _("up to {high}").format(high=high)
    return _("{value} (n = {n})").format(value=values, n=number(row["customers"]))


def _notes(care: Care, times: pd.DataFrame) -> list[str]:
    """How scores are made, and where one of them hardly tells customers apart."""
    notes = [
        _(
            "5 is best: bought most recently, most often, for most. The score says into which "
            "fifth of the customers the middle rank of all with the same value falls, so equal "
            "customers have equal scores and the fifths are equal only where values differ."
        )
    ]
    n = int(times["customers"].sum())
    most = int(times["customers"].max())
    if most > n / quintiles.GROUPS * 2:
        text = _("{share} of the customers ({n}) share one score of frequency: it tells little.")
        notes.append(text.format(share=percent(most / n), n=number(most)))
    apart = int(care.large.frame("SELECT COUNT(*) AS n FROM buyers")["n"].iloc[0]) - n
    if apart:
        text = _("Customers not scored, at or below zero after refunds: {n}.")
        notes.append(text.format(n=number(apart)))
    notes.append(_("Complete counts of the company’s own books: no sampling error."))
    return notes
