"""Files, globs and databases become checked tables and a list of problems."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pandas as pd

from ..engine import MAX_ROWS, Engine, quote_name
from ..finding import Answer
from ..language import _
from ..schema import TABLES, DataError, Table, nearest
from ..study import Input, Study, TableSource
from .checks import (
    EVERY,
    LISTED,
    NOT_LIMITED,
    NOT_USED,
    Checking,
    Kind,
    ProblemList,
    Problems,
    check_references,
    check_table,
    reading_sql,
)
from .columns import (
    find_columns,
    listed,
    refuse_differing,
    refuse_uncalculated,
    with_constants,
)
from .field import (
    COMPARED,
    empty,
    field_name,
    limited_through,
    own_rows,
    set_apart,
    without_names,
)
from .files import find_files
from .loading import Rejected, load_text
from .opened import Opened, clean_name
from .parsing import Conventions
from .readers import open_file, select_typed
from .sandbox import run_select

PANDAS_TYPES = {
    "id": "string",
    "text": "string",
    "category": "category",
    "time": "datetime64[us, UTC]",
    "date": "datetime64[us]",
    "integer": "Int64",
    "number": "float64",
    "money": "Int64",
    "yes_no": "boolean",
    "zone": "string",
    "hours": "string",
}

__all__ = ["Care", "Problems", "check_study"]


@dataclass
class Care:
    """A study whose tables were read and checked, ready to be asked.

    `problems` says what was wrong and what was done about it; `files` are all data files that
    were read. The tables stand in `engine` under their own names. `earlier` holds what the study
    is compared with, oldest first, and `against` what was asked for; empty where nothing was.
    """

    study: Study
    engine: Engine
    problems: Problems
    files: tuple[Path, ...] = ()
    earlier: tuple[Care, ...] = ()
    against: str = ""
    _columns: dict[str, tuple[str, ...]] = field(default_factory=dict)
    _fetched: dict[str, pd.DataFrame] = field(default_factory=dict)
    _in_field: tuple[str, ...] = ()
    # What was worked out for this very study: a copy about another begins without it.
    answers: dict[Any, Answer] = field(default_factory=dict, init=False)
    _made: dict[str, pd.DataFrame] = field(default_factory=dict, init=False)

    def __enter__(self) -> Care:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Remove the work folder, and those of the earlier studies."""
        for care in self.earlier:
            care.close()
        self.engine.close()

    @property
    def tables(self) -> tuple[str, ...]:
        """The tables that the study has and that were read."""
        return tuple(self._columns)

    def limited_to(self, tables: Iterable[str]) -> Care:
        """The same study, as if it had these of its tables only."""
        return replace(self, _columns={name: self._columns[name] for name in tables})

    def columns(self, table: str) -> tuple[str, ...]:
        """The columns that the study has of a table; none where it lacks the table."""
        return self._columns.get(table, ())

    def n_rows(self, table: str) -> int:
        """Rows of a table that are used; 0 where the study lacks the table."""
        if table not in self._columns:
            return 0
        return int(self.engine.run(f"SELECT count(*) FROM {quote_name(table)}")[0][0])

    def n_current(self, table: str) -> int:
        """Rows of a table that are used and belong to the wave that the study is about."""
        if not self.study.wave or "wave" not in self.columns(table):
            return self.n_rows(table)
        sql = f"SELECT count(*) FROM {quote_name(table)} WHERE wave = $wave"
        return int(self.engine.run(sql, {"wave": self.study.wave})[0][0])

    def table(self, name: str) -> pd.DataFrame:
        """A small table in pandas, each column in the type that its kind asks for.

        Raises
        ------
        DataError
            The study lacks the table, or it is one that may be too large for memory.
        """
        if name not in self._columns:
            raise DataError(
                f"{self.study.path.name} has no table {name}. Add [tables.{name}] to it; "
                f"it has: {', '.join(self._columns) or 'none'}."
            )
        if TABLES[name].large:
            raise DataError(
                f"The table {name} may be too large for memory. Summarise it with "
                "`care.engine.frame(...)`."
            )
        if name not in self._fetched:
            table = TABLES[name]
            words = [c for c in self._columns[name] if table.column(c).kind == "category"]
            with self.engine.in_file_order():
                fetched = self.engine.frame(self.engine.coded(name, words))
            self._fetched[name] = _typed(fetched, table)
        return self._fetched[name].copy(deep=False)  # pandas copies on write

    def once(self, name: str, make: Callable[[], pd.DataFrame]) -> pd.DataFrame:
        """Rows that many questions begin with, made once under this name."""
        if name not in self._made:
            self._made[name] = make()
        return self._made[name].copy(deep=False)  # pandas copies on write

    def current(self, name: str) -> pd.DataFrame:
        """The rows of a small table in the wave that the study is about.

        Raises
        ------
        DataError
            No row belongs to that wave, or the study names none and there are several; the
            message lists the waves there are.
        """
        return self.once(f"current {name}", lambda: self._of_wave(name))

    def _of_wave(self, name: str) -> pd.DataFrame:
        rows = self.table(name)
        if "wave" not in rows:
            return rows
        known = sorted(map(str, rows["wave"].dropna().unique()))
        if not self.study.wave:
            if len(known) < 2:
                return rows
            raise DataError(
                f"{name} holds several waves: {', '.join(known)}. Say which one the reports are "
                f'about: wave = "{known[-1]}".'
            )
        found = rows[rows["wave"].eq(self.study.wave)].reset_index(drop=True)
        if found.empty:
            raise DataError(
                f"{name}: no row belongs to the wave {self.study.wave!r}."
                f"{nearest(self.study.wave, known)} Waves there are: {', '.join(known)}."
            )
        return found

    def field(self, name: str) -> pd.DataFrame:
        """The other providers' rows of a small table, in the wave that the study is about.

        They are what a report limited to one provider is set against. `provider` holds "other
        01", "other 02" …, in an order that nobody can work out without the rows themselves;
        what a comparison does not need is left out. No row where the study is not limited to a
        provider, where it lacks the table, or where the table tells nothing of providers.
        """
        kept = COMPARED.get(name, ())
        if not self.study.provider or name not in self._in_field:
            return empty(("provider", *kept))
        named = field_name(name)
        if named not in self._fetched:
            there, table = set(self._columns[name]), TABLES[name]
            words = [c for c in kept if c in there and table.column(c).kind == "category"]
            fetched = self.engine.frame(self.engine.coded(named, ["provider", *words]))
            codes = fetched.pop("provider")
            self._fetched[named] = _typed(fetched, table).assign(provider=codes)
        rows = self._fetched[named].copy(deep=False)
        if not self.study.wave or "wave" not in rows:
            return rows
        return rows[rows["wave"].eq(self.study.wave)].reset_index(drop=True)

    def not_limited(self, name: str) -> tuple[str, ...]:
        """What a reader must know where a table does not follow the study's provider or wave."""
        columns, notes = self.columns(name), []
        if self.study.provider and not limited_through(name, self._columns):
            text = _("These data name no provider: they are not limited to {provider}.")
            notes.append(text.format(provider=self.study.provider))
        if self.study.wave and "wave" not in columns:
            notes.append(_("These data name no wave: they cover all of their time."))
        return tuple(notes)

    def in_units(self, minor: pd.Series[Any]) -> pd.Series[Any]:
        """Money of the engine, in the currency's smallest unit, as whole units with decimals."""
        from babel.numbers import get_currency_precision

        units: pd.Series[Any] = minor / 10 ** get_currency_precision(self.study.currency)
        return units


def check_study(study: Study, tables: tuple[str, ...] = ()) -> tuple[Care, list[DataError]]:
    """Read and check the tables of a study; each that cannot be used is one error in the list."""
    _check_folder(study)
    engine = Engine()
    collected, errors = ProblemList(), []
    checked: list[Checking] = []
    files: list[Path] = []
    # Rows without a provider are known by their attempts, so tables of providers come first.
    named = sorted(study.tables, key=lambda n: study.provider and "provider" not in TABLES[n].names)
    for name in named:
        source = study.tables[name]
        if tables and name not in tables:
            continue
        try:
            opened, read = _open_table(engine, study, name, source)
            files += read
            checking, rejected = _load(engine, study, TABLES[name], source, opened)
            columns = {c.table.name: tuple(c.theirs) for c in (*checked, checking)}
            own = own_rows(checking, clean_name(study.provider), columns)
            checking = replace(checking, own=own)
            _note_rejected(checking, rejected, collected)
            check_table(engine, checking, collected)
            n = engine.run(f"SELECT count(*) FROM {quote_name(name)}")[0][0]
            if not n:
                raise DataError("not one row can be used. `carebench check` lists why.")
            checked.append(checking)
        except DataError as error:
            errors.append(DataError(f"{study.path.name}, tables.{name}: {error}"))
    _check_between(engine, checked, collected)
    columns = {c.table.name: tuple(c.theirs) for c in checked}
    care = Care(study, engine, collected.frames(), tuple(dict.fromkeys(files)), _columns=columns)
    if not errors and study.provider:
        errors += _keep_provider(care, checked, collected, complete=not tables)
    return care, errors


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
    large = TABLES[name].large
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
    limit = None if TABLES[name].large else MAX_ROWS + 1
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
    return [Opened(result, names, select, label=where)], [*read, *named]


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


def _load(
    engine: Engine, study: Study, table: Table, source: TableSource, opened: list[Opened]
) -> tuple[Checking, list[Rejected]]:
    opened = [with_constants(file, source) for file in opened]
    theirs = find_columns(table, source, opened[0])
    refuse_uncalculated(opened, theirs.values())
    names = tuple(file.name for file in opened)
    checking = Checking(table, source, theirs, _conventions(study, source), names)
    reading, values = reading_sql(checking)
    columns = {f"text {ours}": name for ours, name in theirs.items()}
    into = f"read {table.name}"
    rejected = load_text(
        engine, into, opened, columns, reading=reading, values=values, large=table.large
    )
    if not engine.run(f"SELECT count(*) FROM {quote_name(into)}")[0][0]:
        shown = " and ".join(names[:3])
        raise DataError(f"{shown}: there is a header, but not one row that can be read.")
    return checking, rejected


def _conventions(study: Study, source: TableSource) -> Conventions:
    from babel.numbers import get_currency_precision

    return Conventions(
        zone=source.zone or study.zone,
        date_format=source.date_format,
        decimal=source.decimal,
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


def _check_between(engine: Engine, checked: list[Checking], problems: ProblemList) -> None:
    there = {checking.table.name for checking in checked}
    for checking in checked:
        refers = tuple(pair for pair in checking.table.refers_to if pair[1] in there)
        known = replace(checking, table=replace(checking.table, refers_to=refers))
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


def _typed(fetched: pd.DataFrame, table: Table) -> pd.DataFrame:
    """The types that pandas should hold; times are made aware of their zone, UTC."""
    types: dict[str, Any] = PANDAS_TYPES
    for name in fetched.columns:
        kind = table.column(name).kind
        if kind == "time":
            fetched[name] = fetched[name].astype("datetime64[us]").dt.tz_localize("UTC")
        else:
            fetched[name] = fetched[name].astype(types[kind])
    return fetched
