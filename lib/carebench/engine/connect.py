"""How a Spark cluster is reached through Spark Connect, and left again."""

from __future__ import annotations

import contextlib
import logging
import re
import threading
import warnings
from collections.abc import Callable, Iterator, Sequence
from typing import Any, TypeVar

from ..schema import DataError
from .duck import GIVE_UP

ANSWER_WITHIN = 20.0  # seconds that a server gets to answer the first time
RETRIES = 4  # 50 ms, then four times as long each: about five seconds for a broken connection
OLDEST = 4  # major version of Spark that has all that the queries need
TOKEN = "SPARK_CONNECT_AUTHENTICATE_TOKEN"  # the environment variable that the client reads
ADDRESS = re.compile(r"sc://(\[[0-9A-Fa-f:]+\]|[\w.-]+)(:\d{1,5})?(/|/;use_ssl=(true|false))?")
SETTINGS = {
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.ansi.enabled": "true",
    "spark.sql.timestampType": "TIMESTAMP_NTZ",  # what TIMESTAMP means on DuckDB
    "spark.sql.variable.substitute": "false",  # or a text that holds ${...} would be changed
}
FUNCTIONS = (
    "days_between(a DATE, b DATE) RETURNS BIGINT RETURN CAST(DATEDIFF(b, a) AS BIGINT)",
    "hour_of_week(t TIMESTAMP_NTZ) RETURNS INT RETURN 24 * WEEKDAY(t) + HOUR(t)",
    "secs_between(a TIMESTAMP_NTZ, b TIMESTAMP_NTZ) RETURNS DOUBLE RETURN "
    "(UNIX_MICROS(CAST(b AS TIMESTAMP_LTZ)) - UNIX_MICROS(CAST(a AS TIMESTAMP_LTZ))) / 1e6",
    "local_time(t TIMESTAMP_LTZ, zone STRING) RETURNS TIMESTAMP_NTZ RETURN "
    "CONVERT_TIMEZONE('UTC', zone, CAST(t AS TIMESTAMP_NTZ))",
)
Result = TypeVar("Result")


def check_address(address: str) -> None:
    """Refuse what is no address of a server, and one that holds a credential.

    Raises
    ------
    DataError
        It is one of these. The message does not repeat what may be a secret.
    """
    if ADDRESS.fullmatch(address):
        return
    if re.search(r"[@;?=]", address):
        raise DataError(
            "The address of the Spark server may hold a credential, which has no place in a study "
            f"file. Write sc://host:15002 and put the token in the environment variable {TOKEN}; "
            "the only setting that an address may carry is /;use_ssl=true."
        )
    raise DataError(
        f"{address!r} is no address of a Spark Connect server. Expected one such as "
        "sc://cluster.example:15002."
    )


def check_version(version: str, address: str) -> None:
    """Refuse a server whose Spark lacks what the queries need.

    Raises
    ------
    DataError
        It is older than Spark 4.
    """
    major = re.match(r"\d+", version)
    if not major or int(major[0]) < OLDEST:
        raise DataError(
            f"The server at {address} runs Spark {version}. Expected Spark {OLDEST}.0 or newer: "
            "ask those who run the cluster for such a server."
        )


def connected(address: str, seconds: float) -> Any:
    """A new session on the server, once there is a connection to it."""
    try:
        import grpc
        from pyspark.logger import PySparkLogger
        from pyspark.sql.connect.client import DefaultChannelBuilder
        from pyspark.sql.connect.client.retries import DefaultPolicy
        from pyspark.sql.connect.session import SparkSession
    except ImportError as error:
        raise DataError(
            f"A Spark cluster needs the package pyspark-client ({error}). "
            'Install it with: pip install -c constraints.txt -e ".[spark]"'
        ) from None
    # It prints every error once more, as JSON with the server's whole stack.
    PySparkLogger.getLogger("SQLQueryContextLogger").setLevel(logging.CRITICAL + 1)
    builder = DefaultChannelBuilder(address)
    with contextlib.closing(builder.toChannel()) as channel:
        try:
            grpc.channel_ready_future(channel).result(timeout=seconds)
        except grpc.FutureTimeoutError:
            raise silent(address, seconds) from None
    session = SparkSession.builder.channelBuilder(builder).create()
    session.client.set_retry_policies([DefaultPolicy(max_retries=RETRIES)])
    return session


def silent(address: str, seconds: float) -> DataError:
    return DataError(
        f"No Spark Connect server answered at {address} within {seconds:g} seconds. Is it "
        "started, is the port right (15002 unless told otherwise), does the server ask for "
        "/;use_ssl=true, and does a firewall or proxy lie between?"
    )


def prepare(session: Any, address: str) -> None:
    check_version(session.version, address)
    for setting, value in SETTINGS.items():
        session.conf.set(setting, value)
    for function in FUNCTIONS:
        session.sql(f"CREATE OR REPLACE TEMPORARY FUNCTION {function}")


@contextlib.contextmanager
def readable_errors(doing: str) -> Iterator[None]:
    """Turn what goes wrong on the cluster into a `DataError` that says so in a sentence."""
    try:
        yield
    except DataError:
        raise
    except Exception as error:
        if type(error).__module__.partition(".")[0] not in ("pyspark", "grpc"):
            raise
        raise DataError(f"{doing}: {_sentence(error)}") from None


def _sentence(error: Exception) -> str:
    """What the cluster says in its first line, without its codes."""
    if "StatusCode.UNAVAILABLE" in str(error):
        return "the connection to its server broke. Is the server still running?"
    line = (str(error).strip() or "no reason was given").splitlines()[0]
    line = re.sub(r"^(\(\S+\) )?\[[A-Z_.]+\] ", "", line)
    return re.sub(r" SQLSTATE: \w+.*$", "", line)


def release(session: Any, kept: Sequence[str]) -> None:
    """Let go what the session kept, and end it; not for ever where the server is gone."""

    def end() -> None:
        # What lets a query go on after a lost connection needs threads, which Python no longer
        # starts when it is itself ending.
        session.client.disable_reattachable_execute()
        for table in reversed(kept):
            let_go(session, table)
        session.stop()

    within(GIVE_UP, end)


def let_go(session: Any, table: str) -> None:
    session.sql(f"UNCACHE TABLE IF EXISTS {table}")
    session.sql(f"DROP VIEW IF EXISTS {table}")


def within(seconds: float, work: Callable[[], object]) -> None:
    """Try some work for so long, whatever comes of it."""

    def attempt() -> None:
        with contextlib.suppress(Exception):
            work()

    worker = threading.Thread(target=attempt, daemon=True)
    try:
        worker.start()
    except RuntimeError:  # no thread can be started when Python itself is ending
        attempt()
    else:
        worker.join(seconds)


def quietly(work: Callable[[], Result]) -> Result:
    """What `work` returns, without the client's warnings: of pandas 3, which it hands nothing
    here, and of connections, of which an error tells.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return work()
