"""Two rates: limits of their difference, and tests of no difference.

The limits are Newcombe's: each rate's Wilson limits, put together by square-and-add.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from .proportions import wilson_limits, z_quantile

Floats = npt.NDArray[np.float64]

FARTHEST = 40.0  # standard errors; no p-value is told apart from 0 beyond
HALVINGS = 60
NEAR = 1e-6  # standard errors; ties that rounding parts are still ties
MOST_COUNTED = 200  # attempts of a rate whose outcomes are enumerated


def limits(
    p1: Floats, p2: Floats, n1: Floats, n2: Floats, z: float | Floats
) -> tuple[Floats, Floats]:
    """Limits of p2 − p1 at the normal quantile z, by square-and-add [1]_.

    Parameters
    ----------
    p1, p2 : arrays of float
        Rates, 0 to 1.
    n1, n2 : arrays of float
        Trials of each, or effective sample sizes.
    z : float or array of float

    References
    ----------
    .. [1] Newcombe (1998), Stat. Med. 17:873-890, method 10.
    """
    (low1, high1), (low2, high2) = wilson_limits(p1, n1, z), wilson_limits(p2, n2, z)
    return (
        p2 - p1 - np.hypot(p2 - low2, high1 - p1),
        p2 - p1 + np.hypot(high2 - p2, p1 - low1),
    )


def p_values(p1: Floats, p2: Floats, n1: Floats, n2: Floats) -> Floats:
    """Of no difference: the level at which the interval just reaches 0; 1 where p1 is p2."""

    def leaves_out_0(z: Floats) -> npt.NDArray[np.bool_]:
        low, high = limits(p1, p2, n1, n2, z)
        return np.asarray((low > 0) | (high < 0))

    reached = _largest(leaves_out_0, p1 != p2)
    return np.array([math.erfc(z / math.sqrt(2)) for z in reached])


def unconditional_p(p_value: float, n1: int, n2: int) -> float:
    """The p-value that holds whatever the common rate is; never below `p_value` [1]_.

    Parameters
    ----------
    p_value : float
        Of the interval alone, as `p_values` gives it; above 0.
    n1, n2 : int
        Trials.

    References
    ----------
    .. [1] Barnard (1947), Biometrika 34:123-138, with Newcombe's interval as the ordering.
    """
    return max(p_value, _size(z_quantile(1 - p_value) - NEAR, n1, n2))


def _size(z: float, n1: int, n2: int) -> float:
    """How often, at the worst common rate, the interval at z leaves out 0 though nothing changed.

    Beyond 200 attempts a rate is taken as resting on 200, where the answer hardly moves.
    """
    m1, m2 = min(n1, MOST_COUNTED), min(n2, MOST_COUNTED)
    k1, k2 = np.arange(m1 + 1.0)[:, None], np.arange(m2 + 1.0)[None, :]
    p1, p2 = np.broadcast_arrays(k1 / m1, k2 / m2)
    low, high = limits(p1, p2, np.full(p1.shape, float(m1)), np.full(p1.shape, float(m2)), z)
    outside = ((low > 0) | (high < 0)).astype(float)
    rates = np.arange(1, 200) / 200
    chances = (_binomial(m1, rates) @ outside * _binomial(m2, rates)).sum(axis=1)
    return min(1.0, float(chances.max()))


def _binomial(n: int, rates: Floats) -> Floats:
    """Chance of each count from 0 to n, one row per rate."""
    from scipy.special import gammaln

    k = np.arange(n + 1.0)
    ways = gammaln(n + 1) - gammaln(k + 1) - gammaln(n - k + 1)
    chances: Floats = np.exp(
        ways + k * np.log(rates)[:, None] + (n - k) * np.log1p(-rates)[:, None]
    )
    return chances


def _largest(holds: Callable[[Floats], npt.NDArray[np.bool_]], any_at_all: npt.ArrayLike) -> Floats:
    """For each entry the largest z at which `holds`, which it does below; 0 where nowhere."""
    low = np.zeros(np.shape(any_at_all))
    high = np.where(any_at_all, FARTHEST, 0.0)
    for _step in range(HALVINGS):
        middle = (low + high) / 2
        held = holds(middle)
        low, high = np.where(held, middle, low), np.where(held, high, middle)
    return low
