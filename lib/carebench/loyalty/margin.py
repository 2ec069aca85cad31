"""The margin as the study states it: what is left of revenue after the cost of goods."""

from __future__ import annotations

from ..language import N_, percent
from ..sources import Care

NO_MARGIN = N_(
    "the study gives no margin, the share of revenue left after the cost of goods: set it, as "
    "margin = 0.30 under [loyalty]"
)


def margin_text(care: Care) -> str:
    """The margin, with a decimal only where it has one."""
    margin = care.study.loyalty.margin
    return percent(margin, int(round(100 * margin, 6) % 1 > 0))
