"""What whoever runs a wave does next, the most pressing first."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from ...study import Study
from ..rules.callers import is_by_sip
from ..rules.limits import stopped
from .erasure import UNFINISHED, retained_until
from .later import LATE, never_sent
from .opening import Journal, to_the_minute, utc_text
from .receiving import COLLECTED
from .states import REACHED

UNREAD = timedelta(days=1)  # a mailbox that nobody read for longer holds requests to stop


def steps(study: Study, journal: Journal, now: datetime) -> list[str]:
    """What to do now, one sentence each; one that says so where there is nothing to do.

    Parameters
    ----------
    now : datetime
        With a zone.
    """
    over = len(never_sent(study, journal, now))
    left = _count(journal, "state = 'planned'") - over
    found = [
        *_halted(study, journal, now, left),
        *_to_send(journal, now, over),
        *_to_make(study, journal, now),
        *_to_read(journal, now),
    ]
    return [*_never_sent(over), *(found or [_nothing_now(journal, left)])]


def _never_sent(over: int) -> Iterator[str]:
    if over:
        yield (
            f"Never sent, and no longer to be sent: {over} e-mails missed their hour, and the wave "
            "has no later week for them. They count as not made"
        )


def _halted(study: Study, journal: Journal, now: datetime, left: int) -> Iterator[str]:
    """What somebody must decide before all else."""
    if stopped(study):
        yield (
            f"STOPPED: while the file {study.fieldwork.stop_file} lies beside the study, nothing "
            "is sent, called or visited. Take it away when the wave may go on."
        )
    if journal.fact(UNFINISHED):
        yield (
            "An erasure was cut short, and erased bytes may still lie in the file. Finish it: "
            "carebench probe erase STUDY"
        )
    until = retained_until(journal, study)
    if until is not None and until < now:
        yield "What was received is kept for longer than keep_days: carebench probe erase STUDY"
    made, budget = n_reached(journal), study.fieldwork.sign_off.budget
    if left and 0 < budget <= made:
        yield (
            f"The budget is spent ({made} of {budget}): nothing more is made. A larger one must be "
            "approved: carebench probe approve STUDY"
        )


def _to_send(journal: Journal, now: datetime, over: int) -> Iterator[str]:
    if broken := _count(journal, "state = 'sending' AND channel = 'email'"):
        yield (
            f"Begun and not ended: {broken} by e-mail. If no run is sending them, one was cut "
            "short: carebench probe send STUDY --live (what may be out is not sent again)"
        )
    due = "state = 'planned' AND channel = 'email' AND not_before <= ?"
    if ready := _count(journal, due, utc_text(now)) - over:
        late = _count(journal, due, utc_text(now - LATE)) - over
        moved = f", of which {late} missed the hour and go to a later week" if late else ""
        yield f"Due by e-mail: {ready}{moved}. Send: carebench probe send STUDY --live"


def _to_make(study: Study, journal: Journal, now: datetime) -> Iterator[str]:
    """What people, or the caller, are to make; and what they may have made without a record."""
    rows = journal.rows(
        "SELECT shopper, channel, sum(not_before > ?) AS fresh, count(*) AS n FROM probes "
        "WHERE state = 'planned' AND channel != 'email' AND not_before <= ? "
        "GROUP BY shopper, channel",
        utc_text(now - LATE), utc_text(now),
    )  # fmt: skip
    for row in rows:
        who = f"Due by {row['channel']}, for {row['shopper'] or 'anybody'}: {row['n']}"
        if is_by_sip(study, row["channel"], row["shopper"]):
            yield f"{who}. Call: carebench probe sip STUDY --live"
        elif row["fresh"]:
            yield f"{who}. Make it by the sheet, or by the form notebooks/fieldwork/call.ipynb"
    if past := sum(row["n"] - row["fresh"] for row in rows):
        yield (
            f"In the past and without a record: {past} that people were to make. What was made on "
            "sheets comes in by carebench import STUDY FILE"
        )


def _to_read(journal: Journal, now: datetime) -> Iterator[str]:
    """What came back, or may have."""
    sent = _count(journal, "channel = 'email' AND state IN ('sent', 'in_doubt', 'sending')")
    read = journal.fact(COLLECTED)
    if sent and (not read or datetime.fromisoformat(read) < now - UNREAD):
        last = f"since {to_the_minute(read)}" if read else "yet"
        yield (
            f"E-mails out: {sent}; the mailbox was not read {last}, and somebody may have asked "
            "you to stop. Read it: carebench probe collect STUDY"
        )
    doubts = _count(journal, "channel != 'email' AND state IN ('in_doubt', 'sending')")
    if doubts:
        yield (
            f"Begun by people or the caller, and without an outcome: {doubts}. Finish it in the "
            "form, or import its record; no call is made again by itself"
        )
    unsure = journal.value(
        "SELECT count(*) FROM labels WHERE sure = 0 AND digest IN (SELECT digest FROM matches) "
        "AND digest NOT IN (SELECT item FROM codes)"
    )
    if unsure:
        yield (
            f"Answers that the kit is unsure of, so that people must read them: {unsure}. Code "
            "them: carebench code STUDY"
        )


def _nothing_now(journal: Journal, left: int) -> str:
    if left:
        return "Nothing now: the next attempt is not due yet."
    if not _count(journal, "true"):
        return "Nothing is planned: carebench plan STUDY --lock"
    if not n_reached(journal):
        return (
            "Nobody was contacted, and nothing is left to make. Give the study another `wave` and "
            "`starts`, then carebench plan STUDY"
        )
    return (
        "No attempt is left to make. When the last answers are in: carebench probe export STUDY, "
        "then carebench report STUDY; tell the providers: carebench probe debrief STUDY"
    )


def n_reached(journal: Journal) -> int:
    """How many probes may have reached their provider: they count against the budget."""
    return _count(journal, f"state IN ({', '.join('?' * len(REACHED))})", *REACHED)


def _count(journal: Journal, which: str, *values: str) -> int:
    return int(str(journal.value(f"SELECT count(*) FROM probes WHERE {which}", *values)))
