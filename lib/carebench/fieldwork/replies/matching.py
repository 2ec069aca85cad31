"""Which probe a message answers: by its address, its thread, its reference; never by a guess."""

from __future__ import annotations

import re
import sqlite3
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
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


@dataclass(frozen=True, slots=True)
class Names:
    """What in a message may name a probe, whatever probes there are.

    Parameters
    ----------
    own : str
        Its own Message-ID.
    said : tuple of (str, str)
        Tokens, Message-IDs and references that it holds, and how.
    """

    own: str = ""
    said: tuple[tuple[str, str], ...] = ()


def names_in(message: Received, mail: Mail) -> Names:
    """What in `message` may name a probe; `mail` is our mailbox, by which addresses are known."""
    return Names(
        message.header("message-id").strip(),
        tuple(dict.fromkeys((name, how) for name, how in _named(message, mail) if name)),
    )


def _named(message: Received, mail: Mail) -> Iterator[tuple[str | None, str]]:
    for name in TO:
        for value in message.headers.get(name, ()):
            yield token_in(value, mail), f"address in {name}"
    for name in THREAD:
        for known in _ID.findall(message.header(name)):
            yield known, "thread"
    returned = f"{message.returned}\n{message.whole}"
    for known in _ID.findall(returned):
        yield known, "returned message"
    for word in _BETWEEN.split(returned):
        if "@" in word:
            yield token_in(word, mail), "returned message"
    for letters, digits in _REFERENCE.findall(f"{message.subject}\n{message.whole}"):
        yield f"{letters.upper()}{digits}", "reference"


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
        references = _unique((reference_of(token), token) for token in self.rows)
        self._written_to = {str(row["recipient"]).casefold(): str(row["provider"]) for row in rows}
        self._named = {token: token for token in self.rows} | references | self._ids

    def match(self, names: Names) -> Match:
        """The probe that a message with these names answers.

        All that speaks for a probe is gathered. Where it speaks for one, that is the answer;
        where for two, nobody is taken: such a message is listed, for a person to look at.
        """
        if token := self._ids.get(names.own):
            return Match(token, "own message", (token,), own=True)
        found: dict[str, list[str]] = defaultdict(list)
        for name, how in names.said:
            token = self._named.get(name, "")
            if token and how not in found[token]:
                found[token].append(how)
        if len(found) == 1:
            ((token, ways),) = found.items()
            return Match(token, "; ".join(ways), (token,))
        if not found:
            return Match("", "names no probe")
        said = ", ".join(f"{token} by {' and '.join(ways)}" for token, ways in found.items())
        return Match("", f"names {len(found)} probes: {said}", tuple(found))

    def whose(self, address: str) -> str:
        """The provider that was written to at `address`, "" where none was."""
        return self._written_to.get(address.casefold(), "")

    def is_ours(self, address: str) -> bool:
        """Whether an address is our mailbox's or one of its probes'."""
        own = self._mail.address.lower()
        return bool(address) and (address == own or token_in(address, self._mail) is not None)


def _unique(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    """References that one probe alone has; what two share speaks for neither."""
    tokens: dict[str, list[str]] = defaultdict(list)
    for reference, token in pairs:
        tokens[reference].append(token)
    return {reference: found[0] for reference, found in tokens.items() if len(found) == 1}
