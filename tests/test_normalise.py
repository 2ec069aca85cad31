"""Committed notebooks keep what a reader and a test compare, and nothing else."""

from __future__ import annotations

import importlib.util

import nbformat
import pytest
from nbformat import v4

from conftest import ROOT


@pytest.fixture(scope="module")
def tool():
    spec = importlib.util.spec_from_file_location("normalise", ROOT / "tools" / "normalise.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def notebook(tmp_path):
    cell = v4.new_code_cell("show()", execution_count=7)
    cell.metadata = {"tags": ["summary"], "collapsed": True, "execution": {"x": "now"}}
    cell.outputs = [
        v4.new_output(
            "display_data",
            {"image/png": "iVBORw0KGgo=", "text/plain": "figure x: 2 rows, data sha256 12345678"},
            metadata={"image/png": {"width": 500}},
        ),
        v4.new_output("execute_result", {"text/plain": "2"}, execution_count=7),
    ]
    cells = [v4.new_markdown_cell("# Title"), v4.new_code_cell(""), cell]
    made = v4.new_notebook(cells=cells, metadata={"papermill": {"input_path": "/somewhere/x"}})
    path = tmp_path / "n.ipynb"
    nbformat.write(made, path)
    return path


def test_pictures_and_bookkeeping_go_and_texts_stay(tool, notebook):
    ids = [cell.id for cell in nbformat.read(notebook, as_version=4).cells]
    assert tool.main([str(notebook)]) == 0
    kept = nbformat.read(notebook, as_version=4)
    figure, result = kept.cells[2].outputs
    assert figure == {
        "output_type": "display_data",
        "data": {"text/plain": "figure x: 2 rows, data sha256 12345678"},
        "metadata": {},
    }
    assert (result.execution_count, kept.cells[2].execution_count) == (1, 1)
    assert kept.cells[1].execution_count is None
    assert kept.cells[2].metadata == {"tags": ["summary"]}
    assert set(kept.metadata) == {"kernelspec", "language_info"}
    assert [cell.id for cell in kept.cells] == ids


def test_normalising_twice_changes_nothing(tool, notebook):
    tool.main([str(notebook)])
    first = notebook.read_bytes()
    assert tool.main([str(notebook)]) == 0
    assert notebook.read_bytes() == first
    assert tool.main(["--check", str(notebook)]) == 0


def test_check_names_what_differs_and_writes_nothing(tool, notebook, capsys):
    before = notebook.read_bytes()
    assert tool.main(["--check", str(notebook)]) == 1
    assert "n.ipynb is not normalised" in capsys.readouterr().err
    assert notebook.read_bytes() == before


def test_run_executes_in_the_folder_of_the_notebook(tool, tmp_path):
    (tmp_path / "data.txt").write_text("42", encoding="utf-8")
    cells = [v4.new_code_cell("print(open('data.txt').read())")]
    path = tmp_path / "r.ipynb"
    nbformat.write(v4.new_notebook(cells=cells), path)
    assert tool.main(["--run", str(path)]) == 0
    (cell,) = nbformat.read(path, as_version=4).cells
    assert (cell.execution_count, cell.outputs[0].text) == (1, "42\n")


def test_a_notebook_that_fails_is_left_as_it_was(tool, tmp_path, capsys):
    path = tmp_path / "r.ipynb"
    nbformat.write(v4.new_notebook(cells=[v4.new_code_cell("1/0")]), path)
    before = path.read_bytes()
    assert tool.main(["--run", str(path)]) == 1
    assert "ZeroDivisionError" in capsys.readouterr().err
    assert path.read_bytes() == before


def test_the_committed_notebooks_are_normalised(tool):
    assert tool.main(["--check"]) == 0
