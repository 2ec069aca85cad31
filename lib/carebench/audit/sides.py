"""The attempts of one provider and those of the others, cut out of a study the same way.

A report limited to one provider holds the others' attempts without their names; any other
report divides its own.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from ..engine import quote_name, quote_text
from ..finding import Answer, Finding, needs
from ..sources import Care
from ..sources.field import field_name
from .selection import attempts, counted, listed_provider

TOP_TWO = 4  # a score of 4 or 5 of 5
RATED = ("attempts", "ratings")
READ = (
    "provider", "channel", "outcome", "answered", "resolved", "stage",
    "sent_at", "answered_at", "observed_until",
)  # fmt: skip


@dataclass(frozen=True)
class Side:
    """The attempts of some providers that count, what their ratings add up to, their zones.

    `scores` holds, by provider and item, how many of n contacts were rated 4 or 5.
    """

    attempts: pd.DataFrame
    scores: pd.DataFrame
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
    scores = _scores(care, own=True)
    providers = care.current("providers") if care.columns("providers") else pd.DataFrame()
    everybody = Side(rows, scores, providers)
    if care.study.provider:
        field = care.field("attempts")
        field = counted(field) if len(field) else field.assign(answered=False)
        return everybody, Side(_slim(field), _field_scores(care), care.field("providers"))
    if not company:
        named = rows[rows["provider"].notna()]
        return everybody, Side(named, scores, providers)
    return _part(everybody, company, True), _part(everybody, company, False)


def _part(everybody: Side, company: str, own: bool) -> Side:
    """The rows of `company`, or of the others that are named."""

    def chosen(table: pd.DataFrame) -> pd.DataFrame:
        if "provider" not in table:
            return table
        same = table["provider"].eq(company).fillna(False).astype(bool)
        return table[same if own else ~same & table["provider"].notna()]

    return Side(*(chosen(t) for t in (everybody.attempts, everybody.scores, everybody.providers)))


def _slim(rows: pd.DataFrame) -> pd.DataFrame:
    """The columns that a measure reads: a million rows are cut up many times."""
    return rows[[name for name in READ if name in rows]]


def _field_scores(care: Care) -> pd.DataFrame:
    """The others' ratings, where their attempts are known."""
    if care.field("attempts").empty or not care.columns("ratings"):
        return pd.DataFrame({"provider": [], "item": [], "k": [], "n": []})
    return _scores(care, own=False)


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


def _scores(care: Care, *, own: bool) -> pd.DataFrame:
    """By provider and item, contacts rated 4 or 5 (k) and contacts rated (n)."""
    found = rated_contacts(care, own=own) if care.columns("attempts") else None
    if isinstance(found, Finding):
        return found.rows
    return pd.DataFrame({"provider": [], "item": [], "k": [], "n": []})


@needs("ratings", "attempt_id", "item", "score")
def rated_contacts(care: Care, *, own: bool) -> Answer:
    """Contacts rated 4 or 5 of contacts rated, by provider and item: the study's, or the field's.

    A contact counts once, with the score of the shopper who made it where there is one: two
    scores of one contact are no two contacts.
    """
    attempted, rated = RATED if own else map(field_name, RATED)
    there, given = (set(care.columns(name)) for name in RATED)
    provider = "made.provider" if "provider" in there else "NULL"
    nearest = "0"
    if "shopper" in given:
        shopper = "made.shopper" if "shopper" in there else "NULL"
        nearest = f"(CAST(given.shopper IS DISTINCT FROM {shopper} AS INTEGER), given.shopper)"
    where = ["given.score IS NOT NULL"]
    if "fault" in there:
        where.append("made.fault IS DISTINCT FROM 'ours'")
    if "wave" in there and care.study.wave:
        where.append(f"made.wave = {quote_text(care.study.wave)}")
    tallied = care.engine.frame(
        f"SELECT provider, item, count(*) FILTER (WHERE score >= {TOP_TWO}) AS k, count(*) AS n "
        f"FROM (SELECT {provider} AS provider, given.item, "
        f"arg_min(given.score, {nearest}) AS score FROM {quote_name(rated)} AS given "
        f"JOIN {quote_name(attempted)} AS made ON given.attempt_id = made.attempt_id "
        f"WHERE {' AND '.join(where)} "
        f"GROUP BY {provider}, given.attempt_id, given.item) GROUP BY ALL ORDER BY ALL"
    )
    if own and "provider" in there:
        tallied = tallied[listed_provider(care, tallied).notna()]
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
