"""The parameters of the highest likelihood, all of them above zero, and how sure they are."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from ..language import N_

Vector = npt.NDArray[np.float64]
# Minus the mean log-likelihood and its slope, at the logarithms of the parameters.
Loss = Callable[[Vector], tuple[float, Vector]]

LIMITS = 1e-4, 1e6  # of a parameter; beyond, it is at the boundary
STEP = 1e-4  # of the logarithm of a parameter, for second derivatives
STEEPEST = 1e-4  # slope per observation, in logarithms, at which the search may rest
LOOSEST = 3.0  # standard error of a logarithm; beyond, the parameter may be 300 times as large
NOT_FOUND = N_("the search for the parameters did not come to rest")
AT_BOUNDARY = N_("a parameter runs to its boundary, so the data do not tell how large it is")


@dataclass(frozen=True, slots=True)
class Maximum:
    """Parameters, the log-likelihood there, and the covariance of the parameters' logarithms.

    `warning` says what is wrong, "" if nothing; where it says something, no interval may be
    printed.
    """

    parameters: Vector
    log_likelihood: float
    covariance: Vector
    warning: str = ""

    @property
    def standard_errors(self) -> Vector:
        """Of the parameters, by the delta method."""
        return self.parameters * np.sqrt(np.diag(self.covariance))

    def draws(self, n: int, *, seed: int) -> Vector:
        """Parameters about as far from these as the truth may be: normal in logarithms."""
        rng = np.random.default_rng(seed)
        logs = rng.multivariate_normal(np.log(self.parameters), self.covariance, size=n)
        return np.asarray(np.exp(logs))


def maximise(loss: Loss, start: Vector, n: int) -> Maximum:
    """Search the logarithms of the parameters from `start`, with exact slopes (L-BFGS).

    Parameters
    ----------
    loss : callable
        Minus the mean log-likelihood of `n` observations, and its slope.
    start : array, shape (p,)
        Parameters to begin with.
    n : int
        Observations, by which the mean is multiplied.

    Notes
    -----
    Standard errors come from the observed information: differences of the exact slopes.
    """
    from scipy.optimize import minimize

    found: Any = minimize(
        loss, np.log(np.clip(start, *LIMITS)), jac=True, method="L-BFGS-B",
        bounds=[tuple(np.log(LIMITS))] * len(start),
        options={"ftol": 1e-13, "gtol": 1e-8, "maxiter": 500},
    )  # fmt: skip
    covariance = _covariance(loss, found.x, n)
    warning = _warning(found.x, found.jac, covariance)
    return Maximum(np.exp(found.x), -float(found.fun) * n, covariance, warning)


def _covariance(loss: Loss, logs: Vector, n: int) -> Vector:
    steps = STEP * np.eye(len(logs))
    curve = np.array([(loss(logs + h)[1] - loss(logs - h)[1]) / (2 * STEP) for h in steps])
    try:
        return np.asarray(np.linalg.inv((curve + curve.T) / 2 * n))
    except np.linalg.LinAlgError:
        return np.full(curve.shape, np.nan)


def _warning(logs: Vector, slope: Vector, covariance: Vector) -> str:
    low, high = np.log(LIMITS)
    if (logs < low + 0.01).any() or (logs > high - 0.01).any():
        return AT_BOUNDARY
    if not np.isfinite(covariance).all() or np.linalg.eigvalsh(covariance).min() <= 0:
        return AT_BOUNDARY
    if np.diag(covariance).max() > LOOSEST**2:
        return AT_BOUNDARY
    return NOT_FOUND if np.abs(slope).max() > STEEPEST else ""
