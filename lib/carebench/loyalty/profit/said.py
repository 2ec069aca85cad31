"""What respondents say of themselves: the shares that well-known claims speak of."""

from __future__ import annotations

from ...estimate import Estimate
from ...language import N_
from ...schema import DataError
from ...sources import Care
from .survey import NOT_ASKED, respondents, share_saying

ITEMS = (
    "bought_more",
    "experience_matters",
    "expects_more",
    "experience_decides",
    "values_time",
    "would_leave",
)
NO_SURVEY = N_("the study has no survey")


def said(care: Care, item: str) -> Estimate:
    """Share of respondents who say yes to one of `ITEMS`, weighted as the scores are.

    Raises
    ------
    DataError
        `item` is none of them.
    """
    if item not in ITEMS:
        raise DataError(f"{item!r} is no such item of the survey. Expected {', '.join(ITEMS)}.")
    if not care.columns("survey"):
        return Estimate.absent(NO_SURVEY)
    if item not in care.columns("survey"):
        return Estimate.absent(NOT_ASKED)
    return share_saying(care, respondents(care), item)
