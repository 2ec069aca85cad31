"""How often customers without a contract will buy again: the BG/NBD model.

Each customer buys at a rate of its own until, after some purchase, it leaves for good. Rates
differ between customers as a gamma distribution (r, alpha), chances of leaving as a beta (a, b).
What is known of a customer is its number of repeat purchases x, the time t_x from its first
purchase to its last, and the time T from its first to the end of the books.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ..language import N_
from .likelihood import LIMITS, Maximum, Vector, maximise

NO_REPEATS = N_("nobody bought again")


@dataclass(frozen=True, slots=True)
class BgNbd:
    """The parameters of the model; `alpha` is in the unit of the times."""

    r: float
    alpha: float
    a: float
    b: float


def fit(
    frequency: npt.ArrayLike,
    recency: npt.ArrayLike,
    t: npt.ArrayLike,
    *,
    customers: npt.ArrayLike | None = None,
) -> Maximum:
    """The parameters r, alpha, a, b of the highest likelihood.

    Parameters
    ----------
    frequency : array of int, shape (n,)
        Repeat purchases x, 0 or more.
    recency, t : array of float, shape (n,)
        Times from the first purchase to the last (0 where there is no repeat) and to the end
        of the books, in one unit: days, or weeks.
    customers : array of int, shape (n,), optional
        How many customers each row stands for; one where not given.

    Raises
    ------
    ValueError
        A recency is longer than its t, a number is below zero, or there is no row.

    Notes
    -----
    Equation 6 of [1]_. Rows alike are taken together and times divided by the longest, so that
    neither the unit of time nor large counts upset the search.

    References
    ----------
    .. [1] Fader, Hardie & Lee (2005), Marketing Sci. 24:275-284.
    """
    x, t_x, whole, weight = _grouped(frequency, recency, t, customers)
    unit, n = float(whole.max()) or 1.0, int(weight.sum())
    if not x.any():
        return Maximum(np.full(4, np.nan), np.nan, np.full((4, 4), np.nan), NO_REPEATS)
    rows = _Rows(x, t_x / unit, whole / unit, weight)
    found = maximise(rows.loss, rows.start(), n)
    # The likelihood of the times as they were given, not in units of the longest.
    likelihood = found.log_likelihood - float((weight * x).sum()) * np.log(unit)
    parameters = found.parameters * np.array([1.0, unit, 1.0, 1.0])
    return Maximum(parameters, likelihood, found.covariance, found.warning)


def alive(
    model: BgNbd, frequency: npt.ArrayLike, recency: npt.ArrayLike, t: npt.ArrayLike
) -> Vector:
    """Chance that each customer has not left by the end of the books.

    Notes
    -----
    Equation 1 of Fader & Hardie (2008), “Computing P(alive) using the BG/NBD model”. The model
    lets nobody leave before a repeat purchase: without one the chance is 1, which says nothing.
    """
    x, t_x, whole = (np.asarray(v, dtype=float) for v in (frequency, recency, t))
    result: Vector = 1 / (1 + _left(model, x, t_x, whole))
    return result


def expected_purchases(
    model: BgNbd,
    ahead: float,
    frequency: npt.ArrayLike,
    recency: npt.ArrayLike,
    t: npt.ArrayLike,
) -> Vector:
    """Purchases that each customer is expected to make in the time `ahead` after the books end.

    Notes
    -----
    Equation 10 of Fader, Hardie & Lee (2005), its series turned by Euler's transformation so
    that a customer of a thousand purchases is no harder than one of two.
    """
    from scipy.special import hyp2f1

    x, t_x, whole = (np.asarray(v, dtype=float) for v in (frequency, recency, t))
    r, alpha, a, b = model.r, model.alpha, _not_one(model.a), model.b
    reach = alpha + whole + ahead
    share = hyp2f1(a + b - 1 - r, a - 1, a + b + x - 1, ahead / reach)
    lived = 1 - ((alpha + whole) / reach) ** (a - 1) * share
    result: Vector = (a + b + x - 1) / (a - 1) * lived / (1 + _left(model, x, t_x, whole))
    return result


def _left(model: BgNbd, x: Vector, t_x: Vector, whole: Vector) -> Vector:
    """How much likelier it is that a customer left than that it only waits."""
    r, alpha, a, b = model.r, model.alpha, model.a, model.b
    # Beyond, a customer has left for certain, and the power would run over.
    ratio = np.exp(np.minimum((r + x) * (np.log(alpha + whole) - np.log(alpha + t_x)), 600.0))
    result: Vector = np.where(x > 0, a / np.maximum(b + x - 1, 1e-300) * ratio, 0.0)
    return result


def _not_one(a: float) -> float:
    """The formulas divide by a - 1; at 1 they have a limit that is as near as this."""
    return a if abs(a - 1) > 1e-6 else 1 + 1e-6


def _grouped(
    frequency: npt.ArrayLike,
    recency: npt.ArrayLike,
    t: npt.ArrayLike,
    customers: npt.ArrayLike | None,
) -> tuple[Vector, Vector, Vector, Vector]:
    """Rows alike taken together."""
    columns = [np.asarray(v, dtype=float) for v in (frequency, recency, t)]
    given = np.ones(len(columns[0])) if customers is None else np.asarray(customers, dtype=float)
    if not len(given):
        raise ValueError("`frequency` is empty: there is nobody to fit a model to")
    x, t_x, whole = columns
    if (x < 0).any() or (t_x < 0).any() or (t_x > whole).any():
        raise ValueError("every row needs 0 <= `recency` <= `t` and a `frequency` of 0 or more")
    order = np.lexsort(columns)
    x, t_x, whole = (column[order] for column in columns)
    first = np.ones(len(order), dtype=bool)
    first[1:] = (np.diff(x) != 0) | (np.diff(t_x) != 0) | (np.diff(whole) != 0)
    weight = np.add.reduceat(given[order], np.flatnonzero(first))
    return x[first], t_x[first], whole[first], weight


class _Rows:
    """The likelihood of grouped rows, as a function of the logarithms of the parameters.

    Who never bought again cannot have left, so those rows need their T alone.
    """

    def __init__(self, x: Vector, t_x: Vector, whole: Vector, weight: Vector) -> None:
        share, again = weight / weight.sum(), x > 0
        self.once, self.share_once = whole[~again], share[~again]
        self.x, self.t_x, self.whole = x[again], t_x[again], whole[again]
        self.share = share[again]
        self.bought = float((share * x).sum()), float((share * whole).sum())
        # Gamma functions depend on x alone, of which there are few.
        self.counts, which = np.unique(x, return_inverse=True)
        self.by_count = np.bincount(which, weights=share)
        self.which = which[again]

    def start(self) -> Vector:
        """Parameters to begin with: everybody buys at the mean rate, and one in four leaves."""
        rate = self.bought[0] / max(self.bought[1], 1e-12)
        return np.array([1.0, 1.0 / max(rate, LIMITS[0]), 1.0, 3.0])

    def loss(self, logs: Vector) -> tuple[float, Vector]:
        """Minus the mean log-likelihood, and its slope in each logarithm."""
        from scipy.special import gammaln, psi

        r, alpha, a, b = np.exp(logs)
        k, share = self.counts, self.by_count
        fixed = gammaln(r + k) - gammaln(r) + r * np.log(alpha)
        fixed += gammaln(a + b) + gammaln(b + k) - gammaln(b) - gammaln(a + b + k)
        waited, ended, last = alpha + self.once, alpha + self.whole, alpha + self.t_x
        once = _dot(self.share_once, np.log(waited))
        log_end, log_last, power = np.log(ended), np.log(last), r + self.x
        divisor = np.maximum(b + k - 1, 1e-300)
        odds = (np.log(a) - np.log(divisor))[self.which] + power * (log_end - log_last)
        small = np.exp(-np.abs(odds))
        left = np.where(odds > 0, 1.0, small) / (1 + small)
        either = np.maximum(odds, 0) + np.log1p(small) - power * log_end
        value = float(share @ fixed) - r * once + _dot(self.share, either)
        gone = self.share * left
        kept = self.share - gone
        slope = np.array([
            share @ (psi(r + k) - psi(r)) + np.log(alpha) - once
            - _dot(kept, log_end) - _dot(gone, log_last),
            r / alpha - r * _dot(self.share_once, 1 / waited)
            - _dot(power, kept / ended + gone / last),
            share @ (psi(a + b) - psi(a + b + k)) + gone.sum() / a,
            share @ (psi(a + b) + psi(b + k) - psi(b) - psi(a + b + k))
            - _dot(gone, (1 / divisor)[self.which]),
        ])  # fmt: skip
        return -value, -slope * np.exp(logs)


def _dot(one: Vector, other: Vector) -> float:
    """Their inner product, without the threads that `@` keeps spinning between two of them."""
    return float(np.einsum("i,i", one, other))
