"""When calls are answered, beside the hours that providers claim."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from ..estimate import Estimate, frame, records
from ..finding import Answer, Finding, Skipped, needs
from ..language import N_, _, number, percent
from ..methods import coverage
from ..sources import Care
from .selection import attempts, overall


@needs("attempts", "channel", "sent_at")
def week(care: Care) -> Answer:
    """Calls answered in each hour of the week, in the provider's own time."""
    calls = _calls(care)
    if calls.empty:
        return Skipped(_("No attempt was made by {channel}.").format(channel=_("phone")))
    counted = calls.groupby("hour_of_week")["answered"].agg(["sum", "size"])
    counted = counted.reindex(range(coverage.HOURS), fill_value=0)
    table = pd.DataFrame(
        {
            "day": np.arange(coverage.HOURS) // 24,
            "hour": np.arange(coverage.HOURS) % 24,
            "k": counted["sum"].to_numpy(dtype=int),
            "n": counted["size"].to_numpy(dtype=int),
        }
    )
    night, day = _night_and_day(care, calls)
    return Finding(
        "week",
        table,
        headline=_("Calls answered by a person: {day} by day, {night} at night").format(
            day=day, night=night
        ),
        caption=_(
            "Calls answered of calls made, by hour of the week in the provider’s local time. A "
            "single cell rests on too few calls to be judged alone. Night is 22:00 to 06:00."
        )
        + " "
        + _spread(calls),
        alt=_(
            "A grid of seven days by 24 hours. By day {day} of the calls were answered, at night "
            "{night}."
        ).format(day=day, night=night),
    )


@needs("providers", "claimed_hours")
def claims(care: Care) -> Answer:
    """What each provider claims of its hours, beside the calls that were answered."""
    calls = _calls(care) if "sent_at" in care.columns("attempts") else pd.DataFrame()
    if calls.empty or "provider" not in calls:
        return Skipped(_("No call has both a provider and a time, so claims cannot be checked."))
    rows = care.current("providers").set_index("provider")["claimed_hours"]
    table = pd.DataFrame([_claim(str(name), text, calls) for name, text in rows.items()])
    claimants, level = table["always"], min(0.05, 1 - care.study.confidence_level)
    verdicts = coverage.night_verdicts(
        list(zip(table.loc[claimants, "night_k"], table.loc[claimants, "night_n"], strict=True)),
        list(zip(table.loc[claimants, "day_k"], table.loc[claimants, "day_n"], strict=True)),
        level=level,
    )
    table["verdict"] = ""
    table.loc[claimants, "verdict"] = verdicts
    estimates = [
        ({**row, "verdict": _(row["verdict"])}, _answerable(care, row["provider"], calls))
        for row in records(table)
    ]
    return Finding(
        "claims",
        frame(estimates),
        headline=claims_headline(table),
        labels={
            "provider": _("provider"),
            "claimed": _("claimed hours"),
            "verdict": _("24/7?"),
            "night": _("at night"),
            "day": _("by day"),
            "value": _("answerable share of the week"),
        },
        notes=(
            _(
                "“Refuted” needs no answer at night and a one-sided Fisher test against the day at "
                "{level}, Holm over the claimants. “No gap found” confirms nothing: what was not "
                "tried may be uncovered."
            ).format(level=percent(level)),
        ),
    )


def claims_headline(table: pd.DataFrame) -> str:
    """Who claims 24/7, and of how many of them the calls say that it is not so."""
    claiming, refuted = int(table["always"].sum()), int(table["verdict"].eq("refuted").sum())
    fields = {"n": number(claiming), "all": number(len(table)), "refuted": number(refuted)}
    if not claiming:
        return _("None of the {all} providers claims to answer 24/7").format(**fields)
    if not refuted:
        return _("{n} of {all} providers claim to answer 24/7; the calls refute none").format(
            **fields
        )
    return _("{n} of {all} providers claim to answer 24/7; the calls refute {refuted}").format(
        **fields
    )


def _spread(calls: pd.DataFrame) -> str:
    if coverage.spread_evenly(calls["hour_of_week"]):
        return _("Calls were spread over the whole week as its hours are.")
    return _("Calls were not spread evenly over the week: shares by day and at night stand alone.")


def _answerable(care: Care, provider: str, calls: pd.DataFrame) -> Estimate:
    """The share of the week that is answerable, where calls lie over the week as it does."""
    own = calls[calls["provider"].eq(provider)]
    if not coverage.spread_evenly(own["hour_of_week"], tolerance=0.1):
        return Estimate.absent(N_("calls were not spread evenly over the week"), n=len(own))
    return coverage.answerable_share(
        int(own["answered"].sum()), len(own), confidence_level=care.study.confidence_level
    )


def _calls(care: Care) -> pd.DataFrame:
    """Calls with the hour of the week at which they were made, in the provider's own time."""
    rows = attempts(care)
    if "channel" not in rows:
        return rows.iloc[:0].assign(hour_of_week=0)
    calls = rows[rows["channel"].eq("phone") & rows["sent_at"].notna()]
    return calls.assign(hour_of_week=_local_hours(care, calls))


def _local_hours(care: Care, rows: pd.DataFrame) -> pd.Series[Any]:
    """Hour of the week, 0 for Monday 00:00, of `sent_at` at the provider."""
    zones = pd.Series(care.study.zone or "UTC", index=rows.index, dtype="object")
    if "zone" in care.columns("providers") and "provider" in rows:
        known = care.table("providers").drop_duplicates("provider").set_index("provider")["zone"]
        zones = rows["provider"].astype("object").map(known).fillna(zones)
    hours = pd.Series(0, index=rows.index)
    for zone in zones.unique():
        local = rows.loc[zones.eq(zone), "sent_at"].dt.tz_convert(zone)
        hours.loc[local.index] = local.dt.day_of_week * 24 + local.dt.hour
    return hours


def _night_and_day(care: Care, calls: pd.DataFrame) -> tuple[Estimate, Estimate]:
    night = coverage.at_night(calls["hour_of_week"])
    return overall(care, calls[night]), overall(care, calls[~night])


def _claim(provider: str, text: Any, calls: pd.DataFrame) -> dict[str, Any]:
    """One provider's claim and its calls at night and by day."""
    own = calls[calls["provider"].eq(provider)]
    night = coverage.at_night(own["hour_of_week"])
    k = {"night": int(own.loc[night, "answered"].sum()), "day": int(own["answered"][~night].sum())}
    n = {"night": int(night.sum()), "day": int((~night).sum())}
    claimed = "" if pd.isna(text) else str(text)
    return {
        "provider": str(provider),
        "claimed": claimed or "–",
        "always": bool(claimed) and coverage.claimed_week(claimed).min() == 1,
        **{f"{part}_k": k[part] for part in k},
        **{f"{part}_n": n[part] for part in n},
        "night": f"{k['night']}/{n['night']}",
        "day": f"{k['day']}/{n['day']}",
    }
