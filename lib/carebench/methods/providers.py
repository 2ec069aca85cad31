"""Rates over many providers: over these named ones, and over firms like them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import lru_cache
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from ..estimate import Estimate
from ..language import N_
from .proportions import FEW, SMALL, check_counts, clopper_pearson, wilson, z_quantile

Floats = npt.NDArray[np.float64]
Sector = tuple[Floats, Floats, Floats]
DRAWS = 4000
GRID = 40  # points on each axis of the posterior of a sector's mean and spread
RARE = 0.1  # an interval that comes nearer to 0 or 1 is not made on the logit scale
FEWER_THAN_TWO = {
    "providers": N_("fewer than two providers"),
    "days": N_("fewer than two days"),
}
LOGIT_T = {
    "providers": N_("clustered by provider, logit-t"),
    "days": N_("clustered by day, logit-t"),
}
KORN_GRAUBARD = {
    "providers": N_("clustered by provider, Korn–Graubard"),
    "days": N_("clustered by day, Korn–Graubard"),
}
SEED = 20140602  # of every draw here, so that a report can be made again to the digit


def stratified_proportion(
    k: Sequence[int], n: Sequence[int], *, confidence_level: float = 0.95
) -> Estimate:
    """Rate over *these named* providers, each counting alike, whatever its number of attempts.

    Parameters
    ----------
    k, n : sequences of int, one entry per provider
        Successes and trials; providers without a trial are left out.

    Notes
    -----
    The mean of the providers' rates. Its variance is the sum of theirs, since the providers
    are fixed and only their attempts are sampled [1]_; the interval is Wilson's at the
    effective sample size p(1−p)/variance. In the variance each rate is drawn towards the mean
    by two attempts, so that a provider tried twice and never answered is not taken for one
    that is known exactly. Simulated coverage of nominal 95 % intervals: .94 to .95 with 13
    providers of 4 to 24 attempts, .90 to .98 with very unequal numbers.

    References
    ----------
    .. [1] Cochran (1977), Sampling Techniques, 3rd ed., Wiley, section 5.10.
    """
    successes, trials = _providers(k, n)
    total = int(trials.sum())
    if not len(trials):
        return Estimate.absent(N_("no attempts"))
    share, effective = stratified_mean(successes, trials)
    low, high = wilson(share, effective, confidence_level)
    estimate = Estimate(
        share,
        low,
        high,
        total,
        N_("mean over the named providers, stratified, Wilson score"),
        confidence_level=confidence_level,
        k=int(successes.sum()) if len(set(trials)) == 1 else None,
        design_effect=total / effective,
    )
    return estimate.warn(FEW) if total < SMALL else estimate


def stratified_mean(k: Floats, n: Floats) -> tuple[float, float]:
    """Mean of the providers' rates k/n, and how many attempts its precision is worth.

    See `stratified_proportion`; every provider has a trial, and there is one at least.
    """
    share, h = float((k / n).mean()), len(n)
    if not 0 < share < 1:
        return share, h**2 / float((1 / n).sum())
    drawn = (k + 2 * share) / (n + 2)
    variance = float((drawn * (1 - drawn) / n).sum()) / h**2
    return share, share * (1 - share) / variance


def clustered_proportion(
    k: Sequence[int],
    n: Sequence[int],
    *,
    clusters: Literal["providers", "days"] = "providers",
    confidence_level: float = 0.95,
) -> Estimate:
    """Rate over *firms like these*: attempts cluster in providers, and more firms exist.

    Or a rate over days like these: what is tried often in one day meets the same outage.

    Parameters
    ----------
    k, n : sequences of int, one entry per provider, or per day

    Notes
    -----
    Pooled ratio Σk/Σn; linearised variance between providers, interval on the logit scale
    with t of (providers − 1) degrees of freedom [1]_; Clopper–Pearson's at the effective sample
    size [2]_ where that interval leaves 10 to 90 %. Choosing between the two by the estimate
    instead covered .01 less at rates of 8 %. Simulated coverage of nominal 95 % intervals with
    providers of equal size is .93 to .99, where the naive Wilson interval's is .77; with sizes
    as unequal as 3, 10 and 60 it is .88 to .96.

    References
    ----------
    .. [1] Rao & Scott (1992), Biometrics 48:577-585.
    .. [2] Korn & Graubard (1998), Survey Methodology 24:193-201.
    """
    from scipy.stats import t

    successes, trials = _providers(k, n)
    total, m = int(trials.sum()), len(trials)
    if m < 2:
        return Estimate.absent(FEWER_THAN_TWO[clusters], n=total)
    share = float(successes.sum() / total)
    variance = m / (m - 1) * float(((successes - trials * share) ** 2).sum()) / total**2
    binomial = share * (1 - share) / total
    quantile = float(t.ppf((1 + confidence_level) / 2, m - 1))
    # Where no day differs from another, nobody knows how alike the visits of one day are.
    unknown = total / m if clusters == "days" else 1.0
    deff = variance / binomial if binomial > 0 and variance > 0 else unknown
    low, high, name = 0.0, 1.0, LOGIT_T[clusters]
    if variance > 0:
        half = quantile * math.sqrt(variance) / (share * (1 - share))
        low, high = (_expit(_logit(share) + side * half) for side in (-1, 1))
    if low < RARE or high > 1 - RARE:
        effective = total / max(deff, 1.0) * (z_quantile(confidence_level) / quantile) ** 2
        low, high = clopper_pearson(share * effective, effective, confidence_level)
        name = KORN_GRAUBARD[clusters]
    estimate = Estimate(
        share,
        low,
        high,
        total,
        name,
        confidence_level=confidence_level,
        k=int(successes.sum()),
        design_effect=deff,
    )
    return estimate.warn(FEW) if total < SMALL else estimate


def posterior_draws(
    k: Sequence[int], n: Sequence[int], *, draws: int = DRAWS, seed: int = SEED
) -> Floats:
    """Joint draws of the providers' rates, each drawn towards their common mean.

    Parameters
    ----------
    k, n : sequences of int, one entry per provider
        Successes and trials; a provider without a trial is drawn as one of its kind.
    draws, seed : int

    Returns
    -------
    array of float, shape (draws, providers)
        A row is one draw of all the rates together, so that differences and ranks of a row
        are draws of differences and ranks.

    Notes
    -----
    Beta-binomial with both of its parameters unknown [1]_: rates are Beta(ms, (1−m)s), the
    mean m is uniform and s/(s+5) is uniform, on a grid of 40 by 40. With the parameters
    plugged in instead of drawn, nominal 95 % intervals cover .91 to .93.

    References
    ----------
    .. [1] Gelman et al. (2013), Bayesian Data Analysis, 3rd ed., CRC Press, section 5.3.
    """
    successes, trials = _checked(k, n)
    sector = _posterior_of_the_sector(successes, trials)
    return _drawn(successes, trials, sector, draws, seed)


def shrunken(
    k: Sequence[int], n: Sequence[int], *, confidence_level: float = 0.95
) -> list[Estimate]:
    """Each provider's rate, drawn towards the others' by as much as chance explains.

    Returns
    -------
    list of Estimate, one per provider in the order given
        Posterior mean and equal-tailed interval of `posterior_draws`; no value where a
        provider was never tried.

    Notes
    -----
    Nearer to the truth than the raw rates: with 13 providers of 12 attempts their root mean
    squared error was .12 instead of .13 where the rates differ much (Beta(2, 2)), .09 instead
    of .14 where little (Beta(10, 10)). Simulated coverage of nominal 95 % intervals: .92 to .94
    in the first case, .95 to .97 in the second.
    """
    successes, trials = _checked(k, n)
    if not len(trials):
        return []
    first, second, weight = sector = _posterior_of_the_sector(successes, trials)
    mean = weight @ ((successes + first[:, None]) / (trials + (first + second)[:, None]))
    tail = (1 - confidence_level) / 2
    draws = _drawn(successes, trials, sector, DRAWS, SEED)
    low, high = np.quantile(draws, [tail, 1 - tail], axis=0)
    return [
        _shrunken(float(mean[i]), float(low[i]), float(high[i]), int(trials[i]), confidence_level)
        for i in range(len(trials))
    ]


def heterogeneity(
    k: Sequence[int], n: Sequence[int], *, seed: int = SEED, repeats: int = 2000
) -> float:
    """P-value of the hypothesis that all providers answer at one rate.

    Notes
    -----
    Pearson's chi-square of equal rates against its distribution under one rate, drawn
    `repeats` times (parametric bootstrap), for the limiting one needs more attempts than an
    audit makes. 1 where there is nothing to compare.
    """
    successes, trials = _providers(k, n)
    pooled = successes.sum() / max(trials.sum(), 1.0)
    if len(trials) < 2 or not 0 < pooled < 1:
        return 1.0
    generator = np.random.default_rng(seed)
    alike = generator.binomial(trials.astype(np.int64), pooled, size=(repeats, len(trials)))
    seen = float(_chi_square(successes[None, :], trials)[0])
    as_far = int((_chi_square(alike, trials) >= seen * (1 - 1e-9)).sum())
    return (1 + as_far) / (1 + repeats)


def _chi_square(k: npt.NDArray[Any], n: Floats) -> Floats:
    """Pearson's chi-square of equal rates, for each row of counts; 0 where all are alike."""
    pooled = k.sum(axis=1, keepdims=True) / n.sum()
    variance = pooled * (1 - pooled)
    squares = ((k - n * pooled) ** 2 / n).sum(axis=1, keepdims=True)
    ratio = np.divide(squares, variance, out=np.zeros_like(squares), where=variance > 0)
    return np.asarray(ratio[:, 0])


def _drawn(k: Floats, n: Floats, sector: Sector, draws: int, seed: int) -> Floats:
    first, second, weight = sector
    generator = np.random.default_rng(seed)
    cell = generator.choice(len(weight), size=draws, p=weight)[:, None]
    return np.asarray(generator.beta(k + first[cell], n - k + second[cell]))


def _posterior_of_the_sector(k: Floats, n: Floats) -> Sector:
    """The two parameters of the Beta distribution of rates on their grid, and their weights."""
    return _posterior_on_the_grid(tuple(k.tolist()), tuple(n.tolist()))


@lru_cache(maxsize=64)  # several questions of a report draw towards the same sector
def _posterior_on_the_grid(successes: tuple[float, ...], trials: tuple[float, ...]) -> Sector:
    from scipy.special import betaln

    k, n = np.array(successes), np.array(trials)
    middle = (np.arange(GRID) + 0.5) / GRID
    mean, tightness = (axis.ravel() for axis in np.meshgrid(middle, middle))
    precision = 5 * tightness / (1 - tightness)
    first, second = mean * precision, (1 - mean) * precision
    log = betaln(k + first[:, None], n - k + second[:, None]).sum(axis=1)
    log -= len(k) * betaln(first, second)
    weight = np.exp(log - log.max())
    return first, second, weight / weight.sum()


def _shrunken(value: float, low: float, high: float, n: int, level: float) -> Estimate:
    if n == 0:
        return Estimate.absent(N_("no attempts"))
    name = N_("full-Bayes beta-binomial")
    low, high = min(low, value), max(high, value)
    return Estimate(value, low, high, n, name, confidence_level=level)


def _providers(k: Sequence[int], n: Sequence[int]) -> tuple[Floats, Floats]:
    """Successes and trials of the providers that have a trial."""
    successes, trials = _checked(k, n)
    return successes[trials > 0], trials[trials > 0]


def _checked(k: Sequence[int], n: Sequence[int]) -> tuple[Floats, Floats]:
    """Successes and trials of all providers."""
    for successes, trials in zip(k, n, strict=True):
        check_counts(successes, trials)
    return np.asarray(k, dtype=float), np.asarray(n, dtype=float)


def _logit(share: float) -> float:
    return math.log(share / (1 - share))


def _expit(x: float) -> float:
    return 1 / (1 + math.exp(-x)) if x > -700 else 0.0
