"""Messages of Facebook, as "Download your information" gives them in JSON.

"Accessing & Downloading Your Information" of the Facebook help centre names the download. Each
thread is a folder with files message_1.json, message_2.json and so on: `participants`,
`messages` with `sender_name`, `timestamp_ms` and `content`, `title`, `thread_path`. Its texts are
UTF-8 that was written as if it were Latin-1, letter by letter. Downloads of encrypted chats
write `senderName`, `timestamp`, `text` and `threadName`, and their letters are right.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from .conversations import Chat, Message, partner_of, read_chats
from .grids import Source
from .how import How
from .records import Problem, Reading
from .times import AHEAD

EXPECTED = "a sender and a time in milliseconds since 1970"


def is_facebook(source: Source) -> bool:
    """Whether this is one file of a thread of messages."""
    if not isinstance(source.tree, dict) or not isinstance(source.tree.get("participants"), list):
        return False
    messages = source.tree["messages"]
    return all(isinstance(m, dict) and {"sender_name", "senderName"} & set(m) for m in messages[:5])


def read_facebook(sources: Sequence[Source], how: How) -> list[Reading]:
    """One reading for each thread, whose files are put together."""
    threads: dict[str, list[Source]] = {}
    for source in sources:
        tree = source.tree
        thread = tree.get("thread_path") or tree.get("threadName") or source.name
        threads.setdefault(str(thread), []).append(source)
    read = [_chat(parts, how) for parts in threads.values()]
    readings = read_chats([chat for chat, _problems in read], how)
    for reading, (_read, problems) in zip(readings, read, strict=True):
        reading.problems[:0] = problems
        reading.rows += len(problems)
    return readings


def repaired(text: str) -> str:
    """`text` whose letters were written as the bytes of UTF-8; itself where they were not."""
    try:
        return text.encode("latin-1").decode("utf-8")
    except UnicodeError:
        return text


def _chat(parts: Sequence[Source], how: How) -> tuple[Chat, list[Problem]]:
    messages: list[Message] = []
    problems: list[Problem] = []
    for source in parts:
        for row, item in enumerate(source.tree["messages"], 1):
            message = _message(row, item)
            if message is None:
                problems.append(Problem(source.name, row, "message", "", EXPECTED))
            elif message.at > how.now + AHEAD:
                been = f"a time that has been: today is {how.now:%Y-%m-%d} (UTC)"
                problems.append(Problem(source.name, row, "timestamp_ms", f"{message.at}", been))
            else:
                messages.append(message)
    messages.sort(key=lambda message: message.at)
    partner = _partner(parts[0].tree, (m.sender for m in messages), how)
    return Chat(parts[0].name, partner, "Facebook", "social", tuple(messages)), problems


def _message(row: int, item: Any) -> Message | None:
    if not isinstance(item, dict):
        return None
    sender = item.get("sender_name") or item.get("senderName")
    time = item.get("timestamp_ms", item.get("timestamp"))
    if not isinstance(sender, str) or not isinstance(time, int | float):
        return None
    try:
        at = datetime.fromtimestamp(time / 1000, UTC)
    except (ValueError, OverflowError, OSError):
        return None
    text = item.get("content") or item.get("text") or ""
    return Message(row, at, repaired(sender), repaired(str(text)))


def _partner(tree: Mapping[str, Any], senders: Iterable[str], how: How) -> str:
    names = [p.get("name") if isinstance(p, dict) else p for p in tree["participants"]]
    everybody = [repaired(name) for name in names if isinstance(name, str)] or list(senders)
    return partner_of(everybody, how, "") or repaired(str(tree.get("title") or ""))
