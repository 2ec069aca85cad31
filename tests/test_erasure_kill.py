"""An erasure that is killed anywhere is ended by the next one, and takes away nothing else."""

from __future__ import annotations

import signal
import subprocess
import sys
from datetime import timedelta

import pytest

from carebench.fieldwork.journal import open_journal
from carebench.fieldwork.journal.claims import claim, settle
from carebench.fieldwork.journal.contact import stop_contact
from carebench.fieldwork.journal.erasure import erase_old, erase_person
from carebench.fieldwork.journal.receiving import keep
from carebench.fieldwork.journal.status import status
from carebench.fieldwork.wave import wave_of
from journals import MONDAY, a_probe, put, state, wave

PERSON = "lan.quokka@birch.example"
LATER = MONDAY + timedelta(days=200)
YOUNG = b"From: x@birch.example\r\n\r\nhello wombat"

ERASES = """
import os, signal, sys
from datetime import datetime
from pathlib import Path
from carebench.fieldwork.journal import erasure, open_journal
from carebench.fieldwork.wave import wave_of
from carebench.study import load_study
study, how, point = load_study(Path(sys.argv[1])), sys.argv[2], sys.argv[3]
journal = open_journal(wave_of(study).journal)
def dies(*_arguments):
    os.kill(os.getpid(), signal.SIGKILL)
def counts(query, *values, rows=journal.rows, seen=[]):
    seen += [query] if query.startswith(("PRAGMA wal", "VACUUM")) else []
    if f"step {len(seen)}" == point:
        dies()
    if query == "VACUUM" and point.startswith("within"):
        left = iter(range(int(point.split()[1])))
        step = lambda: dies() if next(left, None) is None else 0
        journal._connection.set_progress_handler(step, 1)
    return rows(query, *values)
if point == "uncommitted":
    erasure._say_so = dies
journal.rows = counts
if how == "old":
    erasure.erase_old(journal, study, datetime.fromisoformat(sys.argv[4]))
else:
    erasure.erase_person(journal, sys.argv[5])
print("whole")
"""
POINTS = ("uncommitted", "step 1", "step 2", "step 3", "within 90", "within 1800", "within 3300")
CASES = [("old", point) for point in POINTS] + [("person", "uncommitted"), ("person", "step 2")]


def files_of(study):
    """Everything that lies on the disk, as whoever steals it would find it."""
    return b"".join(path.read_bytes() for path in wave_of(study).folder.iterdir())


@pytest.fixture
def held(tmp_path):
    """A journal with forty messages of one person, one of another, and a letter that was sent."""
    study, journal = wave(tmp_path)
    with journal:
        theirs = [f"From: {PERSON}\r\n\r\n{n} {PERSON * 300}".encode() for n in range(40)]
        keep(journal, "us", "INBOX", None, [(None, MONDAY.isoformat(), raw) for raw in theirs])
        keep(journal, "us", "INBOX", None, [(None, LATER.isoformat(), YOUNG)])
        put(journal, a_probe("a"), a_probe("b", MONDAY + timedelta(days=400), number=2))
        claim(journal, study, MONDAY, channel="email", live=True)
        settle(journal, "a", "sent", now=MONDAY)
        stop_contact(journal, "else@where.example", "asked")
    return study


@pytest.mark.parametrize(("how", "point"), CASES)
def test_a_second_erasure_ends_one_that_was_killed(held, how, point):
    words = (str(held.path), how, point, LATER.isoformat(), PERSON)
    run = subprocess.run([sys.executable, "-c", ERASES, *words], timeout=60, capture_output=True)
    assert run.returncode == -signal.SIGKILL, run.stdout + run.stderr
    with open_journal(wave_of(held).journal) as journal:
        said = " ".join(status(held, journal, LATER))
        assert ("An erasure was cut short" in said) == (point != "uncommitted")
        if how == "old":
            erase_old(journal, held, LATER)
        else:
            erase_person(journal, PERSON)
        left = [row[0] for row in journal.rows("SELECT raw FROM messages WHERE raw IS NOT NULL")]
        assert left == [YOUNG]
        assert journal.value("SELECT count(*) FROM messages") == 41, "that they came stays known"
        assert (state(journal, "a"), state(journal, "b")) == ("sent", "planned")
        assert journal.value("SELECT address FROM do_not_contact") == "else@where.example"
        assert "cut short" not in " ".join(status(held, journal, LATER))
        assert PERSON.encode() not in files_of(held)
    assert PERSON.encode() not in files_of(held)
