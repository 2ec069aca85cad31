"""What is said of the providers in public, and whether they answer."""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd

from ...estimate import Estimate, frame
from ...finding import Answer, Finding, Skipped, needs
from ...language import N_, _, number, percent
from ...methods import waiting
from ...methods.proportions import FEW
from ...methods.providers import heterogeneity
from ...sources import Care
from ...study import seconds
from ..trials.selection import listed, listed_provider, of_wave, overall, rate, reworded

NO_ATTEMPTS = N_("no attempts")
MOST_PLATFORMS = 12
MOST_DRAWN = 40
# What the methods say of attempts, said of mentions.
WORDS = {
    FEW: N_("fewer than 5 mentions"),
    NO_ATTEMPTS: N_("no mentions"),
    waiting.UNEQUAL: N_("mentions were watched for unequal times"),
    waiting.NOT_WATCHED: N_("no mention was watched for that long"),
}


@needs("mentions")
def mentions(care: Care) -> Answer:
    """How many public mentions there are on each platform, and how many a person answered."""
    rows = public_mentions(care)
    if rows.empty:
        return Skipped(_("No mention belongs to this wave."))
    if "answered" not in rows:
        return _only_counted(rows)
    known = rows[rows["answered"].notna()]
    if known.empty:
        return Skipped(_("Of no mention is it known whether it was answered."))
    groups = _by_platform(known)
    estimates = [({"platform": name}, overall(care, part)) for name, part in groups]
    whole = overall(care, known)
    if whole.value is None:
        return Skipped(_("No mention names a listed provider."))
    if len(groups) > 1:
        estimates.insert(0, ({"platform": _("all platforms")}, whole))
    table = of_mentions(estimates)
    return Finding(
        "mentions",
        table,
        headline=_(
            "People spoke of the providers {n} times in public; a person answered {share}"
        ).format(n=number(len(rows)), share=whole),
        caption=_(
            "Share of public mentions that a person of the provider answered while we watched, "
            "with {level} intervals; where providers are named, the mean over them, each "
            "counting alike."
        ).format(level=percent(care.study.confidence_level)),
        alt=_("Dots with intervals: {rows}.").format(rows=listed(table, "platform")),
        labels={"platform": _("platform"), "value": _("answered")},
        notes=_mention_notes(rows, known),
    )


@needs("mentions", "provider")
def mentions_by_provider(care: Care) -> Answer:
    """Share of each provider's public mentions that a person answered."""
    rows = public_mentions(care)
    if "answered" not in rows:
        return Skipped(_("The mentions do not say whether they were answered."))
    known = rows[rows["answered"].notna() & rows["provider"].notna()]
    if known.empty:
        return Skipped(_("Of no mention of a known provider is it known whether it was answered."))
    counted = known.groupby("provider", observed=True)["answered"].agg(["sum", "size"])
    table = of_mentions(
        ({"provider": str(name)}, rate(care, int(k), int(n)))
        for name, k, n in counted.itertuples(name=None)
    )
    table = table.sort_values(["value", "provider"], ascending=[False, True], ignore_index=True)
    return Finding(
        "mentions-by-provider",
        table,
        headline=_by_provider_headline(care, known, counted),
        caption=_(
            "Share of public mentions that a person of the provider answered while we watched, "
            "with {level} Wilson intervals; at the right answered/mentions. Where intervals "
            "overlap widely the order says nothing."
        ).format(level=percent(care.study.confidence_level))
        + _left_undrawn(table),
        alt=_("Dots with intervals, highest on top: {rows}.").format(
            rows=listed(table.head(MOST_DRAWN), "provider")
        ),
        labels={"provider": _("provider"), "value": _("answered")},
    )


@needs("mentions", "posted_at", "answered_at", "observed_until")
def mention_speed(care: Care) -> Answer:
    """How fast public mentions are answered, those without an answer kept in."""
    rows = public_mentions(care)
    end = rows["answered_at"].where(rows["answered"].fillna(False), rows["observed_until"])
    wait = (end - rows["posted_at"]).dt.total_seconds() / 3600
    timed = wait.notna() & rows["answered"].notna() & wait.ge(0)
    if not timed.any():
        return Skipped(_("No mention has both a time of posting and an end of watching."))
    hours, answered = wait[timed].to_numpy(), rows.loc[timed, "answered"].to_numpy(dtype=bool)
    level = care.study.confidence_level
    estimates = []
    for text, limit in _limits(care):
        within = waiting.answered_within(hours, answered, limit, confidence_level=level)
        estimates.append(({"measure": _("answered within {limit}").format(limit=text)}, within))
    middle = waiting.median(hours, answered, confidence_level=level)
    estimates.append(({"measure": _("time by which half of all were answered")}, middle))
    untimed = int((~timed).sum())
    notes = [
        _(
            "All mentions count, also those without an answer when we stopped watching. Mentions "
            "are taken as independent of each other, all providers together."
        )
    ]
    if untimed:
        notes.append(_("Left out here for lack of a time: {n} mentions.").format(n=number(untimed)))
    return Finding(
        "mention-speed",
        of_mentions(estimates),
        headline=_("Within {limit}, a person answered {share} of the public mentions").format(
            limit=_limits(care)[0][0], share=estimates[0][1]
        ),
        labels={"measure": _("measure"), "value": _("estimate")},
        notes=tuple(notes),
    )


def _by_provider_headline(care: Care, known: pd.DataFrame, counted: pd.DataFrame) -> str:
    """How often providers answer, and whether they differ by more than chance."""
    share = overall(care, known)
    if len(counted) < 2:
        return _("A person answered {share} of the public mentions").format(share=share)
    p = heterogeneity(counted["sum"].tolist(), counted["size"].tolist())
    text = _(
        "A person answered {share} of the public mentions; the differences between providers are "
        "not distinguishable from chance"
    )
    if p <= 1 - care.study.confidence_level:
        text = _(
            "A person answered {share} of the public mentions; the providers differ by more than "
            "chance"
        )
    return text.format(share=share)


def of_mentions(estimates: Iterable[tuple[dict[str, str], Estimate]]) -> pd.DataFrame:
    return frame((of, reworded(estimate, WORDS)) for of, estimate in estimates)


def public_mentions(care: Care) -> pd.DataFrame:
    """The mentions of the study's wave; `answered` (boolean) wherever it can be told.

    An answer with a time was given, whatever else the row says.
    """
    rows = of_wave(care, "mentions")
    if "provider" in rows:
        rows = rows.assign(provider=listed_provider(care, rows))
    if "answered_at" in rows:
        timed = rows["answered_at"].notna()
        said = rows["answered"] if "answered" in rows else timed.astype("boolean")
        rows = rows.assign(answered=said.where(~timed, True).astype("boolean"))
    return rows


def _by_platform(rows: pd.DataFrame) -> list[tuple[str, pd.DataFrame]]:
    """Mentions by platform, the most frequent first; the rare ones of many together."""
    if "platform" not in rows:
        return [(_("all platforms"), rows)]
    platform = rows["platform"].astype("object").where(rows["platform"].notna(), _("not named"))
    often = platform.value_counts().index[:MOST_PLATFORMS]
    platform = platform.where(platform.isin(often), _("other platforms"))
    names = platform.value_counts().index
    return [(str(name), rows[platform.eq(name)]) for name in names]


def _only_counted(rows: pd.DataFrame) -> Finding:
    table = pd.DataFrame(
        [{"platform": name, "mentions": len(part)} for name, part in _by_platform(rows)]
    )
    return Finding(
        "mentions",
        table,
        headline=_("People spoke of the providers {n} times in public").format(n=number(len(rows))),
        labels={"platform": _("platform"), "mentions": _("mentions")},
        styles={"mentions": "count"},
        notes=(_("Whether they were answered is not recorded."),),
    )


def _mention_notes(rows: pd.DataFrame, known: pd.DataFrame) -> tuple[str, ...]:
    notes = [
        _(
            "Only mentions that were found: what was said in closed groups or deleted is in no "
            "count."
        )
    ]
    if unknown := len(rows) - len(known):
        text = _("Left out because it is not known whether they were answered: {n} mentions.")
        notes.append(text.format(n=number(unknown)))
    if "provider" in rows and (strangers := int(known["provider"].isna().sum())):
        text = _("In the count of no provider, since they name none that is listed: {n} mentions.")
        notes.append(text.format(n=number(strangers)))
    return tuple(notes)


def _left_undrawn(table: pd.DataFrame) -> str:
    if len(table) <= MOST_DRAWN:
        return ""
    text = " " + _("The figure shows the {n} highest and lowest of {all}.")
    return text.format(n=number(MOST_DRAWN), all=number(len(table)))


def _limits(care: Care) -> list[tuple[str, float]]:
    """Times in hours within which an answer should come: the study's own for social, and a day."""
    own = care.study.audit.service_level.get("social")
    limits = [(own, seconds(own) / 3600)] if own else []
    return limits if limits and limits[0][1] == 24 else [*limits, (_("{n} h").format(n=24), 24.0)]
