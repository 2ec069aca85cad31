"""Two waves of the same respondents: the mean of their own changes."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from ..estimate import Estimate
from ..language import N_
from .proportions import FEW, SMALL, z_quantile
from .scores import NPS_MINIMUM
from .waves import POWER, Change, not_compared

PAIRED_SHARES = N_("paired by respondent, adjusted Wald of Agresti and Min")
PAIRED_NPS = N_("paired by respondent, variance of their own changes, three pairs added")
NOBODY = N_("nobody answered in both waves")
TOO_FEW = N_("too few answers")


def paired_change(
    earlier: npt.ArrayLike,
    later: npt.ArrayLike,
    *,
    weights: npt.ArrayLike | None = None,
    recommended: bool = False,
    confidence_level: float = 0.95,
    comparisons: int = 1,
) -> Change:
    """The change of a score among respondents who answered in both waves.

    Parameters
    ----------
    earlier, later : arrays of float, shape (n,)
        The answers of the same respondents as numbers whose mean is the score: 1 or 0 for a
        share; 1, 0 or −1 for a net promoter score. Who lacks one of the two is left out.
    weights : array of float, shape (n,), optional
    recommended : bool
        Whether this is a net promoter score, which is not given below 50 respondents.
    comparisons : int
        Size of the family, for what is detectable in it.

    Notes
    -----
    The variance is that of individual differences, so that whoever answers alike twice adds
    nothing to it. To shares two pairs are added, half a pair in each of the four cells [1]_; to
    net promoter scores three, as the adjusted Wald interval adds three answers to each wave
    [2]_. Weighted answers count as Kish's effective number of them.

    References
    ----------
    .. [1] Agresti & Min (2005), Stat. Med. 24:729-740.
    .. [2] Rocks (2016), Int. J. Market Res. 58:725-737.
    """
    change, weight = _pairs(earlier, later, weights)
    n = len(change)
    if n == 0:
        return not_compared(NOBODY)
    effective = float(weight.sum() ** 2 / (weight**2).sum())
    if recommended and effective < NPS_MINIMUM:
        return not_compared(TOO_FEW, n=n)
    share = weight / weight.sum()
    value, square = float(share @ change), float(share @ change**2)
    added, theirs = (3.0, 1.0) if recommended else (2.0, 0.5)  # pairs, and their mean square
    size = effective + added
    centre = effective * value / size
    error = math.sqrt(((effective * square + added * theirs) / size - centre**2) / size)
    return _change(value, centre, error, n, recommended, confidence_level, comparisons)


def _change(
    value: float,
    centre: float,
    error: float,
    n: int,
    recommended: bool,
    level: float,
    comparisons: int,
) -> Change:
    """The change in points, with its limits held to what is possible."""
    most, method = (200.0, PAIRED_NPS) if recommended else (100.0, PAIRED_SHARES)
    z, narrow = z_quantile(level), z_quantile(2 * level - 1)
    low, high = min(value, centre - z * error), max(value, centre + z * error)
    estimate = Estimate(
        100 * value, max(100 * low, -most), min(100 * high, most), n, method, "points", level
    )
    if n < SMALL:
        return Change(estimate.warn(FEW))
    strict = 1 - (1 - level) / comparisons
    return Change(
        estimate,
        math.erfc(abs(centre) / error / math.sqrt(2)),
        (100 * (centre - narrow * error), 100 * (centre + narrow * error)),
        100 * (z_quantile(strict) + z_quantile(2 * POWER - 1)) * error,
    )


def _pairs(
    earlier: npt.ArrayLike, later: npt.ArrayLike, weights: npt.ArrayLike | None
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """The change of everybody who answered twice, and their weights."""
    change = np.asarray(later, dtype=float) - np.asarray(earlier, dtype=float)
    weight = np.ones(len(change)) if weights is None else np.asarray(weights, dtype=float)
    there = ~np.isnan(change) & (weight > 0)
    return change[there], weight[there]
