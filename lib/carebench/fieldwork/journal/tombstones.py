"""What was erased for somebody stays away: a hash in the place of each row, and nothing of it.

The rows of a file are known by names that are hashes already, or tokens of the plan; here they
are hashed once more, so that a tombstone says of nobody which row was theirs.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from datetime import datetime

from .keyed import keyed
from .opening import Journal, utc_text

STONE = "erased:"  # before a hash, in the name of the journal's fact
PROBE = "probe"  # the source of all that may be recorded of one planned attempt

Name = tuple[str, str]  # source and record, or `PROBE` and token


def bury(connection: sqlite3.Connection, key: str, names: Iterable[Name], now: datetime) -> None:
    """Let nothing of these names be imported again; only inside a transaction.

    Parameters
    ----------
    key : str
        The fact `key` of the journal.
    """
    connection.executemany(
        "INSERT INTO facts VALUES (?, ?) ON CONFLICT DO NOTHING",
        [(_stone(key, *name), utc_text(now)) for name in names],
    )


class Buried:
    """The tombstones of a journal, as they are when this is made."""

    def __init__(self, journal: Journal) -> None:
        rows = journal.rows("SELECT name FROM facts WHERE name GLOB ?", f"{STONE}*")
        self._key, self._stones = journal.fact("key"), {row["name"] for row in rows}

    def holds(self, source: str, record: str, token: str | None = None) -> bool:
        """Whether a record, or all of the planned attempt that it is of, was erased."""
        names = ((source, record), (PROBE, token or ""))
        return bool(self._stones) and any(_stone(self._key, *n) in self._stones for n in names)


def _stone(key: str, source: str, record: str) -> str:
    return STONE + keyed(key, "erased", source, record).hex()
