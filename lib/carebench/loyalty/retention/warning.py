"""What goes before leaving: signs known before each month, and how well they warn."""

from __future__ import annotations

import numpy as np
import pandas as pd

from ...estimate import Estimate, frame, from_row, records
from ...finding import Answer, Finding, Skipped, needs
from ...language import N_, _, money, number, percent
from ...methods import hazard_logit
from ...methods.hazard_logit import Hazard
from ...segmentation import books
from ...sources import Care
from .. import bad_contacts
from ..company_wide import of_company
from .at_risk import contract_panel, idle_panel
from .lifetimes import contract_notes
from .panel import BAD, CONTACTS, FEWER, IDLE, LESS, TENURE, Panel

CONTRACTS, CUSTOMERS = "contracts", "customers"
SIGNS = {
    FEWER: N_("one day of purchase fewer than in the 3 months before"),
    LESS: N_("spent less than in the 3 months before, by one purchase"),
    IDLE: N_("30 days more since the last purchase"),
    CONTACTS: N_("one contact more in the last 3 months, not a bad one"),
    BAD: N_("one bad contact more in the last 3 months"),
    TENURE: N_("one year longer a customer"),
}
LEAVES, STAYS, OPEN = (
    N_("goes before leaving"),
    N_("goes before staying"),
    N_("not established"),
)
TURNS = N_("no direction: alone it points the other way")
TOP = 0.1  # of the customers of a month
SET_ASIDE = 0.25  # of the months, the latest, to check the warning on
CHECKED = {
    CONTRACTS: N_("contracts that ended in the month"),
    CUSTOMERS: N_("customers who then stopped buying"),
}


@needs("contracts", "started_at", "customer_id")
def early_warning(care: Care) -> Answer:
    """Odds that a contract ends in a month, by signs known before the month."""
    return _signs(care, CONTRACTS, contract_panel(care))


@needs("contracts", "started_at", "customer_id")
def early_warning_checked(care: Care) -> Answer:
    """How many of the contracts that were at highest risk then ended, in months set aside."""
    return _checked(care, CONTRACTS, contract_panel(care))


@needs("transactions")
def stopping(care: Care) -> Answer:
    """Odds that a customer without a contract stops buying, by signs known before the month."""
    return _signs(care, CUSTOMERS, idle_panel(care))


@needs("transactions")
def stopping_checked(care: Care) -> Answer:
    """How many customers at highest risk then bought no more, in months set aside."""
    return _checked(care, CUSTOMERS, idle_panel(care))


def _signs(care: Care, kind: str, panel: Panel | Skipped) -> Answer:
    if isinstance(panel, Skipped):
        return panel
    found = hazard_logit.fit(panel.signs, panel.left, panel.customer)
    if found.model is None:
        return _no_model(kind, found)
    level = care.study.confidence_level
    names = [str(name) for name in panel.signs]
    alone = {name: _alone(care, panel, name) for name in names}
    table = frame(
        (
            {
                "sign": _(SIGNS[names[column]]),
                "alone": _in_short(alone[names[column]]),
                "verdict": _(_verdict(odds, alone[names[column]], p, 1 - level)),
                "sign_code": names[column],
                "p_holm": p,
            },
            odds,
        )
        for column, odds, p in found.odds_ratios(confidence_level=level)
    ).assign(reference=1.0, reference_name=_("no difference"))
    return Finding(
        "early-warning" if kind == CONTRACTS else "stopping",
        table,
        headline=_signs_headline(care, kind, table),
        caption=_caption(care, kind, panel, found),
        alt=_("Odds ratios with intervals: {rows}.").format(
            rows="; ".join(f"{row['sign']} {from_row(row)}" for row in records(table))
        ),
        labels={
            "sign": _("sign"),
            "alone": _("odds by the sign alone"),
            "value": _("odds of leaving, times"),
            "verdict": _("verdict"),
        },
        notes=(
            _caption(care, kind, panel, found),
            *_left_out(found, names),
            *_what(care, panel),
            _(
                "Associated with leaving, each with the others held alike; not what would happen "
                "if a sign were changed. A verdict stands after Holm’s correction for {n} signs, "
                "and where the sign alone points the same way."
            ).format(n=number(len(table))),
            *(contract_notes(care) if kind == CONTRACTS else of_company(care, "transactions")),
        ),
    )


def _checked(care: Care, kind: str, panel: Panel | Skipped) -> Answer:
    if isinstance(panel, Skipped):
        return panel
    months = np.unique(panel.month)
    aside = max(1, round(SET_ASIDE * len(months)))
    cut = int(months[-aside])
    # What was not yet known at the cut may teach nothing: its outcome lies in the time set aside.
    earlier, later = panel.decided <= cut, panel.month >= cut
    found = hazard_logit.fit(panel.signs[earlier], panel.left[earlier], panel.customer[earlier])
    if found.model is None:
        return _no_model(kind, found)
    risk = found.risk(panel.signs[later])
    level = care.study.confidence_level
    top, base = hazard_logit.share_of_top(
        risk, panel.left[later], panel.month[later], panel.customer[later],
        top=TOP, confidence_level=level,
    )  # fmt: skip
    rows = ((_("the tenth with the highest risk"), top), (_("all at risk"), base))
    return Finding(
        "early-warning-checked" if kind == CONTRACTS else "stopping-checked",
        frame(({"who": name}, share) for name, share in rows),
        headline=_checked_headline(kind, top, base),
        labels={"who": _("who"), "value": _(CHECKED[kind])},
        notes=(
            _(
                "Learnt from {learnt} months of customers, {first} to {before}: what became of "
                "them was known by {cut}. Checked on {checked} months, {cut} to {last}, which it "
                "had not seen. In each of these the tenth of highest risk is taken."
            ).format(
                learnt=number(int(earlier.sum())),
                first=books.month_name(int(panel.month[earlier].min())),
                before=books.month_name(int(panel.month[earlier].max())),
                cut=books.month_name(cut),
                checked=number(int(later.sum())),
                last=books.month_name(int(months[-1])),
            ),
            *_what(care, panel),
            *(contract_notes(care) if kind == CONTRACTS else of_company(care, "transactions")),
        ),
    )


def _no_model(kind: str, found: Hazard) -> Skipped:
    what = {
        CONTRACTS: _("No early warning of contracts that end: {reason} ({k} left in {n} months)."),
        CUSTOMERS: _(
            "No early warning of customers who stop buying: {reason} ({k} left in {n} months)."
        ),
    }[kind]
    return Skipped(
        what.format(reason=_(found.warning), k=number(found.events), n=number(found.rows))
    )


def _alone(care: Care, panel: Panel, name: str) -> Estimate:
    """The odds by one sign, with nothing held alike."""
    found = hazard_logit.fit(panel.signs[[name]], panel.left, panel.customer)
    level = care.study.confidence_level
    odds = [odds for _column, odds, _p in found.odds_ratios(confidence_level=level)]
    return odds[0] if odds else Estimate.absent(found.warning or hazard_logit.TOO_FEW)


def _in_short(odds: Estimate) -> str:
    return f"{odds.value_text()} ({odds.interval_text()})" if odds.value is not None else "–"


def _verdict(odds: Estimate, alone: Estimate, p: float, bar: float) -> str:
    if p > bar or odds.value is None:
        return OPEN
    if alone.value is None or (alone.value > 1) != (odds.value > 1):
        return TURNS
    return LEAVES if odds.value > 1 else STAYS


def _signs_headline(care: Care, kind: str, table: pd.DataFrame) -> str:
    days = number(care.study.loyalty.churn_days)
    before = [row for row in records(table) if row["verdict"] == _(LEAVES)]
    if not before:
        return {
            CONTRACTS: _("No sign of {n} is established to go before the end of a contract"),
            CUSTOMERS: _(
                "No sign of {n} is established to go before {days} days without a purchase"
            ),
        }[kind].format(n=number(len(table)), days=days)
    first = max(before, key=lambda row: row["value"])
    text = {
        CONTRACTS: _(
            "Signs established before the end of a contract: {k} of {n}; {sign}: odds times {odds}"
        ),
        CUSTOMERS: _(
            "Signs established before {days} days without a purchase: {k} of {n}; {sign}: odds "
            "times {odds}"
        ),
    }[kind]
    return text.format(
        days=days,
        k=number(len(before)),
        n=number(len(table)),
        sign=first["sign"],
        odds=from_row(first),
    )


def _checked_headline(kind: str, top: Estimate, base: Estimate) -> str:
    if top.low is None or base.value is None:
        return _("Whether the signs warn cannot be told")
    text = {
        CONTRACTS: _("Of the tenth at highest risk {top} ended in the month, of all {base}"),
        CUSTOMERS: _("Of the tenth at highest risk {top} then stopped buying, of all {base}"),
    }[kind].format(top=top, base=percent(base.value, 1))
    if top.low > base.value:
        return text
    return _("{finding}: the signs are not shown to warn better than chance").format(finding=text)


def _caption(care: Care, kind: str, panel: Panel, found: Hazard) -> str:
    first, last = (books.month_name(int(month)) for month in (panel.month.min(), panel.month.max()))
    fields = {
        "first": first,
        "last": last,
        "k": number(found.events),
        "n": number(found.rows),
        "customers": number(len(np.unique(panel.customer))),
        "level": percent(care.study.confidence_level),
    }
    if kind == CONTRACTS:
        return _(
            "Discrete-time logit of {k} ends in {n} months of contracts of {customers} customers, "
            "{first} to {last}; every sign was known before the month. {level} intervals, "
            "clustered by customer."
        ).format(**fields)
    return _(
        "Logit of {k} times that a customer bought nothing in the {days} days from a month’s "
        "beginning, in {n} months of {customers} customers who had bought in the {days} days "
        "before, {first} to {last}. Each customer is looked at once in {every} months, so that no "
        "silence counts twice; every sign was known before the month. {level} intervals, "
        "clustered by customer."
    ).format(**fields, days=number(care.study.loyalty.churn_days), every=number(panel.every))


def _left_out(found: Hazard, names: list[str]) -> tuple[str, ...]:
    lacking = [_(SIGNS[name]) for i, name in enumerate(names) if i not in found.kept]
    if not lacking:
        return ()
    text = _("Left out, since they do not vary or repeat others: {signs}.")
    return (text.format(signs="; ".join(lacking)),)


def _what(care: Care, panel: Panel) -> tuple[str, ...]:
    """What the signs mean in numbers, and whom the panel holds."""
    notes = []
    if LESS in panel.signs:
        text = _(
            "One purchase is {amount}, the mean net revenue of a day of purchase. Who never bought "
            "counts as idle since the books began; more than 365 days count as 365."
        )
        notes.append(text.format(amount=money(panel.purchase, care.study.currency)))
    if BAD in panel.signs:
        notes.append(bad_contacts.definition(care))
    if panel.drawn:
        text = _("{n} customers drawn by their names, always the same.")
        notes.append(text.format(n=number(panel.drawn)))
    return tuple(notes)
