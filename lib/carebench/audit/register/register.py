"""What was claimed of customer care before this study, and what this study found of it."""

from __future__ import annotations

from typing import Any

from ...estimate import Estimate, frame
from ...finding import Answer, Finding
from ...language import N_, _, number, percent
from ...methods.comparisons import THE_SAME, TOO_FEW
from ...methods.proportions import SMALL
from ...published import claims
from ...sources import Care
from ..answers.stages import Gap
from .evidence import Count, Found, Gathered, Refuted, Treated, found_on, gathered
from .verdicts import (
    BORNE_OUT,
    BORNE_OUT_BY_COUNT,
    CANNOT_TELL,
    CONTRADICTED,
    CONTRADICTED_BY_COUNT,
    NOT_MEASURED,
    SAME_COUNT,
    against,
    entry,
    headline,
    labels,
)

NOTEBOOK = "02"
HIGHER_COUNT = N_("higher by count")
LOWER_COUNT = N_("lower by count")
TOO_FEW_PROVIDERS = N_("too few providers")
NO_DIFFERENCE = N_("no difference established")
IN_EQUAL_CARE = N_("see the table of equal care")


def claims_register(care: Care) -> Answer:
    """Each claim of the sources: where it stands, its status, and this study's own figure."""
    study = gathered(care)
    entries = [_entry(study, claim) for claim in claims(NOTEBOOK).to_dict("records")]
    table = frame(entries)
    return Finding(
        "claims-register",
        table,
        headline=headline(table),
        labels=labels(),
        notes=(
            _(
                "The number of a claim is taken as exact, since hardly one came with its number of "
                "observations; “clearly above” and “clearly below” therefore speak of this study’s "
                "interval alone. What providers said of themselves is a count of those who "
                "replied, and is judged only where it holds whatever the silent would say. No "
                "verdict is "
                "adjusted for the others: of so many, one or another may be false by chance."
            ),
            _(
                "Claims without a number are tested as more or fewer than half; that care is the "
                "same at every stage as whether any two stages clearly differ in being answered at "
                "the same hours, and for every customer as in the table of equal care. Of care "
                "round the clock only those providers are counted of whom silence at night would "
                "have told; calls that do not lie over the whole week judge no claim on calls."
            ),
        ),
    )


def _entry(study: Gathered, claim: dict[Any, Any]) -> tuple[dict[str, Any], Estimate]:
    found = found_on(study, str(claim["id"]))
    estimate = _estimate(found)
    words = _judged(str(claim["kind"]), float(claim["value"]), found)
    keys = entry(claim, _shown(found), words, measured=found is not None)
    return keys, estimate


def _estimate(found: Found) -> Estimate:
    if isinstance(found, Estimate):
        return found
    if isinstance(found, Gap):
        return found.difference
    if isinstance(found, Count | Refuted):
        return found.estimate()
    return Estimate.absent(NOT_MEASURED if found is None else IN_EQUAL_CARE)


def _shown(found: Found) -> str:
    """Our own figure in words; a count by its count, with what the silent leave open."""
    if found is None:
        return _(NOT_MEASURED)
    if isinstance(found, Treated):
        return found.words
    if isinstance(found, Refuted):
        text = _("{k} of {n} that could be told")
        return text.format(k=number(found.providers), n=number(found.testable))
    if not isinstance(found, Count):
        return str(found)
    text = _("{k} of {n}")
    if found.known < found.everybody:
        text = _("{k} of {n} who replied; of all {all} between {low} and {high}")
    return text.format(
        k=number(found.yes),
        n=number(found.known),
        all=number(found.everybody),
        low=percent(found.low),
        high=percent(found.high),
    )


def _judged(kind: str, value: float, found: Found) -> str:
    """The verdict on a claim; "" where the study has no figure or the claim no number."""
    if found is None:
        return ""
    if isinstance(found, Treated):
        return CONTRADICTED if found.worse else THE_SAME if found.same else NO_DIFFERENCE
    if isinstance(found, Refuted):  # of the others nothing is established: it contradicts nothing
        if found.testable < SMALL:
            return TOO_FEW_PROVIDERS
        return BORNE_OUT if found.providers == found.testable else CANNOT_TELL
    if isinstance(found, Count):
        return TOO_FEW_PROVIDERS if found.known < SMALL else _counted(kind, value, found)
    if isinstance(found, Gap):
        if kind == "no_difference" and found.difference.value is not None:
            return CONTRADICTED if found.established else NO_DIFFERENCE
        return against(kind, value, found.difference)
    if found.value is None or kind == "untested":
        return CANNOT_TELL
    return TOO_FEW if found.n < SMALL else against(kind, value, found)


def _counted(kind: str, value: float, count: Count) -> str:
    """By plain comparison, whatever the silent would say."""
    if kind == "equals":
        nearest = round(value * count.everybody)  # no other count of providers comes nearer
        if count.low <= nearest / count.everybody <= count.high:
            return SAME_COUNT if count.low == count.high else CANNOT_TELL
        return HIGHER_COUNT if count.low > value else LOWER_COUNT
    if kind not in ("above", "below"):
        return ""
    passed, failed = count.low > value, count.high <= value
    if kind == "below":
        passed, failed = count.high < value, count.low >= value
    return BORNE_OUT_BY_COUNT if passed else CONTRADICTED_BY_COUNT if failed else CANNOT_TELL
