"""Probes over real SMTP: what each reply means, and whose fault it is."""

from __future__ import annotations

import os
import signal
import socket
import threading
import time
from collections import Counter
from datetime import timedelta

import pytest

from carebench.fieldwork.journal import open_journal
from carebench.fieldwork.journal.contact import stop_contact
from carebench.fieldwork.journal.runner import only_runner
from carebench.fieldwork.letters import address_of, token_in
from carebench.fieldwork.mail import servers
from carebench.fieldwork.mail import smtp as smtp_module
from carebench.fieldwork.mail.sending import send
from carebench.fieldwork.mail.servers import Unreachable
from carebench.schema import DataError
from carebench.study import load_study
from field_studies import EMAILS, field_study
from journals import signed
from mail_waves import NOW, UNLIMITED, due_wave, states, told
from mailroom import DROP, PASSWORD, Relay

OWN = "@kit.example"


@pytest.fixture(autouse=True)
def impatient(monkeypatch):
    """Nobody waits long, and the password is known."""
    monkeypatch.setattr(smtp_module, "PATIENCE_S", 2.0)
    monkeypatch.setattr(smtp_module, "AFTER_DOT_S", 0.5)
    monkeypatch.setenv("CAREBENCH_MAIL_PASSWORD", PASSWORD)


def go(study, **options):
    """Send what is due; the summary and the lines that were said."""
    lines = []
    return send(study, live=True, say=lines.append, **{"now": NOW, **options}), lines


def at_provider(answer, times=99):
    """A relay's reply to the provider's address, the first `times` times."""

    def reply(point, _sender, recipient, tries):
        refused = point == "rcpt" and not recipient.endswith(OWN) and tries <= times
        return answer if refused else None

    return reply


def at_point(where, answer):
    return lambda point, _sender, _recipient, tries: answer if point == where else None


def test_a_probe_goes_to_its_provider_and_to_our_witness_in_one_transaction(tmp_path):
    with Relay() as relay:
        study, wave = due_wave(tmp_path, 3, **relay.keys())
        summary, lines = go(study)
    assert summary.outcomes == {"sent": 3}
    assert len(lines) == 3
    for taken in relay.accepted:
        token = token_in(taken.sender, study.fieldwork.mail)
        assert taken.recipients[1:] == (address_of(token, study.fieldwork.mail),)
    assert sorted(taken.recipients[0] for taken in relay.accepted) == [
        "care@alder.example", "contact@cedar.example", "help@birch.example",
    ]  # fmt: skip
    assert set(states(wave).values()) == {"sent"}


def test_every_reply_of_the_server_is_kept(tmp_path):
    with Relay() as relay:
        study, wave = due_wave(tmp_path, 1, **relay.keys())
        go(study)
    (said,) = told(wave, "sent")
    assert said == (
        "MAIL: 250 2.1.0 sender ok; RCPT provider: 250 2.1.5 recipient ok; RCPT witness: 250 "
        "2.1.5 recipient ok; DATA: 354 End data with <CR><LF>.<CR><LF>; text: 250 2.0.0 taken"
    )


def test_what_arrives_is_what_was_planned_with_the_true_date(tmp_path):
    with Relay() as relay:
        study, wave = due_wave(tmp_path, 2, **relay.keys())
        go(study, now=NOW + timedelta(minutes=7))
    with open_journal(wave.journal) as journal:
        planned = {row["raw"] for row in journal.rows("SELECT raw FROM probes")}
    dates = (b"Date: Tue, 01 Dec 2026 10:00:00 +0700", b"Date: Tue, 01 Dec 2026 10:07:00 +0700")
    assert all(dates[1] in taken.raw for taken in relay.accepted)
    assert {taken.raw.replace(dates[1], dates[0]) for taken in relay.accepted} == planned


def test_a_line_that_begins_with_a_dot_arrives_with_its_dot(tmp_path):
    with Relay() as relay:
        study, wave = due_wave(tmp_path, 1, **relay.keys())
        with open_journal(wave.journal) as journal, journal.transaction() as connection:
            raw = journal.value("SELECT raw FROM probes")
            connection.execute("UPDATE probes SET raw = ?", (raw + b".\r\n..\r\nend",))
        go(study)
    assert relay.accepted[0].raw.endswith(b"\r\n.\r\n..\r\nend\r\n")


def test_a_dry_run_changes_nothing_but_its_folder_and_shows_what_is_missing(tmp_path):
    with Relay() as relay:
        study, wave = due_wave(tmp_path, 3, **relay.keys(), **{"fieldwork.sign_off.approver": ""})
        before = wave.journal.read_bytes()
        lines = []
        for _ in range(2):
            assert send(study, now=NOW, say=lines.append).outcomes == {"dry": 3}
        assert wave.journal.read_bytes() == before
    assert relay.commands == []
    files = sorted(wave.dry.iterdir())
    assert len(files) == 3
    assert files[0].name.startswith("20261201-1000+0700-")  # as the clock in Hanoi says
    assert b"Subject: " in files[0].read_bytes()
    assert "Nothing was sent" in lines[0]
    assert "approver" in lines[1]


def test_without_a_sign_off_nothing_is_sent(tmp_path):
    with Relay() as relay:
        study, wave = due_wave(tmp_path, 1, **relay.keys(), **{"fieldwork.sign_off.approver": ""})
        with pytest.raises(DataError, match="approver"):
            go(study)
    assert relay.commands == []
    assert set(states(wave).values()) == {"planned"}


@pytest.mark.parametrize(
    "answer", ["550 5.1.1 no such user", "550 unknown", "552 5.2.2 mailbox full", "553 5.1.3 bad"]
)
def test_a_refusal_of_the_recipient_is_the_providers_and_no_witness_is_left(tmp_path, answer):
    with Relay(reply=at_provider(answer)) as relay:
        study, wave = due_wave(tmp_path, 1, **relay.keys())
        summary, _ = go(study)
    assert summary.outcomes == {"refused": 1}
    assert set(states(wave).values()) == {"refused"}
    assert not relay.accepted
    assert "DATA" not in relay.commands
    assert answer in told(wave, "refused")[0]


@pytest.mark.parametrize(
    "answer",
    [
        "554 5.7.1 relay access denied",
        "550 5.1.8 sender has no such domain",
        "503 5.5.1 say EHLO first",
        "530 authentication required",
        "450 4.7.1 try later",
        "421 4.3.2 shutting down",
    ],
)
def test_no_other_refusal_is_the_providers_and_all_are_tried_again(tmp_path, answer):
    with Relay(reply=at_provider(answer)) as relay:
        study, wave = due_wave(tmp_path, 1, **relay.keys())
        summary, _ = go(study)
    assert summary.outcomes == {"again": 1}
    assert set(states(wave).values()) == {"planned"}
    assert not relay.accepted


def test_a_greylisted_probe_is_tried_again_later_and_taken_once(tmp_path):
    with Relay(reply=at_provider("451 4.7.1 greylisted", times=1)) as relay:
        study, wave = due_wave(tmp_path, 3, **relay.keys())
        assert go(study)[0].outcomes == {"again": 3}
        assert go(study)[0].outcomes == {}
        assert go(study, now=NOW + timedelta(minutes=6))[0].outcomes == {"sent": 3}
    assert Counter(taken.sender for taken in relay.accepted).most_common(1)[0][1] == 1
    assert len(relay.accepted) == 3
    assert set(states(wave).values()) == {"sent"}


@pytest.mark.parametrize("where", ["mail", "data", "witness"])
@pytest.mark.parametrize("answer", ["451 4.3.0 later", "554 5.7.1 not you", DROP])
def test_what_fails_before_the_text_is_ours_and_tried_again(tmp_path, where, answer):
    def reply(point, _sender, recipient, _tries):
        witness = where == "witness" and point == "rcpt" and recipient.endswith(OWN)
        return answer if witness or point == where else None

    with Relay(reply=reply) as relay:
        study, wave = due_wave(tmp_path, 1, **relay.keys())
        summary, _ = go(study)
    assert summary.outcomes == {"again": 1}
    assert not relay.accepted
    assert set(states(wave).values()) == {"planned"}


def test_a_text_that_our_server_refuses_for_good_failed_by_our_fault(tmp_path):
    with Relay(reply=at_point("dot", "554 5.6.0 looks like junk")) as relay:
        study, wave = due_wave(tmp_path, 1, **relay.keys())
        assert go(study)[0].outcomes == {"failed": 1}
    assert set(states(wave).values()) == {"failed"}


def test_a_text_that_our_server_puts_off_is_offered_again(tmp_path):
    with Relay(reply=at_point("dot", "452 4.3.1 disk full")) as relay:
        study, wave = due_wave(tmp_path, 1, **relay.keys())
        assert go(study)[0].outcomes == {"again": 1}
    assert set(states(wave).values()) == {"planned"}


@pytest.mark.parametrize("point", ["middle", "dot", "taken"])
def test_a_connection_lost_once_the_text_began_leaves_a_doubt(tmp_path, point):
    with Relay(reply=at_point(point, DROP)) as relay:
        study, wave = due_wave(tmp_path, 1, **relay.keys())
        summary, _ = go(study)
        state = "in_doubt" if point != "taken" else "sent"
        assert point == "taken" or summary.outcomes == {"in_doubt": 1}
        assert set(states(wave).values()) == {state}
        go(study)
    assert sum(command.startswith("MAIL") for command in relay.commands) == 1


def test_a_server_that_never_answers_the_text_leaves_a_doubt_that_is_not_resent(tmp_path):
    with Relay(reply=at_point("dot", 3.0)) as relay:
        study, wave = due_wave(tmp_path, 1, **relay.keys())
        assert go(study)[0].outcomes == {"in_doubt": 1}
        assert go(study)[0].outcomes == {}
    assert set(states(wave).values()) == {"in_doubt"}
    assert sum(command.startswith("MAIL") for command in relay.commands) == 1


def test_after_a_lost_connection_the_others_go_over_a_new_one(tmp_path):
    lost = []

    def reply(point, _sender, _recipient, _tries):
        if point == "data" and len(lost) < 2:
            lost.append(point)
            return DROP
        return None

    with Relay(reply=reply) as relay:
        study, wave = due_wave(tmp_path, 6, **relay.keys())
        summary, _ = go(study)
    assert summary.outcomes == {"again": 2, "sent": 4}
    assert Counter(states(wave).values()) == {"sent": 4, "planned": 2}


def test_three_faults_of_ours_in_a_row_stop_the_run_before_it_spoils_the_plan(tmp_path):
    with Relay(reply=at_point("mail", "550 5.7.1 sender not allowed")) as relay:
        study, wave = due_wave(tmp_path, 10, **relay.keys())
        with pytest.raises(DataError, match="3 e-mails in a row failed on our side"):
            go(study)
    assert set(states(wave).values()) == {"planned"}
    assert sum(command.startswith("MAIL") for command in relay.commands) == 3


def test_where_nothing_listens_no_probe_is_touched(tmp_path):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    study, wave = due_wave(tmp_path, 2, **{"fieldwork.mail.smtp": f"127.0.0.1:{port}"})
    with pytest.raises(Unreachable, match="cannot be reached"):
        go(study)
    assert set(states(wave).values()) == {"planned"}
    assert len(told(wave, "our_server")) == 1
    with open_journal(wave.journal) as journal:
        assert journal.value("SELECT max(tries) FROM probes") == 0


@pytest.mark.parametrize("utf8, verdict", [(True, "sent"), (False, "failed")])
def test_an_address_beyond_ascii_goes_where_the_server_carries_it(tmp_path, utf8, verdict):
    to = "chăm.sóc@bücher.example"
    with Relay(utf8=utf8) as relay:
        allowed = {"fieldwork.sign_off.recipients": [to]}
        providers = {"fieldwork.providers": {"Alder Invented Power": {"email": to}}}
        study, wave = due_wave(tmp_path, 1, **relay.keys(), **allowed, **providers)
        with open_journal(wave.journal) as journal, journal.transaction() as connection:
            connection.execute("UPDATE probes SET recipient = ?", (to,))
        assert go(study)[0].outcomes == {verdict: 1}
    recipients = [taken.recipients[0] for taken in relay.accepted]
    assert recipients == ["chăm.sóc@xn--bcher-kva.example"] * utf8
    assert set(states(wave).values()) == {verdict}


def test_a_limit_is_kept(tmp_path):
    with Relay() as relay:
        study, _ = due_wave(tmp_path, 5, **relay.keys())
        assert go(study, limit=2)[0].outcomes == {"sent": 2}
    assert len(relay.accepted) == 2


def test_what_is_not_due_waits(tmp_path):
    with Relay() as relay:
        study, _ = due_wave(tmp_path, 2, **relay.keys())
        summary, _ = go(study, now=NOW - timedelta(minutes=1))
    assert str(summary) == "nothing was due"
    assert relay.commands == []


def test_the_stop_file_ends_a_run_between_two_probes(tmp_path):
    stop = tmp_path / "STOP"

    def reply(point, *_):
        if point == "taken":
            stop.touch()

    with Relay(reply=reply) as relay:
        study, wave = due_wave(tmp_path, 4, **relay.keys())
        summary, _ = go(study)
    assert len(relay.accepted) == 1
    assert summary.ended_by == "the file STOP"
    assert Counter(states(wave).values()) == {"sent": 1, "planned": 3}


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_wish_to_end_is_granted_between_two_probes(tmp_path, number):
    def reply(point, *_):
        if point == "dot" and not relay.accepted:
            os.kill(os.getpid(), number)

    with Relay(reply=reply) as relay:
        study, wave = due_wave(tmp_path, 4, **relay.keys())
        before = signal.getsignal(number)
        summary, _ = go(study)
        assert signal.getsignal(number) == before
    assert summary.ended_by == number.name
    assert Counter(states(wave).values()) == {"sent": 1, "planned": 3}


def test_waiting_for_the_next_one_ends_soon_after_a_wish_to_end(tmp_path):
    with Relay() as relay:
        study, _ = due_wave(tmp_path, 2, **relay.keys())
        threading.Timer(0.3, os.kill, (os.getpid(), signal.SIGTERM)).start()
        began = time.monotonic()
        summary, _ = go(study, now=NOW - timedelta(hours=3), until_done=True)
    assert summary.ended_by == "SIGTERM"
    assert time.monotonic() - began < 60


def test_until_done_sends_all_and_ends(tmp_path):
    with Relay() as relay:
        study, _ = due_wave(tmp_path, 4, **relay.keys())
        summary, _ = go(study, until_done=True)
    assert summary.outcomes == {"sent": 4}
    assert not summary.ended_by


def test_a_second_runner_is_refused(tmp_path):
    with Relay() as relay:
        study, wave = due_wave(tmp_path, 1, **relay.keys())
        with only_runner(wave), pytest.raises(DataError, match="at work"):
            go(study)
    assert relay.commands == []


@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_certificates_are_verified(tmp_path, security):
    with Relay(security=security, login=True) as relay:
        study, wave = due_wave(tmp_path, 1, **relay.keys())
        with pytest.raises(DataError, match="certificate of 127"):
            go(study)
        assert relay.logins == []
        trusted = {"fieldwork.mail.certificates": relay.certificates(tmp_path)}
        study = signed(load_study(field_study(tmp_path, **UNLIMITED | relay.keys() | trusted)))
        assert go(study)[0].outcomes == {"sent": 1}
    assert relay.logins == ["PLAIN"]
    assert set(states(wave).values()) == {"sent"}


def test_without_starttls_no_password_is_said(tmp_path):
    with Relay() as relay:
        keys = relay.keys() | {
            "fieldwork.mail.smtp_security": "starttls",
            "fieldwork.mail.password": "CAREBENCH_MAIL_PASSWORD",
        }
        study, _ = due_wave(tmp_path, 1, **keys)
        with pytest.raises(DataError, match="offers no STARTTLS"):
            go(study)
    assert relay.logins == []


def test_the_wrong_kind_of_protection_is_named_and_does_not_hang(tmp_path):
    with Relay() as relay:
        keys = relay.keys() | {"fieldwork.mail.smtp_security": "tls"}
        study, _ = due_wave(tmp_path, 1, **keys)
        with pytest.raises(Unreachable, match="kind of protection"):
            go(study)


def test_a_wrong_password_is_refused_and_shown_to_nobody(tmp_path, monkeypatch):
    secret = "hunter2 is invented"
    monkeypatch.setenv("CAREBENCH_MAIL_PASSWORD", secret)
    with Relay(security="starttls", login=True) as relay:
        trusted = {"fieldwork.mail.certificates": relay.certificates(tmp_path)}
        study, wave = due_wave(tmp_path, 1, **relay.keys(), **trusted)
        with pytest.raises(DataError, match="refuses the login of audit: 535") as caught:
            go(study)
    assert secret not in str(caught.value)
    assert secret.encode() not in wave.journal.read_bytes()
    assert set(states(wave).values()) == {"planned"}


def test_a_token_logs_in_and_a_stale_one_is_refused(tmp_path):
    with Relay(security="starttls", tokens=("fresh",)) as relay:
        trusted = {"fieldwork.mail.certificates": relay.certificates(tmp_path)}
        stale = {"fieldwork.mail.token_command": "echo stale"}
        study, _ = due_wave(tmp_path, 1, **relay.keys(), **trusted, **stale)
        with pytest.raises(DataError, match="refuses the login") as caught:
            go(study)
        assert "stale" not in str(caught.value)
        fresh = {"fieldwork.mail.token_command": "echo fresh"}
        changed = field_study(tmp_path, **UNLIMITED | relay.keys() | trusted | fresh)
        study = signed(load_study(changed))
        assert go(study)[0].outcomes == {"sent": 1}
    assert relay.logins == ["XOAUTH2"] * 2


def test_certificates_that_cannot_be_read_are_named(tmp_path):
    (tmp_path / "trust.pem").write_text("no certificate", encoding="utf-8")
    keys = {"fieldwork.mail.smtp_security": "starttls", "fieldwork.mail.certificates": "trust.pem"}
    study, _ = due_wave(tmp_path, 1, **keys)
    with pytest.raises(DataError, match="Expected certificates in PEM form"):
        go(study)


def test_what_a_server_says_cannot_steer_a_terminal():
    said = servers.plain(b"550 \x1b[2Jno\r\nsuch \xff user" + b"x" * 999)
    assert said.isprintable()
    assert said.startswith("550 [2Jno such \N{REPLACEMENT CHARACTER} user")
    assert len(said) == 300


def test_who_asks_in_another_wave_during_a_run_gets_nothing_more(tmp_path):
    def reply(point, *_):
        if point == "dot":
            with open_journal(other, make=True) as journal:
                for address in EMAILS:
                    stop_contact(journal, address, "asked")

    other = tmp_path / "fieldwork" / "2026-Q5" / "journal.sqlite"
    with Relay(reply=reply) as relay:
        study, wave = due_wave(tmp_path, 6, **relay.keys())
        go(study)
    assert len(relay.accepted) == 1
    assert Counter(states(wave).values()) == {"sent": 1, "cancelled": 5}


def test_a_sign_off_that_is_withdrawn_during_a_run_ends_it(tmp_path):
    def reply(point, *_):
        if point == "dot":
            path = tmp_path / "study.toml"
            path.write_text(path.read_text().replace('"invented office"', '""'))

    with Relay(reply=reply) as relay:
        study, wave = due_wave(tmp_path, 3, **relay.keys())
        with pytest.raises(DataError, match="approver"):
            go(study)
    assert Counter(states(wave).values()) == {"sent": 1, "planned": 2}


def test_a_dry_run_leaves_no_letter_of_the_one_before(tmp_path):
    with Relay() as relay:
        study, wave = due_wave(tmp_path, 1, **relay.keys())
        wave.dry.mkdir()
        (wave.dry / "of-a-replaced-plan.eml").touch()
        send(study, now=NOW, say=lambda _line: None)
    assert len(list(wave.dry.iterdir())) == 1


def test_what_missed_its_hour_is_never_passed_over_in_silence(tmp_path):
    with Relay() as relay:
        study, wave = due_wave(tmp_path, 3, **relay.keys())
        said = str(send(study, live=True, now=NOW + timedelta(hours=3), say=print))
        assert said == "3 missed their hour and were moved to a later week"
        done = send(study, live=True, now=NOW + timedelta(days=400), say=print)
        assert str(done) == "3 missed their hour and were cancelled: send more often"
        assert set(states(wave).values()) == {"cancelled"} and not relay.accepted
