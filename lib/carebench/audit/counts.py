"""What operators counted themselves, already added up."""

from __future__ import annotations

import pandas as pd

from ..estimate import frame
from ..finding import Answer, Finding, Skipped, needs
from ..language import N_, _, number
from ..methods.proportions import census
from ..sources import Care

_COUNTED = ("answered", "abandoned", "answered_within_limit")
_COUNT_RATES = (
    ("answered", "offered", N_("answered, of those offered")),
    ("abandoned", "offered", N_("abandoned, of those offered")),
    ("answered_within_limit", "answered", N_("answered within the limit, of those answered")),
)


@needs("counts")
def operator_counts(care: Care) -> Answer:
    """What operators counted themselves: answered, abandoned, answered within the limit."""
    rows = care.current("counts")
    totals = rows[[c for c in ("offered", *_COUNTED) if c in rows]].sum(min_count=1)
    estimates = [
        (
            {"measure": _(label)},
            census(int(totals[top]), int(totals[bottom])),
        )
        for top, bottom, label in _COUNT_RATES
        if top in totals and bottom in totals and pd.notna(totals[top])
    ]
    if not estimates:
        return Skipped(_("The counts hold contacts offered but nothing to set against them."))
    providers = rows["provider"].nunique() if "provider" in rows else 1
    return Finding(
        "operator-counts",
        frame(estimates),
        headline=_("What operators counted: {n} contacts offered").format(
            n=number(int(totals["offered"]))
        ),
        labels={"measure": _("measure"), "value": _("share")},
        notes=(
            _(
                "Counted by the operators themselves over {n} providers: complete counts, not a "
                "sample, and not comparable with mystery contacts."
            ).format(n=number(providers)),
        ),
    )
