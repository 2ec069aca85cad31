"""Which waves are compared, who is in them, and whether they may be compared at all.

Providers that entered or left are named and are in no comparison. Where a definition changed,
what it touches is not compared.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any

import pandas as pd

from ...estimate import Estimate, frame, records
from ...finding import Answer, Finding, Skipped, needs
from ...language import N_, _, number
from ...methods.paired_waves import mean_change
from ...methods.proportions import proportion
from ...methods.providers import stratified_proportion
from ...methods.wave_words import NOT_NAMED
from ...methods.waves import count_changes
from ...schema import CHANNELS
from ...sources import NOTHING_EARLIER, Care, wave_names
from ..trials.selection import attempts, day, listed_provider, some_names
from ..trials.whole import over_drawn
from .definitions import blocked, channels_named, definition_changes
from .tallies import MEASURES, UNTIMED, channel_name, tallies

Counts = tuple[list[int], list[int]]

TOUCHED = {**MEASURES, "hours": N_("by day and at night")}
KINDS = {
    "level": N_("service level"),
    "watched": N_("how long answers were watched for"),
    "design": N_("share of attempts in a part of the week"),
    "night": N_("hours that are night"),
    "holidays": N_("holidays"),
    "words": N_("how words for outcomes are read"),
}
TREND = N_(
    "Over the providers that were tried in every wave, each counting alike. Changes are paired by "
    "provider; none is judged here, because a trend is looked at as a whole."
)


@needs("attempts")
def compared(care: Care) -> Answer:
    """Which waves are compared, and which providers are in both, entered, or left."""
    if reason := nothing_earlier(care):
        return Skipped(reason)
    every, names = (*care.earlier, care), wave_names(care)
    rows = [attempts(one) if one.columns("attempts") else None for one in every]
    providers = [_providers(one, part) for one, part in zip(every, rows, strict=True)]
    table = pd.DataFrame(
        {
            "wave": names,
            "first": [None if p is None else day(care, p, "min") for p in rows],
            "attempts": [0 if p is None else len(p) for p in rows],
            "providers": [len(p) for p in providers],
            "entered": ["–", *(_gone(now, then) for then, now in pairwise(providers))],
            "left": ["–", *(_gone(then, now) for then, now in pairwise(providers))],
        }
    )
    return Finding(
        "waves-compared",
        table,
        headline=_waves_headline(names[-2], names[-1], providers[-2], providers[-1]),
        labels=_wave_labels(table),
        styles={"attempts": "count", "providers": "count"},
        notes=(*_why_these(care, names), *over_drawn(care)),
    )


@needs("attempts")
def definitions(care: Care) -> Answer:
    """What was done or set otherwise in the earlier wave, and what is therefore not compared."""
    if reason := nothing_earlier(care):
        return Skipped(reason)
    answer = definition_changes(care)
    if isinstance(answer, Skipped):
        return answer
    then, now = wave_names(care)[-2:]
    changed = answer.rows[answer.rows["changed"]]
    if changed.empty:
        return _unchanged(answer.rows, then, now)
    table = pd.DataFrame(
        [
            {
                "what": _(KINDS[row["kind"]]),
                "channel": channels_named(row["channel"]),
                "then": row["then"],
                "now": row["now"],
                "touches": ", ".join(_(TOUCHED[measure]) for measure in row["touches"].split()),
            }
            for row in records(changed)
        ]
    )
    text = _("{n} definitions changed between {then} and {now}; what they touch is not compared")
    labels = {
        "what": _("definition"),
        "channel": _("channel"),
        "then": then,
        "now": now,
        "touches": _("not compared"),
    }
    headline = text.format(n=number(len(changed)), then=then, now=now)
    return Finding("definitions", table, headline=headline, labels=labels)


@needs("attempts")
def trend(care: Care, measure: str = "answered") -> Answer:
    """One measure in every wave, over the providers that are in all of them."""
    if reason := nothing_earlier(care):
        return Skipped(reason)
    if len(care.earlier) < 2:
        return Skipped(_("There is only one earlier wave: a trend needs two."))
    every = (*care.earlier, care)
    counted = [tallies(one, measure) for one in every]
    parts = [one.rows for one in counted if isinstance(one, Finding)]
    if len(parts) < len(every):
        return next(one for one in counted if isinstance(one, Skipped))
    stops = [blocked(care, which) for which in range(len(care.earlier))]
    estimates = [
        pair
        for channel in ("", *CHANNELS)
        for pair in _channel_trend(care, channel, measure, parts, stops)
    ]
    if not estimates:
        return Skipped(_("No channel was tried at the same providers in every wave."))
    return Finding(
        f"trend-{measure}",
        frame(estimates),
        headline=_("{measure}, wave by wave").format(measure=_(MEASURES[measure]).capitalize()),
        labels={
            "channel": _("channel"),
            "wave": _("wave"),
            "value": _("share"),
            "since_first": _("points since {wave}").format(wave=wave_names(care)[0]),
            "since_last": _("points since the wave before"),
        },
        notes=(_(TREND),),
    )


def _unchanged(looked_at: pd.DataFrame, then: str, now: str) -> Finding:
    """That nothing changed, and what was looked at."""
    kinds = [kind for kind in KINDS if looked_at["kind"].eq(kind).any()]
    text = _("No definition changed between {then} and {now}, as far as the data tell")
    return Finding(
        "definitions",
        pd.DataFrame([{"what": _(KINDS[kind]), "verdict": _("unchanged")} for kind in kinds]),
        headline=text.format(then=then, now=now),
        labels={"what": _("definition"), "verdict": _("verdict")},
    )


def _wave_labels(table: pd.DataFrame) -> dict[str, str]:
    """The columns that say something: no days without times, no providers where none is named."""
    labels = {
        "wave": _("wave"),
        "first": _("first day"),
        "attempts": _("attempts"),
        "providers": _("providers"),
        "entered": _("entered"),
        "left": _("left"),
    }
    unsaid = {"first"} if table["first"].isna().all() else set()
    unsaid |= set() if table["providers"].any() else {"providers", "entered", "left"}
    return {name: label for name, label in labels.items() if name not in unsaid}


def nothing_earlier(care: Care) -> str:
    """Why nothing can be compared; empty where something can."""
    if not care.earlier:
        return _(NOTHING_EARLIER)
    if not care.earlier[-1].columns("attempts"):
        text = _("The wave {wave} holds no attempts to compare with.")
        if care.study.provider:
            text = _("The wave {wave} holds no attempts that are known to be at {provider}.")
        return text.format(wave=wave_names(care)[-2], provider=care.study.provider)
    return ""


def _why_these(care: Care, names: Sequence[str]) -> tuple[str, ...]:
    if care.against:
        return ()
    return (_(NOT_NAMED).format(wave=names[-2]),)


def _providers(care: Care, rows: pd.DataFrame | None) -> set[str]:
    if rows is None or "provider" not in rows:
        return set()
    return {str(name) for name in listed_provider(care, rows).dropna().unique()}


def _gone(there: set[str], elsewhere: set[str]) -> str:
    """Who is in one wave and not in the other; nobody knows where that one names no provider."""
    return (some_names(sorted(there - elsewhere)) if elsewhere else "") or "–"


def _waves_headline(then: str, now: str, before: set[str], after: set[str]) -> str:
    if not (before and after) or len(before | after) < 2:
        return _("{now} is compared with {then}").format(now=now, then=then)
    return _(
        "{now} is compared with {then}: {both} providers are in both waves, {entered} entered, "
        "{left} left"
    ).format(
        now=now,
        then=then,
        both=number(len(before & after)),
        entered=number(len(after - before)),
        left=number(len(before - after)),
    )


def base(care: Care) -> str:
    """Which of several earlier waves changes are counted from; empty where there is one."""
    if len(care.earlier) < 2:
        return ""
    text = _("Changes are counted from {wave}, the last of the {n} earlier waves.")
    return " " + text.format(wave=wave_names(care)[-2], n=number(len(care.earlier)))


def pair(care: Care, measure: str) -> pd.DataFrame | Skipped:
    """Counts of both waves side by side, by channel and provider; 0 of 0 where not tried."""
    if reason := nothing_earlier(care):
        return Skipped(reason)
    now, then = tallies(care, measure), tallies(care.earlier[-1], measure)
    if isinstance(now, Skipped):
        return now
    if isinstance(then, Skipped):
        return then
    both = then.rows.merge(
        now.rows, how="outer", on=["channel", "provider"], suffixes=("_then", "_now")
    )
    counts = ["k_then", "n_then", "k_now", "n_now"]
    both[counts] = both[counts].fillna(0).astype(int)
    timed = both[["timed_then", "timed_now"]].ne(False).all(axis=1)
    return both.drop(columns=["timed_then", "timed_now"]).assign(timed=timed)


def _channel_trend(
    care: Care,
    channel: str,
    measure: str,
    parts: Sequence[pd.DataFrame],
    stops: Sequence[Mapping[tuple[str, str], str]],
) -> Iterator[tuple[dict[str, Any], Estimate]]:
    """One channel's rate in each wave, and the change since the first and since the last."""
    own = [part[part["channel"].eq(channel)] for part in parts]
    untimed = [not part["timed"].all() for part in own]
    own = [part[part["n"].gt(0)].set_index("provider") for part in own]
    common = sorted(set.intersection(*(set(part.index) for part in own)))
    if not common:
        return
    counts = [(part.loc[common, "k"].tolist(), part.loc[common, "n"].tolist()) for part in own]
    level = care.study.confidence_level
    for at, (wave, (k, n)) in enumerate(zip(wave_names(care), counts, strict=True)):
        rate = (
            proportion(k[0], n[0], confidence_level=level)
            if len(common) < 2
            else stratified_proportion(k, n, confidence_level=level)
        )
        if untimed[at]:
            rate = Estimate.absent(UNTIMED, n=sum(n))
        stopped = _(next((s[measure, channel] for s in stops[at:] if (measure, channel) in s), ""))
        stopped = _(UNTIMED) if any(untimed) else stopped
        since = {
            name: "–" if not at else stopped or _change_text(care, counts[before], (k, n))
            for name, before in (("since_first", 0), ("since_last", at - 1))
        }
        of = {"channel": channel_name(channel), "wave": wave, "providers": len(common)}
        yield {**of, **since}, rate


def _change_text(care: Care, then: Counts, now: Counts) -> str:
    level = care.study.confidence_level
    if len(then[0]) < 2:
        (found,) = count_changes(then, now, confidence_level=level)
    else:
        found = mean_change(then, now, confidence_level=level)
    return f"{found.estimate.value_text()} ({found.estimate.interval_text()})"
