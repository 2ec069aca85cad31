"""What satisfaction goes with."""

from __future__ import annotations

import pandas as pd

from ..estimate import Estimate, frame, from_row, records
from ..finding import Answer, Finding, Skipped, needs
from ..language import N_, _, number, percent
from ..methods.drivers import lmg
from ..schema import SIX_POINTS, DataError
from ..sources import Care

ITEMS = {
    "csat": N_("satisfaction"),
    "friendliness": N_("friendliness"),
    "empathy": N_("empathy"),
    "fairness": N_("fairness"),
    "customer_at_centre": N_("customer at the centre"),
    "information": N_("information"),
    "choice": N_("choice"),
}


@needs("survey")
def drivers(care: Care) -> Answer:
    """What satisfaction goes with: each item's share of the explained variance."""
    rows = care.current("survey")
    outcome = care.study.loyalty.outcome
    named = care.study.loyalty.drivers
    items = [item for item in named if item in rows and item != outcome]
    if outcome not in rows:
        return Skipped(_("The survey has no item “{item}”.").format(item=outcome))
    if named != SIX_POINTS and len(items) < len(named):
        lacking = [item for item in named if item not in items]
        return Skipped(_("The survey has no item “{item}”.").format(item="”, “".join(lacking)))
    if len(items) < 2:
        return Skipped(_("The survey has no two items that may drive satisfaction."))
    try:
        found = lmg(
            rows[outcome].to_numpy(dtype=float, na_value=float("nan")),
            rows[items].to_numpy(dtype=float, na_value=float("nan")),
            confidence_level=care.study.confidence_level,
        )
    except DataError as error:
        return Skipped(str(error))
    estimates = [
        ({"item": _(ITEMS.get(item, item))}, share)
        for item, share in zip(items, found.shares, strict=True)
    ]
    table = frame(estimates).sort_values("value", ascending=False, ignore_index=True)
    notes = [
        _(
            "An association within one survey, not an effect: an item without any effect of its "
            "own still takes a share where it goes along with one that has."
        ),
        _("{n} answers that lack an item are left out.").format(
            n=number(len(rows) - found.explained.n)
        ),
    ]
    if "weight" in rows:
        notes.append(_("The weights of the survey are not used here."))
    return Finding(
        "drivers",
        table,
        headline=_leading(outcome, table, found.lead),
        caption=_(
            "Each item’s share of the explained variance of {outcome} (LMG), with {level} "
            "bootstrap intervals. Together the items explain {explained} of it (adjusted R²)."
        ).format(
            outcome=_(ITEMS.get(outcome, outcome)),
            level=percent(care.study.confidence_level),
            explained=found.explained,
        ),
        alt=_("Dots with intervals: {rows}.").format(
            rows="; ".join(f"{row['item']} {from_row(row)}" for row in records(table))
        ),
        labels={"item": _("item"), "value": _("share of explained variance")},
        notes=tuple(notes),
    )


def _leading(outcome: str, table: pd.DataFrame, lead: Estimate) -> str:
    """Which item satisfaction goes with most, or which two are not told apart."""
    first, second = records(table)[:2]
    fields = {"outcome": _(ITEMS.get(outcome, outcome)).capitalize(), "first": first["item"]}
    if lead.low is not None and lead.low > 0:
        return _("{outcome} goes most with {first}: {share} of what the items explain").format(
            **fields, share=from_row(first)
        )
    return _(
        "{outcome} goes most with {first} or {second}: which of the two leads is not told apart"
    ).format(**fields, second=second["item"])
