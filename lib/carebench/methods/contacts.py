"""Shares of scores that come several to a contact, and so are not independent."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from ..estimate import Estimate
from ..language import N_
from .proportions import FEW, SMALL, wilson

Matrix = npt.NDArray[np.float64]
CLUSTERED = N_("clustered by contact, Wilson score at the effective number of contacts")


def share_of_scores(
    contacts: npt.ArrayLike,
    k: npt.ArrayLike,
    n: npt.ArrayLike,
    kk: npt.ArrayLike,
    kn: npt.ArrayLike,
    nn: npt.ArrayLike,
    *,
    confidence_level: float = 0.95,
) -> Estimate:
    """Share Σk/Σn of scores, the contact being the unit; the mean over providers of several.

    Parameters
    ----------
    contacts, k, n, kk, kn, nn : arrays, one entry per provider
        Number of contacts, and over them the sums of k (scores that count), n (scores), k², kn
        and n². Only these sums are needed, whatever the number of scores.

    Returns
    -------
    Estimate
        Unit "share"; its n is the number of contacts.

    Notes
    -----
    Each provider's share is a ratio over contacts, with its linearised variance [1]_; of
    several providers each counts alike, as in a stratified rate. The interval is Wilson's at
    the effective number of contacts; the variance of each provider counts two further contacts
    as uncertain as any, so that two contacts scored alike are not taken for certainty.
    Simulated coverage of nominal 95 % intervals with six correlated scores a contact (1,500
    runs each): .95 to .96 over 13 providers of 4 to 40 contacts, .92 to .97 for one provider of
    5 to 50.

    References
    ----------
    .. [1] Cochran (1977), Sampling Techniques, 3rd ed., Wiley, section 6.3.
    """
    sums = np.array([contacts, k, n, kk, kn, nn], dtype=float)
    m, k_sum, n_sum, kk_sum, kn_sum, nn_sum = sums[:, sums[0] > 0]
    total, strata = int(m.sum()), len(m)
    if strata == 0:
        return Estimate.absent(N_("no scores"))
    shares = k_sum / n_sum
    share = float(shares.mean())
    spread = (kk_sum - 2 * shares * kn_sum + shares**2 * nn_sum) / (n_sum / m) ** 2 / m
    drawn = (m * spread + 2 * share * (1 - share)) / (m + 2)
    variance = float((drawn / m).sum()) / strata**2
    effective = total if variance <= 0 else share * (1 - share) / variance
    low, high = wilson(share, effective if 0 < share < 1 else _alike(m), confidence_level)
    estimate = Estimate(
        share,
        low,
        high,
        total,
        CLUSTERED,
        confidence_level=confidence_level,
        design_effect=total / effective if 0 < share < 1 else None,
    )
    return estimate.warn(FEW) if total < SMALL else estimate


def _alike(contacts: Matrix) -> float:
    """The effective number of contacts where every score says the same."""
    return float(len(contacts) ** 2 / (1 / contacts).sum())
