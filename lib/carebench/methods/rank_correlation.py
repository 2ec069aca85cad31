"""Whether two measurements of the same few things rise together, and what noise hides of it."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from ..estimate import Estimate
from ..language import N_
from .proportions import z_quantile

Floats = npt.NDArray[np.float64]

ENOUGH = 10  # pairs; with fewer an interval spans nearly everything
TOO_FEW = N_("fewer than ten: no claim")
ALIKE = N_("all values of one measurement are the same")
ALL_ORDERS = 8  # pairs of which every order can be looked at: 40,320
ORDERS = 20_000  # drawn of more pairs
DRAWN_UP_TO = 100  # pairs; of more the t distribution says the same
SEED = 20140602


def spearman(
    first: npt.ArrayLike,
    second: npt.ArrayLike,
    *,
    fewest: int = ENOUGH,
    too_few: str = TOO_FEW,
    confidence_level: float = 0.95,
) -> Estimate:
    """Spearman's rank correlation, -1 to 1; none of fewer than `fewest` pairs.

    Parameters
    ----------
    first, second : arrays of float, shape (n,)
        Two measurements of each thing; equal values share their mean rank.
    fewest : int
        Pairs below which there is no number; 4 at least.
    too_few : str
        What is said then.

    Notes
    -----
    Fisher's transformation with the variance (1 + r²/2) / (n − 3) [1]_. Simulated coverage of
    nominal 95 % intervals of normal pairs with a correlation of 0, .5, .8 or .95: .94 to
    .96 at n = 10, 20 and 50; .94 to .98 at n = 6 to 9.

    References
    ----------
    .. [1] Bonett & Wright (2000), Psychometrika 65:23-28.
    """
    from scipy.stats import rankdata

    x, y = rankdata(np.asarray(first, dtype=float)), rankdata(np.asarray(second, dtype=float))
    n = len(x)
    if n < fewest:
        return Estimate.absent(too_few, n=n, unit="score")
    if x.std() == 0 or y.std() == 0:
        return Estimate.absent(ALIKE, n=n, unit="score")
    r = float(np.corrcoef(x, y)[0, 1])
    most = 1 - 6 / (n**3 - n)  # a perfect order is taken for one that nearly is
    middle = math.atanh(min(max(r, -most), most))
    half = z_quantile(confidence_level) * math.sqrt((1 + r**2 / 2) / (n - 3))
    low, high = min(math.tanh(middle - half), r), max(math.tanh(middle + half), r)
    name = N_("Spearman’s rank correlation, Bonett–Wright interval")
    return Estimate(r, low, high, n, name, "score", confidence_level)


def permutation_p(first: npt.ArrayLike, second: npt.ArrayLike) -> float:
    """How often chance alone gives a rank correlation as far from 0, either way.

    Notes
    -----
    Exact up to eight pairs, over every order; up to 100 pairs over 20,000 orders drawn with a
    fixed seed, the seen one counted among them, so that it is never 0 [1]_; of more by Student's
    t. Not a number where all values of one measurement are the same.

    References
    ----------
    .. [1] Phipson & Smyth (2010), Stat. Appl. Genet. Mol. Biol. 9:39.

    Examples
    --------
    >>> round(permutation_p([1, 2, 3, 4, 5, 6], [1, 2, 3, 4, 5, 6]), 6)
    0.002778
    """
    from scipy.stats import rankdata, spearmanr, zscore

    x, y = (rankdata(np.asarray(part, dtype=float)) for part in (first, second))
    n = len(x)
    if n < 2 or x.std() == 0 or y.std() == 0:
        return math.nan
    if n > DRAWN_UP_TO:
        return float(spearmanr(x, y).pvalue)
    x, y = zscore(x), zscore(y)
    seen = abs(float(x @ y)) - 1e-9 * n
    by_chance = np.abs(_orders(x) @ y)
    if n <= ALL_ORDERS:
        return float(np.mean(by_chance >= seen))
    return float((np.sum(by_chance >= seen) + 1) / (ORDERS + 1))


def smallest_established(n: int, *, tests: int = 1, confidence_level: float = 0.95) -> float:
    """The smallest rank correlation of `n` pairs that `permutation_p` and Holm let stand.

    Parameters
    ----------
    n : int
        Pairs, without equal values among them.
    tests : int
        Of the family; once a first one stands, others of it may stand with a little less.

    Returns
    -------
    float
        Infinite where not even a perfect order would do.

    Examples
    --------
    >>> round(smallest_established(8), 3)
    0.738
    """
    from scipy.stats import t, zscore

    p = (1 - confidence_level) / tests
    if n > DRAWN_UP_TO:
        least = float(t.isf(p / 2, n - 2))
        return least / math.hypot(least, math.sqrt(n - 2))
    ranks = zscore(np.arange(n, dtype=float))
    by_chance = np.sort(np.abs(_orders(ranks) @ ranks) / n)[::-1]
    enough = by_chance[by_chance > by_chance[int(p * len(by_chance) + 1e-9)] + 1e-9]
    return float(enough[-1]) if len(enough) else math.inf


def _orders(x: Floats) -> Floats:
    """Every order of a few values, else many drawn with a fixed seed."""
    if len(x) <= ALL_ORDERS:
        return x[_every_order(len(x))]
    return np.random.default_rng(SEED).permuted(np.tile(x, (ORDERS, 1)), axis=1)


def _every_order(n: int) -> npt.NDArray[np.int64]:
    from itertools import permutations

    return np.array(list(permutations(range(n))))


def reliability(values: npt.ArrayLike, errors: npt.ArrayLike) -> float:
    """Share of the spread of `values` that is not the noise of their standard `errors`, 0 to 1.

    Not a number where the values do not differ.
    """
    value, error = np.asarray(values, dtype=float), np.asarray(errors, dtype=float)
    spread = float(value.var(ddof=1)) if len(value) > 1 else 0.0
    if not spread > 0:
        return math.nan
    return max(0.0, 1 - float(np.mean(error**2)) / spread)


def noise_ceiling(first: float, second: float) -> float:
    """What noise leaves of a perfect correlation of two measurements with these reliabilities.

    Notes
    -----
    √(reliability · reliability) [1]_.

    References
    ----------
    .. [1] Spearman (1904), Am. J. Psychol. 15:72-101.
    """
    return math.sqrt(first * second)
