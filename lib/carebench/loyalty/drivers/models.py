"""The regressions that say which way a driver goes along with the outcome."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from ...estimate import Estimate
from ...language import N_
from ...methods.coefficients import Coefficients, pool
from ...methods.least_squares import least_squares
from ...methods.ordered_logit import MOST_LEVELS, Separation, ordered_logit
from ...schema import DataError
from ...sources import Care
from .answers import Answers, Scores, copies

SEPARATED = N_(
    "the items tell the outcome apart without fail (separation), so no odds ratio is finite"
)
Fit = Callable[[Scores, Scores, Scores | None], Coefficients]


@dataclass(frozen=True, slots=True)
class Model:
    """A kind of regression: how it is fitted, and its coefficients in the reader's words.

    `unit` is "ratio" where the coefficients are log odds, else "score".
    """

    fit: Fit
    unit: str
    heading: str
    words: str

    def estimates(self, slopes: Coefficients, confidence_level: float) -> list[Estimate]:
        """The coefficients in the unit of the model."""
        if self.unit == "ratio":
            return slopes.odds_ratios(confidence_level)
        return slopes.estimates(unit=self.unit, confidence_level=confidence_level)


ORDERED = Model(
    lambda y, x, w: ordered_logit(y, x, weights=w).coefficients,
    "ratio",
    N_("odds ratio for one point more"),
    N_(
        "Odds ratios are of a higher answer, for one point more on an item while the others stay "
        "the same (ordered logit); filled where established."
    ),
)
LINEAR = Model(
    lambda y, x, w: least_squares(y, x, weights=w),
    "score",
    N_("points for one point more"),
    N_(
        "Points are of the outcome, for one point more on an item while the others stay the same "
        "(least squares, HC3: the outcome has too many different values for an ordered logit); "
        "filled where established."
    ),
)
TOP_TWO_WORDS = N_(
    "Odds ratios are of one of the two best answers, for one point more on an item while the "
    "others stay the same (binary logit, since an item points in opposite ways at different cuts "
    "of the scale); filled where established."
)


def above(cut: float) -> Model:
    """The binary logit of an answer above `cut`."""
    return Model(
        lambda y, x, w: ordered_logit(y > cut, x, weights=w).coefficients,
        "ratio",
        N_("odds ratio for one point more"),
        TOP_TWO_WORDS,
    )


def is_ordered(found: Answers) -> bool:
    """Whether the outcome has few enough different values for an ordered logit."""
    return len(np.unique(found.outcome)) <= MOST_LEVELS


def fitted(
    care: Care, found: Answers, model: Model, *, most: int | None = None
) -> Coefficients | str:
    """The coefficients, pooled over imputed copies (the first `most` of them); or why none."""
    outcome, drivers, weights = copies(care, found)
    try:
        return pool([model.fit(outcome, copy, weights) for copy in drivers[:most]])
    except Separation:
        return SEPARATED
    except DataError as error:
        return str(error)
