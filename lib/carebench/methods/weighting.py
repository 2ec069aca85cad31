"""Weights that make the answers of a survey look like all customers, group by group."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from ..schema import DataError
from .proportions import scaled

Floats = npt.NDArray[np.float64]
ROUNDS = 1_000
CLOSE = 1e-9  # by which a group's share may miss what it should be
TRIMMED_ABOVE = 5.0  # times the median weight


class NotWeighted(DataError):
    """The answers at hand cannot be weighted, though the study asks for it in good order."""


@dataclass(frozen=True, slots=True)
class Raked:
    """Weights, and what a reader must know of them.

    Parameters
    ----------
    weights : array of float, shape (n,)
        Their mean is 1 over the rows that are weighted; nan for the others.
    trimmed : int
        How many stood above 5 times the median and were cut to it.
    off : float
        By how much the share of a group misses what it should be, at most: 0 but for trimming.
    """

    weights: Floats
    trimmed: int
    off: float


def rake(
    groups: pd.DataFrame,
    population: Mapping[str, Mapping[str, float]],
    *,
    start: npt.ArrayLike | None = None,
) -> Raked:
    """Weights under which each group is as large among the answers as among all customers.

    Parameters
    ----------
    groups : DataFrame, n rows
        The columns that `population` names. Rows that lack one of them get no weight.
    population : mapping of column to mapping of group to share
        The shares of a column add up to 1, nearly.
    start : array of float, shape (n,), optional
        Weights to begin with, as from the design of the sample; alike where not given.

    Raises
    ------
    DataError
        An answer is of a group that `population` does not name, or a column is lacking.
    NotWeighted
        Nobody answered of a group of the population, or no weights satisfy all columns.

    Notes
    -----
    Raking, or iterative proportional fitting [1]_: in turn each column's groups are multiplied
    up or down to their shares, until all fit. Weights above 5 times the median are then cut to
    that, once; the shares miss their aim by as much as `off` says.

    References
    ----------
    .. [1] Deming & Stephan (1940), Ann. Math. Stat. 11:427-444.
    """
    n = len(groups)
    weights = np.ones(n) if start is None else np.asarray(start, dtype=float).copy()
    columns = [_coded(groups, column, shares) for column, shares in population.items()]
    known = np.all([codes >= 0 for codes, _shares in columns], axis=0) & (weights > 0)
    margins = [(codes[known], shares) for codes, shares in columns]
    for (codes, shares), column in zip(margins, population, strict=True):
        _refuse_empty(codes, shares, column, list(population[column]))
    fitted = _fitted(weights[known], margins)
    limit = TRIMMED_ABOVE * float(np.median(fitted))
    cut = np.minimum(fitted, limit)
    trimmed = int((fitted > limit * (1 + CLOSE)).sum())
    whole = np.full(n, np.nan)
    whole[known] = cut / cut.mean()
    return Raked(whole, trimmed, _off(cut, margins) if trimmed else 0.0)


def design_effect(weights: npt.ArrayLike) -> float:
    """By how much unequal weights inflate a variance: n·Σw²/(Σw)² [1]_; nan of no weights.

    References
    ----------
    .. [1] Kish (1965), Survey Sampling, Wiley, section 11.7.
    """
    given = np.asarray(weights, dtype=float)
    given = scaled(given[~np.isnan(given)])
    total = float(given.sum())
    return len(given) * float((given**2).sum()) / total**2 if total > 0 else float("nan")


def _fitted(weights: Floats, margins: list[tuple[npt.NDArray[np.int64], Floats]]) -> Floats:
    """The weights after as many rounds as it takes, their sum being 1."""
    fitted: Floats = weights / weights.sum()
    for _round in range(ROUNDS):
        for codes, shares in margins:
            fitted *= (shares / _sizes(fitted, codes, shares))[codes]
        if _off(fitted, margins) < CLOSE:
            return fitted
    raise NotWeighted(
        f"No weights give every group its share: after {ROUNDS} rounds one is still off by "
        f"{_off(fitted, margins):.2g}. Some groups were never seen together: merge groups in the "
        "study file's loyalty.population and in the survey, or name fewer columns."
    )


def _off(weights: Floats, margins: list[tuple[npt.NDArray[np.int64], Floats]]) -> float:
    share = weights / weights.sum()
    return max(
        float(np.abs(_sizes(share, codes, shares) - shares).max()) for codes, shares in margins
    )


def _sizes(weights: Floats, codes: npt.NDArray[np.int64], shares: Floats) -> Floats:
    """The weight of all answers of each group."""
    return np.asarray(np.bincount(codes, weights=weights, minlength=len(shares)), dtype=float)


def _coded(
    groups: pd.DataFrame, column: str, shares: Mapping[str, float]
) -> tuple[npt.NDArray[np.int64], Floats]:
    """The number of each row's group, −1 where it is not known, and the groups' shares."""
    if column not in groups:
        raise DataError(
            f"loyalty.population names the column {column!r}, which the survey does not have. "
            f"It has: {', '.join(map(str, groups)) or 'none'}."
        )
    codes, names = pd.factorize(groups[column])
    place = {str(name): at for at, name in enumerate(shares)}
    if strange := [str(name) for name in names if str(name) not in place]:
        raise DataError(
            f"survey: {column} holds {strange[0]!r}, which loyalty.population.{column} does not "
            f"name; it names {', '.join(place)}. Add the group with its share of all customers, "
            "or give it one of these names with `values` in the study file."
        )
    # What names no group has the code −1: the last of the list.
    lookup = np.array([*(place[str(name)] for name in names), -1], dtype=np.int64)
    given = np.array(list(shares.values()), dtype=float)
    return np.asarray(lookup[codes], dtype=np.int64), given / given.sum()


def _refuse_empty(
    codes: npt.NDArray[np.int64], shares: Floats, column: str, names: list[str]
) -> None:
    empty = np.flatnonzero(np.bincount(codes, minlength=len(shares)) == 0)
    if len(empty):
        raise NotWeighted(
            f"survey: nobody answered of the {column} {names[empty[0]]!r}, which is "
            f"{shares[empty[0]]:.0%} of loyalty.population.{column}: no weight can speak for "
            "them. Merge the group with a similar one, in the survey and in the study file."
        )
