"""What a bad contact is: one rated low, or one that settled nothing."""

from __future__ import annotations

import pandas as pd

from ..language import N_, _, number
from ..sources import Care

LOWEST = 0.25  # of the scale of a score: 1 and 2 of 1 to 5
RULES = {
    ("score", "resolved"): N_(
        "A contact is bad where the customer scored it {worst} or less of {best}, or where the "
        "request was not settled; where one of the two is not recorded, the other decides."
    ),
    ("score",): N_(
        "A contact is bad where the customer scored it {worst} or less of {best}; whether "
        "requests were settled is not recorded."
    ),
    ("resolved",): N_(
        "A contact is bad where the request was not settled; no scores are recorded."
    ),
}


def telling(care: Care) -> list[str]:
    """The columns of the contacts that tell a bad one."""
    return [name for name in ("score", "resolved") if name in care.columns("contacts")]


def is_bad(care: Care, contacts: pd.DataFrame) -> pd.Series[bool]:
    """Whether each of these contacts was bad; missing where neither of the two is recorded."""
    unknown = pd.Series(pd.NA, index=contacts.index, dtype="boolean")
    low = unsettled = unknown
    if "score" in contacts:
        low = contacts["score"].le(_worst(care)).astype("boolean")
        low = low.mask(contacts["score"].isna())
    if "resolved" in contacts:
        unsettled = ~contacts["resolved"].astype("boolean")
    return low.fillna(unsettled) | unsettled.fillna(low)


def definition(care: Care) -> str:
    """What a bad contact is, as the study's columns and the scale of its scores allow."""
    worst, best = _worst(care), _scale(care)[1]
    return _(RULES[tuple(telling(care))]).format(
        **{
            name: number(score, 0 if score == int(score) else 2)
            for name, score in (("worst", worst), ("best", best))
        }
    )


def _worst(care: Care) -> float:
    low, high = _scale(care)
    return low + LOWEST * (high - low)


def _scale(care: Care) -> tuple[float, float]:
    low, high = care.study.tables["contacts"].scales.get("score", (1.0, 5.0))
    return low, high
