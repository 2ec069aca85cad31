"""Reads the clock of a day as people write it: 9:15, 9.15, 9h15, 9g15, 9 giờ 15, 9:15 SA, 2h chiều.

9.5 may be five past nine, ten to ten or half past nine, and 9:5 nobody knows: neither is read.
"""

from __future__ import annotations

import datetime as dt
import re

_HALF = r"(?:\s*(am|pm|a\.m\.|p\.m\.|sa|ch|sáng|chiều|tối)(?!\w))"
_HOURS = r"\s?(?:h|g|giờ)"
_MINUTES = r"(?:m|\s?(?:ph|phút)\s?)"
CLOCK = re.compile(
    rf"(\d{{1,2}})(?:(?::|{_HOURS}\s?)(\d\d)(?:(?::|{_MINUTES})(\d\d)(?:[.,]\d{{1,9}})?)?"
    rf"(?:\s?(?:s|giây|ph|phút)(?!\w)|')?"
    rf"|[.,](\d\d)(?:\.(\d\d))?|{_HOURS}(?![\s\d]*\d)|(?={_HALF}))(?![\d.:]){_HALF}?",
    re.IGNORECASE,
)
BLANKS = re.compile(r"[\s\u200e\u200f\u202f\ufeff]+")
# A spreadsheet keeps a day as the number of days since 1899-12-30, and a clock as part of one.
PART = re.compile(r"0?[.,](\d{3,})")
SERIAL = re.compile(r"(\d{5})(?:[.,](\d{3,}))?")
FIRST, LAST = 36526, 73050  # 2000-01-01 and 2099-12-31
NO_DAY = (dt.date(1899, 12, 30), dt.date(1899, 12, 31))  # beside a clock that has none
A_CLOCK = "a clock with two digits of minutes, such as 9:15 or 14h30"


def hour_of(found: re.Match[str]) -> tuple[int, int, int]:
    """Hour, minute and second of a match of `CLOCK`.

    Raises
    ------
    ValueError
        No half of a day has that hour.
    """
    hour, half = int(found[1]), (found[6] or found[7] or "").lower()
    spoken = half in ("sáng", "chiều", "tối")
    after = half in ("pm", "p.m.", "ch", "chiều", "tối")
    if half and not (spoken and after and hour > 12):
        if not 1 <= hour <= 12 - spoken:  # twelve in the evening may be midnight
            raise ValueError("no half of a day has that hour")
        hour = hour % 12 + 12 * after
    return hour, int(found[2] or found[4] or 0), int(found[3] or found[5] or 0)


def clock_of(text: str) -> dt.time | None:
    """The clock that is all of `text`; None where it is none, or may be several."""
    text = BLANKS.sub(" ", text).strip(" ,T")
    if part := PART.fullmatch(text):
        return _part_of_day(part[1]).time()
    found = CLOCK.fullmatch(text)
    try:
        return dt.time(*hour_of(found)) if found else None
    except ValueError:
        return None


def from_serial(text: str) -> str:
    """`text`, where a spreadsheet's number of a day became it: that day, with its clock if any."""
    found = SERIAL.fullmatch(text)
    if not found or not FIRST <= int(found[1]) <= LAST:
        return text
    day = dt.datetime(1899, 12, 30) + dt.timedelta(days=int(found[1]))
    if not found[2]:
        return f"{day:%Y-%m-%d}"
    return f"{day + (_part_of_day(found[2]) - dt.datetime(2000, 1, 1)):%Y-%m-%d %H:%M:%S}"


def _part_of_day(decimals: str) -> dt.datetime:
    seconds = round(float(f"0.{decimals}") * 86_400)
    return dt.datetime(2000, 1, 1) + dt.timedelta(seconds=seconds)
