"""The 168-hour week: the share of it in which an attempt is answered, and is staffed."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from ..estimate import Estimate
from ..language import N_
from .opening_hours import HOURS, NIGHT, WEEK_MINUTES, at_night, claimed_minutes, claimed_week
from .proportions import FEW, SMALL
from .round_the_clock import night_verdicts, seldom, uncovered

__all__ = [
    "HOURS",
    "NIGHT",
    "answerable",
    "at_night",
    "claimed_minutes",
    "claimed_week",
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

# The strata of the week. They are fixed here, before any attempt is seen.
PARTS = (
    N_("weekdays 08:00–18:00"),
    N_("weekdays, early and late"),
    N_("weekday nights"),
    N_("weekends by day"),
    N_("weekend nights"),
)
WEEKEND_NIGHT = 4
OFFICE = (8.0, 18.0)  # office hours of a weekday, where unbalanced audits call most
TOLERANCE = 0.05

UNTRIED = N_("a part of the week was not tried")
POOLED = N_("Clopper–Pearson, attempts spread over the week as its hours are")
STRATIFIED = N_("weighted by the hours of five parts of the week, MOVER on Clopper–Pearson limits")

Floats = npt.NDArray[np.float64]


def part_of_week(
    hour_of_week: npt.ArrayLike, night: tuple[float, float] = NIGHT
) -> npt.NDArray[np.int_]:
    """The part of the week, an index of `PARTS`, in which each hour (0 to below 168) falls."""
    hours = np.asarray(hour_of_week)
    office = (hours % 24 >= OFFICE[0]) & (hours % 24 < OFFICE[1])
    dark, weekend = at_night(hours, night), hours >= 5 * 24
    return np.where(dark, np.where(weekend, 4, 2), np.where(weekend, 3, np.where(office, 0, 1)))


def part_weights(night: tuple[float, float] = NIGHT) -> Floats:
    """The share of the week's hours that each of `PARTS` holds."""
    parts = part_of_week(np.arange(WEEK_MINUTES) / 60, night)
    return np.bincount(parts, minlength=len(PARTS)) / WEEK_MINUTES


def spread_evenly(
    hour_of_week: npt.ArrayLike,
    *,
    tolerance: float = TOLERANCE,
    night: tuple[float, float] = NIGHT,
) -> bool:
    """Whether attempts lie over the week as its hours do, so that they may be pooled.

    Each part of the week must hold its share of the attempts within `tolerance`, or within
    one standard deviation of what chance leaves where there are few. Half of the attempts in
    office hours, pooled, gave an interval that covered the answerable share in 5 to 37 % of
    simulated audits instead of 95 %.
    """
    tried = np.bincount(part_of_week(hour_of_week, night), minlength=len(PARTS))
    return bool(_even(tried[None, :], part_weights(night), tolerance)[0])


def _even(n: npt.NDArray[np.int_], weights: Floats, tolerance: float) -> npt.NDArray[np.bool_]:
    total = np.maximum(n.sum(axis=1, keepdims=True), 1)
    chance = np.sqrt(weights * (1 - weights) / total)
    near = np.abs(n / total - weights) <= np.maximum(tolerance, chance)
    return np.asarray(near.all(axis=1) & (n.sum(axis=1) > 0))


def answerable(
    answered: npt.ArrayLike,
    tried: npt.ArrayLike,
    *,
    night: tuple[float, float] = NIGHT,
    tolerance: float = TOLERANCE,
    confidence_level: float = 0.95,
) -> list[Estimate]:
    """Share of the week in which an attempt is answered, for each provider.

    Parameters
    ----------
    answered, tried : arrays of int, shape (providers, 5)
        Attempts answered and made in each of `PARTS`, holidays left out.
    night : (float, float)
        Hours of the day at which the night begins and ends.

    Returns
    -------
    list of Estimate
        Without a value, but with what is known of it as limits, where a part of the week was
        not tried.

    Notes
    -----
    The mean over the week's hours of the chance to be answered. Attempts that lie over the
    week as its hours do are pooled: for one attempt in each of n equal slices of the week,
    Clopper–Pearson is then conservative, since such a count is less dispersed than a binomial
    one [1]_. Others are weighted by the hours of the five parts, and their limits combined by
    the square root of summed squares [2]_; a part without an attempt may be anything from 0
    to 1 and adds its whole weight. Simulated coverage of nominal 95 % intervals, with 21 to 84
    attempts and four schedules of staff: .959 to 1 with an attempt in each slice or at random,
    .963 to 1 with half of the attempts in office hours.

    References
    ----------
    .. [1] Hoeffding (1956), Ann. Math. Stat. 27:713-721.
    .. [2] Zou & Donner (2008), Stat. Med. 27:1693-1702.
    """
    k, n = np.atleast_2d(np.asarray(answered)), np.atleast_2d(np.asarray(tried))
    weights = part_weights(night)
    n_all, k_all = n.sum(axis=1), k.sum(axis=1)
    low, high = exact_limits(k_all, n_all, confidence_level)
    share, below, above = _weighted(k, n, weights, confidence_level)
    unknown = ((n == 0) & (weights > 0)).any(axis=1)
    found = []
    for i, even in enumerate(_even(n, weights, tolerance)):
        size, count, reason, value = int(n_all[i]), None, "", float(share[i])
        limits, method = (float(below[i]), float(above[i])), STRATIFIED
        if even:
            count, value = int(k_all[i]), float(k_all[i] / n_all[i])
            limits, method = (float(low[i]), float(high[i])), POOLED
        elif unknown[i]:
            reason = UNTRIED if size else N_("no attempts")
        one = Estimate(
            None if reason else value, *limits, size, method,
            confidence_level=confidence_level, k=count, reason=reason,
        )  # fmt: skip
        found.append(one.warn(FEW) if 0 < size < SMALL else one)
    return found


def _weighted(
    k: npt.NDArray[np.int_], n: npt.NDArray[np.int_], weights: Floats, level: float
) -> tuple[Floats, Floats, Floats]:
    """Weighted share of each row and its limits; untried parts count from 0 to 1."""
    tried = n > 0
    share = np.divide(k, n, out=np.zeros(k.shape), where=tried)
    low, high = exact_limits(k, n, level)
    known = np.where(tried, weights, 0.0)
    value = (known * share).sum(axis=1)
    below = value - np.sqrt(((known * (share - low)) ** 2).sum(axis=1))
    above = value + np.sqrt(((known * (high - share)) ** 2).sum(axis=1))
    untried = 1 - known.sum(axis=1)
    return value, np.clip(below, 0, value), np.clip(above + untried, value, 1)


def exact_limits(
    k: npt.ArrayLike, n: npt.ArrayLike, confidence_level: float = 0.95
) -> tuple[Floats, Floats]:
    """Clopper–Pearson limits of many rates at once; 0 and 1 where nothing was tried."""
    from scipy.special import betaincinv

    k, n = np.asarray(k, dtype=float), np.asarray(n, dtype=float)
    tail = (1 - confidence_level) / 2
    low = betaincinv(np.maximum(k, 1), n - np.maximum(k, 1) + 1, tail, where=(k > 0),
                     out=np.zeros(k.shape))  # fmt: skip
    high = betaincinv(k + 1, np.maximum(n - k, 1), 1 - tail, where=(k < n),
                      out=np.ones(k.shape))  # fmt: skip
    return low, high


def mean_share(
    shares: Sequence[Estimate], *, sample: bool = False, confidence_level: float = 0.95
) -> Estimate:
    """Mean of the providers' shares, each counting alike; those without a value are left out.

    Parameters
    ----------
    sample : bool
        Whether the providers stand for others like them. Limits are then of t with
        (providers − 1) degrees of freedom on the logit scale; otherwise they combine the
        providers' own limits by the square root of summed squares.
    """
    known = [share for share in shares if share.value is not None]
    if not known:
        return Estimate.absent(UNTRIED, n=sum(share.n for share in shares))
    values = np.array([share.value for share in known], dtype=float)
    mean, n = float(values.mean()), sum(share.n for share in known)
    if len(known) == 1:
        return known[0]
    if sample and 0 < mean < 1:
        limits, method = _logit_t(values, confidence_level), N_("mean of providers, logit-t")
    else:
        limits, method = _squares(known, mean), N_("mean of the named providers, MOVER")
    return Estimate(mean, *limits, n, method, confidence_level=confidence_level)


def _squares(shares: Sequence[Estimate], mean: float) -> tuple[float, float]:
    lows = [(s.value or 0) - (s.low or 0) for s in shares]
    highs = [(1 if s.high is None else s.high) - (s.value or 0) for s in shares]
    return (
        max(0.0, mean - math.hypot(*lows) / len(shares)),
        min(1.0, mean + math.hypot(*highs) / len(shares)),
    )


def _logit_t(values: Floats, confidence_level: float) -> tuple[float, float]:
    from scipy.special import expit, logit
    from scipy.stats import t

    mean = float(values.mean())
    error = float(values.std(ddof=1)) / math.sqrt(len(values)) / (mean * (1 - mean))
    half = float(t.ppf((1 + confidence_level) / 2, len(values) - 1)) * error
    return float(expit(logit(mean) - half)), float(expit(logit(mean) + half))


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
