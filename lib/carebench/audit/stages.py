"""Requests before, at and after the purchase, and by the method with which care is given."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import pandas as pd

from ..estimate import Estimate, frame, quantity
from ..finding import Answer, Finding, Skipped, needs
from ..language import N_, _, percent
from ..methods.differences import square_and_add
from ..methods.proportions import SMALL
from ..schema import METHODS, STAGES
from ..sources import Care
from .selection import attempts, listed, overall

STAGE_NAMES = {
    "before": N_("before the purchase"),
    "at": N_("at the purchase"),
    "after": N_("after the purchase"),
}
METHOD_NAMES = {
    "centralised": N_("at a care centre"),
    "point_of_sale": N_("at a point of sale"),
    "at_customer": N_("at the customer’s"),
    "indirect": N_("from afar"),
}
FORM_NAMES = {"direct": N_("face to face"), "indirect": N_("at a distance")}
FORMS = ("direct", "indirect")
MEASURES = {"answered": N_("{group}: answered"), "resolved": N_("{group}: resolved")}


@needs("attempts", "stage")
def by_stage(care: Care) -> Answer:
    """Requests answered and resolved before, at and after the purchase."""
    return _compared(care, "stage", STAGES, STAGE_NAMES, _("stage of the purchase"))


@needs("attempts", "method")
def by_method(care: Care) -> Answer:
    """Requests answered and resolved by the method with which care is given."""
    return _compared(care, "method", METHODS, METHOD_NAMES, _("method of care"))


@needs("attempts", "form")
def by_form(care: Care) -> Answer:
    """Requests answered and resolved face to face and at a distance."""
    return _compared(care, "form", FORMS, FORM_NAMES, _("form of care"))


@dataclass(frozen=True, slots=True)
class Gap:
    """By how much one group is ahead of another, `difference` in shares."""

    high: str
    low: str
    difference: Estimate

    @property
    def established(self) -> bool:
        """Whether the interval leaves out 0."""
        return self.difference.low is not None and self.difference.low > 0

    def __str__(self) -> str:
        """In percentage points, with the interval."""
        value, low, high = self.difference.value, self.difference.low, self.difference.high
        if value is None or low is None or high is None:
            return _("not known")
        digits = 0 if max(abs(low), abs(high)) >= 0.01 else 1
        texts = (quantity(share * 100, "points", digits) for share in (value, low, high))
        return _("{value} points ({low} to {high})").format(
            **dict(zip(("value", "low", "high"), texts, strict=True))
        )


def clearest_gap(care: Care, rows: pd.DataFrame, column: str, measure: str) -> Gap | None:
    """The difference between two groups of `column` that stands out most from 0.

    Its interval is widened so that it would hold for every pair at once (Bonferroni), for the
    pair was picked among all: of three equal groups, two were told apart in 5 % of simulated
    studies. Groups of fewer than five attempts are not compared.
    """
    needed = [name for name in (column, "provider", measure) if name in rows]
    groups = rows[needed].groupby(column, observed=True)
    parts = {str(group): part for group, part in groups if len(part) >= SMALL}
    pairs = list(combinations(parts, 2))
    level = 1 - (1 - care.study.confidence_level) / max(1, len(pairs))
    rates = {group: overall(care, part, measure, level=level) for group, part in parts.items()}
    gaps = []
    for pair in pairs:
        low, high = sorted(pair, key=lambda group: rates[group].value or 0.0)
        gaps.append(Gap(high, low, square_and_add(rates[high], rates[low])))
    known = [gap for gap in gaps if gap.difference.low is not None]
    return max(known, key=lambda gap: gap.difference.low or 0.0, default=None)


def with_resolved(rows: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """The attempts that each measure can speak of.

    Who was not answered was not helped, whether or not that was written down.
    """
    parts = {"answered": rows}
    if "resolved" in rows and rows["resolved"].notna().any():
        known = rows[rows["resolved"].notna() | ~rows["answered"]]
        parts["resolved"] = known.assign(resolved=known["resolved"].fillna(False).astype(bool))
    return parts


def _compared(
    care: Care, column: str, order: Iterable[str], names: Mapping[str, str], heading: str
) -> Answer:
    rows = attempts(care)
    rows = rows[rows[column].notna()]
    if "provider" in rows:
        rows = rows[rows["provider"].notna()]
    parts = with_resolved(rows)
    there = [group for group in order if rows[column].eq(group).any()]
    if not there:
        return Skipped(_("No attempt of a listed provider names its {what}.").format(what=heading))
    estimates = [
        (_keys(group, names, measure), overall(care, part[part[column].eq(group)], measure))
        for measure, part in parts.items()
        for group in there
        if part[column].eq(group).any()
    ]
    table = frame(estimates).rename(columns={"group": f"care_{column}"})
    gap = clearest_gap(care, rows, column, "answered")
    return Finding(
        f"by-{column}",
        table,
        headline=_headline(table, names, gap),
        caption=_caption(care, column),
        alt=_("Dots with intervals: {rows}.").format(rows=listed(table, "what")),
        labels={"what": heading, "value": _("share of requests")},
        notes=_notes(parts, gap),
    )


def _keys(group: str, names: Mapping[str, str], measure: str) -> dict[str, Any]:
    what = _(MEASURES[measure]).format(group=_(names[group]))
    return {"what": what, "group": group, "measure": measure}


def _headline(table: pd.DataFrame, names: Mapping[str, str], gap: Gap | None) -> str:
    if gap is None:
        return _("Answered and resolved: {rows}").format(rows=listed(table.head(2), "what"))
    if not gap.established:
        text = _("No difference in being answered is established; the clearest is {gap}")
        return text.format(gap=gap)
    text = _("Requests {high} are answered clearly more often than those {low}: by {gap}")
    return text.format(high=_(names[gap.high]), low=_(names[gap.low]), gap=gap)


def _caption(care: Care, column: str) -> str:
    text = _(
        "Share of all requests that a person answered, and share that was resolved, with {level} "
        "intervals; each provider counts alike."
    ).format(level=percent(care.study.confidence_level))
    if column == "stage":
        return text
    return text + " " + _(
        "Each form and method is also another channel with its own requests and hours, so a "
        "difference does not show that the method makes it."
    )  # fmt: skip


def _notes(parts: Mapping[str, pd.DataFrame], gap: Gap | None) -> tuple[str, ...]:
    notes = []
    if gap is not None:
        notes.append(
            _("The difference named is judged at a level that holds for every pair at once.")
        )
    if "resolved" not in parts:
        notes.append(_("Whether requests were resolved was not recorded."))
    return tuple(notes)
