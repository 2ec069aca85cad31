"""The waits that the questions on speed ask of: which attempts, in what unit, by which clock."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from ...finding import Skipped
from ...language import N_, _, number
from ...methods.business_time import BusinessClock, hours_since_monday
from ...methods.coverage import PARTS, claimed_minutes, part_of_week
from ...methods.opening_hours import night_span
from ...methods.quintiles import quantile
from ...queries.channel_waits import ENDED, LIVE
from ...sources import Care
from ...study import seconds
from .selection import OUTCOME_NAMES, of_wave

MOST_UNTIMED = 0.05  # of the answers; above, the times of the others speak for themselves only
SECONDS = ("phone", "chat", "visit")  # the waits of other channels are told in hours
UNTIMED = N_("more than 5% of the answers have no time")
UNWATCHED = N_("of more than 5% of the unanswered it is not known how long they were watched")
WEEK_HOURS = 168
KEPT = ("provider", "arm", "persona", "sent_at")  # of an attempt, beside its wait
# Lengths that a reader knows, for a horizon where the study sets no service level.
ROUND = {
    "hours": (1, 2, 4, 8, 12, 24, 48, 72, 120, 168, 336, 672),
    "seconds": (10, 20, 30, 60, 120, 180, 300, 600, 900, 1800, 3600),
}


@dataclass(frozen=True, slots=True)
class Waits:
    """The waits of one channel, in `unit`, and whether each ended in an answer.

    `rows` are the attempts that have a time. `gave_up` holds when each was given up, endless
    where it was not or nobody knows; `ended` how many attempts ended for good without an
    answer, by outcome; `rang_out` how many of them were live and say nothing of their end;
    `untimed_share` and `unwatched_share` the parts of the answers and of the others that have
    no time; `by_minute` whether all times are whole minutes. Where each different wait stands
    once only, `counts` says how many attempts waited so, and `binned` whether those of nearly
    the same length were taken together.
    """

    times: npt.NDArray[Any]
    answered: npt.NDArray[Any]
    rows: pd.DataFrame
    unit: str
    gave_up: npt.NDArray[Any]
    ended: Mapping[str, int]
    rang_out: int
    untimed: int
    untimed_share: float
    unwatched_share: float
    by_minute: bool
    counts: npt.NDArray[np.int64] | None = None
    binned: bool = False

    @property
    def n(self) -> int:
        """How many attempts have a time."""
        return len(self.times) if self.counts is None else int(self.counts.sum())

    @property
    def mistrust(self) -> str:
        """Why so many lack a time that the others cannot speak for all, as a message; or ""."""
        if self.untimed_share > MOST_UNTIMED:
            return UNTIMED
        return UNWATCHED if self.unwatched_share > MOST_UNTIMED else ""

    @property
    def trusted(self) -> bool:
        """Whether so few lack a time that the others may speak for all."""
        return not self.mistrust

    def refused(self, name: str) -> Skipped:
        """That these waits, by the channel called `name`, are not to be shown, and why."""
        text = _("Waits by {channel} are not shown: {reason}.")
        return Skipped(text.format(channel=name, reason=_(self.mistrust)))

    @property
    def watched(self) -> float:
        """How long nine in ten of those without an answer were watched; for ever if all ended."""
        lost = ~self.answered & np.isfinite(self.times)
        counts = np.ones(len(lost)) if self.counts is None else self.counts
        return quantile(self.times[lost], counts[lost], 0.1) if lost.any() else np.inf

    def watched_alike(self) -> Waits:
        """The same waits, none watched for longer than nine in ten were.

        Who is open longer is watched for more business hours. What remains of a curve when
        the others are lost from sight would be theirs alone.
        """
        late = np.isfinite(self.times) & (self.times > self.watched)
        times = np.where(late, self.watched, self.times)
        return replace(self, times=times, answered=self.answered & ~late)


def rang_out(rows: pd.DataFrame) -> pd.Series[bool]:
    """Calls, chats and visits without an answer whose end nobody wrote down.

    Nothing can come after the shopper has left: they have ended, like a busy line.
    """
    live = rows["channel"].isin(LIVE) & rows["outcome"].eq("no_answer")
    return live.astype(bool) & rows["observed_until"].isna()


def ended_unanswered(rows: pd.DataFrame) -> pd.Series[bool]:
    """The attempts that ended for good without an answer: they count as waiting for ever.

    Taken as lost from sight instead, they would lift every share of the answered.
    """
    return rows["outcome"].isin(ENDED).astype(bool) | rang_out(rows)


def to_the_minute(rows: pd.DataFrame) -> bool:
    """Whether all the times of attempts are whole minutes."""
    columns = [rows[name].dropna() for name in ("sent_at", "answered_at") if name in rows]
    return all(times.eq(times.dt.floor("min")).all() for times in columns)


def waits_of(part: pd.DataFrame, channel: str) -> Waits:
    """The waits of the attempts in `part`, all made by one channel, for a person's answer."""
    end = part["answered_at"].where(part["answered"], part["observed_until"])
    return _waits(part, channel, end, part["answered"])


def acknowledgements_of(part: pd.DataFrame, channel: str) -> Waits | None:
    """The waits for an automatic reply; none where none was recorded with its time."""
    if "acknowledged_at" not in part or part["acknowledged_at"].isna().all():
        return None
    came = part["acknowledged_at"].notna() | part["outcome"].eq("auto_ack_only")
    watched = part["observed_until"].fillna(part["answered_at"])
    end = part["acknowledged_at"].where(came, watched)
    return _waits(part, channel, end, came)


def _waits(part: pd.DataFrame, channel: str, end: pd.Series[Any], came: pd.Series[Any]) -> Waits:
    unit = "seconds" if channel in SECONDS else "hours"
    wait = (end - part["sent_at"]).dt.total_seconds() / seconds_in(unit)
    ended = ended_unanswered(part) & ~came
    gave_up = wait.where(part["outcome"].eq("abandoned")).fillna(np.inf)
    wait = wait.where(~ended, np.inf)
    known = wait.notna()
    counts = part.loc[ended, "outcome"].astype("object").value_counts()
    return Waits(
        wait[known].to_numpy(dtype=float),
        came[known].to_numpy(dtype=bool),
        part.loc[known, [name for name in KEPT if name in part]],
        unit,
        gave_up[known].to_numpy(dtype=float),
        {str(outcome): int(n) for outcome, n in counts.items()},
        int((ended & rang_out(part)).sum()),
        int((~known).sum()),
        _share_of(came, ~known),
        _share_of(~came, ~known),
        unit == "seconds" and to_the_minute(part),
    )


def _share_of(rows: pd.Series[bool], hit: pd.Series[bool]) -> float:
    return float(hit[rows].mean()) if rows.any() else 0.0


def in_business(care: Care, waits: Waits) -> Waits:
    """The same waits by a clock that runs only while the provider is open.

    Its hours are those that the study sets, else the provider's claimed ones, in its own zone;
    on holidays the clock stands still. Attempts at providers without known hours are left out,
    and counted with the untimed.
    """
    which, texts = _said(care, waits.rows, "claimed_hours", "")
    if hours := care.study.audit.business_hours:
        which, texts = np.zeros(len(waits.rows), dtype=np.int64), [hours]
    clock = _clock(tuple(texts), care.study.audit.holidays)
    known = np.array([bool(text) for text in texts])[which]
    rows, times = waits.rows[known], waits.times[known]
    start = local_times(care, rows, "sent_at")
    length = np.where(np.isfinite(times), times * seconds_in(waits.unit) * 1e6, 0)
    end = start + length.astype("timedelta64[us]")
    passed = clock.between(start, end, which[known]) * 3600 / seconds_in(waits.unit)
    return replace(
        waits,
        times=np.where(np.isfinite(times), np.maximum(passed, 0.0), np.inf),
        answered=waits.answered[known],
        rows=rows,
        gave_up=waits.gave_up[known],
        untimed=waits.untimed + int((~known).sum()),
    ).watched_alike()


def had_been_answered(waits: Waits) -> Waits:
    """The same waits, had everybody who gave up been answered at that very moment."""
    given_up = np.isfinite(waits.gave_up)
    times = np.where(given_up, waits.gave_up, waits.times)
    return replace(waits, times=times, answered=waits.answered | given_up)


def has_business_hours(care: Care) -> bool:
    """Whether the study or its providers say when business is open."""
    return bool(care.study.audit.business_hours) or "claimed_hours" in care.columns("providers")


def bands(care: Care, rows: pd.DataFrame) -> npt.NDArray[np.int64]:
    """The part of the provider's week in which each attempt was made; one more for no time."""
    sent = local_times(care, rows, "sent_at")
    hour = hours_since_monday(sent) % WEEK_HOURS
    part = part_of_week(hour, night_span(care.study.audit.night))
    return np.where(np.isnat(sent), len(PARTS), part)


def local_times(care: Care, rows: pd.DataFrame, column: str) -> npt.NDArray[np.datetime64]:
    """The times in `column` as the clock of each provider showed them."""
    which, zones = _said(care, rows, "zone", care.study.zone or "UTC")
    moments = rows[column]
    local = np.empty(len(rows), dtype="datetime64[us]")
    for zone in dict.fromkeys(zones):
        there = np.array([name == zone for name in zones])[which]
        shown = moments[there].dt.tz_convert(zone).dt.tz_localize(None)
        local[there] = shown.to_numpy(dtype="datetime64[us]")
    return local


def service_level(care: Care, channel: str, unit: str) -> float | None:
    """The service level of a channel in `unit`; None where the study sets none."""
    text = care.study.audit.service_level.get(channel)
    return None if text is None else seconds(text) / seconds_in(unit)


def horizon(care: Care, channel: str, waits: Waits) -> float | None:
    """Until when waits are averaged: twice the service level; None where nobody was watched.

    An answer that late and none at all are alike to most customers. Where the study sets no
    service level, or watched for less, it is the longest round length up to which nine in ten
    of those without an answer were watched.
    """
    limit = service_level(care, channel, waits.unit)
    if limit is not None and 0 < 2 * limit <= waits.watched:
        return 2 * limit
    if np.isinf(waits.watched):
        last = waits.times[waits.answered].max(initial=0.0)
        return next((x for x in ROUND[waits.unit] if x >= last), None)
    return next((x for x in reversed(ROUND[waits.unit]) if x <= waits.watched), None)


def length(of: float, unit: str) -> str:
    """A length of time in the largest unit that it fills: 86,400 seconds are "24 h"."""
    whole = of * seconds_in(unit)
    units = (3600, _("{n} h")), (60, _("{n} min")), (1, _("{n} s"))
    size, text = next(each for each in units if whole % each[0] == 0 or each[0] == 1)
    return text.format(n=number(whole / size, 0 if whole % size == 0 else 1))


def ended_note(waits: list[Waits]) -> tuple[str, ...]:
    """How many attempts ended for good without an answer, by outcome."""
    counts = {name: sum(each.ended.get(name, 0) for each in waits) for name in OUTCOME_NAMES}
    parts = [f"{_(OUTCOME_NAMES[name])} {number(n)}" for name, n in counts.items() if n]
    text = _("Ended without an answer and counted as never answered: {parts}.")
    notes = [text.format(parts="; ".join(parts))] if parts else []
    if n := sum(each.rang_out for each in waits):
        text = _("Of these, {n} do not say when the shopper gave up: nothing can come after it.")
        notes.append(text.format(n=number(n)))
    return tuple(notes)


def minute_note(waits: list[Waits]) -> tuple[str, ...]:
    """That the times of calls, chats or visits are too coarse for a short wait."""
    text = _(
        "Times of calls, chats or visits are written to the minute: what happened within a minute "
        "or two cannot be told from them."
    )
    return (text,) if any(each.by_minute for each in waits) else ()


def untimed_note(n: int) -> tuple[str, ...]:
    """How many attempts are left out for want of a time."""
    text = _("{n} attempts lack a time and are left out here.")
    return (text.format(n=number(n)),) if n else ()


def _said(
    care: Care, rows: pd.DataFrame, column: str, otherwise: str
) -> tuple[npt.NDArray[np.int64], list[str]]:
    """What the providers say in `column`, and which of it holds for each attempt."""
    if "provider" not in rows or column not in care.columns("providers"):
        return np.zeros(len(rows), dtype=np.int64), [otherwise]
    known = of_wave(care, "providers").drop_duplicates("provider").set_index("provider")[column]
    said = known.dropna().to_dict()
    codes, names = pd.factorize(rows["provider"])
    # What names no provider has the code −1: the last of the list.
    return np.asarray(codes), [str(said.get(name, otherwise)) for name in names] + [otherwise]


def _clock(texts: tuple[str, ...], holidays: tuple[str, ...]) -> BusinessClock:
    weeks = np.array([claimed_minutes(text) for text in texts], dtype=float)
    return BusinessClock(weeks, np.array(sorted(holidays), dtype="datetime64[D]"))


def seconds_in(unit: str) -> int:
    """Seconds in one of `unit`."""
    return 1 if unit == "seconds" else 3600
