"""After how many months a customer who was won has paid back what winning cost."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from ...estimate import Estimate, frame, from_row, records
from ...finding import Answer, Finding, Skipped, needs
from ...language import N_, _, number, percent
from ...methods import sbg
from ...methods.break_even import months_to_cover
from ...methods.proportions import z_quantile
from ...queries.margins import brought_by_month
from ...segmentation import books
from ...sources import Care
from ..company_wide import of_company
from ..lifetime_value.worth import FEWEST_ENDS, NOBODY_LEFT
from ..margin import NO_MARGIN, margin_text
from ..retention.lifetimes import MONTHS, contract_lifetimes
from .averages import cost_of_winning
from .gain import BROUGHT, NOT_WORTH_KNOWN

Floats = npt.NDArray[np.float64]

FEWEST = 30  # customers who are followed for so many months; fewer give no mean to rely on
RUN_IN = 12  # months at the start of the books in which nobody without a date is new
NOBODY_NEW = N_("fewer than 30 customers are known to be new")
NO_CHARGES = N_("contracts have no charge")


@dataclass(frozen=True, slots=True)
class Brought:
    """Mean margin of those won, summed and discounted up to the end of each month, with errors."""

    margin: Floats
    errors: Floats
    n: int
    reason: str = ""


@needs("ledger", "acquisition_spend", "acquired")
def payback(care: Care) -> Answer:
    """Months until the margin of an average customer won covers what winning one cost."""
    if not care.study.loyalty.margin:
        return Skipped(_(NOT_WORTH_KNOWN).format(reason=_(NO_MARGIN)))
    cost, ways = cost_of_winning(care), dict(_ways(care))
    if not ways:
        return Skipped(_("Payback needs sales or contracts, to see what those who were won bring."))
    if cost.value is None:
        return Skipped(_("What winning a customer costs cannot be told."))
    rows = frame(
        (
            {"from": _(BROUGHT[kind]), "looked": len(found.margin),
             "back": _brought_back(care, found, cost)},
            _months(found, cost),
        )
        for kind, found in ways.items()
    )  # fmt: skip
    return Finding(
        "payback",
        rows,
        headline=_headline(rows, cost),
        caption=_caption(care),
        alt=_("Months until the cost of winning is covered: {rows}.").format(
            rows="; ".join(f"{row['from']} {from_row(row)}" for row in records(rows))
        ),
        labels={
            "from": _("margin from"),
            "back": _("brought back"),
            "value": _("months until covered"),
        },
        notes=tuple(_notes(care, ways)),
    )


def _ways(care: Care) -> Iterator[tuple[str, Brought]]:
    if care.columns("transactions"):
        yield "purchases", _from_purchases(care)
    if care.columns("contracts"):
        yield "contract", _from_contracts(care)


def _months(found: Brought, cost: Estimate) -> Estimate:
    if found.reason:
        return Estimate.absent(found.reason, n=found.n, unit="count")
    return months_to_cover(found.margin, found.errors, cost, n=found.n)


def _from_purchases(care: Care) -> Brought:
    """Margin of new customers month by month, whoever left among them bringing nothing."""
    sums, last = _sums(care), books.last_whole_month(care)
    newcomers = sums[sums["later"].eq(0)].set_index("cohort")["customers"]
    margins, errors, most = [], [], 0
    for month in range(care.study.loyalty.horizon_months):
        followed = newcomers[newcomers.index + month <= last]
        n = int(followed.sum())
        if n < FEWEST:
            break
        inside = sums[sums["cohort"].isin(followed.index) & sums["later"].le(month)]
        mean = float(inside["gained"].sum()) / n
        variance = max(float(inside["squares"].sum()) / n - mean**2, 0.0)
        margins.append(mean)
        errors.append(math.sqrt(variance / n))
        most = max(most, n)
    share = care.study.loyalty.margin / care.minor_per_unit
    reason = "" if margins else NOBODY_NEW
    return Brought(share * np.array(margins), share * np.array(errors), most, reason)


def _sums(care: Care) -> pd.DataFrame:
    def make() -> pd.DataFrame:
        books.buyers(care)
        books.customer_months(care)
        first = books.span(care)[0]
        return care.large.frame(
            brought_by_month(
                first,
                books.last_whole_month(care),
                settled=books.month_number(first) + RUN_IN,
                log_discount=math.log1p(care.study.loyalty.discount_rate) / 12,
                with_since="customer_since" in care.columns("customers"),
            )
        )

    return care.once("margins by month", make)


def _from_contracts(care: Care) -> Brought:
    """Margin of contracts, of which the share that still runs follows the sBG model."""
    held = contract_lifetimes(care)
    charges = held["charge"].dropna().to_numpy(dtype=float)
    nothing, n = np.array([]), len(held)
    if not len(charges):
        return Brought(nothing, nothing, n, NO_CHARGES)
    lost, active = sbg.counts(held["duration"], held["ended"])
    if lost.sum() < FEWEST_ENDS:
        return Brought(nothing, nothing, n, NOBODY_LEFT)
    level = care.study.confidence_level
    found = sbg.fitted(lost, active, confidence_level=level)
    if found.warning:
        return Brought(nothing, nothing, n, found.warning)
    error = float(charges.std(ddof=1)) / math.sqrt(len(charges)) if len(charges) > 1 else 0.0
    once = sbg.interval(found, lambda alpha, beta: _charged(care, alpha, beta), unit="ratio")
    each = np.array([month.value for month in once], dtype=float)
    half = np.array([((month.high or 0) - (month.low or 0)) / 2 for month in once], dtype=float)
    errors = np.hypot(charges.mean() * half / z_quantile(level), error * each)
    return Brought(charges.mean() * each, errors, n)


def _charged(care: Care, alpha: float, beta: float) -> Floats:
    """Discounted margin, for a charge of 1, up to the end of each month: paid in advance."""
    settings = care.study.loyalty
    length = MONTHS[settings.contract_period]
    months = np.arange(settings.horizon_months)
    due = months % length == 0
    there = sbg.survival(alpha, beta, months / length)
    once = np.where(due, there * (1 + settings.discount_rate) ** (-months / 12), 0.0)
    return np.asarray(settings.margin * np.cumsum(once))


def _brought_back(care: Care, found: Brought, cost: Estimate) -> str:
    """What is brought by the month of payback, or by the last looked at, with the cost."""
    if not len(found.margin):
        return "–"
    months = _months(found, cost).value
    at = int(months) if months else len(found.margin)
    brought = Estimate(float(found.margin[at - 1]), None, None, found.n, "", care.study.currency)
    text = _("{margin} against {cost} by the end of month {n}")
    return text.format(margin=brought.value_text(), cost=cost.value_text(), n=number(at))


def _headline(rows: pd.DataFrame, cost: Estimate) -> str:
    parts = []
    for row in records(rows):
        months, text = from_row(row), _("{kind}: not known")
        if months.value is not None:
            text = _("{kind}: covered by the end of month {months}")
        elif months.has_interval:
            text = _("{kind}: not covered within {looked} months")
        parts.append(text.format(kind=row["from"], months=months, looked=number(row["looked"])))
    return _("When is the cost of winning a customer, {cost}, covered? {parts}").format(
        cost=cost.value_text(), parts="; ".join(parts)
    )


def _caption(care: Care) -> str:
    settings = care.study.loyalty
    return _(
        "The margin ({margin} of revenue) of all customers who were won, those who left among "
        "them, summed month by month and discounted at {rate} a year, against the cost per "
        "customer won; {level} intervals from both. Looked at: {months} months, or as many as the "
        "books cover."
    ).format(
        margin=margin_text(care),
        rate=percent(settings.discount_rate, 1),
        level=percent(care.study.confidence_level),
        months=number(settings.horizon_months),
    )


def _notes(care: Care, ways: dict[str, Brought]) -> Iterator[str]:
    if "purchases" in ways:
        yield _(
            "Purchases: calendar months, the first being that of the first purchase; net of "
            "refunds. New is who came after the books began; where no day is known, whose first "
            "purchase comes a year or more after that."
        )
    if "contract" in ways:
        yield _(
            "Contracts: mean charge of all contracts, paid in advance, times the share that the "
            "sBG model expects to run still; the cost is per customer, who may hold several."
        )
    if len(ways) > 1:
        yield _("A customer who brings both pays back sooner than either row says.")
    yield from of_company(care, "ledger")
