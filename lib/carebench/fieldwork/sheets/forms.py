"""The form for a telephone or tablet: an XLSForm for ODK and KoboToolbox, in both languages.

One submission is one attempt, without repeats, which exports lose. Each press is stamped with
the device's clock when it happens; taking it back takes the stamp back.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from ...language import N_, current, speaking
from ...study import Study
from ..probe import Probe
from . import cells
from .columns import (
    AT_ONCE,
    BY_HAND,
    FAULT_WORDS,
    LATER,
    OUTCOME_WORDS,
    SCORES,
    YES_NO_WORDS,
    in_languages,
)
from .words import CHANNEL_TITLES, clock, persona_name, recipient_of, request

LANGUAGE_TITLES = {"en": "English (en)", "vi": "Tiếng Việt (vi)"}
TRANSLATED = ("label", "hint", "constraint_message")
PLAIN = (
    "type", "name", "required", "relevant", "constraint", "calculation", "trigger", "appearance",
    "choice_filter",
)  # fmt: skip
EXTRAS = ("shopper", "channel", "provider", "recipient", "scenario", "persona", "request")
ITEM = "/".join(("", "root", "item"))  # where XForms keeps the rows of a secondary instance
TOKEN = "^[a-z2-7]{16}$"
NOBODY = "anybody"  # the code of attempts that no shopper was named for

Row = dict[str, Any]  # of the sheet "survey"; what is translated holds a text by language

AT_ONCE_NOW = "(" + " or ".join(f"${{channel}} = '{channel}'" for channel in AT_ONCE) + ")"
LATER_NOW = "(" + " or ".join(f"${{channel}} = '{channel}'" for channel in LATER) + ")"
ANSWERED = "${outcome} = 'answered'"


def write_form(path: Path, study: Study, probes: Sequence[Probe], made: datetime) -> Path:
    """Write the XLSForm of all attempts by hand to `path`; `made` gives its version."""
    from openpyxl import Workbook

    book = Workbook()
    book.active.title = "survey"
    headings = [*PLAIN, *_translated_headings(TRANSLATED)]
    _write(book.active, headings, [_flat(row) for row in survey()])
    headings = ["list_name", "name", *_translated_headings(("label",)), *EXTRAS]
    _write(book.create_sheet("choices"), headings, [_flat(row) for row in choices(study, probes)])
    settings = _settings(study, made)
    _write(book.create_sheet("settings"), list(settings), [settings])
    book.save(path)
    return path


def survey() -> list[Row]:
    """The questions, in their order."""
    return [*_which(), *_presses(), *_moments(), *_times(), *_result()]


def _which() -> list[Row]:
    looked_up = [
        _calculate(name, f"instance('probes'){ITEM}[name = ${{listed}}]/{name}")
        for name in ("provider", "recipient", "scenario", "persona", "request")
    ]
    return [
        {"type": "start", "name": "start"},
        {"type": "end", "name": "end"},
        _ask("select_one shoppers", "shopper", N_("Your code"), required="yes"),
        _ask("select_one channels", "channel", N_("How do you contact them?"), required="yes"),
        _ask(
            "select_one probes", "listed", N_("Which attempt?"), required="yes",
            appearance="minimal",
            choice_filter="(shopper = ${shopper} and channel = ${channel}) or name = 'typed'",
        ),
        _ask(
            "text", "typed_token", N_("Name of the attempt"), required="yes",
            relevant="${listed} = 'typed'", constraint=f"regex(., '{TOKEN}')",
            hint=N_("As your sheet says: 16 small letters and digits."),
            constraint_message=N_("A name has 16 small letters and digits from 2 to 7."),
        ),
        _calculate("token", "if(${listed} = 'typed', ${typed_token}, ${listed})"),
        *looked_up,
        _ask("note", "contact", N_("${provider}: ${recipient}. If asked, you are ${persona}."),
             relevant="${listed} != 'typed'"),
        _ask("note", "say", N_("Scenario ${scenario}. Ask: ${request}"),
             relevant="${listed} != 'typed'"),
    ]  # fmt: skip


PRESSES = (  # name, field that it stamps, what is asked, where it is shown
    ("begun", "begun_at", N_("Begun: you dial, write or arrive NOW"), AT_ONCE_NOW),
    ("machine", "machine_at", N_("A menu or a recording is heard NOW"), "${begun} = 'OK'"),
    ("queue", "queue_at", N_("You begin to wait for a person NOW"), "${begun} = 'OK'"),
    ("person", "person_at", N_("A person answers NOW"), "${begun} = 'OK'"),
    ("ended", "ended_at", N_("It is over NOW"), "${begun} = 'OK'"),
)


def _presses() -> list[Row]:
    """What is stamped as it happens, in the channels that answer at once."""
    rows: list[Row] = []
    for name, stamp, label, relevant in PRESSES:
        rows.append(_ask("acknowledge", name, label, relevant=relevant))
        rows.append(_moment(stamp, f"if(${{{name}}} = 'OK', now(), '')", trigger=f"${{{name}}}"))
    return rows


MOMENTS = (
    ("sent_on", N_("When did you write?"), "yes"),
    ("acknowledged_on", N_("When did an automatic reply come? Leave empty if none came."), ""),
    ("answered_on", N_("When did a person first answer? Leave empty if nobody did."), ""),
    ("resolved_on", N_("When was your request settled? Leave empty if it was not."), ""),
    ("observed_on", N_("When did you last look for an answer?"), "yes"),
)


def _moments() -> list[Row]:
    """What is looked up later, in the channels that answer later."""
    rows = []
    for name, label, required in MOMENTS:
        first = name == "sent_on"
        rows.append(
            _ask(
                "dateTime", name, label, required=required, relevant=LATER_NOW,
                constraint=". <= now()" if first else ". <= now() and . >= ${sent_on}",
                constraint_message=N_("This lies in the future.") if first
                else N_("This lies in the future, or before you wrote."),
            )
        )  # fmt: skip
    return rows


def _times() -> list[Row]:
    """The times of the attempt under the names of the table, whichever way they were taken."""
    pairs = (
        ("sent_at", "begun_at", "sent_on"),
        ("acknowledged_at", "machine_at", "acknowledged_on"),
        ("answered_at", "person_at", "answered_on"),
        ("observed_until", "ended_at", "observed_on"),
    )
    rows = [
        _moment(name, f"if({AT_ONCE_NOW}, ${{{at_once}}}, ${{{later}}})")
        for name, at_once, later in pairs
    ]
    person = "decimal-date-time(if(${person_at} != '', ${person_at}, ${ended_at}))"
    wait = f"round(({person} - decimal-date-time(${{queue_at}})) * 86400, 0)"
    known = (
        f"{AT_ONCE_NOW} and ${{queue_at}} != '' and (${{person_at}} != '' or ${{ended_at}} != '')"
    )
    return [*rows, _calculate("wait_s", f"if({known}, {wait}, '')")]  # seconds in the queue


def _result() -> list[Row]:
    settled = f"if({AT_ONCE_NOW}, if(${{resolved}} = 'yes', ${{ended_at}}, ''), ${{resolved_on}})"
    return [
        _ask(
            "select_one outcomes", "outcome", N_("How did it end?"), required="yes",
            relevant="${ended} = 'OK' or " + LATER_NOW,
            hint=N_("Only a person counts as answered."),
            constraint="(. = 'answered') = (${answered_at} != '')",
            constraint_message=N_("Answered means that a person answered: say when, or choose "
                                  "another outcome."),
        ),
        _ask(
            "select_one faults", "fault", N_("Whose failure was it?"), required="yes",
            relevant="${outcome} != '' and ${outcome} != 'answered'",
            hint=N_("Ours: your own line, device or mistake."),
        ),
        _ask("select_one yes_no", "resolved", N_("Did you get what you asked for?"),
             required="yes", relevant=ANSWERED),
        _ask("select_one yes_no", "suspected", N_("Did they seem to know that it was a test?"),
             required="yes", relevant=ANSWERED),
        _moment("resolved_at", settled),
        *(
            _ask("select_one points", column.field, column.heading, required="yes",
                 relevant=ANSWERED)
            for column in SCORES
        ),
        _ask("text", "note", N_("Note, without names of their staff"), appearance="multiline"),
    ]  # fmt: skip


def choices(study: Study, probes: Sequence[Probe]) -> list[Row]:
    """What can be chosen: the words of the lists, the shoppers and the attempts."""
    made = sorted({probe.shopper or NOBODY for probe in probes})
    channels = [channel for channel in BY_HAND if any(p.channel == channel for p in probes)]
    lists: dict[str, Mapping[str, str]] = {
        "channels": {channel: CHANNEL_TITLES[channel] for channel in channels},
        "outcomes": OUTCOME_WORDS,
        "faults": FAULT_WORDS,
        "yes_no": YES_NO_WORDS,
        "points": {str(point): str(point) for point in range(1, 6)},
        "shoppers": {code: code for code in made},
    }
    rows = [
        {"list_name": name, "name": code, "label": in_languages(shown)}
        for name, words in lists.items()
        for code, shown in words.items()
    ]
    in_time = sorted(probes, key=lambda probe: (probe.due_utc, probe.token))
    rows += [_listed(probe, study) for probe in in_time]
    other = in_languages(N_("Another one: I type its name"))
    return [*rows, {"list_name": "probes", "name": "typed", "label": other}]


def _listed(probe: Probe, study: Study) -> Row:
    label = {}
    for code in LANGUAGE_TITLES:
        with speaking(code):
            said = f"{clock(probe.due, study.zone)} · {probe.provider} · {probe.token}"
            label[code] = _inert(said)
    return {
        "list_name": "probes",
        "name": probe.token,
        "label": label,
        "shopper": probe.shopper or NOBODY,
        "channel": probe.channel,
        "provider": _inert(probe.provider),
        "recipient": _inert(recipient_of(probe, study)),
        "scenario": probe.scenario,
        "persona": _inert(persona_name(probe, study)),
        "request": _inert(request(probe, study)),
    }


def _inert(text: str) -> str:
    """`text` in which no question of the form is named: ${...} would stand for its answer."""
    return text.replace("${", "$ {")


def _settings(study: Study, made: datetime) -> dict[str, str]:
    wave = re.sub(r"\W+", "_", study.wave)
    return {
        "form_title": _inert(f"{study.title} · {study.wave}"),
        "form_id": f"carebench_{wave}",
        "version": f"{made:%Y%m%d%H%M}",
        "default_language": LANGUAGE_TITLES[current()],
        "instance_name": "concat(${channel}, ' ', ${token})",
    }


def _ask(kind: str, name: str, label: str, **more: str) -> Row:
    row: Row = {"type": kind, "name": name, "label": in_languages(label)}
    for column, value in more.items():
        row[column] = in_languages(value) if column in TRANSLATED and value else value
    return row


def _calculate(name: str, calculation: str, **more: str) -> Row:
    return {"type": "calculate", "name": name, "calculation": calculation, **more}


def _moment(name: str, calculation: str, **more: str) -> Row:
    """A calculation of its true type: as text, an ODK client may keep the day alone."""
    return {"type": "dateTime", "name": name, "calculation": calculation, **more}


def _translated_headings(columns: Sequence[str]) -> list[str]:
    return [f"{column}::{title}" for column in columns for title in LANGUAGE_TITLES.values()]


def _flat(row: Row) -> dict[str, str]:
    """A row with one column for each language of what is translated."""
    flat = {}
    for column, value in row.items():
        texts = {"": value} if isinstance(value, str) else value
        for code, text in texts.items():
            flat[f"{column}::{LANGUAGE_TITLES[code]}" if code else column] = text
    return flat


def _write(sheet: Any, headings: Sequence[str], rows: Sequence[Mapping[str, str]]) -> None:
    sheet.append(headings)
    for number, row in enumerate(rows, 2):
        for at, heading in enumerate(headings, 1):
            cells.put(sheet.cell(number, at), row.get(heading, ""))
    sheet.freeze_panes = "A2"
