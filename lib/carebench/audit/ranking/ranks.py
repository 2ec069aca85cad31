"""One index for each provider, and how little of its rank is known."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd

from ...estimate import from_row, records
from ...finding import Answer, Finding, Skipped, needs
from ...language import N_, _, number, percent
from ...methods.comparisons import ABOVE, BELOW, NOT_DISTINGUISHABLE
from ...sources import Care
from ..trials.selection import some_names
from .index_table import IndexTable, index_table, other_mean
from .parts_of_index import PARTS

MOST_DRAWN = 30
MOST_NAMES = 3  # providers named in a headline, of either kind
MEAN_NAMES = {"geometric": N_("geometric mean"), "arithmetic": N_("arithmetic mean")}


@needs("attempts", "provider")
def index(care: Care) -> Answer:
    """The index of each provider with its interval, the ranks it may have, and its group."""
    found = index_table(care)
    if found.rows.empty:
        return Skipped(_("No attempt names a provider that the study lists: there is no index."))
    labels = {
        "provider": _("provider"),
        "value": _("index, 0 to 1"),
        "ranks": _("possible ranks"),
        "verdict": _("against the others"),
    }
    if not found.ranked:
        labels = {name: labels[name] for name in ("provider", "value")}
    return Finding(
        "index",
        found.rows,
        headline=_headline(found),
        caption=_caption(care, found),
        alt=_("Dots with intervals, highest on top: {rows}.").format(rows=_spoken(found.rows)),
        labels=labels,
        notes=(*_gaps(found), *_best(found)),
    )


@needs("attempts", "provider")
def index_parts(care: Care) -> Answer:
    """What the index of each provider is made of, and the index by the other mean."""
    found = index(care)
    if isinstance(found, Skipped):
        return found
    there = {name: _(words) for name, words in PARTS.items() if f"{name}_share" in found.rows}
    rows = found.rows.copy()
    for name in there:
        rows[name] = _share_of(rows, name)
    other = _("index by {mean}").format(mean=_(MEAN_NAMES[other_mean(care)]))
    return replace(
        found,
        name="index-parts",
        rows=rows,
        headline=_("What the index is made of"),
        labels={"provider": _("provider"), **there, "other": other},
        styles={"other": "score"},
        notes=(
            _(
                "Each share is drawn towards the providers’ mean as far as chance explains; in "
                "brackets the attempts behind it. “–” is not known and left out."
            ),
        ),
    )


@needs("attempts", "provider")
def rank_ranges(care: Care) -> Answer:
    """How far ranks move: by chance, by the weights, by the kind of mean."""
    found = index(care)
    if isinstance(found, Skipped):
        return found
    rows = found.rows[found.rows["rank_low"].notna()].reset_index(drop=True)
    if rows.empty:
        return Skipped(_("Fewer than two providers have an index that can be compared."))
    moved = int((rows["weights_high"] - rows["weights_low"]).max())
    return replace(
        found,
        name="rank-ranges",
        rows=rows,
        headline=_("By other weights alone a provider’s rank moves by up to {n} places").format(
            n=number(moved)
        ),
        labels={
            "provider": _("provider"),
            "ranks": _("by chance"),
            "sets": _("by chance, all at once"),
            "weighted": _("by other weights"),
            "other_rank": _("by {mean}").format(mean=_(MEAN_NAMES[other_mean(care)])),
        },
        notes=(
            _(
                "By chance: {level} of the joint draws. All at once: what tests of all pairs, "
                "Holm, leave open together. By other weights: {level} of 2,000 random weightings "
                "around the study’s own, with the shares held fixed."
            ).format(level=percent(care.study.confidence_level)),
        ),
    )


def _share_of(rows: pd.DataFrame, part: str) -> list[str | None]:
    """A part of the index as "57% (41)"; none where it is not known."""
    pairs = zip(rows[f"{part}_share"], rows[f"{part}_n"], strict=True)
    return [None if pd.isna(share) else f"{percent(share)} ({number(n)})" for share, n in pairs]


def _headline(found: IndexTable) -> str:
    rows = found.rows
    if len(rows) == 1:
        return _("Index of care of {provider}: {index}").format(
            provider=rows["provider"].iloc[0], index=from_row(records(rows)[0])
        )
    if not found.ranked:
        return _("An index of care, but fewer than two providers can be compared")
    if not found.established:
        return _("No ranking is supported: the providers’ differences may be chance")
    above, below = (sorted(rows.loc[rows["mark"].eq(mark), "provider"]) for mark in (ABOVE, BELOW))
    fields = {
        "above": some_names(above, MOST_NAMES),
        "below": some_names(below, MOST_NAMES),
        "rest": number(int(rows["mark"].eq(NOT_DISTINGUISHABLE).sum())),
    }
    text = _("The providers differ, but none is clearly above or below the others")
    if above and below:
        text = _(
            "Clearly above the others: {above}; clearly below: {below}; not told apart: {rest}"
        )
    elif above:
        text = _("Clearly above the others: {above}; not told apart: {rest}")
    elif below:
        text = _("Clearly below the others: {below}; not told apart: {rest}")
    return text.format(**fields)


def _caption(care: Care, found: IndexTable) -> str:
    sentences = [_made_of(care, found), _rule(care, found)]
    sentences.append(
        _(
            "Dots with {level} intervals; at the right the ranks that a provider may have by "
            "chance. A triangle is clearly above or below the mean of the others; a circle is "
            "not told apart from it."
        ).format(level=percent(care.study.confidence_level))
    )
    if len(found.rows) > MOST_DRAWN:
        text = _("Of {n} providers the first {half} and the last {half} are drawn.")
        sentences.append(text.format(n=number(len(found.rows)), half=number(MOST_DRAWN // 2)))
    return " ".join(sentence for sentence in sentences if sentence)


def _made_of(care: Care, found: IndexTable) -> str:
    """The kind of mean, the parts and their weights."""
    weights = dict(zip(found.parts, found.weights, strict=True))
    parts = ", ".join(f"{_(PARTS[name])} {percent(weight)}" for name, weight in weights.items())
    text = _(
        "The {mean} of the parts, with their weights: {parts}. Parts are taken as independent of "
        "each other."
    ).format(mean=_(MEAN_NAMES[care.study.audit.index]), parts=parts)
    lacking = [_(words) for name, words in PARTS.items() if name not in found.parts]
    if lacking:
        text += " " + _("The study holds nothing for: {parts}.").format(parts=", ".join(lacking))
    return text


def _rule(care: Care, found: IndexTable) -> str:
    """What the parts are of, and how a channel counts that a provider does not offer."""
    sentences = []
    if "channel" in found.parts:
        rule = _("A channel that a provider does not offer is left out of its index.")
        if care.study.audit.missing_channel == "zero":
            rule = _("A channel that a provider does not offer counts as 0.")
        sentences.append(rule)
    if "hours" in found.parts:
        sentences.append(
            _("Calls count as the share of the week in which they are answered, and nowhere else.")
        )
    if {"resolved", "quality"} & set(found.parts):
        sentences.append(
            _(
                "Requests resolved are of the attempts that a person answered, good scores (4 or "
                "5) of the contacts that were rated."
            )
        )
    return " ".join(sentences)


def _gaps(found: IndexTable) -> tuple[str, ...]:
    """Of which providers a part is not known."""
    return tuple(
        _("{part} is not known of {names}: their index rests on the other parts.").format(
            part=_(PARTS[name]).capitalize(),
            names=some_names(sorted(found.rows.loc[unknown, "provider"])),
        )
        for name in found.parts
        for unknown in [found.rows[f"{name}_share"].isna()]
        if unknown.any() and not unknown.all()
    )


def _best(found: IndexTable) -> tuple[str, ...]:
    """The chances of being truly best, only where differences are established."""
    if not found.ranked:
        return ()
    if not found.established:
        return (
            _(
                "The providers’ differences are within what chance makes (parametric bootstrap, "
                "Holm over the parts): nobody’s chance of being the best is given."
            ),
        )
    first = found.rows.nlargest(MOST_NAMES, "best")
    listed = ", ".join(f"{row['provider']} {percent(row['best'])}" for row in records(first))
    return (
        _(
            "The providers differ by more than chance. Chance of being truly the best: {chances}."
        ).format(chances=listed),
    )


def _spoken(rows: pd.DataFrame) -> str:
    drawn = (
        rows
        if len(rows) <= MOST_DRAWN
        else pd.concat([rows.head(MOST_DRAWN // 2), rows.tail(MOST_DRAWN // 2)])
    )
    return "; ".join(f"{row['provider']} {from_row(row)}" for row in records(drawn))
