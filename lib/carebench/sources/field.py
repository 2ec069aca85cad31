"""A report about one provider: its own rows, and the others' rows without their names.

The others are what the one is set against, so their rows stay, in tables of their own. Names
are gone in the engine already: whatever a page, a figure or an export asks for afterwards
cannot bring them back.
"""

from __future__ import annotations

import random
import re
import unicodedata
from collections.abc import Iterable, Mapping
from html import unescape
from urllib.parse import unquote

import pandas as pd

from ..engine import Bound, Engine, quote_name, quote_text
from ..schema import TABLES
from .columns import EVERY, Checking
from .parsing import layer
from .problems import WITHHELD, Problems

# What a comparison with the others reads of their rows; nothing else of them is kept.
COMPARED: Mapping[str, tuple[str, ...]] = {
    "providers": ("wave", "zone", "channels", "claimed_hours", "website"),
    "attempts": (
        "attempt_id", "wave", "outcome", "channel", "form", "method", "stage", "shopper",
        "sent_at", "acknowledged_at", "answered_at", "resolved_at", "observed_until",
        "resolved", "fault",
    ),
    "counts": ("wave", "channel", "offered", "answered", "abandoned", "answered_within_limit"),
    "ratings": ("attempt_id", "item", "score", "shopper"),
}  # fmt: skip
SHORTEST = 3  # letters of a name that is looked for inside words; shorter ones only as words
_FREE = {"text", "category", "id", "hours"}  # kinds that can hold any words
_CODES = quote_name("field codes")
_ATTEMPTS = quote_name("field attempt codes")


def field_name(table: str) -> str:
    """What the engine calls the others' rows of a table."""
    return f"field {table}"


def limited_through(table: str, columns: Mapping[str, tuple[str, ...]]) -> str:
    """The table by whose providers the rows of `table` are known; "" where none tells.

    Parameters
    ----------
    table : str
    columns : mapping of str to tuple of str
        The columns of every table that the study has.
    """
    ours = columns.get(table, ())
    if "provider" in ours:
        return table
    for name, other in TABLES[table].refers_to:
        if name in ours and {name, "provider"} <= set(columns.get(other, ())):
            return other
    return ""


def own_rows(checking: Checking, provider: str, columns: Mapping[str, tuple[str, ...]]) -> str:
    """The condition, in SQL, on rows of `read <table>` that are one provider's.

    Parameters
    ----------
    checking : Checking
    provider : str
        "" where the study is about all; then every row may be shown.
    columns : mapping of str to tuple of str
        The columns of this table and of those that are checked already.
    """
    through = limited_through(checking.table.name, columns)
    if not provider or not through:
        return EVERY
    same = f"IS NOT DISTINCT FROM {quote_text(provider)}"
    if through == checking.table.name:
        return f"{layer('value', 'provider')} {same}"
    theirs = f"SELECT attempt_id FROM {quote_name(through)} WHERE provider {same}"
    return f"{layer('value', 'attempt_id')} IN ({theirs})"


def set_apart(
    engine: Engine, checked: Iterable[Checking], provider: str, known: set[str]
) -> tuple[str, ...]:
    """Keep one provider's rows; move the others', without their names, to tables of the field.

    In the rows kept, a word in which another provider is named is withheld.

    Parameters
    ----------
    engine : Engine
    checked : iterable of Checking
        The tables of the study.
    provider : str
        Whose rows stay.
    known : set of str
        Every provider that a table names.

    Returns
    -------
    tuple of str
        The tables that now have others' rows in a table of their own.
    """
    columns = {c.table.name: tuple(c.theirs) for c in checked}
    through = {name: limited_through(name, columns) for name in columns}
    limited = {name: other for name, other in through.items() if other}
    _code_providers(engine, limited, provider, known)
    if "attempts" in limited:
        engine.run(
            f"CREATE TABLE {_ATTEMPTS} AS SELECT attempt_id, row_number() OVER "
            f"(ORDER BY hash(attempt_id, {digest('attempts')})) AS code FROM attempts"
        )
    field = [name for name in limited if name in COMPARED]
    for name in field:
        _move(engine, name, limited[name], columns[name], known)
    for name, other in sorted(limited.items(), key=lambda pair: pair[0] != pair[1]):
        _keep(engine, name, other, provider)
    for name in columns:
        _withhold(engine, name, columns[name], provider, known - {provider})
    for table in (_CODES, _ATTEMPTS):
        engine.run(f"DROP TABLE IF EXISTS {table}")
    return tuple(field)


def without_names(problems: Problems, names: set[str], own: str) -> Problems:
    """The same problems, with no file, column and value in which one of `names` stands."""
    rows, counts = problems.rows.copy(), problems.counts.copy()
    for table, column in ((rows, "file"), (rows, "column"), (rows, "value"), (counts, "column")):
        found = naming(table[column].dropna().unique(), names, own)
        table[column] = table[column].mask(table[column].isin(found), WITHHELD)
    return Problems(rows, counts)


def naming(texts: Iterable[object], names: set[str], own: str = "") -> list[object]:
    """Those of `texts` in which one of `names` stands, however it is spelt.

    A name is looked for in letters and digits alone. Where it has none, or no others than the
    provider's `own` name, it must be a word as it is written.
    """
    folded = {name: _folded(name) for name in names}
    as_written = {name for name, fold in folded.items() if fold in ("", _folded(own))}
    wanted = {fold for name, fold in folded.items() if name not in as_written}
    longer = sorted(name for name in wanted if len(name) >= SHORTEST)
    inside = re.compile("|".join(longer) if longer else r"(?!)")

    def names_one(text: str) -> bool:
        fold, words = _folded(text), {_folded(word) for word in re.split(r"[\W_]+", text)}
        return (
            bool(inside.search(fold))
            or not wanted.isdisjoint({fold, *words})
            or not as_written.isdisjoint({text.strip(), *text.split()})
        )

    return [text for text in texts if names_one(str(text))]


def digest(table: str) -> str:
    """A number that nobody can work out who does not have the rows themselves.

    A fixed seed would let a reader who knows the names draw the same order again.
    """
    return f"(SELECT bit_xor(hash(rows)) FROM {quote_name(table)} AS rows)"


def _code_providers(
    engine: Engine, limited: Mapping[str, str], provider: str, known: set[str]
) -> None:
    """Give each other provider a code; one that the study's own list lacks gets none."""
    base = "providers" if "providers" in limited else next(iter(limited), "")
    engine.run(f"CREATE TABLE {_CODES} (provider VARCHAR, code VARCHAR)")
    if not base:
        return
    digests = [engine.run(f"SELECT {digest(name)}")[0][0] for name in sorted(limited)]
    listed = known
    if base == "providers":
        listed = {str(row[0]) for row in engine.run("SELECT DISTINCT provider FROM providers")}
    others = sorted(listed - {provider})
    random.Random(str(digests)).shuffle(others)
    width = max(2, len(str(len(others))))
    bound = Bound()
    rows = [f"({bound(name)}, 'other {i:0{width}d}')" for i, name in enumerate(others, start=1)]
    if rows:
        engine.run(f"INSERT INTO {_CODES} VALUES {', '.join(rows)}", bound.by_name)


def _move(
    engine: Engine, table: str, other: str, columns: tuple[str, ...], known: set[str]
) -> None:
    """Copy the others' rows of `table`, under their codes, into its table of the field."""
    kept = [name for name in COMPARED[table] if name in columns]
    coded = "attempt_id" in kept
    values = [
        "CAST(numbered.code AS VARCHAR) AS attempt_id"
        if name == "attempt_id"
        else f"{_unnamed(engine, table, name, known)} AS {quote_name(name)}"
        for name in kept
    ]
    link = "" if table == other else f" JOIN {quote_name(other)} AS linked USING (attempt_id)"
    owner = "own" if table == other else "linked"
    engine.run(
        f"CREATE TABLE {quote_name(field_name(table))} AS "
        f"SELECT {', '.join(['codes.code AS provider', *values])} "
        f"FROM {quote_name(table)} AS own{link} JOIN {_CODES} AS codes "
        f"ON codes.provider = {owner}.provider "
        + (f"JOIN {_ATTEMPTS} AS numbered ON numbered.attempt_id = own.attempt_id " * coded)
        + ("ORDER BY 1, 2" if values else "ORDER BY 1")
    )


def _unnamed(engine: Engine, table: str, column: str, known: set[str]) -> str:
    """A column as SQL, empty where a provider is named in it."""
    declared, own = TABLES[table].column(column), f"own.{quote_name(column)}"
    # A wave is the study's own word, and a row without it would be in no report.
    if declared.allowed or declared.kind not in _FREE or column == "wave":
        return own
    words = _naming_words(engine, table, column, known)
    return f"CASE WHEN {own} IN ({words}) THEN NULL ELSE {own} END" if words else own


def _naming_words(
    engine: Engine, table: str, column: str, names: set[str], provider: str = ""
) -> str:
    """The values of a column in which one of `names` stands, listed in SQL."""
    found = engine.run(f"SELECT DISTINCT {quote_name(column)} FROM {quote_name(table)}")
    texts = naming([row[0] for row in found if row[0] is not None], names, provider)
    return ", ".join(quote_text(str(text)) for text in texts)


def _folded(text: str) -> str:
    """The letters and digits of `text`, without capitals and accents, as a file may write it."""
    plain = unquote(unescape(text)).casefold().replace("đ", "d")
    return "".join(c for c in unicodedata.normalize("NFKD", plain) if c.isalnum())


def _keep(engine: Engine, table: str, other: str, provider: str) -> None:
    """Keep only the rows of one provider."""
    theirs = f"provider IS DISTINCT FROM {quote_text(provider)}"
    if table != other:
        theirs = f"attempt_id NOT IN (SELECT attempt_id FROM {quote_name(other)})"
    engine.run(f"DELETE FROM {quote_name(table)} WHERE {theirs}")


def _withhold(
    engine: Engine, table: str, columns: tuple[str, ...], provider: str, others: set[str]
) -> None:
    """Empty of the rows kept what names another provider; a category says that it is withheld."""
    for name in columns:
        declared = TABLES[table].column(name)
        if declared.allowed or declared.kind not in _FREE - {"id"} or name in ("provider", "wave"):
            continue
        words = _naming_words(engine, table, name, others, provider)
        if words:
            instead = quote_text(WITHHELD) if declared.kind == "category" else "NULL"
            engine.run(
                f"UPDATE {quote_name(table)} SET {quote_name(name)} = {instead} "
                f"WHERE {quote_name(name)} IN ({words})"
            )


def empty(columns: Iterable[str] = ()) -> pd.DataFrame:
    """No row of anybody: what a study that is not limited to a provider has of the others."""
    return pd.DataFrame(columns=pd.Index([*columns], dtype="object"))
