"""The text of `data/README.md`, written from the declaration of the tables."""

from __future__ import annotations

from .columns import KINDS, Column, Table
from .tables import TABLES


def codebook() -> str:
    """The text of `data/README.md`: every table and column, in Markdown."""
    lines = [
        "# Codebook",
        "",
        "The tables and keys of a study. Written by `carebench codebook` from `schema/` and",
        "`study.py` in `lib/carebench`; change it there.",
        "",
        "A study needs only the tables it has. A required column must be there and hold a value",
        "in every row that is used; any other column may be absent or empty, and the sections of",
        "the reports that need it say so and are skipped.",
        "",
        "| type | what it is |",
        "|---|---|",
        *(f"| {kind} | {meaning} |" for kind, meaning in KINDS.items()),
    ]
    for table in TABLES.values():
        lines += ["", f"## {table.name}", "", f"One row is {table.row}.{_table_notes(table)}", ""]
        lines += ["| column | type | unit | may be empty | meaning | values |"]
        lines += ["|---|---|---|---|---|---|"]
        for column in table.columns:
            lines.append(
                f"| {column.name} | {column.kind} | {column.unit} "
                f"| {'no' if column.required else 'yes'} | {column.meaning} | {_values(column)} |"
            )
    return "\n".join(lines) + "\n"


def _table_notes(table: Table) -> str:
    notes = []
    if table.key:
        notes.append(f"`{table.key}` never repeats.")
    if table.any_of:
        notes.append(f"At least one of {' and '.join(f'`{n}`' for n in table.any_of)} is needed.")
    notes += [f"`{column}` is found in {other}." for column, other in table.refers_to]
    notes += [
        f"`{rule.later}` is not {'below' if rule.amounts else 'before'} `{rule.earlier}`."
        for rule in table.rules
    ]
    if table.open_kind:
        notes.append("A study may add items of its own, mapped by name, read as numbers.")
    if table.large:
        notes.append("May hold any number of rows: it never enters pandas whole.")
    return "".join(" " + note for note in notes)


def _values(column: Column) -> str:
    if column.allowed:
        return ", ".join(column.allowed)
    if column.low is not None and column.high is not None:
        return f"{column.low:g} to {column.high:g}"
    return f"{column.low:g} or more" if column.low is not None else ""
