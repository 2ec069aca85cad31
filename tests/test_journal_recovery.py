"""After a runner died: doubts are settled by what came back, and never by a second sending."""

from __future__ import annotations

import multiprocessing
import os
import random
import time
from datetime import timedelta

import pytest

from carebench.fieldwork.journal import open_journal
from carebench.fieldwork.journal.claims import claim, settle
from carebench.fieldwork.journal.probes import probe_of, token_of
from carebench.fieldwork.journal.receiving import collected, cursor, keep
from carebench.fieldwork.journal.recovery import Doubts, recover, settle_doubts
from carebench.fieldwork.journal.runner import only_runner
from carebench.fieldwork.wave import wave_of
from carebench.schema import DataError
from carebench.study import load_study
from field_studies import PROVIDERS, field_study
from journals import MONDAY, WEEK, a_probe, kinds, put, state, wave

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
LOOSE = {"attempts": 3, "gap": "0 s", "per_day": 1000}
FORK = multiprocessing.get_context("fork")


def came_back(journal, token):
    """A message that is matched to the probe, as the matching would do it."""
    raw = f"to {token}".encode()
    keep(journal, "us", "INBOX", None, [(None, MONDAY.isoformat(), raw)])
    with journal.transaction() as connection:
        query = (
            "INSERT OR IGNORE INTO matches SELECT digest, ?, 'address' FROM messages WHERE raw = ?"
        )
        connection.execute(query, (token, raw))


def witnessed(journal):
    """A witness copy of some other probe: this mailbox gets them."""
    keep(journal, "us", "INBOX", None, [(None, MONDAY.isoformat(), b"our own copy")])
    with journal.transaction() as connection:
        connection.execute("INSERT INTO labels SELECT digest, 'witness', 1, '' FROM messages")


def in_doubt(journal, study, *probes):
    put(journal, *probes)
    for probe in probes:
        assert claim(journal, study, probe.due, channel="email", live=True)["token"] == probe.token
    assert recover(journal, now=MONDAY) == len(probes)


def test_open_intents_of_a_dead_runner_become_doubts_and_nothing_else_does(tmp_path):
    study, journal = wave(tmp_path)
    with journal:
        in_doubt(journal, study, a_probe("a"))
        put(journal, a_probe("b", provider=PROVIDERS[1], channel="phone"))
        assert claim(journal, study, MONDAY, channel="phone", live=True)["token"] == "b"
        assert recover(journal) == 0
        assert (state(journal, "a"), state(journal, "b")) == ("in_doubt", "sending")
        assert recover(journal, channel="phone", shopper="s2") == 0, "a person may be calling"
        assert recover(journal, channel="phone", shopper="s1") == 1


def test_a_doubt_is_never_given_again(tmp_path):
    study, journal = wave(tmp_path)
    with journal:
        in_doubt(journal, study, a_probe("a"))
        for week in range(5):
            assert claim(journal, study, MONDAY + week * WEEK, channel="email", live=True) is None
        assert state(journal, "a") == "in_doubt"


def test_anything_that_comes_back_proves_that_it_was_sent_when_it_was_tried(tmp_path):
    study, journal = wave(tmp_path)
    with journal:
        in_doubt(journal, study, a_probe("a"))
        came_back(journal, "a")
        assert settle_doubts(journal, study, MONDAY + HOUR) == Doubts(sent=1)
        row = journal.rows("SELECT state, sent_utc, tried_utc FROM probes")[0]
        assert row["state"] == "sent" and row["sent_utc"] == row["tried_utc"]
        assert settle_doubts(journal, study, MONDAY + HOUR) == Doubts()


def test_silence_means_nothing_while_nobody_has_read_the_mailbox(tmp_path):
    study, journal = wave(tmp_path)
    with journal:
        witnessed(journal)
        in_doubt(journal, study, a_probe("a"))
        assert settle_doubts(journal, study, MONDAY + 9 * DAY) == Doubts()
        collected(journal, MONDAY + 23 * HOUR)
        assert settle_doubts(journal, study, MONDAY + 9 * DAY) == Doubts()
        collected(journal, MONDAY + 25 * HOUR)
        assert settle_doubts(journal, study, MONDAY + 9 * DAY).not_sent == 1


def test_silence_means_nothing_in_a_mailbox_that_never_got_a_witness_copy(tmp_path):
    study, journal = wave(tmp_path)
    with journal:
        in_doubt(journal, study, a_probe("a"))
        collected(journal, MONDAY + 2 * DAY)
        assert settle_doubts(journal, study, MONDAY + 2 * DAY) == Doubts()
        assert state(journal, "a") == "in_doubt"
        witnessed(journal)
        assert settle_doubts(journal, study, MONDAY + 2 * DAY).not_sent == 1


def test_what_was_not_sent_is_replaced_in_its_cell_at_the_same_hour_of_a_later_week(tmp_path):
    study, journal = wave(tmp_path)
    with journal:
        witnessed(journal)
        in_doubt(journal, study, a_probe("a"))
        collected(journal, MONDAY + 2 * DAY)
        done = settle_doubts(journal, study, MONDAY + 2 * DAY)
        assert done == Doubts(not_sent=1, replaced=1)
        old, new = (probe_of(r) for r in journal.rows("SELECT * FROM probes ORDER BY due_utc"))
        cell = ("provider", "channel", "scenario", "persona", "arm", "shopper", "slot", "number")
        assert [getattr(new, n) for n in cell] == [getattr(old, n) for n in cell]
        assert new.due == old.due + WEEK
        key = journal.fact("key")
        assert new.token == token_of(key, study.wave, old.provider, "email", 1, False, 2)
        row = journal.rows("SELECT * FROM probes WHERE replaces = 'a'")[0]
        assert row["message_id"] != "<a@kit.example>" and new.token.encode() in row["raw"]
        given = claim(journal, study, MONDAY + WEEK, channel="email", live=True)
        assert given["token"] == new.token


def test_a_replacement_that_fails_too_is_replaced_by_a_third_and_where_no_week_is_left_by_none(
    tmp_path,
):
    study, journal = wave(tmp_path)
    with journal:
        witnessed(journal)
        in_doubt(journal, study, a_probe("a"))
        replaced = []
        for week in range(4):
            now = MONDAY + week * WEEK
            claim(journal, study, now, channel="email", live=True)
            recover(journal, now=now)
            collected(journal, now + 2 * DAY)
            replaced.append(settle_doubts(journal, study, now + 2 * DAY).replaced)
        assert replaced == [1, 1, 1, 0]
        assert journal.value("SELECT count(DISTINCT token) FROM probes") == 4


@pytest.mark.parametrize(
    ("gone", "word"), [("fieldwork.scenarios.prices", "prices"), ("fieldwork.starts", "starts")]
)
def test_a_study_that_lost_what_a_new_probe_needs_says_so_and_settles_nothing(tmp_path, gone, word):
    study, journal = wave(tmp_path)
    with journal:
        witnessed(journal)
        in_doubt(journal, study, a_probe("a"))
        collected(journal, MONDAY + 2 * DAY)
        changed = load_study(field_study(tmp_path, **{gone: None}))
        with pytest.raises(DataError, match=word):
            settle_doubts(journal, changed, MONDAY + 2 * DAY)
        assert state(journal, "a") == "in_doubt"
        assert settle_doubts(journal, study, MONDAY + 2 * DAY).replaced == 1


def test_a_witness_that_comes_late_calls_the_replacement_off(tmp_path):
    study, journal = wave(tmp_path)
    with journal:
        witnessed(journal)
        in_doubt(journal, study, a_probe("a"))
        collected(journal, MONDAY + 2 * DAY)
        settle_doubts(journal, study, MONDAY + 2 * DAY)
        came_back(journal, "a")
        assert settle_doubts(journal, study, MONDAY + 3 * DAY).sent == 1
        assert state(journal, "a") == "sent"
        other = journal.value("SELECT token FROM probes WHERE replaces = 'a'")
        assert (state(journal, other), kinds(journal, other)) == ("cancelled", ["not_needed"])


def test_what_was_put_off_but_came_back_all_the_same_is_not_sent_again(tmp_path):
    study, journal = wave(tmp_path)
    with journal:
        put(journal, a_probe("a"))
        claim(journal, study, MONDAY, channel="email", live=True)
        settle(journal, "a", "again", "connection lost", now=MONDAY)
        came_back(journal, "a")
        settle_doubts(journal, study, MONDAY)
        assert claim(journal, study, MONDAY + HOUR, channel="email", live=True) is None
        assert state(journal, "a") == "sent"


def test_a_call_that_is_in_doubt_stays_so_for_no_mailbox_knows_of_it(tmp_path):
    study, journal = wave(tmp_path)
    with journal:
        put(journal, a_probe("a", channel="phone"))
        claim(journal, study, MONDAY, channel="phone", live=True)
        recover(journal, channel="phone", now=MONDAY)
        collected(journal, MONDAY + 9 * DAY)
        assert settle_doubts(journal, study, MONDAY + 9 * DAY) == Doubts()


KILLS = 60
MAILBOX = [f"letter {n}".encode() for n in range(3000)]


def runner(study, log):
    """Sends and collects until somebody kills it; the log stands for the other side's relay."""
    with only_runner(wave_of(study)), open_journal(wave_of(study).journal) as journal:
        recover(journal, now=MONDAY)
        relay = os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
        while True:
            probe = claim(journal, study, MONDAY, channel="email", live=True)
            if probe is not None:
                os.write(relay, f"{probe['token']}\n".encode())
                settle(journal, probe["token"], "sent", now=MONDAY)
            read = (cursor(journal, "us", "INBOX") or (1, 0))[1]
            batch = [(n + 1, MONDAY.isoformat(), MAILBOX[n]) for n in range(read, len(MAILBOX))[:3]]
            keep(journal, "us", "INBOX", 1, batch)


def _wait_for_more(log) -> None:
    """Until the relay has accepted something more, ten seconds at most."""
    before, ends = log.stat().st_size if log.exists() else 0, time.monotonic() + 10
    while time.monotonic() < ends and (log.stat().st_size if log.exists() else 0) == before:
        time.sleep(0.001)


@pytest.mark.skipif(os.name != "posix", reason="kills as POSIX does")
def test_no_kill_at_any_moment_doubles_a_probe_or_loses_a_letter(tmp_path):
    changes = {"fieldwork.channels": {"email": LOOSE}, "fieldwork.sign_off.budget": 9999}
    study, journal = wave(tmp_path, **changes, **{"fieldwork.shoppers.s1.per_day": 1000})
    with journal:
        put(journal, *(a_probe(f"t{n:04}", number=n) for n in range(900)))
    log, chance = tmp_path / "relay.log", random.Random(7)
    for kill in range(KILLS):
        process = FORK.Process(target=runner, args=(study, log))
        process.start()
        if kill % 4:  # the others die while they begin
            _wait_for_more(log)
        time.sleep(chance.uniform(0, 0.02))
        assert process.is_alive(), "the runner died by itself"
        process.kill()
        process.join(10)
    accepted = log.read_text().split()
    with open_journal(wave_of(study).journal) as journal:
        recover(journal, now=MONDAY)
        states = {row["token"]: row["state"] for row in journal.rows("SELECT * FROM probes")}
        kept = [row["raw"] for row in journal.rows("SELECT raw FROM messages ORDER BY uid")]
        place = cursor(journal, "us", "INBOX")
    assert len(accepted) > KILLS / 2 and len(accepted) == len(set(accepted)), "accepted once"
    assert {states[token] for token in accepted} <= {"sent", "in_doubt"}
    assert all(token in accepted for token, at in states.items() if at == "sent")
    assert place == (1, len(kept)) and kept == MAILBOX[: len(kept)], "bytes and cursor agree"
