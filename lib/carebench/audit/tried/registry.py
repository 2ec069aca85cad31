"""Who the audited providers are, as the study's own list has it."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from ...estimate import Estimate, frame
from ...finding import Answer, Finding, Skipped, needs
from ...language import N_, _, number
from ...methods.proportions import census
from ...sources import Care
from ..trials.selection import ABOUT_ONE, some_names

FACTS = {"sector": N_("sector"), "origin": N_("origin"), "care_by": N_("care given by")}
WORDS = {
    "domestic": N_("domestic"),
    "foreign": N_("foreign"),
    "own": N_("its own staff"),
    "outsourced": N_("another firm"),
}
MOST_NAMES = 4  # providers named in one cell


@needs("providers")
def registry(care: Care) -> Answer:
    """Who was audited: sector, origin, and who gives the care, as the study's list has it."""
    if care.study.provider:
        return Skipped(_(ABOUT_ONE))
    rows = care.current("providers").drop_duplicates("provider")
    there = [name for name in FACTS if name in rows and rows[name].notna().any()]
    if not there:
        return Skipped(_("The list of providers says nothing of sector, origin or who gives care."))
    estimates = [fact for name in there for fact in _facts(rows, name)]
    return Finding(
        "registry",
        frame(estimates),
        headline=_("Providers that were audited: {n}").format(n=number(len(rows))),
        labels={
            "fact": _("fact"),
            "what": _("as listed"),
            "value": _("share of providers"),
            "who": _("who"),
        },
    )


def _facts(rows: pd.DataFrame, name: str) -> Iterator[tuple[dict[str, str], Estimate]]:
    """How many providers, and which, by each word of a column of the list."""
    known = rows[rows[name].notna()]
    for word, part in known.groupby(name, observed=True):
        who = some_names(sorted(part["provider"].astype(str)), MOST_NAMES)
        what = _(WORDS.get(str(word), str(word)))
        yield {"fact": _(FACTS[name]), "what": what, "who": who}, census(len(part), len(known))
