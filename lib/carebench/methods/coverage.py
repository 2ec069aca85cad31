"""The 168-hour week: the share of it in which an attempt is answered, and is staffed."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from ..estimate import Estimate
from ..language import N_
from .opening_hours import HOURS, NIGHT, at_night, claimed_minutes, claimed_week
from .proportions import FEW, SMALL
from .round_the_clock import night_verdicts, seldom, uncovered
from .week_parts import (
    PARTS,
    WEEKEND_NIGHT,
    columns_of,
    even,
    hours_per_attempt,
    missed,
    part_of_week,
    part_weights,
    spread_evenly,
)

__all__ = [
    "HOURS",
    "NIGHT",
    "PARTS",
    "WEEKEND_NIGHT",
    "answerable",
    "at_night",
    "claimed_minutes",
    "claimed_week",
    "even",
    "exact_limits",
    "mean_share",
    "night_verdicts",
    "part_of_week",
    "part_weights",
    "seldom",
    "spread_evenly",
    "staffed_share",
    "uncovered",
]

DIGITS = 12  # of a share
TINY = 1e-9  # of an attempt: what rounding leaves of effective counts
RARE = 0.1  # beyond it, and beyond 1 - it, a logit interval covers too seldom

UNTRIED = N_("a part of the week was not tried")
STRATIFIED = N_("weighted by hour of the week in five parts of it, MOVER on Clopper–Pearson limits")

Floats = npt.NDArray[np.float64]


def answerable(
    answered: npt.ArrayLike,
    tried: npt.ArrayLike,
    *,
    night: tuple[float, float] = NIGHT,
    confidence_level: float = 0.95,
) -> list[Estimate]:
    """Share of the week in which an attempt is answered, for each provider.

    Parameters
    ----------
    answered, tried : arrays of int, shape (providers, 168)
        Attempts answered and made in each hour of the week, holidays left out. With five
        columns, those of `PARTS`, the attempts are taken as even inside each part.
    night : (float, float)
        Hours of the day at which the night begins and ends.

    Returns
    -------
    list of Estimate
        Without a value, but with what is known of it as limits, where a part of the week was
        not tried.

    Notes
    -----
    The mean over the week's hours of the chance to be answered. Each attempt stands for the
    hours of its kind over the attempts that all providers together got in them, whatever came
    of them; inside each part of the week such weights add up to its hours. Clopper–Pearson
    limits at the effective size [1]_ of each part are combined by the square root of summed
    squares [2]_, and the bias of a ratio of few attempts is taken out [3]_. Hours that nobody
    tried, though at the pace of their part three attempts would have fallen there, may be
    anything from 0 to 1, and so may a part without an attempt. Providers are taken to be called
    by one plan.

    References
    ----------
    .. [1] Korn & Graubard (1998), Survey Methodology 24:193-201.
    .. [2] Zou & Donner (2008), Stat. Med. 27:1693-1702.
    .. [3] Tin (1965), J. Am. Stat. Assoc. 60:294-307.
    """
    k, n = np.atleast_2d(np.asarray(answered)), np.atleast_2d(np.asarray(tried))
    share, size, weights, unknown = _by_part(k, n, night)
    low, high = exact_limits(share * size, size, confidence_level)
    known, value = weights - unknown, (weights * share).sum(axis=1)
    below = value - np.sqrt(((known * (share - low)) ** 2).sum(axis=1))
    above = value + np.sqrt(((known * (high - share)) ** 2).sum(axis=1))
    below -= (unknown * share).sum(axis=1)
    above += (unknown * (1 - share)).sum(axis=1)
    # Weights that add up to 1 but for rounding must not make 99.999 % of a full week.
    value = value.round(DIGITS)
    below, above = np.clip(below.round(DIGITS), 0, value), np.clip(above.round(DIGITS), value, 1)
    untried = ((size == 0) & (weights > 0)).any(axis=1)
    return [
        _share(*row, confidence_level)
        for row in zip(
            value.tolist(), below.tolist(), above.tolist(), n.sum(axis=1).tolist(),
            untried.tolist(), strict=True,
        )
    ]  # fmt: skip


def _share(value: float, low: float, high: float, n: int, untried: bool, level: float) -> Estimate:
    reason = "" if not untried else UNTRIED if n else N_("no attempts")
    found = Estimate(
        None if untried else value, low, high, n, STRATIFIED,
        confidence_level=level, reason=reason,
    )  # fmt: skip
    return found.warn(FEW) if 0 < n < SMALL else found


def _by_part(
    k: npt.NDArray[np.int_], n: npt.NDArray[np.int_], night: tuple[float, float]
) -> tuple[Floats, Floats, Floats, Floats]:
    """Of each row and part: share answered and effective size; weight; and weight not known."""
    part, kind, hours = columns_of(n.shape[1], night)
    into = np.eye(len(PARTS))[part]
    stands_for = hours_per_attempt(n.sum(axis=0), part, kind, hours)
    total, square = (n * stands_for) @ into, (n * stands_for**2) @ into
    tried = total > 0

    def over(top: Floats, bottom: Floats) -> Floats:
        return np.divide(top, bottom, out=np.zeros(top.shape), where=tried)

    share = over((k * stands_for) @ into, total)
    share = np.clip(share + over((k * stands_for**2) @ into - share * square, total**2), 0, 1)
    weights = np.bincount(part, hours, len(PARTS)) / HOURS
    unknown = np.where(tried, missed(n, part, kind, hours) @ into / HOURS, weights)
    return share, over(total**2, square), weights, unknown


def exact_limits(
    k: npt.ArrayLike, n: npt.ArrayLike, confidence_level: float = 0.95
) -> tuple[Floats, Floats]:
    """Clopper–Pearson limits of many rates at once, of effective counts too.

    They are 0 and 1 where nothing was tried.
    """
    from scipy.special import betaincinv

    k, n = np.asarray(k, dtype=float), np.asarray(n, dtype=float)
    tail = (1 - confidence_level) / 2
    some, short = k > TINY, n - k > TINY
    low = np.where(some, betaincinv(np.where(some, k, 1), np.maximum(n - k, 0) + 1, tail), 0)
    high = np.where(short, betaincinv(k + 1, np.where(short, n - k, 1), 1 - tail), 1)
    return low, high


def mean_share(
    shares: Sequence[Estimate], *, sample: bool = False, confidence_level: float = 0.95
) -> Estimate:
    """Mean of the providers' shares, each counting alike; those without a value are left out.

    Parameters
    ----------
    sample : bool
        Whether the providers stand for others like them; fewer than two say nothing of others.

    Notes
    -----
    For the named providers alone, the longer sides of their own intervals combined by the
    square root of summed squares. For others like them, t with (providers − 1) degrees of
    freedom on the logit scale, its variance never below that of as many attempts of a single
    provider: shares that are alike by chance would leave an interval without width. Where that
    interval leaves 10 to 90 %, Clopper–Pearson's at the effective size [1]_.

    References
    ----------
    .. [1] Korn & Graubard (1998), Survey Methodology 24:193-201.
    """
    known = [share for share in shares if share.value is not None]
    n = sum(share.n for share in known)
    if not known:
        return Estimate.absent(UNTRIED, n=sum(share.n for share in shares))
    if sample and len(known) < 2:
        return Estimate.absent(N_("fewer than two providers"), n=n)
    if len(known) == 1:
        return known[0]
    values = np.array([share.value for share in known], dtype=float)
    mean = float(values.mean())
    if sample:
        low, high, method = _of_others(values, n, confidence_level)
        return Estimate(mean, low, high, n, method, confidence_level=confidence_level)
    half = math.hypot(*(_longer_side(share) for share in known)) / len(known)
    limits = max(0.0, mean - half), min(1.0, mean + half)
    return Estimate(mean, *limits, n, N_("mean of the named providers, MOVER"),
                    confidence_level=confidence_level)  # fmt: skip


def _longer_side(share: Estimate) -> float:
    """The larger distance to a limit.

    A part with one or two attempts has limits on one side alone: over many providers such sides
    add up to too little (.917 of the intervals for the mean of 13 held it, instead of .947).
    """
    value, low, high = share.value or 0.0, share.low or 0.0, share.high
    return max(value - low, (1.0 if high is None else high) - value)


def _of_others(values: Floats, n: int, level: float) -> tuple[float, float, str]:
    """Limits for the mean of providers like these, and the name of the method."""
    from scipy.special import expit, logit
    from scipy.stats import norm, t

    mean, m = float(values.mean()), len(values)
    binomial = mean * (1 - mean)
    variance = max(float(values.var(ddof=1)) / m, binomial / n)
    quantile = float(t.ppf((1 + level) / 2, m - 1))
    if binomial > TINY:
        half = quantile * math.sqrt(variance) / binomial
        low, high = (float(expit(logit(mean) + side * half)) for side in (-1, 1))
        if low >= RARE and high <= 1 - RARE:
            return low, high, N_("mean of providers, logit-t")
    size = binomial / variance if binomial > TINY else float(n)
    size *= (float(norm.ppf((1 + level) / 2)) / quantile) ** 2
    below, above = (float(limit[0]) for limit in exact_limits([mean * size], [size], level))
    return min(below, mean), max(above, mean), N_("mean of providers, Korn–Graubard")


def staffed_share(answerable: Estimate, k: int, n: int) -> Estimate:
    """Share of the week with somebody there: the answerable share over the chance to be answered.

    Parameters
    ----------
    answerable : Estimate
        Share of the week in which an attempt is answered.
    k, n : int
        Attempts answered and made in hours that are surely staffed: they estimate the chance
        to be answered where somebody is there, which is never assumed to be 1.

    Notes
    -----
    The square root of summed squares of the two limits on the log scale [1]_, at most 1. The
    two shares are taken as independent, though some attempts count in both: that makes the
    interval too long, never too short.

    References
    ----------
    .. [1] Zou & Donner (2008), Stat. Med. 27:1693-1702.
    """
    level = answerable.confidence_level
    top, low, high = answerable.value, answerable.low, answerable.high
    if top is None or low is None or high is None:
        return Estimate.absent(answerable.reason, n=answerable.n)
    if k == 0 or top == 0:
        return Estimate.absent(N_("no attempt in core hours was answered"), n=answerable.n)
    chance = k / n
    below, above = (float(limit[0]) for limit in exact_limits([k], [n], level))
    down = math.hypot(math.log(top / low), math.log(above / chance)) if low > 0 else math.inf
    up = math.hypot(math.log(high / top), math.log(chance / below))
    share = min(1.0, top / chance)
    limits = top / chance * math.exp(-down), min(1.0, top / chance * math.exp(up))
    return Estimate(share, min(share, limits[0]), max(share, limits[1]), answerable.n,
                    N_("ratio of two shares, MOVER on the log scale"),
                    confidence_level=level)  # fmt: skip
