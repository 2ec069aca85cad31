"""Turns what a TOML file holds into dataclasses, or says what is wrong with it.

A key of the file is a field of a dataclass, made by `key`, whose meaning is what an error
message and the documentation print.
"""

from __future__ import annotations

import re
import types
from collections.abc import Iterator, Mapping
from dataclasses import MISSING, Field, field, fields, is_dataclass
from functools import cache
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

from .schema import DataError, nearest


def key(meaning: str, default: Any = MISSING, *, factory: Any = MISSING) -> Any:
    """A key of the study file, with the meaning that error messages print."""
    if factory is not MISSING:
        return field(default_factory=factory, metadata={"meaning": meaning})
    if default is MISSING:
        return field(metadata={"meaning": meaning})
    return field(default=default, metadata={"meaning": meaning})


class Reader:
    """Turns what TOML holds into the classes above, or says what is wrong with it."""

    def __init__(self, name: str, text: str) -> None:
        self.name = name
        self.lines = text.splitlines()

    def read(self, cls: Any, raw: Mapping[str, Any], where: str) -> Any:
        """An object of the dataclass `cls` from the keys of `raw`, found at `where`."""
        known = {f.name: f for f in fields(cls) if "meaning" in f.metadata}
        given = {}
        for key, value in raw.items():
            if key not in known:
                raise DataError(
                    f"{self.place(where + key)}: {where + key!r} is no key of a study."
                    f"{nearest(key, list(known))} Expected one of {', '.join(known)}."
                )
            hint = hints(cls)[key]
            given[key] = self.value(hint, value, where + key, known[key])
        for key, declared in known.items():
            if key not in given and declared.default is MISSING is declared.default_factory:
                raise DataError(
                    f"{self.name}: the key {where + key!r} is missing "
                    f"({declared.metadata['meaning']})."
                )
        return cls(**given)

    def value(self, hint: Any, value: Any, where: str, declared: Field[Any]) -> Any:
        """`value` as the type `hint`."""
        origin, inner = get_origin(hint), get_args(hint)
        if is_dataclass(hint) and isinstance(value, dict):
            return self.read(hint, value, where + ".")
        if origin is tuple and isinstance(value, list):
            return tuple(self.value(inner[0], item, where, declared) for item in value)
        if origin is not None and origin not in (tuple, Literal, Union, types.UnionType):
            if isinstance(value, dict):  # a mapping of names to values of one type
                return {
                    key: self.value(inner[1], _as_text(inner[1], item), f"{where}.{key}", declared)
                    for key, item in value.items()
                }
        if origin is Literal and value in inner and isinstance(value, str):
            return value
        if origin in (Union, types.UnionType) and type(value) in (*inner, int):
            return value
        if hint is float and type(value) in (int, float):
            return float(value)
        if hint in (str, int, bool) and type(value) is hint:
            return value
        raise DataError(
            f"{self.place(where)}: {where} is {value!r} ({declared.metadata['meaning']}). "
            f"Expected {_expected(hint)}.{_near_word(hint, value)}"
        )

    def place(self, where: str) -> str:
        """File and line of a key, where the line can be found."""
        key = re.escape(where.rpartition(".")[2])
        pattern = re.compile(rf"(^|[\s{{,.\[\"']){key}[\"']?\s*(=|\])")
        lines = [i for i, line in enumerate(self.lines, 1) if pattern.search(line)]
        return f"{self.name}, line {lines[0]}" if len(lines) == 1 else self.name


def _as_text(hint: Any, value: Any) -> Any:
    """A word that was written without quotes, among words: true is yes, 1 is "1"."""
    if hint is str and isinstance(value, bool):
        return "yes" if value else "no"
    return str(value) if hint is str and isinstance(value, int | float) else value


@cache
def hints(cls: type) -> dict[str, Any]:
    return get_type_hints(cls)


def _expected(hint: Any) -> str:
    """The type `hint` in words."""
    origin, inner = get_origin(hint), get_args(hint)
    if is_dataclass(hint):
        return "a table of keys: " + ", ".join(f.name for f in fields(hint))
    if origin is tuple:
        return f"a list in which each is {_expected(inner[0])}"
    if origin is Literal:
        return "one of " + ", ".join(repr(word) for word in inner if word)
    if origin in (Union, types.UnionType):
        return " or ".join(_expected(word) for word in inner)
    if origin is not None:
        return f"a table in which each key holds {_expected(inner[1])}"
    return {str: "text in quotes", bool: "true or false", int: "a whole number"}.get(
        hint, "a number"
    )


def _near_word(hint: Any, value: Any) -> str:
    if get_origin(hint) is Literal and isinstance(value, str):
        return nearest(value, [word for word in get_args(hint) if word])
    return ""


def described(cls: Any) -> Iterator[tuple[str, str, str]]:
    """The keys of the dataclass `cls`: name, meaning, and what holds where it is not given."""
    for declared in fields(cls):
        if "meaning" in declared.metadata and not is_dataclass(hints(cls)[declared.name]):
            yield declared.name, declared.metadata["meaning"], _usual(declared)


def _usual(key: Field[Any]) -> str:
    """What holds where a key is not given, as the study file would write it."""
    if key.default is MISSING:
        return "" if key.default_factory is not MISSING else "must be given"
    if isinstance(key.default, bool):
        return str(key.default).lower()
    if isinstance(key.default, tuple):
        return ", ".join(map(str, key.default))
    return f"{key.default}"
