"""Whether an attempt was made at the hour for which it was planned: what comes late is said."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from ..journal import Journal
from ..journal.later import LATE
from .records import Record

HALF_A_DAY = timedelta(hours=12)  # by which a clock is off that forgot the afternoon


class Hours:
    """When each attempt of the plan is due, and to when it was moved, by the clock of `zone`."""

    def __init__(self, journal: Journal, zone: str) -> None:
        rows = journal.rows("SELECT token, due_utc, not_before FROM probes")
        self._due = {row["token"]: {*map(datetime.fromisoformat, row[1:])} for row in rows}
        self._zone = ZoneInfo(zone or "UTC")

    def off(self, record: Record, token: str) -> Iterator[tuple[int, str]]:
        """The row and what is odd about it, where it lies over an hour from any time planned.

        It may be right, and then stands for another hour of the week than the plan meant.
        """
        made = datetime.fromisoformat(record.attempt["sent_at"])
        due = min(self._due[token], key=lambda planned: abs(planned - made))
        if abs(due - made) <= LATE:
            return
        said = f"made {self._clock(made)}, planned {self._clock(due)}"
        half = abs(abs(due - made) - HALF_A_DAY) <= LATE
        yield record.row, said + ". Is it a clock that forgot the afternoon?" * half

    def _clock(self, moment: datetime) -> str:
        return f"{moment.astimezone(self._zone):%Y-%m-%d %H:%M}"
