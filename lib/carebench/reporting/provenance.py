"""Where the numbers of a report come from: parameters, files, versions, and when.

Files are named as seen from the study's folder: a report says nothing about the machine
that made it. A file may be named after a firm, so a report limited to one provider names the
tables that were read, and no file.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import os
import platform
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import lru_cache
from importlib.metadata import version
from pathlib import Path

from ..language import _, date, number
from ..sources.files import matching
from ..sources.opening import is_file, items
from ..study import Study, TableSource, load_study
from .parameters import Value

PACKAGES = ("carebench", "pandas", "duckdb", "statsmodels", "scipy")
MOST_FILES = 20


def facts(study: Study, values: Mapping[str, Value], made: dt.datetime) -> list[tuple[str, str]]:
    """Study, wave, parameters, versions and time, as name and text."""
    against = str(values.get("against", ""))
    shown = {
        **values,
        "against": _numbered(against) if study.provider else without_folders(against),
    }
    given = [f"{name} = {shown[name]}" for name in values if name != "study"]
    versions = [f"Python {platform.python_version()}"]
    versions += [f"{package} {version(package)}" for package in PACKAGES]
    named = [
        (_("Study"), study.title),
        (_("Wave"), study.wave),
        (_("Provider"), study.provider),
        (_("Parameters"), "; ".join(given) or _("those of the study file")),
        (_("Made on"), _("{date}, {time} UTC").format(date=date(made), time=f"{made:%H:%M}")),
        (_("Software"), ", ".join(versions)),
    ]
    return [(name, text) for name, text in named if text]


def fingerprints(study: Study) -> list[tuple[str, str]]:
    """Name and SHA-256 of the study file and of every file that its tables are read from.

    Many files that one pattern finds are named by the pattern, with one SHA-256 over theirs.
    Where the study is limited to one provider, tables are named in place of files. What stands
    at an address or on a cluster may change at any time: it has the time of now instead.
    """
    if study.provider:
        return _table_fingerprints(study)
    found = [(study.path.name, sha256(study.path)), *_elsewhere(study)]
    done: set[Path] = {study.path}
    here = [table for name, table in study.tables.items() if not study.elsewhere(name)]
    every = [found for table in here for found in _patterns(table)]
    for pattern, inside in every:
        files = [file for file in _matches(study, pattern, inside) if file not in done]
        done.update(files)
        digests = [(_seen_from(study, file), sha256(file)) for file in files]
        if len(digests) > MOST_FILES:
            together = hashlib.sha256("\n".join(f"{d} {n}" for n, d in digests).encode())
            name = _("{pattern} ({n} files)").format(pattern=pattern, n=number(len(digests)))
            digests = [(name, together.hexdigest())]
        found += digests
    return found


def _elsewhere(study: Study) -> list[tuple[str, str]]:
    now = dt.datetime.now(dt.UTC)
    text = _("no fingerprint; read on {date}, {time} UTC")
    read = text.format(date=date(now), time=f"{now:%H:%M:%S}")
    return [(table.path, read) for name, table in study.tables.items() if study.elsewhere(name)]


def earlier_fingerprints(study: Study, against: str) -> list[tuple[str, str]]:
    """The same of every other study file that `against` names, each seen from its own folder."""
    found = []
    files = [item for item in items(against) if is_file(item)]
    for n, item in enumerate(files, start=1):
        other = replace(load_study(item, language=study.language), provider=study.provider)
        place = f"{_earlier(n)}: " if study.provider else f"{other.path.parent.name}/"
        found += [(f"{place}{name}", digest) for name, digest in fingerprints(other)]
    return found


def _table_fingerprints(study: Study) -> list[tuple[str, str]]:
    """By table, the SHA-256 of its file, or one over the sorted ones of its files."""
    found = [(_("study file"), sha256(study.path)), *_elsewhere(study)]
    for name, table in study.tables.items():
        if study.elsewhere(name):
            continue
        files = {file for given in _patterns(table) for file in _matches(study, *given)}
        digests = sorted(map(sha256, files))
        together = hashlib.sha256("\n".join(digests).encode()).hexdigest()
        words = _("table {table} ({n} files)").format(table=name, n=number(len(digests)))
        if len(digests) == 1:
            words, together = _("table {table}").format(table=name), digests[0]
        found.append((words, together))
    return found


def _numbered(against: str) -> str:
    """`against` with numbers in place of study files."""
    files = [item for item in items(against) if is_file(item)]
    places = {item: _earlier(n) for n, item in enumerate(files, start=1)}
    return "; ".join(places.get(item, item) for item in items(against))


def _earlier(n: int) -> str:
    return _("earlier study {n}").format(n=number(n))


def without_folders(against: str) -> str:
    """What a report may print of `against`: waves, and study files without where they lie."""
    shown = [
        f"{Path(item).parent.name}/{Path(item).name}" if is_file(item) else item
        for item in items(against)
    ]
    return "; ".join(shown)


def sha256(path: Path) -> str:
    """SHA-256 of a file of any size."""
    state = path.stat()
    return _sha256(path, state.st_mtime_ns, state.st_size)


@lru_cache(maxsize=4096)
def _sha256(path: Path, _changed: int, _size: int) -> str:
    """The same, once for the reports on all providers as long as the file does not change."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _patterns(table: TableSource) -> Iterator[tuple[str, bool]]:
    """Paths and patterns that a table names; whether they may only lie in the study's folder."""
    if table.path:
        yield table.path, False
    yield from ((source.path, False) for source in table.inputs.values())
    # In a query, a file is a text in quotes; texts that are no file match nothing.
    yield from ((text, True) for text in re.findall(r"'([^'\n]+)'", table.sql))


def _matches(study: Study, pattern: str, inside: bool) -> list[Path]:
    """The files that `pattern` finds; a text in a query names none outside the folder."""
    outside = Path(pattern).is_absolute() and not pattern.startswith(str(study.root))
    if (inside and (outside or ".." in pattern)) or not any(mark.isalnum() for mark in pattern):
        return []
    try:
        found = {path.resolve() for path in matching(study.root, pattern)}
    except (ValueError, NotImplementedError, OSError):
        return []
    return sorted(
        path for path in found if path.is_file() and (not inside or path.is_relative_to(study.root))
    )


def _seen_from(study: Study, file: Path) -> str:
    try:
        return Path(os.path.relpath(file, study.path.parent)).as_posix()
    except ValueError:  # another drive, on Windows
        return file.name
