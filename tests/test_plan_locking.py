"""A locked plan stays as it is, whatever is killed, edited or run twice."""

from __future__ import annotations

import json
import re
import signal
import stat
import subprocess
import sys
from datetime import timedelta

import pytest
from openpyxl import load_workbook

from carebench.cli import main
from carebench.fieldwork.journal import open_journal
from carebench.fieldwork.journal.contact import stop_contact
from carebench.fieldwork.journal.runner import only_runner
from carebench.fieldwork.plan import (
    lock_plan,
    locked_probes,
    make_plan,
    past,
    read_lock,
    state_of_lock,
    write_draft,
)
from carebench.fieldwork.probe import from_text
from carebench.fieldwork.sheets.columns import column_of
from carebench.fieldwork.wave import wave_of
from carebench.schema import DataError
from carebench.study import load_study
from field_studies import EMAILS, PHONES, PROVIDERS, field_study

OTHER = {"fieldwork.channels.email.attempts": 9}


def study_of(folder, **changes):
    return load_study(field_study(folder, **changes))


def locked(folder, **changes):
    study = study_of(folder, **changes)
    return study, lock_plan(study, make_plan(study))


def journal_rows(wave):
    with open_journal(wave.journal) as journal:
        return [tuple(row) for row in journal.rows("SELECT * FROM probes ORDER BY token")]


def test_a_locked_plan_holds_every_probe_with_a_name_of_its_own(tmp_path):
    study, wave = locked(tmp_path)
    probes = locked_probes(wave)
    assert len({probe.token for probe in probes}) == len(probes) == 51
    assert all(len(probe.token) == 16 for probe in probes)
    with open_journal(wave.journal) as journal:
        rows = {row["token"]: row for row in journal.rows("SELECT * FROM probes")}
        assert journal.fact("plan") == read_lock(wave)["hash"]
    assert set(rows) == {probe.token for probe in probes}
    for probe in probes:
        row, contact = rows[probe.token], study.fieldwork.providers[probe.provider]
        assert row["state"] == "planned"
        assert row["recipient"] == getattr(contact, probe.channel) == row["centre"]
        assert row["watched_s"] == (14 * 86400 if probe.channel == "email" else 300)
        assert (row["message_id"] is not None) == (probe.channel == "email")
        assert (row["raw"] is not None) == (probe.channel == "email")


def test_the_same_lock_again_changes_nothing(tmp_path):
    study, wave = locked(tmp_path)
    before = journal_rows(wave), wave.plan.read_bytes(), wave.lock.read_bytes()
    lock_plan(study, make_plan(study))
    assert (journal_rows(wave), wave.plan.read_bytes(), wave.lock.read_bytes()) == before
    assert state_of_lock(study, make_plan(study)) == "same"


def test_another_plan_is_refused_and_the_message_says_what_differs(tmp_path):
    _study, wave = locked(tmp_path)
    before = journal_rows(wave), wave.plan.read_bytes()
    other = study_of(tmp_path, **OTHER, **{"fieldwork.providers.Alder Invented Power.zone": "UTC"})
    with pytest.raises(DataError) as refused:
        lock_plan(other, make_plan(other))
    said = str(refused.value)
    assert "fieldwork.channels.email.attempts was 8 and is 9" in said
    assert "fieldwork.providers.Alder Invented Power.zone was '' and is 'UTC'" in said
    assert "another `wave`" in said
    assert (journal_rows(wave), wave.plan.read_bytes()) == before


def test_what_decides_nothing_of_the_plan_may_change_after_it_is_locked(tmp_path):
    locked(tmp_path)
    later = study_of(tmp_path, **{"fieldwork.sign_off.approver": "another office"})
    assert state_of_lock(later, make_plan(later)) == "same"


def test_another_wave_is_another_folder(tmp_path):
    _study, first = locked(tmp_path)
    _later, second = locked(tmp_path, wave="2027-Q1", **OTHER)
    assert first.folder != second.folder
    assert not {p.token for p in locked_probes(first)} & {p.token for p in locked_probes(second)}


def test_a_plan_of_which_nothing_was_done_can_be_replaced_on_request(tmp_path):
    _study, wave = locked(tmp_path)
    other = study_of(tmp_path, **OTHER)
    lock_plan(other, make_plan(other), instead=True)
    assert len(locked_probes(wave)) == 54
    assert len(journal_rows(wave)) == 54


def test_a_plan_under_way_is_never_replaced(tmp_path):
    _study, wave = locked(tmp_path)
    with open_journal(wave.journal) as journal, journal.transaction() as connection:
        connection.execute(
            "UPDATE probes SET state = 'sent' WHERE token = (SELECT min(token) FROM probes)"
        )
    before = journal_rows(wave)
    other = study_of(tmp_path, **OTHER)
    with pytest.raises(DataError, match="1 attempts of the locked plan are under way"):
        lock_plan(other, make_plan(other), instead=True)
    assert journal_rows(wave) == before
    assert len(locked_probes(wave)) == 51


def test_a_plan_can_be_replaced_after_somebody_asked_to_be_left_in_peace(tmp_path):
    _study, wave = locked(tmp_path)
    with open_journal(wave.journal) as journal:
        assert stop_contact(journal, EMAILS[0], "asked by telephone") == 8
    other = study_of(tmp_path, **OTHER)
    lock_plan(other, make_plan(other), instead=True)
    assert len(locked_probes(wave)) == 54
    with open_journal(wave.journal) as journal:
        assert journal.value("SELECT reason FROM do_not_contact") == "asked by telephone"
        states = journal.rows("SELECT DISTINCT state FROM probes WHERE recipient = ?", EMAILS[0])
        assert [row["state"] for row in states] == ["cancelled"], "the new plan heard it, too"
        assert journal.value("SELECT count(*) FROM probes WHERE state = 'planned'") == 54 - 9
        told = journal.value("SELECT detail FROM events WHERE kind = 'replaced'")
        assert str(told).startswith("51 attempts of plan ")
        query = "SELECT count(*) FROM events WHERE kind = 'do_not_contact' AND token IS NULL"
        assert journal.value(query) == 1 + 8, "what happened stays known"


def test_whoever_asked_before_there_was_a_plan_is_in_no_plan(tmp_path):
    study = study_of(tmp_path)
    with open_journal(wave_of(study).make().journal, make=True) as journal:
        stop_contact(journal, PHONES[0], "asked")
    lock_plan(study, make_plan(study))
    with open_journal(wave_of(study).journal) as journal:
        query = "SELECT count(*) FROM probes WHERE recipient = ? AND state = 'planned'"
        assert (journal.value(query, PHONES[0]), journal.value(query, PHONES[1])) == (0, 9)


EDITS = {
    "another day": lambda text: text.replace("2026-12-0", "2026-12-1", 1),
    "a row taken out": lambda text: "\n".join(text.split("\n")[:-2]) + "\n",
    "another token": lambda text: text.replace(text.split("\n")[1][:16], "a" * 16),
    "saved by a spreadsheet": lambda text: "\ufeff" + text.replace("\n", "\r\n"),
    "no table": lambda text: "hello",
    "a word for a truth": lambda text: text.replace(",False,", ",no,", 1),
    "a word for a number": lambda text: text.replace(",False,", ",False,two", 1),
    "nothing": lambda text: "",
}


@pytest.mark.parametrize("edit", EDITS)
def test_a_plan_edited_by_hand_is_noticed_and_can_be_written_again(tmp_path, edit):
    study, wave = locked(tmp_path)
    text = wave.plan.read_text()
    wave.plan.write_text(EDITS[edit](text))
    with pytest.raises(DataError, match="carebench plan"):
        locked_probes(wave)
    lock_plan(study, make_plan(study))
    assert wave.plan.read_text() == text


def test_an_edited_lock_is_noticed(tmp_path):
    _study, wave = locked(tmp_path)
    whole = wave.lock.read_text()
    settings = {**json.loads(whole)["settings"], "fieldwork.seed": 3}
    for edit in ({"settings": settings}, {"hash": "0" * 64}, {"wave": "2027-Q1"}):
        wave.lock.write_text(json.dumps(json.loads(whole) | edit))
        with pytest.raises(DataError, match="was changed after the plan was locked"):
            locked_probes(wave)
    wave.lock.write_text("{")
    with pytest.raises(DataError, match="damaged"):
        locked_probes(wave)


def test_a_draft_locks_nothing(tmp_path):
    study = study_of(tmp_path)
    draft = write_draft(study, make_plan(study))
    assert len(from_text(draft.read_text())) == 51
    with pytest.raises(DataError, match="--lock"):
        locked_probes(wave_of(study))
    wave = lock_plan(study, make_plan(study))
    assert not draft.exists()
    assert stat.S_IMODE(wave.plan.stat().st_mode) == 0o600


KILLED = """
import os, signal, sys
from carebench.fieldwork.plan import locking, make_plan
from carebench.study import load_study
point, seen = int(sys.argv[2]), 0
def dies(whole):
    def step(*args, **kwargs):
        global seen
        seen += 1
        if seen == point:
            os.kill(os.getpid(), signal.SIGKILL)
        return whole(*args, **kwargs)
    return step
for name in ("_add", "_write", "_lock"):
    setattr(locking, name, dies(getattr(locking, name)))
os.replace, os.fsync = dies(os.replace), dies(os.fsync)
study = load_study(sys.argv[1])
locking.lock_plan(study, make_plan(study))
print("whole")
"""


@pytest.mark.parametrize("point", [1, 2, 27, 53, 54, 55, 58])
def test_a_lock_that_is_killed_anywhere_is_finished_by_doing_it_again(tmp_path, point):
    path = field_study(tmp_path)
    run = subprocess.run(
        [sys.executable, "-c", KILLED, str(path), str(point)], timeout=60, capture_output=True
    )
    assert run.returncode == -signal.SIGKILL, run.stdout + run.stderr
    study = load_study(path)
    wave = wave_of(study)
    with open_journal(wave.journal, make=True) as journal:
        there = int(str(journal.value("SELECT count(*) FROM probes")))
        assert there == (51 if journal.fact("plan") else 0)
    lock_plan(study, make_plan(study))
    assert len(locked_probes(wave)) == len(journal_rows(wave)) == 51


def test_nothing_is_locked_while_another_runner_is_at_work(tmp_path):
    study = study_of(tmp_path)
    plan = make_plan(study)
    with only_runner(wave_of(study).make()), pytest.raises(DataError, match="at work"):
        lock_plan(study, plan)


def test_a_journal_that_imports_have_begun_takes_the_plan(tmp_path):
    study = study_of(tmp_path)
    wave = wave_of(study).make()
    with open_journal(wave.journal, make=True) as journal:
        key = journal.fact("key")
    lock_plan(study, make_plan(study))
    with open_journal(wave.journal) as journal:
        assert journal.fact("key") == key
    assert len(locked_probes(wave)) == 51


def test_a_folder_that_cannot_be_made_and_a_full_disk_are_said_in_words(tmp_path, monkeypatch):
    study = study_of(tmp_path)
    plan = make_plan(study)
    (tmp_path / "fieldwork").write_text("not a folder")
    with pytest.raises(DataError, match="cannot be made"):
        lock_plan(study, plan)
    (tmp_path / "fieldwork").unlink()

    def full(*_paths):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch, pytest.raises(DataError, match="No space left"):
        patch.setattr("carebench.fieldwork.plan.locking.os.replace", full)
        lock_plan(study, plan)
    wave = lock_plan(study, plan)  # the journal has it, and now the files come too
    assert len(locked_probes(wave)) == 51
    assert not list(wave.folder.glob(".plan*"))


def test_an_email_that_cannot_be_written_locks_nothing(tmp_path):
    study = study_of(tmp_path, **{"fieldwork.mail.address": None})
    with pytest.raises(DataError):
        lock_plan(study, make_plan(study))
    assert not (tmp_path / "fieldwork").exists()


WRONG = {
    "a subject": ("scenarios.moving.subject", {"en": "Moving"}, "moving.subject lacks .*`vi`"),
    "an empty text": ("scenarios.moving.text", {"en": " ", "vi": "x"}, "moving.text lacks .*`en`"),
    "a name": ("personas.big.name", {"en": "Ben", "vi": ""}, "big.name lacks the language `vi`"),
    "all names": ("personas", {}, "an invented name to sign"),
    "a mailbox": ("mail.address", "a..b@kit.example", "'a..b@kit.example', which mail programs"),
    "no mailbox": ("mail.address", "", "mail.address is empty"),
    "a domain": ("providers.Birch Invented Water.email", "a@b..example", "Water.email: .*domain"),
}


@pytest.mark.parametrize("what", WRONG)
def test_what_would_keep_a_plan_from_being_locked_is_found_before(tmp_path, capsys, what):
    key, value, said = WRONG[what]
    two = {f"fieldwork.providers.{PROVIDERS[0]}.language": "vi"}
    path = field_study(tmp_path, **two, **{f"fieldwork.{key}": value})
    for words in ([], ["--lock"]):
        assert main(["plan", str(path), *words]) == 1
        assert re.search(said, capsys.readouterr().err)
    assert not (tmp_path / "fieldwork").exists()


def test_plan_on_the_command_line_shows_then_locks_and_then_says_same(tmp_path, capsys):
    path = field_study(tmp_path)
    wave = wave_of(load_study(path))
    assert main(["plan", str(path)]) == 0
    shown = capsys.readouterr().out
    assert "Plan of wave 2026-Q4: 51 attempts" in shown
    assert "A draft, not locked" in shown
    assert not wave.plan.exists()
    assert not wave.journal.exists()
    assert main(["plan", str(path), "--lock"]) == 0
    assert "Nothing was sent" in capsys.readouterr().out
    assert len(locked_probes(wave)) == 51
    assert any(wave.sheets.iterdir())
    assert main(["plan", str(path)]) == 0
    assert "locked already" in capsys.readouterr().out
    assert main(["plan", str(path), "--lock"]) == 0
    assert "locked already" in capsys.readouterr().out


def test_a_wave_that_is_half_over_is_not_locked_without_a_word(tmp_path, capsys):
    path = field_study(tmp_path, **{"fieldwork.starts": "2020-06-01"})
    assert main(["plan", str(path), "--lock"]) == 0
    assert "CAUTION: 51 of 51 attempts were due before now" in capsys.readouterr().out
    assert main(["plan", str(path)]) == 0
    assert "CAUTION" not in capsys.readouterr().out, "what is locked is locked"


def test_the_past_of_a_plan_is_what_missed_its_hour(tmp_path):
    plan = make_plan(load_study(field_study(tmp_path)))
    dues = sorted(probe.due for probe in plan.probes)
    hour = timedelta(hours=1)
    assert past(plan, dues[0] + hour) == []
    assert past(plan, dues[25] + hour)[0].startswith("CAUTION: 25 of 51")


def test_the_command_line_refuses_another_plan_until_it_is_told_to_replace(tmp_path, capsys):
    path = field_study(tmp_path)
    assert main(["plan", str(path), "--lock"]) == 0
    field_study(tmp_path, **OTHER)
    assert main(["plan", str(path), "--lock"]) == 1
    assert "was 8 and is 9" in capsys.readouterr().err
    assert main(["plan", str(path), "--replace"]) == 1
    assert "--lock --replace" in capsys.readouterr().err
    assert main(["probe", "send", str(path)]) == 0
    dry = wave_of(load_study(path)).dry
    assert len(list(dry.iterdir())) == 24
    assert main(["plan", str(path), "--lock", "--replace"]) == 0
    assert len(locked_probes(wave_of(load_study(path)))) == 54
    assert not list(dry.iterdir()), "nobody takes the old e-mails for those of this plan"


def test_the_command_line_says_what_a_study_lacks(tmp_path, capsys):
    path = field_study(tmp_path, **{"fieldwork.starts": None})
    assert main(["plan", str(path)]) == 1
    assert "fieldwork.starts is missing" in capsys.readouterr().err


def test_a_plan_whose_sheets_are_filled_in_is_not_replaced(tmp_path, capsys):
    path = field_study(tmp_path)
    main(["plan", str(path), "--lock"])
    wave = wave_of(load_study(path))
    before = journal_rows(wave)
    fill(wave.sheets / "attempts-s1.xlsx")
    field_study(tmp_path, **OTHER)
    assert main(["plan", str(path), "--lock", "--replace"]) == 1
    assert "has been filled in" in capsys.readouterr().err
    assert journal_rows(wave) == before


def fill(workbook):
    """Write a note to the first attempt, as a shopper does."""
    book = load_workbook(workbook)
    for sheet in book.worksheets:
        for heading in sheet[1]:
            column = column_of(str(heading.value))
            if column and column.field == "note":
                sheet.cell(2, heading.column).value = "rang at nine"
    book.save(workbook)


def test_the_sheets_leave_out_whoever_asked_not_to_be_contacted(tmp_path, capsys):
    path = field_study(tmp_path)
    wave = wave_of(load_study(path))
    main(["plan", str(path), "--lock"])
    assert barred(wave) > 0 and "no sheet has them" not in capsys.readouterr().out
    with open_journal(wave.journal) as journal:
        cancelled = stop_contact(journal, PHONES[0], "asked")
    assert main(["plan", str(path), "--lock"]) == 0
    assert f"{cancelled} attempts are made, begun or cancelled" in capsys.readouterr().out
    assert barred(wave) == 0


def test_the_sheets_leave_out_whoever_asked_so_in_another_wave(tmp_path):
    path = field_study(tmp_path)
    other = wave_of(load_study(field_study(tmp_path, wave="2026-Q3"))).make()
    with open_journal(other.journal, make=True) as journal:
        stop_contact(journal, PHONES[0], "asked")
    field_study(tmp_path)
    assert main(["plan", str(path), "--lock"]) == 0
    assert barred(wave_of(load_study(path))) == 0


def barred(wave):
    """How often the calendars of a wave name the first provider's number."""
    return sum(path.read_text().count(PHONES[0]) for path in wave.sheets.glob("*.ics"))


def test_the_sheets_of_a_shopper_who_has_nothing_left_to_do_are_taken_away(tmp_path):
    path = field_study(tmp_path)
    wave = wave_of(load_study(path))
    main(["plan", str(path), "--lock"])
    with open_journal(wave.journal) as journal:
        for number in PHONES:
            stop_contact(journal, number, "asked")
    assert main(["plan", str(path), "--lock"]) == 0
    assert list(wave.sheets.iterdir()) == []
