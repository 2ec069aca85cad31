"""What to do: the changes with most to gain, each with its evidence and what it takes.

A change lifts one share from where it is to where the best third of the others have it. What
it gains is told as a share of all requests, if requests come as the attempts did.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from ..estimate import Estimate, frame
from ..finding import Answer, Finding, Skipped, needs
from ..language import N_, _, number, percent
from ..methods import planning
from ..methods.differences import p_value, square_and_add
from ..methods.multiplicity import holm
from ..methods.proportions import proportion, z_quantile
from ..methods.providers import heterogeneity, stratified_proportion
from ..schema import DataError, nearest
from ..sources import Care
from .goals import best_third, goal_of, joint_draws, mean_of_top, repeats
from .measures import FEWEST_OTHERS
from .request_kinds import Cell, cells, change_words, takes_words
from .sides import sides

MOST = 3  # changes that a reader is given
POWER = 0.8
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
    p: float
    established: bool = False

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
    found = [_change(care, cell, sector=not company) for cell in cells(care, one, others)]
    judged = _judged([change for change in found if change], care.study.confidence_level)
    chosen = _chosen(judged)
    if not chosen:
        return Skipped(
            _(
                "No kind of request is served less often than by the best third of the others, "
                "or too few were tried to say so."
            )
        )
    return _finding(care, company, chosen, len(judged))


def _change(care: Care, cell: Cell, *, sector: bool) -> Change | None:
    """What a cell could gain; None where there is nothing to judge it by."""
    level = care.study.confidence_level
    if sector:
        return _sector_change(cell, level)
    own = proportion(cell.k, cell.n, confidence_level=level)
    if len(cell.others_n) < FEWEST_OTHERS:
        if cell.printed is None or cell.n == 0:
            return None
        goal = Estimate(
            cell.printed, cell.printed, cell.printed, 0, PRINTED, confidence_level=level
        )
        return _against(cell, own, goal, 0.0)
    best = best_third(cell.others_k, cell.others_n)
    goal = goal_of(best, sum(cell.others_n), level, BEST_THIRD)
    if cell.kind == "open":  # what is not offered is never answered, and that is no estimate
        own = Estimate(0.0, 0.0, 0.0, 0, N_("not offered"), confidence_level=level)
    return _against(cell, own, goal, float(best.std()))


def _against(cell: Cell, own: Estimate, goal: Estimate, error: float) -> Change:
    """The gap between a goal, known but for its error, and one's own share."""

    def at(level: float) -> Estimate:
        mine = own if own.n == 0 else proportion(cell.k, cell.n, confidence_level=level)
        half = z_quantile(level) * error
        value = goal.value or 0.0
        theirs = replace(goal, low=max(0.0, value - half), high=min(1.0, value + half))
        return square_and_add(theirs, mine)

    return Change(cell, own, goal, at(goal.confidence_level), p_value(at))


def _sector_change(cell: Cell, level: float) -> Change | None:
    """What all would gain if each served as many as the best third of them does."""
    k, n = cell.others_k, cell.others_n
    if len(n) < FEWEST_OTHERS:
        return None
    draws = joint_draws(k, n)
    best, mean = mean_of_top(draws), draws.mean(axis=1)
    goal = goal_of(best, sum(n), level, BEST_OF_ALL)
    gap = goal_of(best - mean, sum(n), level, BEST_OF_ALL)
    own = stratified_proportion(k, n, confidence_level=level)
    # Some third is always best: a gap is one only where the providers differ at all.
    return Change(cell, own, goal, gap, heterogeneity(k, n, repeats=repeats(len(n))))


def _judged(changes: list[Change], level: float) -> list[Change]:
    """Which gaps are established: Holm over all kinds of request that were looked at."""
    adjusted = holm([change.p for change in changes])
    return [
        replace(change, established=p <= 1 - level and (change.gap.value or 0) > 0)
        for change, p in zip(changes, adjusted, strict=True)
    ]


def _chosen(changes: list[Change]) -> list[Change]:
    """At most three: the established ones by what they gain, then the others; one of ratings."""
    worth = [change for change in changes if (change.gap.value or 0.0) > 0]
    worth.sort(key=lambda change: (not change.established, -(change.gain.value or 0.0)))
    rated = [change for change in worth if change.cell.kind == "quality"]
    return [change for change in worth if change not in rated[1:]][:MOST]


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
            "takes": _("what it takes"),
            "gain_text": _("gain, of all requests"),
            "contacts": _("contacts the next wave needs"),
        },
        notes=_notes(care, len(established), family, sector=not company),
    )


def _row(care: Care, change: Change, listed: int, family: int) -> dict[str, Any]:
    gain = change.gain
    return {
        "change": change_words(change.cell),
        "evidence": _evidence(care, change),
        "takes": takes_words(change.cell),
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
    if change.cell.kind == "quality":
        text = _("{gain} rated 4 or 5 ({interval})")
    elif change.cell.kind == "resolved":
        text = _("{gain} resolved ({interval})")
    else:
        text = _("{gain} answered ({interval})")
    return text.format(gain=change.gain.value_text(), interval=change.gain.interval_text())


def _evidence(care: Care, change: Change) -> str:
    goal = change.goal
    if change.cell.kind == "open":
        return _("not offered; the best third of the others answer {goal}").format(goal=goal)
    if goal.method == PRINTED:
        return _("{own}; {source} printed {goal}").format(
            own=change.own, source=care.study.audit.benchmark, goal=goal.value_text()
        )
    if goal.method == BEST_OF_ALL:
        return _("{own}; the best third of them {goal}").format(own=change.own, goal=goal)
    return _("{own}; the best third of the others {goal}").format(own=change.own, goal=goal)


def _contacts(care: Care, change: Change, listed: int, family: int) -> str:
    """How many attempts would show the change; or would tell whether there is a gap."""
    n, trials = change.cell.n, change.own.n
    share = change.own.value or 0.0
    # A share seen as 0 or 1 is planned from inside: it has no variance, not even a true one.
    before = (share * trials + 1) / (trials + 2)
    after = float(np.clip(change.goal.value or 0.0, 0.02, 0.98))
    if abs(after - before) < 0.005:
        return _("more than a wave can hold")
    needed = _needed(before, after, listed if change.established else family, care)
    if change.established:
        return _("{n} of this kind (this wave had {had})").format(n=number(needed), had=number(n))
    more = max(needed - n, n)
    if more > TOO_MANY * n:
        return _("not established; too small a gap for any wave to show")
    return _("not established; {n} more of this kind would tell").format(n=number(more))


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
        text = _("Most to gain for {company}: {change}, {gain} of all requests ({interval})")
    else:
        text = _("Most to gain for these providers together: {change}, {gain} of all requests "
                 "({interval})")  # fmt: skip
    return text.format(**fields)


def _notes(care: Care, established: int, family: int, *, sector: bool) -> tuple[str, ...]:
    level = percent(care.study.confidence_level)
    goal = _(
        "The goal is the mean of the best third of the other providers, their rates drawn towards "
        "the common mean because part of being best is chance."
    )
    if sector:
        goal = _(
            "The study names no company of its own, so this speaks of all providers together: what "
            "they would gain if each reached the best third of them."
        )
    notes = [
        goal,
        _(
            "A change is established where the gap is not 0 at {level} after Holm’s correction "
            "over the {n} kinds of request that were looked at. The gain holds if requests come "
            "as the attempts did and the goal is reached; contacts are for a power of 80%."
        ).format(level=level, n=number(family)),
    ]
    if established < MOST:
        notes.append(
            _("Established changes: {n}; at most {most} are listed.").format(
                n=number(established), most=number(MOST)
            )
        )
    return tuple(notes)
