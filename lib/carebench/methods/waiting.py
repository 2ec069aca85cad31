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
from .proportions import _z, proportion

KAPLAN_MEIER = N_("Kaplan–Meier, log-log")


def curve(waits: npt.ArrayLike, answered: npt.ArrayLike) -> pd.DataFrame:
    """Share answered by each time at which an answer came: Kaplan–Meier [1]_.

    Parameters
    ----------
    waits : array of float, shape (n,)
        Time from sending to the answer, or to the end of watching where none came. A message
        that bounced was never answered: its time is the end of watching.
    answered : array of bool, shape (n,)

    Returns
    -------
    DataFrame
        One row per distinct time of an answer: `time` (unit of `waits`), `share` answered by
        then, `waiting` just before, and `variance`, Greenwood's sum for log survival.

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
    return pd.DataFrame(
        {
            "time": moments,
            "share": 1 - np.cumprod(left / waiting) if len(moments) else moments,
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
    return _at(curve(time, event), limit, n, confidence_level)


def median(
    waits: npt.ArrayLike,
    answered: npt.ArrayLike,
    *,
    unit: str = "hours",
    confidence_level: float = 0.95,
) -> Estimate:
    """Time by which half of *all* were answered; "not reached" where fewer ever were.

    Notes
    -----
    The interval holds every time at which one half lies in the log(−log) band of the curve
    [1]_; its upper limit is infinite where the band never rises above one half.

    References
    ----------
    .. [1] Brookmeyer & Crowley (1982), Biometrics 38:29-41.
    """
    time, event = np.asarray(waits, dtype=float), np.asarray(answered, dtype=bool)
    n, steps = len(time), curve(time, event)
    reached = steps.loc[steps["share"] >= 0.5, "time"]
    if reached.empty:
        return Estimate.absent(
            N_("not reached: fewer than half were answered"), n=n, method=KAPLAN_MEIER, unit=unit
        )
    limits = [_at(steps, moment, n, confidence_level) for moment in steps["time"]]
    possible = [at for at, e in zip(steps["time"], limits, strict=True) if _high(e) >= 0.5]
    certain = [at for at, e in zip(steps["time"], limits, strict=True) if _low(e) > 0.5]
    value = float(reached.iloc[0])
    return Estimate(
        value,
        min(value, float(possible[0])) if possible else value,
        float(certain[0]) if certain else math.inf,
        n,
        KAPLAN_MEIER,
        unit,
        confidence_level,
    )


def _at(steps: pd.DataFrame, limit: float, n: int, confidence_level: float) -> Estimate:
    """The curve at `limit`, with its interval."""
    before = steps[steps["time"] <= limit]
    if before.empty:
        estimate = proportion(0, n, confidence_level=confidence_level)
        return estimate.warn(N_("none answered yet by then"))
    last = before.iloc[-1]
    share, survival = float(last["share"]), 1 - float(last["share"])
    if survival <= 0:
        low, high = proportion(n, n, confidence_level=confidence_level).low, 1.0
    else:
        half = _z(confidence_level) * math.sqrt(last["variance"]) / abs(math.log(survival))
        low, high = (1 - survival ** math.exp(sign * half) for sign in (-1, 1))
    return Estimate(share, low, high, n, KAPLAN_MEIER, confidence_level=confidence_level)


def _low(estimate: Estimate) -> float:
    return 0.0 if estimate.low is None else estimate.low


def _high(estimate: Estimate) -> float:
    return 1.0 if estimate.high is None else estimate.high
