"""What users bring: files of every kind, whole and broken, become checked tables or one error."""

from __future__ import annotations

import datetime as dt
import errno
import gzip
import os
import re
import sqlite3
import sys
import time
import tracemalloc
import zipfile
from contextlib import closing
from pathlib import Path
from unicodedata import category

import openpyxl
import pandas as pd
import pytest

from carebench.engine import Engine
from carebench.methods.coverage import claimed_week
from carebench.schema import DataError
from carebench.sources import check_study, files, open_study
from carebench.sources.opened import UNSEEN
from carebench.sources.readers import open_file
from carebench.study import Input, load_study
from studies import attempts as make_attempts
from studies import write_study

HEADER = "attempt_id,outcome,provider,channel,sent_at,answered_at,resolved\n"
ROWS = "001,answered,Đèn Dầu,email,2026-01-31 10:00,2026-01-31 11:30,có\n002,busy,,phone,,,không\n"


@pytest.fixture
def write(tmp_path):
    """Write a study whose tables are given as TOML, and open it."""
    opened = []

    def opening(tables: str, top: str = 'zone = "Asia/Ho_Chi_Minh"', **options):
        path = tmp_path / "study.toml"
        path.write_text(f'title = "a test"\n{top}\n{tables}', encoding="utf-8")
        opened.append(open_study(path, **options))
        return opened[-1]

    yield opening
    for care in opened:
        care.close()


def attempts(write, tmp_path, text, keys="", top='zone = "Asia/Ho_Chi_Minh"', name="a.csv"):
    content = text if isinstance(text, bytes) else text.encode()
    (tmp_path / name).write_bytes(content)
    return write(f'[tables.attempts]\npath = "{name}"\n{keys}', top)


def counts_of(care):
    """Number of each kind of problem, by column and action."""
    counted = care.problems.counts
    return {
        (c, a): n for c, a, n in zip(*(counted[k] for k in ("column", "action", "n")), strict=True)
    }


# Files of every kind ---------------------------------------------------------------------------


def sent(care):
    return list(care.table("attempts")["attempt_id"]), list(care.table("attempts")["provider"])


def test_each_column_has_the_type_its_kind_asks_for(write, tmp_path):
    care = attempts(write, tmp_path, HEADER + ROWS)
    types = care.table("attempts").dtypes.astype(str).to_dict()
    assert types == {
        "attempt_id": "string",
        "outcome": "category",
        "provider": "category",
        "channel": "category",
        "sent_at": "datetime64[us, UTC]",
        "answered_at": "datetime64[us, UTC]",
        "resolved": "boolean",
    }
    assert care.columns("attempts")[0] == "attempt_id"
    assert care.columns("survey") == ()
    assert (care.n_rows("attempts"), care.n_rows("survey")) == (2, 0)
    assert care.files == (tmp_path / "a.csv",)
    assert care.problems.rows.empty and care.problems.counts.empty


def test_the_category_holds_no_level_that_does_not_occur(write, tmp_path):
    care = attempts(write, tmp_path, HEADER + ROWS)
    assert list(care.table("attempts")["outcome"].cat.categories) == ["answered", "busy"]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_delimiter_is_found(write, tmp_path, delimiter):
    care = attempts(write, tmp_path, (HEADER + ROWS).replace(",", delimiter))
    assert sent(care)[0] == ["001", "002"]


def test_a_comma_in_the_header_does_not_hide_the_semicolon(write, tmp_path):
    text = '"attempt_id";"outcome";"provider";"a, b, c, d"\n1;busy;"x;y";1,5\n'
    care = attempts(write, tmp_path, text)
    assert sent(care) == (["1"], ["x;y"])


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le-bom"])
def test_unicode_is_known_by_its_first_bytes(write, tmp_path, encoding):
    text = HEADER + ROWS
    content = (
        b"\xff\xfe" + text.encode("utf-16-le")
        if encoding.endswith("bom")
        else text.encode(encoding)
    )
    ids, providers = sent(attempts(write, tmp_path, content))
    assert ids == ["001", "002"] and providers[0] == "Đèn Dầu"


def test_vietnamese_windows_text_is_read_where_the_study_says_so(write, tmp_path):
    content = (
        HEADER + ROWS.replace("có", "1").replace("không", "0").replace("Đèn Dầu", "Hải")
    ).encode()
    content = content.replace("Hải".encode(), b"Ha\xd2i")  # cp1258 writes the hook apart
    care = attempts(write, tmp_path, content, 'encoding = "windows-1258"')
    assert sent(care)[1][0] == "Hải"


def test_text_that_is_not_utf8_is_one_error_with_advice(write, tmp_path):
    content = (HEADER + ROWS).encode() + b"003,answered,Ha\xd2i,email,,,\n"
    with pytest.raises(DataError, match=r"line 4.*windows-1258.*Hải"):
        attempts(write, tmp_path, content)
    header = "attempt_id,outcome,ti\xeang\n".encode("latin-1")
    with pytest.raises(DataError, match=r"line 1.*windows-1258"):
        attempts(write, tmp_path, header + b"1,busy,x\n")


def test_text_that_stops_being_utf8_far_down_is_the_same_error(write, tmp_path):
    content = (HEADER + "1,busy,,,,,\n" * 100_000).encode() + b"003,answered,Ha\xd2i,email,,,\n"
    with pytest.raises(DataError, match=r"line 100002.*windows-1258.*Hải"):
        attempts(write, tmp_path, content)


def test_gzip_is_read_like_the_plain_file(write, tmp_path):
    care = attempts(write, tmp_path, gzip.compress((HEADER + ROWS).encode()), name="a.csv.gz")
    assert sent(care)[0] == ["001", "002"]


def test_blank_separated_text_without_header(write, tmp_path):
    keys = 'format = "blank"\nheader = false\nnames = ["attempt_id", "provider", "outcome"]'
    care = attempts(write, tmp_path, " 001   A  busy\n002 B\tanswered \n003 C\n", keys)
    assert sent(care) == (["001", "002"], ["A", "B"])
    rows = care.problems.rows
    assert list(rows["row"]) == [3] and list(rows["expected"]) == ["3 columns"]


def test_text_of_fixed_widths(write, tmp_path):
    text = "attempt_idprovideroutcome\n001       Đèn Dầu busy\n002       B       answered\n"
    care = attempts(write, tmp_path, text, 'format = "fixed"\nwidths = [10, 8, 8]')
    assert sent(care) == (["001", "002"], ["Đèn Dầu", "B"])
    with pytest.raises(DataError, match="widths"):
        attempts(write, tmp_path, text, 'format = "fixed"')


def test_line_ends_of_all_systems_and_a_mixture_of_them(write, tmp_path):
    for text in ((HEADER + ROWS).replace("\n", "\r\n"), (HEADER + ROWS).replace("\n", "\r")):
        assert sent(attempts(write, tmp_path, text))[0] == ["001", "002"]
    mixed = HEADER.replace("\n", "\r\n") + ROWS
    assert sent(attempts(write, tmp_path, mixed))[0] == ["001", "002"]


def test_blank_lines_before_the_header_and_line_breaks_in_quotes(write, tmp_path):
    text = '\n\n"attempt_id",outcome,"pro\nvider"\n1,busy,"x\ny"\n'
    care = attempts(write, tmp_path, text, 'columns = { provider = "pro\\nvider" }')
    assert sent(care) == (["1"], ["x\ny"])


def book(path, **sheets):
    workbook = openpyxl.Workbook()
    workbook.remove(workbook.active)
    for name, rows in sheets.items():
        sheet = workbook.create_sheet(name)
        for row in rows:
            sheet.append(row)
    workbook.save(path)


def test_a_workbook_gives_ids_without_decimals_and_times_as_they_are(write, tmp_path):
    rows = [
        ["attempt_id", "outcome", "sent_at", "resolved"],
        [17850.0, "busy", dt.datetime(2026, 1, 31, 10, 0), True],
        ["007", "answered", dt.datetime(2026, 2, 1, 9, 30, 15), None],
        [None, None, None, None],
    ]
    book(tmp_path / "a.xlsx", one=rows)
    care = write('[tables.attempts]\npath = "a.xlsx"')
    table = care.table("attempts")
    assert list(table["attempt_id"]) == ["17850", "007"]
    assert table["sent_at"][0] == pd.Timestamp("2026-01-31 03:00", tz="UTC")
    assert table["resolved"][0] and care.problems.counts.empty


def test_a_workbook_that_misstates_its_size_is_read_whole(write, tmp_path):
    book(tmp_path / "whole.xlsx", one=[["attempt_id", "outcome"], ["1", "busy"], ["2", "busy"]])
    with (
        zipfile.ZipFile(tmp_path / "whole.xlsx") as whole,
        zipfile.ZipFile(tmp_path / "a.xlsx", "w") as wrong,
    ):
        for name in whole.namelist():
            content = whole.read(name)
            if name.startswith("xl/worksheets/"):
                assert b'ref="A1:B3"' in content
                content = content.replace(b'ref="A1:B3"', b'ref="A1:A2"')
            wrong.writestr(name, content)
    assert write('[tables.attempts]\npath = "a.xlsx"').n_rows("attempts") == 2


def test_a_workbook_of_several_sheets_needs_one_named(write, tmp_path):
    rows = [["attempt_id", "outcome"], ["1", "busy"]]
    book(tmp_path / "a.xlsx", first=rows, second=rows)
    with pytest.raises(DataError, match=r"has 2 sheets.*'first', 'second'"):
        write('[tables.attempts]\npath = "a.xlsx"')
    with pytest.raises(DataError, match=r"Did you mean 'second'\?"):
        write('[tables.attempts]\npath = "a.xlsx"\nsheet = "secnd"')
    assert write('[tables.attempts]\npath = "a.xlsx"\nsheet = "second"').n_rows("attempts") == 1


def test_a_workbook_that_would_unpack_to_something_huge_is_refused(write, tmp_path):
    with zipfile.ZipFile(tmp_path / "a.xlsx", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", b"0" * 201_000_000)
    with pytest.raises(DataError, match=r"unpacks to 201 MB.*CSV or Parquet"):
        write('[tables.attempts]\npath = "a.xlsx"')


def test_parquet_keeps_ids_whole_and_times_in_utc(write, tmp_path):
    with_zone = "TIMESTAMPTZ '2026-01-31 10:00+07'"
    make_parquet(
        tmp_path / "a.parquet",
        f"SELECT 17850.0::DOUBLE AS attempt_id, 'busy' AS outcome, {with_zone} AS sent_at",
    )
    table = write('[tables.attempts]\npath = "a.parquet"').table("attempts")
    assert list(table["attempt_id"]) == ["17850"]
    assert table["sent_at"][0] == pd.Timestamp("2026-01-31 03:00", tz="UTC")


def make_parquet(path, query):
    import duckdb

    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'UTC'")
        connection.execute(f"COPY ({query}) TO '{path}' (FORMAT parquet)")


def test_tables_of_databases(write, tmp_path):
    import duckdb

    with closing(sqlite3.connect(tmp_path / "a.sqlite")) as database:
        database.execute("CREATE TABLE calls (attempt_id TEXT, outcome TEXT, provider TEXT)")
        database.execute("CREATE TABLE other (x INTEGER)")
        database.execute("INSERT INTO calls VALUES ('007', 'busy', 'Đ')")
        database.commit()
    with duckdb.connect(str(tmp_path / "a.duckdb")) as database:
        database.execute(
            "CREATE TABLE calls AS SELECT '007' attempt_id, 'busy' outcome, 'Đ' provider"
        )
    for name in ("a.sqlite", "a.duckdb"):
        care = write(f'[tables.attempts]\npath = "{name}"\ntable = "calls"')
        assert sent(care) == (["007"], ["Đ"])
        with pytest.raises(DataError, match=r"calls"):
            write(f'[tables.attempts]\npath = "{name}"\ntable = "cals"')


def test_many_files_of_one_kind_are_one_table(write, tmp_path):
    (tmp_path / "calls").mkdir()
    (tmp_path / "calls" / "1.csv").write_text("attempt_id,outcome\n1,busy\n")
    (tmp_path / "calls" / "2.csv").write_text("outcome,attempt_id\nansered,2\nbusy,3\n")
    care = write('[tables.attempts]\npath = "calls/*.csv"')
    assert list(care.table("attempts")["attempt_id"]) == ["1", "3"]
    row = care.problems.rows.iloc[0]
    assert (row["file"], row["row"], row["value"]) == ("2.csv", 2, "ansered")
    assert [path.name for path in care.files] == ["1.csv", "2.csv"]
    (tmp_path / "calls" / "3.csv").write_text("attempt_id,outcom\n1,busy\n")
    with pytest.raises(DataError, match=r"3.csv has 'outcom' and lacks 'outcome', unlike 1.csv"):
        write('[tables.attempts]\npath = "calls/*.csv"')


# Broken files: one clear error, never a traceback -----------------------------------------------

BROKEN = {
    "cut inside a quoted field": (HEADER + ROWS + '003,"answered,A', "never closed"),
    "empty": ("", "is empty"),
    "header only": (HEADER, "not one row"),
    "binary junk": (b"\x00\x01\x02PNG\x00" * 50, "zero bytes"),
    "another kind of file": (b"PAR1" + b"\0" * 50, "a Parquet file"),
    "an old workbook": (b"\xd0\xcf\x11\xe0" + b"\0" * 50, "save it as .xlsx"),
    "one endless line": ("a," * 1_500_000, "over a million bytes"),
    "one endless line later": (HEADER + "x" * 5_000_000 + "\n", "two million bytes"),
}


@pytest.mark.parametrize("content, said", BROKEN.values(), ids=BROKEN.keys())
def test_a_broken_file_is_one_clear_error(write, tmp_path, content, said):
    with pytest.raises(DataError, match=said) as caught:
        attempts(write, tmp_path, content)
    assert str(caught.value).startswith("study.toml, tables.attempts: ")
    assert "\n" not in str(caught.value)


def test_a_wrong_delimiter_is_named_as_the_likely_cause(write, tmp_path):
    with pytest.raises(DataError, match=r"one column only: is its `delimiter` another"):
        attempts(write, tmp_path, HEADER + ROWS, 'delimiter = ";"')


@pytest.mark.parametrize("name", ["a.csv.gz", "a.xlsx", "a.parquet", "a.sqlite", "a.duckdb"])
def test_a_damaged_file_is_one_clear_error(write, tmp_path, name):
    starts = {"a.xlsx": b"PK\x03\x04", "a.parquet": b"PAR1", "a.sqlite": b"SQLite format 3\0"}
    packed = bytearray(gzip.compress((HEADER + ROWS * 50).encode()))
    packed[len(packed) // 2] ^= 0xFF
    content = bytes(packed) if name.endswith("gz") else starts.get(name, b"") + b"junk" * 500
    with pytest.raises(DataError, match=name):
        attempts(write, tmp_path, content, name=name)
    if name.endswith("gz"):
        with pytest.raises(DataError, match="cut off"):
            attempts(write, tmp_path, gzip.compress(b"a,b\n" * 99)[:-12], name=name)


def test_a_file_that_is_not_there_names_what_is(write, tmp_path):
    (tmp_path / "attempts_2026.csv").write_text("x")
    with pytest.raises(DataError, match=r"no file.*holds: attempts_2026.csv, study.toml"):
        write('[tables.attempts]\npath = "attempts.csv"')
    with pytest.raises(DataError, match=r"no file matches 'calls/\*.csv'.*attempts_2026"):
        write('[tables.attempts]\npath = "calls/*.csv"')
    with pytest.raises(DataError, match=r"is a folder"):
        write('[tables.attempts]\npath = "."')
    with pytest.raises(DataError, match=r"is an address"):
        write('[tables.attempts]\npath = "https://example.org/a.csv"')


def test_a_file_that_may_not_be_read(write, tmp_path, monkeypatch):
    def refuse(self, *args, **kwargs):
        if self.name == "a.csv":
            raise PermissionError(errno.EACCES, "Permission denied")
        return real(self, *args, **kwargs)

    (tmp_path / "a.csv").write_text(HEADER + ROWS)
    real = Path.open
    monkeypatch.setattr(Path, "open", refuse)
    with pytest.raises(DataError, match=r"a.csv cannot be read: Permission denied"):
        write('[tables.attempts]\npath = "a.csv"')


@pytest.mark.parametrize("ending", [".csv", ".csv.gz"])
def test_a_text_far_too_large_for_its_table_is_refused_before_it_is_read(write, tmp_path, ending):
    block = b"a note of the operator, never ending " * 30_000
    file_of = gzip.open if ending.endswith("gz") else open
    with file_of(tmp_path / f"a{ending}", "wb") as file:
        file.write(b"attempt_id,item\n")
        for _ in range(102_000_000 // len(block)):
            file.write(block)
    started = time.process_time()
    with pytest.raises(DataError, match=r"up to 100 MB of text.*attempts.*Parquet"):
        write(f'[tables.ratings]\npath = "a{ending}"')
    assert time.process_time() - started < 5


def test_a_file_with_far_too_many_rows_is_refused_soon(write, tmp_path):
    (tmp_path / "a.csv").write_text("attempt_id,item\n" + "1,tone\n" * 5_000_000)
    started = time.process_time()
    with pytest.raises(DataError, match=r"more than 1,000,000 rows"):
        write('[tables.ratings]\npath = "a.csv"')
    assert time.process_time() - started < 20


def test_two_tables_with_their_files_swapped_are_recognised(write, tmp_path):
    (tmp_path / "a.csv").write_text(HEADER + ROWS)
    (tmp_path / "r.csv").write_text("attempt_id,item,score\n001,choice,3\n")
    with pytest.raises(DataError) as caught:
        write('[tables.attempts]\npath = "r.csv"\n[tables.ratings]\npath = "a.csv"')
    assert "lacks outcome" in str(caught.value) and "lacks item" in str(caught.value)
    assert "columns of ratings: are two files swapped?" in str(caught.value)
    assert "columns of attempts: are two files swapped?" in str(caught.value)


def test_a_missing_column_names_the_nearest(write, tmp_path):
    with pytest.raises(DataError, match=r"lacks outcome.*Did you mean 'outcom'\?.*'attempt_id'"):
        attempts(write, tmp_path, "attempt_id,outcom\n1,busy\n")
    with pytest.raises(DataError, match=r"no column 'Frim'.*Did you mean 'Firm'\?"):
        attempts(
            write,
            tmp_path,
            "attempt_id,outcome,Firm\n1,busy,A\n",
            'columns = { provider = "Frim" }',
        )


def test_every_unusable_table_is_in_one_error_and_the_rest_can_be_used(tmp_path):
    (tmp_path / "a.csv").write_text(HEADER + ROWS)
    (tmp_path / "b.csv").write_text("")
    path = tmp_path / "study.toml"
    path.write_text(
        'title = "t"\nzone = "UTC"\n[tables.attempts]\npath = "a.csv"\n'
        '[tables.survey]\npath = "b.csv"\n[tables.ratings]\npath = "c.csv"\n'
    )
    with pytest.raises(DataError, match=r"(?s)tables.survey.*tables.ratings"):
        open_study(path)
    care, errors = check_study(load_study(path))
    with care:
        assert len(errors) == 2 and care.n_rows("attempts") == 2
    with open_study(path, tables=("attempts", "counts")) as some:
        assert some.columns("counts") == () and some.n_rows("attempts") == 2


# Values -----------------------------------------------------------------------------------------


def test_rows_that_cannot_be_used_are_listed_and_counted(write, tmp_path):
    text = HEADER + (
        "1,answered,A,email,2026-01-31 10:00,2026-01-31 09:00,maybe\n"
        "2,PHANTOM,A,phone,,,\n"
        "3,busy,A\n"
        ",busy,A,phone,,,\n"
        "1,busy,A,phone,31/01/2026,,\n"
        "5,Busy,A,e-mail,,,yes\n"
    )
    care = attempts(write, tmp_path, text)
    assert list(care.table("attempts")["attempt_id"]) == ["1", "5"]
    assert care.problems.counts["n"].tolist() == [1] * 8
    assert set(care.problems.rows["action"]) == {"row not used", "value treated as missing"}
    first = care.table("attempts").iloc[0]
    assert first["sent_at"] == pd.Timestamp("2026-01-31 03:00", tz="UTC")
    assert pd.isna(first["answered_at"])
    rows = care.problems.rows.set_index(["column", "row"])["value"].to_dict()
    assert rows == {
        ("", 4): "3,busy,A",
        ("attempt_id", 5): "",
        ("outcome", 3): "PHANTOM",
        ("sent_at", 6): "31/01/2026",
        ("resolved", 2): "maybe",
        ("channel", 7): "e-mail",
        ("answered_at", 2): "2026-01-31 09:00",
        ("attempt_id", 6): "1",
    }


def test_a_kind_of_problem_is_counted_in_full_and_listed_a_thousand_times(write, tmp_path):
    words = ["e-mail"] * 1500 + ["email"] * 6500
    rows = "".join(f"{i},busy,{word}\n" for i, word in enumerate(words))
    care = attempts(write, tmp_path, "attempt_id,outcome,channel\n" + rows)
    assert list(care.problems.counts["n"]) == [1500]
    assert list(care.problems.rows["row"]) == list(range(2, 1002))


def test_missing_codes_are_compared_as_numbers_and_as_words(write, tmp_path):
    (tmp_path / "s.csv").write_text("respondent,csat,nps,wave\n1,-99,-99.0,n/a\n2,5,10,99\n")
    care = write('[tables.survey]\npath = "s.csv"\nmissing = [-99, "n/a"]')
    table = care.table("survey")
    assert table["csat"].isna().tolist() == [True, False]
    assert table["nps"].isna().tolist() == [True, False]
    assert table["wave"].isna().tolist() == [True, False]
    assert counts_of(care) == {("wave", "in no report on a wave"): 1}


def test_values_and_columns_are_translated(write, tmp_path):
    text = "Mã,Kết quả\n001,máy bận\n002,\n003,gặp nhân viên\n"
    keys = (
        'columns = { attempt_id = "Mã", outcome = "Kết quả" }\n'
        'values.outcome = { "máy bận" = "busy", "gặp nhân viên" = "answered", "" = "no_answer" }'
    )
    care = attempts(write, tmp_path, text, keys)
    assert list(care.table("attempts")["outcome"]) == ["busy", "no_answer", "answered"]


def test_text_is_compared_in_one_unicode_form_and_without_blanks_around(write, tmp_path):
    import unicodedata

    apart = unicodedata.normalize("NFD", "Điện thoại Hạc")
    text = f"attempt_id,outcome,{unicodedata.normalize('NFD', 'Hãng')}\n1,busy,\u00a0{apart} \n"
    care = attempts(write, tmp_path, text, 'columns = { provider = "Hãng" }')
    assert list(care.table("attempts")["provider"]) == ["Điện thoại Hạc"]


TIMES = {
    "2024-01-31": None,  # a day without a clock would become midnight, and a call at night
    "20240131": None,
    "2024-01-31 13:05": "2024-01-31 06:05",
    "2024-01-31T13:05:07": "2024-01-31 06:05:07",
    "2024-01-31 13:05:07.123": "2024-01-31 06:05:07.123",
    "2024-01-31T13:05:07Z": "2024-01-31 13:05:07",
    "2024-01-31T13:05:07+05:30": "2024-01-31 07:35:07",
    "2024-01-31T13:05-0300": "2024-01-31 16:05",
    "2024-01-31 13:05:07 +07:00": "2024-01-31 06:05:07",
    "2024-01-31 13:05:07+07": "2024-01-31 06:05:07",
    "31/01/2024": None,
    "01-02-2024": None,
    "2024-02-30": None,
    "yesterday": None,
    "infinity": None,
    "1706706307": None,
}


def test_times_in_the_usual_forms_of_iso_8601_and_no_other(write, tmp_path):
    rows = "".join(f"{i},busy,{text}\n" for i, text in enumerate(TIMES))
    care = attempts(write, tmp_path, "attempt_id,outcome,sent_at\n" + rows)
    got = care.table("attempts")["sent_at"]
    for text, time_read, value in zip(TIMES, got, TIMES.values(), strict=True):
        expected = pd.NaT if value is None else pd.Timestamp(value, tz="UTC")
        assert time_read is expected or time_read == expected, text
    assert counts_of(care) == {("sent_at", "value treated as missing"): 8}


def test_a_date_format_is_obeyed_and_a_wrong_one_explained(write, tmp_path):
    rows = "1,busy,31/01/2026 13:05\n2,busy,20260131\n3,busy,2026-01-31 14:00\n"
    text = "attempt_id,outcome,sent_at\n" + rows
    care = attempts(write, tmp_path, text, 'date_format = "%d/%m/%Y %H:%M"')
    got = care.table("attempts")["sent_at"]
    assert got[0] == pd.Timestamp("2026-01-31 06:05", tz="UTC")
    assert got.isna().tolist() == [False, True, False]
    with pytest.raises(DataError, match="%Q"):
        attempts(write, tmp_path, text, 'date_format = "%Q"')


def test_whoever_writes_years_in_two_digits_is_told_the_format_that_reads_them(write, tmp_path):
    sales = "".join(f"c{day},{day}/01/26,5\n" for day in range(13, 18))
    (tmp_path / "a.csv").write_text("customer_id,occurred_at,amount\n" + sales)
    table = '[tables.transactions]\npath = "a.csv"\n'
    with pytest.raises(DataError) as refused:
        write(table)
    told = '"%d/%m/%y"'
    assert told in str(refused.value)
    care = write(f"{table}date_format = {told}")
    first = care.large.frame("SELECT min(occurred_at) AS day FROM transactions")["day"][0]
    assert pd.Timestamp(first) == pd.Timestamp("2026-01-13")


def test_times_without_zone_are_read_as_utc_and_said_so(write, tmp_path):
    text = "attempt_id,outcome,sent_at\n1,busy,2026-01-31 10:00\n2,busy,2026-01-31T10:00Z\n"
    care = attempts(write, tmp_path, text, top="")
    first, second = care.table("attempts")["sent_at"]
    assert first == second
    assert counts_of(care) == {("sent_at", "read as UTC; say `zone`"): 1}
    assert attempts(write, tmp_path, text, 'zone = "UTC"', top="").problems.counts.empty


def test_a_time_that_no_clock_showed_is_emptied(write, tmp_path):
    text = "attempt_id,outcome,sent_at\n1,busy,2024-03-31 02:30\n2,busy,2024-03-31 03:30\n"
    care = attempts(write, tmp_path, text, 'zone = "Europe/Berlin"')
    got = care.table("attempts")["sent_at"]
    assert got.isna().tolist() == [True, False]
    assert got[1] == pd.Timestamp("2024-03-31 01:30", tz="UTC")
    assert "Europe/Berlin" in care.problems.rows["expected"].item()


def test_numbers_are_plain_unless_the_study_says_comma(write, tmp_path):
    (tmp_path / "l.csv").write_text(
        'period;acquisition_spend\n1;"1.234,5"\n2;1234,5\n3;1.5\n4;1e3\n5;nan\n6;0x1F\n7;1_000\n8;-3\n'
    )
    table = '[tables.ledger]\npath = "l.csv"\n'
    spend = write(table + 'decimal = ","').table("ledger")["acquisition_spend"]
    assert spend[:4].fillna(-1).tolist() == [1234.5, 1234.5, -1, 1000]
    spend = write(table).table("ledger")["acquisition_spend"]
    assert spend.fillna(-1).tolist() == [-1, -1, 1.5, 1000, -1, -1, -1, -1]


def test_a_decimal_comma_does_not_touch_numbers_that_are_numbers(write, tmp_path):
    book(tmp_path / "l.xlsx", one=[["period", "acquisition_spend"], ["1", 1.234], ["2", "1.234"]])
    care = write('[tables.ledger]\npath = "l.xlsx"\ndecimal = ","')
    assert care.table("ledger")["acquisition_spend"].tolist() == [1.234, 1234]
    make_parquet(tmp_path / "l.parquet", "SELECT '1' AS period, 1.234 AS acquisition_spend")
    care = write('[tables.ledger]\npath = "l.parquet"\ndecimal = ","')
    assert care.table("ledger")["acquisition_spend"].tolist() == [1.234]


def test_whole_numbers_and_the_scale_that_a_study_gives_an_item(write, tmp_path):
    (tmp_path / "s.csv").write_text("respondent,csat,nps,q1\n1,7,3.0,10\n2,8,3.5,11\n")
    table = '[tables.survey]\npath = "s.csv"\ncolumns = { trust = "q1" }\n'
    care = write(table + "scales = { csat = [1, 7], trust = [1, 10] }")
    read = care.table("survey")
    assert read["csat"].tolist() == [7, pd.NA] and read["nps"].tolist() == [3, pd.NA]
    assert read["trust"].fillna(-1).tolist() == [10, -1]
    assert "from 1 to 7" in care.problems.rows["expected"][0]


def transactions(write, tmp_path, rows, top):
    (tmp_path / "t.csv").write_text("customer_id,occurred_at,amount\n" + rows)
    return write('[tables.transactions]\npath = "t.csv"', top)


def test_money_is_exact_in_the_smallest_unit_of_its_currency(write, tmp_path):
    rows = "007,2026-01-31,10.2351\n007,2026-01-31,0.1\n007,2026-01-31,-4\n"
    for currency, minor in (("USD", [1024, 10, -400]), ("VND", [10, 0, -4])):
        care = transactions(write, tmp_path, rows, f'currency = "{currency}"')
        got = care.engine.frame("SELECT * FROM transactions ORDER BY amount DESC")
        assert got["amount"].tolist() == minor and got["customer_id"][0] == "007"
        assert str(got["amount"].dtype) == "int64"
        rounded = {("amount", "rounded; is it another currency?"): 2} if currency == "VND" else {}
        assert counts_of(care) == {("amount", "kept as a refund"): 1} | rounded


def test_points_that_part_thousands_are_not_read_as_a_decimal_mark(write, tmp_path):
    rows = "1,2026-01-31,950.000\n1,2026-01-31,1.250.000\n1,2026-01-31,75000\n"
    care = transactions(write, tmp_path, rows, "")
    assert counts_of(care) == {("amount", "row not used"): 2}
    care = transactions(write, tmp_path, rows, 'currency = "USD"')
    assert counts_of(care) == {("amount", "row not used"): 1}  # 950.000 dollars may be meant


def test_a_table_of_which_most_cannot_be_read_is_refused_with_the_words_to_translate(
    write, tmp_path
):
    rows = "".join(f"{i},gặp nhân viên\n" for i in range(13)) + "99,không ai nghe\n" * 4
    rows += "".join(f"{i},máy bận\n" for i in range(100, 183))
    with pytest.raises(DataError) as error:
        attempts(
            write, tmp_path, "attempt_id,outcome\n" + rows,
            'values.outcome = { "gặp nhân viên" = "answered" }',
        )  # fmt: skip
    for word in ("87 of 100 values of 'outcome'", "'máy bận' (83 ×)", "values.outcome = {"):
        assert word in str(error.value)


def test_two_spellings_of_one_word_are_pointed_out(write, tmp_path):
    rows = "1,busy,Lá Sen\n2,busy,Lá Sen\n3,busy,LÁ SEN\n4,busy,Sao\n"
    care = attempts(write, tmp_path, "attempt_id,outcome,provider\n" + rows)
    assert counts_of(care) == {("provider", "kept as it is; give it one spelling"): 1}
    assert care.problems.rows["value"].tolist() == ["LÁ SEN"]


def test_two_headings_alike_are_refused(write, tmp_path):
    with pytest.raises(DataError, match="more than one column 'outcome'"):
        attempts(write, tmp_path, "attempt_id,outcome,outcome\n1,busy,answered\n")


def test_a_table_without_one_usable_row_is_refused(write, tmp_path):
    with pytest.raises(DataError, match="not one row can be used"):
        attempts(write, tmp_path, "attempt_id,outcome\n1,bussy\n,busy\n")


def test_a_file_of_blank_lines_is_one_clear_error(write, tmp_path):
    with pytest.raises(DataError):
        attempts(write, tmp_path, "\n\n   \n")


def test_a_table_that_names_no_provider_says_so_when_the_report_is_limited_to_one(tmp_path):
    path = write_study(
        tmp_path,
        'provider = "A"',
        providers=pd.DataFrame({"provider": ["A", "B"]}),
        attempts=pd.DataFrame({"attempt_id": ["1", "2"], "outcome": ["busy", "busy"]}),
    )
    with open_study(path) as care:
        (kind,) = care.problems.counts.to_dict("records")
        assert (kind["table"], kind["n"]) == ("attempts", 1) and "not limited" in kind["action"]


def test_a_large_table_keeps_and_counts_what_it_finds(write, tmp_path):
    rows = "1,2026-01-31,5\n1,2026-01-31,5\n,2026-01-31,5\n1,2026-01-31,\n1,,5\n"
    care = transactions(write, tmp_path, rows, "")
    assert care.n_rows("transactions") == 2
    assert counts_of(care) == {
        ("customer_id", "row not used"): 1,
        ("occurred_at", "row not used"): 1,
        ("amount", "row not used"): 1,
        ("", "kept; remove them if they are errors"): 1,
    }
    with pytest.raises(DataError, match=r"care.large.frame"):
        care.table("transactions")


def test_a_day_is_the_day_where_the_clocks_are(write, tmp_path):
    care = transactions(
        write,
        tmp_path,
        "1,2026-01-31T20:00Z,5\n2,2026-01-31 20:00,5\n",
        'zone = "Asia/Ho_Chi_Minh"',
    )
    days = care.engine.frame("SELECT occurred_at FROM transactions ORDER BY customer_id")
    assert days["occurred_at"].dt.day.tolist() == [1, 31]


def test_rows_that_refer_to_nothing_are_counted_and_kept(write, tmp_path):
    (tmp_path / "p.csv").write_text("provider\nA\n")
    (tmp_path / "a.csv").write_text("attempt_id,outcome,provider\n1,busy,A\n2,busy,B\n3,busy,\n")
    care = write('[tables.attempts]\npath = "a.csv"\n[tables.providers]\npath = "p.csv"')
    assert care.n_rows("attempts") == 3
    row = care.problems.rows.iloc[0]
    assert (row["value"], row["expected"], row["action"]) == (
        "B",
        "provider found in providers",
        "kept, but in no comparison",
    )
    alone = write('[tables.attempts]\npath = "a.csv"')
    assert alone.problems.counts.empty


def test_one_provider_can_be_chosen(write, tmp_path):
    text = "attempt_id,outcome,provider\n1,busy,Đèn Dầu\n2,busy,B\n3,busy,\n"
    care = attempts(write, tmp_path, text, top='provider = "Đèn Dầu"')
    assert list(care.table("attempts")["attempt_id"]) == ["1"]
    assert list(care.table("attempts")["provider"].cat.categories) == ["Đèn Dầu"]
    with pytest.raises(
        DataError, match=r"no table has the provider 'đèn dau'. Did you mean 'Đèn Dầu'"
    ):
        attempts(write, tmp_path, text, top='provider = "đèn dau"')


def test_a_query_joins_what_renaming_cannot(write, tmp_path):
    book(
        tmp_path / "calls.xlsx", one=[["Id", "Day", "Clock"], ["007", "2026-01-31", dt.time(10, 5)]]
    )
    care = write(
        '[tables.attempts]\nsql = """SELECT "Id" AS attempt_id, \'busy\' AS outcome, '
        'Day || \' \' || Clock AS sent_at FROM calls"""\n'
        '[tables.attempts.inputs.calls]\npath = "calls.xlsx"'
    )
    table = care.table("attempts")
    assert table["attempt_id"][0] == "007"
    assert table["sent_at"][0] == pd.Timestamp("2026-01-31 03:05", tz="UTC")
    assert [path.name for path in care.files] == ["calls.xlsx"]


def test_values_that_look_like_code_are_data(write, tmp_path):
    nasty = "'; DROP TABLE x; --"
    care = attempts(
        write,
        tmp_path,
        f'attempt_id,outcome,{{0}}\n"{nasty}","{{x}} %s",\\N\n2,busy,%\n',
        'columns = { provider = "{0}" }',
    )
    assert list(care.table("attempts")["provider"]) == ["%"]
    assert care.problems.rows["value"].tolist() == ["{x} %s"]


def test_a_zone_or_hours_that_nobody_knows_is_a_problem_and_not_a_crash(tmp_path):
    providers = pd.DataFrame(
        {
            "provider": list("ABCDE"),
            "zone": ["Asia/Ho_Chi_Minh", "Asia/Hanoi", "UTC", "", "Europe/Paris"],
            "claimed_hours": [
                "24/7", "Mo-Fr 08:00-17:30; Sa 08:00-12:00", "all day", "Mo 25:00-26:00",
                "Fr-Mo 22:00-02:00;",
            ],
        }
    )  # fmt: skip
    with open_study(write_study(tmp_path, providers=providers)) as care:
        checked = care.table("providers")
        assert checked["zone"].isna().tolist() == [False, True, False, True, False]
        assert checked["claimed_hours"].isna().tolist() == [False, False, True, True, False]
        for hours in checked["claimed_hours"].dropna():
            claimed_week(hours)
        assert care.problems.counts["n"].tolist() == [1, 2]


# Names of files, and files that are more than they seem ------------------------------------------


def test_a_name_with_marks_of_a_pattern_means_that_file(write, tmp_path):
    for name, ident in {"a1.csv": "1", "a[1].csv": "2"}.items():
        (tmp_path / name).write_text(f"attempt_id,outcome\n{ident},busy\n")
    both = write('[tables.attempts]\npath = "a*.csv"')
    assert sorted(both.table("attempts")["attempt_id"]) == ["1", "2"]
    make_parquet(tmp_path / "a[1].parquet", "SELECT '2' AS attempt_id, 'busy' AS outcome")
    make_parquet(tmp_path / "a1.parquet", "SELECT '1' AS attempt_id, 'busy' AS outcome")
    make_sqlite(tmp_path / "a[1].sqlite", "2")
    for ending in ("csv", "parquet", "sqlite"):
        one = write(f'[tables.attempts]\npath = "a[1].{ending}"')
        assert list(one.table("attempts")["attempt_id"]) == ["2"]


def test_a_study_may_lie_in_a_folder_with_marks_of_a_pattern(tmp_path):
    for folder in ("audit [2026]", "audit 2"):
        (tmp_path / folder / "calls [x]").mkdir(parents=True)
        (tmp_path / folder / "calls [x]" / "1.csv").write_text(
            f"attempt_id,outcome\n{folder},busy\n"
        )
    path = tmp_path / "audit [2026]" / "study.toml"
    for key in ('path = "calls [x]/*.csv"', "sql = \"FROM 'calls*/*.csv'\""):
        path.write_text(f'title = "t"\n[tables.attempts]\n{key}\n')
        with open_study(path) as care:
            assert list(care.table("attempts")["attempt_id"]) == ["audit [2026]"]


@pytest.mark.parametrize("ending", ["xlsx", "parquet", "sqlite"])
def test_gzipped_workbooks_and_databases_are_unpacked(write, tmp_path, ending):
    path = tmp_path / f"a.{ending}"
    if ending == "xlsx":
        book(path, one=[["attempt_id", "outcome"], ["007", "busy"]])
    elif ending == "parquet":
        make_parquet(path, "SELECT '007' AS attempt_id, 'busy' AS outcome")
    else:
        make_sqlite(path)
    (tmp_path / f"a.{ending}.gz").write_bytes(gzip.compress(path.read_bytes()))
    care = write(f'[tables.attempts]\npath = "a.{ending}.gz"')
    assert list(care.table("attempts")["attempt_id"]) == ["007"]
    assert [file.name for file in care.files] == [f"a.{ending}.gz"]


def make_sqlite(path, ident="007"):
    with closing(sqlite3.connect(path)) as database:
        database.execute(f"CREATE TABLE calls AS SELECT '{ident}' AS attempt_id, 'busy' AS outcome")
        database.commit()


@pytest.mark.parametrize("path", ["a\\u0000x", "a" * 5_000, "*\\u0000", "b" * 5_000 + "*"])
def test_a_path_that_no_system_knows_is_one_clear_error(write, path):
    with pytest.raises(DataError, match=r"^study.toml, tables.attempts: path: .*no (path|file)"):
        write(f'[tables.attempts]\npath = "{path}"')


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no pipes among its files")
def test_a_pipe_or_a_device_is_refused_instead_of_waited_for(write, tmp_path):
    os.mkfifo(tmp_path / "a.csv")
    for key in ('path = "a.csv"', 'path = "*.csv"', "sql = \"FROM 'a.csv'\"", 'path = "/dev/zero"'):
        with pytest.raises(DataError, match="a device or a pipe"):
            write(f"[tables.attempts]\n{key}")


@pytest.mark.parametrize("large, limit", [(False, "LARGEST_TEXT"), (True, "DISK_LEFT")])
def test_a_file_that_unpacks_without_end_is_refused_and_leaves_nothing(
    tmp_path, monkeypatch, large, limit
):
    monkeypatch.setattr(files, limit, 10**6 if limit == "LARGEST_TEXT" else 10**18)
    (tmp_path / "a.csv.gz").write_bytes(gzip.compress(b"a,b\n" * 10**6))
    with Engine() as engine:
        with pytest.raises(DataError, match=r"a.csv.gz unpacks to more than"):
            open_file(engine, Input(path="a.csv.gz"), tmp_path / "a.csv.gz", large=large)
        assert [path for path in engine.work.rglob("a.csv*")] == []


def test_reading_a_database_changes_nothing_beside_it_and_sees_its_log(write, tmp_path):
    folder = tmp_path / "db"
    folder.mkdir()
    make_sqlite(folder / "a.sqlite")
    with closing(sqlite3.connect(folder / "a.sqlite")) as database:
        database.execute("PRAGMA journal_mode = WAL")
        database.execute("INSERT INTO calls VALUES ('008', 'busy')")
        database.commit()
        for name in ("a.sqlite", "a.sqlite-wal"):  # as after a crash: a log that nobody has read
            (tmp_path / name).write_bytes((folder / name).read_bytes())
    for place, ids in {"": ["007", "008"], "db/": ["007", "008"]}.items():
        before = {p: p.read_bytes() for p in tmp_path.rglob("a.sqlite*")}
        care = write(f'[tables.attempts]\npath = "{place}a.sqlite"')
        assert list(care.table("attempts")["attempt_id"]) == ids
        assert {p: p.read_bytes() for p in tmp_path.rglob("a.sqlite*")} == before


def test_a_folder_around_the_study_is_refused(write, tmp_path):
    (tmp_path / "a.csv").write_text(HEADER + ROWS)
    for folder in ("/", "..", tmp_path.parent.as_posix()):
        with pytest.raises(DataError, match="holds the study's own folder"):
            write('[tables.attempts]\npath = "a.csv"', f'folder = "{folder}"')


# Workbooks --------------------------------------------------------------------------------------


def rewrite_sheet(path, change):
    """Change the XML of the only sheet of a workbook."""
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, change(content) if "worksheets/" in name else content)


def test_formatted_blank_rows_take_no_memory_and_rows_keep_their_numbers(write, tmp_path):
    rows = [[], [], ["attempt_id", "outcome"], ["1", "busy"], ["2", "bussy"]]
    book(tmp_path / "a.xlsx", one=rows)
    blank = b"".join(b'<row r="%d"><c r="XFD%d"/></row>' % (i, i) for i in range(6, 1_200))
    rewrite_sheet(
        tmp_path / "a.xlsx", lambda xml: xml.replace(b"</sheetData>", blank + b"</sheetData>")
    )
    tracemalloc.start()
    care = write('[tables.attempts]\npath = "a.xlsx"')
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 50_000_000
    assert (care.n_rows("attempts"), care.problems.rows["row"].tolist()) == (1, [5])


def test_a_formula_that_was_never_calculated_is_an_error_where_it_matters(write, tmp_path):
    rows = [["attempt_id", "outcome", "note"], ["1", "busy", "=1+1"], ["2", '="bu"&"sy"', None]]
    book(tmp_path / "a.xlsx", one=rows)
    with pytest.raises(DataError, match=r"cell B3, in the column 'outcome'.*never calculated"):
        write('[tables.attempts]\npath = "a.xlsx"')
    book(tmp_path / "a.xlsx", one=[*rows[:2], ["2", "busy", None]])
    assert write('[tables.attempts]\npath = "a.xlsx"').n_rows("attempts") == 2
    query = 'sql = "FROM calls"\n[tables.attempts.inputs.calls]\npath = "a.xlsx"'
    with pytest.raises(DataError, match="cell C2"):
        write(f"[tables.attempts]\n{query}")


def test_a_formula_that_was_calculated_as_an_empty_text_is_no_error(write, tmp_path):
    book(tmp_path / "a.xlsx", one=[["attempt_id", "outcome", "wave"], ["1", "busy", '=""']])
    rewrite_sheet(
        tmp_path / "a.xlsx",
        lambda xml: re.sub(
            rb'<c r="C2"[^>]*>(<f>.*?</f>).*?</c>', rb'<c r="C2" t="str">\1<v></v></c>', xml
        ),
    )
    assert write('[tables.attempts]\npath = "a.xlsx"').table("attempts")["wave"].isna().all()


# What nobody sees -------------------------------------------------------------------------------


def test_marks_that_nobody_sees_make_no_other_provider(write, tmp_path):
    names = ["A", "A\u200b", "\u202eA", "A\x01", "A\ufeff", "\u00adA"]
    rows = "".join(f"{i},busy,{name}\n" for i, name in enumerate(names))
    care = attempts(write, tmp_path, "attempt_id,outcome\u200b,\u202eprovider\n" + rows)
    assert list(care.table("attempts")["provider"].cat.categories) == ["A"]
    joined = "attempt_id,outcome,provider\n1,busy,\u0646\u200c\u0647\n"
    assert sent(attempts(write, tmp_path, joined))[1] == ["\u0646\u200c\u0647"]


def test_every_control_and_format_character_is_left_out_but_five():
    unseen = {chr(i) for i in range(sys.maxunicode + 1) if category(chr(i)) in ("Cc", "Cf")}
    assert {mark for mark in unseen if not re.fullmatch(UNSEEN, mark)} == set("\t\n\r\u200c\u200d")
    assert re.sub(UNSEEN, "", "Đèn Dầu 😀 a-b_c[1]^") == "Đèn Dầu 😀 a-b_c[1]^"


def test_lines_that_a_quote_has_swallowed_are_pointed_out(write, tmp_path):
    text = 'attempt_id,outcome,provider\n1,busy,A\n2,busy,"B\n3,busy,C\n4,busy,D"\n5,busy,E\n'
    care = attempts(write, tmp_path, text)
    assert sent(care)[0] == ["1", "2", "5"]
    (row,) = care.problems.rows.to_dict("records")
    assert row["row"] == 3 and row["action"].endswith("is a quote missing?")
    honest = 'attempt_id,outcome,provider\n1,busy,"a note\nof two lines, and a comma"\n'
    assert attempts(write, tmp_path, honest).problems.counts.empty


# Where to look ----------------------------------------------------------------------------------


def test_rows_are_numbered_as_a_spreadsheet_shows_them(write, tmp_path):
    text = "\n\nattempt_id,outcome\n1,busy\n2,busy,x\n3,bussy\n4\n5,bussy\n"
    care = attempts(write, tmp_path, text)
    assert sorted(care.problems.rows["row"]) == [5, 6, 7, 8]
    keys = 'format = "fixed"\nwidths = [10, 8]'
    care = attempts(write, tmp_path, "attempt_idoutcome\n1         busy\n2         bussy\n", keys)
    assert care.problems.rows["row"].tolist() == [3]
    keys = 'format = "blank"'
    care = attempts(write, tmp_path, "attempt_id outcome\n1 busy\n2\n3 bussy\n", keys)
    assert sorted(care.problems.rows["row"]) == [3, 4]
    make_parquet(
        tmp_path / "a.parquet", "SELECT unnest(['1', '2']) attempt_id, unnest(['', 'busy']) outcome"
    )
    care = write('[tables.attempts]\npath = "a.parquet"')
    assert care.problems.rows["row"].tolist() == [1]


# Advice -----------------------------------------------------------------------------------------


def test_a_title_above_the_headings_is_recognised(write, tmp_path):
    mapped = 'columns = { outcome = "Kết quả" }'
    rows = [["KHẢO SÁT quý 3", None], ["attempt_id", "Kết quả"], ["1", "busy"]]
    book(tmp_path / "a.xlsx", one=rows)
    with pytest.raises(DataError, match=r"first row a title\? Say skip = 1"):
        write(f'[tables.attempts]\npath = "a.xlsx"\n{mapped}')
    for title in ("KHẢO SÁT quý 3\n", "KHẢO SÁT,quý 3\n"):
        text = title + "attempt_id,Kết quả\n1,busy\n"
        with pytest.raises(DataError, match=r"first row a title\?"):
            attempts(write, tmp_path, text, mapped)
    with pytest.raises(DataError) as caught:
        attempts(write, tmp_path, "attempt_id,Result\n1,busy\n", mapped)
    assert "title" not in str(caught.value)


def test_a_wrong_delimiter_is_named_where_columns_are_mapped(write, tmp_path):
    keys = 'delimiter = ";"\ncolumns = { provider = "Firm" }'
    with pytest.raises(DataError, match=r"no column 'Firm'.*is its `delimiter` another"):
        attempts(write, tmp_path, "attempt_id,outcome,Firm\n1,busy,A\n", keys)


def test_utf8_that_is_declared_as_windows_text_is_refused(write, tmp_path):
    for text in (HEADER + ROWS, HEADER + "1,busy,A,,,,\n" * 100_000 + ROWS):
        with pytest.raises(DataError, match=r"is text in UTF-8.*Leave `encoding` out"):
            attempts(write, tmp_path, text, 'encoding = "windows-1258"')


def test_a_query_that_names_a_workbook_or_a_file_elsewhere_is_told_of_inputs(write, tmp_path):
    book(tmp_path / "a.xlsx", one=[["attempt_id", "outcome"], ["1", "busy"]])
    for file in ("a.xlsx", "../else.csv"):
        with pytest.raises(DataError, match="under `inputs`"):
            write(f"""[tables.attempts]\nsql = "FROM '{file}'" """)


def test_two_headings_alike_are_refused_where_they_are_meant_and_nowhere_else(write, tmp_path):
    text = "attempt_id,outcome,Firm,firm,x,x\n1,busy,A,B,,\n"
    assert attempts(write, tmp_path, text).n_rows("attempts") == 1
    with pytest.raises(DataError, match=r"more than one column 'Firm'"):
        attempts(write, tmp_path, text, 'columns = { provider = "Firm" }')
    care = attempts(write, tmp_path, text, 'columns = { provider = "firm (2)" }')
    assert sent(care)[1] == ["B"]
    book(tmp_path / "a.xlsx", one=[["attempt_id", "outcome", "outcome"], ["1", "busy", "closed"]])
    with pytest.raises(DataError, match="more than one column 'outcome'"):
        write('[tables.attempts]\npath = "a.xlsx"')


def test_a_table_that_cannot_be_used_breaks_no_other(tmp_path):
    times = ["2026-01-05 10:00"] * 50 + ["yesterday"] * 50
    bad = make_attempts({"A": (50, 100)}, sent_at=times)
    incidents = pd.DataFrame({"incident_id": ["i1", "i2", "i2"], "reason": "billing"})
    care, errors = check_study(load_study(write_study(tmp_path, attempts=bad, incidents=incidents)))
    with care:
        (error,) = errors
        assert "tables.attempts" in str(error) and "'yesterday' (50 ×)" in str(error)
        assert care.n_rows("incidents") == 2


def test_a_row_that_was_dropped_is_not_listed_again_for_want_of_a_wave(write, tmp_path):
    text = "attempt_id,outcome,wave\n1,busy,w1\n2,busy,\nTổng cộng,,\n"
    care = attempts(write, tmp_path, text, top='wave = "w1"')
    assert counts_of(care) == {
        ("outcome", "row not used"): 1,
        ("wave", "in no report on a wave"): 1,
    }
    lacking = care.problems.rows.query("column == 'wave'")
    assert lacking["row"].tolist() == [3]
