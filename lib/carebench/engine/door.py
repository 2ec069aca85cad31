"""What both engines share: how a name, a text and a file enter SQL, and the door to pandas."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any, Protocol

import pandas as pd

from ..schema import DataError

MAX_ROWS = 1_000_000


class Large(Protocol):
    """An engine as questions of large tables see it: this machine's, or a cluster's.

    Queries keep to the SQL that DuckDB and Spark share, plus four functions that each engine
    defines: `days_between(a, b)` of two days, `hour_of_week(t)` (Monday 00:00 is 0),
    `secs_between(a, b)` of two times, and `local_time(t, zone)`, what the clocks of `zone`
    show at an instant.
    """

    def frame(self, sql: str, max_rows: int = MAX_ROWS) -> pd.DataFrame:
        """The result of a query in pandas; one larger than `max_rows` is refused."""
        ...

    def view(self, name: str, sql: str) -> None:
        """Call a query `name`; it is run whenever it is asked for."""
        ...

    def keep(self, name: str, sql: str) -> None:
        """Run a query once and keep its rows as the table `name`, seen only when whole."""
        ...

    def name(self, text: str) -> str:
        """`text` as an SQL identifier, whatever it holds."""
        ...

    def text(self, value: str) -> str:
        """`value` as an SQL string, whatever it holds."""
        ...

    def row_hash(self, columns: Iterable[str]) -> str:
        """SQL of one number that stands for the values of these columns of a row."""
        ...

    def columns(self, relation: str) -> list[tuple[str, str]]:
        """Name and type of each column of a table, or of what stands after FROM."""
        ...

    def close(self) -> Any:
        """Remove what was kept."""
        ...


def quote_name(name: str) -> str:
    """`name` as an SQL identifier, whatever it holds."""
    return '"' + name.replace('"', '""') + '"'


def quote_text(text: str) -> str:
    """`text` as an SQL string, for the few places that take no bound parameter."""
    return "'" + text.replace("'", "''") + "'"


def quote_file(path: Path) -> str:
    """The one file at `path` as an SQL string: whatever its name holds is no pattern of files."""
    return quote_text(literal(path))


def literal(path: Path) -> str:
    """`path` as a pattern that it alone matches."""
    return "".join(f"[{mark}]" if mark in "*?[" else mark for mark in str(path))


class TooManyRows(DataError):
    """A result has more rows than may be held in memory."""


def refuse_too_many(result: pd.DataFrame, max_rows: int) -> None:
    """Stop where a result that was asked for with one row too many has that row.

    Raises
    ------
    TooManyRows
        It does; the message says what to do.
    """
    if len(result) > max_rows:
        raise TooManyRows(
            f"A result has more than {max_rows:,} rows, too many to hold in memory. "
            "Summarise it in the query (GROUP BY), or ask for fewer rows."
        )
