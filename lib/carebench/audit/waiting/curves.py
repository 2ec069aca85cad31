"""The share answered by each time after sending, as a curve, by a person and by a machine."""

from __future__ import annotations

import numpy as np
import pandas as pd

from ...estimate import quantity
from ...finding import Answer, Finding, Skipped, needs
from ...language import _, number, percent
from ...methods import waiting
from ...sources import Care
from ..trials.selection import CHANNEL_NAMES, attempts, rate
from ..trials.waits import (
    Waits,
    acknowledgements_of,
    ended_note,
    minute_note,
    service_level,
    untimed_note,
    waits_of,
)

MOST_TICKS = 7
STRETCHES = {
    "hours": (1, 2, 4, 6, 12, 24, 48, 96, 168),
    "seconds": (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 1800, 3600),
}
NEARLY_ALL = 0.99  # of the answers: where later ones would squeeze the figure, its axis ends


@needs("attempts", "channel", "sent_at", "answered_at", "observed_until")
def waiting_curve(care: Care, channel: str) -> Answer:
    """Share answered by a person, and by a machine, by each time after sending."""
    rows = attempts(care)
    part = rows[rows["channel"].eq(channel)]
    name = _(CHANNEL_NAMES[channel])
    waits = waits_of(part, channel)
    if refused := _refused(part, waits, name):
        return refused
    level = care.study.confidence_level
    steps = waiting.curve(waits.times, waits.answered, confidence_level=level)
    machine = _machine_curve(care, part, channel)
    table = _drawn(waits, steps, machine)
    limit = service_level(care, channel, waits.unit)
    return Finding(
        f"waiting-{channel}",
        table.assign(unit=waits.unit, limit=np.nan if limit is None else limit),
        headline=_("{channel}: {share} were ever answered while we watched").format(
            channel=name.capitalize(), share=rate(care, int(part["answered"].sum()), len(part))
        ),
        caption=_caption(care, waits, steps, table, with_machine=machine is not None),
        alt=_alt(waits, steps, machine),
    )


def _refused(part: pd.DataFrame, waits: Waits, name: str) -> Skipped | None:
    """Why there is no curve of these waits, where there is none."""
    if part.empty:
        text = _("No attempt was made by {channel}.")
    elif not part["answered"].any():
        text = _("No attempt by {channel} was answered by a person, so there is no curve.")
    elif not waits.answered.any():
        text = _("No answer by {channel} has a time.")
    elif not waits.trusted:
        return waits.refused(name)
    else:
        return None
    return Skipped(text.format(channel=name))


def _machine_curve(care: Care, part: pd.DataFrame, channel: str) -> pd.DataFrame | None:
    """The curve of automatic replies, where their times are known."""
    waits = acknowledgements_of(part, channel)
    if waits is None or not waits.answered.any() or not waits.trusted:
        return None
    level = care.study.confidence_level
    return waiting.curve(waits.times, waits.answered, confidence_level=level)


def _drawn(waits: Waits, steps: pd.DataFrame, machine: pd.DataFrame | None) -> pd.DataFrame:
    """Both curves from 0 to the end of the axis, and how many still wait at its ticks."""
    ticks = _ticks(steps, waits.unit)
    curves = {"answered": steps} | ({} if machine is None else {"acknowledged": machine})
    parts = [_from_start_to(ticks[-1], each).assign(event=of) for of, each in curves.items()]
    marks = pd.DataFrame(
        {"event": "tick", "time": ticks, "waiting": waiting.still_waiting(waits.times, ticks)}
    )
    return pd.concat([*parts, marks], ignore_index=True)[
        ["event", "time", "share", "low", "high", "waiting"]
    ]


def _from_start_to(end: float, steps: pd.DataFrame) -> pd.DataFrame:
    """A thinned curve that begins at 0 with nobody answered and is flat up to `end`."""
    shown = waiting.thinned(steps[steps["time"] <= end])
    start = pd.DataFrame({"time": [0.0], "share": [0.0], "low": [0.0], "high": [0.0]})
    whole = pd.concat([start, shown[["time", "share", "low", "high"]]], ignore_index=True)
    return pd.concat([whole, whole.tail(1).assign(time=end)], ignore_index=True)


def _ticks(steps: pd.DataFrame, unit: str) -> list[float]:
    """Round times from 0 to where nearly all the answers had come."""
    reached = steps["share"] >= NEARLY_ALL * steps["share"].iloc[-1]
    span = float(steps.loc[reached, "time"].iloc[0])
    stretch = next((x for x in STRETCHES[unit] if span <= (MOST_TICKS - 1) * x), None)
    if stretch is None:
        stretch = 10 ** np.ceil(np.log10(span / (MOST_TICKS - 1)))
    return [float(stretch * i) for i in range(max(1, int(np.ceil(span / stretch))) + 1)]


def _alt(waits: Waits, steps: pd.DataFrame, machine: pd.DataFrame | None) -> str:
    last = steps.iloc[-1]
    text = _("A rising step curve that ends at {share} after {time}.").format(
        share=percent(float(last["share"])), time=quantity(float(last["time"]), waits.unit)
    )
    if machine is not None:
        dashed = _("A dashed curve of automatic replies ends at {share}.")
        text += " " + dashed.format(share=percent(float(machine["share"].iloc[-1])))
    return text


def _caption(
    care: Care, waits: Waits, steps: pd.DataFrame, table: pd.DataFrame, *, with_machine: bool
) -> str:
    text = _(
        "Kaplan–Meier curve of the time to the first answer from a person, with its {level} "
        "band; n = {n}. Those who were never answered stay in, so the curve need not reach "
        "100%. In brackets under the axis: how many still waited at that time."
    ).format(n=number(len(waits.times)), level=percent(care.study.confidence_level))
    if with_machine:
        text += " " + _("Dashed: automatic replies, which are no answer.")
    last, end = float(steps["time"].iloc[-1]), float(table["time"].max())
    if last > end:
        later = _("The axis ends where 99% of the answers had come; the last came after {time}.")
        text += " " + later.format(time=quantity(last, waits.unit))
    notes = (*ended_note([waits]), *minute_note([waits]), *untimed_note(waits.untimed))
    return " ".join([text, *notes])
