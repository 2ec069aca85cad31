"""How many attempts a person answered, channel by channel, and against what was published."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd

from ...estimate import Estimate, frame, from_row, records
from ...finding import Answer, Finding, Skipped, needs
from ...language import _, number, percent
from ...methods.comparisons import NOT_DISTINGUISHABLE, verdict
from ...methods.planning import minimum_detectable_difference
from ...sources import Care
from ..quality.doubt import channel_doubt_notes
from ..trials.calls import part_of_week_notes, uneven, untried_parts
from ..trials.queues import stopped_note
from ..trials.selection import (
    CHANNEL_NAMES,
    attempts,
    channels,
    left_out,
    listed,
    overall_of,
    published,
)
from ..trials.whole import answered, over_all, tried

MUCH = 1.5  # a design effect above it makes a naive interval misleading
ONE_OF_MANY = 0.5  # of the attempts; above, one shopper's manner is mixed up with the result


@needs("attempts", "channel")
def by_channel(care: Care) -> Answer:
    """Share answered by a person, channel by channel, against what was published."""
    rows = attempts(care)
    found = [
        (channel, name, part, overall_of(care, answered(care, channel)))
        for channel, name, part in channels(rows)
    ]
    if not found:
        return Skipped(_("No attempt names its channel."))
    leaning = {channel for channel, *_rest in found if uneven(care, channel)}
    table = frame(
        ({"channel": name, **_against(care, channel, estimate, channel in leaning)}, estimate)
        for channel, name, _part, estimate in found
    ).sort_values("value", ascending=False, ignore_index=True)
    compared = table["reference"].notna().any()
    labels = {"channel": _("channel"), "value": _("answered")}
    if compared:
        labels["verdict"] = _("against the published figure")
    return Finding(
        "answered-by-channel",
        table,
        headline=_headline(_tried_alike(care, records(table), found, leaning)),
        caption=" ".join(_caption(care, rows, compared=bool(compared))),
        alt=_("Dots with intervals: {rows}.").format(rows=listed(table, "channel")),
        labels=labels,
        notes=tuple(_notes(care, rows, found, leaning)),
    )


def shopper_notes(channel: str, part: pd.DataFrame) -> Iterator[str]:
    """A warning where one shopper made most of the attempts in `part`."""
    if "shopper" not in part or part["shopper"].isna().all():
        return
    most = float(part["shopper"].value_counts().iloc[0]) / len(part)
    if most > ONE_OF_MANY:
        yield _(
            "{channel}: one shopper made {share} of the attempts; what is the shopper’s doing "
            "cannot be told from what is the providers’."
        ).format(channel=_(CHANNEL_NAMES[channel]).capitalize(), share=percent(most))


def _against(care: Care, channel: str, estimate: Estimate, leaning: bool) -> dict[str, Any]:
    """The published figure, and the verdict on it; none of a channel that leans to some hours."""
    reference = published(care, channel)
    number_printed = reference["reference"]
    judged = number_printed is not None and not leaning
    said = verdict(estimate, number_printed) if judged else ""
    return {**reference, "verdict": _(said) if said else None}


def _tried_alike(
    care: Care,
    best_first: list[dict[str, Any]],
    found: list[tuple[str, str, pd.DataFrame, Estimate]],
    leaning: set[str],
) -> list[dict[str, Any]]:
    """The channels tried in all parts of the week; where there is none, the one tried most.

    Of the others a share by day would be set against one of day and night.
    """
    partly = {
        name
        for channel, name, *_rest in found
        if channel in leaning or untried_parts(care, channel)
    }
    alike = [row for row in best_first if row["channel"] not in partly]
    return alike or [max(best_first, key=lambda row: row["n"])]


def _headline(best_first: list[dict[str, Any]]) -> str:
    best, worst = best_first[0], best_first[-1]
    headline = _("A person answered {rate} by {channel}")
    if len(best_first) > 1:
        headline = _("A person answered {rate} by {channel}, and {high} by {best}")
    return headline.format(
        rate=from_row(worst), channel=worst["channel"], high=from_row(best), best=best["channel"]
    )


def _caption(care: Care, rows: pd.DataFrame, *, compared: bool) -> Iterator[str]:
    level = percent(care.study.confidence_level)
    if "provider" not in rows or rows["provider"].nunique() < 2:
        yield _("Share of attempts answered by a person, with {level} intervals.").format(
            level=level
        )
    elif care.study.audit.providers_are == "sample":
        yield _(
            "Share of attempts answered by a person, over firms like the audited ones, of which "
            "these are taken as a sample, with {level} intervals that count a firm’s attempts as "
            "one cluster."
        ).format(level=level)
    else:
        yield _(
            "Share of attempts answered by a person, mean over the audited providers, each "
            "counting alike, with {level} intervals. They hold for these named providers, not for "
            "firms like them."
        ).format(level=level)
    if compared:
        yield _(
            "Marks: what {source} printed, without its number of attempts. It is taken as an "
            "exact figure; how sure it was is unknown."
        ).format(source=care.study.audit.benchmark)


def _notes(
    care: Care,
    rows: pd.DataFrame,
    found: list[tuple[str, str, pd.DataFrame, Estimate]],
    leaning: set[str],
) -> Iterator[str]:
    yield from over_all(care)
    if "provider" in rows:
        yield from left_out(tried(care), "provider")
    yield from _design_notes(found)
    if "phone" in leaning:
        yield uneven(care, "phone")
    yield from part_of_week_notes(care)
    yield from stopped_note(care)
    yield from channel_doubt_notes(care)
    for channel, name, part, estimate in found:
        yield from shopper_notes(channel, part)
        if channel not in leaning:
            yield from _nothing_found(care, channel, name, estimate)


def _design_notes(found: list[tuple[str, str, pd.DataFrame, Estimate]]) -> Iterator[str]:
    """The design effects, and what a naive interval would have got wrong."""
    effects = {name: e.design_effect for _channel, name, _part, e in found if e.design_effect}
    if not effects:
        return
    yield _("Design effect: {effects}.").format(
        effects="; ".join(f"{name} {number(deff, 2)}" for name, deff in effects.items())
    )
    for name, deff in effects.items():
        if deff > MUCH:
            yield _(
                "{channel}: an interval that took the attempts for one plain sample would be "
                "{share} narrower, and misleading."
            ).format(channel=name.capitalize(), share=percent(1 - 1 / np.sqrt(deff)))


def _nothing_found(care: Care, channel: str, name: str, estimate: Estimate) -> Iterator[str]:
    """Where nothing was found: whether it is the same, and what could have been found."""
    reference = published(care, channel)["reference"]
    if reference is None or verdict(estimate, reference) != NOT_DISTINGUISHABLE:
        return
    level, margin = care.study.confidence_level, care.study.audit.equivalence_margin
    within = overall_of(care, answered(care, channel), level=2 * level - 1)
    if reference - margin < (within.low or 0.0) and (within.high or 1.0) < reference + margin:
        yield _(
            "{channel}: the same as the published figure within {margin} points ({level} interval)."
        ).format(
            channel=name.capitalize(), margin=number(margin * 100), level=percent(2 * level - 1)
        )
        return
    effective = int(estimate.n / max(estimate.design_effect or 1.0, 1.0))
    gap = minimum_detectable_difference(effective, benchmark=reference, confidence_level=level)
    if np.isfinite(gap):
        yield _(
            "{channel}: not distinguishable is not the same; a difference of {points} points from "
            "the published figure would have been found four times in five."
        ).format(channel=name.capitalize(), points=number(gap * 100))
