"""What a careful reader should know before a plan is locked."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import date, datetime

import numpy as np

from ...methods.coverage import WEEKEND_NIGHT, part_of_week
from ...methods.opening_hours import HOURS, night_span
from ...study import Study, seconds
from ..journal.later import LATE
from .counting import LATER, Held, crowded
from .lines import lines, used_channels, zone_of
from .planned import Plan, Unplaced
from .shifts import BY_ITSELF
from .weeks import weeks_of
from .wording import by_channels, wrapped

MOST_SAID = 6  # lines of one kind
WEEKS_A_MONTH = 365.25 / 12 / 7
VIETNAM = "Asia/Ho_Chi_Minh"
TET = (1, 20), (2, 21)  # between these days the new year begins; it is not computed here


def unplaced_lines(unplaced: Sequence[Unplaced]) -> Iterator[str]:
    """What has no place, by provider and channel, with the reason."""
    counts = Counter((each.channel, each.provider, each.reason) for each in unplaced)
    yield f"NOT PLACED: {len(unplaced)} attempts of the design (each is in plan.json)"
    for (channel, provider, reason), n in counts.most_common(MOST_SAID):
        yield f"  {n} × {channel} at {provider}: {reason}"
    if len(counts) > MOST_SAID:
        yield f"  ... and {len(counts) - MOST_SAID} more providers or reasons"


def cautions(study: Study, plan: Plan, found: Sequence[Held]) -> Iterator[str]:
    """Warnings about a plan, one a line."""
    said = [*_budget(study, plan), *_calendar(study), *_contacts(study)]
    said += by_channels(
        [(each.channel, text) for each in found for text in _of_channel(study, each)]
    )
    if close := crowded(plan.probes):
        said.append(f"{close} attempts begin within 15 minutes of the same shopper's one before.")
    if said:
        yield "Before it is locked:"
    yield from (f"  - {text}" for text in said)


def past(plan: Plan, now: datetime) -> list[str]:
    """Lines on what of a plan lies in the past before it is locked; none where nothing does."""
    late = sum(probe.due < now - LATE for probe in plan.probes)
    if not late:
        return []
    return wrapped(
        f"CAUTION: {late} of {len(plan.probes)} attempts were due before now "
        f"({now:%Y-%m-%d %H:%M} UTC). E-mails among them go to a later week while the wave has "
        "one; what people were to make stays unmade. All that is said above holds for the whole "
        "plan alone: a later fieldwork.starts keeps it whole."
    )


def _budget(study: Study, plan: Plan) -> Iterator[str]:
    budget, n = study.fieldwork.sign_off.budget, len(plan.probes)
    if not budget:
        yield f"fieldwork.sign_off.budget is not given; {n} attempts will need one."
    elif n > budget:
        yield (
            f"{n} attempts are more than fieldwork.sign_off.budget allows ({budget}): the last "
            f"{n - budget} would not be made."
        )


def _calendar(study: Study) -> Iterator[str]:
    weeks = weeks_of(study)
    zones = {zone_of(study, provider) for provider in study.fieldwork.providers}
    years = range(weeks.starts.year, weeks.ends.year + 1)
    spans = [tuple(date(year, *day) for day in TET) for year in years]
    met = [(first, last) for first, last in spans if first <= weeks.ends and last >= weeks.starts]
    for first, last in met if VIETNAM in zones else []:
        if not any(first <= day <= last for day in weeks.days_off):
            yield (
                f"Tết falls between {first} and {last}, and audit.holidays lists no day of it in "
                "this wave."
            )


def _contacts(study: Study) -> Iterator[str]:
    for channel in used_channels(study):
        line_of = lines(study, channel)
        absent = [name for name in study.fieldwork.providers if name not in line_of]
        if absent:
            yield f"{channel}: nothing is planned at {', '.join(absent)}, which have no {channel}."
        shared = Counter(line_of.values())
        for line, n in shared.items():
            if n > 1:
                yield f"{channel}: {n} providers share the line {line}, and its limits."


def _of_channel(study: Study, each: Held) -> Iterator[str]:
    plan, work = study.fieldwork.channels[each.channel], study.fieldwork
    night = night_span(study.audit.night)
    slots = np.array([probe.slot for probe in each.probes]) + 0.5
    if not (part_of_week(slots, night) == WEEKEND_NIGHT).any():
        yield "no attempt at night on a weekend."
    if each.channel not in LATER and (fewer := _partly_tried(each, night)):
        yield (
            f"{fewer} of {len(each.providers)} providers get no attempt in some part of the week, "
            "so nothing can be said of the whole week there."
        )
    monthly = each.each / work.weeks * WEEKS_A_MONTH
    if monthly > len(each.scenarios) and each.channel != "website":
        yield (
            f"{monthly:.0f} attempts a month at a provider, scenarios to ask: "
            f"{len(each.scenarios)}. The same comes twice, and shoppers may be recognised."
        )
    if each.channel not in BY_ITSELF and len(each.shoppers) == 1:
        who = next(iter(each.shoppers)) or "nobody who is named"
        yield f"all attempts by {who}: what is a shopper's doing cannot be told from the rest."
    if not seconds(plan.watched):
        yield "`watched` is no time at all: no answer would count."
    if not plan.cost:
        yield "`cost` is not given; the sums above leave it out."


def _partly_tried(each: Held, night: tuple[float, float]) -> int:
    """How many providers have a part of the week without an attempt."""
    part = part_of_week(np.arange(HOURS) + 0.5, night).tolist()
    tried = Counter(who for who, _part in {(one.provider, part[one.slot]) for one in each.probes})
    return sum(tried[provider] < len({*part}) for provider in each.providers)
