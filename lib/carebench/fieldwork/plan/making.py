"""Makes the plan of a wave: who asks what, of whom, when. The same seed makes the same plan."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import numpy as np

from ...study import Study, seconds
from ..probe import Probe
from .asking import check_askable
from .cells import Cell, cells, quiet_of, slices_of
from .lines import language_of, lines, used_channels, zone_of
from .placing import NOWHERE, Line, place
from .planned import Plan, Unplaced
from .settings import settings_of
from .shifts import Shifts
from .slices import drawn_again, open_minutes
from .statement import statement
from .streams import stream
from .weeks import Weeks, moments, weeks_of

REDRAWS = 12  # other minutes of its slice that an attempt is tried at before it is given up


@dataclass(frozen=True, slots=True)
class _Placed:
    cell: Cell
    line: Line  # which may yet move it to another week
    i: int  # which attempt of the line it is

    @property
    def week(self) -> int:
        """The week it is in now."""
        return int(self.line.week[self.i])

    @property
    def at(self) -> float:
        """Seconds since 1970, UTC."""
        return float(self.line.at[self.i, self.week])

    @property
    def day(self) -> int:
        """Of the provider, as `date.toordinal` counts."""
        return self.on(self.week)

    def on(self, week: int) -> int:
        """Its day in a week."""
        return int(self.line.days[self.i, week])


def make_plan(study: Study) -> Plan:
    """The plan of the study's wave.

    Parameters
    ----------
    study : Study
        Its [fieldwork] says what is planned.

    Returns
    -------
    Plan
        Every attempt of the design is in it: among `probes`, or among `unplaced` with a reason.
        `statement` says what the plan can show and what not, line by line.

    Raises
    ------
    DataError
        The study does not say enough to make a plan, or says what cannot be asked.
    """
    check_askable(study)
    weeks = weeks_of(study)
    shifts = Shifts(study)
    probes: list[Probe] = []
    unplaced: list[Unplaced] = []
    for channel in used_channels(study):
        found, homeless = _placed(study, channel, weeks)
        made, without = _with_shoppers(study, channel, found, shifts)
        probes += made
        unplaced += homeless + without
    probes.sort(key=lambda probe: (probe.due_utc, probe.provider, probe.channel))
    plan = Plan(tuple(probes), tuple(unplaced), (), settings_of(study))
    return replace(plan, statement=tuple(statement(study, plan)))


def _placed(study: Study, channel: str, weeks: Weeks) -> tuple[list[_Placed], list[Unplaced]]:
    """The cells of a channel with their days, line by line, and those that found none."""
    line_of, by_provider = lines(study, channel), cells(study, channel)
    placed: list[_Placed] = []
    unplaced: list[Unplaced] = []
    for name in sorted(set(line_of.values())):
        members = [cell for who in by_provider if line_of[who] == name for cell in by_provider[who]]
        done, left = _place_line(study, channel, name, members, weeks)
        placed += done
        unplaced += left
    return placed, unplaced


def _place_line(
    study: Study, channel: str, name: str, members: Sequence[Cell], weeks: Weeks
) -> tuple[list[_Placed], list[Unplaced]]:
    plan = study.fieldwork.channels[channel]
    rng = stream(study.fieldwork.seed, "weeks", channel, name)
    zones = [ZoneInfo(zone_of(study, cell.provider)) for cell in members]
    at, days = moments(weeks, [cell.minute for cell in members], zones, rng)
    line = Line(at, days, gap=seconds(plan.gap), per_day=plan.per_day)
    place(line, rng)
    found = list(members)
    for i in np.flatnonzero(line.week == NOWHERE).tolist():
        found[i] = _redraw(study, line, i, members[i], weeks, rng)
    placed, unplaced = [], []
    for i, cell in enumerate(found):
        if line.week[i] != NOWHERE:
            placed.append(_Placed(cell, line, i))
        else:
            unplaced.append(_unplaced(cell, _why(study, line, i, channel)))
    return placed, unplaced


def _redraw(
    study: Study, line: Line, i: int, cell: Cell, weeks: Weeks, rng: np.random.Generator
) -> Cell:
    """The cell at another minute of its slice, where one fits into a week; else as it was."""
    slices = slices_of(study, cell.channel, cell.any_hour)
    minutes = open_minutes(quiet_of(study, cell.channel, cell.any_hour))
    zone = ZoneInfo(zone_of(study, cell.provider))
    before = line.at[i].copy(), line.days[i].copy()
    for _try in range(REDRAWS):
        minute = drawn_again(rng, cell.number, slices, minutes)
        at, days = moments(weeks, [minute], [zone], rng)
        line.at[i], line.days[i] = at[0], days[0]
        if (free := line.possible(i)).size:
            line.week[i] = rng.choice(free)
            return replace(cell, minute=minute)
    line.at[i], line.days[i] = before
    return cell


def _why(study: Study, line: Line, i: int, channel: str) -> str:
    plan = study.fieldwork.channels[channel]
    if np.isnan(line.at[i]).all():
        return "its day of the week is a holiday, or its minute does not exist, in every week"
    return (
        f"no week leaves {plan.gap} to the other attempts at this line, at most {plan.per_day} "
        "a day"
    )


def _unplaced(cell: Cell, reason: str) -> Unplaced:
    return Unplaced(cell.provider, cell.channel, cell.number, cell.any_hour, reason)


def _with_shoppers(
    study: Study, channel: str, placed: list[_Placed], shifts: Shifts
) -> tuple[list[Probe], list[Unplaced]]:
    """The attempts as probes, each with a shopper where the study names any for the channel."""
    if not shifts.named(channel):
        return [_probe(study, each, "") for each in placed], []
    kept, unplaced = _within_days(study, channel, placed, shifts)
    rng = stream(study.fieldwork.seed, "shoppers", channel)
    probes = []
    for each in sorted(kept, key=lambda one: (one.at, one.cell.provider, one.cell.number)):
        shopper = shifts.give(each.cell.provider, channel, each.day, each.at, rng)
        probes.append(_probe(study, each, shopper))
    return probes, unplaced


def _within_days(
    study: Study, channel: str, placed: list[_Placed], shifts: Shifts
) -> tuple[list[_Placed], list[Unplaced]]:
    """The attempts that the shoppers' days hold, some in another week, and those they do not.

    In an order drawn by lot: in the order of time, a full day would refuse its evening.
    """
    rng = stream(study.fieldwork.seed, "days", channel)
    taken = Counter[int]()
    kept, unplaced = [], []
    for at in rng.permutation(len(placed)).tolist():
        each = placed[at]
        room = [
            week
            for week in each.line.possible(each.i).tolist()
            if taken[each.on(week)] < shifts.room(channel, each.on(week))
        ]
        if room and each.week not in room:
            each.line.week[each.i] = rng.choice(room)
        if room:
            taken[each.day] += 1
            kept.append(each)
        else:
            each.line.week[each.i] = NOWHERE
            unplaced.append(_unplaced(each.cell, "no shopper can take one more on any of its days"))
    return kept, unplaced


def _probe(study: Study, placed: _Placed, shopper: str) -> Probe:
    cell, work = placed.cell, study.fieldwork
    scenario = work.scenarios.get(cell.scenario)
    persona = work.personas.get(cell.persona)
    due = datetime.fromtimestamp(placed.at, UTC)
    return Probe(
        token="",
        provider=cell.provider,
        channel=cell.channel,
        scenario=cell.scenario,
        version=scenario.version if scenario else "",
        stage=scenario.stage if scenario else "",
        persona=cell.persona,
        arm=persona.arm if persona else "",
        shopper=shopper,
        language=language_of(study, cell.provider),
        due_utc=due.strftime("%Y-%m-%dT%H:%M:%SZ"),
        zone=zone_of(study, cell.provider),
        slot=cell.minute // 60,
        any_hour=cell.any_hour,
        number=cell.number,
    )
