"""How long customers with a contract stay: the shifted-beta-geometric model.

At each renewal a customer leaves with a chance of its own; chances differ between customers as
a beta distribution (alpha, beta). Those likely to leave go first, so retention rises with age
although nobody becomes more loyal.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from .likelihood import Maximum, Vector, maximise


def fit(lost: npt.ArrayLike, active: npt.ArrayLike) -> Maximum:
    """The parameters alpha, beta of the highest likelihood.

    Parameters
    ----------
    lost : array of int, shape (m,)
        Customers lost in their 1st, 2nd, … period, over all cohorts.
    active : array of int, shape (m,)
        Customers last seen active after 1, 2, … periods: the youngest cohorts end early. A
        single cohort has them all in the last place.

    Raises
    ------
    ValueError
        The arrays differ in length, a number is below zero, or nobody was lost.

    Notes
    -----
    Equations 5 to 7 of [1]_.

    References
    ----------
    .. [1] Fader & Hardie (2007), J. Interactive Marketing 21(1):76-90.
    """
    gone, left = np.asarray(lost, dtype=float), np.asarray(active, dtype=float)
    if gone.shape != left.shape or (gone < 0).any() or (left < 0).any() or not gone.any():
        raise ValueError("`lost` and `active` need one count per period, and some must be lost")
    n = int(gone.sum() + left.sum())
    age = np.arange(1, len(gone) + 1, dtype=float)

    def loss(logs: Vector) -> tuple[float, Vector]:
        from scipy.special import betaln, psi

        a, b = np.exp(logs)
        died, survived = betaln(a + 1, b + age - 1), betaln(a, b + age)
        value = (gone * died).sum() + (left * survived).sum() - n * betaln(a, b)
        both = psi(a + b)
        slope = np.array([
            (gone * (psi(a + 1) - psi(a + b + age))).sum()
            + (left * (psi(a) - psi(a + b + age))).sum() - n * (psi(a) - both),
            (gone * (psi(b + age - 1) - psi(a + b + age))).sum()
            + (left * (psi(b + age) - psi(a + b + age))).sum() - n * (psi(b) - both),
        ])  # fmt: skip
        return -float(value) / n, -slope * np.exp(logs) / n

    return maximise(loss, np.array([1.0, 1.0]), n)


def survival(alpha: float, beta: float, periods: npt.ArrayLike) -> Vector:
    """Share of a cohort that is still there after so many periods (equation 6)."""
    from scipy.special import betaln

    at = np.asarray(periods, dtype=float)
    return np.asarray(np.exp(betaln(alpha, beta + at) - betaln(alpha, beta)))


def retention(alpha: float, beta: float, periods: npt.ArrayLike) -> Vector:
    """Share of those there at the start of the 1st, 2nd, … period who stay in it (equation 8)."""
    at = np.asarray(periods, dtype=float)
    return np.asarray((beta + at - 1) / (alpha + beta + at - 1))


def expected_lifetime(
    alpha: float, beta: float, *, periods: int, renewals: int = 0, discount: float = 0.0
) -> float:
    """Renewals still expected of a customer, discounted, within so many periods ahead.

    Parameters
    ----------
    alpha, beta : float
    periods : int
        How far to look.
    renewals : int
        How often the customer has renewed so far; 0 for a new one.
    discount : float
        Rate per period, such as 0.1.

    Notes
    -----
    Discounted expected residual lifetime [1]_, summed to a horizon and not to infinity: what
    lies beyond the data is a guess.

    References
    ----------
    .. [1] Fader & Hardie (2010), Marketing Sci. 29:85-93.
    """
    ahead = np.arange(1, periods + 1, dtype=float)
    there = survival(alpha, beta, renewals + ahead) / survival(alpha, beta, renewals)
    return float((there / (1 + discount) ** ahead).sum())
