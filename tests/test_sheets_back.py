"""What a shopper wrote into a workbook finds its way back into the journal, in both languages."""

from __future__ import annotations

import json
from datetime import datetime, time

import pytest
from openpyxl import load_workbook

from carebench.fieldwork.journal import open_journal
from carebench.fieldwork.sheets.columns import column_of
from carebench.fieldwork.wave import wave_of
from carebench.language import catalogue
from carebench.study import load_study
from field_studies import field_study
from imports_study import import_files
from journals import put
from test_sheets import probes, written

ON_THE_PHONE = {"sent_at": time(9, 15, 30), "acknowledged_at": time(9, 15, 41),
                "queue_at": "9h16", "answered_at": "9:18", "observed_until": time(9, 21),
                "outcome": "answered by a person", "resolved": "yes", "suspected": "no",
                "friendliness": 4, "empathy": 5, "note": "all went well"}  # fmt: skip
LATER = {"sent_at": time(23, 50), "answered_on": datetime(2026, 12, 3, 8, 30),
         "resolved_on": datetime(2026, 12, 3, 9, 0), "observed_on": "2026-12-05 10:00",
         "outcome": "answered by a person", "resolved": "yes"}  # fmt: skip
NOBODY = {"sent_at": time(23, 58), "observed_until": time(0, 3), "outcome": "nobody answered",
          "fault": "ours"}  # fmt: skip


def fill(path, token, values, language):
    """Write as a shopper would: in the cells of the row, in the words of the lists."""
    book = load_workbook(path)
    for sheet in book:
        for (cell,) in sheet.iter_rows(min_row=2, max_col=1):
            if cell.value == token:
                for heading in sheet[1]:
                    column = column_of(heading.value)
                    if column.field in values:
                        said = values[column.field]
                        if column.words and language == "vi":
                            said = catalogue("vi").get(said, said)
                        sheet.cell(cell.row, heading.column).value = said
    book.save(path)


@pytest.fixture
def study(tmp_path):
    return load_study(field_study(tmp_path))


def brought_back(study, filled, language):
    """The workbook filled in and imported: what is planned, the records by token, the journal."""
    planned = probes(10)
    with open_journal(wave_of(study).make().journal, make=True) as journal:
        put(journal, *planned)
    path = written(study, planned, language)["attempts-s1.xlsx"]
    for at, values in filled.items():
        fill(path, planned[at].token, values, language)
    (summary,) = import_files(study, [path])
    assert not summary.problems, summary.problems
    with open_journal(wave_of(study).journal) as journal:
        kept = {row["token"]: json.loads(row["attempt"]) for row in
                journal.rows("SELECT token, attempt FROM records")}  # fmt: skip
        scores = {(row["attempt_id"], row["item"]): row["score"] for row in
                  journal.rows("SELECT * FROM ratings")}  # fmt: skip
    return planned, kept, scores


def moment(text):
    return datetime.fromisoformat(text).strftime("%Y-%m-%d %H:%M:%S")


@pytest.mark.parametrize("language", ["en", "vi"])
def test_a_call_comes_back_with_its_times_in_world_time_and_its_words_as_codes(study, language):
    planned, kept, scores = brought_back(study, {0: ON_THE_PHONE}, language)
    (attempt,) = kept.values()
    token = planned[0].token
    assert list(kept) == [token]
    assert moment(attempt["sent_at"]) == "2026-11-30 02:15:30"  # Hanoi is seven hours ahead
    assert moment(attempt["acknowledged_at"]) == "2026-11-30 02:15:41"
    assert moment(attempt["answered_at"]) == "2026-11-30 02:18:00"
    assert moment(attempt["observed_until"]) == "2026-11-30 02:21:00"
    assert (attempt["outcome"], attempt["resolved"], attempt["suspected"]) == (
        "answered", "yes", "no")  # fmt: skip
    assert scores == {(token, "friendliness"): 4, (token, "empathy"): 5}
    assert "note" not in attempt


def test_an_answer_of_a_later_day_comes_back_with_its_own_day(study):
    planned, kept, _scores = brought_back(study, {3: LATER}, "en")
    attempt = kept[planned[3].token]
    assert moment(attempt["answered_at"]) == "2026-12-03 01:30:00"
    assert moment(attempt["resolved_at"]) == "2026-12-03 02:00:00"
    assert moment(attempt["observed_until"]) == "2026-12-05 03:00:00"


def test_a_call_past_midnight_ends_on_the_next_day(study):
    planned, kept, _scores = brought_back(study, {5: NOBODY}, "en")
    attempt = kept[planned[5].token]
    begun, ended = (datetime.fromisoformat(attempt[name]) for name in ("sent_at", "observed_until"))
    assert (ended - begun).total_seconds() == 300
    assert (attempt["outcome"], attempt["fault"]) == ("no_answer", "ours")


def test_rows_that_nobody_filled_in_are_no_attempts(study):
    _planned, kept, _scores = brought_back(study, {0: ON_THE_PHONE, 5: NOBODY}, "en")
    assert len(kept) == 2
