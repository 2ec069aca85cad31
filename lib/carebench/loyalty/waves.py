"""How customers' answers changed since the earlier wave.

Where both waves asked mostly the same people, each person's own change is looked at; else the
waves are taken as independent. Providers that entered or left are in no comparison, and a score
whose scale changed is not compared.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pandas as pd

from ..estimate import Estimate, frame, from_row, quantity, records
from ..finding import Answer, Finding, Skipped, needs
from ..language import N_, _, number, percent
from ..methods.wave_words import NOT_NAMED, in_words, seen_from
from ..methods.waves import (
    CHANGED,
    NO_CHANGE,
    NOT_JUDGED,
    SAME,
    Change,
    adjusted,
    estimate_change,
    not_compared,
    nps_change,
    verdicts,
)
from ..sources import NOTHING_EARLIER, Care, wave_names
from .same_people import how_taken, paired_scores, pairs, same_codes
from .scores import SCORES, answers, scale_of, score_of

OTHER_SCALE = N_("not compared: the scale of the question changed")
NOT_ASKED = N_("not asked in both waves")
SHARES = ("csat", "ces")
RANGE = {"csat": 100, "ces": 100, "nps": 200}  # points by which a score can change
MOST_NAMED = 8


@needs("survey")
def compared(care: Care) -> Answer:
    """Which waves of the survey are compared, who is in both, and what changed in between."""
    if reason := _nothing_earlier(care):
        return Skipped(reason)
    before, names = care.earlier[-1], wave_names(care)
    then, now = before.current("survey"), care.current("survey")
    old, new = _providers(then), _providers(now)
    rows = [
        {"wave": name, "answers": len(part), "providers": len(there)}
        for name, part, there in ((names[-2], then, old), (names[-1], now, new))
    ]
    labels = {"wave": _("wave"), "answers": _("answers"), "providers": _("providers")}
    if not (old and new):
        del labels["providers"]
    return Finding(
        "survey-waves",
        pd.DataFrame(rows),
        headline=_("The survey of {now} is compared with that of {then}").format(
            now=names[-1], then=names[-2]
        ),
        labels=labels,
        styles={"answers": "count", "providers": "count"},
        notes=tuple(_notes(care, before, then, now)),
    )


@needs("survey")
def changes(care: Care) -> Answer:
    """How CSAT, NPS and CES changed, over the providers that are in both waves."""
    if reason := _nothing_earlier(care):
        return Skipped(reason)
    before = care.earlier[-1]
    then, now = _in_both(answers(before), answers(care))
    asked = [score for score in SCORES if score in now or score in then]
    if not asked:
        return Skipped(_("The survey asked none of CSAT, NPS and CES."))
    found = [_score_change(care, before, then, now, score, len(asked)) for score in asked]
    table = _table(care, "score", [_(SCORES[score]) for score in asked], asked, found)
    names = wave_names(care)
    return Finding(
        "score-changes",
        table,
        headline=_headline(table, names[-2], names[-1], len(_providers(then) & _providers(now))),
        caption=_caption(care, table, _("The scores are one family (Holm).")),
        alt=in_words(table, "score"),
        labels=_labels(care, "score", _("score")),
    )


@needs("survey", "provider")
def changes_by_provider(care: Care, score: str) -> Answer:
    """How one score changed at each provider that is in both waves."""
    if reason := _nothing_earlier(care):
        return Skipped(reason)
    before = care.earlier[-1]
    then, now = _in_both(answers(before), answers(care))
    if score not in then or score not in now:
        return Skipped(_("The survey did not ask {score}.").format(score=_(SCORES[score])))
    names = sorted(_providers(now))
    if not names:
        return Skipped(_("No provider is in both waves of the survey."))
    old, new = (dict(tuple(part.groupby("provider", observed=True))) for part in (then, now))
    found = [_score_change(care, before, old[name], new[name], score, len(names)) for name in names]
    table = _table(care, "provider", names, [score] * len(names), found)
    table = table.sort_values(["value", "provider"], ascending=[False, True], ignore_index=True)
    waves = wave_names(care)
    return Finding(
        f"{score}-changes",
        table,
        headline=_provider_headline(table, _(SCORES[score]), waves[-2], waves[-1]),
        caption=_caption(care, table, _("The providers are one family (Holm).")),
        alt=in_words(table, "provider"),
        labels=_labels(care, "provider", _("provider")),
    )


def _nothing_earlier(care: Care) -> str:
    if not care.earlier:
        return _(NOTHING_EARLIER)
    if not care.earlier[-1].columns("survey"):
        return _("The wave {wave} holds no survey to compare with.").format(
            wave=wave_names(care)[-2]
        )
    return ""


def _providers(rows: pd.DataFrame) -> set[str]:
    return set(map(str, rows["provider"].dropna().unique())) if "provider" in rows else set()


def _in_both(then: pd.DataFrame, now: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The answers about the providers that both waves know; all where a wave names none."""
    old, new = _providers(then), _providers(now)
    if not old or not new:
        return then, now
    both = sorted(old & new)
    return then[then["provider"].isin(both)], now[now["provider"].isin(both)]


def _score_change(
    care: Care, before: Care, then: pd.DataFrame, now: pd.DataFrame, score: str, comparisons: int
) -> tuple[Estimate, Estimate, Change]:
    """A score then, the same now, and its change."""
    n = len(then) + len(now)
    if score not in then or score not in now:
        nothing = Estimate.absent(NOT_ASKED)
        return nothing, nothing, not_compared(NOT_ASKED, n)
    if scale_of(before, score) != scale_of(care, score):
        old, new = score_of(before, then, score), score_of(care, now, score)
        return old, new, not_compared(OTHER_SCALE, n)
    if both := pairs(then, now, score):
        return paired_scores(care, before, *both, score, comparisons)
    old, new = score_of(before, then, score), score_of(care, now, score)
    change = nps_change if score == "nps" else estimate_change
    return old, new, change(old, new, comparisons=comparisons)


def _table(
    care: Care,
    by: str,
    names: list[str],
    scores: list[str],
    found: list[tuple[Estimate, Estimate, Change]],
) -> pd.DataFrame:
    """Changes with their verdicts; a margin is fixed for shares only."""
    margin = care.study.loyalty.margin_points
    # The margin is one of rates: an NPS is outside it, whatever its interval.
    known = [
        change if score in SHARES else replace(change, inner=None)
        for score, (_old, _new, change) in zip(scores, found, strict=True)
    ]
    words = verdicts(known, margin=margin)
    return frame(
        (
            {
                by: name,
                "changed": word in CHANGED,
                "rates": f"{old.value_text()} → {new.value_text()}",
                "verdict": _(word),
                "p_value": p,
                "margin": margin if score in SHARES else None,
                "detectable": change.detectable,
                "seen_from": seen_from(change, RANGE[score]) if word == NO_CHANGE else "–",
            },
            change.estimate,
        )
        for name, score, (old, new, change), word, p in zip(
            names, scores, found, words, adjusted(known), strict=True
        )
    )


def _labels(care: Care, by: str, heading: str) -> dict[str, str]:
    then, now = wave_names(care)[-2:]
    return {
        by: heading,
        "rates": _("{then} → {now}").format(then=then, now=now),
        "value": _("change in points"),
        "verdict": _("verdict"),
        "seen_from": _("would be seen from"),
    }


def _headline(table: pd.DataFrame, then: str, now: str, providers: int) -> str:
    """Every score that can be judged, with its change and what that says."""
    judged = records(table[table["verdict"].ne(_(NOT_JUDGED))])
    if not judged:
        return _("No score can be compared between {then} and {now}").format(then=then, now=now)
    parts = "; ".join(
        _("{score} {change}: {verdict}").format(
            score=row["score"],
            change=("+" if row["value"] > 0 else "") + str(from_row(row)),
            verdict=_in_headline(row),
        )
        for row in judged
    )
    text = _("Change in points, {then} to {now}: {changes}")
    if providers > 1:
        text = _("Change in points, {then} to {now}, over the {n} providers in both: {changes}")
    return text.format(then=then, now=now, changes=parts, n=number(providers))


def _in_headline(row: dict[str, Any]) -> str:
    """The verdict with its margin, which a headline explains nowhere else."""
    if row["verdict"] != _(SAME):
        return str(row["verdict"])
    return _("the same within ±{margin}").format(margin=quantity(row["margin"], "points"))


def _provider_headline(table: pd.DataFrame, score: str, then: str, now: str) -> str:
    n = int(table["changed"].sum())
    fields = {"score": score, "then": then, "now": now, "n": number(n), "all": number(len(table))}
    if not n:
        text = _("{score}: no provider is seen to change between {then} and {now}")
        return text.format(**fields)
    names = table.loc[table["changed"], "provider"].tolist()
    listed = ", ".join(names[:MOST_NAMED]) + (" …" if len(names) > MOST_NAMED else "")
    text = _("{score}, {then} to {now}: {n} of {all} providers changed: {names}")
    return text.format(**fields, names=listed)


def _caption(care: Care, table: pd.DataFrame, family: str) -> str:
    level = care.study.confidence_level
    words = _(
        "Change in points with {level} intervals, over the providers that are in both waves. "
        "{family} For CSAT and CES “the same” needs the {inner} interval within ±{margin} points; "
        "for NPS no margin is fixed. “No change seen” does not say that there was none. Triangles "
        "are established changes, hollow dots are not."
    ).format(
        level=percent(level),
        family=family,
        inner=percent(2 * level - 1),
        margin=quantity(care.study.loyalty.margin_points, "points"),
    )
    return f"{words} {how_taken(table)}"


def _notes(care: Care, before: Care, then: pd.DataFrame, now: pd.DataFrame) -> Iterator[str]:
    """Who entered and left, what was asked otherwise, and whether people answered twice."""
    old, new = _providers(then), _providers(now)
    for text, names in (
        (_("Entered, and in no comparison: {names}."), sorted(new - old)),
        (_("Left, and in no comparison: {names}."), sorted(old - new)),
    ):
        if old and new and names:
            rest = " …" if len(names) > MOST_NAMED else ""
            yield text.format(names=", ".join(names[:MOST_NAMED]) + rest)
    yield from _other_scales(care, before, then, now)
    yield from same_codes(then, now)
    if not care.against:
        yield _(NOT_NAMED).format(wave=wave_names(care)[-2])


def _other_scales(care: Care, before: Care, then: pd.DataFrame, now: pd.DataFrame) -> Iterator[str]:
    for score in SCORES:
        if score in then and score in now and scale_of(before, score) != scale_of(care, score):
            old, new = (_scale(scale_of(one, score)) for one in (before, care))
            yield _("{score} was asked on the scale {then}, now on {now}: not compared.").format(
                score=_(SCORES[score]), then=old, now=new
            )
    if care.study.currency != before.study.currency:
        yield _("Money was counted in {then}, now in {now}: no amounts are compared.").format(
            then=before.study.currency, now=care.study.currency
        )


def _scale(ends: tuple[Any, Any]) -> str:
    return _("{low} to {high}").format(low=number(ends[0]), high=number(ends[1]))
