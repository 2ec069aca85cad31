"""The journal's file: begun once, closed to others, never half, and in words when it fails."""

from __future__ import annotations

import multiprocessing
import os
import sqlite3
import stat
from contextlib import closing

import pytest

from carebench.fieldwork.journal import open_journal
from carebench.fieldwork.journal.opening import _prepare, utc_text
from carebench.fieldwork.journal.receiving import collected, cursor, keep
from carebench.fieldwork.journal.runner import only_runner
from carebench.fieldwork.journal.states import write_event
from carebench.fieldwork.journal.tables import VERSION
from carebench.fieldwork.letters.reading import LARGEST
from carebench.fieldwork.wave import Wave, wave_of
from carebench.schema import DataError
from journals import MONDAY, a_probe, put, state, steps_of, wave

AT = "2026-11-30T03:00:00Z"
FORK = multiprocessing.get_context("fork")


def test_a_journal_that_is_not_there_is_not_made_by_looking(tmp_path):
    with pytest.raises(DataError, match="carebench plan"):
        open_journal(tmp_path / "journal.sqlite")
    assert list(tmp_path.iterdir()) == []


def test_many_who_begin_a_journal_at_once_all_get_the_same_one(tmp_path):
    path, keys = tmp_path / "wave" / "journal.sqlite", FORK.Queue()

    def begin() -> None:
        with open_journal(path, make=True) as journal:
            keys.put(journal.fact("key"))

    makers = [FORK.Process(target=begin) for _ in range(8)]
    for maker in makers:
        maker.start()
    found = {keys.get(timeout=20) for _ in makers}
    for maker in makers:
        maker.join(20)
    keys.close()
    keys.join_thread()
    assert len(found) == 1 and len(found.pop()) == 64
    assert [p.name for p in path.parent.iterdir() if p.name.startswith(".")] == []


def test_a_journal_whose_maker_was_killed_half_way_is_begun_again(tmp_path):
    (tmp_path / ".journal.sqlite-begun").write_bytes(b"half a journal")
    with open_journal(tmp_path / "journal.sqlite", make=True) as journal:
        assert journal.value("SELECT count(*) FROM probes") == 0


@pytest.mark.skipif(os.name != "posix", reason="modes of files are those of POSIX")
def test_only_its_owner_may_read_a_journal_and_its_log(tmp_path):
    path = tmp_path / "journal.sqlite"
    with open_journal(path, make=True) as journal:
        keep(journal, "us", "INBOX", 1, [(1, AT, b"x")])
    path.chmod(0o644)  # as a copy from elsewhere may have
    with open_journal(path) as journal:
        keep(journal, "us", "INBOX", 1, [(2, AT, b"y")])
        files = sorted(tmp_path.iterdir())
        assert [p.name for p in files] == [
            "journal.sqlite",
            *(f"journal.sqlite-{x}" for x in ("shm", "wal")),
        ]
        assert {stat.S_IMODE(p.stat().st_mode) for p in files} == {0o600}


@pytest.mark.parametrize("damage", [b"", b"this is no database, but a letter" * 99, b"\x00" * 4096])
def test_what_is_no_journal_is_refused_and_left_as_it_is(tmp_path, damage):
    path = tmp_path / "journal.sqlite"
    path.write_bytes(damage)
    with pytest.raises(DataError, match=r"is no journal|version 0"):
        open_journal(path)
    assert path.read_bytes() == damage


def test_a_journal_that_is_damaged_inside_says_so_when_it_is_read(tmp_path):
    study, journal = wave(tmp_path)
    with journal:
        put(journal, *(a_probe(f"t{n:015}", number=n) for n in range(400)))
    path = wave_of(study).journal
    raw = bytearray(path.read_bytes())
    raw[8192:] = os.urandom(len(raw) - 8192)
    path.write_bytes(raw)
    with pytest.raises(DataError, match="damaged"), open_journal(path) as broken:
        broken.rows("SELECT * FROM probes ORDER BY provider")


def test_a_journal_of_a_later_version_is_left_alone(tmp_path):
    path = tmp_path / "journal.sqlite"
    open_journal(path, make=True).close()
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(f"PRAGMA user_version = {VERSION + 1}")
    with pytest.raises(DataError, match=f"version {VERSION + 1}; this carebench knows"):
        open_journal(path)


def test_a_place_that_cannot_keep_a_log_is_refused_with_advice(tmp_path):
    with closing(sqlite3.connect(":memory:")) as connection:  # it knows no write-ahead log
        connection.execute(f"PRAGMA user_version = {VERSION}")
        with pytest.raises(DataError, match="drives of a network"):
            _prepare(connection, tmp_path / "journal.sqlite")


def test_a_folder_that_cannot_be_made_is_said_in_words(tmp_path):
    (tmp_path / "wave").write_text("a file")
    with pytest.raises(DataError, match="cannot be begun"):
        open_journal(tmp_path / "wave" / "journal.sqlite", make=True)


def test_a_full_disk_loses_nothing_and_is_said_in_words(tmp_path):
    _study, journal = wave(tmp_path)
    with journal:
        keep(journal, "us", "INBOX", 1, [(1, AT, b"first")])
        pages = journal.value("PRAGMA page_count")
        journal.rows(f"PRAGMA max_page_count = {pages}")
        many = [(n, AT, os.urandom(20_000)) for n in range(2, 9)]
        with pytest.raises(DataError, match="Nothing was lost"):
            keep(journal, "us", "INBOX", 1, many)
        assert cursor(journal, "us", "INBOX") == (1, 1)
        assert journal.value("SELECT count(*) FROM messages") == 1
        journal.rows("PRAGMA max_page_count = 100000")
        assert keep(journal, "us", "INBOX", 1, many) == 7
        assert cursor(journal, "us", "INBOX") == (1, 8)


def fill(path, said) -> None:
    """Keep letters until the system refuses to let any file grow."""
    import resource

    limit = 400_000
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
    kept = 0
    with open_journal(path) as journal:
        try:
            for n in range(1, 100):
                kept += keep(journal, "us", "INBOX", 1, [(n, AT, os.urandom(20_000))])
        except DataError as error:
            said.put((kept, str(error), cursor(journal, "us", "INBOX")))


@pytest.mark.skipif(os.name != "posix", reason="limits of files are those of POSIX")
def test_when_the_system_lets_no_file_grow_what_was_kept_is_kept_and_can_be_read(tmp_path):
    study, journal = wave(tmp_path)
    journal.close()
    said = FORK.Queue()
    process = FORK.Process(target=fill, args=(wave_of(study).journal, said))
    process.start()
    kept, words, place = said.get(timeout=30)
    process.join(20)
    said.close()
    said.join_thread()
    assert "disk" in words and 0 < kept < 99 and place == (1, kept)
    with open_journal(wave_of(study).journal) as journal:
        assert journal.value("SELECT count(*) FROM messages") == kept
        assert journal.value("PRAGMA integrity_check") == "ok"
        assert keep(journal, "us", "INBOX", 1, [(kept + 1, AT, b"room again")]) == 1


def test_a_journal_that_another_program_writes_to_is_waited_for_then_said_in_words(tmp_path):
    study, journal = wave(tmp_path)
    with journal, open_journal(wave_of(study).journal) as other:
        other.rows("PRAGMA busy_timeout = 50")
        with journal.transaction(), pytest.raises(DataError, match="held it"):
            keep(other, "us", "INBOX", 1, [(1, AT, b"x")])


def test_a_second_runner_is_refused_until_the_first_has_ended(tmp_path):
    study, journal = wave(tmp_path)
    journal.close()
    said = FORK.Queue()

    def run_too() -> None:
        try:
            with only_runner(wave_of(study)):
                said.put("ran")
        except DataError as error:
            said.put(str(error))

    def another() -> str:
        process = FORK.Process(target=run_too)
        process.start()
        answer = said.get(timeout=20)
        process.join(20)
        return str(answer)

    with only_runner(wave_of(study)):
        assert "Another carebench is at work" in another()
    assert another() == "ran"
    said.close()
    said.join_thread()


def test_a_folder_that_cannot_be_locked_is_said_in_words(tmp_path):
    (tmp_path / ".runner").mkdir()
    with pytest.raises(DataError, match="cannot be locked"), only_runner(Wave(tmp_path)):
        pass


def test_a_folder_that_is_not_there_asks_for_a_plan(tmp_path):
    with pytest.raises(DataError, match="no plan is locked"), only_runner(Wave(tmp_path / "no")):
        pass


def test_an_error_inside_a_run_passes_and_lifts_the_lock(tmp_path):
    study, journal = wave(tmp_path)
    journal.close()
    with pytest.raises(KeyError), only_runner(wave_of(study)):
        raise KeyError("x")
    with only_runner(wave_of(study)):
        pass


def test_the_same_bytes_are_kept_once_wherever_they_lie(tmp_path):
    with wave(tmp_path)[1] as journal:
        assert keep(journal, "us", "INBOX", 7, [(1, AT, b"a"), (2, AT, b"b"), (3, AT, b"a")]) == 2
        assert keep(journal, "us", "Junk", 9, [(1, AT, b"a")]) == 0
        assert cursor(journal, "us", "INBOX") == (7, 3)
        assert cursor(journal, "us", "Junk") == (9, 1)
        assert cursor(journal, "us", "Sent") is None


def test_a_cursor_goes_back_only_when_the_mailbox_was_made_anew(tmp_path):
    with wave(tmp_path)[1] as journal:
        keep(journal, "us", "INBOX", 7, [(5, AT, b"a")])
        assert keep(journal, "us", "INBOX", 7, [(4, AT, b"late")]) == 1
        assert cursor(journal, "us", "INBOX") == (7, 5)
        keep(journal, "us", "INBOX", 7, [])
        assert cursor(journal, "us", "INBOX") == (7, 5)
        assert keep(journal, "us", "INBOX", 8, [(1, AT, b"a"), (2, AT, b"new")]) == 1
        assert cursor(journal, "us", "INBOX") == (8, 2)


def test_bytes_and_cursor_move_together_or_not_at_all(tmp_path):
    with wave(tmp_path)[1] as journal:
        with pytest.raises(ValueError):
            keep(journal, "us", "INBOX", 7, [(1, AT, b"a"), (2, "no time", b"b")])
        assert journal.value("SELECT count(*) FROM messages") == 0
        assert cursor(journal, "us", "INBOX") is None


def test_of_a_message_that_is_too_large_the_head_alone_is_kept(tmp_path):
    raw = b"Subject: large\r\nTo: us@kit.example\r\n\r\n" + b"x" * LARGEST
    with wave(tmp_path)[1] as journal:
        assert keep(journal, "us", "INBOX", 7, [(1, AT, raw)]) == 1
        assert keep(journal, "us", "INBOX", 8, [(9, AT, raw)]) == 0, "known by all of its bytes"
        kept = journal.value("SELECT raw FROM messages")
        assert kept == b"Subject: large\r\nTo: us@kit.example\r\n\r\n"
        assert "its head alone" in str(journal.value("SELECT detail FROM events"))


def test_a_mailbox_never_seems_read_to_an_earlier_moment_than_it_was(tmp_path):
    with wave(tmp_path)[1] as journal:
        for moment in (MONDAY, MONDAY.replace(year=2025)):  # a clock that was put back
            collected(journal, moment)
        assert journal.fact("collected_utc") == utc_text(MONDAY)


def test_what_fails_inside_a_transaction_changes_nothing(tmp_path):
    with wave(tmp_path)[1] as journal:
        put(journal, a_probe("a"))
        with pytest.raises(sqlite3.IntegrityError), journal.transaction() as connection:
            connection.execute("UPDATE probes SET state = 'sending'")
            connection.execute("UPDATE probes SET state = 'eaten'")
        assert state(journal, "a") == "planned"
        with pytest.raises(RuntimeError):
            write_event(connection, "x")


def test_a_plan_twice_as_long_takes_twice_as_long_to_replace_and_no_more(tmp_path):
    steps = []
    for n in (200, 400):
        journal = wave(tmp_path / str(n))[1]
        put(journal, *(a_probe(f"p{at}", number=at + 1) for at in range(n)))
        with journal, journal.transaction() as connection:
            steps.append(steps_of(connection, lambda: connection.execute("DELETE FROM probes")))
    assert steps[1] < 3 * steps[0]
