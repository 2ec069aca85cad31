"""Which answers lack which item, and how many."""

from __future__ import annotations

import numpy as np

from ...estimate import Estimate, frame
from ...finding import Answer, Finding, Skipped, needs
from ...language import N_, _, number, percent
from ...sources import Care
from .answers import ITEMS, Answers, answers, loss_note

MOST_PATTERNS = 6  # shown; the rest are added up
COUNTED = N_("count of the answers")


@needs("survey")
def missing_answers(care: Care) -> Answer:
    """How many answers lack which items: the patterns, most frequent first."""
    found = answers(care)
    if isinstance(found, Skipped):
        return found
    patterns, n = _patterns(found), len(found.outcome)
    table = frame(
        ({"pattern": pattern}, Estimate(k / n, None, None, n, COUNTED, k=k))
        for pattern, k in patterns
    )
    asked = len(care.current("survey"))
    return Finding(
        "missing-answers",
        table,
        headline=_headline(found),
        labels={"pattern": _("what is missing"), "value": _("share of answers")},
        notes=(
            _(
                "Of {asked} respondents, {n} gave {outcome} and at least one item; only they count "
                "here. “Do not know” counts as missing where the study file says so."
            ).format(asked=number(asked), n=number(n), outcome=found.outcome_words),
            loss_note(found),
        ),
    )


def _headline(found: Answers) -> str:
    lost = int((~found.complete).sum())
    if not lost:
        return _("No answer lacks an item")
    return _("{share} of the answers lack an item ({k} of {n})").format(
        share=percent(found.lost, 1), k=number(lost), n=number(len(found.outcome))
    )


def _patterns(found: Answers) -> list[tuple[str, int]]:
    """Each combination of missing items in words, with how many answers have it."""
    gaps = np.isnan(found.table[:, 1:])
    kinds, counts = np.unique(gaps, axis=0, return_counts=True)
    words = [_(ITEMS.get(item, item)) for item in found.items]
    rows = [
        (" + ".join(word for word, gap in zip(words, kinds[at], strict=True) if gap),
         int(counts[at]))
        for at in np.argsort(-counts, kind="stable")
    ]  # fmt: skip
    shown = [(pattern or _("no item"), k) for pattern, k in rows[:MOST_PATTERNS]]
    rest = sum(k for _pattern, k in rows[MOST_PATTERNS:])
    return [*shown, *([(_("other combinations"), rest)] if rest else [])]
