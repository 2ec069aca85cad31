"""The calendar of what is due, by RFC 5545: any calendar program or telephone takes it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from ...language import _
from ...study import Study
from ..probe import Probe
from .words import CHANNEL_TITLES, clock, persona_name, recipient_of, request

LONGEST = 75  # octets of a line, without its end
MINUTES = 15  # that an attempt takes in the calendar
WARNING = 5  # minutes before


def write_calendar(path: Path, study: Study, probes: Sequence[Probe], made: datetime) -> Path:
    """Write what is due as a calendar, in the language in use; `made` is its date of making."""
    path.write_bytes(calendar_text(study, probes, made).encode())
    return path


def calendar_text(study: Study, probes: Sequence[Probe], made: datetime) -> str:
    """The calendar: one event a probe, named by its token, with a warning before."""
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//carebench//fieldwork//EN"]
    lines += ["CALSCALE:GREGORIAN", "METHOD:PUBLISH", f"X-WR-CALNAME:{_text(study.title)}"]
    for probe in sorted(probes, key=lambda probe: (probe.due_utc, probe.token)):
        lines += _event(probe, study, made)
    return "".join(_folded(line) + "\r\n" for line in [*lines, "END:VCALENDAR"])


def _event(probe: Probe, study: Study, made: datetime) -> list[str]:
    title = f"{_(CHANNEL_TITLES[probe.channel])}: {probe.provider}"
    description = "\n".join(
        (
            _("Attempt: {token}").format(token=probe.token),
            _("Their time: {time}").format(time=clock(probe.due, probe.zone)),
            _("Scenario: {code}").format(code=probe.scenario),
            _("Your invented name: {name}").format(name=persona_name(probe, study)),
            "",
            request(probe, study),
        )
    )
    return [
        "BEGIN:VEVENT",
        f"UID:{probe.token}@carebench.example",
        f"DTSTAMP:{_utc(made)}",
        f"DTSTART:{_utc(probe.due)}",
        f"DTEND:{_utc(probe.due + timedelta(minutes=MINUTES))}",
        f"SUMMARY:{_text(title)}",
        f"LOCATION:{_text(recipient_of(probe, study))}",
        f"DESCRIPTION:{_text(description)}",
        "CLASS:PRIVATE",
        "BEGIN:VALARM",
        "ACTION:DISPLAY",
        f"DESCRIPTION:{_text(title)}",
        f"TRIGGER:-PT{WARNING}M",
        "END:VALARM",
        "END:VEVENT",
    ]


def _utc(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")


def _text(text: str) -> str:
    """A text value: backslash, comma, semicolon and line ends escaped, other controls gone."""
    escaped = re.sub(r"([\\,;])", r"\\\1", text)
    escaped = re.sub(r"\r\n|\r|\n|\u2028|\u2029", r"\\n", escaped)
    return re.sub("[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff]", "", escaped)


def _folded(line: str) -> str:
    """`line` in parts of at most 75 octets, parted between letters, never inside one."""
    parts, room = [""], LONGEST
    for letter in line:
        size = len(letter.encode())
        if size > room:
            parts.append("")
            room = LONGEST - 1  # the blank that begins a part
        parts[-1] += letter
        room -= size
    return "\r\n ".join(parts)
