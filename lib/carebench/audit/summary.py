"""The answer of notebook 02 on one screen: three to five lines."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pandas as pd

from ..estimate import Estimate, from_row, records
from ..finding import Finding
from ..language import _, number, percent
from ..methods import coverage
from ..methods.agreement import NOT_RELIABLE
from ..methods.comparisons import ABOVE, BELOW, NOT_DISTINGUISHABLE, TOO_FEW, verdict
from ..published import references
from ..sources import Care
from .answers.counts import operator_counts
from .answers.resolution import mixed, resolved
from .hours.round_the_clock import claims
from .hours.week import answerable
from .provider.scorecard import LONE_ABOVE, LONE_BELOW, scorecard
from .quality.doubt import bounds_text, doubts
from .quality.quality import share
from .quality.reliability import consistency
from .trials.calls import uneven, untried_parts
from .trials.scores import sums
from .trials.selection import attempts, channels, overall_of
from .trials.whole import answered, basis, tried

MOST = 5  # lines; more is no answer


def answer(care: Care) -> list[str]:
    """The notebook's answer: whom care reaches, when, and how well, against its benchmark."""
    lines = [
        *_channel_lines(care),
        *_week_line(care),
        *_resolved_line(care),
        *_quality_line(care),
    ]
    if len(lines) < 3:
        lines += _counts_line(care)
    if said := basis(care):
        return [*lines[: MOST - 1], said]
    return lines[:MOST] or [_("The study holds no attempt and no count, so nothing can be said.")]


def _channel_lines(care: Care) -> Iterator[str]:
    """The two main channels, e-mail and phone first; all attempts where none is named."""
    if not care.columns("attempts"):
        return
    rows = attempts(care)
    if rows.empty:
        yield _("Not one attempt counts, so nothing can be said of answers.")
        return
    parts = channels(tried(care)) if "channel" in rows else []
    if not parts:
        yield _said(care, "answered", "", _("Of all attempts, {rate} were answered by a person."),
                    overall_of(care, answered(care)))  # fmt: skip
    order = sorted(parts, key=lambda part: part[0] not in ("email", "phone"))
    for channel, name, _part in order[:2]:
        text = _channel_words(channel).replace("{channel}", name)
        yield _said(care, "answered", channel, text, overall_of(care, answered(care, channel)))


def _channel_words(channel: str) -> str:
    if channel == "email":
        return _("Of the e-mails, {rate} were answered by a person.")
    if channel == "phone":
        return _("Of the calls, {rate} were picked up by a person.")
    return _("Of the attempts by {channel}, {rate} were answered by a person.")


def _week_line(care: Care) -> Iterator[str]:
    """The share of the week that is answerable, and what became of claims to be there 24/7."""
    parts = []
    found = answerable(care)
    if isinstance(found, Finding):
        shares = [from_row(row) for row in records(found.rows)]
        sample = care.study.audit.providers_are == "sample"
        mean = coverage.mean_share(
            shares, sample=sample, confidence_level=care.study.confidence_level
        )
        known = sum(share.value is not None for share in shares)
        if mean.value is not None:
            text = _("A call is answered in {rate} of the week.")
            if known < len(shares):
                text = _(
                    "A call is answered in {rate} of the week, by the {n} of {all} providers of "
                    "which it is known."
                )
            text = text.replace("{n}", number(known)).replace("{all}", number(len(shares)))
            parts.append(_said(care, "hours", "phone", text, mean))
    parts += _claim(care)
    if parts:
        yield " ".join(parts)


def _claim(care: Care) -> list[str]:
    found = claims(care)
    if not isinstance(found, Finding) or not found.rows["always"].any():
        return []
    claimed, refuted, tested = (
        int(found.rows[column].sum()) for column in ("always", "refuted", "tested")
    )
    if care.study.provider:
        text = _("It claims to answer 24/7. What the calls say of it: {verdict}.")
        return [text.format(verdict=records(found.rows)[0]["verdict"])]
    text = _(
        "**{n} of {all}** providers claim to answer 24/7; of **{tested}** that could be tested, "
        "the calls refute **{refuted}**."
    )
    if not tested:
        text = _(
            "**{n} of {all}** providers claim to answer 24/7; not one of the claims could be "
            "tested."
        )
    fields = {"n": number(claimed), "all": number(len(found.rows)),
              "refuted": number(refuted), "tested": number(tested)}  # fmt: skip
    return [text.format(**fields)]


def _resolved_line(care: Care) -> Iterator[str]:
    found = resolved(care)
    if isinstance(found, Finding):
        rate = from_row(records(found.rows)[0])
        text = _("Of all requests, {rate} were resolved.")
        if mixed(found):
            text = _("Of all requests, by every channel as it was tried, {rate} were resolved.")
        yield _said(care, "resolved", "", text, rate)


def _quality_line(care: Care) -> Iterator[str]:
    """Good scores over all points."""
    if not {"score", "item"} <= set(care.columns("ratings")) or not care.columns("attempts"):
        return
    by_provider = sums(care)
    if by_provider.empty:
        return
    text = _("Of the scores for service, {rate} were good (4 or 5 of 5).")
    line = _said(care, "service", "", text, share(care, by_provider))
    yield " ".join(filter(None, (line, _disagreement(care))))


def _disagreement(care: Care) -> str:
    """That one shopper's score says little, where shoppers who scored the same contacts differ."""
    found = consistency(care)
    if not isinstance(found, Finding):
        return ""
    single = records(found.rows)[0]
    if single["verdict"] != _(NOT_RELIABLE):
        return ""
    text = _("A single shopper’s score is reliable only to {icc} of 1.")
    return text.format(icc=from_row(single))


def _said(care: Care, kind: str, about: str, text: str, rate: Estimate) -> str:
    """A rate in a sentence, and another that sets it against the field or the published figure."""
    lines = [text.format(rate=rate.emphasised())]
    if kind == "answered":
        lines += [_doubt_said(care, about), _hours_said(care, about)]
    if care.study.provider:
        lines += [_against_field(row) for row in records(_measured(care, kind, about))]
    elif kind == "answered":
        lines.append(_against_published(care, about, rate))
    return " ".join(filter(None, lines))


def _doubt_said(care: Care, channel: str) -> str:
    """How many attempts are in doubt, and what the share may be for it; "" where none is."""
    rows = doubts(care, channel)
    if not (n := int(rows["open"].sum())):
        return ""
    text = _(
        "Whether a person answered is not settled for {n} attempts: the share may be {low} to "
        "{high}, chance apart."
    )
    low, high = bounds_text(care, rows)
    return text.format(n=number(n), low=low, high=high)


def _hours_said(care: Care, channel: str) -> str:
    """That a channel beside the phone, of which the week is told, was tried in part of it only."""
    if channel in ("", "phone") or not untried_parts(care, channel):
        return ""
    return _("They were made in part of the week only; of its other hours nothing is known.")


def _measured(care: Care, kind: str, about: str | None) -> pd.DataFrame:
    """The rows of the scorecard of one kind; none where there is no scorecard."""
    found = scorecard(care)
    if not isinstance(found, Finding):
        return pd.DataFrame()
    rows = found.rows[found.rows["kind"].eq(kind)]
    return rows if about is None else rows[rows["about"].eq(about)]


def _against_field(row: dict[str, Any]) -> str:
    texts = {
        ABOVE: _("That is clearly above the {share} of the others."),
        BELOW: _("That is clearly below the {share} of the others."),
        NOT_DISTINGUISHABLE: _("That is not distinguishable from the {share} of the others."),
        LONE_ABOVE: _(
            "That is above the {share} of the others if taken alone, not among so many measures."
        ),
        LONE_BELOW: _(
            "That is below the {share} of the others if taken alone, not among so many measures."
        ),
        TOO_FEW: _("Too few were tried to compare it with the others."),
    }
    if row["verdict"] not in texts or pd.isna(row["field"]):
        return ""
    return texts[row["verdict"]].format(share=percent(row["field"]))


def _against_published(care: Care, channel: str, rate: Estimate) -> str:
    source = care.study.audit.benchmark
    found = references(source).get(channel)
    if found is None or rate.value is None:
        return ""
    if uneven(care, channel):
        text = _("The attempts lean to some hours of the week, so that is judged against nothing.")
        if channel == "phone":
            text = _("The calls lean to some hours of the week, so that is judged against nothing.")
        return text
    texts = {
        ABOVE: _(
            "That is clearly above the {share} that {source} published without its number of "
            "attempts."
        ),
        BELOW: _(
            "That is clearly below the {share} that {source} published without its number of "
            "attempts."
        ),
        NOT_DISTINGUISHABLE: _(
            "That is not distinguishable from the {share} that {source} published without its "
            "number of attempts."
        ),
        TOO_FEW: _("Too few were tried to set them against what {source} published."),
    }
    said = verdict(rate, found.answered)
    return texts[said].format(share=percent(found.answered), source=source) if said else ""


def _counts_line(care: Care) -> Iterator[str]:
    counted = operator_counts(care)
    if isinstance(counted, Finding):
        first = records(counted.rows)[0]
        yield _("Operators counted {n} contacts; {measure}: **{share}**.").format(
            n=number(first["n"]), measure=first["measure"], share=percent(first["value"], 1)
        )
