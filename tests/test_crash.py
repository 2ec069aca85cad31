"""Killed, interrupted or out of disk: nothing half-written is read, and nothing is left behind."""

from __future__ import annotations

import _thread
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from carebench.engine import Engine, work
from carebench.engine.work import LOCK, PREFIX, WorkFolder
from carebench.schema import DataError

pytestmark = pytest.mark.skipif(os.name != "posix", reason="locks that end with their process")
ENDLESS = "SELECT a.range AS i, hash(b.range) AS h FROM range(1000000000) a, range(1000) b"
BUSY = """
from carebench.engine import Engine
engine = Engine(memory_mb=50)
engine.keep("small", "SELECT 42 AS answer")
print(engine.work, flush=True)
"""


@pytest.fixture(autouse=True)
def temporary(tmp_path, monkeypatch):
    """A folder for temporary files that is this test's alone."""
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    return tmp_path


def child(doing):
    """Another process with an engine of its own, and that engine's folder."""
    started = subprocess.Popen(
        [sys.executable, "-c", BUSY + doing],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    return started, Path(started.stdout.readline().strip())


def waits_until(condition, seconds=60):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.02)


def ended(process, number=signal.SIGKILL):
    process.send_signal(number)
    process.wait(60)
    process.stdin.close()
    process.stdout.close()


def test_what_an_engine_left_that_was_killed_at_work_is_swept_by_the_next():
    process, folder = child(f"engine.keep('large', {ENDLESS!r})")
    waits_until(lambda: any("storage" in path.name for path in folder.iterdir()))
    ended(process)
    assert folder.exists()
    with Engine() as following:
        assert not folder.exists()
        assert following.work.exists()


def test_the_folder_of_an_engine_at_work_is_never_touched():
    asked = "input(); print(engine.frame('FROM small')['answer'].iloc[0], flush=True)"
    process, folder = child(asked)
    with Engine() as one, Engine() as two:
        assert folder.exists() and one.work.exists() and two.work.exists()
    print(file=process.stdin, flush=True)
    assert process.stdout.readline().strip() == "42"
    process.wait(60)
    ended(process)
    assert not folder.exists()


def test_a_folder_that_is_not_known_to_be_ours_is_left_alone(temporary, monkeypatch):
    unlocked = temporary / f"{PREFIX}unlocked"
    unlocked.mkdir()
    (temporary / "elsewhere").mkdir()
    for name in (LOCK, "precious"):
        (temporary / "elsewhere" / name).touch()
    (temporary / f"{PREFIX}link").symlink_to(temporary / "elsewhere", target_is_directory=True)
    pointing = temporary / f"{PREFIX}pointing"
    pointing.mkdir()
    (pointing / LOCK).symlink_to(temporary / "elsewhere" / LOCK)
    (temporary / f"{PREFIX}file").touch()
    before = set(temporary.rglob("*"))
    work.sweep()
    assert set(temporary.rglob("*")) == before
    (unlocked / LOCK).touch()
    monkeypatch.setattr("os.getuid", lambda: -1)  # somebody else
    work.sweep()
    assert unlocked.exists()
    monkeypatch.undo()
    monkeypatch.setattr("tempfile.tempdir", str(temporary))
    work.sweep()
    assert not unlocked.exists()


def test_a_sweep_that_was_interrupted_is_finished_by_the_next(temporary, monkeypatch):
    left = temporary / f"{PREFIX}left"
    (left / "query0").mkdir(parents=True)
    for name in (LOCK, "a", "b"):
        (left / name).touch()

    def killed(path, ignore_errors):
        raise KeyboardInterrupt

    with monkeypatch.context() as patched, pytest.raises(KeyboardInterrupt):
        patched.setattr(work.shutil, "rmtree", killed)
        work.sweep()
    assert (left / LOCK).exists()
    work.sweep()
    assert not left.exists()


def test_where_no_lock_can_be_held_the_work_goes_on_and_is_removed_at_the_end(monkeypatch):
    def none(*_):
        raise OSError("no locks available")

    monkeypatch.setattr("fcntl.flock", none)
    folder = WorkFolder()
    assert folder.path.exists() and not (folder.path / LOCK).exists()
    folder.remove()
    assert not folder.path.exists()


def tables(engine):
    return [name for (name,) in engine.run("SELECT table_name FROM duckdb_tables()")]


def test_a_table_that_was_not_finished_is_no_table():
    with Engine(memory_mb=100) as engine:
        engine.keep("kept", "SELECT 1 AS i")
        with pytest.raises(DataError):
            engine.keep("failed", "SELECT CAST(range AS TINYINT) AS i FROM range(1000000)")
        threading.Timer(0.5, _thread.interrupt_main).start()
        with pytest.raises(KeyboardInterrupt):
            engine.keep("stopped", ENDLESS)
        assert tables(engine) == ["kept"]


def test_out_of_disk_is_said_in_a_sentence_and_leaves_no_table():
    with Engine(memory_mb=40) as engine:
        engine.run("SET max_temp_directory_size = '1MB'")
        with pytest.raises(DataError, match="needs more memory or disk than there is") as said:
            engine.keep("large", "SELECT range AS i, hash(range) AS h FROM range(3000000)")
        assert "Free space in the folder" in str(said.value) and "\n" not in str(said.value)
        assert tables(engine) == []
        assert engine.run("SELECT 1") == [(1,)]


FULL = """
import resource, sys
from carebench.engine import Engine
from carebench.schema import DataError
resource.setrlimit(resource.RLIMIT_FSIZE, (2_000_000, 2_000_000))
sql = "SELECT range AS i, hash(range) AS h FROM range(3000000)"
with Engine(memory_mb=40) as engine:
    path = engine.work / "result.parquet"
    for statement in (f"CREATE TABLE large AS {sql}", f"COPY ({sql}) TO '{path}'"):
        try:
            engine.run(statement)
        except DataError as error:
            print(error)
    try:
        engine.keep("large", sql)
    except DataError as error:
        print(error)
    print(engine.run("SELECT count(*) FROM duckdb_tables()"))
"""


def test_a_disk_that_fills_up_is_said_whichever_file_meets_it(temporary):
    # A limit on the size of a file is what a test can set; a full disk differs in one word.
    ran = subprocess.run(
        [sys.executable, "-c", FULL], capture_output=True, text=True, check=True, timeout=60
    )
    *said, left = ran.stdout.splitlines()
    assert len(said) == 3 and left == "[(0,)]"
    for sentence in said:
        assert "more memory or disk than there is. Free space" in sentence
        assert str(temporary) in sentence
    assert list(temporary.iterdir()) == []
