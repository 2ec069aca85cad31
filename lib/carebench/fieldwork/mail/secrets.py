"""The password or token of the mailbox: read when needed, shown nowhere, written nowhere."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
from base64 import b64encode
from dataclasses import dataclass, field

from ...schema import DataError
from ...study import Mail
from .servers import plain

KEYRING = "keyring:"
WITHIN_S = 60  # for the command that prints a token
HIDDEN = "***"
WORD = re.compile(r"[\w.~+/=-]{8,}")  # shorter ones give nothing away
STATUS = re.compile(rb'"status"\s*:\s*"?(\d{3})\b')


@dataclass(frozen=True, slots=True)
class Login:
    """A name, and either a password or a token; neither shows in a traceback."""

    user: str
    password: str = field(default="", repr=False)
    token: str = field(default="", repr=False)

    def xoauth2(self) -> str:
        """What the mechanism XOAUTH2 sends."""
        return f"user={self.user}\x01auth=Bearer {self.token}\x01\x01"

    def hidden(self, said: str | bytes) -> str:
        """What a server said, on one line, without what we told it: some repeat that."""
        text = said.decode("utf-8", "replace") if isinstance(said, bytes) else said
        ours = self._told()
        for secret in filter(None, (self.password, self.token)):
            text = text.replace(secret, HIDDEN)
        return plain(WORD.sub(lambda word: HIDDEN if word[0] in ours else word[0], text))

    def _told(self) -> str:
        """All that we say in a login, bare and as mechanisms write it."""
        said = (self.xoauth2(), f"\0{self.user}\0{self.password}", self.password, self.token)
        coded = (b64encode(words.encode()).decode() for words in said if words)
        return " ".join((self.password, self.token, *coded))

    @property
    def advice(self) -> str:
        """What to look at where a server refuses it."""
        if self.token:
            return (
                "Mind the user, and that fieldwork.mail.token_command prints a token that is "
                "meant for this server and has not expired."
            )
        return (
            "Mind user and password; many mailboxes want an application password, or an OAuth "
            "token (fieldwork.mail.token_command)."
        )


class Bearer:
    """The talk of a login by token: the token first, and nothing to a server that says why not."""

    def __init__(self, login: Login) -> None:
        self._login = login
        self.refusal = ""  # " (status 401)", of what RFC 7628 calls an error challenge

    def __call__(self, challenge: bytes | None = None) -> str:
        """What to answer to a challenge; to none, or to an empty one, the token."""
        if not challenge:
            return self._login.xoauth2()
        found = STATUS.search(challenge)
        why = f"status {found[1].decode()}" if found else self._login.hidden(challenge)
        self.refusal = f" ({why})"
        return ""


def login_of(mail: Mail) -> Login | None:
    """How to log in to the servers of `mail`; None where the study says `password = ""`.

    Raises
    ------
    DataError
        The variable is not set, the keyring knows no such password, the command fails. No
        message holds what was read.
    """
    user = mail.user or mail.address
    if not user.isascii():
        raise DataError(f"fieldwork.mail.user: servers take no login such as {user!r}.")
    if mail.token_command:
        return Login(user, token=_token(mail.token_command))
    if not mail.password:
        return None
    service = mail.password.removeprefix(KEYRING)
    stored = service != mail.password
    password = _from_keyring(service, user) if stored else _from_environment(mail.password)
    if not password.isascii():
        raise DataError(
            f"The password of {user} holds letters that mail servers do not take in a login. Set "
            "one of plain letters, digits and signs; many mailboxes offer application passwords."
        )
    return Login(user, password=password)


def check_name(name: str, key: str) -> None:
    """Refuse what cannot be a variable's name: it may be the password itself.

    Raises
    ------
    DataError
        It is no such name; the message does not hold it.
    """
    if not re.fullmatch(r"[A-Z_][A-Z0-9_]*", name):
        raise DataError(
            f"{key} is no name of an environment variable, such as CAREBENCH_PASSWORD (capitals, "
            "digits and _). What stands there is not shown: if it is the password itself, take it "
            "out of the study file and change it."
        )


def _from_environment(name: str) -> str:
    check_name(name, "fieldwork.mail.password")
    if password := os.environ.get(name, ""):
        return password
    raise DataError(
        f"The environment variable {name}, which fieldwork.mail.password names, is not set. Set "
        'it to the password of the mailbox, or write `password = "keyring:SERVICE"`, or '
        '`password = ""` for a server that asks for none.'
    )


def _from_keyring(service: str, user: str) -> str:
    try:
        import keyring
    except ImportError:
        raise DataError(
            "Passwords of a keyring need a further package. Install it with "
            '`pip install "carebench[keyring]"`.'
        ) from None
    try:
        password = keyring.get_password(service, user)
    except Exception as error:  # each backend has errors of its own
        raise DataError(
            f"The keyring of this machine cannot be read ({type(error).__name__}). Unlock it, or "
            "name an environment variable in fieldwork.mail.password."
        ) from None
    if password:
        return password
    raise DataError(
        f"The keyring holds no password of {user} for {service}. Put it there with "
        f"`keyring set {service} {user}`."
    )


def _token(command: str) -> str:
    """The first line that `command` prints; it is run without a shell."""
    advice = "Run it by hand and look at what it prints; nothing of that is shown here."
    try:
        words = shlex.split(command)
        done = subprocess.run(
            words, stdin=subprocess.DEVNULL, capture_output=True, timeout=WITHIN_S, check=False
        )
    except subprocess.TimeoutExpired:
        raise DataError(
            f"fieldwork.mail.token_command did not end within {WITHIN_S} s. {advice}"
        ) from None
    except (ValueError, IndexError, OSError) as error:
        why = getattr(error, "strerror", None) or "its words cannot be read"
        raise DataError(
            f"fieldwork.mail.token_command cannot be run: {why}. It is a program and its words, "
            "run without a shell."
        ) from None
    if done.returncode:
        raise DataError(f"fieldwork.mail.token_command ended with code {done.returncode}. {advice}")
    lines = done.stdout.decode("ascii", "replace").split("\n", 1)
    token = lines[0].strip()
    if not token or not all("!" <= letter <= "~" for letter in token):
        raise DataError(f"fieldwork.mail.token_command printed no token. {advice}")
    return token
