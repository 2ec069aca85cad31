"""The parts of the week, and the hours that each attempt stands for."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from ..language import N_
from .opening_hours import HOURS, NIGHT, WEEK_MINUTES, at_night

# The strata of the week. They are fixed here, before any attempt is seen.
PARTS = (
    N_("weekdays 08:00–18:00"),
    N_("weekdays, early and late"),
    N_("weekday nights"),
    N_("weekends by day"),
    N_("weekend nights"),
)
WEEKEND_NIGHT = 4
OFFICE = (8.0, 18.0)  # office hours of a weekday, where unbalanced audits call most
HOUR = np.arange(HOURS)
KIND = np.where(HOUR < 5 * 24, HOUR % 24, HOUR - 4 * 24)  # weekdays are alike: 72 kinds of hour
MISSED = 3.0  # calls expected in a kind of hour that got none: by chance in 5 % of them
SMALLEST_LEAN = 0.02  # of the calls: less of a lean than that moves no share by much

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int_]


def part_of_week(hour_of_week: npt.ArrayLike, night: tuple[float, float] = NIGHT) -> Ints:
    """The part of the week, an index of `PARTS`, in which each hour (0 to below 168) falls."""
    hours = np.asarray(hour_of_week)
    office = (hours % 24 >= OFFICE[0]) & (hours % 24 < OFFICE[1])
    dark, weekend = at_night(hours, night), hours >= 5 * 24
    return np.where(dark, np.where(weekend, 4, 2), np.where(weekend, 3, np.where(office, 0, 1)))


def part_weights(night: tuple[float, float] = NIGHT) -> Floats:
    """The share of the week's hours that each of `PARTS` holds."""
    parts = part_of_week(np.arange(WEEK_MINUTES) / 60, night)
    return np.bincount(parts, minlength=len(PARTS)) / WEEK_MINUTES


def spread_evenly(hour_of_week: npt.ArrayLike, *, night: tuple[float, float] = NIGHT) -> bool:
    """Whether attempts lie over the week as its hours do, so that a raw rate speaks of it."""
    tried = np.bincount(part_of_week(hour_of_week, night), minlength=len(PARTS))
    return bool(even(tried[None, :], night)[0])


def even(tried: npt.ArrayLike, night: tuple[float, float] = NIGHT) -> npt.NDArray[np.bool_]:
    """Whether the attempts of each row lie over `PARTS` as the hours of the week do.

    Every part must be tried, and hold its share of the attempts within two standard deviations
    of what chance leaves. A tolerance that does not shrink lets a lean of any number of
    attempts through: with five parts each off by up to .045, pooled intervals covered the
    answerable share in .90 of simulated audits of 84 attempts, and in .04 of those of 1,000.
    """
    n, weights = np.asarray(tried), part_weights(night)
    total = np.maximum(n.sum(axis=1, keepdims=True), 1)
    chance = np.sqrt(weights * (1 - weights) / total)
    near = np.abs(n / total - weights) <= np.maximum(SMALLEST_LEAN, 2 * chance)
    return np.asarray((near & ((n > 0) | (weights == 0))).all(axis=1))


def untried(hour_of_week: npt.ArrayLike, *, night: tuple[float, float] = NIGHT) -> list[str]:
    """Which of `PARTS` got no attempt, though of so many chance would hardly leave it out.

    Three or more would be expected there of attempts spread over the week by chance.
    """
    tried = np.bincount(part_of_week(hour_of_week, night), minlength=len(PARTS))
    left_out = (tried == 0) & (tried.sum() * part_weights(night) >= MISSED)
    return [part for part, out in zip(PARTS, left_out, strict=True) if out]


def columns_of(columns: int, night: tuple[float, float]) -> tuple[Ints, Ints, Floats]:
    """Part of the week, kind of hour and length in hours of each column of counts."""
    if columns == len(PARTS):
        parts = np.arange(columns)
        return parts, parts, part_weights(night) * HOURS
    return part_of_week(HOUR + 0.5, night), KIND, np.ones(HOURS)


def hours_per_attempt(
    tried: Ints,
    part: Ints,
    kind: Ints,
    hours: Floats,
) -> Floats:
    """The hours that an attempt in each column stands for.

    Hours that follow each other in a part and a kind of day are one block until they hold
    an attempt; a rest that holds none joins the block before.
    """
    kinds = int(kind.max()) + 1
    calls, length = np.bincount(kind, tried, kinds), np.bincount(kind, hours, kinds)
    part_of_kind = np.zeros(kinds, dtype=int)
    part_of_kind[kind] = part
    block = np.zeros(kinds, dtype=int)
    for each in range(len(PARTS)):
        inside = part_of_kind == each
        block[inside] = each * kinds + _blocks(calls[inside].tolist())
    calls, length = (np.bincount(block, counts) for counts in (calls, length))
    return np.divide(length, calls, out=np.zeros(len(calls)), where=calls > 0)[block[kind]]


def _blocks(calls: list[float]) -> Ints:
    """The block of each kind of hour; the kinds follow each other."""
    blocks: list[int] = []
    block, held = 0, 0.0
    for count in calls:
        if held:
            block, held = block + 1, 0.0
        blocks.append(block)
        held += count
    return np.minimum(blocks, block if held else max(block - 1, 0))


def missed(
    n: Ints,
    part: Ints,
    kind: Ints,
    hours: Floats,
) -> Floats:
    """Hours of each column that got no attempt, though chance would hardly leave them out."""
    of_part = np.eye(len(PARTS))[part]
    of_kind = np.eye(int(kind.max()) + 1)[kind]
    length = np.maximum(hours @ of_part, 1e-12)
    pace = (n @ of_part / length)[:, part]
    expected = pace * (of_kind @ (hours @ of_kind))
    tried = (n @ of_kind)[:, kind] > 0
    return np.where(~tried & (expected >= MISSED), hours, 0.0)
