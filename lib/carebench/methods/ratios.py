"""Ratios of totals: cost per acquired and per retained customer, and one against the other."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from ..estimate import Estimate
from ..language import N_

Floats = npt.NDArray[np.float64]

FEWEST = 6  # rows below which a ratio is printed without an interval
MOST_ALIKE = 0.9  # autocorrelation beyond which a dozen periods tell nothing of their mean
CLEAR = 1.645  # standard errors from which on periods are said to resemble the last
WIDENED = N_(
    "one period resembles the last, so they tell less than their number: the interval allows for it"
)


def ratio(
    numerators: npt.ArrayLike,
    denominators: npt.ArrayLike,
    *,
    unit: str = "ratio",
    confidence_level: float = 0.95,
    periods: npt.ArrayLike | None = None,
) -> Estimate:
    """Σ numerators / Σ denominators over the rows of a ledger, with Fieller's interval [1]_.

    Parameters
    ----------
    numerators, denominators : arrays of float, shape (n,)
        One entry per period (or per customer); rows that lack either are left out.
    periods : array of int, shape (n,), optional
        The number of each period, where rows are periods in time: the interval then allows for
        what one period has in common with the last.

    Returns
    -------
    Estimate
        Its confidence set may have an infinite limit, or be everything *outside* two limits,
        where the denominator is not clearly different from zero. Where no entry is negative,
        negative ratios are left out of it. No interval below 6 rows.

    Notes
    -----
    All θ for which the mean of (numerator − θ·denominator) is not significantly different
    from 0 by Student's t with n − 1 degrees of freedom.

    With `periods` the variance of (numerator − ratio·denominator) is multiplied by what a
    first-order autocorrelation r of it adds to that of its mean, 1 + 2Σ(1 − k/n)rᵏ, and the
    degrees of freedom fall in proportion; r is corrected for its bias [2]_ and never taken below
    0. That of the denominator is not: it may rise throughout, far from 0. Simulated coverage
    of nominal 95 % intervals at n = 6, 12, 24: .970, .967, .964 where r = 0; .943, .934, .946
    where r = .3; .88, .91, .93 where r = .6. Without it: .95 where r = 0, .67 to .71 where
    r = .6; with Newey and West's variance instead, .68 to .80.

    References
    ----------
    .. [1] Fieller (1954), J. R. Stat. Soc. B 16:175-185.
    .. [2] Marriott & Pope (1954), Biometrika 41:390-402.
    """
    from scipy.stats import t

    y, x, order = _pairs(numerators, denominators, periods)
    n = len(y)
    if n == 0 or x.sum() == 0:
        return Estimate.absent(N_("nothing to divide by"), n=n, unit=unit)
    value = float(y.sum() / x.sum())
    if n < FEWEST:
        return _without_interval(value, n, unit, confidence_level)
    rest = y - value * x
    alike, clearly = _resemblance(rest, order)
    inflation, freedom = _allowance(alike, n)
    q2, wide = (t.ppf((1 + confidence_level) / 2, f) ** 2 / n for f in (n - 1, freedom))
    (see, sex), (_sex, sxx) = np.cov(rest, x)
    a, b, c = x.mean() ** 2 - q2 * sxx, -q2 * sex, -wide * inflation * see
    low, high, outside = _fieller_set(float(a), float(b), float(c))
    low, high = value + low, value + high
    if y.min() >= 0 and x.min() >= 0:
        low, high, outside = _without_negative(low, high, outside)
    method = N_("Fieller") if periods is None else N_("Fieller, for periods in time")
    found = Estimate(value, low, high, n, method, unit, confidence_level, outside=outside)
    return found.warn(WIDENED) if clearly else found


def lagged(
    numerators: npt.ArrayLike, denominators: npt.ArrayLike, periods: npt.ArrayLike, lag: int
) -> tuple[Floats, Floats, npt.NDArray[np.int64]]:
    """Numerators beside the denominators of the period that comes `lag` later.

    Parameters
    ----------
    numerators, denominators : arrays of float, shape (n,)
    periods : array of int, shape (n,)
        The number of each period, none twice.
    lag : int
        0 or more.

    Returns
    -------
    tuple of arrays
        Both, with the number of the earlier period; only periods whose later one is there.
    """
    y, x = np.asarray(numerators, dtype=float), np.asarray(denominators, dtype=float)
    when = np.asarray(periods, dtype=np.int64)
    _later, spent, won = np.intersect1d(when + lag, when, assume_unique=True, return_indices=True)
    return y[spent], x[won], when[spent]


def ratio_of_ratios(
    first: tuple[npt.ArrayLike, npt.ArrayLike],
    second: tuple[npt.ArrayLike, npt.ArrayLike],
    *,
    confidence_level: float = 0.95,
    periods: npt.ArrayLike | None = None,
) -> Estimate:
    """(Σa/Σb) / (Σc/Σd) over the same rows of a ledger.

    A row that lacks part of one ratio counts for nothing in that ratio, and still in the other:
    a prospect who was never won has a cost of winning and none of keeping.

    Notes
    -----
    The logarithm is linearised row by row (delta method), which keeps the four totals'
    covariance; Student's t with n − 1 degrees of freedom. No interval below 6 rows. With
    `periods` it is widened as `ratio` is.
    """
    from scipy.stats import t

    rows = np.column_stack([_nothing_where_half(first), _nothing_where_half(second)])
    order = None if periods is None else np.asarray(periods, dtype=np.int64)[rows.any(axis=1)]
    rows = rows[rows.any(axis=1)]
    n, totals = len(rows), rows.sum(axis=0)
    fewest = min(rows[:, :2].any(axis=1).sum(), rows[:, 2:].any(axis=1).sum())
    if n == 0 or (totals <= 0).any():
        return Estimate.absent(N_("nothing to divide by"), n=n, unit="ratio")
    value = float(totals[0] / totals[1] / (totals[2] / totals[3]))
    if fewest < FEWEST:
        return _without_interval(value, n, "ratio", confidence_level)
    influence = rows / rows.mean(axis=0) @ np.array([1.0, -1.0, -1.0, 1.0])
    alike, clearly = _resemblance(influence, order)
    inflation, freedom = _allowance(alike, n)
    error = math.sqrt(inflation * float((influence**2).sum()) / (n * (n - 1)))
    half = float(t.ppf((1 + confidence_level) / 2, freedom)) * error
    found = Estimate(
        value,
        value * math.exp(-half),
        value * math.exp(half),
        n,
        N_("delta method on the logarithm"),
        "ratio",
        confidence_level,
    )
    return found.warn(WIDENED) if clearly else found


def _without_interval(value: float, n: int, unit: str, level: float) -> Estimate:
    return Estimate(
        value, None, None, n, N_("ratio of totals"), unit, level,
        warnings=(N_("fewer than 6 rows: no interval"),),
    )  # fmt: skip


def _nothing_where_half(pair: tuple[npt.ArrayLike, npt.ArrayLike]) -> Floats:
    """The two columns of a ratio, 0 in every row that lacks either."""
    columns = np.column_stack([np.asarray(part, dtype=float) for part in pair])
    return np.where(np.isnan(columns).any(axis=1)[:, None], 0.0, columns)


def _resemblance(rest: Floats, periods: npt.NDArray[np.int64] | None) -> tuple[float, bool]:
    """Autocorrelation of `rest` from one period to the next, at least 0; whether it is clear.

    Only pairs of periods that follow each other count. The bias is that of a mean estimated
    from the same n: about (1 + 4r)/n.
    """
    n = len(rest)
    total = float((rest**2).sum())
    if periods is None or total <= 0:
        return 0.0, False
    order = np.argsort(periods)
    ordered, follows = rest[order], np.diff(periods[order]) == 1
    pairs = int(follows.sum())
    if not pairs:
        return 0.0, False
    seen = float((ordered[1:] * ordered[:-1])[follows].sum()) / total * (n - 1) / pairs
    alike = min(max((n * seen + 1) / (n - 4), 0.0), MOST_ALIKE)
    return alike, seen > CLEAR / math.sqrt(pairs) - 1 / n


def _allowance(alike: float, n: int) -> tuple[float, float]:
    """By how much autocorrelation widens the variance of a mean, and the freedom it leaves.

    The variance seen among n rows that resemble each other is itself too small.
    """
    k = np.arange(1, n) if alike else np.arange(0)  # customers may be many, and never resemble
    mean = 1 + 2 * float(((1 - k / n) * alike**k).sum())
    inflation = mean * (n - 1) / max(n - mean, 1.0)
    return inflation, max(n / inflation, 2.5) - 1


def _without_negative(low: float, high: float, outside: bool) -> tuple[float, float, bool]:
    """The part of a confidence set from 0 upwards."""
    if not outside:
        return max(low, 0.0), max(high, 0.0), False
    return (low, high, True) if low >= 0 else (max(high, 0.0), math.inf, False)


def _fieller_set(a: float, b: float, c: float) -> tuple[float, float, bool]:
    """All θ with a·θ² − 2b·θ + c ≤ 0: two limits, and whether it is what lies outside them."""
    root = b * b - a * c
    if a > 0:
        half = math.sqrt(max(root, 0.0))
        return (b - half) / a, (b + half) / a, False
    if a == 0:
        if b == 0:
            return -math.inf, math.inf, False
        return (c / (2 * b), math.inf, False) if b > 0 else (-math.inf, c / (2 * b), False)
    if root <= 0:
        return -math.inf, math.inf, False
    half = math.sqrt(root)
    return (b + half) / a, (b - half) / a, True


def _pairs(
    y: npt.ArrayLike, x: npt.ArrayLike, periods: npt.ArrayLike | None
) -> tuple[Floats, Floats, npt.NDArray[np.int64] | None]:
    first, second = np.asarray(y, dtype=float), np.asarray(x, dtype=float)
    there = ~np.isnan(first) & ~np.isnan(second)
    order = None if periods is None else np.asarray(periods, dtype=np.int64)[there]
    return first[there], second[there], order
