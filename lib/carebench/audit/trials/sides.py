"""The attempts of one provider and those of the others, cut out of a study the same way.

A report limited to one provider holds the others' attempts without their names; any other
report divides its own.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any

import numpy as np
import pandas as pd

from ...finding import Answer, Finding, needs
from ...sources import Care
from .scores import SUMS, TOP, field_scores, own_scores
from .selection import attempts, counted

Ratings = tuple[pd.DataFrame, pd.DataFrame]
READ = (
    "provider", "channel", "outcome", "answered", "resolved", "stage",
    "sent_at", "answered_at", "observed_until",
)  # fmt: skip


@dataclass(frozen=True)
class Side:
    """The attempts of some providers that count, what their ratings add up to, their zones.

    `scores` holds, by provider and item, how many of n contacts were rated 4 or 5; `service`,
    by provider, the sums over contacts that `contacts.share_of_scores` takes.
    """

    attempts: pd.DataFrame
    scores: pd.DataFrame
    service: pd.DataFrame
    providers: pd.DataFrame

    def by(self, channel: str) -> pd.DataFrame:
        """Its attempts by one channel; all of them for the channel ""."""
        return self.attempts[self.attempts["channel"].eq(channel)] if channel else self.attempts


def sides(care: Care, company: str = "") -> tuple[Side, Side]:
    """The provider in question, and the others; all providers twice where none is in question.

    The provider is the one that the report is limited to, else `company`. The others of a
    limited report have no names.
    """
    rows = _slim(attempts(care))
    scores = _ratings(care, own=True)
    providers = care.current("providers") if care.columns("providers") else pd.DataFrame()
    everybody = Side(rows, *scores, providers)
    if care.study.provider:
        field = care.field("attempts")
        field = counted(field) if len(field) else field.assign(answered=False)
        return everybody, Side(_slim(field), *_field_ratings(care), care.field("providers"))
    if not company:
        named = rows if rows["provider"].notna().all() else rows[rows["provider"].notna()]
        return everybody, Side(named, *scores, providers)
    return _part(everybody, company, True), _part(everybody, company, False)


def _part(everybody: Side, company: str, own: bool) -> Side:
    """The rows of `company`, or of the others that are named."""

    def chosen(table: pd.DataFrame) -> pd.DataFrame:
        if "provider" not in table:
            return table
        same = table["provider"].eq(company).fillna(False).astype(bool)
        return table[same if own else ~same & table["provider"].notna()]

    return Side(*(chosen(getattr(everybody, part.name)) for part in fields(Side)))


def _slim(rows: pd.DataFrame) -> pd.DataFrame:
    """The columns that a measure reads: a million rows are cut up many times."""
    return rows[[name for name in READ if name in rows]]


def _field_ratings(care: Care) -> Ratings:
    """The others' ratings, where their attempts are known."""
    if care.field("attempts").empty:
        return _no_ratings()
    return _ratings(care, own=False)


def hours_of_week(care: Care, side: Side, rows: pd.DataFrame) -> pd.Series[Any]:
    """Hour of the week, 0 for Monday 00:00, at which each of `rows` was sent, at the provider."""
    zones = pd.Series(care.study.zone or "UTC", index=rows.index, dtype="object")
    if "zone" in side.providers and "provider" in rows:
        known = side.providers.drop_duplicates("provider").set_index("provider")["zone"]
        found = rows["provider"].astype("object").map(known).astype("object")
        zones = found.where(found.notna(), zones)
    hours = pd.Series(np.nan, index=rows.index)
    for zone in zones.unique():
        local = rows.loc[zones.eq(zone), "sent_at"].dropna().dt.tz_convert(zone)
        hours.loc[local.index] = (
            local.dt.day_of_week * 24 + local.dt.hour + local.dt.minute / 60
        ).astype("float64")
    return hours


def _ratings(care: Care, *, own: bool) -> Ratings:
    """By provider and item, contacts rated 4 or 5 (k) and rated (n); by provider, their sums."""
    if not care.columns("attempts"):
        return _no_ratings()
    found = rated_contacts(care, own=own)
    if not isinstance(found, Finding):
        return _no_ratings()
    return found.rows.drop(columns=[*SUMS[3:], "contacts"])[found.rows["item"].notna()], (
        found.rows.loc[found.rows["item"].isna(), ["provider", *SUMS]]
    )


def _no_ratings() -> Ratings:
    return pd.DataFrame(columns=["provider", "item", "k", "n"]), (
        pd.DataFrame(columns=["provider", *SUMS])
    )


@needs("ratings", "attempt_id", "item", "score")
def rated_contacts(care: Care, *, own: bool) -> Answer:
    """Good scores, 4 or 5, of the study's contacts or the field's, summed by provider and item.

    Rows without an item are over all items of a contact, with the sums of `scores.sums`. A
    contact counts once, with the score of the shopper who made it where there is one: two
    scores of one contact are no two contacts.
    """
    scored = own_scores(care) if own else field_scores(care)
    tallied = care.engine.frame(
        f"WITH counted AS (SELECT provider, item, count(*) FILTER (WHERE point >= {TOP}) AS k, "
        f"count(*) AS n FROM {scored} WHERE provider IS NOT NULL AND item IS NOT NULL "
        "GROUP BY GROUPING SETS ((provider, item, contact), (provider, contact))) "
        "SELECT provider, item, count(*) AS contacts, sum(k) AS k, sum(n) AS n, "
        "sum(k * k) AS kk, sum(k * n) AS kn, sum(n * n) AS nn "
        "FROM counted GROUP BY provider, item ORDER BY ALL"
    )
    return Finding("rated-contacts", tallied)


def timed_calls(care: Care, side: Side) -> pd.DataFrame:
    """Calls with the hour of the week, holidays left out."""
    calls = side.by("phone")
    calls = calls[calls["sent_at"].notna()]
    calls = calls.assign(hour_of_week=hours_of_week(care, side, calls))
    days = care.study.audit.holidays
    if not days:
        return calls
    held = calls["sent_at"].dt.tz_convert(care.study.zone or "UTC").dt.strftime("%Y-%m-%d")
    ordinary: pd.DataFrame = calls[~held.isin(days)]
    return ordinary
