"""A study file to begin with: every key with its meaning, as the classes of `study` declare it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import MISSING, Field, fields, is_dataclass
from typing import Any, Literal, get_args, get_origin, get_type_hints

from ..schema import TABLES
from ..study import Study, TableSource
from .templates import WORKBOOK

WIDTH = 100
HEAD = """\
## The study: where its tables are, and what to compute. Every key that there is stands here.
## Two marks explain. One mark puts a line to sleep: take it away to use the line. What stands
## in a sleeping line holds anyway, unless it is empty."""
TABLES_HEAD = f"""\
## The tables. Fill in a template of the folder data, then wake the two lines of its table. To
## fill in the workbook instead, write: path = "data/{WORKBOOK}" and sheet = "attempts"."""


def study_file(title: str, language: str = "en") -> str:
    """The text of a study file that works as it is, and knows no table yet."""
    hints = get_type_hints(Study)
    given = {"title": title, "language": language}
    keys = [key for key in _keys(Study) if key.name != "tables"]
    plain = [_line(key, hints[key.name], given.get(key.name)) for key in keys if not _nested(key)]
    nested = [_section(key, hints[key.name]) for key in keys if _nested(key)]
    return "\n\n".join([HEAD, "\n".join(plain), *_tables(), *nested]) + "\n"


def _tables() -> Iterator[str]:
    yield TABLES_HEAD
    for table in TABLES.values():
        yield (
            f'## One row is {table.row}.\n# [tables.{table.name}]\n# path = "data/{table.name}.csv"'
        )
    # Explained only: a line that woke here would go to whichever table stands last.
    keys = re.sub("^# ", "##   ", "\n".join(_lines(TableSource)), flags=re.MULTILINE)
    yield f"## What may stand under any of these headings; copy the line there:\n{keys}"


def _section(key: Field[Any], cls: Any) -> str:
    return "\n".join([f"# [{key.name}]  # {_meaning(key)}", *_lines(cls)])


def _lines(cls: Any) -> list[str]:
    hints = get_type_hints(cls)
    return [_line(key, hints[key.name]) for key in _keys(cls)]


def _keys(cls: Any) -> list[Field[Any]]:
    return [key for key in fields(cls) if "meaning" in key.metadata]


def _nested(key: Field[Any]) -> bool:
    return is_dataclass(get_type_hints(Study)[key.name])


def _meaning(key: Field[Any]) -> str:
    return str(key.metadata["meaning"])


def _line(key: Field[Any], hint: Any, given: Any = None) -> str:
    """`# wave = ""  # round of fieldwork …`; awake where a value is given."""
    default = key.default if key.default_factory is MISSING else key.default_factory()
    setting = f"{key.name} = {_toml(default if given is None else given)}"
    line = setting if given is not None else f"# {setting}"
    words = [_toml(word) for word in get_args(hint) if word] if get_origin(hint) is Literal else []
    meaning = _meaning(key) + (f"; one of {', '.join(words)}" if words else "")
    beside = f"{line}  # {meaning}"
    return beside if len(beside) <= WIDTH else f"## {meaning}\n{line}"


def _toml(value: Any) -> str:
    """A value as TOML writes it."""
    if isinstance(value, (list, tuple)):
        return f"[{', '.join(map(_toml, value))}]"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{_toml(str(k))} = {_toml(v)}" for k, v in value.items()) + "}"
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
    return str(value).lower() if isinstance(value, bool) else str(value)
