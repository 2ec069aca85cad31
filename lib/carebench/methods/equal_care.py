"""Whether one kind of customer is treated worse than the others, or provably the same."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from ..estimate import Estimate
from ..language import N_
from .comparisons import THE_SAME
from .multiplicity import holm
from .proportions import SMALL

Matrix = npt.NDArray[np.float64]

WORSE = N_("treated worse")
SLIGHTLY_WORSE = N_("worse, yet within the margin")
CANNOT_SHOW = N_("cannot show equivalence at this n")
TOO_FEW = N_("too few contacts")


def worse_by_counts(
    k: npt.ArrayLike, n: npt.ArrayLike, other_k: npt.ArrayLike, other_n: npt.ArrayLike
) -> Matrix:
    """One-sided p-values of Fisher's exact test [1]_ that k of n is below that of the others.

    Kinds of customers were given out at random, so the test holds whatever else differs
    between providers. NaN where either side has fewer than five attempts.

    References
    ----------
    .. [1] Fisher (1935), The Design of Experiments, Oliver & Boyd, chapter 2.
    """
    from scipy.stats import hypergeom

    k1, n1, k2, n2 = (np.asarray(x, dtype=float) for x in (k, n, other_k, other_n))
    p: Matrix = hypergeom.cdf(k1, n1 + n2, k1 + k2, n1)
    return np.where(np.minimum(n1, n2) >= SMALL, p, np.nan)


def worse_by_means(
    n: npt.ArrayLike,
    mean: npt.ArrayLike,
    variance: npt.ArrayLike,
    other_n: npt.ArrayLike,
    other_mean: npt.ArrayLike,
    other_variance: npt.ArrayLike,
) -> Matrix:
    """One-sided p-values of Welch's t-test [1]_ that a mean is below that of the others.

    NaN where either side has fewer than five contacts, or neither varies.

    References
    ----------
    .. [1] Welch (1947), Biometrika 34:28-35.
    """
    from scipy.stats import t

    n1, m1, v1, n2, m2, v2 = (
        np.asarray(x, dtype=float) for x in (n, mean, variance, other_n, other_mean, other_variance)
    )
    enough = np.minimum(n1, n2) >= SMALL
    with np.errstate(invalid="ignore", divide="ignore"):
        a, b = v1 / n1, v2 / n2
        freedom = (a + b) ** 2 / (a**2 / (n1 - 1) + b**2 / (n2 - 1))
        p = t.cdf((m1 - m2) / np.sqrt(a + b), freedom)
    return np.where(enough & (a + b > 0), p, np.nan)


def worse_by_means_within(
    n: npt.ArrayLike,
    total: npt.ArrayLike,
    squares: npt.ArrayLike,
    other_n: npt.ArrayLike,
    other_total: npt.ArrayLike,
    other_squares: npt.ArrayLike,
) -> float:
    """One-sided p-value that a mean is below that of the others within strata.

    Least squares on the stratum and the group [1]_, from numbers, sums and sums of squares by
    stratum; in one stratum it is Student's t-test. NaN where either side has fewer than five
    contacts in strata that hold both, or nothing varies.

    References
    ----------
    .. [1] Cochran (1968), Biometrics 24:295-313.
    """
    from scipy.stats import t

    sums = (n, total, squares, other_n, other_total, other_squares)
    arrays = [np.atleast_1d(np.asarray(x, dtype=float)) for x in sums]
    n1, t1, s1, n2, t2, s2 = (x[(arrays[0] > 0) & (arrays[3] > 0)] for x in arrays)
    freedom = float((n1 + n2).sum()) - len(n1) - 1
    if min(n1.sum(), n2.sum()) < SMALL or freedom < 1:
        return float("nan")
    weights = n1 * n2 / (n1 + n2)
    gap = float((weights * (t1 / n1 - t2 / n2)).sum() / weights.sum())
    within = float((s1 + s2 - (t1 + t2) ** 2 / (n1 + n2)).sum())
    left = within - gap**2 * float(weights.sum())
    if left <= 1e-9:
        return float("nan")
    return float(t.cdf(gap * np.sqrt(weights.sum() * freedom / left), freedom))


def combined(p_values: npt.ArrayLike) -> Matrix:
    """One p-value from the independent ones of each row, by Fisher's method [1]_.

    Parameters
    ----------
    p_values : array, shape (comparisons, measures)
        Whether an attempt is answered and how an answered one is scored are independent where
        the kind of customer does not matter. NaN where a measure cannot tell.

    References
    ----------
    .. [1] Fisher (1932), Statistical Methods for Research Workers, 4th ed., section 21.1.
    """
    from scipy.stats import chi2

    p = np.asarray(p_values, dtype=float)
    known = ~np.isnan(p)
    logs = np.log(np.where(known, np.maximum(p, 1e-300), 1.0))
    joint: Matrix = chi2.sf(-2 * logs.sum(axis=1), 2 * np.maximum(known.sum(axis=1), 1))
    return np.where(known.any(axis=1), joint, np.nan)


def verdicts(
    p_values: Sequence[float],
    gaps: Sequence[Sequence[Estimate]],
    margin: float,
    *,
    confidence_level: float = 0.95,
) -> list[str]:
    """One verdict for each comparison of a family.

    Parameters
    ----------
    p_values : sequence of float
        One-sided, of "treated worse"; NaN where there were too few to judge. Holm over the rest.
    gaps : sequence, by comparison, of the difference in each measure
        With intervals at 2 · `confidence_level` − 1: the same is, whose intervals all lie inside
        the margin, which is two one-sided tests [1]_ in every measure.
    margin : float
        Largest difference of two rates that still counts as the same, fixed before the data.

    References
    ----------
    .. [1] Schuirmann (1987), J. Pharmacokinet. Biopharm. 15:657-680.
    """
    found = []
    for p, measures in zip(holm(p_values), gaps, strict=True):
        if p != p:
            found.append(TOO_FEW)
            continue
        worse = p <= 1 - confidence_level
        same = bool(measures) and all(_inside(gap, margin) for gap in measures)
        if worse:
            found.append(SLIGHTLY_WORSE if same else WORSE)
        else:
            found.append(THE_SAME if same else CANNOT_SHOW)
    return found


def _inside(gap: Estimate, margin: float) -> bool:
    return gap.low is not None and gap.high is not None and max(-gap.low, gap.high) < margin
