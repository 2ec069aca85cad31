"""Opens the journal of a wave, for one runner at a time."""

from __future__ import annotations

import os
import secrets
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType

from ...schema import DataError
from .tables import TABLES, VERSION


class Journal:
    """An open journal. Every change is made inside `transaction`."""

    def __init__(self, connection: sqlite3.Connection, path: Path) -> None:
        self._connection = connection
        self.path = path

    def rows(self, query: str, *values: object) -> list[sqlite3.Row]:
        """All rows of `query`, whose ? stand for `values`."""
        return self._connection.execute(query, values).fetchall()

    def value(self, query: str, *values: object) -> object:
        """The first column of the first row, None where there is no row."""
        row = self._connection.execute(query, values).fetchone()
        return None if row is None else row[0]

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """All of what is done inside, or nothing of it; on the disk when it ends.

        Begins by taking the right to write, so that what is read inside cannot change before
        it is acted upon.
        """
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            yield self._connection
        except BaseException:
            self._connection.rollback()
            raise
        self._connection.commit()

    def note(self, kind: str, detail: str = "", *, token: str | None = None) -> None:
        """Write down what happened now. Only inside a `transaction`."""
        if not self._connection.in_transaction:
            raise RuntimeError("what happens is written inside a transaction")
        self._connection.execute(
            "INSERT INTO events (token, at_utc, kind, detail) VALUES (?, ?, ?, ?)",
            (token, utc_text(datetime.now(UTC)), kind, detail),
        )

    def fact(self, name: str) -> str:
        """A fact of the journal: `key` (of the pseudonyms), `plan` (hash), "" where unknown."""
        return str(self.value("SELECT value FROM facts WHERE name = ?", name) or "")

    def close(self) -> None:
        """Close the file."""
        self._connection.close()

    def __enter__(self) -> Journal:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


def utc_text(moment: datetime) -> str:
    """A moment as the journal writes it, to the microsecond: 2026-11-30T09:15:00.000000Z.

    Raises
    ------
    ValueError
        The moment carries no zone.
    """
    if moment.tzinfo is None:
        raise ValueError("a moment without a zone is no moment")
    return moment.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def open_journal(path: Path, *, make: bool = False) -> Journal:
    """Open the journal at `path`; with `make`, begin one where there is none.

    Raises
    ------
    DataError
        There is none, it is no journal, or it is one of another version.
    """
    if not path.exists():
        if not make:
            raise DataError(f"There is no journal {path}. `carebench plan` begins one.")
        _begin(path)
    connection = _connect(path)
    try:
        (version,) = connection.execute("PRAGMA user_version").fetchone()
    except sqlite3.DatabaseError as error:
        connection.close()
        raise DataError(
            f"{path} is no journal, or is damaged ({error}). It is left as it is; take a copy "
            "before anything else."
        ) from None
    if version != VERSION:
        connection.close()
        raise DataError(
            f"{path} is a journal of version {version}; this carebench knows version {VERSION}."
        )
    return Journal(connection, path)


def _begin(path: Path) -> None:
    """Make an empty journal that only its owner may read, whole or not at all."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    half = path.with_name(f".{path.name}-{os.getpid()}")
    half.unlink(missing_ok=True)
    os.close(os.open(half, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
    connection = sqlite3.connect(half, isolation_level=None)
    connection.executescript(
        f"{TABLES} INSERT INTO facts VALUES ('key', '{secrets.token_hex(32)}');"
        f"PRAGMA user_version = {VERSION};"
    )
    connection.close()
    os.link(half, path) if not path.exists() else None
    half.unlink()


def _connect(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, timeout=10, isolation_level=None)
    connection.row_factory = sqlite3.Row
    for setting in ("journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON"):
        try:
            connection.execute(f"PRAGMA {setting}")
        except sqlite3.DatabaseError:
            break  # no database: whoever asks its version will hear so
    return connection
