"""Chats as attempts: when we first wrote, and when somebody, or something, first answered.

A greeting comes within seconds, and says the same to everybody. So an answer counts as a
person's only if it came later than that and no other conversation with the same partner has it.
What three or more of those share is automatic; what is quick, or shared by two, is not known. So
all chats with one partner belong into one import.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from ...schema import DataError
from ...study import seconds
from .grids import folded
from .how import How
from .lines import line_of
from .records import LeftOut, Reading, Record, Refused, attempt_of

QUICK = timedelta(seconds=10)  # no person reads and answers sooner
SHARED = 3  # conversations with the same words: no person writes those
PAUSE = "12 h"  # after which what we write begins another conversation
UNKNOWN_END = "when the chat was exported, as --until 2026-11-30T18:00+07:00: nobody answered"


@dataclass(frozen=True, slots=True)
class Message:
    """One message: where it stands in the file, when it came, whose it is, and its words."""

    row: int
    at: datetime
    sender: str
    text: str


@dataclass(frozen=True, slots=True)
class Chat:
    """All messages of one chat, in the order of time, and with whom it was."""

    name: str
    partner: str
    platform: str
    channel: str
    messages: tuple[Message, ...]


@dataclass(frozen=True, slots=True)
class Conversation:
    """What we wrote first, and what came back until we began anew."""

    asked: Message
    replies: tuple[Message, ...]
    last: bool  # of the chat: it may still be answered
    watched: datetime  # the last sign of the chat before we began anew


def read_chats(chats: Sequence[Chat], how: How) -> list[Reading]:
    """One reading for each chat; each conversation in it is an attempt.

    Raises
    ------
    DataError
        Nobody says which of those who write is us.
    """
    begun = [list(_conversations(chat, how)) for chat in chats]
    shared: dict[str, Counter[str]] = {}
    for chat, conversations in zip(chats, begun, strict=True):
        counted = shared.setdefault(how.provider or folded(chat.partner), Counter())
        for conversation in conversations:
            counted.update({_words(reply) for reply in conversation.replies})
    return [
        _reading(chat, conversations, shared[how.provider or folded(chat.partner)], how)
        for chat, conversations in zip(chats, begun, strict=True)
    ]


def _reading(
    chat: Chat, conversations: list[Conversation], shared: Counter[str], how: How
) -> Reading:
    reading = Reading(chat.name)
    for conversation in conversations:
        with reading.take(conversation.asked.row):
            reading.records.append(_record(chat, conversation, shared, how))
    return reading


def _conversations(chat: Chat, how: How) -> Iterator[Conversation]:
    ours, theirs = _sides(chat, how)
    plan = how.study.fieldwork.channels.get(how.channel or chat.channel)
    pause = timedelta(seconds=seconds(plan.gap if plan else PAUSE))
    last = chat.messages[-1].at if chat.messages else None
    asked: Message | None = None
    replies: list[Message] = []
    before: datetime | None = None
    for message in chat.messages:
        if message.sender in ours and (asked is None or (before and message.at - before >= pause)):
            if asked:
                yield Conversation(asked, tuple(replies), False, message.at)
            asked, replies = message, []
        elif asked and message.sender in theirs:
            replies.append(message)
        before = message.at
    if asked and last:
        yield Conversation(asked, tuple(replies), True, last)


def _sides(chat: Chat, how: How) -> tuple[set[str], set[str]]:
    """The names of ours and of theirs: of the partner alone where it has written.

    A notice of the program may look as if somebody had written it.
    """
    senders = {message.sender for message in chat.messages}
    if not how.me:
        raise DataError(
            f"{chat.name}: say which of these is us, with --me NAME: {', '.join(sorted(senders))}."
        )
    wanted = {folded(name) for name in how.me}
    ours = {sender for sender in senders if folded(sender) in wanted}
    partner = {sender for sender in senders if folded(sender) == folded(chat.partner)}
    return ours, partner or senders - ours


def _record(chat: Chat, conversation: Conversation, shared: Counter[str], how: How) -> Record:
    provider = how.provider or _provider(chat, how)
    sent = conversation.asked.at
    outcome, first, person = _judged(conversation, shared)
    watched = conversation.watched
    if conversation.last and how.until:
        watched = max(watched, how.until)
    if outcome == "no_answer" and watched <= sent:
        raise Refused("end of the chat", "", UNKNOWN_END)
    attempt = attempt_of(
        how.study, provider=provider, channel=how.channel or chat.channel, platform=chat.platform,
        outcome=outcome, fault="" if outcome else "unknown", sent_at=sent, acknowledged_at=first,
        answered_at=person, observed_until=watched, label_source="machine",
    )  # fmt: skip
    name = f"{chat.partner}\n{attempt['sent_at']}"
    return Record(conversation.asked.row, name, attempt, (conversation.asked.text,))


def _judged(
    conversation: Conversation, shared: Counter[str]
) -> tuple[str, datetime | None, datetime | None]:
    """Outcome ("" where not known), when something automatic came, when a person did."""
    automatic: datetime | None = None
    unsure = False
    for reply in conversation.replies:
        times = shared[_words(reply)]
        if times >= SHARED:
            automatic = automatic or reply.at
        elif times > 1 or reply.at - conversation.asked.at < QUICK:
            unsure = True
        else:
            return "answered", automatic, reply.at
    if unsure:
        return "", automatic, None
    return ("auto_ack_only" if automatic else "no_answer"), automatic, None


def _words(message: Message) -> str:
    """What a message says, without names and numbers that a greeting may put in."""
    return re.sub(r"\d+", "#", folded(message.text))


def _provider(chat: Chat, how: How) -> str:
    """The provider of the study whose name, account or number the other side has."""
    partner = folded(chat.partner)
    for name, contact in how.study.fieldwork.providers.items():
        if partner in {folded(form) for form in (name, contact.chat, contact.social) if form}:
            return name
    there = how.lines.get(line_of(chat.partner, how.study.zone), frozenset())
    if len(there) == 1:
        return next(iter(there))
    raise LeftOut("is with nobody of the study; --provider says with whom")


def partner_of(senders: Iterable[str], how: How, title: str) -> str:
    """With whom a chat is: its title, else the one who is not us."""
    wanted = {folded(name) for name in how.me}
    others = sorted({sender for sender in senders if folded(sender) not in wanted})
    return title or (others[0] if len(others) == 1 else "")
