"""Sheets of a workbook as pages of paper, and the one that says how the others are filled in."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ...language import _
from .cells import put

LINE = 13.5  # height of a line of text, in points
LETTERS_A_LINE = 105  # of the instructions


def instructions(sheet: Any, lines: Sequence[str]) -> None:
    """Write lines of running text on a page, of which the first is its title."""
    from openpyxl.styles import Alignment, Font

    sheet.title = _("Instructions")
    for row, line in enumerate(lines, 1):
        cell = sheet.cell(row, 1)
        put(cell, line)
        cell.alignment = Alignment(wrap_text=True, vertical="top")
        sheet.row_dimensions[row].height = LINE * (1 + len(line) // LETTERS_A_LINE)
    sheet["A1"].font = Font(bold=True, size=14)
    sheet.row_dimensions[1].height = 20
    sheet.column_dimensions["A"].width = LETTERS_A_LINE + 5
    paper(sheet)


def paper(sheet: Any, repeat: str = "") -> None:
    """A4 across, as wide as the page; page numbers, and the rows of `repeat`, on each."""
    sheet.page_setup.paperSize = sheet.PAPERSIZE_A4
    sheet.page_setup.orientation = sheet.ORIENTATION_LANDSCAPE
    sheet.sheet_properties.pageSetUpPr.fitToPage = True
    sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight = 1, 0
    for side in ("left", "right", "top", "bottom"):
        setattr(sheet.page_margins, side, 0.4)
    sheet.print_title_rows = repeat or None
    sheet.oddFooter.center.text = "&P / &N"
    sheet.oddFooter.left.text = "&A"
