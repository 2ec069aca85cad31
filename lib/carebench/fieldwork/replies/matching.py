"""Which probe a message answers: by its address, its thread, its reference; never by a guess."""

from __future__ import annotations

import re
import sqlite3
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from ...study import Mail
from ..letters import reference_of, token_in
from ..letters.reading import Received

# Where a message says whom it was delivered to; the last ones are written by servers on the way.
TO = (
    "to",
    "cc",
    "delivered-to",
    "x-original-to",
    "envelope-to",
    "x-envelope-to",
    "x-forwarded-to",
    "original-recipient",
    "resent-to",
    "received",
)
THREAD = ("in-reply-to", "references", "x-microsoft-original-message-id")
_ID = re.compile(r"<[^<>\s]{3,250}>")
_BETWEEN = re.compile(r"[\s<>\"',;:()\[\]]+")
_REFERENCE = re.compile(r"(?<![A-Z0-9])([A-Z]{2})[ -]?(\d{8})(?!\d)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Match:
    """The probe that a message answers and how that is known; `token` is "" where it is not.

    `named` are the tokens of all probes for which something speaks; of two, none is taken.
    """

    token: str
    evidence: str
    named: tuple[str, ...] = ()
    own: bool = False


class Probes:
    """What is known of the probes of a wave, so that messages can be told apart.

    Parameters
    ----------
    rows : sequence of rows
        Of the journal's table `probes`.
    mail : Mail
        The study's mailbox, by which a probe's own address is known.
    """

    def __init__(self, rows: Sequence[sqlite3.Row], mail: Mail) -> None:
        self._mail = mail
        self.rows = {str(row["token"]): row for row in rows}
        self._ids = {str(row["message_id"]): row["token"] for row in rows if row["message_id"]}
        self._references = _unique((reference_of(token), token) for token in self.rows)

    def match(self, message: Received) -> Match:
        """The probe that `message` answers.

        All that speaks for a probe is gathered. Where it speaks for one, that is the answer;
        where for two, nobody is taken: such a message is listed, for a person to look at.
        """
        if token := self._ids.get(message.header("message-id").strip()):
            return Match(token, "own message", (token,), own=True)
        found: dict[str, list[str]] = defaultdict(list)
        for token, how in self._evidence(message):
            if how not in found[token]:
                found[token].append(how)
        if len(found) == 1:
            ((token, ways),) = found.items()
            return Match(token, "; ".join(ways), (token,))
        if not found:
            return Match("", "names no probe")
        said = ", ".join(f"{token} by {' and '.join(ways)}" for token, ways in found.items())
        return Match("", f"names {len(found)} probes: {said}", tuple(found))

    def is_ours(self, address: str) -> bool:
        """Whether an address is our mailbox's or one of its probes'."""
        own = self._mail.address.lower()
        return bool(address) and (address == own or token_in(address, self._mail) is not None)

    def _evidence(self, message: Received) -> Iterator[tuple[str, str]]:
        for name in TO:
            for value in message.headers.get(name, ()):
                if token := self._token_in(value):
                    yield token, f"address in {name}"
        for name in THREAD:
            for token in self._ids_in(message.header(name)):
                yield token, "thread"
        for token in self._returned(message):
            yield token, "returned message"
        for token in self._references_in(f"{message.subject}\n{message.whole}"):
            yield token, "reference"

    def _returned(self, message: Received) -> Iterator[str]:
        """Probes whose own Message-ID or address stands in what is returned or quoted."""
        text = f"{message.returned}\n{message.whole}"
        yield from self._ids_in(text)
        for word in _BETWEEN.split(text):
            if "@" in word and (token := self._token_in(word)):
                yield token

    def _token_in(self, text: str) -> str | None:
        token = token_in(text, self._mail)
        return token if token in self.rows else None

    def _ids_in(self, text: str) -> Iterator[str]:
        for name in _ID.findall(text):
            if token := self._ids.get(name):
                yield token

    def _references_in(self, text: str) -> Iterator[str]:
        for letters, digits in _REFERENCE.findall(text):
            if token := self._references.get(f"{letters.upper()}{digits}"):
                yield token


def _unique(pairs: Iterable[tuple[str, str]]) -> Mapping[str, str]:
    """References that one probe alone has; what two share speaks for neither."""
    tokens: dict[str, list[str]] = defaultdict(list)
    for reference, token in pairs:
        tokens[reference].append(token)
    return {reference: found[0] for reference, found in tokens.items() if len(found) == 1}
