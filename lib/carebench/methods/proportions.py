"""Rates: one, a weighted one, and the difference of two.

Library calls that are wrong or unsafe for these are avoided on purpose; the tests hold the
published values that each function reproduces.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import numpy.typing as npt

from ..estimate import Estimate
from ..language import N_
from ..schema import DataError

FEW = N_("fewer than 5 attempts")
SMALL = 5  # below this many attempts a rate is shown but never ranked or judged
ALL_ZERO = N_("all weights are 0")
WORTH_FEW = N_("the weights leave fewer than five answers’ worth")


def proportion(
    k: int, n: int, *, method: str = "wilson", confidence_level: float = 0.95
) -> Estimate:
    """Share `k` of `n` with its interval.

    Parameters
    ----------
    k, n : int
        Successes and trials, 0 ≤ k ≤ n.
    method : {"wilson", "clopper-pearson"}
        Wilson [1]_ for what is shown; Clopper–Pearson [2]_, which never covers less often
        than it says, wherever a claim is made.

    Returns
    -------
    Estimate
        Unit "share". Without a value where n is 0; with a warning where n is below 5.

    Raises
    ------
    DataError
        k or n is negative, or k is above n.

    References
    ----------
    .. [1] Wilson (1927), J. Am. Stat. Assoc. 22:209-212.
    .. [2] Clopper & Pearson (1934), Biometrika 26:404-413.

    Examples
    --------
    >>> print(proportion(6, 13))
    46% (23% to 71%, n = 13)
    """
    check_counts(k, n)
    if n == 0:
        return Estimate.absent(N_("no attempts"))
    if method == "wilson":
        low, high = wilson(k / n, n, confidence_level)
        name = N_("Wilson score")
    elif method == "clopper-pearson":
        low, high = clopper_pearson(k, n, confidence_level)
        name = N_("Clopper–Pearson")
    else:
        raise ValueError(f"`method` must be 'wilson' or 'clopper-pearson', not {method!r}")
    estimate = Estimate(k / n, low, high, n, name, confidence_level=confidence_level, k=k)
    return estimate.warn(FEW) if n < SMALL else estimate


def census(k: int, n: int) -> Estimate:
    """Share `k` of `n` where the n are all there are: no interval, since nothing was sampled."""
    check_counts(k, n)
    if n == 0:
        return Estimate.absent(N_("nothing to count"))
    return Estimate(k / n, None, None, n, N_("complete count, no sampling error"), k=k)


def wilson(share: float, n: float, confidence_level: float = 0.95) -> tuple[float, float]:
    """Wilson score limits of `share` seen in `n` trials; n may be an effective sample size.

    The limits are held to include the share itself, which rounding can otherwise miss where
    it is 0 or 1.
    """
    low, high = wilson_limits(np.float64(share), n, z_quantile(confidence_level))
    return float(low), float(high)


def wilson_limits(share: Any, n: Any, z: Any) -> tuple[Any, Any]:
    """The same of many shares at once, for the normal quantile z; arrays that fit each other."""
    centre = (share + z**2 / (2 * n)) / (1 + z**2 / n)
    half = z / (1 + z**2 / n) * np.sqrt(share * (1 - share) / n + z**2 / (4 * n**2))
    low, high = np.minimum(centre - half, share), np.maximum(centre + half, share)
    return np.maximum(low, 0.0), np.minimum(high, 1.0)


def weighted_proportion(
    successes: npt.ArrayLike, weights: npt.ArrayLike, *, confidence_level: float = 0.95
) -> Estimate:
    """Share of weighted observations that succeeded, with Wilson limits at Kish's size.

    Parameters
    ----------
    successes : array of bool, shape (n,)
    weights : array of float, shape (n,)
        Not negative; their scale does not matter.

    Notes
    -----
    The effective sample size is (Σw)²/Σw² [1]_; n over it is the design effect.

    References
    ----------
    .. [1] Kish (1965), Survey Sampling, Wiley, section 11.7.
    """
    succeeded, weight = np.asarray(successes, dtype=bool), np.asarray(weights, dtype=float)
    n = len(succeeded)
    if (weight < 0).any():
        raise DataError("A weight is below zero. Expected weights of zero or more.")
    if n == 0:
        return Estimate.absent(N_("no answers"))
    if not weight.any():
        return Estimate.absent(ALL_ZERO, n=n)
    weight = scaled(weight)
    effective = float(weight.sum() ** 2 / (weight**2).sum())
    if effective < SMALL <= n:
        return Estimate.absent(WORTH_FEW, n=n)
    share = float(weight[succeeded].sum() / weight.sum())
    if math.isclose(effective, n):
        return proportion(int(succeeded.sum()), n, confidence_level=confidence_level)
    low, high = wilson(share, effective, confidence_level)
    return Estimate(
        share,
        low,
        high,
        n,
        N_("weighted, Wilson score at the effective sample size"),
        confidence_level=confidence_level,
        design_effect=n / effective,
    )


def scaled(weights: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """The weights with the largest between ½ and 1: their squares are no more out of range.

    Divided by a power of two, so that nothing is rounded.
    """
    _part, power = np.frexp(weights.max(initial=0.0))
    return np.asarray(np.ldexp(weights, -power), dtype=np.float64)


def difference(k1: int, n1: int, k2: int, n2: int, *, confidence_level: float = 0.95) -> Estimate:
    """Difference k1/n1 − k2/n2 with Newcombe's hybrid score interval [1]_ (his method 10).

    Returns
    -------
    Estimate
        Unit "share"; n is n1 + n2.

    References
    ----------
    .. [1] Newcombe (1998), Stat. Med. 17:873-890.
    """
    check_counts(k1, n1)
    check_counts(k2, n2)
    if n1 == 0 or n2 == 0:
        return Estimate.absent(N_("no attempts in one of the groups"), n=n1 + n2)
    p1, p2 = k1 / n1, k2 / n2
    low1, high1 = wilson(p1, n1, confidence_level)
    low2, high2 = wilson(p2, n2, confidence_level)
    low = p1 - p2 - math.hypot(p1 - low1, high2 - p2)
    high = p1 - p2 + math.hypot(high1 - p1, p2 - low2)
    return Estimate(p1 - p2, low, high, n1 + n2, N_("Newcombe"), confidence_level=confidence_level)


def equivalent(
    k1: int, n1: int, k2: int, n2: int, margin: float, *, confidence_level: float = 0.95
) -> bool:
    """Whether the two rates are the same within `margin`, a difference fixed before the data.

    Notes
    -----
    Two one-sided tests [1]_ at 1 − `confidence_level` each: the interval of the difference
    (Newcombe's), at 90 % for a level of .95, must lie inside the margin. At 20 attempts each
    and a margin of .15 it practically never does, even where the rates are equal.

    References
    ----------
    .. [1] Schuirmann (1987), J. Pharmacokinet. Biopharm. 15:657-680.
    """
    found = difference(k1, n1, k2, n2, confidence_level=2 * confidence_level - 1)
    if found.low is None or found.high is None:
        return False
    return -margin < found.low and found.high < margin


def clopper_pearson(k: float, n: float, confidence_level: float = 0.95) -> tuple[float, float]:
    """Exact limits of k successes in n trials; both may be effective sizes, not whole."""
    from scipy.stats import beta

    tail = (1 - confidence_level) / 2
    low = float(beta.ppf(tail, k, n - k + 1)) if k > 0 else 0.0
    high = float(beta.ppf(1 - tail, k + 1, n - k)) if k < n else 1.0
    return low, high


def check_counts(k: int, n: int) -> None:
    """Raise `DataError` unless 0 ≤ k ≤ n."""
    if not 0 <= k <= n:
        raise DataError(
            f"A rate of {k} successes in {n} attempts is impossible. Expected 0 ≤ successes ≤ "
            "attempts: check how attempts were counted."
        )


def z_quantile(confidence_level: float) -> float:
    """The normal quantile of a two-sided interval: 1.96 at 0.95."""
    from statistics import NormalDist

    return NormalDist().inv_cdf((1 + confidence_level) / 2)
