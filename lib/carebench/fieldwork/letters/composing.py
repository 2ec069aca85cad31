"""Writes the message of a probe as it will be sent, once, when it is planned."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from email import policy
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime
from zoneinfo import ZoneInfo

from ...schema import DataError
from ...study import Study
from ..probe import Probe
from .addresses import address_of, on_the_wire, reference_of

PLACE = re.compile(r"\{(reference|persona|provider)\}")
DATE = re.compile(rb"^Date: [^\r\n]*\r\n", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Composed:
    """A message, byte for byte, and the name by which mail systems know it."""

    message_id: str
    raw: bytes


def compose(probe: Probe, study: Study) -> Composed:
    """The e-mail of `probe`: what its scenario asks, in the words and the name of its persona.

    Its date is the time at which the probe is due, so that the same plan makes the same bytes;
    `dated` gives it the true one when it is sent. It holds no picture, no link and no header
    that programs of mass mail write.

    Raises
    ------
    DataError
        The study lacks the provider's address, or the text in the probe's language.
    """
    work = study.fieldwork
    scenario = work.scenarios[probe.scenario]
    persona = _in_language(work.personas[probe.persona].name, probe, f"personas.{probe.persona}")
    words = {
        "reference": reference_of(probe.token),
        "persona": _one_line(persona),
        "provider": _one_line(probe.provider),
    }
    where = f"scenarios.{probe.scenario}"
    subject = _in_language(scenario.subject, probe, f"{where}.subject")
    text = _in_language(scenario.text, probe, f"{where}.text")
    own = address_of(probe.token, work.mail)
    to = _recipient(probe, study)
    message_id = f"<{probe.due:%Y%m%d%H%M%S}.{probe.token}@{own.rpartition('@')[2]}>"
    message = EmailMessage(policy.SMTP if (own + to).isascii() else policy.SMTPUTF8)
    message["From"] = message["Reply-To"] = Address(words["persona"], addr_spec=own)
    message["To"] = to
    message["Subject"] = _one_line(_filled(subject, words))
    message["Date"] = probe.due.astimezone(ZoneInfo(probe.zone))
    message["Message-ID"] = message_id
    message.set_content(_filled(text, words).strip() + "\n", cte="quoted-printable")
    return Composed(message_id, message.as_bytes())


def dated(raw: bytes, moment: datetime) -> bytes:
    """The message `raw` with `moment` as its date, and nothing else changed."""
    line = f"Date: {format_datetime(moment)}\r\n".encode("ascii")
    return DATE.sub(line, raw, count=1)


def _in_language(texts: Mapping[str, str], probe: Probe, where: str) -> str:
    if text := texts.get(probe.language):
        return text
    raise DataError(
        f"fieldwork.{where} has no text in {probe.language!r}, the language in which "
        f"{probe.provider} is written to. Write one, or give the provider another `language`."
    )


def _recipient(probe: Probe, study: Study) -> str:
    contact = study.fieldwork.providers.get(probe.provider)
    if contact is None or not contact.email:
        raise DataError(
            f"fieldwork.providers.{probe.provider} has no `email`, yet an e-mail to it is planned."
        )
    return on_the_wire(contact.email)


def _filled(text: str, words: Mapping[str, str]) -> str:
    """`text` with its places filled, in one pass: what is filled in is never read again."""
    return PLACE.sub(lambda place: words[place[1]], text)


def _one_line(text: str) -> str:
    """`text` fit for a header: no line ends, no letters that cannot be seen."""
    blanks = " ".join(unicodedata.normalize("NFC", text).split())
    return "".join(letter for letter in blanks if unicodedata.category(letter) not in ("Cc", "Cf"))
