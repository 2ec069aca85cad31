"""A new engagement: a folder with all that a consultant fills in and runs.

Everything in it is made from what the package declares: the study file from the classes of
`study`, the templates from the tables of `schema`, the notebooks from its own.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path

from .. import resources
from ..language import LANGUAGES
from ..schema import TABLES, DataError
from .readme import readme
from .study_file import study_file
from .templates import WORKBOOK, csv_template, workbook

__all__ = ["init"]

STUDY = "../study.toml"  # as a notebook of an engagement sees it


def init(folder: Path | str, *, language: str = "en") -> list[Path]:
    """Start an engagement in `folder`: a study file, notebooks, templates and a README.

    Parameters
    ----------
    folder : Path or str
        Made where there is none; what it holds already is left alone.
    language : str
        "en" or "vi": of the reports and of the README. The study file and the templates
        explain themselves in English, as error messages do.

    Returns
    -------
    list of Path
        The files written.

    Raises
    ------
    DataError
        Something is in the way, or the folder cannot be written to. A file is never
        overwritten.
    """
    if language not in LANGUAGES:
        raise DataError(f"{language!r} is no language. Expected one of {', '.join(LANGUAGES)}.")
    root = Path(folder)
    files = {root / name: content for name, content in _contents(root, language)}
    try:
        _refuse_taken(root, files)
        for path, content in files.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            with path.open("xb") as file:
                file.write(content)
    except OSError as error:
        raise DataError(
            f"The engagement cannot be written to {root}: {error.strerror}. Name another folder."
        ) from None
    return list(files)


def _refuse_taken(root: Path, files: Mapping[Path, bytes]) -> None:
    """List everything in the way before anything is written."""
    folders = dict.fromkeys([root, *(path.parent for path in files)])
    taken = [path for path in folders if path.exists() and not path.is_dir()]
    if not taken:
        taken = [path for path in files if path.exists() or path.is_symlink()]
    if taken:
        names = ", ".join(path.relative_to(root.parent).as_posix() for path in taken)
        raise DataError(
            f"In the way: {names}. Nothing was written. Move it away, or name another folder."
        )


def _contents(root: Path, language: str) -> Iterator[tuple[str, bytes]]:
    """Path and bytes of every file of an engagement."""
    yield "README.md", readme(language).encode()
    yield "study.toml", study_file(root.absolute().name, language).encode("utf-8", "replace")
    notebooks = resources.folder("notebooks")
    for path in sorted(notebooks.rglob("*.ipynb")):
        inside = path.relative_to(notebooks)
        study = "../" * (len(inside.parts) - 1) + STUDY
        yield f"notebooks/{inside.as_posix()}", _notebook(path, study).encode()
    for table in TABLES.values():
        yield f"data/{table.name}.csv", csv_template(table)
    yield f"data/{WORKBOOK}", workbook()


def _notebook(path: Path, study: str) -> str:
    """A notebook of the package that asks `study`; not yet run."""
    notebook = json.loads(path.read_text(encoding="utf-8"))
    for cell in notebook["cells"]:
        if cell["cell_type"] == "code":
            cell.update(outputs=[], execution_count=None)
        if "parameters" in cell["metadata"].get("tags", ()):
            cell["source"] = [_own_study(line, study) for line in cell["source"]]
    return json.dumps(notebook, ensure_ascii=False, indent=1) + "\n"


def _own_study(line: str, study: str) -> str:
    declaration, mark, help_text = line.partition("  #")
    if not declaration.startswith("study: str ="):
        return line
    return f'study: str = "{study}"{mark}{help_text}'
