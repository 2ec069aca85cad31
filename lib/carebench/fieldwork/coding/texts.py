"""What a coder is shown of an item: what was written, or what is known of a call; never by whom."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from ...language import _, number
from ...study import Study
from ..journal import Journal
from ..letters.reading import read
from ..sheets.words import CHANNEL_TITLES, WEEKDAYS
from .drawing import Item
from .masking import masked

LONGEST = 6000  # characters of a message: more than any answer to these requests
LONGEST_SUBJECT = 300


@dataclass(frozen=True, slots=True)
class Shown:
    """An item as a coder sees it."""

    subject: str
    text: str


def shown(journal: Journal, study: Study, item: Item) -> Shown:
    """What there is to see of `item`, with whoever answered hidden."""
    if item.kind == "record":
        return Shown("", _facts(journal, study, item))
    raw = journal.value("SELECT raw FROM messages WHERE digest = ?", item.item)
    message = read(raw if isinstance(raw, bytes) else b"")
    text = message.text if len(message.text) <= LONGEST else message.text[:LONGEST] + " …"
    return Shown(masked(message.subject[:LONGEST_SUBJECT], study), masked(text, study).strip())


def _facts(journal: Journal, study: Study, item: Item) -> str:
    """What is known of a call or a contact that somebody else recorded."""
    query = "SELECT attempt FROM records WHERE source = ? AND record = ?"
    said = json.loads(str(journal.value(query, *item.record)))
    lines = _where_to_find(study, item, said)
    rang = _seconds(said.get("sent_at"), said.get("line_at"))
    lasted = _seconds(said.get("line_at"), said.get("observed_until"))
    if rang is not None:
        lines.append(_("The line was answered after {n} s.").format(n=number(rang)))
    if lasted is not None:
        lines.append(_("It stayed open for {n} s.").format(n=number(lasted)))
    lines.append(
        _(
            "Who answered? Say what is heard on the recording, or what the notes say. Whoever "
            "keeps them finds them by the time above, and tells you not whose line it is."
        )
    )
    return "\n".join(lines)


def _where_to_find(study: Study, item: Item, said: Mapping[str, str]) -> list[str]:
    """By what a recording or a note is found; nothing of it says who was called."""
    zone, shopper = study.zone or "UTC", said.get("shopper", "")
    lines = [
        _("Channel: {channel}").format(channel=_(CHANNEL_TITLES.get(item.channel, item.channel))),
        _("Begun: {when} ({zone})").format(when=_local(said.get("sent_at"), zone), zone=zone),
    ]
    if shopper:
        lines.append(_("Shopper: {code}").format(code=shopper))
    if item.attempt != item.record[1]:  # a record of its own has a hash, which nobody else knows
        lines.append(_("Attempt: {token}").format(token=item.attempt))
    return lines


def _local(text: object, zone: str) -> str:
    """A moment of the journal on the clocks of `zone`, to the second: Tue 2026-12-01 09:00:04."""
    try:
        there = datetime.fromisoformat(str(text)).astimezone(ZoneInfo(zone))
    except ValueError:
        return "–"
    return f"{_(WEEKDAYS[there.weekday()])} {there:%Y-%m-%d %H:%M:%S}"


def _seconds(start: object, end: object) -> float | None:
    try:
        return (
            datetime.fromisoformat(str(end)) - datetime.fromisoformat(str(start))
        ).total_seconds()
    except (TypeError, ValueError):  # not recorded, or one of them without a zone
        return None
