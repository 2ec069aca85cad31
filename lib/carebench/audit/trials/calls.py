"""Calls in the provider's own time, and in which parts of the week any channel was tried."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from ...language import _, date, number
from ...methods import coverage
from ...methods.opening_hours import claimed_minutes, night_span
from ...methods.proportions import proportion
from ...methods.week_parts import untried
from ...sources import Care
from .selection import CHANNEL_NAMES, attempts, channels

Counts = npt.NDArray[np.int_]
# Beside the phone, channels on which whoever asks by night waits in vain for somebody to be there.
SOMEBODY_THERE = ("chat", "social")


@dataclass(frozen=True, slots=True)
class Tally:
    """Calls answered and made, by provider and by some part of the week (columns)."""

    providers: tuple[str, ...]
    answered: Counts
    tried: Counts


def calls(care: Care) -> pd.DataFrame:
    """Calls that count, with `minute` of the week (0 for Monday 00:00) and `holiday`.

    Both are those of the provider's own zone.
    """
    return care.once("calls", lambda: _calls(care))


def _calls(care: Care) -> pd.DataFrame:
    rows = attempts(care)
    if "channel" not in rows or "sent_at" not in rows:
        return rows.iloc[:0].assign(minute=0, holiday=False)
    made = rows[rows["channel"].eq("phone") & rows["sent_at"].notna()]
    return made.assign(**local_times(care, made))


def ordinary(made: pd.DataFrame) -> pd.DataFrame:
    """The calls of ordinary days: what a holiday is like says nothing of the week."""
    return made[~made["holiday"]]


def night(care: Care) -> tuple[float, float]:
    """Hours at which the study's night begins and ends."""
    return night_span(care.study.audit.night)


def uneven(care: Care, channel: str) -> str:
    """Why the rate of this channel speaks of the hours tried alone; "" where it does not.

    Calls at night are answered less than calls by day, so that a rate of calls that lean to
    some hours may be set against no figure of the week, and no provider's against another's.
    Chats and messages to social networks are judged so where a part of the week was left out.
    Without a `channel` it is the only one there is.
    """
    channel = channel or _only_channel(care)
    if channel in SOMEBODY_THERE and (parts := untried_parts(care, channel)):
        return _(
            "By {channel} nothing was tried in these parts of the week: {parts}. The share is of "
            "the hours that were tried, not of the week, and is judged against nothing."
        ).format(channel=_(CHANNEL_NAMES[channel]), parts="; ".join(parts))
    if channel != "phone":
        return ""
    made = calls(care)
    if made.empty:
        return _("When the calls were made is not known, so their rate is judged against nothing.")
    if coverage.spread_evenly(made["minute"] / 60, night=night(care)):
        return ""
    return _(
        "Calls were not spread evenly over the week: the share is of the calls that were made, "
        "not of the week, and is judged against nothing."
    )


def _only_channel(care: Care) -> str:
    """The channel by which all attempts were made; "" where there are several, or none is named."""
    rows = attempts(care)
    names = list(rows["channel"].unique()) if "channel" in rows else []
    return str(names[0]) if len(names) == 1 and pd.notna(names[0]) else ""


def untried_parts(care: Care, channel: str) -> list[str]:
    """The parts of the provider's week in which nothing was tried by this channel, in words.

    None where so few attempts were made that chance may have left the part out.
    """
    rows = attempts(care)
    if "channel" not in rows or "sent_at" not in rows:
        return []
    made = rows[rows["channel"].eq(channel) & rows["sent_at"].notna()]
    hours = local_times(care, made)["minute"] / 60
    return [_(part) for part in untried(hours, night=night(care))]


def part_of_week_notes(care: Care) -> tuple[str, ...]:
    """Which channels, beside the phone, were tried in part of the week only, as a note."""
    rows = attempts(care)
    if "channel" not in rows:
        return ()
    found = {
        name: untried_parts(care, channel)
        for channel, name, _part in channels(rows)
        if channel != "phone"
    }
    said = [f"{name} ({'; '.join(parts)})" for name, parts in found.items() if parts]
    text = _(
        "Channels of which parts of the week were not tried: {channels}. Their shares are of the "
        "hours that were tried, not of the week, and are not to be set against the share of a "
        "channel that was tried at other hours."
    )
    return (text.format(channels=", ".join(said)),) if said else ()


def tally(made: pd.DataFrame, part: npt.ArrayLike, parts: int) -> Tally:
    """Calls by provider and by `part`, the index of the part into which each row falls.

    A row is a call, or as many calls as its columns `tried` and `answered` say. Calls of no
    known provider are left out; without a column of providers all are one.
    """
    if "provider" in made:
        codes, found = pd.factorize(made["provider"], sort=True)
        names = [str(name) for name in found]
    else:
        codes, names = np.zeros(len(made), dtype=int), [_("all calls")]
    known = codes >= 0
    cell = (codes * parts + np.asarray(part))[known]
    shape, size = (len(names), parts), len(names) * parts
    counts = (made["answered"], made["tried"] if "tried" in made else np.ones(len(made)))
    answered, tried = (
        # Sums of whole numbers, exact far beyond any number of calls.
        np.bincount(cell, np.asarray(count, dtype=float)[known], size).astype(int).reshape(shape)
        for count in counts
    )
    return Tally(tuple(names), answered, tried)


def claimed(care: Care) -> dict[str, str]:
    """What each provider says of its hours; providers that say nothing are left out."""
    if "claimed_hours" not in care.columns("providers"):
        return {}
    rows = care.current("providers").drop_duplicates("provider")
    rows = rows[rows["claimed_hours"].notna()]
    return {str(p): str(h) for p, h in zip(rows["provider"], rows["claimed_hours"], strict=True)}


def claimed_open(made: pd.DataFrame, hours: dict[str, str]) -> npt.NDArray[np.bool_]:
    """Whether the provider claims to be open at each call; false where it claims nothing."""
    codes, names = pd.factorize(made["provider"])
    weeks = [claimed_minutes(hours.get(str(name), "")) for name in names]
    # The last row answers for calls of no known provider, whose code is −1.
    table = np.vstack([*weeks, claimed_minutes("")])
    return np.asarray(table[codes, made["minute"].to_numpy(dtype=int)])


def warnings(care: Care, made: pd.DataFrame) -> tuple[str, ...]:
    """What a reader must know of how the calls were spread, and of holidays among them."""
    notes = []
    parts = coverage.part_of_week(made["minute"] / 60, night(care))
    if len(made) and not (parts == coverage.WEEKEND_NIGHT).any():
        notes.append(_("No call was made in a weekend night: nothing is known of them."))
    if "shopper" in made and len(made) > 1 and len(made["shopper"].unique()) == 1:
        notes.append(_("One shopper made all the calls: its habits cannot be told from theirs."))
    return (*notes, *_holiday_notes(care, made))


def _holiday_notes(care: Care, made: pd.DataFrame) -> list[str]:
    """Holidays inside the fieldwork: how many calls fell on them and were answered."""
    named = pd.DatetimeIndex(care.study.audit.holidays)
    if not len(made) or not len(named):
        return []
    first, last = (made["sent_at"].agg(which).tz_localize(None) for which in ("min", "max"))
    inside = named[(named >= first.normalize()) & (named <= last)]
    on = made.loc[made["holiday"], "answered"]
    if not len(inside) and not len(on):
        return []
    share = proportion(
        int(on.sum()),
        len(on),
        method="clopper-pearson",
        confidence_level=care.study.confidence_level,
    )
    text = _(
        "Holidays inside the fieldwork: {days}. Their {n} calls are kept apart: {rate} answered."
    )
    if not len(on):
        text = _("Holidays inside the fieldwork: {days}. No call was made on them.")
    days = ", ".join(date(day) for day in inside)
    return [text.format(days=days, n=number(len(on)), rate=share)]


def local_times(care: Care, rows: pd.DataFrame) -> dict[str, npt.NDArray[Any]]:
    """Minute of the week, and whether the day is a holiday, where the provider is."""
    minute = np.zeros(len(rows), dtype=np.int64)
    holiday = np.zeros(len(rows), dtype=bool)
    named = pd.DatetimeIndex(care.study.audit.holidays)
    codes, zones = _zones(care, rows)
    for code, zone in enumerate(zones):
        here = codes == code
        local = rows["sent_at"][here].dt.tz_convert(zone).dt.tz_localize(None)
        days = local.dt.normalize()
        minute[here] = local.dt.day_of_week * 1440 + local.dt.hour * 60 + local.dt.minute
        holiday[here] = days.isin(named)
    return {"minute": minute, "holiday": holiday}


def _zones(care: Care, rows: pd.DataFrame) -> tuple[npt.NDArray[np.intp], list[str]]:
    """Which of the zones each attempt lives in: its provider's, else the study's."""
    usual = care.study.zone or "UTC"
    if "zone" not in care.columns("providers") or "provider" not in rows:
        return np.zeros(len(rows), dtype=np.intp), [usual]
    listed = care.table("providers").drop_duplicates("provider").set_index("provider")["zone"]
    codes, names = pd.factorize(rows["provider"])
    found = [listed.get(name) for name in names]
    # The last one answers for attempts of no known provider, whose code is −1.
    by_provider = [*(usual if pd.isna(zone) else str(zone) for zone in found), usual]
    zone_codes, zones = pd.factorize(np.array(by_provider, dtype=object))
    return zone_codes[codes], [str(zone) for zone in zones]
