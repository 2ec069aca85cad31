"""What was signed is what is done: one page, one code, one plan; more needs a new signature."""

from __future__ import annotations

import json
import re
import tomllib
from dataclasses import asdict
from datetime import UTC, datetime

import pytest

from carebench.cli import main
from carebench.fieldwork.ethics import gate
from carebench.fieldwork.ethics.approval import write_approval
from carebench.fieldwork.ethics.signature import PAGE, terms_of
from carebench.fieldwork.journal import open_journal
from carebench.fieldwork.plan import lock_plan, locked_probes, make_plan
from carebench.fieldwork.wave import wave_of
from carebench.schema import DataError
from carebench.study import load_study
from field_studies import EMAILS, PHONES, PROVIDERS, field_study
from journals import OnMonday

NOW = datetime(2026, 11, 29, tzinfo=UTC)
OTHER = {"fieldwork.channels.email.attempts": 9}


def lock(folder, **changes):
    study = load_study(field_study(folder, **changes))
    lock_plan(study, make_plan(study), instead=True)
    return study


def page_of(study, code="en"):
    with open_journal(wave_of(study).journal) as journal:
        path = write_approval(study, journal, wave_of(study), code, now=NOW)
    return path.read_text(encoding="utf-8")


def code_of(study):
    """The code on the page that is written of the study as it is now."""
    return re.findall(r"Code of this page: ([0-9a-f]{12}-[0-9a-f]{8})\.", page_of(study))[0]


def missing(study, page, **changes):
    path = field_study(study.path.parent, **{"fieldwork.sign_off.page": page} | changes)
    with open_journal(wave_of(study).journal) as journal:
        return gate.missing(load_study(path), wave_of(study), journal, NOW)


def test_nothing_is_sent_before_the_page_of_this_plan_is_signed(tmp_path):
    study = lock(tmp_path)
    (fault,) = missing(study, "")
    assert "sign_off.page" in fault and "probe approve" in fault
    page = code_of(study)
    assert page.startswith(make_plan(study).hash[:12])
    assert missing(study, page) == []
    (fault,) = missing(study, "0" * 12 + "-" + "0" * 8)
    assert "no page with the code '000000000000-00000000' was written" in fault


def test_a_plan_that_took_the_place_of_the_approved_one_is_not_approved(tmp_path):
    page = code_of(lock(tmp_path))
    later = lock(tmp_path, **OTHER)
    (fault,) = missing(later, page, **OTHER)
    assert (
        f"page {page} is of plan {page[:12]}, and {make_plan(later).hash[:12]} is locked" in fault
    )
    assert missing(later, code_of(load_study(field_study(tmp_path, **OTHER))), **OTHER) == []


MORE = {
    "budget": (201, "at most 200 contacts, and budget is 201"),
    "recipients": ([*EMAILS, *PHONES, "else@where.example"], "does not name else@where.example"),
    "purpose": ("to sell the kit", "purpose was 'to test the kit' and is 'to sell the kit'"),
    "basis": ("competitor", "basis was 'own' and is 'competitor'"),
}


@pytest.mark.parametrize("key", MORE)
def test_what_goes_beyond_the_signed_page_is_refused_in_words(tmp_path, key):
    study = lock(tmp_path)
    page, (value, said) = code_of(study), MORE[key]
    (fault,) = missing(study, page, **{f"fieldwork.sign_off.{key}": value})
    assert said in fault and "now be signed" in fault


@pytest.mark.parametrize(("key", "value"), [("address", "x@else.example"), ("alias", "catch_all")])
def test_another_sender_than_the_signed_page_names_is_refused_in_words(tmp_path, key, value):
    study = lock(tmp_path)
    assert "E-mails come from: audit+…@kit.example" in page_of(study)
    (fault,) = missing(study, code_of(study), **{f"fieldwork.mail.{key}": value})
    assert "sender was 'audit+…@kit.example' and is" in fault and "now be signed" in fault


def test_a_page_of_before_senders_were_asked_is_to_be_signed_anew(tmp_path):
    study = lock(tmp_path)
    with open_journal(wave_of(study).journal) as journal:
        said = asdict(terms_of(study, journal))
        del said["sender"]
        with journal.transaction() as connection:
            values = (f"{PAGE}old", json.dumps(said))
            connection.execute("INSERT INTO facts VALUES (?, ?)", values)
    (fault,) = missing(study, "old")
    assert "sender was '' and is 'audit+…@kit.example'" in fault


def test_less_than_was_signed_needs_no_new_signature(tmp_path):
    study = lock(tmp_path, **{"fieldwork.sign_off.recipients": [*EMAILS, *PHONES, "x@y.example"]})
    page = code_of(study)
    less = {"fieldwork.sign_off.budget": 100, "fieldwork.sign_off.recipients": [*EMAILS, *PHONES]}
    assert missing(study, page, **less) == []


def test_a_page_that_may_bear_a_signature_is_never_written_again(tmp_path):
    study = lock(tmp_path)
    code = code_of(study)
    page = wave_of(study).folder / f"approval-{code}-en.txt"
    page.write_text("signed", encoding="utf-8")
    assert page_of(study) == "signed"


def test_the_code_of_a_page_that_was_written_for_another_journal_opens_nothing(tmp_path):
    page = code_of(lock(tmp_path / "signed"))
    study = lock(tmp_path / "copied")
    (fault,) = missing(study, page)
    assert f"no page with the code {page!r} was written for this wave" in fault
    assert code_of(study) == page and missing(study, page) == []


@pytest.mark.parametrize("said", [None, "on Sunday", "2026-11-01T08:00:00"])
def test_a_lock_without_its_moment_is_said_to_be_none(tmp_path, said):
    study = lock(tmp_path)
    page, path = code_of(study), wave_of(study).lock
    told = json.loads(path.read_text(encoding="utf-8")) | {"locked_utc": said}
    if said is None:
        del told["locked_utc"]
    path.write_text(json.dumps(told), encoding="utf-8")
    (fault,) = missing(study, page)
    assert "is no lock of a plan. `carebench plan STUDY --lock` writes it again" in fault


def test_a_page_to_which_something_is_missing_is_a_draft_without_a_code(tmp_path):
    study = lock(tmp_path, **{"fieldwork.sign_off.budget": 0})
    assert "not to be signed yet" in page_of(study) and "Code of this page" not in page_of(study)
    with open_journal(wave_of(study).journal) as journal:
        assert journal.value("SELECT count(*) FROM facts WHERE name LIKE 'page:%'") == 0


def test_the_page_names_whom_the_sign_off_allows_beyond_the_plan(tmp_path):
    wide = [*EMAILS, *(f" {number} " for number in PHONES), "spare@alder.example"]
    page = " ".join(page_of(lock(tmp_path, **{"fieldwork.sign_off.recipients": wide})).split())
    assert "nothing is planned there: spare@alder.example" in page


def test_the_day_of_the_lock_cannot_be_put_back_by_hand(tmp_path):
    wave = wave_of(lock(tmp_path))
    said = json.loads(wave.lock.read_text("utf-8"))
    wave.lock.write_text(json.dumps(said | {"locked_utc": "2026-01-01T00:00:00.000000Z"}))
    with pytest.raises(DataError, match="was changed after the plan was locked"):
        locked_probes(wave)


def test_the_line_of_recipients_is_whole_and_can_be_pasted(tmp_path):
    study = lock(tmp_path, **{"fieldwork.sign_off.recipients": [EMAILS[1]]})
    (fault,) = missing(study, "", **{"fieldwork.sign_off.recipients": [EMAILS[1]]})
    line = re.findall(r"^ +(recipients = .*)$", fault, re.M)[0]
    assert set(tomllib.loads(line)["recipients"]) == {*EMAILS, *PHONES}
    assert "would contact 5 that it does not name" in fault


def test_the_command_says_what_to_write_when_the_page_is_signed(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr("carebench.cli.probe.datetime", OnMonday)
    study = lock(tmp_path)
    path = str(study.path)
    assert main(["probe", "approve", path]) == 0
    out = capsys.readouterr().out
    assert "at most 200 contacts and 6 addresses and numbers" in out
    page = tomllib.loads(re.findall(r"^ +(page = .*)$", out, re.M)[0])["page"]
    field_study(tmp_path, **{"fieldwork.sign_off.page": page})
    assert main(["probe", "approve", path]) == 0
    assert "All of it is signed for" in capsys.readouterr().out
    field_study(tmp_path, **{"fieldwork.sign_off.page": page, "fieldwork.sign_off.budget": 0})
    assert main(["probe", "approve", path]) == 0
    assert "The page is a draft" in capsys.readouterr().out


def test_the_page_shows_the_words_in_every_language_in_which_they_are_sent(tmp_path):
    study = lock(tmp_path, **{f"fieldwork.providers.{PROVIDERS[0]}.language": "vi"})
    page = " ".join(page_of(study, "en").split())
    for scenario in study.fieldwork.scenarios.values():
        for code in ("en", "vi"):
            assert " ".join(scenario.text[code].split()) in page
