"""How far drivers say the same, and which of them to take together."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ..schema import DataError

HIGH_INFLATION, HIGH_CONDITION = 5.0, 30.0  # Belsley, Kuh & Welsch (1980)
SINGULAR = 1e-10


@dataclass(frozen=True, slots=True)
class Collinearity:
    """How far drivers say the same: variance inflation of each, and one condition index."""

    inflation: tuple[float, ...]
    condition: float

    @property
    def high(self) -> bool:
        """Whether they should be grouped: an inflation above 5 or an index above 30."""
        return max(self.inflation) > HIGH_INFLATION or self.condition > HIGH_CONDITION


def alike(drivers: npt.ArrayLike, *, most: int) -> list[tuple[int, ...]]:
    """Which columns to take together, so that what remains says different things.

    The two most correlated are merged into their mean, again and again, until neither the
    inflation nor the condition index is high and at most `most` are left.

    Parameters
    ----------
    drivers : array of float, shape (n, p)
        None constant. Rows that lack any value are left out.

    Returns
    -------
    list of tuples of int
        Groups of columns; a single one where every column says the same.

    Raises
    ------
    DataError
        The closest two run against each other, so that their mean would say nothing.
    """
    rows = np.asarray(drivers, dtype=float)
    rows = rows[~np.isnan(rows).any(axis=1)]
    rows = (rows - rows.mean(axis=0)) / rows.std(axis=0)
    groups: list[tuple[int, ...]] = [(column,) for column in range(rows.shape[1])]
    while len(groups) > 1:
        means = np.column_stack([rows[:, group].mean(axis=1) for group in groups])
        correlations = np.corrcoef(means, rowvar=False)
        if len(groups) <= most and not collinearity(correlations).high:
            break
        first, second = _closest(correlations)
        groups[first] = tuple(sorted(groups[first] + groups[second]))
        del groups[second]
    return groups


def _closest(correlations: npt.NDArray[np.float64]) -> tuple[int, int]:
    above, left = np.triu_indices(len(correlations), 1)
    found = correlations[above, left]
    at = int(np.argmax(np.abs(found)))
    if found[at] < 0:
        raise DataError(
            "Two drivers run against each other in almost every answer. Turn the scale of one of "
            "them round, or leave it out."
        )
    return int(above[at]), int(left[at])


def collinearity(correlations: npt.NDArray[np.float64]) -> Collinearity:
    """Variance inflation factors and the condition index of drivers, from their correlations.

    References
    ----------
    .. [1] Belsley, Kuh & Welsch (1980), Regression Diagnostics, Wiley, chapter 3.
    """
    values = np.linalg.eigvalsh(correlations)
    if values[0] < SINGULAR:
        return Collinearity((math.inf,) * len(correlations), math.inf)
    inflation = np.diag(np.linalg.inv(correlations))
    return Collinearity(tuple(map(float, inflation)), float(np.sqrt(values[-1] / values[0])))
