"""Coding by hand: who codes what, blind to whom, and what is made of it."""

from __future__ import annotations

import json
import random
from collections import Counter

import pytest
from openpyxl import load_workbook

from carebench import cli
from carebench.fieldwork.coding import coding_rows, decided, drawn_items, put, queue, status
from carebench.fieldwork.coding.codes import take_back
from carebench.fieldwork.coding.labels import MESSAGE_LABELS, RECORD_LABELS, label_said, words_in
from carebench.fieldwork.coding.masking import masked
from carebench.fieldwork.coding.sheet import take_sheet, write_sheet
from carebench.fieldwork.coding.texts import shown
from carebench.fieldwork.journal import open_journal
from carebench.fieldwork.wave import wave_of
from carebench.language import speaking
from carebench.methods.coders import settled
from carebench.schema import TABLES, DataError
from carebench.study import load_study
from coded_waves import answer, coded_wave, record, token_in
from field_studies import PROVIDERS, field_study


@pytest.fixture
def wave(tmp_path):
    with coded_wave(tmp_path) as found:
        yield found


def filled(path, label):
    """Fill every row of a sheet in: with `label`, or with what it makes of the row's text."""
    book = load_workbook(path)
    for sheet in book:
        for row in sheet.iter_rows(min_row=2) if sheet.max_column == 5 else ():
            row[4].value = label(row[3].value) if callable(label) else label
    book.save(path)


def by_text(text):
    return {
        "Dear": MESSAGE_LABELS["human"],
        "We h": MESSAGE_LABELS["auto_ack"],
        "The ": MESSAGE_LABELS["bounce"],
    }.get(text[:4], MESSAGE_LABELS["unsure"])


# The draw


def test_all_in_doubt_and_a_share_of_each_providers_others_are_drawn(wave):
    study, journal = wave
    drawn = Counter((item.provider, item.machine, item.drawn) for item in drawn_items(*wave[::-1]))
    for provider in PROVIDERS:
        assert drawn[provider, "unsure", "unsure"] == 2
        assert drawn[provider, "human", "random"] == 2  # a tenth of 18, and no less
        assert drawn[provider, "auto_ack", "random"] == 1
        assert drawn[provider, "bounce", "random"] == 1  # rare ones are never left out
    fractions = {i.machine: i.fraction for i in drawn_items(journal, study)}
    assert fractions == {"unsure": 1, "human": 2 / 18, "auto_ack": 1 / 9, "bounce": 1}


def test_the_draw_is_the_same_whenever_it_is_made_and_later_mail_adds_to_it(wave):
    study, journal = wave
    before = {item.item for item in drawn_items(journal, study) if item.drawn == "random"}
    assert before == {i.item for i in drawn_items(journal, study) if i.drawn == "random"}
    for number in range(100, 102):
        answer(journal, PROVIDERS[0], number, "human")
    after = {item.item for item in drawn_items(journal, study) if item.drawn == "random"}
    assert len(before - after) <= 1  # of the 12, one at most makes room


def test_what_left_the_draw_is_kept_where_it_was_coded(wave):
    study, journal = wave
    item = next(item for item in drawn_items(journal, study) if item.machine == "bounce")
    put(journal, item, "C1", "bounce")
    for number in range(200, 209):  # nine more bounces: one in ten is drawn
        answer(journal, item.provider, number, "bounce")
    bounces = [one for one in drawn_items(journal, study) if one.machine == "bounce"]
    alike = [one for one in bounces if one.provider == item.provider]
    assert {one.item for one in alike if one.drawn == "random"} != {item.item}
    assert next(one for one in alike if one.item == item.item).drawn == "earlier"
    assert item.item not in {one.item for one in queue(journal, study, "C2")}


def test_an_attempt_in_doubt_is_coded_whole_and_counts_once(wave):
    study, journal = wave
    answer(journal, PROVIDERS[0], 300, "unsure")
    answer(journal, PROVIDERS[0], 300, "auto_ack")
    token = token_in(journal, PROVIDERS[0], 300)
    items = [item for item in drawn_items(journal, study) if item.attempt == token]
    assert [item.drawn for item in items] == ["unsure", "unsure"]


def test_no_witness_copy_is_coded_and_a_label_that_is_not_sure_is_in_doubt(wave):
    study, journal = wave
    digest = answer(journal, PROVIDERS[0], 400, "human", sure=False)
    with journal.transaction() as connection:
        connection.execute("UPDATE labels SET label = 'witness' WHERE label = 'bounce'")
    items = {item.item: item for item in drawn_items(journal, study)}
    assert items[digest].drawn == "unsure"
    assert not any(item.machine == "bounce" for item in items.values())


def test_what_came_after_the_watching_ended_is_not_coded(wave):
    study, journal = wave
    late = answer(journal, PROVIDERS[0], 800, "unsure")
    in_time = answer(journal, PROVIDERS[0], 801, "unsure")
    with journal.transaction() as connection:
        connection.execute("UPDATE probes SET sent_utc = '2026-12-01T03:00:00.000000Z'")
        connection.execute(
            "UPDATE messages SET received_utc = '2026-12-15T03:00:01Z' WHERE digest = ?", (late,)
        )
    drawn = {item.item for item in drawn_items(journal, study)}
    assert in_time in drawn and late not in drawn


def test_calls_that_were_answered_by_nobody_knows_whom_are_coded(wave):
    study, journal = wave
    record(
        journal, "call1", provider=PROVIDERS[0], channel="phone",
        sent_at="2026-12-01T03:00:00.000000Z", line_at="2026-12-01T03:00:07.000000Z",
    )  # fmt: skip
    record(journal, "call2", provider=PROVIDERS[0], channel="phone", outcome="busy")
    items = [item for item in drawn_items(journal, study) if item.kind == "record"]
    assert [item.item for item in items] == ["call1"]
    text = shown(journal, study, items[0]).text
    assert "after 7 s" in text and PROVIDERS[0] not in text


def test_whoever_keeps_the_recording_finds_it_by_what_the_coder_is_shown(wave):
    study, journal = wave
    with journal.transaction() as connection:
        connection.execute("DELETE FROM labels")
        connection.execute(
            "INSERT INTO records VALUES ('cdr', 'hash', ?, ?, '2026-12-02T00:00:00Z')",
            (
                token := token_in(journal, PROVIDERS[1], 3),
                json.dumps(
                    {"attempt_id": token, "provider": PROVIDERS[1], "channel": "phone",
                     "shopper": "s1", "sent_at": "2026-12-01T20:30:07.000000Z"}
                ),
            ),
        )  # fmt: skip
        connection.execute("UPDATE probes SET channel = 'phone' WHERE token = ?", (token,))
    (item,) = drawn_items(journal, study)
    lines = shown(journal, study, item).text.splitlines()
    assert lines[:4] == [
        "Channel: Calls", "Begun: Wed 2026-12-02 03:30:07 (Asia/Ho_Chi_Minh)", "Shopper: s1",
        f"Attempt: {token}",
    ]  # fmt: skip
    assert PROVIDERS[1] not in str(lines) and "hash" not in str(lines)


def test_a_hash_that_nobody_knows_is_not_shown(wave):
    study, journal = wave
    with journal.transaction() as connection:
        connection.execute("DELETE FROM labels")
    record(journal, "c0ffee", provider=PROVIDERS[0], channel="phone", sent_at="2026-12-01T03:00Z")
    (item,) = drawn_items(journal, study)
    assert "c0ffee" not in shown(journal, study, item).text


# Who codes


def test_each_item_is_coded_by_two_and_by_nobody_twice(wave):
    study, journal = wave
    for coder in ("C1", "C1", "C2", "C3"):
        for item in queue(journal, study, coder):
            put(journal, item, coder, "human")
    codes = Counter(row["coder"] for row in journal.rows("SELECT coder FROM codes"))
    assert codes == {"C1": 18, "C2": 18}  # all agree, so that nothing is left for a third


def test_a_third_decides_where_two_differ_and_nobody_where_all_three_do(wave):
    study, journal = wave
    items = drawn_items(journal, study)
    for item, second in zip(items, ["human", "auto_ack", "auto_ack"], strict=False):
        put(journal, item, "C1", "human")
        put(journal, item, "C2", second)
    first, other, last = items[:3]
    assert decided(journal) == {first.item: "human"}
    assert first.item not in {item.item for item in queue(journal, study, "C3")}
    put(journal, other, "C3", "auto_ack")
    put(journal, last, "C3", "survey")
    found = decided(journal)
    assert (found[other.item], found[last.item]) == ("auto_ack", "unsure")


def test_people_settle_by_two_who_agree_or_by_a_third():
    said = {
        ("human",): None,
        ("human", "human"): "human",
        ("human", "bot"): None,
        ("human", "bot", "bot"): "bot",
        ("human", "bot", "human"): "human",
        ("human", "bot", "survey"): "unsure",
        ("human", "human", "bot"): "human",  # a third who came too late changes nothing
        ("unsure", "unsure"): "unsure",
    }
    assert {codes: settled(codes) for codes in said} == said
    assert settled(()) is None


def test_each_coder_has_an_order_of_their_own(wave):
    study, journal = wave
    orders = [[item.item for item in queue(journal, study, coder)] for coder in ("C1", "C2")]
    assert sorted(orders[0]) == sorted(orders[1]) and orders[0] != orders[1]


def test_what_was_said_first_holds_until_it_is_taken_back(wave):
    study, journal = wave
    item = queue(journal, study, "C1")[0]
    assert put(journal, item, "C1", "human") and not put(journal, item, "C1", "survey")
    assert journal.rows("SELECT label FROM codes")[0]["label"] == "human"
    take_back(journal, item, "C1")
    assert put(journal, item, "C1", "survey")


def test_an_unknown_label_and_a_name_for_a_code_are_refused(wave):
    study, journal = wave
    item = drawn_items(journal, study)[0]
    with pytest.raises(DataError, match="Expected one of human"):
        put(journal, item, "C1", "persn")
    with pytest.raises(DataError, match="never a name"):
        queue(journal, study, "Nguyễn Văn An, coder")


def test_an_erased_message_is_shown_to_nobody(wave):
    study, journal = wave
    with journal.transaction() as connection:
        connection.execute("UPDATE messages SET raw = NULL")
    assert queue(journal, study, "C1") == []


# Blind


@pytest.mark.parametrize(
    "text",
    [
        "Alder Invented Power thanks you",
        "ALDER INVENTED POWER",
        "alder-invented-power team",
        "Kính gửi, ALDERINVENTEDPOWER",
        "The Alder team",
        "Your friends of AIP",
        "www.alder.example/help or https://alder.example/x?y=1",
        "write to Care.Team@mail.alder.example now",
        "Álder Invénted Pówer",
        "Follow us: alder.example",
    ],
)
def test_no_form_of_a_providers_name_is_left(tmp_path, text):
    study = load_study(field_study(tmp_path))
    hidden = masked(text, study)
    assert "alder" not in hidden.casefold() and "aip" not in hidden.casefold(), hidden
    assert "lder" not in hidden.casefold() and "[" in hidden


def test_vietnamese_names_are_hidden_with_and_without_their_accents(tmp_path):
    providers = {"Điện lực Sao Giả": {"email": "cskh@saogia.example"}}
    study = load_study(field_study(tmp_path, **{"fieldwork.providers": providers}))
    for text in ("Điện lực Sao Giả", "dien luc sao gia", "ĐIỆN LỰC SAO GIẢ", "DienLucSaoGia"):
        hidden = masked(f"Kính chào quý khách của {text}!", study)
        assert hidden == "Kính chào quý khách của [firm]!", hidden


def test_numbers_and_personas_are_hidden_and_ordinary_words_are_not(tmp_path):
    study = load_study(field_study(tmp_path))
    text = "Dear Ann Invented, call 1900 123 456 or +84 (28) 3822-1234. The water power is on at 8."
    assert masked(text, study) == (
        "Dear [name], call [number] or [number]. The water power is on at 8."
    )


def test_a_hostile_text_is_masked_in_time_and_without_error(tmp_path):
    study = load_study(field_study(tmp_path))
    rng = random.Random(7)
    for text in ("a@" * 3000, "a." * 3000, "1" * 6000, "alder" * 1200, "x" * 6000, "́" * 6000):
        masked(text, study)
    letters = "Alder.@ -+19\\[](){}*?̣đĐ\n"
    for _round in range(200):
        masked("".join(rng.choices(letters, k=200)), study)


def test_what_is_shown_names_neither_provider_nor_label(wave):
    study, journal = wave
    text = "Alder Invented Power, hotline 1900 123 456:\nwe are open. =SUM(A1)"
    digest = answer(journal, PROVIDERS[0], 500, "unsure", text=text, subject="Alder: your request")
    item = next(item for item in drawn_items(journal, study) if item.item == digest)
    seen = shown(journal, study, item)
    assert "alder" not in (seen.subject + seen.text).casefold()
    assert "we are open" in seen.text and "unsure" not in seen.text


# Sheets


def test_a_sheet_goes_out_is_filled_and_comes_back_once(wave, tmp_path):
    study, journal = wave
    path = tmp_path / "C1.xlsx"
    assert write_sheet(journal, study, "C1", path) == 18
    filled(path, by_text)
    taken = take_sheet(journal, study, path)
    assert (taken.coder, taken.new, taken.known, taken.unknown) == ("C1", 18, 0, [])
    again = take_sheet(journal, study, path, "C1")
    assert (again.new, again.known, again.changed) == (0, 18, [])
    assert queue(journal, study, "C1") == []


def test_a_half_filled_sheet_is_taken_as_far_as_it_goes(wave, tmp_path):
    study, journal = wave
    path = tmp_path / "C1.xlsx"
    write_sheet(journal, study, "C1", path)
    filled(path, lambda text: by_text(text) if text.startswith("Dear") else "  ")
    taken = take_sheet(journal, study, path)
    assert taken.new == 6 and taken.empty == 12
    assert len(queue(journal, study, "C1")) == 12


def test_unknown_labels_and_second_thoughts_are_listed_and_the_rest_is_taken(wave, tmp_path):
    study, journal = wave
    path = tmp_path / "C1.xlsx"
    write_sheet(journal, study, "C1", path)
    filled(path, lambda text: "hooman" if text.startswith("The") else by_text(text))
    taken = take_sheet(journal, study, path)
    assert len(taken.unknown) == 3 and taken.new == 15
    heading = "What is it? is 'hooman'. Expected one of a person wrote it for this request, "
    assert taken.unknown[0].startswith("C1.xlsx, sheet 'Messages', row ")
    assert heading in taken.unknown[0]
    filled(path, "human")
    taken = take_sheet(journal, study, path)
    assert taken.new == 3 and taken.known == 6 and len(taken.changed) == 9
    changed = "is 'a person wrote it for this request', but was 'automatic: "
    assert any(changed in line for line in taken.changed)


def test_a_vietnamese_sheet_is_answered_in_its_own_words(wave, tmp_path):
    study, journal = wave
    path = tmp_path / "C1.xlsx"
    with speaking("vi"):
        write_sheet(journal, study, "C1", path)
    filled(path, "hên xui")
    taken = take_sheet(journal, study, path)
    words = words_in("vi", "message")
    assert f"is 'hên xui'. Expected one of {', '.join(words.values())}." in taken.unknown[0]
    assert words["human"] != MESSAGE_LABELS["human"]


def test_a_sheet_of_somebody_else_or_of_another_wave_is_refused(wave, tmp_path):
    study, journal = wave
    path = tmp_path / "C1.xlsx"
    write_sheet(journal, study, "C1", path)
    with pytest.raises(DataError, match="the sheet of C1, not of C2"):
        take_sheet(journal, study, path, "C2")
    other = load_study(field_study(tmp_path / "other", wave="2027-Q1"))
    with (
        open_journal(wave_of(other).make().journal, make=True) as elsewhere,
        pytest.raises(DataError, match="another wave or study"),
    ):
        take_sheet(elsewhere, other, path)
    book = load_workbook(path)
    sheet = book.worksheets[1]
    for row in range(2, sheet.max_row + 1):
        sheet.cell(row, 2).value = sheet.cell(row, 2).value.replace("C1-", "C2-")
    book.save(path)
    with pytest.raises(DataError, match="None of the items"):
        take_sheet(journal, study, path)


def test_a_file_that_is_no_sheet_of_codes_is_refused(wave, tmp_path):
    study, journal = wave
    path = tmp_path / "other.csv"
    path.write_text("a,b\n1,2\n", encoding="utf-8")
    with pytest.raises(DataError, match="no sheet of codes"):
        take_sheet(journal, study, path)


def test_a_sheet_saved_as_csv_is_taken_too(wave, tmp_path):
    study, journal = wave
    path = tmp_path / "C1.xlsx"
    write_sheet(journal, study, "C1", path)
    rows = list(load_workbook(path).worksheets[1].iter_rows(values_only=True))
    lines = [";".join(str(cell or "") for cell in (*row[:2], "x", "y", "")) for row in rows[1:]]
    lines = [line + MESSAGE_LABELS["human"].upper() for line in lines]
    text = ";".join(rows[0]) + "\n" + "\n".join(lines) + "\n"
    (tmp_path / "C1.csv").write_text(text, encoding="utf-8-sig")
    assert take_sheet(journal, study, tmp_path / "C1.csv").new == 18


def test_a_filled_sheet_is_never_written_over(wave, tmp_path):
    study, journal = wave
    path = tmp_path / "C1.xlsx"
    write_sheet(journal, study, "C1", path)
    with pytest.raises(DataError, match="there already"):
        write_sheet(journal, study, "C1", path)


def test_no_formula_of_a_message_lives_in_the_sheet(wave, tmp_path):
    study, journal = wave
    answer(journal, PROVIDERS[0], 600, "unsure", text="=HYPERLINK(1)", subject="+cmd|' /C x'!A0")
    path = tmp_path / "C1.xlsx"
    write_sheet(journal, study, "C1", path)
    cells = [cell for row in load_workbook(path).worksheets[1] for cell in row if cell.value]
    assert not any(cell.data_type == "f" for cell in cells)
    hostile = [cell for cell in cells if str(cell.value).startswith(("=", "+"))]
    assert len(hostile) == 2 and all(cell.quotePrefix for cell in hostile)


def test_sheets_are_in_vietnamese_and_come_back_in_either_language(wave, tmp_path):
    study, journal = wave
    path = tmp_path / "C1.xlsx"
    with speaking("vi"):
        write_sheet(journal, study, "C1", path)
    book = load_workbook(path)
    assert book["lists"].sheet_state == "hidden"
    words = [row[0] for row in book["lists"].iter_rows(values_only=True) if row[0]]
    assert len(words) == len(MESSAGE_LABELS)
    filled(path, words[0])
    assert take_sheet(journal, study, path).new == 18
    assert {row["label"] for row in journal.rows("SELECT label FROM codes")} == {"human"}


def test_every_label_is_found_by_its_words_and_is_one_of_the_schema():
    column = TABLES["codings"].column("first")
    for kind, labels in (("message", MESSAGE_LABELS), ("record", RECORD_LABELS)):
        for label, words in labels.items():
            assert label_said(f"  {words.upper()} ", kind) == label
            assert label in column.allowed


# What comes of it


def test_the_rows_for_the_report_name_no_coder_and_no_message(wave):
    study, journal = wave
    items = drawn_items(journal, study)
    for coder, label in (("C1", "human"), ("C2", "auto_ack"), ("C3", "auto_ack")):
        put(journal, items[0], coder, label)
    rows = coding_rows(journal, study)
    assert len(rows) == len(items) == 18
    assert set(rows[0]) == {column.name for column in TABLES["codings"].columns}
    row = next(row for row in rows if row["first"])
    assert (row["first"], row["second"], row["third"], row["coded"]) == (
        "human", "auto_ack", "auto_ack", "auto_ack",
    )  # fmt: skip
    text = json.dumps(rows)
    assert items[0].item not in text and "C1" not in text and PROVIDERS[0] not in text


def test_the_status_counts_what_is_left_and_how_far_coders_agree(wave):
    study, journal = wave
    for place, item in enumerate(queue(journal, study, "C1")):
        put(journal, item, "C1", "human" if place % 2 else "auto_ack")
        if place < 16:
            put(journal, item, "C2", "human" if place % 2 or place == 0 else "auto_ack")
    found = status(journal, study)
    assert (found.items, found.unsure, found.random) == (18, 6, 12)
    assert (found.none, found.once, found.differing, found.done) == (0, 2, 1, 15)
    assert found.by_coder == {"C1": 18, "C2": 16}
    assert (found.equal.k, found.equal.n) == (15, 16)
    assert found.alpha.value == pytest.approx(1 - 31 * 2 / (2 * 15 * 17), abs=1e-9)


def test_the_command_line_writes_takes_and_tells(wave, tmp_path, capsys):
    study, _journal = wave
    study_file, sheet = str(study.path), tmp_path / "mine.xlsx"
    assert cli.main(["code", study_file]) == 0
    assert "To be coded: 18 items, 6 of attempts in doubt" in capsys.readouterr().out
    assert cli.main(["code", study_file, "--coder", "C1", "--sheet", str(sheet)]) == 0
    filled(sheet, lambda text: "hooman" if text.startswith("The") else by_text(text))
    assert cli.main(["code", study_file, "--take", str(sheet)]) == 1
    said = capsys.readouterr().out
    assert "15 new codes" in said and "is 'hooman'. Expected one of" in said
    assert cli.main(["code", study_file, "--sheet", str(tmp_path / "x.xlsx")]) == 1
    assert "--coder C1" in capsys.readouterr().err
    assert cli.main(["code", study_file, "--coder", "C1"]) == 0
    assert "For C1: 3 items." in capsys.readouterr().out
