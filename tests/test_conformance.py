"""Every query says the same on this machine and on a cluster, over tables that look for trouble."""

from __future__ import annotations

import _thread
import datetime as dt
import inspect
import sys
import threading
import time
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules

import pytest

import hostile
import spark_server
from carebench import open_study, queries
from carebench.engine import Engine, quote_text
from carebench.engine.spark import Spark
from carebench.finding import Finding
from carebench.queries import leaving, lifetimes
from carebench.queries.attempts import place, tallied
from carebench.queries.before_contact import around_days
from carebench.queries.channel_waits import waits_by_channel
from carebench.queries.margins import brought_by_month
from carebench.queries.referrals import sales_by_month
from carebench.schema import CHANNELS, DataError
from conftest import skip_or_fail
from side_by_side import ask, assert_same, questions, relation

pytestmark = pytest.mark.usefixtures("no_doctest")

LONG = "SELECT COUNT(*) AS n FROM range(10000000000) a, range(10000) b WHERE a.id * b.id = -7"


@pytest.fixture(scope="module", params=["local", "cluster"])
def server(request, tmp_path_factory):
    """The address of a server: two threads of one process, or a master with two workers."""
    if reason := spark_server.missing():
        skip_or_fail(f"no Spark server can be started: {reason}")
    work = tmp_path_factory.mktemp(request.param)
    with getattr(spark_server, request.param)(work) as address:
        yield address
    if request.param == "cluster":
        assert all(list(work.glob(f"{name}/app-*/*")) for name in ("worker1", "worker2"))


@pytest.fixture
def spark(server):
    with Spark(server) as engine:
        yield engine


@pytest.fixture
def engines(spark):
    with Engine() as duck:
        yield duck, spark


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """The hostile tables as Parquet, which both engines read."""
    folder = tmp_path_factory.mktemp("hostile")
    names = (*hostile.NAMES, *hostile.RAW_NAMES)
    tables = {
        "customers": hostile.customers(),
        "sales": hostile.sales(),
        "stored": hostile.stored_sales(),
        "raw_customers": hostile.customers(names),
        "raw_sales": hostile.sales(names),
        "numbered_customers": hostile.numbered(hostile.customers()),
        "numbered_sales": hostile.numbered(hostile.sales()),
        "attempts": hostile.attempts(),
        "instants": hostile.instants(),
    }
    for name, table in tables.items():
        table.to_parquet(folder / f"{name}.parquet")
    return folder


# The functions that each engine defines.


def test_days_hours_and_seconds_are_the_same_around_every_change_of_clocks(engines, files):
    zones = (hostile.BERLIN, hostile.NEW_YORK, hostile.SAIGON)
    asked = []
    for engine in engines:
        local = ", ".join(
            f"local_time(sent_at, {engine.text(zone)}) AS at{i}, "
            f"local_time(answered_at, {engine.text(zone)}) AS to{i}"
            for i, zone in enumerate(zones)
        )
        engine.view("local", f"SELECT {local} FROM {relation(engine, files / 'instants.parquet')}")
        asked.append(
            engine.frame(
                ", ".join(
                    f"at{i}, hour_of_week(at{i}) AS h{i}, secs_between(at{i}, to{i}) AS s{i}, "
                    f"days_between(CAST(at{i} AS DATE), CAST(to{i} AS DATE)) AS d{i}"
                    for i in range(3)
                ).join(("SELECT ", " FROM local"))
            )
        )
    assert_same(*asked)
    assert len(asked[0]) == len(hostile.instants())


def test_clocks_skip_an_hour_in_spring_and_repeat_one_in_autumn(engines):
    zone = f"'{hostile.BERLIN}'"
    instants = [
        f"2025-{at}"
        for at in ("03-30 00:59:59", "03-30 01:00:00", "10-26 00:30:00", "10-26 01:30:00")
    ]
    for engine in engines:
        kind = "TIMESTAMP_LTZ" if isinstance(engine, Spark) else "TIMESTAMPTZ"
        shown = [
            engine.frame(f"SELECT local_time(CAST('{at}+00:00' AS {kind}), {zone}) AS t")["t"][0]
            for at in instants
        ]
        assert [f"{at:%H:%M:%S}" for at in shown] == [
            "01:59:59",
            "03:00:00",
            "02:30:00",
            "02:30:00",
        ]


def test_monday_at_midnight_is_hour_0_and_sunday_at_23_is_hour_167(engines):
    for engine in engines:
        hours = engine.frame(
            "SELECT hour_of_week(TIMESTAMP '2026-11-23 00:59:00') AS a, "
            "hour_of_week(TIMESTAMP '2026-11-22 23:00:00') AS b"
        )
        assert hours.iloc[0].tolist() == [0, 167]


# The door, names and texts.


@pytest.mark.parametrize("max_rows", [0, 5])
def test_a_result_that_is_too_large_is_refused_with_advice(engines, max_rows):
    for engine in engines:
        rows = " UNION ALL ".join(f"SELECT {i} AS i" for i in range(max_rows))
        if rows:
            assert len(engine.frame(rows, max_rows=max_rows)) == max_rows
        with pytest.raises(DataError, match=rf"more than {max_rows} rows.*GROUP BY"):
            engine.frame(f"{rows or 'SELECT 0 AS i'} UNION ALL SELECT 9", max_rows=max_rows)


@pytest.mark.parametrize("text", hostile.TEXTS)
def test_any_text_and_any_name_comes_back_as_it_went(engines, text):
    for engine in engines:
        named = text or "nothing"
        got = engine.frame(f"SELECT {engine.text(text)} AS {engine.name(named)}")
        assert (list(got.columns), got.iloc[0, 0]) == ([named], text)
        engine.view(named, "SELECT 7 AS x")
        assert engine.frame(f"SELECT x FROM {engine.name(named)}")["x"].tolist() == [7]


def test_results_arrive_with_the_same_types_also_where_they_are_empty(engines):
    columns = {
        "day": "DATE '2026-11-22'", "at": "TIMESTAMP '2026-11-22 10:00:00'",
        "whole": "CAST(1 AS BIGINT)", "small": "CAST(1 AS INT)", "share": "5e-1",
        "exact": "CAST(1.25 AS DECIMAL(10, 2))", "word": "'một'", "yes": "1 = 1",
    }  # fmt: skip
    given = ", ".join(f"{sql} AS {name}" for name, sql in columns.items())
    gone = ", ".join(f"NULLIF({sql}, {sql}) AS {name}" for name, sql in columns.items())
    for sql in (
        f"SELECT {given}",
        f"SELECT {given} UNION ALL SELECT {gone}",
        f"SELECT {given} UNION ALL SELECT {gone} ORDER BY whole NULLS LAST",
        f"SELECT * FROM (SELECT {given}) q WHERE whole > 1",
    ):
        duck, spark = (engine.frame(sql) for engine in engines)
        assert_same(duck, spark, sql)
        known = duck.drop(columns="word").dtypes  # of words an empty result does not tell
        assert known.tolist() == spark.drop(columns="word").dtypes.tolist()


def test_an_ordered_result_arrives_in_its_order(engines, files):
    for engine in engines:
        stored = relation(engine, files / "sales.parquet")
        sql = f"SELECT amount FROM {stored} ORDER BY amount DESC NULLS LAST"
        ordered = engine.frame(sql)["amount"]
        assert ordered.is_monotonic_decreasing and len(ordered) == len(hostile.sales())


def test_rows_that_differ_only_in_where_a_value_is_missing_are_no_duplicates(engines):
    for engine in engines:
        rows = "SELECT 'x' AS a, CAST(NULL AS STRING) AS b UNION ALL SELECT NULL, 'x'"
        hashes = engine.frame(f"SELECT {engine.row_hash(['a', 'b'])} AS h FROM ({rows}) q")["h"]
        assert hashes.nunique() == 2
        again = engine.frame(f"SELECT {engine.row_hash(['a', 'b'])} AS h FROM ({rows}) q")["h"]
        assert set(again) == set(hashes)


# What is kept.


def test_a_view_means_what_its_tables_hold_now_and_what_is_kept_stays(engines):
    for engine in engines:
        engine.view("a", "SELECT 1 AS x")
        engine.view("b", "SELECT x + 1 AS x FROM a")
        engine.keep("c", "SELECT x FROM b")
        engine.view("a", "SELECT 10 AS x")
        sql = "SELECT b.x AS b, c.x AS c FROM b CROSS JOIN c"
        assert engine.frame(sql).iloc[0].tolist() == [11, 2]


def test_what_is_kept_may_be_kept_anew_from_itself(engines):
    for engine in engines:
        engine.keep("k", "SELECT 1 AS x UNION ALL SELECT 2")
        engine.keep("k", "SELECT x + 10 AS x FROM k")
        assert sorted(engine.frame("SELECT x FROM k")["x"]) == [11, 12]


def test_a_result_that_fails_half_way_is_never_read_as_a_result(engines):
    for engine in engines:
        number = "id" if isinstance(engine, Spark) else "range"
        fails = f"SELECT CAST(CASE WHEN {number} < 90000 THEN '1' ELSE 'x' END AS INT) AS one "
        with pytest.raises(DataError):
            engine.keep("half", f"{fails} FROM range(100000)")
        with pytest.raises(DataError, match="half"):
            engine.frame("SELECT * FROM half")
        engine.keep("whole", "SELECT 1 AS x")
        with pytest.raises(DataError):
            engine.keep("whole", f"{fails} FROM range(100000)")
        assert engine.frame("SELECT * FROM whole")["x"].tolist() == [1]


def test_a_closed_session_leaves_nothing_in_the_clusters_memory(server, spark):
    # What is cached is shared by all sessions of a server: another one sees it in the plan.
    sql = "SELECT id, id * 3 AS y FROM range(977)"
    other = Spark(server)
    other.keep("kept", sql)
    plan = lambda: spark._session.sql(f"EXPLAIN {sql}").toArrow().to_pylist()[0]["plan"]  # noqa: E731
    assert "InMemoryRelation" in plan()
    other.close()
    assert "InMemoryRelation" not in plan()


# Tables of a cluster.


def test_a_table_of_a_cluster_is_named_by_its_catalog_and_schema(spark):
    spark._session.sql("CREATE SCHEMA IF NOT EXISTS so_sach")
    spark._session.sql("CREATE OR REPLACE TEMPORARY VIEW one AS SELECT 1 AS `số tiền`, 'x' AS b")
    spark._session.sql("DROP TABLE IF EXISTS so_sach.sales")
    spark._session.sql("CREATE TABLE so_sach.sales USING parquet AS SELECT * FROM one")
    named = spark.relation("table:spark_catalog.so_sach.sales")
    assert spark.columns(named) == [("số tiền", "int"), ("b", "string")]
    assert spark.frame(f"SELECT * FROM {named}").iloc[0].tolist() == [1, "x"]


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("table:spark_catalog.default.absent", "absent.*cannot be found"),
        ("table:", "names no table"),
        ("table:a..b", "names no table"),
        ("/absent/sales.parquet", "does not exist"),
        ("sales.csv", "Store it as Parquet"),
    ],
)
def test_a_table_that_is_not_there_is_said_in_one_sentence(spark, path, said):
    with pytest.raises(DataError, match=said) as caught:
        spark.columns(spark.relation(path))
    assert "\n" not in str(caught.value) and "SQLSTATE" not in str(caught.value)


def test_a_query_on_a_cluster_is_stopped_by_ctrl_c(spark):
    press = threading.Timer(1, _thread.interrupt_main)
    press.start()
    started = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        spark.frame(LONG)
    assert time.monotonic() - started < 60
    assert spark.frame("SELECT 1 AS x")["x"].tolist() == [1]


# Whole studies.


def study(folder: Path, engine: str, files: Path, sales: str) -> Path:
    path = folder / f"{'cluster' if '://' in engine else 'here'}-{sales}.toml"
    path.write_text(
        f"""title = "A study"
zone = "{hostile.BERLIN}"
currency = "USD"
engine = "{engine}"
[tables.customers]
path = '{files / "customers.parquet"}'
[tables.transactions]
path = '{files / f"{sales}.parquet"}'
[segmentation]
cross = [["region", "user_type"]]
""",
        encoding="utf-8",
    )
    return path


@pytest.fixture
def studies(server, files, tmp_path, request):
    """The same study twice: here, and on the cluster."""
    opened = [open_study(study(tmp_path, e, files, request.param)) for e in ("duckdb", server)]
    yield opened
    for care in opened:
        care.close()


@pytest.mark.parametrize("studies", ["sales", "stored", "raw_sales"], indirect=True)
def test_a_table_is_read_the_same_here_and_on_a_cluster(studies):
    for table in ("customers", "transactions"):
        assert_same(*(c.large.frame(f"SELECT * FROM {table}") for c in studies), table)
    assert_same(*(care.problems.counts for care in studies))


@pytest.mark.parametrize("studies", ["sales"], indirect=True)
def test_every_question_has_the_same_answer_here_and_on_a_cluster(studies, files, request):
    # Names that are numbers on the one server, texts that look for trouble on the other.
    kind = {"local": "numbered", "cluster": "raw"}[request.node.callspec.params["server"]]
    for care in studies:
        for table, file in (("customers", "customers"), ("transactions", "sales")):
            stored = relation(care.large, files / f"{kind}_{file}.parquet")
            care.large.view(table, f"SELECT * FROM {stored}")
    (duck, answers), (spark, others) = (ask(care, list(questions())) for care in studies)
    assert len(duck) == len(spark) > 0
    for (sql, one), (_sql, other) in zip(duck, spark, strict=True):
        assert_same(one, other, sql)
    for one, other in zip(answers, others, strict=True):
        assert type(one) is type(other)
        if isinstance(one, Finding):
            assert_same(one.rows.reset_index(drop=True), other.rows.reset_index(drop=True))
            assert one.headline == other.headline


def test_no_query_goes_unasked(files, tmp_path):
    folders, asked = queries.__path__, set()

    def note(frame, event, _argument):
        if event == "call" and frame.f_code.co_filename.startswith(folders[0]):
            asked.add(frame.f_code.co_name)

    with open_study(study(tmp_path, "duckdb", files, "sales")) as care:
        sys.setprofile(note)
        try:
            ask(care, list(questions()))
        finally:
            sys.setprofile(None)
    rooms = (import_module(f"{queries.__name__}.{room.name}") for room in iter_modules(folders))
    public = {name for room in rooms for name, _f in inspect.getmembers(room, inspect.isfunction)}
    assert {name for name in public if not name.startswith("_")} - asked <= set(ALONE)


def keep_sales(engine, stored):
    """Keep what the queries of sales ask of."""
    engine.view("transactions", f"SELECT * FROM {stored}")
    engine.keep("customer_days", queries.customer_days())
    engine.keep("customer_months", queries.customer_months())
    engine.keep("buyers", queries.buyers(engine.frame(queries.days_of_sales())["day"].max().date()))
    engine.keep("paying", queries.paying())
    engine.view("followed", leaving.sampled(50))
    engine.view("lifetimes", lifetimes.lifetimes("buyers", "'none'"))


LATELY = dt.date(2026, 1, 31)
COUNTING = queries.counting(("fault", "wave"), "'2026-Q4'")
CHANNEL = place("channel", CHANNELS)
# Asked of tables that are very large, or only where a study asks for them.
ALONE = {
    "amounts_in_bins": queries.amounts_in_bins(),
    "paying_sample": queries.paying_sample(100),
    "counting": f"SELECT COUNT(*) AS n FROM attempts WHERE {COUNTING}",
    "answered_by_hour": queries.answered_by_hour("zone", COUNTING),
    "waits_by_channel": waits_by_channel(COUNTING),
    "waits_by_channel in bins": waits_by_channel(binned=True),
    "place": f"SELECT {CHANNEL} AS place, COUNT(*) AS n FROM attempts GROUP BY {CHANNEL}",
    "tallied": tallied(("provider", "channel", "fault", "sent_at")),
    "around_days": around_days([("C001", LATELY), ("K0001", LATELY)], 180, 90, quote_text),
    "gone_quiet": leaving.gone_quiet(LATELY, (90, 180), without="followed"),
    "holders": leaving.holders("transactions"),
    "monthly": leaving.monthly("followed"),
    "named": leaving.named(["'C001'", "'K0001'"]),
    "sampled": leaving.sampled(20, without="followed"),
    "histories": lifetimes.histories(weeks=True),
    "histories_sample": lifetimes.histories_sample(30),
    "spending": lifetimes.spending(),
    "spending_in_bins": lifetimes.spending_in_bins(),
    "holdout": lifetimes.holdout("lifetimes", LATELY, weeks=True),
    "weeks_after": lifetimes.weeks_after("lifetimes", dt.date(2025, 1, 1)),
    "sales_by_month": sales_by_month(),
    "brought_by_month": brought_by_month(
        dt.date(2024, 2, 28), 12 * 2026, settled=12 * 2024 + 5, log_discount=8e-3, with_since=False
    ),
    "first_and_later_in_lots": lifetimes.first_and_later_in_lots(LATELY),
}


def test_queries_that_few_studies_need_are_the_same_too(engines, files):
    for engine in engines:
        keep_sales(engine, relation(engine, files / "raw_sales.parquet"))
        stored = relation(engine, files / "attempts.parquet")
        engine.view("attempts", f"SELECT * FROM {stored}")
    for sql in ALONE.values():
        assert_same(*(engine.frame(sql) for engine in engines), sql)


def test_queries_without_ids_or_amounts_are_the_same(engines, files):
    holes = (
        "SELECT CASE WHEN amount = 5000 THEN NULL ELSE customer_id END AS customer_id, "
        "occurred_at, CASE WHEN amount = 10000 THEN NULL ELSE amount END AS amount, quantity FROM "
    )
    for engine in engines:
        keep_sales(engine, f"({holes}{relation(engine, files / 'raw_sales.parquet')}) q")
    for sql in (
        queries.totals(with_units=True),
        "SELECT * FROM customer_days",
        "SELECT * FROM customer_months",
        "SELECT * FROM buyers",
        queries.amounts(),
    ):
        assert_same(*(engine.frame(sql) for engine in engines), sql)
