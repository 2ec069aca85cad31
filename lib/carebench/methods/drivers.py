"""What satisfaction goes with: shares of explained variance (LMG) with their intervals."""

from __future__ import annotations

import math
from itertools import combinations

import numpy as np
import numpy.typing as npt

from ..estimate import Estimate
from ..language import N_
from ..schema import DataError

Matrix = npt.NDArray[np.float64]
MOST = 12  # drivers; above, the 2^p subsets take too long and groups say more


def lmg(
    outcome: npt.ArrayLike,
    drivers: npt.ArrayLike,
    *,
    replicates: int = 1000,
    seed: int = 1,
    confidence_level: float = 0.95,
) -> tuple[list[Estimate], Estimate]:
    """Share of R² of each driver, averaged over all orders of entry, and R² itself [1]_.

    Parameters
    ----------
    outcome : array of float, shape (n,)
    drivers : array of float, shape (n, p), p ≤ 12
        Rows that lack any value are left out.
    replicates, seed : int
        Of the bootstrap of respondents (percentile intervals).

    Returns
    -------
    (list of Estimate, Estimate)
        The p shares, which sum to 1, and R². A driver without any effect of its own still
        takes a share where it is correlated with one that has: a share is no effect.

    Raises
    ------
    DataError
        A driver is constant, or there are more than 12, or too few complete rows.

    References
    ----------
    .. [1] Lindeman, Merenda & Gold (1980), Introduction to Bivariate and Multivariate
       Analysis, p. 119 ff.; Grömping (2006), J. Stat. Softw. 17(1).
    """
    rows = np.column_stack([np.asarray(outcome, dtype=float), np.asarray(drivers, dtype=float)])
    rows = rows[~np.isnan(rows).any(axis=1)]
    n, p = rows.shape[0], rows.shape[1] - 1
    _check(rows)
    generator = np.random.default_rng(seed)
    picks = generator.integers(0, n, size=(replicates, n))
    correlations = np.stack([_correlations(rows), *(_correlations(rows[i]) for i in picks)])
    parts, r2 = _decompose(correlations)
    shares = parts / r2[:, None]
    tail = 100 * (1 - confidence_level) / 2
    low, high = np.nanpercentile(shares[1:], [tail, 100 - tail], axis=0)
    method = N_("LMG, percentile bootstrap")
    importance = [
        Estimate(
            float(shares[0, j]),
            min(float(low[j]), float(shares[0, j])),
            max(float(high[j]), float(shares[0, j])),
            n,
            method,
            confidence_level=confidence_level,
        )
        for j in range(p)
    ]
    r2_low, r2_high = np.nanpercentile(r2[1:], [tail, 100 - tail])
    total = float(r2[0])
    explained = Estimate(
        total, min(float(r2_low), total), max(float(r2_high), total), n,
        N_("percentile bootstrap"), confidence_level=confidence_level,
    )  # fmt: skip
    return importance, explained


def _correlations(rows: Matrix) -> Matrix:
    """Correlations of the columns; a column that a replicate left constant gives NaN."""
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(np.corrcoef(rows, rowvar=False))


def _decompose(correlations: Matrix) -> tuple[Matrix, Matrix]:
    """LMG parts, shape (replicates, p), and R², from correlation matrices with outcome first."""
    p = correlations.shape[1] - 1
    every = range(1, p + 1)
    explained: dict[tuple[int, ...], Matrix] = {(): np.zeros(len(correlations))}
    for size in every:
        for subset in combinations(every, size):
            explained[subset] = _r_squared(correlations, subset)
    parts = np.zeros((len(correlations), p))
    for subset, r2 in explained.items():
        for driver in set(every) - set(subset):
            gain = explained[tuple(sorted((*subset, driver)))] - r2
            # The share of all orders of entry in which just this subset comes before it.
            parts[:, driver - 1] += gain / (p * math.comb(p - 1, len(subset)))
    return parts, explained[tuple(every)]


def _r_squared(correlations: Matrix, subset: tuple[int, ...]) -> Matrix:
    """R² of the outcome on the drivers of `subset`, for every replicate."""
    columns = np.array(subset)
    among = correlations[:, columns[:, None], columns]
    with_outcome = correlations[:, columns, 0]
    usable = np.isfinite(among).all(axis=(1, 2)) & (np.abs(np.linalg.det(among)) > 1e-12)
    result = np.full(len(correlations), np.nan)
    solved = np.linalg.solve(among[usable], with_outcome[usable][..., None])[..., 0]
    result[usable] = (solved * with_outcome[usable]).sum(axis=1)
    return result


def _check(rows: Matrix) -> None:
    n, p = rows.shape[0], rows.shape[1] - 1
    if p > MOST:
        raise DataError(f"{p} drivers are too many for LMG. Group them to at most {MOST}.")
    if n < 5 * (p + 1):
        raise DataError(
            f"{n} complete answers are too few for {p} drivers. Expected at least {5 * (p + 1)}."
        )
    if (rows.std(axis=0) == 0).any():
        raise DataError("The outcome or a driver has the same score in every answer. Leave it out.")
    if abs(np.linalg.det(np.corrcoef(rows[:, 1:], rowvar=False).reshape(p, p))) < 1e-10:
        raise DataError("Two drivers say the same in every answer. Leave one of them out.")
