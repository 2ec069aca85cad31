"""What one customer and one contract are worth from today on, for whoever decides by it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from ...engine import MAX_ROWS, TooManyRows
from ...estimate import Estimate, frame, quantity
from ...finding import Answer, Finding, Skipped, needs
from ...language import N_, _, date, number, percent
from ...methods import sbg
from ...methods.likelihood import Vector
from ...methods.ratios import ratio
from ...queries import lifetimes as queries
from ...segmentation import books
from ...segmentation.dominance import largest_part
from ...sources import Care
from ..company_wide import of_company, valued_from
from ..retention.lifetimes import MONTHS, contract_lifetimes
from . import model
from .checks import warnings
from .totals import estimate, group_totals, share
from .words import coverage_words, money_name, warned

NO_CONTRACTS = N_("the study has no table of contracts")
NO_CHARGE = N_("no running contract has a charge")
NOBODY_LEFT = N_("fewer than 10 contracts are seen to end")
TOO_SHORT = N_("no new customer has been watched for 12 months")
REACHED = N_("reached")
NOT_REACHED = N_("not reached while they were watched: cannot tell")
FEWEST_ENDS = 10
LEAST_WATCHED = 12  # months after the first purchase


@needs("transactions")
def customer_worth(care: Care) -> Answer:
    """What an average customer and an average contract are worth, each with how it is made."""
    customer = _("an average customer, {since}").format(since=valued_from(care))
    rows = [(customer, _how_customer(care), worth_of_customer(care))]
    if care.columns("contracts"):
        held = _("an average running contract, from its age now on")
        rows.append((held, _how_contract(), worth_of_contract(care)))
    known = [(what, how, value) for what, how, value in rows if value.value is not None]
    if not known:
        text = _("Nothing can be said of what a customer is worth: {reason}.")
        return Skipped(text.format(reason=_(rows[0][2].reason)))
    what, _how, first = known[0]
    text = _("Within {months} months, {what} is to bring {worth} of {money}")
    settings = care.study.loyalty
    return Finding(
        "customer-worth",
        frame(({"what": what, "how": how}, value) for what, how, value in rows),
        headline=warned(care, text.format(
            months=number(settings.horizon_months), what=what, worth=first, money=money_name(care)
        )),
        labels={
            "what": _("what"),
            "how": _("how computed"),
            "value": _("{money} in {months} months").format(
                money=money_name(care), months=number(settings.horizon_months)
            ),
        },
        notes=(
            _(
                "Discounted at {rate} a year. Nothing beyond {months} months is counted, and no "
                "cost of care is taken off."
            ).format(rate=percent(settings.discount_rate), months=number(settings.horizon_months)),
            *([coverage_words()] if worth_of_customer(care).has_interval else []),
            *of_company(care, "transactions"),
        ),
    )  # fmt: skip


@needs("transactions")
def first_purchase(care: Care) -> Answer:
    """What came after the first purchase, for each unit of money that it brought."""
    found = worth_against_first(care)
    if found.value is None:
        return Skipped(_(
            "What customers bring after their first purchase is not known: {reason}."
        ).format(reason=_(found.reason)))  # fmt: skip
    sums = _counted(care)
    money = {
        "later_purchases": float(care.in_units(sums[["later"]]).iloc[0]),
        "first_purchases": float(care.in_units(sums[["first_one"]]).iloc[0]),
    }
    later, first = (quantity(amount, care.study.currency) for amount in money.values())
    begin, end = (date(day) for day in books.span(care))
    how = _("{later} / {first}; {begin} to {end}")
    keys = {
        "what": _("later purchases over the first"),
        "how": how.format(later=later, first=first, begin=begin, end=end),
    }
    rows = frame([(keys, found)])
    notes = [
        _(
            "Net of refunds, over all {n} customers whose first purchase is at least {months} "
            "months before the end of the books, whether or not they came back: not over those "
            "alone who stayed. What they buy after the books end is not in it."
        ).format(n=number(found.n), months=number(LEAST_WATCHED)),
        _("Customers whose dealings began before the books are left out.")
        if _watched(care)["since"]
        else _("Some may have bought before the books began: their first purchase is not seen."),
    ]
    return Finding(
        "first-purchase",
        rows.assign(**money, largest_part=_largest_part(sums)),
        headline=_(
            "Within the {least} to {most} months that they were watched, customers brought {ratio} "
            "times what their first purchase did; what comes later adds to it"
        ).format(
            least=number(LEAST_WATCHED), ratio=found,
            most=number(model.span_days(care) / model.DAYS_A_MONTH),
        ),
        labels={"what": _("what"), "how": _("how computed"), "value": _("ratio")},
        styles=dict.fromkeys(money, care.study.currency),
        notes=(*notes, *of_company(care, "transactions")),
    )  # fmt: skip


def worth_of_customer(care: Care) -> Estimate:
    """What an average customer is still to bring within the horizon, discounted to today.

    Returns
    -------
    Estimate
        In the study's currency: margin, or revenue where `loyalty.margin` is 0. The mean over
        everybody who bought in the books, those who may have left included, net of refunds.
        The interval holds what is not known of the parameters. Absent, with its reason, where
        the models cannot be fitted.
    """
    unit = care.study.currency
    if not care.columns("transactions"):
        return Estimate.absent(model.NO_SALES, unit=unit)
    found = model.fitted(care)
    if found.reason:
        return Estimate.absent(found.reason, n=found.people["customers"], unit=unit)
    return estimate(care, group_totals(care), per_customer=True).warn(*warnings(care))


def worth_of_contract(care: Care) -> Estimate:
    """What an average running contract is still to bring within the horizon, discounted.

    Returns
    -------
    Estimate
        In the study's currency: margin, or revenue where `loyalty.margin` is 0. Charge of each
        running contract times the renewals expected at its age, averaged over them.

    Notes
    -----
    Discounted expected residual lifetime of the shifted-beta-geometric model, summed to the
    horizon (Fader & Hardie 2010, Marketing Sci. 29:85-93). Contracts that run longer are likelier
    to go on; charges are taken as they are today.
    """
    unit = care.study.currency
    if not care.columns("contracts"):
        return Estimate.absent(NO_CONTRACTS, unit=unit)
    held = contract_lifetimes(care)
    running = held[~held["ended"].astype(bool) & held["charge"].notna()]
    if running.empty:
        return Estimate.absent(NO_CHARGE, n=len(held), unit=unit)
    lost, active = sbg.counts(held["duration"], held["ended"])
    if lost.sum() < FEWEST_ENDS:
        return Estimate.absent(NOBODY_LEFT, n=len(held), unit=unit)
    found = sbg.fitted(lost, active, confidence_level=care.study.confidence_level)
    if found.warning:
        return Estimate.absent(found.warning, n=len(held), unit=unit)
    expected = _renewals_worth(care, running)
    (mean,) = sbg.interval(found, expected, unit=unit)
    return replace(mean, n=len(running))


def worth_against_first(care: Care) -> Estimate:
    """What customers bought after their first purchase, over what that purchase brought.

    Returns
    -------
    Estimate
        Ratio of the totals, net of refunds, with Fieller's interval by customer: over everybody
        whose first purchase lies in the books, at least 12 months before their end, whether or
        not the customer ever came back. What comes after the books is not in it.

    Notes
    -----
    Of more than a million customers the interval is by 4,096 lots into which they fall by
    chance. Lives are cut off where the books end, so the ratio still rises: what
    `reached` says of a claim is all that it can decide.
    """
    if not care.columns("transactions"):
        return Estimate.absent(model.NO_SALES, unit="ratio")
    limits = _watched(care)
    n = int(_counted(care)["customers"])
    if not n:
        return Estimate.absent(TOO_SHORT, unit="ratio")
    try:
        rows = care.large.frame(queries.first_and_later(**limits), max_rows=MAX_ROWS)
    except TooManyRows:
        rows = care.large.frame(queries.first_and_later_in_lots(**limits))
    level = care.study.confidence_level
    found = ratio(rows["later"], rows["first_one"], confidence_level=level)
    return replace(found, n=n)


def reached(found: Estimate, times: float) -> str:
    """Whether customers bring so many `times` their first purchase: only more can decide it.

    `found` is that of `worth_against_first`. An English message; "" where there is no interval.
    """
    if found.low is None:
        return ""
    return REACHED if found.low > times and not found.outside else NOT_REACHED


def _counted(care: Care) -> pd.Series[Any]:
    """How many customers have been watched long enough, and what they brought."""
    sql = queries.watched(**_watched(care))
    return care.once("watched", lambda: care.large.frame(sql)).iloc[0]


def _largest_part(sums: pd.Series[Any]) -> float:
    """The part of either sum that its largest customer brings: the larger of the two."""
    names = (("first_one", "later"), ("most_first", "most_later"))
    return float(largest_part(*(sums[list(of)].reset_index(drop=True) for of in names)).max())


def _how_customer(care: Care) -> str:
    """Numerator and denominator of the worth of a customer."""
    found = model.fitted(care)
    if found.reason:
        return _("expected {money}, all customers / customers").format(money=money_name(care))
    total = estimate(care, group_totals(care), per_customer=False)
    text = _("{total} of {money} expected of all / {n} customers who bought")
    return text.format(total=total.value_text(), money=money_name(care), n=number(total.n))


def _how_contract() -> str:
    return _("charge × margin × renewals expected at its age, mean over running contracts")


def _watched(care: Care) -> dict[str, Any]:
    """Who counts for `worth_against_first`: the last day of a first purchase, and books' first."""
    books.buyers(care)
    first, last = books.span(care)
    dated = "customer_since" in care.columns("customers")
    until = (pd.Timestamp(last) - pd.DateOffset(months=LEAST_WATCHED)).date()
    return {"last": until, "since": first if dated else None}


def _renewals_worth(care: Care, running: pd.DataFrame) -> Callable[[float, float], Vector]:
    """The mean over running contracts of charge times discounted renewals, by parameters."""
    settings = care.study.loyalty
    months = MONTHS[settings.contract_period]
    periods = np.arange(1, settings.horizon_months // months + 1)
    discount = (1 + settings.discount_rate) ** (-periods * months / 12)
    ages, charges = _by_age(running)
    reach = np.arange(ages.max() + len(periods) + 1)
    places = ages[:, None] + periods

    def mean(alpha: float, beta: float) -> Vector:
        there = sbg.survival(alpha, beta, reach)
        renewals = there[places] / there[ages][:, None] @ discount
        return np.array([charges @ renewals / len(running) * share(care)])

    return mean


def _by_age(running: pd.DataFrame) -> tuple[npt.NDArray[np.int64], Vector]:
    """Ages in whole periods, and the charges of the contracts of each age added up."""
    whole = np.floor(running["duration"].to_numpy(dtype=float) + sbg.ROUNDING).astype(np.int64)
    ages, which = np.unique(whole, return_inverse=True)
    charges = np.bincount(which, running["charge"].to_numpy(dtype=float))
    return ages.astype(np.int64), np.asarray(charges, dtype=float)
