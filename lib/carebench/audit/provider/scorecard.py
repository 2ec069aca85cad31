"""One provider against the field: every measure, beside the mean of the others."""

from __future__ import annotations

from functools import partial
from typing import Any

import pandas as pd

from ...estimate import Estimate, frame, records
from ...finding import Answer, Finding, Skipped, needs
from ...language import N_, _, number, percent
from ...methods.comparisons import ABOVE, BELOW, NOT_DISTINGUISHABLE, TOO_FEW
from ...methods.differences import p_value, square_and_add
from ...methods.multiplicity import holm
from ...methods.proportions import SMALL
from ...sources import Care
from ..trials.sides import sides
from .measures import FEWEST_FOR_RANGE, FEWEST_OTHERS, Measure, measures

SHARES = ("own", "own_low", "own_high", "field", "field_low", "field_high", "others_low",
          "others_high")  # fmt: skip
NO_FIELD = N_("no field to compare with")
BENEATH = N_("not judged")
# Its own interval leaves out 0, but among so many measures one may do so by chance.
LONE_ABOVE = N_("above if taken alone, not among so many")
LONE_BELOW = N_("below if taken alone, not among so many")
VERDICT_WORDS = {
    ABOVE: N_("clearly above the field"),
    BELOW: N_("clearly below the field"),
    NOT_DISTINGUISHABLE: N_("not distinguishable from the field"),
    LONE_ABOVE: LONE_ABOVE,
    LONE_BELOW: LONE_BELOW,
    TOO_FEW: TOO_FEW,
    NO_FIELD: NO_FIELD,
    BENEATH: BENEATH,
}


@needs("attempts")
def scorecard(care: Care) -> Answer:
    """The provider that the report is limited to, measure by measure, against the others."""
    if not care.study.provider:
        return Skipped(
            _(
                "This report is about all providers. For the scorecard of one of them, give "
                "-p provider NAME."
            )
        )
    others = care.field("attempts")
    n_others = others["provider"].nunique()
    if n_others < FEWEST_OTHERS:
        return Skipped(
            _("The study holds fewer than three other providers: their mean would give them away.")
        )
    found = list(measures(care, *sides(care)))
    table = _table(care, found)
    return Finding(
        "scorecard",
        table,
        headline=_headline(care, table),
        caption=_(
            "Dots: {provider}, with {level} intervals, hollow below five attempts. Grey: the mean "
            "of the {n} other providers, each counting alike, and, of five or more, the range "
            "from the lowest to the highest. Answered means by a person; in time, within the "
            "study’s service level."
        ).format(
            provider=care.study.provider,
            level=percent(care.study.confidence_level),
            n=number(n_others),
        ),
        alt=_alt(table),
        labels={
            "measure": _("measure"),
            "own_text": care.study.provider,
            "field_text": _("mean of the others"),
            "difference_text": _("difference, points"),
            "verdict_text": _("verdict"),
        },
        notes=_notes(care, n_others, found),
    )


def judged(found: list[Measure], confidence_level: float) -> list[str]:
    """One verdict a measure: the provider against the mean of the others.

    Holm over all that the study could judge, those tried too seldom included: how many they
    are does not hang on what was found.
    """
    family = [measure for measure in found if not measure.beneath]
    raw = [p_value(partial(_difference, m)) if _enough(m) else 1.0 for m in family]
    adjusted = {id(m): p for m, p in zip(family, holm(raw), strict=True)}
    return [_verdict(m, adjusted.get(id(m)), confidence_level) for m in found]


def _enough(measure: Measure) -> bool:
    return int(measure.n.sum()) >= SMALL


def _verdict(measure: Measure, p: float | None, confidence_level: float) -> str:
    if p is None:
        return BENEATH
    if len(measure.others) < FEWEST_OTHERS:
        return NO_FIELD
    if not _enough(measure):
        return TOO_FEW
    gap = _difference(measure, confidence_level)
    if gap.value is None or gap.low is None or gap.high is None:
        return NOT_DISTINGUISHABLE
    if p <= 1 - confidence_level:
        return ABOVE if gap.value > 0 else BELOW
    if gap.low > 0:
        return LONE_ABOVE
    return LONE_BELOW if gap.high < 0 else NOT_DISTINGUISHABLE


def _difference(measure: Measure, level: float) -> Estimate:
    return square_and_add(measure.own(level), measure.field(level))


def _table(care: Care, found: list[Measure]) -> pd.DataFrame:
    level, any_enough = care.study.confidence_level, any(map(_enough, found))
    table = frame(
        _row(measure, verdict, level)
        for measure, verdict in zip(found, judged(found, level), strict=True)
        if _enough(measure) or not any_enough
    )
    return table.astype(dict.fromkeys(SHARES, "float64"))


def _row(measure: Measure, verdict: str, level: float) -> tuple[dict[str, Any], Estimate]:
    """What a reader and the figure need beside the difference, and the difference itself."""
    own, field, others = measure.own(level), measure.field(level), measure.others
    difference = square_and_add(own, field).in_points()
    enough = len(others) >= FEWEST_FOR_RANGE
    keys = {
        "measure": measure.name,
        "kind": measure.kind,
        "about": measure.about,
        "own_text": str(own),
        "field_text": field.value_text(),
        "difference_text": _signed(difference),
        "verdict_text": _(VERDICT_WORDS[verdict]),
        "verdict": verdict,
        "own": own.value,
        "own_low": own.low,
        "own_high": own.high,
        "own_n": own.n,
        "field": field.value,
        "field_low": field.low,
        "field_high": field.high,
        "others_low": min(others) if enough else None,
        "others_high": max(others) if enough else None,
    }
    return keys, difference


def _signed(difference: Estimate) -> str:
    """A difference with its sign and its interval: "+12 (−3 to +27)"."""
    if difference.value is None or difference.low is None or difference.high is None:
        return "–"
    value, low, high = (
        f"+{number(x)}" if round(x) > 0 else number(x)
        for x in (difference.value, difference.low, difference.high)
    )
    return _("{value} ({low} to {high})").format(value=value, low=low, high=high)


def _headline(care: Care, table: pd.DataFrame) -> str:
    said = table["verdict"].value_counts()
    above, below = int(said.get(ABOVE, 0)), int(said.get(BELOW, 0))
    fields = {
        "provider": care.study.provider,
        "n": number(int(table["verdict"].ne(BENEATH).sum())),
        "above": number(above),
        "below": number(below),
    }
    if not above and not below:
        return _(
            "{provider} is distinguishable from the field on none of {n} measures, which does "
            "not show that it is the same"
        ).format(**fields)
    return _(
        "Of {n} measures, {provider} is clearly above the field on {above} and clearly below it "
        "on {below}"
    ).format(**fields)


def _alt(table: pd.DataFrame) -> str:
    rows = [
        _("{measure} {own}, the others {field}").format(
            measure=row["measure"], own=row["own_text"], field=row["field_text"]
        )
        for row in records(table)
    ]
    return _(
        "A dot with its interval for each measure beside the mean of the others: {rows}."
    ).format(rows="; ".join(rows))


def _notes(care: Care, n_others: int, found: list[Measure]) -> tuple[str, ...]:
    family = [measure for measure in found if not measure.beneath]
    few = [measure.name for measure in family if not _enough(measure)]
    return (
        _(
            "The field is the mean of the {n} other providers, who are not named. Intervals of "
            "differences combine the two intervals (square-and-add); “clearly” means that "
            "the difference is not 0 at {level}, with Holm’s correction over these {family} "
            "measures, one for each set of attempts: {names}."
        ).format(
            n=number(n_others),
            level=percent(care.study.confidence_level),
            family=number(len(family)),
            names="; ".join(measure.name for measure in family),
        ),
        *([_("Too few attempts to judge: {names}.").format(names="; ".join(few))] if few else []),
        _("A row “not judged” looks at the same attempts as the row judged above it."),
        *care.not_limited("attempts"),
    )
