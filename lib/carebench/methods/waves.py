"""Two waves: how a number changed, and whether the change is more than noise.

Every change is later less earlier, in points. Nothing is called a change whose own interval
holds 0, and nothing is called the same whose interval leaves the margin.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from ..estimate import Estimate
from ..language import N_
from .multiplicity import holm
from .proportions import FEW, SMALL, check_counts, z_quantile
from .scores import adjusted_nps
from .two_rates import limits, p_values, unconditional_p

Counts = tuple[npt.ArrayLike, npt.ArrayLike]  # successes and trials

ROSE = N_("rose")
FELL = N_("fell")
ROSE_LITTLE = N_("rose, by less than the margin")
FELL_LITTLE = N_("fell, by less than the margin")
NO_CHANGE = N_("no change seen")
SAME = N_("the same within the margin")
NOT_JUDGED = N_("not judged")
CHANGED = (ROSE, FELL, ROSE_LITTLE, FELL_LITTLE)

NEWCOMBE = N_("Newcombe")
WEIGHTED = N_("difference of two weighted shares, square-and-add of their Wilson limits")
TWO_NPS = N_("difference of two adjusted Wald scores")

SURE = 1e-8  # below it, no correction of a p-value could change a verdict
POWER = 0.8  # chance of seeing a change that is called detectable


@dataclass(frozen=True, slots=True)
class Change:
    """A change, what its test says, and its limits for a claim of equivalence.

    Parameters
    ----------
    estimate : Estimate
        Later less earlier, in points.
    p_value : float
        Of no change, two-sided, of this comparison alone; nan where it is not judged.
    inner : (float, float) or None
        Limits at the level 1 − 2α: inside the margin, the two waves are the same [1]_.
    detectable : float
        Points that a true change would need in order to be seen four times in five; nan where
        the change says nothing of it.

    References
    ----------
    .. [1] Schuirmann (1987), J. Pharmacokinet. Biopharm. 15:657-680.
    """

    estimate: Estimate
    p_value: float = math.nan
    inner: tuple[float, float] | None = None
    detectable: float = math.nan


def not_compared(reason: str, n: int = 0) -> Change:
    """No change, and why."""
    return Change(Estimate.absent(reason, n=n, unit="points"))


def count_changes(
    earlier: Counts,
    later: Counts,
    *,
    confidence_level: float = 0.95,
) -> list[Change]:
    """The change of each of several rates, with Newcombe's interval [1]_ (his method 10).

    Parameters
    ----------
    earlier, later : (successes, trials)
        One entry per rate. With fewer than 5 trials in a wave the change is shown, not judged.

    Notes
    -----
    Where the interval leaves out 0, the p-value is the largest probability, over all common
    rates, that an interval as far from 0 or farther would arise without any change: Barnard's
    unconditional test [2]_ with Newcombe's interval as its ordering. Far out in the tails, where
    many comparisons are judged, the interval alone promises too much: 12 providers of 12
    attempts a wave gave a false change in .08 of the simulated studies, instead of at most .05.

    References
    ----------
    .. [1] Newcombe (1998), Stat. Med. 17:873-890.
    .. [2] Barnard (1947), Biometrika 34:123-138.
    """
    (k1, n1), (k2, n2) = (tuple(np.asarray(part) for part in wave) for wave in (earlier, later))
    for k, n in ((k1, n1), (k2, n2)):
        for successes, trials in zip(k, n, strict=True):
            check_counts(int(successes), int(trials))
    tried = (n1 > 0) & (n2 > 0)
    shares = [np.where(tried, k / np.maximum(n, 1), 0.0) for k, n in ((k1, n1), (k2, n2))]
    sizes = [np.where(tried, n, 1).astype(float) for n in (n1, n2)]
    found = [
        _unconditional(one, int(before), int(after))
        for one, before, after in zip(
            share_changes(*shares, *sizes, n=n1 + n2, confidence_level=confidence_level),
            n1,
            n2,
            strict=True,
        )
    ]
    return [
        (one if min(before, after) >= SMALL else Change(one.estimate.warn(FEW)))
        if before and after
        else not_compared(N_("no attempts in one of the waves"), n=int(before + after))
        for one, before, after in zip(found, n1, n2, strict=True)
    ]


def share_changes(
    earlier: npt.ArrayLike,
    later: npt.ArrayLike,
    earlier_size: npt.ArrayLike,
    later_size: npt.ArrayLike,
    *,
    n: npt.ArrayLike,
    method: str = NEWCOMBE,
    confidence_level: float = 0.95,
) -> list[Change]:
    """Changes of shares from their Wilson limits, by square-and-add [1]_.

    Parameters
    ----------
    earlier, later : arrays of float
        Shares, 0 to 1.
    earlier_size, later_size : arrays of float
        Sample sizes, or effective ones where weights or strata change the variance.
    n : array of int
        Observations behind each change, for the reader.

    References
    ----------
    .. [1] Zou & Donner (2008), Stat. Med. 27:1693-1702.
    """
    p1, p2, n1, n2 = (
        np.asarray(a, dtype=float) for a in (earlier, later, earlier_size, later_size)
    )
    low, high = limits(p1, p2, n1, n2, z_quantile(confidence_level))
    inner_low, inner_high = limits(p1, p2, n1, n2, z_quantile(2 * confidence_level - 1))
    tests = p_values(p1, p2, n1, n2)
    columns = (p2 - p1, low, high, np.asarray(n), tests, inner_low, inner_high)
    return [
        Change(
            Estimate(
                100 * float(d), 100 * float(a), 100 * float(b), int(size), method, "points",
                confidence_level,
            ),
            float(p),
            (100 * float(c), 100 * float(e)),
        )
        for d, a, b, size, p, c, e in zip(*columns, strict=True)
    ]  # fmt: skip


def estimate_change(
    earlier: Estimate, later: Estimate, *, method: str = WEIGHTED, comparisons: int = 1
) -> Change:
    """The change of a share known by two estimates, at their effective sample sizes.

    `comparisons` is the size of the family, for what is detectable in it.
    """
    if earlier.value is None or later.value is None:
        lacking = earlier if earlier.value is None else later
        return not_compared(lacking.reason, n=earlier.n + later.n)
    sizes = [one.n / (one.design_effect or 1.0) for one in (earlier, later)]
    plain = all(one.design_effect is None for one in (earlier, later))
    level = later.confidence_level
    (found,) = share_changes(
        [earlier.value],
        [later.value],
        [sizes[0]],
        [sizes[1]],
        n=[earlier.n + later.n],
        method=NEWCOMBE if plain else method,
        confidence_level=level,
    )
    if min(earlier.n, later.n) < SMALL:
        return Change(found.estimate.warn(FEW))
    width = (found.estimate.high or 0.0) - (found.estimate.low or 0.0)
    error = width / 2 / z_quantile(level)
    return replace(found, detectable=_reach(level, comparisons) * error)


def nps_change(earlier: Estimate, later: Estimate, *, comparisons: int = 1) -> Change:
    """The change of a net promoter score between two independent waves.

    Parameters
    ----------
    earlier, later : Estimate
        As `scores.nps` gives them; one without a value, as of fewer than 50 answers, has no
        change either.
    comparisons : int
        Size of the family, for what is detectable in it.

    Notes
    -----
    The variance is the sum of the two adjusted Wald variances [1]_, and the interval stands
    about the difference of the two adjusted scores.

    References
    ----------
    .. [1] Rocks (2016), Int. J. Market Res. 58:725-737.
    """
    if earlier.value is None or later.value is None:
        lacking = earlier if earlier.value is None else later
        return not_compared(lacking.reason, n=earlier.n + later.n)
    level, value = later.confidence_level, later.value - earlier.value
    z, narrow = z_quantile(level), z_quantile(2 * level - 1)
    (centre1, error1), (centre2, error2) = (adjusted_nps(one)[:2] for one in (earlier, later))
    centre, error = centre2 - centre1, math.hypot(error1, error2)
    low, high = min(value, centre - z * error), max(value, centre + z * error)
    n = earlier.n + later.n
    return Change(
        Estimate(value, max(low, -200.0), min(high, 200.0), n, TWO_NPS, "points", level),
        math.erfc(abs(centre) / error / math.sqrt(2)),
        (centre - narrow * error, centre + narrow * error),
        _reach(level, comparisons) * error,
    )


def adjusted(changes: Sequence[Change]) -> list[float]:
    """Holm's adjusted p-values of a family of changes; nan for those that are not judged."""
    return holm([change.p_value for change in changes])


def verdicts(changes: Sequence[Change], *, margin: float | None) -> list[str]:
    """What to say of each change; all together are one family, judged by Holm.

    Parameters
    ----------
    changes : sequence of Change
        The family; those without a p-value are not judged and do not count.
    margin : float or None
        Points within which two waves count as the same; None where none was fixed.

    Returns
    -------
    list of str
        One of the words above. "The same" needs the 1 − 2α interval inside the margin; each
        such claim stands at its own α.
    """
    return [
        NOT_JUDGED if math.isnan(p) else _word(change, p, margin)
        for change, p in zip(changes, adjusted(changes), strict=True)
    ]


def _word(change: Change, p: float, margin: float | None) -> str:
    value, inside = change.estimate.value or 0.0, False
    if margin is not None and change.inner is not None:
        inside = -margin < change.inner[0] and change.inner[1] < margin
    if p <= 1 - change.estimate.confidence_level:
        up, down = (ROSE_LITTLE, FELL_LITTLE) if inside else (ROSE, FELL)
        return up if value > 0 else down
    return SAME if inside else NO_CHANGE


def _reach(confidence_level: float, comparisons: int) -> float:
    """Standard errors that a change needs to be seen with `POWER` in a family by Holm."""
    strict = 1 - (1 - confidence_level) / comparisons
    return z_quantile(strict) + z_quantile(2 * POWER - 1)


def _unconditional(change: Change, n1: int, n2: int) -> Change:
    """The change with the p-value of the unconditional test, where that is the larger one."""
    if not SURE < change.p_value <= 1 - change.estimate.confidence_level:
        return change
    return replace(change, p_value=unconditional_p(change.p_value, n1, n2))
