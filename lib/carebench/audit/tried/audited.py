"""What was audited: providers, channels, days, and what was left out and why."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from ...finding import Answer, Finding, Skipped, needs
from ...language import _, date, number
from ...sources import Care
from ..trials.selection import by_channel_or_all, local_day
from ..trials.whole import over_all, tried


@needs("attempts")
def audited(care: Care) -> Answer:
    """What was tried by each channel, on whom and when, and what was left out and why."""
    everything = tried(care)
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
        notes=(
            *over_all(care),
            *_exclusions(care, everything),
            *care.not_limited("attempts"),
        ),
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
    rows = tried(care)
    return int(rows["provider"].nunique()) if "provider" in rows else 0


def _row(care: Care, channel: str, part: pd.DataFrame) -> dict[str, object]:
    first, last = part["first"].min(), part["last"].max()
    return {
        "channel": channel,
        "attempts": int(part["made"].sum()),
        "counted": int(part["n"].sum()),
        "providers": part["provider"].nunique() if "provider" in part else None,
        "first": None if pd.isna(first) else local_day(care, first),
        "last": None if pd.isna(last) else local_day(care, last),
    }


def _headline(care: Care, everything: pd.DataFrame) -> str:
    made, counted = int(everything["made"].sum()), int(everything["n"].sum())
    fields = {"n": number(made), "counted": number(counted)}
    if "provider" not in everything:
        return _("{n} attempts were made; {counted} of them count").format(**fields)
    if care.study.provider:
        return _("{n} attempts to reach {provider} were made; {counted} of them count").format(
            provider=care.study.provider, **fields
        )
    providers = everything["provider"].nunique()
    return _(
        "{n} attempts to reach {providers} providers were made; {counted} of them count"
    ).format(providers=number(providers), **fields)


def _exclusions(care: Care, everything: pd.DataFrame) -> Iterator[str]:
    """How many attempts are left out of what, and why."""
    made = int(everything["made"].sum())
    counts = {
        _("Left out of everything because the failure was our own: {n}."): made
        - int(everything["n"].sum()),
        _(
            "In no comparison of providers, since they name no provider of the study’s list: {n}."
        ): _lacking(everything, "provider"),
        _("In no comparison of channels, since they name no channel: {n}."): _lacking(
            everything, "channel"
        ),
        _(
            "In no result on hours or speed, since they do not say when they were made: {n}."
        ): _undated(care, everything),
        _("Attempts of other waves, not part of this report: {n}."): care.n_rows("attempts") - made,
        _("Listed providers that were never tried in this wave: {n}."): _untried(care, everything),
    }
    yield from (text.format(n=number(int(n))) for text, n in counts.items() if n)


def _lacking(everything: pd.DataFrame, column: str) -> int:
    return (
        int(everything.loc[everything[column].isna(), "made"].sum()) if column in everything else 0
    )


def _undated(care: Care, everything: pd.DataFrame) -> int:
    """Attempts without a time, where the study has times at all."""
    return int(everything["undated"].sum()) if "sent_at" in care.columns("attempts") else 0


def _untried(care: Care, everything: pd.DataFrame) -> int:
    if not care.columns("providers") or "provider" not in everything:
        return 0
    listed = set(care.current("providers")["provider"].dropna())
    return len(listed - set(everything["provider"].dropna()))
