"""When a provider's weekday begins and ends, as its calls tell, beside what it claims."""

from __future__ import annotations

import numpy as np
import pandas as pd

from ...finding import Answer, Finding, Skipped, needs
from ...language import _, number
from ...methods.edges import FEWEST, STEPS, Edge, edges
from ...methods.multiplicity import holm
from ...methods.opening_hours import DAY_MINUTES, claimed_minutes
from ...sources import Care
from ..trials.calls import calls, claimed, ordinary, tally
from .week import no_calls

QUARTER = DAY_MINUTES // STEPS  # minutes
MOST_ERROR = 0.05  # chance of accusing anyone falsely, over all edges together

Found = tuple[Edge, Edge]
Span = tuple[int, int]


@needs("attempts", "channel", "sent_at")
def opening_edges(care: Care) -> Answer:
    """Between which hours each provider's weekday opens and closes, judged against its claim."""
    made = ordinary(calls(care))
    if made.empty:
        return no_calls()
    weekdays = made[made["minute"] < 5 * DAY_MINUTES]
    counted = tally(weekdays, weekdays["minute"] % DAY_MINUTES // QUARTER, STEPS)
    found = {
        provider: pair
        for provider, pair in zip(
            counted.providers, edges(counted.answered, counted.tried), strict=True
        )
        if pair
    }
    if not found:
        reason = _("No provider has {n} calls on weekdays, two of them answered.")
        return Skipped(reason.format(n=number(FEWEST)))
    hours = claimed(care)
    spans = {provider: _weekday_span(hours.get(provider, "")) for provider in found}
    table = _rows(found, spans, care.study.confidence_level)
    claiming = int(table["claimed_opens"].notna().sum())
    return Finding(
        "opening-edges",
        table,
        headline=_headline(int(table["shorter"].sum()), claiming),
        labels={
            "provider": _("provider"),
            "opens": _("opens between"),
            "closes": _("closes between"),
            "claimed": _("claims on weekdays"),
            "verdict": _("verdict"),
        },
        notes=_notes(len(counted.providers) - len(found)),
    )


def _rows(found: dict[str, Found], spans: dict[str, Span | None], level: float) -> pd.DataFrame:
    verdicts = _verdicts(found, spans)
    rows = []
    for provider, (opening, closing) in found.items():
        span, opens, closes = spans[provider], opening.limits(level), closing.limits(level)
        rows.append(
            {
                "provider": provider,
                "opens": _between(*opens),
                "closes": _between(*closes),
                "claimed": "–" if span is None else _between(*(m / 60 for m in span)),
                "verdict": verdicts[provider][0],
                "opens_low": opens[0],
                "opens_high": opens[1],
                "closes_low": closes[0],
                "closes_high": closes[1],
                "claimed_opens": np.nan if span is None else span[0] / 60,
                "claimed_closes": np.nan if span is None else span[1] / 60,
                "shorter": verdicts[provider][1],
            }
        )
    return pd.DataFrame(rows)


def _verdicts(
    found: dict[str, Found], spans: dict[str, Span | None]
) -> dict[str, tuple[str, bool]]:
    """In words, and whether the day is shorter than claimed; Holm over all edges judged."""
    judged = [(p, end, *_beside(found[p][end], span[end]))
              for p, span in spans.items() if span for end in (0, 1)]  # fmt: skip
    adjusted = holm([min(1.0, 2 * min(before, after)) for _p, _end, before, after in judged])
    words: dict[str, list[tuple[str, bool]]] = {provider: [] for provider in found}
    for (provider, end, before, after), p in zip(judged, adjusted, strict=True):
        if p <= MOST_ERROR:
            words[provider].append(_difference(end, later=before < after))
    return {
        provider: (
            "; ".join(text for text, _short in said) or _undecided(spans[provider]),
            any(short for _text, short in said),
        )
        for provider, said in words.items()
    }


def _difference(end: int, *, later: bool) -> tuple[str, bool]:
    """In words, and whether it makes the day shorter."""
    if end == 0:
        return (_("opens later"), True) if later else (_("opens earlier"), False)
    return (_("closes later"), False) if later else (_("closes earlier"), True)


def _undecided(span: Span | None) -> str:
    return _("no single span claimed") if span is None else _("not distinguishable")


def _beside(edge: Edge, claimed_minute: int) -> tuple[float, float]:
    """How likely the edge lies at or before the claim, and at or after it."""
    at = claimed_minute / QUARTER
    quarter = np.arange(STEPS + 1)
    return (
        float(edge.margin[quarter <= at].sum()),
        float(edge.margin[quarter >= at].sum()),
    )


def _weekday_span(text: str) -> Span | None:
    """Opening and closing minute of the claimed weekday; none where weekdays differ or pause."""
    days = claimed_minutes(text).reshape(7, DAY_MINUTES)[:5]
    opened = np.flatnonzero(days[0])
    if not len(opened) or (days != days[0]).any():
        return None
    first, last = int(opened[0]), int(opened[-1])
    return (first, last + 1) if len(opened) == last + 1 - first else None


def _between(start: float, end: float) -> str:
    return f"{_clock(start)}–{_clock(end)}"


def _clock(hour: float) -> str:
    minutes = round(hour * 60)
    return f"{minutes // 60:02d}:{minutes % 60:02d}"


def _headline(shorter: int, claiming: int) -> str:
    if not claiming:
        return _("When weekdays begin and end; no provider claims a single span to compare")
    text = _("{n} of {all} providers that claim fixed weekdays answer for less of the day")
    if not shorter:
        text = _("None of {all} providers that claim fixed weekdays can be said to answer for less")
    return text.format(n=number(shorter), all=number(claiming))


def _notes(left_out: int) -> tuple[str, ...]:
    notes = [
        _(
            "Posterior limits of the first and last hour of a weekday, rounded outward to the half "
            "hour; the day is taken as one span that ends by midnight. They cover somewhat less "
            "often than they say where a day changes between two quarters of an hour. A verdict "
            "needs {p}, Holm over all edges."
        ).format(p="p ≤ 0.05")
    ]
    if left_out:
        text = _("{n} providers have fewer than {least} weekday calls or hardly an answer.")
        notes.append(text.format(n=number(left_out), least=number(FEWEST)))
    return tuple(notes)
