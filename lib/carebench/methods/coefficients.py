"""Coefficients of a regression with how sure they are, and Rubin's rules for several of them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from ..estimate import Estimate

Vector = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Coefficients:
    """What a regression finds of its p drivers.

    Parameters
    ----------
    values : array, shape (p,)
        In units of the regression: points per point, or log odds per point.
    covariance : array, shape (p, p)
    n : int
        Observations.
    method : str
        Of the intervals, as in `Estimate`.
    freedom : array, shape (p,), or float
        Degrees of freedom of the t distribution; infinite for the normal one.
    """

    values: Vector
    covariance: Vector
    n: int
    method: str
    freedom: Vector | float = math.inf

    @property
    def standard_errors(self) -> Vector:
        return np.sqrt(np.diag(self.covariance))

    def p_values(self) -> Vector:
        """Two-sided, of each coefficient being 0."""
        from scipy.stats import t

        # Scores that fit without any rest have no error, and what is not 0 then is not.
        with np.errstate(divide="ignore", invalid="ignore"):
            away = np.abs(self.values) / self.standard_errors
        return np.asarray(2 * t.sf(np.nan_to_num(away, nan=0.0), self.freedom))

    def limits(self, confidence_level: float = 0.95) -> tuple[Vector, Vector]:
        """The lower and the upper limits of all coefficients."""
        from scipy.stats import t

        half = t.ppf((1 + confidence_level) / 2, self.freedom) * self.standard_errors
        return self.values - half, self.values + half

    def estimates(self, *, unit: str = "score", confidence_level: float = 0.95) -> list[Estimate]:
        """Each coefficient with its interval."""
        return [
            Estimate(float(v), float(a), float(b), self.n, self.method, unit, confidence_level)
            for v, a, b in zip(self.values, *self.limits(confidence_level), strict=True)
        ]

    def odds_ratios(self, confidence_level: float = 0.95) -> list[Estimate]:
        """e to the power of each coefficient, which are log odds, with its interval."""
        return [
            replace(e, value=math.exp(e.value or 0), low=math.exp(e.low or 0),
                    high=math.exp(e.high or 0), unit="ratio")
            for e in self.estimates(confidence_level=confidence_level)
        ]  # fmt: skip

    def combined(self, matrix: npt.ArrayLike) -> Coefficients:
        """Linear combinations of the coefficients, one for each row of `matrix`."""
        rows = np.asarray(matrix, dtype=float)
        spread = rows @ self.covariance @ rows.T
        return replace(self, values=rows @ self.values, covariance=spread)


def pool(fits: Sequence[Coefficients]) -> Coefficients:
    """One set of coefficients from those of several imputed data sets: Rubin's rules [1]_.

    The degrees of freedom are those of Barnard & Rubin [2]_.

    References
    ----------
    .. [1] Rubin (1987), Multiple Imputation for Nonresponse in Surveys, Wiley, chapter 3.
    .. [2] Barnard & Rubin (1999), Biometrika 86:948-955.
    """
    first, m = fits[0], len(fits)
    if m == 1:
        return first
    values = np.array([fit.values for fit in fits])
    within = np.mean([fit.covariance for fit in fits], axis=0)
    between = np.atleast_2d(np.cov(values, rowvar=False))
    total = within + (1 + 1 / m) * between
    complete = float(np.min([np.min(fit.freedom) for fit in fits]))
    lost = (1 + 1 / m) * np.diag(between) / np.diag(total)
    return Coefficients(
        values.mean(axis=0), total, first.n, first.method, _freedom(lost, m, complete)
    )


def _freedom(lost: Vector, m: int, complete: float) -> Vector:
    """Degrees of freedom where the share `lost` of the information on a coefficient is missing."""
    with np.errstate(divide="ignore"):
        old = (m - 1) / lost**2
    if math.isinf(complete):
        return old
    observed = (complete + 1) / (complete + 3) * complete * (1 - lost)
    return 1 / (1 / old + 1 / observed)
