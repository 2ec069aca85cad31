"""How many are still held after so long, and for how long, with those who still stay kept in.

The curves, quantiles and restricted means are those of waiting times: to stay is to wait for the
end. What is said of them is not, so the words of warning are others here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt
import pandas as pd

from ..estimate import Estimate
from ..language import N_
from . import waiting
from .life_table import checked, followed
from .logrank import logrank
from .multiplicity import holm
from .proportions import FEW as FEW_ATTEMPTS
from .proportions import proportion, wilson
from .restricted_mean import against_the_others, restricted_means

NOT_REACHED = N_("not reached: fewer than half have left")
NOT_WATCHED = N_("nobody was watched for that long")
NOBODY = N_("nobody to follow")
FEW, FEW_ENDS = N_("fewer than 5 were followed"), N_("fewer than 5 left")
UNEQUAL = N_("not all were watched for the same time")
WORDS = {
    waiting.NOT_REACHED: NOT_REACHED,
    waiting.NOT_WATCHED: NOT_WATCHED,
    waiting.UNEQUAL: UNEQUAL,
    FEW_ATTEMPTS: FEW,
    waiting.FEW_ANSWERS: FEW_ENDS,
    N_("no attempts"): NOBODY,
}


def curve(
    durations: npt.ArrayLike, ended: npt.ArrayLike, *, confidence_level: float = 0.95
) -> pd.DataFrame:
    """Share still held after each time at which anybody left: Kaplan–Meier [1]_.

    Parameters
    ----------
    durations : array of float, shape (n,)
        From the start to the end, or to the last day watched, in periods.
    ended : array of bool, shape (n,)

    Returns
    -------
    DataFrame
        One row per distinct time of an end: `time` (unit of `durations`), `held` with its
        limits `low` and `high` on the log(−log) scale, and `at_risk`, those held just before.

    Raises
    ------
    DataError
        A duration is missing or negative.

    References
    ----------
    .. [1] Kaplan & Meier (1958), J. Am. Stat. Assoc. 53:457-481.
    """
    steps = waiting.curve(durations, ended, confidence_level=confidence_level)
    return pd.DataFrame(
        {
            "time": steps["time"],
            "held": 1 - steps["share"],
            "low": 1 - steps["high"],
            "high": 1 - steps["low"],
            "at_risk": steps["waiting"],
        }
    )


def held_after(
    durations: npt.ArrayLike,
    ended: npt.ArrayLike,
    times: Sequence[float],
    *,
    confidence_level: float = 0.95,
) -> list[Estimate]:
    """Share still held after each of `times`; none where nobody was watched for that long.

    Notes
    -----
    A plain share with Wilson's limits where all were watched for so long, else Kaplan–Meier's
    with log(−log) limits. Coverage of nominal 95 % intervals, simulated: see the tests.
    """
    time, event = checked(durations, ended)
    if not len(time):
        return [Estimate.absent(NOBODY) for _time in times]
    steps = curve(time, event, confidence_level=confidence_level)

    def after(limit: float) -> Estimate:
        if limit > followed(time, event):
            return Estimate.absent(NOT_WATCHED, n=len(time))
        if not (~event & (time < limit)).any():
            left = int((event & (time <= limit)).sum())
            held = proportion(len(time) - left, len(time), confidence_level=confidence_level)
            return _warned(held, int(event.sum()), unequal=False)
        before = steps[steps["time"] <= limit]
        if before.empty:  # only those still watched at the limit can tell
            watched = int((time >= limit).sum())
            held = proportion(watched, watched, confidence_level=confidence_level)
            return _warned(held, int(event.sum()), unequal=True)
        value, low, high = (float(before[name].iloc[-1]) for name in ("held", "low", "high"))
        method = waiting.KAPLAN_MEIER
        if value <= 0:  # of the last ones, all left: the band of the curve has no width there
            low, high = wilson(0.0, int(before["at_risk"].iloc[-1]), confidence_level)
        held = Estimate(value, min(low, value), max(high, value), len(time), method,
                        confidence_level=confidence_level)  # fmt: skip
        return _warned(held, int(event.sum()), unequal=True)

    return [after(limit) for limit in times]


def median(
    durations: npt.ArrayLike,
    ended: npt.ArrayLike,
    *,
    unit: str,
    confidence_level: float = 0.95,
) -> Estimate:
    """Time after which half have left; "not reached" where fewer ever did (see `waiting`)."""
    found = waiting.median(durations, ended, unit=unit, confidence_level=confidence_level)
    return _reworded(found)


def mean_within(
    durations: npt.ArrayLike,
    ended: npt.ArrayLike,
    horizon: float,
    *,
    unit: str,
    confidence_level: float = 0.95,
) -> Estimate:
    """Mean time held within `horizon`: the area under the curve (see `restricted_mean`)."""
    one = np.zeros(len(np.asarray(durations)), dtype=np.int64)
    (found,) = restricted_means(
        durations, ended, one, horizon, groups=1, unit=unit, confidence_level=confidence_level
    )
    return _reworded(found)


def mean_gaps(
    durations: npt.ArrayLike,
    ended: npt.ArrayLike,
    group: npt.ArrayLike,
    horizon: float,
    *,
    groups: int,
    unit: str,
    confidence_level: float = 0.95,
) -> list[Estimate]:
    """Mean time of each group held within `horizon`, less the mean of the others'.

    Among three groups or more the limits are widened for their number (Bonferroni).
    """
    wide = 1 - (1 - confidence_level) / (groups if groups > 2 else 1)
    means = restricted_means(
        durations, ended, group, horizon, groups=groups, unit=unit, confidence_level=wide
    )
    gaps = against_the_others(means)
    return [replace(_reworded(gap), confidence_level=confidence_level) for gap in gaps]


def compared(
    durations: npt.ArrayLike, ended: npt.ArrayLike, group: npt.ArrayLike, *, groups: int
) -> pd.DataFrame:
    """Log-rank test of each group against the others, with `holm`, its p-value by Holm.

    Two groups have one comparison between them.
    """
    test = logrank(durations, ended, group, groups=groups)
    comparable = test["variance"] > 0
    p = test["p"].where(comparable).to_numpy(dtype=float)
    adjusted = p if comparable.sum() <= 2 else np.array(holm(p.tolist()))
    return test.assign(holm=np.where(comparable, adjusted, np.nan))


def _warned(estimate: Estimate, ends: int, *, unequal: bool) -> Estimate:
    estimate = replace(estimate, warnings=())
    return _reworded(waiting.warned(estimate, ends, unequal=unequal))


def _reworded(estimate: Estimate) -> Estimate:
    """The same number in the words of customers who leave."""
    reason = WORDS.get(estimate.reason, estimate.reason)
    told = tuple(WORDS.get(warning, warning) for warning in estimate.warnings)
    return replace(estimate, reason=reason, warnings=told)
