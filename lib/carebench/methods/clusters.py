"""Attempts come in clusters, and cost money: what that adds to a variance, how to spend it."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from ..schema import DataError

Floats = npt.NDArray[np.float64]


def design_effect(cluster_size: float, icc: float) -> float:
    """By how much clusters of m alike attempts inflate a variance: 1 + (m − 1)·icc [1]_.

    References
    ----------
    .. [1] Kish (1965), Survey Sampling, Wiley, section 5.4.
    """
    return 1 + (cluster_size - 1) * icc


def allocation(
    weights: npt.ArrayLike, spreads: npt.ArrayLike, costs: npt.ArrayLike, budget: float
) -> Floats:
    """Attempts per channel that give the weighted mean its smallest error for the budget.

    Parameters
    ----------
    weights, spreads, costs : arrays of float, one entry per channel
        Weight of the channel, standard deviation of one attempt (√(pq)) and its cost.
    budget : float
        In the unit of `costs`.

    Returns
    -------
    array of float
        n_h ∝ w_h S_h / √c_h [1]_, not rounded.

    References
    ----------
    .. [1] Cochran (1977), Sampling Techniques, 3rd ed., Wiley, section 5.5.
    """
    weight, spread, cost = (np.asarray(given, dtype=float) for given in (weights, spreads, costs))
    if (cost <= 0).any():
        raise DataError("An attempt that costs nothing cannot be planned. Give costs above 0.")
    ideal = weight * spread / np.sqrt(cost)
    return np.asarray(ideal * budget / float((ideal * cost).sum()))
