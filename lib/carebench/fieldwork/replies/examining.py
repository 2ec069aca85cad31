"""Reads one message after another and says what is worth keeping of each."""

from __future__ import annotations

import sys
from dataclasses import replace
from functools import lru_cache
from hashlib import blake2b
from inspect import getsourcefile
from pathlib import Path

from ...study import Study
from ..journal import Journal
from ..letters import token_in
from ..letters.markup import text_of
from ..letters.quotes import own_words
from ..letters.reading import Received, read
from .bounces import note_of
from .kept import Brief, Read, Said, keep, stale
from .labels import label_of
from .matching import Probes, names_in
from .sameness import marks_of, sentences
from .signs import HEADERS, signs_of
from .wording import STOP, found, plain

_AT_ONCE = 200  # messages between two commits
_LETTERS = 500  # of ours, in memory
_RESTS_ON = (
    label_of,
    names_in,
    note_of,
    own_words,
    plain,
    read,
    sentences,
    signs_of,
    text_of,
    token_in,
)


def examine(journal: Journal, study: Study, probes: Probes) -> str:
    """Read every message that was not read so before, one by one; the name of the reader.

    However many they are, one is in memory at a time.
    """
    reader = reader_of(study)
    desk = _Desk(journal, study, probes)
    digests = stale(journal, probes, reader)
    for at in range(0, len(digests), _AT_ONCE):
        keep(journal, reader, map(desk.examined, digests[at : at + _AT_ONCE]))
    return reader


def reader_of(study: Study) -> str:
    """What reads, as a hash: its code, and what of the study it depends on."""
    mail = study.fieldwork.mail
    told = f"{sys.version}\n{mail.address}\n{mail.alias}\n{sorted(_names_of_personas(study))}"
    return blake2b(_code() + told.encode(), digest_size=16).hexdigest()


@lru_cache(maxsize=1)
def _code() -> bytes:
    """The code that a reading rests on: a number to be raised by hand would be forgotten."""
    files = {getsourcefile(each) or "" for each in (*_RESTS_ON, examine)}
    return b"".join(Path(file).read_bytes() for file in sorted(files) if Path(file).is_file())


def _names_of_personas(study: Study) -> set[str]:
    personas = study.fieldwork.personas.values()
    return {name for persona in personas for name in persona.name.values()}


class _Desk:
    """Where messages are read, beside our own letters that they answer."""

    def __init__(self, journal: Journal, study: Study, probes: Probes) -> None:
        self._journal, self._probes = journal, probes
        self._mail = study.fieldwork.mail
        self._names = _names_of_personas(study)
        self._letter = lru_cache(maxsize=_LETTERS)(self._read_letter)

    def examined(self, digest: str) -> Read:
        """What is in a message; one that defies the reading stops no other from being read."""
        raw = self._journal.value("SELECT raw FROM messages WHERE digest = ?", digest)
        raw = raw if isinstance(raw, bytes) else b""
        message = read(raw)
        try:
            if not message.damage:
                return self._examined(digest, message)
            failed = message.damage
        except Exception as error:  # strangers write it: whatever it is that fails
            failed = type(error).__name__
        return self._damaged(digest, message, failed)

    def _examined(self, digest: str, message: Received) -> Read:
        names = names_in(message, self._mail)
        match = self._probes.match(names)
        brief = Brief(names, sender=message.sender)
        if not match.token and not message.header("List-Unsubscribe"):
            brief = replace(brief, stop=found(STOP, plain(message.text)))
        if not match.token or match.own:
            return Read(digest, match.token, brief)
        if "feedback-report" in message.kind:
            return Read(digest, match.token, replace(brief, kind="complaint"))
        if note := note_of(message, self._probes.is_ours):
            lost = note.kind == "failed"
            return Read(digest, match.token, replace(brief, kind="note", told=str(note), lost=lost))
        return self._reply(digest, match.token, message, replace(brief, kind="reply"))

    def _reply(self, digest: str, token: str, message: Received, brief: Brief) -> Read:
        """Its sentences, without what repeats our own letter."""
        own_subject, own_text = self._letter(token)
        said = sentences(message.text, self._names, (own_subject, own_text))
        subject, own = plain(message.subject), plain(own_subject)
        words = Said(
            {name: values for name, values in message.headers.items() if name in HEADERS},
            message.text,
            tuple(sentence.text for sentence in said),
            "" if own and own in subject else subject,
        )
        return Read(digest, token, brief, marks_of(said), words)

    def _damaged(self, digest: str, message: Received, failed: str) -> Read:
        """By its bare letters: whoever may have asked us to stop in it is to be left in peace."""
        names = names_in(message, self._mail)
        told = f"it could not be read ({failed})"
        if stop := found(STOP, plain(message.whole)):
            told += f"; stop: {stop!r}"
        brief = Brief(names, kind="damaged", told=told, stop=stop)
        return Read(digest, self._probes.match(names).token, brief)

    def _read_letter(self, token: str) -> tuple[str, str]:
        raw = self._journal.value("SELECT raw FROM probes WHERE token = ?", token)
        written = read(raw) if isinstance(raw, bytes) else Received()
        return written.subject, written.whole
