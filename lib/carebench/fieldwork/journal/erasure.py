"""Erases what was received, so that its bytes are gone from the file and not only from sight."""

from __future__ import annotations

import email
import re
import sqlite3
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.message import Message
from html import unescape

from ...schema import DataError
from ...study import Study
from ..letters.reading import decoded
from ..rules.numbers import END
from ..rules.recipients import same
from .faults import in_words
from .opening import Journal, utc_text
from .states import write_event
from .tombstones import PROBE, Name, bury

GONE = "erased"
UNFINISHED = "erasing"  # a fact, as long as what was erased may still lie in the file
ROWS = (("records", "attempt"), ("answers", "answer"))  # erased whole where they name somebody
WORDS = (  # of which the words alone are erased
    ("events", "detail"),
    ("labels", "evidence"),
    ("matches", "evidence"),
    ("checks", "detail"),
    ("claims", "evidence"),
)


@dataclass(frozen=True, slots=True)
class Erased:
    """How many messages, letters of ours, and rows or notes of shoppers were erased."""

    messages: int = 0
    letters: int = 0
    rows: int = 0


REMAINS = (
    "What remains: when each message came, its label and its hash; state, times and recipient of "
    "each probe; addresses that asked not to be contacted; of a row that was imported, a keyed "
    "hash, so that its file does not bring it back. Outside the journal: files that were imported, "
    "tables that were exported, sheets of coders (`carebench code --sheet`), dry-run/, sheets/, "
    "the mailbox itself, and every copy or backup."
)


def retained_until(journal: Journal, study: Study) -> datetime | None:
    """When the oldest bytes that are kept should be erased; None where there are none."""
    oldest = journal.value("SELECT min(received_utc) FROM messages WHERE raw IS NOT NULL")
    if oldest is None:
        return None
    return datetime.fromisoformat(str(oldest)) + timedelta(days=study.fieldwork.keep_days)


def erase_old(journal: Journal, study: Study, now: datetime) -> Erased:
    """Erase what was received, sent and noted more than `keep_days` ago.

    Returns
    -------
    Erased
        Labels, times and states stay: they are the data of the study.

    Raises
    ------
    DataError
        Another program reads the journal, so that old bytes may still lie in the file.
    """
    before = utc_text(now - timedelta(days=study.fieldwork.keep_days))
    with journal.transaction() as connection:
        old = connection.execute(
            "SELECT digest FROM messages WHERE raw IS NOT NULL AND received_utc < ?", (before,)
        ).fetchall()
        messages = _empty(connection, (row["digest"] for row in old))
        letters = connection.execute(
            "UPDATE probes SET raw = NULL WHERE raw IS NOT NULL AND tried_utc < ? "
            "AND state NOT IN ('planned', 'sending')",
            (before,),
        ).rowcount
        notes = _erase_notes(connection, "at_utc < ?", before)
        if messages or letters or notes:
            said = f"{messages} messages, {letters} letters, {notes} notes from before {before}"
            _say_so(connection, said, now)
    scrub(journal)
    return Erased(messages, letters, notes)


def erase_person(journal: Journal, person: str, *, now: datetime | None = None) -> Erased:
    """Erase everything that one person wrote or that names them, or all of one probe.

    No import brings back a row that was erased, nor anything of that probe.

    Parameters
    ----------
    person : str
        An e-mail address, a telephone number, or the token of a probe.

    Raises
    ------
    DataError
        The words name nobody, or another program reads the journal.
    """
    now, name = now or datetime.now(UTC), same(person)
    is_token = journal.value("SELECT 1 FROM probes WHERE token = ?", name) is not None
    if not is_token and not re.fullmatch(r".+@.+|\+?\d{7,}", name):  # a word would fit too much
        raise DataError(
            f"{person!r} names nobody: no address, no telephone number of seven digits or "
            "more, and no token of this journal."
        )
    digests = [] if is_token else _naming(journal, name)  # long to find: holds up nobody
    with journal.transaction() as connection:
        rows = _of_probe(connection, name) if is_token else _imported_of(connection, name)
        bury(connection, journal.fact("key"), rows, now)
        if is_token:
            done = _erase_probe(connection, name)
        else:
            done = _erase_named(connection, name, digests)
        if done != Erased():
            # not whom: that would keep what was to be erased
            said = f"of one person: {done.messages} messages, {done.letters} letters"
            _say_so(connection, f"{said}, {done.rows} rows", now)
    scrub(journal)
    return done


def _say_so(connection: sqlite3.Connection, said: str, now: datetime) -> None:
    """Write down that something was erased, and that its bytes are still to be taken away."""
    write_event(connection, GONE, said, token=None, now=now)
    connection.execute("INSERT OR REPLACE INTO facts VALUES (?, ?)", (UNFINISHED, utc_text(now)))


def scrub(journal: Journal) -> None:
    """Take the erased bytes out of the file itself: overwrite, empty the log, write it anew.

    Until all of it is done the journal knows that it is not, so that `probe status` says so
    after a kill; whichever erasure is run next finishes it.

    Raises
    ------
    DataError
        Another program reads the journal, or the disk refuses; the old bytes may still be there.
    """
    with in_words(journal.path):
        for step in ("wal_checkpoint(TRUNCATE)", "", "wal_checkpoint(TRUNCATE)"):
            rows = journal.rows(f"PRAGMA {step}" if step else "VACUUM")
            if step and rows[0][0]:
                raise DataError(
                    f"What was to be erased is out of sight, but another program reads "
                    f"{journal.path}, so its bytes may still lie in the file. Close that program "
                    "and run the same command again."
                )
    if journal.fact(UNFINISHED):
        with journal.transaction() as connection:
            connection.execute("DELETE FROM facts WHERE name = ?", (UNFINISHED,))


def _erase_probe(connection: sqlite3.Connection, token: str) -> Erased:
    digests = connection.execute("SELECT digest FROM matches WHERE token = ?", (token,)).fetchall()
    letters = connection.execute(
        "UPDATE probes SET raw = NULL WHERE token = ? AND raw IS NOT NULL "
        "AND state NOT IN ('planned', 'sending')",
        (token,),
    ).rowcount
    rows = connection.execute("DELETE FROM records WHERE token = ?", (token,)).rowcount
    rows += _erase_notes(connection, "token = ?", token)
    for table, column in (("ratings", "attempt_id"), ("codes", "item")):
        query = f"DELETE FROM {table} WHERE {column} = ?"
        rows += connection.execute(query, (token,)).rowcount
    return Erased(_empty(connection, (row[0] for row in digests)), letters, rows)


def _erase_notes(connection: sqlite3.Connection, which: str, value: str) -> int:
    """Erase what shoppers wrote in words of their own."""
    query = f"UPDATE events SET detail = '' WHERE kind = 'note' AND detail != '' AND {which}"
    return connection.execute(query, (value,)).rowcount


def _naming(journal: Journal, name: str) -> list[str]:
    """The messages that hold an address or number; read one by one, for they may be large."""
    stored = journal.rows("SELECT digest FROM messages WHERE raw IS NOT NULL")
    query = "SELECT raw FROM messages WHERE digest = ?"
    found = ((row["digest"], journal.value(query, row["digest"])) for row in stored)
    return [digest for digest, raw in found if isinstance(raw, bytes) and _names(raw, name)]


def _of_probe(connection: sqlite3.Connection, token: str) -> list[Name]:
    """What must not be imported again of one probe: all of it, and each row that was."""
    query = "SELECT source, record FROM records WHERE token = ?"
    return [(PROBE, token), *map(tuple, connection.execute(query, (token,)))]


def _imported_of(connection: sqlite3.Connection, name: str) -> list[Name]:
    """Source and name of each imported row that holds an address or number."""
    names: list[Name] = []
    for table, column in ROWS:
        query = f"SELECT source, record FROM {table} WHERE rowid = ?"
        for at in _rows_naming(connection, table, column, name):
            names += map(tuple, connection.execute(query, at))
    return names


def _erase_named(connection: sqlite3.Connection, name: str, digests: Iterable[str]) -> Erased:
    emptied, rows = _empty(connection, digests), 0
    for table, column in ROWS:
        found = _rows_naming(connection, table, column, name)
        connection.executemany(f"DELETE FROM {table} WHERE rowid = ?", found)
        rows += len(found)
    for table, column in WORDS:
        found = _rows_naming(connection, table, column, name)
        query = f"UPDATE {table} SET {column} = '{GONE}' WHERE rowid = ?"
        connection.executemany(query, found)
        rows += len(found)
    return Erased(emptied, 0, rows)


def _rows_naming(
    connection: sqlite3.Connection, table: str, column: str, name: str
) -> list[tuple[int]]:
    """The rows of a table that hold an address or number; whom not to contact stays known."""
    which = "WHERE kind != 'do_not_contact'" if table == "events" else ""
    rows = connection.execute(f"SELECT rowid, {column} FROM {table} {which}")
    return [(row[0],) for row in rows if _in_words(_unescaped(row[1]), name)]


def _empty(connection: sqlite3.Connection, digests: Iterable[str]) -> int:
    """Erase messages, and the words of them that stand as evidence; the labels stay."""
    emptied = 0
    for digest in digests:
        query = "UPDATE messages SET raw = NULL WHERE digest = ? AND raw IS NOT NULL"
        emptied += connection.execute(query, (digest,)).rowcount
        for table in ("labels", "matches"):
            query = f"UPDATE {table} SET evidence = '{GONE}' WHERE digest = ?"
            connection.execute(query, (digest,))
    return emptied


def _names(raw: bytes, name: str) -> bool:
    """Whether a message holds an address or number, however its parts are coded."""
    return _in_words(raw.decode("utf-8", "replace"), name) or _in_words(_text_of(raw), name)


def _in_words(text: str, name: str) -> bool:
    """Whether `text` holds the address or number itself, not one that it is a part of.

    A number is known by its last digits, which are the same with and without country code.
    """
    text = unicodedata.normalize("NFKC", text).casefold()
    if "@" in name:
        return bool(re.search(rf"(?<![\w.+%-]){re.escape(name)}(?![\w-]|\.\w)", text))
    return name.removeprefix("+")[-END:] in _figures(text)


def _text_of(raw: bytes) -> str:
    """All that a message says, decoded; strangers write it, so nothing in it may raise."""
    try:
        return unescape("\n".join(_texts(email.message_from_bytes(raw))))
    except (RecursionError, ValueError, LookupError, AttributeError, TypeError):
        return unescape(raw.decode("latin-1"))


def _texts(message: Message) -> Iterator[str]:
    for part in message.walk():
        yield from (decoded(str(value)) for value in part.values())
        payload = part.get_payload(decode=True)
        if isinstance(payload, bytes):
            yield payload.decode("utf-8", "replace")
            yield _by_charset(payload, part.get_param("charset"))


def _by_charset(payload: bytes, charset: object) -> str:
    try:
        return payload.decode(str(charset or "utf-8"), "replace")
    except (LookupError, ValueError):
        return ""


def _unescaped(text: str) -> str:
    r"""JSON without its escapes: else the n of a \n would be the first letter of an address."""
    return re.sub(
        r"\\(?:u([0-9a-fA-F]{4})|.)",
        lambda found: chr(int(found[1], 16)) if found[1] else " ",
        text,
    )


def _figures(text: str) -> str:
    """The text without the marks that people write between the digits of a number."""
    return text.translate({ord(mark): None for mark in " .-()/\u00a0"})
