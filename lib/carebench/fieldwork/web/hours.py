"""The hours in which a page says that care can be reached: its data first, then its words."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from html.parser import HTMLParser
from typing import Any

import numpy as np

from ...methods.opening_hours import DAYS, claimed_minutes
from ...schema import DataError
from ..letters.markup import sound

ALWAYS = "24/7"
WEEK = "Mo-Su"
EXCERPT = 60  # letters of the page kept on either side of what was read
NEAR = 90  # letters within which hours belong to words of care

_NAMES = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_VIETNAMESE = ("hai", "ba", "tư", "năm", "sáu", "bảy")
_CARE = re.compile(
    r"hotline|tổng đài|chăm sóc khách hàng|cskh|hỗ trợ|call cent|customer care|customer service"
    r"|support|contact us|liên hệ",
    re.IGNORECASE,
)
_NO = r"(?:not|no|never|isn.t|không(?: phải)?|chưa|chẳng)"
_ROUND = re.compile(
    rf"(?P<no>\b{_NO}\b[^.!?\n]{{0,25}}?)?(?<![\d/])"
    r"(?:24\s*/\s*7|24\s*[hH]?\s*/\s*24\s*[hH]?(?:\s*/\s*7)?|24 hours a day)(?![\d/])",
    re.IGNORECASE,
)
_CLOCK = (
    r"(?P<{0}h>[01]?\d|2[0-4])\s*(?:(?::|[hH]|giờ|g(?![a-zà-ỹ]))\s*(?P<{0}m>[0-5]\d)?"
    r"\s*(?:phút)?\s*(?P<{0}a>[ap]\.?m\.?)?|(?P<{0}b>[ap]\.?m\.?))"
)
_TO = r"\s*(?:-|–|—|to|until|till|đến|tới)\s*"
_SPAN = re.compile(rf"(?<![\d.,/]){_CLOCK.format('o')}{_TO}{_CLOCK.format('c')}", re.IGNORECASE)
# Of names in plain letters, no other letter is a writing: a dotless i is no i.
_DAY = (
    r"(?:(?:thứ\s*(?:[2-7]|(?a:hai|ba)|tư|năm|sáu|bảy))|T[2-7](?!\d)|chủ\s*nhật|CN\b"
    r"|(?a:(?:mon|tue|wed|thu|fri|sat|sun)[a-z]*))"
)
_DAYS = re.compile(rf"(?P<first>{_DAY})(?:{_TO}(?P<last>{_DAY}))?", re.IGNORECASE)
_CODE = re.compile(r"<(script|style)\b(?![^<>]*ld\+json)[^<>]{0,2000}>", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class ClaimedHours:
    """Hours as the table of providers writes them, "" where unclear, and where they were read."""

    hours: str
    evidence: str


def claimed_on_page(html: str) -> ClaimedHours | None:
    """The hours that a page claims; None where it says nothing of hours.

    Notes
    -----
    Data in the form of schema.org (JSON-LD `openingHours` and `openingHoursSpecification`) count
    before words. Of several spans in the words, those near words of care count alone. Where
    what counts says two different things of one day, the hours are "" and the evidence says
    both: a person decides.
    """
    page = _Page()
    page.feed(sound(_without_code(html)))
    page.close()
    found = list(_from_data(page.data)) or _near_care(page.words, list(_from_words(page.words)))
    if not found:
        return None
    hours = list(dict.fromkeys(claim.hours for claim in found))
    said = " | ".join(dict.fromkeys(claim.evidence for claim in found))
    if len(hours) > 1 and _share_a_day(hours):
        return ClaimedHours("", f"says different things: {said}")
    return ClaimedHours("; ".join(hours), said)


def _share_a_day(hours: list[str]) -> bool:
    """Whether two of these spans speak of the same day."""
    days = [claimed_minutes(text).reshape(7, -1).any(axis=1) for text in hours]
    return bool((np.sum(days, axis=0) > 1).any())


def _without_code(html: str) -> str:
    """`html` without its scripts and styles: often most of a page, and none of its words."""
    kept, at = [], 0
    while begin := _CODE.search(html, at):
        kept.append(html[at : begin.start()])
        end = re.compile(f"</{begin[1]}", re.IGNORECASE).search(html, begin.end())
        if end is None:
            return "".join(kept)
        at = end.start()
    return "".join([*kept, html[at:]])


class _Page(HTMLParser):
    """The words of a page that a reader sees, and its JSON-LD."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.data: list[str] = []
        self._words: list[str] = []
        self._inside = ""

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        if tag in ("script", "style", "template"):
            kind = (dict(attributes).get("type") or "").strip().casefold()
            self._inside = "data" if kind == "application/ld+json" else "unseen"
            self.data += [""] * (self._inside == "data")
        self._words.append(" ")

    def handle_endtag(self, tag: str) -> None:
        if tag in ("script", "style", "template"):
            self._inside = ""
        self._words.append("\n" if tag in ("p", "div", "li", "tr", "h1", "h2", "h3") else " ")

    def handle_data(self, text: str) -> None:
        if self._inside == "data":
            self.data[-1] += text
        elif not self._inside:
            self._words.append(text)

    @property
    def words(self) -> str:
        """The text, its blanks made one and its lines kept."""
        lines = (" ".join(line.split()) for line in "".join(self._words).splitlines())
        return "\n".join(filter(None, lines))


def _from_data(scripts: list[str]) -> Iterator[ClaimedHours]:
    for script in scripts:
        try:
            things = list(_things(json.loads(script)))
        except (ValueError, RecursionError):
            continue  # broken data say nothing; the words may
        for thing in things:
            given = thing.get("openingHours")
            texts = [given] if isinstance(given, str) else given if isinstance(given, list) else []
            spans = [_normal(text) for text in texts if isinstance(text, str)]
            spans += [_specified(part) for part in _listed(thing.get("openingHoursSpecification"))]
            hours = _checked("; ".join(filter(None, spans)))
            if hours:
                yield ClaimedHours(hours, f"schema.org: {'; '.join(filter(None, spans))}")


def _things(value: Any) -> Iterator[dict[str, Any]]:
    """Every object inside a piece of JSON."""
    if isinstance(value, dict):
        yield value
        for part in value.values():
            yield from _things(part)
    elif isinstance(value, list):
        for part in value:
            yield from _things(part)


def _listed(value: Any) -> list[dict[str, Any]]:
    parts = value if isinstance(value, list) else [value]
    return [part for part in parts if isinstance(part, dict)]


def _normal(text: str) -> str:
    """`openingHours` as our notation: "Mo,Tu 09:00-17:00" and "Mo-Su" are alike already."""
    text = " ".join(text.split())
    return (
        f"{text} 00:00-24:00" if re.fullmatch(r"(?:[A-Z][a-z])(?:[-,][A-Z][a-z])*", text) else text
    )


def _specified(part: dict[str, Any]) -> str:
    """One `openingHoursSpecification`: days, opens, closes."""
    given = part.get("dayOfWeek", list(_NAMES))
    names = [str(day).rpartition("/")[2].casefold() for day in _as_list(given)]
    days = [DAYS[_NAMES.index(name)] for name in names if name in _NAMES]
    opens, closes = (str(part.get(key, ""))[:5] for key in ("opens", "closes"))
    if not days or not opens or not closes or (opens == closes and opens != "00:00"):
        return ""
    closes = "24:00" if closes in ("23:59", "00:00") else closes
    return f"{','.join(days)} {opens}-{closes}"


def _as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _from_words(text: str) -> Iterator[tuple[int, ClaimedHours]]:
    """Hours in the text, each with where it stands."""
    for match in _ROUND.finditer(text):
        if not match["no"]:
            yield match.start(), ClaimedHours(ALWAYS, _excerpt(text, match))
    for match in _SPAN.finditer(text):
        opens, closes = _minute(match, "o"), _minute(match, "c")
        if opens is None or closes is None or opens == closes:
            continue
        days = _days_before(text, match.start())
        if hours := _checked(f"{days or WEEK} {_clock(opens)}-{_clock(closes)}"):
            unsaid = "" if days else " (no days are named: taken as every day)"
            yield match.start(), ClaimedHours(hours, _excerpt(text, match) + unsaid)


def _near_care(text: str, found: list[tuple[int, ClaimedHours]]) -> list[ClaimedHours]:
    """Those that stand near words of care; all where none does: shops have hours too."""
    near = [claim for at, claim in found if _CARE.search(text[max(0, at - NEAR) : at + NEAR])]
    return near or [claim for _at, claim in found]


def _minute(match: re.Match[str], end: str) -> int | None:
    """Minutes after midnight of one end of a span; None where it is no time of day."""
    hour, half = int(match[f"{end}h"]), (match[f"{end}a"] or match[f"{end}b"] or "").casefold()
    if half and not 1 <= hour <= 12:
        return None
    if half:
        hour = hour % 12 + 12 * half.startswith("p")
    minutes = hour * 60 + int(match[f"{end}m"] or 0)
    return minutes if minutes <= 24 * 60 else None


def _clock(minutes: int) -> str:
    return f"{minutes // 60:02d}:{minutes % 60:02d}"


def _days_before(text: str, at: int) -> str:
    """The days named shortly before a span, on its line; "" where none is."""
    line = text[max(0, at - 40) : at].rpartition("\n")[2]
    named = list(_DAYS.finditer(line))
    if not named:
        return ""
    first, last = _day(named[-1]["first"]), _day(named[-1]["last"] or "")
    return f"{first}-{last}" if last else first


def _day(name: str) -> str:
    """A day as our notation has it."""
    word = " ".join(name.casefold().split())
    if not word:
        return ""
    if word in ("cn", "chủ nhật", "chủnhật"):
        return DAYS[6]
    number = re.fullmatch(r"(?:thứ ?|t)([2-7])", word)
    if number:
        return DAYS[int(number[1]) - 2]
    if word.startswith("thứ"):
        return DAYS[_VIETNAMESE.index(word.removeprefix("thứ").strip())]
    return DAYS[[full[:3] for full in _NAMES].index(word[:3])]


def _checked(hours: str) -> str:
    """`hours` where the kit can read them, else nothing."""
    try:
        return ALWAYS if hours and claimed_minutes(hours).all() else hours
    except DataError:
        return ""


def _excerpt(text: str, match: re.Match[str]) -> str:
    start, end = max(0, match.start() - EXCERPT), match.end() + EXCERPT
    return "text: …" + " ".join(text[start:end].split()) + "…"
