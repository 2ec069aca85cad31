"""The embedded engine: tables of any size, asked in SQL, and one guarded door to pandas.

Queries keep to the SQL that DuckDB and Spark share, plus three functions of our own:
`days_between(a, b)`, `hour_of_week(t)` (Monday 00:00 is 0) and `secs_between(a, b)`.
"""

from __future__ import annotations

import contextlib
import re
import shutil
import tempfile
import threading
import weakref
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, wait
from pathlib import Path
from typing import Any, TypeVar

import pandas as pd

from .schema import DataError

MAX_ROWS = 1_000_000
MEMORY_LIMIT = "1500MB"
LOOK_UP = 0.2  # seconds; some systems deliver Ctrl-C only between two waits
GIVE_UP = 10  # seconds that a query gets to end once it was told to
FUNCTIONS = (
    "CREATE MACRO days_between(a, b) AS date_diff('day', a, b)",
    "CREATE MACRO hour_of_week(t) AS 24 * (isodow(t) - 1) + hour(t)",
    "CREATE MACRO secs_between(a, b) AS epoch(b) - epoch(a)",
)
# Extensions are never fetched: a study works offline, and a query cannot reach the network.
LOCAL = {
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
    "python_enable_replacements": "false",
}
SETTINGS = ("SET TimeZone = 'UTC'",)
Result = TypeVar("Result")


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


class Bound:
    """The values that one statement is run with; each call returns the value's placeholder."""

    def __init__(self) -> None:
        self.by_name: dict[str, Any] = {}

    def __call__(self, value: Any) -> str:
        name = f"p{len(self.by_name)}"
        self.by_name[name] = value
        return f"${name}"


class Engine:
    """A DuckDB database in a private work folder, which is removed when it is closed.

    Parameters
    ----------
    memory_limit : str
        Memory the engine may take; beyond it, work spills to the work folder.

    Notes
    -----
    Times are naive and in UTC. A query must not return TIMESTAMPTZ.
    """

    def __init__(self, *, memory_limit: str = MEMORY_LIMIT) -> None:
        import duckdb

        self.work = Path(tempfile.mkdtemp(prefix="carebench-"))
        self.memory_limit = memory_limit
        config: dict[str, Any] = {
            **LOCAL,
            "memory_limit": memory_limit,
            "temp_directory": str(self.work),
        }
        try:
            with readable_errors("The engine cannot start"):
                self._connection = duckdb.connect(str(self.work / "engine.duckdb"), config=config)
        except DataError:
            shutil.rmtree(self.work)
            raise
        self.close = weakref.finalize(self, _clear, self._connection, self.work)
        without_progress(self._connection)
        for statement in (*SETTINGS, "SET preserve_insertion_order = false", *FUNCTIONS):
            self.run(statement)

    def __enter__(self) -> Engine:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def run(
        self, sql: str, values: dict[str, Any] | None = None, *, doing: str = ""
    ) -> list[tuple[Any, ...]]:
        """Run one statement and return its rows; `doing` begins the message if it fails."""
        with readable_errors(doing):
            execute = self._connection.execute
            return stoppable(self._connection, lambda: list(execute(sql, values).fetchall()))

    def frame(self, sql: str, max_rows: int = MAX_ROWS) -> pd.DataFrame:
        """The result of a query in pandas: the only door from the engine to memory.

        Parameters
        ----------
        sql : str
            One SELECT.
        max_rows : int
            A larger result is refused.

        Raises
        ------
        DataError
            The result has more than `max_rows` rows, or the query failed.
        """
        limited = f"SELECT * FROM ({sql}\n) LIMIT {max_rows + 1}"
        with readable_errors():
            result: pd.DataFrame = stoppable(
                self._connection, lambda: self._connection.execute(limited).df()
            )
        if len(result) > max_rows:
            raise DataError(
                f"A result has more than {max_rows:,} rows, too many to hold in memory. "
                "Summarise it in the query (GROUP BY), or ask for fewer rows."
            )
        return result

    def coded(self, table: str, columns: Iterable[str]) -> str:
        """A query for the whole of `table` in which these columns of words arrive as categories.

        To hand over a code a row instead of a text takes a third of the time and of the memory.
        """
        replaced = []
        for column in columns:
            words, kind = quote_name(column), quote_name(f"words {table} {column}")
            known = f"SELECT DISTINCT {words} FROM {quote_name(table)} WHERE {words} IS NOT NULL"
            self.run(f"CREATE OR REPLACE TYPE {kind} AS ENUM ({known} ORDER BY 1)")
            replaced.append(f"CAST({words} AS {kind}) AS {words}")
        replacing = f" REPLACE ({', '.join(replaced)})" if replaced else ""
        return f"SELECT *{replacing} FROM {quote_name(table)}"

    @contextlib.contextmanager
    def in_file_order(self) -> Iterator[None]:
        """Within it, rows keep the order of their file, at some cost of memory."""
        self.run("SET preserve_insertion_order = true")
        try:
            yield
        finally:
            self.run("SET preserve_insertion_order = false")


def stoppable(
    connection: Any, work: Callable[[], Result], *, seconds: float | None = None
) -> Result:
    """What `work` returns, which asks `connection`; Ctrl-C stops it, and so does the time limit.

    Raises
    ------
    TimeoutError
        The work took longer than `seconds`.
    """
    # In the main thread the engine would not let Python see that Ctrl-C was pressed.
    done: Future[Result] = Future()
    worker = threading.Thread(target=_settle, args=(done, work), daemon=True)
    waited = 0.0
    try:
        worker.start()
        while not wait([done], LOOK_UP).done:
            waited += LOOK_UP
            if seconds is not None and waited >= seconds:
                raise TimeoutError
    except BaseException:
        connection.interrupt()
        worker.join(GIVE_UP)
        raise
    return done.result()


def _settle(done: Future[Result], work: Callable[[], Result]) -> None:
    try:
        done.set_result(work())
    except BaseException as error:
        done.set_exception(error)


def without_progress(connection: Any) -> None:
    """Let no progress bar be printed among what a report or a command says."""
    import duckdb

    # A notebook's kernel without widgets has no progress bar, and refuses to turn it off.
    with contextlib.suppress(duckdb.InvalidInputException):
        connection.execute("SET enable_progress_bar = false")


@contextlib.contextmanager
def readable_errors(doing: str = "") -> Iterator[None]:
    """Turn what goes wrong in the engine into a `DataError` that says so in a sentence."""
    import duckdb

    try:
        yield
    except duckdb.OutOfMemoryException:
        raise DataError(
            f"{doing or 'A query'} needs more memory or disk than there is. Free space in the "
            f"folder for temporary files ({tempfile.gettempdir()}), or use less data."
        ) from None
    except duckdb.Error as error:
        raise DataError(f"{doing or 'A query failed'}: {first_sentence(error)}") from None


def first_sentence(error: Exception) -> str:
    """What the engine says in its first line, without the kind of error it puts before it."""
    line = (str(error).strip() or "no reason was given").splitlines()[0]
    return re.sub(r"^[A-Z][\w ]* Error: ", "", line)


def _clear(connection: Any, work: Path) -> None:
    connection.close()
    shutil.rmtree(work, ignore_errors=True)
