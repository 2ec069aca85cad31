"""Tables as CSV and as a workbook, in which no cell can be taken for a formula.

A spreadsheet runs what begins with an equals sign, and a CSV has no way to say “this is
text”. There an apostrophe goes before such a text; in a workbook the cell itself says it.
Numbers stay numbers.
"""

from __future__ import annotations

import csv
import io
import math
import numbers
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

LONGEST_SHEET_NAME = 31
# A spreadsheet set to semicolons parts a text there, quoted or not: each part is a cell.
_SIGNS = r"=+\-@\uff1d\uff0b\uff0d\uff20"  # the last four are the full-width forms
_STARTS = re.compile(rf"(^|[;|\t\r\n])(?=[\s\ufeff\u200b]*[{_SIGNS}])|^(?=[\t\r\n])")
# What XML 1.0 cannot hold.
_CONTROLS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")


def guarded(text: str) -> str:
    """`text` with an apostrophe wherever a spreadsheet would begin to read a formula."""
    return _STARTS.sub(r"\1'", text)


def csv_text(table: pd.DataFrame) -> str:
    """A table as CSV; the mark it begins with tells Excel that it is UTF-8."""
    file = io.StringIO(newline="")
    writer = csv.writer(file)
    for row in _rows(table):
        writer.writerow([guarded(cell) if isinstance(cell, str) else cell for cell in row])
    return "\ufeff" + file.getvalue()


def write_workbook(tables: Mapping[str, pd.DataFrame], path: Path) -> None:
    """Write each table to a sheet of its own, headings frozen."""
    from openpyxl import Workbook
    from openpyxl.styles import Font

    book = Workbook()
    book.remove(book.active)
    taken: set[str] = set()
    for name, table in tables.items():
        sheet = book.create_sheet(_sheet_name(name, taken))
        for i, row in enumerate(_rows(table), 1):
            for j, value in enumerate(row, 1):
                _fill(sheet.cell(i, j), value)
        for cell in sheet[1]:
            cell.font = Font(bold=True)
        sheet.freeze_panes = "A2"
    book.save(path)


def _fill(cell: Any, value: str | int | float | None) -> None:
    if not isinstance(value, str):
        cell.value = value
        return
    text = _CONTROLS.sub("", value)
    cell.value = text
    cell.data_type = "s"  # or the library itself would make a formula of it
    cell.quotePrefix = guarded(text) != text  # text it stays, also after someone edits it


def _rows(table: pd.DataFrame) -> Iterator[list[str | int | float | None]]:
    yield [str(name) for name in table.columns]
    for row in table.itertuples(index=False, name=None):
        yield [_plain(value) for value in row]


def _plain(value: Any) -> str | int | float | None:
    """A value as a spreadsheet knows it: text, a number or nothing."""
    if isinstance(value, (tuple, list)):
        return "; ".join(map(str, value))
    if value is None or pd.isna(value):
        return None
    if isinstance(value, (bool, np.bool_)):
        return "true" if value else "false"
    if isinstance(value, numbers.Integral):
        return int(value)
    if isinstance(value, numbers.Real):
        return float(value) if math.isfinite(value) else None  # no program reads "inf" alike
    if isinstance(value, pd.Timestamp):
        return value.isoformat(sep=" ").removesuffix(" 00:00:00")
    return str(value)


def _sheet_name(name: str, taken: set[str]) -> str:
    """A name that Excel takes: short, without its own marks, and used once."""
    plain = re.sub(r"[\[\]:*?/\\']", "-", name)[:LONGEST_SHEET_NAME]
    free, number = plain, 2
    while free.casefold() in taken:
        end = f"-{number}"
        free, number = plain[: LONGEST_SHEET_NAME - len(end)] + end, number + 1
    taken.add(free.casefold())
    return free
