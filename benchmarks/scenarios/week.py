"""The week of 168 hours: how much of it is answered, and when a line opens."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.random import Generator

from carebench.methods import coverage, edges, opening_hours

from .registry import Hits, inside, scenario

WEEK = {
    "weekdays 08–17": "Mo-Fr 08:00-17:00",
    "office, Saturday mornings": "Mo-Fr 08:00-17:30; Sa 08:00-12:00",
    "extended": "Mo-Su 07:00-22:00",
    "24/7": "24/7",
    "24/7, dark 02 to 05": "Mo-Su 05:00-24:00; Mo-Su 00:00-02:00",
}
# Where half of the calls are made; the other half lies at random over the week.
CROWDED = {
    "half on weekdays 08–18": "Mo-Fr 08:00-18:00",
    "half on weekdays 09–17": "Mo-Fr 09:00-17:00",
    "half in office hours, Saturday mornings too": WEEK["office, Saturday mornings"],
}
DESIGNS = ("sliced", "at random", *CROWDED)


@scenario("answerable share of the week")
def answerable(rng: Generator, repeats: int) -> Hits:
    """One provider, whose own calls are all that is known of how they were spread."""
    for is_open, s, n, design, setting in _weeks():

        def draw(is_open=is_open, s=s, n=n, design=design) -> Iterator[list[bool]]:
            for _ in range(repeats // 4):
                counts = _called(rng, is_open * s, n, design, providers=1)
                yield [inside(coverage.answerable(*counts)[0], float(is_open.mean()) * s)]

        yield "weighted by hour, MOVER", setting, draw()


@scenario("answerable share of the week, mean over providers")
def mean_answerable(rng: Generator, repeats: int) -> Hits:
    for is_open, s, n, design, setting in _weeks():

        def draw(is_open=is_open, s=s, n=n, design=design) -> Iterator[list[bool]]:
            for _ in range(repeats // 4):
                counts = _called(rng, is_open * s, n, design, providers=13)
                mean = coverage.mean_share(coverage.answerable(*counts))
                yield [inside(mean, float(is_open.mean()) * s)]

        yield "mean of the named, MOVER", f"13 × {setting}", draw()


def _weeks() -> Iterator[tuple[np.ndarray, float, int, str, str]]:
    """Hours staffed, chance to be answered in them, calls, their design, and all in words."""
    for design in DESIGNS:
        for n in (42, 84):
            for name, hours in WEEK.items():
                for s in (0.62, 1.0):
                    setting = f"{name}, s = {s:g}, n = {n}, {design}"
                    yield opening_hours.claimed_week(hours), s, n, design, setting


def _called(
    rng: Generator, chance: np.ndarray, n: int, design: str, providers: int
) -> tuple[np.ndarray, np.ndarray]:
    """Calls answered and made by hour of the week, n a provider."""
    hour = np.array([_schedule(rng, n, design) for _ in range(providers)])
    hit = rng.random(hour.shape) < chance[hour]
    place = hour + 168 * np.arange(providers)[:, None]
    answered, tried = (np.bincount(at.ravel(), minlength=168 * providers)
                       for at in (place[hit], place))  # fmt: skip
    return answered.reshape(-1, 168), tried.reshape(-1, 168)


def _schedule(rng: Generator, n: int, design: str) -> np.ndarray:
    if design == "sliced":
        return ((np.arange(n) + rng.random(n)) * 168 / n).astype(int)
    if design == "at random":
        return rng.integers(0, 168, n)
    crowded = np.flatnonzero(opening_hours.claimed_week(CROWDED[design]) == 1)
    return np.concatenate([rng.choice(crowded, n // 2), rng.integers(0, 168, n - n // 2)])


@scenario("opening and closing time")
def opening(rng: Generator, repeats: int) -> Hits:
    for n in (48, 96):
        for s in (0.62, 0.9):

            def draw(n=n, s=s) -> Iterator[list[bool]]:
                for _ in range(repeats // 10):
                    begins, ends = rng.integers(24, 40) / 4, rng.integers(64, 88) / 4
                    hour = (np.arange(n) + rng.random(n)) * 24 / n
                    hit = (hour >= begins) & (hour < ends) & (rng.random(n) < s)
                    quarter = (hour * 4).astype(int)
                    tried = np.bincount(quarter, minlength=96)
                    answered = np.bincount(quarter[hit], minlength=96)
                    (found,) = edges.edges(answered, tried)
                    if found is not None:
                        limits = [edge.limits() for edge in found]
                        yield [
                            low <= x <= high
                            for (low, high), x in zip(limits, (begins, ends), strict=True)
                        ]

            yield "grid posterior", f"{n} attempts, s = {s:g}, on the quarter of an hour", draw()
