"""What one provider and the others are measured by: shares that are better the higher they are."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property, partial
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from ...estimate import Estimate
from ...language import N_, _
from ...methods import coverage
from ...methods.contacts import share_of_scores
from ...methods.opening_hours import night_span
from ...methods.proportions import proportion
from ...methods.providers import stratified_proportion
from ...queries.channel_waits import ENDED
from ...schema import CHANNELS, SIX_POINTS
from ...sources import Care
from ...study import seconds
from ..quality.quality import item_name
from ..trials.scores import SUMS
from ..trials.selection import CHANNEL_NAMES
from ..trials.sides import Side, timed_calls
from ..trials.waits import MOST_UNTIMED

Ints = npt.NDArray[np.int64]

FEWEST_OTHERS = 3  # the mean of two would give each away to the other
FEWEST_FOR_RANGE = 5  # of three or four, range and mean together give each rate away
OTHERS = N_("fewer than three others were tried")


@dataclass(frozen=True)
class Measure:
    """One share: k of n of the provider in question, and of each of the others.

    Parameters
    ----------
    kind : str
        "answered", "in_time", "resolved", "hours", "service" or "point".
    about : str
        Its channel or item.
    k, n, others_k, others_n : arrays
        One entry, or one for each hour of the week; of "service", k holds the sums that
        `contacts.share_of_scores` takes.
    beneath : bool
        It looks at the attempts of the measure above it once more, and is not judged.
    """

    kind: str
    about: str
    name: str
    k: Ints
    n: Ints
    others_k: Ints
    others_n: Ints
    night: tuple[float, float] = (22.0, 6.0)
    beneath: bool = False

    def own(self, confidence_level: float) -> Estimate:
        """The provider's own share."""
        if self.kind == "hours":
            return self._answerable(self.k[None, :], self.n[None, :], confidence_level)[0]
        if self.kind == "service":
            return share_of_scores(*self.k[:, None], confidence_level=confidence_level)
        return proportion(int(self.k[0]), int(self.n[0]), confidence_level=confidence_level)

    def field(self, confidence_level: float) -> Estimate:
        """Mean over the others, each counting alike."""
        if len(self.others) < FEWEST_OTHERS:
            return Estimate.absent(OTHERS, n=int(self.others_n.sum()))
        if self.kind == "hours":
            each = self._answerable(self.others_k, self.others_n, confidence_level)
            return coverage.mean_share(each, confidence_level=confidence_level)
        if self.kind == "service":
            return share_of_scores(*self.others_k.T, confidence_level=confidence_level)
        k, n = self.others_k[:, 0].tolist(), self.others_n[:, 0].tolist()
        return stratified_proportion(k, n, confidence_level=confidence_level)

    @cached_property
    def others(self) -> list[float]:
        """The share of each of the others, of whom there is one."""
        if self.kind == "hours":
            each = self._answerable(self.others_k, self.others_n, 0.95)
            return [one.value for one in each if one.value is not None]
        if self.kind == "service":
            return [float(k / n) for _contacts, k, n, *_products in self.others_k]
        tried = self.others_n[:, 0] > 0
        return [float(x) for x in self.others_k[tried, 0] / self.others_n[tried, 0]]

    def _answerable(self, k: Ints, n: Ints, level: float) -> list[Estimate]:
        return coverage.answerable(k, n, night=self.night, confidence_level=level)


def measures(care: Care, own: Side, others: Side) -> Iterator[Measure]:
    """Every measure that the study's columns allow, in the order of a report.

    One of each set of attempts is judged: of a channel, whether it was answered, of the phone
    rather in what share of the week; whether requests were resolved; and service as a whole.
    """
    there = set(own.attempts.columns)
    sides = (own, others) if "channel" in there else ()
    tried = {channel for side in sides for channel in side.attempts["channel"].unique()}
    for channel in [channel for channel in CHANNELS if channel in tried] or [""]:
        yield from _channel(care, own, others, channel)
    if "resolved" in there:
        yield _measure("resolved", "", own, others, _resolved)
    if not own.service.empty or not others.service.empty:
        yield _service(own, others)
    for item in SIX_POINTS:
        if own.scores["item"].eq(item).any():
            yield _point(own, others, item)


def _channel(care: Care, own: Side, others: Side, channel: str) -> Iterator[Measure]:
    """What is known of one channel: the measure that is judged, then those beneath it."""
    there = set(own.attempts.columns)
    answered = _measure("answered", channel, own, others, partial(_answered, channel=channel))
    week = _week(care, own, others) if channel == "phone" and "sent_at" in there else None
    if week and week.own(0.95).value is not None and len(week.others) >= FEWEST_OTHERS:
        yield week
        answered = replace(answered, beneath=True)
    yield answered
    text = care.study.audit.service_level.get(channel)
    if text and {"sent_at", "answered_at", "observed_until"} <= there:
        rows = partial(_in_time, channel=channel, limit=seconds(text))
        yield replace(_measure("in_time", channel, own, others, rows), beneath=True)


def _measure(
    kind: str, about: str, own: Side, others: Side, rows: Callable[[Side], pd.DataFrame]
) -> Measure:
    """A measure from a function that gives the provider of each trial and whether it was hit."""
    mine = rows(own)["hit"]
    k, n = tally(rows(others))
    return Measure(
        kind,
        about,
        measure_name(kind, about),
        np.array([int(mine.sum())]),
        np.array([len(mine)]),
        k[:, None],
        n[:, None],
    )


def tally(rows: pd.DataFrame) -> tuple[Ints, Ints]:
    """How many of each provider's `rows` were hits, and how many there are."""
    by = rows.groupby("provider", observed=True)["hit"].agg(["sum", "size"])
    return by["sum"].to_numpy(dtype=np.int64), by["size"].to_numpy(dtype=np.int64)


def measure_name(kind: str, about: str) -> str:
    """A measure as a reader would call it."""
    channel = _(CHANNEL_NAMES[about]) if about in CHANNEL_NAMES else ""
    if kind == "answered":
        if not channel:
            return _("answered by a person")
        return _("answered: {channel}").format(channel=channel)
    if kind == "in_time":
        return _("in time: {channel}").format(channel=channel)
    if kind == "resolved":
        return _("requests resolved")
    if kind == "hours":
        return _("share of the week truly answerable")
    if kind == "service":
        return _("service rated 4 or 5, all points")
    return _("rated 4 or 5: {item}").format(item=item_name(about))


def hits(rows: pd.DataFrame, hit: pd.Series[Any]) -> pd.DataFrame:
    """Each row's provider, and whether it was a hit."""
    provider = rows["provider"] if "provider" in rows else pd.Series(pd.NA, index=rows.index)
    return pd.DataFrame({"provider": provider, "hit": hit.astype(bool)})


def _answered(side: Side, channel: str) -> pd.DataFrame:
    rows = side.by(channel)
    return hits(rows, rows["answered"])


def _in_time(side: Side, channel: str, limit: float) -> pd.DataFrame:
    """Attempts of which it is known whether a person answered within `limit` seconds.

    None at all where too many answers have no time or too many were not watched for so long:
    what remained would be a choice.
    """
    rows = side.by(channel)
    wait = (rows["answered_at"] - rows["sent_at"]).dt.total_seconds()
    watched = (rows["observed_until"] - rows["sent_at"]).dt.total_seconds()
    never = ~rows["answered"] & (rows["outcome"].isin(ENDED) | (watched >= limit))
    known = never | (rows["answered"] & wait.notna())
    if (~known).sum() > MOST_UNTIMED * len(rows):
        return hits(rows, rows["answered"]).iloc[:0]
    return hits(rows, rows["answered"] & (wait <= limit))[known]


def _resolved(side: Side) -> pd.DataFrame:
    """Who was not answered was not helped, whether or not that was written down."""
    rows = side.attempts
    rows = rows[rows["resolved"].notna() | ~rows["answered"]]
    return hits(rows, rows["resolved"].fillna(False))


def _service(own: Side, others: Side) -> Measure:
    """All points together, the contact being the unit."""
    mine, theirs = (side.service[list(SUMS)].to_numpy(dtype=np.int64) for side in (own, others))
    total = mine.sum(axis=0)
    return Measure(
        "service", "", measure_name("service", ""), total, total[:1], theirs, theirs[:, :1]
    )


def _point(own: Side, others: Side, item: str) -> Measure:
    mine, theirs = (side.scores[side.scores["item"].eq(item)] for side in (own, others))
    return Measure(
        "point",
        item,
        measure_name("point", item),
        np.array([int(mine["k"].sum())]),
        np.array([int(mine["n"].sum())]),
        theirs["k"].to_numpy(dtype=np.int64)[:, None],
        theirs["n"].to_numpy(dtype=np.int64)[:, None],
        beneath=True,
    )


def _week(care: Care, own: Side, others: Side) -> Measure:
    """The answerable share: calls by hour of the week, holidays left out."""
    night = night_span(care.study.audit.night)
    mine, theirs = (_by_hour(care, side) for side in (own, others))
    return Measure(
        "hours",
        "phone",
        measure_name("hours", "phone"),
        mine[0].sum(axis=0),
        mine[1].sum(axis=0),
        *theirs,
        night,
    )


def _by_hour(care: Care, side: Side) -> tuple[Ints, Ints]:
    """Calls answered and made in each hour of the week, one row a provider."""
    calls = timed_calls(care, side)
    code, names = pd.factorize(calls["provider"] if "provider" in calls else np.zeros(len(calls)))
    place = code * coverage.HOURS + calls["hour_of_week"].to_numpy(dtype=np.int64)
    known = code >= 0
    size = len(names) * coverage.HOURS
    made = np.bincount(place[known], minlength=size)
    answered = np.bincount(place[known & calls["answered"].to_numpy()], minlength=size)
    return answered.reshape(-1, coverage.HOURS), made.reshape(-1, coverage.HOURS)
