"""The check of one table: SQL made from its declaration, and a list of what failed.

The rows that were read stand in the engine as `read <table>`: the text and the value of each
column. From it come the counts of every kind of problem, its first rows, and the checked
table, which bears the table's own name.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import pandas as pd

from ..engine import Bound, Engine, quote_name, quote_text
from ..language import N_, _
from ..schema import Column, DataError, Table
from ..study import TableSource
from .parsing import DAYS, Conventions, layer, mapped_sql, plain_sql, skipped_by_clock, value_sql

LISTED = 1_000
NOT_USED = N_("row not used")
EMPTIED = N_("value treated as missing")
KEPT = N_("kept, but in no comparison")
NOT_LIMITED = N_("not limited: all rows are used")
IN_NO_WAVE = N_("in no report on a wave")
ONE_SPELLING = N_("kept as it is; give it one spelling")
MANY, MOST_UNREADABLE = 10, 0.2  # so many values, and more than this share of the column's
FEW, MOST_OF_FEW = 3, 0.5  # the same for a required column of a small table
KEPT_REFUND = N_("kept as a refund")
ROUNDED = N_("rounded; is it another currency?")
KEPT_DUPLICATE = N_("kept; remove them if they are errors")
WHOLE = N_("an amount without decimals, in the study’s currency")
HOLDS_LINES = N_("kept; a quoted value holds whole lines: is a quote missing?")
READ_AS_UTC = N_("read as UTC; say `zone`")
NOT_LISTED = N_("treated alike; not listed, since they would show other providers’ data")
TOTAL = (
    r"(^|.*[^\p{L}])(tổng|tong|cộng|total|totals|subtotal|sum|grand|lũy kế|luỹ kế)([^\p{L}].*|$)"
)
LARGEST_SUM = 9e18  # in the smallest unit: an integer of 64 bits
EVERY = "true"  # the condition that holds of every row
WITHHELD = "…"
ROW_COLUMNS = ("table", "file", "row", "column", "value", "expected", "action")
COUNT_COLUMNS = ("table", "column", "expected", "action", "n")


@dataclass(frozen=True)
class Problems:
    """What was wrong with the tables of a study, and what was done about it.

    `rows` lists at most 1,000 rows of each kind of problem; `counts` counts all of them.
    The column `row` of `rows` is where to look. In a workbook it is the row of the sheet; in a
    text file the row that a spreadsheet program shows: the heading is the first, blank lines
    above it count, blank lines further down do not. In what has no heading of its own (Parquet,
    a database, a query's result) it is the number of the row of data, from 1.
    """

    rows: pd.DataFrame
    counts: pd.DataFrame


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of problem: the rows of `read <table>` of which `where` holds."""

    column: str
    expected: str
    action: str
    where: str
    value: str


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


class ProblemList:
    """Collects problems, table by table."""

    def __init__(self) -> None:
        self.rows: list[tuple[object, ...]] = []
        self.counts: list[tuple[object, ...]] = []
        self.others = 0  # problems in rows that may not be shown

    def add(self, checking: Checking, kind: Kind, n: int, rows: list[tuple[Any, ...]]) -> None:
        """Add `n` problems of one kind, of which `rows` are listed: file, row and value."""
        name, column = checking.table.name, checking.theirs.get(kind.column, kind.column)
        self.counts.append((name, column, kind.expected, kind.action, n))
        self.rows += [
            (name, checking.files[file], row, column, value or "", kind.expected, kind.action)
            for file, row, value in rows
        ]

    def frames(self) -> Problems:
        """The problems as two frames."""
        whose, expected = _("other or unknown providers"), _("as in the report on all providers")
        unlisted = [(whose, "", expected, NOT_LISTED, self.others)] if self.others else []
        rows = pd.DataFrame(self.rows, columns=pd.Index(ROW_COLUMNS))
        counts = pd.DataFrame([*self.counts, *unlisted], columns=pd.Index(COUNT_COLUMNS))
        return Problems(
            rows.astype({"row": "int64", "value": "string"}), counts.astype({"n": "int64"})
        )


def reading_sql(checking: Checking) -> tuple[str, dict[str, Any]]:
    """The query that turns `rows` of text into values, one layer for each step; its values."""
    bound = Bound()
    steps: list[dict[str, str]] = [{}, {}, {}]
    kept = ["_file", "_row", "_lines"] + ["_hash"] * checking.table.large
    for column in checking.columns:
        mapped, value = layer("mapped", column.name), layer("value", column.name)
        steps[0][mapped] = mapped_sql(column.name, checking.source, bound)
        steps[1] |= plain_sql(column, checking.how)
        steps[2][value] = value_sql(column, checking.how, bound)
        bad = f"({mapped} IS NOT NULL AND {value} IS NULL) AS {layer('bad', column.name)}"
        kept += [layer("text", column.name), value, bad]
        if column.kind == "time":
            kept += [layer("plain", column.name), layer("zoned", column.name)]
        if column.kind == "money":
            kept.append(layer("plain", column.name))
    query = "rows"
    for step in steps:
        added = "".join(f", {sql} AS {name}" for name, sql in step.items())
        query = f"(SELECT *{added} FROM {query})"
    return f"SELECT {', '.join(kept)} FROM {query}", bound.by_name


def check_table(engine: Engine, checking: Checking, problems: ProblemList) -> None:
    """Check the rows in `read <table>` and leave the checked table under its own name."""
    if checking.table.key:
        engine.run(f"CREATE OR REPLACE TABLE repeated AS {_repeated_keys(checking)}")
    with contextlib.nullcontext() if checking.table.large else engine.in_file_order():
        _finish(engine, checking)
    _refuse_unreadable(engine, checking)
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


def _refuse_unreadable(engine: Engine, checking: Checking) -> None:
    """Stop where so many values of a column cannot be read that the rest would mislead."""
    columns = checking.columns
    tests = ", ".join(
        f"count(*) FILTER (WHERE {layer('bad', c.name)}), "
        f"count(*) FILTER (WHERE {layer('bad', c.name)} OR {layer('value', c.name)} IS NOT NULL)"
        for c in columns
    )
    money = [column for column in columns if column.kind == "money"]
    for column in money:
        size = f"abs(CAST({layer('value', column.name)} AS DOUBLE))"
        tests += f", coalesce(sum({size}), 0), coalesce(max({size}), 0)"
    counts = engine.run(f"SELECT {tests} FROM {checking.read}")[0]
    amounts = counts[2 * len(columns) :]
    for column, total, largest in zip(money, amounts[::2], amounts[1::2], strict=True):
        refuse_uncountable(checking, column, total, largest)
    counts = counts[: 2 * len(columns)]
    for column, bad, given in zip(columns, counts[::2], counts[1::2], strict=True):
        if too_many_unreadable(column, bad, given):
            text = layer("text", column.name)
            often = engine.run(
                f"SELECT {text}, count(*) AS n FROM {checking.read} "
                f"WHERE {layer('bad', column.name)} GROUP BY {text} ORDER BY n DESC, {text} LIMIT 5"
            )
            raise unreadable(checking, column, bad, given, often)


def refuse_uncountable(checking: Checking, column: Column, total: float, largest: float) -> None:
    """Stop where money adds up to more than an integer of 64 bits can count."""
    if total > LARGEST_SUM:
        raise DataError(
            f"{checking.files[0]}: the values of {checking.theirs[column.name]!r} add up to "
            f"{total:.3g} of the currency's smallest unit, the largest of them {largest:.3g}: more "
            "than can be counted exactly. Is the currency right, and is each row one sale?"
        )


def too_many_unreadable(column: Column, bad: int, given: int) -> bool:
    """Whether so many of a column's values cannot be read that the rest would mislead."""
    many = bad >= MANY and bad > MOST_UNREADABLE * given
    # Where the column is required, the rows are lost with its values.
    return many or (column.required and bad >= FEW and bad > MOST_OF_FEW * given)


def unreadable(
    checking: Checking, column: Column, bad: int, given: int, often: Iterable[tuple[Any, Any]]
) -> DataError:
    """The error that says so, with the values that cannot be read and how often each stands."""
    return DataError(
        f"{checking.files[0]}: {bad:,} of {given:,} values of "
        f"{checking.theirs[column.name]!r} cannot be read as {column.name}; most often "
        f"{', '.join(f'{value!r} ({n:,} ×)' for value, n in often)}. Expected "
        f"{column.expected}.{_remedy(column, checking.how)} The rest alone would mislead, so "
        "nothing of the table is used."
    )


def _remedy(column: Column, how: Conventions) -> str:
    """What to write in the study file where many values of a column cannot be read."""
    if column.allowed:
        return (
            f' Translate them: values.{column.name} = {{ "their word" = "{column.allowed[0]}" }}.'
        )
    if column.kind == "yes_no":
        return (
            f' Translate them: values.{column.name} = {{ "their word" = "yes" }}; where they mean '
            'that nobody knows, say missing = ["their word"].'
        )
    if column.kind in ("time", "date"):
        between = f" Days from {DAYS[0]} to {DAYS[1]} can be used." * (column.kind == "date")
        clock = " %H:%M" * (column.kind == "time")
        return (
            f'{between} If days come first, say date_format = "%d/%m/%Y{clock}"; where years have '
            f'two digits, "%d/%m/%y{clock}".'
        )
    if column.unit == "points":
        return f" If its scale is another, say scales.{column.name} = [1, 10]."
    if column.kind in ("integer", "number", "money") and how.decimal == ".":
        return ' If the decimal mark is a comma, say decimal = ",".'
    return ""


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
    kinds = []
    for column in checking.columns:
        text, value = layer("text", column.name), layer("value", column.name)
        gap = skipped_by_clock(column.name, checking.how) if column.kind == "time" else "false"
        wrong = f"{value} IS NULL" if column.required else layer("bad", column.name)
        action = NOT_USED if column.required else EMPTIED
        where = wrong if gap == "false" else f"{wrong} AND NOT coalesce({gap}, false)"
        kinds.append(Kind(column.name, column.expected, action, where, text))
        if gap != "false":
            expected = _("a time that the clocks of {zone} showed").format(zone=checking.how.zone)
            kinds.append(Kind(column.name, expected, action, gap, text))
        if column.kind == "time" and not checking.how.zone:
            naive = f"{value} IS NOT NULL AND NOT {layer('zoned', column.name)}"
            kinds.append(Kind(column.name, _("a time with its zone"), READ_AS_UTC, naive, text))
        if column.kind == "money" and column.low is None:
            kinds.append(Kind(column.name, _("0 or more"), KEPT_REFUND, f"{value} < 0", text))
        if column.kind == "money" and not checking.how.currency_decimals:
            exact = f"TRY_CAST({layer('plain', column.name)} AS DECIMAL(24, 6))"
            kinds.append(Kind(column.name, _(WHOLE), ROUNDED, f"{exact} <> {value}", text))
    if "wave" in checking.theirs:
        value = layer("value", "wave")
        some = f"EXISTS (SELECT 1 FROM {checking.read} WHERE {value} IS NOT NULL)"
        lacking = f"{value} IS NULL AND {some} AND {_usable(checking)}"
        expected = _("the wave of the row")
        kinds.append(Kind("wave", expected, IN_NO_WAVE, lacking, layer("text", "wave")))
    if (total := _total(checking)) != "false":
        named = next(name for name in ("period", "customer_id") if name in checking.theirs)
        expected = _("one period, not a total")
        kinds.append(Kind(named, expected, NOT_USED, total, layer("text", named)))
    alone = _("values that hold no whole lines")
    kinds.append(Kind("", alone, HOLDS_LINES, "_lines IS NOT NULL", "_lines"))
    for rule in checking.table.rules:
        if {rule.earlier, rule.later} <= set(checking.theirs):
            broken = f"{layer('value', rule.later)} < {layer('value', rule.earlier)}"
            kinds.append(
                Kind(rule.later, rule.expected, EMPTIED, broken, layer("text", rule.later))
            )
    return kinds


def _first_rows(engine: Engine, checking: Checking, kind: Kind) -> list[tuple[Any, ...]]:
    # Whole lines may be others'; and the firm audited is not told who its shoppers were.
    hidden = checking.own != EVERY and (kind.action == HOLDS_LINES or kind.column == "shopper")
    value = f"'{WITHHELD}'" if hidden else kind.value
    return engine.run(
        f"SELECT _file, _row, {value} FROM {checking.read} WHERE ({kind.where}) AND {checking.own} "
        f"ORDER BY _file, _row LIMIT {LISTED}"
    )


def _usable(checking: Checking) -> str:
    """Whether a row has a value in every required column, and is no total of the others."""
    tests = [f"{layer('value', c.name)} IS NOT NULL" for c in checking.columns if c.required]
    if (total := _total(checking)) != "false":
        tests.append(f"NOT {total}")
    return " AND ".join(tests) or "true"


def _total(checking: Checking) -> str:
    """The condition, in SQL, on rows of the books that only sum up the others.

    Such a row says so, or each of its amounts, two at least, is the sum of all the others.
    """
    if checking.table.name != "ledger":
        return "false"
    named = "false"
    if "period" in checking.theirs:
        words = f"lower({layer('value', 'period')})"
        named = f"coalesce(regexp_full_match({words}, {quote_text(TOTAL)}), false)"
    amounts = [layer("value", c.name) for c in checking.columns if c.kind in ("integer", "number")]
    others = f"FROM {checking.read} WHERE NOT {named}"
    sums = [f"(SELECT sum({amount}) {others})" for amount in amounts]
    differ = [
        f"coalesce(abs(2 * {amount} - {total}) > 1e-9 * {total}, false)"
        for amount, total in zip(amounts, sums, strict=True)
    ]
    # Of three others that are above zero, so that no two rows alike pass for a total.
    added = [
        f"CAST(coalesce({amount} > 0, false) AND "
        f"(SELECT count(*) {others} AND {amount} > 0) > 3 AS INTEGER)"
        for amount in amounts
    ]
    tests = [f"{' + '.join(['0', *added])} > 1", f"NOT ({' OR '.join(['false', *differ])})"]
    if "customer_id" in checking.theirs:
        tests.append(f"{layer('value', 'customer_id')} IS NULL")
    return f"({named} OR ({' AND '.join(tests)}))"


def _repeated_keys(checking: Checking) -> str:
    """Every row whose key an earlier usable row has already."""
    key = layer("value", checking.table.key)
    text = layer("text", checking.table.key)
    return (
        f"SELECT _file, _row, {text} AS value, coalesce({checking.own}, false) AS own "
        f"FROM {checking.read} WHERE {_usable(checking)} "
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
        f"SELECT {listed} FROM {checking.read} {apart} WHERE {_usable(checking)} "
        + ("" if checking.table.large else "ORDER BY _file, _row")
    )
