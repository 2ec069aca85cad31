"""An engagement begins with a folder that works from an installed package."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import get_args, get_type_hints

import openpyxl
import pytest

from carebench import language
from carebench.cli import main
from carebench.engagement import init
from carebench.engagement.study_file import study_file
from carebench.schema import TABLES, DataError
from carebench.sources import check_study
from carebench.study import ChannelPlan, Fieldwork, Mail, Study, TableSource, load_study
from conftest import ROOT

ATTEMPTS = [
    ("007", "answered", "Sao Mai", "phone", "2026-07-06 09:00:00", "2026-07-06 09:00:40"),
    ("008", "no_answer", "Sao Mai", "phone", "2026-07-06 23:00:00", None),
    ("009", "answered", "Trăng Non", "email", "2026-07-07 10:00:00", "2026-07-07 15:30:00"),
    ("010", "auto_ack_only", "Trăng Non", "email", "2026-07-08 10:00:00", None),
]
FILLED = ("attempt_id", "outcome", "provider", "channel", "sent_at", "answered_at")


def _fill_csv(path: Path) -> None:
    """Append rows under the header that the template has."""
    header = path.read_text(encoding="utf-8-sig").strip().split(",")
    with path.open("a", encoding="utf-8") as file:
        for row in ATTEMPTS:
            given = dict(zip(FILLED, row, strict=True))
            file.write(",".join(given.get(name) or "" for name in header) + "\n")


def _fill_providers(path: Path) -> None:
    """Write two providers into the workbook, as someone who types them would."""
    book = openpyxl.load_workbook(path)
    sheet = book["providers"]
    names = [cell.value for cell in sheet[1]]
    for row, (provider, hours) in enumerate([("Sao Mai", "24/7"), ("Trăng Non", "")], 2):
        sheet.cell(row, names.index("provider") + 1, provider)
        sheet.cell(row, names.index("claimed_hours") + 1, hours or None)
        sheet.cell(row, names.index("website") + 1, "yes")
    book.save(path)


def _wake(path: Path) -> None:
    """Take the # away before the lines of the two tables that were filled in."""
    text = path.read_text(encoding="utf-8")
    text = text.replace('# zone = ""', 'zone = "Asia/Ho_Chi_Minh"')
    text = text.replace("# [tables.attempts]\n# path", "[tables.attempts]\npath")
    text = text.replace(
        '# [tables.providers]\n# path = "data/providers.csv"',
        '[tables.providers]\npath = "data/templates.xlsx"\nsheet = "providers"',
    )
    path.write_text(text, encoding="utf-8")


@pytest.fixture
def filled(tmp_path):
    init(tmp_path / "acme")
    _fill_csv(tmp_path / "acme" / "data" / "attempts.csv")
    _fill_providers(tmp_path / "acme" / "data" / "templates.xlsx")
    _wake(tmp_path / "acme" / "study.toml")
    return tmp_path / "acme"


def test_to_plan_from_a_fresh_engagement_is_told_what_a_plan_needs(tmp_path, capsys):
    path = init(tmp_path / "new")[1]
    assert main(["plan", str(path)]) == 1
    assert '[fieldwork.providers."NAME"] with email =' in capsys.readouterr().err
    with path.open("a", encoding="utf-8") as file:
        file.write('[fieldwork.providers."Sao Mai"]\nemail = "care@saomai.example"\n')
    assert main(["plan", str(path)]) == 1
    said = capsys.readouterr().err
    assert "fieldwork.starts is missing" in said and "tables" not in said
    assert "[fieldwork.channels.CHANNEL] is missing" in said and "`zone`" in said


def test_filled_templates_of_both_kinds_are_read_without_a_problem(filled):
    care, errors = check_study(load_study(filled / "study.toml"))
    with care:
        assert not errors and care.problems.rows.empty
        assert care.table("attempts")["attempt_id"].tolist() == ["007", "008", "009", "010"]
        assert care.table("providers")["claimed_hours"].iloc[0] == "24/7"
        assert care.table("providers")["website"].all()


@pytest.fixture(scope="module")
def installed(tmp_path_factory):
    """The package as a wheel lays it out, with nothing of the checkout around it."""
    site = tmp_path_factory.mktemp("site")
    skip = shutil.ignore_patterns("__pycache__")
    shutil.copytree(ROOT / "lib" / "carebench", site / "carebench", ignore=skip)
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    packed = project["tool"]["hatch"]["build"]["targets"]["wheel"]["force-include"]
    for source, target in packed.items():
        copy = shutil.copytree if (ROOT / source).is_dir() else shutil.copy
        copy(ROOT / source, site / target)
    return site


def _run(site: Path, folder: Path, *command: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": str(site), "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run(
        [sys.executable, *command], cwd=folder, env=environment, capture_output=True, text=True,
        check=False, timeout=300,
    )  # fmt: skip
    assert not done.returncode, done.stdout + done.stderr
    return done


def test_an_installed_package_goes_from_an_empty_folder_to_a_report(installed, tmp_path):
    where = "import carebench; print(carebench.__file__)"
    assert str(installed) in _run(installed, tmp_path, "-c", where).stdout
    _run(installed, tmp_path, "-c", "from carebench.engagement import init; init('acme')")
    acme = tmp_path / "acme"
    _fill_csv(acme / "data" / "attempts.csv")
    _fill_providers(acme / "data" / "templates.xlsx")
    _wake(acme / "study.toml")
    main = "import sys; from carebench.cli import main; sys.exit(main(sys.argv[1:]))"
    said = _run(installed, acme, "-c", main, "check", "study.toml").stdout
    assert "attempts: 4 rows can be used" in said
    _run(installed, acme, "-c", main, "report", "study.toml", "--jobs", "1")
    assert "Trăng Non" in (acme / "reports" / "acme-02_service_audit.html").read_text("utf-8")


def test_a_notebook_of_the_engagement_runs_by_hand_from_its_own_folder(filled):
    command = ("-m", "jupyter", "execute", "--inplace", "02_service_audit.ipynb")
    _run(ROOT / "lib", filled / "notebooks", *command)
    ran = (filled / "notebooks" / "02_service_audit.ipynb").read_text(encoding="utf-8")
    assert "Trăng Non" in ran


def test_only_the_study_changes_in_a_notebook_and_no_result_of_the_example_comes_along(tmp_path):
    init(tmp_path)
    for path in sorted((ROOT / "notebooks").glob("*.ipynb")):
        ours, theirs = (
            json.loads(p.read_text(encoding="utf-8"))["cells"]
            for p in (path, tmp_path / "notebooks" / path.name)
        )
        lines = [(a, b) for x, y in zip(ours, theirs, strict=True)
                 for a, b in zip(x["source"], y["source"], strict=True) if a != b]  # fmt: skip
        assert len(lines) == 1
        assert lines[0][1].startswith('study: str = "../study.toml"  # ')
        assert not any(cell.get("outputs") for cell in theirs)


def test_nothing_is_overwritten_and_what_is_in_the_way_is_listed(tmp_path):
    folder = tmp_path / "acme"
    (folder / "data").mkdir(parents=True)
    (folder / "README.md").write_text("mine")
    (folder / "data" / "survey.csv").write_text("mine too")
    with pytest.raises(DataError) as error:
        init(folder)
    assert "README.md" in str(error.value) and "data/survey.csv" in str(error.value)
    assert "study.toml" not in str(error.value)
    assert sorted(p.name for p in folder.rglob("*")) == ["README.md", "data", "survey.csv"]
    assert (folder / "README.md").read_text() == "mine"


def test_a_file_where_a_folder_should_be_is_one_clear_error(tmp_path):
    (tmp_path / "acme").write_text("a file")
    with pytest.raises(DataError, match=r"In the way: acme\. Nothing was written"):
        init(tmp_path / "acme")
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "data").write_text("a file")
    with pytest.raises(DataError, match="In the way: other/data"):
        init(tmp_path / "other")
    assert [p.name for p in (tmp_path / "other").iterdir()] == ["data"]


def test_a_folder_with_other_files_keeps_them(tmp_path):
    (tmp_path / "contract.pdf").write_text("signed")
    init(tmp_path)
    assert (tmp_path / "contract.pdf").read_text() == "signed"
    assert (tmp_path / "study.toml").exists()


def test_a_study_file_with_every_line_awake_says_what_holds_without_them(tmp_path):
    text = study_file('Công ty "A"\\B', "vi")
    path = tmp_path / "study.toml"
    path.write_text(text.replace("# [tables.attempts]\n# ", "[tables.attempts]\n"), "utf-8")
    study = load_study(path)
    assert (study.title, study.language) == ('Công ty "A"\\B', "vi")
    path.write_text(re.sub("^# ", "", text, flags=re.MULTILINE), encoding="utf-8")
    awake = load_study(path)
    assert set(awake.tables) == set(TABLES)
    for key in fields(Study):
        if key.name != "tables":
            assert getattr(awake, key.name) == getattr(study, key.name), key.name


def test_every_key_of_a_study_stands_in_the_study_file_with_its_meaning():
    text = study_file("A study")
    classes = [Study, TableSource]
    for cls in classes:  # which grows while it is gone through
        for key in (key for key in fields(cls) if "meaning" in key.metadata):
            hint = get_type_hints(cls)[key.name]
            inside = next(filter(is_dataclass, (hint, *get_args(hint))), None)
            classes += [inside] if inside else []
            line = rf"## \[\w+\.{key.name}\.NAME\]" if inside else f"(# |##   )?{key.name} = "
            if hint is not inside and key.name not in ("tables", "inputs"):
                assert re.search(f"^{line}", text, re.MULTILINE), key.name
            assert key.metadata["meaning"] in text or key.name == "tables"
    assert {Fieldwork, Mail, ChannelPlan} <= set(classes)


def test_a_cell_keeps_what_is_typed_and_offers_what_is_allowed(tmp_path):
    init(tmp_path)
    book = openpyxl.load_workbook(tmp_path / "data" / "templates.xlsx")
    assert book.sheetnames == [*TABLES, "codebook"]
    for table in TABLES.values():
        sheet = book[table.name]
        lists = {
            str(v.sqref).partition("2:")[0]: v.formula1
            for v in sheet.data_validations.dataValidation
        }
        for cell, column in zip(sheet[1], table.columns, strict=True):
            letter = cell.column_letter
            expected = {"time": "yyyy-mm-dd hh:mm:ss", "date": "yyyy-mm-dd"}
            expected |= {"integer": "0", "number": "General", "money": "General"}
            form = sheet.column_dimensions[letter].number_format
            assert form == expected.get(column.kind, "@"), column.name
            assert column.meaning in cell.comment.text
            if column.allowed:
                assert lists[letter] == f'"{",".join(column.allowed)}"'
                assert len(lists[letter]) <= 257  # the most that Excel takes, with its quotes


def test_the_codebook_sheet_explains_every_column(tmp_path):
    init(tmp_path)
    rows = openpyxl.load_workbook(tmp_path / "data" / "templates.xlsx")["codebook"].values
    explained = {row[:2]: row[5] for row in rows}
    for table in TABLES.values():
        for column in table.columns:
            assert explained[(table.name, column.name)] == column.meaning


def test_every_sentence_of_the_readme_is_translated_and_the_language_stays_as_it_was(
    tmp_path, monkeypatch
):
    monkeypatch.setattr(language, "catalogue", lambda code: _Marked())
    init(tmp_path, language="vi")
    assert language.current() == "en"
    text = (tmp_path / "README.md").read_text(encoding="utf-8")
    lines = [line for line in text.splitlines() if line]
    assert len(lines) >= 15
    assert all("⟦" in line for line in lines)
    assert 'language = "vi"  # ' in (tmp_path / "study.toml").read_text(encoding="utf-8")


@pytest.mark.parametrize(("code", "steps"), [("en", 3), ("vi", 4)])
def test_the_readme_says_how_numbers_and_days_are_written_and_what_stays_english(
    tmp_path, code, steps
):
    init(tmp_path, language=code)
    text = (tmp_path / "README.md").read_text(encoding="utf-8")
    assert 'decimal = ","' in text and 'date_format = "%d/%m/%Y"' in text
    assert "carebench plan study.toml" in text
    # In Vietnamese one more: that the study file explains itself in English.
    assert text.split("## ")[1].count("\n- ") == steps


class _Marked:
    """A catalogue that marks whatever was looked up in it."""

    def get(self, message: str, default: str) -> str:
        return f"⟦{message}⟧"


def test_a_language_that_is_not_known_is_one_clear_error(tmp_path):
    with pytest.raises(DataError, match="Expected one of en, vi"):
        init(tmp_path / "acme", language="fr")
    assert not (tmp_path / "acme").exists()
