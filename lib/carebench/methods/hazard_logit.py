"""What goes before leaving: a logit of each month at risk, on what was known before the month.

Where a customer has a row for each month in which it could leave, the odds of leaving in that
month are the discrete-time hazard [1]_. Rows of one customer go together, so the standard errors
are clustered.

.. [1] Allison (1982), Sociol. Methodol. 13:61-98.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ..estimate import Estimate
from ..language import N_
from . import logistic
from .logistic import Floats, Logit, independent_columns
from .multiplicity import holm
from .proportions import z_quantile
from .totals import share

METHOD = N_("logit, standard errors clustered by customer")
TOO_FEW = N_("too few left for so many signs")
FEWEST_ENDS = 10  # per sign; below, the estimates lean and the intervals are too short


@dataclass(frozen=True, slots=True)
class Hazard:
    """The model, and the columns of the predictors that are in use (`kept`).

    `warning` says why there is no model, "" where there is one.
    """

    model: Logit | None
    kept: tuple[int, ...]
    events: int
    rows: int
    warning: str = ""

    def risk(self, predictors: npt.ArrayLike) -> Floats:
        """The chance of leaving in each row's month."""
        if self.model is None:
            raise ValueError(f"there is no model: {self.warning}")
        return self.model.predict(_design(np.asarray(predictors, dtype=float), self.kept))

    def odds_ratios(self, *, confidence_level: float = 0.95) -> list[tuple[int, Estimate, float]]:
        """By column in use: the odds ratio per unit, with its interval, and its p by Holm."""
        if self.model is None:
            return []
        from scipy.stats import norm

        b, se = self.model.coefficients[1:], self.model.standard_errors[1:]
        half = z_quantile(confidence_level) * se
        with np.errstate(over="ignore"):
            value, low, high = np.exp(b), np.exp(b - half), np.exp(b + half)
        p = holm((2 * norm.sf(np.abs(b / se))).tolist())
        return [
            (
                column,
                Estimate(float(value[i]), float(low[i]), float(high[i]), self.rows, METHOD,
                         "ratio", confidence_level),
                p[i],
            )
            for i, column in enumerate(self.kept)
        ]  # fmt: skip


def fit(predictors: npt.ArrayLike, left: npt.ArrayLike, customers: npt.ArrayLike) -> Hazard:
    """The model of leaving in a month.

    Parameters
    ----------
    predictors : array of float, shape (n, p)
        Known before the row's month. Columns that do not vary, or repeat others, are left out.
    left : array of bool, shape (n,)
        Whether the customer left in the row's month.
    customers : array, shape (n,)
        Whose row it is.

    Returns
    -------
    Hazard
        Without a model, and with a warning, where nobody left or all did, where there are
        fewer than 10 ends per predictor [1]_, and where the predictors tell leavers apart
        without doubt (separation).

    References
    ----------
    .. [1] Peduzzi et al. (1996), J. Clin. Epidemiol. 49:1373-1379.
    """
    x, y = np.asarray(predictors, dtype=float), np.asarray(left, dtype=bool)
    kept = _telling(x)
    ends = int(min(y.sum(), (~y).sum()))
    if ends < FEWEST_ENDS * max(1, len(kept)):
        return Hazard(None, kept, int(y.sum()), len(y), TOO_FEW)
    model = logistic.fit(_design(x, kept), y, groups=customers)
    if not model.converged:
        return Hazard(None, kept, int(y.sum()), len(y), model.warning)
    return Hazard(model, kept, int(y.sum()), len(y))


def share_of_top(
    risk: npt.ArrayLike,
    left: npt.ArrayLike,
    month: npt.ArrayLike,
    customers: npt.ArrayLike,
    *,
    top: float = 0.1,
    confidence_level: float = 0.95,
) -> tuple[Estimate, Estimate]:
    """Share that left among the `top` part of each month by risk, and among all.

    Parameters
    ----------
    risk : array of float, shape (n,)
        Foretold before the month.
    left : array of bool, month : array of int, customers : array, each of shape (n,)

    Notes
    -----
    Limits are those of `totals.share`, clustered by customer. Ties in the risk are broken by the
    order of the rows.
    """
    y, who = np.asarray(left, dtype=bool), np.asarray(customers)
    chosen = _top(np.asarray(risk, dtype=float), np.asarray(month), top)
    return (
        share(y[chosen], clusters=who[chosen], confidence_level=confidence_level),
        share(y, clusters=who, confidence_level=confidence_level),
    )


def _telling(x: Floats) -> tuple[int, ...]:
    """Columns that vary and are not sums of multiples of others."""
    varies = [i for i in range(x.shape[1]) if len(x) and float(np.ptp(x[:, i])) > 0]
    if not varies:
        return ()
    found = independent_columns(_design(x, varies))
    return tuple(varies[i - 1] for i in found if i > 0)


def _design(x: Floats, kept: Sequence[int]) -> Floats:
    return np.column_stack([np.ones(len(x)), x[:, list(kept)]])


def _top(risk: Floats, month: npt.NDArray[np.int64], top: float) -> npt.NDArray[np.bool_]:
    """Rows whose risk is in the `top` part of their month, at least one of each."""
    order = np.lexsort((np.arange(len(risk)), -risk, month))
    _months, size = np.unique(month, return_counts=True)
    wanted = np.maximum(1, np.floor(top * size)).astype(int)
    rank = np.arange(len(risk)) - np.repeat(np.cumsum(size) - size, size)
    chosen = np.zeros(len(risk), dtype=bool)
    chosen[order] = rank < np.repeat(wanted, size)
    return chosen
