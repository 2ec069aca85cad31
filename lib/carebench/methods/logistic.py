"""Logistic regression by iterated least squares, with standard errors that may be clustered."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ..language import N_
from ..schema import DataError

Floats = npt.NDArray[np.float64]

STEPS = 30  # Newton needs 5 to 10; separated data never come to rest
AT_REST = 1e-8  # change of the log-odds of any row
SURE = 30.0  # log-odds beyond which a row is fitted without doubt
HALVINGS = 10
NOTHING_LEFT = 1e-7  # of a column, as a share of its length
ALIKE = N_("all outcomes are the same")
REPEATED = N_("a column says nothing that the others do not say")
SEPARATED = N_("the columns tell the outcome apart without doubt, so nothing can be estimated")


@dataclass(frozen=True, slots=True)
class Logit:
    """Coefficients of the log-odds and their covariance, in the order of the columns.

    Where `converged` is false, `warning` says why, and the numbers are all missing (NaN).
    """

    coefficients: Floats
    covariance: Floats
    converged: bool
    warning: str = ""

    @property
    def standard_errors(self) -> Floats:
        """Of the coefficients, robust."""
        return np.asarray(np.sqrt(np.diag(self.covariance)))

    def predict(self, design: npt.ArrayLike) -> Floats:
        """The chance of the outcome in each row of `design`."""
        return _chance(np.asarray(design, dtype=float) @ self.coefficients)


def fit(
    design: npt.ArrayLike,
    outcome: npt.ArrayLike,
    weights: npt.ArrayLike | None = None,
    groups: npt.ArrayLike | None = None,
) -> Logit:
    """Coefficients of highest likelihood of a yes or no, with robust standard errors [1]_.

    Parameters
    ----------
    design : array of float, shape (n, p)
        The predictors; a column of ones is the intercept, and is not added here.
    outcome : array of 0 and 1, shape (n,)
    weights : array of float, shape (n,), optional
        How much each row counts, zero or more.
    groups : array, shape (n,), optional
        Rows of one group (all months of one customer) may go together; each row is a group of
        its own where this is not given.

    Returns
    -------
    Logit
        Refused, with a warning, where all outcomes are the same, where a column repeats others
        (`independent_columns` finds those that do not) and where the outcome is separated: some
        rows then have no finite log-odds, and a search that stops somewhere shows a number that
        means nothing.

    Raises
    ------
    DataError
        A value is missing or infinite, an outcome is neither 0 nor 1, a weight is below zero,
        or the lengths differ.

    Notes
    -----
    Iterated reweighted least squares, with half steps where the likelihood would fall. The
    covariance is the sandwich over groups, times G/(G - 1) · (n - 1)/(n - p) for G groups.

    References
    ----------
    .. [1] Liang & Zeger (1986), Biometrika 73:13-22.
    """
    x, y, w = _checked(design, outcome, weights)
    counted = w > 0
    if len(set(y[counted].tolist())) < 2:
        return _refused(x.shape[1], ALIKE)
    if len(independent_columns(x[counted])) < x.shape[1]:
        return _refused(x.shape[1], REPEATED)
    scale = np.abs(x).max(axis=0)
    coefficients, bread = _search(x / scale, y, w)
    if bread is None:
        return _refused(x.shape[1], SEPARATED)
    scores = (w * (y - _chance(x / scale @ coefficients)))[:, None] * (x / scale)
    covariance = _sandwich(bread, scores, groups)
    return Logit(coefficients / scale, covariance / np.outer(scale, scale), True)


def independent_columns(design: npt.ArrayLike) -> list[int]:
    """The columns that are not sums of multiples of those before them, first to last."""
    x = np.asarray(design, dtype=float)
    length = np.sqrt((x**2).sum(axis=0))
    there = np.flatnonzero(length > 0)
    # The triangle holds, on its diagonal, what of each column those before it do not explain.
    left = np.abs(np.diag(np.linalg.qr(x[:, there] / length[there], mode="r")))
    return [int(column) for column in there[: len(left)][left > NOTHING_LEFT]]


def _search(x: Floats, y: Floats, w: Floats) -> tuple[Floats, Floats | None]:
    """Where the likelihood is highest, and the inverse of the information; None if nowhere."""
    coefficients = np.zeros(x.shape[1])
    odds = x @ coefficients
    for _step in range(STEPS):
        p = _chance(odds)
        information = (x * (w * p * (1 - p))[:, None]).T @ x
        try:
            step = np.linalg.solve(information, x.T @ (w * (y - p)))
        except np.linalg.LinAlgError:
            break
        step = _uphill(odds, x @ step, y, w) * step
        coefficients, before = coefficients + step, odds
        odds = x @ coefficients
        if np.abs(odds - before).max() < AT_REST:
            return coefficients, np.asarray(np.linalg.inv(information))
        if not np.abs(odds).max() < SURE:
            break
    return coefficients, None


def _uphill(odds: Floats, change: Floats, y: Floats, w: Floats) -> float:
    """The largest of 1, 1/2, 1/4 … of a step that does not lower the likelihood."""

    def height(at: Floats) -> float:
        return float(w @ (y * at - np.logaddexp(0, at)))

    start, part = height(odds), 1.0
    for _halving in range(HALVINGS):
        if height(odds + part * change) >= start - 1e-9 * abs(start):
            break
        part /= 2
    return part


def _sandwich(bread: Floats, scores: Floats, groups: npt.ArrayLike | None) -> Floats:
    n, p = scores.shape
    if groups is not None:
        _names, group = np.unique(np.asarray(groups), return_inverse=True)
        scores = np.column_stack([np.bincount(group, weights=score) for score in scores.T])
    g = len(scores)
    if g < 2 or n <= p:
        return np.full((p, p), np.nan)
    return np.asarray(bread @ (scores.T @ scores) @ bread * g / (g - 1) * (n - 1) / (n - p))


def _chance(odds: Floats) -> Floats:
    return np.asarray(1 / (1 + np.exp(-np.clip(odds, -500, 500))))


def _refused(p: int, warning: str) -> Logit:
    return Logit(np.full(p, np.nan), np.full((p, p), np.nan), False, warning)


def _checked(
    design: npt.ArrayLike, outcome: npt.ArrayLike, weights: npt.ArrayLike | None
) -> tuple[Floats, Floats, Floats]:
    x, y = np.asarray(design, dtype=float), np.asarray(outcome, dtype=float)
    w = np.ones(len(y)) if weights is None else np.asarray(weights, dtype=float)
    if x.ndim != 2 or not len(x) == len(y) == len(w):
        raise DataError(
            f"A table of {x.shape} predictors goes with {len(y)} outcomes and {len(w)} weights. "
            "Give one row, one outcome and one weight for each observation."
        )
    if not (np.isfinite(x).all() and np.isfinite(w).all()):
        raise DataError("A predictor or a weight is missing or infinite. Leave such rows out.")
    if not np.isin(y, (0, 1)).all():
        raise DataError("An outcome is neither 0 nor 1. Leave rows without an outcome out.")
    if (w < 0).any():
        raise DataError("A weight is below zero. Expected weights of zero or more.")
    return x, y, w
