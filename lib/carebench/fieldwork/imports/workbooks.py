"""Reads the sheets of a workbook as rows of text: dates as dates, nothing calculated."""

from __future__ import annotations

import datetime as dt
import re
import warnings
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ...schema import DataError, nearest
from .grids import Row, Source, tidy

MOST_CELLS = 20_000_000
# A workbook has no use for a document type; entities that grow without end need one.
DOCTYPES = (b"<!DOCTYPE", "<!DOCTYPE".encode("utf-16-le"), "<!DOCTYPE".encode("utf-16-be"))
FORMULA = re.compile(
    rb"<c\b[^>]*\br=\"([A-Z]+\d+)\"[^>]*>\s*<f\b(?:[^>]*/>|[^>]*>[^<]*</f>)\s*(?:<v\s*/>)?\s*</c>"
)


def from_workbook(path: Path, sheet: str) -> list[Source]:
    """The sheets of the workbook at `path`, or the one called `sheet`.

    Raises
    ------
    DataError
        It is no workbook, lacks that sheet, or holds formulas that were never calculated.
    """
    import openpyxl

    _check_parts(path)
    try:
        with warnings.catch_warnings(), path.open("rb") as file:
            warnings.simplefilter("ignore")  # styles and extensions that we do not need
            book = openpyxl.load_workbook(file, read_only=True, data_only=True)
            try:
                return [_sheet(path, book[name]) for name in _wanted(path, book.sheetnames, sheet)]
            finally:
                book.close()
    except DataError:
        raise
    except Exception as error:  # openpyxl raises whatever the XML inside led it to
        raise DataError(
            f"{path.name} cannot be read as a workbook ({type(error).__name__}). Open it, save it "
            "again as .xlsx, or save the sheet as CSV."
        ) from None


def _check_parts(path: Path) -> None:
    try:
        with zipfile.ZipFile(path) as archive:
            for name in archive.namelist():
                if not name.endswith((".xml", ".rels")):
                    continue
                part = archive.read(name)
                if any(mark in part for mark in DOCTYPES):
                    raise DataError(
                        f"{path.name} holds a document type, which no workbook has. It is not read."
                    )
                if "/worksheets/" in name and (cell := FORMULA.search(part)):
                    raise DataError(
                        f"{path.name}: cell {cell[1].decode()} holds a formula that was never "
                        "calculated. Open it in a spreadsheet program and save it again."
                    )
    except (zipfile.BadZipFile, EOFError, NotImplementedError, RuntimeError) as error:
        raise DataError(f"{path.name} is damaged ({error}). Copy or export it again.") from None


def _wanted(path: Path, names: list[str], sheet: str) -> list[str]:
    if sheet and sheet not in names:
        raise DataError(
            f"{path.name} has no sheet {sheet!r}.{nearest(sheet, names)} It has: "
            f"{', '.join(names)}."
        )
    return [sheet] if sheet else names


def _sheet(path: Path, sheet: Any) -> Source:
    sheet.reset_dimensions()  # some writers state them wrongly
    rows: list[Row] = []
    cells = 0
    for row in _without_blank_end(sheet.iter_rows(values_only=True)):
        rows.append(row)
        cells += len(row)
        if cells > MOST_CELLS:
            raise DataError(f"{path.name}: sheet {sheet.title!r} is too large. Save it as CSV.")
    return Source(f"{path.name}, sheet {sheet.title!r}", tuple(rows))


def _without_blank_end(rows: Iterator[tuple[Any, ...]]) -> Iterator[Row]:
    """The rows up to the last that holds anything: formatted blank rows end many sheets."""
    blank = 0
    for cells in rows:
        row = tuple(map(_text, cells))
        if not any(row):
            blank += 1
            continue
        yield from ((),) * blank
        blank = 0
        yield row


def _text(value: Any) -> str:
    """A cell as text. A spreadsheet keeps clocks to the millisecond at best: seconds are enough."""
    if value is None:
        return ""
    if isinstance(value, str):
        return tidy(value)
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, dt.datetime):
        return _to_second(value).isoformat(sep=" ")
    if isinstance(value, dt.timedelta):  # a clock beyond 24:00, or a length of time
        return str(dt.timedelta(seconds=round(value.total_seconds())))
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return value.isoformat() if isinstance(value, dt.time | dt.date) else str(value)


def _to_second(value: dt.datetime) -> dt.datetime:
    return (value + dt.timedelta(microseconds=500_000)).replace(microsecond=0)
