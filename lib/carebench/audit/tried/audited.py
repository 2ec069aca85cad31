"""What was audited: providers, channels, days, and what was left out and why."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from ...finding import Answer, Finding, Skipped, needs
from ...language import _, date, number
from ...sources import Care
from ..trials.selection import attempts, by_channel_or_all, day, listed_provider


@needs("attempts")
def audited(care: Care) -> Answer:
    """What was tried by each channel, on whom and when, and what was left out and why."""
    everything = care.current("attempts")
    table = pd.DataFrame(
        [_row(care, name, part) for name, part in by_channel_or_all(everything)],
        columns=["channel", "attempts", "counted", "providers", "first", "last"],
    )
    if table.empty:
        return Skipped(_("No attempt was made in this wave."))
    labels = {
        "channel": _("channel"),
        "attempts": _("attempts"),
        "counted": _("of them counted"),
        "providers": _("providers"),
        "first": _("first day"),
        "last": _("last day"),
    }
    return Finding(
        "audited",
        table,
        headline=_headline(care, everything),
        labels={name: label for name, label in labels.items() if table[name].notna().any()},
        styles={"attempts": "count", "counted": "count", "providers": "count"},
        notes=(*_exclusions(care, everything), *care.not_limited("attempts")),
    )


def in_short(care: Care) -> str:
    """The same in one sentence, to stand above the answer; nothing where nothing was tried."""
    found = audited(care)
    if isinstance(found, Skipped):
        return ""
    rows = found.rows
    days = rows[["first", "last"]].dropna()
    counted = number(int(rows["counted"].sum()))
    text = _("Audited: {providers} providers, {channels} channels, {attempts} attempts that count.")
    fields = {
        "providers": number(_providers(care)),
        "channels": number(len(rows)),
        "attempts": counted,
    }
    if care.study.provider or not _providers(care):
        text = _("Audited: {channels} channels, {attempts} attempts that count.")
        del fields["providers"]
    if len(days):
        span = _("From {first} to {last}.").format(
            first=date(days["first"].min()), last=date(days["last"].max())
        )
        return f"{text.format(**fields)} {span}"
    return text.format(**fields)


def _providers(care: Care) -> int:
    """How many providers of the study's own list were tried."""
    rows = care.current("attempts")
    return int(listed_provider(care, rows).nunique()) if "provider" in rows else 0


def _row(care: Care, channel: str, part: pd.DataFrame) -> dict[str, object]:
    ours = part["fault"].eq("ours").fillna(False) if "fault" in part else None
    return {
        "channel": channel,
        "attempts": len(part),
        "counted": len(part) if ours is None else len(part) - int(ours.sum()),
        "providers": listed_provider(care, part).nunique() if "provider" in part else None,
        "first": day(care, part, "min"),
        "last": day(care, part, "max"),
    }


def _headline(care: Care, everything: pd.DataFrame) -> str:
    fields = {"n": number(len(everything)), "counted": number(len(attempts(care)))}
    if "provider" not in everything:
        return _("{n} attempts were made; {counted} of them count").format(**fields)
    if care.study.provider:
        return _("{n} attempts to reach {provider} were made; {counted} of them count").format(
            provider=care.study.provider, **fields
        )
    tried = listed_provider(care, everything).nunique()
    return _(
        "{n} attempts to reach {providers} providers were made; {counted} of them count"
    ).format(providers=number(tried), **fields)


def _exclusions(care: Care, everything: pd.DataFrame) -> Iterator[str]:
    """How many attempts are left out of what, and why."""
    unlisted = "provider" in everything and listed_provider(care, everything).isna().sum()
    counts = {
        _("Left out of everything because the failure was our own: {n}."): _ours(everything),
        _(
            "In no comparison of providers, since they name no provider of the study’s list: {n}."
        ): unlisted,
        _("In no comparison of channels, since they name no channel: {n}."): _lacking(
            everything, "channel"
        ),
        _(
            "In no result on hours or speed, since they do not say when they were made: {n}."
        ): _lacking(everything, "sent_at"),
        _("Attempts of other waves, not part of this report: {n}."): care.n_rows("attempts")
        - len(everything),
        _("Listed providers that were never tried in this wave: {n}."): _untried(care, everything),
    }
    yield from (text.format(n=number(int(n))) for text, n in counts.items() if n)


def _lacking(everything: pd.DataFrame, column: str) -> int:
    return int(everything[column].isna().sum()) if column in everything else 0


def _ours(everything: pd.DataFrame) -> int:
    return int(everything["fault"].eq("ours").sum()) if "fault" in everything else 0


def _untried(care: Care, everything: pd.DataFrame) -> int:
    if not care.columns("providers") or "provider" not in everything:
        return 0
    listed = set(care.current("providers")["provider"].dropna())
    return len(listed - set(everything["provider"].dropna()))
