"""The embedded engine, DuckDB: tables larger than memory, in a private work folder."""

from __future__ import annotations

import contextlib
import re
import tempfile
import threading
import weakref
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, wait
from typing import Any, TypeVar

import pandas as pd

from ..schema import DataError
from .door import MAX_ROWS, quote_name, quote_text, refuse_too_many
from .work import WorkFolder

MEMORY_MB = 1500
COUNTED = 0.8  # of it; with 100 million sales the engine took up to 17 % more than it counts
LOOK_UP = 0.2  # seconds; some systems deliver Ctrl-C only between two waits
GIVE_UP = 10  # seconds that a query gets to end once it was told to
# A moment is made of microseconds, because to cast one asks the calendar a second time.
FUNCTIONS = (
    "CREATE MACRO days_between(a, b) AS date_diff('day', a, b)",
    "CREATE MACRO hour_of_week(t) AS 24 * (isodow(t) - 1) + hour(t)",
    "CREATE MACRO secs_between(a, b) AS (epoch_us(b) - epoch_us(a)) / 1e6",
    "CREATE MACRO local_time(t, zone) AS timezone(zone, make_timestamptz(epoch_us(t)))",
)
# Extensions are never fetched: a study works offline, and a query cannot reach the network.
LOCAL = {
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
    "python_enable_replacements": "false",
}
SETTINGS = ("SET TimeZone = 'UTC'",)
# What the systems say when nothing more can be written.
DISK_FULL = (
    "No space left on device",
    "Disk quota exceeded",
    "File too large",
    "not enough space on the disk",
)
Result = TypeVar("Result")


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
    memory_mb : int
        Memory the engine may take, in 10^6 bytes; beyond it, work spills to the work folder.

    Notes
    -----
    Times are naive and in UTC. A query must not return TIMESTAMPTZ.
    """

    def __init__(self, *, memory_mb: int = MEMORY_MB) -> None:
        import duckdb

        folder = WorkFolder()
        self.work = folder.path
        self.memory_limit = f"{COUNTED * memory_mb:.0f}MB"
        config: dict[str, Any] = {
            **LOCAL,
            "memory_limit": self.memory_limit,
            "temp_directory": str(self.work),
        }
        try:
            with readable_errors("The engine cannot start"):
                self._connection = duckdb.connect(str(self.work / "engine.duckdb"), config=config)
        except DataError:
            folder.remove()
            raise
        self.close = weakref.finalize(self, _clear, self._connection, folder)
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
        refuse_too_many(result, max_rows)
        return result

    def name(self, text: str) -> str:
        """`text` as an SQL identifier."""
        return quote_name(text)

    def text(self, value: str) -> str:
        """`value` as an SQL string."""
        return quote_text(value)

    def row_hash(self, columns: Iterable[str]) -> str:
        """SQL of one number that stands for the values of these columns of a row."""
        return f"hash({', '.join(columns)})"

    def view(self, name: str, sql: str) -> None:
        """Call a query `name`; it is run whenever it is asked for."""
        self.run(f"CREATE OR REPLACE VIEW {quote_name(name)} AS {sql}")

    def keep(self, name: str, sql: str) -> None:
        """Run a query once and keep its rows as the table `name`, seen only when whole."""
        # What ends with the connection need be neither packed nor made safe on disk, which
        # would take half as long again.
        self.run(f"CREATE OR REPLACE TEMP TABLE {quote_name(name)} AS {sql}")

    def columns(self, relation: str) -> list[tuple[str, str]]:
        """Name and type of each column of a table, or of what stands after FROM."""
        return [(str(row[0]), str(row[1])) for row in self.run(f"DESCRIBE FROM {relation}")]

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

    def reach_out(self) -> None:
        """Make the engine able to read addresses; what that takes is fetched the first time.

        Raises
        ------
        DataError
            It is not on this machine, and cannot be fetched.
        """
        with contextlib.suppress(DataError):
            self.run("LOAD httpfs")
            return
        try:
            self.run("INSTALL httpfs")
            self.run("LOAD httpfs")
        except DataError as error:
            raise DataError(
                "DuckDB reads addresses with its extension httpfs, which is not on this machine "
                f"and cannot be fetched ({error}). Where there is a network, run once: python -c "
                "\"import duckdb; duckdb.sql('INSTALL httpfs')\". Or download the file and give "
                "its path."
            ) from None

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
    except duckdb.Error as error:
        said = first_sentence(error)
        no_room = isinstance(error, duckdb.OutOfMemoryException) or any(
            full in said for full in DISK_FULL
        )
        if not no_room:
            raise DataError(f"{doing or 'A query failed'}: {said}") from None
        who = f"{doing}: it" if doing else "A query"
        raise DataError(
            f"{who} needs more memory or disk than there is. Free space in the "
            f"folder for temporary files ({tempfile.gettempdir()}), or use less data."
        ) from None


def first_sentence(error: Exception) -> str:
    """What the engine says in its first line, without the kind of error it puts before it."""
    line = (str(error).strip() or "no reason was given").splitlines()[0]
    return re.sub(r"^[A-Z][\w ]* Error: ", "", line)


def _clear(connection: Any, folder: WorkFolder) -> None:
    connection.close()
    folder.remove()
