"""What satisfaction goes with: shares of explained variance (LMG) with their intervals."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import numpy.typing as npt

from ..estimate import Estimate
from ..language import N_
from ..schema import DataError

Matrix = npt.NDArray[np.float64]
MOST = 12  # drivers; above, the 2^p subsets take too long
AT_ONCE = 5_000_000  # numbers of a bootstrap held in memory
LARGE = 20_000  # respondents, from which on means of products are as good as normal
SINGULAR = 1e-10


class NothingExplained(DataError):
    """The drivers explain no more of the outcome than chance would."""


@dataclass(frozen=True, slots=True)
class Difference:
    """The share of driver `first` less that of driver `second`, which is not larger."""

    first: int
    second: int
    estimate: Estimate


@dataclass(frozen=True, slots=True)
class Importance:
    """What `lmg` finds.

    `shares` are the shares of R² of the p drivers, which sum to 1. `borrowed` are the shares that
    each would take if nothing but its correlation with the others tied it to the outcome.
    `differences` are those of all pairs, the larger share first, at one level for all of them
    together; `ranks` the places that they leave open, 1 the largest. `explained` is the
    adjusted R², `r_squared` the plain one.
    """

    shares: tuple[Estimate, ...]
    borrowed: tuple[float, ...]
    differences: tuple[Difference, ...]
    ranks: tuple[Estimate, ...]
    explained: Estimate
    r_squared: float

    @property
    def lead(self) -> Estimate:
        """The largest share less the second."""
        (found,) = (
            each.estimate
            for each in self.differences
            if (self.ranks[each.first].value, self.ranks[each.second].value) == (1, 2)
        )
        return found


def lmg(
    outcome: npt.ArrayLike,
    drivers: npt.ArrayLike,
    *,
    weights: npt.ArrayLike | None = None,
    replicates: int = 1000,
    seed: int = 1,
    confidence_level: float = 0.95,
) -> Importance:
    """Share of R² of each driver, averaged over all orders of entry [1]_.

    Parameters
    ----------
    outcome : array of float, shape (n,)
    drivers : array of float, shape (n, p)
        2 to 12. Rows that lack any value are left out.
    weights : array of float, shape (n,), optional
        Of the respondents in the population.
    replicates, seed : int
        Of the bootstrap of respondents: percentile intervals of the shares; differences of
        all pairs within one multiple of their standard errors (max t [2]_).

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

    Notes
    -----
    Each replicate is a weighting of the respondents, so that one product of matrices gives the
    correlations of all; R² of every subset follows by conditioning on one driver at a time.
    From 20,000 respondents on, the means that make up correlations are drawn from the normal
    distribution that they then follow.

    References
    ----------
    .. [1] Lindeman, Merenda & Gold (1980), Introduction to Bivariate and Multivariate
       Analysis, p. 119 ff.; Grömping (2006), J. Stat. Softw. 17(1).
    .. [2] Westfall & Young (1993), Resampling-Based Multiple Testing, Wiley; ranks from
       simultaneous differences: Mogstad et al. (2024), Rev. Econ. Stud. 91:476-518.
    """
    rows = np.column_stack([np.asarray(outcome, dtype=float), np.asarray(drivers, dtype=float)])
    given = np.ones(len(rows)) if weights is None else np.asarray(weights, dtype=float)
    there = ~(np.isnan(rows).any(axis=1) | np.isnan(given)) & (given > 0)
    rows, given = rows[there], given[there]
    n, p = rows.shape[0], rows.shape[1] - 1
    _check(rows)
    correlations = np.concatenate([*_correlations(rows, given, replicates, seed)])
    parts, r2 = _decompose(correlations)
    effective = float(given.sum() ** 2 / (given**2).sum())
    _refuse_chance(float(r2[0]), effective, p)
    shares = parts / r2[:, None]
    pairs = tuple(_differences(shares, n, confidence_level))
    adjusted = 1 - (1 - float(r2[0])) * (effective - 1) / (effective - p - 1)
    return Importance(
        tuple(_percentile(shares[:, j], n, confidence_level) for j in range(p)),
        tuple(_borrowed(correlations[0])),
        pairs,
        tuple(_places(shares[0], pairs, n, confidence_level)),
        Estimate(adjusted, None, None, n, N_("adjusted R²"), confidence_level=confidence_level),
        float(r2[0]),
    )


def _borrowed(correlations: Matrix) -> Iterator[float]:
    """Each driver's share if the others alone made up its correlation with the outcome."""
    for j in range(1, len(correlations)):
        others = [k for k in range(1, len(correlations)) if k != j]
        slopes = np.linalg.solve(correlations[np.ix_(others, others)], correlations[others, 0])
        implied = correlations.copy()
        implied[j, 0] = implied[0, j] = correlations[j, others] @ slopes
        parts, r2 = _decompose(implied[None])
        yield float(parts[0, j - 1] / r2[0])


def _differences(shares: Matrix, n: int, confidence_level: float) -> Iterator[Difference]:
    """All pairs of shares, the larger first, with intervals that hold for all at once."""
    order = [int(j) for j in np.argsort(-shares[0], kind="stable")]
    pairs = list(combinations(order, 2))
    draws = np.stack([shares[:, i] - shares[:, j] for i, j in pairs], axis=1)
    again = draws[1:][~np.isnan(draws[1:]).any(axis=1)]
    errors = again.std(axis=0)
    away = np.abs(again - draws[0]) / np.where(errors > 0, errors, np.inf)
    reach = float(np.quantile(away.max(axis=1), confidence_level)) if len(again) else math.inf
    method = N_("LMG, bootstrap of all differences at once (max t)")
    for (i, j), value, error in zip(pairs, draws[0].tolist(), errors.tolist(), strict=True):
        half = reach * error
        yield Difference(
            i,
            j,
            Estimate(value, value - half, value + half, n, method,
                     confidence_level=confidence_level),
        )  # fmt: skip


def _places(
    shares: Matrix, pairs: Sequence[Difference], n: int, confidence_level: float
) -> Iterator[Estimate]:
    """The places of each share: no better than those clearly above, no worse than those below."""
    clear = [pair for pair in pairs if pair.estimate.low is not None and pair.estimate.low > 0]
    ranks = 1 + np.argsort(np.argsort(-shares, kind="stable"))
    for j, rank in enumerate(ranks.tolist()):
        best = 1 + sum(pair.second == j for pair in clear)
        worst = len(shares) - sum(pair.first == j for pair in clear)
        method = N_("LMG, places that the differences leave open")
        yield Estimate(rank, best, worst, n, method, "count", confidence_level)


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


def _correlations(rows: Matrix, weights: Matrix, replicates: int, seed: int) -> Iterator[Matrix]:
    """Correlations of the columns: of all rows, then of each replicate, some at a time.

    A column that a replicate left constant gives NaN.
    """
    n, width = rows.shape
    weights = weights / weights.mean()
    middle = weights @ rows / n
    centred = (rows - middle) / np.sqrt(weights @ (rows - middle) ** 2 / n)
    above, left = np.triu_indices(width)
    products = np.hstack([centred[:, above] * centred[:, left], centred])
    means = (weights @ products / n)[None]
    yield _from_moments(means, width)
    generator = np.random.default_rng(seed)
    if n >= LARGE:
        rest = (products - means) * weights[:, None]
        yield _from_moments(_normal(means, rest.T @ rest / n**2, replicates, generator), width)
        return
    some = max(1, AT_ONCE // n)
    for start in range(0, replicates, some):
        picks = [generator.integers(0, n, n) for _ in range(min(some, replicates - start))]
        counts = np.array([np.bincount(pick, weights[pick], n) for pick in picks])
        yield _from_moments(counts @ products / counts.sum(axis=1, keepdims=True), width)


def _normal(
    means: Matrix, covariance: Matrix, replicates: int, generator: np.random.Generator
) -> Matrix:
    """Draws of means that have this covariance, which need not be of full rank."""
    values, vectors = np.linalg.eigh(covariance)
    root = vectors * np.sqrt(np.maximum(values, 0))
    return np.asarray(means + generator.standard_normal((replicates, len(values))) @ root.T)


def _from_moments(moments: Matrix, width: int) -> Matrix:
    """Correlation matrices from means of products, then of the columns themselves."""
    above, left = np.triu_indices(width)
    means = moments[:, -width:]
    covariances = np.empty((len(moments), width, width))
    values = moments[:, :-width] - means[:, above] * means[:, left]
    covariances[:, above, left] = covariances[:, left, above] = values
    deviations = np.sqrt(np.diagonal(covariances, axis1=1, axis2=2))
    with np.errstate(invalid="ignore", divide="ignore"):
        return covariances / deviations[:, :, None] / deviations[:, None, :]


def _decompose(correlations: Matrix) -> tuple[Matrix, Matrix]:
    """LMG parts, shape (replicates, p), and R², from correlation matrices with outcome first."""
    p = correlations.shape[1] - 1
    explained = np.zeros((2**p, len(correlations)))
    _condition(np.ascontiguousarray(correlations.transpose(1, 2, 0)), 0, explained)
    subsets = np.arange(2**p)
    entered = np.array([subset.bit_count() for subset in range(2**p)])
    # The share of all orders of entry in which just this subset comes before a driver.
    share = np.array([1 / (p * math.comb(p - 1, k)) for k in range(p)] + [0.0])
    parts = np.empty((len(correlations), p))
    for j in range(p):
        without = subsets[subsets & (1 << j) == 0]
        gains = explained[without | (1 << j)] - explained[without]
        parts[:, j] = share[entered[without]] @ gains
    return parts, explained[-1]


def _condition(matrix: Matrix, subset: int, explained: Matrix) -> None:
    """Fill in R² of every subset that extends `subset` by drivers that `matrix` still holds.

    `matrix`, shape (1 + drivers, 1 + drivers, replicates), holds the outcome and the first
    drivers, conditioned on `subset`. The last one is left out or conditioned on: at the end, to
    leave it out copies nothing.
    """
    explained[subset] = 1 - matrix[0, 0]
    drivers = len(matrix) - 1
    if drivers:
        _condition(matrix[:-1, :-1], subset, explained)
        _condition(_schur(matrix), subset | (1 << (drivers - 1)), explained)


def _schur(matrix: Matrix) -> Matrix:
    """Condition on the last column, and drop it; what it does not tell apart becomes NaN."""
    pivot = np.where(matrix[-1, -1] > SINGULAR, matrix[-1, -1], np.nan)
    column = matrix[:-1, -1]
    return np.asarray(matrix[:-1, :-1] - column[:, None] * (column / pivot)[None])


def _refuse_chance(r2: float, n: float, p: int) -> None:
    """Shares of nothing are noise: ask first whether the drivers explain anything."""
    from scipy.special import fdtrc  # the upper tail of F

    if r2 < 1 and fdtrc(p, n - p - 1, r2 / p / ((1 - r2) / (n - p - 1))) > 0.05:
        raise NothingExplained("The drivers explain no more of the outcome than chance would.")


def _check(rows: Matrix) -> None:
    n, p = rows.shape[0], rows.shape[1] - 1
    if p > MOST:
        raise DataError(f"{p} drivers are too many for LMG. Group them to at most {MOST}.")
    if n < 5 * (p + 1):
        raise DataError(
            f"{n} complete answers are too few for {p} drivers. Expected at least {5 * (p + 1)}."
        )
    if (rows.min(axis=0) == rows.max(axis=0)).any():
        raise DataError("The outcome or a driver has the same score in every answer. Leave it out.")
    if np.linalg.eigvalsh(np.corrcoef(rows[:, 1:], rowvar=False).reshape(p, p))[0] < SINGULAR:
        raise DataError("Two drivers say the same in every answer. Leave one of them out.")
