"""Scores of many groups, each against the mean of the others."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from ..estimate import Estimate
from ..language import N_
from .comparisons import (
    ABOVE,
    BELOW,
    NOT_DISTINGUISHABLE,
    TOO_FEW,
    Comparison,
    compare_with_others,
)
from .multiplicity import holm
from .scores import adjusted_nps

FEW_ANSWERS = N_("too few answers")


def against_others(
    scores: Sequence[Estimate], *, confidence_level: float = 0.95
) -> list[Comparison]:
    """What each group's share, or net promoter score, says against the mean of the others.

    Parameters
    ----------
    scores : sequence of Estimate
        Shares, or net promoter scores in points, of groups of different respondents. Those
        without a value are not judged.

    Notes
    -----
    Shares: `comparisons.compare_with_others`, Fisher's exact test, weighted answers counting
    as Kish's effective number of them. Net promoter scores: z of the difference of adjusted
    Wald scores [1]_. Holm over the groups that are judged. Of 13 groups of 110 answers that
    were alike one or more were called different in .02 to .05 of simulated studies.

    References
    ----------
    .. [1] Rocks (2016), Int. J. Market Res. 58:725-737.
    """
    if all(one.unit == "share" for one in scores):
        sizes = [round(one.n / (one.design_effect or 1.0)) for one in scores]
        counts = [round((one.value or 0.0) * n) for one, n in zip(scores, sizes, strict=True)]
        said = compare_with_others(counts, sizes, confidence_level=confidence_level)
    else:
        said = _recommended(scores, confidence_level)
    return [Comparison(FEW_ANSWERS, None) if one.verdict == TOO_FEW else one for one in said]


def _recommended(scores: Sequence[Estimate], confidence_level: float) -> list[Comparison]:
    known = np.array([one.value is not None for one in scores], dtype=bool)
    found = [adjusted_nps(one)[:2] for one in scores if one.value is not None]
    if len(found) < 2:
        return [Comparison(TOO_FEW, None) for _one in scores]
    centre, error = np.array(found).T
    others = len(centre) - 1
    gap = centre - (centre.sum() - centre) / others
    spread = np.sqrt(error**2 + ((error**2).sum() - error**2) / others**2)
    gaps, p = np.full(len(scores), np.nan), np.full(len(scores), np.nan)
    gaps[known] = gap
    p[known] = [math.erfc(abs(z) / math.sqrt(2)) for z in gap / spread]
    return [
        Comparison(TOO_FEW, None) if math.isnan(one) else _said(one, side, 1 - confidence_level)
        for one, side in zip(holm(p.tolist()), gaps, strict=True)
    ]


def _said(p: float, gap: float, alpha: float) -> Comparison:
    word = NOT_DISTINGUISHABLE if p > alpha else (ABOVE if gap > 0 else BELOW)
    return Comparison(word, p)
