"""What readers must know of money that is the whole company's, and up to which day it is known."""

from __future__ import annotations

from ..language import _, date
from ..segmentation import books
from ..sources import Care


def of_company(care: Care, table: str) -> tuple[str, ...]:
    """That a table is of the whole company, where a report is limited to one provider."""
    return care.not_limited(table) if care.study.provider else ()


def valued_from(care: Care) -> str:
    """From which day on values are counted: the last of the sales."""
    return _("after {day}").format(day=date(books.span(care)[1]))
