"""How fast a person answered, with those who never were answered kept in."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from ..estimate import Estimate, frame, quantity
from ..finding import Answer, Finding, Skipped, needs
from ..language import N_, _, number, percent
from ..methods import waiting
from ..sources import Care
from ..study import seconds
from .selection import CHANNEL_NAMES, attempts, channels, rate

# Attempts that ended for good without an answer: they count as waiting for ever. Taken as lost
# from sight instead, they would lift every share of the answered.
ENDED = ("bounced", "invalid_contact", "busy", "closed", "menu_only", "abandoned")
MOST_UNTIMED = 0.05  # of the answers; above, the times of the others speak for themselves only
UNTIMED = N_("more than 5% of the answers have no time")


@dataclass(frozen=True)
class Waits:
    """The waits of one channel, in `unit`, and whether each ended in an answer.

    `gave_up` holds how long those waited who hung up; `untimed_share` is the part of the
    answers that have no time.
    """

    times: npt.NDArray[Any]
    answered: npt.NDArray[Any]
    gave_up: npt.NDArray[Any]
    unit: str
    untimed: int
    untimed_share: float


@needs("attempts", "channel", "sent_at", "answered_at", "observed_until")
def speed(care: Care) -> Answer:
    """Share answered in time and the median wait, by channel, the unanswered kept in."""
    timed = [
        (channel, name, waits_of(part, channel)) for channel, name, part in channels(attempts(care))
    ]
    estimates = [
        ({"channel": name, "measure": measure}, estimate)
        for channel, name, waits in timed
        if len(waits.times)
        for measure, estimate in _measures(care, channel, waits)
    ]
    if not estimates:
        return Skipped(_("No attempt has both a time of sending and an end of watching."))
    untimed = sum(waits.untimed for _channel, _name, waits in timed)
    notes = [
        _(
            "All attempts count. Those that ended without an answer (bounced, busy, closed, given "
            "up) count as never answered. Attempts are taken as independent of each other."
        )
    ]
    if untimed:
        notes.append(_("{n} attempts lack a time and are left out here.").format(n=number(untimed)))
    return Finding(
        "speed",
        frame(estimates),
        headline=_("How fast a person answered"),
        labels={"channel": _("channel"), "measure": _("measure"), "value": _("estimate")},
        notes=tuple(notes),
    )


@needs("attempts", "channel", "sent_at", "answered_at", "observed_until")
def waiting_curve(care: Care, channel: str) -> Answer:
    """Share answered by a person by each time after sending."""
    rows = attempts(care)
    part = rows[rows["channel"].eq(channel)]
    name = _(CHANNEL_NAMES[channel])
    waits = waits_of(part, channel)
    if not waits.answered.any():
        return Skipped(_("No answer by {channel} has a time.").format(channel=name))
    if waits.untimed_share > MOST_UNTIMED:
        return Skipped(
            _("More than 5% of the answers by {channel} have no time.").format(channel=name)
        )
    level, limit = care.study.confidence_level, _limit(care, channel, waits.unit)
    steps = waiting.curve(waits.times, waits.answered, confidence_level=level)
    start = {"time": 0.0, "share": 0.0, "low": 0.0, "high": 0.0, "waiting": len(waits.times)}
    table = pd.concat([pd.DataFrame([start]), steps], ignore_index=True).assign(
        unit=waits.unit, limit=np.nan if limit is None else limit
    )
    return Finding(
        f"waiting-{channel}",
        table,
        headline=_("{channel}: {share} were ever answered while we watched").format(
            channel=name.capitalize(), share=rate(care, int(part["answered"].sum()), len(part))
        ),
        caption=_(
            "Kaplan–Meier curve of the time to the first answer from a person, with its {level} "
            "band; n = {n}. Those who were never answered stay in, so the curve need not reach "
            "100%. In brackets under the axis: how many still waited at that time."
        ).format(n=number(len(waits.times)), level=percent(level)),
        alt=_("A rising step curve that ends at {share} after {time}.").format(
            share=percent(float(steps["share"].iloc[-1])),
            time=quantity(float(steps["time"].iloc[-1]), waits.unit),
        ),
    )


def waits_of(part: pd.DataFrame, channel: str) -> Waits:
    """The waits of the attempts in `part`, all made by one channel."""
    unit = "seconds" if channel in ("phone", "chat") else "hours"
    size = 1 if unit == "seconds" else 3600
    end = part["answered_at"].where(part["answered"], part["observed_until"])
    wait = (end - part["sent_at"]).dt.total_seconds() / size
    gave_up = wait[part["outcome"].eq("abandoned")].dropna()
    ended = part["outcome"].isin(ENDED)
    wait = wait.where(~ended, np.inf)
    known, answers = wait.notna(), int(part["answered"].sum())
    untimed_answers = int((part["answered"] & ~known).sum())
    return Waits(
        wait[known].to_numpy(dtype=float),
        part.loc[known, "answered"].to_numpy(dtype=bool),
        gave_up.to_numpy(dtype=float),
        unit,
        int((~known).sum()),
        untimed_answers / answers if answers else 0.0,
    )


def _measures(care: Care, channel: str, waits: Waits) -> Iterator[tuple[str, Estimate]]:
    """What a channel's waits say: the share within the service level, and the median."""
    level, limit = care.study.confidence_level, _limit(care, channel, waits.unit)
    if waits.untimed_share > MOST_UNTIMED:
        yield _("time to an answer"), Estimate.absent(UNTIMED, n=len(waits.times))
        return
    if limit is not None:
        text = _length(seconds(care.study.audit.service_level[channel]))
        within = waiting.answered_within(waits.times, waits.answered, limit, confidence_level=level)
        yield _("answered within {limit}").format(limit=text), within
        if (waits.gave_up < limit).any():
            yield (
                _("the same, had all who gave up been answered then"),
                _at_most(care, waits, limit),
            )
    middle = waiting.median(waits.times, waits.answered, unit=waits.unit, confidence_level=level)
    yield _("median wait of all"), middle


def _at_most(care: Care, waits: Waits, limit: float) -> Estimate:
    """The share within `limit` if everybody who hung up had been answered at that moment."""
    k = int((waits.answered & (waits.times <= limit)).sum()) + int((waits.gave_up <= limit).sum())
    return rate(care, k, len(waits.times))


def _limit(care: Care, channel: str, unit: str) -> float | None:
    """The service level of a channel in `unit`; None where the study sets none."""
    text = care.study.audit.service_level.get(channel)
    return None if text is None else seconds(text) / (1 if unit == "seconds" else 3600)


def _length(of_seconds: float) -> str:
    """A limit in the largest unit that it fills: 86 400 is "24 h", 600 is "10 min"."""
    units = (3600, _("{n} h")), (60, _("{n} min")), (1, _("{n} s"))
    size, text = next(unit for unit in units if of_seconds % unit[0] == 0 or unit[0] == 1)
    return text.format(n=number(of_seconds / size, 0 if of_seconds % size == 0 else 1))
