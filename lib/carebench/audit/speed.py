"""How fast a person answered, with those who still wait kept in."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from ..estimate import frame, quantity
from ..finding import Answer, Finding, Skipped, needs
from ..language import _, number, percent
from ..methods import waiting
from ..methods.proportions import proportion
from ..sources import Care
from ..study import seconds
from .selection import CHANNEL_NAMES, attempts, channels


@needs("attempts", "channel", "sent_at", "answered_at", "observed_until")
def speed(care: Care) -> Answer:
    """Share answered in time and the median wait, by channel, the unanswered kept in."""
    estimates, untimed = [], 0
    for channel, name, part in channels(attempts(care)):
        waits, answered, unit = _waits(care, part, str(channel))
        untimed += len(part) - len(waits)
        if not len(waits):
            continue
        level, limit = care.study.confidence_level, _limit(care, str(channel), unit)
        if limit is not None:
            share = waiting.answered_within(waits, answered, limit, confidence_level=level)
            measure = _("answered within {limit}").format(
                limit=care.study.audit.service_level[channel]
            )
            estimates.append(({"channel": name, "measure": measure}, share))
        middle = waiting.median(waits, answered, unit=unit, confidence_level=level)
        estimates.append(({"channel": name, "measure": _("median wait of all")}, middle))
    if not estimates:
        return Skipped(_("No attempt has both a time of sending and an end of watching."))
    return Finding(
        "speed",
        frame(estimates),
        headline=_("How fast a person answered"),
        labels={"channel": _("channel"), "measure": _("measure"), "value": _("estimate")},
        notes=(
            _(
                "All attempts count, also those never answered; bounced messages wait to the end. "
                "Attempts are taken as independent, which for equal numbers per provider makes "
                "the intervals, if anything, too long for these named providers."
            ),
            *(
                [_("{n} attempts lack a time and are left out here.").format(n=number(untimed))]
                if untimed
                else []
            ),
        ),
    )


@needs("attempts", "channel", "sent_at", "answered_at", "observed_until")
def waiting_curve(care: Care, channel: str) -> Answer:
    """Share answered by a person by each time after sending."""
    rows = attempts(care)
    part = rows[rows["channel"].eq(channel)]
    name = _(CHANNEL_NAMES[channel])
    waits, answered, unit = _waits(care, part, channel)
    if not len(waits) or not answered.any():
        return Skipped(_("No answer by {channel} has a time.").format(channel=name))
    steps = waiting.curve(waits, answered, confidence_level=care.study.confidence_level)
    start = {"time": 0.0, "share": 0.0, "low": 0.0, "high": 0.0, "waiting": len(waits)}
    limit = _limit(care, channel, unit)
    table = pd.concat([pd.DataFrame([start]), steps], ignore_index=True).assign(
        unit=unit, limit=np.nan if limit is None else limit
    )
    ever = proportion(int(answered.sum()), len(waits), confidence_level=care.study.confidence_level)
    return Finding(
        f"waiting-{channel}",
        table,
        headline=_("{channel}: {share} were ever answered while we watched").format(
            channel=name.capitalize(), share=ever
        ),
        caption=_(
            "Kaplan–Meier curve of the time to the first answer from a person, with its {level} "
            "band; n = {n}. It stays below 100% because some attempts were never answered. In "
            "brackets under the axis: how many still waited at that time."
        ).format(n=number(len(waits)), level=percent(care.study.confidence_level)),
        alt=_("A rising step curve that ends at {share} after {time}.").format(
            share=percent(float(steps["share"].iloc[-1])),
            time=quantity(float(steps["time"].iloc[-1]), unit),
        ),
    )


def _waits(
    care: Care, part: pd.DataFrame, channel: str
) -> tuple[npt.NDArray[Any], npt.NDArray[Any], str]:
    """Waiting times, whether each ended in an answer, and their unit."""
    unit = "seconds" if channel in ("phone", "chat") else "hours"
    end = part["answered_at"].where(part["answered"], part["observed_until"])
    wait = (end - part["sent_at"]).dt.total_seconds() / (1 if unit == "seconds" else 3600)
    known = wait.notna()
    return (
        wait[known].to_numpy(dtype=float),
        part.loc[known, "answered"].to_numpy(dtype=bool),
        unit,
    )


def _limit(care: Care, channel: str, unit: str) -> float | None:
    """The service level of a channel in `unit`; None where the study sets none."""
    text = care.study.audit.service_level.get(channel)
    return None if text is None else seconds(text) / (1 if unit == "seconds" else 3600)
