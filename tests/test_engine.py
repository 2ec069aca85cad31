"""The engine: one door to pandas, private work, readable errors, a sandbox for users' SQL."""

from __future__ import annotations

import _thread
import os
import sys
import threading
import time

import pandas as pd
import pytest

from carebench.engine import Engine, duck, quote_file, quote_name, quote_text, without_progress
from carebench.schema import DataError
from carebench.sources import sandbox
from carebench.sources.sandbox import run_select


@pytest.fixture
def engine():
    with Engine() as opened:
        yield opened


@pytest.fixture
def study(tmp_path):
    """A study's folder with files in it, and a secret beside it that no query may read."""
    (tmp_path / "secret.csv").write_text("word\nhidden\n")
    root = tmp_path / "study"
    (root / "calls").mkdir(parents=True)
    (root / "calls" / "1.csv").write_text("a,b\n1,x\n2,y\n")
    (root / "calls" / "2.csv").write_text("a,b\n3,z\n")
    return root


def result(engine, study, sql, **options):
    path, _ = run_select(engine, sql, root=study, where="the query of attempts", **options)
    return engine.run(f"FROM read_parquet({quote_text(str(path))})")


def test_a_result_that_is_too_large_is_refused_with_advice(engine):
    assert len(engine.frame("SELECT * FROM range(5)", max_rows=5)) == 5
    with pytest.raises(DataError, match=r"more than 5 rows.*GROUP BY"):
        engine.frame("SELECT * FROM range(6)", max_rows=5)


def test_what_goes_wrong_in_the_engine_is_one_sentence(engine):
    with pytest.raises(DataError, match="no_such_table") as caught:
        engine.frame("SELECT * FROM no_such_table")
    assert "\n" not in str(caught.value)


def test_hours_of_the_week_begin_on_monday_at_midnight(engine):
    hours = engine.run(
        "SELECT hour_of_week(TIMESTAMP '2026-11-23 00:59'), "
        "hour_of_week(TIMESTAMP '2026-11-22 23:00')"
    )
    assert hours == [(0, 167)]


def test_days_and_seconds_between_two_times(engine):
    (row,) = engine.run(
        "SELECT days_between(DATE '2024-02-28', DATE '2024-03-01'), "
        "secs_between(TIMESTAMP '2024-01-01 00:00', TIMESTAMP '2024-01-01 00:01:00.5')"
    )
    assert row == (2, 60.5)


def test_the_work_folder_is_private_and_goes_when_the_engine_closes():
    engine = Engine()
    work = engine.work
    if os.name == "posix":
        assert work.stat().st_mode & 0o077 == 0
    engine.close()
    assert not work.exists()


def test_an_engine_that_cannot_start_says_so_and_leaves_nothing(tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    monkeypatch.setattr("carebench.engine.duck.COUNTED", float("nan"))
    with pytest.raises(DataError, match="The engine cannot start"):
        Engine()
    assert list(tmp_path.iterdir()) == []


def test_a_variable_of_the_program_is_no_table(engine, monkeypatch):
    visible = pd.DataFrame({"a": [1]})
    monkeypatch.setattr("carebench.engine.visible", visible, raising=False)
    with pytest.raises(DataError, match="visible"):
        engine.frame("SELECT * FROM visible")


@pytest.mark.parametrize("name", ['a"b', "a; DROP TABLE x", "ngày gọi", "a'b", "select"])
def test_any_name_can_be_quoted(engine, name):
    assert list(engine.frame(f"SELECT 1 AS {quote_name(name)}").columns) == [name]
    assert engine.run(f"SELECT {quote_text(name)}") == [(name,)]


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT sum(a) FROM 'calls/*.csv'",
        "SELECT sum(a) FROM read_csv('calls/*.csv')",
        "FROM read_csv(['calls/1.csv', 'calls/2.csv']) SELECT sum(a);",
        "WITH c AS (FROM 'calls/*.csv') SELECT sum(a) FROM c -- the end",
    ],
)
def test_a_query_reads_the_files_of_its_study(engine, study, sql):
    assert result(engine, study, sql) == [(6,)]


def test_a_query_tells_which_files_it_named(engine, study):
    sql = "SELECT '*' AS star FROM read_csv('calls/*.csv', all_varchar = true)"
    _, named = run_select(engine, sql, root=study, where="q")
    assert [path.name for path in named] == ["1.csv", "2.csv"]


def test_a_query_reads_the_relations_and_files_it_is_given(engine, study):
    engine.run("""CREATE TABLE "input attempts calls" AS SELECT '007' AS id""")
    given = {"calls": "input attempts calls"}
    assert result(engine, study, "SELECT id FROM calls", relations=given) == [("007",)]
    outside = study.parent / "secret.csv"
    sql = f"SELECT word FROM '{outside}'"
    assert result(engine, study, sql, files=(outside,)) == [("hidden",)]


def files_in(folder):
    return {path: path.stat().st_size for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize(
    "sql",
    [
        "COPY (SELECT 1) TO 'made.csv'",
        "COPY (SELECT 1) TO 'calls/1.csv'",
        "WITH a AS (COPY (SELECT 1) TO 'made.csv') SELECT 1",
        "SELECT * FROM (WITH a AS (COPY (SELECT 1) TO 'made.csv') SELECT 1)",
        "FROM query('WITH a AS (COPY (SELECT 1) TO ''made.csv'') SELECT 1')",
        "WITH a AS (INSERT INTO x VALUES (1) RETURNING *) SELECT * FROM a",
        "ATTACH 'made.duckdb'",
        "INSTALL httpfs",
        "LOAD httpfs",
        "SELECT 1; SELECT 2",
        "SELECT 1) TO 'made.csv'; --",
        "",
        "-- nothing",
        "PRAGMA database_list",
        "CALL pragma_version()",
        "SET enable_external_access = true",
        "RESET lock_configuration",
        "CREATE TABLE x AS SELECT 1",
        "EXPORT DATABASE 'made'",
        "SELECT content FROM read_text('/etc/passwd')",
        "SELECT content FROM read_text('/etc/' || 'passwd')",
        "SELECT * FROM '../secret.csv'",
        "SELECT * FROM read_csv('calls/../../secret.csv')",
        "SELECT content FROM read_blob('../*.csv')",
        "SELECT * FROM glob('../*')",
        "SELECT * FROM query('FROM ''../secret.csv''')",
        "SELECT * FROM 'https://example.org/a.csv'",
        "SELECT * FROM read_csv('s3://bucket/a.csv')",
        "SELECT * FROM 'link.csv'",
        "SELECT * FROM 'folder/secret.csv'",
    ],
)
def test_a_query_can_neither_write_nor_look_beyond_its_study(engine, study, sql):
    if hasattr(os, "symlink") and sys.platform != "win32":
        (study / "link.csv").symlink_to(study.parent / "secret.csv")
        (study / "folder").symlink_to(study.parent, target_is_directory=True)
    before = files_in(study.parent)
    with pytest.raises(DataError) as caught:
        result(engine, study, sql)
    assert "hidden" not in str(caught.value)
    assert files_in(study.parent) == before


def test_a_wrong_query_says_what_is_wrong(engine, study):
    with pytest.raises(DataError, match=r"the query of attempts.*nothing_like_it"):
        result(engine, study, "SELECT nothing_like_it FROM 'calls/1.csv'")
    with pytest.raises(DataError, match="Expected one SELECT"):
        result(engine, study, "DROP TABLE a")
    with pytest.raises(DataError, match=r"contains COPY\. Expected one SELECT"):
        result(engine, study, "WITH a AS (COPY (SELECT 1) TO 'made.csv') SELECT 1")


def test_an_id_in_a_csv_keeps_its_zeros_however_late_they_come(engine, study):
    rows = "".join(f"{i},{i}\n" for i in range(100_000, 130_000))
    (study / "ids.csv").write_text("id,offered\n" + rows + "000012,5\n")
    for file in ("'ids.csv'", "read_csv('ids.csv')", "read_csv_auto('ids.csv', delim = ',') AS f"):
        assert result(engine, study, f"SELECT id FROM {file} WHERE offered = 5") == [("000012",)]
    nested = "WITH f AS (SELECT * FROM (FROM 'ids.csv' AS g)) SELECT id FROM f WHERE offered = 5"
    assert result(engine, study, nested) == [("000012",)]


def test_numbers_of_a_csv_add_up_and_everything_else_is_text_as_written(engine, study):
    (study / "t.csv").write_text(
        "n,day,code\n1.5,01/02/2026,12345678901234567890\n2,02/02/2026,7\n"
    )
    sql = "SELECT sum(n), min(day), CAST(max(code) AS VARCHAR) FROM 't.csv' AS t"
    assert result(engine, study, sql) == [(3.5, "01/02/2026", "12345678901234567890")]
    said = "read_csv('t.csv', dateformat = '%d/%m/%Y', types = {'n': 'VARCHAR'})"
    sql = f"SELECT max(n), CAST(min(day) AS VARCHAR) FROM {said}"
    assert result(engine, study, sql) == [("2", "2026-02-01")]


def test_a_query_names_tables_and_columns_of_its_csv_files_as_before(engine, study):
    sql = (
        "SELECT o.x, \"1\".b FROM 'calls/1.csv' JOIN 'calls/2.csv' AS o(x, y) ON a < x ORDER BY ALL"
    )
    assert result(engine, study, sql) == [(3, "x"), (3, "y")]


ENDLESS = (
    "SELECT count(*) FROM range(1000000000) a(i), range(1000000000) b(j) WHERE i * j = 7",
    "WITH RECURSIVE t(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM t) SELECT max(n) FROM t",
)


@pytest.mark.parametrize("sql", ENDLESS)
def test_a_query_without_end_is_stopped(engine, study, monkeypatch, sql):
    monkeypatch.setattr(sandbox, "TIME_LIMIT", 0.5)
    with pytest.raises(DataError, match=r"the query of attempts was stopped after 0.5 seconds"):
        result(engine, study, sql)


@pytest.mark.parametrize("where", ["run", "frame", "query"])
def test_a_query_is_stopped_by_ctrl_c(engine, study, where):
    press = threading.Timer(0.5, _thread.interrupt_main)
    press.start()
    started = time.monotonic()
    asking = {"run": engine.run, "frame": engine.frame}.get(
        where, lambda sql: result(engine, study, sql)
    )
    with pytest.raises(KeyboardInterrupt):
        asking(ENDLESS[0])
    assert time.monotonic() - started < duck.GIVE_UP
    assert engine.run("SELECT 1") == [(1,)]


def test_a_query_does_not_see_what_else_the_engine_works_on(engine, study):
    (engine.work / "other.csv").write_text("word\nhidden\n")
    for path in ("other.csv", "*.csv"):
        with pytest.raises(DataError, match="list any other under `inputs`") as caught:
            result(engine, study, f"SELECT * FROM '{(engine.work / path).as_posix()}'")
        assert "hidden" not in str(caught.value)


def test_a_query_may_not_fill_the_disk_and_has_a_place_of_its_own_on_it(engine, study):
    sql = "SELECT current_setting('max_temp_directory_size'), current_setting('temp_directory')"
    ((size, place),) = result(engine, study, sql)
    assert size == "4.6 GiB" and place == str(engine.work / "query0" / "spill")


def test_a_kernel_without_progress_bars_is_no_reason_to_fail():
    import duckdb

    class Kernel:
        def execute(self, sql):
            raise duckdb.InvalidInputException("no ipywidgets")

    without_progress(Kernel())
    with Engine() as engine:
        assert engine.run("SELECT current_setting('enable_progress_bar')") == [(False,)]


def test_a_folder_for_temporary_files_may_have_any_name(tmp_path, monkeypatch, study):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "t [1]"))
    (tmp_path / "t [1]").mkdir()
    with Engine() as engine:
        engine.run("""CREATE TABLE "input attempts calls" AS SELECT '007' AS id""")
        given = {"calls": "input attempts calls"}
        path, _ = run_select(engine, "FROM calls", root=study, where="q", relations=given)
        assert engine.run(f"FROM read_parquet({quote_file(path)})") == [("007",)]
