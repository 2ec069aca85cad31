"""Whether one kind of customer is treated worse than the others, or provably the same."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from ..language import N_
from .comparisons import THE_SAME
from .multiplicity import holm
from .proportions import SMALL, equivalent

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
    counts: Sequence[Sequence[tuple[int, int, int, int]]],
    margin: float,
    *,
    confidence_level: float = 0.95,
) -> list[str]:
    """One verdict for each comparison of a family.

    Parameters
    ----------
    p_values : sequence of float
        One-sided, of "treated worse"; NaN where there were too few to judge. Holm over the rest.
    counts : sequence, by comparison, of a (k, n, other k, other n) for each measure
        The same is, who is the same in every measure: both one-sided tests at 1 −
        `confidence_level`, that is Newcombe's interval inside the margin.
    margin : float
        Largest difference of two rates that still counts as the same, fixed before the data.
    """
    adjusted = iter(holm([p for p in p_values if p == p]))
    found = []
    for p, measures in zip(p_values, counts, strict=True):
        if p != p:
            found.append(TOO_FEW)
            continue
        worse = next(adjusted) <= 1 - confidence_level
        same = bool(measures) and all(
            equivalent(*numbers, margin, confidence_level=confidence_level) for numbers in measures
        )
        if worse:
            found.append(SLIGHTLY_WORSE if same else WORSE)
        else:
            found.append(THE_SAME if same else CANNOT_SHOW)
    return found
