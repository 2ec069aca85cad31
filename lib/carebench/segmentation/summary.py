"""The answer of notebook 01 in about three lines."""

from __future__ import annotations

from ..estimate import from_row, records
from ..finding import Finding
from ..language import _
from ..sources import Care
from .concentration import top_shares, verdict
from .internal import internal_service
from .revenue import tiers


def answer(care: Care) -> list[str]:
    """The notebook's answer in about three lines."""
    lines = []
    shares = top_shares(care)
    if isinstance(shares, Finding):
        top20 = from_row(records(shares.rows)[0])
        if top20.value is not None:
            lines.append(
                _(
                    "The top 20% of the customers who bought bring {share} of the net revenue."
                ).format(share=top20.emphasised())
            )
            lines.append(
                _("The rule that 20% bring 80%: **{verdict}**.").format(verdict=_(verdict(top20)))
            )
    for question in (tiers, internal_service):
        found = question(care)
        if isinstance(found, Finding):
            lines.append(found.headline + ".")
    return lines[:3] or [_("The study holds no transactions, so nothing can be said of revenue.")]
