"""How many still waited at each moment, and how many were answered then: one sort for all."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ..schema import DataError

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Truths = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class LifeTable:
    """Each distinct time of each group, in order: who still waited, and who was answered then.

    Parameters
    ----------
    group, time, waiting, answers : arrays, one entry per distinct time of a group
        `waiting` counts those that still waited just before `time`.
    entry : array of int, shape (n,)
        The entry of the table in which each wait that was given ended.
    """

    group: Ints
    time: Floats
    waiting: Ints
    answers: Ints
    entry: Ints

    def running(self, terms: Floats) -> Floats:
        """Sum of `terms` up to and including each entry, within its group."""
        total = np.cumsum(terms)
        first = np.searchsorted(self.group, self.group)
        return np.asarray(total - (total - terms)[first])

    def left(self) -> Floats:
        """Share of each group that is still without an answer after each entry [1]_.

        References
        ----------
        .. [1] Kaplan & Meier (1958), J. Am. Stat. Assoc. 53:457-481.
        """
        with np.errstate(divide="ignore"):
            kept = np.log1p(-self.answers / self.waiting)
        none_left = self.running(np.isneginf(kept).astype(float)) > 0
        share = np.exp(self.running(np.where(np.isneginf(kept), 0.0, kept)))
        return np.where(none_left, 0.0, share)

    def greenwood(self) -> Floats:
        """Each entry's part of Greenwood's sum: answers / (waiting × those left); 0 at the end."""
        left = (self.waiting - self.answers).astype(float)
        return np.where(left > 0, self.answers / (self.waiting * np.maximum(left, 1)), 0.0)


def life_table(
    time: Floats, event: Truths, group: Ints | None = None, counts: Ints | None = None
) -> LifeTable:
    """The life table of each group; all attempts are one group where none is given.

    Each wait is one attempt's, or that of as many as `counts` says.
    """
    of = np.zeros(len(time), dtype=np.int64) if group is None else group
    order = sorted_within(of, time)
    times, groups = time[order], of[order]
    new = np.ones(len(times), dtype=bool)
    new[1:] = (times[1:] != times[:-1]) | (groups[1:] != groups[:-1])
    starts = np.flatnonzero(new)
    ends = np.searchsorted(groups, groups[starts], side="right")
    so_far = np.arange(len(time) + 1) if counts is None else np.append(0, np.cumsum(counts[order]))
    entry = np.empty(len(times), dtype=np.int64)
    entry[order] = np.cumsum(new) - 1
    return LifeTable(
        groups[starts],
        times[starts],
        so_far[ends] - so_far[starts],
        added(entry, event, counts, len(starts)),
        entry,
    )


def added(group: Ints, where: Truths, counts: Ints | None, groups: int) -> Ints:
    """How many attempts of each group are among those `where` it holds."""
    weights = None if counts is None else counts[where]
    return np.asarray(np.bincount(group[where], weights, groups), dtype=np.int64)


def total(where: Truths, counts: Ints | None) -> int:
    """How many attempts are among those `where` it holds."""
    return int(where.sum() if counts is None else counts[where].sum())


def sorted_within(group: Ints, time: Floats) -> Ints:
    """The order of `time` within each group, groups in order."""
    order = np.argsort(time, kind="stable")
    few = len(group) == 0 or int(group.max()) <= np.iinfo(np.int16).max
    # Whole numbers of 16 bits are sorted by their digits, many times faster than by comparing.
    groups = group[order].astype(np.int16) if few else group[order]
    return np.asarray(order[np.argsort(groups, kind="stable")])


def checked(waits: npt.ArrayLike, answered: npt.ArrayLike) -> tuple[Floats, Truths]:
    """The waits and whether each ended in an answer, as arrays.

    Raises
    ------
    DataError
        A wait is missing or negative, or one that never ended is said to be answered.
    """
    time, event = np.asarray(waits, dtype=float), np.asarray(answered, dtype=bool)
    if np.isnan(time).any() or (time < 0).any():
        raise DataError("A waiting time is missing or below zero. Check the times of the attempts.")
    if np.isinf(time[event]).any():
        raise DataError("An answer came after an endless wait. Check the times of the attempts.")
    return time, event


def followed(time: Floats, event: Truths) -> float:
    """Until when the curve is known: the last time seen, or for ever where nobody was lost.

    An endless wait vouches for itself alone: once all others are lost from sight, the curve
    of those who bounced says nothing of them.
    """
    unseen = ~event & np.isfinite(time)
    return float(time[np.isfinite(time)].max()) if unseen.any() else np.inf
