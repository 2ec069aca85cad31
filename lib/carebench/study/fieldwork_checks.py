"""What the types of the keys under [fieldwork] alone cannot say."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import date
from zoneinfo import available_timezones

from ..language import LANGUAGES
from ..methods.opening_hours import night_span
from ..schema import CHANNELS, DataError, nearest
from .fieldwork import ChannelPlan, Contact, Fieldwork, Mail, Scenario, Sip
from .keys import seconds

ADDRESS = re.compile(r"[^@\s<>,;:\"()\\\[\]]+@[^@\s<>,;:\"()\\\[\]]+")
SERVER = re.compile(r"[A-Za-z0-9.-]+:\d{1,5}")
NAME = re.compile(r"[\w-]{1,40}")
PLACES = re.compile(r"\{([^{}]*)\}")
KNOWN_PLACES = ("reference", "persona", "provider")
SIP_NAME = re.compile(r"[A-Za-z0-9+._-]{1,100}")
MOST_WEEKS = 104
MOST_RING_S = 180  # longer than any exchange lets a line ring
MOST_HOLD_S = 60  # a machine that holds a person's line longer burns their time
MOST_ATTEMPTS = 10_000
OWN_MACHINE = ("localhost", "127.0.0.1")


def check_fieldwork(work: Fieldwork, name: str) -> None:
    """Raise `DataError` where [fieldwork] of the study file `name` holds what cannot be meant."""
    where = f"{name}: fieldwork"
    days = {"starts": work.starts, "sign_off.approved_on": work.sign_off.approved_on}
    days["sign_off.staff_told_on"] = work.sign_off.staff_told_on
    for key, day in days.items():
        _check_day(day, f"{where}.{key}")
    _check_range(work.weeks, 1, MOST_WEEKS, f"{where}.weeks")
    _check_range(work.keep_days, 1, 3650, f"{where}.keep_days")
    _check_range(work.double_coded, 0, 1, f"{where}.double_coded")
    _check_length(work.stop_queue, f"{where}.stop_queue")
    for channel, plan in work.channels.items():
        _refuse_unknown([channel], CHANNELS, f"{where}.channels", "channel")
        _check_channel(plan, f"{where}.channels.{channel}")
    for provider, contact in work.providers.items():
        _check_contact(contact, f"{where}.providers.{provider}")
    for code, scenario in work.scenarios.items():
        _check_code(code, f"{where}.scenarios")
        _check_scenario(scenario, f"{where}.scenarios.{code}")
    for code, persona in work.personas.items():
        _check_code(code, f"{where}.personas")
        _check_languages(persona.name, f"{where}.personas.{code}.name")
    for code, shopper in work.shoppers.items():
        _check_code(code, f"{where}.shoppers")
        _refuse_unknown(shopper.channels, CHANNELS, f"{where}.shoppers.{code}", "channel")
        _check_range(shopper.per_day, 1, 1000, f"{where}.shoppers.{code}.per_day")
    _check_mail(work.mail, f"{where}.mail")
    _check_sip(work.sip, f"{where}.sip")


def _check_channel(plan: ChannelPlan, where: str) -> None:
    for key in ("attempts", "at_any_hour"):
        _check_range(getattr(plan, key), 0, MOST_ATTEMPTS, f"{where}.{key}")
    _check_range(plan.per_day, 1, 1000, f"{where}.per_day")
    for key in ("cost", "staff_minutes"):
        _check_range(getattr(plan, key), 0, 1e12, f"{where}.{key}")
    for key in ("gap", "watched"):
        _check_length(getattr(plan, key), f"{where}.{key}")
    if plan.quiet:
        try:
            night_span(plan.quiet)
        except DataError as error:
            raise DataError(f"{where}.quiet: {error}") from None


def _check_contact(contact: Contact, where: str) -> None:
    if contact.email and not ADDRESS.fullmatch(contact.email):
        raise DataError(f"{where}.email is {contact.email!r}. Expected an address such as a@b.vn.")
    if contact.zone and contact.zone not in available_timezones():
        near = nearest(contact.zone, sorted(available_timezones()))
        raise DataError(f"{where}.zone is {contact.zone!r}. Expected an IANA time zone.{near}")


def _check_scenario(scenario: Scenario, where: str) -> None:
    _refuse_unknown(scenario.channels, CHANNELS, f"{where}.channels", "channel")
    for texts, key in ((scenario.subject, "subject"), (scenario.text, "text")):
        _check_languages(texts, f"{where}.{key}")
        for language, text in texts.items():
            _refuse_unknown(
                PLACES.findall(text), KNOWN_PLACES, f"{where}.{key}.{language}", "placeholder"
            )
    if "email" in scenario.channels and not (scenario.subject and scenario.text):
        raise DataError(f"{where} is sent as e-mail. Give it a `subject` and a `text`.")


def _check_mail(mail: Mail, where: str) -> None:
    if mail.address and not ADDRESS.fullmatch(mail.address):
        raise DataError(f"{where}.address is {mail.address!r}. Expected one such as a@b.vn.")
    for key in ("smtp", "imap"):
        server, security = getattr(mail, key), getattr(mail, f"{key}_security")
        if server and not SERVER.fullmatch(server):
            raise DataError(f"{where}.{key} is {server!r}. Expected host:port.")
        if server and security == "none" and server.rpartition(":")[0] not in OWN_MACHINE:
            raise DataError(
                f"{where}.{key}_security is 'none', which shows the password and the answers to "
                "everybody on the way. Use 'tls' or 'starttls'; 'none' is for this machine alone."
            )


def _check_sip(sip: Sip, where: str) -> None:
    if sip.server and not SERVER.fullmatch(sip.server):
        raise DataError(f"{where}.server is {sip.server!r}. Expected host:port.")
    for key in ("user", "domain"):
        if value := getattr(sip, key):
            if not SIP_NAME.fullmatch(value):
                raise DataError(
                    f"{where}.{key} is {value!r}. Expected letters, digits and + - _ . alone."
                )
    for key, most in (("ring", MOST_RING_S), ("hold", MOST_HOLD_S)):
        _check_length(getattr(sip, key), f"{where}.{key}")
        _check_range(seconds(getattr(sip, key)), 0, most, f"{where}.{key} (in seconds)")
    if sip.server and not sip.user:
        raise DataError(f"{where}.user is missing: the account that calls, which is what shows.")


def _check_day(day: str, where: str) -> None:
    try:
        date.fromisoformat(day or "2026-01-01")
    except ValueError:
        raise DataError(f"{where} is {day!r}. Expected a day as YYYY-MM-DD.") from None


def _check_length(text: str, where: str) -> None:
    try:
        seconds(text)
    except DataError as error:
        raise DataError(f"{where}: {error}") from None


def _check_range(value: float, low: float, high: float, where: str) -> None:
    if not low <= value <= high:
        raise DataError(f"{where} is {value:g}. Expected a number from {low:g} to {high:g}.")


def _check_code(code: str, where: str) -> None:
    if not NAME.fullmatch(code):
        raise DataError(f"{where} names {code!r}. Expected a short code of letters, digits, _, -.")


def _check_languages(texts: Mapping[str, str], where: str) -> None:
    _refuse_unknown(texts, LANGUAGES, where, "language of the kit")


def _refuse_unknown(words: Iterable[str], known: Iterable[str], where: str, what: str) -> None:
    known = tuple(known)
    for word in words:
        if word not in known:
            raise DataError(
                f"{where} names {word!r}, which is no {what}.{nearest(word, known)} "
                f"Expected {', '.join(known)}."
            )
