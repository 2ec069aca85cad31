"""Whether a study says enough to plan a wave: everything that is missing, at once."""

from __future__ import annotations

from collections.abc import Iterator
from email.errors import MessageError
from email.headerregistry import Address

from ...schema import DataError
from ...study import Scenario, Study
from ..rules.never_called import why_never_called
from .cells import suiting
from .lines import language_of, reached, recipient, used_channels, zone_of

MOST_SAID = 12  # lines of one message
ANY_TOKEN = "a" * 16


def check_askable(study: Study) -> None:
    """Raise `DataError` with all that keeps the plan from being made."""
    missing = [*_wave(study), *_numbers(study), *_texts(study), *_mailbox(study)]
    if missing:
        more = len(missing) - MOST_SAID
        lines = missing[:MOST_SAID] + ([f"... and {more} more"] if more > 0 else [])
        raise DataError(
            f"{study.path.name} does not say enough for a plan:\n  " + "\n  ".join(lines)
        )


def _wave(study: Study) -> Iterator[str]:
    work = study.fieldwork
    if not work.starts:
        yield 'fieldwork.starts is missing: the first day of the wave, such as "2026-11-30".'
    if not work.providers:
        yield "[fieldwork.providers.NAME] is missing: say where each provider is reached."
    if not used_channels(study):
        yield "[fieldwork.channels.CHANNEL] is missing, or plans no attempts: say how many."
    for channel in used_channels(study):
        if not reached(study, channel):
            yield f"fieldwork.channels.{channel}: no provider has a `{channel}` to be reached at."
    for provider in work.providers:
        if not zone_of(study, provider):
            yield f"fieldwork.providers.{provider}.zone is missing, and the study has no `zone`."


def _numbers(study: Study) -> Iterator[str]:
    """Numbers that nobody calls for an audit."""
    for provider in reached(study, "phone") if "phone" in used_channels(study) else ():
        number = recipient(study.fieldwork.providers[provider], "phone")
        if why := why_never_called(number, zone_of(study, provider)):
            yield f"fieldwork.providers.{provider}.phone: {why}."


def _texts(study: Study) -> Iterator[str]:
    """Scenarios and names that lack the language some provider is written to in."""
    work = study.fieldwork
    for channel in used_channels(study):
        needed = sorted({language_of(study, provider) for provider in reached(study, channel)})
        codes = suiting(study, channel)
        if channel == "email" and not codes:
            yield "no scenario suits `email`: give one with a `subject` and a `text`."
        for code in codes:
            for language in needed:
                for key in _lacking(work.scenarios[code], channel, language):
                    yield f"fieldwork.scenarios.{code}.{key} lacks the language `{language}`."
    if "email" in used_channels(study) and not work.personas:
        yield "[fieldwork.personas.CODE] is missing: give an invented name to sign e-mails with."
    spoken = {language_of(study, provider) for provider in work.providers}
    for code, persona in work.personas.items():
        for language in sorted(
            spoken - {key for key, name in persona.name.items() if name.strip()}
        ):
            yield f"fieldwork.personas.{code}.name lacks the language `{language}`."


def _lacking(scenario: Scenario, channel: str, language: str) -> Iterator[str]:
    """The texts of a scenario that a language lacks; the subject is read in e-mails alone."""
    for key in ("subject", "text") if channel == "email" else ("text",):
        texts = getattr(scenario, key)
        if texts and not texts.get(language, "").strip():
            yield key


def _mailbox(study: Study) -> Iterator[str]:
    """Addresses that no e-mail can be written from, or to."""
    from ..letters.addresses import address_of, on_the_wire

    if "email" not in used_channels(study):
        return
    own = study.fieldwork.mail.address
    try:
        Address("", addr_spec=address_of(ANY_TOKEN, study.fieldwork.mail))
    except DataError as error:
        yield str(error)
    except (ValueError, MessageError):
        yield f"fieldwork.mail.address is {own!r}, which mail programs cannot write."
    for provider in reached(study, "email"):
        try:
            on_the_wire(recipient(study.fieldwork.providers[provider], "email"))
        except DataError as error:
            yield f"fieldwork.providers.{provider}.email: {error}"
