"""What operators counted themselves, already added up."""

from __future__ import annotations

import pandas as pd

from ..estimate import Estimate, frame
from ..finding import Answer, Finding, Skipped, needs
from ..language import N_, _, number
from ..methods.proportions import census
from ..sources import Care
from .selection import by_channel_or_all

RATES = (
    ("answered", "offered", N_("answered, of those offered")),
    ("abandoned", "offered", N_("abandoned, of those offered")),
    ("answered_within_limit", "answered", N_("answered within the limit, of those answered")),
)


@needs("counts")
def operator_counts(care: Care) -> Answer:
    """What operators counted themselves: answered, abandoned, answered within the limit."""
    rows = care.current("counts")
    by_channel = by_channel_or_all(rows)
    estimates = [
        ({"channel": name, "measure": _(label)}, _share(part, top, bottom))
        for name, part in by_channel
        for top, bottom, label in RATES
        if top in rows and bottom in rows
    ]
    estimates = [pair for pair in estimates if pair[1].value is not None]
    if not estimates:
        return Skipped(_("The counts hold contacts offered but nothing to set against them."))
    labels = {"channel": _("channel"), "measure": _("measure"), "value": _("share")}
    notes = [_("Counted by the operators themselves: complete counts, not a sample, and not "
               "comparable with attempts by shoppers.")]  # fmt: skip
    if "provider" in rows:
        notes.append(_("Providers: {n}.").format(n=number(rows["provider"].nunique())))
    used = rows[[name for name in ("offered", "answered", "abandoned") if name in rows]]
    if gaps := int(used.isna().any(axis=1).sum()):
        notes.append(
            _("{n} rows lack a count; each share leaves out the rows that lack its own.").format(
                n=number(gaps)
            )
        )
    return Finding(
        "operator-counts",
        frame(estimates),
        headline=_("What operators counted: {n} contacts offered").format(
            n=number(int(rows["offered"].sum()))
        ),
        labels=labels
        if len(by_channel) > 1
        else {k: v for k, v in labels.items() if k != "channel"},
        notes=tuple(notes),
    )


def _share(rows: pd.DataFrame, top: str, bottom: str) -> Estimate:
    """Σ top of Σ bottom over the rows that have both."""
    pair = rows[[top, bottom]].dropna()
    return census(int(pair[top].sum()), int(pair[bottom].sum()))
