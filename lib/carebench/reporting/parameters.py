"""The parameters of a notebook: which it declares, and which values it may be given.

A value reaches the notebook as a literal of the declared type, under a declared name, or
not at all: papermill itself would run code that stands in a name.
"""

from __future__ import annotations

import ast
import math
import tokenize
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from io import StringIO
from typing import Any

from ..schema import DataError, nearest

Value = str | int | float | bool
TYPES: dict[str, type] = {"str": str, "int": int, "float": float, "bool": bool}
EXPECTED = {str: "text", int: "a whole number", float: "a number", bool: "true or false"}
LONGEST_TEXT, LONGEST_PATH = 200, 1000
LONGEST = {"study": LONGEST_PATH, "against": 4 * LONGEST_PATH}  # characters; they hold paths
# Unicode categories: controls, invisible marks (text direction too), surrogates, line breaks.
CONTROLS = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}


@dataclass(frozen=True, slots=True)
class Parameter:
    """One line of the cell tagged `parameters`: `wave: str = ""  # round of fieldwork`."""

    name: str
    type: type
    default: Value
    help: str = ""

    @property
    def longest(self) -> int:
        """How many characters its text may have; studies are named by their paths."""
        return LONGEST.get(self.name, LONGEST_TEXT)


def declared(notebook: Mapping[str, Any], name: str) -> dict[str, Parameter]:
    """The parameters of a notebook, from its one cell tagged `parameters`.

    Raises
    ------
    DataError
        There is no such cell or more than one, or it holds anything but typed literals.
    """
    cells = [
        cell["source"]
        for cell in notebook["cells"]
        if "parameters" in cell.get("metadata", {}).get("tags", ())
    ]
    if len(cells) != 1:
        raise DataError(
            f"{name} has {len(cells)} cells tagged 'parameters'. Expected exactly one, with "
            'lines such as: study: str = "study.toml"  # the study file'
        )
    source = "".join(cells[0])
    helps = _comments(source, name)
    return {p.name: p for p in (_declared(line, helps, name) for line in _lines(source, name))}


def accepted(given: Mapping[str, Any], known: Mapping[str, Parameter]) -> dict[str, Value]:
    """`given` with every value checked against its declaration.

    Raises
    ------
    DataError
        A name is not declared, or a value is not of the very type declared, is too long, or
        holds a control character.
    """
    _refuse_unknown(given, known)
    return {name: _checked(known[name], value) for name, value in given.items()}


def from_text(given: Mapping[str, str], known: Mapping[str, Parameter]) -> dict[str, Value]:
    """Values typed on a command line, each as the type declared for it: "007" stays text.

    Raises
    ------
    DataError
        As `accepted`; or a text cannot be read as the type declared.
    """
    _refuse_unknown(given, known)
    return accepted({name: _parsed(known[name], text) for name, text in given.items()}, known)


def _refuse_unknown(given: Iterable[str], known: Mapping[str, Parameter]) -> None:
    for name in given:
        if name not in known:
            raise DataError(
                f"{name!r} is no parameter of the notebooks.{nearest(name, list(known))} "
                f"Expected one of {', '.join(known)}."
            )


def _lines(source: str, name: str) -> list[ast.AnnAssign]:
    try:
        body = ast.parse(source).body
    except SyntaxError as error:
        raise DataError(
            f"{name}: the cell tagged 'parameters' is no valid Python, line {error.lineno}."
        ) from None
    lines = [line for line in body if isinstance(line, ast.AnnAssign)]
    for line in body:
        if not isinstance(line, ast.AnnAssign):
            raise DataError(
                f"{name}: line {line.lineno} of the cell tagged 'parameters' is no typed literal. "
                'Expected a line such as: wave: str = ""  # round of fieldwork'
            )
    return lines


def _declared(line: ast.AnnAssign, helps: Mapping[int, str], name: str) -> Parameter:
    words = ast.unparse(line)
    kind = TYPES.get(line.annotation.id) if isinstance(line.annotation, ast.Name) else None
    try:
        default = ast.literal_eval(line.value) if line.value else None
    except ValueError:
        default = None
    if not isinstance(line.target, ast.Name) or kind is None or not _is(default, kind):
        raise DataError(
            f"{name}: the parameter `{words}` is no literal of its type. Expected one of "
            f"{', '.join(TYPES)} and a plain value of it."
        )
    return Parameter(line.target.id, kind, kind(default), helps.get(line.lineno, ""))


def _comments(source: str, name: str) -> dict[int, str]:
    try:
        tokens = list(tokenize.generate_tokens(StringIO(source).readline))
    except (tokenize.TokenError, SyntaxError):
        raise DataError(f"{name}: the cell tagged 'parameters' is no valid Python.") from None
    return {
        token.start[0]: token.string.lstrip("# ").rstrip()
        for token in tokens
        if token.type == tokenize.COMMENT
    }


def _is(value: Any, kind: type) -> bool:
    """Whether `value` is of exactly this type; a whole number will do for a float."""
    return type(value) is kind or (kind is float and type(value) is int)


def _checked(parameter: Parameter, value: Any) -> Value:
    if not _is(value, parameter.type) or (isinstance(value, float) and not math.isfinite(value)):
        raise DataError(
            f"{parameter.name} is {value!r}, a {type(value).__name__}. Expected "
            f"{EXPECTED[parameter.type]}{_meaning(parameter)}."
        )
    if isinstance(value, str):
        if len(value) > parameter.longest:
            raise DataError(
                f"{parameter.name} has {len(value):,} characters. Expected at most "
                f"{parameter.longest:,}{_meaning(parameter)}."
            )
        bad = next((c for c in value if unicodedata.category(c) in CONTROLS), "")
        if bad:
            raise DataError(
                f"{parameter.name} holds a control character, {bad!r}. Expected plain text"
                f"{_meaning(parameter)}."
            )
    known: Value = parameter.type(value)
    return known


def _parsed(parameter: Parameter, text: str) -> Value:
    if parameter.type is bool:
        truth = {"true": True, "yes": True, "false": False, "no": False}.get(text.strip().lower())
        if truth is not None:
            return truth
    else:
        try:
            number: Value = parameter.type(text)
        except ValueError:
            pass
        else:
            return number
    raise DataError(
        f"{parameter.name} is {text!r}. Expected {EXPECTED[parameter.type]}{_meaning(parameter)}."
    )


def _meaning(parameter: Parameter) -> str:
    return f" ({parameter.help})" if parameter.help else ""
