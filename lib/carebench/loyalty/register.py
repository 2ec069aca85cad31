"""What was claimed of loyalty before this study, and what this study found of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from .. import segmentation
from ..audit.register.verdicts import (
    CANNOT_TELL,
    NOT_MEASURED,
    against,
    entry,
    headline,
    labels,
)
from ..estimate import Estimate, frame, from_row, records
from ..finding import Answer, Finding, Skipped
from ..language import N_, _, number
from ..methods import incremental
from ..methods.comparisons import BELOW
from ..methods.proportions import SMALL
from ..published import claims
from ..sources import Care
from .after_contact import left_after_bad, left_by_days
from .costs import NOT_TESTABLE, cost_ratio
from .lifetime_value.worth import worth_against_first
from .profit.said import said

NOTEBOOK = "03"
TOO_FEW_ANSWERS = N_("too few answers")
UNDEFINED = N_("not testable: what it counts is not known")
NO_TRIAL_OF_REVENUE = N_(
    "not measured here: it needs better care given by chance, and what was bought since"
)
NO_PROFIT_BY_SALE = N_(
    "not measured here: it needs the profit of each sale, to new and to existing customers"
)
NOT_REACHED = N_("undecided: not reached within the time watched")
LOYAL = 10.0  # times the first purchase, as the claim has it
BY_DEED = N_("what customers did")
AT_LEAST = N_("tested as at least {times} times")


@dataclass(frozen=True, slots=True)
class Own:
    """This study's own figure on a claim, and its verdict where it is not the interval's.

    `instead` says what the study would need, where there is no figure; `tested` how the claim
    is read here, where that is not how it is worded, in the reader's language; `tables` what the
    figure rests on.
    """

    estimate: Estimate
    words: str = ""
    instead: str = ""
    tested: str = ""
    tables: tuple[str, ...] = ("survey",)


def claims_register(care: Care) -> Answer:
    """Each claim on loyalty: where it stands, its status, and this study's own figure."""
    entries = [
        _entry(care, claim, own)
        for claim in claims(NOTEBOOK).to_dict("records")
        for own in found_on(care, str(claim["id"]))
    ]
    table = frame(entries)
    if not table["measured"].any():
        return Skipped(f"{headline(table)}.")
    return Finding(
        "loyalty-claims-register",
        table,
        headline=headline(table),
        labels=labels(),
        notes=(
            _(
                "The number of a claim is taken as exact, since hardly one came with its number of "
                "observations. Other people were asked, elsewhere and in other years: a figure of "
                "this study that lies above or below does not make the claim false where it was "
                "made. No verdict is adjusted for the others: of so many, one or another may be "
                "false by chance."
            ),
            _(
                "What customers say they would do is not what they do: leaving is shown as both. "
                "Claims on costs are tested on what keeping one more customer costs, which needs a "
                "group that chance left out; a claim of more revenue needs one too."
            ),
            _(
                "“5 times” and “a tenth” cannot both be exact: a tenth means that winning costs 10 "
                "times as much. Tested as “at least”, both are supported by an interval that lies "
                "above 10."
            ),
        ),
    )


def found_on(care: Care, claim: str) -> Iterator[Own]:
    """This study's own figures on a claim, by its `id` in `claims.csv`: one, or two of a kind."""
    for evidence in EVIDENCE[claim]:
        yield evidence(care)


def of_all(care: Care, tables: Iterable[str]) -> bool:
    """Whether the study is of one provider, and any of its `tables` is not limited to it."""
    text = _("These data name no provider: they are not limited to {provider}.")
    note = text.format(provider=care.study.provider)
    return any(note in care.not_limited(table) for table in tables if care.columns(table))


def _entry(care: Care, claim: dict[Any, Any], own: Own) -> tuple[dict[str, Any], Estimate]:
    words = own.words or _judged(str(claim["kind"]), float(claim["value"]), own.estimate)
    shown = own.instead or (own.estimate.reason if not own.estimate.n else "")
    measured = own.estimate.value is not None or own.estimate.has_interval
    found = _(shown) if shown else str(own.estimate)
    if measured and of_all(care, own.tables):
        text = _("{found}; not limited to {provider}")
        found = text.format(found=found, provider=care.study.provider)
    row = entry(claim, found, words, measured=measured)
    if own.tested:
        row["claim"] = f"{row['claim']}: {own.tested}"
    return row, own.estimate


def _judged(kind: str, value: float, found: Estimate) -> str:
    """By the study's own interval; "" where it has no figure."""
    if found.value is None:
        return ""
    if found.n < SMALL:
        return TOO_FEW_ANSWERS
    return against("equals" if kind == "ratio" else kind, value, found)


def _says(item: str) -> Callable[[Care], Own]:
    """The share of those asked who say so."""
    return lambda care: Own(said(care, item))


def _left(care: Care) -> Own:
    """The share that did leave after a first bad contact, which nobody was asked."""
    found = left_after_bad(care)
    if isinstance(found, Skipped):
        return Own(Estimate.absent(found.reason), tested=_(BY_DEED))
    tables = ("contacts", "contracts", "transactions")
    return Own(found, left_by_days(care), tested=_(BY_DEED), tables=tables)


def _concentrated(care: Care) -> Own:
    """The top 20 per cent's share of revenue, with the verdict of its own section."""
    found = segmentation.top_shares(care)
    if isinstance(found, Skipped):
        return Own(Estimate.absent(NOT_MEASURED))
    own = from_row(records(found.rows)[0])
    return Own(own, segmentation.verdict(own), tables=("transactions",))


def _worth(care: Care) -> Own:
    """Of lives still running: what they reached, which cannot show what they will not reach."""
    own = worth_against_first(care)
    words = _judged("ratio", LOYAL, own)
    return Own(own, NOT_REACHED if words == BELOW else words, tables=("transactions",))


def _costs(times: float) -> Callable[[Care], Own]:
    """What winning a customer costs over what keeping one more does: so many times, or more."""

    def found(care: Care) -> Own:
        own = cost_ratio(care)
        untold = NOT_TESTABLE if own.reason == NOT_TESTABLE else CANNOT_TELL
        words = incremental.verdict(own, times) or untold
        tested = _(AT_LEAST).format(times=number(times))
        return Own(own, words, tested=tested, tables=("ledger", "retention_trials"))

    return found


def _nothing(words: str = "", instead: str = NOT_MEASURED) -> Callable[[Care], Own]:
    return lambda _care: Own(Estimate.absent(NOT_MEASURED), words, instead)


EVIDENCE: dict[str, tuple[Callable[[Care], Own], ...]] = {
    "bought-more": (_says("bought_more"),),
    "experience-matters": (_says("experience_matters"),),
    "leaders-73": (_nothing(UNDEFINED),),
    "leaders-64": (_nothing(UNDEFINED),),
    "leaders-60": (_nothing(UNDEFINED),),
    "higher-standards": (_says("expects_more"),),
    "leave-after-one": (_says("would_leave"), _left),
    "purchase-factor": (_says("experience_decides"),),
    "value-time": (_says("values_time"),),
    "lifetime-10x": (_worth,),
    "revenue-20": (_nothing(NOT_TESTABLE, NO_TRIAL_OF_REVENUE),),
    "acquisition-5x": (_costs(5.0),),
    "selling-tenth": (_costs(10.0),),
    "profitable-10x": (_nothing(NOT_TESTABLE, NO_PROFIT_BY_SALE),),
    "pareto": (_concentrated,),
}
