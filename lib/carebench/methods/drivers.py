"""What satisfaction goes with: shares of explained variance (LMG) with their intervals."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ..estimate import Estimate
from ..language import N_
from ..schema import DataError

Matrix = npt.NDArray[np.float64]
MOST = 12  # units; above, the 2^p subsets take too long and groups say more
AT_ONCE = 5_000_000  # numbers of a bootstrap held in memory
HIGH_INFLATION, HIGH_CONDITION = 5.0, 30.0  # Belsley, Kuh & Welsch (1980)
SINGULAR = 1e-10


@dataclass(frozen=True, slots=True)
class Importance:
    """What `lmg` finds.

    `shares` are the shares of R² of the p units, which sum to 1, and `ranks` the places that
    the bootstrap gives them, 1 the largest. `lead` is the largest share less the second;
    `explained` is the adjusted R².
    """

    shares: tuple[Estimate, ...]
    ranks: tuple[Estimate, ...]
    lead: Estimate
    explained: Estimate


@dataclass(frozen=True, slots=True)
class Collinearity:
    """How far drivers say the same: variance inflation of each, and one condition index."""

    inflation: tuple[float, ...]
    condition: float

    @property
    def high(self) -> bool:
        """Whether they should be grouped: an inflation above 5 or an index above 30."""
        return max(self.inflation) > HIGH_INFLATION or self.condition > HIGH_CONDITION


def lmg(
    outcome: npt.ArrayLike,
    drivers: npt.ArrayLike,
    *,
    groups: Sequence[Sequence[int]] = (),
    replicates: int = 1000,
    seed: int = 1,
    confidence_level: float = 0.95,
) -> Importance:
    """Share of R² of each driver, averaged over all orders of entry [1]_.

    Parameters
    ----------
    outcome : array of float, shape (n,)
    drivers : array of float, shape (n, m)
        Rows that lack any value are left out.
    groups : sequence of sequences of int
        Columns of `drivers` that enter together, each of the m in one group; every driver by
        itself where not given. There may be 2 to 12 groups.
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

    Notes
    -----
    Each replicate is a weighting of the respondents, so that one product of matrices gives the
    correlations of all; R² of every subset follows by conditioning on one driver at a time.

    References
    ----------
    .. [1] Lindeman, Merenda & Gold (1980), Introduction to Bivariate and Multivariate
       Analysis, p. 119 ff.; Grömping (2006), J. Stat. Softw. 17(1).
    """
    rows = np.column_stack([np.asarray(outcome, dtype=float), np.asarray(drivers, dtype=float)])
    rows = rows[~np.isnan(rows).any(axis=1)]
    n, m = rows.shape[0], rows.shape[1] - 1
    units = [tuple(group) for group in groups] or [(column,) for column in range(m)]
    _check(rows, len(units))
    correlations = np.concatenate([*_correlations(rows, replicates, seed)])
    parts, r2 = _decompose(correlations, units)
    _refuse_chance(float(r2[0]), n, m)
    shares = parts / r2[:, None]
    places = 1 + np.argsort(np.argsort(-shares, axis=1, kind="stable"), axis=1).astype(float)
    first, second = np.argsort(shares[0])[::-1][:2]
    adjusted = 1 - (1 - float(r2[0])) * (n - 1) / (n - m - 1)
    each = range(len(units))
    return Importance(
        tuple(_percentile(shares[:, j], n, confidence_level) for j in each),
        tuple(_percentile(places[:, j], n, confidence_level, unit="count") for j in each),
        _percentile(shares[:, first] - shares[:, second], n, confidence_level),
        Estimate(adjusted, None, None, n, N_("adjusted R²"), confidence_level=confidence_level),
    )


def collinearity(drivers: npt.ArrayLike) -> Collinearity:
    """Variance inflation factors and the condition index of drivers' correlations.

    Parameters
    ----------
    drivers : array of float, shape (n, p)
        Rows that lack any value are left out.

    References
    ----------
    .. [1] Belsley, Kuh & Welsch (1980), Regression Diagnostics, Wiley, chapter 3.
    """
    rows = np.asarray(drivers, dtype=float)
    correlations = np.corrcoef(rows[~np.isnan(rows).any(axis=1)], rowvar=False)
    values = np.linalg.eigvalsh(correlations)
    if values[0] < SINGULAR:
        return Collinearity((math.inf,) * len(correlations), math.inf)
    inflation = np.diag(np.linalg.inv(correlations))
    return Collinearity(tuple(map(float, inflation)), float(np.sqrt(values[-1] / values[0])))


def _percentile(draws: Matrix, n: int, confidence_level: float, *, unit: str = "share") -> Estimate:
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
        unit,
        confidence_level=confidence_level,
    )


def _correlations(rows: Matrix, replicates: int, seed: int) -> Iterator[Matrix]:
    """Correlations of the columns: of all rows, then of each replicate, some at a time.

    A column that a replicate left constant gives NaN.
    """
    n, width = rows.shape
    centred = (rows - rows.mean(axis=0)) / rows.std(axis=0)
    above, left = np.triu_indices(width)
    products = np.hstack([centred[:, above] * centred[:, left], centred])
    yield _from_moments(products.mean(axis=0, keepdims=True), width)
    generator = np.random.default_rng(seed)
    some = max(1, AT_ONCE // n)
    for start in range(0, replicates, some):
        picks = [generator.integers(0, n, n) for _ in range(min(some, replicates - start))]
        counts = np.array([np.bincount(pick, minlength=n) for pick in picks], dtype=float)
        yield _from_moments(counts @ products / n, width)


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


def _decompose(correlations: Matrix, units: Sequence[tuple[int, ...]]) -> tuple[Matrix, Matrix]:
    """LMG parts, shape (replicates, p), and R², from correlation matrices with outcome first."""
    p, order = len(units), [0, *(1 + column for unit in units for column in unit)]
    explained = np.zeros((2**p, len(correlations)))
    sizes = [len(unit) for unit in units]
    _condition(correlations[:, order][:, :, order], sizes, 0, 0, explained)
    subsets = np.arange(2**p)
    entered = np.array([subset.bit_count() for subset in range(2**p)])
    # The share of all orders of entry in which just this subset comes before a driver.
    share = np.array([1 / (p * math.comb(p - 1, k)) for k in range(p)] + [0.0])
    parts = np.empty((len(correlations), p))
    for unit in range(p):
        without = subsets[subsets & (1 << unit) == 0]
        gains = explained[without | (1 << unit)] - explained[without]
        parts[:, unit] = share[entered[without]] @ gains
    return parts, explained[-1]


def _condition(
    matrix: Matrix, sizes: Sequence[int], unit: int, subset: int, explained: Matrix
) -> None:
    """Fill in R² of every subset that extends `subset` by units from `unit` on.

    `matrix` holds the outcome and the columns of those units, conditioned on `subset`.
    """
    explained[subset] = 1 - matrix[:, 0, 0]
    if unit == len(sizes):
        return
    width = sizes[unit]
    rest = [0, *range(1 + width, matrix.shape[1])]
    _condition(matrix[:, rest][:, :, rest], sizes, unit + 1, subset, explained)
    given = matrix
    for _ in range(width):
        given = _schur(given)
    _condition(given, sizes, unit + 1, subset | (1 << unit), explained)


def _schur(matrix: Matrix) -> Matrix:
    """Condition on the second column, and drop it; what it does not tell apart becomes NaN."""
    rest = [0, *range(2, matrix.shape[1])]
    pivot = np.where(matrix[:, 1, 1] > SINGULAR, matrix[:, 1, 1], np.nan)
    column = matrix[:, rest, 1]
    kept = matrix[:, rest][:, :, rest]
    return np.asarray(kept - column[:, :, None] * (column / pivot[:, None])[:, None, :])


def _refuse_chance(r2: float, n: int, p: int) -> None:
    """Shares of nothing are noise: ask first whether the drivers explain anything."""
    from scipy.stats import f

    if f.sf(r2 / p / ((1 - r2) / (n - p - 1)) if r2 < 1 else np.inf, p, n - p - 1) > 0.05:
        raise DataError("The drivers explain no more of the outcome than chance would.")


def _check(rows: Matrix, units: int) -> None:
    n, p = rows.shape[0], rows.shape[1] - 1
    if units > MOST:
        raise DataError(f"{units} drivers are too many for LMG. Group them to at most {MOST}.")
    if n < 5 * (p + 1):
        raise DataError(
            f"{n} complete answers are too few for {p} drivers. Expected at least {5 * (p + 1)}."
        )
    if (rows.std(axis=0) == 0).any():
        raise DataError("The outcome or a driver has the same score in every answer. Leave it out.")
    if abs(np.linalg.det(np.corrcoef(rows[:, 1:], rowvar=False).reshape(p, p))) < SINGULAR:
        raise DataError("Two drivers say the same in every answer. Leave one of them out.")
