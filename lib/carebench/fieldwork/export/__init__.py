"""Hands over what was found: tables of a study, whole or not at all, from which nobody is known."""

from __future__ import annotations

import csv
import io
import os
import re
import shutil
from collections.abc import Iterable, Sequence
from pathlib import Path

from ...schema import TABLES
from ...study import Study
from ..journal import Journal
from ..wave import Wave
from .rows import Row, Tables, columns_of, tables_of

__all__ = ["Tables", "export", "study_lines", "tables_of_wave", "write_tables"]

NAMES = ("attempts", "ratings", "planned", "codings", "survey", "page_checks", "claimed_hours")
# Where a spreadsheet would begin to read a formula; the last four signs are full-width forms.
_FORMULA = re.compile(r"(?=[\s\ufeff\u200b]*[=+\-@\uff1d\uff0b\uff0d\uff20])|(?=[\t\r\n])")


def export(study: Study, journal: Journal, wave: Wave) -> list[Path]:
    """Write the tables of a wave into its folder `tables` and return their paths.

    The same journal makes the same bytes. Neither addresses nor numbers nor names of persons are
    in them, and names of attempts lead back to nothing without the journal.

    Raises
    ------
    DataError
        The plan's lock is damaged.
    OSError
        The disk is full or refuses: the older tables are still there.
    """
    return write_tables(tables_of_wave(study, journal, wave), wave)


def write_tables(tables: Tables, wave: Wave) -> list[Path]:
    """Write `tables` into the folder `tables` of a wave and return their paths.

    All are written before the first takes the place of an older one; a table without rows is
    taken away.

    Raises
    ------
    OSError
        The disk is full or refuses: the older tables are still there.
    """
    texts = {name: _csv(columns_of(name, rows), rows) for name, rows in tables.rows.items()}
    half = wave.folder / f".tables-{os.getpid()}"
    half.mkdir(mode=0o700)
    try:
        for name, text in texts.items():
            (half / f"{name}.csv").write_text(text, encoding="utf-8", newline="")
        wave.tables.mkdir(mode=0o700, exist_ok=True)
        for name in texts:
            os.replace(half / f"{name}.csv", wave.tables / f"{name}.csv")
    finally:
        shutil.rmtree(half)
    for name in set(NAMES) - set(texts):
        (wave.tables / f"{name}.csv").unlink(missing_ok=True)
    return [wave.tables / f"{name}.csv" for name in texts]


def tables_of_wave(study: Study, journal: Journal, wave: Wave) -> Tables:
    """The rows of all tables, and in words what is not in them."""
    from ..plan import read_lock

    unplaced = read_lock(wave)["unplaced"] if wave.lock.exists() else ()
    return tables_of(study, journal, unplaced)


def study_lines(study: Study, paths: Iterable[Path]) -> str:
    """What to put into the study file so that its reports read the tables at `paths`.

    The hours that pages claim are no table of their own: a study joins them to its providers.
    """
    lines = []
    for path in paths:
        if path.stem not in TABLES:
            continue
        seen = Path(os.path.relpath(path, study.root)).as_posix()
        lines.append(f"[tables.{path.stem}]\npath = {_quoted(seen)}\n")
    return "\n".join(lines)


def _csv(columns: Sequence[str], rows: Iterable[Row]) -> str:
    file = io.StringIO(newline="")
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows([_cell(row.get(column)) for column in columns] for row in rows)
    return file.getvalue()


def _cell(value: object) -> object:
    """A value that no spreadsheet takes for a formula."""
    if isinstance(value, str):
        return f"'{value}" if _FORMULA.match(value) else value
    return "" if value is None else value


def _quoted(text: str) -> str:
    """Text as TOML writes it."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
