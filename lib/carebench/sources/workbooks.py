"""Reads one sheet of a workbook: its headings, its rows, and the formulas that were never run."""

from __future__ import annotations

import contextlib
import itertools
import re
import warnings
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..schema import DataError
from ..study import Input
from .files import choose

LARGEST_WORKBOOK = 200_000_000
Row = tuple[Any, ...]
# A cell with a formula and no value beside it; a calculated empty text has an empty value.
FORMULA = re.compile(
    rb"<c\b([^>]*[^>/])>\s*<f\b(?:[^>]*/>|[^>]*>[^<]*</f>)\s*(<v\s*/>|<v>\s*</v>)?\s*</c>"
)
CELL = re.compile(rb'\br="([A-Z]+)(\d+)"')


@dataclass(frozen=True, slots=True)
class Sheet:
    """The headings of a sheet, the rows below them, and how many rows stand above those.

    `uncalculated` gives the first such cell of each column, by the column's number from 0.
    """

    names: tuple[str, ...]
    rows: Iterator[Row]
    before: int
    second: Row
    uncalculated: Mapping[int, str]


@contextlib.contextmanager
def open_sheet(source: Input, path: Path) -> Iterator[Sheet]:
    """The sheet that `source` names, within which its rows can be read one by one.

    Raises
    ------
    DataError
        The file is no workbook, is too large, or lacks that sheet.
    """
    import openpyxl

    _check_size(path)
    try:
        with warnings.catch_warnings(), path.open("rb") as file:
            warnings.simplefilter("ignore")  # styles and extensions that we do not need
            book = openpyxl.load_workbook(file, read_only=True, data_only=True)
            sheets = [sheet.title for sheet in book.worksheets]
            sheet = book[choose(path, "sheet", source.sheet, sheets)]
            sheet.reset_dimensions()  # some writers state them wrongly
            formulas = _uncalculated(path, sheet._worksheet_path)
            yield _headed(source, path, sheet.iter_rows(values_only=True), formulas)
    except DataError:
        raise
    except Exception as error:  # openpyxl raises whatever the XML inside led it to
        raise DataError(
            f"{path.name} cannot be read as a workbook ({type(error).__name__}: {error}). "
            "Open it, save it again as .xlsx, or save the sheet as CSV."
        ) from None


def _check_size(path: Path) -> None:
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


def _uncalculated(path: Path, sheet: str) -> dict[int, str]:
    """The first cell of each column that holds a formula and no value."""
    from openpyxl.utils import column_index_from_string

    with zipfile.ZipFile(path) as archive:
        xml = archive.read(sheet)
    found: dict[int, str] = {}
    for cell in FORMULA.finditer(xml) if b"<f" in xml else ():
        place = CELL.search(cell[1])
        if place and not (cell[2] and b't="str"' in cell[1]):
            column = column_index_from_string(place[1].decode()) - 1
            found.setdefault(column, (place[1] + place[2]).decode())
    return found


def _headed(source: Input, path: Path, cells: Iterable[Row], formulas: dict[int, str]) -> Sheet:
    cells, before, first = itertools.islice(cells, source.skip, None), source.skip, ()
    for first in cells:
        if not _blank(first):
            break
        before += 1
    else:
        below = f" below its first {source.skip} rows (`skip`)" if source.skip else ""
        raise DataError(f"{path.name}: the sheet is empty{below}.")
    if source.names:
        names, cells = source.names, itertools.chain([first], cells)
    elif source.header:
        names, before = _headings(first), before + 1
    else:
        raise DataError(f"{path.name}: header = false needs the names of the columns, `names`.")
    rows = _without_blank_end(row[: len(names)] for row in cells)
    second = next(rows, None)
    rows = rows if second is None else itertools.chain([second], rows)
    return Sheet(names, rows, before, second or (), formulas)


def _blank(row: Row) -> bool:
    return all(cell is None for cell in row)


def _headings(row: Row) -> tuple[str, ...]:
    """The headings, up to the last: formatted cells may go on for thousands of columns."""
    width = max(i for i, cell in enumerate(row, 1) if cell is not None)
    return tuple("" if cell is None else str(cell) for cell in row[:width])


def _without_blank_end(rows: Iterable[Row]) -> Iterator[Row]:
    """The rows up to the last that holds anything: formatted blank rows end many sheets."""
    blank = 0
    for row in rows:
        if _blank(row):
            blank += 1
            continue
        yield from itertools.repeat((), blank)
        blank = 0
        yield row
