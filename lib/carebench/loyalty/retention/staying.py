"""How long customers with a contract stay: curves with their numbers at risk, and by segment."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from ...estimate import Estimate, frame, from_row, records
from ...finding import FEWEST, Answer, Finding, Skipped, needs
from ...language import N_, _, number, percent
from ...methods import survival, waiting
from ...sources import Care
from ..company_wide import of_company
from .lifetimes import contract_lifetimes, contract_notes
from .periods import UNIT, by_year, horizon_periods, longest_after, periods

MOST_CURVES, MOST_GROUPS = 4, 6  # of a figure, of a table: the largest segments
TICKS = 7
LONGER, SHORTER, ALIKE, UNCLEAR = (
    N_("stay longer"),
    N_("leave sooner"),
    N_("not distinguishable"),
    N_("not told apart: test and interval disagree"),
)


@needs("contracts")
def survival_curves(care: Care) -> Answer:
    """The share of contracts still running after so long, by segment, with numbers at risk."""
    rows = contract_lifetimes(care)
    if refused := nobody_left(rows):
        return refused
    groups = _groups(care, rows, MOST_CURVES)
    end = last_followed(rows["duration"])
    table = pd.concat(
        [_drawn(care, name, part, end) for name, part in groups.items()], ignore_index=True
    ).assign(by_year=by_year(care))
    held = _overall(care, rows)
    return Finding(
        "survival",
        table,
        headline=_survival_headline(care, rows, held),
        caption=" ".join(
            [
                _(
                    "Kaplan–Meier curves of the time from the start of a contract to its end, with "
                    "{level} bands (log-log). Contracts that still run count for as long as they "
                    "were watched. Under the axis: how many contracts are still followed then."
                ).format(level=percent(care.study.confidence_level)),
                *_left_undrawn(rows, groups),
                *contract_notes(care),
            ]
        ),
        alt=_("Falling step curves: {rows}.").format(
            rows="; ".join(
                f"{name} {_held_text(care, part)}" for name, part in groups.items()
            )
        ),
    )  # fmt: skip


@needs("contracts")
def time_held(care: Care) -> Answer:
    """Share still held, median and mean time held, of all contracts and of each segment."""
    rows = contract_lifetimes(care)
    if refused := nobody_left(rows):
        return refused
    groups = {_("all contracts"): rows, **_segments(rows, MOST_GROUPS)}
    span = _common_span(care, list(groups.values()))
    table = frame(
        ({"group": name, "measure": measure}, estimate)
        for name, part in groups.items()
        for measure, estimate in _measures(care, part, span)
    )
    return Finding(
        "time-held",
        table,
        headline=_survival_headline(care, rows, _overall(care, rows)),
        labels={
            "group": _("contracts"),
            "measure": _("years held") if by_year(care) else _("months held"),
            "value": _("estimate"),
        },
        notes=(
            _(
                "A mean within a span counts who stays longer as staying just for the span. “Not "
                "reached”: fewer than half have left while they were watched."
            ),
            *contract_notes(care),
        ),
    )


@needs("contracts", "segment")
def segments_compared(care: Care) -> Answer:
    """Whether the contracts of one segment last longer than those of the others."""
    rows = contract_lifetimes(care)
    if refused := nobody_left(rows):
        return refused
    groups = _segments(rows, MOST_GROUPS)
    if len(groups) < 2:
        return Skipped(_("There are no two segments of 5 contracts or more to compare."))
    span = _common_span(care, list(groups.values()))
    if span is None:
        return Skipped(_("The segments were not watched for a whole period."))
    table = _compared(care, groups, span)
    apart = [row for row in records(table) if row["verdict"] in (_(LONGER), _(SHORTER))]
    headline = _("How long contracts last is not distinguishable between the segments")
    if apart:
        row = apart[0]
        text = (
            _("Contracts of “{segment}” {verdict}: {gap} years in the first {span}")
            if by_year(care)
            else _("Contracts of “{segment}” {verdict}: {gap} months in the first {span}")
        )
        headline = text.format(
            segment=row["group"],
            verdict=row["verdict"],
            gap=from_row(row),
            span=periods(care, span),
        )
    return Finding(
        "segments-compared",
        table,
        headline=headline,
        labels={
            "group": _("contracts"),
            "verdict": _("verdict"),
            "value": _("years more or fewer") if by_year(care) else _("months more or fewer"),
        },
        notes=(
            _(
                "Mean time held in the first {span}, less the mean of the others’; {level} "
                "intervals, among three segments or more widened for their number (Bonferroni). "
                "A verdict needs an interval "
                "without zero and a log-rank test (Holm) that finds a difference too."
            ).format(
                span=periods(care, span),
                level=percent(care.study.confidence_level),
            ),
            _(
                "Segments differ in more than what they are called: a difference is an "
                "association, not what moving a customer to another segment would do."
            ),
            *of_company(care, "contracts"),
        ),
    )


def nobody_left(rows: pd.DataFrame) -> Skipped | None:
    """Why lengths of stay cannot be asked for, where there are none or nobody left."""
    if rows.empty:
        return Skipped(_("No contract has both a usable start and a known state."))
    if not rows["ended"].any():
        text = _("None of {n} contracts has ended, so how long they last cannot be told.")
        return Skipped(text.format(n=number(len(rows))))
    return None


def _segments(rows: pd.DataFrame, most: int) -> dict[str, pd.DataFrame]:
    """The largest segments of 5 contracts or more, by name, if there are two or more."""
    sizes = rows["segment"].astype(str).value_counts()
    sizes = sizes[(sizes >= FEWEST) & (sizes.index != "")].sort_index()
    names = sizes.sort_values(ascending=False, kind="stable").index[:most]
    parts = {str(name): rows[rows["segment"].eq(name)] for name in names}
    return parts if len(parts) > 1 else {}


def _groups(care: Care, rows: pd.DataFrame, most: int) -> dict[str, pd.DataFrame]:
    """The segments, else all contracts as one."""
    return _segments(rows, most) or {_("all contracts"): rows}


def _left_undrawn(rows: pd.DataFrame, groups: dict[str, pd.DataFrame]) -> tuple[str, ...]:
    missing = len(rows) - sum(map(len, groups.values()))
    if not missing:
        return ()
    text = _("Contracts of smaller segments or of none are not drawn: {n}.")
    return (text.format(n=number(missing)),)


def _measures(care: Care, part: pd.DataFrame, span: int | None) -> list[tuple[str, Estimate]]:
    """Share held after the span, median, and mean within the span."""
    level, (time, ended) = care.study.confidence_level, _times(part)
    found = [(_("median"), survival.median(time, ended, unit=UNIT, confidence_level=level))]
    if span is None:
        return found
    (held,) = survival.held_after(time, ended, [span], confidence_level=level)
    mean = survival.mean_within(time, ended, span, unit=UNIT, confidence_level=level)
    after = periods(care, span)
    return [
        (_("still held after {span}").format(span=after), held),
        *found,
        (_("mean within {span}").format(span=after), mean),
    ]


def _compared(care: Care, groups: dict[str, pd.DataFrame], span: int) -> pd.DataFrame:
    rows = pd.concat(groups.values(), ignore_index=True)
    of = np.repeat(np.arange(len(groups)), [len(part) for part in groups.values()])
    data = (*_times(rows), of)
    level = care.study.confidence_level
    gaps = survival.mean_gaps(*data, span, groups=len(groups), unit=UNIT, confidence_level=level)
    p = survival.compared(*data, groups=len(groups))["holm"]
    table = frame(
        ({"group": name, "verdict": _(_verdict(gap, p_value, 1 - level))}, gap)
        for name, gap, p_value in zip(groups, gaps, p, strict=True)
    ).assign(p_holm=p.to_numpy())
    return table.sort_values("value", ascending=False, ignore_index=True, kind="stable")


def _verdict(gap: Estimate, p: float, bar: float) -> str:
    if gap.value is None or gap.low is None or gap.high is None or np.isnan(p):
        return ALIKE
    clear = gap.low > 0 or gap.high < 0
    if clear != (p <= bar):
        return UNCLEAR
    return (LONGER if gap.low > 0 else SHORTER) if clear else ALIKE


def _drawn(care: Care, name: str, part: pd.DataFrame, end: float) -> pd.DataFrame:
    """The curve from everybody held to the end of its watch, and who is at risk at the ticks."""
    time, ended = _times(part)
    steps = survival.curve(time, ended, confidence_level=care.study.confidence_level)
    steps = waiting.thinned(steps.assign(share=1 - steps["held"])).drop(columns="share")
    steps = steps.rename(columns={"time": "since_start"})
    last = min(end, float(time.max()))
    start = pd.DataFrame({"since_start": [0.0], "held": [1.0], "low": [1.0], "high": [1.0]})
    curve = pd.concat([start, steps[steps["since_start"] <= last]], ignore_index=True)
    curve = pd.concat([curve, curve.tail(1).assign(since_start=last)], ignore_index=True)
    ticks = _ticks(end)
    marks = pd.DataFrame({"since_start": ticks, "at_risk": waiting.still_waiting(time, ticks)})
    parts = [curve.assign(part="curve"), marks.assign(part="tick")]
    return pd.concat(parts, ignore_index=True).assign(group=name)[
        ["group", "part", "since_start", "held", "low", "high", "at_risk"]
    ]


def _ticks(end: float) -> list[float]:
    """Round times from 0 to the end."""
    stretch = next(s for s in (1, 2, 3, 6, 12, 24, 60, 120, 10**9) if end / s <= TICKS)
    return [float(t) for t in range(0, int(end) + 1, stretch)]


def last_followed(duration: pd.Series[Any]) -> float:
    """Where at least 5 contracts (or all of few) are still followed: beyond, curves say little."""
    ordered = np.sort(duration.to_numpy(dtype=float))[::-1]
    return max(1.0, float(ordered[min(FEWEST, len(ordered)) - 1]))


def _common_span(care: Care, parts: list[pd.DataFrame]) -> int | None:
    """The longest usual span, within the horizon, for which some of every group were followed."""
    watched = min(last_followed(part["duration"]) for part in parts)
    return longest_after(care, min(watched, horizon_periods(care)))


def _overall(care: Care, rows: pd.DataFrame) -> tuple[int, Estimate] | None:
    span = longest_after(care, min(12.0, float(rows["duration"].max())))
    if span is None:
        return None
    level = care.study.confidence_level
    return span, survival.held_after(*_times(rows), [span], confidence_level=level)[0]


def _survival_headline(care: Care, rows: pd.DataFrame, held: tuple[int, Estimate] | None) -> str:
    level = care.study.confidence_level
    half = survival.median(*_times(rows), unit=UNIT, confidence_level=level)
    if held is None:
        return _("{k} of {n} contracts have ended; none was watched for a whole period").format(
            k=number(int(rows["ended"].sum())), n=number(len(rows))
        )
    told = _("half have left after {time}")
    words = _("half have not left yet")
    if half.value is not None:
        words = told.format(time=periods(care, half.value))
    return _("After {span}, {held} of the contracts still run; {median}").format(
        span=periods(care, held[0]), held=held[1], median=words
    )


def _held_text(care: Care, part: pd.DataFrame) -> str:
    held = _overall(care, part)
    if held is None:
        return _("not known")
    return _("{held} after {span}").format(held=held[1], span=periods(care, held[0]))


def _times(rows: pd.DataFrame) -> tuple[Any, Any]:
    return rows["duration"].to_numpy(dtype=float), rows["ended"].to_numpy(dtype=bool)
