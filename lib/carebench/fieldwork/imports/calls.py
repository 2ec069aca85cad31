"""Calls as exchanges record them: Asterisk and Twilio.

What they record is the line. ANSWERED and completed mean that something picked up: a person, a
menu, a recording, a mailbox. So such a call has no outcome until somebody says what was heard.

Asterisk: "CDR Variables" of docs.asterisk.org names the columns, and the sample files
cdr.conf and cdr_custom.conf their order in Master.csv, which has no headings. Exports of its
database call the start `calldate`. Times are the server's own, in GMT with `usegmtime`.

Twilio: "Call Resource" of twilio.com/docs/voice/api names the properties and the statuses; times
are GMT, in the form of RFC 2822. What its machine detection says (`answered_by`) is a hint.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from .grids import Source, below, folded
from .how import How
from .records import LeftOut, Reading, Record, Refused, attempt_of
from .times import Clock

SHORTEST_RING_S = 15.0  # two to three rings: who hangs up sooner has not waited for anybody
MASTER = (
    "accountcode", "src", "dst", "dcontext", "clid", "channel", "dstchannel", "lastapp",
    "lastdata", "start", "answer", "end", "duration", "billsec", "disposition", "amaflags",
    "uniqueid", "userfield",
)  # fmt: skip
CUSTOM = (
    "clid", "src", "dst", "dcontext", "channel", "dstchannel", "lastapp", "lastdata", "start",
    "answer", "end", "duration", "billsec", "disposition", "amaflags", "accountcode", "uniqueid",
    "userfield",
)  # fmt: skip
# How far a call came: an attempt that went on to a second trunk has a row for each.
DISPOSITIONS = ("FAILED", "CONGESTION", "NO ANSWER", "BUSY", "ANSWERED")
NOT_ENDED = ("queued", "initiated", "ringing", "in progress")
ENDS = {
    "completed": ("", "unknown"),
    "busy": ("busy", ""),
    "no answer": ("no_answer", ""),
    "failed": ("no_answer", "ours"),
    "canceled": ("abandoned", "ours"),
}


def asterisk_headings(source: Source) -> tuple[int, tuple[str, ...]] | None:
    """Where the rows of an Asterisk CDR begin, and their headings where the file has none."""
    for at, row in enumerate(source.rows[:30]):
        names = {folded(cell) for cell in row}
        if {"disposition", "dst", "billsec"} <= names and names & {"start", "calldate"}:
            return at, ()
        for headings in (MASTER, CUSTOM):
            place = headings.index("disposition")
            if len(row) in (16, 17, 18) and row[place].upper() in DISPOSITIONS:
                return at, headings[: len(row)]
    return None


def read_asterisk(source: Source, how: How) -> Reading:
    """The calls of an Asterisk CDR, one record for each call that reached a provider's line."""
    found = asterisk_headings(source)
    assert found is not None
    table = below(source, *found)
    name = {folded(heading): heading for heading in table.headings}
    reading = Reading(source.name, {**name, "number": name["dst"]})
    rows = [(number, _named(cells, name)) for number, cells in reading.each(table)]
    aside = reading.rows
    begun = "start" if "start" in name else "calldate"
    clock = how.clock((cells.get(begun, "") for _at, cells in rows), source.name)
    for number, cells in _furthest(rows):
        with reading.take(number):
            reading.records.append(_asterisk(number, cells, begun, clock, how))
    reading.left_out["further rows of a call that is taken once"] += (
        len(rows) + aside - reading.rows
    )
    reading.rows = len(rows) + aside
    return reading


def twilio_headings(source: Source) -> int | None:
    """The row of headings of a Twilio call log."""
    for at, row in enumerate(source.rows[:30]):
        names = {_squeezed(cell) for cell in row}
        if {"status", "to", "direction"} <= names and names & {"sid", "callsid"}:
            return at
    return None


def read_twilio(source: Source, how: How) -> Reading:
    """The calls of a Twilio log that went out to a provider's line."""
    table = below(source, twilio_headings(source) or 0)
    name = {_squeezed(heading): heading for heading in table.headings}
    theirs = {"number": "to", "start_time": "starttime", "end_time": "endtime"}
    reading = Reading(source.name, name | {n: name[s] for n, s in theirs.items() if s in name})
    rows = [(number, _named(cells, name)) for number, cells in reading.each(table)]
    times = (cells.get(column, "") for _n, cells in rows for column in ("starttime", "datecreated"))
    clock = how.clock(times, source.name, zone="UTC")
    for number, cells in rows:
        with reading.take(number):
            reading.records.append(_twilio(number, cells, clock, how))
    return reading


def _named(cells: Mapping[str, str], name: Mapping[str, str]) -> dict[str, str]:
    return {short: cells.get(heading, "") for short, heading in name.items()}


def _squeezed(heading: str) -> str:
    """A name of Twilio's, which its documents write start_time, its programs startTime."""
    return folded(heading).replace(" ", "")


def _furthest(rows: list[tuple[int, dict[str, str]]]) -> list[tuple[int, dict[str, str]]]:
    """One row a call: of those with one name, the row that came furthest, or the first."""
    best: dict[str, tuple[int, dict[str, str]]] = {}
    for number, cells in rows:
        call = cells.get("linkedid") or cells.get("uniqueid") or f"row {number}"
        before = best.get(call)
        if before is None or _reach(cells) > _reach(before[1]):
            best[call] = number, cells
    return sorted(best.values(), key=lambda pair: pair[0])


def _reach(cells: Mapping[str, str]) -> int:
    word = cells["disposition"].upper()
    return DISPOSITIONS.index(word) if word in DISPOSITIONS else -1


def _asterisk(number: int, cells: Mapping[str, str], begun: str, clock: Clock, how: How) -> Record:
    disposition = cells["disposition"].upper()
    provider, line = how.provider_at(cells["dst"])
    if disposition not in DISPOSITIONS:
        raise Refused("disposition", cells["disposition"], f"one of {', '.join(DISPOSITIONS)}")
    sent = clock.moment(cells[begun], begun)
    total, talked = _seconds(cells, "duration"), _seconds(cells, "billsec")
    if talked > total:
        raise Refused("billsec", cells["billsec"], "not more seconds than duration")
    ended = sent + timedelta(seconds=total)
    outcome, fault, answered = _asterisk_end(disposition, total)
    attempt = attempt_of(
        how.study, provider=provider, channel="phone", outcome=outcome, fault=fault, sent_at=sent,
        line_at=ended - timedelta(seconds=talked) if answered else None, observed_until=ended,
        label_source="line",
    )  # fmt: skip
    name = cells.get("linkedid") or cells.get("uniqueid") or ""
    hints = (cells.get("userfield", ""), cells.get("accountcode", ""), cells.get("lastdata", ""))
    return Record(number, name, attempt, hints, line)


def _asterisk_end(disposition: str, total: float) -> tuple[str, str, bool]:
    """Outcome, fault, and whether the line was answered."""
    if disposition == "ANSWERED":
        return "", "unknown", True
    if disposition == "BUSY":
        return "busy", "", False
    if disposition != "NO ANSWER":
        return "no_answer", "ours", False
    return ("abandoned", "ours", False) if total < SHORTEST_RING_S else ("no_answer", "", False)


def _twilio(number: int, cells: Mapping[str, str], clock: Clock, how: How) -> Record:
    status = folded(cells["status"])
    if cells["direction"].casefold().startswith("in"):
        raise LeftOut("came in, and so was no attempt of ours")
    provider, line = how.provider_at(cells["to"])
    if status in NOT_ENDED:
        raise LeftOut("had not ended when the log was made; it comes with the next one")
    if status not in ENDS:
        raise Refused("status", cells["status"], f"one of {', '.join(ENDS)}")
    outcome, fault = ENDS[status]
    begun = cells.get("starttime") or cells.get("datecreated", "")
    sent = clock.moment(begun, "start_time")
    attempt = attempt_of(
        how.study, provider=provider, channel="phone", outcome=outcome, fault=fault, sent_at=sent,
        observed_until=_twilio_end(cells, sent, clock), label_source="line",
        heard=cells.get("answeredby", ""),
    )  # fmt: skip
    return Record(number, cells.get("sid") or cells.get("callsid") or "", attempt, (), line)


def _twilio_end(cells: Mapping[str, str], sent: datetime, clock: Clock) -> datetime | None:
    if cells.get("endtime"):
        return clock.moment(cells["endtime"], "end_time")
    return sent + timedelta(seconds=_seconds(cells, "duration")) if cells.get("duration") else None


def _seconds(cells: Mapping[str, str], column: str) -> float:
    said = cells.get(column, "")
    try:
        value = float(said)
    except ValueError:
        value = -1.0
    if not 0 <= value <= 1e6:
        raise Refused(column, said, "a number of seconds")
    return value
