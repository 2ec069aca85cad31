"""Many reports at once: each as if made alone, a failure stops no other, and none is made twice."""

from __future__ import annotations

import io
import json
import re
import subprocess
import sys

import nbformat
import pytest

from carebench.cli import main
from carebench.reporting import report as reporting
from carebench.reporting import warm
from carebench.reporting.files import prepare
from carebench.reporting.jobs import Limits, Result
from carebench.reporting.plan import plan
from carebench.reporting.progress import Progress
from carebench.reporting.render import render
from carebench.schema import DataError
from studies import attempts, write_study
from test_failures import eventually
from test_reporting import code, notebook_of

pytestmark = pytest.mark.usefixtures("lasting_workers")
PROVIDERS = ("Sao Mai", "Đông Á", "Hoa Sen")
# Draws a figure of its own provider, in its own language, and says who it is about.
CELLS = """
from carebench import audit, figures, open_study
from carebench.reporting import show_answer, show_figure, show_table
care = open_study(study, tables=audit.TABLES, provider=provider, language=language)
"""
SHOWN = """
n = 10 + sum(map(ord, provider)) % 80
show_answer([f"**{provider}** in {language}: {n}"])
assert provider != broken, "this one fails"
"""


def make_notebook(folder, broken="nobody", pause=0.0):
    first = notebook_of().cells
    cells = [
        *first,
        code(CELLS, "setup"),
        code(SHOWN.replace("broken", repr(broken)) + f"import time\ntime.sleep({pause})"),
        code("show_figure(figures.plot_rates, audit.by_channel(care))"),
        code("show_table(audit.by_channel(care))"),
    ]
    path = folder / "02_audit.ipynb"
    nbformat.write(nbformat.v4.new_notebook(cells=cells), path)
    return path


@pytest.fixture(autouse=True)
def translated(monkeypatch):
    """The prose of these notebooks is for nobody to read, and has no translation."""
    monkeypatch.setattr("carebench.reporting.plan._refuse_untranslated", lambda *_: None)


@pytest.fixture
def bank(tmp_path):
    """A study of three providers, and the notebook above."""
    counts = {name: (3 + 4 * i, 20) for i, name in enumerate(PROVIDERS)}
    folder = tmp_path / "bank"
    folder.mkdir()
    path = write_study(folder, 'wave = "w2"', attempts=attempts(counts, wave="w2"))
    return path, make_notebook(folder)


def batch(bank, out, **more):
    lines = []
    path, notebook = bank
    more = {"each_provider": True, **more}
    results = reporting.report(path, out=out, notebooks=[notebook], say=lines.append, **more)
    return results, lines


def content(path):
    """A page without the moment at which it was made."""
    return re.sub(r"\d\d:\d\d", "", path.read_text(encoding="utf-8"))


def pictures(page):
    return re.findall(r"data:image/webp;base64,([^\"]+)", page)


def test_reports_made_side_by_side_are_those_made_alone(bank, tmp_path):
    together, _lines = batch(bank, tmp_path / "together", languages=("en", "vi"))
    assert not [result.failure for result in together if result.failure]
    alone = []
    prepare(tmp_path / "alone")
    for result in together:
        language = "vi" if result.slug.endswith("-vi") else "en"
        name = next(n for n in PROVIDERS if n in content(result.html).partition("</h1>")[0])
        given = {"provider": name, "language": language}
        (job,) = plan(bank[0], tmp_path / "alone", notebooks=[bank[1]], given=given)
        alone.append(render(job))
    assert [r.slug for r in alone] == [r.slug for r in together]
    for one, other in zip(together, alone, strict=True):
        assert content(one.html) == content(other.html)
    figures = [tuple(pictures(content(result.html))) for result in together]
    assert len(set(figures)) == len(figures) == 6 and all(figures)


def test_forked_kernels_and_plain_ones_make_the_same_page(bank, tmp_path, monkeypatch):
    from carebench.reporting.execute import execute

    if not warm.possible():
        pytest.skip("this system does not fork kernels")
    notebook = nbformat.read(bank[1], as_version=4)
    values = {"study": str(bank[0]), "provider": "Đông Á", "language": "vi"}
    outputs = []
    for forked in (True, False):
        monkeypatch.setattr(warm, "_parent", warm._parent if forked else None)
        monkeypatch.setattr(warm, "possible", lambda forked=forked: forked)
        done = execute(notebook, values, name="n", folder=tmp_path)
        outputs.append([cell.get("outputs") for cell in done.cells])
    assert outputs[0] == outputs[1]


def test_a_batch_has_a_report_for_every_provider_and_language(bank, tmp_path):
    jobs = plan(bank[0], tmp_path, notebooks=[bank[1]], each_provider=True, languages=("en", "vi"))
    assert [(job.study.provider, job.study.language) for job in jobs] == [
        (name, language) for language in ("en", "vi") for name in sorted(PROVIDERS)
    ]
    assert [job.slug for job in jobs][:3] == [
        "bank-w2-02_audit-hoa-sen", "bank-w2-02_audit-sao-mai", "bank-w2-02_audit-dong-a-9820"
    ]  # fmt: skip
    assert all(job.values["provider"] == job.study.provider for job in jobs)


def test_only_the_wave_that_is_asked_for_says_who_is_reported(tmp_path):
    import pandas as pd

    old = attempts({"Gone": (1, 3)}, wave="w1")
    new = attempts({"Here": (1, 3)}, channel="phone", wave="w2")
    path = write_study(tmp_path, 'wave = "w2"', attempts=pd.concat([old, new]))
    notebook = make_notebook(tmp_path)
    more = {"notebooks": [notebook], "each_provider": True}
    assert [job.study.provider for job in plan(path, tmp_path, **more)] == ["Here"]
    jobs = plan(path, tmp_path, given={"wave": "w1"}, **more)
    assert [job.study.provider for job in jobs] == ["Gone"]


def test_the_table_of_providers_is_taken_at_its_word(tmp_path):
    import pandas as pd

    table = attempts({"Sao Mai": (1, 3), "Sao Mia": (1, 3)})
    known = pd.DataFrame({"provider": ["Sao Mai"]})
    path = write_study(tmp_path, attempts=table, providers=known)
    jobs = plan(path, tmp_path, notebooks=[make_notebook(tmp_path)], each_provider=True)
    assert [job.study.provider for job in jobs] == ["Sao Mai"]


def test_providers_that_differ_in_no_letter_of_a_name_get_names_of_their_own(tmp_path):
    path = write_study(tmp_path, attempts=attempts({"A B": (1, 3), "a-b": (1, 3)}))
    jobs = plan(path, tmp_path, notebooks=[make_notebook(tmp_path)], each_provider=True)
    assert len({job.slug.lower() for job in jobs}) == 2


def test_two_notebooks_of_one_name_are_refused(bank, tmp_path):
    with pytest.raises(DataError, match="Two reports would be called 'bank-w2-02_audit'"):
        plan(bank[0], tmp_path, notebooks=[bank[1], bank[1]])


def test_a_study_without_providers_is_one_clear_error(tmp_path):
    import pandas as pd

    path = write_study(
        tmp_path, attempts=pd.DataFrame({"attempt_id": ["1"], "outcome": ["answered"]})
    )
    with pytest.raises(DataError, match="no table names a provider"):
        plan(path, tmp_path, notebooks=[make_notebook(tmp_path)], each_provider=True)


def test_what_is_asked_twice_is_refused(bank, tmp_path):
    for words in (["--each", "provider", "-p", "provider", "x"],
                  ["--languages", "en,vi", "-p", "language", "vi"]):  # fmt: skip
        assert main(["report", str(bank[0]), "--out", str(tmp_path / "out"), *words]) == 1
    with pytest.raises(SystemExit) as stop:
        main(["report", str(bank[0]), "--languages", "en,fr"])
    assert stop.value.code == 2
    assert not (tmp_path / "out").exists()


def test_a_failure_stops_no_other_and_the_next_run_makes_only_what_is_missing(bank, tmp_path):
    out = tmp_path / "out"
    make_notebook(bank[0].parent, broken="Sao Mai")
    results, _lines = batch(bank, out)
    assert [bool(result.failure) for result in results] == [False, True, False]
    made = {path.name: path.stat().st_mtime_ns for path in out.glob("bank*.html")}
    results, lines = batch(bank, out)
    assert [result.skipped for result in results] == [True, False, True]
    assert "2 are made already from the same; --again makes them again." in lines
    assert {p.name: p.stat().st_mtime_ns for p in out.glob("bank*.html")} == made
    listed = (out / "index.html").read_text(encoding="utf-8")
    assert "Hoa Sen" in listed and "Sao Mai" not in listed


def test_again_makes_what_is_there(bank, tmp_path):
    out = tmp_path / "out"
    first, _lines = batch(bank, out, each_provider=False)
    before = first[0].html.stat().st_mtime_ns
    results, _lines = batch(bank, out, each_provider=False, again=True)
    assert not results[0].skipped and results[0].html.stat().st_mtime_ns > before


def test_whatever_a_report_is_made_from_makes_it_another(bank, tmp_path, monkeypatch):
    path, notebook = bank

    def key(**more):
        (job,) = plan(path, tmp_path, notebooks=[notebook], **more)
        return job.made_from

    keys = [key(), key(given={"confidence_level": "0.9"}), key(languages=("vi",))]
    keys.append(key(given={"provider": "Sao Mai"}))
    assert key() == keys[0] and len(set(keys)) == 4
    with (path.parent / "attempts.csv").open("a", encoding="utf-8") as file:
        file.write("new,Sao Mai,email,answered,w2\n")
    keys.append(key())
    make_notebook(path.parent, pause=0.1)
    keys.append(key())
    monkeypatch.setattr("carebench.reporting.plan.__version__", "9.9")
    keys.append(key())
    assert len(set(keys)) == 7


def test_a_page_that_was_changed_by_hand_is_made_again(bank, tmp_path):
    out = tmp_path / "out"
    (made,), _lines = batch(bank, out, each_provider=False)
    made.html.write_text("changed", encoding="utf-8")
    (again,), _lines = batch(bank, out, each_provider=False)
    assert not again.skipped and "changed" not in content(again.html)[:100]


def test_a_batch_that_was_killed_goes_on_where_it_stopped(bank, tmp_path):
    out = tmp_path / "out"
    make_notebook(bank[0].parent, pause=1.0)
    program = (
        "from pathlib import Path\nfrom carebench.reporting.report import report\n"
        f"if __name__ == '__main__':\n    report({str(bank[0])!r}, out={str(out)!r}, jobs=1,"
        f" each_provider=True, notebooks=[Path({str(bank[1])!r})])\n"
    )
    script = tmp_path / "run.py"
    script.write_text(program, encoding="utf-8")
    run = subprocess.Popen([sys.executable, script], stdout=subprocess.DEVNULL)
    assert eventually(lambda: list(out.glob("bank*.json")))
    run.kill()
    run.wait()
    assert eventually(lambda: not list(out.glob(".carebench-*")))
    there = {path.stem for path in out.glob("bank*.json")}
    results, _lines = batch(bank, out)
    assert there and not [result.failure for result in results if result.failure]
    assert {result.slug for result in results if result.skipped} >= there


class Screen(io.StringIO):
    def isatty(self):
        return True


def test_the_bar_counts_what_is_done_and_what_failed(tmp_path):
    screen = Screen()
    bar = Progress(screen)
    good, bad = Result("a", tmp_path), Result("b", tmp_path, failure="no")
    for done in ([good], [good, bad], [good, bad, good]):
        bar(done, 3)
    lines = screen.getvalue().split("\r")[1:]
    assert "[##########....................] 1 of 3, about" in lines[0]
    assert "2 of 3, 1 failed, about" in lines[1]
    assert lines[2].endswith("[##############################] 3 of 3, 1 failed\n")


@pytest.mark.parametrize("terminal", [False, True])
def test_a_bar_is_drawn_for_a_person_and_lines_are_written_for_a_file(
    terminal, bank, tmp_path, monkeypatch, capsys
):
    monkeypatch.setattr("carebench.reporting.plan._own_notebooks", lambda: [bank[1]])
    monkeypatch.setattr(sys.stderr, "isatty", lambda: terminal)
    assert main(["report", str(bank[0]), "--out", str(tmp_path / "out")]) == 0
    said = capsys.readouterr()
    assert ("1 of 1" in said.err) == terminal
    assert ("bank-w2-02_audit … done" in said.out) != terminal
    assert ("\r" in said.out + said.err) == terminal


def test_the_manifest_says_what_the_report_was_made_from(bank, tmp_path):
    (made,), _lines = batch(bank, tmp_path, each_provider=False)
    (job,) = plan(bank[0], tmp_path, notebooks=[bank[1]], limits=Limits(1, 1))
    manifest = json.loads(made.html.with_suffix(".json").read_text(encoding="utf-8"))
    assert manifest["made_from"] == job.made_from
