"""What to do: the changes with most to gain, each with its evidence and what it takes.

A change lifts one share from where it is to where the best third of the others have it. What
it gains is told as a share of all requests, if requests come as the attempts did. The largest
of many gaps is largest partly by chance: large ones are drawn towards the mean of all, and the
interval of each holds for all of them together.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from ...estimate import Estimate, frame
from ...finding import Answer, Finding, Skipped, needs
from ...language import N_, _, number, percent
from ...methods import differences, planning
from ...methods.differences import square_and_add
from ...methods.proportions import z_quantile
from ...methods.providers import heterogeneity, stratified_proportion
from ...schema import DataError, nearest
from ...sources import Care
from ..trials.sides import sides
from .goals import best_third, goal_of, joint_draws, mean_of_top, repeats
from .measures import FEWEST_FOR_RANGE, FEWEST_OTHERS
from .request_kinds import Cell, cells, change_words, reason_words

MOST = 3  # changes that a reader is given
POWER = 0.8
INSIDE = (0.02, 0.98)  # a share seen as 0 or 1 is planned from inside: it has no variance
LEAST = 0.005  # a gap that no wave can show
TOO_MANY = 20  # times as many attempts as a wave had
BEST_THIRD = N_("best third of the others, full-Bayes beta-binomial")
BEST_OF_ALL = N_("best third of the providers, full-Bayes beta-binomial")
PRINTED = N_("a published figure, without its number of attempts")


@dataclass(frozen=True)
class Change:
    """What could be gained in one cell, and whether that is established."""

    cell: Cell
    own: Estimate
    goal: Estimate
    gap: Estimate
    established: bool

    @property
    def gain(self) -> Estimate:
        """The gap as a share of all requests."""
        low, value, high = (
            self.cell.part * (limit or 0.0)
            for limit in (self.gap.low, self.gap.value, self.gap.high)
        )
        return replace(self.gap, low=low, value=value, high=high)


@needs("attempts", "provider")
def what_to_do(care: Care) -> Answer:
    """The changes with most to gain, for the audited company or for all providers."""
    company = care.study.provider or care.study.audit.company
    one, others = sides(care, company)
    if company and not care.study.provider and one.attempts.empty:
        names = sorted(map(str, others.attempts["provider"].unique()))
        raise DataError(
            f"audit.company is {company!r}, whom no attempt names.{nearest(company, names)} "
            f"Expected one of {', '.join(names[:20])}."
        )
    family = [
        cell for cell in cells(care, one, others) if _has_goal(care, cell, sector=not company)
    ]
    level = 1 - (1 - care.study.confidence_level) / max(len(family), 1)
    found = [_sector_change(care, cell, level) if not company else _change(care, cell, level)
             for cell in family]  # fmt: skip
    chosen = _chosen(_drawn_together(found)) if found else []
    if not chosen:
        return Skipped(
            _(
                "No kind of request is served less often than by the best third of the others, "
                "or too few were tried to say so."
            )
        )
    return _finding(care, company, chosen, len(family))


def _has_goal(care: Care, cell: Cell, *, sector: bool) -> bool:
    if len(cell.others_n) >= _fewest(care):
        return True
    return not sector and cell.printed is not None


def _fewest(care: Care) -> int:
    """How many others a goal must rest on where they may not be given away, and elsewhere."""
    return FEWEST_FOR_RANGE if care.study.provider else FEWEST_OTHERS


def _change(care: Care, cell: Cell, level: float) -> Change:
    """What the company could gain in one kind of request; the interval of the gap at `level`."""
    shown = care.study.confidence_level
    if len(cell.others_n) < _fewest(care):
        printed = cell.printed
        goal = Estimate(printed, printed, printed, 0, PRINTED, confidence_level=shown)
        gap = square_and_add(goal, cell.own(level))
    else:
        best = best_third(cell.others_k, cell.others_n)
        goal = goal_of(best, sum(cell.others_n), shown, BEST_THIRD)
        gap = square_and_add(_about(best, goal.n, level), cell.own(level))
    return Change(cell, cell.own(shown), goal, gap, (gap.low or 0.0) > 0)


def _sector_change(care: Care, cell: Cell, level: float) -> Change:
    """What all would gain if each served as many as the best third of them does."""
    k, n, shown = cell.others_k, cell.others_n, care.study.confidence_level
    draws = joint_draws(k, n)
    best = mean_of_top(draws)
    goal = goal_of(best, sum(n), shown, BEST_OF_ALL)
    gap = _about(best - draws.mean(axis=1), goal.n, level)
    own = stratified_proportion(k, n, confidence_level=shown)
    if cell.sums is not None:
        own = cell.own(shown)
    # Some third is always best: a gap is one only where the providers differ at all.
    differ = heterogeneity(k, n, repeats=repeats(len(n))) <= 1 - level
    return Change(cell, own, goal, gap, differ and (gap.value or 0.0) > 0)


def _about(draws: npt.NDArray[np.float64], n: int, level: float) -> Estimate:
    """The draws' mean with normal limits, for too few are drawn to count out the far ones."""
    value, half = float(draws.mean()), z_quantile(level) * float(draws.std())
    return Estimate(value, max(value - half, 0.0), min(value + half, 1.0), n, BEST_THIRD,
                    confidence_level=level)  # fmt: skip


def _drawn_together(changes: list[Change]) -> list[Change]:
    """The same changes, no gap larger than seen or than it is if drawn towards the mean of all."""
    seen = [change.gap.value or 0.0 for change in changes]
    drawn = differences.drawn_together(seen, [_error(change) for change in changes])
    return [
        replace(change, gap=replace(change.gap, value=max(change.gap.low or 0.0, min(pair))))
        for change, *pair in zip(changes, seen, drawn, strict=True)
    ]


def _error(change: Change) -> float:
    """The standard error of a gap."""
    spans = [(one.high or 0.0) - (one.low or 0.0) for one in (change.own, change.goal)]
    half = max(math.hypot(*spans), LEAST) / 2
    return half / z_quantile(change.own.confidence_level)


def _chosen(changes: list[Change]) -> list[Change]:
    """At most three: the established ones by what they gain, then the others."""
    worth = [change for change in changes if (change.gap.value or 0.0) >= LEAST]
    return sorted(worth, key=lambda c: (not c.established, -(c.gain.value or 0.0)))[:MOST]


def _finding(care: Care, company: str, chosen: list[Change], family: int) -> Finding:
    established = [change for change in chosen if change.established]
    table = frame((_row(care, change, len(chosen), family), change.gap) for change in chosen)
    return Finding(
        "what-to-do",
        table,
        headline=_headline(company, established),
        labels={
            "change": _("change"),
            "evidence": _("evidence"),
            "gain_text": _("gain, of all requests"),
            "contacts": _("attempts the next wave needs"),
        },
        notes=_notes(care, len(established), family, sector=not company),
    )


def _row(care: Care, change: Change, listed: int, family: int) -> dict[str, Any]:
    gain = change.gain
    return {
        "change": change_words(change.cell),
        "evidence": " ".join(filter(None, (_evidence(care, change), reason_words(change.cell)))),
        "gain_text": _gain_words(change),
        "contacts": _contacts(care, change, listed, family),
        "established": change.established,
        "own": change.own.value,
        "own_low": change.own.low,
        "own_high": change.own.high,
        "goal": change.goal.value,
        "goal_low": change.goal.low,
        "goal_high": change.goal.high,
        "gain": gain.value,
        "gain_low": gain.low,
        "gain_high": gain.high,
    }


def _gain_words(change: Change) -> str:
    """The gain in requests, and of what kind."""
    if change.cell.kind == "service":
        text = _("{gain} rated 4 or 5 ({interval})")
    elif change.cell.kind == "resolved":
        text = _("{gain} resolved ({interval})")
    else:
        text = _("{gain} answered ({interval})")
    return text.format(gain=change.gain.value_text(), interval=change.gain.interval_text())


def _evidence(care: Care, change: Change) -> str:
    own, goal = change.own, change.goal.value_text()
    if change.cell.kind == "open":
        return _("Not offered; the best third of the others answer {goal}.").format(goal=goal)
    if change.goal.method == PRINTED:
        text = _("{own}; {source} printed {goal}.")
        return text.format(own=own, source=care.study.audit.benchmark, goal=goal)
    if change.goal.method == BEST_OF_ALL:
        return _("{own}; the best third of them {goal}.").format(own=own, goal=goal)
    return _("{own}; the best third of the others {goal}.").format(own=own, goal=goal)


def _contacts(care: Care, change: Change, listed: int, family: int) -> str:
    """How many attempts would show the change; or would tell whether there is a gap."""
    n, goal = change.cell.n, change.goal.value or 0.0
    before, after = np.clip([goal - (change.gap.value or 0.0), goal], *INSIDE)
    if abs(after - before) < LEAST:
        return _("more than a wave can hold")
    comparisons = listed if change.established else family
    needed = _needed(float(before), float(after), comparisons, care)
    if change.established:
        return _("{n} (this wave had {had})").format(n=number(needed), had=number(n))
    more = max(needed - n, n)
    if more > TOO_MANY * n:
        return _("not established; too small a gap for any wave to show")
    return _("not established; {n} more would tell").format(n=number(more))


def _needed(before: float, after: float, comparisons: int, care: Care) -> int:
    """Attempts of each wave; few are counted exactly, for the formula promises too much of them."""
    level = care.study.confidence_level
    n = planning.contacts_per_wave(before, after, comparisons=comparisons, confidence_level=level)
    each = 1 - planning.level_per_test(comparisons, level)
    while n <= planning.MOST_EXACT and (
        planning.newcombe_power(before, after, n, n, confidence_level=each) < POWER
    ):
        n += 1
    return n


def _headline(company: str, established: list[Change]) -> str:
    if not established:
        if company:
            return _("For {company} no change is established by these attempts").format(
                company=company
            )
        return _("For these providers together no change is established by these attempts")
    first = max(established, key=lambda change: change.gain.value or 0.0)
    fields = {
        "company": company,
        "change": change_words(first.cell),
        "gain": first.gain.value_text(),
        "interval": first.gain.interval_text(),
    }
    if company:
        text = _("Most to gain for {company}, {gain} of all requests ({interval}): {change}")
    else:
        text = _("Most to gain for these providers together, {gain} of all requests ({interval}): "
                 "{change}")  # fmt: skip
    return text.format(**fields)


def _notes(care: Care, established: int, family: int, *, sector: bool) -> tuple[str, ...]:
    level = percent(care.study.confidence_level)
    goal = _(
        "The goal is the mean of the best third of the other providers, their rates drawn towards "
        "the common mean because part of being best is chance. A scorecard compares with the "
        "mean of all others, which is lower."
    )
    if sector:
        goal = _(
            "The study names no company of its own, so this speaks of all providers together: what "
            "they would gain if each reached the best third of them."
        )
    notes = [
        goal,
        _(
            "A change is established where the gap is not 0 though {n} kinds of request were "
            "looked at; its interval holds for all of them together at {level} (Bonferroni), and "
            "large gaps are drawn towards their mean, for the largest is so partly by chance."
        ).format(level=level, n=number(family)),
        _(
            "The gain holds if requests come as the attempts did and the goal is reached; the "
            "next wave is planned for a power of 80%."
        ),
    ]
    if established < MOST:
        notes.append(
            _("Established changes: {n}; at most {most} are listed.").format(
                n=number(established), most=number(MOST)
            )
        )
    return tuple(notes)
