"""Tables that may have more rows than memory holds: checked whole, then held as a sample.

Which rows are held is decided by the md5 of their key and by nothing else: not by the order of
the rows or of the files, nor by what a row says. A sample stands in that order too, so that it
is the same table whoever wrote the file.
"""

from __future__ import annotations

from ..engine import MAX_ROWS, Engine, quote_name
from ..schema import Table
from .field import field_name

HELD = MAX_ROWS  # rows of a table that are held in memory
KEYS = {"attempts": "attempt_id"}  # of the tables of which a sample is held where there are more


def any_size(table: Table) -> bool:
    """Whether a table may have any number of rows."""
    return table.large or table.name in KEYS


def fewer_than(engine: Engine, name: str, where: str = "TRUE") -> tuple[int, int] | None:
    """Rows that are held of a table, or of a part of it, and rows there are; None where alike."""
    if not _key(name):
        return None
    n = int(engine.run(f"SELECT count(*) FROM {quote_name(name)} WHERE {where}")[0][0])
    return (HELD, n) if n > HELD else None


def to_hold(engine: Engine, name: str, where: str = "TRUE") -> str:
    """Name of the table with the rows to hold: the table itself, or a sample that is drawn here.

    Each row is as likely as any other to be among them.

    Parameters
    ----------
    engine : Engine
    name : str
        A table of the engine.
    where : str
        The condition, in SQL, on the rows that are wanted.
    """
    if where == "TRUE" and not fewer_than(engine, name):
        return name
    table, key, drawn = quote_name(name), quote_name(_key(name)), f"sample {name}"
    order = f"md5({key}), {key}"
    chosen = f"SELECT {key} FROM {table} WHERE {where} ORDER BY {order} LIMIT {HELD}"
    with engine.in_file_order():
        engine.keep(drawn, f"FROM {table} WHERE {key} IN ({chosen}) ORDER BY {order}")
    return drawn


def _key(name: str) -> str:
    """The column that tells the rows of a sampled table apart; "" of any other table."""
    return next((key for table, key in KEYS.items() if name in (table, field_name(table))), "")
