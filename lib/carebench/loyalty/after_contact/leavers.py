"""How many leavers go along with bad contacts: the difference times the bad contacts there are."""

from __future__ import annotations

from dataclasses import dataclass, replace

import pandas as pd

from ...estimate import Estimate, frame
from ...finding import Answer, Finding, Skipped, needs
from ...language import _, date, number
from ...sources import Care
from ..company_wide import of_company
from .contacts import COMPARED, LATER, NOT_DRAWN, by_contract, judged, no_comparison
from .estimates import risks

YEAR = 365  # days


@dataclass(frozen=True, slots=True)
class Met:
    """How many customers met with a first bad contact, from the first day to the last."""

    customers: int
    first: pd.Timestamp
    last: pd.Timestamp

    @property
    def days(self) -> int:
        """Days in which they did."""
        return int((self.last - self.first).days) + 1

    @property
    def per_period(self) -> float:
        """Customers a year; all of them where less than a year was seen."""
        return self.customers * YEAR / self.days if self.days >= YEAR else self.customers

    @property
    def period(self) -> str:
        """What `per_period` speaks of, in words."""
        if self.days >= YEAR:
            return _("a year")
        return _("in {n} days").format(n=number(self.days))


@needs("contacts", "customer_id", "contacted_at")
def leavers_with_bad_contacts(care: Care) -> Answer:
    """How many leavers a year go along with bad contacts: difference times bad contacts."""
    if reason := no_comparison(care):
        return Skipped(reason)
    met = _met(care)
    if not met.customers:
        return Skipped(_("No customer had a bad contact that can tell."))
    found = risks(care)
    table = frame(
        ({"difference": name, "computed": _computed(share, met)}, _times(share, met.per_period))
        for name, share in (
            (_("adjusted, mean over those with a bad contact"), found.among_bad),
            (_("raw"), found.raw),
        )
    )
    return Finding(
        "leavers-with-bad-contacts",
        table,
        headline=_headline(_times(found.among_bad, met.per_period), met.period),
        labels={
            "difference": _("difference"),
            "computed": _("how computed"),
            "value": _("leavers {period}").format(period=met.period),
        },
        notes=(
            _counted(care, met),
            _(
                "An association: what goes along with bad contacts need not end with them. The "
                "interval is that of the difference alone; the number of customers is a count. "
                "Further bad contacts of the same customer are not counted."
            ),
            _(
                "The adjusted difference is that of customers who had a bad contact (ATT), since "
                "it is multiplied by their number; it may differ from the mean over all compared "
                "(ATE)."
            ),
            *of_company(care, "contacts"),
        ),
    )


def _met(care: Care) -> Met:
    """Who met with a bad contact; counted up to all, where customers were drawn to be asked of."""
    rows = judged(care)
    told = rows[rows["status"].isin([LATER, NOT_DRAWN, COMPARED])]
    n = int(rows["first_bad"].sum())
    if not by_contract(care):
        drawn = told.loc[told["status"].ne(NOT_DRAWN), "customer"].nunique()
        n = round(n * told["customer"].nunique() / max(drawn, 1))
    return Met(n, told["day"].min(), told["day"].max())


def _computed(share: Estimate, met: Met) -> str:
    return _("{points} points × {n} customers {period} / 100").format(
        points=share.in_points().value_text(1), n=number(met.per_period), period=met.period
    )


def _counted(care: Care, met: Met) -> str:
    """The number of customers, and the days in which they were counted."""
    text = _(
        "Counted: {n} customers with a contract at their first bad contact that can tell, in "
        "{days} days from {first} to {last}."
    )
    if not by_contract(care):
        text = _(
            "Counted: {n} customers who had bought shortly before their first bad contact that can "
            "tell, in {days} days from {first} to {last}."
        )
    first, last = (date(day.date()) for day in (met.first, met.last))
    return text.format(n=number(met.customers), days=number(met.days), first=first, last=last)


def _times(share: Estimate, customers: float) -> Estimate:
    """So many customers times a difference of shares."""
    value, low, high = (
        None if each is None else each * customers for each in (share.value, share.low, share.high)
    )
    return replace(share, value=value, low=low, high=high, unit="count", k=None)


def _headline(found: Estimate, period: str) -> str:
    if found.value is None or found.low is None or found.high is None:
        return _("How many leavers go along with bad contacts cannot be told")
    if found.low > 0:
        text = _("More leavers that go along with bad contacts, {period}: {leavers}")
    elif found.high < 0:
        text = _("Bad contacts go along with fewer leavers, {period}: {leavers}")
    else:
        text = _(
            "Whether bad contacts go along with more leavers cannot be told; {period}: {leavers}"
        )
    return text.format(leavers=found, period=period)
