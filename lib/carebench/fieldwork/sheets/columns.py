"""The columns of a call sheet, declared once: who writes the sheet and who reads it share them.

A sheet may come back in either language, with columns moved, left out or added. So a heading
is looked up in both languages, and so is every word of a list.
"""

from __future__ import annotations

import dataclasses
import re
import unicodedata
from collections.abc import Mapping
from typing import Literal

from ...language import LANGUAGES, N_, _, catalogue
from ...schema.words import SIX_POINTS

# moment: a day with its clock; clock: HH:MM, at the day of `made_on` or, past midnight, the next
Kind = Literal["text", "day", "clock", "moment", "word", "score"]

# Channels in which a person makes the attempt; e-mail is sent, and websites are checked.
AT_ONCE = ("phone", "chat", "visit")  # answered while the shopper waits
LATER = ("social", "web_form")  # answered later, or never
BY_HAND = AT_ONCE + LATER

OUTCOME_WORDS = {
    "answered": N_("answered by a person"),
    "auto_ack_only": N_("automatic reply only"),
    "menu_only": N_("menu or recording only"),
    "no_answer": N_("nobody answered"),
    "busy": N_("line busy"),
    "abandoned": N_("gave up in the queue"),
    "bounced": N_("sent back"),
    "invalid_contact": N_("no such number or address"),
    "closed": N_("said to be closed"),
}
FAULT_WORDS = {
    "theirs": N_("theirs"),
    "ours": N_("ours"),
    "unknown": N_("not known"),
}
YES_NO_WORDS = {"yes": N_("yes"), "no": N_("no")}
POINT_HEADINGS = {
    "friendliness": N_("Friendly (1-5)"),
    "empathy": N_("Listens (1-5)"),
    "fairness": N_("Fair (1-5)"),
    "customer_at_centre": N_("Customer first (1-5)"),
    "information": N_("Informs (1-5)"),
    "choice": N_("Offers choice (1-5)"),
}


@dataclasses.dataclass(frozen=True, slots=True)
class SheetColumn:
    """A column of a call sheet. `heading`, `meaning` and the words are messages to translate."""

    field: str
    heading: str
    meaning: str
    kind: Kind
    width: float  # in characters
    planned: bool = False  # written by the plan, locked; else filled in by the shopper
    channels: tuple[str, ...] = BY_HAND
    words: Mapping[str, str] = dataclasses.field(default_factory=dict)  # code -> what is shown


def _planned(name: str, heading: str, meaning: str, width: float) -> SheetColumn:
    return SheetColumn(name, heading, meaning, "text", width, planned=True)


PLANNED = (
    _planned("token", N_("Attempt"), N_("name of the attempt; leave it as it is"), 18),
    _planned(
        "due_there", N_("Due, their time"), N_("when to make it, on the provider's clock"), 13
    ),
    _planned("due_here", N_("Due, your time"), N_("the same moment, on your own clock"), 13),
    _planned("provider", N_("Provider"), N_("whom to contact"), 14),
    _planned("recipient", N_("Where"), N_("number to dial, account or address"), 15),
    _planned("scenario", N_("Scenario"), N_("what to ask: its card is on the second sheet"), 11),
    _planned("persona", N_("Your name"), N_("the invented name to give, if you are asked"), 12),
)
TIMES = (
    SheetColumn("made_on", N_("Day"), N_("day on which you made it, on your own clock"), "day", 11),
    SheetColumn("sent_at", N_("Begun"), N_("when you dialled, wrote or arrived"), "clock", 8),
    SheetColumn(
        "acknowledged_at", N_("Machine"), N_("when a menu, a recording or an automatic reply came"),
        "clock", 9,
    ),
    SheetColumn(
        "queue_at", N_("Queue"), N_("when you began to wait for a person"), "clock", 8,
        channels=AT_ONCE,
    ),
    SheetColumn(
        "answered_at", N_("Person"), N_("when a person first answered"), "clock", 8,
        channels=AT_ONCE,
    ),
    SheetColumn(
        "observed_until", N_("Ended"), N_("when the attempt was over"), "clock", 8,
        channels=AT_ONCE,
    ),
    SheetColumn(
        "answered_on", N_("Person (day and time)"),
        N_("when a person first answered, with its day"),
        "moment", 16, channels=LATER,
    ),
    SheetColumn(
        "resolved_on", N_("Settled (day and time)"),
        N_("when your request was settled, with its day"),
        "moment", 16, channels=LATER,
    ),
    SheetColumn(
        "observed_on", N_("Watched until (day and time)"),
        N_("when you last looked for an answer, with its day"), "moment", 16, channels=LATER,
    ),
)  # fmt: skip
RESULTS = (
    SheetColumn(
        "outcome", N_("Outcome"), N_("how it ended; only a person counts as answered"), "word", 13,
        words=OUTCOME_WORDS,
    ),
    SheetColumn(
        "fault", N_("Whose failure"), N_("ours: your own line, device or mistake, and no result"),
        "word", 9, words=FAULT_WORDS,
    ),
    SheetColumn(
        "resolved", N_("Settled?"), N_("whether you got what you asked for"), "word", 8,
        words=YES_NO_WORDS,
    ),
    SheetColumn(
        "suspected", N_("Found out?"), N_("whether they seem to have known that it was a test"),
        "word", 8, words=YES_NO_WORDS,
    ),
)  # fmt: skip
SCORES = tuple(
    SheetColumn(
        point,
        POINT_HEADINGS[point],
        N_("1 worst to 5 best; empty if nobody answered"),
        "score",
        5,
    )
    for point in SIX_POINTS
)
NOTE = SheetColumn(
    "note", N_("Note"), N_("anything else, without names of their staff"), "text", 22
)
COLUMNS = (*PLANNED, *TIMES, *RESULTS, *SCORES, NOTE)
BY_FIELD = {column.field: column for column in COLUMNS}


def columns_of(channel: str) -> tuple[SheetColumn, ...]:
    """The columns that a sheet of attempts in `channel` has, in their order."""
    return tuple(column for column in COLUMNS if channel in column.channels)


def column_of(heading: str) -> SheetColumn | None:
    """The column under `heading`, in either language; None where it is none of ours."""
    return _by_heading().get(compared(heading))


def code_of(column: SheetColumn, said: str) -> str | None:
    """The code of a word of a list as a shopper wrote it, in either language; None if unknown."""
    for code, shown in column.words.items():
        if compared(said) in {compared(form) for form in (code, *in_languages(shown).values())}:
            return code
    return None


def words_beside(column: SheetColumn, heading: str) -> list[str]:
    """The words of a list in the language in which `heading` is written; codes beside its field."""
    for code, form in in_languages(column.heading).items():
        if compared(form) == compared(heading):
            return [in_languages(shown)[code] for shown in column.words.values()]
    return list(column.words)


def in_languages(message: str) -> dict[str, str]:
    """`message` in every language of the kit, by its code."""
    return {
        code: message if code == "en" else catalogue(code).get(message, message)
        for code in LANGUAGES
    }


def compared(text: str) -> str:
    """`text` as it is compared: one form of its letters, small, with single blanks."""
    return re.sub(r"\s+", " ", unicodedata.normalize("NFC", str(text))).strip().casefold()


def shown(column: SheetColumn) -> str:
    """The heading in the language in use."""
    return _(column.heading)


def _by_heading() -> dict[str, SheetColumn]:
    return {
        compared(form): column
        for column in COLUMNS
        for form in (column.field, *in_languages(column.heading).values())
    }
