"""When in the week: one random minute in each of n equal slices of it, for every provider.

On that draw rests the interval of what a provider answers over the week: its minute is uniform
in a slice, and drawn anew in the next. The providers share each slice evenly: their minutes lie
in it at equal distances, from a start drawn by lot, in an order drawn by lot. So where slices
begin at full hours, every hour has as many attempts over the providers as any other, or one more.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from ...methods.opening_hours import WEEK_MINUTES, at_night, night_span

Ints = npt.NDArray[np.int_]


def open_minutes(quiet: str = "") -> Ints:
    """The minutes of the week, Monday 00:00 first, that `quiet` ("21:00-08:00") leaves."""
    week = np.arange(WEEK_MINUTES)
    return week[~at_night(week / 60, night_span(quiet))] if quiet else week


def drawn(rng: np.random.Generator, providers: int, slices: int, minutes: Ints) -> Ints:
    """One minute in each slice of `minutes`, for each provider.

    Parameters
    ----------
    providers, slices : int
    minutes : array of int
        Minutes of the week in their order; `slices` equal runs of them are the slices.

    Returns
    -------
    array of int, shape (providers, slices)
        Minutes of the week.
    """
    order = np.argsort(rng.random((slices, providers)), axis=1)
    inside = (order + rng.random((slices, 1))) / providers
    place = (np.arange(slices)[:, None] + inside) / slices * len(minutes)
    return minutes[np.minimum(place.astype(np.int_), len(minutes) - 1)].T


def drawn_again(rng: np.random.Generator, number: int, slices: int, minutes: Ints) -> int:
    """Another minute of slice `number`, the first being 1."""
    place = (number - 1 + rng.random()) / slices * len(minutes)
    return int(minutes[min(int(place), len(minutes) - 1)])
