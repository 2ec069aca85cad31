"""Who would go to a rival of the same price and quality."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pandas as pd

from ...estimate import Estimate, frame, from_row, records
from ...finding import Answer, Finding, Skipped, needs
from ...language import N_, _
from ...methods.differences import p_value, square_and_add
from ...methods.multiplicity import holm
from ...methods.proportions import SMALL, wilson
from ...sources import Care
from .survey import HIGH, LOW, MIDDLE, classes, points, respondents, share_saying, weights_note

NOBODY = N_("Nobody answered whether they would switch.")
SATISFACTION = {
    LOW: N_("satisfaction: low ({points})"),
    MIDDLE: N_("satisfaction: middling ({points})"),
    HIGH: N_("satisfaction: high ({points})"),
}
INTENTION = N_(
    "A stated intention, not behaviour: how many in fact leave is measured by contracts and "
    "purchases."
)
MOST_SEGMENTS = 12  # by name; the others are together
MORE, LESS = N_("more would switch"), N_("fewer would switch")
CANNOT_TELL, TOO_FEW = N_("not distinguishable"), N_("too few answers")


@needs("survey", "would_switch")
def would_switch(care: Care) -> Answer:
    """The share who would switch: of all, by satisfaction, and by segment."""
    rows = respondents(care)
    if rows["would_switch"].notna().sum() == 0:
        return Skipped(_(NOBODY))
    everyone = share_saying(care, rows, "would_switch")
    found = [({"group": _("all respondents")}, everyone)]
    found += [({"group": name}, value) for name, value, _rest in _groups(care, rows)]
    return Finding(
        "would-switch",
        frame(found),
        headline=_(
            "At the same price and quality {share} say that they would go to a rival"
        ).format(share=everyone),
        caption=_(
            "Share of the answers; satisfaction as the lowest two fifths of its scale, the middle, "
            "and the highest two fifths."
        ),
        alt=_("Dots with intervals: {rows}.").format(
            rows="; ".join(f"{keys['group']} {value}" for keys, value in found)
        ),
        labels={"group": _("group"), "value": _("would switch")},
        notes=(_(INTENTION), *weights_note(care), *care.not_limited("survey")),
    )


@needs("survey", "would_switch")
def switching_differences(care: Care) -> Answer:
    """Low against high satisfaction, and each segment against all others, in points."""
    rows = respondents(care)
    pairs = list(_pairs(care, rows))
    if not pairs:
        return Skipped(_("There are no two groups of respondents to compare."))
    gaps = [square_and_add(one, other) for _name, one, other in pairs]
    judged = holm([_p_value(one, other) for _name, one, other in pairs])
    level = care.study.confidence_level
    table = frame(
        (
            {
                "pair": name,
                "verdict": _verdict(gap, one, other, p, level),
                "rates": f"{one.value_text()} − {other.value_text()}",
                "p_value": p,
            },
            gap.in_points(),
        )
        for (name, one, other), gap, p in zip(pairs, gaps, judged, strict=True)
    )
    return Finding(
        "switching-differences",
        table,
        headline=_headline(table),
        labels={
            "pair": _("who against whom"),
            "verdict": _("verdict"),
            "rates": _("shares"),
            "value": _("difference in points"),
        },
        notes=(
            _(
                "Verdicts allow for all comparisons of the table (Holm). An association within one "
                "survey: whoever is content may answer every question kindly."
            ),
            _(INTENTION),
            *weights_note(care),
        ),
    )


def _groups(care: Care, rows: pd.DataFrame) -> Iterator[tuple[str, Estimate, Estimate | None]]:
    """Each class of satisfaction, then each segment with the estimate of all the others."""
    if "csat" in rows:
        found = classes(care, rows, "csat")
        for part, words in SATISFACTION.items():
            if (found == part).any():
                name = _(words).format(points=points(care, "csat", part))
                yield name, share_saying(care, rows[found == part], "would_switch"), None
    if "segment" in rows:
        segments = _segments(rows)
        for segment in segments.dropna().value_counts().index:
            inside = segments.eq(segment).fillna(False)
            rest = share_saying(care, rows[~inside], "would_switch")
            yield str(segment), share_saying(care, rows[inside], "would_switch"), rest


def _segments(rows: pd.DataFrame) -> pd.Series[str]:
    """The segment of each respondent, the largest by name and the rest together."""
    named = rows["segment"].astype("object").where(rows["segment"].notna(), None)
    largest = named.value_counts().index[:MOST_SEGMENTS]
    return named.where(named.isin(largest) | named.isna(), _("other"))


def _pairs(care: Care, rows: pd.DataFrame) -> Iterator[tuple[str, Estimate, Estimate]]:
    if "csat" in rows:
        found = classes(care, rows, "csat")
        low, high = (
            share_saying(care, rows[found == part], "would_switch") for part in (LOW, HIGH)
        )
        if low.n and high.n:
            yield _("low against high satisfaction"), low, high
    for segment, inside, rest in _groups(care, rows):
        if rest is not None and min(rest.n, inside.n) >= SMALL:  # of fewer a name alone would tell
            yield _("{segment} against all others").format(segment=segment), inside, rest


def _p_value(one: Estimate, other: Estimate) -> float:
    if one.value is None or other.value is None:
        return float("nan")
    return p_value(lambda level: square_and_add(_at(one, level), _at(other, level)))


def _at(share: Estimate, level: float) -> Estimate:
    """The same share with its interval at another level of confidence."""
    if share.value is None:
        return share
    low, high = wilson(share.value, share.n / (share.design_effect or 1.0), level)
    return replace(share, low=low, high=high, confidence_level=level)


def _verdict(gap: Estimate, one: Estimate, other: Estimate, p: float, level: float) -> str:
    if min(one.n, other.n) < SMALL or gap.value is None:
        return _(TOO_FEW)
    if p > 1 - level:
        return _(CANNOT_TELL)
    return _(MORE) if gap.value > 0 else _(LESS)


def _headline(table: pd.DataFrame) -> str:
    first = records(table)[0]
    pair = str(first["pair"])
    pair = pair[:1].upper() + pair[1:]
    if pd.isna(first["value"]):
        return _("{pair}: not known").format(pair=pair)
    text = _("{pair}: {verdict}, {difference} points")
    return text.format(pair=pair, verdict=first["verdict"], difference=from_row(first))
