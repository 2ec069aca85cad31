"""What people's spreadsheets look like: titles above the headings, columns that are not there."""

from __future__ import annotations

import openpyxl
import pytest

from carebench.schema import DataError
from carebench.sources import check_study
from carebench.study import load_study

TITLE = 'Cuộc gọi tháng 7;;\n"Lập ngày 1/8; bản nháp";;\n\n'
ROWS = "Mã;Kết quả\nA1;answered\nA2;busy\n"
KEYS = 'columns = { attempt_id = "Mã", outcome = "Kết quả" }'


def care_of(folder, keys, name="calls.csv"):
    """The study of one table of attempts, and what was wrong with it."""
    path = folder / "study.toml"
    path.write_text(
        f'title = "Calls"\n[tables.attempts]\npath = "{name}"\n{keys}\n', encoding="utf-8"
    )
    return check_study(load_study(path))


def test_lines_of_a_title_are_skipped_and_rows_keep_their_number_in_the_file(tmp_path):
    (tmp_path / "calls.csv").write_text(f"{TITLE}{ROWS}A3;perhaps\n", encoding="utf-8")
    care, errors = care_of(tmp_path, f"skip = 2\n{KEYS}")
    assert not errors
    assert list(care.table("attempts")["attempt_id"]) == ["A1", "A2"]
    assert list(care.problems.rows["row"]) == [7]


def test_rows_of_a_title_are_skipped_in_a_workbook_too(tmp_path):
    book = openpyxl.Workbook()
    for row in (["Cuộc gọi tháng 7"], [], ["Mã", "Kết quả"], ["A1", "answered"], ["A2", "oops"]):
        book.active.append(row)
    book.save(tmp_path / "calls.xlsx")
    care, errors = care_of(tmp_path, f"skip = 1\n{KEYS}", "calls.xlsx")
    assert not errors
    assert list(care.table("attempts")["attempt_id"]) == ["A1"]
    assert list(care.problems.rows["row"]) == [5]


def test_a_title_that_is_not_skipped_leads_to_the_key_that_skips_it(tmp_path):
    (tmp_path / "calls.csv").write_text(f"Calls;;\n{ROWS}", encoding="utf-8")
    _care, errors = care_of(tmp_path, KEYS)
    assert "Say skip = 1" in str(errors[0])


def test_to_skip_the_whole_file_is_one_clear_error(tmp_path):
    (tmp_path / "calls.csv").write_text(ROWS, encoding="utf-8")
    _care, errors = care_of(tmp_path, f"skip = 40\n{KEYS}")
    assert "skip = 40 leaves nothing" in str(errors[0])


def test_a_constant_stands_in_for_a_column_that_is_not_there(tmp_path):
    (tmp_path / "calls.csv").write_text(ROWS, encoding="utf-8")
    keys = (
        f"""constants = {{ channel = "phone", provider = "Sao 'Mai'", wave = "2026-Q3" }}\n{KEYS}"""
    )
    care, errors = care_of(tmp_path, keys)
    assert not errors
    rows = care.table("attempts")
    assert set(rows["channel"]) == {"phone"}
    assert set(rows["provider"]) == {"Sao 'Mai'"}


@pytest.mark.parametrize(
    ("keys", "words"),
    [
        ('constants = { chanel = "phone" }', "Did you mean 'channel'?"),
        ('constants = { outcome = "busy" }\ncolumns = { outcome = "Kết quả" }', "Keep one"),
        ("skip = -1", "0 or more lines"),
    ],
)
def test_what_cannot_be_meant_is_refused_before_a_file_is_read(tmp_path, keys, words):
    with pytest.raises(DataError, match=words):
        care_of(tmp_path, keys)


def test_a_constant_never_hides_a_column_of_the_file(tmp_path):
    (tmp_path / "calls.csv").write_text("attempt_id,outcome\nA1,busy\n", encoding="utf-8")
    _care, errors = care_of(tmp_path, 'constants = { outcome = "answered" }')
    assert "has a column 'outcome' of its own" in str(errors[0])


def test_a_constant_that_is_no_value_of_its_column_stops_the_study(tmp_path):
    lines = "".join(f"A{number},busy\n" for number in range(20))
    (tmp_path / "calls.csv").write_text(f"attempt_id,outcome\n{lines}", encoding="utf-8")
    _care, errors = care_of(tmp_path, 'constants = { channel = "fone" }')
    assert "'fone' (20 ×)" in str(errors[0])


def test_iso_times_keep_their_offset_beside_a_format_that_has_one(tmp_path):
    times = ["13/07/2026 09:37 +0700", "2026-07-13 09:37:00 +07", "2026-07-13 09:37"]
    lines = "".join(f"A{number};busy;{time}\n" for number, time in enumerate(times))
    (tmp_path / "calls.csv").write_text(f"attempt_id;outcome;sent_at\n{lines}", encoding="utf-8")
    care, errors = care_of(tmp_path, 'zone = "Asia/Ho_Chi_Minh"\ndate_format = "%d/%m/%Y %H:%M %z"')
    assert not errors
    assert set(care.table("attempts")["sent_at"].astype(str)) == {"2026-07-13 02:37:00+00:00"}


def test_a_small_table_of_which_most_cannot_be_read_stops_the_study(tmp_path):
    (tmp_path / "t.csv").write_text(
        "customer_id,occurred_at,amount\n" + "".join(f"{i},2026-01-05,726.000\n" for i in range(5))
        + "9,2026-01-05,5\n"
    )  # fmt: skip
    path = tmp_path / "study.toml"
    path.write_text('title = "A"\ncurrency = "VND"\n[tables.transactions]\npath = "t.csv"\n')
    _care, errors = check_study(load_study(path))
    assert "5 of 6 values" in str(errors[0]) and 'decimal = ","' in str(errors[0])


def test_amounts_of_another_currency_and_regions_in_other_capitals_are_listed(tmp_path):
    (tmp_path / "t.csv").write_text("customer_id,occurred_at,amount\n1,2026-01-05,1250.5\n")
    (tmp_path / "c.csv").write_text("customer_id,region\n1,Hà Nội\n2,Hà Nội\n3,Hà nội\n")
    path = tmp_path / "study.toml"
    path.write_text(
        'title = "A"\ncurrency = "VND"\n[tables.transactions]\npath = "t.csv"\n'
        '[tables.customers]\npath = "c.csv"\n'
    )
    care, errors = check_study(load_study(path))
    actions = set(care.problems.counts["action"])
    care.close()
    assert not errors
    assert {"rounded; is it another currency?", "kept as it is; give it one spelling"} <= actions
