"""The kinds of files that are known, and how each is recognised."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import zip_longest

from ...schema import DataError, nearest
from .calls import asterisk_headings, read_asterisk, read_twilio, twilio_headings
from .facebook import is_facebook, read_facebook
from .forms import form_headings, read_form, read_sheet, sheet_headings
from .grids import TITLE_ROWS, Source
from .how import How
from .mapped import read_mapped
from .records import Reading
from .surveys import (
    google_headings,
    kobo_headings,
    lime_headings,
    read_google,
    read_kobo,
    read_lime,
)
from .tickets import freshdesk_headings, read_freshdesk, read_zendesk, zendesk_headings
from .whatsapp import is_whatsapp, read_whatsapp

Read = Callable[[Sequence[Source], How], list[Reading]]


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of file: its name, what it is, what it is known by, and its reader."""

    name: str
    what: str
    mark: str
    suits: Callable[[Source], bool]
    read: Read
    among: tuple[str, ...] = ()  # kinds that a file of this one also looks like, and is not


def _each(read: Callable[[Source, How], Reading]) -> Read:
    return lambda sources, how: [read(source, how) for source in sources]


def _has(headings: Callable[[Source], object]) -> Callable[[Source], bool]:
    return lambda source: bool(source.rows) and headings(source) is not None


KINDS = {
    kind.name: kind
    for kind in (
        Kind("call-sheet", "a call sheet that a shopper filled in",
             "columns Attempt, Day and Outcome", _has(sheet_headings), _each(read_sheet)),
        Kind("kobo", "submissions of our form, from KoboToolbox or ODK",
             "fields token, outcome and sent_at, and an id of the submission",
             _has(form_headings), _each(read_form), among=("kobo-survey",)),
        Kind("asterisk-cdr", "call records of Asterisk, with or without headings",
             "columns dst, billsec and disposition", _has(asterisk_headings),
             _each(read_asterisk)),
        Kind("twilio", "a call log of Twilio", "columns sid, to, direction and status",
             _has(twilio_headings), _each(read_twilio)),
        Kind("zendesk", "tickets of Zendesk", "columns id, via and created_at",
             _has(zendesk_headings), _each(read_zendesk)),
        Kind("freshdesk", "tickets of Freshdesk", "columns ticket id, source and created time",
             _has(freshdesk_headings), _each(read_freshdesk)),
        Kind("limesurvey", "responses of LimeSurvey", "columns id and submitdate",
             _has(lime_headings), _each(read_lime)),
        Kind("google-forms", "responses of a Google form", "a first column Timestamp",
             _has(google_headings), _each(read_google)),
        Kind("kobo-survey", "a survey in KoboToolbox or ODK", "an id of the submission",
             _has(kobo_headings), _each(read_kobo)),
        Kind("whatsapp", "a chat that WhatsApp exported",
             "lines that begin with a time and a name", is_whatsapp, read_whatsapp),
        Kind("facebook", "messages of Facebook (Download your information)",
             "participants and messages", is_facebook, read_facebook),
        Kind("mapped", "any other table, by --mapping FILE.toml", "a mapping file",
             lambda source: bool(source.rows), _each(read_mapped)),
    )
}  # fmt: skip
RECOGNISED = tuple(kind for kind in KINDS.values() if kind.name != "mapped")


def with_one_heading(source: Source) -> Source:
    """`source`, whose headings in two rows (of merged cells) stand in one if so it is known."""
    if any(kind.suits(source) for kind in RECOGNISED):
        return source
    for at in range(min(TITLE_ROWS, len(source.rows) - 1)):
        both = zip_longest(*source.rows[at : at + 2], fillvalue="")
        headings = tuple(lower or upper for upper, lower in both)
        if any(kind.suits(Source(source.name, (headings,))) for kind in RECOGNISED):
            rows = (*source.rows[:at], (), headings, *source.rows[at + 2 :])
            return replace(source, rows=rows)
    return source


def kind_of(name: str, sources: Sequence[Source], said: str, mapped: str) -> Kind:
    """The kind of the file `name`.

    Parameters
    ----------
    said : str
        The kind that the user names, or "".
    mapped : "attempts", "survey" or ""
        What the mapping file makes of a row, where there is one. A file whose columns the user
        maps to attempts is of no other kind.

    Raises
    ------
    DataError
        It is of no known kind, of several, or not of the one that was named.
    """
    if said and said not in KINDS:
        raise DataError(f"--as {said!r} is no kind.{nearest(said, KINDS)} {_listed()}")
    if mapped == "attempts" and said in ("", "mapped"):
        return KINDS["mapped"]
    suiting = [kind for kind in RECOGNISED if any(kind.suits(source) for source in sources)]
    if said:
        if KINDS[said] not in suiting and said != "mapped":
            raise DataError(f"{name} is no {said}: that has {KINDS[said].mark}.")
        return KINDS[said]
    hidden = {name for kind in suiting for name in kind.among}
    suiting = [kind for kind in suiting if kind.name not in hidden]
    if len(suiting) == 1:
        return suiting[0]
    if mapped and not suiting:
        return KINDS["mapped"]
    if not suiting:
        raise DataError(f"{name} is of no kind that is known by its columns. {_listed()}")
    names = ", ".join(kind.name for kind in suiting)
    raise DataError(f"{name} may be {names}. Say which with --as.")


def _listed() -> str:
    kinds = "; ".join(f"{kind.name}: {kind.what}" for kind in KINDS.values())
    return f"Kinds that can be named with --as: {kinds}."
