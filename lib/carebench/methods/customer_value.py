"""What customers are still to bring: purchases ahead, discounted, times what one is worth.

It joins the model of how often customers buy until they leave (`bg_nbd`) to that of what they
spend (`gamma_gamma`). Nothing is summed to infinity: a horizon ends every sum.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
import numpy.typing as npt

from ..estimate import Estimate
from ..language import N_
from . import bg_nbd, gamma_gamma
from .likelihood import Maximum, Vector

NODES = 12  # of the quadrature over the time ahead
PLACES = 12  # at which values are worked out along T, to be interpolated between
# Of a; beyond it customers are all but alike in leaving, and powers of it run over. The beta
# distribution of the same mean then stands for theirs.
ALIKE = 100.0
DRAWS = 200  # of the parameters
FUTURES = 100  # that are drawn of each customer
SEED = 20_050_307
DAYS_A_YEAR = 365.25
PARAMETERS = N_("draws of the parameters, lognormal")
PREDICTION = N_("draws of the parameters and of the future, lognormal")
ON_ODDS = N_("draws of the parameters, normal on the log odds")
CERTAIN = 1e-12  # from 0 or 1, at which odds are cut off
NO_MEAN = N_("mean spending may have no finite value")


@dataclass(frozen=True, slots=True)
class Ahead:
    """How far to look, by how much later money counts less, and what becomes of leaving.

    Parameters
    ----------
    days : float
        The horizon, in days, as all times of the histories are.
    rate : float
        By how much money of next year counts less than today's, such as 0.1.
    leaving : float
        By what the chance of leaving after a purchase is multiplied from now on.
    """

    days: float
    rate: float = 0.0
    leaving: float = 1.0

    @property
    def force(self) -> float:
        """The discount rate a day, continuous."""
        return float(np.log1p(self.rate)) / DAYS_A_YEAR

    def discount(self, days: npt.ArrayLike) -> Vector:
        """What money after so many days is worth today, per unit."""
        return np.asarray(np.exp(-self.force * np.asarray(days, dtype=float)))

    def mean_discount(self, days: Vector) -> Vector:
        """The mean of `discount` from now to so many days ahead."""
        reach = self.force * days
        return np.where(reach > 1e-9, -np.expm1(-reach) / np.maximum(reach, 1e-300), 1.0)


class Histories:
    """What is known of customers, rows alike taken together.

    Parameters
    ----------
    frequency, recency, t : arrays, shape (n,)
        As `bg_nbd.fit` takes them, times in days.
    spent : array of float, shape (n,), optional
        What the customers of the row spent on all repeat purchases together.
    customers : array, shape (n,), optional
        How many customers each row stands for; one where not given.
    """

    def __init__(
        self,
        frequency: npt.ArrayLike,
        recency: npt.ArrayLike,
        t: npt.ArrayLike,
        spent: npt.ArrayLike = 0.0,
        customers: npt.ArrayLike = 1.0,
    ) -> None:
        self.x, self.t_x, self.t = (np.asarray(v, dtype=float) for v in (frequency, recency, t))
        self.spent = np.broadcast_to(np.asarray(spent, dtype=float), self.x.shape)
        self.customers = np.broadcast_to(np.asarray(customers, dtype=float), self.x.shape)
        self.counts, self.of_count = np.unique(self.x, return_inverse=True)
        self.times, self.of_time = np.unique(self.t, return_inverse=True)

    def part(self, rows: npt.ArrayLike) -> Histories:
        """Some of the rows."""
        at = np.asarray(rows)
        columns = (self.x, self.t_x, self.t, self.spent, self.customers)
        return Histories(*(column[at] for column in columns))


@dataclass(frozen=True, slots=True)
class Expected:
    """Of one customer of each row: its chance of being alive, and its purchases ahead."""

    alive: Vector
    purchases: Vector
    discounted: Vector


@dataclass(frozen=True, slots=True)
class Drawn:
    """The same of whole groups and what they spend, under draws of the parameters.

    Each is of shape (draws, groups) and a sum over customers. `value` is discounted, and
    infinite or below zero where a draw gives spending no mean.
    """

    value: Vector
    purchases: Vector
    alive: Vector


def expect(model: bg_nbd.BgNbd, past: Histories, ahead: Ahead) -> Expected:
    r"""What the model expects of one customer of each row until the horizon.

    Notes
    -----
    A customer who buys at rate :math:`\lambda` and leaves with chance p after each purchase
    still buys at :math:`\lambda e^{-\lambda p s}` after a time s. Given the history and being
    alive, :math:`\lambda` is gamma (r + x, alpha + T) and p is beta (a, b + x), so the expected
    rate is

    .. math:: \frac{r + x}{\alpha + T}(1 + u)^{-a}
              {}_2F_1\left(a + b - r - 1, a; a + b + x; \frac{u}{1 + u}\right),
              \quad u = \frac{s}{\alpha + T},

    which is integrated, and against the discount, by Gauss and Legendre's rule. Without a
    discount it is equation 10 of [1]_. It depends on t_x only through the chance of being alive.

    References
    ----------
    .. [1] Fader, Hardie & Lee (2005), Marketing Sci. 24:275-284.
    """
    chance = bg_nbd.alive(model, past.x, past.t_x, past.t)
    places, weights = _places(past.times, model.alpha)
    plain, discounted = (
        chance * (grid @ weights)[past.of_count, past.of_time]
        for grid in _when_alive(model, past.counts[:, None], places, ahead)
    )
    return Expected(chance, plain, discounted)


def purchases(model: bg_nbd.BgNbd, past: Histories, ahead: Ahead) -> Vector:
    """Purchases expected of one customer of each row until the horizon, discounted."""
    return expect(model, past, ahead).discounted


def value(
    model: bg_nbd.BgNbd, spend: gamma_gamma.GammaGamma, past: Histories, ahead: Ahead
) -> Vector:
    """What all the customers of each row are expected to spend until the horizon, discounted."""
    return purchases(model, past, ahead) * spending(spend, past)


def spending(spend: gamma_gamma.GammaGamma, past: Histories) -> Vector:
    """Expected spending on a purchase, added up over the customers of each row."""
    each = past.spent / np.maximum(past.x * past.customers, 1.0)
    return past.customers * gamma_gamma.expected_spend(spend, past.x, each)


def drawn_totals(
    buying: Maximum,
    spend: Maximum,
    past: Histories,
    ahead: Ahead,
    groups: npt.NDArray[np.int64],
    *,
    draws: int = DRAWS,
) -> Drawn:
    """What is expected of each group under parameters as far off as the truth may be.

    Parameters
    ----------
    groups : array of int, shape (n,)
        The group of each row, from 0.
    """
    n = int(groups.max()) + 1
    value, times, alive = (np.empty((draws, n)) for _ in range(3))
    both = zip(buying.draws(draws, seed=SEED), spend.draws(draws, seed=SEED + 1), strict=True)
    for i, (b, s) in enumerate(both):
        expected = expect(bg_nbd.BgNbd(*b), past, ahead)
        worth = expected.discounted * spending(gamma_gamma.GammaGamma(*s), past)
        value[i] = np.bincount(groups, worth, n)
        times[i] = np.bincount(groups, expected.purchases * past.customers, n)
        alive[i] = np.bincount(groups, expected.alive * past.customers, n)
    return Drawn(value, times, alive)


def future_variance(
    model: bg_nbd.BgNbd,
    spend: gamma_gamma.GammaGamma,
    past: Histories,
    ahead: Ahead,
    *,
    futures: int = FUTURES,
) -> tuple[Vector, Vector]:
    """How far one customer of each row strays from what is expected of it, parameters known.

    Returns
    -------
    tuple of arrays, shape (n,)
        Variance of its discounted spending, and of its number of purchases.

    Notes
    -----
    Futures are drawn: whether it is alive, its rate and its chance of leaving, the time at
    which it leaves, purchases until then, and their amounts.
    """
    rng = np.random.default_rng(SEED)
    shape = (futures, len(past.x))
    there = rng.random(shape) < bg_nbd.alive(model, past.x, past.t_x, past.t)
    rate = rng.gamma(model.r + past.x, 1 / (model.alpha + past.t), shape)
    leaves = np.maximum(rng.beta(model.a, model.b + past.x, shape) * ahead.leaving, 1e-12)
    left = rng.exponential(1, shape) / np.maximum(rate * leaves, 1e-300)
    until = np.minimum(left, ahead.days)
    before = rng.poisson(rate * (1 - leaves) * until) * there
    last = (left < ahead.days) & there
    each = past.spent / past.customers  # of one customer of the row
    scale = rng.gamma(spend.q + spend.p * past.x, 1 / (spend.gamma + each), shape)
    amounts = rng.gamma(spend.p * np.maximum(before, 1e-9)) * ahead.mean_discount(until)
    amounts = np.where(before > 0, amounts, 0.0)
    amounts += np.where(last, rng.gamma(spend.p, size=shape) * ahead.discount(until), 0.0)
    money = amounts / np.maximum(scale, 1e-300)
    return money.var(axis=0, ddof=1), (before + last).var(axis=0, ddof=1)


def interval(
    value: float,
    draws: Vector,
    n: int,
    *,
    variance: float = 0.0,
    unit: str,
    confidence_level: float = 0.95,
) -> Estimate:
    """`value` with an interval from draws of it, and from the variance of the future if given.

    Notes
    -----
    Lognormal: a sum of purchases is above zero, and the standard deviation of logarithms needs
    fewer draws than the ends of a percentile interval.
    """
    from scipy.special import ndtri

    if not np.isfinite(value) or value < 0:
        return Estimate.absent(NO_MEAN, n=n, unit=unit)
    method = PREDICTION if variance else PARAMETERS
    if value == 0:
        return Estimate(0.0, None, None, n, method, unit, confidence_level)
    if not (np.isfinite(draws).all() and (draws > 0).all()):
        return Estimate(value, None, None, n, method, unit, confidence_level, warnings=(NO_MEAN,))
    spread = np.log(draws).var(ddof=1) + np.log1p(variance / value**2)
    factor = float(np.exp(ndtri((1 + confidence_level) / 2) * np.sqrt(spread)))
    return Estimate(value, value / factor, value * factor, n, method, unit, confidence_level)


def chance_interval(
    value: float, draws: Vector, n: int, *, confidence_level: float = 0.95
) -> Estimate:
    """A mean chance with an interval from draws of it, which stays between 0 and 1.

    There is none where the chance is certain, as that of being alive is without a repeat
    purchase, whatever the parameters.
    """
    from scipy.special import expit, logit, ndtri

    if not CERTAIN < value < 1 - CERTAIN:
        return Estimate(value, None, None, n, ON_ODDS, "share", confidence_level)
    spread = logit(np.clip(draws, CERTAIN, 1 - CERTAIN)).std(ddof=1)
    reach = ndtri((1 + confidence_level) / 2) * spread
    low, high = (float(expit(logit(value) + way * reach)) for way in (-1, 1))
    return Estimate(value, low, high, n, ON_ODDS, "share", confidence_level)


def _when_alive(model: bg_nbd.BgNbd, x: Vector, t: Vector, ahead: Ahead) -> tuple[Vector, Vector]:
    """Purchases ahead of a customer who is alive, as they are and discounted: see `expect`."""
    from scipy.special import hyp2f1

    nodes, weights = _rule()
    days = (nodes + 1) / 2  # of the horizon, denser at its beginning, where the rate falls most
    at, width = ahead.days * days**2, ahead.days * days * weights
    reach = (model.alpha + t)[..., None]
    u = ahead.leaving * at / reach
    tamed = min(1.0, ALIKE / model.a)
    a, b = tamed * model.a, tamed * model.b
    series = hyp2f1(a + b - model.r - 1, a, a + b + x[..., None], u / (1 + u))
    # Where nearly nobody leaves the series runs over; all then leave with the mean chance.
    mean = a / (a + b + x[..., None])
    with np.errstate(invalid="ignore", over="ignore"):
        stays = (1 + u) ** -a * series
        stays = np.where(np.isfinite(stays), stays, (1 + mean * u) ** -(model.r + x[..., None] + 1))
    rate = (model.r + x) / reach[..., 0]
    return rate * (stays @ width), rate * (stays @ (width * ahead.discount(at)))


@cache
def _rule() -> tuple[Vector, Vector]:
    """Nodes and weights of Gauss and Legendre's rule, which each of many draws uses again."""
    return np.polynomial.legendre.leggauss(NODES)


def _places(times: Vector, alpha: float) -> tuple[Vector, Vector]:
    """Where along T to work values out, and the weights that interpolate between.

    Chebyshev's points of log(alpha + T), barycentric [1]_: between two of 12 places the error is
    below that of the quadrature.

    .. [1] Berrut & Trefethen (2004), SIAM Rev. 46:501-517.
    """
    logs = np.log(alpha + times)
    low, high = logs[0], logs[-1]
    if len(times) <= PLACES:
        return times, np.eye(len(times))
    angle = np.pi * np.arange(PLACES) / (PLACES - 1)
    places = low + (high - low) * (1 - np.cos(angle)) / 2
    sign = np.where(np.arange(PLACES) % 2, -1.0, 1.0)
    sign[[0, -1]] /= 2
    apart = logs - places[:, None]
    exact = np.abs(apart) < 1e-12 * max(high - low, 1.0)
    weights = sign[:, None] / np.where(exact, 1.0, apart)
    weights = np.where(exact.any(axis=0), exact.astype(float), weights)
    return np.exp(places) - alpha, weights / weights.sum(axis=0)
