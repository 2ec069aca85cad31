"""The questions that a notebook asks, read from its cells without running them.

A cell that shows an answer is one call, `show_table(audit.by_group(care, "email"))`, so the
notebook itself is the list of what a report holds: an export cannot forget a table.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from types import ModuleType
from typing import Any

from .. import audit, loyalty, segmentation
from ..finding import Answer
from ..schema import DataError
from ..sources import Care

MODULES: dict[str, ModuleType] = {
    "audit": audit,
    "loyalty": loyalty,
    "segmentation": segmentation,
}
SHOWN_BY = {"show_table", "show_figure"}


@dataclass(frozen=True)
class Question:
    """A question as a notebook asks it: `audit.by_group(care, "email")`."""

    text: str
    module: str
    name: str
    values: tuple[Any, ...] = ()
    options: Mapping[str, Any] = field(default_factory=dict)

    def ask(self, care: Care) -> Answer:
        answer: Answer = getattr(MODULES[self.module], self.name)(
            care, *self.values, **self.options
        )
        return answer


def questions(notebook: Mapping[str, Any], name: str) -> list[Question]:
    """Every question whose answer the notebook shows, each once, in order.

    Raises
    ------
    DataError
        A cell shows something that is no plain question; the message prints it.
    """
    asked = [_question(call, name) for call in _calls(notebook)]
    return list({question.text: question for question in asked}.values())


def lists(asked: list[Question]) -> list[Question]:
    """What an export holds beyond the notebook: lists of persons, which no page may show."""
    return [
        Question(f"{module}.{name}(care)", module, name)
        for module in dict.fromkeys(question.module for question in asked)
        for name in getattr(MODULES[module], "LISTS", ())
    ]


def tables(asked: list[Question]) -> tuple[str, ...]:
    """The tables that the questions may need."""
    needed = [t for module in {q.module: None for q in asked} for t in MODULES[module].TABLES]
    return tuple(dict.fromkeys(needed))


def _calls(notebook: Mapping[str, Any]) -> Iterator[ast.Call]:
    for cell in notebook["cells"]:
        if cell["cell_type"] == "code":
            for node in ast.walk(ast.parse("".join(cell["source"]))):
                if isinstance(node, ast.Call) and getattr(node.func, "id", "") in SHOWN_BY:
                    yield node


def _question(call: ast.Call, notebook: str) -> Question:
    match call.args[-1:]:
        case [ast.Call(func=ast.Attribute(value=ast.Name(id=module), attr=name)) as asked] if (
            module in MODULES and not name.startswith("_")
        ):
            try:
                values = tuple(ast.literal_eval(value) for value in asked.args[1:])
                options = {k.arg: ast.literal_eval(k.value) for k in asked.keywords if k.arg}
            except ValueError:
                pass
            else:
                return Question(ast.unparse(asked), module, name, values, options)
    raise DataError(
        f"{notebook} shows {ast.unparse(call)}, which cannot be exported. Expected a question "
        f"of {', '.join(MODULES)} with plain values, such as audit.by_group(care, 'email')."
    )
