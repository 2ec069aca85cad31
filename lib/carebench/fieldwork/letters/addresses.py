"""The address and the reference of each probe, by which whatever comes back is known."""

from __future__ import annotations

import hashlib
import re
from functools import lru_cache

from ...schema import DataError
from ...study import Mail

TOKEN = "[a-z2-7]{16}"
LETTERS = "BCDFGHJKLMNPQRSTVWXZ"  # no vowels, so that no word comes of them
DIGITS = 8


def address_of(token: str, mail: Mail) -> str:
    """The address that the probe `token` is sent from and answered to.

    Raises
    ------
    DataError
        The study names no address of its own.
    """
    local, domain = _parts(mail)
    return f"{token}@{domain}" if mail.alias == "catch_all" else f"{local}+{token}@{domain}"


def token_in(address: str, mail: Mail) -> str | None:
    """The token of the first probe whose own address stands in `address`, in any letter case.

    Takes an address or a whole header line: `"A" <audit+token@b.example>, c@d.example`.
    """
    found = _pattern(mail.address, mail.alias).search(address) if mail.address else None
    return found[1].lower() if found else None


def reference_of(token: str) -> str:
    """What a customer would quote, such as an order number: two letters and eight digits.

    It follows from the token alone. Of 10,000 probes, two have the same in one plan of 800.
    """
    number = int.from_bytes(hashlib.sha256(f"reference {token}".encode()).digest()[:16], "big")
    number, figures = divmod(number, 10**DIGITS)
    number, first = divmod(number, len(LETTERS))
    return f"{LETTERS[first]}{LETTERS[number % len(LETTERS)]}{figures:0{DIGITS}d}"


def on_the_wire(address: str) -> str:
    """`address` with its domain as the servers know it: bücher.example is xn--bcher-kva.example.

    Raises
    ------
    DataError
        The domain cannot be one.
    """
    local, _at, domain = address.rpartition("@")
    try:
        return f"{local}@{domain.encode('idna').decode('ascii')}"
    except UnicodeError:
        raise DataError(
            f"{address!r} cannot be an address: servers know no domain {domain!r}. Correct it in "
            "the study file."
        ) from None


def _parts(mail: Mail) -> tuple[str, str]:
    """What stands before and after the @ of our own address."""
    if not mail.address:
        raise DataError(
            "fieldwork.mail.address is empty. Give the address of the audit's mailbox, which "
            "answers come to."
        )
    local, _at, domain = on_the_wire(mail.address).rpartition("@")
    if not local.isascii():
        raise DataError(
            f"fieldwork.mail.address is {mail.address!r}. Give one with plain letters before the "
            "@: many providers' servers could answer no other."
        )
    return local, domain


@lru_cache(maxsize=8)
def _pattern(address: str, alias: str) -> re.Pattern[str]:
    local, _at, domain = address.rpartition("@")
    wire = on_the_wire(address).rpartition("@")[2]
    before = "" if alias == "catch_all" else re.escape(local) + r"\+"
    after = "|".join(re.escape(name) for name in dict.fromkeys((wire, domain)))
    return re.compile(rf"(?<![\w.+-]){before}({TOKEN})@(?:{after})(?![\w-]|\.\w)", re.IGNORECASE)
