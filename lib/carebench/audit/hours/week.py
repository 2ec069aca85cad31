"""At which hours of the week the telephone is answered, and in how much of it."""

from __future__ import annotations

import numpy as np
import pandas as pd

from ...estimate import Estimate, frame
from ...finding import Answer, Finding, Skipped, needs
from ...language import _, number, percent
from ...methods import coverage
from ...sources import Care
from ..trials.calls import Tally, calls, claimed, night, warnings
from ..trials.selection import listed, overall_of
from ..trials.whole import calls_by_day_and_night, calls_by_hour, over_all

CORE = (9, 17)  # hours of weekdays in which hardly any care is unstaffed
MOST_SPELT = 40  # rows that an alternative text spells out


@needs("attempts", "channel", "sent_at")
def week(care: Care) -> Answer:
    """Calls answered in each hour of the week, in the provider's own time."""
    made = calls(care)
    if made.empty:
        return no_calls()
    by_day, by_night = (overall_of(care, part) for part in calls_by_day_and_night(care))
    return Finding(
        "week",
        _cells(calls_by_hour(care, together=True), claimed(care)),
        headline=_("Calls answered by a person: {day} by day, {night} at night").format(
            day=by_day, night=by_night
        ),
        caption=_(
            "Calls answered of calls made, by hour of the week in the provider’s local time; "
            "hours that at least half of the providers claim to be open are framed. A single "
            "cell rests on too few calls to be judged alone. Night is {span}."
        ).format(span=care.study.audit.night),
        alt=_(
            "A grid of seven days by 24 hours. By day {day} of the calls were answered, at night "
            "{night}."
        ).format(day=by_day, night=by_night),
        notes=_notes(care, made),
    )


@needs("attempts", "channel", "sent_at")
def answerable(care: Care) -> Answer:
    """The share of the week in which each provider's telephone is answered, and is staffed."""
    made = calls(care)
    if made.empty:
        return no_calls()
    by_hour, span = calls_by_hour(care), night(care)
    level = care.study.confidence_level
    shares = coverage.answerable(
        by_hour.answered, by_hour.tried, night=span, confidence_level=level
    )
    if not shares:
        return Skipped(_("No call belongs to a listed provider and an ordinary day."))
    table = _answerable_rows(by_hour, shares, _staffed(by_hour, shares))
    mean = coverage.mean_share(
        shares, sample=care.study.audit.providers_are == "sample", confidence_level=level
    )
    return Finding(
        "answerable-share",
        table,
        headline=_answerable_headline(mean, shares),
        caption=_(
            "Share of the week in which a call is answered, holidays left out, with {level} "
            "intervals. Each call stands for the hours of its kind, over the calls made in them. "
            "Staffed is that share over the "
            "chance that a call is answered on weekdays from 09:00 to 17:00, when somebody is "
            "surely there."
        ).format(level=percent(level)),
        alt=_("Dots with intervals, highest on top: {rows}.").format(
            rows=listed(table.head(MOST_SPELT), "provider")
        ),
        labels={
            "provider": _("provider"),
            "value": _("answerable share of the week"),
            "staffed": _("staffed share"),
        },
        notes=_notes(care, made),
    )


def no_calls() -> Skipped:
    """The study has calls by no provider's clock."""
    return Skipped(_("No attempt was made by {channel}.").format(channel=_("phone")))


def _notes(care: Care, made: pd.DataFrame) -> tuple[str, ...]:
    notes, whole = warnings(care, made), over_all(care)
    if whole and notes:
        notes = (_("What the notes below say of calls is of those drawn:"), *notes)
    return (*whole, *notes)


def _cells(every: Tally, hours: dict[str, str]) -> pd.DataFrame:
    """Calls of each hour of the week, and the share of the providers that claim to be open."""
    weeks = [coverage.claimed_week(text) for text in hours.values()]
    return pd.DataFrame(
        {
            "day": np.arange(coverage.HOURS) // 24,
            "hour": np.arange(coverage.HOURS) % 24,
            "k": every.answered[0],
            "n": every.tried[0],
            "claimed_open": np.mean(weeks, axis=0) if weeks else np.nan,
        }
    )


def _staffed(by_hour: Tally, shares: list[Estimate]) -> list[Estimate]:
    """The staffed share of each provider: the chance to be answered is that of core hours."""
    hour = np.arange(coverage.HOURS)
    core = (hour < 5 * 24) & (hour % 24 >= CORE[0]) & (hour % 24 < CORE[1])
    k, n = by_hour.answered[:, core].sum(axis=1), by_hour.tried[:, core].sum(axis=1)
    triples = zip(shares, k, n, strict=True)
    return [coverage.staffed_share(share, int(x), int(m)) for share, x, m in triples]


def _answerable_rows(parts: Tally, shares: list[Estimate], staffed: list[Estimate]) -> pd.DataFrame:
    rows = [
        (
            {
                "provider": provider,
                "staffed": value_and_interval(there),
                "staffed_value": there.value,
                "staffed_low": there.low,
                "staffed_high": there.high,
                "parts_tried": int((tried > 0).sum()),
            },
            share,
        )
        for provider, share, there, tried in zip(
            parts.providers, shares, staffed, parts.tried, strict=True
        )
    ]
    table = frame(rows).sort_values(["value", "provider"], ascending=[False, True])
    floats = ["staffed_value", "staffed_low", "staffed_high"]
    return table.astype(dict.fromkeys(floats, "float64")).reset_index(drop=True)


def value_and_interval(estimate: Estimate) -> str:
    """An estimate for a column of its own: "61% (50% to 72%)"."""
    if estimate.value is None:
        return "–"
    return _("{value} ({interval})").format(
        value=estimate.value_text(), interval=estimate.interval_text()
    )


def _answerable_headline(mean: Estimate, shares: list[Estimate]) -> str:
    known = sum(share.value is not None for share in shares)
    if not known:
        return _("How much of the week is answerable is not known: parts of it were not tried")
    if len(shares) == 1:
        return _("A call is answered in {share} of the week").format(share=shares[0])
    if mean.value is None:
        return _(
            "How much of the week is answerable is known of one provider, not of others like it"
        )
    if known < len(shares):
        return _(
            "A call is answered in {share} of the week, mean over {n} of {all} providers; of the "
            "others parts of the week were not tried"
        ).format(share=mean, n=number(known), all=number(len(shares)))
    return _("A call is answered in {share} of the week, mean over {n} providers").format(
        share=mean, n=number(known)
    )
