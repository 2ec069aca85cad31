"""Reads dates and times as people and programs write them, and guesses nothing.

3/4/2026 is the third of April or the fourth of March. Which, the whole file says: one 13/4 in
it settles all. Where no row does, the file is refused until somebody says.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from email.utils import parsedate_to_datetime
from typing import Literal
from zoneinfo import ZoneInfo

from ...schema import DataError
from .records import Refused

Order = Literal["", "dmy", "mdy"]
EARLIEST, LATEST = 1990, 2100  # between which people deal
DAY = re.compile(r"(?<![\d:.])(\d{1,4})([/.\-])(\d{1,2})\2(\d{2,4})(?![\d:])")
CLOCK = re.compile(
    r"(\d{1,2})[:h](\d{2})(?:[:m](\d{2})(?:[.,]\d{1,9})?)?s?"
    r"(?:\s*(am|pm|a\.m\.|p\.m\.|sa|ch)(?!\w))?",
    re.IGNORECASE,
)
OFFSET = re.compile(r"(?:GMT|UTC|Z)?\s*(?:([+-])(\d{1,2}):?(\d{2})?)?", re.IGNORECASE)
ISO = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d{1,9})?)?(Z|[+-]\d\d:?\d\d)?")
LETTER = re.compile(r"([A-Z][a-z]{2}, )?\d{1,2} [A-Z][a-z]{2} \d{4} ")  # as in letters: RFC 2822
BLANKS = re.compile(r"[\s\u200e\u200f\u202f\ufeff]+")
AFTERNOON = ("pm", "p.m.", "ch")
EXPECTED = "a day with its clock, such as 2026-11-30 09:15 or 30/11/2026 9:15"


@dataclass(frozen=True, slots=True)
class Clock:
    """How a file writes its times: the order of day and month, and the zone of bare ones."""

    zone: str = ""
    order: Order = ""
    form: str = ""  # of strptime, where the file writes like no other

    def moment(self, text: str, column: str) -> datetime:
        """The instant that `text` names, in UTC.

        Raises
        ------
        Refused
            It names none, or one that the clocks of the zone showed never or twice.
        """
        found = _with_form(text, self.form) if self.form else _read(text, self.order)
        if found is None or not EARLIEST <= found.year < LATEST:
            raise Refused(column, text, EXPECTED)
        if found.tzinfo is not None:
            return found.astimezone(UTC)
        return self._local(found, text, column)

    def _local(self, naive: datetime, text: str, column: str) -> datetime:
        if not self.zone:
            raise DataError(
                f"{column!r} holds {text!r}, which names no time zone, and neither does the "
                "study. Say --zone, such as --zone Asia/Ho_Chi_Minh."
            )
        local = naive.replace(tzinfo=ZoneInfo(self.zone))
        if local.replace(fold=1).utcoffset() != local.utcoffset():  # skipped, or shown twice
            raise Refused(column, text, f"a time that clocks in {self.zone} showed once")
        return local.astimezone(UTC)


def order_in(texts: Iterable[str], name: str, said: Order, usual: Order = "") -> Order:
    """Whether days or months come first in `texts`, the times of one file.

    Parameters
    ----------
    said : "dmy", "mdy" or ""
        What the user says.
    usual : "dmy", "mdy" or ""
        What the documentation of the kind says.

    Raises
    ------
    DataError
        Both readings are possible throughout, or each is impossible somewhere.
    """
    days, months, unsure = _settling(texts)
    if days and months:
        raise DataError(
            f"{name}: days come first in {days!r} and months in {months!r}. Both cannot be; a "
            "spreadsheet program may have changed some. Export it again."
        )
    found_order: Order = "dmy" if days else "mdy" if months else ""
    if said and found_order and said != found_order:
        raise DataError(f"{name}: with --dates {said}, {days or months!r} is no day of any year.")
    order = said or found_order or usual
    if unsure and not order:
        raise DataError(
            f"{name}: {unsure!r} may be two days, and no row of the file says which. Say --dates "
            "dmy where days come first, --dates mdy where months do."
        )
    return order


def _settling(texts: Iterable[str]) -> tuple[str, str, str]:
    """The first text in which days must come first, in which months must, and of either order."""
    days = months = unsure = ""
    for text in texts:
        found = DAY.search(text)
        if not found or len(found[1]) > 2:
            continue
        first, second = int(found[1]), int(found[3])
        if first > 12:
            days = days or text
        elif second > 12:
            months = months or text
        elif first != second:
            unsure = unsure or text
    return days, months, unsure


def _with_form(text: str, form: str) -> datetime | None:
    try:
        return datetime.strptime(text, form)
    except ValueError:
        return None


def _read(text: str, order: Order) -> datetime | None:
    try:
        if ISO.fullmatch(text):
            return datetime.fromisoformat(text)
        text = BLANKS.sub(" ", text).strip()
        if ISO.fullmatch(text):
            return datetime.fromisoformat(text)
        if (text[:1].isalpha() and "," in text[:5]) or re.match(
            r"\d{1,2} [A-Z][a-z]{2} \d{4}", text
        ):
            return parsedate_to_datetime(text)
        return _in_parts(text, order)
    except (ValueError, TypeError, OverflowError):
        return None


def _in_parts(text: str, order: Order) -> datetime | None:
    """A day and a clock in either order, each in one of its forms, and perhaps an offset."""
    day = DAY.search(text)
    if not day:
        return None
    rest = f"{text[: day.start()]} {text[day.end() :]}".replace(",", " ").strip(" T")
    clock = CLOCK.match(rest)
    if not clock:
        return None
    left = rest[clock.end() :].strip()
    offset = OFFSET.fullmatch(left) if left else None
    if left and not offset:
        return None
    naive = datetime(*_day(day, order), *_hour(clock))
    return naive.replace(tzinfo=_zone(offset)) if offset else naive


def _day(found: re.Match[str], order: Order) -> tuple[int, int, int]:
    first, second, third = int(found[1]), int(found[3]), int(found[4])
    if len(found[1]) == 4:
        return first, second, third
    if len(found[1]) > 2:
        raise ValueError("no year has three digits")
    year = third + 2000 if len(found[4]) == 2 else third
    return (year, first, second) if order == "mdy" else (year, second, first)


def _hour(found: re.Match[str]) -> tuple[int, int, int]:
    hour, half = int(found[1]), (found[4] or "").lower()
    if half:
        if not 1 <= hour <= 12:
            raise ValueError("no half of a day has that hour")
        hour = hour % 12 + 12 * (half in AFTERNOON)
    return hour, int(found[2]), int(found[3] or 0)


def _zone(found: re.Match[str]) -> timezone:
    if not found[1]:
        return UTC
    offset = timedelta(hours=int(found[2]), minutes=int(found[3] or 0))
    return timezone(offset if found[1] == "+" else -offset)
