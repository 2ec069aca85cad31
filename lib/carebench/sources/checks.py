"""The check of one table: SQL made from its declaration, and a list of what failed.

The rows that were read stand in the engine as `read <table>`: the text and the value of each
column. From it come the counts of every kind of problem, its first rows, and the checked
table, which bears the table's own name.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

from ..engine import Engine, quote_name
from ..language import _
from ..schema import Column
from .columns import EVERY, Checking
from .parsing import layer, skipped_by_clock
from .problems import (
    EMPTIED,
    HOLDS_LINES,
    IN_NO_WAVE,
    KEPT,
    KEPT_DUPLICATE,
    KEPT_REFUND,
    LISTED,
    NOT_USED,
    ONE_SPELLING,
    READ_AS_UTC,
    ROUNDED,
    WHOLE,
    WITHHELD,
    Kind,
    ProblemList,
)
from .unreadable import refuse_unreadable
from .usable import sums_up, usable


def check_table(engine: Engine, checking: Checking, problems: ProblemList) -> None:
    """Check the rows in `read <table>` and leave the checked table under its own name."""
    if checking.table.key:
        engine.run(f"CREATE OR REPLACE TABLE repeated AS {_repeated_keys(checking)}")
    with contextlib.nullcontext() if checking.table.large else engine.in_file_order():
        _finish(engine, checking)
    refuse_unreadable(engine, checking)
    _note_kinds(engine, checking, problems)
    _note_spellings(engine, checking, problems)
    if checking.table.key:
        _note_repeated_keys(engine, checking, problems)
    elif checking.table.large:
        _note_repeated_rows(engine, checking, problems)


def check_references(engine: Engine, checking: Checking, problems: ProblemList) -> None:
    """Count the rows that refer to what another table, where it is there, does not hold."""
    for name, other in checking.table.refers_to:
        there = [row[0] for row in engine.run(f"DESCRIBE {quote_name(other)}")]
        if name not in checking.theirs or name not in there:
            continue
        ours = quote_name(name)
        known = f"SELECT CAST({ours} AS VARCHAR) FROM {quote_name(other)} WHERE {ours} IS NOT NULL"
        missing = f"{layer('value', name)} NOT IN ({known})"
        kind = Kind(
            name,
            _("{column} found in {table}").format(column=name, table=other),
            KEPT,
            missing,
            layer("text", name),
        )
        n = engine.run(f"SELECT count(*) FROM {checking.read} WHERE {missing}")[0][0]
        _note(engine, checking, kind, problems, n)


def _note(engine: Engine, checking: Checking, kind: Kind, problems: ProblemList, n: int) -> None:
    """List one kind of problem, found `n` times; those that may not be shown are counted."""
    own = n
    if n and checking.own != EVERY:
        where = f"({kind.where}) AND {checking.own}"
        own = engine.run(f"SELECT count(*) FROM {checking.read} WHERE {where}")[0][0]
        problems.others += n - own
    if own:
        problems.add(checking, kind, own, _first_rows(engine, checking, kind))


def _note_kinds(engine: Engine, checking: Checking, problems: ProblemList) -> None:
    kinds = _kinds(checking)
    tests = ", ".join(f"count(*) FILTER (WHERE {kind.where})" for kind in kinds)
    counts = engine.run(f"SELECT {tests} FROM {checking.read}")[0]
    for kind, n in zip(kinds, counts, strict=True):
        _note(engine, checking, kind, problems, n)


def _note_spellings(engine: Engine, checking: Checking, problems: ProblemList) -> None:
    """Words of a category that differ from a more frequent one in capitals only."""
    for column in checking.columns:
        if column.kind != "category" or column.allowed:
            continue
        value, text = layer("value", column.name), layer("text", column.name)
        rarer = (
            f"SELECT {value} AS word FROM {checking.read} WHERE {value} IS NOT NULL "
            f"GROUP BY {value} QUALIFY row_number() OVER "
            f"(PARTITION BY lower({value}) ORDER BY count(*) DESC, {value}) > 1"
        )
        where = f"{value} IN ({rarer})"
        n = engine.run(f"SELECT count(*) FROM {checking.read} WHERE {where}")[0][0]
        expected = _("the same capitals as in other rows")
        kind = Kind(column.name, expected, ONE_SPELLING, where, text)
        _note(engine, checking, kind, problems, n)


def _kinds(checking: Checking) -> list[Kind]:
    kinds = [kind for column in checking.columns for kind in _kinds_of(checking, column)]
    if "wave" in checking.theirs:
        value = layer("value", "wave")
        some = f"EXISTS (SELECT 1 FROM {checking.read} WHERE {value} IS NOT NULL)"
        lacking = f"{value} IS NULL AND {some} AND {usable(checking)}"
        expected = _("the wave of the row")
        kinds.append(Kind("wave", expected, IN_NO_WAVE, lacking, layer("text", "wave")))
    if (summed := sums_up(checking)) != "false":
        named = next(name for name in ("period", "customer_id") if name in checking.theirs)
        expected = _("one period, not a total")
        kinds.append(Kind(named, expected, NOT_USED, summed, layer("text", named)))
    alone = _("values that hold no whole lines")
    kinds.append(Kind("", alone, HOLDS_LINES, "_lines IS NOT NULL", "_lines"))
    for rule in checking.table.rules:
        if {rule.earlier, rule.later} <= set(checking.theirs):
            broken = f"{layer('value', rule.later)} < {layer('value', rule.earlier)}"
            text = layer("text", rule.later)
            kinds.append(Kind(rule.later, rule.expected, EMPTIED, broken, text))
    return kinds


def _kinds_of(checking: Checking, column: Column) -> Iterator[Kind]:
    """The kinds of problem that the values of one column can have."""
    name, how = column.name, checking.how
    text, value = layer("text", name), layer("value", name)
    gap = skipped_by_clock(name, how) if column.kind == "time" else "false"
    wrong = f"{value} IS NULL" if column.required else layer("bad", name)
    action = NOT_USED if column.required else EMPTIED
    where = wrong if gap == "false" else f"{wrong} AND NOT coalesce({gap}, false)"
    yield Kind(name, column.expected, action, where, text)
    if gap != "false":
        expected = _("a time that the clocks of {zone} showed").format(zone=how.zone)
        yield Kind(name, expected, action, gap, text)
    if column.kind == "time" and not how.zone:
        naive = f"{value} IS NOT NULL AND NOT {layer('zoned', name)}"
        yield Kind(name, _("a time with its zone"), READ_AS_UTC, naive, text)
    if column.kind == "money" and column.low is None:
        yield Kind(name, _("0 or more"), KEPT_REFUND, f"{value} < 0", text)
    if column.kind == "money" and not how.currency_decimals:
        exact = f"TRY_CAST({layer('plain', name)} AS DECIMAL(24, 6))"
        yield Kind(name, _(WHOLE), ROUNDED, f"{exact} <> {value}", text)


def _first_rows(engine: Engine, checking: Checking, kind: Kind) -> list[tuple[Any, ...]]:
    # Whole lines may be others'; and the firm audited is not told who its shoppers were.
    hidden = checking.own != EVERY and (kind.action == HOLDS_LINES or kind.column == "shopper")
    value = f"'{WITHHELD}'" if hidden else kind.value
    return engine.run(
        f"SELECT _file, _row, {value} FROM {checking.read} WHERE ({kind.where}) AND {checking.own} "
        f"ORDER BY _file, _row LIMIT {LISTED}"
    )


def _repeated_keys(checking: Checking) -> str:
    """Every row whose key an earlier usable row has already."""
    key = layer("value", checking.table.key)
    text = layer("text", checking.table.key)
    return (
        f"SELECT _file, _row, {text} AS value, coalesce({checking.own}, false) AS own "
        f"FROM {checking.read} WHERE {usable(checking)} "
        f"QUALIFY row_number() OVER (PARTITION BY {key} ORDER BY _file, _row) > 1"
    )


def _note_repeated_keys(engine: Engine, checking: Checking, problems: ProblemList) -> None:
    kind = Kind(checking.table.key, _("a name that is used only once"), NOT_USED, "", "")
    n, others = engine.run(
        "SELECT count(*) FILTER (WHERE own), count(*) FILTER (WHERE NOT own) FROM repeated"
    )[0]
    problems.others += others
    if n:
        first = engine.run(
            f"SELECT _file, _row, value FROM repeated WHERE own ORDER BY _file, _row LIMIT {LISTED}"
        )
        problems.add(checking, kind, n, first)
    engine.run("DROP TABLE repeated")


def _note_repeated_rows(engine: Engine, checking: Checking, problems: ProblemList) -> None:
    """Rows of a large table that are the same in every column of their file."""
    counted = f"SELECT _hash, count(*) AS n FROM {checking.read} GROUP BY _hash HAVING count(*) > 1"
    n = engine.run(f"SELECT CAST(coalesce(sum(n - 1), 0) AS BIGINT) FROM ({counted})")[0][0]
    if n:
        first = engine.run(
            f"SELECT _file, _row, '' FROM {checking.read} "
            f"WHERE _hash IN (SELECT _hash FROM ({counted}) LIMIT {LISTED}) "
            "QUALIFY row_number() OVER (PARTITION BY _hash ORDER BY _file, _row) > 1 "
            f"ORDER BY _file, _row LIMIT {LISTED}"
        )
        problems.add(checking, Kind("", _("rows that differ"), KEPT_DUPLICATE, "", ""), n, first)


def _finish(engine: Engine, checking: Checking) -> None:
    """Make the checked table: usable rows, with what breaks a rule emptied."""
    values = {column.name: layer("value", column.name) for column in checking.columns}
    for rule in checking.table.rules:
        if {rule.earlier, rule.later} <= set(values):
            broken = f"{layer('value', rule.later)} < {layer('value', rule.earlier)}"
            values[rule.later] = f"CASE WHEN {broken} THEN NULL ELSE {values[rule.later]} END"
    listed = ", ".join(f"{sql} AS {quote_name(name)}" for name, sql in values.items())
    apart = "ANTI JOIN repeated USING (_file, _row)" if checking.table.key else ""
    engine.run(
        f"CREATE TABLE {quote_name(checking.table.name)} AS "
        f"SELECT {listed} FROM {checking.read} {apart} WHERE {usable(checking)} "
        + ("" if checking.table.large else "ORDER BY _file, _row")
    )
