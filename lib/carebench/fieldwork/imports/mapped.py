"""Any other table, by a mapping file: attempts or answers of a survey."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime

from ...schema import ATTEMPTS, DataError, nearest
from ...schema.words import SIX_POINTS
from .grids import Source, Table, below, folded
from .how import How
from .mapping import Mapped
from .records import EVIDENCE, TIMES, Reading, Record, Refused, attempt_of, points
from .surveys import read_answers
from .times import Clock

TITLE_ROWS = 30


def read_mapped(source: Source, how: How) -> Reading:
    """The rows of any table, as the mapping file says.

    Raises
    ------
    DataError
        The table lacks a column that the file names.
    """
    assert how.mapping is not None
    table = below(source, _headings(source, how.mapping))
    mapping = _as_headed(how.mapping, table)
    if mapping.table == "survey":
        return read_answers(table, how, (), mapping.record)
    reading = Reading(source.name, mapping.columns)
    named = set(mapping.theirs())
    reading.unmapped = tuple(name for name in table.headings if name and name not in named)
    rows = list(reading.each(table))
    columns = {ours: theirs for ours, theirs in mapping.columns.items() if ours in TIMES}
    times = (cells.get(theirs, "") for _n, cells in rows for theirs in columns.values())
    clock = replace(how.clock(times, source.name), form=mapping.date_format)
    for number, cells in rows:
        with reading.take(number, cells):
            reading.records.append(_record(number, cells, mapping, clock, how))
    return reading


def _headings(source: Source, mapping: Mapped) -> int:
    """The first row that holds all columns that the mapping file names."""
    needed = {folded(name): name for name in mapping.theirs()}
    best: tuple[str, ...] = ()
    for at, row in enumerate(source.rows[:TITLE_ROWS]):
        if needed.keys() <= set(map(folded, row)):
            return at
        best = max(best, row, key=lambda cells: (_held(needed, cells), len(set(cells))))
    missing = sorted(needed[name] for name in needed.keys() - set(map(folded, best)))
    raise DataError(
        f"{source.name} has no column {missing[0]!r}, which the mapping file names."
        f"{nearest(missing[0], [cell for cell in best if cell])} It has: "
        f"{', '.join(cell for cell in best if cell)}."
    )


def _held(needed: Iterable[str], cells: Iterable[str]) -> int:
    return len(set(needed) & set(map(folded, cells)))


def _as_headed(mapping: Mapped, table: Table) -> Mapped:
    """`mapping` with the headings as the table writes them: blanks and capitals may differ."""
    known = {folded(name): name for name in reversed(table.headings)}
    return replace(
        mapping,
        columns={ours: known[folded(theirs)] for ours, theirs in mapping.columns.items()},
        record=known.get(folded(mapping.record), ""),
        line=known.get(folded(mapping.line), ""),
        token=tuple(known[folded(name)] for name in mapping.token),
    )


def _record(
    number: int, cells: Mapping[str, str], mapping: Mapped, clock: Clock, how: How
) -> Record:
    hints = tuple(cells.get(name, "") for name in mapping.token)
    said = {**_planned(hints, how), **_said(cells, mapping)}
    line = cells.get(mapping.line, "")
    if line and "provider" not in said:
        said["provider"], line = how.provider_at(line)
    said = {"provider": how.provider, "channel": how.channel} | said
    for name in ("provider", "channel", "sent_at"):
        if not said.get(name):
            raise Refused(mapping.columns.get(name, name), "", f"the {name} of the attempt")
    columns: dict[str, str | datetime] = {**_labelled(said)}
    columns |= {
        name: clock.moment(text, mapping.columns.get(name, name))
        for name, text in said.items()
        if name in TIMES
    }
    known = {*ATTEMPTS.names, *EVIDENCE} - {"attempt_id"}
    attempt = attempt_of(how.study, **{name: columns[name] for name in columns if name in known})
    scores = points(cells, {item: mapping.columns.get(item, "") for item in SIX_POINTS})
    return Record(number, cells.get(mapping.record, ""), attempt, hints, line, scores)


def _planned(hints: tuple[str, ...], how: How) -> Mapping[str, str]:
    """What the plan says of the attempt that a row names, where it names one."""
    return next((how.planned[hint.lower()] for hint in hints if hint.lower() in how.planned), {})


def _labelled(said: Mapping[str, str]) -> dict[str, str]:
    """Who decided the outcome: whoever wrote the table, unless it is not known."""
    if "outcome" in said:
        return {"label_source": "person", **said}
    source = "line" if said["channel"] == "phone" else "machine"
    return {"label_source": source, "fault": "unknown", **said}


def _said(cells: Mapping[str, str], mapping: Mapped) -> dict[str, str]:
    """What a row says by our columns, after the translations of the mapping file."""
    said = dict(mapping.constants)
    for ours, theirs in mapping.columns.items():
        word = cells.get(theirs, "")
        if word in mapping.missing:
            continue
        translated = mapping.values.get(ours, {})
        if ours == "outcome" and word not in translated:
            if not word:
                raise Refused(theirs, "", "how it ended; values.outcome may say what empty means")
            word = folded(word).replace(" ", "_")
        if value := translated.get(word, word):
            said[ours] = value
    return said
