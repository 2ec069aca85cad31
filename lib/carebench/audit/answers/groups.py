"""Who answered more and who less, provider by provider (else arm by arm)."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd

from ...estimate import Estimate, frame
from ...finding import Answer, Finding, Skipped, needs
from ...language import _, number, percent
from ...methods import comparisons
from ...methods.clusters import design_effect
from ...methods.proportions import SMALL
from ...methods.providers import shrunken
from ...sources import Care
from ..quality.doubt import doubt_notes, doubts
from ..trials.calls import uneven
from ..trials.selection import (
    ABOUT_ONE,
    CHANNEL_NAMES,
    attempts,
    left_out,
    listed,
    overall,
    overall_of,
    published,
    rate,
    some_names,
)
from ..trials.whole import answered, over_all, tried
from .answered import shopper_notes

# Groups to compare, in order of preference: a study without providers compares its arms.
GROUPS = ("provider", "arm", "persona")
CLUSTERED = 1.5  # attempts of a shopper-day; below, clusters change next to nothing
ASSUMED_ICC = 0.1  # of attempts of one shopper-day; too few of them to estimate it
MOST_DRAWN = 40  # rows of a figure
DIRECTION = {comparisons.ABOVE: 1, comparisons.NOT_DISTINGUISHABLE: 0, comparisons.BELOW: -1}


@needs("attempts")
def by_group(care: Care, channel: str = "") -> Answer:
    """Share answered by a person, by provider (else arm, else persona), in one channel."""
    found = in_channel(care, channel)
    if isinstance(found, Skipped):
        return found
    rows, group = found
    if care.study.provider:
        return Skipped(_(ABOUT_ONE))
    if not channel and _shown_by_channel(rows):
        return Skipped(_("Its channels are shown one by one: together they would be a mixture."))
    table = _table(care, channel, rows, group)
    labels = {group: group_name(group), "value": _("answered")}
    compared = len(table) > 1 or table["benchmark"].notna().any()
    if compared and table["verdict"].notna().any():
        labels["verdict"] = _("verdict")
    return Finding(
        f"answered-by-{group}" + (f"-{channel}" if channel else ""),
        table,
        headline=_("{what}: {rate} were answered by a person").format(
            what=what(channel), rate=_overall(care, channel, rows, group)
        ),
        caption=" ".join(_caption(care, group, table)),
        alt=_("Dots with intervals, highest on top: {rows}.").format(rows=listed(table, group)),
        labels=labels,
        notes=tuple(_notes(care, channel, rows, group)),
    )


def _shown_by_channel(rows: pd.DataFrame) -> bool:
    """Whether several channels were tried, one of them of those that have a section."""
    tried = set(rows["channel"].dropna().unique()) if "channel" in rows else set()
    return len(tried) > 1 and bool(tried & {"email", "phone"})


def in_channel(
    care: Care, channel: str, kinds: tuple[str, ...] = GROUPS
) -> tuple[pd.DataFrame, str] | Skipped:
    """The attempts by `channel` (by any for ""), and the first of `kinds` that groups them."""
    rows = attempts(care)
    group = next((name for name in kinds if name in rows and rows[name].notna().any()), None)
    if group is None:
        if "provider" not in kinds:
            return Skipped(_("The attempts name no two arms or personas to compare."))
        return Skipped(_("The attempts name no provider, arm or persona to compare."))
    if channel:
        if "channel" not in rows or not rows["channel"].eq(channel).any():
            name = _(CHANNEL_NAMES[channel])
            return Skipped(_("No attempt was made by {channel}.").format(channel=name))
        rows = rows[rows["channel"].eq(channel)]
    if rows[group].isna().all():
        return Skipped(_("None of these attempts names its group."))
    return rows, group


def what(channel: str) -> str:
    """What was tried, to open a sentence."""
    return _(CHANNEL_NAMES[channel]).capitalize() if channel else _("All attempts")


def group_name(group: str) -> str:
    """What the groups are, for the heading of a table."""
    return {"provider": _("provider"), "arm": _("arm"), "persona": _("persona")}[group]


def _counted(care: Care, channel: str, rows: pd.DataFrame, group: str) -> pd.DataFrame:
    """As `counted_by`; where the groups are providers, over all attempts."""
    if group != "provider":
        return counted_by(rows, group)
    by = answered(care, channel)
    return by.assign(provider=by["provider"].astype(str))


def _overall(care: Care, channel: str, rows: pd.DataFrame, group: str) -> Estimate:
    """The share answered over all providers, or over all arms or personas."""
    if group != "provider":
        return overall(care, rows)
    return overall_of(care, answered(care, channel))


def counted_by(rows: pd.DataFrame, group: str) -> pd.DataFrame:
    """By group: how many of how many attempts were answered, as `k` and `n`."""
    by = rows.groupby(group, observed=True)["answered"].agg(k="sum", n="size").reset_index()
    return by.assign(**{group: by[group].astype(str)})


def _table(care: Care, channel: str, rows: pd.DataFrame, group: str) -> pd.DataFrame:
    """One row per group, those of five attempts or more first, highest on top."""
    by = _counted(care, channel, rows, group)
    k, n = by["k"].tolist(), by["n"].tolist()
    reference = published(care, channel)
    table = frame(
        ({group: name, **reference}, rate(care, *counts))
        for name, *counts in zip(by[group], k, n, strict=True)
    )
    judged = _verdicts(care, k, n, reference["reference"])
    if group == "provider" and (doubt := _doubt_by(care, channel, by["provider"]))["open"].any():
        judged = _whatever_is_found(care, doubt, judged, reference["reference"])
    table = table.assign(ranked=by["n"].ge(SMALL), **judged)
    if uneven(care, channel):
        table = table.assign(verdict=None, direction=np.nan, p_value=np.nan)
    if group == "provider" and len(table) > 1:
        table = table.assign(**_shrunken(care, k, n))
    order = ["ranked", "value", group]
    return table.sort_values(order, ascending=[False, False, True], ignore_index=True)


def _verdicts(care: Care, k: list[int], n: list[int], reference: float | None) -> dict[str, Any]:
    """Each group against the published figure, or else against the others."""
    others = comparisons.others_rate(k, n) if reference is None else np.full(len(k), reference)
    return {**_columns(_compared(care, k, n, reference)), "benchmark": others}


def _compared(
    care: Care, k: list[int], n: list[int], reference: float | None
) -> list[comparisons.Comparison]:
    level = care.study.confidence_level
    if reference is None:
        return comparisons.compare_with_others(k, n, confidence_level=level)
    return comparisons.compare_with(k, n, reference, confidence_level=level)


def _columns(said: list[comparisons.Comparison]) -> dict[str, Any]:
    return {
        "verdict": [_(one.verdict) for one in said],
        "direction": [float(DIRECTION.get(one.verdict, np.nan)) for one in said],
        "p_value": [np.nan if one.p_value is None else one.p_value for one in said],
    }


def _doubt_by(care: Care, channel: str, names: pd.Series[Any]) -> pd.DataFrame:
    """By provider, attempts answered if no person gave the answers in doubt, and if each did."""
    rows = doubts(care, channel)
    rows = rows.assign(provider=rows["provider"].astype("string"), n=1)
    sums = rows.groupby("provider")[["never", "ever", "n", "open"]].sum()
    return sums.reindex(names, fill_value=0).astype("int64")


def _whatever_is_found(
    care: Care, doubt: pd.DataFrame, judged: dict[str, Any], reference: float | None
) -> dict[str, Any]:
    """Verdicts that stand whoever gave the answers in doubt: each provider's worst case and best.

    What the two do not say alike is not distinguishable. Too few attempts stay too few.
    """
    never, ever, n = (doubt[name].tolist() for name in ("never", "ever", "n"))
    worst, best = _case(care, never, ever, n, reference), _case(care, ever, never, n, reference)
    stands = worst["verdict"].eq(best["verdict"])
    robust = worst.assign(
        verdict=worst["verdict"].where(stands, _(comparisons.NOT_DISTINGUISHABLE)),
        direction=worst["direction"].where(stands, 0.0),
        p_value=np.fmax(worst["p_value"], best["p_value"]),
        benchmark=judged["benchmark"],
    )
    few = np.isnan(judged["p_value"])  # of those that are counted
    return {name: robust[name].mask(few, values) for name, values in judged.items()}


def _case(
    care: Care, own: list[int], others: list[int], n: list[int], reference: float | None
) -> pd.DataFrame:
    """The verdict on each provider, its own doubt settled one way and the others' the other."""
    said = [
        _compared(care, [*others[:i], k, *others[i + 1 :]], n, reference)[i]
        for i, k in enumerate(own)
    ]
    return pd.DataFrame(_columns(said))


def _shrunken(care: Care, k: list[int], n: list[int]) -> dict[str, Any]:
    drawn = shrunken(k, n, confidence_level=care.study.confidence_level)
    return {
        "shrunken": [one.value for one in drawn],
        "shrunken_low": [one.low for one in drawn],
        "shrunken_high": [one.high for one in drawn],
    }


def _caption(care: Care, group: str, table: pd.DataFrame) -> Iterator[str]:
    yield _(
        "Share of attempts answered by a person, with {level} Wilson intervals; at the right "
        "answered/made."
    ).format(level=percent(care.study.confidence_level))
    if "shrunken" in table:
        yield _(
            "Grey diamonds: the rate drawn towards the others’ by as much as chance explains, a "
            "better guess of what the next attempts would show."
        )
    if not table["ranked"].all():
        yield _("Hollow dots rest on fewer than five attempts and stand below, unranked.")
    if len(table) > MOST_DRAWN:
        yield _("Only the first and the last {n} are drawn; the export has all of them.").format(
            n=number(MOST_DRAWN // 2)
        )
    if table["reference"].notna().any():
        yield _(
            "The dashed line is the figure that {source} printed; it came without a number of "
            "attempts, so how sure it was is unknown."
        ).format(source=care.study.audit.benchmark)


def _notes(care: Care, channel: str, rows: pd.DataFrame, group: str) -> Iterator[str]:
    if group == "provider":
        yield from over_all(care)
        every = tried(care)
        yield from left_out(every[every["channel"].eq(channel)] if channel else every, group)
    else:
        yield from left_out(rows, group)
    if channel:
        yield from shopper_notes(channel, rows)
    elif "channel" in rows and len(rows["channel"].dropna().unique()) > 1:
        yield _(
            "Channels are mixed as they were tried: who was tried more by a channel that answers "
            "rarely looks the worse for it."
        )
    if group == "provider":
        yield from doubt_notes(care, channel)
    yield from _clusters_note(care, rows, group)
    if group == "provider" and care.columns("providers"):
        met = set(rows[group].dropna())
        untried = [name for name in care.current("providers")["provider"] if name not in met]
        if untried:
            yield _("Not tried: {names}.").format(names=some_names(sorted(untried)))
    yield uneven(care, channel) or verdict_note(care, channel)


def _clusters_note(care: Care, rows: pd.DataFrame, group: str) -> Iterator[str]:
    """What attempts of one shopper on one day would do to the intervals, were they alike."""
    if not {"shopper", "sent_at"} <= set(rows) or rows["sent_at"].isna().all():
        return
    clock = rows["sent_at"].dt.tz_convert(care.study.zone or "UTC")
    day = clock.dt.tz_localize(None).dt.normalize()
    known = rows[[group, "shopper"]].assign(day=day).dropna()
    clusters = known.groupby([group, "shopper", "day"], observed=True, sort=False).ngroups
    size = len(known) / max(clusters, 1)
    if size >= CLUSTERED:
        yield _(
            "One shopper made {size} attempts a day at the same place, on average. Were such "
            "attempts alike (correlation {icc}, assumed), every interval here would be {share} "
            "wider."
        ).format(
            size=number(size, 1),
            icc=number(ASSUMED_ICC, 1),
            share=percent(math.sqrt(design_effect(size, ASSUMED_ICC)) - 1),
        )


def verdict_note(care: Care, channel: str) -> str:
    """Against what, and how, each group was judged."""
    level = percent(1 - care.study.confidence_level)
    if published(care, channel)["reference"] is None:
        return _(
            "Verdict: each against the mean of the others (Fisher’s exact test, Holm over all of "
            "them, {level}); fewer than five attempts are not judged."
        ).format(level=level)
    return _(
        "Verdict: each against the published figure, taken as exact (binomial test, Holm over all "
        "of them, {level}); fewer than five attempts are not judged."
    ).format(level=level)
