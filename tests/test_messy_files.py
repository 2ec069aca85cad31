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


def ledger_of(folder, amounts, keys="", currency="VND"):
    """The amounts of a ledger that are so written, 0 where they cannot be read."""
    lines = "".join(f"2026-{month:02d};{text}\n" for month, text in enumerate(amounts, 1))
    (folder / "l.csv").write_text(f"period;acquisition_spend\n{lines}", encoding="utf-8")
    path = folder / "study.toml"
    path.write_text(
        f'title = "A"\ncurrency = "{currency}"\n[tables.ledger]\npath = "l.csv"\n{keys}\n',
        encoding="utf-8",
    )
    care, errors = check_study(load_study(path))
    assert not errors
    with care:
        return care.table("ledger")["acquisition_spend"].fillna(0).tolist()


def test_an_amount_may_bear_the_sign_of_its_own_currency_and_no_other(tmp_path):
    written = ["104.500.000 đ", "₫ 1.500", "1.500\u00a0VNĐ", "vnd 1.500", "1.500\u202f₫", "2,5đồng"]
    assert ledger_of(tmp_path, written, 'decimal = ","') == [104.5e6, *[1500] * 4, 2.5]
    assert ledger_of(tmp_path, ["5 USD", "$5", "5 đ/tháng", "5 k", "đ"]) == [0] * 5
    assert ledger_of(tmp_path, ["$5", "5.5 USD", "US$ 7", "5 đ"], currency="USD") == [5, 5.5, 7, 0]
    refused = ["950.000 đ", "950.000", "950000 đ"]  # points that part thousands, unless said so
    assert ledger_of(tmp_path, refused) == [0, 0, 950000]


def test_refunds_and_numbers_that_are_no_amounts_keep_to_the_same_rule(tmp_path):
    (tmp_path / "t.csv").write_text(
        "customer_id,occurred_at,amount\n1,2026-01-05,-$4.50\n1,2026-01-05,$-4.50\n"
        "1,2026-01-05,9 USD\n",
        encoding="utf-8",
    )
    (tmp_path / "l.csv").write_text("period,acquired\n2026-01,$5\n2026-02,6\n", encoding="utf-8")
    path = tmp_path / "study.toml"
    path.write_text(
        'title = "A"\ncurrency = "USD"\n[tables.transactions]\npath = "t.csv"\n'
        '[tables.ledger]\npath = "l.csv"\n'
    )
    care, errors = check_study(load_study(path))
    with care:
        assert not errors
        assert sorted(care.large.frame("SELECT amount FROM transactions")["amount"]) == [
            -450, -450, 900
        ]  # fmt: skip
        assert care.table("ledger")["acquired"].isna().tolist() == [True, False]


def test_amounts_with_letters_are_not_told_to_say_what_the_study_says_already(tmp_path):
    (tmp_path / "t.csv").write_text(
        "customer_id;occurred_at;amount\n" + "1;2026-01-05;5 triệu\n" * 12, encoding="utf-8"
    )
    path = tmp_path / "study.toml"
    path.write_text('title = "A"\n[tables.transactions]\npath = "t.csv"\ndecimal = ","\n')
    _care, errors = check_study(load_study(path))
    assert "12 of 12 values" in str(errors[0]) and "decimal" not in str(errors[0])


def test_a_word_that_is_neither_yes_nor_no_leads_to_the_keys_that_read_it(tmp_path):
    rows = "".join(f"{i};{'K' if i % 3 else 'rồi'}\n" for i in range(30))
    (tmp_path / "s.csv").write_text(f"respondent;would_switch\n{rows}", encoding="utf-8")
    path = tmp_path / "study.toml"
    table = 'title = "A"\n[tables.survey]\npath = "s.csv"\n'
    path.write_text(table)
    _care, errors = check_study(load_study(path))
    assert 'missing = ["their word"]' in str(errors[0])
    assert "values.would_switch = {" in str(errors[0])
    said = 'missing = ["K"]\nvalues = { would_switch = { "rồi" = true } }\n'
    path.write_text(table + said, encoding="utf-8")
    care, errors = check_study(load_study(path))
    assert not errors and care.table("survey")["would_switch"].sum() == 10
    care.close()


def test_days_of_no_time_of_ours_are_told_which_days_can_be_used(tmp_path):
    (tmp_path / "t.csv").write_text(
        "customer_id,occurred_at,amount\n" + "1,2999-01-01,5\n" * 12, encoding="utf-8"
    )
    path = tmp_path / "study.toml"
    path.write_text('title = "A"\n[tables.transactions]\npath = "t.csv"\n')
    _care, errors = check_study(load_study(path))
    assert "Days from 1900-01-01 to 2199-12-31 can be used." in str(errors[0])
