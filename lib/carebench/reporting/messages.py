"""The sentences of a report: where they are found, which lack a translation, and the prose's own.

A message is English text in the code, marked `_` or `N_`, or a paragraph of a notebook: the
parts between blank lines, without the marks of a heading. Each is looked up whole, so that a
translator meets sentences and never pieces.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from ..language import _, catalogue

PACKAGE = Path(__file__).parents[1]
MARKERS = {"_", "N_"}
_HEADING = re.compile(r"(#{1,6}\s+)?(.*)", re.DOTALL)


def translated(markdown: str) -> str:
    """The prose of a markdown cell in the language in use."""
    return "\n\n".join(mark + _(words) if words else mark for mark, words in _parts(markdown))


def notebook_messages(notebook: Mapping[str, Any]) -> Iterator[str]:
    """Every message of the markdown cells of a notebook, in order."""
    for cell in notebook["cells"]:
        if cell["cell_type"] == "markdown":
            yield from (words for _mark, words in _parts("".join(cell["source"])) if words)


def package_messages(folder: Path = PACKAGE) -> Iterator[str]:
    """Every message that the code of the package marks, file by file."""
    for path in sorted(folder.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") in MARKERS:
                argument = node.args[0]
                if isinstance(argument, ast.Constant) and isinstance(argument.value, str):
                    yield argument.value


def untranslated(messages: Iterable[str], language: str) -> list[str]:
    """Those of `messages` that have no translation into `language`, each once."""
    if language == "en":
        return []
    known = catalogue(language)
    return [message for message in dict.fromkeys(messages) if message and message not in known]


def _parts(markdown: str) -> Iterator[tuple[str, str]]:
    """The paragraphs of a markdown cell: the marks of a heading, and the message."""
    for part in re.split(r"\n\s*\n", markdown.strip()):
        found = _HEADING.fullmatch(part.strip())
        if found:
            yield found[1] or "", found[2].strip()
