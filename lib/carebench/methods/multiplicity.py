"""Many comparisons at once, each judged as one of its declared family."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np


def holm(p_values: Sequence[float]) -> list[float]:
    """Holm's adjusted p-values [1]_, in the order given; each at most 1.

    One that is not a number stays so and counts in no family.

    References
    ----------
    .. [1] Holm (1979), Scand. J. Stat. 6:65-70.
    """
    given = np.asarray(p_values, dtype=float)
    m = int((~np.isnan(given)).sum())
    order = np.argsort(given)[:m]  # what is not a number is sorted last
    adjusted = np.full(len(given), np.nan)
    raw = given[order] * (m - np.arange(m))
    adjusted[order] = np.minimum(np.maximum.accumulate(raw), 1.0)
    return [float(p) for p in adjusted]
