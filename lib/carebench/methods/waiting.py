"""Time to the first answer, with those who still wait kept in.

There is no average over the answered alone: it reads about the same whether four in five are
ever answered or fewer than half.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

from ..estimate import Estimate
from ..language import N_
from .life_table import Floats, Ints, Truths, checked, followed, life_table, total
from .proportions import FEW, SMALL, proportion, wilson, z_quantile

KAPLAN_MEIER = N_("Kaplan–Meier, log-log")
EXACT = N_("exact, from order statistics")
NOT_REACHED = N_("not reached: fewer than half were answered")
NOT_REACHED_BY = {
    0.25: N_("not reached: fewer than a quarter were answered"),
    0.5: NOT_REACHED,
    0.75: N_("not reached: fewer than three quarters were answered"),
}
TOO_FEW = N_("not reached: too few were answered")
FEW_ANSWERS = N_("fewer than 5 answers")
UNEQUAL = N_("attempts were watched for unequal times")
NOT_WATCHED = N_("nobody was watched for that long")
STEPS = 400  # levels of a curve that a figure can tell apart


def curve(
    waits: npt.ArrayLike,
    answered: npt.ArrayLike,
    *,
    counts: Ints | None = None,
    confidence_level: float = 0.95,
) -> pd.DataFrame:
    """Share answered by each time at which an answer came: Kaplan–Meier [1]_.

    Parameters
    ----------
    waits : array of float, shape (n,)
        Time from sending to the answer, or to the end of watching where none came; infinite
        where it is known that none will come, as for a message that bounced.
    answered : array of bool, shape (n,)
    counts : array of int, shape (n,), optional
        How many attempts waited so, where each different wait is given once only.

    Returns
    -------
    DataFrame
        One row per distinct time of an answer: `time` (unit of `waits`), `share` answered by
        then with its limits `low` and `high` on the log(−log) scale, `waiting` just before,
        and `variance`, Greenwood's sum for log survival.

    Raises
    ------
    DataError
        A wait is missing or negative, or one that never ended is said to be answered.

    References
    ----------
    .. [1] Kaplan & Meier (1958), J. Am. Stat. Assoc. 53:457-481.
    """
    time, event = checked(waits, answered)
    table = life_table(time, event, counts=counts)
    share, variance = 1 - table.left(), table.running(table.greenwood())
    low, high = _limits(share, variance, total(time >= 0, counts), confidence_level)
    steps = pd.DataFrame(
        {
            "time": table.time,
            "share": share,
            "low": low,
            "high": high,
            "waiting": table.waiting,
            "variance": np.where(share < 1, variance, np.inf),
        }
    )
    return steps[table.answers > 0].reset_index(drop=True)


def thinned(steps: pd.DataFrame) -> pd.DataFrame:
    """At most 400 rows of a curve, each kept as it is, off by at most 1/400 of its height."""
    if len(steps) <= STEPS:
        return steps
    levels = np.linspace(steps["share"].iloc[0], steps["share"].iloc[-1], STEPS)
    kept = np.unique(np.searchsorted(steps["share"].to_numpy(), levels))
    return steps.iloc[kept].reset_index(drop=True)


def still_waiting(waits: npt.ArrayLike, at: npt.ArrayLike) -> npt.NDArray[np.int64]:
    """How many waited at least until each of the times `at`."""
    time = np.sort(np.asarray(waits, dtype=float))
    return np.asarray(len(time) - np.searchsorted(time, np.asarray(at, dtype=float)))


def answered_within(
    waits: npt.ArrayLike,
    answered: npt.ArrayLike,
    limit: float,
    *,
    counts: Ints | None = None,
    method: str = "wilson",
    confidence_level: float = 0.95,
) -> Estimate:
    """Share answered within `limit` (in the unit of `waits`).

    Parameters
    ----------
    counts : array of int, optional
        As for `curve`.
    method : {"wilson", "clopper-pearson"}
        Of the interval where everybody was watched at least as long, for the share is then a
        plain proportion: Clopper–Pearson where a claim is made.

    Notes
    -----
    Where some were lost from sight before the limit, the share is Kaplan–Meier's, with limits
    on the log(−log) scale. Simulated coverage of nominal 95 % intervals at n = 8 and 20:
    Clopper–Pearson .976 and .962, Wilson .941 and .962.
    """
    time, event = checked(waits, answered)
    n = total(time >= 0, counts)
    if n == 0:
        return Estimate.absent(N_("no attempts"))
    if not (~event & (time < limit)).any():
        within = total(event & (time <= limit), counts)
        return proportion(within, n, method=method, confidence_level=confidence_level)
    if limit > followed(time, event):
        return Estimate.absent(NOT_WATCHED, n=n)
    before = curve(time, event, counts=counts, confidence_level=confidence_level)
    before = before[before["time"] <= limit]
    if before.empty:  # only those still watched at the limit can tell
        watched = total(time >= limit, counts)
        return proportion(0, watched, method=method, confidence_level=confidence_level)
    share, low, high = (float(before[name].iloc[-1]) for name in ("share", "low", "high"))
    estimate = Estimate(share, low, high, n, KAPLAN_MEIER, confidence_level=confidence_level)
    return warned(estimate, total(event, counts), unequal=True)


def quantiles(
    waits: npt.ArrayLike,
    answered: npt.ArrayLike,
    shares: Sequence[float],
    *,
    counts: Ints | None = None,
    unit: str = "hours",
    confidence_level: float = 0.95,
) -> list[Estimate]:
    """Time by which each of `shares` of *all* was answered; "not reached" where fewer ever were.

    Where it was not reached there is no value, yet a lower limit: no such share was answered
    before it. Where the curve is flat at exactly a share, the value is the middle of that
    stretch. `counts` are as for `curve`.

    Notes
    -----
    Where nobody was lost from sight before the upper limit, the limits are order statistics of
    all the waits, those without an answer being the longest [1]_: exact. Otherwise they hold
    every time at which the share lies in the log(−log) band of the curve [2]_; the upper limit
    is infinite where the band never rises above it. Simulated coverage of nominal 95 %
    intervals of quartile and median, 8 to 40 attempts of which 60 or 80 % are
    answered: .953 to .999, whether watched for equal times or not.

    References
    ----------
    .. [1] Conover (1999), Practical Nonparametric Statistics, 3rd ed., section 3.2.
    .. [2] Brookmeyer & Crowley (1982), Biometrics 38:29-41.
    """
    time, event = checked(waits, answered)
    if not len(time):
        return [Estimate.absent(N_("no attempts"), unit=unit) for _share in shares]
    steps = curve(time, event, counts=counts, confidence_level=confidence_level)
    n, answers = total(time >= 0, counts), total(event, counts)

    def estimate(p: float) -> Estimate:
        value = _reached(steps, p)
        low, high, method = _quantile_limits(time, event, counts, steps, p, confidence_level)
        low, high = (low, high) if value is None else (min(low, value), max(high, value))
        reason = "" if value is not None else NOT_REACHED_BY.get(p, TOO_FEW)
        found = Estimate(value, low, high, n, method, unit, confidence_level, reason=reason)
        return warned(found, answers, unequal=method == KAPLAN_MEIER)

    return [estimate(p) for p in shares]


def median(
    waits: npt.ArrayLike,
    answered: npt.ArrayLike,
    *,
    unit: str = "hours",
    confidence_level: float = 0.95,
) -> Estimate:
    """Time by which half of *all* were answered; see `quantiles`."""
    return quantiles(waits, answered, (0.5,), unit=unit, confidence_level=confidence_level)[0]


def warned(estimate: Estimate, answers: int, *, unequal: bool) -> Estimate:
    """`estimate` with what a reader must know of its attempts, its answers and its watch."""
    if unequal:
        estimate = estimate.warn(UNEQUAL)
    if estimate.n < SMALL:
        return estimate.warn(FEW)
    return estimate.warn(FEW_ANSWERS) if answers < SMALL else estimate


def _reached(steps: pd.DataFrame, p: float) -> float | None:
    """When the curve reaches `p`; the middle of a stretch that is flat at exactly `p`."""
    time, share = steps["time"].to_numpy(), steps["share"].to_numpy()
    first = int(np.searchsorted(share, p - 1e-9))
    if first == len(time):
        return None
    flat = abs(share[first] - p) < 1e-9 and first + 1 < len(time)
    return float((time[first] + time[first + 1]) / 2 if flat else time[first])


def _quantile_limits(
    time: Floats,
    event: Truths,
    counts: Ints | None,
    steps: pd.DataFrame,
    p: float,
    confidence_level: float,
) -> tuple[float, float, str]:
    """Limits of a quantile and how they were made: exact wherever nobody was lost before them."""
    lost = float(time[~event].min(initial=math.inf))
    known = np.where(event & (time <= lost), time, math.inf)
    low, high = _exact_limits(known, counts, p, confidence_level)
    last = float(time[np.isfinite(time)].max(initial=0.0))
    if math.isfinite(high) or not (event & (time > lost)).any():
        return (low if math.isfinite(low) else min(lost, last)), high, EXACT
    possible = steps.loc[steps["high"] >= p, "time"]
    certain = steps.loc[steps["low"] > p, "time"]
    low = last if possible.empty else float(possible.iloc[0])
    return low, math.inf if certain.empty else float(certain.iloc[0]), KAPLAN_MEIER


def _exact_limits(
    known: Floats, counts: Ints | None, p: float, confidence_level: float
) -> tuple[float, float]:
    """Order statistics around the quantile; 0 and infinity where there are too few."""
    from scipy.stats import binom

    order = np.argsort(known, kind="stable")
    so_far = np.cumsum(np.ones(len(known)) if counts is None else counts[order])
    tail, n = (1 - confidence_level) / 2, int(so_far[-1])
    first, last = int(binom.ppf(tail, n, p)) - 1, int(binom.isf(tail, n, p))

    def at(place: int) -> float:
        return float(known[order[np.searchsorted(so_far, place, side="right")]])

    return at(first) if first >= 0 else 0.0, at(last) if last < n else math.inf


def _limits(
    share: Floats, variance: Floats, n: int, confidence_level: float
) -> tuple[Floats, Floats]:
    """Log(−log) limits of shares answered; once all are, those of n out of n."""
    z = z_quantile(confidence_level)
    with np.errstate(divide="ignore", invalid="ignore"):
        half = z * np.sqrt(variance) / np.abs(np.log1p(-share))
        low, high = (1 - (1 - share) ** np.exp(sign * half) for sign in (-1, 1))
    if n and (share >= 1).any():
        all_low, all_high = wilson(1.0, n, confidence_level)
        low, high = np.where(share >= 1, all_low, low), np.where(share >= 1, all_high, high)
    return low, high
