"""Which attempts count, how they are grouped, and the rates that every question uses."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pandas as pd

from ...estimate import Estimate, from_row, records
from ...language import N_, _, number, percent
from ...methods.proportions import proportion
from ...methods.providers import clustered_proportion, stratified_proportion
from ...published import references
from ...schema import CHANNELS
from ...sources import Care

CHANNEL_NAMES = {
    "website": N_("website"),
    "email": N_("e-mail"),
    "phone": N_("phone"),
    "chat": N_("chat"),
    "social": N_("social networks"),
    "web_form": N_("web form"),
    "visit": N_("visit"),
}
STAGE_NAMES = {
    "before": N_("before the purchase"),
    "at": N_("at the purchase"),
    "after": N_("after the purchase"),
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

ABOUT_ONE = N_(
    "This report is about one provider: see its scorecard, which has it beside the others."
)
ONE_PROVIDER = N_("one provider only: it says nothing of others like it")


def attempts(care: Care) -> pd.DataFrame:
    """The attempts of the study's wave that count, with `answered` (bool).

    Failures of our own are missing data, never unanswered attempts, and are left out. A
    provider that the table of providers does not list is taken as unknown: such attempts count
    among the outcomes of a channel, but in no comparison of providers.
    """
    return care.once("attempts that count", lambda: _attempts(care))


def _attempts(care: Care) -> pd.DataFrame:
    rows = counted(care.current("attempts"))
    return rows.assign(provider=listed_provider(care, rows)) if "provider" in rows else rows


def counted(rows: pd.DataFrame) -> pd.DataFrame:
    """Of these attempts those that count, with `answered` (bool)."""
    if "fault" in rows:
        rows = rows[rows["fault"].ne("ours").fillna(True)]
    count: pd.DataFrame = rows.assign(answered=rows["outcome"].eq("answered").astype(bool))
    return count


def listed_provider(care: Care, rows: pd.DataFrame) -> pd.Series[Any]:
    """The provider of each attempt; none where the study's own list does not know it."""
    if not care.columns("providers"):
        return rows["provider"]
    return rows["provider"].where(rows["provider"].isin(of_wave(care, "providers")["provider"]))


def of_wave(care: Care, table: str) -> pd.DataFrame:
    """The rows of the study's wave; none where the table holds other waves only."""
    return care.current(table) if care.n_current(table) else care.table(table).head(0)


def some_names(names: list[str], most: int = 8) -> str:
    """Names for a sentence; where there are many, the first few and how many more."""
    if len(names) <= most:
        return ", ".join(names)
    text = _("{names} and {n} more")
    return text.format(names=", ".join(names[:most]), n=number(len(names) - most))


def reworded(estimate: Estimate, words: Mapping[str, str]) -> Estimate:
    """`estimate` with what its method says of attempts said of something else, by `words`."""
    return replace(
        estimate,
        reason=words.get(estimate.reason, estimate.reason),
        warnings=tuple(words.get(warning, warning) for warning in estimate.warnings),
    )


def overall(
    care: Care, part: pd.DataFrame, column: str = "answered", *, level: float | None = None
) -> Estimate:
    """Share of `part` where `column` (bool) holds: over the providers, or plainly without any.

    The interval is at the study's level of confidence where no other is given.
    """
    if "provider" not in part:
        return over_providers(care, [int(part[column].sum())], [len(part)], level=level)
    named = part[part["provider"].notna()].groupby("provider", observed=True)[column]
    return overall_of(care, named.agg(k="sum", n="size").reset_index(), level=level)


def overall_of(care: Care, counted: pd.DataFrame, *, level: float | None = None) -> Estimate:
    """The same of `counted`: k of n by provider, or in one row without any."""
    found = over_providers(care, counted["k"].tolist(), counted["n"].tolist(), level=level)
    sample = care.study.audit.providers_are == "sample"
    alone = sample and "provider" in counted and len(counted) == 1
    return found.warn(ONE_PROVIDER) if alone else found


def over_providers(
    care: Care, k: list[int], n: list[int], *, level: float | None = None
) -> Estimate:
    """Share over providers with k of n each, whomever the study lets it speak for."""
    level = level or care.study.confidence_level
    if len(k) < 2:
        return proportion(sum(k), sum(n), confidence_level=level)
    if care.study.audit.providers_are == "sample":
        return clustered_proportion(k, n, confidence_level=level)
    return stratified_proportion(k, n, confidence_level=level)


def published(care: Care, channel: str) -> dict[str, Any]:
    """The published figure to set a channel against, and its name; none where there is none."""
    found = references(care.study.audit.benchmark).get(channel)
    if found is None:
        return {"reference": None, "reference_name": None}
    name = _("{year} audit: {share}").format(year=found.year, share=percent(found.answered))
    return {"reference": found.answered, "reference_name": name}


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
    return local_day(care, part["sent_at"].agg(which))


def local_day(care: Care, moment: pd.Timestamp) -> pd.Timestamp:
    """The day of a moment in the study's own zone."""
    return pd.Timestamp(moment.tz_convert(care.study.zone or "UTC").date())


def left_out(rows: pd.DataFrame, group: str) -> tuple[str, ...]:
    """How many attempts are in no comparison, because they name no group that is known.

    A row is an attempt, or as many as its column `n` says.
    """
    unknown = rows[rows[group].isna()]
    n = int(unknown["n"].sum()) if "n" in rows else len(unknown)
    text = _("{n} attempts belong to no listed group and are in no comparison.")
    return (text.format(n=number(n)),) if n else ()


def listed(table: pd.DataFrame, by: str, most: int = 20) -> str:
    """The rows in words: "A 54% (…); B 20% (…)"; of many, the first and the last."""
    ends = table if len(table) <= most else pd.concat([table[: most // 2], table[-most // 2 :]])
    words = [f"{row[by]} {from_row(row)}" for row in records(ends)]
    if len(ends) < len(table):
        words.insert(most // 2, "…")
    return "; ".join(words)
