"""Which attempts count, how they are grouped, and the rates that every question uses."""

from __future__ import annotations

from typing import Any

import pandas as pd

from ..estimate import Estimate, from_row, records
from ..language import N_, _
from ..methods.proportions import proportion
from ..methods.providers import stratified_proportion
from ..schema import CHANNELS
from ..sources import Care

CHANNEL_NAMES = {
    "website": N_("website"),
    "email": N_("e-mail"),
    "phone": N_("phone"),
    "chat": N_("chat"),
    "social": N_("social networks"),
    "web_form": N_("web form"),
    "visit": N_("visit"),
}
OUTCOME_NAMES = {
    "answered": N_("answered by a person"),
    "auto_ack_only": N_("automatic reply only"),
    "menu_only": N_("menu only"),
    "no_answer": N_("no answer"),
    "busy": N_("busy"),
    "abandoned": N_("given up while waiting"),
    "bounced": N_("bounced"),
    "invalid_contact": N_("no such contact"),
    "closed": N_("closed"),
}


def attempts(care: Care) -> pd.DataFrame:
    """The attempts of the study's wave that count, with `answered` (bool).

    Failures of our own are missing data, never unanswered attempts, and are left out. A
    provider that the table of providers does not list is taken as unknown: such attempts count
    among the outcomes of a channel, but in no comparison of providers.
    """
    rows = care.current("attempts")
    if "fault" in rows:
        rows = rows[rows["fault"].ne("ours").fillna(True)]
    if "provider" in rows:
        rows = rows.assign(provider=listed_provider(care, rows))
    counted: pd.DataFrame = rows.assign(answered=rows["outcome"].eq("answered").astype(bool))
    return counted


def listed_provider(care: Care, rows: pd.DataFrame) -> pd.Series[Any]:
    """The provider of each attempt; none where the study's own list does not know it."""
    if not care.columns("providers"):
        return rows["provider"]
    return rows["provider"].where(rows["provider"].isin(care.current("providers")["provider"]))


def overall(care: Care, part: pd.DataFrame) -> Estimate:
    """Share answered in `part`: over the named providers, or plainly where there are none."""
    level = care.study.confidence_level
    if "provider" not in part:
        return proportion(int(part["answered"].sum()), len(part), confidence_level=level)
    named = part[part["provider"].notna()]
    counted = named.groupby("provider", observed=True)["answered"].agg(["sum", "size"])
    if len(counted) < 2:
        return proportion(int(named["answered"].sum()), len(named), confidence_level=level)
    return stratified_proportion(
        counted["sum"].tolist(), counted["size"].tolist(), confidence_level=level
    )


def rate(care: Care, k: int, n: int) -> Estimate:
    """Share k of n at the study's level of confidence."""
    return proportion(k, n, confidence_level=care.study.confidence_level)


def channels(rows: pd.DataFrame) -> list[tuple[str, str, pd.DataFrame]]:
    """Channel, its name for the reader and its attempts, in the order of the schema."""
    return [
        (channel, _(CHANNEL_NAMES[channel]), rows[rows["channel"].eq(channel)])
        for channel in CHANNELS
        if rows["channel"].eq(channel).any()
    ]


def by_channel_or_all(rows: pd.DataFrame) -> list[tuple[str, pd.DataFrame]]:
    """The attempts by channel; one group of all where the study names no channel."""
    if "channel" not in rows:
        return [(_("all attempts"), rows)]
    found = [(name, part) for _channel, name, part in channels(rows)]
    unnamed = rows[rows["channel"].isna()]
    return [*found, (_("no channel recorded"), unnamed)] if len(unnamed) else found


def day(care: Care, part: pd.DataFrame, which: str) -> pd.Timestamp | None:
    """First or last day of the attempts in the study's own zone."""
    if "sent_at" not in part or part["sent_at"].isna().all():
        return None
    moment = part["sent_at"].agg(which).tz_convert(care.study.zone or "UTC")
    return pd.Timestamp(moment.date())


def listed(table: pd.DataFrame, by: str) -> str:
    """The rows in words: "A 54% (…); B 20% (…)"."""
    return "; ".join(f"{row[by]} {from_row(row)}" for row in records(table))
