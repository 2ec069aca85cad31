"""What shoppers filled in: call sheets, and submissions of the form for telephone and tablet.

Both know their attempts by the tokens of the plan. The columns of a call sheet are declared in
`sheets.columns`; its clocks are the shopper's. The form's fields are those of `sheets.forms`,
as KoboToolbox and ODK Central write them: JSON and CSV with `_uuid` or `KEY`; fields in a group
as group/field. "Submission" ids follow "OpenRosa Metadata" of docs.getodk.org: an edited
submission has a new instanceID, so KoboToolbox's `meta/rootUuid`, which stays, goes first.
Attachments and repeats are not read.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from ...schema.words import SIX_POINTS
from ..sheets.columns import BY_FIELD, code_of, column_of, words_beside
from .grids import Source, below, folded
from .how import How
from .records import LeftOut, Reading, Record, Refused, attempt_of, points
from .times import Clock

TITLE_ROWS = 30
LONGEST = timedelta(hours=6)  # of a call, chat or visit: a clock before its beginning is a slip
LATER = {
    "answered_on": "answered_at",
    "resolved_on": "resolved_at",
    "observed_on": "observed_until",
}
CLOCKS = ("acknowledged_at", "queue_at", "answered_at", "observed_until")
FORM_TIMES = ("sent_at", "acknowledged_at", "answered_at", "resolved_at", "observed_until")
IDS = ("meta rootuuid", "meta instanceid", "uuid", "instanceid", "key", "id")
EMPTY = "is not filled in"


def sheet_headings(source: Source) -> int | None:
    """The row of headings of a call sheet: the first that names the token and the outcome."""
    for at, row in enumerate(source.rows[:TITLE_ROWS]):
        names = {column.field for cell in row if cell and (column := column_of(cell))}
        if {"token", "made_on", "outcome"} <= names:
            return at
    return None


def read_sheet(source: Source, how: How) -> Reading:
    """The attempts of a call sheet that was filled in."""
    table, reading = below(source, sheet_headings(source) or 0), Reading(source.name)
    theirs = {column.field: name for name in table.headings if (column := column_of(name))}
    later = {ours: theirs[name] for name, ours in LATER.items() if name in theirs}
    reading.headings = {**later, **theirs}
    rows = list(reading.each(table))
    days = [theirs[day] for day in ("made_on", *LATER) if day in theirs]
    clock = how.clock((cells.get(day, "") for _n, cells in rows for day in days), source.name)
    for number, cells in rows:
        with reading.take(number, cells):
            said = {field: cells.get(heading, "") for field, heading in theirs.items()}
            reading.records.append(_filled_in(number, said, theirs, clock, how))
    return reading


def form_headings(source: Source) -> int | None:
    """The row of headings of the submissions of our form."""
    for at, row in enumerate(source.rows[:TITLE_ROWS]):
        names = {_field(cell) for cell in row}
        known = {folded(cell) for cell in row}
        if {"token", "outcome", "sent_at"} <= names and known & set(IDS):
            return at
    return None


def read_form(source: Source, how: How) -> Reading:
    """The attempts that were sent in through the form."""
    table, reading = below(source, form_headings(source) or 0), Reading(source.name)
    reading.headings = headings = {_field(name): name for name in table.headings}
    name = table.heading(*IDS)
    rows = list(reading.each(table))
    times = (cells.get(headings.get(time, ""), "") for _n, cells in rows for time in FORM_TIMES)
    clock = how.clock(times, source.name)
    for number, cells in rows:
        with reading.take(number, cells):
            reading.records.append(_submitted(number, cells, headings, name, clock, how))
    return reading


def _filled_in(
    number: int,
    cells: Mapping[str, str],
    theirs: Mapping[str, str],
    clock: Clock,
    how: How,
) -> Record:
    words = {
        name: _word(name, theirs[name], said)
        for name, said in cells.items()
        if BY_FIELD[name].words
    }
    if not cells.get("sent_at") and not words.get("outcome"):
        raise LeftOut(EMPTY)
    if not words.get("outcome"):
        known = ", ".join(words_beside(BY_FIELD["outcome"], theirs["outcome"]))
        raise Refused("outcome", "", f"how it ended, as the row has times: one of {known}")
    moments = _moments(cells, clock)
    if (
        words.get("resolved") == "yes"
        and "resolved_at" not in moments
        and "answered_on" not in cells
    ):
        moments["resolved_at"] = moments.get("observed_until")
    queued, until = moments.pop("queue_at", None), moments.get("answered_at")
    ended = until or moments.get("observed_until")
    waited = (ended - queued).total_seconds() if queued and ended else 0.0
    token = cells.get("token", "")
    planned = how.planned_columns(token)
    if sent := moments["sent_at"]:
        how.check_due(token, sent, "made_on")
    attempt = attempt_of(how.study, **planned, **words, **moments,
                         label_source="person")  # fmt: skip
    scores = points(cells, {item: item for item in SIX_POINTS})
    return Record(number, token, attempt, (token,), scores=scores, waited_s=waited)


def _word(name: str, heading: str, said: str) -> str:
    if not said:
        return ""
    code = code_of(BY_FIELD[name], said)
    if code is None:
        raise Refused(name, said, f"one of {', '.join(words_beside(BY_FIELD[name], heading))}")
    return code


def _moments(cells: Mapping[str, str], clock: Clock) -> dict[str, datetime | None]:
    """The moments of a row: clocks of its day, or of the next where they are past midnight."""
    begun = cells.get("sent_at", "")
    for name in ("made_on", "sent_at"):
        if not cells.get(name):
            raise Refused(name, "", "the day and the clock at which it was made")
    day = clock.day(cells["made_on"], "made_on")
    sent = clock.at(day, begun, "sent_at")
    moments: dict[str, datetime | None] = {"sent_at": sent}
    for name in CLOCKS:
        if said := cells.get(name, ""):
            at = clock.at(day, said, name)
            moments[name] = at = at if at >= sent else at + timedelta(days=1)
            if at - sent > LONGEST:
                raise Refused(name, said, f"a clock after {begun}, when it began, by 6 h at most")
    for theirs, ours in LATER.items():
        if said := cells.get(theirs, ""):
            moments[ours] = clock.moment(said, theirs)
    return moments


def _field(heading: str) -> str:
    """The name of a field without its groups: Kobo writes group/field, ODK group-field."""
    return heading.rpartition("/")[2].rpartition("-")[2].strip().casefold()


def _submitted(
    number: int,
    cells: Mapping[str, str],
    headings: Mapping[str, str],
    name: str,
    clock: Clock,
    how: How,
) -> Record:
    said = {field: cells.get(heading, "") for field, heading in headings.items()}
    moments = {time: clock.moment(said[time], time) for time in FORM_TIMES if said.get(time)}
    words = {word: said.get(word, "") for word in ("outcome", "fault", "resolved", "suspected")}
    if not words["outcome"]:
        raise Refused("outcome", "", "how it ended")
    if "sent_at" not in moments:
        raise Refused("sent_at", "", "when it was made")
    planned = how.planned_columns(said["token"]) | {
        key: said[key] for key in ("shopper",) if said.get(key)
    }
    how.check_due(said["token"], moments["sent_at"], "sent_at")
    attempt = attempt_of(how.study, **planned, **words, **moments, label_source="person")
    scores = points(cells, {item: headings.get(item, "") for item in SIX_POINTS})
    wait = said.get("wait_s", "")
    waited = float(wait) if wait.replace(".", "", 1).isdigit() else 0.0
    identity = cells.get(name, "").removeprefix("uuid:")
    return Record(number, identity, attempt, (said["token"],), scores=scores, waited_s=waited)
