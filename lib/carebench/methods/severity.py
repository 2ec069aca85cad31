"""Providers and shoppers told apart: means as if every provider had met the same shoppers."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ..estimate import Estimate
from ..language import N_

Matrix = npt.NDArray[np.float64]

MOST_SHOPPERS = 2000  # more are a crowd of customers, each met too seldom to be judged
METHOD = N_("two-way least squares, Student’s t")
NOT_CONNECTED = N_("some providers share no shopper with the others, even through a third")
TOO_MANY = N_("more than 2,000 shoppers: none is met often enough to be judged")
ONE_SHOPPER = N_("one shopper scored everything: severity and quality cannot be told apart")
NOTHING_LEFT = N_("too few scores to tell providers and shoppers apart")
NO_SPREAD = N_("the scores leave no spread to judge by: no interval")


@dataclass(frozen=True, slots=True)
class Severity:
    """What `two_way` finds, in the order of the rows and columns given to it.

    `means` are the providers' means on the scale, adjusted for who scored them; `shoppers` are
    how far each shopper scores above (mild) or below (severe) the mean of the shoppers. `gaps`
    are the adjusted means less their own mean over the providers. The p-values are two-sided,
    of no gap and of no severity; NaN where there is nothing to test.
    """

    means: tuple[Estimate, ...]
    gaps: tuple[Estimate, ...]
    gap_p_values: tuple[float, ...]
    shoppers: tuple[Estimate, ...]
    shopper_p_values: tuple[float, ...]


def two_way(
    n: npt.ArrayLike,
    sums: npt.ArrayLike,
    squares: float,
    *,
    scale: tuple[float, float] = (1, 5),
    confidence_level: float = 0.95,
) -> Severity:
    """Ordinary least squares of score on provider and shopper, shoppers summing to zero [1]_.

    Parameters
    ----------
    n, sums : arrays, shape (providers, shoppers)
        How many contacts each shopper scored with each provider, and the sum of those scores.
        One score a contact: several of one contact are not independent.
    squares : float
        Sum of all squared scores. Only these totals are needed, whatever the number of scores.
    scale : (float, float)
        An adjusted mean and its limits end where the scale does.

    Returns
    -------
    Severity
        Without values, and with the reason, where providers and shoppers fall into groups that
        never meet: between such groups a severe shopper cannot be told from a poor provider.

    Notes
    -----
    Simulated with 13 providers of 12 contacts, 6 shoppers and 3 of them at each provider
    (600 runs): the error of the means falls from .292 to .259 and nominal 95 % intervals cover
    .950 for providers and .951 for shoppers.

    References
    ----------
    .. [1] Searle (1971), Linear Models, Wiley, chapter 7 (two-way classification, no
       interaction).
    """
    counts, totals = np.asarray(n, dtype=float), np.asarray(sums, dtype=float)
    providers, shoppers = counts.shape
    if reason := _refusal(counts):
        return _refused(reason, counts)
    normal, right = _normal_equations(counts, totals)
    inverse = np.linalg.inv(normal)
    fitted = inverse @ right
    freedom = float(counts.sum()) - providers - shoppers + 1
    left = squares - float(fitted @ right)
    spread = left / freedom if left > 1e-9 * squares else 0.0
    wanted = _contrasts(providers, shoppers)
    values = wanted @ fitted
    errors = np.sqrt(spread * np.einsum("ij,jk,ik->i", wanted, inverse, wanted))
    seen = np.r_[counts.sum(axis=1), counts.sum(axis=1), counts.sum(axis=0)].astype(int)
    made, p = _judged(values, errors, seen, freedom, confidence_level)
    alone = shoppers == 1
    return Severity(
        tuple(_within(mean, scale) for mean in made[:providers]),
        tuple(made[providers : 2 * providers]),
        p[providers : 2 * providers],
        (_absent(ONE_SHOPPER, seen[-1:])) if alone else tuple(made[2 * providers :]),
        (math.nan,) if alone else p[2 * providers :],
    )


def _normal_equations(counts: Matrix, totals: Matrix) -> tuple[Matrix, Matrix]:
    """X'X and X'y of one column a provider and, but for the last, one a shopper."""
    others = counts[:, :-1] - counts[:, [-1]]
    among = np.diag(counts.sum(axis=0)[:-1]) + counts[:, -1].sum()
    scored = totals.sum(axis=0)
    return (
        np.block([[np.diag(counts.sum(axis=1)), others], [others.T, among]]),
        np.r_[totals.sum(axis=1), scored[:-1] - scored[-1]],
    )


def _contrasts(providers: int, shoppers: int) -> Matrix:
    """Rows that make, of the fitted numbers, the means, the gaps and the shoppers' effects."""
    size = providers + shoppers - 1
    means = np.eye(providers, size)
    # The last shopper's effect is minus the sum of the others'.
    last = np.r_[np.zeros(providers), -np.ones(shoppers - 1)]
    return np.vstack([means, means - means.mean(axis=0), np.eye(size)[providers:], last])


def _judged(
    values: Matrix,
    errors: Matrix,
    seen: npt.NDArray[np.int_],
    freedom: float,
    confidence_level: float,
) -> tuple[list[Estimate], tuple[float, ...]]:
    """Estimates with Student's t intervals, and two-sided p-values of zero."""
    from scipy.stats import t

    half = float(t.ppf((1 + confidence_level) / 2, freedom)) * errors
    p = np.full(len(values), math.nan)
    known = errors > 0
    p[known] = 2 * t.sf(np.abs(values[known] / errors[known]), freedom)
    made = [
        Estimate(v, v - h, v + h, m, METHOD, "score", confidence_level)
        if h > 0
        else Estimate(v, None, None, m, METHOD, "score", confidence_level, warnings=(NO_SPREAD,))
        for v, h, m in zip(values.tolist(), half.tolist(), seen.tolist(), strict=True)
    ]
    return made, tuple(p.tolist())


def _within(mean: Estimate, scale: tuple[float, float]) -> Estimate:
    """The same mean, with its limits where the scale has its own."""
    if mean.value is None or mean.low is None or mean.high is None:
        return mean
    value, low, high = np.clip([mean.value, mean.low, mean.high], *scale).tolist()
    return Estimate(value, low, high, mean.n, METHOD, "score", mean.confidence_level)


def _refusal(counts: Matrix) -> str:
    """Why the two cannot be told apart; empty where they can."""
    from scipy.sparse import csr_matrix
    from scipy.sparse.csgraph import connected_components

    providers, shoppers = counts.shape
    if shoppers > MOST_SHOPPERS:
        return TOO_MANY
    if counts.sum() <= providers + shoppers - 1:
        return NOTHING_LEFT
    nodes = providers + shoppers
    where, who = np.nonzero(counts)
    graph = csr_matrix((np.ones(len(where)), (where, who + providers)), shape=(nodes, nodes))
    parts, _labels = connected_components(graph, directed=False)
    return NOT_CONNECTED if parts > 1 else ""


def _refused(reason: str, counts: Matrix) -> Severity:
    providers, shoppers = counts.shape
    rows, columns = _absent(reason, counts.sum(axis=1)), _absent(reason, counts.sum(axis=0))
    return Severity(rows, rows, (math.nan,) * providers, columns, (math.nan,) * shoppers)


def _absent(reason: str, seen: Iterable[float]) -> tuple[Estimate, ...]:
    return tuple(Estimate.absent(reason, n=int(n), unit="score") for n in seen)
