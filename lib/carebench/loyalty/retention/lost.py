"""How many customers left: by the ledger, period by period, and by contracts that ended."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from ...estimate import Estimate
from ...finding import Answer, Finding, Skipped, needs
from ...language import _, percent
from ...methods.proportions import proportion
from ...methods.trend import trend
from ...sources import Care
from ..periods import added_up, numbered, of_one_length, why_unordered
from ..trends import trend_headline, trend_in_words, trend_notes, trend_rows
from .lifetimes import MONTHS, contract_lifetimes


@dataclass(frozen=True, slots=True)
class Ended:
    """Contracts that ended in a period, of those that ran at its start."""

    share: Estimate
    first: pd.Timestamp
    last: pd.Timestamp
    lost_from_sight: int


@needs("ledger", "period", "retained", "lost")
def churn_by_period(care: Care) -> Answer:
    """The share of customers lost in each period of the ledger."""
    known, rows = _by_name(care), lost_by_period(care)
    if known.empty:
        return Skipped(
            _("No period of the ledger says both how many customers were kept and lost.")
        )
    if rows.empty:
        text = _("The periods of the ledger cannot be put in order of time: {why}.")
        return Skipped(text.format(why=why_unordered(list(known.index))))
    level = care.study.confidence_level
    found = [
        (str(period), proportion(lost, lost + kept, confidence_level=level))
        for period, lost, kept in zip(rows.index, rows["lost"], rows["retained"], strict=True)
    ]
    said = trend([one for _name, one in found], confidence_level=level)
    what, of_100 = _("customers lost per 100"), [(name, per_100(one)) for name, one in found]
    return Finding(
        "churn-by-period",
        trend_rows("period", what, of_100, replace(said, band=100 * said.band)),
        headline=trend_headline(_("Churn"), len(found), said),
        caption=_(
            "Customers lost in a period over those lost or kept in it, with {level} Wilson "
            "intervals. Were there no change, all dots together would stay within the grey band "
            "about the common mean in more than {level} of such ledgers (analysis of means). The "
            "verdict takes all periods together, so it may see changes that no single dot shows. "
            "Each period is taken as independent of the last, and each customer of the others."
        ).format(level=percent(level)),
        alt=trend_in_words(of_100),
        labels={
            "period": _("period"),
            "value": what,
            "by_chance": _("by chance alone"),
        },
        notes=(*trend_notes(said), *_doubts(care, rows), *care.not_limited("ledger")),
    )


def _doubts(care: Care, rows: pd.DataFrame) -> Iterator[str]:
    """What in the ledger may be wrong."""
    yield from of_one_length(_whole(care)["period"])[1]
    yield from added_up(_alike(care)["period"])
    if odd := list(rows.index[rows["lost"] > rows["retained"]]):
        text = _("More customers lost than kept: {periods}. Are these numbers of one period?")
        yield text.format(periods=", ".join(odd))


def per_100(share: Estimate) -> Estimate:
    """A small share as so many in a hundred, with the digits that a share does not show."""
    value, low, high = (
        None if part is None else 100 * part for part in (share.value, share.low, share.high)
    )
    return replace(share, value=value, low=low, high=high, unit="score")


def lost_by_period(care: Care) -> pd.DataFrame:
    """Customers lost and kept by period, in order of time; none where it cannot be told."""
    known = _by_name(care)
    if len(known) < 2:
        return known
    numbers, _per_year = numbered(list(known.index))
    return known.iloc[:0] if numbers is None else known.iloc[np.argsort(numbers)]


def _by_name(care: Care) -> pd.DataFrame:
    """Customers lost and kept by the name of the period."""
    both = _alike(care).groupby("period")[["retained", "lost"]].sum().astype("int64")
    return both[both.sum(axis=1) > 0]


def _alike(care: Care) -> pd.DataFrame:
    """Those of them whose periods are of the commonest length."""
    rows = _whole(care)
    return rows[of_one_length(rows["period"])[0]]


def _whole(care: Care) -> pd.DataFrame:
    """The rows that say both how many were lost and how many kept."""
    rows = care.current("ledger").dropna(subset=["period", "retained", "lost"])
    return rows.assign(period=rows["period"].astype(str))


def contracts_ended(care: Care) -> Ended | None:
    """Contracts that ended in the last whole period, of those that ran at its start.

    None where no contract gives the day on which it began. The last whole period, of one month
    or twelve, ends with the last month that the table covers to its end. A contract that was
    last seen before the period's end, still running, is left out.
    """
    rows = contract_lifetimes(care).dropna(subset=["start", "until"])
    if rows.empty:
        return None
    after = _day_after_last_month(rows["until"].max())
    first = after - pd.DateOffset(months=MONTHS[care.study.loyalty.contract_period])
    runs = rows["start"].lt(first) & rows["until"].ge(first)
    last = after - pd.Timedelta(days=1)
    unseen = runs & ~rows["ended"].astype(bool) & rows["until"].lt(last)
    ended = runs & rows["ended"].astype(bool) & rows["until"].le(last)
    n = int((runs & ~unseen).sum())
    share = proportion(int(ended.sum()), n, confidence_level=care.study.confidence_level)
    return Ended(share, first, last, int(unseen.sum()))


def _day_after_last_month(last: pd.Timestamp) -> pd.Timestamp:
    """The first day after the last month that is whole, if the day `last` was seen."""
    return (last + pd.Timedelta(days=1)).replace(day=1)
