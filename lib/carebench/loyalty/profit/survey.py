"""What the rooms of profit ask of the survey: weighted shares and means, and classes of a score."""

from __future__ import annotations

import numpy as np
import pandas as pd

from ...estimate import Estimate
from ...language import N_, _, number
from ...methods.proportions import weighted_proportion
from ...methods.totals import ratio
from ...sources import Care
from ..scores.answers import MOST_UNWEIGHTED, UNWEIGHTED, answers, scale_of

NOT_ASKED = N_("the survey did not ask it")
ENDS = 0.4  # of the points of a scale, at each end: two of five
LOW, MIDDLE, HIGH = "low", "middle", "high"


def respondents(care: Care) -> pd.DataFrame:
    """The answers of the wave with the weight of each as `weight`, 1 where there are none."""
    rows = answers(care)
    return rows if "weight" in rows else rows.assign(weight=1.0)


def share_saying(care: Care, rows: pd.DataFrame, item: str) -> Estimate:
    """Share of the answers to a yes-or-no `item` that are yes, weighted as the scores are."""
    if item not in rows:
        return Estimate.absent(NOT_ASKED)
    asked = rows[rows[item].notna()]
    if refused := _without_weights(asked):
        return refused
    weighted = asked[asked["weight"].notna()]
    return weighted_proportion(
        weighted[item].astype(bool),
        weighted["weight"].astype(float),
        confidence_level=care.study.confidence_level,
    )


def mean_brought(care: Care, rows: pd.DataFrame) -> Estimate:
    """Mean number of people that a respondent brought, weighted; counts are skewed: on the log."""
    asked = rows[rows["referred"].notna()]
    if refused := _without_weights(asked):
        return refused
    return ratio(
        asked["referred"].to_numpy(dtype=float),
        np.ones(len(asked)),
        weights=asked["weight"].to_numpy(dtype=float, na_value=np.nan),
        logarithm=True,
        confidence_level=care.study.confidence_level,
    )


def classes(care: Care, rows: pd.DataFrame, score: str) -> pd.Series[str]:
    """Low, middle or high: two fifths of the scale's points at each end, and those between.

    Missing where the answer is.
    """
    low, high = scale_of(care, score)
    given, ends = rows[score].astype("float64"), _ends(low, high)
    found = pd.Series(MIDDLE, index=rows.index, dtype="object")
    found[given < low + ends] = LOW
    found[given > high - ends] = HIGH
    return found.where(given.notna())


def points(care: Care, score: str, part: str) -> str:
    """The points of a class of a score, as "1–2"."""
    low, high = (int(end) for end in scale_of(care, score))
    ends = _ends(low, high)
    first, last = {
        LOW: (low, low + ends - 1),
        MIDDLE: (low + ends, high - ends),
        HIGH: (high - ends + 1, high),
    }[part]
    return number(first) if first == last else f"{number(first)}–{number(last)}"


def _ends(low: float, high: float) -> int:
    return round(ENDS * (high - low + 1))


def weights_note(care: Care) -> tuple[str, ...]:
    """Whether the answers are weighted."""
    if "weight" in answers(care):
        return ()
    return (_("The answers are not weighted: the study gives no weights."),)


def _without_weights(asked: pd.DataFrame) -> Estimate | None:
    lacking = asked["weight"].isna()
    if len(asked) and float(lacking.mean()) > MOST_UNWEIGHTED:
        return Estimate.absent(UNWEIGHTED, n=len(asked))
    return None
