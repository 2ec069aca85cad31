"""The answer of notebook 03 on one screen: a line each, where the study can give it."""

from __future__ import annotations

from collections.abc import Callable

from ..estimate import Estimate, from_row, records
from ..finding import Answer, Finding
from ..language import _, number
from ..methods import incremental
from ..sources import Care
from .after_contact import risk_of_bad_contact
from .costs import NOT_TESTABLE, claims, cost_kept, cost_of_winning, cost_ratio, retention_line
from .drivers import drivers
from .lifetime_value.worth import worth_of_customer
from .retention.staying import survival_curves
from .scores import scores
from .waves import changes


def answer(care: Care) -> list[str]:
    """The notebook's answer: satisfaction, what it goes with, costs, worth, and who leaves."""
    lines = [line for part in PARTS if (line := part(care))]
    return lines or [_nothing(care)]


def _satisfaction(care: Care) -> str:
    """The scores of the wave, and whether they changed."""
    asked = scores(care)
    if not isinstance(asked, Finding):
        return ""
    parts = [f"{row['score']} {from_row(row).emphasised()}" for row in records(asked.rows)]
    return " ".join(["; ".join(parts) + ".", *_sentence(changes(care))])


def _drivers(care: Care) -> str:
    return " ".join(_sentence(drivers(care)))


def _costs(care: Care) -> str:
    """What winning a customer costs, what keeping one more does, and the famous claims."""
    winning, keeping, times = cost_of_winning(care), cost_kept(care), cost_ratio(care)
    sentences = []
    if winning.value is not None:
        text = _("Winning a customer costs {cost}.")
        sentences.append(text.format(cost=winning.emphasised()))
    if keeping.value is not None:
        text = _("Keeping one more, who would have left, costs {cost}.")
        sentences.append(text.format(cost=keeping.emphasised()))
    if times.has_interval:
        sentences.append(_of_claims(times))
    elif winning.value is not None and isinstance(claims(care), Finding):
        text = _("That this is 5 or 10 times the cost of keeping one: **{verdict}**.")
        verdict = NOT_TESTABLE if times.reason == NOT_TESTABLE else times.reason
        sentences.append(text.format(verdict=_(verdict)))
    return " ".join(sentences)


def _of_claims(times: Estimate) -> str:
    text = _(
        "Winning costs {times} times as much; at least 5 times: **{five}**; at least 10 times: "
        "**{ten}**."
    )
    five, ten = (_(incremental.verdict(times, claim)) for claim in (5, 10))
    return text.format(times=times, five=five, ten=ten)


def _worth(care: Care) -> str:
    """What an effort to keep customers gains; without one, what a customer is still worth."""
    if line := retention_line(care):
        return line
    worth = worth_of_customer(care)
    if worth.value is None:
        return ""
    text = _("A customer is still to bring {worth} of margin within {months} months, on average.")
    if not care.study.loyalty.margin:
        text = _(
            "A customer is still to bring {worth} of revenue within {months} months, on average; "
            "without the study’s margin nobody can say what keeping one is worth."
        )
    return text.format(worth=worth.emphasised(), months=number(care.study.loyalty.horizon_months))


def _leaving(care: Care) -> str:
    """Who leaves: after bad contacts, else how long contracts last."""
    return " ".join(_sentence(risk_of_bad_contact(care)) or _sentence(survival_curves(care)))


def _sentence(found: Answer) -> list[str]:
    return [f"{found.headline}."] if isinstance(found, Finding) else []


def _nothing(care: Care) -> str:
    if care.columns("survey") or care.columns("ledger"):
        return _("What the study holds says nothing of satisfaction, of leaving or of costs.")
    return _("The study holds no survey and no ledger, so nothing can be said.")


PARTS: tuple[Callable[[Care], str], ...] = (_satisfaction, _drivers, _costs, _worth, _leaving)
