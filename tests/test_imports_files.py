"""Files as they come: coded in every way, titled, merged, cut off, and made to do harm."""

from __future__ import annotations

import datetime as dt
import json
import re
import time
import zipfile
from pathlib import Path

import openpyxl
import pytest

from carebench.fieldwork.imports import Asked, files
from carebench.fieldwork.imports.files import open_file
from carebench.fieldwork.sheets.columns import COLUMNS, in_languages
from carebench.schema import DataError
from field_studies import PROVIDERS
from imports_study import GOLDEN, import_files, planned_study
from test_imports import taken

DESK = Asked(provider=PROVIDERS[0])
HEADINGS = "Id,Via,Status,Created at,Solved at,Replies\n"
TICKET = "1,Mail,Open,2026-12-01 09:00,,0\n"


def rows(path: Path, **said: str) -> tuple[tuple[str, ...], ...]:
    (source,) = open_file(path, **said)
    return source.rows


@pytest.mark.parametrize("mark", [",", ";", "\t", "|"])
@pytest.mark.parametrize("code", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le"])
def test_a_table_is_read_however_it_is_parted_and_coded(
    mark: str, code: str, tmp_path: Path
) -> None:
    path = tmp_path / "table.csv"
    text = f'Mã{mark}"Tên{mark} đầy đủ"\r\n1{mark}"hai\ndòng"\r\n'
    path.write_bytes(text.encode(code))
    said = {"encoding": "utf-16-le"} if code == "utf-16-le" else {}
    if said:
        with pytest.raises(DataError, match=r"zero bytes|is not text"):
            rows(path)
    assert rows(path, **said) == (("Mã", f"Tên{mark} đầy đủ"), ("1", "hai\ndòng"))


def test_text_in_windows_1258_is_read_when_said_and_is_the_same_as_in_utf_8(
    tmp_path: Path,
) -> None:
    path = tmp_path / "table.csv"
    path.write_bytes("Tra\u0323ng tha\u0301i,Ma\u0303\n".encode("cp1258"))
    with pytest.raises(DataError, match=r"not text in UTF-8.*--encoding"):
        rows(path)
    assert rows(path, encoding="windows-1258") == (("Trạng thái", "Mã"),)


def test_titles_above_the_headings_and_blank_rows_do_no_harm(tmp_path: Path) -> None:
    path = tmp_path / "tickets.csv"
    path.write_text(f"Tickets of Alder\n,,\n{HEADINGS}\n{TICKET}\n\n", encoding="utf-8")
    (said,) = import_files(planned_study(tmp_path / "study"), [path], DESK)
    assert (said.rows, said.new) == (1, 1)


def test_the_row_of_a_problem_is_its_row_in_the_file(tmp_path: Path) -> None:
    path = tmp_path / "tickets.csv"
    path.write_text(
        f"Title\n\n{HEADINGS}{TICKET}2,Owl,Open,2026-12-01 09:00,,0\n", encoding="utf-8"
    )
    (said,) = import_files(planned_study(tmp_path / "study"), [path], DESK)
    assert [(p.row, p.column, p.value) for p in said.problems] == [(5, "Via", "Owl")]


@pytest.mark.parametrize("language", ["en", "vi"])
def test_a_call_sheet_comes_back_from_a_spreadsheet_program_in_either_language(
    language: str, tmp_path: Path
) -> None:
    book = openpyxl.Workbook()
    book.active.append(["How to fill this in"])
    sheet = book.create_sheet("phone")
    sheet.append(["Calls of s1"])
    sheet.merge_cells("A1:F1")
    columns = [c for c in COLUMNS if "phone" in c.channels]
    sheet.append([in_languages(c.heading)[language] for c in columns])
    filled: dict[str, object] = {
        "token": "AAAAAAAAAAAAAAA2",
        "made_on": dt.datetime(2026, 12, 1),
        "sent_at": dt.time(9, 0, 0, 1),
        "answered_at": dt.datetime(1899, 12, 30, 9, 2, 30),
        "observed_until": "9h05",
        "outcome": in_languages(next(c for c in columns if c.field == "outcome").words["answered"])[
            language
        ],
        "friendliness": 4.0,
        "note": "=1+1",
    }
    sheet.append([filled.get(c.field) for c in columns])
    for _blank in range(40):
        sheet.append([None] * len(columns))
    sheet["A3"].number_format = "@"
    path = tmp_path / "sheet.xlsx"
    book.save(path)
    _calculated(path)
    study = planned_study(tmp_path / "study")
    (said,) = import_files(study, [path])
    assert (said.new, said.matched, said.problems) == (1, 1, [])
    found = taken(study)
    (attempt,) = found["attempts"]
    assert attempt["sent_at"] == "2026-12-01T02:00:00.000000Z"
    assert attempt["answered_at"] == "2026-12-01T02:02:30.000000Z"
    assert attempt["observed_until"] == "2026-12-01T02:05:00.000000Z"
    assert found["ratings"] == [["aaaaaaaaaaaaaaa2", "s1", "friendliness", 4.0]]


def _calculated(path: Path) -> None:
    """Give every formula of the workbook a value, as a spreadsheet program does on saving."""
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    with zipfile.ZipFile(path, "w") as archive:
        for name, part in parts.items():
            archive.writestr(name, re.sub(rb"</f><v ?/>|</f><v></v>", b"</f><v>2</v>", part))


def test_a_formula_that_was_never_calculated_is_refused_with_its_cell(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.active.append(["Id", "=1+1"])
    path = tmp_path / "sheet.xlsx"
    book.save(path)
    with pytest.raises(DataError, match="cell B1 holds a formula"):
        open_file(path)


def test_a_sheet_that_is_named_is_the_only_one_read(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.active.title = "first"
    book.create_sheet("second").append(["x"])
    path = tmp_path / "sheet.xlsx"
    book.save(path)
    assert [source.rows for source in open_file(path, sheet="second")] == [(("x",),)]
    with pytest.raises(DataError, match=r"no sheet 'secnd'. Did you mean 'second'"):
        open_file(path, sheet="secnd")


def test_a_workbook_with_a_document_type_is_not_read(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    path = tmp_path / "laughs.xlsx"
    book.save(path)
    laughs = (
        b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;">]><x>&b;</x>'
    )
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("xl/worksheets/sheet9.xml", laughs)
    with pytest.raises(DataError, match="document type"):
        open_file(path)


def test_a_bomb_is_refused_before_it_goes_off(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files, "LARGEST", 1_000_000)
    for name in ("bomb.zip", "bomb.xlsx"):
        path = tmp_path / name
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("xl/worksheets/sheet1.xml", b" " * 2_000_000)
            archive.writestr("chat.txt", b" " * 2_000_000)
        begun = time.process_time()
        with pytest.raises(DataError, match="unpacks to"):
            open_file(path)
        assert time.process_time() - begun < 2


def test_an_archive_is_never_unpacked_to_the_disk_whatever_its_names(tmp_path: Path) -> None:
    inside = tmp_path / "inside"
    inside.mkdir()
    path = inside / "chat.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("../../outside.txt", (GOLDEN / "whatsapp-ios.txt").read_bytes())
        archive.writestr("photo.jpg", b"\xff\xd8")
    study = planned_study(tmp_path / "study")
    before = sorted(tmp_path.rglob("*"))
    (said,) = import_files(study, [path], Asked(me=("Shopper One",), dry=True))
    assert said.new == 2
    assert sorted(tmp_path.rglob("*")) == before


def test_the_threads_of_a_download_are_kept_apart_although_their_files_are_called_alike(
    tmp_path: Path,
) -> None:
    tree = json.loads((GOLDEN / "facebook-message_1.json").read_text(encoding="utf-8"))
    friend = json.loads(json.dumps(tree).replace("Birch Invented Water", "A Friend"))
    friend["thread_path"] = "inbox/friend_2"
    first, second = dict(tree), dict(tree)
    first["messages"], second["messages"] = tree["messages"][:1], tree["messages"][1:]
    path = tmp_path / "download.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("messages/inbox/birch_1/message_1.json", json.dumps(first))
        archive.writestr("messages/inbox/birch_1/message_2.json", json.dumps(second))
        archive.writestr("messages/inbox/friend_2/message_1.json", json.dumps(friend))
        archive.writestr("profile/profile_information.json", json.dumps({"name": "me"}))
    study = planned_study(tmp_path / "study")
    (said,) = import_files(study, [path], Asked(me=("Shopper One",)))
    assert said.new == 1 and sum(said.left_out.values()) == 1
    assert taken(study)["attempts"][0]["answered_at"] == "2026-12-13T03:00:00.000000Z"


@pytest.mark.parametrize(
    ("name", "raw", "message"),
    [
        ("empty.csv", b"", "is empty"),
        ("blank.csv", b"\n,,\n", "is empty"),
        ("nul.csv", b"a,b\n1,\0\n", "zero bytes"),
        ("old.xls", b"\xd0\xcf\x11\xe0rest", "old form"),
        ("cut.json", b'{"calls": [{"sid": "x"', "no JSON"),
        ("list.json", b"[1, 2]", "no list of objects"),
        ("deep.json", b"[" * 100_000, "nested deeper|no JSON"),
        ("broken.zip", b"PK\x03\x04rest", "damaged"),
        ("broken.xlsx", b"PK\x03\x04rest", "damaged"),
        ("digits.json", b'[{"id": ' + b"9" * 5000 + b"}]", "no JSON"),
    ],
)
def test_a_file_that_cannot_be_used_is_refused_in_a_sentence(
    name: str, raw: bytes, message: str, tmp_path: Path
) -> None:
    path = tmp_path / name
    path.write_bytes(raw)
    with pytest.raises(DataError, match=message):
        open_file(path)


def test_a_missing_file_and_a_folder_are_said_so(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="There is no file"):
        open_file(tmp_path / "none.csv")
    with pytest.raises(DataError, match="is a folder"):
        open_file(tmp_path)


def test_a_file_that_cannot_be_used_keeps_the_others_of_the_command_out(tmp_path: Path) -> None:
    study = planned_study(tmp_path / "study")
    bad = tmp_path / "bad.csv"
    bad.write_bytes(b"")
    with pytest.raises(DataError, match=r"bad\.csv is empty"):
        import_files(study, [GOLDEN / "asterisk-database.csv", bad])
    assert taken(study)["attempts"] == []


def test_a_quotation_mark_that_never_ends_is_said_so(tmp_path: Path) -> None:
    path = tmp_path / "open.csv"
    path.write_text('a,b\n1,"' + "x" * 1_500_000, encoding="utf-8")
    with pytest.raises(DataError, match="quotation mark"):
        open_file(path)


def test_two_files_of_one_name_from_two_folders_are_both_taken(tmp_path: Path) -> None:
    study = planned_study(tmp_path / "study")
    paths = []
    for number in (1, 2):
        path = tmp_path / str(number) / "tickets.csv"
        path.parent.mkdir()
        path.write_text(HEADINGS + TICKET.replace("1,Mail", f"{number},Mail"), encoding="utf-8")
        paths.append(path)
    assert [said.new for said in import_files(study, [*paths, paths[0]], DESK)] == [1, 1]


def test_a_number_that_a_spreadsheet_wrote_as_a_formula_is_its_text(tmp_path: Path) -> None:
    path = tmp_path / "numbers.csv"
    path.write_text('a,b\n="0012",\'=HYPERLINK(1)\n', encoding="utf-8")
    assert rows(path)[1] == ("0012", "'=HYPERLINK(1)")


def test_headings_that_come_twice_are_both_kept(tmp_path: Path) -> None:
    path = tmp_path / "survey.csv"
    path.write_text("Timestamp,csat,note,note\n2026-12-01 9:00,4,a,b\n", encoding="utf-8")
    (said,) = import_files(planned_study(tmp_path / "study"), [path])
    assert said.unmapped == ("note", "note (2)")


def test_a_hundred_thousand_rows_are_read_in_seconds(tmp_path: Path) -> None:
    # A tenth of them, in at most a tenth of a minute, however busy the machine is.
    lines = [HEADINGS]
    start = dt.datetime(2026, 12, 1)
    for number in range(10_000):
        moment = start + dt.timedelta(minutes=number)
        lines.append(f"{number},Mail,Open,{moment:%Y-%m-%d %H:%M},,0\n")
    path = tmp_path / "many.csv"
    path.write_text("".join(lines), encoding="utf-8")
    study = planned_study(tmp_path / "study")
    begun = time.process_time()
    (said,) = import_files(study, [path], DESK)
    assert said.new == 10_000
    assert time.process_time() - begun < 6
