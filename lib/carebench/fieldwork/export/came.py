"""What came of an e-mail, from all that came back to it."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from ..replies import PERSON
from ..replies.bounces import fault_in, judged
from ..replies.signs import suspects

# A newsletter that came to the address of a probe answers nothing; the others do, by machine.
ACKNOWLEDGES = ("auto_ack", "out_of_office", "bot", "survey", "unsure")
NOT_MADE = ("planned", "sending", "cancelled")
LOST_BY_US = ("failed", "not_sent", "in_doubt")


@dataclass(frozen=True, slots=True)
class Reply:
    """A message that came back, as it counts: a person's label before the kit's own."""

    received: datetime
    label: str
    evidence: str
    source: str  # machine | person | both


def open_until(probe: sqlite3.Row, replies: Sequence[Reply], seen_until: str) -> datetime | None:
    """When the watch of a probe ends, where its mailbox was not yet read up to then.

    Until then a share would count "not yet" as "no", and whatever came first would count alone.

    Parameters
    ----------
    seen_until : str
        When all folders of the mailbox were last read to their end; "" where they never were.
    """
    made = _made_utc(probe, replies)
    if not made:
        return None
    ends = _ends(probe, made)
    return None if seen_until and datetime.fromisoformat(seen_until) >= ends else ends


def came_of(
    probe: sqlite3.Row, replies: Sequence[Reply], events: Sequence[sqlite3.Row]
) -> dict[str, str] | None:
    """The columns of `attempts` that say how a probe ended; None where it is no attempt.

    Parameters
    ----------
    probe : row
        Of the journal's table `probes`; its watch is over.
    replies : sequence of Reply
        All that was matched to it, by time; a witness copy too, which proves that it was sent.
    events : sequence of rows
        What happened to it.
    """
    state = str(probe["state"])
    if state == "refused":
        return _refused(probe, events)
    if made := _made_utc(probe, replies):
        return _sent(probe, made, replies)
    if state in LOST_BY_US and not any(event["kind"] == "gave_up" for event in events):
        return {
            "outcome": "no_answer",
            "sent_at": _tried(probe),
            "fault": "ours",
            "label_source": "machine",
        }
    return None


def _made_utc(probe: sqlite3.Row, replies: Sequence[Reply]) -> str:
    """When a server took or refused it; a reply proves that one took it. "" where none did."""
    tried = probe["tried_utc"] if replies or probe["state"] == "refused" else None
    return str(probe["sent_utc"] or tried or "")


def _ends(probe: sqlite3.Row, made_utc: str) -> datetime:
    return datetime.fromisoformat(made_utc) + timedelta(seconds=probe["watched_s"])


def _refused(probe: sqlite3.Row, events: Sequence[sqlite3.Row]) -> dict[str, str]:
    """Their server said no when it heard the address; but not always because of the address."""
    said = next((event["detail"] for event in events if event["kind"] == "refused"), "")
    fault, absent = judged(said)
    return {
        "outcome": "invalid_contact" if absent else "bounced",
        "sent_at": _tried(probe),
        "fault": "ours" if fault == "ours" else "theirs",
        "label_source": "machine",
    }


def _sent(probe: sqlite3.Row, sent_utc: str, replies: Sequence[Reply]) -> dict[str, str]:
    sent, ends = datetime.fromisoformat(sent_utc), _ends(probe, sent_utc)
    counted = [reply for reply in replies if reply.label != "witness" and reply.received <= ends]
    facts = {"sent_at": text(sent), "observed_until": text(ends), "label_source": "machine"}
    return facts | _outcome(counted, sent)


def _outcome(replies: Sequence[Reply], sent: datetime) -> dict[str, str]:
    """The strongest fact decides: a person's answer, then a machine's, then a bounce."""
    person = _first(replies, PERSON)
    machine = _first(replies, ACKNOWLEDGES)
    bounce = _first(replies, ("bounce",))
    # Clocks of servers tick in whole seconds: an answer may seem to come before its question.
    acknowledged = {"acknowledged_at": text(max(machine.received, sent))} if machine else {}
    if person:
        noticed = any(reply.label == "stop" or suspects(reply.evidence) for reply in replies)
        return acknowledged | {
            "outcome": "answered",
            "answered_at": text(max(person.received, sent)),
            "suspected": "yes" if noticed else "no",
            "label_source": person.source,
        }
    if machine:
        return acknowledged | {"outcome": "auto_ack_only", "label_source": _basis(replies)}
    if bounce:
        fault, absent = fault_in(bounce.evidence)
        outcome = "invalid_contact" if absent else "bounced"
        return {"outcome": outcome, "fault": fault, "label_source": bounce.source}
    return {"outcome": "no_answer"}


def _basis(replies: Iterable[Reply]) -> str:
    """Who decided that nobody answered: it rests on every reply, the one in doubt above all."""
    replies = [reply for reply in replies if reply.label in ACKNOWLEDGES]
    if any(reply.label == "unsure" for reply in replies):
        return "unsure"
    sources = {reply.source for reply in replies}
    return sources.pop() if len(sources) == 1 else "both"


def _first(replies: Iterable[Reply], labels: Sequence[str]) -> Reply | None:
    return next((reply for reply in replies if reply.label in labels), None)


def text(moment: datetime) -> str:
    """A moment as the tables write it, to the second: 2026-11-30T09:15:00Z."""
    return moment.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def _tried(probe: sqlite3.Row) -> str:
    """When an attempt was made that did not get through."""
    return text(datetime.fromisoformat(probe["tried_utc"] or probe["due_utc"]))
