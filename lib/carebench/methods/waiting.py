"""Time to the first answer, with those who still wait kept in.

There is no average over the answered alone: it reads about the same whether four in five are
ever answered or fewer than half.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt
import pandas as pd

from ..estimate import Estimate
from ..language import N_
from ..schema import DataError
from .proportions import FEW, SMALL, proportion, wilson, z_quantile

KAPLAN_MEIER = N_("Kaplan–Meier, log-log")
NOT_REACHED = N_("not reached: fewer than half were answered")


def curve(
    waits: npt.ArrayLike, answered: npt.ArrayLike, *, confidence_level: float = 0.95
) -> pd.DataFrame:
    """Share answered by each time at which an answer came: Kaplan–Meier [1]_.

    Parameters
    ----------
    waits : array of float, shape (n,)
        Time from sending to the answer, or to the end of watching where none came; infinite
        where it is known that none will come, as for a message that bounced.
    answered : array of bool, shape (n,)

    Returns
    -------
    DataFrame
        One row per distinct time of an answer: `time` (unit of `waits`), `share` answered by
        then with its limits `low` and `high` on the log(−log) scale, `waiting` just before,
        and `variance`, Greenwood's sum for log survival.

    References
    ----------
    .. [1] Kaplan & Meier (1958), J. Am. Stat. Assoc. 53:457-481.
    """
    time, event = np.asarray(waits, dtype=float), np.asarray(answered, dtype=bool)
    if np.isnan(time).any() or (time < 0).any():
        raise DataError("A waiting time is missing or below zero. Check the times of the attempts.")
    moments = np.unique(time[event])
    waiting = np.array([(time >= moment).sum() for moment in moments], dtype=float)
    answers = np.array([(event & (time == moment)).sum() for moment in moments], dtype=float)
    left = waiting - answers
    with np.errstate(divide="ignore"):
        greenwood = np.cumsum(np.where(left > 0, answers / (waiting * left), np.inf))
    share = 1 - np.cumprod(left / waiting) if len(moments) else moments
    limits = [
        _limits(one, variance, len(time), confidence_level)
        for one, variance in zip(share, greenwood, strict=True)
    ]
    return pd.DataFrame(
        {
            "time": moments,
            "share": share,
            "low": [low for low, _high in limits],
            "high": [high for _low, high in limits],
            "waiting": waiting.astype(int),
            "variance": greenwood,
        }
    )


def answered_within(
    waits: npt.ArrayLike,
    answered: npt.ArrayLike,
    limit: float,
    *,
    confidence_level: float = 0.95,
) -> Estimate:
    """Share answered within `limit` (in the unit of `waits`).

    Notes
    -----
    Where everybody was watched at least as long, the share is a plain proportion with its
    Wilson interval. Otherwise it is Kaplan–Meier's, with limits on the log(−log) scale.
    """
    time, event = np.asarray(waits, dtype=float), np.asarray(answered, dtype=bool)
    n = len(time)
    if n == 0:
        return Estimate.absent(N_("no attempts"))
    if not (~event & (time < limit)).any():
        within = int((event & (time <= limit)).sum())
        return proportion(within, n, confidence_level=confidence_level)
    if limit > time.max():
        return Estimate.absent(N_("nobody was watched for that long"), n=n)
    before = curve(time, event, confidence_level=confidence_level)
    before = before[before["time"] <= limit]
    if before.empty:  # only those still watched at the limit can tell
        return proportion(0, int((time >= limit).sum()), confidence_level=confidence_level)
    share, low, high = (float(before[name].iloc[-1]) for name in ("share", "low", "high"))
    estimate = Estimate(share, low, high, n, KAPLAN_MEIER, confidence_level=confidence_level)
    return estimate.warn(FEW) if n < SMALL else estimate


def median(
    waits: npt.ArrayLike,
    answered: npt.ArrayLike,
    *,
    unit: str = "hours",
    confidence_level: float = 0.95,
) -> Estimate:
    """Time by which half of *all* were answered; "not reached" where fewer ever were.

    Where it was not reached there is no value, yet a lower limit: half were not answered
    before it.

    Notes
    -----
    The interval holds every time at which one half lies in the log(−log) band of the curve
    [1]_; its upper limit is infinite where the band never rises above one half.

    References
    ----------
    .. [1] Brookmeyer & Crowley (1982), Biometrics 38:29-41.
    """
    time, event = np.asarray(waits, dtype=float), np.asarray(answered, dtype=bool)
    n, steps = len(time), curve(time, event, confidence_level=confidence_level)
    reached = steps.loc[steps["share"] >= 0.5, "time"]
    possible = steps.loc[steps["high"] >= 0.5, "time"]
    certain = steps.loc[steps["low"] > 0.5, "time"]
    watched = float(time[np.isfinite(time)].max(initial=0.0))
    value = None if reached.empty else float(reached.iloc[0])
    low = watched if possible.empty else float(possible.iloc[0])
    high = math.inf if certain.empty else float(certain.iloc[0])
    if n == 0:
        return Estimate.absent(N_("no attempts"), unit=unit)
    estimate = Estimate(
        value,
        low if value is None else min(low, value),
        high,
        n,
        KAPLAN_MEIER,
        unit,
        confidence_level,
        reason="" if value is not None else NOT_REACHED,
    )
    return estimate.warn(FEW) if n < SMALL else estimate


def _limits(share: float, variance: float, n: int, confidence_level: float) -> tuple[float, float]:
    """Log(−log) limits of a share answered; once all are, those of n out of n."""
    if share >= 1:
        return wilson(1.0, n, confidence_level)
    half = z_quantile(confidence_level) * math.sqrt(variance) / abs(math.log1p(-share))
    low, high = (1 - (1 - share) ** math.exp(sign * half) for sign in (-1, 1))
    return low, high
