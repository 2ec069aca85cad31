"""What SQLite says of a file it cannot use, in words that help."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ...schema import DataError

NETWORK = "A journal must lie on a disk of this machine: drives of a network cannot lock it safely."
_HELP = {
    sqlite3.SQLITE_BUSY: "Another program has held it for ten seconds. Close that program.",
    sqlite3.SQLITE_LOCKED: "Another program has held it for ten seconds. Close that program.",
    sqlite3.SQLITE_READONLY: "It cannot be written to. Mind who owns it and its folder.",
    sqlite3.SQLITE_PERM: "It cannot be written to. Mind who owns it and its folder.",
    sqlite3.SQLITE_CANTOPEN: "It cannot be opened. Mind who owns it and its folder.",
    sqlite3.SQLITE_IOERR: f"The disk failed, or refused. {NETWORK}",
    sqlite3.SQLITE_PROTOCOL: NETWORK,
    sqlite3.SQLITE_FULL: "The disk is full. Nothing was lost: make room and run it again.",
    sqlite3.SQLITE_CORRUPT: "It is damaged. It is left as it is; take a copy before all else.",
    sqlite3.SQLITE_NOTADB: "It is no journal, or is damaged. It is left as it is.",
}


@contextmanager
def in_words(path: Path) -> Iterator[None]:
    """Let what SQLite cannot do with the journal `path` be said as a `DataError`.

    What is wrong with a question, rather than with the file, stays as it is: it is a mistake of
    the program.
    """
    try:
        yield
    except sqlite3.DatabaseError as error:
        kind = getattr(error, "sqlite_errorcode", 0) & 0xFF  # the upper bits are details
        if kind not in _HELP:
            raise
        raise DataError(f"{path}: {error}. {_HELP[kind]}") from error
