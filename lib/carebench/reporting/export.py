"""Every table behind the reports of a study, as CSV files and one workbook.

The tables are those that the notebooks show: each question that a notebook asks is asked
again of the same study, so the numbers are the report's own, not rounded. Lists of persons,
which no page shows, join them where an export may name persons. Beside them lie
`contents` (what each table is, and which were left out, why), `dictionary` (what each column
means) and `provenance`.
"""

from __future__ import annotations

import datetime as dt
import json
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import Any

import pandas as pd

from .. import resources
from ..audit.trials.whole import basis
from ..finding import Answer, Finding, Skipped
from ..language import _
from ..schema import DataError
from ..sources import Care, located, open_study, refuse_unknown_names
from ..study import Study, load_study
from .columns import describe
from .deidentify import deidentified
from .files import private_folder
from .names import free_name, slug
from .parameters import Value, declared, from_text
from .provenance import earlier_fingerprints, facts, fingerprints
from .questions import lists, questions, tables
from .spreadsheets import csv_text, write_workbook

WORKBOOK = "tables.xlsx"
MOST_IN_WORKBOOK = 100_000  # rows; a longer table would take minutes and is in its CSV alone


@dataclass(frozen=True, slots=True)
class Exported:
    """What was written: how many tables, and how many were left out."""

    folder: Path
    tables: int
    left_out: int


@dataclass(frozen=True, slots=True)
class _Part:
    """One answer: the name of its table, where it was asked, and what was answered."""

    name: str
    notebook: str
    question: str
    answer: Answer


def export(
    study: Path | str,
    *,
    out: Path | str,
    parameters: Mapping[str, str] | None = None,
    against: Sequence[str] = (),
    identified: bool = False,
) -> Exported:
    """Write every table behind the reports of `study` into the new folder `out`.

    Parameters
    ----------
    study : Path or str
        The study file.
    out : Path or str
        A folder that is not there yet, or is empty; it appears whole or not at all.
    parameters : mapping of str to str, optional
        Values as typed on a command line, as for a report.
    against : sequence of str
        Earlier waves or other study files to compare with, as for a report.
    identified : bool
        Keep single persons, exact days and small numbers, which are otherwise taken out.

    Raises
    ------
    DataError
        The study, a table, a parameter or the folder cannot be used.
    """
    folder = Path(out)
    _refuse_taken(folder)
    notebooks = _notebooks()
    values = _values(Path(study), notebooks, parameters or {}, against)
    parts, used, sample = _ask(Path(study), notebooks, values)
    if not identified:
        parts = [_deidentified(part) for part in parts]
    sheets = _sheets(parts, _provenance(used, values, sample, identified=identified))
    _write(sheets, folder)
    written = sum(isinstance(part.answer, Finding) for part in parts)
    return Exported(folder, written, len(parts) - written)


def _refuse_taken(folder: Path) -> None:
    """An older export may hold what this one must not: the two never mix."""
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise DataError(f"{folder} is there already and not empty. Name a new folder with --out.")


def _notebooks() -> dict[str, dict[str, Any]]:
    paths = sorted(resources.folder("notebooks").glob("*.ipynb"))
    if not paths:
        raise DataError("The package holds no notebooks. Install it again.")
    return {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in paths}


def _values(
    study: Path,
    notebooks: Mapping[str, Mapping[str, Any]],
    given: Mapping[str, str],
    against: Sequence[str],
) -> dict[str, Value]:
    """The parameters given, checked; those of `against` with their paths made absolute."""
    known = {n: p for stem, one in notebooks.items() for n, p in declared(one, stem).items()}
    del known["study"]
    if against and "against" in given:
        raise DataError("--against and -p against contradict each other. Give one of them.")
    values = from_text(given, known)
    overrides = {name: value for name, value in values.items() if name != "against"}
    asked = load_study(study, **overrides)
    refuse_unknown_names(asked)
    named = located(asked, against or [str(values.get("against", ""))])
    return {**overrides, **(from_text({"against": named}, known) if named else {})}


def _ask(
    study: Path, notebooks: Mapping[str, Mapping[str, Any]], values: Mapping[str, Value]
) -> tuple[list[_Part], Study, str]:
    """Ask what the notebooks ask; the tables are read once for each, as for its report.

    Last comes what is a sample of attempts; "" where none is.
    """
    parts: list[_Part] = []
    sample = ""
    taken = {"contents", "dictionary", "provenance"}
    for stem, notebook in notebooks.items():
        asked, own = questions(notebook, stem), declared(notebook, stem)
        asked += lists(asked)
        given: dict[str, Any] = {n: v for n, v in values.items() if n != "against" or n in own}
        with open_study(study, tables=tables(asked), **given) as care:
            answers = [(question.text, _filled(question.ask(care))) for question in asked]
            answers.append(("", _problems(care, stem)))
            used, sample = care.study, basis(care) or sample
        for text, answer in answers:
            name = _table_name(answer, stem, taken)
            parts.append(_Part(name, stem, text, answer))
    return parts, used, sample


def _table_name(answer: Answer, stem: str, taken: set[str]) -> str:
    """The name of the answer; where another notebook has the same, with the notebook's."""
    if isinstance(answer, Skipped):
        return ""
    name = slug(answer.name)
    if name in taken:
        name = free_name(slug(f"{name}-{stem}"), taken)
    taken.add(name)
    return name


def _filled(answer: Answer) -> Answer:
    """What a report says once for a block of rows, said in each of them."""
    if isinstance(answer, Skipped) or answer.rows.empty:
        return answer
    first = answer.rows.iloc[:, 0]
    if not first.eq("").any() or first.iloc[0] == "":
        return answer
    filled = {str(first.name): first.where(first.ne("")).ffill()}
    return replace(answer, rows=answer.rows.assign(**filled))


def _problems(care: Care, stem: str) -> Finding:
    labels = {
        "table": _("table"),
        "column": _("column"),
        "expected": _("expected"),
        "action": _("what was done"),
        "n": _("rows"),
    }
    rows = care.problems.counts[list(labels)]
    return Finding(f"problems-{stem}", rows, caption=_("Problems in the data"), labels=labels)


def _deidentified(part: _Part) -> _Part:
    if isinstance(part.answer, Skipped):
        return part
    persons = not part.question.startswith("audit.")
    return replace(part, answer=deidentified(part.answer, persons=persons))


def _sheets(parts: Sequence[_Part], provenance: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """Every table to be written, by name, those about the others first."""
    found = {part.name: part.answer for part in parts if isinstance(part.answer, Finding)}
    columns = {name: _column_names(answer.rows) for name, answer in found.items()}
    described = (row for name, a in found.items() for row in describe(name, a, columns[name]))
    return {
        "contents": pd.DataFrame([_contents(part) for part in parts]).astype({"rows": "Int64"}),
        "dictionary": pd.DataFrame([*_about(), *described]),
        "provenance": provenance,
        **{name: a.rows.set_axis(list(columns[name]), axis=1) for name, a in found.items()},
    }


def _about() -> Iterable[dict[str, str]]:
    """What the columns of `contents` are."""
    meanings = {
        "table": _("name of the table: of its file and of its sheet"),
        "notebook": _("the notebook that shows it"),
        "question": _("the function that was asked"),
        "rows": _("number of rows"),
        "headline": _("the finding in one sentence; empty where numbers were withheld"),
        "caption": _("definitions, and whom the table covers"),
        "notes": _("what to know before using the table"),
        "left_out": _("why there is no table"),
    }
    return [{"table": "contents", "column": name, "meaning": m} for name, m in meanings.items()]


def _contents(part: _Part) -> dict[str, Any]:
    where = {"table": part.name, "notebook": part.notebook, "question": part.question}
    answer = part.answer
    if isinstance(answer, Skipped):
        return {**where, "rows": None, "left_out": answer.reason}
    return {
        **where,
        "rows": len(answer.rows),
        "headline": answer.headline.replace("**", ""),
        "caption": answer.caption,
        "notes": (*answer.notes, *_too_long(answer)),
        "left_out": "",
    }


def _too_long(answer: Finding) -> tuple[str, ...]:
    """That a table is not in the workbook, where it is not."""
    if len(answer.rows) <= MOST_IN_WORKBOOK:
        return ()
    return (_("Too long for the workbook: this table is in its CSV file alone."),)


def _column_names(rows: pd.DataFrame) -> dict[str, str]:
    """A name that a program can use, for every column."""
    names: dict[str, str] = {}
    for name in map(str, rows.columns):
        plain = slug(name).replace("-", "_") or "column"
        names[free_name(plain, set(names))] = name
    return names


def _provenance(
    study: Study, values: Mapping[str, Value], sample: str, *, identified: bool
) -> pd.DataFrame:
    protection = (
        _("None: small numbers and exact days are in it. Treat it as personal data.")
        if identified
        else _(
            "De-identified: rows about single persons are left out, days are given as months, "
            "numbers that rest on fewer than five observations are withheld. Totals of "
            "different tables were not compared."
        )
    )
    stated = [*facts(study, values, dt.datetime.now(dt.UTC)), (_("Protection"), protection)]
    stated += [(_("Sample"), sample)] if sample else []
    earlier = earlier_fingerprints(study, str(values.get("against", "")))
    files = [
        (f"SHA-256 {_without_folders(name)}", digest)
        for name, digest in [*fingerprints(study), *earlier]
    ]
    return pd.DataFrame([*stated, *files], columns=["name", "value"])


def _without_folders(name: str) -> str:
    """A file's name; of one that lies elsewhere, nothing of where."""
    outside = name.startswith("..") or PurePosixPath(name).is_absolute()
    if outside or PureWindowsPath(name).is_absolute():
        return PureWindowsPath(name).name
    return name


def _write(sheets: Mapping[str, pd.DataFrame], folder: Path) -> None:
    """Write everything beside `folder`, then move it there in one step."""
    try:
        folder.absolute().parent.mkdir(parents=True, exist_ok=True)
        with private_folder(folder.absolute().parent) as private:
            draft = private / "export"
            draft.mkdir()
            for name, table in sheets.items():
                (draft / f"{name}.csv").write_bytes(csv_text(table).encode("utf-8", "replace"))
            short = {name: t for name, t in sheets.items() if len(t) <= MOST_IN_WORKBOOK}
            write_workbook(short, draft / WORKBOOK)
            if folder.exists():
                folder.rmdir()
            os.rename(draft, folder)
    except OSError as error:
        raise DataError(
            f"The tables cannot be written to {folder}: {error.strerror}. Name another folder."
        ) from None
