"""How many contracts will still run later, foretold by the shifted-beta-geometric model."""

from __future__ import annotations

import math
from functools import partial
from typing import Any

import numpy as np
import pandas as pd

from ...estimate import Estimate, frame, from_row, records
from ...finding import Answer, Finding, Skipped, needs
from ...language import N_, _, date, number, percent
from ...methods import sbg, survival, waiting
from ...methods.likelihood import Vector
from ...sources import Care
from .lifetimes import contract_lifetimes, contract_notes, periods_between
from .periods import UNIT, by_year, horizon_periods, periods
from .staying import last_followed, nobody_left

AGES = {"month": (0, 6, 12, 24), "year": (0, 1, 3, 5)}  # completed periods
FEWEST = 20  # contracts, and 5 that ended, below which nothing is foretold
FEWEST_ENDS = 5
BEYOND = 1.5  # of the time observed: how far the model is drawn
AHEAD = {"month": (1, 3, 6, 12), "year": (1, 2, 3)}  # periods set aside to check the model
KEPT_BACK = 3  # of the time watched, one part in so many at most is set aside
HETEROGENEITY = N_(
    "Retention rises with age in this model though no contract becomes safer: those likely to "
    "leave go first, and those who are left were likely to stay from the beginning."
)

ALIKE = N_(
    "No difference between contracts is seen, so each is given the same chance of ending at any "
    "age. With few contracts a difference may be there and not be seen: older ones would then "
    "last longer than is said here."
)


@needs("contracts")
def projection(care: Care) -> Answer:
    """The share still held so far, and what the model expects up to the study's horizon."""
    rows = contract_lifetimes(care)
    found = _fitted(care, rows)
    if isinstance(found, Skipped):
        return found
    last = last_followed(rows["duration"])
    ahead = max(horizon_periods(care), math.ceil(BEYOND * last))
    foretold = _foretold(found, np.arange(0, ahead + 1, dtype=float))
    table = pd.concat([_seen(care, rows, last), foretold], ignore_index=True).assign(
        by_year=by_year(care), seen_until=last
    )
    final = _estimate_at(found, horizon_periods(care))
    return Finding(
        "projection",
        table,
        headline=_("The model expects {held} of new contracts to run for {span} or more").format(
            held=final, span=periods(care, horizon_periods(care))
        ),
        caption=" ".join(
            [
                _(
                    "Steps: contracts still held, as observed (Kaplan–Meier). Dashed line with "
                    "band: a model ({model}) fitted by the period to {ended} ends of {n} "
                    "contracts, those that ended or were watched for a period or more, with a "
                    "{level} interval for the uncertainty of its parameters. Right of the dotted "
                    "line hardly anything was observed: there the model alone speaks, as if "
                    "customers to come were like these and nothing changed."
                ).format(
                    model=_model(found),
                    ended=number(int(rows["ended"].sum())),
                    n=number(found.n),
                    level=percent(care.study.confidence_level),
                ),
                *_unlike(care, rows, found, last),
                *contract_notes(care),
            ]
        ),
        alt=_("A falling step curve of what was observed and a dashed curve of the model: {held} "
              "after {span}.").format(
            held=final, span=periods(care, horizon_periods(care))
        ),
    )  # fmt: skip


@needs("contracts")
def expected_lifetimes(care: Care) -> Answer:
    """By age of a contract: the chance to pass the next period, and how long it should last."""
    rows = contract_lifetimes(care)
    found = _fitted(care, rows)
    if isinstance(found, Skipped):
        return found
    ahead = horizon_periods(care)
    ages = AGES[care.study.loyalty.contract_period]

    def stays(a: float, b: float) -> Vector:
        return sbg.retention(a, b, np.array(ages) + 1)

    def lasts(a: float, b: float) -> Vector:
        # The period that runs counts too, which is no renewal.
        spans = (sbg.survival(a, b, age + np.arange(ahead)) for age in ages)
        return np.array([held.sum() / held[0] for held in spans])

    kept = sbg.interval(found, stays)
    longer = sbg.interval(found, lasts, unit=UNIT)
    table = frame(
        (
            {
                "age": _("new") if age == 0 else periods(care, age),
                "retention": f"{stay.value_text(1)} ({stay.interval_text(1)})",
                "retention_value": stay.value,
                "retention_low": stay.low,
                "retention_high": stay.high,
            },
            more,
        )
        for age, stay, more in zip(ages, kept, longer, strict=True)
    )
    first, last = records(table)[0], records(table)[-1]
    text = (
        _("In the next {span} a new contract should run {new} years, one of {age} {old}")
        if by_year(care)
        else _("In the next {span} a new contract should run {new} months, one of {age} {old}")
    )  # fmt: skip
    return Finding(
        "expected-lifetimes",
        table,
        headline=text.format(
            new=from_row(first).value_text(1),
            old=from_row(last).value_text(1),
            age=last["age"],
            span=periods(care, ahead),
        ),
        labels={
            "age": _("age of the contract"),
            "retention": _("passes the next period"),
            "value": _("further years expected") if by_year(care) else _("further months expected"),
        },
        notes=(
            _(ALIKE if found.constant else HETEROGENEITY),
            _("Counted are the next {span}, not discounted; beyond them nothing is claimed.")
            .format(span=periods(care, ahead)),
            *contract_notes(care),
        ),
    )  # fmt: skip


@needs("contracts", "started_at")
def projection_checked(care: Care) -> Answer:
    """The model fitted to the earlier part of the time, beside what happened in the later."""
    rows = contract_lifetimes(care)
    rows = rows[rows["start"].notna() & rows["until"].notna()].reset_index(drop=True)
    if refused := nobody_left(rows):
        return refused
    spans = _spans(care, rows)
    if not spans:
        return Skipped(_("The contracts were watched too briefly to set time aside for a check."))
    end = rows["until"].max()
    cut = end - _offset(care, spans[-1])
    before, then = _as_of(care, rows, cut)
    found = _fitted(care, before)
    if isinstance(found, Skipped):
        return found
    table = frame(_checked(care, found, then, ahead) for ahead in spans)
    last = records(table)[-1]
    return Finding(
        "projection-checked",
        table,
        headline=_checked_headline(last),
        labels={
            "ahead": _("so long after that day"),
            "value": _("foretold: still held"),
            "happened": _("happened"),
            "error": _("error, points"),
        },
        styles={"happened": "share", "error": "points"},
        notes=(
            _(
                "Fitted to what was known on {cut} of {n} contracts begun before, then held "
                "against {after} that the fit had not seen. Error: foretold less happened. The "
                "interval allows for the parameters and for the chance of single contracts."
            ).format(
                cut=date(cut),
                n=number(len(before)),
                after=periods(care, spans[-1]),
            ),
            *contract_notes(care),
        ),
    )


def _fitted(care: Care, rows: pd.DataFrame) -> sbg.Fitted | Skipped:
    """The model of these contracts, or why there is none."""
    if refused := nobody_left(rows):
        return refused
    if len(rows) < FEWEST or rows["ended"].sum() < FEWEST_ENDS:
        text = _(
            "To foretell takes {n} contracts of which {k} have ended; there are {have} of which "
            "{ended} have."
        )
        return Skipped(
            text.format(
                n=number(FEWEST),
                k=number(FEWEST_ENDS),
                have=number(len(rows)),
                ended=number(int(rows["ended"].sum())),
            )
        )
    found = sbg.fitted(
        *sbg.counts(rows["duration"], rows["ended"]),
        confidence_level=care.study.confidence_level,
    )
    if found.warning:
        text = _("The model of how contracts last cannot be fitted: {reason}.")
        return Skipped(text.format(reason=_(found.warning)))
    return found


def _model(found: sbg.Fitted) -> str:
    """The model and its parameters, in words."""
    a, b = found.parameters
    if found.constant:
        text = _("the same chance of ending in each period for all, {share}")
        return text.format(share=percent(a / (a + b), 1))
    text = _("shifted-beta-geometric, alpha {a}, beta {b}")
    return text.format(a=number(a, 2), b=number(b, 2))


def _seen(care: Care, rows: pd.DataFrame, end: float) -> pd.DataFrame:
    """The observed curve from its start to `end`."""
    steps = survival.curve(
        rows["duration"], rows["ended"], confidence_level=care.study.confidence_level
    )
    steps = steps.rename(columns={"time": "since_start"}).assign(share=1 - steps["held"])
    steps = waiting.thinned(steps[steps["since_start"] <= end])
    start = pd.DataFrame({"since_start": [0.0], "held": [1.0], "low": [1.0], "high": [1.0]})
    drawn = pd.concat([start, steps], ignore_index=True)
    drawn = pd.concat([drawn, drawn.tail(1).assign(since_start=end)], ignore_index=True)
    return drawn[["since_start", "held", "low", "high"]].assign(part="observed")


def _unlike(care: Care, rows: pd.DataFrame, found: sbg.Fitted, last: float) -> tuple[str, ...]:
    """Where the model is farthest from what was observed, if no chance brings them together."""
    at = np.arange(1, math.floor(last) + 1)
    seen = survival.held_after(
        rows["duration"], rows["ended"], at.tolist(), confidence_level=care.study.confidence_level
    )
    model = sbg.interval(found, lambda a, b: sbg.survival(a, b, at))
    apart = [
        (max((one.low or 0.0) - (other.high or 0.0), (other.low or 0.0) - (one.high or 0.0)), at)
        for at, (one, other) in enumerate(zip(seen, model, strict=True))
        if one.has_interval
    ]
    gap, where = max(apart, default=(0.0, 0))
    if gap <= 0:
        return ()
    text = _(
        "The model does not fit what was observed: after {span}, {seen} were held and the model "
        "says {model}."
    )
    return (text.format(span=periods(care, at[where]), seen=seen[where], model=model[where]),)


def _foretold(found: sbg.Fitted, at: Vector) -> pd.DataFrame:
    held = sbg.interval(found, lambda a, b: sbg.survival(a, b, at))
    return pd.DataFrame(
        {
            "since_start": at,
            "held": [one.value for one in held],
            "low": [one.low for one in held],
            "high": [one.high for one in held],
            "part": "model",
        }
    )


def _estimate_at(found: sbg.Fitted, period: int) -> Estimate:
    held = partial(sbg.survival, periods=[period])
    return sbg.interval(found, lambda a, b: held(a, b))[0]


def _spans(care: Care, rows: pd.DataFrame) -> list[int]:
    """How far ahead the model is checked: at most a third of the longest time watched."""
    watched = float(rows["duration"].max()) / KEPT_BACK
    return [n for n in AHEAD[care.study.loyalty.contract_period] if n <= watched]


def _offset(care: Care, n: int) -> pd.DateOffset:
    return pd.DateOffset(years=n) if by_year(care) else pd.DateOffset(months=n)


def _as_of(care: Care, rows: pd.DataFrame, cut: pd.Timestamp) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The contracts as they were known on the day `cut`, and those that then ran, with what came.

    Of the latter `age` is how many periods they had completed by then.
    """
    begun = rows[rows["start"] < cut].reset_index(drop=True)
    over = begun["until"] <= cut
    then = pd.Series(cut, index=begun.index, dtype="datetime64[us]")
    at_cut = begun["duration"].where(over, periods_between(care, begun["start"], then))
    before = begun.assign(duration=at_cut, ended=begun["ended"] & over)
    running = ~over | (~begun["ended"] & (begun["until"] == cut))
    age = np.floor(at_cut[running] + sbg.ROUNDING)
    return before, begun[running].assign(age=age, cut=cut)


def _checked(
    care: Care, found: sbg.Fitted, then: pd.DataFrame, ahead: int
) -> tuple[dict[str, Any], Estimate]:
    """What was foretold of the contracts that ran at the cut, so far ahead, and what happened."""
    day = then["cut"] + _offset(care, ahead)
    followed = then[then["ended"] | (then["until"] >= day)]
    stayed = ~followed["ended"] | (followed["until"] > day[followed.index])
    if followed.empty:
        nobody = Estimate.absent(survival.NOT_WATCHED)
        return {
            "ahead": periods(care, ahead),
            "contracts": 0,
            "happened": None,
            "error": None,
        }, nobody
    held = sbg.still_held(found, followed["age"], ahead)
    share = float(stayed.mean())
    gap = None if held.value is None else 100 * (held.value - share)
    keys = {"ahead": periods(care, ahead), "contracts": len(followed), "happened": share}
    return {**keys, "stayed": int(stayed.sum()), "error": gap}, held


def _checked_headline(row: dict[str, Any]) -> str:
    if pd.isna(row["value"]):
        return _("What happened to the contracts after the cut was not watched")
    inside = row["low"] <= row["happened"] <= row["high"]
    text = (
        _("Checked on {span} it had not seen: {foretold} foretold to stay, {happened} did")
        if inside
        else _(
            "Checked on {span} it had not seen, the model misses: {foretold} foretold to stay, "
            "{happened} did"
        )
    )
    return text.format(span=row["ahead"], foretold=from_row(row), happened=percent(row["happened"]))
