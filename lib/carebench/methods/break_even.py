"""Whether keeping and winning customers pays: what may be spent, what is gained, and when."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from ..estimate import Estimate
from ..language import N_
from .incremental import Trial
from .proportions import z_quantile

Floats = npt.NDArray[np.float64]

DRAWS, SEED = 20_000, 20140602
JOINT = N_("joint simulation of the shares kept and of what a customer is worth")
CROSSED = N_("months at which covered and not yet covered are both possible, square and add")
TAILS = (0.10, 0.90)  # of one input, while the others rest at their estimates
NOT_COVERED = N_("not covered within the months looked at")
WORTH_IT = N_("worth it")
NOT_WORTH_IT = N_("not worth it")
CANNOT_TELL = N_("cannot tell")
# The inputs of a gain, by name.
KEPT, KEPT_WITHOUT, WORTH = "kept", "kept_without", "worth"


@dataclass(frozen=True, slots=True)
class Swing:
    """The gain with one input low and with it high, the others as estimated."""

    name: str
    input_low: float
    input_high: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class BreakEven:
    """What an effort to keep customers may cost, and what it gained.

    `worthwhile` is the most that is worth spending on one customer with the effort, `gain`
    what was left of it after what was spent, `likely` the share of the draws with a gain, and
    `swings` what each input alone does to the gain, the widest first.
    """

    worthwhile: Estimate
    gain: Estimate
    likely: float
    swings: tuple[Swing, ...]

    @property
    def verdict(self) -> str:
        """Whether the effort was worth it, by the interval of the gain."""
        if self.gain.low is None or self.gain.high is None:
            return CANNOT_TELL
        if self.gain.low > 0:
            return WORTH_IT
        return NOT_WORTH_IT if self.gain.high < 0 else CANNOT_TELL


def break_even(trial: Trial, worth: Estimate) -> BreakEven:
    """The most worth spending on one customer, and the gain, of an effort that was tried.

    Parameters
    ----------
    trial : Trial
    worth : Estimate
        Expected remaining margin of a customer who stays, with its interval.

    Notes
    -----
    (share kept with the effort − share kept without) · worth, less the extra spending. The
    interval is that of 20,000 draws in which all inputs vary together and independently: each
    share as Beta(kept + ½, lost + ½), the worth as `drawn`. A gain is per customer with the
    effort and not per customer kept, which has no finite limits where the difference may be 0.
    Simulated coverage of nominal 95 % intervals of the gain, 500 and 2,000 in each group: .95.

    Raises
    ------
    ValueError
        `worth` has no value or no finite interval.
    """
    rng = np.random.default_rng(SEED)
    inputs = {
        KEPT: rng.beta(trial.kept + 0.5, trial.treated - trial.kept + 0.5, DRAWS),
        KEPT_WITHOUT: rng.beta(
            trial.kept_without + 0.5, trial.control - trial.kept_without + 0.5, DRAWS
        ),
        WORTH: drawn(worth, rng.standard_normal(DRAWS)),
    }
    rest = {
        KEPT: trial.kept / trial.treated,
        KEPT_WITHOUT: trial.kept_without / trial.control,
        WORTH: worth.value or 0.0,
    }
    brought = _brought(inputs)
    extra = 0.0 if math.isnan(trial.extra_spend) else trial.extra_spend
    worthwhile = _summed_up(float(_brought(rest)), brought, trial.n, worth)
    gain = _summed_up(float(_brought(rest)) - extra, brought - extra, trial.n, worth)
    return BreakEven(
        worthwhile, gain, float((brought > extra).mean()), _swings(inputs, rest, extra)
    )


def drawn(estimate: Estimate, normal: Floats) -> Floats:
    """Values about as far from an estimate as the truth may be, from standard normal draws.

    Each side of the interval gives the spread of its side; in logarithms where all of it lies
    above 0, so that no draw of money that must be positive is negative.
    """
    value, low, high = estimate.value, estimate.low, estimate.high
    if value is None or low is None or high is None or not math.isfinite(high - low):
        raise ValueError("draws need an estimate with a value and a finite interval")
    z = z_quantile(estimate.confidence_level)
    if 0 < low <= value <= high:
        spread = np.where(normal < 0, math.log(value / low), math.log(high / value)) / z
        return np.asarray(value * np.exp(spread * normal))
    spread = np.where(normal < 0, value - low, high - value) / z
    return np.asarray(value + spread * normal)


def months_to_cover(
    margin: npt.ArrayLike, errors: npt.ArrayLike, cost: Estimate, *, n: int
) -> Estimate:
    """The first month by which the margin of a customer who was won covers the cost of winning.

    Parameters
    ----------
    margin, errors : arrays of float, shape (m,)
        Mean margin of all customers won, those who left among them, summed and discounted up
        to the end of the 1st, 2nd, … month; and its standard errors.
    cost : Estimate
        Cost per customer won.
    n : int
        Customers that the margin rests on.

    Returns
    -------
    Estimate
        In months. Without a value where the margin does not cover the cost within m months.

    Notes
    -----
    The interval holds each month at whose end the difference margin − cost may be 0: from the
    first whose upper limit reaches 0 to the first whose lower one does, for what was covered
    stays covered; the limits take from both sides the half that faces them (square and add).
    """
    unit, level = "count", cost.confidence_level
    if cost.value is None:
        return Estimate.absent(cost.reason, n=n, method=CROSSED, unit=unit)
    paid, spread = np.asarray(margin, dtype=float), np.asarray(errors, dtype=float)
    value = _first_of(paid >= cost.value)
    reason = NOT_COVERED if math.isinf(value) else ""
    known = None if math.isinf(value) else value
    if cost.low is None or cost.high is None or cost.outside:
        return Estimate(known, None, None, n, CROSSED, unit, level, reason=reason)
    half, gap = z_quantile(level) * spread, paid - cost.value
    earliest = _first_of(gap + np.hypot(half, cost.value - cost.low) >= 0)
    latest = _first_of(gap - np.hypot(half, cost.high - cost.value) >= 0)
    found = Estimate(known, earliest, latest, n, CROSSED, unit, level, reason=reason)
    return replace(found, low=float(len(paid)) if math.isinf(earliest) else earliest)


def _brought(inputs: Mapping[str, Floats | float]) -> Floats:
    return np.asarray((inputs[KEPT] - inputs[KEPT_WITHOUT]) * inputs[WORTH])


def _summed_up(value: float, draws: Floats, n: int, worth: Estimate) -> Estimate:
    tail = (1 - worth.confidence_level) / 2
    low, high = np.quantile(draws, [tail, 1 - tail])
    return Estimate(
        value, min(float(low), value), max(float(high), value), n, JOINT, worth.unit,
        worth.confidence_level,
    )  # fmt: skip


def _swings(
    inputs: Mapping[str, Floats], rest: Mapping[str, float], extra: float
) -> tuple[Swing, ...]:
    """What each input alone does to the gain, the widest first."""
    found = []
    for name, draws in inputs.items():
        ends = [float(end) for end in np.quantile(draws, TAILS)]
        gains = [float(_brought({**rest, name: end})) - extra for end in ends]
        found.append(Swing(name, *ends, *gains))
    return tuple(sorted(found, key=lambda swing: -abs(swing.high - swing.low)))


def _first_of(true: npt.NDArray[np.bool_]) -> float:
    """The month, counted from 1, that is the first of which it is true; infinite if none."""
    found = np.flatnonzero(true)
    return float(found[0] + 1) if len(found) else math.inf
