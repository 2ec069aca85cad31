"""How much of the outcome each driver goes along with, and which way."""

from __future__ import annotations

import pandas as pd

from ...estimate import from_row, records
from ...finding import Answer, Finding, Skipped, needs
from ...language import _, number, percent
from ...sources import Care
from .answers import Answers, answers, loss_note
from .directions import coefficients
from .shares import of_items, shares

MOST_NAMED = 3  # of drivers that may lead


@needs("survey")
def drivers(care: Care) -> Answer:
    """What satisfaction goes with: each item's share of the explained variance."""
    found = answers(care)
    if isinstance(found, Skipped):
        return found
    rows = shares(care, found)
    if isinstance(rows, Skipped):
        return rows
    slopes, model = coefficients(care, found, rows)
    drawn = {"value": "coefficient", "low": "coefficient_low", "high": "coefficient_high",
             "unit": "coefficient_unit", "reason": "coefficient_reason"}  # fmt: skip
    table = of_items(rows)
    table = table.join(slopes[[*drawn, "tied"]].rename(columns=drawn))
    return Finding(
        "drivers",
        table,
        headline=_leading(found.outcome_words, table),
        caption=_caption(care, found, table, model),
        alt=_("Dots with intervals: {rows}.").format(
            rows="; ".join(f"{row['item']} {from_row(row)}" for row in records(table))
        ),
        labels={
            "item": _("item"),
            "value": _("share of explained variance"),
            "places": _("places left open"),
            "borrowed": _("share without a tie of its own"),
        },
        styles={"borrowed": "share"},
        notes=_notes(found),
    )


def _leading(outcome: str, table: pd.DataFrame) -> str:
    """Which item the outcome goes with most, or which are not told apart."""
    lead = records(table[table["best_place"].eq(1)])
    fields = {"outcome": outcome.capitalize(), "first": lead[0]["item"]}
    if len(lead) == 1:
        return _("{outcome} goes most with {first}: {share} of what the items explain").format(
            **fields, share=from_row(lead[0])
        )
    if len(lead) == 2:
        return _(
            "{outcome} goes most with {first} or {second}: which of the two leads is not told apart"
        ).format(**fields, second=lead[1]["item"])
    if len(lead) <= MOST_NAMED:
        return _("{outcome} goes most with {items}: which of them leads is not told apart").format(
            **fields, items=", ".join(row["item"] for row in lead)
        )
    return _("{outcome}: which of {n} items it goes with most is not told apart").format(
        **fields, n=number(len(lead))
    )


def _caption(care: Care, found: Answers, table: pd.DataFrame, model: str) -> str:
    first = records(table)[0]
    text = _(
        "Each item’s share of the explained variance of {outcome} (LMG), with {level} bootstrap "
        "intervals. Together the items explain {r_squared} of it (R²; adjusted {adjusted}; n = "
        "{n}). A grey mark is the share that an item would take if nothing but its correlation "
        "with the other items tied it to {outcome}."
    ).format(
        outcome=found.outcome_words,
        level=percent(care.study.confidence_level),
        r_squared=percent(first["r_squared"]),
        adjusted=percent(first["adjusted_r_squared"]),
        n=number(first["n"]),
    )
    return f"{text} {model}"


def _notes(found: Answers) -> tuple[str, ...]:
    return (
        _(
            "An association within one survey, not an effect: an item without any effect of its "
            "own still takes a share where it goes along with one that has. The last column says "
            "how large that share would be."
        ),
        _(
            "All answers come from the same people at the same moment, so their mood alone makes "
            "them agree (common-method variance)."
        ),
        _(
            "Places are those that the differences of all pairs leave open; items that share "
            "places are not told apart."
        ),
        loss_note(found),
        *found.notes,
    )
