"""How far the mean of shoppers' scores can be trusted, and who of them follows nobody."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from ..estimate import Estimate
from ..language import N_

Matrix = npt.NDArray[np.float64]


def icc(scores: npt.ArrayLike, *, confidence_level: float = 0.95) -> tuple[Estimate, Estimate]:
    """ICC(2,1) and ICC(2,k): how far one shopper's score, and the mean of all k, can be trusted.

    Parameters
    ----------
    scores : array of float, shape (n, k)
        One row per contact, one column per shopper; rows that lack a score are left out.

    Returns
    -------
    tuple of two Estimates
        Unit "score": part of the variance of a single score, and of the mean of k scores, that
        lies between contacts. n is the number of contacts.

    Notes
    -----
    Two-way random effects, absolute agreement [1]_: shoppers are a sample too, and the F
    interval holds for others like them. Simulated coverage of the nominal 95 % interval with
    3 or 4 shoppers and scores rounded to 1 to 5: .970, .947 and .950 with 13, 26 and 40
    contacts.

    References
    ----------
    .. [1] Shrout & Fleiss (1979), Psychol. Bull. 86:420-428; interval as in McGraw & Wong
       (1996), Psychol. Methods 1:30-46, table 7.
    """
    table = np.asarray(scores, dtype=float)
    table = table[~np.isnan(table).any(axis=1)]
    n, k = table.shape
    if n < 2 or k < 2:
        reason = N_("fewer than two shoppers scored two contacts in common")
        return (Estimate.absent(reason, n=n, unit="score"),) * 2
    rows, columns, rest = _mean_squares(table)
    if rest <= 1e-12 * max(rows, columns, 1e-12):
        return (
            Estimate.absent(N_("the scores do not vary enough to tell"), n=n, unit="score"),
        ) * 2
    single = (rows - rest) / (rows + (k - 1) * rest + k * (columns - rest) / n)
    low, high = _single_limits(rows, columns, rest, n, k, single, confidence_level)
    method = N_("intraclass correlation, two-way random, F interval")
    # The mean of k scores: the formula of Spearman and Brown, for the value and both limits.
    return (
        _ordered(single, low, high, n, method, confidence_level),
        _ordered(
            _stepped_up(single, k),
            _stepped_up(low, k),
            _stepped_up(high, k),
            n,
            method,
            confidence_level,
        ),
    )


def correlations_with_rest(scores: npt.ArrayLike) -> Matrix:
    """Correlation of each shopper's scores with the mean of the others', over common contacts.

    Parameters
    ----------
    scores : array of float, shape (n, k)
        One row per contact, one column per shopper, no score missing.

    Returns
    -------
    array, shape (k,)
        0 for a shopper who gave every contact the same score; NaN where the mean of the others
        does not vary, so that nobody could follow it.
    """
    table = np.asarray(scores, dtype=float)
    n, k = table.shape
    if n < 2 or k < 2:
        return np.full(k, math.nan)
    rest = (table.sum(axis=1, keepdims=True) - table) / (k - 1)
    own, others = (part - part.mean(axis=0) for part in (table, rest))
    norms = np.sqrt((own**2).sum(axis=0) * (others**2).sum(axis=0))
    varies = (others**2).sum(axis=0) > 1e-9
    found = np.divide((own * others).sum(axis=0), norms, out=np.zeros(k), where=norms > 1e-9)
    return np.where(varies, found, math.nan)


def _mean_squares(table: Matrix) -> tuple[float, float, float]:
    """Of rows (contacts), of columns (shoppers) and of what is left."""
    n, k = table.shape
    by_row, by_column = table.mean(axis=1), table.mean(axis=0)
    left = table - by_row[:, None] - by_column + table.mean()
    return (
        float(k * by_row.var(ddof=1)),
        float(n * by_column.var(ddof=1)),
        float((left**2).sum() / ((n - 1) * (k - 1))),
    )


def _single_limits(
    rows: float,
    columns: float,
    rest: float,
    n: int,
    k: int,
    single: float,
    confidence_level: float,
) -> tuple[float, float]:
    """F limits of ICC(2,1), with Satterthwaite's degrees of freedom."""
    from scipy.stats import f

    tail = (1 + confidence_level) / 2
    a = k * single * columns / rest
    b = n * (1 + (k - 1) * single) - k * single
    freedom = (k - 1) * (n - 1) * (a + b) ** 2 / ((n - 1) * a**2 + b**2)
    above, below = float(f.ppf(tail, n - 1, freedom)), float(f.ppf(tail, freedom, n - 1))
    others = k * columns + (k * n - k - n) * rest
    low = n * (rows - above * rest) / (above * others + n * rows)
    high = n * (below * rows - rest) / (others + n * below * rows)
    return low, high


def _stepped_up(single: float, k: int) -> float:
    below = 1 + (k - 1) * single
    return k * single / below if below > 1e-9 else -math.inf


def _ordered(
    value: float, low: float, high: float, n: int, method: str, confidence_level: float
) -> Estimate:
    """An intraclass correlation; below 0 the formulas estimate nothing, and 0 is shown."""
    shown: Sequence[float] = [max(x, 0.0) for x in (value, low, high)]
    return Estimate(
        shown[0], min(shown[1], shown[0]), max(shown[2], shown[0]), n, method, "score",
        confidence_level,
    )  # fmt: skip
