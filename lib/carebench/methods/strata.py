"""The difference of two rates within strata: like is compared with like."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from ..estimate import Estimate
from ..language import N_
from .differences import square_and_add
from .proportions import wilson

Floats = npt.NDArray[np.float64]

METHOD = N_("difference within strata, Mantel–Haenszel weights, limits by square and add")
NO_OVERLAP = N_("no stratum holds attempts of both")


def difference_within(
    k: npt.ArrayLike,
    n: npt.ArrayLike,
    other_k: npt.ArrayLike,
    other_n: npt.ArrayLike,
    *,
    confidence_level: float = 0.95,
) -> Estimate:
    """Mean over strata of the difference k/n − other_k/other_n, in shares.

    Parameters
    ----------
    k, n, other_k, other_n : arrays of int, one entry per stratum
        Successes and trials of the two sides; strata that lack a side are left out.

    Notes
    -----
    The weights n·other_n/(n + other_n) are those of Mantel and Haenszel [1]_. Each side's
    weighted rate has Wilson's limits at its effective number of trials, each stratum's rate
    drawn towards the mean by two trials in the variance; the two are put together by the square
    root of summed squares, which in one stratum is Newcombe's interval. Simulated coverage of
    nominal 95 % intervals, 1 to 39 strata of 1 to 28 trials a side with rates that differ from
    stratum to stratum: .95 to .98.

    References
    ----------
    .. [1] Greenland & Robins (1985), Biometrics 41:55-68.
    """
    k1, n1, k2, n2 = _both(k, n, other_k, other_n)
    total = int(n1.sum() + n2.sum())
    if not total:
        return Estimate.absent(NO_OVERLAP)
    weights = n1 * n2 / (n1 + n2)
    weights = weights / weights.sum()
    own, others = (
        _side(successes, trials, weights, confidence_level)
        for successes, trials in ((k1, n1), (k2, n2))
    )
    found = square_and_add(own, others)
    return Estimate(found.value, found.low, found.high, total, METHOD, found.unit, confidence_level)


def below_within(
    k: npt.ArrayLike, n: npt.ArrayLike, other_k: npt.ArrayLike, other_n: npt.ArrayLike
) -> float:
    """One-sided p-value that k of n lies below the others within strata.

    The Mantel–Haenszel test [1]_ with correction for continuity, which holds however few
    trials each stratum has. NaN where no stratum can tell.

    References
    ----------
    .. [1] Mantel & Haenszel (1959), J. Natl. Cancer Inst. 22:719-748.
    """
    from scipy.stats import norm

    k1, n1, k2, n2 = _both(k, n, other_k, other_n)
    size, hits = n1 + n2, k1 + k2
    spread = float((n1 * n2 * hits * (size - hits) / (size**2 * np.maximum(size - 1, 1))).sum())
    if spread <= 0:
        return float("nan") if not len(size) else 1.0
    excess = float((k1 - n1 * hits / size).sum())
    return float(norm.cdf((excess + 0.5) / np.sqrt(spread)))


def _both(*counts: npt.ArrayLike) -> tuple[Floats, Floats, Floats, Floats]:
    k1, n1, k2, n2 = (np.atleast_1d(np.asarray(x, dtype=float)) for x in counts)
    there = (n1 > 0) & (n2 > 0)
    return k1[there], n1[there], k2[there], n2[there]


def _side(k: Floats, n: Floats, weights: Floats, level: float) -> Estimate:
    """Weighted rate of one side, with Wilson's limits at its effective number of trials."""
    share = float(np.clip((weights * k / n).sum(), 0, 1))
    effective = 1 / float((weights**2 / n).sum())
    drawn = (k + 2 * share) / (n + 2)
    variance = float((weights**2 * drawn * (1 - drawn) / n).sum())
    if share * (1 - share) > 1e-12:
        effective = share * (1 - share) / variance
    low, high = wilson(share, effective, level)
    return Estimate(share, low, high, int(n.sum()), METHOD, confidence_level=level)
