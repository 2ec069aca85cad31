"""What was tried, and how it ended."""

from __future__ import annotations

import pandas as pd

from ..estimate import Estimate, frame, records
from ..finding import Answer, Finding, Skipped, needs
from ..language import _, number, percent
from ..methods.proportions import census
from ..methods.providers import clustered_proportion
from ..schema import OUTCOMES
from ..sources import Care
from .selection import (
    OUTCOME_NAMES,
    attempts,
    by_channel_or_all,
    day,
    listed_provider,
    rate,
)


@needs("attempts")
def scope(care: Care) -> Answer:
    """What was tried, on whom and when, and what was left out."""
    everything = care.current("attempts")
    rows = [
        {
            "channel": name,
            "attempts": len(part),
            "left_out": int(part["fault"].eq("ours").sum()) if "fault" in part else 0,
            "providers": listed_provider(care, part).nunique() if "provider" in part else None,
            "first": day(care, part, "min"),
            "last": day(care, part, "max"),
        }
        for name, part in by_channel_or_all(everything)
    ]
    table = pd.DataFrame(rows)
    labels = {
        "channel": _("channel"),
        "attempts": _("attempts"),
        "left_out": _("left out"),
        "providers": _("providers"),
        "first": _("first day"),
        "last": _("last day"),
    }
    there = {name: label for name, label in labels.items() if table[name].notna().any()}
    return Finding(
        "scope",
        table,
        headline=_(
            "{n} attempts were made; {out} are left out because the failure was ours"
        ).format(n=number(len(everything)), out=number(int(table["left_out"].sum()))),
        labels=there,
        styles={"attempts": "count", "left_out": "count", "providers": "count"},
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


@needs("providers", "website")
def websites(care: Care) -> Answer:
    """How many of the audited providers have a website: a count of all, not a sample."""
    rows = care.current("providers")
    rows = rows[rows["website"].notna()]
    have = int(rows["website"].sum())
    without = sorted(rows.loc[~rows["website"].astype(bool), "provider"])
    estimate = census(have, len(rows))
    return Finding(
        "websites",
        frame([({"what": _("providers with a website of their own")}, estimate)]),
        headline=_("{k} of {n} providers have a website").format(
            k=number(have), n=number(len(rows))
        ),
        labels={"what": "", "value": _("share")},
        notes=(_("Without one: {names}.").format(names=", ".join(without)),) if without else (),
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
