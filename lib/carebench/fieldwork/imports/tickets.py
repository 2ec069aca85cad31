"""Tickets of a client's own help desk: Zendesk and Freshdesk.

They are contacts of real customers, so each becomes an attempt of its own and none is matched
to the plan; one that a probe of ours made is left out, since we saw that from our own side. A
ticket of a telephone call is left out as well: it exists because somebody answered, and says
nothing of the calls that nobody did.

Zendesk: the CSV export of a view names its columns as "Ticket data export" of
support.zendesk.com does; JSON is that of "Tickets" and "Ticket Metrics" of
developer.zendesk.com, whose `reply_time_in_minutes` counts the first public comment of an agent
(no trigger is one) in calendar and in business minutes. Business minutes alone give no moment.

Freshdesk: the CSV export names its columns as "Exporting tickets" of support.freshdesk.com does;
JSON is that of "Tickets" of developers.freshdesk.com with include=stats. `Initial response
time` is a moment; `First response time (in hrs)` counts business hours, and is not used.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from ...schema import DataError
from .grids import Source, below, folded
from .how import How
from .records import LeftOut, Reading, Record, Refused, attempt_of
from .times import Clock

ZENDESK = {
    "id": ("id", "ticket id"),
    "via": ("via channel", "via"),
    "status": ("status",),
    "created": ("created at",),
    "solved": ("metric set solved at", "solved at"),
    "replies": ("metric set replies", "replies"),
    "minutes": (
        "metric set reply time in minutes calendar",
        "reply time in minutes calendar",
        "first reply time in minutes",
    ),
    "updated": ("updated at",),
}
FRESHDESK = {
    "id": ("ticket id", "id"),
    "via": ("source",),
    "status": ("status",),
    "created": ("created time", "created at"),
    "answered": ("initial response time", "stats first responded at"),
    "solved": ("resolved time", "stats resolved at", "closed time", "stats closed at"),
    "replies": ("agent interactions",),
    "updated": ("last update time", "last updated time", "updated at"),
    "spam": ("spam",),
    "deleted": ("deleted",),
}
FROM_CALL = "is of a telephone call, which had a ticket because somebody answered"
BY_COMPANY = "was begun by the company itself"
LEFT_OUT = {
    **dict.fromkeys(("phone", "voice", "phone call inbound", "voicemail", "3"), FROM_CALL),
    **dict.fromkeys(("phone call outbound", "outbound email", "10"), BY_COMPANY),
}
# Both systems write the same ways by words (CSV) and by codes (JSON); Freshdesk's are numbers.
CHANNELS = {
    **dict.fromkeys(("email", "mail", "1"), ("email", "")),
    **dict.fromkeys(
        ("web", "web form", "web widget", "portal", "feedback widget", "2", "9"), ("web_form", "")
    ),
    **dict.fromkeys(
        ("chat", "live chat", "messaging", "native messaging", "web messaging", "7"), ("chat", "")
    ),
    **dict.fromkeys(
        ("facebook", "facebook post", "facebook private message", "facebook messenger", "6"),
        ("social", "Facebook"),
    ),
    **dict.fromkeys(("twitter", "x", "twitter direct message", "5"), ("social", "X")),
    **dict.fromkeys(("instagram", "instagram direct"), ("social", "Instagram")),
    **dict.fromkeys(("whatsapp", "13"), ("social", "WhatsApp")),
}
SETTLED = ("solved", "resolved", "closed", "4", "5")
AWAY = ("spam", "deleted", "suspended")


def zendesk_headings(source: Source) -> int | None:
    """The row of headings of a Zendesk export."""
    return _find(source, ZENDESK, ("id", "via", "created"), {"via", "via channel"})


def freshdesk_headings(source: Source) -> int | None:
    """The row of headings of a Freshdesk export."""
    marks = {"ticket id", "source"}, {"requester id", "source"}
    found = _find(source, FRESHDESK, ("id", "via", "created", "status"), {"source"})
    if found is None:
        return None
    names = {folded(cell) for cell in source.rows[found]}
    return found if any(mark <= names for mark in marks) else None


def read_zendesk(source: Source, how: How) -> Reading:
    """The tickets of a Zendesk export."""
    return _read(source, how, zendesk_headings(source), ZENDESK)


def read_freshdesk(source: Source, how: How) -> Reading:
    """The tickets of a Freshdesk export."""
    return _read(source, how, freshdesk_headings(source), FRESHDESK)


def _find(
    source: Source, words: Mapping[str, tuple[str, ...]], needed: Iterable[str], mark: set[str]
) -> int | None:
    for at, row in enumerate(source.rows[:30]):
        names = {folded(cell) for cell in row}
        if mark & names and all(names & set(words[name]) for name in needed):
            return at
    return None


def _read(
    source: Source, how: How, at: int | None, words: Mapping[str, tuple[str, ...]]
) -> Reading:
    if not (how.provider or how.study.audit.company):
        raise DataError(
            f"{source.name} does not say whose tickets it holds. Say --provider NAME, or name "
            "audit.company in the study file."
        )
    table, reading = below(source, at or 0), Reading(source.name)
    theirs = {name: table.heading(*forms) for name, forms in words.items()}
    reading.headings = theirs | {
        "reply time": theirs["minutes"] if "minutes" in theirs else "",
        "answered_at": theirs.get("answered") or theirs.get("minutes", ""),
        "resolved_at": theirs["solved"],
    }
    rows = list(_short(reading.each(table), theirs))
    times = [
        cells[c]
        for _n, cells, _all in rows
        for c in ("created", "answered", "solved", "updated")
        if cells.get(c)
    ]
    clock = how.clock(times, source.name)
    until = _latest(times, clock)
    for number, cells, everything in rows:
        with reading.take(number):
            reading.records.append(_ticket(number, cells, everything, clock, until, how))
    return reading


def _short(
    rows: Iterable[tuple[int, Mapping[str, str]]], theirs: Mapping[str, str]
) -> Iterable[tuple[int, dict[str, str], str]]:
    """Each ticket by our short names, and all that stands in it, to know our own probes by."""
    for number, row in rows:
        cells = {name: row.get(heading, "") for name, heading in theirs.items() if heading}
        yield number, cells, " ".join(row.values())


def _latest(times: Iterable[str], clock: Clock) -> datetime | None:
    """The last moment of the file: until then at least, answers would be in it."""
    found = []
    for text in times:
        try:
            found.append(clock.moment(text, "time"))
        except Refused:
            continue
    return max(found, default=None)


def _ticket(
    number: int,
    cells: Mapping[str, str],
    everything: str,
    clock: Clock,
    until: datetime | None,
    how: How,
) -> Record:
    status = folded(cells.get("status", ""))
    if status in AWAY or "yes" in (cells.get("spam"), cells.get("deleted")):
        raise LeftOut("is spam or was deleted")
    channel, platform = _channel(cells["via"], how.channel)
    sent = clock.moment(cells["created"], "created")
    answered = _answered(cells, sent, clock)
    settled = status in SETTLED or bool(cells.get("solved"))
    outcome, fault = _end(cells, answered, settled)
    attempt = attempt_of(
        how.study, provider=how.provider or how.study.audit.company, channel=channel,
        platform=platform, outcome=outcome, fault=fault, sent_at=sent, answered_at=answered,
        resolved_at=clock.moment(cells["solved"], "solved") if cells.get("solved") else None,
        resolved="yes" if settled else "no", observed_until=until, label_source="machine",
    )  # fmt: skip
    return Record(number, cells["id"], attempt, (everything,), customers=True)


def _channel(via: str, usual: str) -> tuple[str, str]:
    word = folded(via)
    if word in LEFT_OUT:
        raise LeftOut(LEFT_OUT[word])
    if word not in CHANNELS and not usual:
        raise Refused("via", via, "a way that is known, or --channel for those that are not")
    return CHANNELS.get(word, (usual, ""))


def _answered(cells: Mapping[str, str], sent: datetime, clock: Clock) -> datetime | None:
    if cells.get("answered"):
        return clock.moment(cells["answered"], "answered")
    said = cells.get("minutes", "")
    if not said:
        return None
    try:
        minutes = float(said)
    except ValueError:
        raise Refused("reply time", said, "a number of minutes") from None
    if not 0 <= minutes < 1e7:
        raise Refused("reply time", said, "a number of minutes")
    return sent + timedelta(minutes=minutes)


def _end(cells: Mapping[str, str], answered: datetime | None, settled: bool) -> tuple[str, str]:
    """Outcome and fault. A ticket that was settled without a word is not known: by telephone?"""
    if answered is not None or cells.get("replies", "") not in ("", "0"):
        return "answered", ""
    return ("", "unknown") if settled else ("no_answer", "")
