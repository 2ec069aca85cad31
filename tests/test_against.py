"""What a report is compared with reaches it checked, shows in its name, and is fingerprinted."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import asdict

import nbformat
import pandas as pd
import pytest
from nbformat import v4

from carebench.cli import main
from carebench.reporting import export as exporting
from carebench.reporting.plan import plan
from carebench.reporting.provenance import earlier_fingerprints, facts, sha256
from carebench.reporting.report import report
from carebench.schema import DataError
from carebench.study import load_study
from studies import attempts, write_study

pytestmark = pytest.mark.usefixtures("lasting_workers")
PARAMETERS = """study: str = "study.toml"
wave: str = ""
provider: str = ""
language: str = ""
confidence_level: float = 0.0
against: str = ""  # earlier waves or study files to compare with, parted by semicolons"""
BODY = """from carebench import audit, open_study
from carebench.reporting import show_answer, show_table
care = open_study(study, tables=audit.TABLES, wave=wave, provider=provider, against=against)
show_answer(["Compared with " + ", ".join(one.study.wave for one in care.earlier)])
show_table(audit.compared(care))"""


@pytest.fixture
def notebook(tmp_path):
    cell = v4.new_code_cell(PARAMETERS)
    cell.metadata["tags"] = ["parameters"]
    path = tmp_path / "02_waves.ipynb"
    title = v4.new_markdown_cell("# How care works")
    nbformat.write(v4.new_notebook(cells=[title, cell, v4.new_code_cell(BODY)]), path)
    return path


@pytest.fixture
def study(tmp_path):
    waves = {"w1": (2, 9), "w2": (4, 9), "w3": (8, 9)}
    parts = [attempts({"A": counts, "B": counts}, wave=wave) for wave, counts in waves.items()]
    rows = pd.concat(parts, ignore_index=True).assign(
        attempt_id=lambda t: [f"a{i}" for i in t.index]
    )
    folder = tmp_path / "bank"
    folder.mkdir()
    return write_study(folder, 'wave = "w3"', attempts=rows)


@pytest.fixture
def older(tmp_path):
    folder = tmp_path / "first"
    folder.mkdir()
    return write_study(folder, 'wave = "w0"', attempts=attempts({"A": (1, 9)}))


def planned(study, tmp_path, notebook, *against, **more):
    return plan(study, tmp_path / "out", notebooks=[notebook], against=against, **more)


def test_the_name_of_a_report_says_what_it_is_compared_with(study, older, tmp_path, notebook):
    (plain,) = planned(study, tmp_path, notebook)
    (against,) = planned(study, tmp_path, notebook, "w1")
    (both,) = planned(study, tmp_path, notebook, "w1", str(older))
    assert plain.slug == "bank-w3-02_waves"
    assert against.slug == "bank-w3-02_waves-against-w1"
    assert both.slug.startswith("bank-w3-02_waves-against-w1-first")
    assert len({job.made_from for job in (plain, against, both)}) == 3


def test_a_path_is_seen_from_where_the_command_was_typed(
    study, older, tmp_path, notebook, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    (job,) = planned(study, tmp_path, notebook, "first/study.toml")
    assert asdict(job)["values"]["against"] == str(older)


def test_a_report_is_made_anew_when_the_earlier_data_change(study, older, tmp_path, notebook):
    (before,) = planned(study, tmp_path, notebook, str(older))
    attempts({"A": (2, 9)}).to_csv(older.parent / "attempts.csv", index=False)
    (after,) = planned(study, tmp_path, notebook, str(older))
    assert before.made_from != after.made_from
    assert ("first/attempts.csv", sha256(older.parent / "attempts.csv")) in after.files


def test_a_report_says_what_it_was_compared_with_and_not_where_that_lies(study, older):
    made = dt.datetime(2026, 11, 22, tzinfo=dt.UTC)
    stated = dict(facts(load_study(study), {"against": f"w1;{older}"}, made))
    assert stated["Parameters"] == "against = w1; first/study.toml"
    names = [name for name, _digest in earlier_fingerprints(load_study(study), f"w1;{older}")]
    assert names == ["first/study.toml", "first/attempts.csv"]


@pytest.mark.parametrize(
    ("against", "said"),
    [
        (["w4"], "Known are: w1, w2, w3"),
        (["nowhere.toml"], "no study file"),
        (["w3"], "not earlier"),
    ],
)
def test_what_is_not_there_is_refused_before_a_kernel_starts(
    study, tmp_path, notebook, against, said
):
    with pytest.raises(DataError, match=said):
        planned(study, tmp_path, notebook, *against)
    with pytest.raises(DataError, match="contradict"):
        planned(study, tmp_path, notebook, "w1", given={"against": "w2"})


def test_each_provider_and_each_language_are_compared_likewise(study, tmp_path, notebook):
    jobs = planned(study, tmp_path, notebook, "w1", "w2", each_provider=True, languages=["en"])
    assert [asdict(job)["values"]["against"] for job in jobs] == ["w1;w2", "w1;w2"]
    assert [asdict(job)["values"]["provider"] for job in jobs] == ["A", "B"]
    assert jobs[0].slug.startswith("bank-w3-02_waves-a-against-w1-w2")


def test_a_report_is_compared_with_what_was_named(study, older, tmp_path, notebook):
    (result,) = report(
        study, out=tmp_path / "out", notebooks=[notebook], against=[str(older), "w2"],
        jobs=1, say=lambda _line: None,
    )  # fmt: skip
    assert result.failure == ""
    page = result.html.read_text(encoding="utf-8")
    assert "Compared with w0, w2" in page
    assert "first/attempts.csv" in page
    assert str(tmp_path) not in page


def test_an_export_is_compared_with_what_was_named(study, older, tmp_path, notebook, monkeypatch):
    raw = json.loads(notebook.read_text(encoding="utf-8"))
    plain = json.loads(json.dumps(raw).replace("against: str", "unused: str"))
    notebooks = {"02_waves": raw, "01_plain": plain}
    monkeypatch.setattr(exporting, "_notebooks", lambda: notebooks)
    exporting.export(study, out=tmp_path / "tables", against=["w1", str(older)], identified=True)
    waves = pd.read_csv(tmp_path / "tables" / "waves-compared.csv", encoding="utf-8-sig")
    assert waves["wave"].tolist() == ["w0", "w1", "w3"]
    told = (tmp_path / "tables" / "provenance.csv").read_text(encoding="utf-8-sig")
    assert "first/attempts.csv" in told and str(tmp_path) not in told


def test_the_command_line_refuses_a_wave_that_is_not_there(study, tmp_path, capsys, notebook):
    for verb in ("report", "export"):
        words = [verb, str(study), "--out", str(tmp_path / verb), "--against", "w9"]
        assert main(words) == 1
        said = capsys.readouterr().err
        assert "w9" in said or "against" in said
        assert not (tmp_path / verb).exists()
