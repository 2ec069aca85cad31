"""The stop rule: where customers queue for long, no probe makes the queue longer that day."""

from __future__ import annotations

import sqlite3
from datetime import datetime
from zoneinfo import ZoneInfo

KIND = "queue_too_long"  # the event; whoever made the call writes it down


def is_left_in_peace(connection: sqlite3.Connection, probe: sqlite3.Row, now: datetime) -> bool:
    """Whether the probe's line had a long queue earlier in this day of the provider.

    The calls that wait for that are treated as missed: they move to the same hour of a later
    week, or are cancelled where there is none.
    """
    zone = ZoneInfo(probe["zone"])
    rows = connection.execute(
        "SELECT at_utc FROM events JOIN probes USING (token) "
        "WHERE kind = ? AND channel = ? AND (provider = ? OR centre = ?)",
        (KIND, probe["channel"], probe["provider"], probe["centre"]),
    )
    today = now.astimezone(zone).date()
    return any(datetime.fromisoformat(row[0]).astimezone(zone).date() == today for row in rows)
