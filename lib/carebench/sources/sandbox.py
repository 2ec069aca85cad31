"""Runs the SQL of a study file where it can read the study's own files and do nothing else.

The query gets a database of its own, in memory, whose configuration is locked before the
query is seen: no network, no extension, no file outside the folders and files it was given.
Only its result comes out.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from ..engine import (
    LOCAL,
    SETTINGS,
    Engine,
    first_sentence,
    quote_file,
    quote_name,
    quote_text,
    readable_errors,
    stoppable,
    without_progress,
)
from ..schema import DataError, nearest
from .files import matching
from .queries import one_select

TIME_LIMIT = 600.0  # seconds that a study's own query may take
MOST_SPILLED = "5GB"
OTHER_FILE = re.compile(r"\.(xlsx|xlsm|xls|sqlite|sqlite3|db|duckdb)(\.gz)?$", re.IGNORECASE)


def run_select(
    engine: Engine,
    sql: str,
    *,
    root: Path,
    where: str,
    relations: Mapping[str, str] | None = None,
    files: tuple[Path, ...] = (),
    limit: int | None = None,
) -> tuple[Path, tuple[Path, ...]]:
    """Run a study's own query over its own files.

    Parameters
    ----------
    engine : Engine
        Lends its work folder and its memory limit.
    sql : str
        One SELECT; file names in it are relative to `root`.
    root : Path
        The study's folder, all of which may be read.
    where : str
        What the query is called in messages.
    relations : Mapping[str, str], optional
        Tables of the engine that the query may name.
    files : tuple of Path
        Files outside `root` that may be read as well.
    limit : int, optional
        Rows after which to stop.

    Returns
    -------
    tuple of Path and tuple of Path
        A Parquet file with the result, and the files that the query names.

    Raises
    ------
    DataError
        The query is no single SELECT, fails, takes too long, or reaches for what it may not read.
    """
    room = _room(engine)
    handed = {name: _hand_over(engine, table, room) for name, table in (relations or {}).items()}
    result = room / "result.parquet"
    with _box(engine, room) as box:
        with readable_errors(where):
            query, named = one_select(box, sql, where, tuple(handed))
            for name, path in handed.items():
                reading = f"read_parquet({quote_file(path)})"
                box.execute(f"CREATE VIEW {quote_name(name)} AS FROM {reading}")
            _lock(box, folders=(root, room), files=files)
        read = _named_files(root, named, where)
        # Inside a subquery the engine itself refuses every WITH that writes.
        inner = f"SELECT * FROM (\n{query}\n)" + (f" LIMIT {limit}" if limit else "")
        with contextlib.chdir(root), _advised(where, root, named):
            _execute(box, f"COPY ({inner}) TO {_text(result)} (FORMAT parquet)", where)
    return result, read


def copy_table(engine: Engine, path: Path, table: str) -> Path:
    """One table of a DuckDB file, which is opened read-only, as a Parquet file."""
    room = _room(engine)
    result = room / "result.parquet"
    with (
        _box(engine, room) as box,
        readable_errors(f"{path.name} cannot be read as a DuckDB database"),
    ):
        box.execute(f"ATTACH {_text(path)} AS theirs (READ_ONLY)")
        _lock(box, folders=(room,), files=())
        listed = box.execute(
            "SELECT table_name FROM information_schema.tables WHERE table_catalog = 'theirs'"
        ).fetchall()
        names = sorted(str(row[0]) for row in listed)
        if table not in names and (table or len(names) != 1):
            raise DataError(
                f"{path.name} has no table {table!r}.{nearest(table, names)} Say which with "
                f"table = ...; it has: {', '.join(names) or 'none'}."
            )
        source = f"theirs.{quote_name(table or names[0])}"
        _execute(box, f"COPY (FROM {source}) TO {_text(result)} (FORMAT parquet)", path.name)
    return result


def _room(engine: Engine) -> Path:
    """A folder for one query, the only one of the engine's that it can see."""
    room = engine.work / f"query{len(list(engine.work.glob('query*')))}"
    room.mkdir()
    return room


def _execute(box: Any, sql: str, where: str) -> None:
    try:
        stoppable(box, lambda: box.execute(sql), seconds=TIME_LIMIT)
    except TimeoutError:
        raise DataError(
            f"{where} was stopped after {TIME_LIMIT:g} seconds. Does every JOIN have its "
            "condition, and does a recursive WITH come to an end? If it only has much to read, "
            "prepare the table beforehand, as Parquet."
        ) from None


@contextlib.contextmanager
def _advised(where: str, root: Path, named: tuple[str, ...]) -> Iterator[None]:
    """Add what to do to the errors that a query meets when it names a file it cannot read."""
    import duckdb

    other = next((text for text in named if OTHER_FILE.search(text)), None)
    try:
        with readable_errors(where):
            try:
                yield
            except duckdb.PermissionException as error:
                raise DataError(
                    f"{where}: {first_sentence(error)}. A query reads files of the study's folder "
                    f"({root}) only: list any other under `inputs` and query it by its name there."
                ) from None
    except DataError as error:
        if other is None:
            raise
        raise DataError(
            f"{error} A query reads csv and Parquet files by their names; declare {other!r} under "
            "`inputs` and query it by its name there."
        ) from None


def _text(path: Path) -> str:
    return quote_text(str(path))


@contextlib.contextmanager
def _box(engine: Engine, room: Path) -> Iterator[Any]:
    import duckdb

    config: dict[str, Any] = {
        **LOCAL,
        "memory_limit": engine.memory_limit,
        "temp_directory": str(room / "spill"),
        "max_temp_directory_size": MOST_SPILLED,
    }
    box = duckdb.connect(":memory:", config=config)
    try:
        without_progress(box)
        for statement in SETTINGS:
            box.execute(statement)
        yield box
    finally:
        box.close()


def _lock(box: Any, *, folders: tuple[Path, ...], files: tuple[Path, ...]) -> None:
    # The engine compares the pattern that it is given, and again the file that this comes to.
    allowed = [_text(folder) for folder in folders] + [quote_file(folder) for folder in folders]
    box.execute(f"SET allowed_directories = [{', '.join(allowed)}]")
    if files:
        box.execute(f"SET allowed_paths = [{', '.join(_text(f) for f in files)}]")
    box.execute("SET enable_external_access = false")
    box.execute("SET lock_configuration = true")


def _hand_over(engine: Engine, table: str, room: Path) -> Path:
    path = room / f"input{len(list(room.iterdir()))}.parquet"
    engine.run(f"COPY (FROM {quote_name(table)}) TO {_text(path)} (FORMAT parquet)")
    return path


def _named_files(root: Path, texts: tuple[str, ...], where: str) -> tuple[Path, ...]:
    """The files of the study that a query names, for the record of what was read."""
    found: set[Path] = set()
    for text in texts:
        path = root / text
        if "\0" in text or ".." in path.parts or not path.is_relative_to(root):
            continue  # no file that may be read; to look for it might mean the whole disk
        if not any(mark.isalnum() for mark in text):
            continue
        with contextlib.suppress(ValueError, NotImplementedError, OSError, RecursionError):
            found |= {path.resolve() for path in matching(root, text)}
    found = {path for path in found if path.is_relative_to(root)}
    for path in found:
        if not (path.is_file() or path.is_dir()):
            raise DataError(f"{where}: {path.name} is no file with data, but a device or a pipe.")
    return tuple(sorted(path for path in found if path.is_file()))
