"""Groups found by k-means, and whether they would be found again."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ..estimate import Estimate
from ..language import N_

Points = npt.NDArray[np.float64]
Labels = npt.NDArray[np.int64]
STARTS = 3  # of k-means, of which the best is kept
ROUNDS = 15  # of each start
PAIRS = 20  # of bootstrap samples
SAMPLE = 1_000  # points of a bootstrap sample, at most: enough to see whether groups come again
CLOUDS = 9  # simulated
STABLE = 0.8  # agreement from which on groups count as found again
CLOSE = 0.85  # closeness up to which they count as groups, and not as parts of one cloud


@dataclass(frozen=True, slots=True)
class Partition:
    """Points in groups: their centres, the group of each point, and squares left over.

    `within` is the sum of squared distances from the centres, as a share of the whole.
    """

    centres: Points
    labels: Labels
    within: float


def adjusted_rand(first: npt.ArrayLike, second: npt.ArrayLike) -> float:
    """Agreement of two groupings of the same points: 1 where equal, about 0 by chance alone.

    Notes
    -----
    Hubert and Arabie's adjusted Rand index [1]_. Two groupings that both put all points into
    one group, or each point into its own, agree: 1.

    References
    ----------
    .. [1] Hubert & Arabie (1985), Comparing partitions, J. Classification 2:193-218.

    Examples
    --------
    >>> round(adjusted_rand([0, 0, 1, 1], [0, 0, 1, 2]), 4)
    0.5714
    """
    _names, a = np.unique(np.asarray(first), return_inverse=True)
    _names, b = np.unique(np.asarray(second), return_inverse=True)
    table = np.zeros((a.max() + 1, b.max() + 1), dtype=np.int64)
    np.add.at(table, (a, b), 1)

    def pairs(counts: npt.NDArray[np.int64]) -> float:
        return float((counts * (counts - 1) // 2).sum())

    same, in_a, in_b = pairs(table), pairs(table.sum(axis=1)), pairs(table.sum(axis=0))
    by_chance = in_a * in_b / max(math.comb(len(a), 2), 1)
    most = (in_a + in_b) / 2
    return 1.0 if most == by_chance else (same - by_chance) / (most - by_chance)


def k_means(points: Points, k: int, *, rng: np.random.Generator) -> Partition | None:
    """The best of several k-means clusterings; None where k groups cannot be made.

    Parameters
    ----------
    points : array of float, shape (n, columns)
        Standardised, so that columns count alike.
    k : int
        Number of groups, each of which must hold a point.
    """
    from scipy.cluster.vq import ClusterError, kmeans2

    if len(np.unique(points, axis=0)) < k:
        return None
    whole = float(((points - points.mean(axis=0)) ** 2).sum())
    best: Partition | None = None
    for _start in range(STARTS):
        try:
            centres, labels = kmeans2(
                points, k, iter=ROUNDS, minit="++", missing="raise", check_finite=False, rng=rng
            )
        except ClusterError:  # a group lost all its points
            continue
        within = float(((points - centres[labels]) ** 2).sum()) / whole
        if best is None or within < best.within:
            best = Partition(centres, labels.astype(np.int64), within)
    return best


def stability(points: Points, k: int, *, rng: np.random.Generator) -> Estimate:
    """How far two samples of points like these lead to the same k groups.

    Returns
    -------
    Estimate
        Mean agreement (`adjusted_rand`) over pairs of bootstrap samples, unit "score"; n is the
        number of points. The interval holds the middle 95 % of the pairs.

    Notes
    -----
    Both samples of a pair are clustered, then the same points are given to the nearest centre
    of each clustering [1]_. Stable does not mean parted: an elongated cloud is cut in two at
    the same place each time, so ask for `closeness` too.

    References
    ----------
    .. [1] Ben-Hur, Elisseeff & Guyon (2002), A stability based method for discovering structure
       in clustered data, Pac. Symp. Biocomput. 7:6-17.
    """
    from scipy.cluster.vq import vq

    judged = _some(points, rng)
    agreements = []
    for _pair in range(PAIRS):
        both = [k_means(_again(points, rng), k, rng=rng) for _side in range(2)]
        labels = [vq(judged, found.centres, check_finite=False)[0] for found in both if found]
        if len(labels) == 2:
            agreements.append(adjusted_rand(*labels))
    if not agreements:
        return Estimate.absent(N_("too few different customers"), n=len(points), unit="score")
    low, high = np.quantile(agreements, (0.025, 0.975))
    value = float(np.mean(agreements))
    return Estimate(
        value, min(float(low), value), max(float(high), value), len(points),
        N_("adjusted Rand index between pairs of bootstrap samples, middle 95% of the pairs"),
        "score",
    )  # fmt: skip


def closeness(points: Points, k: int, *, rng: np.random.Generator) -> float:
    """How close k groups lie round their centres, against the groups cut out of one cloud.

    Returns
    -------
    float
        Squares left within the groups over the mean of those of like clouds: 1 is no closer.
        Not a number where k groups cannot be made.

    Notes
    -----
    After the gap statistic [1]_. A cloud has the very values of each column, and their ranks go
    together as in a normal distribution with the same rank correlations: neither a common value
    nor a long tail makes groups. Customers simulated with one process of buying gave .93 to
    1.02 (12 samples of 976, k = 2 to 4), two groups 2.5 standard deviations apart in each of
    three columns .74, three groups 4 apart .47. A test would not do: with many customers it
    finds any departure from the cloud, and calls it groups.

    References
    ----------
    .. [1] Tibshirani, Walther & Hastie (2001), Estimating the number of clusters in a data set
       via the gap statistic, J. R. Stat. Soc. B 63:411-423.
    """
    seen = _some(points, rng)
    found = k_means(seen, k, rng=rng)
    clouds = [k_means(_cloud_like(seen, rng), k, rng=rng) for _cloud in range(CLOUDS)]
    left = [cloud.within for cloud in clouds if cloud]
    return found.within / float(np.mean(left)) if found and left else math.nan


def _cloud_like(points: Points, rng: np.random.Generator) -> Points:
    """Points with the same values in each column and the same rank correlations, in one cloud."""
    from scipy.special import ndtri
    from scipy.stats import rankdata

    normal = ndtri((rankdata(points, axis=0) - 0.5) / len(points))
    together = np.atleast_2d(np.corrcoef(normal, rowvar=False))
    drawn = rng.multivariate_normal(np.zeros(len(together)), together, len(points))
    order = np.argsort(np.argsort(drawn, axis=0), axis=0)
    return np.take_along_axis(np.sort(points, axis=0), order, axis=0)


def _again(points: Points, rng: np.random.Generator) -> Points:
    """A bootstrap sample."""
    return points[rng.integers(0, len(points), min(len(points), SAMPLE))]


def _some(points: Points, rng: np.random.Generator) -> Points:
    """The points, or so many of them drawn without replacement."""
    return points if len(points) <= SAMPLE else rng.choice(points, SAMPLE, replace=False)
