"""Rates over many providers: over these named ones, and over firms like them."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from ..estimate import Estimate
from ..language import N_
from .proportions import check_counts, clopper_pearson, wilson, z_quantile


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
    total, h = int(trials.sum()), len(trials)
    if h == 0:
        return Estimate.absent(N_("no attempts"))
    rates = successes / trials
    share = float(rates.mean())
    effective = h**2 / float((1 / trials).sum())
    if 0 < share < 1:
        drawn = (successes + 2 * share) / (trials + 2)
        variance = float((drawn * (1 - drawn) / trials).sum()) / h**2
        effective = share * (1 - share) / variance
    low, high = wilson(share, effective, confidence_level)
    return Estimate(
        share,
        low,
        high,
        total,
        N_("mean over the named providers, stratified, Wilson score"),
        confidence_level=confidence_level,
        k=int(successes.sum()) if len(set(trials)) == 1 else None,
        design_effect=total / effective,
    )


def clustered_proportion(
    k: Sequence[int], n: Sequence[int], *, confidence_level: float = 0.95
) -> Estimate:
    """Rate over *firms like these*: attempts cluster in providers, and more firms exist.

    Parameters
    ----------
    k, n : sequences of int, one entry per provider

    Notes
    -----
    Pooled ratio Σk/Σn; linearised variance between providers, interval on the logit scale
    with t of (providers − 1) degrees of freedom [1]_. Simulated coverage of nominal 95 %
    intervals with 13 providers of equal size is .96, where the naive Wilson interval's is .77;
    with sizes as unequal as 3, 10 and 60 it is .85 to .89. Below 10 %
    and above 90 % it is Clopper–Pearson's at the effective sample size [2]_.

    References
    ----------
    .. [1] Rao & Scott (1992), Biometrics 48:577-585.
    .. [2] Korn & Graubard (1998), Survey Methodology 24:193-201.
    """
    from scipy.stats import t

    successes, trials = _providers(k, n)
    total, m = int(trials.sum()), len(trials)
    if m < 2:
        return Estimate.absent(N_("fewer than two providers"), n=total)
    share = float(successes.sum() / total)
    variance = m / (m - 1) * float(((successes - trials * share) ** 2).sum()) / total**2
    binomial = share * (1 - share) / total
    quantile = float(t.ppf((1 + confidence_level) / 2, m - 1))
    deff = variance / binomial if binomial > 0 and variance > 0 else 1.0
    if 0.1 <= share <= 0.9 and variance > 0:
        logit = math.log(share / (1 - share))
        half = quantile * math.sqrt(variance) / (share * (1 - share))
        low, high = _expit(logit - half), _expit(logit + half)
        name = N_("clustered by provider, logit-t")
    else:
        effective = total / max(deff, 1.0) * (z_quantile(confidence_level) / quantile) ** 2
        low, high = clopper_pearson(share * effective, effective, confidence_level)
        name = N_("clustered by provider, Korn–Graubard")
    return Estimate(
        share,
        low,
        high,
        total,
        name,
        confidence_level=confidence_level,
        k=int(successes.sum()),
        design_effect=deff,
    )


def _providers(
    k: Sequence[int], n: Sequence[int]
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Successes and trials of the providers that have a trial."""
    for successes, trials in zip(k, n, strict=True):
        check_counts(successes, trials)
    trials_array = np.asarray(n, dtype=float)
    tried = trials_array > 0
    return np.asarray(k, dtype=float)[tried], trials_array[tried]


def _expit(x: float) -> float:
    return 1 / (1 + math.exp(-x))
