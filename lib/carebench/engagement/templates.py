"""Empty tables to fill in: a CSV file for each, and a workbook of all with the codebook."""

from __future__ import annotations

import io
from typing import Any

from ..schema import KINDS, TABLES, Column, Table

WORKBOOK = "templates.xlsx"
CODEBOOK = "codebook"
LAST_ROW = 10_000  # down to which a cell offers a list to choose from
NUMBER_FORMATS = {
    "time": "yyyy-mm-dd hh:mm:ss",
    "date": "yyyy-mm-dd",
    "integer": "0",
    "number": "General",
    "money": "General",
}
AS_TEXT = "@"  # or a spreadsheet makes a day of "24/7" and 7 of "007"


def csv_template(table: Table) -> bytes:
    """The header of a table; the mark before it tells Excel that the file is UTF-8."""
    return b"\xef\xbb\xbf" + (",".join(table.names) + "\n").encode()


def workbook() -> bytes:
    """A sheet per table, ready to be filled in, and the codebook."""
    from openpyxl import Workbook

    book = Workbook()
    book.remove(book.active)
    for table in TABLES.values():
        _fill_template(book.create_sheet(table.name), table)
    _fill_codebook(book.create_sheet(CODEBOOK))
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def _fill_template(sheet: Any, table: Table) -> None:
    from openpyxl.comments import Comment
    from openpyxl.styles import Font

    for i, column in enumerate(table.columns, 1):
        head = sheet.cell(1, i, column.name)
        head.font = Font(bold=column.required)
        head.comment = Comment(_explained(column), "carebench", width=320, height=140)
        letter = head.column_letter
        sheet.column_dimensions[letter].width = max(12, len(column.name) + 3)
        sheet.column_dimensions[letter].number_format = NUMBER_FORMATS.get(column.kind, AS_TEXT)
        _offer(sheet, letter, column)
    sheet.freeze_panes = "A2"


def _explained(column: Column) -> str:
    """What a header's comment says: meaning, form, and whether it is needed."""
    unit = f" Unit: {column.unit}." if column.unit else ""
    need = "Needed in every row." if column.required else "May be empty or left out."
    return f"{column.meaning}. Expected: {column.expected}.{unit} {need}"


def _offer(sheet: Any, letter: str, column: Column) -> None:
    """Let a cell be chosen from the allowed values, where there are such."""
    from openpyxl.worksheet.datavalidation import DataValidation

    words = column.allowed or (("yes", "no") if column.kind == "yes_no" else ())
    if not words:
        return
    choice = DataValidation(type="list", formula1=f'"{",".join(words)}"', allow_blank=True)
    choice.error = f"Expected {column.expected}."
    choice.showErrorMessage = True
    sheet.add_data_validation(choice)
    choice.add(f"{letter}2:{letter}{LAST_ROW}")


def _fill_codebook(sheet: Any) -> None:
    from openpyxl.styles import Alignment, Font

    sheet.append(["table", "column", "type", "unit", "may be empty", "meaning", "expected"])
    for table in TABLES.values():
        sheet.append([table.name, "", "", "", "", f"One row is {table.row}."])
        for column in table.columns:
            empty = "no" if column.required else "yes"
            about = [column.name, column.kind, column.unit, empty, column.meaning]
            sheet.append([table.name, *about, column.expected])
    sheet.append([])
    for kind, meaning in KINDS.items():
        sheet.append(["", "", kind, "", "", meaning])
    for cell in sheet[1]:
        cell.font = Font(bold=True)
    for letter, width in zip("ABCDEFG", (18, 24, 10, 14, 13, 70, 60), strict=True):
        sheet.column_dimensions[letter].width = width
        for cell in sheet[letter]:
            cell.alignment = Alignment(wrap_text=True, vertical="top")
    sheet.freeze_panes = "A2"
