"""How much of the revenue a few customers bring: Lorenz curve, Gini, share of the top x %."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from ..estimate import Estimate
from ..language import N_
from .proportions import z_quantile

FEW = 500  # below this the interval of a top share covers less often than it says
TOO_FEW = N_("fewer than 500 customers: the interval is too short")
HEAVY_TAIL = N_("a few customers are so large that the interval is too short")


def top_share(amounts: npt.ArrayLike, share: float, *, confidence_level: float = 0.95) -> Estimate:
    """Part of the total that the largest `share` of customers bring.

    Parameters
    ----------
    amounts : array of float, shape (n,)
        Revenue per customer, in any unit; amounts at or below zero count as they are.
    share : float
        Of the customers, between 0 and 1: 0.2 for the top 20 %. A customer at the cut counts
        in part, so that the result does not jump with n.

    Returns
    -------
    Estimate
        Unit "share". The interval holds for customers like these, of whom these are taken to
        be a sample.

    Notes
    -----
    Influence function of a Lorenz ordinate [1]_. Simulated coverage of the nominal 95 %
    interval on a lognormal with true share .677: .897 at n = 200, .917 at 500, .948 at 2,000,
    hence the warning below 500. Where the tail is so heavy that the variance does not exist
    (Hill's index [2]_ of the largest 5 % below 2) it covers far less often, and says so.

    References
    ----------
    .. [1] Beach & Davidson (1983), Rev. Econ. Stud. 50:723-735.
    .. [2] Hill (1975), Ann. Stat. 3:1163-1174.
    """
    values = _known(amounts)
    n, total = len(values), float(np.sum(values))
    if n < 2:
        return Estimate.absent(N_("fewer than two customers"), n=n)
    if total <= 0:
        return Estimate.absent(N_("no revenue to share out"), n=n)
    value = _top_part(values, share) / total
    cut = values[min(n - 1, math.ceil(n * (1 - share)) - 1)]
    below = 1 - value
    influence = (
        (1 - share) * cut - np.where(values <= cut, cut - values, 0.0) - values * below
    ) / (total / n)
    half = z_quantile(confidence_level) * float(np.std(influence, ddof=1)) / math.sqrt(n)
    low, high = value - half, value + half
    if values[0] >= 0:  # without refunds below zero the share cannot leave these bounds
        low, high = max(low, min(share, value)), min(high, 1.0)
    estimate = Estimate(
        value,
        low,
        max(high, value),
        n,
        N_("influence function of the Lorenz curve"),
        confidence_level=confidence_level,
    )
    if n < FEW:
        return estimate.warn(TOO_FEW)
    return estimate.warn(HEAVY_TAIL) if tail_index(values) < 2 else estimate


def tail_index(amounts: npt.ArrayLike, *, part: float = 0.05) -> float:
    """Hill's estimate of the Pareto index of the largest `part` of the amounts.

    Below 2 the amounts have no variance, and a mean of them no honest normal interval.
    """
    values = _known(amounts)
    k = max(2, int(len(values) * part))
    top = values[-k - 1 :]
    if len(values) <= k or top[0] <= 0:
        return math.inf
    mean_log = float(np.mean(np.log(top[1:] / top[0])))
    return 1 / mean_log if mean_log > 0 else math.inf


def lorenz(amounts: npt.ArrayLike, points: int = 201) -> npt.NDArray[np.float64]:
    """The concentration curve, largest customers first.

    Returns
    -------
    array, shape (points, 2)
        Share of the customers (0 to 1, evenly spaced) and the share of the total they bring.
    """
    values = _known(amounts)
    at = np.linspace(0, 1, points)
    part = np.array([_top_part(values, share) for share in at])
    return np.column_stack([at, part / values.sum()])


def gini(amounts: npt.ArrayLike, *, confidence_level: float = 0.95) -> Estimate:
    """Gini coefficient: 0 where all bring the same, near 1 where one brings all.

    Notes
    -----
    Interval from the influence function of the Gini coefficient [1]_. Amounts below zero can
    carry it above 1; they are counted as they are.

    References
    ----------
    .. [1] Davidson (2009), J. Econometrics 150:30-40.
    """
    values = _known(amounts)
    n, total = len(values), float(np.sum(values))
    if n < 2 or total <= 0:
        return Estimate.absent(N_("no revenue to share out"), n=n, unit="score")
    mean = total / n
    rank = (np.arange(1, n + 1) - 0.5) / n
    value = 2 * float(np.sum(rank * values)) / total - 1
    partial = np.cumsum(values) / n
    influence = 2 * (rank * values - partial) + mean - (1 + value) * values
    half = z_quantile(confidence_level) * float(np.std(influence, ddof=1)) / mean / math.sqrt(n)
    return Estimate(
        value,
        value - half,
        value + half,
        n,
        N_("influence function of the Gini coefficient"),
        "score",
        confidence_level,
    )


def _known(amounts: npt.ArrayLike) -> npt.NDArray[np.float64]:
    """The amounts that are known, smallest first."""
    values = np.asarray(amounts, dtype=float)
    return np.sort(values[~np.isnan(values)])


def _top_part(ascending: npt.NDArray[np.float64], share: float) -> float:
    """Total of the largest `share` of the values, the one at the cut counted in part."""
    count = share * len(ascending)
    whole = int(count + 1e-9)
    total = float(ascending[len(ascending) - whole :].sum())
    if whole < len(ascending):
        total += (count - whole) * float(ascending[len(ascending) - whole - 1])
    return total
