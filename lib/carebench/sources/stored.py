"""How a large table is stored: its columns, and which of ours their types can become."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ..engine import Engine, Large, quote_file
from .columns import Checking
from .opened import Opened, clean_name

# What the two engines call the types that a column of ours can be made from.
FAMILIES = {
    "whole": ("TINYINT", "SMALLINT", "INTEGER", "INT", "BIGINT", "UTINYINT", "USMALLINT",
              "UINTEGER"),
    "floating": ("FLOAT", "DOUBLE", "REAL"),
    "exact": ("DECIMAL",),
    "text": ("VARCHAR", "STRING", "CHAR", "ENUM"),
    "day": ("DATE",),
    "moment": ("TIMESTAMP", "TIMESTAMP_NS", "TIMESTAMP_MS", "TIMESTAMP_S", "TIMESTAMP_NTZ"),
    "instant": ("TIMESTAMP WITH TIME ZONE", "TIMESTAMP_LTZ"),
}  # fmt: skip
SUITING = {
    "id": ("whole", "floating", "text"),
    "category": ("whole", "text"),
    "date": ("day", "moment", "instant"),
    "number": ("whole", "floating", "exact"),
    "money": ("whole", "floating", "exact"),
}


@dataclass(frozen=True, slots=True)
class Stored:
    """A table as it is stored.

    `relation` stands after FROM; `columns` gives, by the name that `clean_name` makes of it,
    each column's own name and the family of its type. `placed`, where the engine knows places,
    is the same relation with the columns `filename` and `file_row_number` (from 0).
    """

    relation: str
    columns: Mapping[str, tuple[str, str]]
    placed: str = ""
    filenames: tuple[str, ...] = ()


def stored_files(engine: Engine, opened: Sequence[Opened]) -> Stored:
    """Parquet files of one table."""
    paths = [file.parquet for file in opened if file.parquet]
    listed = ", ".join(quote_file(path) for path in paths)
    relation = f"read_parquet([{listed}], union_by_name = true)"
    placed = relation.removesuffix(")") + ", file_row_number = true, filename = true)"
    columns, names = _families(engine.columns(relation)), tuple(map(str, paths))
    if {name.casefold() for name in columns} & {"file_row_number", "filename"}:
        placed = ""  # their own names for something else
    return Stored(relation, columns, placed, names)


def stored_address(engine: Engine, address: str) -> Stored:
    """Parquet that stands at an address."""
    engine.reach_out()
    relation = f"read_parquet({engine.text(address)})"
    return Stored(relation, _families(engine.columns(relation)))


def stored_table(cluster: Large, relation: str) -> Stored:
    """A table, or files, of a cluster."""
    # What Spark calls a timestamp is an instant; on this machine the word means a clock's time.
    columns = [
        (name, "TIMESTAMP_LTZ" if kind.upper() == "TIMESTAMP" else kind)
        for name, kind in cluster.columns(relation)
    ]
    return Stored(relation, _families(columns))


def unsuited(checking: Checking, stored: Stored) -> list[str]:
    """Our columns whose stored type is none that they can be made from."""
    return [
        column.name
        for column in checking.columns
        if stored.columns[checking.theirs[column.name]][1] not in SUITING.get(column.kind, ())
    ]


def _families(columns: Sequence[tuple[str, str]]) -> dict[str, tuple[str, str]]:
    family = {kind: name for name, kinds in FAMILIES.items() for kind in kinds}
    return {
        clean_name(name): (name, family.get(kind.upper().partition("(")[0].strip(), "other"))
        for name, kind in columns
    }
