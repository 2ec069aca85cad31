"""What was wrong with the rows of a study, and what was done about it: kinds, and their list."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pandas as pd

from ..language import N_, _
from .columns import Checking

LISTED = 1_000
WITHHELD = "…"
ROW_COLUMNS = ("table", "file", "row", "column", "value", "expected", "action")
COUNT_COLUMNS = ("table", "column", "expected", "action", "n")
# What was done.
NOT_USED = N_("row not used")
EMPTIED = N_("value treated as missing")
KEPT = N_("kept, but in no comparison")
NOT_LIMITED = N_("not limited: all rows are used")
IN_NO_WAVE = N_("in no report on a wave")
ONE_SPELLING = N_("kept as it is; give it one spelling")
KEPT_REFUND = N_("kept as a refund")
ROUNDED = N_("rounded; is it another currency?")
KEPT_DUPLICATE = N_("kept; remove them if they are errors")
HOLDS_LINES = N_("kept; a quoted value holds whole lines: is a quote missing?")
READ_AS_UTC = N_("read as UTC; say `zone`")
NOT_LISTED = N_("treated alike; not listed, since they would show other providers’ data")
# What was expected.
WHOLE = N_("an amount without decimals, in the study’s currency")


@dataclass(frozen=True)
class Problems:
    """What was wrong with the tables of a study, and what was done about it.

    `rows` lists at most 1,000 rows of each kind of problem; `counts` counts all of them.
    The column `row` of `rows` is where to look. In a workbook it is the row of the sheet; in a
    text file the row that a spreadsheet program shows: the heading is the first, blank lines
    above it count, blank lines further down do not. In what has no heading of its own (Parquet,
    a database, a query's result) it is the number of the row of data, from 1.
    """

    rows: pd.DataFrame
    counts: pd.DataFrame


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of problem: the rows of `read <table>` of which `where` holds."""

    column: str
    expected: str
    action: str
    where: str
    value: str


class ProblemList:
    """Collects problems, table by table."""

    def __init__(self) -> None:
        self.rows: list[tuple[object, ...]] = []
        self.counts: list[tuple[object, ...]] = []
        self.others = 0  # problems in rows that may not be shown

    def add(self, checking: Checking, kind: Kind, n: int, rows: list[tuple[Any, ...]]) -> None:
        """Add `n` problems of one kind, of which `rows` are listed: file, row and value."""
        name, column = checking.table.name, checking.theirs.get(kind.column, kind.column)
        self.counts.append((name, column, kind.expected, kind.action, n))
        self.rows += [
            (name, checking.files[file], row, column, value or "", kind.expected, kind.action)
            for file, row, value in rows
        ]

    def frames(self) -> Problems:
        """The problems as two frames."""
        whose, expected = _("other or unknown providers"), _("as in the report on all providers")
        unlisted = [(whose, "", expected, NOT_LISTED, self.others)] if self.others else []
        rows = pd.DataFrame(self.rows, columns=pd.Index(ROW_COLUMNS))
        counts = pd.DataFrame([*self.counts, *unlisted], columns=pd.Index(COUNT_COLUMNS))
        return Problems(
            rows.astype({"row": "int64", "value": "string"}), counts.astype({"n": "int64"})
        )
