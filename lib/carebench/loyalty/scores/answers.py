"""What the scores share: the answers of a wave, their weights and their scales."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
import pandas as pd

from ...estimate import Estimate
from ...language import N_, _, number
from ...methods.scores import as_numbers, nps, top_box
from ...methods.weighting import NotWeighted, Raked, rake
from ...schema import SURVEY
from ...sources import Care

SCORES = {"csat": N_("CSAT"), "nps": N_("NPS"), "ces": N_("CES")}
MOST_UNWEIGHTED = 0.05  # of the answers; leaving out more would choose among respondents
UNWEIGHTED = N_("more than 5% of the answers have no weight")


def answers(care: Care) -> pd.DataFrame:
    """The survey's answers in this wave, with the weights that the study asks for.

    Where the study gives margins of the population, the column `weight` holds raked weights,
    begun from the survey's own; it is empty where a row lacks its group, and everywhere where
    nobody answered of a group.

    Raises
    ------
    DataError
        The margins name a column that the survey lacks, or lack a group that answered.
    """
    if not population(care):
        return care.current("survey")
    return care.once("weighted answers", lambda: _weighted(care))


def raked(care: Care) -> Raked:
    """The answers of this wave raked to the margins of the population.

    Raises
    ------
    NotWeighted
        Nobody answered of a group, or no weights satisfy all margins.
    """
    rows = care.current("survey")
    start = rows["weight"].to_numpy(dtype=float) if "weight" in rows else None
    return rake(rows, population(care), start=start)


def population(care: Care) -> Mapping[str, Mapping[str, float]]:
    """The margins of the population; those of providers only where the report is on all."""
    margins = care.study.loyalty.population
    return {
        name: part
        for name, part in margins.items()
        if not (name == "provider" and care.study.provider)
    }


def score_of(care: Care, rows: pd.DataFrame, score: str) -> Estimate:
    """CSAT, NPS or CES of the answers in `rows`, weighted where the survey has weights."""
    given = rows[score].to_numpy(dtype=float, na_value=float("nan"))
    weights = None
    if "weight" in rows:
        weights = rows["weight"].to_numpy(dtype=float)
        answered = rows[score].notna()
        if rows.loc[answered, "weight"].isna().mean() > MOST_UNWEIGHTED:
            return Estimate.absent(UNWEIGHTED, n=int(answered.sum()))
    level, scale = care.study.confidence_level, scale_of(care, score)
    if score == "nps":
        return nps(given, scale=scale, weights=weights, confidence_level=level)
    return top_box(given, scale=scale, weights=weights, confidence_level=level)


def numbers_of(care: Care, rows: pd.DataFrame, score: str) -> npt.NDArray[np.float64]:
    """The answers in `rows` as numbers whose mean is the score; nan where there is none."""
    given = rows[score].to_numpy(dtype=float, na_value=float("nan"))
    return as_numbers(given, scale=scale_of(care, score), recommended=score == "nps")


def scale_of(care: Care, score: str) -> tuple[float, float]:
    """Lowest and highest point of a score: the study's own, else the usual one."""
    own = care.study.tables["survey"].scales.get(score)
    column = SURVEY.column(score)
    low, high = own if own else (column.low, column.high)
    return float(low or 0), float(high or 0)


def definition(care: Care, score: str) -> str:
    """What a score counts, with the scale it was asked on."""
    low, high = scale_of(care, score)
    if score == "nps":
        return _("Per cent who would recommend (9–10) less per cent who would not (0–6).")
    text = {
        "csat": _("Share of answers {top} or {high} on the scale {low} to {high}: satisfied."),
        "ces": _("Share of answers {top} or {high} on the scale {low} to {high}: it was easy."),
    }[score]
    return text.format(top=number(high - 1), high=number(high), low=number(low))


def _weighted(care: Care) -> pd.DataFrame:
    rows = care.current("survey")
    try:
        weights = raked(care).weights
    except NotWeighted:
        weights = np.full(len(rows), np.nan)
    return rows.assign(weight=weights)
