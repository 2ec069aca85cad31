"""Whether low scores of an item cost more than top scores bring."""

from __future__ import annotations

from ...estimate import frame, quantity
from ...finding import Answer, Finding, Skipped, needs
from ...language import N_, _, number
from ...methods.multiplicity import holm
from ...methods.penalty_reward import Contrast, ends, penalty_reward
from ...schema import DataError
from ...sources import Care
from .answers import Answers, answers, copies, loss_note
from .models import is_ordered

BASIC, EXTRA = N_("basic: low scores weigh more"), N_("extra: top scores weigh more")
EVEN, FEW = N_("not distinguishable"), N_("too few")
SIGNIFICANT = 0.05


@needs("survey")
def driver_ends(care: Care) -> Answer:
    """Penalty–reward contrasts: what low scores of an item go with, and what top scores do."""
    found = answers(care)
    if isinstance(found, Skipped):
        return found
    outcome, drivers, weights = copies(care, found)
    try:
        contrasts = penalty_reward(
            outcome,
            drivers,
            scales=found.driver_scales,
            weights=weights,
            confidence_level=care.study.confidence_level,
        )
    except DataError as error:
        return Skipped(str(error))
    adjusted = holm([each.p_value for each in contrasts])
    words = [_verdict(each, p) for each, p in zip(contrasts, adjusted, strict=True)]
    table = frame(
        (
            {
                "item": name,
                "verdict": _(word),
                "penalty": _points(each, "penalty"),
                "reward": _points(each, "reward"),
                "p_value": p,
            },
            each.contrast,
        )
        for name, word, each, p in zip(found.names, words, contrasts, adjusted, strict=True)
    )
    return Finding(
        "driver-ends",
        table,
        headline=_headline(found, words),
        labels={
            "item": _("item"),
            "verdict": _("verdict"),
            "penalty": _("penalty of a low score"),
            "reward": _("reward of a top score"),
            "value": _("penalty less reward"),
        },
        notes=(_note(found), *_ceiling_note(found), loss_note(found), *found.notes),
    )


def _verdict(contrast: Contrast, p_value: float) -> str:
    if contrast.contrast.value is None:
        return FEW
    if not p_value < SIGNIFICANT:
        return EVEN
    return BASIC if contrast.contrast.value > 0 else EXTRA


def _points(contrast: Contrast, which: str) -> str:
    estimate = getattr(contrast, which)
    if estimate.value is None:
        return "–"
    return f"{quantity(estimate.value, 'score')} ({estimate.interval_text()})"


def _headline(found: Answers, words: list[str]) -> str:
    basic, extra = (
        ", ".join(n for n, w in zip(found.names, words, strict=True) if w == one)
        for one in (BASIC, EXTRA)
    )
    if basic and extra:
        return _(
            "Low scores weigh more than top scores of {basic}; top scores weigh more of {extra}"
        ).format(basic=basic, extra=extra)
    if basic:
        return _("Low scores weigh more than top scores of {items}").format(items=basic)
    if extra:
        return _("Top scores weigh more than low scores of {items}").format(items=extra)
    if set(words) == {FEW}:
        return _("Too few low or top scores to set them against each other")
    return _("Of no item do low and top scores weigh clearly differently")


def _note(found: Answers) -> str:
    low, top = ends(found.driver_scales[0])
    same = len(set(found.driver_scales)) == 1
    text = _(
        "Penalty–reward contrast: points of {outcome} at low scores ({low} or less) and at top "
        "scores ({top}) against scores between, all items in one regression (least squares, HC3). "
        "“Basic” and “extra” need a difference that stands after Holm’s correction both in points "
        "and in log odds for each point between the groups (points alone find penalties where the "
        "scale merely ends), and 15 answers at either end. No Kano classification, no effect."
    )
    if not same:
        text = _(
            "Penalty–reward contrast: points of {outcome} at low scores (the bottom two fifths of "
            "a scale; {low} or less on the first item’s) and at top scores (the highest point; "
            "{top}) against scores between, all items in one regression (least squares, HC3). "
            "“Basic” and “extra” need a difference that stands after Holm’s correction both in "
            "points and in log odds for each point between the groups (points alone find penalties "
            "where the scale merely ends), and 15 answers at either end. No Kano classification, "
            "no effect."
        )
    return text.format(outcome=found.outcome_words, low=number(low), top=number(top))


def _ceiling_note(found: Answers) -> tuple[str, ...]:
    if is_ordered(found):
        return ()
    return (
        _(
            "The outcome has too many different values for log odds, so it is not known whether a "
            "penalty comes from the end of its scale."
        ),
    )
