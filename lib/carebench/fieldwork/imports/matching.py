"""Which planned attempt a record is of: by name, else by provider, channel, line and time.

By time, records and attempts are paired one to one, so that as many as can be are paired and
the sum of the times between them is the least. Where another pairing would do nearly as well,
the pair is made and said to be unsure.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, field
from datetime import datetime

import numpy as np
import numpy.typing as npt

from ...schema import DataError
from ..journal import Journal
from ..letters.addresses import reference_of
from .lines import line_of
from .records import Record

NAMES = re.compile(r"(?<![a-z2-7])[a-z2-7]{16}(?![a-z2-7])", re.IGNORECASE)
REFERENCES = re.compile(r"(?<![A-Z])[A-Z]{2}\d{8}(?!\d)")
BY_HAND = ("phone", "chat", "social", "visit", "web_form")
MOST_PAIRS = 20_000_000
FAR = 1e12  # seconds: worse than any pair that is allowed
NEARLY = 0.25  # of the tolerance: pairs nearer to each other than that cannot be told apart


@dataclass(frozen=True, slots=True)
class Planned:
    """A planned attempt, as far as records are matched to it."""

    token: str
    provider: str
    channel: str
    line: str
    at: float  # seconds since 1970: when it was made, else when it was due


@dataclass(slots=True)
class Matches:
    """The token of each record by its place, and the places that are unsure."""

    tokens: dict[int, str] = field(default_factory=dict)
    unsure: set[int] = field(default_factory=set)


def planned_in(journal: Journal, zone: str) -> tuple[Planned, ...]:
    """The attempts of the plan."""
    rows = journal.rows("SELECT token, provider, channel, recipient, due_utc, sent_utc FROM probes")
    return tuple(
        Planned(
            row["token"],
            row["provider"],
            row["channel"],
            line_of(row["recipient"], zone) if row["channel"] == "phone" else "",
            _seconds(row["sent_utc"] or row["due_utc"]),
        )
        for row in rows
    )


def match(
    records: Sequence[Record],
    planned: Sequence[Planned],
    within_s: float,
    *,
    kept: Mapping[int, str | None],
    held: Set[str],
) -> Matches:
    """Match `records` to `planned`.

    Parameters
    ----------
    within_s : float
        Most seconds between a record and the attempt that it is taken for.
    kept : mapping of int to str or None
        By place: the token that a record has had since it was first taken, None for none.
    held : set of str
        Tokens that records of the same source have.
    """
    names = _names(planned)
    matches = Matches({place: token for place, token in kept.items() if token})
    for place, record in enumerate(records):
        if place not in kept and (token := _named(record.hints, names)):
            matches.tokens[place] = token
    taken = {*held, *matches.tokens.values()}
    settled = kept.keys() | matches.tokens.keys()
    cells: dict[tuple[str, str], tuple[list[int], list[Planned]]] = {}
    for attempt in planned:
        if attempt.token not in taken and attempt.channel in BY_HAND:
            cells.setdefault((attempt.provider, attempt.channel), ([], []))[1].append(attempt)
    for place, record in enumerate(records):
        cell = record.attempt.get("provider", ""), record.attempt.get("channel", "")
        if cell in cells and not record.customers and place not in settled:
            cells[cell][0].append(place)
    for places, attempts in cells.values():
        _by_time(records, places, attempts, within_s, matches)
    return matches


def _names(planned: Iterable[Planned]) -> Mapping[str, str]:
    """By token and by reference: the attempt; a reference of two attempts is none's."""
    names: dict[str, str] = {}
    twice = set()
    for attempt in planned:
        reference = reference_of(attempt.token)
        if reference in names:
            twice.add(reference)
        names[attempt.token] = names[reference] = attempt.token
    return {name: token for name, token in names.items() if name not in twice}


def _named(hints: Iterable[str], names: Mapping[str, str]) -> str:
    """The one attempt that the hints name; "" where they name none, or several."""
    found = set()
    for hint in hints:
        found |= {names.get(word.lower(), "") for word in NAMES.findall(hint)}
        found |= {names.get(word, "") for word in REFERENCES.findall(hint)}
    found.discard("")
    return next(iter(found)) if len(found) == 1 else ""


def _by_time(
    records: Sequence[Record],
    places: Sequence[int],
    planned: Sequence[Planned],
    within_s: float,
    matches: Matches,
) -> None:
    """Pair the records of one provider and channel with its planned attempts.

    What is further apart than `within_s` cannot be a pair: so each cluster is paired alone.
    """
    events = [(_time(records[place]), place, None) for place in places]
    whole = sorted([*events, *((p.at, -1, p) for p in planned)], key=lambda event: event[0])
    begins = [0, *(i for i in range(1, len(whole)) if whole[i][0] - whole[i - 1][0] > within_s)]
    for begin, end in zip(begins, [*begins[1:], len(whole)], strict=True):
        near = [place for _at, place, attempt in whole[begin:end] if attempt is None]
        attempts = [attempt for _at, _place, attempt in whole[begin:end] if attempt]
        if near and attempts:
            _pair(records, near, attempts, within_s, matches)


def _pair(
    records: Sequence[Record],
    places: Sequence[int],
    planned: Sequence[Planned],
    within_s: float,
    matches: Matches,
) -> None:
    if len(places) * len(planned) > MOST_PAIRS:
        raise DataError(
            f"{len(places):,} records lie so close to {len(planned):,} planned attempts that "
            "nobody could tell which is which. Say --within with a shorter time, such as '10 min'."
        )
    due = np.array([attempt.at for attempt in planned])
    lines = np.array([attempt.line for attempt in planned])
    gaps = np.abs(np.array([_time(records[place]) for place in places])[:, None] - due)
    called = np.array([records[place].line for place in places])[:, None]
    fits = (called == lines) | (called == "") | (lines == "")
    _assign(places, planned, np.where((gaps <= within_s) & fits, gaps, FAR), within_s, matches)


def _assign(
    places: Sequence[int],
    planned: Sequence[Planned],
    costs: npt.NDArray[np.float64],
    within_s: float,
    matches: Matches,
) -> None:
    from scipy.optimize import linear_sum_assignment

    for i, j in zip(*linear_sum_assignment(costs), strict=True):
        if costs[i, j] < FAR:
            matches.tokens[places[i]] = planned[j].token
            others = np.concatenate((np.delete(costs[i], j), np.delete(costs[:, j], i)))
            if others.size and others.min() - costs[i, j] < NEARLY * within_s:
                matches.unsure.add(places[i])


def _time(record: Record) -> float:
    return _seconds(record.attempt["sent_at"])


def _seconds(text: str) -> float:
    return datetime.fromisoformat(text).timestamp()
