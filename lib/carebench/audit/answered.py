"""What was tried, how it ended, and who answered."""

from __future__ import annotations

from typing import Any

import pandas as pd

from ..estimate import frame, from_row, records
from ..finding import Answer, Finding, Skipped, needs
from ..language import _, number, percent
from ..methods.proportions import census
from ..published import references
from ..schema import OUTCOMES
from ..sources import Care
from .selection import (
    CHANNEL_NAMES,
    OUTCOME_NAMES,
    attempts,
    by_channel_or_all,
    channels,
    day,
    listed,
    listed_provider,
    overall,
    rate,
)

# Groups to compare, in order of preference: a study without providers compares its arms.
GROUPS = ("provider", "arm", "persona")


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
            "Share of attempts by outcome. Only an answer from a person counts as answered; "
            "automatic replies and menus are shown apart. Failures of our own are left out. "
            "The counts and intervals are in the table below."
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
        ({"channel": name, "outcome": _(OUTCOME_NAMES[str(outcome)])}, rate(care, n, len(part)))
        for name, part in by_channel_or_all(attempts(care))
        for outcome, n in part["outcome"].value_counts(sort=False).items()
        if n
    ]
    return Finding(
        "outcome-rates",
        frame(estimates),
        headline=_("Every outcome, with its count and interval"),
        labels={"channel": _("channel"), "outcome": _("outcome"), "value": _("share")},
    )


@needs("attempts", "channel")
def by_channel(care: Care) -> Answer:
    """Share answered by a person, channel by channel, over the study's providers."""
    rows = attempts(care)
    estimates = [
        ({"channel": name, **_reference(care, str(channel))}, overall(care, part))
        for channel, name, part in channels(rows)
    ]
    if not estimates:
        return Skipped(_("No attempt names its channel."))
    table = frame(estimates).sort_values("value", ascending=False, ignore_index=True)
    best, worst = records(table)[0], records(table)[-1]
    headline = _("A person answered {rate} by {channel}")
    if len(table) > 1:
        headline = _("A person answered {rate} by {channel}, and {high} by {best}")
    return Finding(
        "answered-by-channel",
        table,
        headline=headline.format(
            rate=from_row(worst),
            channel=worst["channel"],
            high=from_row(best),
            best=best["channel"],
        ),
        caption=_channel_caption(care, rows),
        alt=_("Dots with intervals: {rows}.").format(rows=listed(table, "channel")),
        labels={"channel": _("channel"), "value": _("answered")},
        notes=_left_out(rows, "provider") if "provider" in rows else (),
    )


@needs("attempts")
def by_group(care: Care, channel: str = "") -> Answer:
    """Share answered by a person, by provider (else arm, else persona), in one channel."""
    rows = attempts(care)
    group = next((name for name in GROUPS if name in rows and rows[name].notna().any()), None)
    if group is None:
        return Skipped(_("The attempts name no provider, arm or persona to compare."))
    if channel:
        if "channel" not in rows or not rows["channel"].eq(channel).any():
            name = _(CHANNEL_NAMES[channel])
            return Skipped(_("No attempt was made by {channel}.").format(channel=name))
        rows = rows[rows["channel"].eq(channel)]
    estimates = [
        (
            {group: str(name), **_reference(care, channel)},
            rate(care, int(part["answered"].sum()), len(part)),
        )
        for name, part in rows.groupby(group, observed=True)
    ]
    if not estimates:
        return Skipped(_("None of these attempts names its group."))
    table = frame(estimates).sort_values(["value", group], ascending=[False, True])
    return Finding(
        f"answered-by-{group}" + (f"-{channel}" if channel else ""),
        table.reset_index(drop=True),
        headline=_group_headline(care, channel, rows),
        caption=_group_caption(care, table),
        alt=_("Dots with intervals, highest on top: {rows}.").format(rows=listed(table, group)),
        labels={group: _group_name(group), "value": _("answered")},
        notes=_left_out(rows, group),
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


def _left_out(rows: pd.DataFrame, group: str) -> tuple[str, ...]:
    """How many attempts are in no comparison, because they name no group that is known."""
    n = int(rows[group].isna().sum())
    text = _("{n} attempts belong to no listed group and are in no comparison.")
    return (text.format(n=number(n)),) if n else ()


def _channel_caption(care: Care, rows: pd.DataFrame) -> str:
    level = percent(care.study.confidence_level)
    if "provider" not in rows or rows["provider"].nunique() < 2:
        return _("Share of attempts answered by a person, with {level} intervals.").format(
            level=level
        )
    return _(
        "Share of attempts answered by a person, mean over the audited providers, each "
        "counting alike, with {level} intervals. They hold for these named providers, not for "
        "firms like them."
    ).format(level=level)


def _reference(care: Care, channel: str) -> dict[str, Any]:
    """The published figure to draw beside a channel, and its name."""
    found = references(care.study.audit.benchmark).get(channel)
    if found is None:
        return {"reference": None, "reference_name": None}
    name = _("{year} audit: {share}").format(year=found.year, share=percent(found.answered))
    return {"reference": found.answered, "reference_name": name}


def _group_name(group: str) -> str:
    return {"provider": _("provider"), "arm": _("arm"), "persona": _("persona")}[group]


def _group_headline(care: Care, channel: str, rows: pd.DataFrame) -> str:
    what = _(CHANNEL_NAMES[channel]).capitalize() if channel else _("All attempts")
    return _("{what}: {rate} were answered by a person").format(what=what, rate=overall(care, rows))


def _group_caption(care: Care, table: pd.DataFrame) -> str:
    text = _(
        "Share of attempts answered by a person, with {level} Wilson intervals; at the right "
        "answered/made. Where intervals overlap widely the order says nothing, and among many "
        "groups a few stand apart by chance."
    ).format(level=percent(care.study.confidence_level))
    if table["reference"].notna().any():
        text += " " + _(
            "The dashed line is the figure that {source} printed; it came without a number of "
            "attempts, so how sure it was is unknown."
        ).format(source=care.study.audit.benchmark)
    return text
