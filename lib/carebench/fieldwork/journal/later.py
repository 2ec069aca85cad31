"""Where a probe goes whose hour was missed: into the same hour of the week, in a later week."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from ...schema import DataError
from ...study import Study
from ..rules.limits import channel_plan, crowded
from .opening import Journal, utc_text
from .states import REACHED

WEEK = timedelta(weeks=1)
LATE = timedelta(hours=1)  # after that a probe would stand for another hour of the week


def later_slot(
    connection: sqlite3.Connection, probe: sqlite3.Row, study: Study, now: datetime
) -> datetime | None:
    """The first moment of a later week at which a missed probe can be made after all.

    The interval of the week rests on one probe in each slice of it. A probe that missed its
    hour and were made at another would leave its slice empty and fill a wrong one; so the wall
    clock of the provider and the day of its week stay, and the week alone changes.

    Parameters
    ----------
    probe : row of `probes`

    Returns
    -------
    datetime or None
        UTC. None where the wave ends before: in no later week is that minute free of holidays,
        of gaps and of caps, or is it there at all.
    """
    others = _others(connection, probe)
    plan = channel_plan(study, probe["channel"])
    free = (
        moment
        for moment in _in_later_weeks(probe, study, now)
        if not crowded(plan, moment, others, probe["zone"])
    )
    return next(free, None)


def never_sent(study: Study, journal: Journal, now: datetime) -> list[str]:
    """Tokens of planned e-mails that missed their hour and have no later week of the wave left.

    Nothing can send them any more: the next run of `probe send` cancels them as missed.
    """
    rows = journal.rows(
        "SELECT token, due_utc, zone FROM probes WHERE state = 'planned' AND channel = 'email' "
        "AND not_before < ?",
        utc_text(now - LATE),
    )
    return [row["token"] for row in rows if not any(_in_later_weeks(row, study, now))]


def _in_later_weeks(probe: sqlite3.Row, study: Study, now: datetime) -> Iterator[datetime]:
    """The moments still to come at which the wave has the hour of a probe again."""
    zone = ZoneInfo(probe["zone"])
    planned = datetime.fromisoformat(probe["due_utc"]).astimezone(zone)
    wall = planned.replace(tzinfo=None) + WEEK
    while wall.date() < wave_ends(study):
        moment = wall.replace(tzinfo=zone, fold=planned.fold).astimezone(UTC)
        there = moment.astimezone(zone).replace(tzinfo=None) == wall
        if there and moment > now and wall.date().isoformat() not in study.audit.holidays:
            yield moment
        wall += WEEK


def wave_ends(study: Study) -> date:
    """The first day after the wave, in each provider's own days.

    Raises
    ------
    DataError
        The study no longer says when the wave starts.
    """
    if not study.fieldwork.starts:
        raise DataError(
            f"{study.path.name}: fieldwork.starts is gone. Put it back as it was when the plan was "
            "locked."
        )
    return date.fromisoformat(study.fieldwork.starts) + study.fieldwork.weeks * WEEK


def _others(connection: sqlite3.Connection, probe: sqlite3.Row) -> list[datetime]:
    """When the other probes at this provider or line were made, or are to be."""
    marks = ", ".join("?" * len(REACHED))
    rows = connection.execute(
        "SELECT CASE state WHEN 'planned' THEN not_before "
        "ELSE coalesce(tried_utc, sent_utc, not_before) END FROM probes "
        "WHERE channel = ? AND (provider = ? OR centre = ?) AND token != ? "
        f"AND state IN ('planned', {marks})",
        (probe["channel"], probe["provider"], probe["centre"], probe["token"], *REACHED),
    )
    return [datetime.fromisoformat(row[0]) for row in rows]
