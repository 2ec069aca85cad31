"""How attempts ended."""

from __future__ import annotations

import pandas as pd

from ...estimate import Estimate, frame, records
from ...finding import Answer, Finding, Skipped, needs
from ...language import _, percent
from ...methods.providers import clustered_proportion
from ...schema import OUTCOMES
from ...sources import Care
from ..trials.selection import (
    OUTCOME_NAMES,
    attempts,
    by_channel_or_all,
    rate,
)


@needs("attempts")
def outcomes(care: Care) -> Answer:
    """How attempts ended, by channel, as parts of a whole."""
    parts = [
        {"channel": name, **part["outcome"].value_counts(normalize=True).to_dict()}
        for name, part in by_channel_or_all(attempts(care))
    ]
    if not any(len(part) > 1 for part in parts):
        return Skipped(_("No attempt counts."))
    table = pd.DataFrame(parts).fillna(0.0)
    seen = [outcome for outcome in OUTCOMES if outcome in table and table[outcome].any()]
    table = table[["channel", *seen]].rename(
        columns={name: _(OUTCOME_NAMES[name]) for name in seen}
    )
    return Finding(
        "outcomes",
        table,
        headline=_("How attempts ended, by channel"),
        caption=_(
            "Share of all attempts by outcome, whoever received them. Only an answer from a person "
            "counts as answered; automatic replies and menus are shown apart. Failures of our own "
            "are left out. The counts and intervals are in the table below."
        ),
        alt=_("Stacked bars, one for each channel: {parts}.").format(
            parts="; ".join(
                _("{channel}: {share} answered by a person").format(
                    channel=row["channel"], share=percent(row.get(_("answered by a person"), 0.0))
                )
                for row in records(table)
            )
        ),
    )


@needs("attempts")
def outcome_rates(care: Care) -> Answer:
    """Each outcome's share by channel, with its interval."""
    estimates = [
        ({"channel": name, "outcome": _(OUTCOME_NAMES[outcome])}, _share(care, part, outcome))
        for name, part in by_channel_or_all(attempts(care))
        for outcome in OUTCOMES
        if part["outcome"].eq(outcome).any()
    ]
    if not estimates:
        return Skipped(_("No attempt counts."))
    return Finding(
        "outcome-rates",
        frame(estimates),
        headline=_("Every outcome, with its count and interval"),
        labels={"channel": _("channel"), "outcome": _("outcome"), "value": _("share")},
    )


def _share(care: Care, part: pd.DataFrame, outcome: str) -> Estimate:
    """Share of all attempts in `part` that ended so.

    Where the named providers are all there are, their differences make a plain interval too
    wide rather than too narrow; where they stand for others, they are clusters.
    """
    ended = part["outcome"].eq(outcome)
    if care.study.audit.providers_are == "sample" and "provider" in part:
        by = ended.groupby(part["provider"], observed=True).agg(["sum", "size"])
        if len(by) > 1:
            return clustered_proportion(
                by["sum"].tolist(),
                by["size"].tolist(),
                confidence_level=care.study.confidence_level,
            )
    return rate(care, int(ended.sum()), len(part))
