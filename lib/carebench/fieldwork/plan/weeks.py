"""The weeks of a wave by the provider's own clock: holidays, and nights on which clocks change."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt

from ...methods.opening_hours import DAY_MINUTES
from ...study import Study

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int_]


@dataclass(frozen=True, slots=True)
class Weeks:
    """The weeks of a wave, which need not begin on a Monday."""

    starts: date
    weeks: int
    holidays: frozenset[date]

    @property
    def ends(self) -> date:
        """The last day of the wave."""
        return self.starts + timedelta(days=7 * self.weeks - 1)

    @property
    def days_off(self) -> list[date]:
        """The holidays that fall into the wave."""
        return sorted(day for day in self.holidays if self.starts <= day <= self.ends)

    def day(self, minute: int, week: int) -> date:
        """The day on which a minute of the week falls in one week of the wave, 0 the first."""
        ahead = (minute // DAY_MINUTES - self.starts.weekday()) % 7
        return self.starts + timedelta(days=7 * week + ahead)


def weeks_of(study: Study) -> Weeks:
    """The weeks of the study's wave, and the holidays it lists."""
    work = study.fieldwork
    holidays = frozenset(date.fromisoformat(day) for day in study.audit.holidays)
    return Weeks(date.fromisoformat(work.starts), work.weeks, holidays)


def moments(
    weeks: Weeks, minutes: list[int], zones: list[ZoneInfo], rng: np.random.Generator
) -> tuple[Floats, Ints]:
    """When each minute of the week comes, in every week of the wave.

    Parameters
    ----------
    minutes : list of int
        Minutes of the week, Monday 00:00 first, by the clock of the zone beside them.
    zones : list of ZoneInfo

    Returns
    -------
    array of float, shape (minutes, weeks)
        Seconds since 1970 (UTC). Not a number on a holiday, and where clocks skip the minute.
        Of a minute that comes twice, one is drawn.
    array of int, shape (minutes, weeks)
        The local day, as `date.toordinal` counts.
    """
    at = np.full((len(minutes), weeks.weeks), np.nan)
    days = np.zeros((len(minutes), weeks.weeks), dtype=np.int_)
    for i, (minute, zone) in enumerate(zip(minutes, zones, strict=True)):
        clock = time(minute % DAY_MINUTES // 60, minute % 60)
        for week in range(weeks.weeks):
            day = weeks.day(minute, week)
            days[i, week] = day.toordinal()
            if day not in weeks.holidays:
                at[i, week] = _seconds(datetime.combine(day, clock, zone), rng)
    return at, days


def _seconds(local: datetime, rng: np.random.Generator) -> float:
    """Seconds since 1970 of a local time; not a number where clocks skip it."""
    early, late = local.astimezone(UTC), local.replace(fold=1).astimezone(UTC)
    if early == late:
        return early.timestamp()
    if early.astimezone(local.tzinfo).replace(tzinfo=None, fold=0) != local.replace(tzinfo=None):
        return np.nan
    return (late if rng.integers(2) else early).timestamp()
