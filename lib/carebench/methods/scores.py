"""Scores of surveys: CSAT, NPS, CES and the mean of a scale, each with its interval."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from ..estimate import Estimate
from ..language import N_
from ..schema import DataError
from .proportions import ALL_ZERO, scaled, weighted_proportion, z_quantile

SOME_0_AMONG = 200  # answers, of which none is the lowest
NEVER_0 = N_("nobody answered 0: the scale may have begun at 1")
NPS_MINIMUM = 50  # an NPS of fewer answers says nothing: ±10 points needs 235


def top_box(
    scores: npt.ArrayLike,
    *,
    scale: tuple[float, float],
    weights: npt.ArrayLike | None = None,
    confidence_level: float = 0.95,
) -> Estimate:
    """Share of answers in the top two points of a scale: CSAT is that of 1–5.

    Parameters
    ----------
    scores : array of float, shape (n,)
        Answers; missing ones are left out and n says how many remain.
    scale : (float, float)
        Lowest and highest point.
    weights : array of float, shape (n,), optional
    """
    answers, weight = _complete(scores, weights)
    _check_scale(answers, scale)
    return weighted_proportion(answers > scale[1] - 2, weight, confidence_level=confidence_level)


def nps(
    scores: npt.ArrayLike,
    *,
    scale: tuple[float, float] = (0, 10),
    weights: npt.ArrayLike | None = None,
    confidence_level: float = 0.95,
) -> Estimate:
    """Net promoter score, −100 to 100: per cent 9–10 less per cent 0–6.

    The interval is the adjusted Wald of Rocks [1]_: three answers are added, ¾ a promoter,
    1½ passive, ¾ a detractor. Refused off a 0–10 scale; not given below 50 answers.

    References
    ----------
    .. [1] Rocks (2016), Int. J. Market Res. 58:725-737.
    """
    answers, weight = _complete(scores, weights)
    n = len(answers)
    if tuple(scale) != (0, 10):
        return Estimate.absent(
            N_("the question was not asked on a scale from 0 to 10"), n=n, unit="points"
        )
    _check_scale(answers, scale)
    if n and not weight.any():
        return Estimate.absent(ALL_ZERO, n=n, unit="points")
    if n < NPS_MINIMUM or weight.sum() ** 2 < NPS_MINIMUM * (weight**2).sum():
        return Estimate.absent(N_("too few answers"), n=n, unit="points")
    share = weight / weight.sum()
    promoters = float(share[answers >= 9].sum())
    detractors = float(share[answers <= 6].sum())
    effective = 1 / float((share**2).sum())
    low, high = _adjusted_wald(promoters, detractors, effective, confidence_level)
    return Estimate(
        100 * (promoters - detractors),
        100 * low,
        100 * high,
        n,
        N_("adjusted Wald"),
        "points",
        confidence_level,
        design_effect=n / effective,
        warnings=(NEVER_0,) if n >= SOME_0_AMONG and answers.min() > 0 else (),
    )


def as_numbers(
    scores: npt.ArrayLike, *, scale: tuple[float, float], recommended: bool = False
) -> npt.NDArray[np.float64]:
    """Answers as numbers whose mean is the score; nan where there is no answer.

    Parameters
    ----------
    scores : array of float, shape (n,)
    scale : (float, float)
        Lowest and highest point.
    recommended : bool
        1, 0 or −1 for 9–10, 7–8 and 0–6, as for a net promoter score; else 1 for the top two
        points of the scale and 0 for the others.
    """
    answers = np.asarray(scores, dtype=float)
    if recommended:
        numbers = (answers >= 9).astype(float) - (answers <= 6)
    else:
        numbers = (answers > scale[1] - 2).astype(float)
    return np.where(np.isnan(answers), np.nan, numbers)


def adjusted_nps(score: Estimate) -> tuple[float, float, float]:
    """Centre and standard error of an adjusted Wald interval, in points, and its size.

    The size is the effective number of answers and the three that were added.
    """
    value, low, high = (part or 0.0 for part in (score.value, score.low, score.high))
    size = score.n / (score.design_effect or 1.0) + 3
    centre = value * (size - 3) / size
    # One of the limits may have been held to the end of the scale; the other is as it was.
    error = max(centre - low, high - centre) / z_quantile(score.confidence_level)
    return centre, error, size


def mean(
    scores: npt.ArrayLike,
    *,
    scale: tuple[float, float] = (-math.inf, math.inf),
    confidence_level: float = 0.95,
) -> Estimate:
    """Mean of answers with Student's t interval; missing answers are left out.

    The interval ends where the `scale` does. There is none where all answers are the same,
    for they then say nothing of how much answers vary.

    Shown beside a distribution or a top-box share, never alone: the distance between the
    points of a scale is a convention.
    """
    from scipy.stats import t

    answers, _weights = _complete(scores, None)
    n = len(answers)
    if n < 2:
        return Estimate.absent(N_("fewer than two answers"), n=n, unit="score")
    centre = float(answers.mean())
    if answers.std() == 0:
        same = N_("all answers are the same: no interval")
        return Estimate(
            centre, None, None, n, N_("mean"), "score", confidence_level, warnings=(same,)
        )
    half = float(t.ppf((1 + confidence_level) / 2, n - 1) * answers.std(ddof=1) / math.sqrt(n))
    low, high = max(centre - half, scale[0]), min(centre + half, scale[1])
    return Estimate(centre, low, high, n, N_("Student’s t"), "score", confidence_level)


def _adjusted_wald(
    promoters: float, detractors: float, n: float, confidence_level: float
) -> tuple[float, float]:
    """Limits of promoters − detractors, as shares from −1 to 1."""
    up = (promoters * n + 0.75) / (n + 3)
    down = (detractors * n + 0.75) / (n + 3)
    centre = up - down
    half = z_quantile(confidence_level) * math.sqrt((up + down - centre**2) / (n + 3))
    raw = promoters - detractors
    return max(-1.0, min(centre - half, raw)), min(1.0, max(centre + half, raw))


def _complete(
    scores: npt.ArrayLike, weights: npt.ArrayLike | None
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """The answers that are there, and their weights (one each where none are given)."""
    answers = np.asarray(scores, dtype=float)
    weight = np.ones(len(answers)) if weights is None else np.asarray(weights, dtype=float)
    there = ~np.isnan(answers) & ~np.isnan(weight)
    return answers[there], scaled(weight[there])


def _check_scale(answers: npt.NDArray[np.float64], scale: tuple[float, float]) -> None:
    outside = answers[(answers < scale[0]) | (answers > scale[1])]
    if len(outside):
        raise DataError(
            f"A score of {outside[0]:g} is off the scale {scale[0]:g} to {scale[1]:g}. "
            "Name the scale in the study file: scales = { csat = [1, 7] }."
        )
