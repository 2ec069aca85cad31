"""Runs the SQL of a study file where it can read the study's own files and do nothing else.

The query gets a database of its own, in memory, whose configuration is locked before the
query is seen: no network, no extension, no file outside the folders and files it was given.
Only its result comes out.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from ..engine import LOCAL, SETTINGS, Engine, quote_name, quote_text, readable_errors
from ..schema import DataError, nearest

READING_NODES = {"SELECT_NODE", "SET_OPERATION_NODE", "CTE_NODE", "RECURSIVE_CTE_NODE"}
NAMING_KEYS = {"text", "value", "table_name"}  # of a parsed query: where a file's name may stand
ONE_SELECT = "Expected one SELECT statement, which may begin with WITH, and nothing that writes."


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
        The query is no single SELECT, fails, or reaches for what it may not read.
    """
    room = engine.work / f"query{len(list(engine.work.glob('query*')))}"
    room.mkdir()
    handed = {name: _hand_over(engine, table, room) for name, table in (relations or {}).items()}
    with _box(engine) as box, readable_errors(where):
        query, named = _one_select(box, sql, where)
        for name, path in handed.items():
            box.execute(f"CREATE VIEW {quote_name(name)} AS FROM read_parquet({_text(path)})")
        _lock(box, folders=(root, room), files=files)
        result = room / "result.parquet"
        # Inside a subquery the engine itself refuses every WITH that writes.
        inner = f"SELECT * FROM (\n{query}\n)" + (f" LIMIT {limit}" if limit else "")
        with contextlib.chdir(root):
            box.execute(f"COPY ({inner}) TO {_text(result)} (FORMAT parquet)")
    return result, _named_files(root, named)


def copy_table(engine: Engine, path: Path, table: str) -> Path:
    """One table of a DuckDB file, which is opened read-only, as a Parquet file."""
    room = engine.work / f"query{len(list(engine.work.glob('query*')))}"
    room.mkdir()
    result = room / "result.parquet"
    with _box(engine) as box, readable_errors(f"{path.name} cannot be read as a DuckDB database"):
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
        box.execute(f"COPY (FROM {source}) TO {_text(result)} (FORMAT parquet)")
    return result


def _text(path: Path) -> str:
    return quote_text(str(path))


@contextlib.contextmanager
def _box(engine: Engine) -> Iterator[Any]:
    import duckdb

    config: dict[str, Any] = {
        **LOCAL,
        "memory_limit": engine.memory_limit,
        "temp_directory": str(engine.work),
    }
    box = duckdb.connect(":memory:", config=config)
    try:
        for statement in SETTINGS:
            box.execute(statement)
        yield box
    finally:
        box.close()


def _lock(box: Any, *, folders: tuple[Path, ...], files: tuple[Path, ...]) -> None:
    box.execute(f"SET allowed_directories = [{', '.join(_text(f) for f in folders)}]")
    if files:
        box.execute(f"SET allowed_paths = [{', '.join(_text(f) for f in files)}]")
    box.execute("SET enable_external_access = false")
    box.execute("SET lock_configuration = true")


def _hand_over(engine: Engine, table: str, room: Path) -> Path:
    path = room / f"input{len(list(room.iterdir()))}.parquet"
    engine.run(f"COPY (FROM {quote_name(table)}) TO {_text(path)} (FORMAT parquet)")
    return path


def _one_select(box: Any, sql: str, where: str) -> tuple[str, tuple[str, ...]]:
    """The query without its semicolon, and every text in it that may name a file."""
    import duckdb

    statements = box.extract_statements(sql)
    if len(statements) != 1 or statements[0].type != duckdb.StatementType.SELECT:
        kinds = ", ".join(s.type.name for s in statements) or "nothing"
        raise DataError(f"{where}: the query is {kinds}. {ONE_SELECT}")
    query = str(statements[0].query).strip().rstrip(";")
    tree = json.loads(box.execute("SELECT json_serialize_sql($q)", {"q": query}).fetchone()[0])
    if tree["error"]:
        raise DataError(f"{where}: {tree['error_message']} {ONE_SELECT}")
    kinds_of_node, texts = set(), []
    for key, value in _leaves(tree):
        if key == "type" and value.endswith("_NODE"):
            kinds_of_node.add(value)
        if key in NAMING_KEYS:
            texts.append(value)
    if written := kinds_of_node - READING_NODES:
        words = ", ".join(sorted(node.partition("_")[0] for node in written))
        raise DataError(f"{where}: the query contains {words}. {ONE_SELECT}")
    return query, tuple(texts)


def _leaves(tree: Any, key: str = "") -> Iterator[tuple[str, str]]:
    """Every text in a parsed query, with the key it stands under."""
    if isinstance(tree, str):
        yield key, tree
    elif isinstance(tree, dict):
        for name, child in tree.items():
            yield from _leaves(child, name)
    elif isinstance(tree, list):
        for child in tree:
            yield from _leaves(child, key)


def _named_files(root: Path, texts: tuple[str, ...]) -> tuple[Path, ...]:
    """The files of the study that a query names, for the record of what was read."""
    found: set[Path] = set()
    for text in texts:
        if "\0" in text or not any(mark.isalnum() for mark in text):
            continue
        pattern = Path(text)
        base = Path(pattern.anchor) if pattern.is_absolute() else root
        relative = str(pattern.relative_to(base)) if pattern.is_absolute() else text
        with contextlib.suppress(ValueError, NotImplementedError, OSError):
            found |= {p.resolve() for p in base.glob(relative) if p.is_file()}
    return tuple(sorted(path for path in found if path.is_relative_to(root)))
