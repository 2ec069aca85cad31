"""The caller's calls stand under the same gate, caps and journal as all other attempts."""

from __future__ import annotations

import json

import pytest

from carebench.fieldwork.journal import open_journal
from carebench.fieldwork.journal.opening import utc_text
from carebench.fieldwork.phone.sip import Timers
from carebench.fieldwork.phone.sip.account import CallResult
from carebench.fieldwork.phone.sip.calls import account_of, call_due
from carebench.fieldwork.wave import wave_of
from carebench.schema import DataError
from carebench.study import load_study
from field_studies import field_study
from sip_answerer import PASSWORD, answering
from test_capture import planned


def caller(tmp_path, monkeypatch, port, **changes):
    shoppers = {"sip": {"channels": ["phone"]}, "s1": {"channels": ["email"]}}
    monkeypatch.setenv("CAREBENCH_SIP_PASSWORD", PASSWORD)
    return planned(tmp_path, **{
        "fieldwork.shoppers": shoppers,
        "fieldwork.sip": {"server": f"127.0.0.1:{port}", "user": "audit", "domain": "kit.example",
                          "ring": "0.5 s", "hold": "0 s"},
    } | changes)  # fmt: skip


QUICK = Timers(again=0.1, longest=0.2, give_up=0.6)


def test_the_caller_makes_what_is_due_and_no_more(tmp_path, monkeypatch):
    with answering() as it:
        study, _shopper, clock = caller(tmp_path, monkeypatch, it.port)
        said = []
        got = call_due(study, live=True, say=said.append, now=clock, timers=QUICK)
        assert sum(got.values()) == len(said) == 1
        again = call_due(study, live=True, say=said.append, now=clock, timers=QUICK)
        assert not again
        with open_journal(wave_of(study).journal) as journal:
            (record,) = journal.rows("SELECT * FROM records")
            assert journal.value("SELECT state FROM probes WHERE token = ?",
                                 record["token"]) == "done"  # fmt: skip
    attempt = json.loads(record["attempt"])
    assert attempt["label_source"] == "line" and attempt["sent_at"] <= attempt["observed_until"]


def test_a_line_that_was_picked_up_is_no_outcome_before_somebody_says_who(tmp_path, monkeypatch):
    with answering() as it:
        study, _shopper, clock = caller(tmp_path, monkeypatch, it.port)
        it._invite = lambda _first, headers, addr: it._later(0.1, 200, headers, addr, "OK")
        got = call_due(study, live=True, say=str, now=clock, timers=QUICK)
    assert got == {"answered_unknown_who": 1}
    with open_journal(wave_of(study).journal) as journal:
        attempt = json.loads(str(journal.value("SELECT attempt FROM records")))
    assert "outcome" not in attempt and "answered_at" not in attempt
    assert attempt["fault"] == "unknown" and attempt["line_at"] > attempt["sent_at"]


def test_a_dry_run_calls_nobody_and_changes_nothing(tmp_path, monkeypatch):
    with answering() as it:
        study, _shopper, clock = caller(tmp_path, monkeypatch, it.port)
        before = wave_of(study).journal.read_bytes()
        said = []
        assert call_due(study, say=said.append, now=clock) == {"due": 1}
        assert it.heard == []
    assert wave_of(study).journal.read_bytes() == before
    assert "Nobody was called" in said[-1]


def test_a_dead_trunk_is_our_failure_and_the_call_is_put_off(tmp_path, monkeypatch):
    with answering() as it:
        study, _shopper, clock = caller(tmp_path, monkeypatch, it.port)
        it._invite = lambda *_message: None
        got = call_due(study, live=True, say=str, now=clock, timers=QUICK)
    assert got == {"no_sip_reply": 1}
    with open_journal(wave_of(study).journal) as journal:
        assert journal.rows("SELECT * FROM records") == []
        assert journal.value("SELECT count(*) FROM probes WHERE tries > 0 AND state = 'planned'")


def test_a_call_in_which_the_caller_died_is_in_doubt_and_not_made_again(tmp_path, monkeypatch):
    with answering() as it:
        study, _shopper, clock = caller(tmp_path, monkeypatch, it.port)

        def dies(*_arguments, **_more):
            raise SystemExit(9)

        with monkeypatch.context() as patched, pytest.raises(SystemExit):
            patched.setattr("carebench.fieldwork.phone.sip.calls.place_call", dies)
            call_due(study, live=True, say=str, now=clock, timers=QUICK)
        assert not call_due(study, live=True, say=str, now=clock, timers=QUICK)
        assert it.heard == []
    with open_journal(wave_of(study).journal) as journal:
        assert journal.value("SELECT count(*) FROM probes WHERE state = 'in_doubt'") == 1


def all_due(study, at):
    """Let every call be due at one moment."""
    with open_journal(wave_of(study).journal) as journal, journal.transaction() as books:
        books.execute("UPDATE probes SET not_before = ?", (utc_text(at),))


LOOSE = {"fieldwork.channels": {"phone": {"attempts": 3, "gap": "0 s", "per_day": 100}}}


def while_it_rings(monkeypatch, act):
    """Answer each call with busy, and do something meanwhile."""

    async def busy(*_arguments, **_more):
        act()
        return CallResult("busy", code=486)

    monkeypatch.setattr("carebench.fieldwork.phone.sip.calls.place_call", busy)


def made(study):
    with open_journal(wave_of(study).journal) as journal:
        return journal.value("SELECT count(*) FROM probes WHERE state = 'done'")


def test_a_sign_off_that_is_withdrawn_ends_the_calls(tmp_path, monkeypatch):
    study, _shopper, clock = caller(tmp_path, monkeypatch, 9, **LOOSE)
    all_due(study, clock())
    path = study.path
    withdrawn = path.read_text("utf-8").replace('"invented office"', '""')
    while_it_rings(monkeypatch, lambda: path.write_text(withdrawn, "utf-8"))
    with pytest.raises(DataError, match="approver"):
        call_due(study, live=True, say=str, now=clock, timers=QUICK)
    assert made(study) == 1


def test_a_stop_file_ends_the_calls_and_says_so(tmp_path, monkeypatch):
    study, _shopper, clock = caller(tmp_path, monkeypatch, 9, **LOOSE)
    all_due(study, clock())
    while_it_rings(monkeypatch, lambda: (tmp_path / "STOP").touch())
    said = []
    assert call_due(study, live=True, say=said.append, now=clock, timers=QUICK) == {"busy": 1}
    assert "Ended by the file STOP" in said[-1] and made(study) == 1


def test_the_password_comes_from_the_environment_and_shows_nowhere(tmp_path, monkeypatch):
    study, _shopper, _clock = caller(tmp_path, monkeypatch, 5060)
    assert PASSWORD not in repr(account_of(study))
    monkeypatch.delenv("CAREBENCH_SIP_PASSWORD")
    with pytest.raises(DataError, match="CAREBENCH_SIP_PASSWORD"):
        account_of(study)


@pytest.mark.parametrize(
    ("key", "value", "told"),
    [
        ("server", "no port", "host:port"),
        ("user", "x>\r\nP-Asserted-Identity: y", "letters, digits"),
        ("hold", "10 min", "from 0 to 60"),
        ("ring", "soon", "ring"),
        ("user", "", "user is missing"),
    ],
)
def test_an_account_that_cannot_be_is_refused_when_the_study_is_read(tmp_path, key, value, told):
    sip = {"server": "127.0.0.1:5060", "user": "audit"} | {key: value}
    with pytest.raises(DataError, match=told):
        load_study(field_study(tmp_path, **{"fieldwork.sip": sip}))
