"""The states of a probe, and the only way from one to another."""

from __future__ import annotations

import sqlite3
from datetime import UTC, datetime

from ...schema import DataError
from .opening import utc_text

# What comes back is proof: whatever was thought before, a probe that was answered was sent.
EDGES: dict[str, frozenset[str]] = {
    "planned": frozenset({"sending", "cancelled", "done", "sent"}),
    "sending": frozenset({"planned", "sent", "in_doubt", "refused", "failed", "done"}),
    "in_doubt": frozenset({"sent", "not_sent", "done"}),
    "not_sent": frozenset({"sent", "done"}),
    "failed": frozenset({"sent", "done"}),
    "cancelled": frozenset({"sent", "done"}),
    "sent": frozenset(),
    "refused": frozenset(),
    "done": frozenset(),
}
# States in which the provider may have been reached: they count for caps, gaps and the budget.
REACHED = ("sending", "sent", "in_doubt", "not_sent", "refused", "done")
COLUMNS = frozenset({"not_before", "tries", "tried_utc", "sent_utc"})


def move(
    connection: sqlite3.Connection,
    token: str,
    to: str,
    *,
    kind: str,
    now: datetime,
    detail: str = "",
    **columns: str | int | None,
) -> None:
    """Bring a probe from its state to another and write down why, inside a transaction.

    Parameters
    ----------
    to : str
        The new state; one that `EDGES` allows.
    kind, detail : str
        The event: one word, and what is to be said of it.
    now : datetime
        When it happened.
    **columns
        Columns of the probe that change with it.

    Raises
    ------
    DataError
        There is no such probe, or no way from its state to this one.
    """
    row = connection.execute("SELECT state FROM probes WHERE token = ?", (token,)).fetchone()
    if row is None:
        raise DataError(f"There is no probe {token!r} in this journal.")
    if to not in EDGES[row[0]]:
        raise DataError(f"Probe {token} is {row[0]}: it can no longer become {to}.")
    if wrong := set(columns) - COLUMNS:
        raise ValueError(f"{', '.join(wrong)} of a probe never change")
    changes = {"state": to} | columns
    connection.execute(
        f"UPDATE probes SET {', '.join(f'{name} = ?' for name in changes)} WHERE token = ?",
        (*changes.values(), token),
    )
    write_event(connection, kind, detail, token=token, now=now)


def write_event(
    connection: sqlite3.Connection,
    kind: str,
    detail: str = "",
    *,
    token: str | None = None,
    now: datetime | None = None,
) -> None:
    """Write down what happened, now where no moment is given. Only inside a transaction."""
    if not connection.in_transaction:
        raise RuntimeError("what happens is written inside a transaction")
    connection.execute(
        "INSERT INTO events (token, at_utc, kind, detail) VALUES (?, ?, ?, ?)",
        (token, utc_text(now or datetime.now(UTC)), kind, detail),
    )
