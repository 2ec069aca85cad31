"""Opens files of every kind so that the engine sees them alike: columns of text.

An opened file is an SQL query that yields `c0`, `c1`, ...: the file's columns in their order,
all text. Names that a user gave stay in Python, so that none of them enters SQL.
"""

from __future__ import annotations

import csv
import datetime as dt
import math
import sqlite3
import warnings
import zipfile
from collections.abc import Iterable, Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

from ..engine import MAX_ROWS, Engine, quote_name, quote_text
from ..schema import DataError, nearest
from ..study import Input
from .sandbox import copy_table
from .textfiles import Opened, clean_name, distinct_names, open_text, select_csv

LARGEST_WORKBOOK = 200_000_000
SIGNATURES = {
    b"PK\x03\x04": ("xlsx", "a workbook or another zip file"),
    b"PAR1": ("parquet", "a Parquet file"),
    b"SQLite format 3\x00": ("sqlite", "an SQLite database"),
    b"\x1f\x8b": ("gz", "compressed by gzip; give its name the ending .gz"),
    b"\xd0\xcf\x11\xe0": ("xls", "an old or password-protected workbook; save it as .xlsx"),
    b"%PDF": ("pdf", "a PDF; save the table in it as CSV or .xlsx"),
}


def find_files(root: Path, pattern: str, where: str) -> list[Path]:
    """The files that `pattern` means, seen from `root`, in the order of their names."""
    if "://" in pattern:
        raise DataError(f"{where}: {pattern!r} is an address. Download the file and give its path.")
    path = root / pattern
    if not any(mark in pattern for mark in "*?["):
        return [_readable(path, where)]
    anchor = Path(path.anchor)
    found = sorted(p for p in anchor.glob(str(path.relative_to(anchor))) if p.is_file())
    if not found:
        raise DataError(f"{where}: no file matches {pattern!r}.{_beside(path)}")
    return [_readable(p, where) for p in found]


def open_file(engine: Engine, source: Input, path: Path, *, decimal: str = ".") -> Opened:
    """Open one file for reading by the engine.

    Raises
    ------
    DataError
        The file is broken, empty, or not of the kind that its name or the study says.
    """
    _check_signature(source, path)
    if source.kind in ("csv", "blank", "fixed"):
        return open_text(engine, source, path)
    opener = {
        "xlsx": _open_workbook,
        "parquet": _open_parquet,
        "sqlite": _open_sqlite,
        "duckdb": _open_duckdb,
    }[source.kind]
    opened = opener(engine, source, path, decimal)
    return replace(opened, names=tuple(clean_name(name) for name in opened.names))


def _readable(path: Path, where: str) -> Path:
    if path.is_dir():
        raise DataError(f"{where}: {path} is a folder. Name a file, or a pattern such as *.csv.")
    try:
        with path.open("rb") as file:
            if not file.read(1):
                raise DataError(f"{where}: {path.name} is empty (0 bytes). Export it again.")
    except FileNotFoundError:
        raise DataError(f"{where}: there is no file {path}.{_beside(path)}") from None
    except OSError as error:
        raise DataError(f"{where}: {path} cannot be read: {error.strerror}.") from None
    return path


def _beside(path: Path) -> str:
    """What the folder holds instead of a file that is not there."""
    folder = path.parent
    while not folder.is_dir() and folder != folder.parent:
        folder = folder.parent
    try:
        names = sorted(p.name for p in folder.iterdir() if not p.name.startswith("."))
    except OSError:
        return ""
    near = nearest(path.name, names)
    shown = ", ".join(names[:10]) + (", ..." if len(names) > 10 else "")
    return f"{near} The folder {folder} holds: {shown or 'nothing'}."


def _check_signature(source: Input, path: Path) -> None:
    with path.open("rb") as file:
        start = file.read(16)
    for signature, (kind, words) in SIGNATURES.items():
        if start.startswith(signature) and kind != source.kind:
            if kind == "gz" and path.suffix.lower() == ".gz":
                continue
            raise DataError(
                f"{path.name} was to be read as {source.kind}, but it is {words}."
                + (f" Say format = {kind!r}." if kind in ("xlsx", "parquet", "sqlite") else "")
            )


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
    relation = f"read_parquet({quote_text(_literal(path))})"
    rows = engine.run(f"DESCRIBE FROM {relation}", doing=doing)
    described = [(str(row[0]), str(row[1])) for row in rows]
    columns = typed_columns(described, decimal)
    names = tuple(name for name, _ in described)
    return names, f"SELECT {columns} FROM {relation}"


def _open_parquet(engine: Engine, source: Input, path: Path, decimal: str) -> Opened:
    doing = f"{path.name} cannot be read as Parquet"
    names, select = select_typed(engine, path, decimal, doing=doing)
    return Opened(path, names, select)


def _literal(path: Path) -> str:
    """A path in which the engine sees no pattern."""
    return "".join(f"[{mark}]" if mark in "*?[" else mark for mark in str(path))


def _open_duckdb(engine: Engine, source: Input, path: Path, decimal: str) -> Opened:
    copied = copy_table(engine, path, source.table)
    names, select = select_typed(engine, copied, decimal)
    return Opened(path, names, select)


def _open_sqlite(engine: Engine, source: Input, path: Path, decimal: str) -> Opened:
    try:
        with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)) as database:
            query = "SELECT name FROM sqlite_master WHERE type IN ('table', 'view') ORDER BY name"
            tables = [str(row[0]) for row in database.execute(query)]
            table = choose(path, "table", source.table, tables)
            rows = database.execute(f"SELECT * FROM {quote_name(table)}")
            names = tuple(str(column[0]) for column in rows.description)
            return _through_text(engine, path, names, rows, decimal)
    except sqlite3.Error as error:
        raise DataError(f"{path.name} cannot be read as an SQLite database: {error}.") from None


def choose(path: Path, what: str, wanted: str, there: list[str]) -> str:
    """The sheet or table `wanted`, or the only one there is."""
    if wanted in there:
        return wanted
    if not wanted and len(there) == 1:
        return there[0]
    said = f"has no {what} {wanted!r}" if wanted else f"has {len(there)} {what}s"
    listed = ", ".join(repr(name) for name in there) or "none"
    raise DataError(
        f"{path.name} {said}.{nearest(wanted, there)} Say which with {what} = ...; "
        f"it has: {listed}."
    )


def _open_workbook(engine: Engine, source: Input, path: Path, decimal: str) -> Opened:
    import openpyxl

    _check_workbook(path)
    try:
        with warnings.catch_warnings(), path.open("rb") as file:
            warnings.simplefilter("ignore")  # styles and extensions that we do not need
            book = openpyxl.load_workbook(file, read_only=True, data_only=True)
            sheets = [sheet.title for sheet in book.worksheets]
            sheet = book[choose(path, "sheet", source.sheet, sheets)]
            sheet.reset_dimensions()  # some writers state them wrongly
            rows = _without_blank_end(sheet.iter_rows(values_only=True))
            names = source.names or _header(path, rows, source.header)
            return _through_text(engine, path, names, rows, decimal)
    except DataError:
        raise
    except Exception as error:  # openpyxl raises whatever the XML inside led it to
        raise DataError(
            f"{path.name} cannot be read as a workbook ({type(error).__name__}: {error}). "
            "Open it, save it again as .xlsx, or save the sheet as CSV."
        ) from None


def _check_workbook(path: Path) -> None:
    try:
        with zipfile.ZipFile(path) as archive:
            size = sum(entry.file_size for entry in archive.infolist())
    except (zipfile.BadZipFile, OSError):
        raise DataError(
            f"{path.name} is no workbook, or is damaged. Open it, save it again as .xlsx, or "
            "save the sheet as CSV."
        ) from None
    if size > LARGEST_WORKBOOK:
        raise DataError(
            f"{path.name} unpacks to {size / 1e6:,.0f} MB; workbooks are read up to "
            f"{LARGEST_WORKBOOK / 1e6:,.0f} MB. Save the sheet as CSV or Parquet."
        )


def _header(path: Path, rows: Iterator[tuple[Any, ...]], header: bool) -> tuple[str, ...]:
    first = next(rows, None)
    if first is None:
        raise DataError(f"{path.name}: the sheet is empty.")
    if not header:
        raise DataError(f"{path.name}: header = false needs the names of the columns, `names`.")
    return tuple("" if cell is None else str(cell) for cell in first)


def _without_blank_end(rows: Iterable[tuple[Any, ...]]) -> Iterator[tuple[Any, ...]]:
    """The rows up to the last that holds anything: formatted blank rows end many sheets."""
    blank = []
    for row in rows:
        if all(cell is None for cell in row):
            blank.append(row)
            continue
        yield from blank
        blank.clear()
        yield row


def _through_text(
    engine: Engine,
    path: Path,
    names: tuple[str, ...],
    rows: Iterable[tuple[Any, ...]],
    decimal: str,
) -> Opened:
    """Rows of Python values, written as text for the engine to read."""
    copy = engine.work / f"copy{len(list(engine.work.glob('copy*')))}.csv"
    width = len(names)
    with copy.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, quoting=csv.QUOTE_ALL)
        for number, row in enumerate(rows):
            if number > MAX_ROWS:
                raise DataError(
                    f"{path.name} has more than {MAX_ROWS:,} rows, too many for this kind of "
                    "file. Export the table as CSV or Parquet."
                )
            cells = [cell_text(cell, decimal) for cell in row[:width]]
            writer.writerow(cells + [""] * (width - len(cells)))
    return Opened(path, distinct_names(names), select_csv(copy, width, skip=0, delimiter=","))


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
