"""Opening hours as people write them, turned into minutes of the week."""

from __future__ import annotations

import re
from functools import cache

import numpy as np
import numpy.typing as npt

from ..schema import DataError

HOURS = 168
DAY_MINUTES = 24 * 60
WEEK_MINUTES = 7 * DAY_MINUTES
DAYS = ("Mo", "Tu", "We", "Th", "Fr", "Sa", "Su")
# The Vietnamese week counts its days from two: thứ hai is Monday; chủ nhật is Sunday.
VIETNAMESE_DAYS = ("T2", "T3", "T4", "T5", "T6", "T7", "CN")
NIGHT = (22.0, 6.0)  # hours of the day, fixed before any attempt was made

_DAY = {name.casefold(): at for names in (DAYS, VIETNAMESE_DAYS) for at, name in enumerate(names)}
_CLOCK = r"\d{1,2}(?::\d{2}|[hH](?:\d{2})?)"
_TIMES = rf"(?P<open>{_CLOCK})\s*-\s*(?P<close>{_CLOCK})"
_SPAN = re.compile(rf"(?P<days>[A-Za-z2-7,\- ]+?)\s+{_TIMES}")
_EXPECTED = (
    "Expected 24/7, or days and times such as Mo-Fr 08:00-17:30; Sa 08:00-12:00 or "
    "T2-T6 8h-17h30; CN 8h-12h."
)


@cache
def claimed_minutes(text: str) -> npt.NDArray[np.bool_]:
    """Which of the 10,080 minutes of the week are claimed to be open, Monday 00:00 first.

    Parameters
    ----------
    text : str
        "24/7", or spans parted by semicolons: "Mo-Fr 08:00-17:30; Sa 08:00-12:00". A span that
        closes at or before it opens runs past midnight. These are the plain forms of the
        opening_hours notation of OpenStreetMap. Days may be Vietnamese (T2 to T7, CN), and
        clocks may be written 8h or 17h30.

    Returns
    -------
    array of bool, shape (10080,), not to be written to

    Raises
    ------
    DataError
        The text is in neither form.
    """
    minutes = np.full(WEEK_MINUTES, text.strip() == "24/7")
    spans = [] if minutes.all() else [part.strip() for part in text.split(";")]
    for part in filter(None, spans):
        match = _SPAN.fullmatch(part)
        if not match:
            raise DataError(f"Claimed hours {text!r} are not understood at {part!r}. {_EXPECTED}")
        start, end = _minute(match["open"], text), _minute(match["close"], text)
        length = (end - start) % DAY_MINUTES or DAY_MINUTES
        for day in _days(match["days"], text):
            minutes[(np.arange(length) + day * DAY_MINUTES + start) % WEEK_MINUTES] = True
    minutes.flags.writeable = False
    return minutes


def claimed_week(text: str) -> npt.NDArray[np.float64]:
    """Claimed hours as the part of each hour of the week that is open, Monday 00:00 first.

    Parameters
    ----------
    text : str
        As for `claimed_minutes`.

    Returns
    -------
    array of float, shape (168,)
        0 closed, 1 open, .5 open for half of the hour.

    Raises
    ------
    DataError
        The text cannot be read as hours.
    """
    return np.asarray(claimed_minutes(text).reshape(HOURS, 60).mean(axis=1))


def night_span(text: str) -> tuple[float, float]:
    """The hours at which the night begins and ends, from "22:00-06:00".

    Raises
    ------
    DataError
        The text is no span of the clock, or leaves no day.
    """
    match = re.fullmatch(_TIMES, text.strip())
    start, end = (_clock(match["open"]), _clock(match["close"])) if match else (None, None)
    if start is None or end is None or start % DAY_MINUTES == end % DAY_MINUTES:
        raise DataError(
            f"{text!r} is no span of the clock that leaves some day. Expected one such as "
            "22:00-06:00."
        )
    return start % DAY_MINUTES / 60, end % DAY_MINUTES / 60


def at_night(
    hour_of_week: npt.ArrayLike, night: tuple[float, float] = NIGHT
) -> npt.NDArray[np.bool_]:
    """Which hours of the week (0 to below 168, whole or not) fall at night.

    Parameters
    ----------
    hour_of_week : array of float
    night : (float, float)
        Hours of the day at which the night begins and ends, as `night_span` gives them.
    """
    begins, ends = night
    return np.asarray((np.asarray(hour_of_week) - begins) % 24 < (ends - begins) % 24)


def _days(text: str, whole: str) -> list[int]:
    """Days of the week, 0 for Monday, of "Mo-Fr,Su" or "T2-T6,CN"."""
    found: list[int] = []
    for part in text.replace(" ", "").split(","):
        first, _dash, last = part.casefold().partition("-")
        if first not in _DAY or (last and last not in _DAY):
            raise DataError(
                f"Claimed hours {whole!r} name the day {part!r}. Expected {', '.join(DAYS)}, or "
                f"{', '.join(VIETNAMESE_DAYS)}."
            )
        start = _DAY[first]
        length = (_DAY[last or first] - start) % 7 + 1
        found += [(start + day) % 7 for day in range(length)]
    return found


def _minute(text: str, whole: str) -> int:
    minute = _clock(text)
    if minute is None:
        raise DataError(f"Claimed hours {whole!r} name the time {text}. Expected 00:00 to 24:00.")
    return minute


def _clock(text: str) -> int | None:
    """Minutes since midnight of "17:30", "17h30" or "8h"; none beyond 24:00."""
    hour, _mark, minute = text.casefold().replace("h", ":").partition(":")
    whole = int(hour) * 60 + int(minute or 0)
    return whole if int(minute or 0) < 60 and whole <= DAY_MINUTES else None
