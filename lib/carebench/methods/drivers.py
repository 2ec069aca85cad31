"""What satisfaction goes with: shares of explained variance (LMG) with their intervals."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import numpy.typing as npt

from ..estimate import Estimate
from ..language import N_
from ..schema import DataError

Matrix = npt.NDArray[np.float64]
MOST = 12  # drivers; above, the 2^p subsets take too long and groups say more


@dataclass(frozen=True, slots=True)
class Importance:
    """What `lmg` finds.

    `shares` are the p shares of R², which sum to 1; `lead` is the largest share less the
    second; `explained` is the adjusted R².
    """

    shares: tuple[Estimate, ...]
    lead: Estimate
    explained: Estimate


def lmg(
    outcome: npt.ArrayLike,
    drivers: npt.ArrayLike,
    *,
    replicates: int = 1000,
    seed: int = 1,
    confidence_level: float = 0.95,
) -> Importance:
    """Share of R² of each driver, averaged over all orders of entry [1]_.

    Parameters
    ----------
    outcome : array of float, shape (n,)
    drivers : array of float, shape (n, p), 2 ≤ p ≤ 12
        Rows that lack any value are left out.
    replicates, seed : int
        Of the bootstrap of respondents (percentile intervals).

    Returns
    -------
    Importance
        A driver without any effect of its own still takes a share where it is correlated
        with one that has: a share is no effect.

    Raises
    ------
    DataError
        A driver is constant, or there are more than 12, or too few complete rows, or the
        drivers explain no more than chance would (F test, 5 %).

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
    _refuse_chance(float(r2[0]), n, p)
    shares = parts / r2[:, None]
    first, second = np.argsort(shares[0])[::-1][:2]
    adjusted = 1 - (1 - float(r2[0])) * (n - 1) / (n - p - 1)
    return Importance(
        tuple(_percentile(shares[:, j], n, confidence_level) for j in range(p)),
        _percentile(shares[:, first] - shares[:, second], n, confidence_level),
        Estimate(adjusted, None, None, n, N_("adjusted R²"), confidence_level=confidence_level),
    )


def _percentile(draws: Matrix, n: int, confidence_level: float) -> Estimate:
    """The first of `draws`, with the percentiles of the others."""
    tail = 100 * (1 - confidence_level) / 2
    low, high = np.nanpercentile(draws[1:], [tail, 100 - tail])
    value = float(draws[0])
    return Estimate(
        value,
        min(float(low), value),
        max(float(high), value),
        n,
        N_("LMG, percentile bootstrap"),
        confidence_level=confidence_level,
    )


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


def _refuse_chance(r2: float, n: int, p: int) -> None:
    """Shares of nothing are noise: ask first whether the drivers explain anything."""
    from scipy.stats import f

    if f.sf(r2 / p / ((1 - r2) / (n - p - 1)) if r2 < 1 else np.inf, p, n - p - 1) > 0.05:
        raise DataError("The drivers explain no more of the outcome than chance would.")


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
