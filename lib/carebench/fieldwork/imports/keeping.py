"""Writes what was read into the journal: once, however often it comes.

A record is known by its source and by a keyed hash of its name there. When it comes again and
says the same, nothing happens. When it says something else, it is listed, and only `update`
lets the newer one win. How long an answer was watched for may grow without a word.
"""

from __future__ import annotations

import json
import sqlite3
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from ...study import Study, seconds
from ..journal import Journal
from ..journal.keyed import keyed
from ..journal.opening import utc_text
from ..journal.states import EDGES, move, write_event
from ..rules.queues import KIND as LONG_QUEUE
from .records import Answer, Record, own_id

Facts = dict[str, str]
ID_LETTERS = 32  # 128 bits: no two records ever share one
GROWS = "observed_until"


@dataclass(frozen=True, slots=True)
class Item:
    """One row of the journal as it should be: its name, its facts, and its scores."""

    record: str
    token: str | None
    facts: Facts
    row: int
    scores: Mapping[str, float] = field(default_factory=dict)
    waited_s: float = 0.0


@dataclass(slots=True)
class Sorted:
    """Items by what is to be done with them. `changed` are known ones that now say otherwise."""

    new: list[Item] = field(default_factory=list)
    known: list[Item] = field(default_factory=list)
    longer: list[Item] = field(default_factory=list)
    changed: list[tuple[Item, Facts]] = field(default_factory=list)


def names_of(records: Iterable[Record], key: str, source: str) -> list[str]:
    """The name under which the journal keeps each of `records`."""
    seen: Counter[str] = Counter()
    return [_name(key, source, record.id or own_id(_stable(record), seen)) for record in records]


def tokens_in(journal: Journal, source: str) -> dict[str, str | None]:
    """The records of `source` that the journal has, and the token of each."""
    rows = journal.rows("SELECT record, token FROM records WHERE source = ?", source)
    return {row["record"]: row["token"] for row in rows}


def item_of(record: Record, name: str, token: str | None, planned: Mapping[str, str]) -> Item:
    """A record as the journal keeps it; `planned` are columns that its plan gives."""
    facts = {**planned, **record.attempt, "attempt_id": token or name}
    return Item(
        name, token, dict(sorted(facts.items())), record.row, record.scores, record.waited_s
    )


def answers_of(answers: Iterable[Answer], key: str, source: str) -> list[Item]:
    """The answers of a survey as the journal keeps them; a respondent is a keyed hash."""
    items = []
    for answer in answers:
        name = _name(key, source, answer.id)
        facts = dict(sorted({**answer.answer, "respondent": name}.items()))
        items.append(Item(name, None, facts, answer.row))
    return items


def sort_out(journal: Journal, table: str, source: str, items: Iterable[Item]) -> Sorted:
    """What is new among `items`, what is known, and what has changed.

    Parameters
    ----------
    table : "records" or "answers"
    """
    column = {"records": "attempt", "answers": "answer"}[table]
    rows = journal.rows(f"SELECT record, {column} FROM {table} WHERE source = ?", source)
    known: dict[str, Facts] = {row[0]: json.loads(row[1]) for row in rows}
    result = Sorted()
    for item in items:
        before = known.get(item.record)
        if before is None:
            result.new.append(item)
        elif before == item.facts:
            result.known.append(item)
        elif _without(before) == _without(item.facts):
            grown = before.get(GROWS, "") < item.facts.get(GROWS, "")
            (result.longer if grown else result.known).append(item)
        else:
            result.changed.append((item, before))
        known.setdefault(item.record, item.facts)
    return result


def write(
    journal: Journal,
    connection: sqlite3.Connection,
    study: Study,
    source: str,
    items: Iterable[Item],
    now: datetime,
) -> None:
    """Write attempts, inside a transaction, with their scores and what the plan learns of them."""
    limit = seconds(study.fieldwork.stop_queue)
    for item in items:
        connection.execute(
            "INSERT INTO records VALUES (?, ?, ?, ?, ?) ON CONFLICT (source, record) DO UPDATE "
            "SET token = excluded.token, attempt = excluded.attempt",
            (source, item.record, item.token, _json(item.facts), utc_text(now)),
        )
        _write_scores(connection, item)
        if item.token:
            _tell_plan(journal, connection, source, item, now)
            if item.waited_s > limit:
                made = datetime.fromisoformat(item.facts["sent_at"])
                said = f"{item.waited_s:.0f} s"
                write_event(connection, LONG_QUEUE, said, token=item.token, now=made)


def write_answers(
    connection: sqlite3.Connection, source: str, items: Iterable[Item], now: datetime
) -> None:
    """Write answers of a survey, inside a transaction."""
    connection.executemany(
        "INSERT INTO answers VALUES (?, ?, ?, ?) ON CONFLICT (source, record) DO UPDATE SET "
        "answer = excluded.answer",
        [(source, item.record, _json(item.facts), utc_text(now)) for item in items],
    )


def _name(key: str, source: str, record: str) -> str:
    return keyed(key, "record", source, record).hex()[:ID_LETTERS]


def _write_scores(connection: sqlite3.Connection, item: Item) -> None:
    attempt, shopper = item.facts["attempt_id"], item.facts.get("shopper", "")
    connection.executemany(
        "INSERT INTO ratings VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE SET score = excluded.score",
        [(attempt, shopper, name, score) for name, score in item.scores.items()],
    )


def _tell_plan(
    journal: Journal, connection: sqlite3.Connection, source: str, item: Item, now: datetime
) -> None:
    """A planned attempt of which there is a record was made."""
    state = str(journal.value("SELECT state FROM probes WHERE token = ?", item.token))
    if item.token and state != "sending" and "done" in EDGES[state]:
        sent = item.facts.get("sent_at") or utc_text(now)
        move(connection, item.token, "done", kind="recorded", detail=source, now=now, sent_utc=sent)


def _stable(record: Record) -> Facts:
    """What of a record without a name does not change when it is corrected."""
    names = ("provider", "channel", "sent_at", "shopper")
    return {name: record.attempt.get(name, "") for name in names} | {"line": record.line}


def _without(facts: Facts) -> Facts:
    return {name: value for name, value in facts.items() if name != GROWS}


def _json(facts: Facts) -> str:
    return json.dumps(facts, ensure_ascii=False, sort_keys=True)
