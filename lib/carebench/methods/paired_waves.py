"""Two waves of the same providers: the mean of their changes, paired by provider."""

from __future__ import annotations

import math

import numpy as np

from ..estimate import Estimate
from ..language import N_
from .providers import stratified_proportion
from .two_rates import Floats
from .waves import POWER, Change, Counts, estimate_change, not_compared

PAIRED = N_("paired t over the providers in both waves")
STRATIFIED = N_("difference of two stratified means, square-and-add of their Wilson limits")
ONE_PROVIDER = N_("fewer than two providers are in both waves")


def mean_change(
    earlier: Counts,
    later: Counts,
    *,
    confidence_level: float = 0.95,
    comparisons: int = 1,
) -> Change:
    """Mean change over the providers that are in both waves, paired by provider.

    Parameters
    ----------
    earlier, later : (successes, trials)
        One entry per provider, the same ones in the same order; those that were not tried in
        one of the waves are left out.
    comparisons : int
        Size of the family, for what is detectable in it.

    Notes
    -----
    Student's t of the providers' own changes, with (providers − 1) degrees of freedom. It
    needs no assumption about the attempts within a provider, and speaks of firms like these.
    For these named firms alone it is conservative: where they changed differently, that counts
    as noise. `named_change` is the narrower answer for them. Where all changed by the very same
    amount, t knows no noise, and the interval is that of `named_change`.
    """
    from scipy.special import stdtr, stdtrit

    k1, n1, k2, n2 = _both(earlier, later)
    total, m = int(n1.sum() + n2.sum()), len(n1)
    if m < 2:
        return not_compared(ONE_PROVIDER, n=total)
    changes = 100 * (k2 / n2 - k1 / n1)
    centre, error = float(changes.mean()), float(changes.std(ddof=1)) / math.sqrt(m)
    if error < 1e-9:
        return named_change(earlier, later, confidence_level=confidence_level)
    strict = 1 - (1 - confidence_level) / 2 / comparisons
    wide, narrow, far, sure = (
        float(stdtrit(m - 1, share))
        for share in ((1 + confidence_level) / 2, confidence_level, strict, POWER)
    )
    low, high = max(-100.0, centre - wide * error), min(100.0, centre + wide * error)
    return Change(
        Estimate(centre, low, high, total, PAIRED, "points", confidence_level),
        2 * float(stdtr(m - 1, -abs(centre) / error)),
        (centre - narrow * error, centre + narrow * error),
        (far + sure) * error,
    )


def named_change(
    earlier: Counts,
    later: Counts,
    *,
    confidence_level: float = 0.95,
) -> Change:
    """The same mean change, for *these named* providers: only their attempts are a sample.

    Notes
    -----
    The difference of the two stratified means (`providers.stratified_proportion`), whose
    limits are put together by square-and-add.
    """
    k1, n1, k2, n2 = (part.astype(int).tolist() for part in _both(earlier, later))
    if not n1:
        return not_compared(N_("no provider is in both waves"))
    before, after = (
        stratified_proportion(k, n, confidence_level=confidence_level)
        for k, n in ((k1, n1), (k2, n2))
    )
    return estimate_change(before, after, method=STRATIFIED)


def _both(earlier: Counts, later: Counts) -> tuple[Floats, Floats, Floats, Floats]:
    """The counts of the providers that were tried in both waves."""
    k1, n1, k2, n2 = (np.asarray(part, dtype=float) for part in (*earlier, *later))
    tried = (n1 > 0) & (n2 > 0)
    return k1[tried], n1[tried], k2[tried], n2[tried]
