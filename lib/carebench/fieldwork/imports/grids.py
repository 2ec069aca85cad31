"""A file as rows of text, or as a chat: what every reader of a kind begins with."""

from __future__ import annotations

import csv
import io
import json
import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from ...schema import DataError

DELIMITERS = (",", ";", "\t", "|")
LOOKED_AT = 50  # rows by which the delimiter is known
TITLE_ROWS = 30  # that may stand above the headings
LARGEST_CELL = 1_000_000  # letters
DEEPEST = 20  # levels of JSON, beyond which no form or ticket goes
TOTALS = ("total", "totals", "grand total", "sum", "tổng", "tổng cộng", "tổng số", "cộng")
AMOUNT = re.compile(r"[\d.,:%\s+-]*")
INVISIBLE = "\u200b\u200e\u200f\u2060\ufeff"  # that programs put around what they copy
AS_TEXT = re.compile(r'="([^"]*)"')  # how spreadsheets write a number whose zeros must stay

Row = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Source:
    """One table or one conversation of a file: exactly one of `rows`, `tree`, `text` is there.

    `first` is the number that the first of `rows` has in the file, from 1.
    """

    name: str
    rows: tuple[Row, ...] = ()
    first: int = 1
    tree: Any = None
    text: str = ""
    marked: bool = False  # cells are parted by a mark, which may stand in a text too


@dataclass(frozen=True, slots=True)
class Table:
    """Rows below their headings. A heading is looked up by `folded` forms of its words."""

    name: str
    headings: Row
    rows: tuple[Row, ...]
    first: int  # number of the first row in the file
    marked: bool = False

    def records(self) -> Iterator[tuple[int, dict[str, str]]]:
        """Each row that holds anything: its number in the file, and its cells by heading."""
        for number, row in self.filled():
            yield number, dict(zip(self.headings, row, strict=False))

    def filled(self) -> Iterator[tuple[int, Row]]:
        """Each row that holds anything, and its number in the file."""
        return ((number, row) for number, row in enumerate(self.rows, self.first) if any(row))

    def is_of_table(self, row: Row) -> str:
        """Why `row` belongs to the table itself and tells of nothing; "" where it is no such row.

        Raises
        ------
        DataError
            It holds the headings again, in another order: two tables stand in one.
        """
        first = next(cell for cell in row if cell)
        if first in self.headings:
            cells = {cell for cell in row if cell}
            if len(cells) > 1 and cells <= set(self.headings):
                return self._again(row)
        others = [cell for cell in row if cell][1:]
        if folded(first) in TOTALS and all(map(AMOUNT.fullmatch, others)):
            return "is a row of totals"
        return ""

    def _again(self, row: Row) -> str:
        pairs = zip(self.headings, row, strict=False)
        if all(
            heading == cell or heading.startswith(f"{cell} (") for heading, cell in pairs if cell
        ):
            return "repeats the headings"
        raise DataError(
            f"{self.name} holds the headings again, in another order ({', '.join(row)}): two "
            "tables stand one below the other. Save each as a file of its own."
        )

    def heading(self, *words: str) -> str:
        """The first heading whose folded form is one of `words`; "" where there is none."""
        by_word = {folded(name): name for name in reversed(self.headings)}
        return next((by_word[word] for word in words if word in by_word), "")


def folded(text: str) -> str:
    """A heading as it is compared: small letters and digits, parted by single blanks."""
    return re.sub(r"[\W_]+", " ", unicodedata.normalize("NFC", text).casefold()).strip()


def below(source: Source, at: int, headings: Sequence[str] = ()) -> Table:
    """The rows below row `at`, which holds the headings; from row `at` on where they are given."""
    given = tuple(headings)
    start = at if given else at + 1
    names = _distinct(given or source.rows[at])
    rows = source.rows[start:]
    return Table(source.name, names, rows, source.first + start, source.marked)


def from_csv(name: str, text: str) -> Source:
    """The rows of a text file whose columns are parted by commas, semicolons, tabs or bars.

    Raises
    ------
    DataError
        A cell never ends, or the file holds no rows.
    """
    csv.field_size_limit(LARGEST_CELL)
    hint = re.match(r"sep=(.)\r?\n", text)
    delimiter = hint[1] if hint else _delimiter(text)
    body = text[hint.end() :] if hint else text
    rows = _parted(name, body, delimiter)
    if not any(any(row) for row in rows):
        raise DataError(f"{name} is empty. Export it again.")
    return Source(name, rows, first=2 if hint else 1, marked=True)


def from_json(name: str, text: str) -> Source:
    """A list of JSON objects as rows, or JSON lines as rows; a conversation stays a tree.

    Raises
    ------
    DataError
        The text is no JSON, or holds no list of objects.
    """
    try:
        tree = json.loads(text)
    except RecursionError:
        raise DataError(f"{name} is nested deeper than any form. It is not read.") from None
    except ValueError as error:
        tree = _json_lines(name, text, error)
    if isinstance(tree, dict) and isinstance(tree.get("messages"), list):
        return Source(name, tree=tree)
    objects = _objects(tree)
    if not objects:
        raise DataError(
            f"{name} holds no list of objects. Expected one, as an export writes it, alone or "
            "under a name such as results, value, tickets or calls."
        )
    flat = [dict(_flat(item)) for item in objects]
    headings = tuple(dict.fromkeys(key for item in flat for key in item))
    rows = (tuple(item.get(key, "") for key in headings) for item in flat)
    return Source(name, (headings, *rows), first=0)


def _parted(name: str, body: str, delimiter: str) -> tuple[Row, ...]:
    """The rows of a text; where marks of quotation are wrong, only if none swallows a row."""

    def read(*, strict: bool) -> tuple[Row, ...]:
        lines = csv.reader(io.StringIO(body, newline=""), delimiter=delimiter, strict=strict)
        return tuple(tuple(map(tidy, row)) for row in lines)

    try:
        return read(strict=True)
    except csv.Error as error:
        why = error
    with suppress(csv.Error):
        rows = read(strict=False)
        if not any("\n" in cell for row in rows for cell in row):
            return rows
    raise DataError(
        f"{name} cannot be read as a table ({why}). A quotation mark may be open, and hide the "
        "rows after it. Export it again as CSV in UTF-8."
    )


def _distinct(names: Sequence[str]) -> Row:
    """The headings; one that comes again gets its number, so that no column is lost."""
    seen: dict[str, int] = {}
    result = []
    for name in names:
        seen[name] = seen.get(name, 0) + 1
        result.append(name if seen[name] == 1 else f"{name} ({seen[name]})")
    return tuple(result)


def _delimiter(text: str) -> str:
    """The mark that parts most rows into most columns."""
    start = "\n".join(text[: LARGEST_CELL // 4].splitlines()[:LOOKED_AT])

    def columns(mark: str) -> int:
        try:
            return sum(len(row) - 1 for row in csv.reader(io.StringIO(start), delimiter=mark))
        except csv.Error:
            return 0

    return max(DELIMITERS, key=columns)


def tidy(cell: str) -> str:
    if not cell.isascii():
        cell = unicodedata.normalize("NFC", cell).strip().strip(INVISIBLE)
    cell = cell.strip()
    as_text = AS_TEXT.fullmatch(cell)
    return as_text[1] if as_text else cell


def _json_lines(name: str, text: str, error: ValueError) -> list[Any]:
    try:
        return [json.loads(line) for line in text.splitlines() if line.strip()]
    except (ValueError, RecursionError):
        raise DataError(
            f"{name} is no JSON ({error}). Export or download it again; it may be cut off."
        ) from None


def _objects(tree: Any) -> list[Mapping[str, Any]]:
    """The list of objects: the tree itself, or the longest one under a name."""
    if isinstance(tree, list):
        return [item for item in tree if isinstance(item, dict)]
    if isinstance(tree, dict):
        lists = [_objects(item) for item in tree.values() if isinstance(item, list)]
        found = max(lists, key=len, default=[])
        return found or [tree]
    return []


def _flat(item: Mapping[str, Any], above: str = "", depth: int = 0) -> Iterator[tuple[str, str]]:
    """Each value under the path of its names, parted by /; lists are left out."""
    for key, value in item.items():
        path = f"{above}/{key}" if above else str(key)
        if isinstance(value, dict) and depth < DEEPEST:
            yield from _flat(value, path, depth + 1)
        elif not isinstance(value, dict | list):
            yield path, tidy(_said(value))


def _said(value: Any) -> str:
    if value is None:
        return ""
    return ("yes" if value else "no") if isinstance(value, bool) else str(value)
