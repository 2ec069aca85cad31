"""The answer of notebook 03 in about three lines."""

from __future__ import annotations

from ..estimate import from_row, records
from ..finding import Finding
from ..language import _
from ..sources import Care
from .costs import NOT_TESTABLE, claims, costs
from .drivers import drivers
from .scores import scores


def answer(care: Care) -> list[str]:
    """The notebook's answer in about three lines."""
    lines = []
    asked = scores(care)
    if isinstance(asked, Finding):
        parts = [f"{row['score']} {from_row(row).emphasised()}" for row in records(asked.rows)]
        lines.append("; ".join(parts) + ".")
    found = drivers(care)
    if isinstance(found, Finding):
        lines.append(found.headline + ".")
    if money := _money_line(care):
        lines.append(money)
    return lines or [_("The study holds no survey and no ledger, so nothing can be said.")]


def _money_line(care: Care) -> str:
    """What winning a customer costs, and what that says of the famous claims."""
    spent, sentences = costs(care), []
    if isinstance(spent, Finding):
        won = from_row(records(spent.rows)[0]).emphasised()
        sentences.append(_("Winning a customer costs {cost}.").format(cost=won))
    if isinstance(claims(care), Finding):
        text = _("That this is 5 or 10 times the cost of keeping one: **{verdict}**.")
        sentences.append(text.format(verdict=_(NOT_TESTABLE)))
    return " ".join(sentences)
