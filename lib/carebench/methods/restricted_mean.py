"""The mean wait within a horizon: of everybody, an endless wait counting as the horizon."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from ..estimate import Estimate
from ..language import N_
from .life_table import Floats, Ints, Truths, added, checked, life_table
from .waiting import NOT_WATCHED, warned

METHOD = N_("restricted mean, Greenwood’s variance, Student’s t")
ALIKE = N_("restricted mean, all waits alike, exact binomial limits")
DIFFERENCE = N_("difference of restricted means, interval by variance recovery")


@dataclass(frozen=True, slots=True)
class _Areas:
    """Area under each group's curve up to the horizon, its variance, and what it rests on."""

    n: Ints
    answers: Ints
    to_the_end: Ints  # how many were answered or watched up to the horizon
    mean: Floats
    variance: Floats


def restricted_mean(
    waits: npt.ArrayLike,
    answered: npt.ArrayLike,
    horizon: float,
    *,
    counts: Ints | None = None,
    unit: str = "hours",
    confidence_level: float = 0.95,
) -> Estimate:
    """Mean wait within `horizon`; who is unanswered by then has waited all of it.

    Parameters
    ----------
    waits, answered : arrays, shape (n,)
        As for `waiting.curve`.
    horizon : float
        In the unit of `waits`; beyond the last time watched there is no value.
    counts : array of int, optional
        As for `waiting.curve`.

    Returns
    -------
    Estimate
        In `unit`.

    Notes
    -----
    The area under the Kaplan–Meier curve [1]_; variance by Greenwood's tail sum times
    n/(n − 1), quantile of Student's t with n − 1 degrees of freedom. Where all waits are alike
    the variance is 0 although little may be known: the limits are then those of a share that
    may be elsewhere, Clopper–Pearson's at 0 of n. Simulated coverage of nominal 95 % intervals,
    20 to 90 % answered: .914 to .966 with 8 to 40 attempts, .898 to .985 with 5.

    References
    ----------
    .. [1] Irwin (1949), J. Hygiene 47:188-189; Karrison (1997), Control. Clin. Trials
       18:151-167.
    """
    time, _event = checked(waits, answered)
    one = np.zeros(len(time), dtype=np.int64)
    return restricted_means(
        waits,
        answered,
        one,
        horizon,
        groups=1,
        counts=counts,
        unit=unit,
        confidence_level=confidence_level,
    )[0]


def restricted_means(
    waits: npt.ArrayLike,
    answered: npt.ArrayLike,
    group: npt.ArrayLike,
    horizon: float,
    *,
    groups: int,
    counts: Ints | None = None,
    unit: str = "hours",
    confidence_level: float = 0.95,
) -> list[Estimate]:
    """The restricted mean of each group, `group` numbering them from 0 to `groups` − 1."""
    time, event = checked(waits, answered)
    of = np.asarray(group, dtype=np.int64)
    areas = _areas(time, event, of, groups, horizon, counts)
    low, high = _limits(areas, horizon, confidence_level)
    watched = _watched(time, event, of, groups) >= horizon

    def estimate(i: int) -> Estimate:
        n, mean = int(areas.n[i]), float(areas.mean[i])
        if not n or not watched[i]:
            return Estimate.absent(NOT_WATCHED if n else N_("no attempts"), n=n, unit=unit)
        method = METHOD if areas.variance[i] > 0 else ALIKE
        limits = min(float(low[i]), mean), max(float(high[i]), mean)
        found = Estimate(mean, *limits, n, method, unit, confidence_level)
        return warned(found, int(areas.answers[i]), unequal=bool(areas.to_the_end[i] < n))

    return [estimate(i) for i in range(groups)]


def against_the_others(means: Sequence[Estimate]) -> list[Estimate]:
    """Difference of each restricted mean from the mean of all others, each counting alike.

    Notes
    -----
    The distances of each mean from its own limits are put together as variances are [1]_, so
    that lopsided limits stay lopsided. Groups without a value are left out. Simulated coverage
    of nominal 95 % intervals, 2 to 13 groups of 5 to 28 that differ or do not: .944 to .978 on
    average over the groups, .91 for the worst of 13 groups of 5, .93 of 8 and more.

    References
    ----------
    .. [1] Zou & Donner (2008), Stat. Med. 27:1693-1702.
    """
    known = [e for e in means if e.value is not None]
    value, low, high = (
        np.array([getattr(e, name) for e in known], dtype=float)
        for name in ("value", "low", "high")
    )
    below, above, others = (value - low) ** 2, (high - value) ** 2, len(known) - 1
    if others < 1:
        alone = N_("no other group to compare with")
        return [e if e.value is None else Estimate.absent(alone, n=e.n, unit=e.unit) for e in means]
    gap = value - (value.sum() - value) / others
    down = np.sqrt(below + (above.sum() - above) / others**2)
    up = np.sqrt(above + (below.sum() - below) / others**2)
    found = iter(
        replace(e, value=float(d), low=float(d - less), high=float(d + more), method=DIFFERENCE)
        for e, d, less, more in zip(known, gap, down, up, strict=True)
    )
    return [e if e.value is None else next(found) for e in means]


def _areas(
    time: Floats, event: Truths, group: Ints, groups: int, horizon: float, counts: Ints | None
) -> _Areas:
    """Area, variance and counts of each group, from one life table of all."""
    cut, seen = np.minimum(time, horizon), event & (time <= horizon)
    table = life_table(cut, seen, group, counts)
    n = added(group, time >= 0, counts, groups)
    until = np.append(table.time[1:], horizon)[: len(table.time)]
    last = np.ones(len(table.group), dtype=bool)
    last[:-1] = table.group[1:] != table.group[:-1]
    width = np.where(last, horizon, until) - table.time
    after = table.left() * width
    total = np.bincount(table.group, after, minlength=groups)
    tail = total[table.group] - table.running(after) + after
    first = np.full(groups, float(horizon))
    np.minimum.at(first, group, cut)
    spread = np.bincount(table.group, tail**2 * table.greenwood(), minlength=groups)
    return _Areas(
        n,
        added(group, seen, counts, groups),
        added(group, event | (time >= horizon), counts, groups),
        first + total,
        spread * n / np.maximum(n - 1, 1),
    )


def _limits(areas: _Areas, horizon: float, confidence_level: float) -> tuple[Floats, Floats]:
    """Student's limits; where all waits are alike, those of a share that may lie elsewhere."""
    from scipy.stats import t

    half = t.ppf((1 + confidence_level) / 2, np.maximum(areas.n - 1, 1)) * np.sqrt(areas.variance)
    elsewhere = 1 - ((1 - confidence_level) / 2) ** (1 / np.maximum(areas.to_the_end, 1))
    alike = areas.variance <= 0
    low = np.where(alike, areas.mean * (1 - elsewhere), areas.mean - half)
    high = np.where(alike, areas.mean + elsewhere * (horizon - areas.mean), areas.mean + half)
    return np.clip(low, 0, horizon), np.clip(high, 0, horizon)


def _watched(time: Floats, event: Truths, group: Ints, groups: int) -> Floats:
    """Until when each group's curve is known; for ever where nobody of it was lost from sight."""
    lost, seen = ~event & np.isfinite(time), np.isfinite(time)
    until = np.zeros(groups)
    np.maximum.at(until, group[seen], time[seen])
    return np.where(np.bincount(group[lost], minlength=groups) > 0, until, np.inf)
