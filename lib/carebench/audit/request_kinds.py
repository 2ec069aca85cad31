"""The kinds of request in which something could be changed, and the words for each change."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from ..language import N_, _, number
from ..methods.opening_hours import WEEK_MINUTES, at_night, claimed_minutes, night_span
from ..methods.proportions import SMALL
from ..published import references
from ..schema import CHANNELS, SIX_POINTS
from ..sources import Care
from .measures import hits, tally
from .quality import item_name
from .selection import CHANNEL_NAMES, OUTCOME_NAMES
from .sides import Side, timed_calls

# Windows of the week, fixed before any call is seen; what is left of a day is its night.
MORNING, EVENING, WEEKEND = 8, 18, 5 * 24
WINDOWS = {
    "office": N_("weekdays 08:00–18:00"),
    "weekend": N_("weekends 08:00–18:00"),
    "evening": N_("evenings from 18:00"),
    "morning": N_("mornings before 08:00"),
    "night": N_("nights"),
}
STAGE_NAMES = {
    "before": N_("before the purchase"),
    "at": N_("at the purchase"),
    "after": N_("after the purchase"),
}


@dataclass(frozen=True)
class Cell:
    """Requests of one kind: k of n were served, and how many of each of the others'.

    Parameters
    ----------
    kind : str
        "answered", "open", "hours", "resolved" or "quality".
    about : str
        Its channel, window of the week, or item.
    part : float
        The share of all requests that it is.
    weakest : (str, int, int), optional
        Where most of the failures lie: their name, how many, of how many failures.
    claimed : (int, int), optional
        Of calls made while the provider claims to be open: answered, made.
    printed : float, optional
        The share that a published audit printed.
    """

    kind: str
    about: str
    k: int
    n: int
    others_k: list[int]
    others_n: list[int]
    part: float
    weakest: tuple[str, int, int] | None = None
    claimed: tuple[int, int] | None = None
    printed: float | None = None


def cells(care: Care, one: Side, others: Side) -> Iterator[Cell]:
    """Every kind of request of which enough were tried, in the order of a report."""
    yield from (cell for cell in _cells(care, one, others) if _judgeable(cell))


def _judgeable(cell: Cell) -> bool:
    return cell.n >= SMALL or cell.kind == "open"


def _cells(care: Care, one: Side, others: Side) -> Iterator[Cell]:
    if "channel" in one.attempts:
        timed = "sent_at" in one.attempts
        for channel in CHANNELS:
            if not (timed and channel == "phone"):
                yield from _channel(care, one, others, channel)
        if timed:
            yield from _windows(care, one, others)
    if "resolved" in one.attempts:
        yield _resolved(one, others)
    for item in SIX_POINTS:
        yield _rated(one, others, item)


def _channel(care: Care, one: Side, others: Side, channel: str) -> Iterator[Cell]:
    """A channel that is tried, or one that others offer and the provider does not."""
    own, theirs = one.by(channel), others.by(channel)
    k, n = tally(hits(theirs, theirs["answered"]))
    reference = references(care.study.audit.benchmark).get(channel)
    if len(own):
        yield Cell(
            "answered",
            channel,
            int(own["answered"].sum()),
            len(own),
            k.tolist(),
            n.tolist(),
            len(own) / len(one.attempts),
            _weakest_outcome(own),
            printed=reference.answered if reference else None,
        )
    elif len(theirs) and channel not in _offered(one):
        part = len(theirs) / len(others.attempts)
        yield Cell("open", channel, 0, 0, k.tolist(), n.tolist(), part)


def _offered(one: Side) -> set[str]:
    """The channels that the provider says it offers; all of them where it is not known."""
    if len(one.providers) != 1 or "channels" not in one.providers:
        return set(CHANNELS)
    listed = one.providers["channels"].iloc[0]
    if pd.isna(listed):
        return set(CHANNELS)
    return set(str(listed).casefold().replace(";", " ").replace(",", " ").split())


def _windows(care: Care, one: Side, others: Side) -> Iterator[Cell]:
    """Calls by window of the week, at the provider's own clock."""
    night = night_span(care.study.audit.night)
    own, theirs = (
        calls.assign(window=window(calls["hour_of_week"], night))
        for calls in (timed_calls(care, one), timed_calls(care, others))
    )
    own = own.assign(open=_claimed_open(one, own["hour_of_week"]))
    for name in WINDOWS:
        mine, rest = own[own["window"].eq(name)], theirs[theirs["window"].eq(name)]
        k, n = tally(hits(rest, rest["answered"]))
        open_then = mine.loc[mine["open"], "answered"]
        yield Cell(
            "hours",
            name,
            int(mine["answered"].sum()),
            len(mine),
            k.tolist(),
            n.tolist(),
            len(mine) / len(one.attempts) if len(mine) else 0.0,
            _weakest_outcome(mine),
            (int(open_then.sum()), len(open_then)) if len(one.providers) == 1 else None,
        )


def window(hour_of_week: Any, night: tuple[float, float]) -> Any:
    """The window, a key of `WINDOWS`, in which each hour of the week falls."""
    hours = np.asarray(hour_of_week, dtype=float)
    clock = hours % 24
    by_day = np.where(hours >= WEEKEND, "weekend", "office")
    at_edge = np.where(clock >= EVENING, "evening", "morning")
    found = np.where((clock >= MORNING) & (clock < EVENING), by_day, at_edge)
    return np.where(at_night(hours, night), "night", found)


def _claimed_open(one: Side, hour_of_week: pd.Series[Any]) -> Any:
    """Whether the one provider claims to be open at each hour of the week."""
    closed = np.zeros(len(hour_of_week), dtype=bool)
    if len(one.providers) != 1 or "claimed_hours" not in one.providers:
        return closed
    text = one.providers["claimed_hours"].iloc[0]
    if pd.isna(text):
        return closed
    minutes = np.floor(hour_of_week.to_numpy(dtype=float) * 60).astype(int) % WEEK_MINUTES
    return claimed_minutes(str(text))[minutes]


def _resolved(one: Side, others: Side) -> Cell:
    """Requests settled, of those that a person answered."""
    own, theirs = (
        side.attempts[side.attempts["answered"] & side.attempts["resolved"].notna()]
        for side in (one, others)
    )
    k, n = tally(hits(theirs, theirs["resolved"]))
    weakest = None
    open_still = own[~own["resolved"].astype(bool)]
    if "stage" in own and open_still["stage"].notna().any():
        by = open_still["stage"].value_counts()
        weakest = (str(by.index[0]), int(by.iloc[0]), len(open_still))
    return Cell(
        "resolved",
        "",
        int(own["resolved"].sum()),
        len(own),
        k.tolist(),
        n.tolist(),
        len(own) / max(len(one.attempts), 1),
        weakest,
    )


def _rated(one: Side, others: Side, item: str) -> Cell:
    """Contacts whose service was rated 4 or 5 on one of the six points."""
    own, theirs = (side.scores[side.scores["item"].eq(item)] for side in (one, others))
    answered = int(one.attempts["answered"].sum())
    return Cell(
        "quality",
        item,
        int(own["k"].sum()),
        int(own["n"].sum()),
        theirs["k"].astype(int).tolist(),
        theirs["n"].astype(int).tolist(),
        answered / max(len(one.attempts), 1),
    )


def _weakest_outcome(rows: pd.DataFrame) -> tuple[str, int, int] | None:
    """How most of the unanswered attempts ended."""
    failed = rows.loc[~rows["answered"], "outcome"]
    if failed.empty:
        return None
    by = failed.value_counts()
    return str(by.index[0]), int(by.iloc[0]), len(failed)


def change_words(cell: Cell) -> str:
    """The change in a few words."""
    if cell.kind == "open":
        return _("open {channel}").format(channel=_(CHANNEL_NAMES[cell.about]))
    if cell.kind == "answered":
        return _("answer more requests by {channel}").format(channel=_(CHANNEL_NAMES[cell.about]))
    if cell.kind == "hours":
        return _("answer more calls: {hours}").format(hours=_(WINDOWS[cell.about]))
    if cell.kind == "resolved":
        return _("settle more of the requests that are answered")
    return _("better answers: {item}").format(item=item_name(cell.about))


def takes_words(cell: Cell) -> str:
    """What the change would take: hours to cover, a channel to open, an answer to fix."""
    if cell.kind == "open":
        return _("offer the channel, with people who answer it")
    if cell.kind == "quality":
        return _("training and feedback on this point, from the rated contacts")
    if cell.kind == "resolved":
        return _resolved_words(cell)
    return " ".join(filter(None, (_hours_words(cell), _outcome_words(cell))))


def _resolved_words(cell: Cell) -> str:
    text = _("people who may settle a request at once")
    if cell.weakest is None:
        return text
    stage, k, n = cell.weakest
    return _("people who may settle a request at once; {k} of {n} unsettled came {stage}").format(
        k=number(k), n=number(n), stage=_(STAGE_NAMES[stage])
    )


def _hours_words(cell: Cell) -> str:
    """Whether the hours are claimed already, and what came of it."""
    if cell.kind != "hours":
        return _("people to answer it.")
    if cell.claimed is None:
        return _("people at the phone in these hours.")
    answered, made = cell.claimed
    if not made:
        return _("longer hours: it does not claim to be open then.")
    return _(
        "people at the phone: it claims to be open at {n} of these calls and answered {k}."
    ).format(n=number(made), k=number(answered))


def _outcome_words(cell: Cell) -> str:
    if cell.weakest is None:
        return ""
    outcome, k, n = cell.weakest
    return _("Of {n} unanswered, {k} ended with: {outcome}.").format(
        n=number(n), k=number(k), outcome=_(OUTCOME_NAMES[outcome])
    )
