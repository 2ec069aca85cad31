"""Which of our columns a file has, by the study's mapping or by our own names."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from ..engine import quote_name, quote_text
from ..schema import TABLES, Column, DataError, Table, nearest
from ..study import TableSource
from .opened import Opened, clean_name
from .parsing import Conventions
from .textfiles import DELIMITERS

EVERY = "true"  # the condition that holds of every row


@dataclass(frozen=True, slots=True)
class Checking:
    """One table, as its file has it: which of our columns, under which of their names.

    `own` is true, in SQL, of the rows whose problems may be listed: those of the provider that
    the study is limited to, or all. `typed` tells that the table is asked where it lies.
    """

    table: Table
    source: TableSource
    theirs: Mapping[str, str]
    how: Conventions
    files: tuple[str, ...]
    own: str = EVERY
    typed: bool = False

    @property
    def read(self) -> str:
        return quote_name(f"read {self.table.name}")

    @property
    def columns(self) -> tuple[Column, ...]:
        """The columns that the file has, with the scale that the study gives them."""
        found = []
        for name in self.theirs:
            column = self.table.column(name)
            if name in self.source.scales:
                low, high = self.source.scales[name]
                column = replace(column, low=low, high=high)
            found.append(column)
        return tuple(found)


def find_columns(table: Table, source: TableSource, file: Opened) -> dict[str, str]:
    """Our columns that a file has, each with the name that the file gives it.

    Raises
    ------
    DataError
        A name that the study maps is not in the file, or a required column is not.
    """
    _refuse_twins(table, source, file)
    folded = {name.casefold(): name for name in reversed(file.names)}
    found = {}
    for ours in dict.fromkeys((*table.names, *source.columns)):
        if ours in source.columns:
            theirs = clean_name(source.columns[ours])
            if theirs not in file.names:
                raise DataError(
                    f"{file.name} has no column {theirs!r}, which `columns` gives for {ours}."
                    f"{nearest(theirs, file.names)} It has: {listed(file.names)}."
                    f"{_one_column(file)}{_title(table, source, file)}"
                )
            found[ours] = theirs
        elif ours.casefold() in folded:
            found[ours] = folded[ours.casefold()]
    _refuse_lacking(table, source, found, file)
    return found


def with_constants(file: Opened, source: TableSource) -> Opened:
    """The file with a column more for each constant of the study, under our name for it.

    Raises
    ------
    DataError
        The file has such a column of its own.
    """
    taken = {name.casefold() for name in file.names} & set(source.constants)
    if taken:
        raise DataError(
            f"{file.name} has a column {sorted(taken)[0]!r} of its own, and `constants` gives it "
            "one value for all rows. Leave the constant out, or rename the column."
        )
    at = len(file.names)
    added = [f"{quote_text(text)} AS c{at + i}" for i, text in enumerate(source.constants.values())]
    if not added:
        return file
    select = f"SELECT *, {', '.join(added)} FROM ({file.select})"
    return replace(file, names=(*file.names, *source.constants), select=select)


def refuse_differing(opened: Sequence[Opened]) -> None:
    """Refuse files of one table that have different columns."""
    first = opened[0]
    for other in opened[1:]:
        if set(other.names) != set(first.names):
            only = [n for n in other.names if n not in first.names]
            lacks = [n for n in first.names if n not in other.names]
            differ = [f"has {listed(only)}"] if only else []
            differ += [f"lacks {listed(lacks)}"] if lacks else []
            raise DataError(
                f"the files of one table have different columns: {other.name} "
                f"{' and '.join(differ)}, unlike {first.name}. Give them the same columns, or "
                "make them separate studies."
            )


def _refuse_lacking(table: Table, source: TableSource, found: dict[str, str], file: Opened) -> None:
    lacking = [name for name in table.required if name not in found]
    if not lacking and (not table.any_of or set(table.any_of) & set(found)):
        return
    wanted = ", ".join(lacking) if lacking else " or ".join(table.any_of)
    near = "".join(nearest(name, file.names) for name in lacking[:1])
    raise DataError(
        f"{file.name} lacks {wanted}, which {table.name} needs.{near} It has: "
        f"{listed(file.names)}.{_better_table(table, file)}{_one_column(file)}"
        f"{_title(table, source, file)} Otherwise map "
        f'the column: columns = {{ {(lacking or list(table.any_of))[0]} = "their name" }}.'
    )


def _refuse_twins(table: Table, source: TableSource, file: Opened) -> None:
    """Two headings alike leave open which of them is meant."""
    mapped = {clean_name(name) for name in source.columns.values()}
    wanted = {name.casefold() for name in mapped}
    wanted |= {name for name in table.names if name not in source.columns}
    seen = Counter(name.casefold() for name in file.names)
    twins = [name for name in file.names if seen[name.casefold()] > 1 and name not in mapped]
    for name in (*file.repeated, *twins):
        if name.casefold() in wanted:
            raise DataError(
                f"{file.name} has more than one column {name!r}. Give them different headings, or "
                "say which is meant with `columns`; the second is called "
                f"{name + ' (2)'!r} there."
            )


def refuse_uncalculated(files: Sequence[Opened], names: Iterable[str]) -> None:
    """Refuse a workbook in which a column that is needed holds formulas without values."""
    names = set(names)
    for file in files:
        for name, cell in file.uncalculated.items():
            if name in names:
                raise DataError(
                    f"{file.name}: cell {cell}, in the column {name!r}, holds a formula that was "
                    "never calculated. Open the workbook in a spreadsheet program and save it, or "
                    "write values instead of formulas."
                )


def _better_table(table: Table, file: Opened) -> str:
    """Advice where the file's columns are those of another table."""
    names = {name.casefold() for name in file.names}

    def fit(other: Table) -> float:
        return len(names & set(other.names)) / max(len(names), 1)

    fitting = [t for t in TABLES.values() if set(t.required) <= names and t is not table]
    best = max(fitting, key=fit, default=table)
    if fit(best) <= max(fit(table), 0.5):
        return ""
    return f" These are the columns of {best.name}: are two files swapped?"


def _one_column(file: Opened) -> str:
    if len(file.names) > 1:
        return ""
    return " It seems to have one column only: is its `delimiter` another?"


def _title(table: Table, source: TableSource, file: Opened) -> str:
    """Advice where the headings seem to stand in the second row."""
    wanted = {clean_name(name).casefold() for name in source.columns.values()} | set(table.names)
    below = {cell.casefold() for cell in file.second} & wanted
    given = [name for name in file.names if not re.fullmatch(r"column \d+", name)]
    parted = len(file.names) == 1 and any(mark in file.names[0] for mark in DELIMITERS)
    if not below and (len(given) > 1 or parted):
        return ""
    return " Is the first row a title? Say skip = 1, or delete it."


def listed(names: Iterable[str]) -> str:
    """The first twenty names, quoted, for a message."""
    names = list(names)
    more = f" and {len(names) - 20} more" if len(names) > 20 else ""
    return ", ".join(repr(name) for name in names[:20]) + more
