"""Files, globs and databases become checked tables and a list of problems."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from ..engine import MAX_ROWS, Engine, Large, quote_name
from ..language import _
from ..schema import TABLES, DataError, Table, nearest
from ..study import Input, Study, TableSource
from .care import Care, state_of
from .checks import check_references, check_table
from .columns import (
    EVERY,
    Checking,
    find_columns,
    listed,
    refuse_differing,
    refuse_uncalculated,
    with_constants,
)
from .currency import other_currencies
from .field import limited_through, own_rows, set_apart, without_names
from .files import find_files
from .loading import Rejected, load_text, reading_sql
from .opened import Opened, clean_name
from .parsing import Conventions
from .problems import LISTED, NOT_LIMITED, NOT_USED, Kind, ProblemList
from .readers import open_file, select_typed
from .sampled import any_size
from .sandbox import run_select
from .stored import Stored, stored_address, stored_files, stored_table, unsuited
from .typed import note_references, read_typed

if TYPE_CHECKING:
    from ..engine.spark import Spark


def check_study(study: Study, tables: tuple[str, ...] = ()) -> tuple[Care, list[DataError]]:
    """Read and check the tables of a study; each that cannot be used is one error in the list."""
    _check_folder(study)
    engine = Engine()
    collected, errors = ProblemList(), []
    checked: list[Checking] = []
    files: list[Path] = []
    states: dict[Path, tuple[int, int]] = {}
    # Rows without a provider are known by their attempts, so tables of providers come first.
    named = sorted(study.tables, key=lambda n: study.provider and "provider" not in TABLES[n].names)
    named = [name for name in named if not tables or name in tables]
    cluster = _cluster(engine, study, named)
    for name in named:
        try:
            if cluster and TABLES[name].large:
                stored = _on_cluster(cluster, study.tables[name])
                checking = _read_elsewhere(cluster, study, TABLES[name], stored, collected)
            elif study.elsewhere(name) and TABLES[name].large:
                stored = stored_address(engine, study.tables[name].path)
                checking = _read_elsewhere(engine, study, TABLES[name], stored, collected)
            else:
                checking, read = _read_here(engine, study, TABLES[name], checked, collected)
                files += read
                states |= {path: state_of(path) for path in read if checking.typed}
            checked.append(checking)
        except DataError as error:
            errors.append(DataError(f"{study.path.name}, tables.{name}: {error}"))
    _check_between(engine, cluster, checked, collected)
    care = Care(
        study,
        engine,
        collected.frames(),
        tuple(dict.fromkeys(files)),
        _cluster=cluster,
        _columns={c.table.name: tuple(c.theirs) for c in checked},
        _states=states,
    )
    if not errors:
        errors += other_currencies(care)
    if not errors and study.provider:
        errors += _keep_provider(care, checked, collected, complete=not tables)
    return care, errors


def _cluster(engine: Engine, study: Study, tables: Iterable[str]) -> Spark | None:
    """The cluster that a study names, where one of these tables stands there."""
    if study.engine == "duckdb" or not any(TABLES[name].large for name in tables):
        return None
    from ..engine.spark import Spark

    try:
        return Spark(study.engine)
    except DataError:
        engine.close()
        raise


def _read_elsewhere(
    large: Large, study: Study, table: Table, stored: Stored, problems: ProblemList
) -> Checking:
    """Check a table that stands on a cluster or at an address, and leave it there."""
    source = study.tables[table.name]
    if source.constants or source.inputs:
        raise DataError(
            f"{source.path}: `constants` and `inputs` are for files of this machine. Make what "
            "they say part of the table."
        )
    opened = Opened(Path(source.path), tuple(stored.columns), "", label=source.path)
    theirs = find_columns(table, source, opened)
    how = _conventions(study, source)
    checking = Checking(table, source, theirs, how, (source.path,), typed=True)
    for name in unsuited(checking, stored):
        raise DataError(
            f"{source.path}: the column {theirs[name]!r} has a type that cannot be "
            f"{table.column(name).expected}. Store it as such, or give a view that does."
        )
    read_typed(large, checking, stored, problems)
    _refuse_empty(large, table)
    return checking


def _on_cluster(cluster: Spark, source: TableSource) -> Stored:
    if source.sql:
        raise DataError(
            "`sql` is run on this machine. On a cluster, make the query a view of the cluster and "
            'name it: path = "table:catalog.schema.name".'
        )
    return stored_table(cluster, cluster.relation(source.path))


def _read_here(
    engine: Engine,
    study: Study,
    table: Table,
    checked: list[Checking],
    problems: ProblemList,
) -> tuple[Checking, list[Path]]:
    """Read and check one table of this machine; what was read of it, and which files."""
    source = study.tables[table.name]
    opened, read = _open_table(engine, study, table.name, source)
    checking = _checking(study, table, opened)
    if table.large and not source.constants and all(file.parquet for file in opened):
        stored = stored_files(engine, opened)
        if not unsuited(checking, stored):
            checking = replace(checking, typed=True)
            read_typed(engine, checking, stored, problems)
            _refuse_empty(engine, table)
            return checking, read
    rejected = _load(engine, checking, opened)
    columns = {c.table.name: tuple(c.theirs) for c in (*checked, checking)}
    checking = replace(checking, own=own_rows(checking, clean_name(study.provider), columns))
    _note_rejected(checking, rejected, problems)
    check_table(engine, checking, problems)
    _refuse_empty(engine, table)
    return checking, read


def _refuse_empty(engine: Large, table: Table) -> None:
    if not len(engine.frame(f"SELECT 1 AS one FROM {table.name} LIMIT 1")):
        raise DataError("not one row can be used. `carebench check` lists why.")


def _check_folder(study: Study) -> None:
    """A study reads its own folder or another one, never all that lies around its own."""
    own = study.path.resolve().parent
    if study.root in own.parents:
        raise DataError(
            f"{study.path.name}: folder is {study.folder!r}, which holds the study's own folder "
            f"({own}) and all that lies beside it. Name the folder of the data, or move the study "
            "file there."
        )


def _open_table(
    engine: Engine, study: Study, name: str, source: TableSource
) -> tuple[list[Opened], list[Path]]:
    """The files of one table, or the result of its query, opened; and every file read for it."""
    if source.sql:
        return _open_query(engine, study, name, source)
    paths = find_files(study.root, source.path, "path")
    large = any_size(TABLES[name])
    opened = [
        open_file(engine, source, path, decimal=source.decimal, large=large) for path in paths
    ]
    refuse_differing(opened)
    return opened, paths


def _open_query(
    engine: Engine, study: Study, name: str, source: TableSource
) -> tuple[list[Opened], list[Path]]:
    relations, read = {}, []
    for key, given in source.inputs.items():
        relations[key] = f"input {name} {key}"
        read += _load_input(engine, study, key, given, relations[key])
    limit = None if any_size(TABLES[name]) else MAX_ROWS + 1
    where = f"the query of {name}"
    result, named = run_select(
        engine,
        source.sql,
        root=study.root,
        where=where,
        relations=relations,
        files=_paths_outside(study),
        limit=limit,
    )
    for relation in relations.values():
        engine.run(f"DROP TABLE {quote_name(relation)}")
    names, select = select_typed(engine, result, source.decimal)
    names = tuple(clean_name(column) for column in names)
    opened = Opened(result, names, select, label=where, parquet=result)
    return [opened], [*read, *named]


def _load_input(engine: Engine, study: Study, key: str, given: Input, into: str) -> list[Path]:
    """Read a further file of a query into a table of text."""
    paths = find_files(study.root, given.path, f"inputs.{key}")
    opened = [open_file(engine, given, path) for path in paths]
    refuse_differing(opened)
    refuse_uncalculated(opened, opened[0].names)
    same = {name: name for name in opened[0].names}
    rejected = load_text(engine, into, opened, same, numbered=False)
    for lines in rejected:
        raise DataError(
            f"inputs.{key}: {lines.n:,} lines of {opened[lines.file].name} do not have "
            f"{lines.expected}, first row {lines.rows[0][0]}: {lines.rows[0][1]!r}. Mend them: "
            "a query cannot list them as problems."
        )
    return paths


def _paths_outside(study: Study) -> tuple[Path, ...]:
    """Files that the study lists by path, which a query may therefore read too."""
    listed = [source.path for source in study.tables.values() if source.path]
    found: list[Path] = []
    for pattern in listed:
        with contextlib.suppress(OSError, ValueError):  # said where that table is read
            path = study.source(pattern)
            if path.is_file():
                found.append(path.resolve())
    return tuple(found)


def _checking(study: Study, table: Table, opened: list[Opened]) -> Checking:
    """Which of our columns these files have."""
    source = study.tables[table.name]
    first = with_constants(opened[0], source)
    theirs = find_columns(table, source, first)
    refuse_uncalculated(opened, theirs.values())
    names = tuple(file.name for file in opened)
    return Checking(table, source, theirs, _conventions(study, source), names)


def _load(engine: Engine, checking: Checking, opened: list[Opened]) -> list[Rejected]:
    table = checking.table
    opened = [with_constants(file, checking.source) for file in opened]
    reading, values = reading_sql(checking)
    columns = {f"text {ours}": name for ours, name in checking.theirs.items()}
    into = f"read {table.name}"
    large = any_size(table)
    rejected = load_text(engine, into, opened, columns, reading=reading, values=values, large=large)
    if not engine.run(f"SELECT count(*) FROM {quote_name(into)}")[0][0]:
        shown = " and ".join(checking.files[:3])
        raise DataError(f"{shown}: there is a header, but not one row that can be read.")
    return rejected


def _conventions(study: Study, source: TableSource) -> Conventions:
    from babel.numbers import get_currency_precision

    return Conventions(
        zone=source.zone or study.zone,
        date_format=source.date_format,
        decimal=source.decimal,
        currency=study.currency,
        currency_decimals=get_currency_precision(study.currency),
    )


def _note_rejected(checking: Checking, rejected: list[Rejected], problems: ProblemList) -> None:
    """List the lines that have too many or too few fields."""
    if checking.own != EVERY:  # a line that cannot be read may be anybody's
        problems.others += sum(lines.n for lines in rejected)
    elif rejected:
        rows = [(lines.file, row, text) for lines in rejected for row, text in lines.rows]
        kind = Kind("", rejected[0].expected, NOT_USED, "", "")
        problems.add(checking, kind, sum(lines.n for lines in rejected), rows[:LISTED])


def _check_between(
    engine: Engine, cluster: Large | None, checked: list[Checking], problems: ProblemList
) -> None:
    there = {checking.table.name for checking in checked}
    for checking in checked:
        refers = tuple(pair for pair in checking.table.refers_to if pair[1] in there)
        known = replace(checking, table=replace(checking.table, refers_to=refers))
        if checking.typed:
            note_references(cluster or engine, known, problems)
        else:
            check_references(engine, known, problems)
            engine.run(f"DROP TABLE {checking.read}")


def _keep_provider(
    care: Care, checked: list[Checking], collected: ProblemList, *, complete: bool
) -> list[DataError]:
    """Limit the tables to the study's `provider`, and name no other one in what was wrong."""
    study, columns = care.study, {c.table.name: tuple(c.theirs) for c in checked}
    concerned = [name for name in columns if "provider" in columns[name]]
    known = _named_in(care, concerned)
    wanted = clean_name(study.provider)
    if wanted not in known and (concerned or complete):
        return [
            DataError(
                f"{study.path.name}: no table has the provider {wanted!r}."
                f"{nearest(wanted, known)} Known are: {listed(sorted(known)) or 'none'}."
            )
        ]
    for checking in checked:
        if not limited_through(checking.table.name, columns):
            expected = _("a column “provider”, since the report is limited to one")
            collected.add(checking, Kind("", expected, NOT_LIMITED, "", ""), 1, [])
    care.problems = without_names(collected.frames(), known - {wanted}, wanted)
    care._in_field = set_apart(care.engine, checked, wanted, known)
    return []


def _named_in(care: Care, tables: Iterable[str]) -> set[str]:
    known: set[str] = set()
    for name in tables:
        rows = care.engine.run(f"SELECT DISTINCT provider FROM {quote_name(name)}")
        known |= {str(row[0]) for row in rows if row[0] is not None}
    return known
