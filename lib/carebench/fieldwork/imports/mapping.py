"""The mapping file: says of any table which of its columns is which of ours.

It is TOML, in the words of a study's [tables.attempts]:

    table = "attempts"            # or "survey"
    source = "zalo"               # name of the system; records are known by it
    record = "Conversation"       # their column that names a row, if any
    line = "Number called"        # their column of the number that was called
    token = ["Note"]              # their columns in which an attempt's name may stand
    zone = "Asia/Ho_Chi_Minh"
    date_format = "%d/%m/%Y %H:%M"
    missing = ["-"]
    columns = { sent_at = "Begun", outcome = "Result" }
    constants = { channel = "chat" }
    values.outcome = { "Replied" = "answered", "Line answered" = "" }

An outcome that `values` turns into "" is not known: such an attempt is to be coded.
"""

from __future__ import annotations

import tomllib
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal
from zoneinfo import available_timezones

from ...schema import SIX_POINTS, TABLES, DataError, nearest
from ...settings import Reader, key
from .records import EVIDENCE


@dataclass(frozen=True, slots=True)
class Mapped:
    """The keys of a mapping file."""

    table: Literal["attempts", "survey"] = key("what a row is: an attempt, or an answer")
    columns: Mapping[str, str] = key("our column = theirs")
    source: str = key("name of the system that recorded it; the file's own where empty", "")
    record: str = key("their column that names a row; its facts do where empty", "")
    line: str = key("their column of the number that was called", "")
    token: tuple[str, ...] = key("their columns in which an attempt's name may stand", ())
    constants: Mapping[str, str] = key("our column = its one value", factory=dict)
    values: Mapping[str, Mapping[str, str]] = key("by our column: their value = ours", factory=dict)
    missing: tuple[str, ...] = key("values that mean empty", ())
    zone: str = key("IANA time zone of times that carry none", "")
    date_format: str = key("form of times that are like no other, as %d/%m/%Y %H:%M", "")
    scales: Mapping[str, tuple[float, ...]] = key(
        "lowest and highest point of an item's scale", factory=dict
    )

    def theirs(self) -> tuple[str, ...]:
        """Every column of theirs that the file names."""
        named = (*self.columns.values(), self.record, self.line, *self.token)
        return tuple(name for name in named if name)


def load_mapping(path: Path) -> Mapped:
    """The mapping file at `path`.

    Raises
    ------
    DataError
        It is missing, is no TOML, or names a key or a column of ours that there is not.
    """
    try:
        text = unicodedata.normalize("NFC", path.read_text(encoding="utf-8-sig"))
        raw = tomllib.loads(text)
    except FileNotFoundError:
        raise DataError(f"There is no mapping file {path}.") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, OSError) as error:
        raise DataError(f"{path.name} is no valid TOML in UTF-8: {error}.") from None
    mapping: Mapped = Reader(path.name, text).read(Mapped, raw, "")
    _check(mapping, path.name)
    return mapping


def _check(mapping: Mapped, name: str) -> None:
    table = TABLES[mapping.table]
    ours = {**mapping.columns, **mapping.constants, **mapping.values, **mapping.scales}
    further = (*EVIDENCE, *SIX_POINTS) if mapping.table == "attempts" else ()
    known = (*table.names, *further)
    for column in ours:
        if column not in known and not table.open_kind:
            raise DataError(
                f"{name}: {column!r} is no column of {mapping.table}.{nearest(column, known)} "
                f"Expected some of {', '.join(known)}."
            )
    if mapping.zone and mapping.zone not in available_timezones():
        near = nearest(mapping.zone, sorted(available_timezones()))
        raise DataError(f"{name}: zone {mapping.zone!r} is no IANA time zone.{near}")
    for item, scale in mapping.scales.items():
        if len(scale) != 2 or not scale[0] < scale[1]:
            raise DataError(f"{name}: scales.{item} is {list(scale)}. Expected such as [1, 10].")
