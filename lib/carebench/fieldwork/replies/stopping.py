"""Who asked us to stop: nobody of theirs is contacted again, by whatever channel."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator

from ...study import Study
from ..journal import Journal
from ..journal.contact import addresses_of, stop_contact
from .kept import Reading
from .matching import Probes


def asked_apart(reading: Reading, probes: Probes) -> Iterator[str]:
    """Providers that ask us to stop in what answers no single probe.

    They write anew from the address that we wrote to, or name several probes. A newsletter
    tells everybody how to stop it.
    """
    if reading.match.token or not reading.brief.stop:
        return
    yield from (probes.rows[token]["provider"] for token in reading.match.named)
    if sender := probes.whose(reading.brief.sender):
        yield sender


def stop(journal: Journal, study: Study, apart: Iterable[str]) -> Iterator[str]:
    """See that nobody who asked us to stop is contacted again, by whatever channel.

    Where it is in doubt whether somebody asked, they are left in peace. A sender that is the
    address of another provider is not believed: anybody can write any name.

    Parameters
    ----------
    apart : iterable of str
        Providers that asked in what answers no single probe.
    """
    known = {name: addresses_of(study, name) for name in study.fieldwork.providers}
    whose = {address.casefold(): name for name, each in known.items() for address in each}
    addresses = {""}.union(*(known.get(provider, ()) for provider in apart))
    for row in _who_asked(journal):
        addresses |= {row["recipient"], *known.get(row["provider"], ())}
        sender = json.loads(row["brief"])["sender"] if row["brief"] else ""
        if whose.get(sender.casefold(), row["provider"]) == row["provider"]:
            addresses.add(sender)
    for address in sorted(addresses - {""}):
        stop_contact(journal, address, "asked to stop in a reply")
        yield address


def _who_asked(journal: Journal) -> list[sqlite3.Row]:
    return journal.rows(
        "SELECT DISTINCT probes.provider, probes.recipient, readings.brief FROM matches "
        "JOIN probes USING (token) JOIN labels USING (digest) LEFT JOIN readings USING (digest) "
        "WHERE labels.label = 'stop' "
        "OR labels.label = 'unsure' AND labels.evidence LIKE '%stop: %' OR EXISTS "
        "(SELECT 1 FROM codes WHERE item = matches.digest AND codes.label = 'stop')"
    )
