"""A score over three waves or more: what is change, and what chance alone would give."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pandas as pd

from ..estimate import Estimate, frame
from ..finding import Answer, Finding, Skipped, needs
from ..language import N_, _, number, percent
from ..methods.trend import BEYOND, CANNOT_TELL, CHANCE, FALLS, FEWEST, RISES, Trend, trend
from ..sources import Care, wave_names
from ..sources.named import waves
from .scores import SCORES, answers, scale_of, score_of

SMALLEST_P = 0.001  # that is printed
SAID = {
    CHANCE: N_("the differences are no larger than chance gives"),
    RISES: N_("it rises steadily"),
    FALLS: N_("it falls steadily"),
    BEYOND: N_("it changes by more than chance, and not steadily"),
    CANNOT_TELL: N_("whether it changes cannot be told"),
}


@needs("survey")
def score_trend(care: Care, score: str) -> Answer:
    """One score in every wave, beside the limits that chance alone would keep to."""
    found = _estimates(care, score)
    if isinstance(found, Skipped):
        return found
    said = trend([one for _name, one in found], confidence_level=care.study.confidence_level)
    return Finding(
        f"{score}-trend",
        trend_rows("wave", _(SCORES[score]), found, said),
        headline=trend_headline(_(SCORES[score]), len(found), said),
        caption=_caption(care, found),
        alt=trend_in_words(found),
        labels={"wave": _("wave"), "value": _(SCORES[score]), "by_chance": _("by chance alone")},
        notes=tuple(trend_notes(said)),
    )


@needs("survey")
def trends(care: Care) -> Answer:
    """Of each score over all waves: the verdict, the change per wave and the spread."""
    known = [(score, _estimates(care, score)) for score in SCORES]
    found = [(score, one) for score, one in known if not isinstance(one, Skipped)]
    if not found:
        return next(one for _score, one in known if isinstance(one, Skipped))
    level = care.study.confidence_level
    said = [(score, trend([e for _n, e in one], confidence_level=level)) for score, one in found]
    table = frame(
        (
            {
                "score": _(SCORES[score]),
                "verdict": _(SAID[one.verdict]),
                "p_value": one.p_value,
                "alike_p": one.alike_p,
                "spread": _spread(one.between),
            },
            one.slope,
        )
        for score, one in said
    )
    return Finding(
        "trends",
        table,
        headline="; ".join(
            _("{what}: {verdict}").format(what=_(SCORES[score]), verdict=_(SAID[one.verdict]))
            for score, one in said
        ),
        labels={
            "score": _("score"),
            "verdict": _("verdict"),
            "value": _("points per wave"),
            "spread": _("spread beyond chance"),
        },
        notes=(
            _(
                "Each score is judged by itself, by two tests together (Holm): that all waves are "
                "alike, and that there is no slope. Waves are taken as equally far apart."
            ),
        ),
    )


def trend_rows(
    by: str, what: str, found: Sequence[tuple[str, Estimate]], said: Trend
) -> pd.DataFrame:
    """The estimates in order, each with the limits that chance alone would keep to."""
    return frame(
        (
            {
                by: name,
                "heading": what,
                "chance_low": low,
                "chance_high": high,
                "by_chance": _limits(one, low, high),
            },
            one,
        )
        for (name, one), (low, high) in zip(found, said.band.tolist(), strict=True)
    )  # fmt: skip


def trend_headline(what: str, n: int, said: Trend) -> str:
    """What is said of `what` at `n` points in time, with the slope or the p-value behind it."""
    fields = {"what": what, "n": number(n), "verdict": _(SAID[said.verdict])}
    if said.verdict == CANNOT_TELL:
        text = _("{what} at {n} points in time: {verdict} ({reason})")
        return text.format(**fields, reason=_(said.slope.reason))
    if said.verdict in (RISES, FALLS):
        text = _("{what} at {n} points in time: {verdict}, by {slope} points each time")
        size = abs(said.slope.value or 0)
        digits = next((d for d in (1, 2, 3) if size >= 10**-d), 3)
        slope = f"{said.slope.value_text(digits)} ({said.slope.interval_text(digits)})"
        return text.format(**fields, slope=slope)
    if said.p_value < SMALLEST_P:
        text = _("{what} at {n} points in time: {verdict} (p < {p})")
        return text.format(**fields, p=number(SMALLEST_P, 3))
    text = _("{what} at {n} points in time: {verdict} (p = {p})")
    return text.format(**fields, p=number(said.p_value, 2 if said.p_value >= 0.1 else 3))


def trend_notes(said: Trend) -> list[str]:
    """Slope and spread, in words."""
    if said.verdict == CANNOT_TELL:
        return []
    return [
        _("Change from one time to the next: {slope}, in points ({method}).").format(
            slope=f"{said.slope.value_text(2)} ({said.slope.interval_text(2)})",
            method=_(said.slope.method),
        ),
        _("Standard deviation beyond chance: {spread} points ({method}).").format(
            spread=_spread(said.between), method=_(said.between.method)
        ),
        *(_(words)[:1].upper() + _(words)[1:] + "." for words in said.between.warnings),
    ]


def trend_in_words(found: Sequence[tuple[str, Estimate]]) -> str:
    """A figure of a trend for a reader who cannot see it."""
    return _("Dots with intervals, in order of time: {rows}.").format(
        rows="; ".join(f"{name} {one}" for name, one in found)
    )


def _estimates(care: Care, score: str) -> list[tuple[str, Estimate]] | Skipped:
    """The score in each wave, over the providers that are in all of them."""
    if score not in care.columns("survey"):
        return Skipped(_("The survey did not ask {score}.").format(score=_(SCORES[score])))
    every = _series(care)
    if len(every) < FEWEST:
        text = _("A trend needs three waves of the survey; the study has {n}.")
        return Skipped(text.format(n=number(len(every))))
    every = [
        (name, one)
        for name, one in every
        if score in one.columns("survey") and scale_of(one, score) == scale_of(care, score)
    ]
    if len(every) < FEWEST:
        return Skipped(
            _("A trend needs three waves that asked {score} on one scale; here are {n}.").format(
                score=_(SCORES[score]), n=number(len(every))
            )
        )
    parts = _alike([answers(one) for _name, one in every])
    return [
        (name, score_of(one, part, score))
        for (name, one), part in zip(every, parts, strict=True)
    ]  # fmt: skip


def _series(care: Care) -> list[tuple[str, Care]]:
    """The waves to look at, oldest first: those named, else all of the study's own up to now."""
    if care.against or not care.study.wave:
        every = zip(wave_names(care), (*care.earlier, care), strict=True)
        return [(name, one) for name, one in every if one.columns("survey")]
    known = waves(care)
    asked = set(care.table("survey")["wave"].dropna()) if "wave" in care.columns("survey") else ()
    upto = known[: known.index(care.study.wave) + 1] if care.study.wave in known else ()
    return [
        (wave, care if wave == care.study.wave else _in_wave(care, wave))
        for wave in upto
        if wave in asked
    ]


def _in_wave(care: Care, wave: str) -> Care:
    return replace(care, study=replace(care.study, wave=wave), earlier=(), against="")


def _alike(parts: list[pd.DataFrame]) -> list[pd.DataFrame]:
    """The answers about the providers that all waves know; all where a wave names none."""
    named = [set(part["provider"].dropna()) if "provider" in part else set() for part in parts]
    if not all(named):
        return parts
    common = set.intersection(*named)
    return [part[part["provider"].isin(common)] for part in parts]


def _caption(care: Care, found: Sequence[tuple[str, Estimate]]) -> str:
    return _(
        "With {level} intervals, over the providers that are in all {n} waves. Were there no "
        "change, all dots together would stay within the grey band about the common mean in more "
        "than {level} of such studies (analysis of means). The verdict takes all waves together, "
        "so now and then it differs from what single dots show. Waves are taken as independent of "
        "each other and equally far apart."
    ).format(level=percent(care.study.confidence_level), n=number(len(found)))


def _limits(one: Estimate, low: float, high: float) -> str:
    if pd.isna(low):
        return "–"
    return replace(one, value=low, low=low, high=high, reason="").interval_text()


def _spread(between: Estimate) -> str:
    if between.value is None or not between.has_interval:
        return between.value_text(1)
    return f"{between.value_text(1)} ({between.interval_text(1)})"
