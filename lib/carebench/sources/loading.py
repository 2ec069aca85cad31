"""Brings the files of one table into the engine, as text and values, with the rows numbered."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from ..engine import MAX_ROWS, Bound, Engine, quote_name
from ..language import _
from ..schema import DataError
from .columns import Checking
from .opened import Opened, clean_name, clean_sql
from .parsing import layer, mapped_sql, plain_sql, value_sql
from .problems import LISTED
from .textfiles import not_utf8

WHOLE_FILE = {
    "UNQUOTED VALUE": "a quoted field that is never closed, or text after a closing quote",
    "LINE SIZE OVER MAXIMUM": "a line of more than two million bytes, as after an open quote",
}


@dataclass(frozen=True, slots=True)
class Rejected:
    """Lines of the file number `file` that are no rows: how many, and the first of them."""

    file: int
    expected: str
    n: int
    rows: list[tuple[int, str]]


def reading_sql(checking: Checking) -> tuple[str, dict[str, Any]]:
    """The query that turns `rows` of text into values, one layer for each step; its values."""
    bound = Bound()
    steps: list[dict[str, str]] = [{}, {}, {}]
    kept = ["_file", "_row", "_lines"] + ["_hash"] * checking.table.large
    for column in checking.columns:
        mapped, value = layer("mapped", column.name), layer("value", column.name)
        steps[0][mapped] = mapped_sql(column.name, checking.source, bound)
        steps[1] |= plain_sql(column, checking.how)
        steps[2][value] = value_sql(column, checking.how, bound)
        bad = f"({mapped} IS NOT NULL AND {value} IS NULL) AS {layer('bad', column.name)}"
        kept += [layer("text", column.name), value, bad]
        if column.kind == "time":
            kept += [layer("plain", column.name), layer("zoned", column.name)]
        if column.kind == "money":
            kept.append(layer("plain", column.name))
    query = "rows"
    for step in steps:
        added = "".join(f", {sql} AS {name}" for name, sql in step.items())
        query = f"(SELECT *{added} FROM {query})"
    return f"SELECT {', '.join(kept)} FROM {query}", bound.by_name


def load_text(
    engine: Engine,
    into: str,
    files: Sequence[Opened],
    columns: dict[str, str],
    *,
    reading: str = "FROM rows",
    values: dict[str, Any] | None = None,
    large: bool = True,
    numbered: bool = True,
) -> list[Rejected]:
    """Read files into one table and say which of their lines are no rows.

    Parameters
    ----------
    engine : Engine
        Receives the table `into`.
    into : str
        Name of the table to make.
    files : sequence of Opened
        Files with the same columns.
    columns : dict of str to str
        Name of each column of text to make: the file's name for it.
    reading : str
        What to keep of them: a query over `rows`, which holds those columns.
    values : dict, optional
        Values that `reading` is run with.
    large : bool
        Whether any number of rows is welcome; otherwise a million.
    numbered : bool
        Whether to add `_file`, `_row` (as people count them in the file, its heading included),
        `_lines` (a value that seems to hold whole lines) and `_hash` (of all columns of the file).

    Returns
    -------
    list of Rejected
        For each file that has lines which are no rows.
    """
    rejected: list[Rejected] = []
    table = quote_name(into)
    with engine.in_file_order():
        for number, file in enumerate(files):
            rows = _rows(file, columns, number if numbered else None)
            rows += "" if large else f" LIMIT {MAX_ROWS + 1}"
            start = f"INSERT INTO {table}" if number else f"CREATE TABLE {table} AS"
            for old in ("rejected_lines", "rejected_files", "rejected"):
                engine.run(f"DROP TABLE IF EXISTS {old}")
            # A limit, or one file of one piece, is one thread's work; what follows it need not be.
            how = "NOT MATERIALIZED" if large else "MATERIALIZED"
            query = f"{start} WITH rows AS {how} ({rows}) {reading}"
            engine.run(query, values, doing=f"{file.name} cannot be read")
            found = _rejected(engine, file, number) if file.rejected else []
            rejected += found
            if numbered:
                _number(engine, table, number, file.before, skipping=bool(found))
            if not large:
                _refuse_too_many(engine, into, file)
    return rejected


def _rows(file: Opened, columns: dict[str, str], number: int | None) -> str:
    place = {name: f"c{i}" for i, name in enumerate(file.names)}
    cells = [
        f"{clean_sql(place[theirs])} AS {quote_name(ours)}" for ours, theirs in columns.items()
    ]
    if number is not None:
        every = ", ".join(place.values())
        # The rows are numbered once they are there: to do so on the way would be one thread's work.
        placed = [f"{number} AS _file", "CAST(NULL AS BIGINT) AS _row"]
        cells = [*placed, f"{file.suspect} AS _lines", f"hash({every}) AS _hash", *cells]
    return f"SELECT {', '.join(cells)} FROM ({file.select})"


def _rejected(engine: Engine, file: Opened, number: int) -> list[Rejected]:
    """The lines that are no rows; an error where they show that the whole file is broken."""
    engine.run(f"CREATE TEMP TABLE rejected AS {file.rejected}")
    kinds = "SELECT kind, min(_row), min_by(value, _row) FROM rejected GROUP BY kind"
    for kind, row, text in engine.run(kinds):
        if kind == "INVALID ENCODING":
            raise not_utf8(file.name, file.text or file.path)
        if kind in WHOLE_FILE:
            raise DataError(
                f"{file.name}, near line {row}: {WHOLE_FILE[kind]}. It begins with "
                f"{clean_name(text)[:60]!r}. The file may be cut off: export it again, or mend the "
                "quotes."
            )
    expected = _("{n} columns").format(n=len(file.names))
    n = engine.run("SELECT count(*) FROM rejected")[0][0]
    first = engine.run(f"SELECT _row, value FROM rejected ORDER BY _row LIMIT {LISTED}")
    rows = [(int(row), clean_name(text or "")) for row, text in first]
    return [Rejected(number, expected, n, rows)] if n else []


def _number(engine: Engine, table: str, file: int, above: int, *, skipping: bool) -> None:
    """Give each row its place in the file: lines `above` the first and those set aside counted."""
    before = f"(SELECT count(*) FROM {table} WHERE _file < {file})"
    engine.run(f"UPDATE {table} SET _row = rowid + {above + 1} - {before} WHERE _file = {file}")
    if not skipping:
        return
    # The nth line set aside, at row r, moves the rows that were numbered r - n + 1 and above.
    moves = "SELECT _row - row_number() OVER (ORDER BY _row) + 1 AS start FROM rejected"
    engine.run(
        f"UPDATE {table} SET _row = _row + moved.n FROM ("
        "  SELECT rows._row AS place, shifts.n"
        f" FROM (SELECT _row FROM {table} WHERE _file = {file}) AS rows"
        "  ASOF JOIN (SELECT start, sum(count(*)) OVER (ORDER BY start) AS n"
        f"   FROM ({moves}) GROUP BY start) AS shifts ON rows._row >= shifts.start"
        f") AS moved WHERE _file = {file} AND _row = moved.place"
    )


def _refuse_too_many(engine: Engine, into: str, file: Opened) -> None:
    n = engine.run(f"SELECT count(*) FROM {quote_name(into)}")[0][0]
    if n > MAX_ROWS:
        raise DataError(
            f"{file.name} has more than {MAX_ROWS:,} rows, which is more than this table can be. "
            "Is it the file of another table, of attempts, say, or of transactions, which may be "
            "of any size? If not, give a random part of the rows, with a query such as sql = "
            "\"FROM 'survey.parquet' USING SAMPLE reservoir(200000 ROWS) REPEATABLE (1)\"."
        )
