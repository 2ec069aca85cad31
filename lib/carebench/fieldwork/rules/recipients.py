"""Whom a probe would reach: two writings of one address, who is barred, who is allowed."""

from __future__ import annotations

import re
import sqlite3
import unicodedata
from contextlib import suppress
from email.utils import parseaddr
from functools import lru_cache

from ...schema import DataError
from ...study import Study
from .numbers import e164, line_of


@lru_cache(maxsize=100_000)
def same(address: str, zone: str = "") -> str:
    """An address or number in the form in which two writings of it are alike.

    "Care <Help@Firm.example>" is help@firm.example; "+84 (24) 1234-5678" is +842412345678, and
    so is "024 1234 5678" in the zone Asia/Ho_Chi_Minh; any other place, such as a web form, is
    itself without blanks around it and in small letters.

    Parameters
    ----------
    zone : str
        IANA time zone of the provider, in whose country a number without country code is
        dialled. Without it such a number stays as it is.
    """
    text = re.sub(r"^tel:\s*", "", unicodedata.normalize("NFKC", address).strip(), flags=re.I)
    if "@" in text:
        return (parseaddr(text)[1] or text).strip("<> ").casefold()
    if not re.fullmatch(r"[+\d\s().\-/]*\d[\d\s().\-/]*", text):
        return text.casefold()
    figures = "".join(str(int(letter)) for letter in text if letter.isdigit())
    abroad = text.lstrip("( ").startswith(("+", "00"))
    number = f"+{figures.removeprefix('00')}" if abroad else figures
    with suppress(DataError):
        return e164(number, zone) if zone else number
    return number


def is_barred(connection: sqlite3.Connection, address: str, zone: str) -> bool:
    """Whether an address is among those that are not contacted, in whatever writing."""
    rows = connection.execute("SELECT address FROM do_not_contact")
    return any(is_of(row["address"], address, zone) for row in rows)


def is_allowed(study: Study, address: str, zone: str) -> bool:
    """Whether the sign-off names an address among those that may be contacted."""
    recipients = study.fieldwork.sign_off.recipients
    return any(same(each, zone) == same(address, zone) for each in recipients)


def is_of(barred: str, address: str, zone: str) -> bool:
    """Whether who is barred is who is reached at `address`, which lies in `zone`.

    Where the lists of countries are missing, numbers with the same last digits are taken for
    one: rather one contact too few.
    """
    one, other = same(barred), same(address)
    if one == other:
        return True
    numbers = all(re.fullmatch(r"\+?\d{3,}", each) for each in (one, other))
    return numbers and line_of(one, zone) == line_of(other, zone)
