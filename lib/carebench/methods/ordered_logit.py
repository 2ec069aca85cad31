"""Ordered answers and what goes with them: the proportional-odds logit.

The log-likelihood is concave, so Newton's steps find the highest point wherever there is one.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from ..language import N_
from ..schema import DataError
from .coefficients import Coefficients, Vector
from .least_squares import refuse_singular, relative

MOST_LEVELS = 11  # points of an outcome, as on a scale from 0 to 10
MOST_STEPS, NEAR = 60, 1e-12  # of the search; of the gain still to be had, per answer
FARTHEST = 10.0  # of a coefficient or its error, per standard deviation: beyond, separation
SEPARATED = (
    "The drivers tell the outcome apart without fail (separation), so their coefficients have no "
    "finite value. Leave a driver out, or ask more respondents."
)


class Separation(DataError):
    """The drivers tell the outcome apart without fail: no finite coefficients exist."""


@dataclass(frozen=True, slots=True)
class OrderedLogit:
    """What `ordered_logit` finds: log odds per point, thresholds on the same scale, and the fit."""

    coefficients: Coefficients
    thresholds: Vector
    log_likelihood: float


def ordered_logit(
    outcome: npt.ArrayLike, drivers: npt.ArrayLike, *, weights: npt.ArrayLike | None = None
) -> OrderedLogit:
    """The proportional-odds logit of McCullagh [1]_: logit P(y > k) = x'β − θ_k.

    Parameters
    ----------
    outcome : array of float, shape (n,)
        Answers in order, 2 to 11 different ones; the binary logit is the case of two.
    drivers : array of float, shape (n, p)
        Nothing may be missing.
    weights : array of float, shape (n,), optional
        Of the respondents in the population. Standard errors are then those of the sandwich [2]_,
        else those of the observed information.

    Raises
    ------
    DataError
        The outcome is constant or has more than 11 points; a driver is constant or follows from
        the others; or no finite coefficients exist (separation).

    Notes
    -----
    With u and l the upper and the lower threshold of an answer less x'β, its probability is
    F(u) F(−l) (1 − exp(l − u)), F the logistic function, so that nothing is lost in the tails.

    References
    ----------
    .. [1] McCullagh (1980), J. R. Stat. Soc. B 42:109-142; concave: Pratt (1981), J. Am. Stat.
       Assoc. 76:103-106.
    .. [2] Huber (1967); White (1982), Econometrica 50:1-25.
    """
    x = np.asarray(drivers, dtype=float)
    n = len(x)
    w = relative(weights, n)
    levels, answer = np.unique(np.asarray(outcome, dtype=float), return_inverse=True)
    if not 2 <= len(levels) <= MOST_LEVELS:
        raise DataError(f"The outcome has {len(levels)} values. Expected 2 to {MOST_LEVELS}.")
    refuse_singular(x, w)
    centre = w @ x / n
    spread = np.sqrt(w @ (x - centre) ** 2 / n)
    order = np.argsort(answer, kind="stable")
    standard = (x[order] - centre) / spread
    problem = _Problem(answer[order], standard, w[order], len(levels) - 1)
    found, covariance = _highest(problem)
    if weights is not None:
        scores = problem.scores(found)
        covariance = covariance @ (scores.T @ scores) @ covariance
    return _in_points(problem, found, covariance, centre, spread)


@dataclass(frozen=True, slots=True)
class _Problem:
    """Answers coded from 0, in order; standardised drivers, weights, and how many thresholds."""

    answer: npt.NDArray[np.intp]
    drivers: Vector
    weights: Vector
    cuts: int

    def start(self) -> Vector:
        """Thresholds of the shares, no association."""
        share = np.bincount(self.answer, self.weights, self.cuts + 1).cumsum()[:-1]
        share = np.clip(share / self.weights.sum(), 1e-6, 1 - 1e-6)
        return np.concatenate([np.log(share / (1 - share)), np.zeros(self.drivers.shape[1])])

    def distances(self, at: Vector) -> tuple[Vector, Vector]:
        """From x'β up to the upper and down to the lower threshold; infinite beyond the last."""
        ends = np.concatenate([[-np.inf], at[: self.cuts], [np.inf]])
        middle = self.drivers @ at[self.cuts :]
        return ends[self.answer + 1] - middle, ends[self.answer] - middle

    def log_likelihood(self, at: Vector) -> float:
        gaps = np.diff(at[: self.cuts])
        if (gaps <= 0).any():
            return -np.inf
        up, down = self.distances(at)
        tails = np.logaddexp(0, -up) + np.logaddexp(0, down)
        inner = self._counts()[1:-1]
        return float(-self.weights @ tails + inner @ np.log1p(-np.exp(-gaps)))

    def slope(self, at: Vector) -> Vector:
        """First derivatives of the log-likelihood: the sum of `scores`, without making them."""
        high, low = (_logistic(one) for one in self.distances(at))
        sums = [np.bincount(self.answer, self.weights * one, self.cuts + 1) for one in (high, low)]
        pull = self._counts()[1:-1] / np.expm1(np.diff(at[: self.cuts]))
        cuts = self._counts()[:-1] - sums[0][:-1] - sums[1][1:]
        cuts += np.concatenate([[0], pull]) - np.concatenate([pull, [0]])
        return np.concatenate([cuts, (self.weights * (high + low - 1)) @ self.drivers])

    def scores(self, at: Vector) -> Vector:
        """Weighted slopes of the log-likelihood of each answer, shape (n, cuts + p)."""
        high, low = (_logistic(one) for one in self.distances(at))
        slopes = np.zeros((len(high), self.cuts + self.drivers.shape[1]))
        slopes[:, self.cuts :] = ((high + low - 1) * self.weights)[:, None] * self.drivers
        pull = np.concatenate([[0], 1 / np.expm1(np.diff(at[: self.cuts])), [0]])[self.answer]
        row, under = np.arange(len(high)), self.answer < self.cuts
        slopes[row[under], self.answer[under]] = ((1 - high + pull) * self.weights)[under]
        over = self.answer > 0
        slopes[row[over], self.answer[over] - 1] = (-(low + pull) * self.weights)[over]
        return slopes

    def curvature(self, at: Vector) -> Vector:
        """Minus the second derivatives of the log-likelihood."""
        high, low = (_logistic(one) for one in self.distances(at))
        high, low = high * (1 - high) * self.weights, low * (1 - low) * self.weights
        cuts, p = self.cuts, self.drivers.shape[1]
        curve = np.zeros((cuts + p, cuts + p))
        curve[cuts:, cuts:] = (self.drivers * (high + low)[:, None]).T @ self.drivers
        edges = np.searchsorted(self.answer, np.arange(cuts + 2))
        parts = [slice(start, end) for start, end in pairwise(edges.tolist())]
        for k, (upper, lower) in enumerate(pairwise(parts)):
            curve[k, k] = high[upper].sum() + low[lower].sum()
            cross = high[upper] @ self.drivers[upper] + low[lower] @ self.drivers[lower]
            curve[k, cuts:] = curve[cuts:, k] = -cross
        gaps = np.diff(at[:cuts])
        for k, bend in enumerate(self._counts()[1:-1] / (4 * np.sinh(gaps / 2) ** 2)):
            curve[k : k + 2, k : k + 2] += bend * np.array([[1, -1], [-1, 1]])
        return curve

    def _counts(self) -> Vector:
        return np.asarray(np.bincount(self.answer, self.weights, self.cuts + 1), dtype=float)


def _logistic(x: Vector) -> Vector:
    from scipy.special import expit

    return np.asarray(expit(x))


def _highest(problem: _Problem) -> tuple[Vector, Vector]:
    """Where the log-likelihood is highest, and the inverse of its curvature there."""
    at = problem.start()
    height = problem.log_likelihood(at)
    for _step in range(MOST_STEPS):
        slope = problem.slope(at)
        try:
            inverse: Vector = np.asarray(np.linalg.inv(problem.curvature(at)))
        except np.linalg.LinAlgError:
            raise Separation(SEPARATED) from None
        step = inverse @ slope
        if slope @ step < NEAR * len(problem.answer):
            _refuse_separation(at[problem.cuts :], inverse[problem.cuts :, problem.cuts :])
            return at, inverse
        size = 1.0
        while (new := problem.log_likelihood(at + size * step)) < height and size > NEAR:
            size /= 2
        at, height = at + size * step, new
    raise Separation(SEPARATED)


def _refuse_separation(slopes: Vector, covariance: Vector) -> None:
    errors = np.sqrt(np.abs(np.diag(covariance)))
    if not np.isfinite(errors).all() or max(np.abs(slopes).max(), errors.max()) > FARTHEST:
        raise Separation(SEPARATED)


def _in_points(
    problem: _Problem, found: Vector, covariance: Vector, centre: Vector, spread: Vector
) -> OrderedLogit:
    """Coefficients per point of each driver instead of per standard deviation."""
    slopes = found[problem.cuts :] / spread
    inner = covariance[problem.cuts :, problem.cuts :] / np.outer(spread, spread)
    method = N_("ordered logit") if problem.cuts > 1 else N_("binary logit")
    return OrderedLogit(
        Coefficients(slopes, inner, len(problem.answer), method),
        found[: problem.cuts] + centre @ slopes,
        problem.log_likelihood(found),
    )
