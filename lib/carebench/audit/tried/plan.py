"""What so many attempts can show, and how many a wave needs to show more."""

from __future__ import annotations

import math
from typing import Any

import pandas as pd

from ...finding import Answer, Finding, Skipped, needs
from ...language import _, number
from ...methods.planning import contacts_per_wave, detectable_difference
from ...sources import Care
from ..trials.selection import attempts, by_channel_or_all

CHANGE = 0.2  # the difference that the last column plans for
UP_TO = (2, 3, 4, 5, 6, 8, 10, 12, 15, 20, 24, 30, 40, 50, 70, 100, 150, 200, 300, 500)


@needs("attempts", "provider")
def detectable(care: Care) -> Answer:
    """How far two providers must lie apart in a channel to be told apart with these attempts."""
    tried = _tried(care)
    if tried.empty:
        return Skipped(_("No attempt names a provider that the study lists."))
    if tried["providers"].max() < 2:
        return Skipped(_("One provider alone is compared with nobody."))
    level = care.study.confidence_level
    rows = [_row(row, level) for row in tried.itertuples(index=False)]
    plan = _("{n} for one comparison, {all} for all pairs").format(
        n=_needed(1, level), all=_needed(_pairs(int(tried["providers"].max())), level)
    )
    return Finding(
        "detectable",
        pd.DataFrame(rows),
        headline=_headline(rows),
        labels={
            "channel": _("channel"),
            "attempts": _("attempts per provider"),
            "one_text": _("to tell one pair apart"),
            "all_text": _("to tell any pair apart"),
        },
        styles={"attempts": "count"},
        notes=(
            _(
                "Points by which two rates about 50 % must differ to be seen four times in "
                "five; “any pair” allows for the number of pairs. Up to 60 attempts by the exact "
                "power of Newcombe’s interval, above by the normal approximation."
            ),
            _("To see a difference of {points} points takes so many attempts per provider: {plan}.")
            .format(points=number(100 * CHANGE), plan=plan),
        ),
    )  # fmt: skip


@needs("attempts", "provider")
def detectable_by_attempts(care: Care) -> Answer:
    """The smallest difference that is seen, against the attempts per provider."""
    tried, level = _tried(care), care.study.confidence_level
    if tried.empty or tried["providers"].max() < 2:
        return Skipped(_("One provider alone is compared with nobody."))
    providers = int(tried["providers"].max())
    families = {
        _pairs(providers): _("all {n} pairs").format(n=number(_pairs(providers))),
        providers: _("one for each of {n} providers").format(n=number(providers)),
        1: _("one comparison"),
    }
    numbers = sorted({*UP_TO, *tried["attempts"]})
    lines = [
        {"family": name, "comparisons": k, "attempts": n,
         "gap": detectable_difference(n, n, comparisons=k, confidence_level=level)}
        for k, name in sorted(families.items()) for n in numbers
    ]  # fmt: skip
    rows = pd.DataFrame(lines)
    rows["gap"] = rows["gap"].where(rows["gap"].map(math.isfinite))
    here = tried.groupby("attempts", sort=True)["channel"].agg(", ".join)
    rows["channels"] = rows["attempts"].map(here)
    return Finding(
        "detectable-by-attempts",
        rows,
        headline=_headline([_row(row, level) for row in tried.itertuples(index=False)]),
        caption=_(
            "The smallest difference of two rates about 50 % that is seen four times in five, "
            "against the attempts at each provider. Dotted lines: this study’s channels."
        ),
        alt=_("Falling curves. {lines}.").format(lines="; ".join(_spoken(rows, 24))),
        labels={"family": _("compared")},
    )


def _tried(care: Care) -> pd.DataFrame:
    """By channel the providers that were tried, and the median of attempts at one of them."""
    rows = attempts(care)
    rows = rows[rows["provider"].notna()]
    found = [
        (name, part.groupby("provider", observed=True).size())
        for name, part in by_channel_or_all(rows)
    ]
    table = [(name, len(each), int(each.median())) for name, each in found if len(each)]
    return pd.DataFrame(table, columns=["channel", "providers", "attempts"])


def _row(row: Any, level: float) -> dict[str, Any]:
    gaps = [
        detectable_difference(row.attempts, row.attempts, comparisons=k, confidence_level=level)
        for k in (1, max(_pairs(row.providers), 1))
    ]
    return {
        "channel": row.channel,
        "attempts": row.attempts,
        "one": gaps[0] if math.isfinite(gaps[0]) else None,
        "all": gaps[1] if math.isfinite(gaps[1]) else None,
        "one_text": _points(gaps[0]),
        "all_text": _points(gaps[1]),
    }


def _pairs(providers: int) -> int:
    return providers * (providers - 1) // 2


def _points(gap: float) -> str:
    if math.isinf(gap):
        return _("too few for any")
    return _("{n} points").format(n=number(math.ceil(100 * gap)))


def _needed(comparisons: int, level: float) -> str:
    half = CHANGE / 2
    return number(
        contacts_per_wave(0.5 - half, 0.5 + half, comparisons=comparisons, confidence_level=level)
    )


def _headline(rows: list[dict[str, Any]]) -> str:
    """The channel that was tried most: what it can show."""
    most = max(rows, key=lambda row: row["attempts"])
    if most["one"] is None:
        text = _("With {n} attempts per provider at most, no two can be told apart")
        return text.format(n=number(most["attempts"]))
    return _(
        "With {n} attempts per provider by {channel}, the most of any channel, one pair is told "
        "apart from {gap} on"
    ).format(n=number(most["attempts"]), channel=most["channel"], gap=most["one_text"])


def _spoken(rows: pd.DataFrame, n: int) -> list[str]:
    """What each curve says at `n` attempts."""
    at = rows[rows["attempts"].eq(n)]
    return [
        _("{family}: {gap} with {n} attempts").format(
            family=family, gap=_points(math.inf if pd.isna(gap) else gap), n=number(n)
        )
        for family, gap in zip(at["family"], at["gap"], strict=True)
    ]
