"""Coding with buttons: a press is a code, and a code is on the disk."""

from __future__ import annotations

import ast
import json

import pytest

from carebench import language
from carebench.fieldwork.coding import buttons, queue
from carebench.fieldwork.coding.buttons import CodeForm, code_form
from carebench.fieldwork.journal import open_journal
from carebench.fieldwork.phone.capture import Sentence
from carebench.fieldwork.wave import wave_of
from carebench.study import load_study
from coded_waves import answer, coded_wave, record
from conftest import EXAMPLE, ROOT
from field_studies import field_study

pytest.importorskip("ipywidgets")


@pytest.fixture
def wave(tmp_path):
    with coded_wave(tmp_path) as found:
        yield found


@pytest.fixture(autouse=True)
def _in_english(monkeypatch):
    monkeypatch.setattr(buttons, "UNREAD_S", 0.0)  # tests read at once
    yield
    language.use("en")


def _codes(journal):
    return [tuple(row) for row in journal.rows("SELECT item, coder, label FROM codes")]


def test_each_press_is_kept_and_the_next_item_comes(wave):
    study, journal = wave
    expected = [item.item for item in queue(journal, study, "C1")]
    form = CodeForm(study, "C1")
    assert form.item.item == expected[0]
    form.buttons["human"].click()
    assert _codes(journal) == [(expected[0], "C1", "human")]
    assert form.item.item == expected[1]
    assert "Coded in this sitting: 1. Left: 17." in form.progress.value


def test_a_slip_can_be_undone_and_is_noted(wave):
    study, journal = wave
    form = CodeForm(study, "C1")
    first = form.item
    assert form.undo.disabled
    form.buttons["survey"].click()
    form.undo.click()
    assert _codes(journal) == [] and form.item == first
    assert journal.value("SELECT kind FROM events") == "code_taken_back"


def test_a_double_click_codes_no_item_that_nobody_has_read(wave, monkeypatch):
    study, journal = wave
    clock = [100.0]
    monkeypatch.setattr(buttons, "monotonic", lambda: clock[0])
    monkeypatch.setattr(buttons, "UNREAD_S", 0.5)
    form = CodeForm(study, "C1")
    clock[0] += 5
    form.buttons["human"].click()
    form.buttons["human"].click()
    assert len(_codes(journal)) == 1
    clock[0] += 5
    form.buttons["human"].click()
    clock[0] += 5
    form.undo.click()
    form.undo.click()  # takes back one
    assert len(_codes(journal)) == 1


def test_the_rules_make_room_once_coding_has_begun(wave):
    study, _journal = wave
    form = CodeForm(study, "C1")
    assert form.guide.selected_index == 0 and "18" in form.guide.children[0].value
    form.buttons["human"].click()
    assert form.guide.selected_index is None
    assert "overflow-y: auto" in form.text.value  # a long message leaves the buttons in sight


def test_what_cannot_be_told_stands_last_for_messages_and_for_calls(wave):
    study, _journal = wave
    assert list(CodeForm(study, "C1").buttons)[-1] == "unsure"


def test_all_is_coded_by_clicks_and_then_nothing_is_left(wave):
    study, journal = wave
    form = CodeForm(study, "C1")
    for _press in range(18):
        form.buttons["auto_ack"].click()
    assert form.item is None and len(_codes(journal)) == 18
    form.buttons["auto_ack"].click()  # on no item: nothing happens
    assert len(_codes(journal)) == 18
    assert code_form(study.path, "C1") == "There is nothing left to code."


def test_a_new_sitting_goes_on_where_the_last_one_ended(wave):
    study, _journal = wave
    CodeForm(study, "C1").buttons["human"].click()
    form = CodeForm(study, "C1")
    assert "Left: 17." in form.progress.value and form.undo.disabled


def test_a_hostile_text_is_shown_as_text(wave):
    study, journal = wave
    with journal.transaction() as connection:
        connection.execute("DELETE FROM labels")
    text = "<img src=x onerror=alert(1)><script>1</script> Alder"
    answer(journal, "Alder Invented Power", 700, "unsure", text=text)
    form = CodeForm(study, "C1")
    assert "<img" not in form.text.value and "<script" not in form.text.value
    assert "Alder" not in form.text.value


def test_a_call_has_the_labels_of_a_call(wave):
    study, journal = wave
    with journal.transaction() as connection:
        connection.execute("DELETE FROM labels")
    record(journal, "call1", provider="Birch Invented Water", channel="phone")
    form = CodeForm(study, "C1")
    assert form.buttons["human"].layout.display == "none"
    form.buttons["human"].click()
    assert _codes(journal) == []
    form.buttons["menu_only"].click()
    assert _codes(journal) == [("call1", "C1", "menu_only")]


def test_without_a_journal_there_is_a_sentence(tmp_path):
    for path in (field_study(tmp_path), EXAMPLE):
        said = code_form(path, "C1")
        assert isinstance(said, Sentence) and "nothing to code" in said


def test_whoever_gives_a_name_for_a_code_is_told_so_in_a_sentence(tmp_path):
    said = code_form(field_study(tmp_path), "An Giả Định")
    assert isinstance(said, Sentence) and "“An Giả Định” is no code of a coder" in said


def test_the_notebook_is_short_and_shows_what_it_says():
    cells = json.loads((ROOT / "notebooks/fieldwork/code.ipynb").read_text("utf-8"))["cells"]
    code = [cell for cell in cells if cell["cell_type"] == "code"]
    assert 2 <= len(code) <= 4
    for cell in code:
        ast.parse("".join(cell["source"]))
    said = "".join(code[-1]["outputs"][0]["data"]["text/plain"])
    assert said == code_form(EXAMPLE, "C1")


def test_two_coders_press_at_the_same_time(wave):
    study, journal = wave
    forms = [CodeForm(study, coder) for coder in ("C1", "C2")]
    for _press in range(18):
        for form in forms:
            form.buttons["bot"].click()
    assert len(_codes(journal)) == 36
    with open_journal(wave_of(load_study(study.path)).journal) as again:
        assert queue(again, study, "C3") == []
