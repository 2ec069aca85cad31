"""Missing scores filled in several times over, so that what is not known stays visible."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from ..schema import DataError
from .coefficients import Vector

IMPUTATIONS, CYCLES = 20, 5  # data sets; rounds through all columns for each of them
DONORS = 5  # respondents with the nearest prediction, of whom one lends a score
RIDGE = 1e-5  # of a column's sum of squares, so that columns which say the same do no harm


def impute(
    table: npt.ArrayLike, *, imputations: int = IMPUTATIONS, seed: int = 1
) -> Iterator[Vector]:
    """Copies of `table` without gaps, by chained equations with predictive mean matching [1]_.

    Parameters
    ----------
    table : array of float, shape (n, m)
        The outcome and the drivers together: leaving the outcome out would draw every
        association with it towards 0. Each gap is filled with the score of another respondent.
    imputations, seed : int
        Copies, and the seed of all of them.

    Raises
    ------
    DataError
        A column has fewer than two different scores to lend.

    References
    ----------
    .. [1] van Buuren & Groothuis-Oudshoorn (2011), J. Stat. Softw. 45(3); matching of type 1
       with 5 donors: Morris, White & Royston (2014), BMC Med. Res. Methodol. 14:75.
    """
    rows = np.array(table, dtype=float)
    gaps = np.isnan(rows)
    generator = np.random.default_rng(seed)
    columns = [int(j) for j in np.argsort(gaps.sum(axis=0)) if gaps[:, j].any()]
    for j in columns:
        if len(np.unique(rows[~gaps[:, j], j])) < 2:
            raise DataError("A driver has the same score in every answer. Leave it out.")
    for _copy in range(imputations):
        filled = rows.copy()
        for j in columns:
            known = rows[~gaps[:, j], j]
            filled[gaps[:, j], j] = generator.choice(known, gaps[:, j].sum())
        for _cycle in range(CYCLES if len(columns) > 1 else 1):
            for j in columns:
                filled[gaps[:, j], j] = _matched(filled, j, gaps[:, j], generator)
        yield filled


def _matched(
    filled: Vector, j: int, gap: npt.NDArray[np.bool_], generator: np.random.Generator
) -> Vector:
    """Scores for the gaps of column j from respondents whose prediction is about the same."""
    design = np.column_stack([np.ones(len(filled)), np.delete(filled, j, axis=1)])
    there, scores = design[~gap], filled[~gap, j]
    squares = there.T @ there
    inverse = np.linalg.inv(squares + RIDGE * np.diag(np.diag(squares)))
    slopes = inverse @ there.T @ scores
    rest = scores - there @ slopes
    sigma = np.sqrt(rest @ rest / generator.chisquare(max(1, len(rest) - len(slopes))))
    drawn = slopes + sigma * np.linalg.cholesky(inverse) @ generator.standard_normal(len(slopes))
    return _lent(there @ slopes, scores, design[gap] @ drawn, generator)


def _lent(
    predicted: Vector, scores: Vector, wanted: Vector, generator: np.random.Generator
) -> Vector:
    """For each wanted prediction the score of one of the `DONORS` that lie nearest to it."""
    mixed = generator.permutation(len(scores))  # so that equals are not taken in file order
    order = mixed[np.argsort(predicted[mixed], kind="stable")]
    few = min(DONORS, len(scores))
    place = np.searchsorted(predicted[order], wanted)
    near = np.clip(place[:, None] + np.arange(-few, few), 0, len(scores) - 1)
    # An end of the list stands there several times: later ones are pushed out of reach.
    again = np.hstack([np.zeros((len(near), 1), dtype=bool), np.diff(near, axis=1) == 0])
    far = np.abs(predicted[order][near] - wanted[:, None]) + np.where(again, np.inf, 0)
    row = np.arange(len(near))
    chosen = np.argsort(far, axis=1, kind="stable")[row, generator.integers(0, few, len(near))]
    return np.asarray(scores[order[near[row, chosen]]])
