"""What a reader makes of a file: records, answers, and what it could not use."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from zoneinfo import ZoneInfo

from ...schema import ATTEMPTS, Column
from ...schema.words import SIX_POINTS
from ...study import Study
from ..journal.opening import utc_text
from .grids import Table

TIMES = ("sent_at", "acknowledged_at", "answered_at", "resolved_at", "observed_until", "line_at")
# Beside the columns of `attempts`: when the line was answered, and what a machine says it heard.
EVIDENCE = ("line_at", "heard")
YES = ("yes", "y", "true", "1", "có", "co", "đúng")
TOO_LONG = "what stands beyond the last heading"
QUOTED = "a text that holds the mark between cells needs quotation marks around it"
NO = ("no", "n", "false", "0", "không", "khong", "sai")


class Refused(Exception):
    """A row that cannot be used: which column, what stands there, what was expected."""

    def __init__(self, column: str, value: str, expected: str) -> None:
        super().__init__(column, value, expected)
        self.column, self.value, self.expected = column, value, expected


class LeftOut(Exception):
    """A row that is none of ours, and why."""


@dataclass(frozen=True, slots=True)
class Problem:
    """A row that was refused, and what to do about it."""

    file: str
    row: int
    column: str
    value: str
    expected: str


@dataclass(frozen=True, slots=True)
class Record:
    """One attempt that a file tells of.

    `attempt` holds columns of the table `attempts`; one without an outcome is to be coded.
    `line` is the number that was called and `hints` are texts in which the name of a planned
    attempt may stand; neither is kept.
    """

    row: int
    id: str  # in its own system; "" where it has none
    attempt: Mapping[str, str]
    hints: tuple[str, ...] = ()
    line: str = ""
    scores: Mapping[str, float] = field(default_factory=dict)
    waited_s: float = 0.0  # in a queue, in seconds
    customers: bool = False  # a contact of a real customer, which is never one of the plan's


@dataclass(frozen=True, slots=True)
class Answer:
    """One respondent of a survey: columns of the table `survey`."""

    row: int
    id: str
    answer: Mapping[str, str]


@dataclass(slots=True)
class Reading:
    """All that was read from one table or conversation of a file.

    `headings` say by our columns under which heading of the file each stands.
    """

    name: str
    headings: Mapping[str, str] = field(default_factory=dict)
    records: list[Record] = field(default_factory=list)
    answers: list[Answer] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    left_out: Counter[str] = field(default_factory=Counter)
    unmapped: tuple[str, ...] = ()
    rows: int = 0

    def each(self, table: Table) -> Iterator[tuple[int, dict[str, str]]]:
        """The rows that tell of something: sums and headings that come again are left out."""
        for number, row in table.filled():
            if why := table.is_of_table(row):
                self.rows += 1
                self.left_out[why] += 1
            elif table.marked and (beyond := [*filter(None, row[len(table.headings) :])]):
                self.rows += 1
                said = (TOO_LONG, beyond[0], f"{len(table.headings)} cells, as headings: {QUOTED}")
                self.problems.append(Problem(self.name, number, *said))
            else:
                yield number, dict(zip(table.headings, row, strict=False))

    def take(self, row: int, cells: Mapping[str, str] | None = None) -> Taking:
        """A block in which one row is read: what it raises is put down, not lost."""
        return Taking(self, row, cells or {})


@dataclass(frozen=True, slots=True)
class Taking:
    """The reading of one row."""

    reading: Reading
    row: int
    cells: Mapping[str, str]  # by the file's own headings

    def __enter__(self) -> None:
        self.reading.rows += 1

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> bool:
        if isinstance(error, Refused):
            heading = self.reading.headings.get(error.column) or error.column
            said = self.cells.get(heading) or error.value
            problem = Problem(self.reading.name, self.row, heading, said, error.expected)
            self.reading.problems.append(problem)
        if isinstance(error, LeftOut):
            self.reading.left_out[str(error)] += 1
        return isinstance(error, Refused | LeftOut)


def own_id(facts: Mapping[str, str], seen: Counter[str]) -> str:
    """A name for a row that has none: its facts, and how often they came before.

    Two customers may answer alike in one second, and are two; so the second has its number.
    """
    said = json.dumps(facts, sort_keys=True, ensure_ascii=False)
    seen[said] += 1
    return f"{said}\n{seen[said]}"


def attempt_of(study: Study, **columns: str | datetime | None) -> dict[str, str]:
    """Columns of one attempt as the journal keeps them: moments as text, empty ones left out.

    Raises
    ------
    Refused
        A word is none of the column's, or a later moment stands before an earlier one.
    """
    moments = {name: value for name, value in columns.items() if isinstance(value, datetime)}
    _check_order(moments, study.zone or "UTC")
    words = {name: value for name, value in columns.items() if isinstance(value, str) and value}
    for name, value in words.items():
        if name not in EVIDENCE:
            words[name] = word(ATTEMPTS.column(name), value)
    wave = {"wave": study.wave} if study.wave else {}
    return {**wave, **words, **{name: utc_text(value) for name, value in moments.items()}}


def word(column: Column, value: str) -> str:
    """`value` as one of the words that `column` allows.

    Raises
    ------
    Refused
        It is none of them.
    """
    small = value.casefold()
    if column.kind == "yes_no":
        small = "yes" if small in YES else "no" if small in NO else ""
    elif not column.allowed:
        return value
    elif small not in column.allowed:
        small = ""
    if not small:
        raise Refused(column.name, value, column.expected)
    return small


def score(column: str, said: str, low: float, high: float) -> float:
    """A score from `low` to `high`.

    Raises
    ------
    Refused
        It is no number, or not between them.
    """
    try:
        value = float(said.replace(",", "."))
    except ValueError:
        value = float("nan")
    if not low <= value <= high:
        raise Refused(column, said, f"a number from {low:g} to {high:g}")
    return value


def points(cells: Mapping[str, str], headings: Mapping[str, str]) -> dict[str, float]:
    """The six points of service in a row; `headings` say under which name each stands."""
    return {
        item: score(item, cells[headings[item]], 1, 5)
        for item in SIX_POINTS
        if headings.get(item) and cells.get(headings[item])
    }


def _check_order(moments: Mapping[str, datetime], zone: str) -> None:
    begun = moments.get("sent_at")
    for name, later in moments.items():
        if begun is not None and later < begun:
            here, there = (moment.astimezone(ZoneInfo(zone)) for moment in (later, begun))
            since = f"a time not before the beginning, {there:%Y-%m-%d %H:%M:%S} in {zone}"
            raise Refused(name, f"{here:%Y-%m-%d %H:%M:%S}", since)
