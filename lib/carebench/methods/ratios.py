"""Ratios of totals: cost per acquired and per retained customer, and one against the other."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from ..estimate import Estimate
from ..language import N_

FEWEST = 6  # rows below which a ratio is printed without an interval


def ratio(
    numerators: npt.ArrayLike,
    denominators: npt.ArrayLike,
    *,
    unit: str = "ratio",
    confidence_level: float = 0.95,
) -> Estimate:
    """Σ numerators / Σ denominators over the rows of a ledger, with Fieller's interval [1]_.

    Parameters
    ----------
    numerators, denominators : arrays of float, shape (n,)
        One entry per period (or per customer); rows that lack either are left out.

    Returns
    -------
    Estimate
        Its confidence set may have an infinite limit, or be everything *outside* two limits,
        where the denominator is not clearly different from zero. No interval below 6 rows.

    Notes
    -----
    All θ for which the mean of (numerator − θ·denominator) is not significantly different
    from 0 by Student's t with n − 1 degrees of freedom.

    References
    ----------
    .. [1] Fieller (1954), J. R. Stat. Soc. B 16:175-185.
    """
    from scipy.stats import t

    y, x = _pairs(numerators, denominators)
    n = len(y)
    if n == 0 or x.sum() == 0:
        return Estimate.absent(N_("nothing to divide by"), n=n, unit=unit)
    value = float(y.sum() / x.sum())
    if n < FEWEST:
        return Estimate(
            value, None, None, n, N_("ratio of totals"), unit, confidence_level,
            warnings=(N_("fewer than 6 rows: no interval"),),
        )  # fmt: skip
    q2 = float(t.ppf((1 + confidence_level) / 2, n - 1)) ** 2 / n
    (syy, sxy), (_sxy, sxx) = np.cov(y, x)
    a = x.mean() ** 2 - q2 * sxx
    b = x.mean() * y.mean() - q2 * sxy
    c = y.mean() ** 2 - q2 * syy
    low, high, outside = _fieller_set(float(a), float(b), float(c))
    return Estimate(value, low, high, n, N_("Fieller"), unit, confidence_level, outside=outside)


def ratio_of_ratios(
    first: tuple[npt.ArrayLike, npt.ArrayLike],
    second: tuple[npt.ArrayLike, npt.ArrayLike],
    *,
    confidence_level: float = 0.95,
) -> Estimate:
    """(Σa/Σb) / (Σc/Σd) over the same rows of a ledger.

    A row that lacks part of one ratio counts for nothing in that ratio, and still in the other:
    a prospect who was never won has a cost of winning and none of keeping.

    Notes
    -----
    The logarithm is linearised row by row (delta method), which keeps the four totals'
    covariance; Student's t with n − 1 degrees of freedom. No interval below 6 rows.
    """
    from scipy.stats import t

    rows = np.column_stack([_nothing_where_half(first), _nothing_where_half(second)])
    rows = rows[rows.any(axis=1)]
    n, totals = len(rows), rows.sum(axis=0)
    fewest = min(rows[:, :2].any(axis=1).sum(), rows[:, 2:].any(axis=1).sum())
    if n == 0 or (totals <= 0).any():
        return Estimate.absent(N_("nothing to divide by"), n=n, unit="ratio")
    value = float(totals[0] / totals[1] / (totals[2] / totals[3]))
    if fewest < FEWEST:
        return Estimate(
            value, None, None, n, N_("ratio of totals"), "ratio", confidence_level,
            warnings=(N_("fewer than 6 rows: no interval"),),
        )  # fmt: skip
    influence = rows / rows.mean(axis=0) @ np.array([1.0, -1.0, -1.0, 1.0])
    error = math.sqrt(float((influence**2).sum()) / (n * (n - 1)))
    half = float(t.ppf((1 + confidence_level) / 2, n - 1)) * error
    return Estimate(
        value,
        value * math.exp(-half),
        value * math.exp(half),
        n,
        N_("delta method on the logarithm"),
        "ratio",
        confidence_level,
    )


def _nothing_where_half(pair: tuple[npt.ArrayLike, npt.ArrayLike]) -> npt.NDArray[np.float64]:
    """The two columns of a ratio, 0 in every row that lacks either."""
    columns = np.column_stack([np.asarray(part, dtype=float) for part in pair])
    return np.where(np.isnan(columns).any(axis=1)[:, None], 0.0, columns)


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
    y: npt.ArrayLike, x: npt.ArrayLike
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    first, second = np.asarray(y, dtype=float), np.asarray(x, dtype=float)
    there = ~np.isnan(first) & ~np.isnan(second)
    return first[there], second[there]
