"""What a coder is shown of an item: what was written, or what is known of a call; never by whom."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime

from ...language import _, number
from ...study import Study
from ..journal import Journal
from ..letters.reading import read
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
        return Shown("", _facts(journal, item))
    raw = journal.value("SELECT raw FROM messages WHERE digest = ?", item.item)
    message = read(raw if isinstance(raw, bytes) else b"")
    text = message.text if len(message.text) <= LONGEST else message.text[:LONGEST] + " …"
    return Shown(masked(message.subject[:LONGEST_SUBJECT], study), masked(text, study).strip())


def _facts(journal: Journal, item: Item) -> str:
    """What is known of a call or a contact that somebody else recorded."""
    query = "SELECT attempt FROM records WHERE source = ? AND record = ?"
    said = json.loads(str(journal.value(query, *item.record)))
    lines = [_("Attempt {code}, made {when} (UTC).").format(
        code=item.item, when=str(said.get("sent_at", "–"))[:16].replace("T", " ")
    )]  # fmt: skip
    rang = _seconds(said.get("sent_at"), said.get("line_at"))
    lasted = _seconds(said.get("line_at"), said.get("observed_until"))
    if rang is not None:
        lines.append(_("The line was answered after {n} s.").format(n=number(rang)))
    if lasted is not None:
        lines.append(_("It stayed open for {n} s.").format(n=number(lasted)))
    lines.append(_("Who answered? Say what you heard, or what your own notes say."))
    return "\n".join(lines)


def _seconds(start: object, end: object) -> float | None:
    try:
        return (
            datetime.fromisoformat(str(end)) - datetime.fromisoformat(str(start))
        ).total_seconds()
    except (TypeError, ValueError):  # not recorded, or one of them without a zone
        return None
