"""Which providers changed since the earlier wave.

The providers of one channel are one family of comparisons, judged by Holm.
"""

from __future__ import annotations

import pandas as pd

from ...estimate import frame, quantity, records
from ...finding import Answer, Finding, Skipped, needs
from ...language import _, number, percent
from ...methods import planning
from ...methods.wave_words import in_words
from ...methods.waves import CHANGED, NO_CHANGE, NOT_JUDGED, adjusted, count_changes, verdicts
from ...sources import Care, wave_names
from ..trials.selection import some_names
from .definitions import blocked
from .tallies import MEASURES, UNTIMED, channel_name
from .wave_changes import UNNAMED
from .waves import base, pair


@needs("attempts", "provider")
def changes_by_provider(care: Care, channel: str, measure: str = "answered") -> Answer:
    """How one measure changed at each provider that is in both waves, in one channel."""
    counts = pair(care, measure)
    if isinstance(counts, Skipped):
        return counts
    name, part = channel_name(channel), _in_both(counts, channel)
    if refused := _refused(care, counts, channel, measure):
        return Skipped(refused)
    table, words = _table(care, part)
    then, now = wave_names(care)[-2:]
    return Finding(
        f"changes-{measure}-{channel}",
        table,
        headline=_headline(table, name, then, now),
        caption=_caption(care, _(MEASURES[measure]), len(table)) + base(care),
        alt=in_words(table, "provider"),
        labels={
            "provider": _("provider"),
            "rates": _("{then} → {now}").format(then=then, now=now),
            "value": _("change in points"),
            "verdict": _("verdict"),
        },
        notes=_notes(care, part, words),
    )


def _in_both(counts: pd.DataFrame, channel: str) -> pd.DataFrame:
    """The counts of the providers that were tried by this channel in both waves."""
    tried = (counts["n_then"] > 0) & (counts["n_now"] > 0)
    own = counts["channel"].eq(channel) & counts["provider"].ne("")
    return counts[own & tried].reset_index(drop=True)


def _refused(care: Care, counts: pd.DataFrame, channel: str, measure: str) -> str:
    """Why the providers are not compared; empty where they may be."""
    name, part = channel_name(channel), _in_both(counts, channel)
    if not counts.loc[counts["channel"].eq(channel), "timed"].all():
        return _("{channel}: {reason}.").format(channel=name.capitalize(), reason=_(UNTIMED))
    if part.empty and counts["provider"].eq("").any():
        return _("{channel}: {reason}.").format(channel=name.capitalize(), reason=_(UNNAMED))
    if part.empty:
        return _("No provider was tried by {channel} in both waves.").format(channel=name)
    if reason := blocked(care).get((measure, channel)):
        return _("{channel}: {reason}.").format(channel=name.capitalize(), reason=_(reason))
    return ""


def _table(care: Care, part: pd.DataFrame) -> tuple[pd.DataFrame, list[str]]:
    """The change at each provider, the largest rise first, and the words of all verdicts."""
    found = count_changes(
        (part["k_then"], part["n_then"]),
        (part["k_now"], part["n_now"]),
        confidence_level=care.study.confidence_level,
    )
    margin = 100 * care.study.audit.equivalence_margin
    words = verdicts(found, margin=margin)
    table = frame(
        (
            {
                "provider": row["provider"],
                "changed": word in CHANGED,  # before what is withheld of small numbers
                "rates": f"{row['k_then']}/{row['n_then']} → {row['k_now']}/{row['n_now']}",
                "verdict": _(word),
                "p_value": p,
                "margin": margin,
            },
            change.estimate,
        )
        for row, change, word, p in zip(records(part), found, words, adjusted(found), strict=True)
    )
    table = table.sort_values(["value", "provider"], ascending=[False, True], ignore_index=True)
    return table, words


def _headline(table: pd.DataFrame, channel: str, then: str, now: str) -> str:
    fields = {"channel": channel.capitalize(), "then": then, "now": now}
    better = table.loc[table["changed"] & (table["value"] > 0), "provider"].tolist()
    worse = table.loc[table["changed"] & (table["value"] < 0), "provider"].tolist()
    if not better and not worse:
        text = _("{channel}: no provider is seen to change between {then} and {now}")
        return text.format(**fields)
    fields |= {"better": some_names(better, 4), "worse": some_names(worse, 4)}
    if not worse:
        return _("{channel}, {then} to {now}: better at {better}").format(**fields)
    if not better:
        return _("{channel}, {then} to {now}: worse at {worse}").format(**fields)
    return _("{channel}, {then} to {now}: better at {better}; worse at {worse}").format(**fields)


def _caption(care: Care, measure: str, n: int) -> str:
    return _(
        "Share {measure}, change in points with {level} Newcombe intervals, each for itself. The "
        "verdicts take the {n} providers as one family (Holm), so an interval that just misses 0 "
        "need not be a change. “The same” needs the {inner} interval within ±{margin} points, "
        "the shaded band. Triangles are established changes, hollow dots are not. Providers that "
        "entered or left are not here."
    ).format(
        measure=measure,
        level=percent(care.study.confidence_level),
        inner=percent(2 * care.study.confidence_level - 1),
        margin=quantity(100 * care.study.audit.equivalence_margin, "points"),
        n=number(n),
    )


def _notes(care: Care, part: pd.DataFrame, words: list[str]) -> tuple[str, ...]:
    """What was not judged, and how large a change would usually have been seen."""
    notes = []
    if few := words.count(NOT_JUDGED):
        text = _("Providers with fewer than 5 attempts in a wave, not judged: {n}.")
        notes.append(text.format(n=number(few)))
    if NO_CHANGE in words:
        then, now = (int(part[f"n_{wave}"].median()) for wave in ("then", "now"))
        detectable = planning.detectable_difference(
            then,
            now,
            comparisons=len(words) - few,
            confidence_level=care.study.confidence_level,
        )
        notes.append(_detectable_note(then, now, detectable))
    return tuple(notes)


def _detectable_note(then: int, now: int, detectable: float) -> str:
    fields = {"then": number(then), "now": number(now)}
    if not detectable < 1:
        text = _(
            "With {then} attempts then and {now} now (the medians) no change of one provider, "
            "however large, would have been seen four times in five."
        )
        return text.format(**fields)
    return _(
        "With {then} attempts then and {now} now (the medians) only a change of about {points} "
        "points or more at one provider would have been seen four times in five."
    ).format(**fields, points=quantity(100 * detectable, "points"))
