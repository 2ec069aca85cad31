"""Who stands where among many, and how little of it is known.

Ranks are taken within each joint draw of all values, 1 for the highest, so that a rank carries
the uncertainty of everybody's value, not only of its own.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from .multiplicity import holm
from .providers import SEED, heterogeneity

Floats = npt.NDArray[np.float64]
Ranks = npt.NDArray[np.int64]

REPEATS = 1000  # of each bootstrap: its smallest p-value is .001


def ranks(values: Floats) -> Ranks:
    """Ranks along the last axis, 1 for the highest value; ties in the order given."""
    order = np.argsort(-values, axis=-1, kind="stable")
    placed = np.empty(values.shape, dtype=np.int64)
    np.put_along_axis(placed, order, np.arange(1, values.shape[-1] + 1), axis=-1)
    return placed


def rank_intervals(draws: Floats, *, confidence_level: float = 0.95) -> tuple[Ranks, Ranks]:
    """Between which ranks each one lies, one by one: the interval of its rank over the draws.

    Parameters
    ----------
    draws : array of float, shape (draws, providers)
        Joint draws, as of `providers.posterior_draws`.

    Returns
    -------
    (low, high) : arrays of int, one entry per provider
        1 is the highest.

    Notes
    -----
    Coverage of nominal 95 % intervals, simulated with 13 providers of 12 attempts: .98 where
    true rates are Beta(2, 2), .99 where they are Beta(10, 10), and .96 where all are the same
    and "rank" means any order; .98, .98 and .95 for an index of four such parts. With 100
    providers that are all the same, an order of theirs is covered in .93.
    """
    tail = (1 - confidence_level) / 2
    placed = ranks(draws)
    low = np.quantile(placed, tail, axis=0, method="lower")
    high = np.quantile(placed, 1 - tail, axis=0, method="higher")
    return low.astype(np.int64), high.astype(np.int64)


def rank_sets(draws: Floats, *, confidence_level: float = 0.95) -> tuple[Ranks, Ranks]:
    """Between which ranks all of them lie *together*: what the pairwise differences leave open.

    Parameters
    ----------
    draws : array of float, shape (draws, providers)

    Returns
    -------
    (low, high) : arrays of int
        1 + those clearly above; K − those clearly below.

    Notes
    -----
    Every pair is compared by a normal test on the mean and spread of its draws, Holm over all
    pairs. The idea of turning pairwise tests into sets of ranks that hold at once is that of
    [1]_. With draws that are drawn towards their common mean they are wide: all 13 held at
    once in each of 2,000 simulated audits of 12 attempts each.

    References
    ----------
    .. [1] Mogstad, Romano, Shaikh & Wilhelm (2024), Rev. Econ. Stud. 91:476-518.
    """
    from scipy.special import ndtr

    value, error = draws.mean(axis=0), draws.std(axis=0)
    k = len(value)
    first, second = np.triu_indices(k, 1)
    gap = value[first] - value[second]
    spread = np.hypot(error[first], error[second])
    z = np.divide(np.abs(gap), spread, out=np.where(gap == 0, 0.0, np.inf), where=spread > 0)
    clear = np.asarray(holm(list(2 * ndtr(-z)))) <= 1 - confidence_level
    above = np.zeros((k, k), dtype=bool)  # row clearly above column
    above[first, second] = clear & (gap > 0)
    above[second, first] = clear & (gap < 0)
    return 1 + above.sum(axis=0), k - above.sum(axis=1)


def beside_the_others(
    draws: Floats, *, confidence_level: float = 0.95
) -> tuple[Floats, Floats, Floats]:
    """How far each stands above the mean of the others: mean, low and high of its draws.

    Notes
    -----
    To call all whose interval leaves out 0 "clearly above" or "clearly below" needs no further
    correction for their number where the draws are drawn towards their common mean, which
    is what such a correction does [1]_. With 13 providers of 6, 12 or 100 attempts, alike or
    not, one rate or an index of four, any of the 13 verdicts was false in 0 to 3 % of
    simulated audits; with 100 providers in none of 50.

    References
    ----------
    .. [1] Gelman, Hill & Yajima (2012), J. Res. Educ. Eff. 5:189-211.
    """
    k, tail = draws.shape[1], (1 - confidence_level) / 2
    others = (draws.sum(axis=1, keepdims=True) - draws) / max(k - 1, 1)
    distance = draws - others
    low, high = np.quantile(distance, [tail, 1 - tail], axis=0)
    return distance.mean(axis=0), low, high


def chance_of_best(draws: Floats) -> Floats:
    """In which share of the joint draws each has the highest value; they add up to 1.

    To be shown only where `differ` finds differences. Simulated with 13 providers of 12
    attempts: where all are alike the gate opens in .05 of audits; the largest of these chances
    would say .24 and be right in .08 of them. Where rates are Beta(2, 2) it opens in .94, and
    says .52 where .54 are right; where they are Beta(10, 10) it opens in .34, and says .43
    where .37 are right.
    """
    first = np.bincount(draws.argmax(axis=1), minlength=draws.shape[1])
    return np.asarray(first / len(draws))


def differ(parts: Sequence[tuple[Sequence[int], Sequence[int]]], *, level: float = 0.05) -> bool:
    """Whether the providers differ by more than chance in any of the parts.

    Parameters
    ----------
    parts : sequence of (k, n)
        Successes and trials of each provider, part by part.
    level : float
        Of all parts together.

    Notes
    -----
    Each part's heterogeneity at level / parts, which is Holm's first step and holds whatever
    the parts have to do with each other.
    """
    return any(
        heterogeneity(k, n, seed=SEED + at, repeats=REPEATS) * len(parts) <= level
        for at, (k, n) in enumerate(parts)
    )
