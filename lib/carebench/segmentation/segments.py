"""Seven named segments by recency and value: what they bring, and what care each needs."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from ..estimate import records
from ..finding import Answer, Finding, Skipped, needs
from ..language import N_, _, number, percent
from ..methods import quintiles
from ..sources import Care
from . import books
from .dominance import largest_part, with_whole
from .recency import MOST, SCORES, groups, too_few


@dataclass(frozen=True, slots=True)
class Segment:
    """A named segment: lowest and highest score of recency and of value, and the care it needs.

    Value is the mean of the scores of frequency and of revenue, rounded down.
    """

    name: str
    recency: tuple[int, int]
    value: tuple[int, int]
    care: str

    def holds(self, recency: int, value: int) -> bool:
        """Whether a customer with these scores belongs to it."""
        in_time = self.recency[0] <= recency <= self.recency[1]
        return in_time and self.value[0] <= value <= self.value[1]

    @property
    def rule(self) -> str:
        """The rule as a reader sees it: "R 4–5, V 3"."""
        return f"R {_span(self.recency)}, V {_span(self.value)}"


def _span(scores: tuple[int, int]) -> str:
    low, high = scores
    return f"{low}" if low == high else f"{low}–{high}"


CHAMPIONS = Segment(
    N_("champions"),
    (4, 5),
    (4, 5),
    N_("Thank them by name, give each one person to call, and ask what would make them leave."),
)
NOT_TO_BE_LOST = Segment(
    N_("not to be lost"),
    (1, 2),
    (4, 5),
    N_("Call them, the largest first: listen first, offer later."),
)
SEGMENTS = (
    CHAMPIONS,
    Segment(
        N_("loyal"),
        (4, 5),
        (3, 3),
        N_("Keep what works, and show them what goes with what they bought."),
    ),
    Segment(
        N_("new or small"),
        (3, 5),
        (1, 2),
        N_("Ask soon after the purchase whether all is well; make the next purchase easy."),
    ),
    Segment(
        N_("needing attention"),
        (3, 3),
        (3, 5),
        N_("Ask whether something went wrong before anything is offered."),
    ),
    Segment(
        N_("at risk"),
        (1, 2),
        (3, 3),
        N_("Write once, with a reason to return that fits what they bought; note the answers."),
    ),
    NOT_TO_BE_LOST,
    Segment(
        N_("dormant"),
        (1, 2),
        (1, 2),
        N_("Spend little: a message now and then that is easy to stop."),
    ),
)
# Which of them a customer is in, by the scores of recency and of value.
PLACE = np.array([[[s.holds(r, v) for s in SEGMENTS].index(True) for v in SCORES] for r in SCORES])
# A steady buyer's wait is longer than so many usual ones in exp(-4), 2%, of the time.
SILENT = 4
SUMS = ["customers", "once", "revenue", "later", "earlier"]


@needs("transactions")
def named_segments(care: Care) -> Answer:
    """Named segments by recency and value: how many, what they bring, when they last bought."""
    rows = _segments(care)
    if isinstance(rows, Skipped):
        return rows
    later, earlier = _periods(care)
    labels = {
        "segment": _("segment"),
        "customers": _("customers"),
        "revenue_share": _("share of revenue"),
        "later": _("net revenue, {period}").format(period=_named(later)),
        "earlier": _("net revenue, {period}").format(period=_named(earlier)),
        "idle": _("median days since the last purchase"),
    }
    unknown = [] if earlier[0] else ["earlier"]
    return Finding(
        "named-segments",
        rows.drop(columns=["care", *unknown]).rename(columns={"revenue": "net_revenue"}),
        headline=_headline(rows, _usual_gap(care)),
        labels={name: label for name, label in labels.items() if name not in unknown},
        styles={
            **dict.fromkeys(("customers", "idle", "once"), "count"),
            **dict.fromkeys(("customer_share", "revenue_share"), "share"),
            **dict.fromkeys(("net_revenue", "later", "earlier"), care.study.currency),
        },
        notes=tuple(_notes(rows, bool(earlier[0]))),
    )


@needs("transactions")
def segments_map(care: Care) -> Answer:
    """Where the revenue lies on the grid of recency and value."""
    named = _segments(care)
    if isinstance(named, Skipped):
        return named
    scored = _scored(care)
    every = pd.MultiIndex.from_product([SCORES, SCORES], names=["r", "v"])
    summed = scored[scored["r"] > 0].groupby(["r", "v"])[["customers", "revenue"]].sum()
    rows = summed.reindex(every, fill_value=0).reset_index()
    rows.insert(0, "segment", [_(SEGMENTS[i].name) for i in PLACE.ravel()])
    most = scored[scored["r"] > 0].groupby(["r", "v"])["most"].max().reindex(every)
    parts = largest_part(rows["revenue"], most.reset_index(drop=True))
    rows["largest_part"] = with_whole(care, parts)
    rows["revenue_share"] = rows.pop("revenue") / scored["revenue"].sum()
    regions = [row for row in records(named) if row["rule"] is not None]
    return Finding(
        "segments-map",
        rows,
        headline=_("Where the revenue lies, by how lately and how much customers buy"),
        caption=_(
            "Each field holds the customers with these two scores and is coloured by their share "
            "of the net revenue; lines part the named segments, with the share of each beside its "
            "name. To the right, those who bought most recently; at the top, those who buy most "
            "often and for most. Complete counts: no sampling error."
        ),
        alt=_("A grid of five by five fields in seven regions: {rows}.").format(
            rows="; ".join(
                _("{segment}: {n} customers, {share} of the revenue").format(
                    segment=row["segment"],
                    n=number(row["customers"]),
                    share=percent(row["revenue_share"]),
                )
                for row in regions
            )
        ),
        labels={
            "segment": _("segment"),
            "r": _("score of recency"),
            "v": _("score of value"),
            "customers": _("customers"),
            "revenue_share": _("share of revenue"),
        },
        styles={"customers": "count", "revenue_share": "share"},
    )


@needs("transactions")
def segment_care(care: Care) -> Answer:
    """What care each named segment needs, and the rule that makes the segment."""
    rows = _segments(care)
    if isinstance(rows, Skipped):
        return rows
    return Finding(
        "segment-care",
        rows.loc[rows["rule"].notna(), ["segment", "rule", "customers", "care"]],
        headline=_("What each segment needs"),
        labels={
            "segment": _("segment"),
            "rule": _("rule"),
            "customers": _("customers"),
            "care": _("what to do"),
        },
        styles={"customers": "count"},
        notes=(
            _(
                "R is the score of recency. V is the mean of the scores of frequency and revenue, "
                "rounded down, so that one large sum alone makes no champion. Customers are "
                "compared with each other: somebody is always last in line, even where all is well."
            ),
            _(
                "Suggestions to try, not measured effects: only a comparison with customers left "
                "as they are shows what they bring. How kindly a customer is treated must not "
                "depend on the segment."
            ),
            _(
                "Who is not to be lost is personal data and not on this page: “carebench export "
                "--identified” writes their list, not-to-be-lost.csv, the largest first."
            ),
        ),
    )


def buyers_in(segment: Segment) -> str:
    """What stands after FROM for the customers of a segment, as rows `b` of `buyers`.

    `named_segments` must have been asked: it keeps their scores.
    """
    (least, most), (low, high) = segment.recency, segment.value
    return (
        "scored s JOIN buyers b ON s.customer_id = b.customer_id "
        f"WHERE s.r BETWEEN {least} AND {most} AND s.f + s.m BETWEEN {2 * low} AND {2 * high + 1}"
    )


def _segments(care: Care) -> pd.DataFrame | Skipped:
    """One row per segment, then those who are not scored; why there is none."""
    if few := too_few(care):
        return few
    scored = _scored(care)
    whole = float(scored["revenue"].sum())
    if whole <= 0:
        return Skipped(_("There is no revenue to share out."))
    inside = scored[scored["r"] > 0]
    if inside["r"].nunique() < 2:
        return Skipped(_("All customers last bought on the same day: there are no segments."))
    if inside["v"].nunique() < 2:
        return Skipped(_("All customers bought as often and for as much: there are no segments."))
    parts = [_sums(scored[scored["place"] == at]) for at in range(len(SEGMENTS))]
    rows = pd.DataFrame(parts)
    rows.insert(0, "segment", [_(segment.name) for segment in SEGMENTS])
    rows.insert(1, "rule", [segment.rule for segment in SEGMENTS])
    rows["care"] = [_(segment.care) for segment in SEGMENTS]
    apart = scored[scored["place"] < 0]
    if len(apart):
        name = _("at or below zero after refunds")
        last = {"segment": name, "rule": None, "care": None, **_sums(apart)}
        rows = pd.concat([rows, pd.DataFrame([last])], ignore_index=True)
    rows["largest_part"] = with_whole(care, _largest_part(rows, scored))
    rows["customer_share"] = rows["customers"] / rows["customers"].sum()
    rows["revenue_share"] = rows["revenue"] / whole
    return rows


def _scored(care: Care) -> pd.DataFrame:
    """The groups of `recency.groups` with the score of value and the place among the segments.

    All three are 0, 0 and -1 for customers who are not scored.
    """
    table = groups(care, *_periods(care))
    r, f, m = (table[name].fillna(0).to_numpy(dtype=np.int64) for name in ("r", "f", "m"))
    value = (f + m) // 2
    place = np.where(r > 0, PLACE[r - 1, value - 1], -1)
    return table.assign(r=r, v=value, place=place)


def _largest_part(rows: pd.DataFrame, scored: pd.DataFrame) -> pd.Series[float]:
    """The largest part that one customer brings of any of a segment's three sums."""
    places = [*range(len(SEGMENTS)), -1][: len(rows)]
    farthest = scored.groupby("place")[list(MOST)].max().reindex(places).reset_index(drop=True)
    parts = {most: largest_part(rows[name], farthest[most]) for most, name in MOST.items()}
    return pd.DataFrame(parts).max(axis=1)


def _sums(part: pd.DataFrame) -> dict[str, object]:
    """What the groups of one segment add up to, and the median of their idle days."""
    known = part[part["idle"].notna()]
    days = quintiles.median(known["idle"].to_numpy(dtype=float), known["customers"])
    return {**{name: part[name].sum() for name in SUMS}, "idle": days}


def _periods(care: Care) -> tuple[tuple[int, int], tuple[int, int]]:
    """Months of the last period and of the one before; (0, 0) where the books are too short."""
    found = books.periods(care)
    if found:
        return found.later, found.earlier
    first, last = (books.month_number(day) for day in books.span(care))
    months = care.study.segmentation.period_months or books.LENGTHS[0]
    return (max(first, last - months + 1), last), (0, 0)


def _named(months: tuple[int, int]) -> str:
    first, last = (books.month_name(month) for month in months)
    return first if first == last else f"{first} – {last}"


def _usual_gap(care: Care) -> float:
    """Mean days from one purchase to the next of those not to be lost; not known is infinite."""
    row = care.large.frame(
        "SELECT CAST(COALESCE(SUM(b.recency), 0) AS BIGINT) AS days, "
        "CAST(COALESCE(SUM(b.frequency), 0) AS BIGINT) AS gaps "
        f"FROM {buyers_in(NOT_TO_BE_LOST)}"
    ).iloc[0]
    return float(row["days"] / row["gaps"]) if row["gaps"] > 0 else np.inf


def _headline(rows: pd.DataFrame, gap: float) -> str:
    """How much hangs on the champions, and whether those not to be lost have been silent for
    much longer than the `gap` that is usual for them.
    """
    champions, last = (
        records(rows)[SEGMENTS.index(segment)] for segment in (CHAMPIONS, NOT_TO_BE_LOST)
    )
    text = _("Champions ({n}) bring {share} of the revenue")
    if last["customers"] == 1:
        text = _(
            "Champions ({n}) bring {share} of the revenue; the one customer not to be lost last "
            "bought {days} ago"
        )
    elif last["customers"] and last["idle"] > SILENT * gap:
        text = _(
            "Champions ({n}) bring {share} of the revenue; {others} customers not to be lost have "
            "been silent, half of them for {days} or more"
        )
    elif last["customers"]:
        text = _(
            "Champions ({n}) bring {share} of the revenue; the {others} customers not to be lost "
            "are among those who bought least recently, half of them {days} ago or more"
        )
    days = number(last["idle"] or 0)
    return text.format(
        n=number(champions["customers"]),
        share=percent(champions["revenue_share"]),
        others=number(last["customers"]),
        days=_("1 day") if days == "1" else _("{n} days").format(n=days),
    )


def _notes(rows: pd.DataFrame, two_periods: bool) -> list[str]:
    at_stake = _("What a segment brought in the last period is what is at stake.")
    if two_periods:
        at_stake = _(
            "What a segment brought in the last period is what is at stake; what it brought in "
            "the period before shows whose purchases fell. Segments are chosen by how lately "
            "people bought, so some rise of the first and fall of the last is no news."
        )
    notes = [
        at_stake,
        _("Complete counts of the company’s own books: no sampling error."),
    ]
    champion = records(rows)[SEGMENTS.index(CHAMPIONS)]
    if champion["once"]:
        text = _("Of the champions, {n} bought on one day only: they are there for their revenue.")
        notes.insert(0, text.format(n=number(champion["once"])))
    return notes
