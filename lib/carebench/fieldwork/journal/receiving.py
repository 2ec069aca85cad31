"""What was received: bytes and the place up to which the mailbox was read move together."""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Iterable
from datetime import datetime

from ..letters.reading import LARGEST
from .opening import Journal, utc_text
from .states import write_event

LONGEST_HEAD = 64 * 1024
COLLECTED = "collected_utc"

Received = tuple[int | None, str, bytes]


def cursor(journal: Journal, account: str, folder: str) -> tuple[int, int] | None:
    """UIDVALIDITY and UID up to which a folder was read, None where it never was."""
    rows = journal.rows(
        "SELECT uidvalidity, uid FROM cursors WHERE account = ? AND folder = ?", account, folder
    )
    return (rows[0]["uidvalidity"], rows[0]["uid"]) if rows else None


def keep(
    journal: Journal,
    account: str,
    folder: str,
    uidvalidity: int | None,
    received: Iterable[Received],
) -> int:
    """Keep received messages and move the cursor of their folder, both or neither.

    Parameters
    ----------
    account, folder : str
        Where they came from.
    uidvalidity : int
        Of the folder. With a new one the folder counts as never read before; None keeps no
        cursor, for archives without numbers.
    received : iterable of (uid, received_utc, raw)
        When is ISO 8601 with a zone. The same bytes are kept once, wherever they lie; of a
        message of more than 10 MB the head alone is kept, and an event says so.

    Returns
    -------
    int
        How many were new.
    """
    new, last = 0, 0
    with journal.transaction() as connection:
        for uid, received_utc, raw in received:
            moment = datetime.fromisoformat(received_utc)
            new += _keep_one(connection, (account, folder, uidvalidity, uid), moment, raw)
            last = max(last, uid or 0)
        if uidvalidity is not None:
            _advance(connection, account, folder, uidvalidity, last)
    return new


def collected(journal: Journal, now: datetime) -> None:
    """Write down that every folder was read to its end: only then does silence mean anything."""
    with journal.transaction() as connection:
        connection.execute(
            "INSERT INTO facts VALUES (?, ?) ON CONFLICT DO UPDATE "
            "SET value = max(value, excluded.value)",
            (COLLECTED, utc_text(now)),
        )


def _keep_one(
    connection: sqlite3.Connection,
    place: tuple[str, str, int | None, int | None],
    moment: datetime,
    raw: bytes,
) -> int:
    digest = hashlib.sha256(raw).hexdigest()
    kept = raw if len(raw) <= LARGEST else _head(raw)
    added = connection.execute(
        "INSERT INTO messages VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
        (digest, *place, utc_text(moment), kept),
    ).rowcount
    if added and kept is not raw:
        detail = f"message {digest} has {len(raw):,} bytes: its head alone is kept"
        write_event(connection, "too_large", detail, token=None, now=moment)
    return added


def _head(raw: bytes) -> bytes:
    """The header lines of a message, as far as they are of a sound length."""
    ends = [at for at in (raw.find(b"\r\n\r\n"), raw.find(b"\n\n")) if at >= 0]
    return raw[: min([*ends, LONGEST_HEAD])] + b"\r\n\r\n"


def _advance(
    connection: sqlite3.Connection, account: str, folder: str, uidvalidity: int, uid: int
) -> None:
    """Within one UIDVALIDITY a cursor never goes back."""
    connection.execute(
        "INSERT INTO cursors VALUES (?, ?, ?, ?) ON CONFLICT (account, folder) DO UPDATE SET "
        "uid = CASE WHEN uidvalidity = excluded.uidvalidity THEN max(uid, excluded.uid) "
        "ELSE excluded.uid END, uidvalidity = excluded.uidvalidity",
        (account, folder, uidvalidity, uid),
    )
