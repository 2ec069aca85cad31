"""How well each item is done today, beside how much satisfaction goes along with it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from ...estimate import Estimate, quantity, records
from ...finding import Answer, Finding, Skipped, needs
from ...language import N_, _, number, percent
from ...methods.least_squares import weighted_mean
from ...sources import Care
from .answers import Answers, answers
from .shares import of_items, shares

MEND, KEEP = N_("much tied, weaker: mend first"), N_("much tied, stronger: keep up")
LATER, ENOUGH = N_("less tied, weaker: mend later"), N_("less tied, stronger: well enough")
UNCERTAIN = N_("uncertain")
QUADRANTS = {(True, False): MEND, (True, True): KEEP, (False, False): LATER, (False, True): ENOUGH}


@needs("survey")
def importance_performance(care: Care) -> Answer:
    """Each item’s mean score and share of variance, with the quarter of the map it is in."""
    found = answers(care)
    if isinstance(found, Skipped):
        return found
    rows = shares(care, found)
    if isinstance(rows, Skipped):
        return rows
    beside = ["places", "best_place", "worst_place", "borrowed", "r_squared", "adjusted_r_squared"]
    table = of_items(rows).drop(columns=beside)
    means = _performance(care, found)
    order = [found.names.index(name) for name in table["item"]]
    for name in ("value", "low", "high"):
        table[f"performance_{name}"] = [getattr(means[j], name) for j in order]
    table["cross_performance"] = float(np.mean([one.value for one in means]))
    table["cross_share"] = 1 / len(table)
    table["least_width"] = _quarter_of_scale(found)
    table["performance"] = [_words(means[j]) for j in order]
    quarters = [_quarter(row) for row in records(table)]
    table["quarter"] = [_(word) for word in quarters]
    table["certain"] = [word != UNCERTAIN for word in quarters]
    return _finding(care, found, table, quarters)


def _performance(care: Care, found: Answers) -> list[Estimate]:
    """Mean of each driver over all who scored it; in per cent of the scale where scales differ."""
    level, scales = care.study.confidence_level, found.driver_scales
    alike = len(set(scales)) == 1
    means = []
    for scores, (low, high) in zip(found.drivers.T, scales, strict=True):
        values = scores if alike or high == low else 100 * (scores - low) / (high - low)
        ends = (low, high) if alike else (0.0, 100.0)
        means.append(weighted_mean(values, found.weights, scale=ends, confidence_level=level))
    return means


def _quarter_of_scale(found: Answers) -> float:
    """Of the axis of means, which must not be narrower."""
    scales = set(found.driver_scales)
    (low, high), *_others = scales
    return (high - low if len(scales) == 1 else 100) / 4


def _quarter(row: dict[str, Any]) -> str:
    """The quarter of the map, where both intervals leave out the lines of the cross."""

    def beyond(low: float, high: float, line: float) -> bool | None:
        return True if low > line else False if high < line else None

    tied = beyond(row["low"], row["high"], row["cross_share"])
    strong = beyond(row["performance_low"], row["performance_high"], row["cross_performance"])
    if tied is None or strong is None:
        return UNCERTAIN
    return QUADRANTS[tied, strong]


def _words(estimate: Estimate) -> str:
    value = quantity(estimate.value or 0, "score")
    return f"{value} ({estimate.interval_text()})" if estimate.has_interval else value


def _finding(care: Care, found: Answers, table: pd.DataFrame, quarters: list[str]) -> Finding:
    names = [
        row["item"] for row, word in zip(records(table), quarters, strict=True) if word == MEND
    ]
    if names:
        headline = _("Much tied to {outcome} and weaker than the other items: {items}").format(
            outcome=found.outcome_words, items=", ".join(names)
        )
    else:
        headline = _(
            "No item is clearly both much tied to {outcome} and weaker than the others; uncertain "
            "are {k} of {n}"
        ).format(outcome=found.outcome_words, k=number(quarters.count(UNCERTAIN)),
                 n=number(len(table)))  # fmt: skip
    scales = found.driver_scales
    unit = (
        _("scale from {low} to {high}").format(low=number(scales[0][0]), high=number(scales[0][1]))
        if len(set(scales)) == 1
        else _("per cent of each item’s scale")
    )
    return Finding(
        "importance-performance",
        table.assign(axis=_("mean score ({unit})").format(unit=unit)),
        headline=headline,
        caption=_(
            "Across: mean score of each item ({unit}); up: its share of the explained variance of "
            "{outcome} (LMG); {level} intervals of both. The cross stands at the mean of all items "
            "and at an equal share ({equal}). A quarter of the map is named only where both "
            "intervals leave out its lines; hollow marks are uncertain. Shares are associations, "
            "so to mend an item first is a place to look, not a promise."
        ).format(
            unit=unit,
            outcome=found.outcome_words,
            level=percent(care.study.confidence_level),
            equal=percent(1 / len(table)),
        ),
        alt=_("Points with intervals both ways: {rows}.").format(
            rows="; ".join(
                f"{r['item']} {r['performance']}, {r['quarter']}" for r in records(table)
            )
        ),
        labels={
            "item": _("item"),
            "quarter": _("part of the map"),
            "performance": _("mean score"),
            "value": _("share of explained variance"),
        },
        notes=found.notes,
    )
