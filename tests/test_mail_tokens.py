"""Logging in by token (XOAUTH2): to read and to send, and that the token goes nowhere else."""

from __future__ import annotations

import socketserver
import sys
import threading
import time
from base64 import b64decode, b64encode
from datetime import UTC, datetime
from pathlib import Path

import pytest
from aiosmtpd.smtp import AuthResult

from carebench.cli import main
from carebench.fieldwork.mail import imap as imap_module
from carebench.fieldwork.mail import secrets
from carebench.fieldwork.mail import smtp as smtp_module
from carebench.fieldwork.mail.collecting import collect
from carebench.fieldwork.mail.secrets import Bearer, Login
from carebench.fieldwork.mail.sending import send
from carebench.schema import DataError
from mail_waves import NOW, due_wave, states
from mailroom import HOST, LOGIN, Relay

TOKEN = "ya29.a0AfB-invented_token~of/no+body" + "=" * 2
LONG = "eyJ0eXAiOiJKV1QiLCJhbGciOiJub25lIn0." + "aW52ZW50ZWQ" * 180  # as long as Microsoft's
EXPIRED = b'{"status":"401","schemes":"bearer mac","scope":"https://mail.example/"}'


def printing(token: str) -> dict[str, object]:
    return {"fieldwork.mail.token_command": f"{sys.executable} -c {f'print({token!r})'!r}"}


class TokenMailbox(socketserver.ThreadingTCPServer):
    """Speaks as much IMAP as a login by token and one message need.

    `refusal` is what it says, before NO, to a token that it does not know: a challenge of
    RFC 7628, or none; `echo` makes it repeat in its NO what it was sent.
    """

    daemon_threads = True
    allow_reuse_address = True

    def __init__(self, *, refusal: bytes = EXPIRED, echo: bool = False) -> None:
        super().__init__((HOST, 0), _Talk)
        self.refusal, self.echo = refusal, echo
        self.answers: list[bytes] = []  # to the challenges
        threading.Thread(target=self.serve_forever, args=(0.05,), daemon=True).start()

    def keys(self) -> dict[str, object]:
        return {
            "fieldwork.mail.imap": f"{HOST}:{self.server_address[1]}",
            "fieldwork.mail.imap_security": "none",
            "fieldwork.mail.folders": ["INBOX"],
            **LOGIN,
        }

    def __exit__(self, *_error: object) -> None:
        self.shutdown()
        self.server_close()


class _Talk(socketserver.StreamRequestHandler):
    timeout = 10
    server: TokenMailbox

    def handle(self) -> None:
        self.say(b"* OK IMAP4rev1 ready")
        for _line in range(40):
            tag, _blank, command = self.rfile.readline().strip().partition(b" ")
            if not tag:
                return
            done = self.heard(command.upper(), tag)
            self.say(tag + b" " + (done or b"OK done"))
            if command.upper() == b"LOGOUT":
                return

    def say(self, line: bytes) -> None:
        self.wfile.write(line + b"\r\n")

    def heard(self, command: bytes, tag: bytes) -> bytes:
        if command == b"AUTHENTICATE XOAUTH2":
            return self.log_in()
        letter = b"From: x@alder.example\r\n\r\nnews\r\n"
        head = b'* 1 FETCH (UID 7 INTERNALDATE "02-Dec-2026 04:05:06 +0000" '
        answers = {
            b"CAPABILITY": b"* CAPABILITY IMAP4rev1 AUTH=XOAUTH2",
            b"LIST": b'* LIST () "/" INBOX',
            b"EXAMINE": b"* 1 EXISTS\r\n* OK [UIDVALIDITY 3] valid",
            b"UID FETCH 1:*": head + b"RFC822.SIZE %d)" % len(letter),
            b"UID FETCH 7": head + b"BODY[] {%d}\r\n%s)" % (len(letter), letter),
            b"LOGOUT": b"* BYE",
        }
        for start, answer in answers.items():
            if command.startswith(start):
                self.say(answer)
        return b""

    def log_in(self) -> bytes:
        self.say(b"+ ")
        sent = self.rfile.readline().strip()
        said = b64decode(sent).decode()
        if said == f"user=audit\x01auth=Bearer {TOKEN}\x01\x01":
            return b"OK welcome"
        if self.server.refusal:
            self.say(b"+ " + b64encode(self.server.refusal))
            self.server.answers.append(self.rfile.readline())
        repeated = b" " + sent + b" " + said.encode() if self.server.echo else b""
        return b"NO [AUTHENTICATIONFAILED] refused" + repeated.replace(b"\x01", b" ")


@pytest.fixture(autouse=True)
def impatient(monkeypatch):
    for module in (imap_module, smtp_module):
        monkeypatch.setattr(module, "PATIENCE_S", 5.0)


def nowhere(token: str, *texts: str, folder: Path) -> bool:
    """Whether a token is neither in `texts` nor in any file of a study, bare or coded."""
    written = "\n".join(texts).encode() + b"".join(
        path.read_bytes() for path in folder.rglob("*") if path.is_file() and path.suffix != ".toml"
    )
    login = Login("audit", token=token)
    coded = b64encode(login.xoauth2().encode())
    # where a coding begins is the same for every token: a piece of its middle gives it away
    return not any(each in written for each in (token.encode(), token[:20].encode(), coded[40:60]))


def test_a_token_opens_the_mailbox(tmp_path):
    with TokenMailbox() as box:
        study, _ = due_wave(tmp_path, 1, **box.keys(), **printing(TOKEN))
        assert collect(study, say=lambda _line: None).new == 1
    assert nowhere(TOKEN, folder=tmp_path)


def test_an_expired_token_is_told_by_the_status_that_the_mailbox_gives(tmp_path):
    stale = "stale-" + TOKEN
    with TokenMailbox() as box:
        study, _ = due_wave(tmp_path, 1, **box.keys(), **printing(stale))
        with pytest.raises(DataError, match=r"refused \(status 401\)\. Mind the user") as caught:
            collect(study)
    assert box.answers == [b"\r\n"]  # as Google and Microsoft ask, before they say NO
    assert "has not expired" in str(caught.value)
    assert nowhere(stale, str(caught.value), folder=tmp_path)


@pytest.mark.parametrize("refusal", [b"", b"no JSON at all"])
def test_a_refusal_without_a_status_is_a_refusal(tmp_path, refusal):
    with TokenMailbox(refusal=refusal) as box:
        study, _ = due_wave(tmp_path, 1, **box.keys(), **printing("stale-" + TOKEN))
        with pytest.raises(DataError, match="refuses the login of audit"):
            collect(study)


def test_a_mailbox_that_repeats_the_token_is_not_repeated(tmp_path, capsys):
    stale = "stale-" + TOKEN
    with TokenMailbox(refusal=b"bad token " + stale.encode(), echo=True) as box:
        study, _ = due_wave(tmp_path, 1, **box.keys(), **printing(stale))
        assert main(["probe", "collect", str(study.path)]) != 0
    told = "".join(capsys.readouterr())
    assert "refuses the login" in told
    assert nowhere(stale, told, folder=tmp_path)


class EchoingRelay(Relay):
    """Repeats what it was sent, as careless servers do, and refuses for now or for good."""

    code = "535 5.7.8"

    async def auth_XOAUTH2(self, server, arguments):
        said = " ".join(arguments)
        if len(arguments) == 1:
            said = b64encode(await server.challenge_auth("")).decode()
        self.logins.append(said)
        await server.push(f"{self.code} cannot use {said}: {b64decode(said.split()[-1])!r}")
        return AuthResult(success=False, handled=True)


def relayed(folder: Path, relay: Relay, token: str):
    trusted = {"fieldwork.mail.certificates": relay.certificates(folder)}
    return due_wave(folder, 1, **relay.keys(), **trusted, **printing(token))


@pytest.mark.parametrize("token", [TOKEN, LONG], ids=["short", "long"])
def test_a_token_of_any_length_opens_the_relay(tmp_path, token):
    with Relay(security="starttls", tokens=(token,)) as relay:
        study, wave = relayed(tmp_path, relay, token)
        assert send(study, live=True, now=NOW, say=lambda _line: None).outcomes == {"sent": 1}
    assert set(states(wave).values()) == {"sent"}
    assert nowhere(token, folder=tmp_path)


def test_an_expired_token_is_told_by_the_status_that_the_relay_gives(tmp_path, capsys):
    stale = "stale-" + TOKEN
    with Relay(security="starttls", tokens=(TOKEN,)) as relay:
        study, wave = relayed(tmp_path, relay, stale)
        with pytest.raises(DataError, match=r"535 .*\(status 401\)\. Mind the user") as caught:
            send(study, live=True, now=NOW)
    assert set(states(wave).values()) == {"planned"}
    told = str(caught.value) + "".join(capsys.readouterr())
    assert nowhere(stale, told, folder=tmp_path)


@pytest.mark.parametrize("code", ["535 5.7.8", "454 4.7.0"])
@pytest.mark.parametrize("token", ["stale-" + TOKEN, LONG], ids=["short", "long"])
def test_a_relay_that_repeats_the_token_is_not_repeated(tmp_path, capsys, code, token):
    with EchoingRelay(security="starttls", tokens=(TOKEN,)) as relay:
        relay.code = code
        study, wave = relayed(tmp_path, relay, token)
        with pytest.raises(DataError, match="cannot use") as caught:
            send(study, live=True, now=NOW)
    assert relay.logins
    assert set(states(wave).values()) == {"planned"}
    assert nowhere(token, str(caught.value), *capsys.readouterr(), folder=tmp_path)


@pytest.mark.parametrize(
    ("command", "says"),
    [
        ("import sys; print('ya29.half'); sys.exit(2)", "ended with code 2"),
        ("print('ya29.half', flush=True); import time; time.sleep(60)", "did not end within"),
        ("pass", "printed no token"),
    ],
    ids=["fails", "hangs", "prints nothing"],
)
def test_a_command_without_a_token_claims_no_probe(tmp_path, monkeypatch, capsys, command, says):
    if says == "did not end within":
        monkeypatch.setattr(secrets, "WITHIN_S", 1)
    how = {"fieldwork.mail.token_command": f"{sys.executable} -c {command!r}"}
    began = time.monotonic()
    with Relay(security="none", tokens=(TOKEN,)) as relay, TokenMailbox() as box:
        study, wave = due_wave(tmp_path, 1, **relay.keys() | box.keys() | how)
        for act in (lambda: send(study, live=True, now=NOW), lambda: collect(study)):
            with pytest.raises(DataError, match=says) as caught:
                act()
    assert time.monotonic() - began < 20
    assert set(states(wave).values()) == {"planned"}
    assert nowhere("ya29.half", str(caught.value), *capsys.readouterr(), folder=tmp_path)


def test_each_connection_asks_the_command_anew(tmp_path):
    count = tmp_path / "asked"
    command = f"open({str(count)!r}, 'a').write('x'); print({TOKEN!r})"
    how = {"fieldwork.mail.token_command": f"{sys.executable} -c {command!r}"}
    with TokenMailbox() as box:
        study, _ = due_wave(tmp_path, 1, **box.keys(), **how)
        for _time in range(2):
            collect(study, now=datetime(2026, 12, 3, tzinfo=UTC), say=lambda _line: None)
    assert count.read_text() == "xx"


def test_what_a_server_says_keeps_its_own_words():
    login = Login("audit", password="an invented password")
    said = b"535 5.7.8 Authentication failed: authentication failure"
    assert login.hidden(said) == said.decode()
    assert Bearer(Login("audit", token=TOKEN))() == f"user=audit\x01auth=Bearer {TOKEN}\x01\x01"
