"""The answer of notebook 03 on one screen: a line each, where the study can give it."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from ..estimate import Estimate, from_row, records
from ..finding import Answer, Finding
from ..language import N_, _, number
from ..methods import incremental
from ..sources import Care
from .after_contact import risk_of_bad_contact
from .costs import NOT_TESTABLE, claims, cost_kept, cost_of_winning, cost_ratio, retention_line
from .costs.ledger import read
from .drivers import drivers
from .lifetime_value.worth import worth_of_customer
from .register import of_all
from .retention.churn import churned, contracts_lost
from .retention.staying import survival_curves
from .scores import scores
from .waves import changes

OVER = {
    12: N_("{value} ({interval}, over {n} months)"),
    4: N_("{value} ({interval}, over {n} quarters)"),
    1: N_("{value} ({interval}, over {n} years)"),
}
MOST_LEADING = 3  # drivers whose shares are named
HELD = ("survey", "ledger", "contracts", "contacts", "transactions", "retention_trials")


def answer(care: Care) -> list[str]:
    """The notebook's answer: satisfaction, what it goes with, costs, worth, and who leaves."""
    lines = [
        " ".join([line, *_whose(care, tables)]) for part, tables in PARTS if (line := part(care))
    ]
    return lines or [_nothing(care)]


def _satisfaction(care: Care) -> str:
    """The scores of the wave, and whether they changed."""
    asked = scores(care)
    if not isinstance(asked, Finding):
        return ""
    parts = [f"{row['score']} {from_row(row).emphasised()}" for row in records(asked.rows)]
    warned = dict.fromkeys(words for row in records(asked.rows) for words in row["warnings"])
    return " ".join(["; ".join(parts) + ".", *_warned(warned), *_sentence(changes(care))])


def _drivers(care: Care) -> str:
    """What satisfaction goes with; where several lead, the share of each."""
    found = drivers(care)
    if not isinstance(found, Finding):
        return ""
    lead = records(found.rows[found.rows["best_place"].eq(1)])
    if not 1 < len(lead) <= MOST_LEADING:
        return " ".join(_sentence(found))
    text = _("Of what the items explain: {shares}.")
    shares = "; ".join(f"{row['item']} {from_row(row)}" for row in lead)
    return " ".join([*_sentence(found), text.format(shares=shares)])


def _costs(care: Care) -> str:
    """What winning a customer costs, what keeping one more does, and the famous claims."""
    winning, keeping, times = cost_of_winning(care), cost_kept(care), cost_ratio(care)
    sentences = []
    if winning.value is not None:
        text = _("Winning a customer costs {cost}.")
        sentences.append(text.format(cost=_over_time(winning, read(care).per_year)))
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


def _over_time(cost: Estimate, per_year: int) -> str:
    """A cost whose n are periods, with what they are."""
    if per_year not in OVER or not cost.has_interval:
        return cost.emphasised()
    value = f"**{cost.value_text()}**"
    return _(OVER[per_year]).format(value=value, interval=cost.interval_text(), n=number(cost.n))


def _of_claims(times: Estimate) -> str:
    """What winning costs against keeping; both costs stand before it with their n."""
    text = _(
        "Winning costs {times} ({interval}) times as much; at least 5 times: **{five}**; at least "
        "10 times: **{ten}**."
    )
    if times.low is not None and times.high is not None and times.low <= 1 <= times.high:
        text = _(
            "That winning costs more or less than keeping is not established: {times} "
            "({interval}) times as much; at least 5 times: **{five}**; at least 10 times: "
            "**{ten}**."
        )
    five, ten = (_(incremental.verdict(times, claim)) for claim in (5, 10))
    return text.format(times=times.value_text(), interval=times.interval_text(), five=five, ten=ten)


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
    said = text.format(worth=worth.emphasised(), months=number(care.study.loyalty.horizon_months))
    return " ".join([said, *_warned(worth.warnings)])


def _leaving(care: Care) -> str:
    """Who leaves: after bad contacts, else how long contracts last, else how many left."""
    asked = (risk_of_bad_contact, survival_curves, contracts_lost, churned)
    return next((line for ask in asked for line in _sentence(ask(care))), "")


def _sentence(found: Answer) -> list[str]:
    return [f"{found.headline}."] if isinstance(found, Finding) else []


def _warned(warnings: Iterable[str]) -> list[str]:
    return [f"{words[:1].upper()}{words[1:]}." for words in map(_, warnings)]


def _nothing(care: Care) -> str:
    if any(map(care.columns, HELD)):
        return _("What the study holds is too little to sum up: the sections below say what it is.")
    return _("The study holds no survey and no ledger, so nothing can be said.")


def _whose(care: Care, tables: tuple[str, ...]) -> list[str]:
    """Where a line rests on tables that do not follow the study's provider: that it does not."""
    text = _("These data name no provider: they are not limited to {provider}.")
    return [text.format(provider=care.study.provider)] if of_all(care, tables) else []


PARTS: tuple[tuple[Callable[[Care], str], tuple[str, ...]], ...] = (
    (_satisfaction, ("survey",)),
    (_drivers, ("survey",)),
    (_costs, ("ledger", "retention_trials")),
    (_worth, ("retention_trials", "transactions", "contracts")),
    (_leaving, ("contacts", "contracts", "transactions")),
)
