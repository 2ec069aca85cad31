"""Call sheets and calendars: what a shopper needs, and nothing that can go wrong on the way."""

from __future__ import annotations

import base64
import hashlib
import re
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from openpyxl import load_workbook

from carebench.fieldwork.letters import reference_of
from carebench.fieldwork.sheets import write_sheets
from carebench.fieldwork.sheets.calendar import calendar_text
from carebench.fieldwork.sheets.columns import (
    BY_HAND,
    COLUMNS,
    LATER,
    code_of,
    column_of,
    columns_of,
    in_languages,
)
from carebench.fieldwork.sheets.words import CHANNEL_TITLES
from carebench.fieldwork.wave import wave_of
from carebench.language import speaking
from carebench.schema import CHANNELS, TABLES, DataError
from carebench.schema.words import FAULTS, OUTCOMES, SIX_POINTS
from carebench.study import load_study
from field_studies import PROVIDERS, field_study
from journals import MONDAY, a_probe

MADE = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)


def token(number):
    digest = hashlib.sha256(str(number).encode()).digest()
    return base64.b32encode(digest)[:16].decode().lower()


def probes(n=10, **changes):
    return [
        a_probe(
            token(i),
            MONDAY + timedelta(hours=7 * i),
            **{"channel": BY_HAND[i % 5], "provider": PROVIDERS[i % 3]} | changes,
        )
        for i in range(n)
    ]


@pytest.fixture
def study(tmp_path):
    return load_study(field_study(tmp_path))


def written(study, planned, language="en"):
    wave = wave_of(study).make()
    return {path.name: path for path in write_sheets(study, planned, wave, language)}


def rows(sheet):
    """The filled part of a sheet of attempts, by field."""
    fields = [column_of(cell.value).field for cell in sheet[1]]
    found = sheet.iter_rows(min_row=2, values_only=True)
    return [dict(zip(fields, row, strict=True)) for row in found]


def test_every_shopper_gets_a_workbook_and_a_calendar_of_their_own_and_there_is_one_form(study):
    planned = [*probes(9, shopper="s1"), a_probe(token(99), channel="visit", shopper="s2")]
    assert list(written(study, planned)) == [
        "attempts-s1.xlsx", "attempts-s1.ics", "attempts-s2.xlsx", "attempts-s2.ics", "form.xlsx",
    ]  # fmt: skip


def test_emails_need_no_sheets(study):
    assert written(study, [a_probe(token(1))]) == {}


def test_a_caller_that_is_no_person_needs_no_sheets(tmp_path):
    account = {"server": "127.0.0.1:5060", "user": "audit"}
    study = load_study(field_study(tmp_path, **{"fieldwork.sip": account}))
    calls = probes(2, channel="phone", shopper="sip")
    assert written(study, calls) == {}
    assert "attempts-sip.xlsx" in written(load_study(field_study(tmp_path / "by-hand")), calls)


def test_each_attempt_stands_once_on_the_sheet_of_its_channel_in_the_order_of_time(study):
    planned = probes(20)
    book = load_workbook(written(study, reversed(planned))["attempts-s1.xlsx"])
    for channel, title in zip(BY_HAND, book.sheetnames[2:-1], strict=True):
        expected = [probe.token for probe in planned if probe.channel == channel]
        assert [row["token"] for row in rows(book[title])] == expected


def test_the_due_time_is_on_the_providers_clock_and_on_the_shoppers_own(study):
    planned = [replace(probes(1)[0], zone="Europe/Berlin")]
    book = load_workbook(written(study, planned)["attempts-s1.xlsx"])
    (row,) = rows(book["Calls"])
    assert row["due_there"] == "Mon 2026-11-30\n03:00"
    assert row["due_here"] == "Mon 2026-11-30\n09:00"


def test_the_day_that_is_filled_in_beforehand_is_the_shoppers_own(study):
    late = replace(probes(1)[0], due_utc="2026-11-30T18:30:00Z")  # past midnight in Hanoi
    (row,) = rows(load_workbook(written(study, [late])["attempts-s1.xlsx"])["Calls"])
    assert row["made_on"].date() == date(2026, 12, 1)


def test_a_name_that_looks_like_a_formula_stays_text(study):
    bad = replace(probes(1)[0], provider='=HYPERLINK("http://x.example","y")', scenario="+1\x07")
    sheet = load_workbook(written(study, [bad])["attempts-s1.xlsx"])["Calls"]
    cells = {column_of(sheet.cell(1, cell.column).value).field: cell for cell in sheet[2]}
    assert cells["provider"].data_type == "s" and cells["provider"].quotePrefix
    assert cells["scenario"].value == "+1"


def test_what_the_plan_wrote_is_locked_and_all_else_is_open(study):
    book = load_workbook(written(study, probes(5))["attempts-s1.xlsx"])
    for title in book.sheetnames[2:-1]:
        sheet = book[title]
        assert sheet.protection.sheet
        for cell in sheet[2]:
            column = column_of(sheet.cell(1, cell.column).value)
            assert cell.protection.locked == column.planned, column.field


def test_a_sheet_is_printed_on_a4_across_with_headings_and_numbers_on_every_page(study):
    book = load_workbook(written(study, probes(60, channel="phone"))["attempts-s1.xlsx"])
    sheet = book["Calls"]
    assert int(sheet.page_setup.paperSize) == 9
    assert sheet.page_setup.orientation == "landscape"
    assert sheet.print_title_rows == "$1:$1"
    assert sheet.page_setup.fitToWidth == 1 and sheet.page_setup.fitToHeight == 0
    assert "&P" in sheet.oddFooter.center.text
    assert sheet.freeze_panes == "B2"
    assert sum(d.width for d in sheet.column_dimensions.values()) < 260  # still read when printed


def test_cells_take_nothing_that_cannot_be_meant(study):
    sheet = load_workbook(written(study, probes(5))["attempts-s1.xlsx"])["Calls"]
    kinds = {}
    for check in sheet.data_validations.dataValidation:
        assert check.showErrorMessage and check.error
        for area in check.sqref.ranges:
            kinds[column_of(sheet.cell(1, area.min_col).value).field] = check
    assert {field for field, check in kinds.items() if check.type == "whole"} == set(SIX_POINTS)
    assert all((kinds[p].formula1, kinds[p].formula2) == ("1", "5") for p in SIX_POINTS)
    assert kinds["sent_at"].type == "time" and kinds["made_on"].type == "date"
    listed = {field for field, check in kinds.items() if check.type == "list"}
    assert listed == {"outcome", "fault", "resolved", "suspected"}


@pytest.mark.parametrize("language", ["en", "vi"])
def test_each_list_offers_the_words_of_its_own_column(study, language):
    path = written(study, probes(5), language)["attempts-s1.xlsx"]
    book = load_workbook(path)
    sheet = book[book.sheetnames[2]]
    assert book["lists"].sheet_state == "hidden"
    for check in sheet.data_validations.dataValidation:
        if check.type == "list":
            (area,) = check.sqref.ranges
            column = column_of(sheet.cell(1, area.min_col).value)
            cells = book["lists"][check.formula1.partition("!")[2].replace("$", "")]
            assert [code_of(column, cell.value) for (cell,) in cells] == list(column.words)


def test_cards_say_what_to_ask_and_what_a_true_answer_names(study):
    planned = [replace(probe, language=("en", "vi")[i % 2]) for i, probe in enumerate(probes(4))]
    book = load_workbook(written(study, planned)["attempts-s1.xlsx"])
    cards = list(book["Scenarios"].iter_rows(min_row=2, values_only=True))
    assert [(card[0], card[1]) for card in cards] == [("prices", "en"), ("prices", "vi")]
    assert "where is the price list?" in cards[0][2] and "bảng giá ở đâu" in cards[1][2]
    assert "{" not in cards[0][2]
    assert cards[0][3] == "price list, bảng giá"


def test_an_attempt_whose_question_names_a_reference_has_its_own(study):
    planned = probes(5)
    (row,) = rows(load_workbook(written(study, planned)["attempts-s1.xlsx"])["Calls"])
    assert row["scenario"] == f"prices\n{reference_of(planned[0].token)}"


def test_a_sheet_that_was_filled_in_is_never_written_over(study):
    path = written(study, probes(5))["attempts-s1.xlsx"]
    written(study, probes(5))  # untouched, it may be made again
    book = load_workbook(path)
    at = next(c.column for c in book["Calls"][1] if column_of(c.value).field == "sent_at")
    book["Calls"].cell(2, at).value = time(9, 15)
    book.save(path)
    before = path.read_bytes()
    with pytest.raises(DataError, match="has been filled in"):
        written(study, probes(5))
    assert path.read_bytes() == before


def test_a_folder_that_cannot_be_written_is_told(study):
    wave = wave_of(study).make()
    wave.sheets.write_text("a file where the folder should be")
    with pytest.raises(DataError, match="sheets cannot be written"):
        write_sheets(study, probes(5), wave)


def test_the_names_of_the_sheets_can_be_names_of_sheets_in_every_language():
    for message in (*CHANNEL_TITLES.values(), "Instructions", "Scenarios"):
        for title in in_languages(message).values():
            assert len(title) <= 31 and not re.search(r"[\[\]:*?/\\]", title)


def test_a_file_that_is_no_workbook_is_not_written_over_either(study):
    path = written(study, probes(5))["attempts-s1.xlsx"]
    path.write_bytes(b"something a shopper saved here")
    with pytest.raises(DataError, match="cannot be read"):
        written(study, probes(5))
    assert path.read_bytes() == b"something a shopper saved here"


def test_the_language_of_the_process_is_as_it_was(study):
    written(study, probes(5), "vi")
    assert column_of("Outcome") is not None
    from carebench import language

    assert language.current() == "en"


def test_every_heading_is_found_in_both_languages_and_means_one_column():
    for column in COLUMNS:
        for heading in (column.field, *in_languages(column.heading).values()):
            assert column_of(f"  {heading.upper()}\n") == column


def test_the_words_of_the_lists_are_those_of_the_tables():
    by_field = {column.field: column for column in COLUMNS}
    assert set(by_field["outcome"].words) == set(OUTCOMES)
    assert set(by_field["fault"].words) == set(FAULTS)
    for column in COLUMNS:
        shown = [w for word in column.words.values() for w in set(in_languages(word).values())]
        assert len(shown) == len(set(shown)), "a word that stands for two codes"


def test_every_column_that_is_filled_in_has_its_place_in_the_tables():
    known = {column.name for column in TABLES["attempts"].columns}
    later = {"answered_on": "answered_at", "resolved_on": "resolved_at",
             "observed_on": "observed_until"}  # fmt: skip
    for column in COLUMNS:
        if not column.planned and column.field not in ("made_on", "queue_at", "note", *SIX_POINTS):
            assert later.get(column.field, column.field) in known


def test_who_answers_later_gives_days_and_who_answers_at_once_gives_clocks():
    assert set(BY_HAND) < set(CHANNELS)
    for channel in BY_HAND:
        kinds = {column.field: column.kind for column in columns_of(channel)}
        assert ("answered_on" in kinds) == (channel in LATER)
        assert ("answered_at" in kinds) == (channel not in LATER)


# The calendar, by the letter of RFC 5545.


def unfolded(text):
    return text.replace("\r\n ", "").split("\r\n")[:-1]


def nasty(study):
    odd = 'Tên, rất; dài\\ và "lạ"\nEND:VEVENT\r\nX:y ' + "đường phố Hà Nội " * 12
    return [replace(probes(1)[0], provider=odd), *probes(4)]


def test_no_line_of_a_calendar_is_longer_than_75_octets_and_all_end_as_they_must(study):
    text = calendar_text(study, nasty(study), MADE)
    assert "\n" not in text.replace("\r\n", "") and "\r" not in text.replace("\r\n", "")
    for line in text.encode().split(b"\r\n"):
        assert len(line) <= 75
        line.decode()  # no letter is cut in two
    assert text.endswith("END:VCALENDAR\r\n")


def test_what_stands_in_a_name_cannot_end_an_event(study):
    lines = unfolded(calendar_text(study, nasty(study), MADE))
    begun, ended = lines.count("BEGIN:VEVENT"), lines.count("END:VEVENT")
    assert begun == ended == 5
    summary = next(line for line in lines if line.startswith("SUMMARY:"))
    said = re.sub(r"\\([\\,;])", r"\1", summary.partition(":")[2].replace("\\n", "\n"))
    assert 'Tên, rất; dài\\ và "lạ"\nEND:VEVENT\nX:y' in said


def test_each_event_has_what_a_calendar_must_know(study):
    lines = unfolded(calendar_text(study, probes(5), MADE))
    assert lines[:3] == ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//carebench//fieldwork//EN"]
    for name, form in (("UID", r"[a-z2-7]{16}@\S+"), ("DTSTAMP", r"20261122T100000Z"),
                       ("DTSTART", r"\d{8}T\d{6}Z"), ("DTEND", r"\d{8}T\d{6}Z"),
                       ("SUMMARY", r".+"), ("TRIGGER", r"-PT5M")):  # fmt: skip
        values = [line.partition(":")[2] for line in lines if line.startswith(f"{name}:")]
        assert len(values) == 5 and all(re.fullmatch(form, value) for value in values)
    assert len({line for line in lines if line.startswith("UID:")}) == 5
    nested = [line for line in lines if line.startswith(("BEGIN:", "END:"))]
    depth = []
    for line in nested:
        kind, _colon, what = line.partition(":")
        if kind == "BEGIN":
            depth.append(what)
        else:
            assert depth.pop() == what
    assert depth == []


def test_a_calendar_is_in_world_time(study):
    lines = unfolded(calendar_text(study, probes(1), MADE))
    start = next(line for line in lines if line.startswith("DTSTART:")).partition(":")[2]
    told = datetime.strptime(start, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
    assert told == MONDAY == datetime(2026, 11, 30, 9, tzinfo=ZoneInfo("Asia/Ho_Chi_Minh"))


def test_the_same_probes_make_the_same_calendar(study):
    planned = probes(10)
    assert calendar_text(study, planned, MADE) == calendar_text(study, planned[::-1], MADE)


def test_an_event_says_what_to_ask_in_the_language_of_the_attempt(study):
    with speaking("en"):
        text = "".join(unfolded(calendar_text(study, [probes(1, language="vi")[0]], MADE)))
    assert "bảng giá ở đâu" in text and "An Giả Định" in text
