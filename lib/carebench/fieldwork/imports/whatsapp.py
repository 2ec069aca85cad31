"""Chats that WhatsApp exported as text, alone or in a zip.

"How to export your chat history" of faq.whatsapp.com names the export, not its form; the form
is what telephones write: iOS `[30/11/2026, 9:15:04 AM] Name: text`, Android
`30/11/2026, 09:15 - Name: text`, each in the order of day and month of its settings; in
Vietnamese the clock may stand before the day, with SA and CH for the halves. Lines that name no
sender are notices of the program; lines without a time go on with the message above.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from .conversations import Chat, Message, partner_of, read_chats
from .grids import Source
from .how import How
from .records import Problem, Reading, Refused

_DAY = r"\d{1,4}[/.\-]\d{1,2}[/.\-]\d{2,4}"
_HALF = r"(?:[\s\u202f]?(?:[AaPp]\.?[Mm]\.?|SA|CH))?"
_CLOCK = rf"\d{{1,2}}[:h]\d{{2}}(?::\d{{2}})?{_HALF}"
_WHEN = rf"(?:{_DAY},?\s{_CLOCK}|{_CLOCK},?\s{_DAY})"
LINE = re.compile(rf"[\u200e\u200f\ufeff]*(?:\[({_WHEN})\]|({_WHEN})\s[-–])\s(.*)", re.DOTALL)
SENDER = re.compile(r"[\u200e\u200f]*([^:]{1,80}): ?(.*)", re.DOTALL)
TITLES = re.compile(r"(?:WhatsApp Chat (?:with|-) |Đoạn chat WhatsApp với )(.+?)(?:\.txt|\.zip|:)")
LOOKED_AT = 20


def is_whatsapp(source: Source) -> bool:
    """Whether the first lines are those of a WhatsApp chat."""
    return any(LINE.match(line) for line in source.text.splitlines()[:LOOKED_AT])


def read_whatsapp(sources: Sequence[Source], how: How) -> list[Reading]:
    """One reading for each chat."""
    read = [_chat(source, how) for source in sources]
    readings = read_chats([chat for chat, _problems in read], how)
    for reading, (_chat_read, problems) in zip(readings, read, strict=True):
        reading.problems[:0] = problems
        reading.rows += len(problems)
    return readings


def _chat(source: Source, how: How) -> tuple[Chat, list[Problem]]:
    lines = _lines(source.text)
    clock = how.clock((when for _row, when, _text in lines), source.name)
    messages, problems = [], []
    for row, when, text in lines:
        sender = SENDER.match(text)
        if not sender:
            continue
        try:
            at = clock.moment(when, "time")
        except Refused as refused:
            problems.append(Problem(source.name, row, "time", when, refused.expected))
            continue
        messages.append(Message(row, at, sender[1].strip(), sender[2]))
    messages.sort(key=lambda message: message.at)
    title = TITLES.search(f"{source.name}:")
    partner = partner_of((m.sender for m in messages), how, title[1] if title else "")
    return Chat(source.name, partner, "WhatsApp", "chat", tuple(messages)), problems


def _lines(text: str) -> list[tuple[int, str, str]]:
    """Each message: its line, when it came, and all that it says."""
    found: list[tuple[int, str, list[str]]] = []
    for row, line in enumerate(text.splitlines(), 1):
        begun = LINE.match(line)
        if begun:
            found.append((row, begun[1] or begun[2], [begun[3]]))
        elif found:
            found[-1][2].append(line)
    return [(row, when, "\n".join(parts)) for row, when, parts in found]
