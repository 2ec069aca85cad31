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
    nested = [key for key in keys if is_dataclass(hints[key.name])]
    plain = [_line(k, hints[k.name], given.get(k.name)) for k in keys if k not in nested]
    sections = [text for k in nested for text in _sections(k.name, hints[k.name], _meaning(k))]
    return "\n\n".join([HEAD, "\n".join(plain), *_tables(), *sections]) + "\n"


def _tables() -> Iterator[str]:
    yield TABLES_HEAD
    for table in TABLES.values():
        yield (
            f'## One row is {table.row}.\n# [tables.{table.name}]\n# path = "data/{table.name}.csv"'
        )
    # Explained only: a line that woke here would go to whichever table stands last.
    keys = _explained(TableSource)
    yield f"## What may stand under any of these headings; copy the line there:\n{keys}"


def _sections(name: str, cls: Any, meaning: str) -> Iterator[str]:
    """The section [name], and after it those of the sections that stand in it."""
    hints = get_type_hints(cls)
    later: list[str] = []
    lines = [f"# [{name}]  # {meaning}"]
    for key in _keys(cls):
        hint, inside = hints[key.name], f"{name}.{key.name}"
        if is_dataclass(hint):
            later += _sections(inside, hint, _meaning(key))
        elif is_dataclass(each := (get_args(hint) or (None, None))[-1]) and key.default is MISSING:
            later.append(
                f"## [{inside}.NAME]  {_meaning(key)}. One heading for each; under it may stand:\n"
                + _explained(each)
            )
        else:
            lines.append(_line(key, hint))
    yield "\n".join(lines)
    yield from later


def _explained(cls: Any) -> str:
    """The keys of a section that a study has many of: to be read and copied, not to be woken."""
    hints = get_type_hints(cls)
    lines = "\n".join(_line(key, hints[key.name]) for key in _keys(cls))
    return re.sub("^# ", "##   ", lines, flags=re.MULTILINE)


def _keys(cls: Any) -> list[Field[Any]]:
    return [key for key in fields(cls) if "meaning" in key.metadata]


def _meaning(key: Field[Any]) -> str:
    return str(key.metadata["meaning"])


def _line(key: Field[Any], hint: Any, given: Any = None) -> str:
    """`# wave = ""  # round of fieldwork …`; awake where a value is given."""
    default = key.default if key.default_factory is MISSING else key.default_factory()
    value = default if given is None else given
    setting = f"{key.name} = {'...' if value is MISSING else _toml(value)}"
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
