"""Opens files of every kind so that the engine sees them alike: columns of text.

An opened file is an SQL query that yields `c0`, `c1`, ...: the file's columns in their order,
all text. Names that a user gave stay in Python, so that none of them enters SQL.
"""

from __future__ import annotations

import csv
import datetime as dt
import math
import shutil
import sqlite3
from collections.abc import Iterable
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

from ..engine import MAX_ROWS, Engine, quote_file, quote_name
from ..schema import DataError
from ..study import Input
from .files import TEXT_KINDS, choose, made_plain
from .opened import Opened, clean_name, distinct_names, repeated_names
from .sandbox import copy_table
from .textfiles import open_text, select_csv
from .workbooks import open_sheet


def open_file(
    engine: Engine, source: Input, path: Path, *, decimal: str = ".", large: bool = True
) -> Opened:
    """Open one file for reading by the engine.

    Raises
    ------
    DataError
        The file is broken, empty, not of the kind that its name or the study says, or too large
        for a table that is not `large`.
    """
    path = made_plain(engine, source, path, large=large)
    if source.kind in TEXT_KINDS:
        return open_text(engine, source, path)
    opener = {
        "xlsx": _open_workbook,
        "parquet": _open_parquet,
        "sqlite": _open_sqlite,
        "duckdb": _open_duckdb,
    }[source.kind]
    opened = opener(engine, source, path, decimal, large)
    return replace(opened, names=tuple(clean_name(name) for name in opened.names))


def typed_columns(columns: Iterable[tuple[str, str]], decimal: str) -> str:
    """SQL of a query's columns (name, engine type) as text columns `c0`, `c1`, ..."""
    return ", ".join(
        f"{_as_text(quote_name(name), kind, decimal)} AS c{i}"
        for i, (name, kind) in enumerate(columns)
    )


def _as_text(column: str, kind: str, decimal: str) -> str:
    text = f"CAST({column} AS VARCHAR)"
    if kind in ("DOUBLE", "FLOAT"):
        # ids that passed through pandas are 17850.0; NaN is its empty cell
        text = (
            f"CASE WHEN isnan({column}) THEN NULL WHEN abs({column}) < 1e15 "
            f"AND {column} = floor({column}) THEN CAST(CAST({column} AS BIGINT) AS VARCHAR) "
            f"ELSE {text} END"
        )
    if decimal == "," and (kind in ("DOUBLE", "FLOAT") or kind.startswith("DECIMAL")):
        text = f"replace({text}, '.', ',')"
    return text


def select_typed(
    engine: Engine, path: Path, decimal: str, *, doing: str = ""
) -> tuple[tuple[str, ...], str]:
    """Names of a Parquet file's columns, and the query that yields them as text."""
    relation = f"read_parquet({quote_file(path)})"
    rows = engine.run(f"DESCRIBE FROM {relation}", doing=doing)
    described = [(str(row[0]), str(row[1])) for row in rows]
    columns = typed_columns(described, decimal)
    names = tuple(name for name, _ in described)
    return names, f"SELECT {columns} FROM {relation}"


def _open_parquet(engine: Engine, source: Input, path: Path, decimal: str, large: bool) -> Opened:
    doing = f"{path.name} cannot be read as Parquet"
    names, select = select_typed(engine, path, decimal, doing=doing)
    return Opened(path, names, select, parquet=path)


def _open_duckdb(engine: Engine, source: Input, path: Path, decimal: str, large: bool) -> Opened:
    copied = copy_table(engine, path, source.table)
    names, select = select_typed(engine, copied, decimal)
    return Opened(path, names, select, parquet=copied)


def _open_sqlite(engine: Engine, source: Input, path: Path, decimal: str, large: bool) -> Opened:
    try:
        with closing(_connected(engine, path)) as database:
            query = "SELECT name FROM sqlite_master WHERE type IN ('table', 'view') ORDER BY name"
            tables = [str(row[0]) for row in database.execute(query)]
            table = choose(path, "table", source.table, tables)
            rows = database.execute(f"SELECT * FROM {quote_name(table)}")
            names = tuple(str(column[0]) for column in rows.description)
            return _through_text(engine, path, names, rows, decimal, large=large)
    except (sqlite3.Error, OSError) as error:
        raise DataError(f"{path.name} cannot be read as an SQLite database: {error}.") from None


def _connected(engine: Engine, path: Path) -> sqlite3.Connection:
    """A connection that leaves the folder of the database as it is."""
    logs = [Path(f"{path}{ending}") for ending in ("-wal", "-journal")]
    logs = [log for log in logs if log.exists()]
    if not logs:
        return sqlite3.connect(f"{path.as_uri()}?mode=ro&immutable=1", uri=True)
    # What was written last stands in a log, which SQLite would work off where it lies.
    room = engine.work / f"database{len(list(engine.work.glob('database*')))}"
    room.mkdir()
    for file in (path, *logs):
        shutil.copyfile(file, room / file.name)
    return sqlite3.connect(room / path.name)


def _open_workbook(engine: Engine, source: Input, path: Path, decimal: str, large: bool) -> Opened:
    with open_sheet(source, path) as sheet:
        opened = _through_text(engine, path, sheet.names, sheet.rows, decimal, large=large)
    named = {
        opened.names[i]: cell for i, cell in sheet.uncalculated.items() if i < len(sheet.names)
    }
    return replace(
        opened,
        before=sheet.before,
        second=tuple(clean_name(cell_text(cell)) for cell in sheet.second),
        uncalculated=named,
    )


def _through_text(
    engine: Engine,
    path: Path,
    names: tuple[str, ...],
    rows: Iterable[tuple[Any, ...]],
    decimal: str,
    *,
    large: bool,
) -> Opened:
    """Rows of Python values, written as text for the engine to read."""
    copy = engine.work / f"copy{len(list(engine.work.glob('copy*')))}.csv"
    width = len(names)
    with copy.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, quoting=csv.QUOTE_ALL)
        for number, row in enumerate(rows):
            if number > MAX_ROWS and not large:
                raise DataError(
                    f"{path.name} has more than {MAX_ROWS:,} rows, too many for this kind of "
                    "file. Export the table as CSV or Parquet."
                )
            cells = [cell_text(cell, decimal) for cell in row[:width]]
            writer.writerow(cells + [""] * (width - len(cells)))
    select = select_csv(copy, width, skip=0, delimiter=",")
    return Opened(path, distinct_names(names), select, repeated=repeated_names(names))


def cell_text(value: Any, decimal: str = ".") -> str:
    """A cell of a workbook or a database as the text that a CSV would hold."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        if math.isnan(value):
            return ""
        return str(int(value)) if value.is_integer() else repr(value).replace(".", decimal)
    if isinstance(value, dt.datetime):
        midnight = value.time() == dt.time() and value.tzinfo is None
        return value.date().isoformat() if midnight else value.isoformat(sep=" ")
    if isinstance(value, dt.timedelta):
        seconds = value.total_seconds()
        return f"{int(seconds // 3600):02d}:{int(seconds // 60 % 60):02d}:{int(seconds % 60):02d}"
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    return str(value)
