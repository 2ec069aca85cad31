"""Whom a plan reaches, and which providers are reached through one line and share its limits."""

from __future__ import annotations

from collections.abc import Iterator

from ...schema import CHANNELS
from ...study import Contact, Study
from ..rules.numbers import line_of


def used_channels(study: Study) -> list[str]:
    """The channels in which attempts are planned."""
    plans = study.fieldwork.channels
    return [name for name in CHANNELS if name in plans and attempts_each(study, name)]


def attempts_each(study: Study, channel: str) -> int:
    """Attempts planned at each provider in a channel."""
    plan = study.fieldwork.channels[channel]
    return plan.attempts + plan.at_any_hour


def recipient(contact: Contact, channel: str) -> str:
    """Where a provider is reached in a channel; "" where the study does not say."""
    return str(getattr(contact, channel)).strip()


def reached(study: Study, channel: str) -> list[str]:
    """The providers that the study can reach in a channel."""
    named = study.fieldwork.providers
    return [provider for provider in named if recipient(named[provider], channel)]


def lines(study: Study, channel: str) -> dict[str, str]:
    """By provider the name of its line: the centre it shares, or else its address or number.

    Providers that name one centre, or have one address or number, are at one line; so are all
    whom such bonds join.
    """
    line = {provider: provider for provider in reached(study, channel)}
    for provider in line:
        for other in line:
            if _bonds(study, provider, channel) & _bonds(study, other, channel):
                joined, gone = line[provider], line[other]
                line = {each: joined if at == gone else at for each, at in line.items()}
    return {provider: _name(study, sorted(_at(line, at)), channel) for provider, at in line.items()}


def zone_of(study: Study, provider: str) -> str:
    """The time zone of a provider's staff."""
    return study.fieldwork.providers[provider].zone or study.zone


def language_of(study: Study, provider: str) -> str:
    """The language to write to a provider in."""
    return study.fieldwork.providers[provider].language or study.language


def _bonds(study: Study, provider: str, channel: str) -> set[tuple[str, str]]:
    contact = study.fieldwork.providers[provider]
    address = recipient(contact, channel)
    if channel == "phone":
        address = line_of(address, zone_of(study, provider)) or address
    bonds = {("address", address.casefold())}
    return bonds | {("centre", contact.centre.strip().casefold())} if contact.centre else bonds


def _at(line: dict[str, str], name: str) -> Iterator[str]:
    return (provider for provider, at in line.items() if at == name)


def _name(study: Study, providers: list[str], channel: str) -> str:
    named = study.fieldwork.providers
    centres = sorted({named[provider].centre for provider in providers} - {""})
    return centres[0] if centres else recipient(named[providers[0]], channel)
