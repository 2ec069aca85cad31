"""Service as a profit centre: what a contact brings and costs, and what is left in all."""

from __future__ import annotations

from collections.abc import Iterator

from ...estimate import Estimate, frame
from ...finding import Answer, Finding, Skipped, needs
from ...language import N_, _, number
from ...methods.totals import times
from ...sources import Care
from ..margin import NO_MARGIN, margin_text
from .money import (
    NO_AMOUNT,
    NO_COST,
    amount,
    caveats,
    contacts_money,
    period,
    spoken,
)

NO_CONTACTS = N_("The table “contacts” holds no contact.")
NOTHING_RECORDED = N_("The contacts record neither what was sold, nor fees, nor costs.")
NOT_COUNTED = N_(
    "What was sold at a contact may stand among the company’s sales too; it is counted once, here. "
    "Whether the customers would have bought anyway is not known, and customers who stay longer "
    "where they are served well are not counted here. Fees count whole: what parts and labour "
    "cost beyond the cost of the contact is in no line."
)


@needs("contacts")
def per_contact(care: Care) -> Answer:
    """What a contact brings, by offers taken and by fees, and what it costs."""
    if refused := _refused(care):
        return refused
    rows = [
        (
            {"item": words, "computed": _sum_over(care, column)},
            _known(care, column),
        )
        for column, words in (
            ("revenue", _("revenue per contact")),
            ("sold", _("of it sold by an offer")),
            ("fee", _("of it paid for the service itself")),
            ("cost", _("cost per contact")),
        )
    ]
    revenue, cost = rows[0][1], rows[3][1]
    return Finding(
        "revenue-per-contact",
        frame(rows),
        headline=_("A contact brings {revenue} of revenue and costs {cost}").format(
            revenue=revenue, cost=cost
        ),
        caption=period(care),
        labels={"item": _("per contact"), "computed": _("how computed"), "value": _("estimate")},
        notes=caveats(care),
    )


@needs("contacts")
def service_profit(care: Care) -> Answer:
    """Fees, and the margin on what was sold, less the cost of the contacts, over all their time."""
    if refused := _refused(care):
        return refused
    n = len(contacts_money(care).rows)
    table = frame(_lines(care, n))
    result = times(_known(care, "result"), n)
    return Finding(
        "service-profit",
        table,
        headline=_verdict(result),
        caption=period(care)
        + " "
        + _(
            "Each line is the mean per contact times the contacts. A bar shows the sum, the thin "
            "line its interval."
        ),
        alt=_("Bars of what service brings and costs: {rows}.").format(
            rows="; ".join(f"{keys['line']} {value}" for keys, value in _lines(care, n))
        ),
        labels={
            "line": _("line of the account"),
            "computed": _("how computed"),
            "value": _("in all"),
        },
        notes=(*caveats(care), _(NOT_COUNTED)),
    )


def _lines(care: Care, n: int) -> Iterator[tuple[dict[str, str], Estimate]]:
    """The lines of the account, each with the sum that it is made of; costs stand above zero."""
    keys = {"line": _("sold by offers"), "entry": "sold"}
    yield {**keys, "computed": _mean_times(care, "sold", n)}, times(_known(care, "sold"), n)
    keys = {"line": _("margin on what was sold"), "entry": "margin"}
    yield {**keys, "computed": _margin_of(care, n)}, _margin(care, n)
    keys = {"line": _("fees for the service"), "entry": "fee"}
    yield {**keys, "computed": _mean_times(care, "fee", n)}, times(_known(care, "fee"), n)
    keys = {"line": _("cost of the contacts"), "entry": "cost"}
    yield {**keys, "computed": _mean_times(care, "cost", n)}, times(_known(care, "cost"), n)
    keys = {"line": _("result of service"), "entry": "result"}
    words = _("margin on what was sold + fees − cost of the contacts")
    yield {**keys, "computed": words}, times(_known(care, "result"), n)


def _margin(care: Care, n: int) -> Estimate:
    sold, margin = _known(care, "sold"), care.study.loyalty.margin
    return times(sold, n * margin) if margin else _without(care, sold.reason or NO_MARGIN)


def _margin_of(care: Care, n: int) -> str:
    sold, margin = _known(care, "sold").value, margin_text(care)
    if sold is None or not care.study.loyalty.margin:
        return "–"
    return _("{margin}, as the study states, of {sold}").format(
        margin=margin, sold=spoken(care, sold * n)
    )


def _known(care: Care, column: str) -> Estimate:
    """The mean of a column per contact, or why there is none."""
    money = contacts_money(care)
    if column == "result" and money.missing:
        return _without(care, money.missing)
    if money.rows[column].isna().all():
        return _without(care, NO_COST if column == "cost" else NO_AMOUNT)
    return amount(care, column)


def _without(care: Care, reason: str) -> Estimate:
    n = len(contacts_money(care).rows)
    return Estimate.absent(reason, n=n, unit=care.study.currency)


def _sum_over(care: Care, column: str) -> str:
    """Numerator and denominator of a mean per contact."""
    values = contacts_money(care).rows[column].dropna()
    if values.empty:
        return "–"
    text = _("{sum} / {n} contacts")
    return text.format(sum=spoken(care, float(values.sum())), n=number(len(values)))


def _mean_times(care: Care, column: str, n: int) -> str:
    mean = _known(care, column).value
    if mean is None:
        return "–"
    return _("{mean} × {n} contacts").format(mean=spoken(care, mean), n=number(n))


def _verdict(result: Estimate) -> str:
    if result.value is None:
        return _("What service earns is not known: {reason}").format(reason=_(result.reason))
    if result.low is None or result.high is None:
        text = _("Service: {result}, without an interval")
    elif result.low > 0:
        text = _("Service brings more than it costs: {result}")
    elif result.high < 0:
        text = _("Service costs more than it brings at once: {result}")
    else:
        text = _(
            "Service came to {result} in that time: whether it pays in times like these cannot be "
            "told"
        )
    return text.format(result=result)


def _refused(care: Care) -> Skipped | None:
    rows = contacts_money(care).rows
    if rows.empty:
        return Skipped(_(NO_CONTACTS))
    if rows[["sold", "fee", "cost"]].isna().all(axis=None):
        return Skipped(_(NOTHING_RECORDED))
    return None
