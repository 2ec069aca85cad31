"""What two waves must share before they may be compared, and what differs.

Each definition says which measures it touches. Where it changed, those are not compared.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from ...estimate import records
from ...finding import Answer, Finding, Skipped, needs
from ...language import N_, _, number, percent
from ...methods.coverage import PARTS, part_of_week
from ...methods.opening_hours import night_span
from ...schema import CHANNELS
from ...sources import Care
from ...study import seconds
from ..trials.selection import CHANNEL_NAMES, attempts
from ..trials.waits import ended_unanswered
from .tallies import MEASURES

Floats = npt.NDArray[np.float64]

WATCHED_TOLERANCE = 0.10  # of the longer time
SHIFT = 0.05  # of the attempts, from one part of the week to another
BY_CHANCE = 0.01  # shifts that chance makes this often or more are no change of plan
ALL = tuple(MEASURES)
HOURS = "hours"  # what is said by day and at night; nothing here compares it
REASONS = {
    "level": N_("not compared: the service level changed"),
    "watched": N_("not compared: answers were not watched for equally long"),
    "design": N_("not compared: other hours of the week were tried"),
    "words": N_("not compared: words for outcomes were read differently"),
}


@dataclass(frozen=True, slots=True)
class Definition:
    """One definition, in one channel or ("") in all, then and now, and what it touches."""

    kind: str
    channel: str
    then: str
    now: str
    changed: bool
    touches: tuple[str, ...]


@needs("attempts")
def definition_changes(care: Care, which: int = -1) -> Answer:
    """Every definition of one of the earlier waves beside the study's own, one row each.

    `changed` where they differ; `touches` names the measures that are then not compared.
    """
    other = care.earlier[which]
    found = [*_of_settings(care, other), *_of_fieldwork(care, other)]
    rows = pd.DataFrame([asdict(one) for one in found])
    return Finding("definition-changes", rows.assign(touches=rows["touches"].map(" ".join)))


def blocked(care: Care, which: int = -1) -> dict[tuple[str, str], str]:
    """Why a measure in a channel is not compared: (measure, channel) to a reason in English."""
    found: dict[tuple[str, str], str] = {}
    answer = definition_changes(care, which)
    if isinstance(answer, Skipped):
        return found
    for row in records(answer.rows[answer.rows["changed"] & answer.rows["kind"].isin(REASONS)]):
        for channel in (row["channel"],) if row["channel"] else ("", *CHANNELS):
            for measure in row["touches"].split():
                found.setdefault((measure, channel), REASONS[row["kind"]])
    return found


def _of_settings(care: Care, other: Care) -> Iterator[Definition]:
    """What the two study files say."""
    then, now = other.study.audit, care.study.audit
    for channel in CHANNELS:
        before, after = then.service_level.get(channel), now.service_level.get(channel)
        if before or after:
            same = before and after and seconds(before) == seconds(after)
            yield Definition(
                "level", channel, before or "–", after or "–", not same, ("within",)
            )  # fmt: skip
    yield Definition("night", "", then.night, now.night, then.night != now.night, (HOURS,))
    before, after = (
        _("kept apart") if one.holidays else _("not kept apart") for one in (then, now)
    )
    yield Definition("holidays", "", before, after, before != after, (HOURS,))
    yield from _words(_mapped(other), _mapped(care))


def _mapped(care: Care) -> Mapping[str, str]:
    """How words for outcomes are read: theirs to ours."""
    source = care.study.tables.get("attempts")
    mapped: Mapping[str, Mapping[str, str]] = getattr(source, "values", {})
    return mapped.get("outcome", {})


def _words(then: Mapping[str, str], now: Mapping[str, str]) -> Iterator[Definition]:
    """Words that are read as one outcome in one wave, and as another in the next."""
    read_twice = [word for word in then if word in now and then[word] != now[word]]
    for word in read_twice:
        before, after = (f"{word} = {mapping[word]}" for mapping in (then, now))
        yield Definition("words", "", before, after, True, ALL)
    if not read_twice:
        yield Definition("words", "", "", "", False, ALL)


def _of_fieldwork(care: Care, other: Care) -> Iterator[Definition]:
    """What the attempts themselves show."""
    if not other.columns("attempts"):
        return
    then, now = attempts(other), attempts(care)
    if not {"channel", "sent_at"} <= {*then} & {*now}:
        return
    before, after = _watched(then), _watched(now)
    for channel in CHANNELS:
        if channel in before and channel in after:
            first, last = before[channel], after[channel]
            changed = abs(last - first) > WATCHED_TOLERANCE * max(first, last)
            touches = ("answered", "resolved")
            yield Definition("watched", channel, _length(first), _length(last), changed, touches)
    night = night_span(care.study.audit.night)
    before_parts, after_parts = (
        _parts_of_week(one, rows, night) for one, rows in ((other, then), (care, now))
    )
    for channel in CHANNELS:
        if channel in before_parts and channel in after_parts:
            yield _design(channel, before_parts[channel], after_parts[channel])


def _watched(rows: pd.DataFrame) -> dict[str, float]:
    """The typical time, in seconds, that an answer was watched for, by channel.

    Those who still waited tell; a line that was busy needs no watching.
    """
    if "observed_until" not in rows:
        return {}
    length = (rows["observed_until"] - rows["sent_at"]).dt.total_seconds()
    waited = ~rows["answered"] & ~ended_unanswered(rows)
    typical = length.groupby(rows["channel"], observed=True).median()
    sure = length[waited].groupby(rows.loc[waited, "channel"], observed=True).median()
    both = pd.concat([typical, sure]).dropna()
    return {str(channel): float(value) for channel, value in both.items()}


def _parts_of_week(care: Care, rows: pd.DataFrame, night: tuple[float, float]) -> dict[str, Floats]:
    """Attempts in each of weekday and weekend, day and night, by channel, in the study's zone."""
    timed = rows[rows["sent_at"].notna() & rows["channel"].notna()]
    local = timed["sent_at"].dt.tz_convert(care.study.zone or "UTC")
    hours = local.dt.day_of_week * 24 + local.dt.hour
    parts = pd.Series(part_of_week(hours.to_numpy(), night), index=timed.index)
    return {
        str(channel): np.bincount(own, minlength=len(PARTS)).astype(float)
        for channel, own in parts.groupby(timed["channel"], observed=True)
    }


def _design(channel: str, then: Floats, now: Floats) -> Definition:
    """Whether attempts moved from one part of the week to another, beyond tolerance and chance."""
    shares = then / then.sum(), now / now.sum()
    moved = float(np.abs(shares[1] - shares[0]).max()) > SHIFT
    at = int(np.abs(shares[1] - shares[0]).argmax())
    before, after = (
        _("{part}: {share}").format(part=_(PARTS[at]), share=percent(float(one[at])))
        for one in shares
    )
    changed = moved and _differ(then, now) < BY_CHANCE
    return Definition("design", channel, before, after, changed, ALL)


def _differ(then: Floats, now: Floats) -> float:
    """The p-value of the χ² test that both were spread alike."""
    from scipy.special import chdtrc

    counted = np.vstack([then, now])
    counted = counted[:, counted.sum(axis=0) > 0]
    expected = np.outer(counted.sum(axis=1), counted.sum(axis=0)) / counted.sum()
    return float(chdtrc(counted.shape[1] - 1, ((counted - expected) ** 2 / expected).sum()))


def _length(of_seconds: float) -> str:
    """A length of time in the largest unit that it reaches."""
    if of_seconds >= 3600:
        return _("{n} h").format(n=number(of_seconds / 3600, 0 if of_seconds % 3600 == 0 else 1))
    if of_seconds >= 60:
        return _("{n} min").format(n=number(of_seconds / 60, 0 if of_seconds % 60 == 0 else 1))
    return _("{n} s").format(n=number(of_seconds))


def channels_named(channel: str) -> str:
    """The channel of a definition as a reader calls it."""
    return _(CHANNEL_NAMES[channel]) if channel else _("all channels")
