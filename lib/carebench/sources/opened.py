"""What every opened file looks like, whatever its kind; names and values as we compare them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from unicodedata import normalize

from ..engine import quote_text

# Control and format characters, which nobody sees and which change how a page reads; the line
# breaks, the tab, and the two joiners that some scripts are written with are none of them.
UNSEEN = (
    r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f"
    "\u00ad\u0600-\u0605\u061c\u06dd\u070f\u0890\u0891\u08e2\u180e\u200b\u200e\u200f"
    "\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\U000110bd\U000110cd"
    "\U00013430-\U0001343f\U0001bca0-\U0001bca3\U0001d173-\U0001d17a"
    "\U000e0001\U000e0020-\U000e007f]"
)
PLAIN = "[!-~]([ -~]*[!-~])?"  # what nothing need be done to: most of the texts there are
BLANKS = "' ' || chr(9) || chr(10) || chr(13) || chr(160)"


@dataclass(frozen=True, slots=True)
class Opened:
    """One file, ready to be read: `select` yields `c0`, `c1`, ... for `names`.

    `rejected` yields row, text and kind of the lines that are no rows; it is run after
    `select`. `text` is the plain text that is read, where it is not the file itself. `before`
    is how many rows stand above the first row of data, `second` the row below the headings,
    `repeated` the headings that stand above several columns. `suspect` is SQL for a value in
    which whole lines stand, and `uncalculated` the first cell, by column, of a formula that
    has no value. `parquet` is the file itself, or a copy of the table, where it is Parquet.
    """

    path: Path
    names: tuple[str, ...]
    select: str
    rejected: str = ""
    label: str = ""
    text: Path | None = None
    before: int = 0
    second: tuple[str, ...] = ()
    repeated: tuple[str, ...] = ()
    suspect: str = "CAST(NULL AS VARCHAR)"
    uncalculated: Mapping[str, str] = field(default_factory=dict)
    parquet: Path | None = None

    @property
    def name(self) -> str:
        return self.label or clean_name(self.path.name)


def clean_name(name: Any) -> str:
    """A column's name or a value as we compare it: NFC, nothing unseen, no blanks around it."""
    return normalize("NFC", re.sub(UNSEEN, "", str(name))).strip()


def clean_sql(text: str) -> str:
    """SQL that does the same to a text; nothing where nothing remains."""
    seen = f"regexp_replace({text}, {quote_text(UNSEEN)}, '', 'g')"
    cleaned = f"nullif(trim(nfc_normalize({seen}), {BLANKS}), '')"
    is_plain = f"regexp_full_match({text}, {quote_text(PLAIN)})"
    return f"CASE WHEN {is_plain} THEN {text} ELSE {cleaned} END"


def needs_cleaning(text: str) -> str:
    """The condition, in SQL, on a text which `clean_sql` would change."""
    return f"{text} IS DISTINCT FROM ({clean_sql(text)})"


def distinct_names(names: tuple[str, ...]) -> tuple[str, ...]:
    """Names cleaned; empty ones numbered, repeated ones told apart."""
    seen: Counter[str] = Counter()
    result = []
    for i, raw in enumerate(names, 1):
        name = clean_name(raw) or f"column {i}"
        seen[name.casefold()] += 1
        times = seen[name.casefold()]
        result.append(name if times == 1 else f"{name} ({times})")
    return tuple(result)


def repeated_names(names: Iterable[str]) -> tuple[str, ...]:
    """The headings that stand above more than one column, capitals or not."""
    times = Counter(clean_name(name).casefold() for name in names)
    again = {clean_name(name) for name in names if times[clean_name(name).casefold()] > 1}
    return tuple(sorted(again - {""}))
