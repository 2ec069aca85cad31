"""Into which value tier a customer falls: the study's cut-offs as amounts of money.

A cut-off is a share of the customers with revenue, largest first. It becomes the revenue of
the last customer within it, so that a tier is "this amount or more": customers with equal
revenue are never parted, and the engine can place any number of them without ranking them.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from .. import queries
from ..language import N_
from ..sources import Care
from .books import amounts, buyers

TIERS = (N_("special"), N_("large"), N_("medium"), N_("small"))
BINNED = N_("Amounts within 0.2% of each other were taken together.")


def tier_of(care: Care, column: str = "revenue", table: str = "buyers") -> str:
    """SQL for the tier of a customer of a kept table: special, large, medium, small or none.

    The tiers are cut among the customers whose amount in `column` is above zero; "none" is at
    or below it, or NULL.
    """
    if table == "buyers":
        buyers(care)
    return queries.tier_case(limits(care, column, table), column)


def limits(care: Care, column: str = "revenue", table: str = "buyers") -> tuple[int, ...]:
    """The least amounts of the special, large and medium tier, in the smallest unit of money.

    Empty where nobody has revenue.
    """
    spread = amounts(care, column, table)
    cut_offs = care.study.segmentation.tier_cut_offs
    least = tier_limits(spread.values, spread.customers, cut_offs)
    return tuple(max(1, int(amount)) for amount in in_smallest_units(care, least))


def in_smallest_units(care: Care, amounts: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Amounts of money in the currency's smallest unit, whole, as the engine has them."""
    return np.asarray(np.rint(amounts * care.minor_per_unit))


def tier_limits(
    values: npt.NDArray[np.float64], customers: npt.NDArray[np.int64], cut_offs: tuple[float, ...]
) -> npt.NDArray[np.float64]:
    """The least amount of each tier above the last one.

    Parameters
    ----------
    values : array of float
        The different amounts of net revenue; those at or below zero are in no tier.
    customers : array of int
        How many customers have each.
    cut_offs : tuple of float
        Shares of the customers above zero, rising: the first ⌈n·share⌉ are special, and so on.

    Returns
    -------
    array of float
        One amount per cut-off, falling; none where no amount is above zero.
    """
    order = np.argsort(values)[::-1]
    order = order[values[order] > 0]
    if not len(order):
        return np.array([])
    down = np.cumsum(customers[order])
    last = [max(1, math.ceil(down[-1] * cut - 1e-9)) for cut in cut_offs]
    return np.asarray(values[order][np.searchsorted(down, last)])
