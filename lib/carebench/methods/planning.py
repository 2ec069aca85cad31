"""Before the fieldwork: how many attempts a difference needs, and what so many can show.

Differences are of rates, 0 to 1. A test of one of K `comparisons` is planned at (1 − level)/K,
as Holm's first step judges it.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import lru_cache
from statistics import NormalDist

import numpy as np
import numpy.typing as npt

from ..schema import DataError
from .proportions import wilson_limits

Floats = npt.NDArray[np.float64]

MOST_EXACT = 60  # up to so many attempts per rate the normal approximation is not trusted
MOST_COUNTED = 400  # a rate of more attempts is taken as resting on so many beside a small one
MOST_ONE_RATE = 2_000
STEPS = 20  # halvings of a difference: to 0.000001


def contacts_per_wave(
    p1: float,
    p2: float,
    *,
    comparisons: int = 1,
    confidence_level: float = 0.95,
    power: float = 0.8,
    design_effect: float = 1.0,
) -> int:
    """Attempts that each of two waves (or arms, or providers) needs to tell p1 from p2.

    Notes
    -----
    (z₁₋α/₂ + z_power)² (p₁q₁ + p₂q₂) / (p₁ − p₂)², *unpooled* variances [1]_, times the design
    effect. Below about 60 attempts it promises too much: see `newcombe_power`. Rates of 0 and 1
    have no variance, so plan from rates inside, .05 and .95 say.

    References
    ----------
    .. [1] Chow, Shao & Wang (2008), Sample Size Calculations in Clinical Research, section 4.2.

    Examples
    --------
    >>> contacts_per_wave(0.65, 0.85)
    70
    """
    check_rates(p1, p2)
    if p1 == p2:
        raise DataError("Two rates that are the same need no number of attempts: give a change.")
    errors = reach(comparisons, confidence_level, power)
    return max(2, math.ceil(errors**2 * two_variances(p1, p2) / (p1 - p2) ** 2 * design_effect))


@lru_cache(maxsize=4096)
def detectable_difference(
    n1: int,
    n2: int,
    *,
    comparisons: int = 1,
    confidence_level: float = 0.95,
    power: float = 0.8,
    design_effect: float = 1.0,
) -> float:
    """Smallest difference of two independent rates that n1 and n2 attempts would show.

    Parameters
    ----------
    n1, n2 : int
        Attempts behind each rate. The rates lie on both sides of one half, where it takes most.

    Returns
    -------
    float
        0 to 1; infinite where not even 0 against 1 would be told apart.

    Notes
    -----
    Up to 60 attempts in either group (after the design effect) by the exact power of
    Newcombe's interval; above, by the normal approximation of `contacts_per_wave`.
    """
    level = level_per_test(comparisons, confidence_level)
    m1, m2 = (int(n / design_effect) for n in (n1, n2))
    if min(m1, m2) < 1:
        return math.inf

    def seen(gap: float) -> bool:
        p1, p2 = 0.5 - gap / 2, 0.5 + gap / 2
        if min(m1, m2) <= MOST_EXACT:
            return newcombe_power(p1, p2, m1, m2, confidence_level=1 - level) >= power
        error = math.sqrt(p1 * (1 - p1) / m1 + p2 * (1 - p2) / m2)
        return gap >= reach(comparisons, confidence_level, power) * error

    return _smallest(seen, 1.0)


@lru_cache(maxsize=4096)
def minimum_detectable_difference(
    n: int,
    *,
    benchmark: float,
    comparisons: int = 1,
    confidence_level: float = 0.95,
    power: float = 0.8,
) -> float:
    """Smallest difference from a fixed `benchmark` that n attempts would show.

    Returns
    -------
    float
        0 to 1, towards the middle of the scale, where it is largest; infinite where no rate
        at all could be told from the benchmark.

    Notes
    -----
    Up to 2,000 attempts by the power of the exact two-sided binomial test, as
    `scipy.stats.binomtest` makes it; above, by the normal approximation.
    """
    check_rates(benchmark)
    if n < 1:
        return math.inf
    way = 1 if benchmark <= 0.5 else -1
    level = level_per_test(comparisons, confidence_level)

    def seen(gap: float) -> bool:
        rate = benchmark + way * gap
        if n <= MOST_ONE_RATE:
            return _binomial_power(n, benchmark, rate, level) >= power
        z = _quantile(1 - level / 2) * math.sqrt(benchmark * (1 - benchmark))
        return gap >= (z + _quantile(power) * math.sqrt(rate * (1 - rate))) / math.sqrt(n)

    return _smallest(seen, max(benchmark, 1 - benchmark))


def providers_in_both_waves(
    p1: float,
    p2: float,
    *,
    attempts: int,
    icc: float,
    confidence_level: float = 0.95,
    power: float = 0.8,
) -> int:
    """Providers, the same in two waves, that it takes to tell p1 from p2 in the mean of them.

    Parameters
    ----------
    p1, p2 : float
        The mean of the providers' rates in each wave; all change alike.
    attempts : int
        At each provider in each wave.
    icc : float
        How alike attempts at one provider are: how far the providers' own rates lie apart.

    Notes
    -----
    The paired t-test of `paired_waves.mean_change`. A provider's own rate is in both of its
    shares and leaves their difference: its variance is (p₁q₁ + p₂q₂)(1 − icc)/attempts. t of
    one degree of freedom less than providers stands for both normal quantiles.

    Examples
    --------
    >>> providers_in_both_waves(0.4, 0.6, attempts=8, icc=0.1)
    13
    """
    from scipy.stats import t

    check_rates(p1, p2)
    if p1 == p2:
        raise DataError("Two rates that are the same need no number of providers: give a change.")
    per_provider = two_variances(p1, p2) * (1 - icc) / attempts
    quantiles = ((1 + confidence_level) / 2, power)
    providers = 2
    while t.ppf(quantiles, providers - 1).sum() ** 2 * per_provider > providers * (p1 - p2) ** 2:
        providers += 1
    return providers


def newcombe_power(
    p1: float, p2: float, n1: int, n2: int, *, confidence_level: float = 0.95
) -> float:
    """Probability that Newcombe's interval [1]_ of the difference leaves out 0: enumerated.

    Above 400 attempts a rate is taken as resting on 400, which promises no more than is true.

    References
    ----------
    .. [1] Newcombe (1998), Stat. Med. 17:873-890.
    """
    from scipy.stats import binom

    m1, m2 = min(n1, MOST_COUNTED), min(n2, MOST_COUNTED)
    chance = np.outer(binom.pmf(np.arange(m1 + 1), m1, p1), binom.pmf(np.arange(m2 + 1), m2, p2))
    return float(chance[_told_apart(m1, m2, confidence_level)].sum())


@lru_cache(maxsize=64)
def _told_apart(n1: int, n2: int, confidence_level: float) -> npt.NDArray[np.bool_]:
    """For each pair of counts, whether Newcombe's interval of the difference leaves out 0."""
    (p1, low1, high1), (p2, low2, high2) = (_wilson(n, confidence_level) for n in (n1, n2))
    gap = p1[:, None] - p2[None, :]
    below = np.hypot((p1 - low1)[:, None], (high2 - p2)[None, :])
    above = np.hypot((high1 - p1)[:, None], (p2 - low2)[None, :])
    return np.asarray((gap - below > 0) | (gap + above < 0))


def _wilson(n: int, confidence_level: float) -> tuple[Floats, Floats, Floats]:
    """Every share that n attempts can give, with its Wilson limits."""
    z = _quantile((1 + confidence_level) / 2)
    share = np.arange(n + 1) / n
    return share, *wilson_limits(share, n, z)


def _binomial_power(n: int, benchmark: float, rate: float, level: float) -> float:
    from scipy.stats import binom

    counts = np.arange(n + 1)
    return float(binom.pmf(counts, n, rate)[_rejected(n, benchmark, level)].sum())


@lru_cache(maxsize=1024)
def _rejected(n: int, benchmark: float, level: float) -> npt.NDArray[np.bool_]:
    """For each count, whether the exact two-sided test rejects the benchmark."""
    from scipy.stats import binom

    chance = binom.pmf(np.arange(n + 1), n, benchmark)
    order = np.sort(chance)
    # Counts as likely as this one belong to its tail, however their chances were rounded.
    tails = np.searchsorted(order, chance * (1 + 1e-7), side="right")
    return np.asarray(np.cumsum(order)[tails - 1] <= level)


def _smallest(seen: Callable[[float], bool], largest: float) -> float:
    """The smallest difference up to `largest` that is seen, by halving; infinite if none is."""
    if not seen(largest):
        return math.inf
    low, high = 0.0, largest
    for _step in range(STEPS):
        middle = (low + high) / 2
        low, high = (low, middle) if seen(middle) else (middle, high)
    return high


def reach(comparisons: int, confidence_level: float, power: float) -> float:
    """By how many standard errors rates must differ to be told apart with this power."""
    return _quantile(1 - level_per_test(comparisons, confidence_level) / 2) + _quantile(power)


def level_per_test(comparisons: int, confidence_level: float) -> float:
    """The level of one test of so many."""
    return (1 - confidence_level) / max(comparisons, 1)


def _quantile(p: float) -> float:
    return NormalDist().inv_cdf(p)


def two_variances(p1: float, p2: float) -> float:
    """Variance of the difference of two single attempts."""
    return p1 * (1 - p1) + p2 * (1 - p2)


def check_rates(*rates: float) -> None:
    """Raise `DataError` unless each rate is a share from 0 to 1."""
    for rate in rates:
        if not 0 <= rate <= 1:
            raise DataError(
                f"A rate of {rate} is impossible. Expected a share from 0 to 1: 65 % is 0.65."
            )
