"""Opens the journal of a wave, for one runner at a time."""

from __future__ import annotations

import os
import secrets
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

from ...locks import AlreadyRunning, locked
from ...schema import DataError
from .faults import NETWORK, in_words
from .tables import TABLES, VERSION


class Journal:
    """An open journal. Every change is made inside `transaction`."""

    def __init__(self, connection: sqlite3.Connection, path: Path) -> None:
        self._connection = connection
        self.path = path

    def rows(self, query: str, *values: object) -> list[sqlite3.Row]:
        """All rows of `query`, whose ? stand for `values`."""
        with in_words(self.path):
            return self._connection.execute(query, values).fetchall()

    def value(self, query: str, *values: object) -> object:
        """The first column of the first row, None where there is no row."""
        with in_words(self.path):
            row = self._connection.execute(query, values).fetchone()
        return None if row is None else row[0]

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """All of what is done inside, or nothing of it; on the disk when it ends.

        Begins by taking the right to write, so that what is read inside cannot change before
        it is acted upon.

        Raises
        ------
        DataError
            The disk is full, or the file cannot be written to; nothing was changed.
        """
        with in_words(self.path):
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield self._connection
                self._connection.commit()
            except BaseException:
                self._connection.rollback()
                raise

    def fact(self, name: str) -> str:
        """A fact of the journal: `key` (of the pseudonyms), `plan` (hash), "" where unknown."""
        return str(self.value("SELECT value FROM facts WHERE name = ?", name) or "")

    def close(self) -> None:
        """Close the file."""
        self._connection.close()

    def __enter__(self) -> Journal:
        return self

    def __exit__(self, *_: object) -> None:
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


def to_the_minute(text: str) -> str:
    """A moment as the journal writes it, for people to read: 2026-11-30 09:15Z."""
    return f"{text[:16].replace('T', ' ')}Z"


def open_journal(path: Path, *, make: bool = False) -> Journal:
    """Open the journal at `path`; with `make`, begin one where there is none.

    Raises
    ------
    DataError
        There is none, it is no journal, it is one of another version, or the disk refuses.
    """
    if not path.exists():
        if not make:
            raise DataError(
                f"There is no journal {path}. `carebench plan STUDY --lock` begins one; where one "
                "was there before, restore it from a backup."
            )
        _begin(path)
    _close_to_others(path)
    with in_words(path):
        connection = sqlite3.connect(path, timeout=10, isolation_level=None)
        try:
            _prepare(connection, path)
        except BaseException:
            connection.close()
            raise
    return Journal(connection, path)


def _prepare(connection: sqlite3.Connection, path: Path) -> None:
    """Look whether it is a journal that this version knows, and make every commit last."""
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    if version != VERSION:
        raise DataError(
            f"{path} is a journal of version {version}; this carebench knows version {VERSION}. "
            "It is left as it is."
        )
    connection.row_factory = sqlite3.Row
    (mode,) = connection.execute("PRAGMA journal_mode = WAL").fetchone()
    if mode != "wal":
        raise DataError(f"{path} cannot be kept safely where it lies. {NETWORK}")
    for setting in ("synchronous = FULL", "foreign_keys = ON", "secure_delete = ON"):
        connection.execute(f"PRAGMA {setting}")


def _begin(path: Path) -> None:
    """Make an empty journal that only its owner may read, whole or not at all."""
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with _alone(path):
            if not path.exists():  # nobody else has begun it meanwhile
                _write(path)
    except OSError as error:
        raise DataError(
            f"The journal {path} cannot be begun: {error.strerror}. Mind who owns the folder, and "
            f"whether the disk is full. {NETWORK}"
        ) from None


def _write(path: Path) -> None:
    half = path.with_name(f".{path.name}-begun")
    half.unlink(missing_ok=True)  # of one who was killed here
    os.close(os.open(half, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
    with in_words(path), closing(sqlite3.connect(half, isolation_level=None)) as connection:
        connection.executescript(
            f"BEGIN; {TABLES} INSERT INTO facts VALUES ('key', '{secrets.token_hex(32)}');"
            f"PRAGMA user_version = {VERSION}; COMMIT;"
        )
    os.replace(half, path)


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    """Wait until nobody else is about to begin the journal, ten seconds at most."""
    lock, until = path.with_name(f".{path.name}-lock"), time.monotonic() + 10
    while True:
        try:
            with locked(lock):
                yield
            return
        except AlreadyRunning:
            if time.monotonic() > until:
                raise DataError(f"Another program has been making {path} for long.") from None
            time.sleep(0.02)


def _close_to_others(path: Path) -> None:
    """Take from other users what a copy may have given them; new files beside it follow suit."""
    if os.name != "posix":
        return
    for file in (path, path.with_name(f"{path.name}-wal"), path.with_name(f"{path.name}-shm")):
        with suppress(OSError):  # not there, or somebody else's
            file.chmod(0o600)
