"""Large tables that are stored with the right types: asked where they lie, never copied.

Parquet files, the result of a query and a cluster's table hold days, numbers and texts already.
Such a table becomes a view with our columns, in SQL that both engines read; what is wrong with
it is counted in one pass. Text kept where a day or a number should stand is not read here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..engine import Engine, Large, quote_file
from ..language import _
from ..schema import Column
from .checks import (
    EMPTIED,
    KEPT,
    KEPT_DUPLICATE,
    KEPT_REFUND,
    LISTED,
    NOT_USED,
    ONE_SPELLING,
    ROUNDED,
    WHOLE,
    Checking,
    Kind,
    ProblemList,
    refuse_uncountable,
    too_many_unreadable,
    unreadable,
)
from .cleaned import cleaned_elsewhere, cleaned_here
from .opened import Opened, clean_name
from .parsing import within_days

LARGEST_WHOLE = 1e15  # up to here a floating number counts every one
LARGEST_AMOUNT = 1e14  # in the smallest unit; four decimals more fit an integer of 64 bits
# What the two engines call the types that a column of ours can be made from.
FAMILIES = {
    "whole": ("TINYINT", "SMALLINT", "INTEGER", "INT", "BIGINT", "UTINYINT", "USMALLINT",
              "UINTEGER"),
    "floating": ("FLOAT", "DOUBLE", "REAL"),
    "exact": ("DECIMAL",),
    "text": ("VARCHAR", "STRING", "CHAR", "ENUM"),
    "day": ("DATE",),
    "moment": ("TIMESTAMP", "TIMESTAMP_NS", "TIMESTAMP_MS", "TIMESTAMP_S", "TIMESTAMP_NTZ"),
    "instant": ("TIMESTAMP WITH TIME ZONE", "TIMESTAMP_LTZ"),
}  # fmt: skip
SUITING = {
    "id": ("whole", "floating", "text"),
    "category": ("whole", "text"),
    "date": ("day", "moment", "instant"),
    "number": ("whole", "floating", "exact"),
    "money": ("whole", "floating", "exact"),
}


@dataclass(frozen=True, slots=True)
class Stored:
    """A table as it is stored.

    `relation` stands after FROM; `columns` gives, by the name that `clean_name` makes of it,
    each column's own name and the family of its type. `placed`, where the engine knows places,
    is the same relation with the columns `filename` and `file_row_number` (from 0).
    """

    relation: str
    columns: Mapping[str, tuple[str, str]]
    placed: str = ""
    filenames: tuple[str, ...] = ()


def stored_files(engine: Engine, opened: Sequence[Opened]) -> Stored:
    """Parquet files of one table."""
    paths = [file.parquet for file in opened if file.parquet]
    listed = ", ".join(quote_file(path) for path in paths)
    relation = f"read_parquet([{listed}], union_by_name = true)"
    placed = relation.removesuffix(")") + ", file_row_number = true, filename = true)"
    columns, names = _families(engine.columns(relation)), tuple(map(str, paths))
    if {name.casefold() for name in columns} & {"file_row_number", "filename"}:
        placed = ""  # their own names for something else
    return Stored(relation, columns, placed, names)


def stored_address(engine: Engine, address: str) -> Stored:
    """Parquet that stands at an address."""
    engine.reach_out()
    relation = f"read_parquet({engine.text(address)})"
    return Stored(relation, _families(engine.columns(relation)))


def stored_table(cluster: Large, relation: str) -> Stored:
    """A table, or files, of a cluster."""
    # What Spark calls a timestamp is an instant; on this machine the word means a clock's time.
    columns = [
        (name, "TIMESTAMP_LTZ" if kind.upper() == "TIMESTAMP" else kind)
        for name, kind in cluster.columns(relation)
    ]
    return Stored(relation, _families(columns))


def unsuited(checking: Checking, stored: Stored) -> list[str]:
    """Our columns whose stored type is none that they can be made from."""
    return [
        column.name
        for column in checking.columns
        if stored.columns[checking.theirs[column.name]][1] not in SUITING.get(column.kind, ())
    ]


def read_typed(large: Large, checking: Checking, stored: Stored, problems: ProblemList) -> None:
    """Leave the checked table as a view under its own name, and list what was wrong with it.

    Raises
    ------
    DataError
        More than a fifth of the values of a column cannot be used.
    """
    reading = _Reading(large, checking, stored)
    _note_values(reading, problems)
    _note_spellings(reading, problems)
    sql = reading.usable_rows()
    key = checking.table.key
    if not key:
        _note_repeated_rows(reading, problems)
    if key and (again := _count(large, f"COUNT({key}) - COUNT(DISTINCT {key})", f"({sql}) q")):
        expected = _("a name that is used only once")
        problems.add(checking, Kind(key, expected, NOT_USED, "", ""), again, [])
        # Kept, for to find the first of each would be done again whenever it is asked for.
        large.keep(checking.table.name, _first_of_each(sql, key, tuple(checking.theirs)))
        return
    large.view(checking.table.name, sql)


def note_references(large: Large, checking: Checking, problems: ProblemList) -> None:
    """Count the rows that refer to what another large table does not hold."""
    for name, other in checking.table.refers_to:
        missing = (
            f"SELECT a.{name} FROM {checking.table.name} a LEFT JOIN "
            f"(SELECT DISTINCT CAST({name} AS STRING) AS known FROM {other}) b "
            f"ON CAST(a.{name} AS STRING) = b.known WHERE b.known IS NULL"
        )
        if n := _count(large, "COUNT(*)", f"({missing}) q"):
            expected = _("{column} found in {table}").format(column=name, table=other)
            problems.add(checking, Kind(name, expected, KEPT, "", ""), n, [])


class _Reading:
    """The SQL of each of our columns: what is given, and the value that it becomes."""

    def __init__(self, large: Large, checking: Checking, stored: Stored) -> None:
        self.large, self.checking, self.stored = large, checking, stored
        self.given: dict[str, str] = {}
        self.value: dict[str, str] = {}
        self.as_stored: dict[str, str] = {}  # condition of the texts that were not cleaned
        for column in checking.columns:
            name, family = stored.columns[checking.theirs[column.name]]
            given = self._given(column, large.name(name), family)
            self.given[column.name] = given
            self.value[column.name] = self._value(column, given, family)

    def usable_rows(self) -> str:
        """Our columns, of the rows that have a value in every required one."""
        columns = ", ".join(f"{sql} AS {name}" for name, sql in self.value.items())
        required = [c.name for c in self.checking.columns if c.required]
        where = " AND ".join(f"{name} IS NOT NULL" for name in required)
        rows = f"SELECT {columns} FROM {self.stored.relation}"
        return f"SELECT * FROM ({rows}) q WHERE {where}" if where else rows

    def kinds(self) -> list[tuple[Kind, str]]:
        """Every kind of problem that a value can be, and the condition of it."""
        found = []
        for column in self.checking.columns:
            name, value = column.name, self.value[column.name]
            bad = f"({self.given[name]}) IS NOT NULL AND ({value}) IS NULL"
            wrong = f"({value}) IS NULL" if column.required else bad
            action = NOT_USED if column.required else EMPTIED
            found.append((Kind(name, column.expected, action, "", ""), wrong))
            if as_stored := self.as_stored.get(name):
                expected = _("letters in one piece with their accents, nothing unseen (NFC)")
                found.append((Kind(name, expected, KEPT, "", ""), as_stored))
            if column.kind == "money" and column.low is None:
                found.append((Kind(name, _("0 or more"), KEPT_REFUND, "", ""), f"({value}) < 0"))
            if column.kind == "money" and not self.checking.how.currency_decimals:
                broken = f"({self.given[name]}) <> ({value})"
                found.append((Kind(name, _(WHOLE), ROUNDED, "", ""), broken))
        return found

    def _given(self, column: Column, stored: str, family: str) -> str:
        """What is stored, without what the study says means empty, and with its words."""
        source, texts = self.checking.source, column.kind in ("id", "category")
        words = source.values.get(column.name, {})
        if not texts or (family != "text" and column.kind == "id" and not words):
            codes = [f"{code:e}" for code in source.missing if isinstance(code, int | float)]
            codes = codes if family in ("whole", "floating", "exact") else []
            known = f"CASE WHEN {stored} NOT IN ({', '.join(codes)}) THEN {stored} END"
            return known if codes else stored
        text = self._text(column, stored, family)
        codes = [self.large.text(str(code)) for code in source.missing if code != ""]
        if codes:
            text = f"CASE WHEN {text} NOT IN ({', '.join(codes)}) THEN {text} END"
        if words:
            cases = " ".join(
                f"WHEN {self.large.text(a)} THEN {self.large.text(b) if b else 'NULL'}"
                for a, b in words.items()
            )
            text = f"CASE {text} {cases} ELSE {text} END"
        return text

    def _text(self, column: Column, stored: str, family: str) -> str:
        if family != "text":
            return f"NULLIF(TRIM(CAST({stored} AS STRING)), '')"
        if isinstance(self.large, Engine):
            table = self.checking.table.name
            return cleaned_here(self.large, table, self.stored.relation, stored)
        text, self.as_stored[column.name] = cleaned_elsewhere(
            self.large, self.stored.relation, stored
        )
        return text

    def _value(self, column: Column, given: str, family: str) -> str:
        if column.kind in ("id", "category"):
            return self._named(column, given, family)
        if column.kind == "date":
            zone = self.large.text(self.checking.how.zone or "UTC")
            local = f"local_time({given}, {zone})" if family == "instant" else given
            return within_days(f"CAST({local} AS DATE)")
        if column.kind == "number":
            value = f"CAST({given} AS DOUBLE)"
            low = -(LARGEST_AMOUNT**2) if column.low is None else column.low
            high = LARGEST_AMOUNT**2 if column.high is None else column.high
            return f"CASE WHEN {value} >= {low:e} AND {value} <= {high:e} THEN {value} END"
        return self._money(given, family)

    def _named(self, column: Column, given: str, family: str) -> str:
        if column.allowed:
            words = ", ".join(self.large.text(word) for word in column.allowed)
            return f"CASE WHEN LOWER({given}) IN ({words}) THEN LOWER({given}) END"
        translated = column.name in self.checking.source.values
        if column.kind == "category" or family == "text" or translated:
            return given
        if family == "floating":  # whole numbers beside empty cells, as pandas writes them
            whole = f"ABS({given}) < {LARGEST_WHOLE:e} AND {given} = FLOOR({given})"
            return f"CASE WHEN {whole} THEN CAST({given} AS BIGINT) END"
        return f"CAST({given} AS BIGINT)"

    def _money(self, given: str, family: str) -> str:
        per_unit = 10**self.checking.how.currency_decimals
        fits = f"ABS({given}) < {LARGEST_AMOUNT / per_unit:e}"
        if family == "whole":
            return f"CASE WHEN {fits} THEN CAST({given} AS BIGINT) * {per_unit} END"
        # Through decimals, as people write them: the binary fraction of 0.285 lies below it.
        exact = f"CAST({given} AS DECIMAL(18, 4))"
        return f"CASE WHEN {fits} THEN CAST(ROUND({exact} * {per_unit}, 0) AS BIGINT) END"


def _note_values(reading: _Reading, problems: ProblemList) -> None:
    """Count every kind of problem in one pass; list the first rows where places are known."""
    kinds, checking = reading.kinds(), reading.checking
    tests = [f"COUNT(CASE WHEN {where} THEN 1 END) AS n{i}" for i, (_k, where) in enumerate(kinds)]
    for i, name in enumerate(reading.value):
        given, value = reading.given[name], reading.value[name]
        tests.append(f"COUNT(CASE WHEN ({given}) IS NOT NULL THEN 1 END) AS given{i}")
        tests.append(
            f"COUNT(CASE WHEN ({given}) IS NOT NULL AND ({value}) IS NULL THEN 1 END) AS bad{i}"
        )
    money = [column for column in checking.columns if column.kind == "money"]
    for column in money:
        size = f"CAST(ABS({reading.value[column.name]}) AS DOUBLE)"
        tests += [f"SUM({size}) AS total_{column.name}", f"MAX({size}) AS largest_{column.name}"]
    row = reading.large.frame(f"SELECT {', '.join(tests)} FROM {reading.stored.relation}").iloc[0]
    for column in money:
        total, largest = row[f"total_{column.name}"], row[f"largest_{column.name}"]
        refuse_uncountable(checking, column, total, largest)
    for i, column in enumerate(checking.columns):
        n_bad, n_given = int(row[f"bad{i}"]), int(row[f"given{i}"])
        if too_many_unreadable(column, n_bad, n_given):
            often = _most_often(reading, column.name)
            raise unreadable(checking, column, n_bad, n_given, often)
    for i, (kind, where) in enumerate(kinds):
        if n := int(row[f"n{i}"]):
            problems.add(checking, kind, n, _first_rows(reading, kind, where))


def _most_often(reading: _Reading, name: str) -> list[tuple[Any, Any]]:
    given, value = reading.given[name], reading.value[name]
    rows = reading.large.frame(
        f"SELECT CAST({given} AS STRING) AS word, COUNT(*) AS n FROM {reading.stored.relation} "
        f"WHERE ({given}) IS NOT NULL AND ({value}) IS NULL GROUP BY {given} "
        "ORDER BY n DESC NULLS LAST, word NULLS LAST LIMIT 5"
    )
    return list(zip(rows["word"], rows["n"], strict=True))


def _first_rows(reading: _Reading, kind: Kind, where: str) -> list[tuple[Any, ...]]:
    stored, engine = reading.stored, reading.large
    if not stored.placed or not isinstance(engine, Engine):
        return []
    name = engine.name(stored.columns[reading.checking.theirs[kind.column]][0])
    rows = engine.run(
        f"SELECT filename, file_row_number + 1, CAST({name} AS VARCHAR) FROM {stored.placed} "
        f"WHERE {where} ORDER BY 1, 2 LIMIT {LISTED}"
    )
    number = {name: i for i, name in enumerate(stored.filenames)}
    return [(number[file], row, value and clean_name(value)) for file, row, value in rows]


def _note_spellings(reading: _Reading, problems: ProblemList) -> None:
    """Words of a category that differ from a more frequent one in capitals only."""
    for column in reading.checking.columns:
        if column.kind != "category" or column.allowed:
            continue
        rarer = (
            "SELECT n, ROW_NUMBER() OVER (PARTITION BY LOWER(word) "
            "ORDER BY n DESC NULLS LAST, word NULLS LAST) AS nth FROM "
            f"(SELECT {reading.value[column.name]} AS word, COUNT(*) AS n "
            f"FROM {reading.stored.relation} GROUP BY {reading.value[column.name]}) q "
            "WHERE word IS NOT NULL"
        )
        what = "SUM(CASE WHEN nth > 1 THEN n ELSE 0 END)"
        if n := _count(reading.large, what, f"({rarer}) q"):
            expected = _("the same capitals as in other rows")
            kind = Kind(column.name, expected, ONE_SPELLING, "", "")
            problems.add(reading.checking, kind, n, [])


def _note_repeated_rows(reading: _Reading, problems: ProblemList) -> None:
    """Rows that are the same in every column of their file."""
    every = [reading.large.name(name) for name, _family in reading.stored.columns.values()]
    alike = (
        f"SELECT COUNT(*) AS n FROM {reading.stored.relation} "
        f"GROUP BY {reading.large.row_hash(every)} HAVING COUNT(*) > 1"
    )
    if n := _count(reading.large, "SUM(n - 1)", f"({alike}) q"):
        kind = Kind("", _("rows that differ"), KEPT_DUPLICATE, "", "")
        problems.add(reading.checking, kind, n, [])


def _first_of_each(sql: str, key: str, columns: tuple[str, ...]) -> str:
    """One row of each name, the same one whatever the order in which rows are read."""
    order = ", ".join(f"{name} NULLS LAST" for name in columns)
    nth = f"ROW_NUMBER() OVER (PARTITION BY {key} ORDER BY {order}) AS nth"
    numbered = f"SELECT *, {nth} FROM ({sql}) q"
    return f"SELECT {', '.join(columns)} FROM ({numbered}) q WHERE nth = 1"


def _count(large: Large, what: str, relation: str) -> int:
    # Of no rows a sum, a maximum, is NULL.
    return int(large.frame(f"SELECT COALESCE({what}, 0) AS n FROM {relation}")["n"].iloc[0])


def _families(columns: Sequence[tuple[str, str]]) -> dict[str, tuple[str, str]]:
    family = {kind: name for name, kinds in FAMILIES.items() for kind in kinds}
    return {
        clean_name(name): (name, family.get(kind.upper().partition("(")[0].strip(), "other"))
        for name, kind in columns
    }
