"""The prose of a notebook as HTML: headings that can be linked to, formulas as MathML."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from html import escape, unescape
from typing import Any

from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath

from .names import free_name, slug
from .sanitise import clean

RESERVED = {"main", "contents", "provenance"}  # anchors of the page's own shell


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading of the page, for its list of contents."""

    level: int
    id: str
    text: str


@dataclass
class Prose:
    """Turns the markdown cells of one notebook into HTML, and remembers their headings."""

    headings: list[Heading] = field(default_factory=list)

    def heading(self, words: str, level: int) -> str:
        """A heading that the list of contents knows, as HTML; `words` are plain text."""
        return _heading(self.headings, escape(words), words, level)

    def html(
        self, source: str, attachments: Mapping[str, Any] | None = None, *, below: int = 0
    ) -> str:
        """`source` as clean HTML, its headings `below` so many levels.

        Raises
        ------
        ValueError
            A formula cannot be read.
        """
        renderer = _Renderer(self.headings, dict(attachments or {}), below)
        return clean(MarkdownWithMath(renderer=renderer).render(source))


class _Renderer(IPythonRenderer):
    def __init__(self, headings: list[Heading], attachments: dict[str, Any], below: int) -> None:
        super().__init__(escape=False, attachments=attachments)
        self.headings = headings
        self.below = below

    def heading(self, text: str, level: int, **attrs: Any) -> str:
        words = unescape(re.sub(r"<[^>]*>", "", text)).strip()
        return _heading(self.headings, text, words, max(1, min(6, level + self.below)))

    def link(self, text: str, url: str, title: str | None = None) -> str:
        """A report links to nothing outside itself: the address is printed instead."""
        if url.startswith("#"):
            return f'<a href="{escape(url)}">{text}</a>'
        return text if url in ("", text) else f"{text} ({escape(url)})"

    def block_math(self, body: str) -> str:
        return _mathml(body, "block")

    def inline_math(self, body: str) -> str:
        return _mathml(body, "inline")

    def latex_environment(self, name: str, body: str) -> str:
        return _mathml(rf"\begin{{{name}}}{body}\end{{{name}}}", "block")


def _heading(headings: list[Heading], html: str, words: str, level: int) -> str:
    taken = RESERVED | {heading.id for heading in headings}
    name = free_name(slug(words) or "section", taken)
    headings.append(Heading(level, name, words))
    return f'<h{level} id="{name}">{html}</h{level}>\n'


def _mathml(latex: str, display: str) -> str:
    from latex2mathml.converter import convert

    try:
        found = str(convert(latex.strip(), display=display))
    except Exception:  # the converter raises a class of its own for each mistake
        found = "\\"
    if "\\" in found:  # it copies a command that it does not know as it stands
        raise ValueError(f"the formula ${latex.strip()}$ cannot be read")
    return found
