"""How fast a person answered, with those who never were answered kept in."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pandas as pd

from ...estimate import Estimate, frame, from_row, records
from ...finding import Answer, Finding, Skipped, needs
from ...language import N_, _, number
from ...methods import waiting
from ...methods.restricted_mean import restricted_mean
from ...sources import Care
from ..trials.queues import stopped_note
from ..trials.selection import CHANNEL_NAMES, attempts, channels
from ..trials.waits import (
    Waits,
    ended_note,
    had_been_answered,
    has_business_hours,
    horizon,
    in_business,
    length,
    minute_note,
    service_level,
    untimed_note,
    waits_of,
)
from ..trials.whole import over_all, over_drawn
from ..trials.whole_waits import binned_note, whole_waits

TO_THE_MINUTE = N_("times are written to the minute")
MINUTE_S = 60
COARSE_S = 120  # of a service level up to here, times written to the minute tell nothing
SHARE_BOUND = N_("the same, had all who gave up been answered then")
WAIT_BOUND = N_("the same wait, had all who gave up been answered then")
Measures = Iterator[tuple[dict[str, Any], Estimate]]


@needs("attempts", "channel", "sent_at", "answered_at", "observed_until")
def speed(care: Care) -> Answer:
    """Share answered in time and the median wait, by channel, the unanswered kept in."""
    timed = all_channels(care)
    table = _table(timed, lambda channel, waits: _in_time(care, channel, waits))
    if table.empty:
        return Skipped(_("No attempt has both a time of sending and an end of watching."))
    waits = [each for _channel, _name, each in timed]
    return Finding(
        "speed",
        table,
        headline=_speed_headline(table),
        labels={"channel": _("channel"), "measure": _("measure"), "value": _("estimate")},
        notes=(
            _("All attempts count. Attempts are taken as independent of each other."),
            *ended_note(waits),
            *minute_note(waits),
            *_hang_up_note(table),
            *over_all(care),
            *binned_note(waits),
            *untimed_note(sum(each.untimed for each in waits)),
            *stopped_note(care),
            *_sample_note(care),
        ),
    )


@needs("attempts", "channel", "sent_at", "answered_at", "observed_until")
def quartiles(care: Care) -> Answer:
    """By when a quarter and three quarters were answered, and the mean wait within a horizon."""
    every = all_channels(care)
    timed = [each for each in every if each[2].trusted]
    table = _table(timed, lambda channel, waits: _spread(care, channel, waits))
    if table.empty and every:
        return every[0][2].refused(every[0][1])
    if table.empty:
        return Skipped(_("No attempt has both a time of sending and an end of watching."))
    first = _main(table)[0]
    return Finding(
        "quartiles",
        table,
        headline=_("{channel}: {measure} {estimate}").format(
            channel=first["channel"].capitalize(),
            measure=first["measure"],
            estimate=from_row(first),
        ),
        labels={"channel": _("channel"), "measure": _("measure"), "value": _("estimate")},
        notes=(
            _(
                "“Not reached” means that so many never had an answer while we watched. In a mean "
                "wait, whoever had no answer by the end of the span has waited all of it."
            ),
            _(
                "The intervals of the mean waits covered the truth in 91% to 97% of simulated "
                "audits of 8 attempts or more, in 90% to 98% of those of 5."
            ),
            *over_all(care),
            *binned_note([each[2] for each in timed]),
        ),
    )


@needs("attempts", "channel", "sent_at", "answered_at", "observed_until")
def speed_business(care: Care) -> Answer:
    """Waits by the clock on the wall, and by one that runs in business hours only.

    Asked of the channels whose waits last for hours: a call is over before an office closes.
    """
    if not has_business_hours(care):
        return Skipped(_("Neither the study nor its providers say when business is open."))
    timed = [each for each in timed_channels(care) if each[2].trusted and each[2].unit == "hours"]
    both = [(name, wall, in_business(care, wall)) for _channel, name, wall in timed]
    both = [each for each in both if len(each[2].times)]
    if not both:
        return Skipped(_("No attempt was made at a provider whose hours of business are known."))
    table = frame(
        ({"channel": name, "measure": measure, "clock": clock}, estimate)
        for name, *clocks in both
        for measure, *estimates in zip(
            (_("a quarter were answered within"), _("half were answered within")),
            *(_reached(care, waits, 0.25, 0.5) for waits in clocks),
            strict=True,
        )
        for clock, estimate in zip((_("on the wall"), _("business hours")), estimates, strict=True)
    )
    unknown = sum(business.untimed - wall.untimed for _name, wall, business in both)
    return Finding(
        "speed-business",
        table,
        headline=_business_headline(table),
        labels={
            "channel": _("channel"),
            "measure": _("measure"),
            "clock": _("clock"),
            "value": _("estimate"),
        },
        notes=(_business_note(care), *_no_hours_note(unknown), *over_drawn(care)),
    )


def all_channels(care: Care) -> list[tuple[str, str, Waits]]:
    """The same as `timed_channels` of all attempts, though memory may hold some of them only."""
    if not care.sampled("attempts"):
        return timed_channels(care)
    timed = [(code, _(name), whole_waits(care, code)) for code, name in CHANNEL_NAMES.items()]
    return [each for each in timed if each[2].n]


def timed_channels(care: Care) -> list[tuple[str, str, Waits]]:
    """Each channel, its name for the reader and its waits, where it has any."""
    timed = [(code, name, waits_of(part, code)) for code, name, part in channels(attempts(care))]
    return [each for each in timed if len(each[2].times)]


def _table(timed: list[tuple[str, str, Waits]], measures: Callable[..., Measures]) -> pd.DataFrame:
    return frame(
        ({"channel": name, **keys}, estimate)
        for channel, name, waits in timed
        for keys, estimate in measures(channel, waits)
    )


def _in_time(care: Care, channel: str, waits: Waits) -> Measures:
    """The share within the service level and the median, and what hang-ups leave open of them."""
    if not waits.trusted:
        keys = {"measure": _("time to an answer"), "limit": None}
        yield keys, Estimate.absent(waits.mistrust, n=waits.n)
        return
    sooner = had_been_answered(waits)
    limit = service_level(care, channel, waits.unit)
    if limit is not None:
        text = _("answered within {limit}").format(limit=length(limit, waits.unit))
        within = [_within(care, each, limit) for each in (waits, sooner)]
        yield from _with_bound(text, limit, *within)
    yield from _with_bound(
        _("median wait of all"), None, *(_reached(care, each, 0.5)[0] for each in (waits, sooner))
    )


def _with_bound(text: str, limit: float | None, found: Estimate, bound: Estimate) -> Measures:
    """A measure, and beyond it what it would be had all who gave up been answered then."""
    yield {"measure": text, "limit": limit}, found
    moved = (bound.value or 0.0) - (found.value or 0.0)
    # A share can only grow by it, and a wait only shrink.
    if moved > 0 if limit is not None or found.value is None else moved < 0:
        text = _(WAIT_BOUND if limit is None else SHARE_BOUND)
        yield {"measure": text, "limit": limit}, bound


def _spread(care: Care, channel: str, waits: Waits) -> Measures:
    level = care.study.confidence_level
    names = _("a quarter were answered within"), _("three quarters were answered within")
    for text, estimate in zip(names, _reached(care, waits, 0.25, 0.75), strict=True):
        yield {"measure": text}, estimate
    until = horizon(care, channel, waits)
    if until is not None:
        text = _("mean wait in the first {span}").format(span=length(until, waits.unit))
        yield (
            {"measure": text},
            restricted_mean(
                waits.times,
                waits.answered,
                until,
                counts=waits.counts,
                unit=waits.unit,
                confidence_level=level,
            ),
        )


def _within(care: Care, waits: Waits, limit: float) -> Estimate:
    if waits.by_minute and limit <= COARSE_S:
        return Estimate.absent(TO_THE_MINUTE, n=waits.n)
    level = care.study.confidence_level
    return waiting.answered_within(
        waits.times,
        waits.answered,
        limit,
        counts=waits.counts,
        method="clopper-pearson",
        confidence_level=level,
    )


def _reached(care: Care, waits: Waits, *shares: float) -> list[Estimate]:
    """By when each of the `shares` was answered."""
    level = care.study.confidence_level
    found = waiting.quantiles(
        waits.times,
        waits.answered,
        shares,
        counts=waits.counts,
        unit=waits.unit,
        confidence_level=level,
    )
    if not waits.by_minute:
        return found
    coarse = Estimate.absent(TO_THE_MINUTE, n=waits.n, unit=waits.unit)
    return [one if one.value is None or one.value >= MINUTE_S else coarse for one in found]


def _main(table: pd.DataFrame) -> list[dict[str, Any]]:
    """The first measure of each channel, e-mail and phone first."""
    first = records(table.drop_duplicates("channel"))
    return sorted(first, key=lambda row: row["channel"] not in (_("e-mail"), _("phone")))


def _speed_headline(table: pd.DataFrame) -> str:
    """How many were answered in time, or by when half were, in the two main channels."""
    parts = []
    for row in _main(table)[:2]:
        in_time = pd.notna(row["limit"]) and pd.notna(row["value"])
        text = (
            _("{channel} {estimate} {measure}") if in_time else _("{channel} {measure} {estimate}")
        )
        fields = {"channel": row["channel"], "measure": row["measure"], "estimate": from_row(row)}
        parts.append(text.format(**fields))
    return _("How fast a person answered: {parts}").format(parts="; ".join(parts))


def _business_headline(table: pd.DataFrame) -> str:
    first = _main(table)[0]["channel"]
    wall, business = records(table[table["channel"].eq(first)].head(2))
    return _(
        "{channel}: a quarter were answered within {wall} by the clock on the wall, within "
        "{business} in business hours"
    ).format(channel=wall["channel"].capitalize(), wall=from_row(wall), business=from_row(business))


def _hang_up_note(table: pd.DataFrame) -> tuple[str, ...]:
    if not table["measure"].isin([_(SHARE_BOUND), _(WAIT_BOUND)]).any():
        return ()
    return (
        _(
            "When those who hung up would have been answered is not known. The truth lies between "
            "the two lines given: they never would have been, or they would have been at once."
        ),
    )


def _sample_note(care: Care) -> tuple[str, ...]:
    if care.study.audit.providers_are != "sample" or "provider" not in care.columns("attempts"):
        return ()
    return (
        _(
            "These intervals hold for the audited providers. For firms like them they are too "
            "narrow, since attempts at one provider are alike."
        ),
    )


def _business_note(care: Care) -> str:
    if care.study.audit.business_hours:
        text = _("Business hours are {hours}, as the study sets them; holidays stand still.")
        return text.format(hours=care.study.audit.business_hours)
    return _(
        "Business hours are those that each provider claims, in its own zone; holidays stand "
        "still. Whoever claims 24/7 gains nothing by this clock."
    )


def _no_hours_note(n: int) -> tuple[str, ...]:
    text = _("{n} attempts are left out of business time: their provider’s hours are not known.")
    return (text.format(n=number(n)),) if n else ()
