"""Whether one group is answered sooner than the others: the log-rank test."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from .life_table import Floats, Ints, checked, life_table, sorted_within
from .proportions import z_quantile

NOTHING = 1e-9  # of a variance: below, there is nobody to compare with


def logrank(
    waits: npt.ArrayLike,
    answered: npt.ArrayLike,
    group: npt.ArrayLike,
    *,
    groups: int,
    strata: npt.ArrayLike | None = None,
) -> pd.DataFrame:
    """Log-rank test [1]_ of each group against all others together, within strata.

    Parameters
    ----------
    waits, answered : arrays, shape (n,)
        As for `waiting.curve`.
    group : array of int, shape (n,)
        Number of the group of each attempt, 0 to `groups` − 1.
    strata : array of int, shape (n,), optional
        Number of the stratum, 0 and up, such as the band of hours in which it was made; only
        attempts of the same stratum are compared with each other.

    Returns
    -------
    DataFrame
        One row per group: `observed` and `expected` answers, `variance`, `chi2` (one degree
        of freedom) and `p`, two-sided, not adjusted for the number of groups. `chi2` is 0 and
        `p` 1 where nothing can be compared.

    Notes
    -----
    `p` is the mid-p of a binomial with the mean and the variance of the observed answers, the
    larger of the two that the group and all others give, not the tail of χ². One small group
    against many is skewed: with the tail of χ², 13 groups of 5 to 12 that do not differ gave a
    false difference after Holm in .09 to .15 of simulated audits, 60 groups in .18 to .42. With
    this one it was .02 to .06 and .02 to .05, and .01 to .05 for two groups of 8 to 28.

    References
    ----------
    .. [1] Mantel (1966), Cancer Chemother. Rep. 50:163-170.
    """
    time, event = checked(waits, answered)
    of = np.asarray(group, dtype=np.int64)
    stratum = np.zeros_like(of) if strata is None else np.asarray(strata, dtype=np.int64)
    observed = np.bincount(of[event], minlength=groups).astype(float)
    expected, variance = _moments(time, event, of, groups, stratum)
    answers = float(event.sum())
    comparable = variance > NOTHING
    # The same comparison seen from either side; two groups then have one p between them.
    p = np.maximum(
        _mid_p(observed, expected, variance),
        _mid_p(answers - observed, answers - expected, variance),
    )
    gap = np.where(comparable, observed - expected, 0.0)
    return pd.DataFrame(
        {
            "observed": observed.astype(int),
            "expected": expected,
            "variance": variance,
            "chi2": gap**2 / np.where(comparable, variance, 1.0),
            "p": np.where(comparable, p, 1.0),
        }
    )


def _mid_p(observed: Floats, expected: Floats, variance: Floats) -> Floats:
    """Two-sided mid-p of a binomial, its size not whole, with this mean and this variance."""
    from scipy.stats import beta

    mean = np.maximum(expected, NOTHING)
    # A group may be answered more often than such a binomial allows: it is then made wider.
    size = np.maximum(mean / np.clip(1 - variance / mean, NOTHING, 1), observed + 1)
    chance = mean / size
    more = beta.cdf(chance, observed + 1, size - observed)
    as_many = beta.cdf(chance, np.maximum(observed, 1), size - observed + 1)
    middle = (more + np.where(observed > 0, as_many, 1.0)) / 2
    return np.asarray(np.minimum(1.0, 2 * np.minimum(middle, 1 - middle)))


def _moments(
    time: Floats, event: npt.NDArray[np.bool_], group: Ints, groups: int, stratum: Ints
) -> tuple[Floats, Floats]:
    """Expected answers of each group and their hypergeometric variance, summed over the times.

    With c the variance's factor at a time, n all who wait and m those of the group, the sum of
    c·m/n − c·m²/n² is taken attempt by attempt: m is a sum over attempts, m² one over pairs,
    and a pair waits as long as the shorter of its two waits.
    """
    table = life_table(time, event, stratum)
    n, d = table.waiting.astype(float), table.answers.astype(float)
    factor = d * (n - d) / np.maximum(n - 1, 1)
    hazard, single, paired = (table.running(x) for x in (d / n, factor / n, factor / n**2))
    expected = np.bincount(group, hazard[table.entry], minlength=groups)
    alone = np.bincount(group, single[table.entry], minlength=groups)
    cell = stratum * groups + group
    order = sorted_within(cell, time)
    ends = np.cumsum(np.bincount(cell))[cell[order]]
    pairs = 2 * (ends - np.arange(len(order))) - 1  # with itself, and twice with each longer one
    together = np.bincount(group[order], paired[table.entry][order] * pairs, minlength=groups)
    return np.asarray(expected, dtype=float), np.asarray(alone - together, dtype=float)


def crossing(
    waits: npt.ArrayLike,
    answered: npt.ArrayLike,
    group: npt.ArrayLike,
    horizon: float,
    *,
    groups: int,
    confidence_level: float = 0.95,
) -> npt.NDArray[np.bool_]:
    """Whose curve lies clearly above that of the others at one time, clearly below at another.

    No single number then says who is faster. Each curve is set against the mean of the others
    at up to 19 times within the `horizon`, by which twentieths of the answers had come.
    """
    time, event = checked(waits, answered)
    of = np.asarray(group, dtype=np.int64)
    in_time = time[event & (time <= horizon)]
    if not len(in_time) or groups < 2:
        return np.zeros(groups, dtype=bool)
    at = np.unique(np.quantile(in_time, np.arange(1, 20) / 20, method="inverted_cdf"))
    share, variance = _shares_at(time, event, of, groups, at)
    gap = share - (share.sum(axis=0) - share) / (groups - 1)
    spread = variance + (variance.sum(axis=0) - variance) / (groups - 1) ** 2
    clear = np.abs(gap) > z_quantile(confidence_level) * np.sqrt(spread)
    return np.asarray((clear & (gap > 0)).any(axis=1) & (clear & (gap < 0)).any(axis=1))


def _shares_at(
    time: Floats, event: npt.NDArray[np.bool_], group: Ints, groups: int, at: Floats
) -> tuple[Floats, Floats]:
    """Share of each group answered by each time `at`, and its variance by Greenwood's sum."""
    table = life_table(time, event, group)
    left = table.left()
    variance = left**2 * table.running(table.greenwood())
    first = np.searchsorted(table.group, np.arange(groups))
    passed = np.array([np.bincount(table.group[table.time <= t], minlength=groups) for t in at]).T
    last = np.maximum(first[:, None] + passed - 1, 0)
    return np.where(passed > 0, 1 - left[last], 0.0), np.where(passed > 0, variance[last], 0.0)
