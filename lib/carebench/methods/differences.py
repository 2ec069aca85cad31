"""Estimates that rest on different attempts: their differences, one by one and together."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from statistics import NormalDist

import numpy as np

from ..estimate import Estimate
from ..language import N_

SQUARE_AND_ADD = N_("square-and-add of the two intervals")
FARTHEST = 6.0  # standard errors; a p-value of 2 in a billion is none that anybody needs exactly
HALVINGS = 20
SPREADS = np.linspace(0.0, 0.5, 51)  # standard deviations that true differences of shares may have


def square_and_add(first: Estimate, second: Estimate) -> Estimate:
    """Difference first − second of two independent estimates, from their own intervals [1]_.

    Parameters
    ----------
    first, second : Estimate
        In the same unit and at the same level of confidence, from different attempts.

    Returns
    -------
    Estimate
        In that unit; n is the sum of theirs. Without a value where one of the two has none.

    Notes
    -----
    Each limit takes from both intervals the half that faces it, so that skewed intervals give
    a skewed one. Of two Wilson intervals this is Newcombe's method 10. Of one provider's rate
    and the mean of twelve others, with 6 to 84 attempts each, nominal 95 % intervals covered
    .94 to .97 in simulation.

    References
    ----------
    .. [1] Zou & Donner (2008), Stat. Med. 27:1693-1702.
    """
    n = first.n + second.n
    for one in (first, second):
        if one.value is None or one.low is None or one.high is None:
            return Estimate.absent(one.reason or N_("no interval"), n=n, unit=first.unit)
    (p1, low1, high1), (p2, low2, high2) = _parts(first), _parts(second)
    return Estimate(
        p1 - p2,
        p1 - p2 - math.hypot(p1 - low1, high2 - p2),
        p1 - p2 + math.hypot(high1 - p1, p2 - low2),
        n,
        SQUARE_AND_ADD,
        first.unit,
        first.confidence_level,
    )


def p_value(difference_at: Callable[[float], Estimate]) -> float:
    """P-value of no difference: 1 less the highest level whose interval leaves out 0.

    Parameters
    ----------
    difference_at : function of a confidence level
        Gives the difference with its interval at that level.

    Returns
    -------
    float
        1 where there is no difference or no interval; never below 2e-9.
    """
    nearest, farthest = 0.0, FARTHEST
    if not _leaves_out_zero(difference_at(_level(1e-3))):
        return 1.0
    if _leaves_out_zero(difference_at(_level(farthest))):
        return 1 - _level(farthest)
    for _halving in range(HALVINGS):
        middle = (nearest + farthest) / 2
        if _leaves_out_zero(difference_at(_level(middle))):
            nearest = middle
        else:
            farthest = middle
    return 1 - _level(nearest)


def drawn_together(differences: Sequence[float], errors: Sequence[float]) -> list[float]:
    """Differences of shares, drawn towards their mean by as much as chance explains [1]_.

    Parameters
    ----------
    differences : sequence of float
        Seen differences of shares, -1 to 1.
    errors : sequence of float
        The standard error of each, above 0.

    Returns
    -------
    list of float
        In the order given; a single one is not changed.

    Notes
    -----
    The largest of many differences is largest partly by chance. True differences are taken
    as normal about their mean, which may be any, with a standard deviation between 0 and .5,
    each as likely. With 14 kinds of request, 12 others and 24 attempts each, the largest was
    overstated by 8 to 16 points as seen and by at most 2 so drawn; where one kind alone is far
    below the others its gap is understated, by 9 points in such a simulation.

    References
    ----------
    .. [1] Gelman et al. (2013), Bayesian Data Analysis, 3rd ed., CRC Press, section 5.4.
    """
    seen, variance = np.asarray(differences, dtype=float), np.asarray(errors, dtype=float) ** 2
    spread = SPREADS[:, None] ** 2
    weight = 1 / (variance + spread)
    mean = (weight * seen).sum(axis=1, keepdims=True) / weight.sum(axis=1, keepdims=True)
    log = np.log(weight).sum(axis=1) - np.log(weight.sum(axis=1))
    log -= (weight * (seen - mean) ** 2).sum(axis=1)
    likely = np.exp((log - log.max()) / 2)
    drawn = likely / likely.sum() @ ((spread * seen + variance * mean) * weight)
    return [float(x) for x in drawn]


def _leaves_out_zero(difference: Estimate) -> bool:
    if difference.low is None or difference.high is None:
        return False
    return difference.low > 0 or difference.high < 0


def _level(z: float) -> float:
    """Level of confidence of an interval of so many standard errors each way."""
    return 1 - 2 * NormalDist().cdf(-z)


def _parts(estimate: Estimate) -> tuple[float, float, float]:
    value, low, high = estimate.value, estimate.low, estimate.high
    if value is None or low is None or high is None:
        raise ValueError("an estimate without an interval has no parts")
    return value, low, high
