"""One probe, one SMTP transaction: what the server said, and whose fault it was.

Only a refusal of the provider's address is the provider's; whatever else goes wrong is ours, and
says nothing of the provider. Once the text of a message is under way nobody can know, without
an answer, whether it was taken: that is a doubt, never a reason to send it again.
"""

from __future__ import annotations

import re
import smtplib
import ssl
import time
from dataclasses import dataclass
from typing import Literal

from ...schema import DataError
from ...study import Study
from .secrets import Bearer, Login, login_of
from .servers import PATIENCE_S, at_once, host_and_port, plain, trust, unreachable

Verdict = Literal["sent", "refused", "failed", "again", "in_doubt"]
AFTER_DOT_S = 600.0  # RFC 5321, 4.5.3.2.6: so long may a server think about a whole message
LONGEST_BESIDE_AUTH = 360  # letters; in base64 they are 480, of the 512 of RFC 4954, section 4
IDLE_S = 20.0  # after which a connection is tried before it is used
ENHANCED = re.compile(r"^([245])\.(\d{1,3})\.(\d{1,3})\b")
NO_SUCH = (550, 551, 552, 553, 556)  # of the recipient, where no enhanced code says more


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one transaction, with every reply of the server in order."""

    verdict: Verdict
    replies: tuple[str, ...]
    ours: bool  # the fault, if any, is ours or our server's

    @property
    def detail(self) -> str:
        """The replies on one line."""
        return "; ".join(self.replies)


class Submission:
    """A connection to the server that sends our mail, logged in.

    Raises
    ------
    Unreachable
        The server does not answer, or breaks off.
    DataError
        It cannot be trusted, lacks what is needed, or refuses the login.
    """

    def __init__(self, study: Study) -> None:
        self.server = study.fieldwork.mail.smtp
        self._client = _connected(study)
        self._used = time.monotonic()
        try:
            _log_in(self._client, login_of(study.fieldwork.mail), self.server)
        except BaseException:
            self.close()
            raise

    @property
    def alive(self) -> bool:
        """Whether it can carry a further message."""
        if self._client.sock is None:
            return False
        if time.monotonic() - self._used < IDLE_S:
            return True
        try:
            return self._client.noop()[0] == 250
        except (OSError, smtplib.SMTPException):
            return False

    def send(self, own: str, recipient: str, raw: bytes) -> Outcome:
        """Offer `raw` to `recipient`, with a witness copy to `own`, the sender, or to neither."""
        talk = _Transaction(self._client)
        outcome = talk.run(own, recipient, raw)
        self._used = time.monotonic()
        if outcome.verdict == "in_doubt" or talk.broken:
            self.close()
        return outcome

    def close(self) -> None:
        """Say good-bye, if that is still possible."""
        try:
            if self._client.sock is not None:
                self._client.quit()
        except (OSError, smtplib.SMTPException):
            pass
        finally:
            self._client.close()

    def __enter__(self) -> Submission:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class _Transaction:
    """MAIL, RCPT of the provider, RCPT of the witness, DATA."""

    def __init__(self, client: smtplib.SMTP) -> None:
        self._client = client
        self._replies: list[str] = []
        self._text_began = False
        self.broken = False

    def run(self, own: str, recipient: str, raw: bytes) -> Outcome:
        try:
            return self._talk(own, recipient, raw)
        except (OSError, smtplib.SMTPException) as error:
            self.broken = True
            self._replies.append(f"broken off: {plain(str(error))}")
            return self._outcome("in_doubt" if self._text_began else "again", ours=True)

    def _talk(self, own: str, recipient: str, raw: bytes) -> Outcome:
        beyond_ascii = not (own + recipient).isascii()
        if beyond_ascii and not self._client.has_extn("smtputf8"):
            self._replies.append("our server carries no addresses beyond ASCII (SMTPUTF8)")
            return self._outcome("failed", ours=True)
        self._client.command_encoding = "utf-8" if beyond_ascii else "ascii"
        options = ("SMTPUTF8", "BODY=8BITMIME") if beyond_ascii else ()
        code, _ = self._note("MAIL", self._client.mail(own, options))
        if code // 10 != 25:
            return self._given_up(ours=True)
        code, said = self._note("RCPT provider", self._client.rcpt(recipient))
        if code // 10 != 25:
            theirs = _is_theirs(code, said)
            put_off = code // 100 == 4  # by them or for them: nothing is wrong on our side
            return self._given_up("refused" if theirs else "again", ours=not (theirs or put_off))
        code, _ = self._note("RCPT witness", self._client.rcpt(own))
        if code // 10 != 25:
            return self._given_up(ours=True)
        code, _ = self._note("DATA", self._client.docmd("DATA"))
        if code != 354:
            return self._given_up(ours=True)
        return self._text(raw)

    def _text(self, raw: bytes) -> Outcome:
        """The message itself, ended by a line with a dot alone."""
        if self._client.sock is not None:
            self._client.sock.settimeout(AFTER_DOT_S)
        stuffed = re.sub(rb"^\.", b"..", raw, flags=re.MULTILINE)
        end = b".\r\n" if raw.endswith(b"\r\n") else b"\r\n.\r\n"
        self._text_began = True
        self._client.send(stuffed + end)
        code, _ = self._note("text", self._client.getreply())
        if self._client.sock is not None:
            self._client.sock.settimeout(PATIENCE_S)
        if code // 100 == 2:
            return self._outcome("sent", ours=False)
        self.broken = code == 421
        return self._outcome("again" if code // 100 == 4 else "failed", ours=True)

    def _given_up(self, verdict: Verdict = "again", *, ours: bool) -> Outcome:
        """Nothing was offered to anybody: what our side lacks can be mended, then tried again."""
        outcome = self._outcome(verdict, ours=ours)
        try:
            self.broken = self._client.rset()[0] != 250
        except (OSError, smtplib.SMTPException):
            self.broken = True
        return outcome

    def _note(self, step: str, reply: tuple[int, bytes]) -> tuple[int, str]:
        code, said = reply[0], plain(reply[1])
        self._replies.append(f"{step}: {code} {said}")
        if code == -1:
            raise smtplib.SMTPServerDisconnected(f"no SMTP reply: {said}")
        return code, said

    def _outcome(self, verdict: Verdict, *, ours: bool) -> Outcome:
        return Outcome(verdict, tuple(self._replies), ours)


def _is_theirs(code: int, said: str) -> bool:
    """Whether a refusal of a recipient is the recipient's, by RFC 3463.

    5.1.x speaks of addresses (7 and 8: the sender's), 5.2.x of the mailbox. Policy (5.7.x),
    routes (5.4.x) and protocol (5.5.x) may be about us, as is "503 say EHLO first".
    """
    if code // 100 != 5:
        return False
    if found := ENHANCED.match(said):
        _, subject, detail = (int(part) for part in found.groups())
        return subject == 2 or (subject == 1 and detail not in (7, 8))
    return code in NO_SUCH


def _connected(study: Study) -> smtplib.SMTP:
    """A connection after EHLO, protected as the study says."""
    mail = study.fieldwork.mail
    host, port = host_and_port(study, "smtp")
    name = mail.address.rpartition("@")[2].encode("idna").decode("ascii")
    context = trust(study)
    client: smtplib.SMTP | None = None
    try:
        if mail.smtp_security == "tls":
            client = smtplib.SMTP_SSL(host, port, name, timeout=PATIENCE_S, context=context)
        else:
            client = smtplib.SMTP(host, port, name, timeout=PATIENCE_S)
        if client.sock is not None:
            at_once(client.sock)
        client.ehlo_or_helo_if_needed()
        if mail.smtp_security == "starttls":
            _protect(client, context, mail.smtp)
    except (OSError, smtplib.SMTPException) as error:
        if client is not None:
            client.close()
        raise unreachable(mail.smtp, error) from None
    except DataError:
        if client is not None:
            client.close()
        raise
    return client


def _protect(client: smtplib.SMTP, context: ssl.SSLContext, server: str) -> None:
    if not client.has_extn("starttls"):
        raise DataError(
            f"{server} offers no STARTTLS, so passwords and mail would go there in the open. Use "
            'its port for TLS with `smtp_security = "tls"`.'
        )
    client.starttls(context=context)
    client.ehlo()


def _log_in(client: smtplib.SMTP, login: Login | None, server: str) -> None:
    if login is None:
        return
    bearer = Bearer(login)
    try:
        if login.token:
            short = len(login.xoauth2()) <= LONGEST_BESIDE_AUTH
            client.auth("XOAUTH2", bearer, initial_response_ok=short)
        else:
            client.login(login.user, login.password)
    except smtplib.SMTPNotSupportedError:
        raise DataError(
            f'{server} offers no login. Mind the port; where none is needed write `password = ""`.'
        ) from None
    except smtplib.SMTPAuthenticationError as error:
        said = f"{error.smtp_code} {login.hidden(error.smtp_error)}{bearer.refusal}"
        if error.smtp_code // 100 == 4:
            raise unreachable(server, ConnectionError(said)) from None
        raise DataError(
            f"{server} refuses the login of {login.user}: {said}. {login.advice}"
        ) from None
    except (OSError, ValueError, smtplib.SMTPException) as error:  # ValueError: of base64
        raise unreachable(server, ConnectionError(login.hidden(str(error)))) from None
