"""A study whose tables were read and checked, ready to be asked."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pandas as pd

from ..engine import Engine, Large, quote_name, quote_text
from ..finding import Answer
from ..language import _
from ..schema import TABLES, DataError, Table, nearest
from ..study import Study
from .field import COMPARED, empty, field_name, limited_through
from .problems import Problems
from .sampled import fewer_than, to_hold

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
    _cluster: Large | None = None
    _kept: dict[str, str] = field(default_factory=dict)
    _states: dict[Path, tuple[int, int]] = field(default_factory=dict)  # of files left in place
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
        if self._cluster:
            self._cluster.close()
        self.engine.close()

    @property
    def large(self) -> Large:
        """The engine in which the large tables stand: this machine's, or the study's cluster."""
        return self._cluster or self.engine

    def keep(self, name: str, sql: str) -> str:
        """Keep the rows of a query over large tables as the table `name`, once; its name."""
        return self._name(name, sql, self.large.keep)

    def view(self, name: str, sql: str) -> str:
        """Call a query over large tables `name`, to be run whenever it is asked; its name."""
        return self._name(name, sql, self.large.view)

    def _name(self, name: str, sql: str, make: Callable[[str, str], None]) -> str:
        self._refuse_changed()
        if self._kept.get(name) != sql:
            if name in self._kept:  # asked otherwise: what was made from it is stale too
                self._kept.clear()
            make(name, sql)
            self._kept[name] = sql
        return name

    def _refuse_changed(self) -> None:
        """Stop where a file that is asked where it lies is no longer what was checked."""
        for path, state in self._states.items():
            if not path.exists() or state_of(path) != state:
                raise DataError(
                    f"{path.name} was changed or removed while it was being read. Run again when "
                    "nobody writes to it, or work on a copy."
                )

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
        if TABLES[table].large:
            return int(self.large.frame(f"SELECT COUNT(*) AS n FROM {table}")["n"].iloc[0])
        return int(self.engine.run(f"SELECT count(*) FROM {quote_name(table)}")[0][0])

    def n_current(self, table: str) -> int:
        """Rows of a table that are used and belong to the wave that the study is about."""
        if not self.study.wave or "wave" not in self.columns(table):
            return self.n_rows(table)
        sql = f"SELECT count(*) FROM {quote_name(table)} WHERE {self._in_wave(table)}"
        return int(self.engine.run(sql)[0][0])

    def sampled(self, table: str, *, field: bool = False) -> tuple[int, int] | None:
        """Rows that `current` gives at random, and rows there are; None where it gives them all.

        With `field`, the same of the other providers' rows.
        """
        if table not in self._in_field if field else table not in self._columns:
            return None
        if field:
            return fewer_than(self.engine, field_name(table))
        return fewer_than(self.engine, table, self._in_wave(table))

    def _in_wave(self, table: str) -> str:
        """The condition, in SQL, on the rows of the wave that the study is about."""
        if not self.study.wave or "wave" not in self.columns(table):
            return "TRUE"
        return f"wave = {quote_text(self.study.wave)}"

    def table(self, name: str) -> pd.DataFrame:
        """A small table in pandas, each column in the type that its kind asks for.

        Of attempts too many for memory it is a random sample: see `sampled`.

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
                "`care.large.frame(...)`."
            )
        if name not in self._fetched:
            self._fetched[name] = self._fetch(name)
        return self._fetched[name].copy(deep=False)  # pandas copies on write

    def _fetch(self, name: str, where: str = "TRUE") -> pd.DataFrame:
        """The rows that are held of a table, or of a part of it."""
        table = TABLES[name]
        words = [c for c in self._columns[name] if table.column(c).kind == "category"]
        source = to_hold(self.engine, name, where)
        with self.engine.in_file_order():
            fetched = self.engine.frame(self.engine.coded(source, words))
        return _typed(fetched, table)

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
        if "wave" not in self.columns(name):
            return self.table(name)
        found = self.engine.run(f"SELECT DISTINCT wave FROM {quote_name(name)}")
        known = sorted(str(row[0]) for row in found if row[0] is not None)
        if not self.study.wave:
            if len(known) < 2:
                return self.table(name)
            raise DataError(
                f"{name} holds several waves: {', '.join(known)}. Say which one the reports are "
                f'about: wave = "{known[-1]}".'
            )
        if self.study.wave not in known:
            raise DataError(
                f"{name}: no row belongs to the wave {self.study.wave!r}."
                f"{nearest(self.study.wave, known)} Waves there are: {', '.join(known)}."
            )
        if fewer_than(self.engine, name):  # a sample of this wave, not this wave's part of one
            return self._fetch(name, self._in_wave(name))
        rows = self.table(name)
        return rows[rows["wave"].eq(self.study.wave)].reset_index(drop=True)

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
            source = to_hold(self.engine, named)
            fetched = self.engine.frame(self.engine.coded(source, ["provider", *words]))
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

    @property
    def minor_per_unit(self) -> int:
        """How many of the currency's smallest unit make a whole one."""
        from babel.numbers import get_currency_precision

        return int(10 ** get_currency_precision(self.study.currency))

    def in_units(self, minor: pd.Series[Any]) -> pd.Series[Any]:
        """Money of the engine, in the currency's smallest unit, as whole units with decimals."""
        return minor / self.minor_per_unit


def state_of(path: Path) -> tuple[int, int]:
    """What changes when a file does: its size, and when it was last written."""
    found = path.stat()
    return found.st_size, found.st_mtime_ns


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
