"""The periods in which contracts run, as a reader counts them."""

from __future__ import annotations

from ...language import _, number
from ...sources import Care

# After how many periods the share still held is told.
AFTER = {"month": (1, 3, 6, 12, 24, 36), "year": (1, 2, 3, 5, 10)}
UNIT = "score"  # lengths have two decimals; the heading says whether months or years


def by_year(care: Care) -> bool:
    """Whether contracts run by the year."""
    return care.study.loyalty.contract_period == "year"


def periods(care: Care, n: float) -> str:
    """So many periods in words: "12 months"."""
    digits = 0 if n == int(n) else 1
    if by_year(care):
        text = _("1 year") if n == 1 else _("{n} years").format(n=number(n, digits))
    else:
        text = _("1 month") if n == 1 else _("{n} months").format(n=number(n, digits))
    return text


def horizon_periods(care: Care) -> int:
    """How many periods ahead the study looks, at least one."""
    return max(1, care.study.loyalty.horizon_months // (12 if by_year(care) else 1))


def longest_after(care: Care, watched: float) -> int | None:
    """The longest of the usual spans that somebody was watched for; None below the shortest."""
    within = [n for n in AFTER[care.study.loyalty.contract_period] if n <= watched]
    return within[-1] if within else None
