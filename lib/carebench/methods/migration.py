"""Whether customers stay in their group from one period to the next more than by chance."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from ..estimate import Estimate
from ..language import N_
from .proportions import z_quantile

FEW = 20  # customers below whom the interval has no footing
TOO_FEW = N_("fewer than 20 customers: no interval")


def expected_by_chance(counts: npt.ArrayLike) -> npt.NDArray[np.float64]:
    """The counts there would be if the group before told nothing of the group after.

    Parameters
    ----------
    counts : array of int, shape (g, h)
        Units by their group before (rows) and after (columns).

    Returns
    -------
    array of float, shape (g, h)
        Row total × column total ÷ all; zeros where there is nobody.
    """
    table = np.asarray(counts, dtype=float)
    rows, columns = table.sum(axis=1, keepdims=True), table.sum(axis=0, keepdims=True)
    return np.asarray(rows * columns / max(float(table.sum()), 1.0))


def staying(counts: npt.ArrayLike, *, confidence_level: float = 0.95) -> Estimate:
    """Cohen's kappa of the groups before and after: 1 all stay, 0 no more than by chance.

    Parameters
    ----------
    counts : array of int, shape (g, g)
        Units by their group before (rows) and after (columns), the groups in one order.

    Returns
    -------
    Estimate
        Unit "score". The interval takes the units as a sample of units like them.

    Notes
    -----
    (o - e) / (1 - e) with o the share that stays and e the share expected by chance from the
    margins; the interval is normal with the large-sample variance of Fleiss, Cohen & Everitt
    [1]_, worked out as the mean square of the influence of one unit.

    References
    ----------
    .. [1] Fleiss, Cohen & Everitt (1969), Psychol. Bull. 72:323-327.
    """
    table = np.asarray(counts, dtype=float)
    n = round(float(table.sum()))
    if n == 0:
        return Estimate.absent(N_("no customers"), unit="score")
    share = table / table.sum()
    before, after = share.sum(axis=1), share.sum(axis=0)
    same, chance = float(np.trace(share)), float(before @ after)
    if min(np.count_nonzero(before), np.count_nonzero(after)) < 2:
        return Estimate.absent(N_("all are in one group, before or after"), n=n, unit="score")
    value = (same - chance) / (1 - chance)
    method = N_("Cohen’s kappa, variance of Fleiss, Cohen and Everitt")
    if n < FEW or same == 1:  # where all stay, the variance is zero and would claim certainty
        estimate = Estimate(value, None, None, n, method, "score")
        return estimate.warn(TOO_FEW) if n < FEW else estimate
    by_same = np.eye(len(table)) - same
    by_chance = after[:, np.newaxis] + before[np.newaxis, :] - 2 * chance
    influence = by_same / (1 - chance) - by_chance * (1 - same) / (1 - chance) ** 2
    error = math.sqrt(float(np.sum(share * influence**2)) / n)
    half = z_quantile(confidence_level) * error
    low, high = max(-1.0, value - half), min(1.0, value + half)
    return Estimate(value, low, high, n, method, "score", confidence_level)
