"""Reads a mailbox over IMAP and leaves it as it is: nothing is flagged, moved or deleted."""

from __future__ import annotations

import email.utils
import imaplib
import re
import ssl
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from ...schema import DataError
from ...study import Study
from ..letters.reading import LARGEST
from .folders import Folder, listed, quoted
from .secrets import Bearer, Login, login_of
from .servers import PATIENCE_S, Unreachable, at_once, host_and_port, plain, trust, unreachable

AT_ONCE = 200  # messages in one answer
BYTES_AT_ONCE = 20 * 1024 * 1024
UID = re.compile(rb"\bUID (\d+)", re.IGNORECASE)
SIZE = re.compile(rb"\bRFC822\.SIZE (\d+)", re.IGNORECASE)
DATE = re.compile(rb'\bINTERNALDATE "([^"]+)"', re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Listed:
    """A message before it is fetched."""

    uid: int
    size: int  # bytes, as the server says
    received: datetime


@dataclass(frozen=True, slots=True)
class Fetched:
    """A message and when the server got it."""

    uid: int
    received: datetime
    raw: bytes


class Account:
    """A mailbox, logged in and opened for reading alone.

    Raises
    ------
    Unreachable
        The server does not answer or breaks off; what was read before is none the worse.
    DataError
        It cannot be trusted, or refuses the login.
    """

    def __init__(self, study: Study) -> None:
        self.server = study.fieldwork.mail.imap
        self._imap = _connected(study)
        try:
            _log_in(self._imap, login_of(study.fieldwork.mail), self.server)
        except BaseException:
            self.close()
            raise

    def folders(self) -> list[Folder]:
        """All folders; none where the server does not say."""
        kind, answers = self._asked(lambda: self._imap.list('""', '"*"'))
        return listed(answers) if kind == "OK" else []

    def open(self, folder: str) -> int | None:
        """Open `folder` for reading and return its UIDVALIDITY; None where it cannot be opened."""
        kind, _ = self._asked(lambda: self._imap.select(quoted(folder), readonly=True))
        if kind != "OK":
            return None
        _, said = self._imap.response("UIDVALIDITY")
        number = said[-1] if said else None
        return int(number) if isinstance(number, bytes) and number.isdigit() else 0

    def after(self, uid: int) -> list[Listed]:
        """The messages of the open folder whose UID is greater, in order."""
        what = f"{uid + 1}:*", "(UID RFC822.SIZE INTERNALDATE)"
        found = {}
        for head, _ in self._fetched(*what):
            number, size, date = UID.search(head), SIZE.search(head), DATE.search(head)
            if number and size and int(number[1]) > uid:  # `n:*` names the last one at least
                message = Listed(int(number[1]), int(size[1]), _moment(date))
                found[message.uid] = message
        return [found[number] for number in sorted(found)]

    def read(self, messages: list[Listed]) -> Iterator[list[Fetched]]:
        """The bytes of `messages`, some at a time; of a very large one its beginning alone.

        A message that the server does not give, though asked for twice, is missing from what
        comes: it was deleted meanwhile, or is damaged there.
        """
        for some in _batches(messages):
            got = self._bodies(some)
            for message in some:
                if message.uid not in got:
                    got |= self._bodies([message])
            yield [Fetched(m.uid, m.received, got[m.uid]) for m in some if m.uid in got]

    def close(self) -> None:
        """Log out, if that is still possible."""
        try:
            self._imap.logout()
        except (OSError, imaplib.IMAP4.error):
            _drop(self._imap)

    def _bodies(self, messages: list[Listed]) -> dict[int, bytes]:
        part = f"<0.{LARGEST + 1}>" if messages[0].size > LARGEST else ""
        numbers = ",".join(str(message.uid) for message in messages)
        bodies = {}
        for head, literal in self._fetched(numbers, f"(UID BODY.PEEK[]{part})"):
            number = UID.search(head)
            if number and literal:
                bodies[int(number[1])] = literal
        return bodies

    def _fetched(self, numbers: str, what: str) -> Iterator[tuple[bytes, bytes]]:
        kind, answers = self._asked(lambda: self._imap.uid("FETCH", numbers, what))
        if kind != "OK":
            raise Unreachable(f"{self.server} does not give its messages: {_said(answers)}.")
        return responses(answers)

    def _asked(self, question: Callable[[], tuple[str, list[Any]]]) -> tuple[str, list[Any]]:
        try:
            return question()
        except (OSError, imaplib.IMAP4.error) as error:
            raise Unreachable(
                f"{self.server} broke off: {plain(str(error)) or type(error).__name__}."
            ) from None

    def __enter__(self) -> Account:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def responses(answers: list[Any]) -> Iterator[tuple[bytes, bytes]]:
    """What `imaplib` makes of FETCH responses: all words of each, and its literal.

    Words may stand before and after the literal, in any order, and a server may send more than
    was asked for.
    """
    words, literal, is_open = b"", b"", False
    for answer in [*answers, None]:
        if is_open and isinstance(answer, bytes):
            words, is_open = words + b" " + answer, False
            continue
        if words:
            yield words, literal
        if isinstance(answer, tuple):
            words, literal, is_open = bytes(answer[0]), bytes(answer[1]), True
        else:
            words, literal, is_open = answer or b"", b"", False


def _batches(messages: list[Listed]) -> Iterator[list[Listed]]:
    """Groups that fit in one answer; a very large message comes alone."""
    some: list[Listed] = []
    for message in messages:
        size = sum(other.size for other in some) + message.size
        if some and (len(some) >= AT_ONCE or size > BYTES_AT_ONCE or message.size > LARGEST):
            yield some
            some = []
        some.append(message)
        if message.size > LARGEST:
            yield some
            some = []
    if some:
        yield some


def _moment(date: re.Match[bytes] | None) -> datetime:
    """INTERNALDATE; now where a server gives none that can be read, for it is there now."""
    try:
        text = date[1].decode("ascii") if date else ""
        moment = email.utils.parsedate_to_datetime(text)
        return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    except ValueError:
        return datetime.now(UTC)


def _connected(study: Study) -> imaplib.IMAP4:
    mail = study.fieldwork.mail
    host, port = host_and_port(study, "imap")
    context = trust(study)
    imap: imaplib.IMAP4 | None = None
    try:
        if mail.imap_security == "tls":
            imap = imaplib.IMAP4_SSL(host, port, ssl_context=context, timeout=PATIENCE_S)
        else:
            imap = imaplib.IMAP4(host, port, timeout=PATIENCE_S)
        at_once(imap.sock)
        if mail.imap_security == "starttls":
            _protect(imap, context, mail.imap)
    except (OSError, imaplib.IMAP4.error) as error:
        _drop(imap)
        raise unreachable(mail.imap, error) from None
    except DataError:
        _drop(imap)
        raise
    return imap


def _protect(imap: imaplib.IMAP4, context: ssl.SSLContext, server: str) -> None:
    if "STARTTLS" not in imap.capabilities:
        raise DataError(
            f"{server} offers no STARTTLS, so the password and the answers would go in the open. "
            'Use its port for TLS with `imap_security = "tls"`.'
        )
    imap.starttls(context)


def _drop(imap: imaplib.IMAP4 | None) -> None:
    """Let go of a connection, whatever became of it."""
    if imap is not None:
        with suppress(OSError):
            imap.shutdown()


def _log_in(imap: imaplib.IMAP4, login: Login | None, server: str) -> None:
    if imap.state != "NONAUTH":
        return  # the server knows who we are
    if login is None:
        raise DataError(
            f"{server} wants a login. Name a password in fieldwork.mail.password, or a "
            "token_command."
        )
    bearer = Bearer(login)
    try:
        if login.token:
            imap.authenticate("XOAUTH2", lambda challenge: bearer(challenge).encode())
        else:
            imap.login(login.user, login.password)
    except (OSError, ValueError, imaplib.IMAP4.abort) as error:  # ValueError: of base64
        raise unreachable(server, ConnectionError(login.hidden(str(error)))) from None
    except imaplib.IMAP4.error as error:
        said = f"{login.hidden(error.args[0] if error.args else '')}{bearer.refusal}"
        raise DataError(
            f"{server} refuses the login of {login.user}: {said}. {login.advice}"
        ) from None


def _said(answers: list[Any]) -> str:
    last = answers[-1] if answers else b""
    return plain(last if isinstance(last, bytes | str) else str(last))
