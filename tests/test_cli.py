"""The commands that a user types, their messages and their exit codes."""

from __future__ import annotations

import os
import re
import subprocess
import sys

import pandas as pd
import pytest

from carebench import DataError, open_study
from carebench.cli import main
from carebench.resources import folder
from carebench.schema import codebook
from carebench.study import reference
from studies import attempts, write_study

pytestmark = pytest.mark.usefixtures("lasting_workers")


def test_check_lists_what_was_wrong_where_and_what_was_done(tmp_path, capsys):
    table = attempts({"A": (2, 4)})
    table.loc[1, "channel"] = "e-mial"
    assert main(["check", str(write_study(tmp_path, attempts=table))]) == 0
    out = capsys.readouterr().out
    assert "attempts: 4 rows can be used" in out
    assert "attempts.channel: 1 × value treated as missing" in out
    assert "attempts.csv, row 3: 'e-mial'" in out


def test_check_fails_when_a_table_cannot_be_used_and_still_reads_the_others(tmp_path, capsys):
    path = write_study(tmp_path, attempts=attempts({"A": (2, 4)}))
    with path.open("a") as file:
        file.write('[tables.survey]\npath = "nowhere.csv"\n[tables.ledger]\npath = "no.csv"\n')
    assert main(["check", str(path)]) == 1
    said = capsys.readouterr()
    assert "attempts: 4 rows can be used" in said.out
    assert "nowhere.csv" in said.err and "no.csv" in said.err
    assert "Traceback" not in said.err


def test_a_missing_study_is_one_sentence_and_exit_code_1(tmp_path, capsys):
    for verb in ("check", "report"):
        assert main([verb, str(tmp_path / "study.toml")]) == 1
        assert "There is no study file" in capsys.readouterr().err


def test_words_that_are_no_command_are_exit_code_2(capsys):
    for words in (["repotr"], ["report", "--jobs", "none"], []):
        with pytest.raises(SystemExit) as stop:
            main(words)
        assert stop.value.code == 2
    assert "usage" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["-p", "wvae", "2026-Q1"], "wvae"),
        (["-p", "confidence_level", "high"], "confidence_level"),
        (["-p", "confidence_level", "95"], "confidence_level is 95"),
        (["-p", "wave", "a", "-p", "wave", "b"], "more than once"),
        (["-p", "language", "fr"], "'fr'"),
        (["-p", "study", "x.toml"], "named first"),
    ],
)
def test_a_wrong_parameter_stops_before_anything_runs(tmp_path, capsys, words, said):
    study = write_study(tmp_path, attempts=attempts({"A": (2, 4)}))
    assert main(["report", str(study), "--out", str(tmp_path / "out"), *words]) == 1
    assert said in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_a_report_on_the_smallest_study_says_where_to_look(tmp_path, capsys):
    table = pd.DataFrame({"attempt_id": ["1", "2"], "outcome": ["answered", "busy"]})
    study = write_study(tmp_path, attempts=table)
    assert main(["report", str(study), "--out", str(tmp_path / "out")]) == 0
    assert f"Open {tmp_path / 'out' / 'index.html'} in a browser." in capsys.readouterr().out
    assert len(list((tmp_path / "out").glob("*.html"))) == 4


def test_a_table_that_cannot_be_read_fails_the_reports_that_need_it_and_no_other(tmp_path, capsys):
    path = write_study(tmp_path, attempts=attempts({"A": (2, 4)}))
    with path.open("a") as file:
        file.write('[tables.survey]\npath = "attempts.csv"\n')
    assert main(["report", str(path), "--out", str(tmp_path / "out")]) == 1
    said = capsys.readouterr()
    assert "03_loyalty failed" in said.err and "respondent" in said.err
    assert "02_service_audit … done" in said.out
    assert "Traceback" not in said.err + said.out


def test_an_engagement_begins_and_its_tables_are_taken_away(tmp_path, capsys):
    assert main(["init", str(tmp_path / "acme"), "--language", "vi"]) == 0
    assert "Read" in capsys.readouterr().out
    assert main(["init", str(tmp_path / "acme")]) == 1
    assert "study.toml" in capsys.readouterr().err
    study = write_study(tmp_path, attempts=attempts({"A": (20, 40), "B": (10, 40)}))
    assert main(["export", str(study), "--out", str(tmp_path / "tables")]) == 0
    assert "tables are in" in capsys.readouterr().out
    assert (tmp_path / "tables" / "tables.xlsx").exists()
    assert main(["export", str(study), "--out", str(tmp_path / "all"), "--identified"]) == 0
    assert "personal data" in capsys.readouterr().err


def test_a_console_that_lacks_vietnamese_letters_is_no_crash(tmp_path):
    study = write_study(tmp_path, attempts=attempts({"Lúa Chín": (2, 4)}, stage="trước"))
    done = subprocess.run(
        [sys.executable, "-m", "carebench", "check", str(study)],
        capture_output=True, env={**os.environ, "PYTHONIOENCODING": "cp1252"}, check=False,
    )  # fmt: skip
    assert done.returncode == 0 and b"tr\\u01b0\\u1edbc" in done.stdout


def test_the_example_is_made_again_where_it_is_asked_for(tmp_path, capsys):
    assert main(["simulate", str(tmp_path / "example")]) == 0
    assert (tmp_path / "example" / "study.toml").exists()


def test_the_codebook_is_printed_as_it_stands_in_the_repository(capsys):
    assert main(["codebook"]) == 0
    assert capsys.readouterr().out == codebook() + reference()


def test_two_studies_of_one_name_do_not_overwrite_each_other(tmp_path, capsys, monkeypatch):
    one = [folder("notebooks") / "01_segmentation.ipynb"]
    monkeypatch.setattr("carebench.reporting.plan._own_notebooks", lambda: one)
    for place in ("x", "y"):
        (tmp_path / place / "bank").mkdir(parents=True)
        write_study(tmp_path / place / "bank", attempts=attempts({"A": (2, 4), "B": (1, 4)}))
    out = ["--out", str(tmp_path / "out")]
    assert main(["report", str(tmp_path / "x" / "bank" / "study.toml"), *out]) == 0
    assert main(["report", str(tmp_path / "y" / "bank" / "study.toml"), *out]) == 1
    assert "made from another study file" in capsys.readouterr().err


NAMED = [
    ('wave = "2026-Q9"', "no table has the wave '2026-Q9'. Did you mean '2026-Q3'?"),
    ("", "several waves: 2026-Q1, 2026-Q3"),
    ('wave = "2026-Q1"\n[audit]\ncompany = "Ana"', "Did you mean 'Anna'?"),
    ('wave = "2026-Q1"\n[audit]\nbenchmark = "VnReview"', "published.csv"),
    (
        'wave = "2026-Q1"\n[audit]\ncontents = { human = ["empahty"] }',
        "Did you mean 'empathy'?",
    ),
    ('wave = "2026-Q1"\n[loyalty]\noutcome = "csatt"', "Did you mean 'csat'?"),
    ('wave = "2026-Q1"\n[loyalty]\ndrivers = ["csat", "nope"]', "loyalty.drivers names 'nope'"),
    (
        'wave = "2026-Q1"\n[loyalty]\npopulation.nope = { a = 1 }',
        "loyalty.population names 'nope'",
    ),
    ('wave = "2026-Q1"\nprovider = "Ana"', "no table has the provider 'Ana'"),
]


def named_study(folder, settings):
    """A study of two waves, whose ratings know one item."""
    waves = [
        attempts({"Anna": (2, 4), "B": (1, 4)}, wave=wave).assign(
            attempt_id=lambda t, wave=wave: wave + t["attempt_id"]
        )
        for wave in ("2026-Q1", "2026-Q3")
    ]
    rows = pd.concat(waves, ignore_index=True)
    ratings = pd.DataFrame({"attempt_id": rows["attempt_id"], "item": "empathy", "score": 4})
    survey = pd.DataFrame({"respondent": [1, 2], "wave": "2026-Q1", "csat": [4, 5]})
    return write_study(folder, settings, attempts=rows, ratings=ratings, survey=survey)


@pytest.mark.parametrize(("settings", "said"), NAMED)
def test_a_name_that_no_table_holds_is_refused_once_and_before_anything_is_made(
    tmp_path, capsys, settings, said
):
    path = named_study(tmp_path, settings)
    for words in (
        ["check", str(path)],
        ["report", str(path), "--out", str(tmp_path / "out")],
        ["export", str(path), "--out", str(tmp_path / "out")],
    ):
        assert main(words) == 1
        told = capsys.readouterr().err
        assert told.count(said) == 1 and "Traceback" not in told
        assert not (tmp_path / "out").exists()
    with pytest.raises(DataError, match=re.escape(said)):
        open_study(path)


def test_names_that_the_tables_hold_are_not_refused(tmp_path):
    settings = """wave = "2026-Q1"
[audit]
company = "Anna"
contents = { human = ["empathy"] }"""
    path = named_study(tmp_path, settings)
    assert main(["check", str(path)]) == 0
    with open_study(path, provider="B") as care:  # one provider's report knows of no other
        assert care.study.audit.company == "Anna"


def test_a_provider_typed_wrong_makes_no_report_at_all(tmp_path, capsys):
    path = named_study(tmp_path, 'wave = "2026-Q1"')
    out = ["--out", str(tmp_path / "out")]
    assert main(["report", str(path), *out, "-p", "provider", "Ana"]) == 1
    assert capsys.readouterr().err.count("Did you mean 'Anna'?") == 1
    assert not (tmp_path / "out").exists()
