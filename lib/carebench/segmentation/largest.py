"""How much hangs on the very largest customers: what would go with one of them."""

from __future__ import annotations

import pandas as pd

from ..finding import Answer, Finding, Skipped, needs
from ..language import N_, _, percent
from ..methods.concentration import Spread
from ..sources import Care
from .books import amounts
from .dominance import with_whole
from .revenue import COMPLETE, NO_REVENUE
from .tiers import BINNED

LARGEST = {
    1: N_("the largest customer"),
    5: N_("the 5 largest"),
    10: N_("the 10 largest"),
}
# From here on accounts must say that there is such a customer (IFRS 8, paragraph 34).
MAJOR = 0.10


@needs("transactions")
def largest(care: Care) -> Answer:
    """What the largest customer alone, the five and the ten largest bring."""
    spread = amounts(care)
    whole = Spread.of(spread.values, spread.customers)
    if whole.total <= 0:
        return Skipped(_(NO_REVENUE))
    there = [n for n in LARGEST if n < whole.n]
    if not there:
        return Skipped(_("There is one customer only, so nothing can be set against it."))
    brought = whole.top(there)
    rows = pd.DataFrame(
        {
            "who": [_(LARGEST[n]) for n in there],
            "customers": there,
            "revenue": brought,
            "revenue_share": brought / whole.total,
            "largest_part": with_whole(care, pd.Series(brought[0] / brought)),
        }
    )
    return Finding(
        "largest",
        rows,
        headline=_headline(float(rows["revenue_share"].iloc[0])),
        labels={
            "who": _("group"),
            "customers": _("customers"),
            "revenue": _("net revenue"),
            "revenue_share": _("share of revenue"),
        },
        styles={
            "customers": "count",
            "revenue": care.study.currency,
            "revenue_share": "share",
        },
        notes=(
            _(
                "What would be lost with them. From {share} with one customer, the accounts of a "
                "listed company must say so (IFRS 8, paragraph 34), firms under one control "
                "counting as one; here each name in the books counts by itself. Who they are is "
                "personal data and not on this page."
            ).format(share=percent(MAJOR)),
            _(COMPLETE),
            *((_(BINNED),) if spread.binned else ()),
        ),
    )


def largest_alone(care: Care) -> float | None:
    """The share of the revenue that one customer brings; None where nothing can be said."""
    found = largest(care)
    return float(found.rows["revenue_share"].iloc[0]) if isinstance(found, Finding) else None


def _headline(share: float) -> str:
    text = _("No customer alone brings {major} of the revenue: the largest brings {share}")
    if share >= MAJOR:
        text = _("One customer alone brings {share} of the revenue: the company depends on it")
    return text.format(share=percent(share), major=percent(MAJOR))
