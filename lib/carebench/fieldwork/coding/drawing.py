"""Which items are coded by hand: all in doubt, and a share of the others, drawn by a keyed hash.

What is drawn are attempts, because it is their outcome that must be right; an item is one of
the messages that came back, or the record of a call. An attempt with a message in doubt is
coded whole. Of the others, each provider, channel and outcome has its share drawn, one at least,
so that rare labels are checked too. The hash makes the draw the same however often it is made,
and mail that comes later adds to it rather than dealing anew.
"""

from __future__ import annotations

import json
import math
import sqlite3
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal

from ...methods.coders import UNSURE
from ...study import Study
from ..journal import Journal
from ..journal.keyed import keyed

Kind = Literal["message", "record"]
Drawn = Literal["unsure", "random", "earlier"]

# Of several messages of one attempt the first of these says what came of it.
WEIGHTIEST_FIRST = (
    "human",
    "stop",
    "bot",
    "out_of_office",
    "auto_ack",
    "survey",
    "newsletter",
    "bounce",
    "delay",
    "unrelated",
)


@dataclass(frozen=True, slots=True)
class Item:
    """Something to be coded. `machine` is what the kit took it for, which no coder sees."""

    item: str  # digest of a message, or attempt_id of a record
    attempt: str
    kind: Kind
    provider: str
    channel: str
    machine: str
    drawn: Drawn = "earlier"
    fraction: float | None = None  # of such attempts that were drawn
    record: tuple[str, str] = ("", "")  # source and name of a record


def drawn_items(journal: Journal, study: Study) -> list[Item]:
    """All items that two people are to code, sorted; with those that were coded before.

    Items of an attempt that left the draw, because more like it came, stay as "earlier" where
    somebody coded them.
    """
    by_attempt: dict[str, list[Item]] = defaultdict(list)
    for item in [*_messages(journal), *_records(journal)]:
        by_attempt[item.attempt].append(item)
    chosen = _chosen(journal.fact("key"), by_attempt.values(), study.fieldwork.double_coded)
    coded = {str(row["item"]) for row in journal.rows("SELECT DISTINCT item FROM codes")}
    items = []
    for attempt, alike in by_attempt.items():
        if attempt in chosen:
            drawn, fraction = chosen[attempt]
            items += [replace(item, drawn=drawn, fraction=fraction) for item in alike]
        else:
            items += [item for item in alike if item.item in coded]
    return sorted(items, key=lambda item: (item.attempt, item.item))


def _chosen(
    key: str, attempts: Iterable[Sequence[Item]], share: float
) -> dict[str, tuple[Drawn, float]]:
    """The attempts to be coded, why, and the share of their like that was drawn."""
    chosen: dict[str, tuple[Drawn, float]] = {}
    strata: dict[tuple[str, str, str], list[str]] = defaultdict(list)
    for found in attempts:
        labels = [one.machine for one in found]
        if UNSURE in labels:
            chosen[found[0].attempt] = ("unsure", 1.0)
        else:
            outcome = min(labels, key=WEIGHTIEST_FIRST.index)
            strata[found[0].provider, found[0].channel, outcome].append(found[0].attempt)
    for alike in strata.values():
        n = math.ceil(share * len(alike) - 1e-9)  # or 0.1 × 30 would be a little above 3
        first = sorted(alike, key=lambda attempt: keyed(key, "draw", attempt))[:n]
        chosen |= {attempt: ("random", n / len(alike)) for attempt in first}
    return chosen


def _messages(journal: Journal) -> list[Item]:
    """What came back while it was watched for; the kit's own witness copies are no answer."""
    rows = journal.rows(
        "SELECT m.digest, m.token, p.provider, p.channel, l.label, l.sure, r.received_utc, "
        "coalesce(p.sent_utc, p.tried_utc) AS sent_utc, p.watched_s FROM matches m "
        "JOIN probes p ON p.token = m.token JOIN labels l ON l.digest = m.digest "
        "JOIN messages r ON r.digest = m.digest WHERE l.label != 'witness' ORDER BY m.digest"
    )
    return [
        Item(
            row["digest"],
            row["token"],
            "message",
            row["provider"],
            row["channel"],
            row["label"] if row["sure"] and row["label"] in WEIGHTIEST_FIRST else UNSURE,
        )
        for row in rows
        if _in_time(row)
    ]


def _in_time(row: sqlite3.Row) -> bool:
    """Whether a message came before its attempt was given up; later ones change no outcome."""
    if row["sent_utc"] is None:
        return True
    sent, received = (datetime.fromisoformat(row[of]) for of in ("sent_utc", "received_utc"))
    return bool(received <= sent + timedelta(seconds=row["watched_s"]))


def _records(journal: Journal) -> list[Item]:
    """Records that say a line was answered, but not by whom."""
    rows = journal.rows(
        "SELECT r.source, r.record, r.token, r.attempt, p.provider, p.channel FROM records r "
        "LEFT JOIN probes p ON p.token = r.token "
        "WHERE json_extract(r.attempt, '$.outcome') IS NULL ORDER BY r.source, r.record"
    )
    found = []
    for row in rows:
        said = json.loads(row["attempt"])
        attempt = str(row["token"] or said["attempt_id"])
        provider, channel = (str(row[of] or said.get(of) or "") for of in ("provider", "channel"))
        name = (row["source"], row["record"])
        found.append(Item(attempt, attempt, "record", provider, channel, UNSURE, record=name))
    return found
