"""Files as a consultant brings them: nothing breaks, nothing is lost, each refusal says its why."""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
import unicodedata
from pathlib import Path

import openpyxl
import pytest

from carebench.cli import main
from carebench.fieldwork.imports import Asked
from carebench.fieldwork.imports.summary import Summary
from carebench.fieldwork.sheets.columns import BY_FIELD, OUTCOME_WORDS, columns_of, in_languages
from carebench.schema import DataError
from field_studies import PHONES, PROVIDERS
from imports_study import GOLDEN, NOW, import_files, planned_study
from test_imports import FILES, US, take, taken

TABLES = [name for name in FILES if name.endswith(".csv")]
UNDATED = ("limesurvey.csv", "google-forms.csv", "kobo-survey.json")  # answers bear no time
BEFORE = dt.datetime(2026, 11, 30, tzinfo=dt.UTC)  # all golden files lie in December
DESK = Asked(provider=PROVIDERS[0])
TICKETS = "Id,Via,Status,Created at,Solved at,Replies\n"
SHEET = columns_of("phone")


def in_vi(message: str) -> str:
    return in_languages(message)["vi"]


ANSWERED = in_vi(OUTCOME_WORDS["answered"])


def used(said: Summary) -> int:
    seen = said.new + said.known + said.updated + len(said.changed)
    return seen + sum(said.left_out.values()) + len(said.problems)


def messy(name: str) -> bytes:
    """A golden table with titles, blanks, headings again, a sum and blanks that do not break."""
    text = (GOLDEN / name).read_text(encoding="utf-8-sig")
    rows = list(csv.reader(io.StringIO(text), delimiter=";" if ";" in text[:60] else ","))
    heads = next((at for at, row in enumerate(rows) if len(row) > 3 and "" not in row), 0)
    again = [] if name == "asterisk-cdr.csv" else [[f" {cell}\u00a0" for cell in rows[heads]]]
    half = heads + 2
    cells = [[f"\u200b{cell}\u00a0 " if cell else "\u00a0" for cell in row] for row in rows]
    whole = [["Exported by nobody"], [], *cells[:half], [], *again, *cells[half:], [], []]
    out = io.StringIO()
    csv.writer(out, delimiter="\t").writerows([*whole, ["Tổng cộng", "", "1.234,5"]])
    return out.getvalue().encode("utf-16")


@pytest.mark.parametrize("name", TABLES)
def test_a_messy_export_says_what_the_clean_one_says_and_every_row_is_accounted_for(
    name: str, tmp_path: Path
) -> None:
    clean, study = planned_study(tmp_path / "clean"), planned_study(tmp_path / "study")
    path = tmp_path / name
    path.write_bytes(messy(name))
    first = take(clean, name)
    (said,) = import_files(study, [path], Asked(**FILES[name]))
    assert taken(study) == taken(clean)
    assert said.left_out["is a row of totals"] == 1
    assert said.left_out["repeats the headings"] == (name != "asterisk-cdr.csv")
    assert used(said) == said.rows == first.rows + 1 + (name != "asterisk-cdr.csv")
    (again,) = import_files(study, [path], Asked(**FILES[name]))
    assert (again.new, again.updated, again.changed) == (0, 0, [])
    assert taken(study) == taken(clean)


@pytest.mark.parametrize("name", [name for name in FILES if name not in UNDATED])
def test_what_is_dated_in_the_future_is_refused_with_its_date_and_todays(
    name: str, tmp_path: Path
) -> None:
    study = planned_study(tmp_path)
    (said,) = import_files(study, [GOLDEN / name], Asked(**FILES[name]), BEFORE)
    still_to_come = [p for p in said.problems if "today is 2026-11-30" in p.expected]
    dates = ("2026-12", "12/2026", "Dec 2026")
    said_of = [p.value + p.expected for p in still_to_come]
    assert said_of and all(any(date in text for date in dates) for text in said_of)
    assert said.new == 0 and taken(study)["attempts"] == []
    assert used(said) == said.rows


def test_a_clock_of_another_zone_may_be_a_day_before_ours(tmp_path: Path) -> None:
    study, path = planned_study(tmp_path / "study"), tmp_path / "tickets.csv"
    path.write_text(f"{TICKETS}1,Mail,Open,2026-12-01 06:59,,0\n", encoding="utf-8")
    (said,) = import_files(study, [path], DESK, BEFORE)
    assert said.new == 1
    path.write_text(f"{TICKETS}2,Mail,Open,2026-12-01 07:01,,0\n", encoding="utf-8")
    (said,) = import_files(study, [path], DESK, BEFORE)
    (problem,) = said.problems
    assert (problem.row, problem.column, problem.value) == (2, "Created at", "2026-12-01 07:01")


def test_chats_are_not_exported_in_the_future(tmp_path: Path) -> None:
    asked = Asked(me=US, until="2027-06-01T00:00+07:00")
    with pytest.raises(DataError, match=r"'2027-06-01T.*still to come: today is 2027-01-04"):
        import_files(planned_study(tmp_path), [GOLDEN / "whatsapp-ios.txt"], asked)


def sheet(path: Path, *filled: dict[str, object], language: str = "vi") -> Path:
    """A call sheet of the telephone with one row for each of `filled`."""
    book = openpyxl.Workbook()
    book.active.append([in_languages(column.heading)[language] for column in SHEET])
    for row in filled:
        book.active.append([row.get(column.field) for column in SHEET])
    book.save(path)
    return path


CALL = {"token": "aaaaaaaaaaaaaaa2", "made_on": dt.date(2026, 12, 1), "sent_at": dt.time(9, 0),
        "observed_until": dt.time(9, 20), "outcome": in_vi(OUTCOME_WORDS["no_answer"])}  # fmt: skip


@pytest.mark.parametrize(
    ("wrong", "field", "value", "expected"),
    [
        ({"outcome": "hên xui"}, "outcome", "hên xui", ANSWERED),
        ({"outcome": None}, "outcome", "", ANSWERED),
        ({"answered_at": "quãng 9h"}, "answered_at", "quãng 9h", "such as 9:15 or 14h30"),
        ({"answered_at": "9.5"}, "answered_at", "9.5", "two digits of minutes"),
        ({"friendliness": 7}, "friendliness", "7", "from 1 to 5"),
        ({"token": "zzzzzzzzzzzzzzz2"}, "token", "zzzzzzzzzzzzzzz2", "name of an attempt"),
        ({"made_on": "1/12"}, "made_on", "1/12", "with its year"),
        ({"sent_at": None}, "sent_at", "", "the clock"),
        (
            {"made_on": dt.date(2027, 12, 1)},
            "made_on",
            "2027-12-01 00:00:00",
            "today is 2027-01-04",
        ),
    ],
)
def test_a_refused_row_is_said_in_the_words_of_the_sheet(
    wrong: dict[str, object], field: str, value: str, expected: str, tmp_path: Path
) -> None:
    path = sheet(tmp_path / "sheet.xlsx", CALL | {"token": "aaaaaaaaaaaaaaa3"}, CALL | wrong)
    (said,) = import_files(planned_study(tmp_path / "study"), [path])
    (problem,) = said.problems
    assert (problem.row, problem.column, problem.value) == (
        3,
        in_vi(BY_FIELD[field].heading),
        value,
    )
    assert expected in problem.expected
    assert said.new == 1


CLOCKS = ("9:15", "9.15", "09.15", "9h15", "9g15", "9 giờ 15", "9:15 SA", "9h15 sáng",
          0.385416666667, "0,385417", dt.time(9, 15), dt.datetime(2026, 12, 1, 9, 15),
          "2026-12-01 9h15", 46357.3854167)  # fmt: skip
DAYS = ("1/12/2026", 46357, "ngày 1 tháng 12 năm 2026", "01.12.26")


@pytest.mark.parametrize(
    ("day", "clock"),
    [*((dt.date(2026, 12, 1), clock) for clock in CLOCKS), *((day, "9h15") for day in DAYS)],
)
def test_a_clock_and_a_day_are_read_as_people_and_programs_write_them(
    clock: object, day: object, tmp_path: Path
) -> None:
    path = sheet(tmp_path / "sheet.xlsx", CALL | {"made_on": day, "observed_until": clock})
    (said,) = import_files(study := planned_study(tmp_path / "study"), [path], Asked(dates="dmy"))
    assert said.problems == []
    (attempt,) = taken(study)["attempts"]
    assert attempt["observed_until"] == "2026-12-01T02:15:00.000000Z"


@pytest.mark.parametrize("clock", [dt.datetime(1900, 1, 9, 3, 36), dt.datetime(2026, 12, 5, 9, 15)])
def test_a_clock_that_a_spreadsheet_took_for_a_day_is_never_read_as_its_hour(
    clock: dt.datetime, tmp_path: Path
) -> None:
    # 9.15 in a cell made for clocks becomes the ninth day of 1900, at 3:36.
    path = sheet(tmp_path / "sheet.xlsx", CALL | {"observed_until": clock})
    (said,) = import_files(planned_study(tmp_path / "study"), [path])
    assert [(p.row, p.column) for p in said.problems] == [(2, in_vi("Ended"))]


def test_days_that_a_spreadsheet_program_took_for_months_are_not_believed(tmp_path: Path) -> None:
    days = [dt.date(2026, 5, 12), dt.date(2026, 6, 12), "13/12/2026", "14/12/2026"]
    rows = [CALL | {"made_on": day} for day in days]
    study = planned_study(tmp_path / "study")
    path = sheet(tmp_path / "sheet.xlsx", *rows)
    with pytest.raises(DataError, match=r"taken days for months.*--dates dmy if all"):
        import_files(study, [path])
    (said,) = import_files(study, [path], Asked(dates="dmy"))
    assert said.new == 1  # and the others say otherwise of the same attempt


def test_a_day_that_became_a_month_is_known_by_the_plan(tmp_path: Path) -> None:
    # The first of December in a spreadsheet of months first, where no day is beyond 12.
    path = sheet(tmp_path / "sheet.xlsx", CALL | {"made_on": dt.date(2026, 1, 12)})
    (said,) = import_files(planned_study(tmp_path / "study"), [path])
    (problem,) = said.problems
    assert (problem.row, problem.column) == (2, in_vi("Day"))
    assert "2026-12-01, when the plan has it" in problem.expected
    later = sheet(tmp_path / "later.xlsx", CALL | {"made_on": dt.date(2026, 12, 28)})
    (said,) = import_files(planned_study(tmp_path / "other"), [later])
    assert said.new == 1  # late, and no slip


def test_headings_in_two_rows_of_merged_cells_are_read_as_one(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.active.append(["Attempt", "Times", None, None, "Outcome"])
    book.active.append([None, "Day", "Begun", "Ended", None])
    book.active.append(["aaaaaaaaaaaaaaa2", "2026-12-01", "9:00", "9:05", "line busy"])
    book.active.append(["aaaaaaaaaaaaaaa3", "2026-12-01", "9:00", "9:05", "line bsy"])
    book.active.merge_cells("A1:A2")
    book.save(path := tmp_path / "merged.xlsx")
    (said,) = import_files(planned_study(tmp_path / "study"), [path])
    assert (said.new, [(p.row, p.column) for p in said.problems]) == (1, [(4, "Outcome")])


def test_two_tables_one_below_the_other_are_not_mixed_up(tmp_path: Path) -> None:
    path = tmp_path / "tickets.csv"
    path.write_text(
        f"{TICKETS}1,Mail,Open,2026-12-01 09:00,,0\nVia,Id,Status,Created at,Solved at,Replies\n"
        "Mail,2,Open,2026-12-01 09:00,,0\n",
        encoding="utf-8",
    )
    with pytest.raises(DataError, match="headings again, in another order"):
        import_files(planned_study(tmp_path / "study"), [path], DESK)


def test_a_survey_that_got_one_more_question_and_answer_brings_one_new_answer(
    tmp_path: Path,
) -> None:
    study, path = planned_study(tmp_path / "study"), tmp_path / "form.csv"
    path.write_text(
        "Timestamp,csat\n2026-12-01 9:00,4\n2026-12-01 9:00,4\n2026-12-02 9:00,5\n",
        encoding="utf-8",
    )
    (said,) = import_files(study, [path])
    assert said.new == 3
    path.write_text(
        "Timestamp,csat,Why?\n2026-12-01 9:00,4,\n2026-12-01 9:00,4,\n2026-12-02 9:00,5,\n"
        "2026-12-03 9:00,5,nice\n",
        encoding="utf-8",
    )
    (said,) = import_files(study, [path])
    assert (said.new, said.known) == (1, 3)


def test_a_number_that_a_spreadsheet_rounded_is_refused_and_not_taken_for_a_strangers(
    tmp_path: Path,
) -> None:
    path = tmp_path / "cdr.csv"
    path.write_text(
        "calldate,src,dst,duration,billsec,disposition,uniqueid\n"
        "2026-12-01 09:00:00,s1,4.42079E+11,40,0,BUSY,x1\n"
        f"2026-12-01 09:00:00,s1,{PHONES[0]},40,0,BUSY,x2\n",
        encoding="utf-8",
    )
    (said,) = import_files(planned_study(tmp_path / "study"), [path])
    (problem,) = said.problems
    assert (problem.row, problem.column, problem.value) == (2, "dst", "4.42079E+11")
    assert "rounded" in problem.expected and said.new == 1


def test_a_mapping_file_finds_its_columns_whatever_the_form_of_letters_and_blanks(
    tmp_path: Path,
) -> None:
    mapping, path = tmp_path / "zalo.toml", tmp_path / "zalo.csv"
    text = (GOLDEN / "zalo.toml").read_text(encoding="utf-8")
    mapping.write_text(unicodedata.normalize("NFD", text), encoding="utf-8")
    text = (GOLDEN / "zalo.csv").read_text(encoding="utf-8")
    path.write_text(text.replace("Bắt đầu", "BẮT\u00a0 ĐẦU"), encoding="utf-8")
    (said,) = import_files(planned_study(tmp_path / "study"), [path], Asked(mapping=mapping))
    assert (said.new, len(said.problems)) == (2, 1)


def test_a_web_page_that_is_called_a_workbook_is_said_to_be_one(tmp_path: Path) -> None:
    path = tmp_path / "tickets.xls"
    path.write_text("<html><table><tr><td>Id</td></tr></table></html>", encoding="utf-8")
    with pytest.raises(DataError, match=r"is a web page.*save it as .xlsx"):
        import_files(planned_study(tmp_path / "study"), [path])


def test_a_workbook_under_another_name_is_a_workbook(tmp_path: Path) -> None:
    path = sheet(tmp_path / "sheet.xlsx", CALL).rename(tmp_path / "sheet.csv")
    (said,) = import_files(planned_study(tmp_path / "study"), [path])
    assert said.new == 1


def test_text_in_windows_1252_is_read_when_said(tmp_path: Path) -> None:
    path = tmp_path / "tickets.csv"
    path.write_bytes((TICKETS + "1,Mail,Fermé,2026-12-01 09:00,,0\n").encode("cp1252"))
    study = planned_study(tmp_path / "study")
    with pytest.raises(DataError, match="windows-1252"):
        import_files(study, [path], DESK)
    (said,) = import_files(study, [path], Asked(provider=PROVIDERS[0], encoding="windows-1252"))
    assert said.new == 1


def test_every_refused_row_is_named_on_the_screen(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    study, path = planned_study(tmp_path / "study"), tmp_path / "tickets.csv"
    bad = "".join(f"{n},Owl,Open,2025-12-01 09:00,,0\n" for n in range(2, 14))
    good = "99,Mail,Open,2025-12-01 09:00,,0\n"
    path.write_text(f"{TICKETS}{bad}{good}100,Owl,Open,2025-12-01 09:00,,0\n", encoding="utf-8")
    code = main(["import", str(study.path), str(path), "--provider", PROVIDERS[0]])
    said = capsys.readouterr()
    assert code == 1
    assert "rows that were refused: 13" in said.err
    assert "tickets.csv, row 2: Via is 'Owl'. Expected a way" in said.err
    assert "and Via of 8 more: rows 7-13, 15" in said.err


def test_messages_that_cannot_be_read_are_counted_among_the_rows(tmp_path: Path) -> None:
    tree = json.loads((GOLDEN / "facebook-message_1.json").read_text(encoding="utf-8"))
    tree["messages"].append({"sender_name": "Shopper One", "timestamp_ms": "yesterday"})
    path = tmp_path / "message_1.json"
    path.write_text(json.dumps(tree), encoding="utf-8")
    (said,) = import_files(planned_study(tmp_path / "study"), [path], Asked(me=US), NOW)
    assert used(said) == said.rows == 2


def test_an_open_quotation_mark_never_swallows_the_rows_after_it(tmp_path: Path) -> None:
    path = tmp_path / "tickets.csv"
    rows = [f"{n},Mail,Open,2026-12-01 09:00,,0" for n in range(9)]
    rows[4] = '4,"Mail,Open,2026-12-01 09:00,,0'
    path.write_text(TICKETS + "\n".join(rows), encoding="utf-8")
    study = planned_study(tmp_path / "study")
    with pytest.raises(DataError, match=r"quotation mark may be open, and hide the rows after"):
        import_files(study, [path], DESK)
    wrong = '1,Mail,Open,2026-12-01 09:00,,0,"the "new" meter"\n'
    right = '2,Mail,Open,2026-12-01 09:00,,0,"x"\n'
    path.write_text(f"{TICKETS[:-1]},Subject\n{wrong}{right}", encoding="utf-8")
    (said,) = import_files(study, [path], DESK)
    assert said.new == 2  # wrong marks that hide nothing do no harm


def test_a_row_whose_cells_have_slipped_is_refused_and_not_read_askew(tmp_path: Path) -> None:
    path = tmp_path / "tickets.csv"
    headings = "Id,Subject,Via,Status,Created at,Solved at,Replies,Score\n"
    path.write_text(
        f"{headings}1,Hello,Mail,Open,2026-12-01 09:00,,0,5\n"
        "2,Hello, you,Mail,Open,2026-12-01 09:00,,0,5\n",
        encoding="utf-8",
    )
    (said,) = import_files(planned_study(tmp_path / "study"), [path], DESK)
    (problem,) = said.problems
    assert (said.new, problem.row, problem.value) == (1, 3, "5")
    assert "quotation marks around it" in problem.expected and used(said) == said.rows


def test_a_sheet_that_is_not_read_is_named(tmp_path: Path) -> None:
    path = sheet(tmp_path / "sheet.xlsx", CALL)
    book = openpyxl.load_workbook(path)
    book.create_sheet("Tháng 11").append(["Lượt", "Kết qủa"])
    book.save(path)
    (said,) = import_files(planned_study(tmp_path / "study"), [path])
    assert said.unread == ("sheet.xlsx, sheet 'Tháng 11'",)


def test_a_workbook_with_a_password_is_said_to_have_one(tmp_path: Path) -> None:
    path = tmp_path / "sheet.xlsx"
    path.write_bytes(b"\xd0\xcf\x11\xe0rest")
    with pytest.raises(DataError, match="protected by a password"):
        import_files(planned_study(tmp_path / "study"), [path])
