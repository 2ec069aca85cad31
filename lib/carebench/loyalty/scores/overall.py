"""CSAT, NPS and CES of the wave."""

from __future__ import annotations

from ...estimate import frame
from ...finding import Answer, Finding, Skipped, needs
from ...language import _
from ...sources import Care
from .answers import SCORES, answers, definition, score_of
from .weights import weight_notes


@needs("survey")
def scores(care: Care) -> Answer:
    """CSAT, NPS and CES of the wave, whichever the survey asked."""
    rows = answers(care)
    asked = [score for score in SCORES if score in rows]
    if not asked:
        return Skipped(_("The survey asked none of CSAT, NPS and CES."))
    estimates = [
        ({"score": _(SCORES[score]), "what": definition(care, score)}, score_of(care, rows, score))
        for score in asked
    ]
    return Finding(
        "scores",
        frame(estimates),
        headline="; ".join(f"{keys['score']} {estimate}" for keys, estimate in estimates),
        labels={"score": _("score"), "what": _("what it counts"), "value": _("estimate")},
        notes=tuple(weight_notes(care)),
    )
