"""Which week each attempt at a line is made in: never too near another, never too many a day.

A search that puts right one attempt after the other [1]_: of those that clash, one is taken by
lot and moved to the week where it clashes least.

.. [1] Minton, Johnston, Philips & Laird (1992), Artificial Intelligence 58:161-205.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int_]

PATIENCE = 40  # moves for each attempt without any gain, before the search is given up
NOWHERE = -1


class Line:
    """The attempts at one line: when each could be made, and the week it is in now."""

    def __init__(self, at: Floats, days: Ints, *, gap: float, per_day: int) -> None:
        """`at` (seconds) and `days` by attempt and week, as `moments` gives them."""
        self.at, self.days, self.gap, self.per_day = at, days, gap, per_day
        self.week = np.full(len(at), NOWHERE)

    def clashes(self, i: int) -> Floats:
        """With how much attempt i would clash in each week; infinite where it cannot be."""
        others = (self.week != NOWHERE) & (np.arange(len(self.week)) != i)
        at, days = self._now(others)
        near = (np.abs(self.at[i][:, None] - at[None, :]) < self.gap).sum(axis=1)
        same_day = (self.days[i][:, None] == days[None, :]).sum(axis=1)
        over = np.maximum(same_day - self.per_day + 1, 0)
        return np.where(np.isnan(self.at[i]), np.inf, np.maximum(near, over))

    def troubled(self) -> Ints:
        """The attempts that clash with another, or stand on a day with too many."""
        placed = np.flatnonzero(self.week != NOWHERE)
        at, days = self._now(self.week != NOWHERE)
        order = np.argsort(at, kind="stable")
        near = np.diff(at[order]) < self.gap
        bad = np.zeros(len(placed), dtype=bool)
        bad[order[1:][near]] = bad[order[:-1][near]] = True
        _days, which, count = np.unique(days, return_inverse=True, return_counts=True)
        return placed[bad | (count > self.per_day)[which]]

    def possible(self, i: int) -> Ints:
        """The weeks in which attempt i clashes with nothing."""
        return np.flatnonzero(self.clashes(i) == 0)

    def _now(self, which: npt.NDArray[np.bool_]) -> tuple[Floats, Ints]:
        rows, weeks = np.flatnonzero(which), self.week[which]
        return self.at[rows, weeks], self.days[rows, weeks]


def place(line: Line, rng: np.random.Generator) -> None:
    """Give each attempt of the line a week, or none where it would clash in all of them."""
    _deal(line, rng)
    best, left = len(line.week) + 1, PATIENCE * len(line.week)
    kept = line.week.copy()
    last = kept.copy()  # the week each attempt left last: it does not go straight back
    while (troubled := line.troubled()).size and left:
        if troubled.size < best:
            best, left, kept = troubled.size, PATIENCE * len(line.week), line.week.copy()
        _move(line, int(rng.choice(troubled)), last, rng)
        left -= 1
    if troubled.size:
        line.week = kept
    _take_out(line, rng)


def _deal(line: Line, rng: np.random.Generator) -> None:
    """Deal the weeks out, all of them before one comes again."""
    n, weeks = line.at.shape
    rounds = -(-n // weeks)
    deck = np.concatenate([rng.permutation(weeks) for _round in range(rounds)])[:n]
    impossible = np.isnan(line.at[np.arange(n), deck])
    line.week = np.where(impossible, NOWHERE, deck)
    for i in np.flatnonzero(impossible):
        _move(line, int(i), np.full(n, NOWHERE), rng)


def _move(line: Line, i: int, last: Ints, rng: np.random.Generator) -> None:
    """Move attempt i to the week where it clashes least; nowhere, where no week has its minute."""
    clashes = line.clashes(i)
    if np.isinf(clashes).all():
        line.week[i] = NOWHERE
        return
    here, before = line.week[i], last[i]
    for week in (here, before):
        if week != NOWHERE and np.isfinite(clashes).sum() > 2:
            clashes[week] += 0.5
    line.week[i] = rng.choice(np.flatnonzero(clashes == clashes.min()))
    last[i] = here


def _take_out(line: Line, rng: np.random.Generator) -> None:
    """Take out attempts, those that clash with most first, until none does; put back what fits."""
    while (troubled := line.troubled()).size:
        clashes = [line.clashes(int(i))[line.week[i]] for i in troubled]
        worst = int(troubled[int(np.argmax(clashes))])
        line.week[worst] = NOWHERE
    for i in np.flatnonzero(line.week == NOWHERE):
        if (free := line.possible(int(i))).size:
            line.week[i] = rng.choice(free)
