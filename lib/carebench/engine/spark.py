"""A Spark cluster as an engine: for tables that one machine cannot hold.

Nothing is written to the cluster's storage. What `keep` keeps is a cached table of this session:
Spark holds it in the executors' memory, and on their disks what does not fit there, computes a
part that is lost again, and lets it go when the session is closed.
"""

from __future__ import annotations

import uuid
import weakref
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, TypeVar

import pandas as pd

from ..schema import DataError
from .connect import (
    ANSWER_WITHIN,
    check_address,
    connected,
    let_go,
    prepare,
    quietly,
    readable_errors,
    release,
    silent,
    within,
)
from .door import MAX_ROWS, refuse_too_many
from .duck import GIVE_UP, stoppable

if TYPE_CHECKING:
    import pyarrow as pa

Result = TypeVar("Result")


class Spark:
    """A session of its own on a Spark cluster, which is released when it is closed.

    Parameters
    ----------
    address : str
        `sc://host:15002`, with `/;use_ssl=true` where the server asks for it. A token is taken
        from the environment variable SPARK_CONNECT_AUTHENTICATE_TOKEN, never from the address.
    answer_within : float
        Seconds to wait for the server's first answer.

    Raises
    ------
    DataError
        The address holds a credential or is none, no server answers, or it is too old.

    Notes
    -----
    Times are naive and in UTC. A session that is killed cannot let go what it kept: that stays
    on the cluster until its server is started again.
    """

    def __init__(self, address: str, *, answer_within: float = ANSWER_WITHIN) -> None:
        check_address(address)
        self.address = address
        self._kept: list[str] = []
        with readable_errors(f"The Spark server at {address} cannot be used"):
            self._session = quietly(lambda: connected(address, answer_within))
            self.close = weakref.finalize(self, release, self._session, self._kept)
            try:
                self._stoppable(lambda: prepare(self._session, address), seconds=answer_within)
            except TimeoutError:
                raise silent(address, answer_within) from None

    def __enter__(self) -> Spark:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def frame(self, sql: str, max_rows: int = MAX_ROWS) -> pd.DataFrame:
        """The result of a query in pandas: the only door from the cluster to memory.

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
        limited = f"SELECT * FROM ({sql}\n) AS result LIMIT {max_rows + 1}"
        result = _in_pandas(self._ask(lambda: self._session.sql(limited).toArrow()))
        refuse_too_many(result, max_rows)
        return result

    def name(self, text: str) -> str:
        """`text` as an SQL identifier."""
        return "`" + text.replace("`", "``") + "`"

    def text(self, value: str) -> str:
        """`value` as an SQL string."""
        return "'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'"

    def row_hash(self, columns: Iterable[str]) -> str:
        """SQL of one number that stands for the values of these columns of a row."""
        # A NULL leaves the hash as it was, so (NULL, 1) and (1, NULL) would be the same.
        return f"xxhash64({', '.join(f'{column}, {column} IS NULL' for column in columns)})"

    def view(self, name: str, sql: str) -> None:
        """Call a query `name`; it is run whenever it is asked for."""
        self._run(f"CREATE OR REPLACE TEMPORARY VIEW {self.name(name)} AS {sql}")

    def keep(self, name: str, sql: str) -> None:
        """Run a query once and keep its rows as the table `name`.

        They get a name that nobody knows; only when all are there does `name` mean them.
        """
        whole = f"carebench_{uuid.uuid4().hex}"
        self._kept.append(whole)
        try:
            self._ask(lambda: _cache(self._session, whole, sql))
            self._ask(lambda: self._session.table(whole).createOrReplaceTempView(self.name(name)))
        except BaseException:
            within(GIVE_UP, lambda: let_go(self._session, whole))
            raise

    def columns(self, relation: str) -> list[tuple[str, str]]:
        """Name and type, as Spark calls it, of each column of what stands after FROM."""
        asked = self._ask(lambda: self._session.sql(f"SELECT * FROM {relation}").schema)
        return [(column.name, column.dataType.simpleString()) for column in asked]

    def relation(self, path: str) -> str:
        """What stands after FROM for a table of the cluster, or for files that it can read.

        Parameters
        ----------
        path : str
            `table:catalog.schema.name`, or the address of Parquet files as the cluster knows
            it: a file, a folder or a pattern.

        Raises
        ------
        DataError
            It is neither, or the files are not there.
        """
        if path.startswith("table:"):
            parts = path.removeprefix("table:").split(".")
            if not all(parts):
                raise DataError(f"{path!r} names no table. Expected table:catalog.schema.name.")
            return ".".join(self.name(part) for part in parts)
        if path.lower().endswith((".csv", ".csv.gz", ".tsv", ".txt", ".xlsx")):
            raise DataError(
                f"{path} cannot be read on a cluster, where columns must have their types. "
                "Store it as Parquet or as a table of the cluster, or use engine = 'duckdb'."
            )
        files = f"carebench_{uuid.uuid4().hex}"
        self._ask(lambda: self._session.read.parquet(path).createOrReplaceTempView(files))
        return files

    def interrupt(self) -> None:
        """Tell the cluster to stop what it does for this session."""
        within(GIVE_UP, self._session.interruptAll)

    def _run(self, sql: str) -> None:
        self._ask(lambda: self._session.sql(sql))

    def _ask(self, work: Callable[[], Result]) -> Result:
        with readable_errors("The cluster could not run a query"):
            return self._stoppable(work)

    def _stoppable(self, work: Callable[[], Result], seconds: float | None = None) -> Result:
        return stoppable(self, lambda: quietly(work), seconds=seconds)


def _cache(session: Any, table: str, sql: str) -> None:
    # Through a data frame, whose plan is settled: in a view made by SQL a name that the query
    # uses would mean whatever it means later.
    session.sql(sql).createOrReplaceTempView(table)
    session.sql(f"CACHE TABLE {table}")


def _in_pandas(result: pa.Table) -> pd.DataFrame:
    """A result with the types that the embedded engine's results have."""
    import pyarrow as pa

    def suited(kind: pa.DataType) -> pa.DataType:
        if pa.types.is_decimal(kind):
            return pa.float64()
        return pa.timestamp("us") if pa.types.is_date(kind) else kind

    schema = pa.schema([field.with_type(suited(field.type)) for field in result.schema])
    nullable = {pa.bool_(): pd.BooleanDtype(), pa.int64(): pd.Int64Dtype()}
    nullable |= {
        pa.int32(): pd.Int32Dtype(),
        pa.int16(): pd.Int16Dtype(),
        pa.int8(): pd.Int8Dtype(),
    }
    columns = {
        name: column.to_pandas(types_mapper=nullable.get if column.null_count else None)
        for name, column in zip(schema.names, result.cast(schema).columns, strict=True)
    }
    return pd.DataFrame(columns)
