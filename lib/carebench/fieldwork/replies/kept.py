"""What was read of each message, kept in the journal, so that a message is read once.

The bytes stay the truth: what other code, or for another study, was read is read again, and what
was read of a message goes when its bytes are erased.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from ..journal import Journal
from .matching import Match, Names, Probes

_AT_ONCE = 500  # rows in memory


@dataclass(frozen=True, slots=True)
class Brief:
    """What every look at all messages needs of each.

    Parameters
    ----------
    names : Names
        What may name a probe.
    kind : str
        reply, note (of the post), complaint (about spam), other (answers no probe, or is our
        own), or damaged (nothing of the kit could read it).
    told : str
        Of a note what it says, of a damaged message what failed.
    lost : bool
        Whether a note says that our message will not arrive.
    sender : str
        The address it says to come from.
    stop : str
        Words that ask us to stop, of what answers no single probe and is no mailing list's.
    """

    names: Names
    kind: str = "other"
    told: str = ""
    lost: bool = False
    sender: str = ""
    stop: str = ""


@dataclass(frozen=True, slots=True)
class Said:
    """The words of a reply, and of its head what speaks for a machine."""

    headers: dict[str, tuple[str, ...]] = field(default_factory=dict)
    text: str = ""
    sentences: tuple[str, ...] = ()  # in plain letters, without those that repeat our own
    subject: str = ""  # in plain letters, where it is not our own


@dataclass(frozen=True, slots=True)
class Read:
    """What was read of one message, and of which probe's letter it was freed; "" of none."""

    digest: str
    token: str
    brief: Brief
    marks: bytes = b""
    said: Said = Said()


@dataclass(frozen=True, slots=True)
class Reading:
    """What was once read of a message, and which probe it answers by what is known now."""

    digest: str
    received_utc: str
    reader: str
    token: str
    marks: bytes
    basis: str
    brief: Brief
    match: Match


def stale(journal: Journal, probes: Probes, reader: str) -> list[str]:
    """Messages that this `reader` did not read, or that answer another probe by now, by time."""
    query = (
        "SELECT digest FROM messages LEFT JOIN readings USING (digest) "
        "WHERE raw IS NOT NULL AND reader IS NOT ? ORDER BY received_utc, digest"
    )
    unread = [str(row["digest"]) for row in journal.rows(query, reader)]
    known = (reading for reading in readings(journal, probes) if reading.reader == reader)
    return unread + [each.digest for each in known if each.match.token != each.token]


def readings(journal: Journal, probes: Probes) -> Iterator[Reading]:
    """Everything that was read, without its words."""
    last = ""
    query = (
        "SELECT digest, received_utc, reader, token, marks, iif(label IS NULL, '', basis), brief "
        "FROM readings JOIN messages USING (digest) LEFT JOIN labels USING (digest) "
        f"WHERE digest > ? ORDER BY digest LIMIT {_AT_ONCE}"
    )
    while rows := journal.rows(query, last):
        for digest, received, reader, token, marks, basis, text in rows:
            brief = _brief(text)
            match = probes.match(brief.names)
            yield Reading(digest, received, reader, token, marks, basis, brief, match)
        last = rows[-1]["digest"]


def marks_by_probe(journal: Journal) -> Iterator[tuple[str, bytes]]:
    """The probe and the sentences of each reply."""
    last = ""
    query = (
        "SELECT digest, token, marks FROM readings WHERE digest > ? AND length(marks) > 0 "
        f"ORDER BY digest LIMIT {_AT_ONCE}"
    )
    while rows := journal.rows(query, last):
        yield from ((row["token"], row["marks"]) for row in rows)
        last = rows[-1]["digest"]


def said_in(journal: Journal, digest: str) -> Said:
    """The words of one reply."""
    told = json.loads(str(journal.value("SELECT said FROM readings WHERE digest = ?", digest)))
    headers = {name: tuple(values) for name, values in told["headers"].items()}
    return Said(headers, told["text"], tuple(told["sentences"]), told["subject"])


def keep(journal: Journal, reader: str, read: Iterable[Read]) -> None:
    """Keep what `reader` read, to be labelled anew; of bytes erased meanwhile nothing."""
    rows = [
        (one.digest, reader, one.token, _as_json(one.brief), one.marks, _as_json(one.said))
        for one in read
    ]
    query = (
        "INSERT OR REPLACE INTO readings (digest, reader, token, brief, marks, said) "
        "SELECT ?1, ?2, ?3, ?4, ?5, ?6 FROM messages WHERE digest = ?1 AND raw IS NOT NULL"
    )
    with journal.transaction() as connection:
        connection.executemany(query, rows)


def _as_json(told: Brief | Said) -> str:
    return json.dumps(told, default=_fields, ensure_ascii=False)


def _fields(told: Brief | Said | Names) -> dict[str, object]:
    return {name: getattr(told, name) for name in told.__slots__}


def _brief(text: str) -> Brief:
    told = json.loads(text)
    names = told.pop("names")
    said = tuple((name, how) for name, how in names["said"])
    return Brief(Names(names["own"], said), **told)
