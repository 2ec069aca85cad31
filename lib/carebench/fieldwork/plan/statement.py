"""What a plan can show and what it cannot, said before anybody is contacted."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from ...language import money, number
from ...methods.clusters import allocation, design_effect
from ...methods.opening_hours import HOURS
from ...methods.planning import detectable_difference, providers_in_both_waves
from ...methods.round_the_clock import uncovered
from ...study import Study
from .cautions import cautions, unplaced_lines
from .counting import LATER, Held, held
from .lines import used_channels
from .planned import Plan
from .weeks import weeks_of
from .wording import by_channels, in_columns, points, share, wrapped

ASSUMED_ICC = 0.1  # how alike attempts of one shopper's day, or at one provider, are taken to be
CHANGE = 0.2  # of the rate over all providers from one wave to the next
NIGHTS = 7
GAPS_H = (3, 8)  # of every night, for which the chance to find them is stated


def statement(study: Study, plan: Plan) -> list[str]:
    """The statement of a plan, line by line, for a terminal of 100 columns."""
    return [part for line in _lines(study, plan) for part in wrapped(line)]


def _lines(study: Study, plan: Plan) -> Iterator[str]:
    found = [held(study, plan.probes, channel) for channel in used_channels(study)]
    yield from _head(study, plan)
    yield from ("", *_burden(study, found))
    yield from ("", *_differences(study, found))
    yield from ("", *_around_the_clock(study, found))
    yield from ("", *_balance(study, found))
    if plan.unplaced:
        yield from ("", *unplaced_lines(plan.unplaced))
    yield from ("", *cautions(study, plan, found))


def _head(study: Study, plan: Plan) -> Iterator[str]:
    weeks = weeks_of(study)
    providers = len({probe.provider for probe in plan.probes})
    yield (
        f"Plan of wave {study.wave}: {number(len(plan.probes))} attempts at {providers} providers, "
        f"{weeks.starts} to {weeks.ends}, seed {study.fieldwork.seed}"
    )
    if weeks.days_off:
        yield f"Holidays without attempts: {', '.join(map(str, weeks.days_off))}"


def _burden(study: Study, found: Sequence[Held]) -> Iterator[str]:
    """How many attempts there are, what they cost, and how much of the staff's time they take."""
    plans = study.fieldwork.channels
    rows = [("channel", "providers", "attempts at each", "cost", "a provider", "staff minutes")]
    cost = minutes = 0.0
    for each in found:
        n, plan = len(each.probes), plans[each.channel]
        cost, minutes = cost + n * plan.cost, minutes + n * plan.staff_minutes
        spent = money(n * plan.cost, study.currency)
        apiece = money(n * plan.cost / len(each.providers), study.currency)
        burned = number(n * plan.staff_minutes)
        rows.append((each.channel, str(len(each.providers)), str(each.each), spent, apiece, burned))
    yield from in_columns(rows)
    everybody = max(len({who for each in found for who in each.providers}), 1)
    yield (
        f"In all {money(cost, study.currency)}, {money(cost / everybody, study.currency)} a "
        f"provider; {number(minutes)} minutes of the providers' staff."
    )
    yield from _cheaper(study, found)


def _cheaper(study: Study, found: Sequence[Held]) -> Iterator[str]:
    """How the same money would be spread over channels for the most exact mean of them."""
    costs = [study.fieldwork.channels[each.channel].cost for each in found]
    if len(found) < 2 or min(costs) <= 0:
        return
    alike = [1.0] * len(found)
    spent = sum(each.each * cost for each, cost in zip(found, costs, strict=True))
    planned = [each.each for each in found]
    best = allocation(alike, [0.5] * len(found), costs, spent)
    if planned == [round(n) for n in best.tolist()]:
        return
    said = ", ".join(f"{each.channel} {n:.0f}" for each, n in zip(found, best, strict=True))
    yield f"For the same money the mean of the channels is most exact with, at each: {said}."


def _differences(study: Study, found: Sequence[Held]) -> Iterator[str]:
    level = study.confidence_level
    yield (
        f"Smallest differences of two rates about 50 % that it shows four times in five "
        f"({level:.0%} confidence):"
    )
    rows = [("channel", "one pair", "any pair", "one pair, clustered", "wave to wave")]
    for each in found:
        pairs = math.comb(len(each.providers), 2)
        effect = design_effect(each.in_shopper_days, ASSUMED_ICC)
        rows.append(
            (
                each.channel,
                _gap(each.each, min(pairs, 1), level),
                _gap(each.each, pairs, level),
                _gap(each.each, min(pairs, 1), level, effect),
                _providers_needed(each, level),
            )
        )
    yield from in_columns(rows)
    yield (
        "any pair: allows for the number of pairs. clustered: attempts of one shopper and day at "
        f"a provider alike (intraclass correlation {ASSUMED_ICC:g}, an assumption). wave to wave: "
        f"providers it takes to see their common rate change by {100 * CHANGE:.0f} points, with "
        "so many attempts at each, as alike as that; the same providers in both waves, each "
        "compared with itself, and all changing alike."
    )


def _gap(n: int, comparisons: int, level: float, effect: float = 1.0) -> str:
    if not n or not comparisons:
        return "–"
    gap = detectable_difference(
        n, n, comparisons=comparisons, confidence_level=level, design_effect=effect
    )
    return points(gap)


def _providers_needed(each: Held, level: float) -> str:
    if not each.each:
        return "–"
    needed = providers_in_both_waves(
        0.5 - CHANGE / 2,
        0.5 + CHANGE / 2,
        attempts=each.each,
        icc=ASSUMED_ICC,
        confidence_level=level,
    )
    return f"{needed} (has {len(each.providers)})"


def _around_the_clock(study: Study, found: Sequence[Held]) -> Iterator[str]:
    yield "Around the clock, at each provider:"
    said = []
    for each in found:
        if each.channel in LATER:
            said.append((each.channel, "answers may come later: this says nothing of hours."))
            continue
        quiet = study.fieldwork.channels[each.channel].quiet
        hours = f"{each.untried_hours} of the {HOURS} hours of the week are tried nowhere."
        said.append((each.channel, f"{_clock(each.around_the_clock(quiet), quiet)} {hours}"))
    yield from (f"  {text}" for text in by_channels(said))


def _clock(n: int, quiet: str) -> str:
    if not n:
        return f"no attempt from {quiet}; it says nothing of these hours."
    chances = ", ".join(
        f"a gap of {hours} h every night {share(chance_to_find(n, hours))}" for hours in GAPS_H
    )
    return (
        f"{n} over the whole week. If all are answered: no gap found, and up to "
        f"{share(uncovered(n), 1)} of the week may still be uncovered. Chance, at least, that one "
        f"falls into {chances}."
    )


def chance_to_find(n: int, hours: float) -> float:
    """Chance that one of n attempts falls into a gap of so many hours every night.

    Notes
    -----
    1 − (1 − g/168)ⁿ for g hours a week, were the attempts drawn from the whole week; one in each
    of n slices finds it at least as often (the mean of the slices' logarithms is no larger).
    """
    return 1 - (1 - min(hours * NIGHTS / HOURS, 1.0)) ** n


def _balance(study: Study, found: Sequence[Held]) -> Iterator[str]:
    personas = tuple(study.fieldwork.personas)
    rows = [
        ("balance", "scenario at a provider", "persona at a provider", "attempts in a tried hour")
    ]
    for each in found:
        asked, said = each.spread("scenario", each.scenarios), each.spread("persona", personas)
        rows.append((each.channel, _ends(asked), _ends(said), _ends(each.per_hour)))
    yield from in_columns(rows)


def _ends(counts: tuple[int, int]) -> str:
    return f"{counts[0]} to {counts[1]}"
