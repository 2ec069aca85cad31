"""Cells of a workbook: text that stays text, widths, and lists to choose from."""

from __future__ import annotations

import re
from typing import Any

_CONTROLS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")
_FORMULA = re.compile("[\\s\ufeff\u200b]*[=+\\-@\uff1d\uff0b\uff0d\uff20]")
MOST_LETTERS = 32_767  # that one cell of a workbook can hold


def put(cell: Any, value: object) -> None:
    """Write `value`; a text is never taken for a formula, now or after somebody edits it."""
    if not isinstance(value, str):
        cell.value = value
        return
    text = _CONTROLS.sub("", value)[:MOST_LETTERS]
    cell.value = text
    cell.data_type = "s"
    cell.quotePrefix = bool(_FORMULA.match(text))


def choose(sheet: Any, cells: str, source: str, title: str, prompt: str) -> None:
    """Let `cells` hold nothing but a word of the range `source`."""
    _demand(sheet, cells, title, prompt, type="list", formula1=source)


def demand_score(sheet: Any, cells: str, title: str, prompt: str) -> None:
    """Let `cells` hold nothing but a whole number from 1 to 5."""
    _demand(
        sheet, cells, title, prompt, type="whole", operator="between", formula1="1", formula2="5"
    )


def demand_clock(sheet: Any, cells: str, title: str, prompt: str) -> None:
    """Let `cells` hold nothing but a time of the day."""
    _demand(
        sheet, cells, title, prompt, type="time", operator="between", formula1="0",
        formula2="0.999999",
    )  # fmt: skip


def demand_day(sheet: Any, cells: str, title: str, prompt: str) -> None:
    """Let `cells` hold nothing but a day of this century, with or without a time."""
    _demand(
        sheet, cells, title, prompt, type="date", operator="between", formula1="DATE(2000,1,1)",
        formula2="DATE(2099,12,31)",
    )  # fmt: skip


def _demand(sheet: Any, cells: str, title: str, prompt: str, **rule: str) -> None:
    from openpyxl.worksheet.datavalidation import DataValidation

    check = DataValidation(allow_blank=True, showErrorMessage=True, showInputMessage=True, **rule)
    check.errorTitle = check.promptTitle = title[:32]  # all that a spreadsheet shows
    check.error, check.prompt = prompt[:225], prompt[:255]
    sheet.add_data_validation(check)
    check.add(cells)
