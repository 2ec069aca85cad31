"""Takes files into the journal, one transaction a file, and says what became of every row."""

from __future__ import annotations

import sqlite3
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import available_timezones

from ...schema import DataError, nearest
from ...study import Study, seconds
from ..journal import Journal, open_journal
from ..journal.states import write_event
from ..journal.tombstones import Buried
from ..wave import wave_of
from .hours import Hours
from .how import How, check_words, with_mapping
from .keeping import (
    Item,
    Sorted,
    answers_of,
    item_of,
    names_of,
    sort_out,
    tokens_in,
    write,
    write_answers,
)
from .kinds import Kind
from .lines import lines_of
from .mapping import load_mapping
from .matching import Planned, match, planned_in
from .opened import Opened, open_as, read_all
from .records import Problem, Reading
from .summary import Summary, count, kept_of, report
from .times import AHEAD, Order

WITHIN = "2 h"
OWN_PROBE = "is of a probe of ours, which we saw from our own side"
PLANNED = ("provider", "channel", "stage", "scenario", "persona", "arm", "shopper")


@dataclass(frozen=True, slots=True)
class Asked:
    """What the user says beside the files; "" and False where nothing is said."""

    kind: str = ""
    mapping: Path | None = None
    source: str = ""
    provider: str = ""
    channel: str = ""
    zone: str = ""
    dates: Order = ""
    encoding: str = ""
    sheet: str = ""
    me: tuple[str, ...] = ()
    until: str = ""
    within: str = WITHIN
    update: bool = False
    dry: bool = False


def import_files(
    study: Study,
    paths: Sequence[Path],
    asked: Asked | None = None,
    *,
    now: datetime | None = None,
) -> list[Summary]:
    """Take `paths` into the journal of the study's wave.

    Good rows are taken, bad ones are listed; a file is taken in one transaction. The same file
    a second time changes nothing. Rows that lie more than a day after `now`, the present by
    default, are bad ones.

    Raises
    ------
    DataError
        A file cannot be read, its kind is not known, or its times may mean two things. Files
        are all read before the first is taken, so nothing of any was taken then.
    """
    asked = asked or Asked()
    paths = list(dict.fromkeys(paths))
    with _journal(study, dry=asked.dry) as journal:
        how = _how(study, journal, asked, now or datetime.now(UTC))
        said = {"kind": asked.kind, "encoding": asked.encoding, "sheet": asked.sheet}
        opened = [(path, open_as(path, paths, how, **said)) for path in paths]
        readings = read_all(opened, how)
        run = _Run(
            journal, how, asked, planned_in(journal, study.zone), seconds(asked.within),
            Hours(journal, study.zone),
        )  # fmt: skip
        return [run.take(path, one, readings[path]) for path, one in opened]


@contextmanager
def _journal(study: Study, *, dry: bool) -> Iterator[Journal]:
    """The wave's journal, begun where there is none; a dry run leaves nothing behind."""
    wave = wave_of(study)
    if dry and not wave.journal.exists():
        with tempfile.TemporaryDirectory() as folder:
            with open_journal(Path(folder) / "journal.sqlite", make=True) as journal:
                yield journal
        return
    if not dry:
        wave.make()
    with open_journal(wave.journal, make=not dry) as journal:
        yield journal


def _how(study: Study, journal: Journal, asked: Asked, now: datetime) -> How:
    columns = ", ".join(PLANNED)
    rows = journal.rows(f"SELECT token, due_utc, {columns} FROM probes")
    plan = {row["token"]: {name: row[name] for name in PLANNED if row[name]} for row in rows}
    due = {row["token"]: datetime.fromisoformat(row["due_utc"]) for row in rows}
    providers = {*study.fieldwork.providers, *(row["provider"] for row in plan.values())}
    check_words(asked.provider, asked.channel, providers)
    if asked.zone and asked.zone not in available_timezones():
        near = nearest(asked.zone, sorted(available_timezones()))
        raise DataError(f"--zone {asked.zone!r} is no IANA time zone.{near}")
    how = How(
        study, journal.fact("key"), now, lines_of(study, journal), plan, due, zone=asked.zone,
        order=asked.dates, provider=asked.provider, channel=asked.channel, me=asked.me,
        until=_until(asked.until, now),
    )  # fmt: skip
    return with_mapping(how, load_mapping(asked.mapping) if asked.mapping else None)


def _until(text: str, now: datetime) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text) if text else None
    except ValueError:
        moment = datetime.min
    if moment is not None and moment.tzinfo is None:
        raise DataError(
            f"--until {text!r} is no moment. Expected one with its offset, such as "
            "2026-11-30T18:00+07:00."
        )
    if moment is not None and moment > now + AHEAD:
        raise DataError(f"--until {text!r} is still to come: today is {now:%Y-%m-%d} (UTC).")
    return moment


@dataclass(frozen=True, slots=True)
class _Run:
    """One command: the journal, what is known, and what the user asks for."""

    journal: Journal
    how: How
    asked: Asked
    planned: tuple[Planned, ...]
    within_s: float
    hours: Hours

    def take(self, path: Path, opened: Opened, readings: Sequence[Reading]) -> Summary:
        """Take one file: compare and write in one transaction.

        Matching takes long and nobody else can write meanwhile: so it is done before, and again
        where another import has come in between.
        """
        kind = opened.kind
        source = self._source(kind)
        while True:
            there = tokens_in(self.journal, source)
            summary = Summary(path.name, kind.name, kind.mark, unread=opened.unread)
            known = dict(there)
            items = [self._matched(reading, source, summary, known) for reading in readings]
            with self.journal.transaction() as connection:
                if tokens_in(self.journal, source) == there:
                    self._write(connection, source, readings, items, summary)
                    return summary

    def _write(
        self,
        connection: sqlite3.Connection,
        source: str,
        readings: Sequence[Reading],
        matched: Sequence[Sequence[Item]],
        summary: Summary,
    ) -> None:
        now, update, buried = datetime.now(UTC), self.asked.update, Buried(self.journal)
        for reading, items in zip(readings, matched, strict=True):
            said = answers_of(reading.answers, self.how.key, source)
            kept, answered = (kept_of(part, source, buried, summary) for part in (items, said))
            attempts = sort_out(self.journal, "records", source, kept)
            answers = sort_out(self.journal, "answers", source, answered)
            for part in (attempts, answers):
                report(summary, part, update)
            if not self.asked.dry:
                chosen = _chosen(attempts, update)
                write(self.journal, connection, self.how.study, source, chosen, now)
                write_answers(connection, source, _chosen(answers, update), now)
        if not self.asked.dry:
            said_of = f"{source}: {summary.new} new, {summary.updated} updated"
            write_event(connection, "imported", said_of)

    def _source(self, kind: Kind) -> str:
        """The name of the system, under which its records are known."""
        own = self.how.mapping.source if self.how.mapping and kind.name == "mapped" else ""
        return self.asked.source or own or kind.name

    def _matched(
        self, reading: Reading, source: str, summary: Summary, there: dict[str, str | None]
    ) -> list[Item]:
        """The records of one reading, each with the attempt of the plan that it is of, if any.

        `there` are the records known so far with their attempts; these come to them.
        """
        count(summary, reading)
        names = names_of(reading.records, self.how.key, source)
        kept = {place: there[name] for place, name in enumerate(names) if name in there}
        rows = {token: 0 for token in there.values() if token}
        matches = match(reading.records, self.planned, self.within_s, kept=kept, held=rows.keys())
        items: list[Item] = []
        for place, (record, name) in enumerate(zip(reading.records, names, strict=True)):
            token = matches.tokens.get(place)
            if token and record.customers:
                summary.left_out[OWN_PROBE] += 1
                continue
            if token and token in rows and place not in kept:
                summary.problems.append(_second(reading.name, record.row, token, rows[token]))
                continue
            if token:
                rows[token] = record.row
            if place in matches.unsure:
                summary.unsure.append((record.row, token or ""))
            if token and (place not in kept or self.asked.update):
                summary.off += self.hours.off(record, token)
            items.append(item_of(record, name, token, self.how.planned.get(token or "", {})))
            there.setdefault(name, token)
        return items


def _second(name: str, row: int, token: str, before: int) -> Problem:
    where = f"row {before}" if before else "an earlier import"
    return Problem(name, row, "token", token, f"one record for each attempt; {where} has it")


def _chosen(part: Sorted, update: bool) -> list[Item]:
    changed = [item for item, _before in part.changed] if update else []
    return [*part.new, *part.longer, *changed]
