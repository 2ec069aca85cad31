"""Claims to answer 24/7, beside the calls that were answered."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from ...estimate import frame
from ...finding import Answer, Finding, Skipped, needs
from ...language import _, number, percent
from ...methods import coverage, round_the_clock
from ...sources import Care
from ..trials.calls import Tally, calls, claimed, night, ordinary, tally, warnings
from .week import value_and_interval

MOST_ERROR = 0.05  # chance of accusing anyone falsely, over the family of a table


@needs("providers", "claimed_hours")
def claims(care: Care) -> Answer:
    """What each provider claims of its hours, beside the calls that were answered."""
    made = calls_with_provider(care)
    if made is None:
        return unchecked()
    table = _claim_rows(care, ordinary(made))
    return Finding(
        "claims",
        table,
        headline=claims_headline(table),
        labels={
            "provider": _("provider"),
            "claimed": _("claimed hours"),
            "verdict": _("24/7?"),
            "night": _("at night"),
            "day": _("by day"),
            "answerable": _("answerable share of the week"),
        },
        notes=(
            _(
                "“Refuted” needs no answer at night ({span}) and a one-sided Fisher test against "
                "the day at {level}, Holm over the claimants. “No gap found” confirms nothing: "
                "what was not tried may be uncovered."
            ).format(level=percent(level(care)), span=care.study.audit.night),
            *warnings(care, made),
        ),
    )


def claims_headline(table: pd.DataFrame) -> str:
    """Who claims 24/7, and of how many of them the calls say that it is not so."""
    sums = table[["always", "refuted", "tested"]].sum()
    claiming, tested = int(sums["always"]), int(sums["tested"])
    fields = {"n": number(claiming), "all": number(len(table)),
              "refuted": number(int(sums["refuted"])), "tested": number(tested)}  # fmt: skip
    if not claiming:
        if len(table) == 1:
            return _("The provider does not claim to answer 24/7")
        return _("None of the {all} providers claims to answer 24/7").format(**fields)
    if not tested:
        text = _(
            "{n} of {all} providers claim to answer 24/7; not one of the claims could be tested"
        )
        return text.format(**fields)
    return _(
        "{n} of {all} providers claim to answer 24/7; of {tested} that could be tested, the calls "
        "refute {refuted}"
    ).format(**fields)


def level(care: Care) -> float:
    """The level at which a table accuses: 5 %, or less where the study asks for more."""
    return min(MOST_ERROR, 1 - care.study.confidence_level)


def calls_with_provider(care: Care) -> pd.DataFrame | None:
    """The calls, where each can be set against a claim."""
    if not {"channel", "sent_at", "provider"} <= set(care.columns("attempts")):
        return None
    made = calls(care)
    return made if made["provider"].notna().any() else None


def unchecked() -> Skipped:
    """The study has no call that could be set against a claim."""
    return Skipped(_("No call has both a provider and a time, so claims cannot be checked."))


def _of(table: Tally, names: list[str]) -> Tally:
    """The counts of these providers in this order; zeros for one that was never called."""
    place = {name: at for at, name in enumerate(table.providers)}
    rows = np.array([place.get(name, -1) for name in names], dtype=int)
    blank = np.zeros((1, table.tried.shape[1]), dtype=int)
    answered, tried = (np.vstack([counts, blank])[rows] for counts in (table.answered, table.tried))
    return Tally(tuple(names), answered, tried)


def _claim_rows(care: Care, made: pd.DataFrame) -> pd.DataFrame:
    """One row per provider: its claim, its calls by day and at night, and what they say."""
    hours, span = claimed(care), night(care)
    listed = care.current("providers")["provider"].drop_duplicates()
    names = sorted(map(str, listed), key=lambda name: (not _always(hours.get(name)), name))
    hour = made["minute"] / 60
    halves = _of(tally(made, coverage.at_night(hour, span).astype(int), 2), names)
    parts = _of(tally(made, coverage.part_of_week(hour, span), len(coverage.PARTS)), names)
    by_hour = _of(tally(made, made["minute"] // 60, coverage.HOURS), names)
    shares = coverage.answerable(
        by_hour.answered, by_hour.tried, night=span, confidence_level=care.study.confidence_level
    )
    even = coverage.even(parts.tried, span).tolist()
    verdicts = _verdicts(care, halves, [_always(hours.get(name)) for name in names])
    rows = []
    for name, k, n, verdict, share, spread in zip(
        names, halves.answered.tolist(), halves.tried.tolist(), verdicts, shares, even, strict=True
    ):
        judged = {
            "verdict": _in_words(care, verdict, k, n, spread),
            "tested": verdict not in ("", round_the_clock.NOT_TRIED) and n[0] > 0,
            "refuted": verdict == round_the_clock.REFUTED,
            "answerable": value_and_interval(share),
        }
        rows.append(({**_described(name, hours.get(name), k, n), **judged}, share))
    return frame(rows)


def _always(text: str | None) -> bool:
    """Whether the claim leaves no minute of the week out."""
    return text is not None and bool(coverage.claimed_minutes(text).all())


def _verdicts(care: Care, halves: Tally, always: list[bool]) -> list[str]:
    """The verdict on each claim of 24/7; nothing for providers that do not make it."""
    pairs = [
        ((k[1], n[1]), (k[0], n[0]))
        for k, n, claims_it in zip(
            halves.answered.tolist(), halves.tried.tolist(), always, strict=True
        )
        if claims_it
    ]
    found = iter(
        round_the_clock.night_verdicts(
            [p[0] for p in pairs], [p[1] for p in pairs], level=level(care)
        )
    )
    return [next(found) if claims_it else "" for claims_it in always]


def _in_words(care: Care, verdict: str, k: list[int], n: list[int], spread: bool) -> str:
    """The verdict for a reader; where no gap was found, how much may still be uncovered.

    It is said of the whole week only where the calls lie over it as its hours do.
    """
    if verdict != round_the_clock.NO_GAP:
        return _(verdict) if verdict else ""
    whole = spread and sum(k) == sum(n)
    text = _("no gap found; up to {share} of the nights may still be uncovered")
    if whole:
        text = _("no gap found; up to {share} of the week may still be uncovered")
    tried = sum(n) if whole else n[1]
    return text.format(share=percent(round_the_clock.uncovered(tried, care.study.confidence_level)))


def _described(name: str, text: str | None, k: list[int], n: list[int]) -> dict[str, Any]:
    return {
        "provider": name,
        "claimed": text or "–",
        "always": _always(text),
        "night_k": k[1],
        "day_k": k[0],
        "night_n": n[1],
        "day_n": n[0],
        "night": f"{k[1]}/{n[1]}",
        "day": f"{k[0]}/{n[0]}",
    }
