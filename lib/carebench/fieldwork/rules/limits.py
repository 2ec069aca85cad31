"""How often, and at which hours, a provider may be contacted."""

from __future__ import annotations

import os
from collections.abc import Iterable
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from ...methods.opening_hours import night_span
from ...schema import DataError
from ...study import ChannelPlan, Study, seconds


def channel_plan(study: Study, channel: str) -> ChannelPlan:
    """The limits of a channel.

    Raises
    ------
    DataError
        The study file names none, though probes were planned by it.
    """
    try:
        return study.fieldwork.channels[channel]
    except KeyError:
        raise DataError(
            f"{study.path.name} has no [fieldwork.channels.{channel}], whose limits hold for what "
            "was planned. Put it back as it was when the plan was locked."
        ) from None


def stopped(study: Study) -> bool:
    """Whether the file that stops everything lies in the study's folder."""
    return stop_file(study) is not None


def stop_file(study: Study) -> Path | None:
    """What stops everything, None where it is not there.

    In a hurry nobody minds how it is written: STOP.txt, stop and a broken link count too.
    """
    if not study.fieldwork.stop_file:
        return None
    asked = study.path.parent / study.fieldwork.stop_file
    wanted = asked.name.casefold()
    try:
        entries = list(asked.parent.iterdir())
    except OSError:  # a folder whose names may not be read
        return asked if os.path.lexists(asked) else None
    for entry in entries:
        if wanted in (entry.name.strip().casefold(), entry.stem.strip().casefold()):
            return entry
    return None


def in_quiet_hours(plan: ChannelPlan, moment: datetime, zone: str) -> bool:
    """Whether a moment lies in the hours in which the provider is left in peace."""
    return in_span(plan.quiet, moment, zone)


def in_span(span: str, moment: datetime, zone: str) -> bool:
    """Whether a moment lies in a span of the clock of `zone`, such as "22:00-06:00"; "" is none."""
    if not span:
        return False
    begins, ends = night_span(span)
    local = moment.astimezone(ZoneInfo(zone))
    hour = local.hour + local.minute / 60 + local.second / 3600
    return (hour - begins) % 24 < (ends - begins) % 24


def crowded(plan: ChannelPlan, moment: datetime, others: Iterable[datetime], zone: str) -> str:
    """Why a contact at `moment` would be one too many among `others`; "" where it is not.

    Parameters
    ----------
    others : iterable of datetime
        The other contacts of the same provider or line in this channel, past and planned. One
        that seems to lie ahead counts too: a clock may have been put back.
    zone : str
        Of the provider, whose days are counted.
    """
    gap = timedelta(seconds=seconds(plan.gap))
    day = moment.astimezone(ZoneInfo(zone)).date()
    same_day = 0
    for other in others:
        if abs(other - moment) < gap:
            return f"less than {plan.gap} from another"
        same_day += other.astimezone(ZoneInfo(zone)).date() == day
    return f"{plan.per_day} a day is the most" if same_day >= plan.per_day else ""
