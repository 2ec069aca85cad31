"""Claims to be there 24/7: what attempts at night and by day say of them."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from ..language import N_
from .multiplicity import holm


def uncovered(n: int, confidence_level: float = 0.95) -> float:
    """Share of the hours that may still be uncovered where all of n attempts were answered.

    One-sided and exact: 1 − (1 − confidence_level)^(1/n) [1]_; about 3/n.

    References
    ----------
    .. [1] Hanley & Lippman-Hand (1983), JAMA 249:1743-1745.
    """
    return 1 - (1 - confidence_level) ** (1 / n) if n else 1.0


REFUTED = N_("refuted")
LESS_OFTEN = N_("less often at night")
NO_GAP = N_("no gap found")
CANNOT_TELL = N_("cannot tell")
NOT_TRIED = N_("not tried at night")


def night_verdicts(
    night: list[tuple[int, int]], day: list[tuple[int, int]], *, level: float = 0.05
) -> list[str]:
    """What the attempts say of each claim to be there 24/7.

    Parameters
    ----------
    night, day : lists of (answered, attempts), one entry per claimant
    level : float
        Of the one-sided Fisher tests of night against day, Holm over the claimants.

    Returns
    -------
    list of str
        "refuted" where none of the night attempts was answered and the test is significant;
        "less often at night" where it is and some were answered; "no gap found" where all of
        the night attempts were; "not tried at night"; "cannot tell" otherwise. Never a
        confirmation.
    """
    if not night:
        return []
    raw = seldom(*np.transpose(night), *np.transpose(day))
    pairs = zip(night, holm(raw.tolist()), strict=True)
    return [_night_verdict(k, n, p <= level) for (k, n), p in pairs]


def seldom(
    k: npt.ArrayLike, n: npt.ArrayLike, x: npt.ArrayLike, m: npt.ArrayLike
) -> npt.NDArray[np.float64]:
    """One-sided Fisher p-values: is k of n fewer than x of m would let expect?"""
    from scipy.stats import hypergeom

    k, n, x, m = (np.asarray(counts, dtype=float) for counts in (k, n, x, m))
    p = hypergeom.cdf(k, n + m, k + x, n)
    return np.where((n > 0) & (m > 0), p, 1.0)


def _night_verdict(answered: int, attempts: int, significant: bool) -> str:
    if attempts == 0:
        return NOT_TRIED
    if significant:
        return LESS_OFTEN if answered else REFUTED
    return NO_GAP if answered == attempts else CANNOT_TELL
