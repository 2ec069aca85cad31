"""Many comparisons at once, each judged as one of its declared family."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np


def holm(p_values: Sequence[float]) -> list[float]:
    """Holm's adjusted p-values [1]_, in the order given; each at most 1.

    References
    ----------
    .. [1] Holm (1979), Scand. J. Stat. 6:65-70.
    """
    order = np.argsort(p_values)
    m = len(p_values)
    raw = np.asarray(p_values, dtype=float)[order] * (m - np.arange(m))
    adjusted = np.empty(m)
    adjusted[order] = np.minimum(np.maximum.accumulate(raw), 1.0) if m else raw
    return [float(p) for p in adjusted]
