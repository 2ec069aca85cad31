"""Large tables that are stored with the right types: asked where they lie, never copied.

Parquet files, the result of a query and a cluster's table hold days, numbers and texts already.
Such a table becomes a view with our columns, in SQL that both engines read; what is wrong with
it is counted in one pass. Text kept where a day or a number should stand is not read here.
"""

from __future__ import annotations

from typing import Any

from ..engine import Engine, Large
from ..language import _
from .columns import Checking
from .opened import clean_name
from .problems import KEPT, KEPT_DUPLICATE, LISTED, NOT_USED, ONE_SPELLING, Kind, ProblemList
from .stored import Stored
from .typed_values import TypedValues
from .unreadable import refuse_uncountable, too_many_unreadable, unreadable


def read_typed(large: Large, checking: Checking, stored: Stored, problems: ProblemList) -> None:
    """Leave the checked table as a view under its own name, and list what was wrong with it.

    Raises
    ------
    DataError
        More than a fifth of the values of a column cannot be used.
    """
    reading = TypedValues(large, checking, stored)
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


def _note_values(reading: TypedValues, problems: ProblemList) -> None:
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


def _most_often(reading: TypedValues, name: str) -> list[tuple[Any, Any]]:
    given, value = reading.given[name], reading.value[name]
    rows = reading.large.frame(
        f"SELECT CAST({given} AS STRING) AS word, COUNT(*) AS n FROM {reading.stored.relation} "
        f"WHERE ({given}) IS NOT NULL AND ({value}) IS NULL GROUP BY {given} "
        "ORDER BY n DESC NULLS LAST, word NULLS LAST LIMIT 5"
    )
    return list(zip(rows["word"], rows["n"], strict=True))


def _first_rows(reading: TypedValues, kind: Kind, where: str) -> list[tuple[Any, ...]]:
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


def _note_spellings(reading: TypedValues, problems: ProblemList) -> None:
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


def _note_repeated_rows(reading: TypedValues, problems: ProblemList) -> None:
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
