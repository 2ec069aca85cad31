"""The form for tablets: taken by pyxform and by ODK Validate, and asking what it should."""

from __future__ import annotations

import shutil
import time
import xml.etree.ElementTree as ET
from datetime import UTC, datetime

import pytest
from openpyxl import load_workbook
from pyxform.xls2xform import convert

from carebench.fieldwork.sheets.checking import check_form
from carebench.fieldwork.sheets.columns import BY_HAND, in_languages
from carebench.fieldwork.sheets.forms import (
    LANGUAGE_TITLES,
    TRANSLATED,
    choices,
    survey,
    write_form,
)
from carebench.schema import TABLES, DataError
from carebench.schema.words import FAULTS, OUTCOMES, SIX_POINTS
from carebench.study import load_study
from conftest import skip_or_fail
from field_studies import field_study
from test_sheets import probes

MADE = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
X = {"x": "http://www.w3.org/2002/xforms", "h": "http://www.w3.org/1999/xhtml"}


@pytest.fixture
def study(tmp_path):
    return load_study(field_study(tmp_path))


@pytest.fixture
def form(study, tmp_path):
    return write_form(tmp_path / "form.xlsx", study, probes(20), MADE)


def model(form):
    return ET.fromstring(check_form(form))


def test_the_form_is_taken_without_a_warning_and_fast(form):
    started = time.process_time()
    assert check_form(form)
    assert time.process_time() - started < 5


def test_odk_validate_takes_it_too(form):
    if not shutil.which("java"):
        skip_or_fail("java is not installed, which ODK Validate needs")
    assert convert(xlsform=form, validate=True).xform == check_form(form)


def test_a_form_with_a_fault_is_refused_with_its_reason(form):
    book = load_workbook(form)
    book["survey"]["A2"] = "no such type"
    book.save(form)
    with pytest.raises(DataError, match=r"form\.xlsx.*no such type"):
        check_form(form)


def test_whatever_is_shown_is_shown_in_both_languages(form):
    text = {
        translation.get("lang"): {entry.get("id") for entry in translation.findall("x:text", X)}
        for translation in model(form).iter(f"{{{X['x']}}}translation")
    }
    assert set(text) == set(LANGUAGE_TITLES.values())
    english, vietnamese = text.values()
    assert english == vietnamese and len(english) > 60


def test_no_question_lacks_a_word_in_either_language(study):
    for row in [*survey(), *choices(study, probes(5))]:
        for column in TRANSLATED:
            if column in row:
                assert set(row[column]) == set(LANGUAGE_TITLES) and all(row[column].values())


def test_one_submission_is_one_attempt(form):
    root = model(form)
    assert not list(root.iter(f"{{{X['x']}}}repeat"))


def test_the_names_of_a_submission_are_those_of_the_table(form):
    names = {row["name"] for row in survey()}
    needed = {"sent_at", "acknowledged_at", "answered_at", "resolved_at", "observed_until",
              "resolved", "outcome", "fault", "suspected"}  # fmt: skip
    assert needed <= names & {column.name for column in TABLES["attempts"].columns}
    assert {"token", "shopper", "channel", *SIX_POINTS} <= names


def test_every_stamp_keeps_the_time_of_day(form):
    # A calculation that is text keeps the day alone on some clients: getodk/javarosa#226.
    binds = {bind.get("nodeset").rpartition("/")[2]: bind for bind in model(form).iter(
        f"{{{X['x']}}}bind")}  # fmt: skip
    stamps = ("begun_at", "machine_at", "queue_at", "person_at", "ended_at", "sent_at",
              "acknowledged_at", "answered_at", "resolved_at", "observed_until")  # fmt: skip
    for name in stamps:
        assert binds[name].get("type") == "dateTime", name


def test_a_stamp_is_set_when_its_button_is_pressed(form):
    events = {
        setter.get("ref").rpartition("/")[2]: (setter.get("event"), setter.get("value"))
        for setter in model(form).iter(f"{{{X['x']}}}setvalue")
    }
    for name in ("begun_at", "machine_at", "queue_at", "person_at", "ended_at"):
        event, value = events[name]
        assert event == "xforms-value-changed" and "now()" in value


def test_lists_hold_the_words_of_the_tables(study):
    listed = {}
    for row in choices(study, probes(20)):
        listed.setdefault(row["list_name"], []).append(row["name"])
    assert listed["outcomes"] == list(OUTCOMES) and listed["faults"] == list(FAULTS)
    assert set(listed["channels"]) == set(BY_HAND)
    assert len(listed["probes"]) == 21 and listed["probes"][-1] == "typed"


def test_a_name_with_the_marks_of_a_form_is_only_a_name(study, tmp_path):
    odd = probes(5, provider="${shopper} <b>&amp;</b> \"x\" 'y'")
    form = write_form(tmp_path / "odd.xlsx", study, odd, MADE)
    text = "".join(model(form).itertext())
    assert "<b>&amp;</b>" in text and "$ {shopper}" in text


def test_the_form_opens_in_the_language_of_the_study(study, tmp_path):
    from carebench.language import speaking

    with speaking("vi"):
        form = write_form(tmp_path / "vi.xlsx", study, probes(5), MADE)
    default = next(t for t in model(form).iter(f"{{{X['x']}}}translation") if t.get("default"))
    assert default.get("lang") == LANGUAGE_TITLES["vi"]


def test_labels_are_the_messages_of_the_catalogue(study):
    first = next(row for row in survey() if row["name"] == "shopper")
    assert first["label"] == in_languages("Your code")
