"""Customer effort (CES) beside loyalty: recommendation, switching, and people brought."""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd

from ...estimate import Estimate, frame
from ...finding import Answer, Finding, Skipped, needs
from ...language import N_, _
from ...methods.differences import square_and_add
from ...sources import Care
from ..scores import score_of
from .survey import (
    HIGH,
    LOW,
    MIDDLE,
    classes,
    mean_brought,
    points,
    respondents,
    share_saying,
    weights_note,
)

EFFORT = {
    LOW: N_("hard ({points})"),
    MIDDLE: N_("neither ({points})"),
    HIGH: N_("easy ({points})"),
}
MEASURES = {
    "nps": N_("NPS"),
    "would_switch": N_("would switch"),
    "referred": N_("people brought, on average"),
}


@needs("survey", "ces")
def effort_and_loyalty(care: Care) -> Answer:
    """NPS, the share who would switch and people brought, by how easy it was, and hard − easy."""
    rows = respondents(care)
    asked = [measure for measure in MEASURES if measure in rows and rows[measure].notna().any()]
    found = classes(care, rows, "ces")
    there = [part for part in EFFORT if (found == part).any()]
    if not asked or not there:
        return Skipped(_("Nobody answered both how easy it was and a question of loyalty."))
    table, gaps = [], []
    for measure in asked:
        by_part = {part: _measured(care, rows[found == part], measure) for part in there}
        for part, value in by_part.items():
            name = _(EFFORT[part]).format(points=points(care, "ces", part))
            table.append(({"measure": _(MEASURES[measure]), "effort": name}, value))
        if {LOW, HIGH} <= set(by_part):
            gap = _hard_less_easy(by_part[LOW], by_part[HIGH])
            in_points = measure == "would_switch"
            minus = _("hard − easy, in points") if in_points else _("hard − easy")
            table.append(({"measure": _(MEASURES[measure]), "effort": minus}, gap))
            gaps.append((_("would switch, in points,") if in_points else _(MEASURES[measure]), gap))
    return Finding(
        "effort-and-loyalty",
        frame(table),
        headline=_headline(gaps),
        caption=_("How easy it was, in the words of the respondents, on the scale of CES."),
        labels={"measure": _("measure"), "effort": _("effort"), "value": _("estimate")},
        notes=(
            _(
                "“Goes with” is an association within one survey: easy contacts may be those of "
                "customers who were content before."
            ),
            *weights_note(care),
            *care.not_limited("survey"),
        ),
    )


def _measured(care: Care, rows: pd.DataFrame, measure: str) -> Estimate:
    ask: dict[str, Callable[[], Estimate]] = {
        "nps": lambda: score_of(care, rows, "nps"),
        "would_switch": lambda: share_saying(care, rows, "would_switch"),
        "referred": lambda: mean_brought(care, rows),
    }
    return ask[measure]()


def _hard_less_easy(hard: Estimate, easy: Estimate) -> Estimate:
    gap = square_and_add(hard, easy)
    return gap.in_points() if gap.unit == "share" else gap


def _headline(gaps: list[tuple[str, Estimate]]) -> str:
    known = [(words, gap) for words, gap in gaps if gap.low is not None and gap.high is not None]
    if not known:
        return _("Whether ease goes with loyalty cannot be told")
    clear = [(words, gap) for words, gap in known if gap.low > 0 or gap.high < 0]  # type: ignore[operator]
    said = "; ".join(f"{words} {gap}" for words, gap in clear or known)
    if not clear:
        return _("Hard and easy contacts are not distinguishable: {differences}").format(
            differences=said
        )
    return _("Hard against easy contacts goes with: {differences}").format(differences=said)
