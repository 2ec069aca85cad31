"""The cells of the design: which attempts there are to be, before any has a day."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace

from ...study import Study
from .dealing import deal, deal_personas
from .lines import reached
from .slices import drawn, open_minutes
from .streams import stream


@dataclass(frozen=True, slots=True)
class Cell:
    """One attempt of the design: the `number`-th slice of the week of a provider and channel."""

    provider: str
    channel: str
    any_hour: bool
    number: int  # of the slice, from 1
    minute: int  # of the provider's week, Monday 00:00 first
    scenario: str = ""
    persona: str = ""


def quiet_of(study: Study, channel: str, any_hour: bool) -> str:
    """The quiet hours that an attempt of this kind keeps; "" for none."""
    return "" if any_hour else study.fieldwork.channels[channel].quiet


def slices_of(study: Study, channel: str, any_hour: bool) -> int:
    """Into how many slices the week is cut for attempts of this kind."""
    plan = study.fieldwork.channels[channel]
    return plan.at_any_hour if any_hour else plan.attempts


def suiting(study: Study, channel: str) -> list[str]:
    """The scenarios that suit a channel."""
    scenarios = study.fieldwork.scenarios
    return [code for code in scenarios if channel in scenarios[code].channels]


def cells(study: Study, channel: str) -> dict[str, list[Cell]]:
    """By provider the cells of a channel, in the order of the week."""
    work = study.fieldwork
    found: dict[str, list[Cell]] = {provider: [] for provider in reached(study, channel)}
    for any_hour in (False, True):
        for provider, minutes in _minutes(study, channel, any_hour).items():
            found[provider] += [
                Cell(provider, channel, any_hour, number, minute)
                for number, minute in enumerate(minutes, start=1)
            ]
    asked, said = Counter[str](), Counter[str]()
    what, who = stream(work.seed, "scenarios", channel), stream(work.seed, "personas", channel)
    for provider, each in found.items():
        scenarios = deal(what, suiting(study, channel), len(each), asked)
        personas = deal_personas(who, work.personas, len(each), said)
        in_week = sorted(each, key=lambda cell: (cell.minute, cell.any_hour, cell.number))
        found[provider] = [
            replace(cell, scenario=scenario, persona=persona)
            for cell, scenario, persona in zip(in_week, scenarios, personas, strict=True)
        ]
    return found


def _minutes(study: Study, channel: str, any_hour: bool) -> dict[str, list[int]]:
    providers, slices = reached(study, channel), slices_of(study, channel, any_hour)
    if not slices or not providers:
        return {}
    rng = stream(study.fieldwork.seed, "minutes", channel, str(any_hour))
    week = open_minutes(quiet_of(study, channel, any_hour))
    table = drawn(rng, len(providers), slices, week).tolist()
    return dict(zip(providers, table, strict=True))
