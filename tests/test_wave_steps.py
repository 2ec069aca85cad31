"""The status of a wave says what became of it and what to do next, in words a stranger follows."""

from __future__ import annotations

from datetime import timedelta

import pytest

from carebench.cli import main
from carebench.fieldwork.journal.claims import claim, settle
from carebench.fieldwork.journal.contact import stop_contact
from carebench.fieldwork.journal.receiving import COLLECTED
from carebench.fieldwork.journal.status import status
from carebench.fieldwork.journal.steps import steps
from field_studies import EMAILS
from journals import MONDAY, OnMonday, a_probe, put, signed, wave
from test_plan_locking import locked

HOUR = timedelta(hours=1)


@pytest.fixture
def field(tmp_path):
    study, journal = wave(tmp_path)
    with journal:
        yield study, journal


def said(field, at=MONDAY):
    study, journal = field
    return " ".join(steps(study, journal, at))


def sent(field):
    study, journal = field
    row = claim(journal, study, MONDAY, channel="email", live=True)
    settle(journal, row["token"], "sent", now=MONDAY)


def read_until(field, at):
    _study, journal = field
    with journal.transaction() as connection:
        values = (COLLECTED, at.isoformat())
        connection.execute("INSERT OR REPLACE INTO facts VALUES (?, ?)", values)


def test_an_empty_wave_is_to_be_planned_and_a_planned_one_to_be_waited_for(field):
    assert "carebench plan STUDY --lock" in said(field)
    put(field[1], a_probe("a", MONDAY + HOUR))
    assert said(field) == "Nothing now: the next attempt is not due yet."


def test_what_is_due_and_what_came_too_late_is_told_apart(field):
    put(field[1], a_probe("a"), a_probe("b", MONDAY - 2 * HOUR, number=2))
    assert "Due by e-mail: 2, of which 1 missed the hour" in said(field)
    assert "carebench probe send STUDY --live" in said(field)


def test_people_are_told_what_is_due_and_asked_for_what_is_past(field):
    put(field[1], a_probe("a", channel="phone"))
    assert "Due by phone, for s1: 1. Make it by the sheet" in said(field)
    assert "without a record" not in said(field)
    assert "without a record: 1" in said(field, MONDAY + 2 * HOUR)


def test_a_mailbox_that_nobody_reads_is_asked_for(field):
    put(field[1], a_probe("a"), a_probe("b", MONDAY + 99 * HOUR, number=2))
    sent(field)
    assert "the mailbox was not read yet" in said(field)
    read_until(field, MONDAY)
    assert "mailbox" not in said(field)
    assert "not read since 2026-11-30 02:00Z" in said(field, MONDAY + 25 * HOUR)


def test_when_all_is_made_the_tables_and_the_letters_are_next(field):
    put(field[1], a_probe("a"))
    sent(field)
    read_until(field, MONDAY)
    assert "probe export STUDY" in said(field) and "probe debrief STUDY" in said(field)


def test_what_a_wave_that_is_over_never_sent_is_not_called_due(tmp_path):
    study, journal = wave(tmp_path, **{"fieldwork.sign_off.budget": 1})
    with journal:
        put(journal, a_probe("a"), a_probe("b", MONDAY + 2 * HOUR, number=2))
        sent((study, journal))
        over = MONDAY + 28 * 24 * HOUR
        read_until((study, journal), over)
        told = said((study, journal), over)
        assert "no longer to be sent: 1 e-mails" in told and "probe debrief STUDY" in told
        assert "Due by e-mail" not in told and "budget is spent" not in told
        assert "due now: 0; until midnight (Asia/Ho_Chi_Minh): 0" in status(study, journal, over)
        last_week = said((study, journal), MONDAY + 22 * 24 * HOUR)
        assert "Due by e-mail" not in last_week, "its hour of the last week is over, too"
        assert "go to a later week" in said((study, journal), MONDAY + 20 * 24 * HOUR)


def test_a_wave_that_contacted_nobody_is_planned_anew(field):
    put(field[1], a_probe("a"))
    assert "Give the study another `wave`" in said(field, MONDAY + 28 * 24 * HOUR)


def test_a_budget_that_is_spent_is_said(tmp_path):
    study, journal = wave(tmp_path, **{"fieldwork.sign_off.budget": 1})
    with journal:
        put(journal, a_probe("a"), a_probe("b", MONDAY + 99 * HOUR, number=2))
        sent((study, journal))
        assert "The budget is spent (1 of 1)" in said((study, journal))


def test_what_was_cancelled_or_failed_is_said_with_its_reason(field):
    study, journal = field
    put(journal, a_probe("a"), a_probe("b", MONDAY + 30 * HOUR, number=2))
    settle(journal, claim(journal, study, MONDAY, channel="email", live=True)["token"], "failed")
    stop_contact(journal, EMAILS[0], "asked")
    text = "\n".join(status(study, journal, MONDAY))
    assert "1 failed on our side or were given up: missing data, not unanswered" in text
    assert "1 cancelled: somebody asked not to be contacted" in text
    assert "on the list of those not to be contacted: 1" in text


def test_what_keeps_the_gate_closed_is_pointed_to_until_it_is_open(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr("carebench.cli.probe.datetime", OnMonday)
    study, _wave = locked(tmp_path)
    assert main(["probe", "status", str(study.path)]) == 0
    assert "Before --live does anything, 1 more must be settled" in capsys.readouterr().out
    signed(study)
    assert main(["probe", "status", str(study.path)]) == 0
    assert "Before --live" not in capsys.readouterr().out
