"""Scores from 1 to 5 by rank, and medians, of values that come with their counts."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

GROUPS = 5


def scores(
    values: npt.ArrayLike, counts: npt.ArrayLike, *, groups: int = GROUPS
) -> npt.NDArray[np.int64]:
    """The score of each different value, 1 for the lowest fifth to 5 for the highest.

    Parameters
    ----------
    values : array of float, shape (m,)
        Different values, rising.
    counts : array of int, shape (m,)
        How many observations have each, at least one.
    groups : int
        How many scores there are at most.

    Returns
    -------
    array of int, shape (m,)
        1 + ⌊groups · (strictly lower + half of the equal) / n⌋: the score of the middle rank of
        all that are equal [1]_. Equal values get one score whatever their order, and where one
        value is common some scores go to nobody.

    References
    ----------
    .. [1] Bross (1958), How to use ridit analysis, Biometrics 14:18-38.

    Examples
    --------
    >>> scores([0, 1, 2, 3], [6, 2, 1, 1]).tolist()
    [2, 4, 5, 5]
    """
    different = np.asarray(values, dtype=float)
    if (np.diff(different) <= 0).any():
        raise ValueError("`values` must be different and rise")
    n = np.asarray(counts, dtype=np.int64)
    below = np.cumsum(n) - n
    # Twice the ranks, so that everything stays a whole number.
    return 1 + groups * (2 * below + n) // (2 * max(int(n.sum()), 1))


def cuts(
    values: npt.ArrayLike, counts: npt.ArrayLike, *, groups: int = GROUPS
) -> tuple[tuple[int, int], ...]:
    """Each score that occurs, rising, with the whole number from which on it is given.

    Between two neighbours the number lies halfway, so that it parts whole values as `scores`
    does, and values of which only the means of fine bins are known nearly so. Values below the
    first number have the first score too.
    """
    different = np.asarray(values, dtype=float)
    given = scores(different, counts, groups=groups)
    starts = np.flatnonzero(np.diff(given, prepend=0))
    before = different[np.maximum(starts - 1, 0)]
    return tuple(
        (int(given[at]), math.ceil((low + different[at]) / 2))
        for at, low in zip(starts, before, strict=True)
    )


def quantile(values: npt.ArrayLike, counts: npt.ArrayLike, share: float) -> float:
    """The quantile of values, one or more, that occur so often each, as numpy's default has it."""
    order = np.argsort(np.asarray(values, dtype=float))
    ordered = np.asarray(values, dtype=float)[order]
    reached = np.cumsum(np.asarray(counts, dtype=np.int64)[order])
    place = share * (reached[-1] - 1)
    at = np.minimum(np.add([0, 1], np.floor(place)), reached[-1] - 1)
    low, high = ordered[np.searchsorted(reached, at, side="right")]
    return float(low + (high - low) * (place % 1))


def median(values: npt.ArrayLike, counts: npt.ArrayLike) -> float | None:
    """The median of values that occur so often each; the mean of the middle two; None for none."""
    order = np.argsort(np.asarray(values, dtype=float))
    ordered = np.asarray(values, dtype=float)[order]
    reached = np.cumsum(np.asarray(counts, dtype=np.int64)[order])
    if not len(reached) or not reached[-1]:
        return None
    middle = np.searchsorted(reached, [(reached[-1] + 1) // 2, reached[-1] // 2 + 1])
    return float(ordered[middle].mean())
