"""A clock that runs only while a business is open."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
WEEK = 168.0  # hours
MONDAY = np.datetime64("1970-01-05")


@dataclass(frozen=True)
class BusinessClock:
    """Hours that passed in business, by the opening weeks of several businesses.

    Parameters
    ----------
    weeks : array of float, shape (businesses, slices)
        Part of each of equally long slices of the week, Monday 00:00 first, that is open: 168
        hours or 10,080 minutes. Within a slice that is open in part, time runs at that pace.
    holidays : sequence of datetime64[D]
        Days on which the clock stands still.
    """

    weeks: Floats
    holidays: npt.NDArray[np.datetime64] | tuple[()] = ()

    def between(self, start: npt.ArrayLike, end: npt.ArrayLike, business: npt.ArrayLike) -> Floats:
        """Open hours from `start` to `end`.

        Parameters
        ----------
        start, end : arrays of datetime64, shape (n,)
            Local clock times of the business.
        business : array of int, shape (n,)
            Row of `weeks` that holds for each.

        Returns
        -------
        array of float, shape (n,)
            Hours; 0 where all of the time was closed.
        """
        row = np.asarray(business, dtype=np.int64)
        return self._read(hours_since_monday(end), row) - self._read(hours_since_monday(start), row)

    def _read(self, hours: Floats, row: Ints) -> Floats:
        """What the clock shows `hours` after the first Monday: open hours less holidays."""
        shown = self._in_business(hours, row)
        days = hours_since_monday(np.unique(np.asarray(self.holidays, dtype="datetime64[D]")))
        if not len(days):
            return shown
        every = np.repeat(np.arange(len(self.weeks)), len(days))
        begun = self._in_business(np.tile(days, len(self.weeks)), every)
        lost = self._in_business(np.tile(days + 24, len(self.weeks)), every) - begun
        begun, lost = (each.reshape(len(self.weeks), len(days)) for each in (begun, lost))
        stood = np.zeros((len(self.weeks), len(days) + 1))
        stood[:, 1:] = np.cumsum(lost, axis=1)
        past = np.searchsorted(days + 24, hours, side="right")
        today = np.minimum(past, len(days) - 1)
        on_one = (past < len(days)) & (hours > days[today])
        so_far = shown - begun[row, today]
        return np.asarray(shown - stood[row, past] - np.where(on_one, so_far, 0.0))

    def _in_business(self, hours: Floats, row: Ints) -> Floats:
        """Open hours from the first Monday, holidays not regarded."""
        slices = self.weeks.shape[1]
        week, at = np.divmod(hours, WEEK)
        at *= slices / WEEK
        whole = np.minimum(at.astype(np.int64), slices - 1)
        so_far = self._passed[row, whole] + (at - whole) * self.weeks[row, whole]
        return np.asarray((week * self._passed[row, -1] + so_far) * (WEEK / slices))

    @cached_property
    def _passed(self) -> Floats:
        """How many slices were open before each, and at the end of the week."""
        return np.cumsum(np.pad(self.weeks, ((0, 0), (1, 0))), axis=1)


def hours_since_monday(moments: npt.ArrayLike) -> Floats:
    """Hours since the first Monday of 1970."""
    since = np.asarray(moments).astype("datetime64[us]") - MONDAY.astype("datetime64[us]")
    return np.asarray(since.astype(np.int64) / 3.6e9)
