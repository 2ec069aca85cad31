"""What a wave asks of others, as its approver reads it: how often, when, and of whom."""

from __future__ import annotations

import textwrap
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from ... import language
from ...language import _, number
from ...study import Study
from ..journal.later import wave_ends
from ..journal.opening import Journal
from ..plan.counting import LATER
from ..rules.limits import in_quiet_hours, in_span
from ..rules.recipients import same
from .debriefing import channel_names

WIDTH = 78
NOBODY_DISTURBED = (*LATER, "website")  # whenever it comes, nobody needs to be there


@dataclass(frozen=True, slots=True)
class Place:
    """Where somebody is contacted."""

    provider: str
    channel: str
    recipient: str
    zone: str


def burden(study: Study, journal: Journal) -> str:
    """When the wave is, how often each recipient is contacted, and what that takes of its staff."""
    rows = journal.rows(
        "SELECT provider, channel, recipient, zone, due_utc FROM probes "
        "WHERE state != 'cancelled' ORDER BY provider, channel, recipient"
    )
    contacts, disturbing = Counter[Place](), Counter[Place]()
    for *where, due in rows:
        contacts[place := Place(*where)] += 1
        disturbing[place] += _disturbs(study, place, datetime.fromisoformat(due))
    lines = [*_dates(study), _sum(study, contacts)]
    lines += [_line(place, n, disturbing[place]) for place, n in contacts.items()]
    lines += _hours(study, disturbing)
    return "\n".join([*lines, *_unused(study, contacts)])


def _disturbs(study: Study, place: Place, due: datetime) -> bool:
    """Whether somebody must be there for it, at night or in hours that are else left quiet."""
    plan = study.fieldwork.channels.get(place.channel)
    if plan is None or place.channel in NOBODY_DISTURBED:
        return False
    return in_span(study.audit.night, due, place.zone) or in_quiet_hours(plan, due, place.zone)


def _dates(study: Study) -> Iterator[str]:
    if study.fieldwork.starts:
        first = date.fromisoformat(study.fieldwork.starts)
        last = wave_ends(study) - timedelta(days=1)
        said = _("The wave lasts from {first} to {last}, by each provider's own days.")
        yield from _wrapped(said.format(first=language.date(first), last=language.date(last)))


def _sum(study: Study, contacts: Counter[Place]) -> str:
    plans = study.fieldwork.channels
    minutes = sum(
        n * plans[place.channel].staff_minutes
        for place, n in contacts.items()
        if place.channel in plans
    )
    said = _("Contacts: {n} of at most {budget}; about {minutes} minutes of others' staff time.")
    fields = {"n": contacts.total(), "budget": study.fieldwork.sign_off.budget, "minutes": minutes}
    return "\n".join(_wrapped(said.format_map({name: number(n) for name, n in fields.items()})))


def _line(place: Place, n: int, disturbing: int) -> str:
    said = _("{n}, of which {k} at night or in quiet hours") if disturbing else "{n}"
    counts = said.format(n=number(n), k=number(disturbing))
    where = f"{place.provider}, {channel_names()[place.channel]}, {place.recipient}"
    return "\n".join(_wrapped(f"- {where}: {counts}", subsequent_indent="  "))


def _hours(study: Study, disturbing: Counter[Place]) -> Iterator[str]:
    """Which hours those are, where there are any."""
    channels = {place.channel for place, n in disturbing.items() if n}
    plans, names = study.fieldwork.channels, channel_names()
    quiet = [f"{names[one]} {plans[one].quiet}" for one in sorted(channels) if plans[one].quiet]
    if channels:
        said = _("Night is {night}, where the provider is.").format(night=study.audit.night)
        if quiet:
            said += " " + _("Quiet hours: {hours}.").format(hours="; ".join(quiet))
        yield from _wrapped(said)


def _unused(study: Study, contacts: Counter[Place]) -> Iterator[str]:
    """Recipients that the sign-off allows and the plan has nothing for: they are approved, too."""
    others = [
        each
        for each in study.fieldwork.sign_off.recipients
        if not any(same(each, at.zone) == same(at.recipient, at.zone) for at in contacts)
    ]
    if others:
        said = _("Allowed too, though nothing is planned there: {addresses}")
        yield from _wrapped(said.format(addresses=", ".join(others)))


def _wrapped(text: str, subsequent_indent: str = "") -> list[str]:
    return textwrap.wrap(
        text,
        WIDTH,
        subsequent_indent=subsequent_indent,
        break_on_hyphens=False,
        break_long_words=False,
    )
