"""Reads dates and times as people and programs write them, and guesses nothing.

3/4/2026 is the third of April or the fourth of March. Which, the whole file says: one 13/4 in
it settles all. Where no row does, the file is refused until somebody says.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone
from email.utils import parsedate_to_datetime
from typing import Literal
from zoneinfo import ZoneInfo

from ...schema import DataError
from .clocks import A_CLOCK, BLANKS, CLOCK, NO_DAY, clock_of, from_serial, hour_of
from .records import Refused

Order = Literal["", "dmy", "mdy"]
EARLIEST, LATEST = 1990, 2100  # between which people deal
DAY = re.compile(r"(?<![\d:.])(\d{1,4})([/.\-])(\d{1,2})\2(\d{2,4})(?![\d:])")
SPOKEN = re.compile(r"(?:ngày )?(\d{1,2}) tháng (\d{1,2})(?:,| năm)? (\d{4})", re.IGNORECASE)
OFFSET = re.compile(r"(?:GMT|UTC|Z)?\s*(?:([+-])(\d{1,2}):?(\d{2})?)?", re.IGNORECASE)
ISO = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d{1,9})?)?(Z|[+-]\d\d:?\d\d)?")
LETTER = re.compile(r"([A-Z][a-z]{2}, )?\d{1,2} [A-Z][a-z]{2} \d{4} ")  # as in letters: RFC 2822
AHEAD = timedelta(days=1)  # that a clock of another zone, or a wrong one, may be before ours
FEW = 2  # days that a spreadsheet program read, below which nothing tells that it read them wrongly
EXPECTED = "a day with its clock, such as 2026-11-30 09:15 or 30/11/2026 9h15"
A_DAY = "a day with its year, such as 2026-11-30 or 30/11/2026"


@dataclass(frozen=True, slots=True)
class Clock:
    """How a file writes its times: the order of day and month, and the zone of bare ones.

    What it tells of has been: so nothing is read that lies after `now`.
    """

    zone: str = ""
    order: Order = ""
    form: str = ""  # of strptime, where the file writes like no other
    now: datetime | None = None

    def moment(self, text: str, column: str) -> datetime:
        """The instant that `text` names, in UTC.

        Raises
        ------
        Refused
            It names none, one that is still to come, or one that the clocks of the zone showed
            never or twice.
        """
        found = _with_form(text, self.form) if self.form else _read(text, self.order)
        if found is None or not EARLIEST <= found.year < LATEST:
            raise Refused(column, text, EXPECTED)
        if found.tzinfo is None:
            return self._past(self._local(found, text, column), text, column)
        return self._past(found.astimezone(UTC), text, column)

    def day(self, text: str, column: str) -> date:
        """The day that `text` names; a clock of no hour may stand beside it.

        Raises
        ------
        Refused
            It names none.
        """
        day = _day_in(from_serial(_plain(text)), self.order)
        if day is None or not EARLIEST <= day.year < LATEST:
            raise Refused(column, text, A_DAY)
        if self.now is not None and day > self._date(self.now + AHEAD):
            raise Refused(column, text, f"a day that has been: today is {self._date(self.now)}")
        return day

    def at(self, day: date, text: str, column: str) -> datetime:
        """The instant, in UTC, at which clocks showed `text` on `day`.

        Raises
        ------
        Refused
            It is no clock, one of another day, or one that is still to come.
        """
        said = from_serial(_plain(text)).removeprefix("1 day, ")
        clock, own = clock_of(said), None
        if clock is None:
            clock, own = clock_of(DAY.sub(" ", said)), _day_in(said, self.order)
        if clock is None or (own and own.year == 1900):  # 9.15, taken for a number of days
            raise Refused(column, text, A_CLOCK)
        if own in NO_DAY:
            own = None
        if own and own not in (day, day + timedelta(days=1)):
            raise Refused(column, text, f"a clock of {day}, the day of the row, or of the next")
        moment = datetime.combine(own or day, clock)
        return self._past(self._local(moment, text, column), text, column)

    def _past(self, moment: datetime, text: str, column: str) -> datetime:
        if self.now is not None and moment > self.now + AHEAD:
            day, today = self._date(moment), self._date(self.now)
            raise Refused(column, text, f"a time that has been: {day} is to come, today is {today}")
        return moment

    def _date(self, moment: datetime) -> date:
        return moment.astimezone(ZoneInfo(self.zone or "UTC")).date()

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
    texts = list(texts)
    days, months, unsure = _settling(texts)
    if days and not (said or months or unsure):
        _check_swapped(texts, name, days)
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


def _check_swapped(texts: Iterable[str], name: str, days: str) -> None:
    """Raise `DataError` where a spreadsheet program seems to have read months as days.

    In a country of months first, it takes 05/12 for the twelfth of May, and leaves 13/12 as text.
    """
    found = [DAY.search(text) for text in texts]
    written = [one for one in found if one and len(one[1]) <= 2]
    taken = [one for one in found if one and len(one[1]) == 4 and int(one[4]) <= 12]
    others = sum(1 for one in found if one and len(one[1]) == 4) - len(taken)
    if len(taken) >= FEW and not others and all(int(one[1]) > 12 for one in written):
        raise DataError(
            f"{name}: {days!r} is text, and every date of the spreadsheet program, such as "
            f"{taken[0][0]}, has a day up to 12: it has probably taken days for months. Write all "
            "days alike, such as 2026-11-30; or say --dates dmy if all of them are right."
        )


def _plain(text: str) -> str:
    """`text` with single blanks, and a day that is spoken out in figures."""
    in_figures = "{0[3]}-{0[2]:0>2}-{0[1]:0>2}".format
    return SPOKEN.sub(in_figures, BLANKS.sub(" ", text).strip())


def _with_form(text: str, form: str) -> datetime | None:
    try:
        return datetime.strptime(text, form)
    except ValueError:
        return None


def _read(text: str, order: Order) -> datetime | None:
    try:
        if ISO.fullmatch(text):
            return datetime.fromisoformat(text)
        text = from_serial(_plain(text))
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
    naive = datetime(*_day(day, order), *hour_of(clock))
    return naive.replace(tzinfo=_zone(offset)) if offset else naive


def _day_in(text: str, order: Order) -> date | None:
    found = DAY.search(text)
    try:
        return date(*_day(found, order)) if found else None
    except ValueError:
        return None


def _day(found: re.Match[str], order: Order) -> tuple[int, int, int]:
    first, second, third = int(found[1]), int(found[3]), int(found[4])
    if len(found[1]) == 4:
        return first, second, third
    if len(found[1]) > 2:
        raise ValueError("no year has three digits")
    year = third + 2000 if len(found[4]) == 2 else third
    return (year, first, second) if order == "mdy" else (year, second, first)


def _zone(found: re.Match[str]) -> timezone:
    if not found[1]:
        return UTC
    offset = timedelta(hours=int(found[2]), minutes=int(found[3] or 0))
    return timezone(offset if found[1] == "+" else -offset)
