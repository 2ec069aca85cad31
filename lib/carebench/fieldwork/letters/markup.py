"""The text of an HTML message, without loading, running or showing anything of it."""

from __future__ import annotations

import re
from html.parser import HTMLParser

LARGEST = 200_000  # characters of HTML that are read; no letter needs more
# A < that opens no tag of a sound length: the parser would look for its end again and again.
_NO_TAG = re.compile(r"<(?!/?[a-zA-Z][^<>]{0,2000}>)")
_UNSEEN = frozenset({"script", "style", "head", "title", "template", "noscript"})
_LINES = frozenset(
    {"p", "div", "br", "tr", "li", "table", "ul", "ol", "h1", "h2", "h3", "h4", "hr", "section"}
)


def text_of(html: str) -> str:
    """What a reader of `html` would see, quoted parts marked by >; broken markup is passed over."""
    reader = _Reader()
    reader.feed(sound(html))
    reader.close()
    return reader.text()


def sound(html: str) -> str:
    """As much of `html` as is read, without what the parser would stumble over for hours."""
    return _NO_TAG.sub("&lt;", _without_declarations(html[:LARGEST]))


def _without_declarations(html: str) -> str:
    """`html` without comments and declarations, cut where one of them never ends.

    The parser of the standard library would look for the missing end again and again.
    """
    kept = []
    at = 0
    while (begin := html.find("<!", at)) >= 0:
        kept.append(html[at:begin])
        end = "-->" if html.startswith("<!--", begin) else ">"
        found = html.find(end, begin + 2)
        if found < 0:
            return "".join(kept)
        at = found + len(end)
    return "".join([*kept, html[at:]])


class _Reader(HTMLParser):
    """Collects visible text line by line."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self._lines: list[str] = [""]
        self._unseen = 0
        self._quoted = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _UNSEEN:
            self._unseen += 1
        if tag in _LINES or tag == "blockquote":
            self._break()
        if tag == "blockquote":
            self._quoted += 1

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _LINES:
            self._break()

    def handle_endtag(self, tag: str) -> None:
        if tag in _UNSEEN:
            self._unseen = max(0, self._unseen - 1)
        if tag == "body":
            self._unseen = 0
        if tag in _LINES or tag == "blockquote":
            self._break()
        if tag == "blockquote":
            self._quoted = max(0, self._quoted - 1)

    def handle_data(self, data: str) -> None:
        if not self._unseen:
            self._lines[-1] += data

    def _break(self) -> None:
        if self._lines[-1].strip():
            mark = "> " if self._quoted else ""
            self._lines[-1] = mark + re.sub(r"\s+", " ", self._lines[-1]).strip()
            self._lines.append("")

    def text(self) -> str:
        self._break()
        return "\n".join(self._lines).strip()
