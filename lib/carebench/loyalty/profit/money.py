"""The money of the company's contacts with its customers, contact by contact."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from ...estimate import Estimate
from ...language import N_, _, date, money, number
from ...methods.totals import ratio
from ...sources import Care
from ..margin import NO_MARGIN

NO_COST = N_("the contacts record no cost")
NO_AMOUNT = N_("the contacts record no amount")
AMOUNTS = ("revenue", "fee", "cost")


@dataclass(frozen=True, slots=True)
class Money:
    """What contacts brought and cost, in the study's currency.

    `rows` hold, for each contact: customer, a number; sold, fee and cost, which are not numbers
    where nothing is known; result, fee + margin · sold − cost; day, in the study's zone.
    `missing` is why there is no result, "" where there is one.
    """

    rows: pd.DataFrame
    missing: str


def contacts_money(care: Care) -> Money:
    """The money of every contact; an empty amount of a sale or fee is none, of a cost unknown."""
    missing = _why_no_result(care)
    return Money(care.once("money of contacts", lambda: _rows(care, missing)), missing)


def customers_of(rows: pd.DataFrame) -> pd.Series[int]:
    """Whose contact each was, as a number; one of nobody's is a customer of its own."""
    if "customer_id" not in rows:
        return pd.Series(np.arange(len(rows)), index=rows.index)
    codes = pd.Series(pd.factorize(rows["customer_id"])[0], index=rows.index)
    return codes.where(codes >= 0, -1 - np.arange(len(rows)))


def day_of(care: Care, at: pd.Series[pd.Timestamp]) -> pd.Series[pd.Timestamp]:
    """The day of an instant on the clocks of the study."""
    return at.dt.tz_convert(care.study.zone or "UTC").dt.tz_localize(None).dt.normalize()


def amount(care: Care, column: str) -> Estimate:
    """Mean of a column of the money per contact; on the logarithm where it is never negative."""
    rows = contacts_money(care).rows
    return ratio(
        rows[column],
        np.ones(len(rows)),
        clusters=rows["customer"],
        logarithm=column != "result",
        unit=care.study.currency,
        confidence_level=care.study.confidence_level,
    )


def period(care: Care) -> str:
    """The time that the contacts cover, as a sentence."""
    days = contacts_money(care).rows["day"].dropna()
    if days.empty:
        return _("The contacts bear no date.")
    return _("Contacts from {first} to {last}.").format(
        first=date(days.min().date()), last=date(days.max().date())
    )


def spoken(care: Care, value: float) -> str:
    """An amount of the study's currency."""
    return money(value, care.study.currency)


def caveats(care: Care) -> tuple[str, ...]:
    """What a reader must know of any figure made of the contacts' money."""
    rows, there = care.table("contacts"), care.columns("contacts")
    notes = [
        _(
            "Every contact of that time is counted, so the sums are exact; the intervals say how "
            "much they would vary in times like these, customers being drawn anew."
        )
    ]
    if "customer_id" not in there:
        notes.append(_("The contacts name no customer: each is taken as independent."))
    if {"taken", "revenue"} <= set(there):
        without = int((rows["taken"].fillna(False) & rows["revenue"].isna()).sum())
        if without:
            text = _("Offers taken without an amount, counted as nothing sold: {n}.")
            notes.append(text.format(n=number(without)))
    unknown = int(rows["cost"].isna().sum()) if "cost" in there else 0
    if unknown:
        text = _("Contacts without a cost: {n} of {all}; they count at the mean of the others.")
        notes.append(text.format(n=number(unknown), all=number(len(rows))))
    return (*notes, *care.not_limited("contacts"))


def _rows(care: Care, missing: str) -> pd.DataFrame:
    rows = care.table("contacts")
    nothing = pd.Series(np.nan, index=rows.index)
    sold, fee, cost = (
        rows[name].astype("float64") if name in rows else nothing for name in AMOUNTS
    )
    sold, fee = (part.fillna(0.0) if part.notna().any() else part for part in (sold, fee))
    result = nothing
    if not missing:
        result = fee.fillna(0.0) + care.study.loyalty.margin * sold.fillna(0.0) - cost
    day = (
        day_of(care, rows["contacted_at"])
        if "contacted_at" in rows
        else pd.Series(pd.NaT, index=rows.index, dtype="datetime64[us]")
    )
    return pd.DataFrame(
        {
            "customer": customers_of(rows),
            "sold": sold,
            "fee": fee,
            "revenue": sold.fillna(0.0) + fee.fillna(0.0) if _recorded(sold, fee) else nothing,
            "cost": cost,
            "result": result,
            "day": day,
        }
    )


def _recorded(*amounts: pd.Series[float]) -> bool:
    return any(bool(part.notna().any()) for part in amounts)


def _why_no_result(care: Care) -> str:
    """What lacks for the result of service, in words; "" where nothing does."""
    rows = care.table("contacts")
    there = {name for name in AMOUNTS if name in rows and rows[name].notna().any()}
    if "cost" not in there:
        return NO_COST
    if not there & {"revenue", "fee"}:
        return NO_AMOUNT
    return NO_MARGIN if "revenue" in there and not care.study.loyalty.margin else ""
