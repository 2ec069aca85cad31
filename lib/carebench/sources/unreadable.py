"""Where so much of a table cannot be read that the rest would mislead: it is refused."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ..engine import Engine
from ..schema import Column, DataError
from .columns import Checking
from .parsing import DAYS, Conventions, layer

MANY, MOST_UNREADABLE = 10, 0.2  # so many values, and more than this share of the column's
FEW, MOST_OF_FEW = 3, 0.5  # the same for a required column of a small table
LARGEST_SUM = 9e18  # in the smallest unit: an integer of 64 bits


def refuse_unreadable(engine: Engine, checking: Checking) -> None:
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
