"""People who rate several others: what one gets, set against what the same people give the rest."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from ..estimate import Estimate
from ..language import N_
from .comparisons import ABOVE, BELOW, NOT_DISTINGUISHABLE, TOO_FEW, Comparison
from .multiplicity import holm
from .proportions import SMALL

Floats = npt.NDArray[np.float64]
Codes = npt.NDArray[np.int64]

PAIRED = N_("difference within the same people, Student’s t with the larger of two spreads")


def gaps(raters: npt.ArrayLike, scores: npt.ArrayLike) -> Floats:
    """Each score less the mean of the other scores that its rater gave.

    Parameters
    ----------
    raters : array of int, shape (m,)
        Who gave each score, 0, 1, …; one score for each that was rated.
    scores : array of float, shape (m,)

    Returns
    -------
    array of float, shape (m,)
        In points; not a number where the rater gave one score only.
    """
    who, values = np.asarray(raters, dtype=np.int64), np.asarray(scores, dtype=float)
    total = np.bincount(who, values)[who]
    others = np.bincount(who)[who] - 1.0
    rest = np.divide(total - values, others, out=np.full(len(values), np.nan), where=others > 0)
    return np.asarray(values - rest)


def compare_ratings(
    raters: npt.ArrayLike,
    scores: npt.ArrayLike,
    groups: npt.ArrayLike,
    spreads: npt.ArrayLike,
    *,
    confidence_level: float = 0.95,
) -> list[tuple[Estimate, Comparison]]:
    """Mean gap of each group, told from none only where others that stand out do not make it so.

    Parameters
    ----------
    raters, scores
        As for `gaps`.
    groups, spreads
        As for `compare_gaps`.

    Notes
    -----
    One department far below the others lifts each of them, for it is among what they are set
    against. So the scores of the group that stands out farthest are left out, and what was said
    of the others stays only where the rest, compared anew, say it too; then the next. Verdicts
    are thus at most those of `compare_gaps`; gaps and intervals are its own. In simulations of
    departments alike but for one that was lower by 1.5, six with 15 raters each on a scale of 1
    to 5, some other was called clearly above in 99 % of the surveys before this and in 3 % after
    it; in 36 % and 2 % of four with five raters, one lower by 1.2. The lower one was found in
    all of the first and 93 % of the second. Where as many stand out on one side as on the other,
    one of the two is named.
    """
    who, score = np.asarray(raters, dtype=np.int64), np.asarray(scores, dtype=float)
    group = np.asarray(groups, dtype=np.int64)
    found = compare_gaps(gaps(who, score), group, spreads, confidence_level=confidence_level)
    said = [one for _, one in found]
    left, latest = [i for i, one in enumerate(said) if one.verdict in (ABOVE, BELOW)], found
    while len(left) > 1:
        mean = {i: latest[i][0].value or 0.0 for i in left}
        farthest = max(left, key=lambda i: (abs(mean[i]), -mean[i]))  # of two as far, the lower
        rest = group != farthest
        who, score, group = who[rest], score[rest], group[rest]
        latest = compare_gaps(gaps(who, score), group, spreads, confidence_level=confidence_level)
        doubted = {i for i in left if latest[i][1].verdict != said[i].verdict}
        for i in doubted - {farthest}:
            turned = latest[i][1].verdict in (ABOVE, BELOW)
            said[i] = Comparison(NOT_DISTINGUISHABLE, 1.0) if turned else latest[i][1]
        left = [i for i in left if i not in doubted | {farthest}]
    return [(estimate, one) for (estimate, _), one in zip(found, said, strict=True)]


def compare_gaps(
    gap: Floats,
    groups: npt.ArrayLike,
    spreads: npt.ArrayLike,
    *,
    confidence_level: float = 0.95,
) -> list[tuple[Estimate, Comparison]]:
    """Mean gap of each group with its interval, and whether it is told from none.

    Parameters
    ----------
    gap : array of float, shape (m,)
        From `gaps`: those that are not a number are left out.
    groups : array of int, shape (m,)
        Which group each belongs to, 0, 1, …: who was rated, or who rated whom.
    spreads : array of int, one entry per group
        Groups with the same number are taken to vary alike: all that rate the same one.

    Notes
    -----
    A rater who is severe to all is so on both sides and drops out; no more than one score of a
    rater is in a group. Five scores say little of their own spread, so a standard error rests
    on the spread within all groups, or within those that vary alike where that is larger;
    p-values are adjusted by Holm's method [1]_ over the groups of five or more. In simulations
    of eight departments with five raters each, on a scale of 1 to 5, intervals at 95 % covered
    .95 to .97, and where no department differed one or more of the 56 pairs were told apart in
    1 to 5 % of the surveys, also where scores of one department varied 2.5 times as much.

    References
    ----------
    .. [1] Holm (1979), Scand. J. Stat. 6:65-70.
    """
    from scipy.stats import t

    alike, there = np.asarray(spreads, dtype=np.int64), ~np.isnan(gap)
    group, value, size = np.asarray(groups, dtype=np.int64)[there], gap[there], len(alike)
    n = np.bincount(group, minlength=size)
    mean = np.bincount(group, value, minlength=size) / np.maximum(n, 1)
    squares = np.asarray(
        np.bincount(group, (value - mean[group]) ** 2, minlength=size), dtype=float
    )
    variance, freedom = _larger_spread(squares, np.maximum(n - 1.0, 0.0), alike)
    error = np.sqrt(variance / np.maximum(n, 1))
    judged = (n >= SMALL) & (error > 0)
    ratio = np.divide(np.abs(mean), error, out=np.full(size, np.nan), where=judged)
    adjusted = holm([float(p) for p in 2 * t.sf(ratio, freedom)])
    half = t.ppf((1 + confidence_level) / 2, freedom) * error
    return [
        (
            _estimate(float(mean[i]), float(half[i]), int(n[i]), bool(judged[i]), confidence_level),
            _comparison(float(mean[i]), adjusted[i], confidence_level),
        )
        for i in range(size)
    ]


def _larger_spread(squares: Floats, freedom: Floats, spreads: Codes) -> tuple[Floats, Floats]:
    """The variance of each group's scores, over all or over those like it, and its freedom."""
    like = np.maximum(np.bincount(spreads, freedom), 1)[spreads]
    own = (np.bincount(spreads, squares)[spreads]) / like
    whole = max(float(freedom.sum()), 1.0)
    pooled = float(squares.sum()) / whole
    return np.maximum(own, pooled), np.where(own > pooled, like, whole)


def _estimate(mean: float, half: float, n: int, judged: bool, level: float) -> Estimate:
    if not judged:
        return Estimate.absent(N_("too few answers"), n=n, unit="score")
    return Estimate(mean, mean - half, mean + half, n, PAIRED, "score", level)


def _comparison(mean: float, p: float, level: float) -> Comparison:
    if math.isnan(p):
        return Comparison(TOO_FEW, None)
    if p > 1 - level:
        return Comparison(NOT_DISTINGUISHABLE, p)
    return Comparison(ABOVE if mean > 0 else BELOW, p)
