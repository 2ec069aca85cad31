"""Keep committed notebooks reviewable: text outputs stay, pictures and bookkeeping go.

    python tools/normalise.py [--run] [--check] [NOTEBOOK …]

Without names it takes every notebook of `notebooks/`. With --run each is first executed from
top to bottom with its default parameters. With --check nothing is written: the exit code is
1 where a notebook is not as this tool would leave it.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError
from nbformat import NotebookNode

NOTEBOOKS = Path(__file__).resolve().parents[1] / "notebooks"
METADATA = {
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}


def normalised(text: str) -> str:
    """A notebook's file as it should be committed."""
    notebook = nbformat.reads(text, as_version=4)
    notebook.metadata = nbformat.from_dict(METADATA)
    executed = 0
    for cell in notebook.cells:
        tags = cell.metadata.get("tags")
        cell.metadata = NotebookNode({"tags": tags} if tags else {})
        if cell.cell_type == "code":
            executed += bool(cell.source.strip())
            _normalise_code(cell, executed if cell.source.strip() else None)
    return nbformat.writes(notebook) + "\n"


def _normalise_code(cell: NotebookNode, number: int | None) -> None:
    cell.execution_count = number
    for output in cell.outputs:
        if "execution_count" in output:
            output.execution_count = number
        if "metadata" in output:
            output.metadata = NotebookNode()
        for kind in [kind for kind in output.get("data", ()) if kind.startswith("image/")]:
            del output.data[kind]


def run(path: Path) -> None:
    """Execute a notebook in place, in its own folder, with its default parameters."""
    notebook = nbformat.read(path, as_version=4)
    where = {"metadata": {"path": str(path.parent)}}
    NotebookClient(notebook, kernel_name="python3", resources=where, timeout=600).execute()
    nbformat.write(notebook, path)


def main(arguments: Sequence[str] | None = None) -> int:
    """Normalise notebooks, or say which are not; 0 where all is well."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "notebooks", nargs="*", type=Path, default=sorted(NOTEBOOKS.glob("*.ipynb"))
    )
    parser.add_argument("--run", action="store_true", help="execute each notebook first")
    parser.add_argument("--check", action="store_true", help="write nothing, only say what differs")
    asked = parser.parse_args(arguments)
    if asked.run and asked.check:
        parser.error("--run writes the notebook, and --check must not: give one of them")
    wrong = 0
    for path in asked.notebooks:
        try:
            if asked.run:
                run(path)
        except CellExecutionError as error:
            print(f"{path.name}: {error.ename}: {error.evalue}", file=sys.stderr)
            wrong += 1
            continue
        wrong += _settle(path, check=asked.check)
    return 1 if wrong else 0


def _settle(path: Path, *, check: bool) -> bool:
    """Normalise one notebook; whether it was left wrong."""
    text = path.read_text(encoding="utf-8")
    wanted = normalised(text)
    if text == wanted:
        return False
    if check:
        print(f"{path.name} is not normalised: run python tools/normalise.py", file=sys.stderr)
        return True
    path.write_text(wanted, encoding="utf-8", newline="\n")
    return False


if __name__ == "__main__":
    sys.exit(main())
