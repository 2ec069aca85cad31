"""Requests before, at and after the purchase, and by the method with which care is given."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from itertools import combinations
from typing import Any

import pandas as pd

from ...estimate import Estimate, frame, quantity
from ...finding import Answer, Finding, Skipped, needs
from ...language import N_, _, percent
from ...methods.proportions import SMALL
from ...methods.strata import difference_within
from ...schema import METHODS, STAGES
from ...sources import Care
from ..trials.selection import STAGE_NAMES, attempts, listed, overall

METHOD_NAMES = {
    "centralised": N_("at a care centre"),
    "point_of_sale": N_("at a point of sale"),
    "at_customer": N_("at the customer’s"),
    "indirect": N_("from afar"),
}
FORM_NAMES = {"direct": N_("face to face"), "indirect": N_("at a distance")}
PART_H = 6  # attempts this near to each other in the day are set against each other
OTHER_HOURS = N_("tried at other hours of the week: cannot be compared")
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

    def turned(self) -> Gap:
        """The same difference, seen from the other group."""
        value, low, high = self.difference.value, self.difference.low, self.difference.high
        if value is None or low is None or high is None:
            return self
        turned = replace(self.difference, value=-value, low=-high, high=-low)
        return Gap(self.low, self.high, turned)

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
    sizes = rows[column].value_counts()
    groups = sorted(str(group) for group in sizes.index[sizes >= SMALL])
    pairs = list(combinations(groups, 2))
    level = 1 - (1 - care.study.confidence_level) / max(1, len(pairs))
    counted = by_hour(care, rows, column, measure)
    gaps = [gap_between(counted, one, other, level) for one, other in pairs]
    gaps = [gap if (gap.difference.value or 0) >= 0 else gap.turned() for gap in gaps]
    return max(gaps, key=_clearness, default=None)


def by_hour(care: Care, rows: pd.DataFrame, column: str, measure: str) -> pd.DataFrame:
    """Attempts n and successes k by provider, kind of hour and group of `column`.

    Kinds of hour are those of a weekday, a Saturday and a Sunday in the study's zone, 0 to 71;
    all are 0 where no attempt has a time, else attempts without one are left out.
    """
    if "provider" in rows:
        rows = rows[rows["provider"].notna()]
    provider = rows["provider"] if "provider" in rows else ""
    moved = rows.assign(group=rows[column], owner=provider, hour=0)
    if has_times(rows):
        moved = moved[moved["sent_at"].notna()]
        local = moved["sent_at"].dt.tz_convert(care.study.zone or "UTC")
        moved = moved.assign(hour=(local.dt.day_of_week - 4).clip(0, 2) * 24 + local.dt.hour)
    grouped = moved.groupby(["owner", "hour", "group"], observed=True)[measure]
    return grouped.agg(k="sum", n="size").reset_index().astype({"owner": str, "group": str})


def gap_between(counted: pd.DataFrame, one: str, other: str, level: float) -> Gap:
    """By how much `one` is ahead of `other` in the hours of the week that both were tried in.

    Only a provider's attempts in the same part of six hours are set against each other: a visit
    is made by day, and calls at night would make it look better than it is.
    """
    sides = [counted[counted["group"].eq(group)] for group in (one, other)]
    shared = set(sides[0]["hour"]) & set(sides[1]["hour"])
    cells = [
        side[side["hour"].isin(shared)]
        .assign(part=lambda table: table["hour"] // PART_H)
        .groupby(["owner", "part"])[["k", "n"]]
        .sum()
        for side in sides
    ]
    both = cells[0].join(cells[1].add_suffix("_other"), how="inner")
    if both.empty or min(both["n"].sum(), both["n_other"].sum()) < SMALL:
        return Gap(one, other, Estimate.absent(OTHER_HOURS))
    columns = (both[name] for name in ("k", "n", "k_other", "n_other"))
    return Gap(one, other, difference_within(*columns, confidence_level=level))


def has_times(rows: pd.DataFrame) -> bool:
    """Whether any attempt says when it was made."""
    return "sent_at" in rows and bool(rows["sent_at"].notna().any())


def _clearness(gap: Gap) -> float:
    """How far the interval keeps from 0; least of all where there is none."""
    return -2.0 if gap.difference.low is None else gap.difference.low


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
        headline=_headline(table, names, gap, timed=has_times(rows)),
        caption=_caption(care, column),
        alt=_("Dots with intervals: {rows}.").format(rows=listed(table, "what")),
        labels={"what": heading, "value": _("share of requests")},
        notes=_notes(rows, parts, gap),
    )


def _keys(group: str, names: Mapping[str, str], measure: str) -> dict[str, Any]:
    what = _(MEASURES[measure]).format(group=_(names[group]))
    return {"what": what, "group": group, "measure": measure}


def _headline(
    table: pd.DataFrame, names: Mapping[str, str], gap: Gap | None, *, timed: bool
) -> str:
    if gap is None:
        return _("Answered and resolved: {rows}").format(rows=listed(table.head(2), "what"))
    if gap.difference.value is None:
        return _(
            "Which requests are answered more often cannot be told: they were tried at other "
            "hours of the week"
        )
    if gap.established and timed:
        text = _(
            "At the same hours of the week, requests {high} are answered clearly more often than "
            "those {low}: by {gap}"
        )
    elif gap.established:
        text = _(
            "Requests {high} were answered more often than those {low}, by {gap}; whether they "
            "were tried at the same hours is not known"
        )
    elif timed:
        text = _(
            "No difference in being answered is established at the same hours of the week; the "
            "clearest is {gap}"
        )
    else:
        text = _("No difference in being answered is established; the clearest is {gap}")
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


def _notes(
    rows: pd.DataFrame, parts: Mapping[str, pd.DataFrame], gap: Gap | None
) -> tuple[str, ...]:
    notes = []
    if gap is not None:
        notes.append(
            _("The difference named is judged at a level that holds for every pair at once.")
        )
    if gap is not None and has_times(rows):
        notes.append(
            _(
                "It compares only attempts at the same provider, in hours of the week in which "
                "both were tried (Mantel–Haenszel weights); the shares of the table are each at "
                "the hours at which they were tried and must not be compared."
            )
        )
    if "resolved" not in parts:
        notes.append(_("Whether requests were resolved was not recorded."))
    return tuple(notes)
