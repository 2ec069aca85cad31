"""What sheets, calendars and forms say of a probe, in a shopper's language."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from zoneinfo import ZoneInfo

from ...language import N_, _
from ...study import Study
from ..letters import reference_of
from ..probe import Probe

CHANNEL_TITLES = {
    "phone": N_("Calls"),
    "chat": N_("Chats"),
    "visit": N_("Visits"),
    "social": N_("Social networks"),
    "web_form": N_("Web forms"),
}
WEEKDAYS = (N_("Mon"), N_("Tue"), N_("Wed"), N_("Thu"), N_("Fri"), N_("Sat"), N_("Sun"))


def clock(moment: datetime, zone: str) -> str:
    """A moment on the clock of `zone`: Mon 2026-11-30 09:15."""
    there = moment.astimezone(ZoneInfo(zone))
    return f"{_(WEEKDAYS[there.weekday()])} {there:%Y-%m-%d %H:%M}"


def recipient_of(probe: Probe, study: Study) -> str:
    """The number, account or address that the study names for the probe; "" where none."""
    contact = study.fieldwork.providers.get(probe.provider)
    return str(getattr(contact, probe.channel, "")) if contact else ""


def persona_name(probe: Probe, study: Study) -> str:
    """The invented name that the shopper gives."""
    persona = study.fieldwork.personas.get(probe.persona)
    return _in(persona.name, probe.language) if persona else ""


def request(probe: Probe, study: Study) -> str:
    """What to ask, with the probe's own reference, persona and provider put in."""
    scenario = study.fieldwork.scenarios.get(probe.scenario)
    text = _in(scenario.text, probe.language) if scenario else ""
    places = {
        "reference": reference_of(probe.token),
        "persona": persona_name(probe, study),
        "provider": probe.provider,
    }
    for name, value in places.items():
        text = text.replace("{" + name + "}", value)
    return text


def card(code: str, study: Study, spoken: str) -> str:
    """The text of a scenario for any of its probes: what differs is named, not put in."""
    scenario = study.fieldwork.scenarios.get(code)
    text = _in(scenario.text, spoken) if scenario else ""
    places = {
        "reference": _("[the reference beside the scenario]"),
        "persona": _("[your invented name]"),
        "provider": _("[the provider]"),
    }
    for name, value in places.items():
        text = text.replace("{" + name + "}", value)
    return text


def names_reference(probe: Probe, study: Study) -> bool:
    """Whether what is asked holds the probe's reference."""
    scenario = study.fieldwork.scenarios.get(probe.scenario)
    return scenario is not None and "{reference}" in _in(scenario.text, probe.language)


def _in(texts: Mapping[str, str], code: str) -> str:
    """The text in the language `code`, else in the first that there is."""
    return texts.get(code) or next(iter(texts.values()), "")
