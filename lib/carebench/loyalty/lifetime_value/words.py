"""The words that every value of a customer carries: what it is, how it is made, what to doubt."""

from __future__ import annotations

import numpy as np
import pandas as pd

from ...estimate import Estimate, quantity
from ...finding import Skipped
from ...language import _, date, number, percent
from ...queries import NO_REVENUE
from ...segmentation import books
from ...sources import Care
from ..company_wide import of_company, valued_from
from ..margin import margin_text
from . import model
from .checks import GAP, NOT_TRIED, TRIED_BADLY, share_of_once, warnings

TOP = 0.20  # of the customers, by what they are expected to bring


def refusal(care: Care) -> Skipped | None:
    """Why no value can be given, where that is so."""
    reason = model.fitted(care).reason
    if not reason:
        return None
    text = _("No lifetime value can be given: {reason}.")
    return Skipped(text.format(reason=_(reason)))


def warned(care: Care, headline: str) -> str:
    """A headline that says so where the models failed when they were tried."""
    told = [_(words) for words in warnings(care) if words in (GAP, TRIED_BADLY, NOT_TRIED)]
    if not told:
        return headline
    return _("{headline}; but {warning}").format(headline=headline, warning="; ".join(told))


def money_name(care: Care) -> str:
    """What is counted: margin, or revenue where the margin is not known."""
    return _("margin") if care.study.loyalty.margin else _("revenue")


def per_customer_label(care: Care) -> str:
    """The heading of values per customer, with horizon and discount."""
    settings = care.study.loyalty
    text = _("{money} per customer in {months} months, discounted at {rate} a year")
    return text.format(
        money=money_name(care),
        months=number(settings.horizon_months),
        rate=percent(settings.discount_rate),
    )


def how(care: Care) -> str:
    """How a value is computed, for whoever wants to follow it."""
    found, settings = model.fitted(care), care.study.loyalty
    margin = (
        _("{margin} of revenue is margin, as the study says").format(margin=margin_text(care))
        if settings.margin
        else _("the margin is not known, so revenue is counted")
    )
    text = _(
        "Value = days of purchase expected in the {months} months {since} × net revenue expected "
        "on one × {net} left after refunds on other days × margin ({margin}), discounted at {rate} "
        "a year; from the sales of {first} to {last}. "
        "Intervals of one customer’s mean hold what is not known of the parameters; that of a "
        "total is a prediction and holds the chance of the future too."
    )
    first, last = books.span(care)
    return text.format(
        since=valued_from(care), first=date(first), last=date(last),
        months=number(settings.horizon_months), net=percent(found.net, 1), margin=margin,
        rate=percent(settings.discount_rate),
    )  # fmt: skip


def coverage_words() -> str:
    """How often the intervals of both models held the truth, as docs/coverage.md has it."""
    return _(
        "Nominal 95% intervals of these models hold the truth somewhat less often than they say: "
        "in simulated books those of totals in 91% to 94% of cases, of one customer’s mean in 91% "
        "to 92% and of days of purchase in 90% to 95%; of the chance of still buying in 95% to 96%."
    )


def apart(care: Care) -> tuple[str, ...]:
    """Who is not valued, or only in part, and what was rounded."""
    people, notes = model.fitted(care).people, []
    if people["refunded"]:
        text = _("Not valued: {n} customers of refunds alone.")
        notes.append(text.format(n=number(people["refunded"])))
    if people["unpaid"]:
        text = _(
            "{n} customers bought again for nothing after refunds: they count as buying, and tell "
            "nothing of spending."
        )
        notes.append(text.format(n=number(people["unpaid"])))
    if model.in_weeks(care):
        notes.append(_(model.WEEKS))
    return (*notes, *of_company(care, "transactions"))


def sentence(warning: str) -> str:
    """A warning as a sentence of a caption."""
    return _("Warning: {warning}.").format(warning=_(warning))


def tier_name(tier: str) -> str:
    """A tier as a reader knows it; "" stands for everybody."""
    if not tier:
        return _("all customers")
    return _("no net revenue") if tier == NO_REVENUE else _(tier)


def once_words(care: Care) -> str:
    text = _(
        "{share} of the value is of customers who bought on one day only: for them the chance of "
        "still buying is always 100% in this model, and what they will spend is the mean of all."
    )
    return text.format(share=percent(share_of_once(care)))


def spread_words(each: pd.Series[float]) -> str:
    """How unequal expected values are."""
    sorted_ = np.sort(each.to_numpy(dtype=float))[::-1]
    top = int(np.ceil(TOP * len(sorted_)))
    total = sorted_.sum()
    text = _("The {top} of customers of whom most is expected hold {share} of it.")
    return text.format(
        top=percent(TOP), share=percent(float(sorted_[:top].sum() / total) if total else 0.0)
    )


def with_interval(found: Estimate) -> str:
    """Value and interval without n, in whole units where they are large."""
    if found.low is None:
        return found.value_text()
    text = _("{value} ({interval})")
    return text.format(value=found.value_text(), interval=found.interval_text())


def amount(care: Care, value: float) -> str:
    return quantity(float(value), care.study.currency)
