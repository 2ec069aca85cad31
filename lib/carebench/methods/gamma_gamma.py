"""What customers spend on a purchase: the gamma-gamma model.

Spending varies from purchase to purchase about a mean of the customer's own, and means vary
between customers; p, q and gamma are the parameters. It holds where what is spent does not go
with how often: look at their correlation first.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from .likelihood import Maximum, Vector, maximise


@dataclass(frozen=True, slots=True)
class GammaGamma:
    """The parameters of the model; `gamma` is in the currency."""

    p: float
    q: float
    gamma: float


def fit(
    frequency: npt.ArrayLike, monetary: npt.ArrayLike, *, customers: npt.ArrayLike | None = None
) -> Maximum:
    """The parameters p, q, gamma of the highest likelihood.

    Parameters
    ----------
    frequency : array of int, shape (n,)
        Purchases that the mean is of, 1 or more.
    monetary : array of float, shape (n,)
        Mean spending of the customer on a purchase, above zero.
    customers : array of int, shape (n,), optional
        How many customers each row stands for; one where not given.

    Raises
    ------
    ValueError
        A number is out of its range, or there is no row.

    Notes
    -----
    Equation 1a of [1]_. Spending is divided by its mean, so that the currency does not upset
    the search.

    References
    ----------
    .. [1] Fader & Hardie (2013), “The gamma-gamma model of monetary value”, note 025 of
       brucehardie.com.
    """
    x, mean = np.asarray(frequency, dtype=float), np.asarray(monetary, dtype=float)
    weight = np.ones(len(x)) if customers is None else np.asarray(customers, dtype=float)
    if not len(x) or (x < 1).any() or (mean <= 0).any():
        raise ValueError("every row needs a `frequency` of 1 or more and a `monetary` above zero")
    unit, n = float(np.average(mean, weights=weight)), int(weight.sum())
    rows = _Rows(x, mean / unit, weight)
    found = maximise(rows.loss, np.array([1.0, 3.0, 1.0]), n)
    likelihood = found.log_likelihood - float(weight.sum()) * np.log(unit)
    parameters = found.parameters * np.array([1.0, 1.0, unit])
    return Maximum(parameters, likelihood, found.covariance, found.warning)


def expected_spend(model: GammaGamma, frequency: npt.ArrayLike, monetary: npt.ArrayLike) -> Vector:
    """What each customer is expected to spend on a purchase, drawn towards the mean of all.

    Notes
    -----
    Equation 5 of Fader & Hardie (2013); for a customer without purchases, the mean of all,
    which is not finite for q of 1 or less.
    """
    x, mean = np.asarray(frequency, dtype=float), np.asarray(monetary, dtype=float)
    p, q, gamma = model.p, model.q, model.gamma
    divisor = p * x + q - 1
    with np.errstate(divide="ignore"):
        spend: Vector = np.where(divisor > 0, p * (gamma + x * mean) / divisor, np.inf)
    return spend


class _Rows:
    """The likelihood as a function of the logarithms of the parameters."""

    def __init__(self, x: Vector, mean: Vector, weight: Vector) -> None:
        self.x, self.total, self.share = x, x * mean, weight / weight.sum()
        # Gamma functions depend on x alone, of which there are few.
        self.counts, which = np.unique(x, return_inverse=True)
        self.by_count = np.bincount(which, weights=self.share)
        self.log_mean = float((self.share * np.log(mean)).sum())
        self.x_log_total = float((self.share * x * np.log(self.total)).sum())

    def loss(self, logs: Vector) -> tuple[float, Vector]:
        """Minus the mean log-likelihood, and its slope in each logarithm."""
        from scipy.special import gammaln, psi

        p, q, gamma = np.exp(logs)
        k, share = self.counts, self.by_count
        log_reach = np.log(gamma + self.total)
        shape = p * self.x + q
        value = (share * (gammaln(p * k + q) - gammaln(p * k))).sum() - gammaln(q)
        value += q * np.log(gamma) + p * self.x_log_total - self.log_mean
        value -= (self.share * shape * log_reach).sum()
        slope = np.array([
            (share * k * (psi(p * k + q) - psi(p * k))).sum() + self.x_log_total
            - (self.share * self.x * log_reach).sum(),
            (share * psi(p * k + q)).sum() - psi(q) + np.log(gamma)
            - (self.share * log_reach).sum(),
            q / gamma - (self.share * shape / (gamma + self.total)).sum(),
        ])  # fmt: skip
        return -float(value), -slope * np.exp(logs)
