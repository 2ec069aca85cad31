"""Who has asked not to be contacted: from that moment on no probe goes there."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from ...schema import CHANNELS, DataError, nearest
from ...study import Study
from ..rules.recipients import is_of, same
from ..wave import Wave
from .opening import Journal, open_journal, utc_text
from .states import move, write_event


def addresses_of(study: Study, whom: str) -> list[str]:
    """Every address, number and page of a provider, or of all who share a centre.

    Names are known in whatever case of letters and form of their accents. Where `whom` names
    nobody, it is taken for an address itself.
    """
    named, asked = study.fieldwork.providers, _name(whom)
    meant = [
        contact
        for name, contact in named.items()
        if asked and asked in {_name(name), _name(contact.centre)}
    ]
    known = [getattr(contact, channel) for contact in meant for channel in CHANNELS]
    return list(dict.fromkeys(filter(None, known))) if meant else [whom]


def addresses_to_stop(study: Study, whom: str) -> list[str]:
    """As `addresses_of`, of somebody who is really there.

    Raises
    ------
    DataError
        `whom` is neither a name of the study nor looks like an address, or has none: nothing
        would be stopped, whatever the list said from then on.
    """
    addresses = addresses_of(study, whom)
    if not addresses:
        raise DataError(
            f"{study.path.name} names no address, number or page of {whom}: there is nothing to "
            "bar. Give the address itself, if you know one."
        )
    known = addresses != [whom] or reached_at(study, addresses)
    if not known and not re.search(r"[@\d./:]", whom):
        names = list(study.fieldwork.providers)
        raise DataError(
            f"{study.path.name} knows no provider {whom!r}, and an address it is not: nobody was "
            f"stopped.{nearest(whom, names)} Its providers: {', '.join(names)}."
        )
    return addresses


def _name(written: str) -> str:
    return same(" ".join(written.split()))


def _is_any_of(addresses: Iterable[str], recipient: str, zone: str) -> bool:
    return any(is_of(same(one), recipient, zone) for one in addresses)


def reached_at(study: Study, addresses: Iterable[str]) -> list[str]:
    """The providers of the study that are reached at any of the addresses."""
    given, named = list(addresses), study.fieldwork.providers
    return [
        provider
        for provider, contact in named.items()
        if any(
            _is_any_of(given, other, contact.zone or study.zone)
            for other in addresses_of(study, provider)
        )
    ]


def still_planned(study: Study, journal: Journal, addresses: Iterable[str]) -> list[sqlite3.Row]:
    """What is planned at whoever is reached at the addresses, or shares a centre with them.

    Returns
    -------
    list of rows
        provider, channel, recipient and n, how many attempts.
    """
    named = study.fieldwork.providers
    whom = reached_at(study, addresses)
    centres = {same(named[provider].centre) for provider in whom} - {""}
    kin = [name for name in named if name in whom or same(named[name].centre) in centres]
    return journal.rows(
        "SELECT provider, channel, recipient, count(*) AS n FROM probes WHERE state = 'planned' "
        f"AND provider IN ({', '.join('?' * len(kin))}) GROUP BY provider, channel, recipient",
        *kin,
    )


def what_is_left(study: Study, journal: Journal, addresses: list[str], whom: str) -> list[str]:
    """What is to be said after a stop: who is left in peace, and what is still planned.

    Parameters
    ----------
    addresses : list of str
        The addresses that were stopped.
    whom : str
        Who was named, as it was written.
    """
    named, stopped = study.fieldwork.providers, reached_at(study, addresses)
    lines = []
    for provider in stopped:
        pages = [page for page in (named[provider].website, named[provider].web_form) if page]
        if pages:
            lines.append(f"Pages of {provider} are no longer visited either: {', '.join(pages)}.")
    if not stopped:
        known = [*named, *(each for name in named for each in addresses_of(study, name))]
        said = "Nothing that is planned goes there: look whether it is written right."
        lines.append(said + nearest(whom, known))
    lines += _on_paper(study, journal, addresses)
    left = still_planned(study, journal, addresses)
    lines += [
        f"STILL PLANNED: {row['n']} by {row['channel']} at {row['provider']}, {row['recipient']}"
        for row in left
    ]
    return lines + [
        f'  To stop that too: carebench probe stop STUDY "{provider}"'
        for provider in dict.fromkeys(row["provider"] for row in left)
    ]


def _on_paper(study: Study, journal: Journal, addresses: list[str]) -> Iterator[str]:
    """What was cancelled but stands in sheets and calendars that shoppers have."""
    rows = journal.rows(
        "SELECT shopper, recipient, zone, channel, due_utc FROM probes WHERE state = 'cancelled' "
        "AND channel <> 'email' ORDER BY shopper, due_utc"
    )
    zone = study.zone or "UTC"
    said = [
        f"{row['shopper']}: {row['channel']} at {row['recipient']}, {_clock(row['due_utc'], zone)}"
        for row in rows
        if _is_any_of(addresses, row["recipient"], row["zone"])
    ]
    if said:
        yield (
            "Sheets and calendars that were handed out still hold what was cancelled. Tell the "
            f"shoppers to strike it out (times of {zone}):"
        )
        yield from (f"  {line}" for line in said)


def _clock(moment: str, zone: str) -> str:
    return f"{datetime.fromisoformat(moment).astimezone(ZoneInfo(zone)):%Y-%m-%d %H:%M}"


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


def cancel_barred(connection: sqlite3.Connection, now: datetime) -> None:
    """Cancel what is planned at whoever asked, before it was planned, not to be contacted."""
    for row in connection.execute("SELECT address, reason FROM do_not_contact").fetchall():
        _cancel_planned(connection, row["address"], row["reason"], now)


def _cancel_planned(connection: sqlite3.Connection, name: str, reason: str, now: datetime) -> int:
    rows = connection.execute("SELECT token, recipient, zone FROM probes WHERE state = 'planned'")
    tokens = [row["token"] for row in rows if is_of(name, row["recipient"], row["zone"])]
    for token in tokens:
        move(connection, token, "cancelled", kind="do_not_contact", detail=reason, now=now)
    return len(tokens)
