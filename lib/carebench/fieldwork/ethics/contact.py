"""Who has asked not to be contacted: from that moment on no probe goes there."""

from __future__ import annotations

import re
import sqlite3
import unicodedata
from contextlib import suppress
from datetime import UTC, datetime
from email.utils import parseaddr
from functools import lru_cache

from ...schema import CHANNELS, DataError
from ...study import Study
from ..journal.opening import Journal, open_journal, utc_text
from ..journal.states import move, write_event
from ..phone.numbers import e164, line_of
from ..wave import Wave


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
    return any(_is_of(row["address"], address, zone) for row in rows)


def is_allowed(study: Study, address: str, zone: str) -> bool:
    """Whether the sign-off names an address among those that may be contacted."""
    recipients = study.fieldwork.sign_off.recipients
    return any(same(each, zone) == same(address, zone) for each in recipients)


def addresses_of(study: Study, whom: str) -> list[str]:
    """Every address and number of a provider of the study; `whom` itself where it is none."""
    contact = study.fieldwork.providers.get(whom)
    if contact is None:
        return [whom]
    known = (getattr(contact, channel) for channel in CHANNELS)
    return [address for address in known if address]


def stop_contact(
    journal: Journal, address: str, reason: str, *, now: datetime | None = None
) -> int:
    """Never contact `address` again, and cancel what was planned, in one transaction.

    Parameters
    ----------
    address : str
        An e-mail address, a telephone number or another place.
    reason : str
        Why, such as "asked to stop in a reply".

    Returns
    -------
    int
        How many planned probes were cancelled. One that is being sent at this moment can no
        longer be held back.

    Raises
    ------
    DataError
        The address is empty.
    """
    name, now = same(address), now or datetime.now(UTC)
    if not name:
        raise DataError("Say whom not to contact: an address or a telephone number.")
    with journal.transaction() as connection:
        known = connection.execute(
            "INSERT INTO do_not_contact VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
            (name, utc_text(now), reason),
        ).rowcount
        if known:
            write_event(connection, "do_not_contact", f"{name}: {reason}", token=None, now=now)
        return _cancel_planned(connection, name, reason, now)


def carry_over(wave: Wave, journal: Journal, *, now: datetime) -> int:
    """Hold in this wave, too, whoever asked in another one not to be contacted.

    Parameters
    ----------
    wave : Wave
        Whose journal this is; the other waves of the study lie beside it.

    Returns
    -------
    int
        How many addresses were new.

    Raises
    ------
    DataError
        The journal of another wave cannot be read, so that nobody knows who asked.
    """
    new = 0
    for path in sorted(wave.folder.parent.glob(f"*/{wave.journal.name}")):
        if path != wave.journal:
            with open_journal(path) as other:
                asked = other.rows("SELECT address, reason FROM do_not_contact")
            known = {row["address"] for row in journal.rows("SELECT address FROM do_not_contact")}
            for row in asked:
                if row["address"] not in known:
                    stop_contact(journal, row["address"], row["reason"], now=now)
                    new += 1
    return new


def _cancel_planned(connection: sqlite3.Connection, name: str, reason: str, now: datetime) -> int:
    rows = connection.execute("SELECT token, recipient, zone FROM probes WHERE state = 'planned'")
    tokens = [row["token"] for row in rows if _is_of(name, row["recipient"], row["zone"])]
    for token in tokens:
        move(connection, token, "cancelled", kind="do_not_contact", detail=reason, now=now)
    return len(tokens)


def _is_of(barred: str, address: str, zone: str) -> bool:
    """Whether who is barred is who is reached at `address`, which lies in `zone`.

    Where the lists of countries are missing, numbers with the same last digits are taken for
    one: rather one contact too few.
    """
    one, other = same(barred), same(address)
    if one == other:
        return True
    numbers = all(re.fullmatch(r"\+?\d{3,}", each) for each in (one, other))
    return numbers and line_of(one, zone) == line_of(other, zone)
