"""The committed notebooks are thin, whole, and truly compared with what they show."""

from __future__ import annotations

import ast
import json
import re
import shutil
import subprocess
import sys

import pytest

from conftest import ROOT

NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
SHOWS = {"show_answer", "show_figure", "show_table", "show_text", "show_problems", "show_study"}
BANNED = {"display", "HTML", "Markdown", "Styler", "print", "exec", "eval", "to_html"}


def _cells(path, kind="code"):
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    return [cell for cell in cells if cell["cell_type"] == kind]


def _source(cell):
    return "".join(cell["source"])


@pytest.fixture(params=NOTEBOOKS, ids=lambda path: path.stem)
def notebook(request):
    return request.param


def test_there_are_three_notebooks():
    assert [path.stem for path in NOTEBOOKS] == [
        "01_segmentation",
        "02_service_audit",
        "03_loyalty",
    ]


def test_cells_are_short_and_define_and_compute_nothing(notebook):
    for cell in _cells(notebook):
        tree = ast.parse(_source(cell))
        assert _source(cell).count("\n") < 15
        for node in ast.walk(tree):
            assert not isinstance(
                node,
                ast.FunctionDef | ast.ClassDef | ast.Lambda | ast.For | ast.While | ast.If
                | ast.comprehension | ast.BinOp | ast.Try,
            ), _source(cell)  # fmt: skip


def test_everything_shown_goes_through_the_displays(notebook):
    for cell in _cells(notebook):
        names = {n.id for n in ast.walk(ast.parse(_source(cell))) if isinstance(n, ast.Name)}
        attributes = {
            n.attr for n in ast.walk(ast.parse(_source(cell))) if isinstance(n, ast.Attribute)
        }
        assert not BANNED & (names | attributes)
        if not {"parameters", "setup"} & set(cell["metadata"].get("tags", ())):
            last = ast.parse(_source(cell)).body[-1]
            assert isinstance(last, ast.Expr) and isinstance(last.value, ast.Call)
            assert last.value.func.id in SHOWS


def test_parameters_are_one_cell_of_typed_literals_with_help(notebook):
    tagged = [c for c in _cells(notebook) if "parameters" in c["metadata"].get("tags", ())]
    assert len(tagged) == 1
    for line, node in zip(
        _source(tagged[0]).splitlines(), ast.parse(_source(tagged[0])).body, strict=True
    ):
        assert isinstance(node, ast.AnnAssign) and isinstance(node.value, ast.Constant)
        assert "  # " in line


def test_the_answer_stands_before_the_first_section(notebook):
    cells = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
    answer = next(i for i, c in enumerate(cells) if "summary" in c["metadata"].get("tags", ()))
    section = next(i for i, c in enumerate(cells) if _source(c).startswith("## "))
    assert answer < section


def test_every_notebook_lists_problems_and_ends_with_limits_and_method(notebook):
    prose = [_source(cell).splitlines()[0] for cell in _cells(notebook, "markdown")]
    assert any("show_problems" in _source(cell) for cell in _cells(notebook))
    assert prose[-2:] == ["## What this report cannot tell", "## Method"]


# What the example, a study of all providers in two waves and several channels, all of whose
# answers are settled, cannot be asked.
NOT_ASKED = {
    "audit.scorecard(care)", "audit.trend(care)", "audit.by_group(care)",
    "audit.answers_in_doubt(care)",
    "segmentation.groupings(care)", "segmentation.group_profiles(care)",
    "loyalty.trends(care)", "loyalty.score_trend(care)", "loyalty.score_trend(care, ",
}  # fmt: skip


def test_nothing_else_is_skipped_on_the_example(notebook):
    for cell in _cells(notebook):
        if "Skipped: " in json.dumps(cell["outputs"]):
            assert any(question in _source(cell) for question in NOT_ASKED), _source(cell)


@pytest.fixture(scope="module")
def drawn_otherwise(tmp_path_factory):
    """What the notebooks are run on, drawn with another seed."""
    from carebench.simulate import simulate

    folder = tmp_path_factory.mktemp("otherwise")
    (folder / "notebooks").mkdir()
    simulate(folder / "data" / "example", seed=1)
    return folder


def _nbval(path):
    return subprocess.run(
        [
            sys.executable, "-m", "pytest", "--nbval", "--nbval-current-env", "-p",
            "no:cacheprovider", "-o", "addopts=", "--color=no", "-q", "--no-header", "--maxfail=5",
            "--nbval-sanitize-with", str(ROOT / "tests" / "nbval_sanitize.cfg"), str(path),
        ],
        capture_output=True, text=True, timeout=600, cwd=path.parent, check=False,
    )  # fmt: skip


def test_other_data_make_the_comparison_fail(notebook, drawn_otherwise):
    shutil.copy(notebook, drawn_otherwise / "notebooks")
    got = _nbval(drawn_otherwise / "notebooks" / notebook.name)
    assert got.returncode == 1, got.stdout
    assert re.findall(r"(\d+)\S* failed", got.stdout) == ["5"], got.stdout
