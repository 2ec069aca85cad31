"""How fast a person answered those who turned to the company, the unanswered kept in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from ..audit.trials.selection import CHANNEL_NAMES
from ..audit.trials.waits import SECONDS, length, service_level
from ..estimate import Estimate, frame, from_row, records
from ..finding import Answer, Finding, Skipped, needs
from ..language import _, number
from ..methods import waiting
from ..sources import Care

UNIT_S = {"seconds": 1, "hours": 3600}


@dataclass(frozen=True, slots=True)
class Waits:
    """Waits of contacts in `unit`, until a person answered or the table ends."""

    times: npt.NDArray[np.float64]
    answered: npt.NDArray[np.bool_]
    unit: str


@needs("contacts", "contacted_at", "answered_at")
def first_response(care: Care) -> Answer:
    """Share answered by a person in time and the median wait, by channel."""
    by_channel = _channels(care)
    if not by_channel:
        return Skipped(_("No contact says when the customer turned to the company."))
    table = frame(row for channel, waits in by_channel for row in _measures(care, channel, waits))
    first = records(table)[0]
    return Finding(
        "first-response",
        table,
        headline=_("{channel}: {measure} {estimate}").format(
            channel=first["channel"].capitalize(),
            measure=first["measure"],
            estimate=from_row(first),
        ),
        labels={"channel": _("channel"), "measure": _("measure"), "value": _("estimate")},
        notes=(
            _(
                "A contact without a time of answer is unanswered so far and is kept in, as "
                "waiting until the last moment in the table. Contacts are taken as independent of "
                "each other."
            ),
            *_left_out(care),
            *care.not_limited("contacts"),
        ),
    )


def answered_in_time(care: Care) -> tuple[Estimate, dict[str, str]] | None:
    """The share of contacts answered within their channel's service level, and those levels.

    None where no contact was made by a channel for which the study sets one.
    """
    times, answered, levels = [], [], {}
    for channel, waits in _channels(care):
        limit = service_level(care, channel, waits.unit)
        if limit:
            times.append(waits.times / limit)
            answered.append(waits.answered)
            levels[_name(channel)] = length(limit, waits.unit)
    if not levels:
        return None
    level = care.study.confidence_level
    share = waiting.answered_within(
        np.concatenate(times), np.concatenate(answered), 1.0, confidence_level=level
    )
    return share, levels


def _channels(care: Care) -> list[tuple[str, Waits]]:
    """The waits of each channel, those of most contacts first; "" where none is named."""
    rows = care.current("contacts")
    end = rows[["contacted_at", "answered_at"]].max().max()
    rows = rows[rows["contacted_at"].notna()]
    if "channel" not in rows or rows["channel"].isna().all():
        return [("", _waits(rows, "", end))] if len(rows) else []
    counts = rows["channel"].value_counts()
    return [
        (str(channel), _waits(rows[rows["channel"] == channel], str(channel), end))
        for channel, n in counts.items()
        if n
    ]


def _waits(rows: pd.DataFrame, channel: str, end: Any) -> Waits:
    unit = "seconds" if channel in SECONDS else "hours"
    wait = rows["answered_at"].fillna(end) - rows["contacted_at"]
    return Waits(
        wait.dt.total_seconds().to_numpy(dtype=float) / UNIT_S[unit],
        rows["answered_at"].notna().to_numpy(dtype=bool),
        unit,
    )


def _measures(care: Care, channel: str, waits: Waits) -> list[tuple[dict[str, Any], Estimate]]:
    level, name = care.study.confidence_level, _name(channel)
    limit = service_level(care, channel, waits.unit) if channel else None
    found = []
    if limit:
        share = waiting.answered_within(waits.times, waits.answered, limit, confidence_level=level)
        text = _("answered by a person within {limit}")
        found.append((text.format(limit=length(limit, waits.unit)), share))
    median = waiting.median(waits.times, waits.answered, unit=waits.unit, confidence_level=level)
    found.append((_("half were answered within"), median))
    return [({"channel": name, "measure": measure}, one) for measure, one in found]


def _name(channel: str) -> str:
    return _(CHANNEL_NAMES[channel]) if channel else _("all contacts")


def _left_out(care: Care) -> tuple[str, ...]:
    rows = care.current("contacts")
    untimed = int(rows["contacted_at"].isna().sum())
    unnamed = (
        int((rows["channel"].isna() & rows["contacted_at"].notna()).sum())
        if "channel" in rows
        else 0
    )
    notes = []
    if untimed:
        text = _("{n} contacts do not say when they were made and are left out.")
        notes.append(text.format(n=number(untimed)))
    if unnamed and unnamed < len(rows) - untimed:
        text = _("{n} contacts name no channel and are left out.")
        notes.append(text.format(n=number(unnamed)))
    return tuple(notes)
