"""The kinds of request in which something could be changed, and the words for each change."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from ...estimate import Estimate
from ...language import N_, _, number
from ...methods.contacts import share_of_scores
from ...methods.opening_hours import WEEK_MINUTES, at_night, claimed_minutes, night_span
from ...methods.proportions import SMALL, proportion
from ...published import references
from ...schema import CHANNELS
from ...sources import Care
from ..trials.claimed_channels import channels_in
from ..trials.scores import SUMS
from ..trials.selection import CHANNEL_NAMES, OUTCOME_NAMES, STAGE_NAMES
from ..trials.sides import Side, timed_calls
from .measures import hits, tally

NOT_OFFERED = N_("not offered")
# Windows of the week, fixed before any call is seen; what is left of a day is its night.
MORNING, EVENING, WEEKEND = 8, 18, 5 * 24
WINDOWS = {
    "office": N_("weekdays 08:00–18:00"),
    "weekend": N_("weekends 08:00–18:00"),
    "evening": N_("evenings from 18:00"),
    "morning": N_("mornings before 08:00"),
    "night": N_("nights"),
}
WINDOW_COLUMNS = ("provider", "outcome", "answered", "hour_of_week")


@dataclass(frozen=True)
class Cell:
    """Requests of one kind: k of n were served well, and how many of each of the others'.

    Of service, n is the number of contacts and k the mean number of them with a good score, as a
    whole number: the scores of a contact are one observation.

    Parameters
    ----------
    kind : str
        "answered", "open", "hours", "resolved" or "quality".
    about : str
        Its channel or window of the week.
    part : float
        The share of all requests that it is.
    weakest : (str, int, int), optional
        Where most of the failures lie: their name, how many, of how many failures.
    claimed : (int, int), optional
        Of calls made while the provider claims to be open: answered, made.
    printed : float, optional
        The share that a published audit printed.
    sums : DataFrame, optional
        Of service, what `scores.sums` holds of each provider.
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
    sums: pd.DataFrame | None = None

    def own(self, confidence_level: float) -> Estimate:
        """The share of these requests that was served."""
        if self.kind == "open":  # what is not offered is never answered, and that is no estimate
            return Estimate(0.0, 0.0, 0.0, 0, NOT_OFFERED, confidence_level=confidence_level)
        if self.sums is not None:
            columns = (self.sums[name] for name in SUMS)
            return share_of_scores(*columns, confidence_level=confidence_level)
        return proportion(self.k, self.n, confidence_level=confidence_level)


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
    yield _service(one, others)


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
    listed = channels_in(one.providers["channels"].iloc[0])
    return set(CHANNELS) if listed is None else listed


def _windows(care: Care, one: Side, others: Side) -> Iterator[Cell]:
    """Calls by window of the week, at the provider's own clock."""
    own = _by_window(care, one)
    theirs = _by_window(care, others) if others.attempts is not one.attempts else own
    own = own.assign(open=_claimed_open(one, own["hour_of_week"]))
    by = [theirs["window"], "provider"]
    tried = hits(theirs, theirs["answered"]).groupby(by, observed=True)["hit"].agg(["sum", "size"])
    tried = tried.reset_index("provider")
    for name in WINDOWS:
        mine = own[own["window"].eq(name)]
        rest = tried[tried.index == name]
        open_then = mine.loc[mine["open"], "answered"]
        yield Cell(
            "hours",
            name,
            int(mine["answered"].sum()),
            len(mine),
            rest["sum"].tolist(),
            rest["size"].tolist(),
            len(mine) / len(one.attempts) if len(mine) else 0.0,
            _weakest_outcome(mine),
            (int(open_then.sum()), len(open_then)) if len(one.providers) == 1 else None,
        )


def _by_window(care: Care, side: Side) -> pd.DataFrame:
    """Calls with the window of the week in which each was made."""
    calls = timed_calls(care, side)
    calls = calls[[name for name in calls if name in WINDOW_COLUMNS]]
    night = night_span(care.study.audit.night)
    return calls.assign(window=window(calls["hour_of_week"], night))


def window(hour_of_week: Any, night: tuple[float, float]) -> pd.Categorical:
    """The window, a key of `WINDOWS`, in which each hour of the week falls."""
    hours = np.asarray(hour_of_week, dtype=float)
    clock = hours % 24
    place = {name: np.int8(code) for code, name in enumerate(WINDOWS)}
    by_day = np.where(hours >= WEEKEND, place["weekend"], place["office"])
    at_edge = np.where(clock >= EVENING, place["evening"], place["morning"])
    found = np.where((clock >= MORNING) & (clock < EVENING), by_day, at_edge)
    codes = np.where(at_night(hours, night), place["night"], found)
    make: Any = pd.Categorical.from_codes  # whose types know no array of small numbers
    found_in: pd.Categorical = make(codes, categories=list(WINDOWS))
    return found_in


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
    """Requests resolved, of those that a person answered."""
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


def _service(one: Side, others: Side) -> Cell:
    """Contacts by their good scores, all points together: shoppers seldom agree on one alone."""
    k, theirs = (
        (side.service["k"] / side.service["n"] * side.service["contacts"])
        .astype("float64").round().astype("int64").tolist()
        for side in (one, others)
    )  # fmt: skip
    own_n, n = (side.service["contacts"].astype("int64").tolist() for side in (one, others))
    answered = int(one.attempts["answered"].sum()) / max(len(one.attempts), 1)
    return Cell("service", "", sum(k), sum(own_n), theirs, n, answered, sums=one.service)


def _weakest_outcome(rows: pd.DataFrame) -> tuple[str, int, int] | None:
    """How most of the unanswered attempts ended."""
    failed = rows.loc[~rows["answered"], "outcome"]
    if failed.empty:
        return None
    by = failed.value_counts()
    return str(by.index[0]), int(by.iloc[0]), len(failed)


def change_words(cell: Cell) -> str:
    """The change in a few words: hours to cover, a channel to open, or an answer to fix."""
    if cell.kind == "open":
        return _("channel to open: {channel}").format(channel=_(CHANNEL_NAMES[cell.about]))
    if cell.kind == "hours":
        return _("hours to cover: {hours}").format(hours=_(WINDOWS[cell.about]))
    if cell.kind == "answered":
        return _("answer to fix: {channel}").format(channel=_(CHANNEL_NAMES[cell.about]))
    if cell.kind == "resolved":
        return _("answer to fix: resolve the request")
    return _("answer to fix: its quality")


def reason_words(cell: Cell) -> str:
    """Where most of the failures lie: hours claimed and not kept, an outcome, a stage; or ""."""
    if cell.claimed is not None and not cell.claimed[1]:
        return _("It does not claim to be open then.")
    if cell.claimed is not None:
        answered, made = cell.claimed
        text = _("It claims to be open at {n} of these calls and answered {k}.")
        return text.format(n=number(made), k=number(answered))
    if cell.weakest is None:
        return ""
    where, k, n = cell.weakest
    if cell.kind == "resolved":
        text, name = _("Of {n} not resolved, {k} came {stage}."), STAGE_NAMES[where]
        return text.format(n=number(n), k=number(k), stage=_(name))
    text, name = _("Of {n} unanswered, {k}: {outcome}."), OUTCOME_NAMES[where]
    return text.format(n=number(n), k=number(k), outcome=_(name))
