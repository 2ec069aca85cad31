"""How each channel changed since the earlier wave, all providers taken together.

The channels of one measure are one family of comparisons, judged by Holm. What is not seen to
change is not said to be the same.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pandas as pd

from ...estimate import frame, from_row, quantity, records
from ...finding import Answer, Finding, Skipped, needs
from ...language import N_, _, number, percent
from ...methods.paired_waves import mean_change, named_change
from ...methods.wave_words import in_words, seen_from
from ...methods.waves import (
    CHANGED,
    NO_CHANGE,
    Change,
    adjusted,
    count_changes,
    not_compared,
    verdicts,
)
from ...schema import CHANNELS
from ...sources import Care, wave_names
from ..trials.selection import over_providers
from .definitions import blocked
from .tallies import MEASURES, UNTIMED, channel_name
from .waves import base, pair

NOT_TRIED = N_("no provider was tried in both waves")
NOT_ASKED = N_("the study speaks of firms like these, not of these alone")
UNNAMED = N_("one of the waves names no provider, the other does")


@needs("attempts")
def changes(care: Care, measure: str = "answered") -> Answer:
    """How one measure changed in each channel, over the providers that are in both waves."""
    counts = pair(care, measure)
    if isinstance(counts, Skipped):
        return counts
    table = _by_channel(care, counts, measure)
    then, now = wave_names(care)[-2:]
    return Finding(
        f"changes-{measure}",
        table,
        headline=_headline(table, _(MEASURES[measure]), then, now),
        caption=_caption(care, _(MEASURES[measure]), paired=bool((table["providers"] > 1).any()))
        + base(care),
        alt=in_words(table, "channel"),
        labels={
            "channel": _("channel"),
            "rates": _("{then} → {now}").format(then=then, now=now),
            "value": _("change in points"),
            "verdict": _("verdict"),
            "seen_from": _("would be seen from"),
        },
        notes=tuple(
            _named_note(row)
            for row in records(table)
            if row["named_changed"] and not row["changed"]
        ),
    )


def _by_channel(care: Care, counts: pd.DataFrame, measure: str) -> pd.DataFrame:
    """The change in each channel, and its verdict."""
    parts = list(_channels(counts))
    found = [_channel(care, part, channel, measure, len(parts)) for channel, part in parts]
    margin = 100 * care.study.audit.equivalence_margin
    changed = [change for _keys, change, _named in found]
    words, p_values = verdicts(changed, margin=margin), adjusted(changed)
    named = verdicts([named for _keys, _change, named in found], margin=None)
    return frame(
        (
            {
                "channel": keys["channel"],
                "changed": word in CHANGED,
                **keys,
                "verdict": _(word),
                "p_value": p,
                "named_changed": named_word in CHANGED,
                "detectable": change.detectable,
                "seen_from": seen_from(change) if word == NO_CHANGE else "–",
                "margin": margin,
            },
            change.estimate,
        )
        for (keys, change, _named), word, named_word, p in zip(
            found, words, named, p_values, strict=True
        )
    )


def _channels(counts: pd.DataFrame) -> Iterator[tuple[str, pd.DataFrame]]:
    """The counts of each channel, in the order of the schema."""
    for channel in ("", *CHANNELS):
        part = counts[counts["channel"].eq(channel)]
        if len(part):
            yield channel, part


def _channel(
    care: Care, part: pd.DataFrame, channel: str, measure: str, comparisons: int
) -> tuple[dict[str, Any], Change, Change]:
    """One channel: its rates in both waves, their change, and that of these named providers."""
    both = part[(part["n_then"] > 0) & (part["n_now"] > 0)]
    then, now = (
        (both[f"k_{wave}"].tolist(), both[f"n_{wave}"].tolist()) for wave in ("then", "now")
    )
    level, named = care.study.confidence_level, not_compared(NOT_ASKED)
    if reason := _stop(care, part, both, channel, measure):
        change = not_compared(reason, n=int(part[["n_then", "n_now"]].to_numpy().sum()))
    elif len(both) == 1:
        (change,) = count_changes(then, now, confidence_level=level)
    else:
        change = mean_change(then, now, confidence_level=level, comparisons=comparisons)
        if care.study.audit.providers_are == "all":
            named = named_change(then, now, confidence_level=level)
    rates = [
        over_providers(care, *counts).value_text() if len(both) else "–" for counts in (then, now)
    ]
    return (
        {
            "channel": channel_name(channel),
            "rates": " → ".join(rates),
            "providers": len(both) if both["provider"].ne("").any() else 0,
            "named_low": named.estimate.low,
            "named_high": named.estimate.high,
        },
        change,
        named,
    )


def _stop(care: Care, part: pd.DataFrame, both: pd.DataFrame, channel: str, measure: str) -> str:
    """Why a channel is not compared; empty where it may be."""
    if not part["timed"].all():
        return UNTIMED
    if both.empty:
        return UNNAMED if part["provider"].eq("").any() else NOT_TRIED
    return blocked(care).get((measure, channel), "")


def _headline(table: pd.DataFrame, measure: str, then: str, now: str) -> str:
    fields = {"measure": measure.capitalize(), "then": then, "now": now}
    if not (compared := int(table["p_value"].notna().sum())):
        return _("{measure}: nothing can be compared between {then} and {now}").format(**fields)
    changed = [row for row in records(table) if row["changed"]]
    if not changed:
        text = _("{measure}: no channel as a whole is seen to change between {then} and {now}")
        if compared < len(table):
            text = _(
                "{measure}: of {every} channels {compared} could be compared between {then} and "
                "{now}; no change is seen there"
            )
        return text.format(**fields, compared=number(compared), every=number(len(table)))
    parts = "; ".join(
        _("{channel} {verdict}: {change}, in points").format(
            channel=row["channel"], verdict=row["verdict"], change=from_row(row)
        )
        for row in changed
    )
    return _("{measure}, {then} to {now}: {changes}").format(**fields, changes=parts)


def _caption(care: Care, measure: str, *, paired: bool) -> str:
    alone = _(
        "Share {measure}, change in points with {level} Newcombe intervals. The channels are one "
        "family (Holm). “The same” needs the {inner} interval within ±{margin} points, the shaded "
        "band; “no change seen” does not say that there was none. Triangles are established "
        "changes, hollow dots are not."
    )
    over_providers_in_both = _(
        "Share {measure}, change in points with {level} intervals: the mean over the providers "
        "that are in both waves, paired by provider (Student’s t). The channels are one family "
        "(Holm). “The same” needs the {inner} interval within ±{margin} points, the shaded band; "
        "“no change seen” does not say that there was none. Triangles are established changes, "
        "hollow dots are not."
    )
    return (over_providers_in_both if paired else alone).format(
        measure=measure,
        level=percent(care.study.confidence_level),
        inner=percent(2 * care.study.confidence_level - 1),
        margin=quantity(100 * care.study.audit.equivalence_margin, "points"),
    )


def _named_note(row: dict[str, Any]) -> str:
    return _(
        "{channel}: for these named providers alone the mean change lies between {low} and {high} "
        "points. They changed so differently that this says nothing of firms like them."
    ).format(
        channel=str(row["channel"]).capitalize(),
        low=quantity(row["named_low"], "points"),
        high=quantity(row["named_high"], "points"),
    )
