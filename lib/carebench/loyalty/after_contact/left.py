"""Whose contacts are compared, and how many of them left."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pandas as pd

from ...estimate import Estimate, frame, from_row, records
from ...finding import FEW, Answer, Finding, Skipped, needs
from ...language import N_, _, number, percent
from ...methods.proportions import SMALL, proportion
from ...published import claims
from ...sources import Care
from .. import bad_contacts
from ..company_wide import of_company
from .contacts import COMPARED, REASONS, by_contract, followed, judged, no_comparison

CLAIM = "leave-after-one"
NONE = N_("no customer had such a contact")
PAUSES = N_("whoever only pauses in buying counts as left")
FIRST_BAD = N_("first bad contact that can tell, within {n} days")
LEFT = N_("Customers who left after their first bad contact that can tell: {shares}")
STOPPED = N_("Customers who bought nothing after their first bad contact that can tell: {shares}")
TIMES = (1, 2, 4)  # the study’s days: how much hangs on them
BY_CONTRACT = N_(
    "A customer left where a contract ran on the day of the contact and none {n} days later."
)
BY_PURCHASE = N_(
    "There are no contracts with their days: a customer left where there was a purchase in the {n} "
    "days before the contact and none in the {n} days after it. Somebody who only pauses counts as "
    "left."
)


@needs("contacts", "customer_id", "contacted_at")
def contacts_compared(care: Care) -> Answer:
    """Which contacts are compared, and why the others are not."""
    if reason := no_comparison(care):
        return Skipped(reason)
    counts = judged(care)["status"].value_counts()
    days = number(care.study.loyalty.leave_days)
    named = [(_(reason).format(n=days), int(counts[reason])) for reason in REASONS
             if reason in counts]  # fmt: skip
    bad, good = (len(part) for part in groups(care))
    return Finding(
        "contacts-compared",
        pd.DataFrame(named, columns=["contacts", "contacts_n"]),
        headline=_(
            "Customers compared: {bad} after a bad contact with {good} after a good one"
        ).format(bad=number(bad), good=number(good)),
        labels={"contacts": _("contacts"), "contacts_n": _("number")},
        styles={"contacts_n": "count"},
        notes=(
            bad_contacts.definition(care),
            left_rule(care),
            *of_company(care, "contacts"),
        ),
    )


@needs("contacts", "customer_id", "contacted_at")
def left_after_contact(care: Care) -> Answer:
    """How many left after a bad contact and after a good one, beside the claim of 32 %."""
    if reason := no_comparison(care):
        return Skipped(reason)
    bad, good = groups(care)
    claim = records(claims("03").query("id == @CLAIM"))[0]
    says = _("claim: {share}").format(share=percent(claim["value"]))
    days = number(care.study.loyalty.leave_days)
    table = frame(
        [
            *(
                (_after(_(FIRST_BAD).format(n=number(span)), claim["value"], says), share)
                for span, share in _first_bad(care)
            ),
            (_after(_("first contact, a bad one, within {n} days").format(n=days)),
             _share(care, bad)),
            (_after(_("first contact, a good one, within {n} days").format(n=days)),
             _share(care, good)),
        ]
    )  # fmt: skip
    return Finding(
        "left-after-contact",
        table,
        headline=_(LEFT if by_contract(care) else STOPPED).format(shares=_by_days(care)),
        caption=_(
            "Share of customers who left within so many days of a contact, with {level} intervals. "
            "The mark is a published claim ({source}) that names no number of days: there, people "
            "said that they would leave after one bad experience; here it is counted who did, and "
            "some would have left anyway. Of more days fewer contacts can tell."
        ).format(level=percent(care.study.confidence_level), source=claim["source"]),
        alt=_("Dots with intervals: {rows}.").format(
            rows="; ".join(f"{row['after']} {from_row(row)}" for row in records(table))
        ),
        labels={"after": _("left after"), "value": _("share of customers")},
        notes=(bad_contacts.definition(care), left_rule(care), *care.not_limited("contacts")),
    )


def left_after_bad(care: Care) -> Estimate | Skipped:
    """Share of customers who left within the study's days of their first bad contact that can tell.

    No verdict on a claim follows from it, as `left_by_days` says. Leaving and a bad contact are
    as `contacts_compared` says; only contacts count of which all those days were observed.

    Returns
    -------
    Estimate or Skipped
        Unit "share", Wilson; the reason where the study does not tell.
    """
    asked = contacts_compared(care)
    return asked if isinstance(asked, Skipped) else _first_bad(care)[0][1]


def left_by_days(care: Care) -> str:
    """Why no verdict on a claim without a number of days is due, with the share for several."""
    if no_comparison(care) or _first_bad(care)[0][1].value is None:
        return ""
    shares = _by_days(care, Estimate.value_text)
    return _("no verdict, it depends on the days: {shares}").format(shares=shares)


def groups(care: Care) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The contacts compared: the bad ones, and the good ones."""
    rows = judged(care)
    rows = rows[rows["status"].eq(COMPARED)]
    bad = rows["bad"].astype(bool)
    return rows[bad], rows[~bad]


def left_rule(care: Care) -> str:
    """What leaving is, as the study's tables allow."""
    rule = BY_CONTRACT if by_contract(care) else BY_PURCHASE
    return _(rule).format(n=number(care.study.loyalty.leave_days))


def _after(contact: str, reference: float | None = None, name: str = "") -> dict[str, Any]:
    return {"after": contact, "reference": reference, "reference_name": name}


def _first_bad(care: Care) -> list[tuple[int, Estimate]]:
    """By days, the share that left after a first bad contact; of more days where some can tell."""
    found = []
    for times in TIMES:
        days = times * care.study.loyalty.leave_days
        rows = followed(care, days)
        share = _share(care, rows[rows["first_bad"].astype(bool)])
        if times == 1 or share.n >= SMALL:
            found.append((days, share))
    return found


def _by_days(care: Care, text: Callable[[Estimate], str] = str) -> str:
    return "; ".join(
        _("{share} within {n} days").format(share=text(share), n=number(days))
        for days, share in _first_bad(care)
    )


def _share(care: Care, rows: pd.DataFrame) -> Estimate:
    if rows.empty:
        return Estimate.absent(NONE)
    left, n = int(rows["left"].sum()), len(rows)
    found = proportion(left, n, confidence_level=care.study.confidence_level)
    warnings = [FEW] * (n < SMALL) + [PAUSES] * (not by_contract(care))
    return replace(found, warnings=tuple(warnings))
