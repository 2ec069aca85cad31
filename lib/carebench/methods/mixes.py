"""Every mix of activities that could be chosen: what each costs, and what it is worth.

A mix is named by its place, an integer from 0 to 2ᵐ - 1 for m activities: in binary, its
highest of m bits says whether the first activity is in it, its lowest whether the last is.
Amounts are whole numbers (the currency's smallest unit), so that equal sums are equal.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]

MOST = 20  # activities; their 1,048,576 mixes are counted in less than a second


def sums(amounts: npt.ArrayLike) -> Ints:
    """The sum of `amounts` over each mix of them, by the place of the mix.

    Parameters
    ----------
    amounts : array of int, shape (m,)
        One amount per activity, in whole units; m is at most 20.

    Returns
    -------
    array of int, shape (2ᵐ,)
        The mix of none of them, 0, stands first.

    Raises
    ------
    ValueError
        There are more than 20 amounts, or one that is not whole.

    Examples
    --------
    >>> sums([4, 1]).tolist()
    [0, 1, 4, 5]
    """
    given = np.asarray(amounts)
    if given.size > MOST:
        raise ValueError(f"`amounts` has {given.size} values; the mixes of {MOST} are the most")
    if given.size and not np.issubdtype(given.dtype, np.integer):
        raise ValueError("`amounts` must be whole numbers, so that equal sums are equal")
    total = np.zeros(1, dtype=np.int64)
    for amount in given:
        total = np.add.outer(total, np.array([0, amount], dtype=np.int64)).ravel()
    return total


def members(mix: int, m: int) -> npt.NDArray[np.bool_]:
    """Which of m activities are in the mix at a place."""
    return np.asarray((mix >> np.arange(m - 1, -1, -1, dtype=np.int64)) & 1 == 1)


def best(
    value: Ints,
    cost: Ints,
    budget: int,
    *,
    most: int = 1,
    among: npt.NDArray[np.bool_] | None = None,
) -> Ints:
    """The places of the mixes worth most among those that cost no more than `budget`.

    Parameters
    ----------
    value, cost : array of int, shape (2ᵐ,)
        Of each mix, from `sums`; what all mixes share may have been added.
    budget : int
    most : int
        How many to find.
    among : array of bool, shape (2ᵐ,), optional
        Which mixes may be chosen; all where not given.

    Returns
    -------
    array of int
        Highest value first; of equal value the cheaper first, and of equal cost the one that
        holds the earlier activity. Fewer than `most` where fewer fit, none where none does.

    Notes
    -----
    Plain enumeration of the 0-1 knapsack problem [1]_: no mix is left out, so nothing has to
    be proved of the one that is found.

    References
    ----------
    .. [1] Martello & Toth (1990), Knapsack Problems, chapter 2.
    """
    fitting = np.flatnonzero(cost <= budget if among is None else among & (cost <= budget))
    if len(fitting) > most > 0:
        least = np.partition(value[fitting], len(fitting) - most)[len(fitting) - most]
        fitting = fitting[value[fitting] >= least]
    order = np.lexsort((-fitting, cost[fitting], -value[fitting]))
    return fitting[order][:most]


def most(value: Ints, cost: Ints, budget: int) -> int | None:
    """What the affordable mix worth most is worth, from the amounts of single activities.

    Parameters
    ----------
    value, cost : array of int, shape (m,)
        One amount per activity, not of mixes.
    budget : int

    Returns
    -------
    int or None
        None where no mix is affordable, not even that of nothing.

    Notes
    -----
    The activities are parted into two halves; to each mix of the first belongs the mix of the
    second that is worth most for the money left [1]_. That is 2¹⁰ steps where `best` takes 2²⁰.

    References
    ----------
    .. [1] Horowitz & Sahni (1974), J. ACM 21:277-292.
    """
    half = len(value) // 2
    worth, spent = sums(value[:half]), sums(cost[:half])
    order = np.argsort(other := sums(cost[half:]), kind="stable")
    highest = np.maximum.accumulate(sums(value[half:])[order])
    n_fitting = np.searchsorted(other[order], budget - spent, side="right")
    fits = n_fitting > 0
    return int((worth[fits] + highest[n_fitting[fits] - 1]).max()) if fits.any() else None


def triangular(
    low: npt.ArrayLike, base: npt.ArrayLike, high: npt.ArrayLike, *, uniform: npt.ArrayLike
) -> npt.NDArray[np.float64]:
    """The quantiles of triangular distributions with their modes at `base`.

    Parameters
    ----------
    low, base, high : array, shape (m,)
        Rising; equal where there is no range.
    uniform : array, shape (n, m)
        From 0 to 1.
    """
    left, mode, right, u = (np.asarray(x, dtype=float) for x in (low, base, high, uniform))
    width = right - left
    rising = left + np.sqrt(u * width * (mode - left))
    falling = right - np.sqrt((1 - u) * width * (right - mode))
    return np.asarray(np.where(u * width < mode - left, rising, falling))


def efficient(value: Ints, cost: Ints) -> Ints:
    """The places of the mixes that none is worth more than for the same money or less.

    Parameters
    ----------
    value, cost : array of int, shape (2ᵐ,)
        Of each mix, from `sums`.

    Returns
    -------
    array of int
        Cheapest first, each worth more than the one before it; of mixes that cost and are
        worth the same, the one that holds the earlier activity.
    """
    order = np.lexsort((-np.arange(len(cost)), -value, cost))
    worth = value[order]
    highest_before = np.maximum.accumulate(worth)[:-1]
    rises = np.concatenate([[True], worth[1:] > highest_before])
    return np.asarray(order[rises])


def rank(value: Ints, cost: Ints, budget: int, mix: int) -> int | None:
    """How many affordable mixes are worth more than `mix`, plus one; None where it costs more."""
    if cost[mix] > budget:
        return None
    return int(np.count_nonzero(value[cost <= budget] > value[mix])) + 1
