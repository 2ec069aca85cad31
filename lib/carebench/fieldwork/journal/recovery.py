"""After a runner died: what it was about to send is in doubt, until something proves either."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from ...schema import DataError
from ...study import Study
from ..probe import Probe
from .later import later_slot
from .opening import Journal, utc_text
from .probes import add, plan_name, probe_of, token_of
from .receiving import COLLECTED
from .states import move

SILENCE = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Doubts:
    """What became of doubts: how many proved sent, not sent, and were replaced by new probes."""

    sent: int = 0
    not_sent: int = 0
    replaced: int = 0


def recover(
    journal: Journal, *, channel: str = "email", shopper: str = "", now: datetime | None = None
) -> int:
    """Turn every open intent of a channel into a doubt, and return how many there were.

    Only inside `only_runner`, before anything is claimed: another runner's open intents are
    none of a dead one. A doubt is never sent again; see `settle_doubts`.

    Parameters
    ----------
    shopper : str
        The runner's own, where people make probes of this channel at the same time.
    """
    now = now or datetime.now(UTC)
    with journal.transaction() as connection:
        rows = connection.execute(
            "SELECT token FROM probes WHERE state = 'sending' AND channel = ? "
            "AND (? = '' OR shopper = ?)",
            (channel, shopper, shopper),
        ).fetchall()
        for row in rows:
            why = "the runner ended before it knew the outcome"
            move(connection, row["token"], "in_doubt", kind="in_doubt", detail=why, now=now)
    return len(rows)


def settle_doubts(journal: Journal, study: Study, now: datetime) -> Doubts:
    """Settle what is in doubt, by what came back and by what did not.

    Any message that was matched to a probe proves that it was sent: the witness copy in our own
    mailbox, a reply, a bounce. Nothing at all for a day, in which greylisting and slow relays
    come to their end, proves that it was not, but only where the mailbox was read to its end
    after that time, and where witness copies of other probes are known to arrive in it: a
    mailbox that nobody could read, or that takes no copies of its own mail, is silent too. (A
    call leaves no trace in a mailbox: its doubt stays one.) What was not sent is replaced by a
    new probe in the same cell of the design, at the same hour of a later week, while the wave
    lasts.

    Parameters
    ----------
    now : datetime
        With a zone.

    Raises
    ------
    DataError
        The study no longer holds what a new probe would be written of; nothing is settled.
    """
    with journal.transaction() as connection:
        proven = _proven(connection)
        for probe in proven:
            _prove(connection, probe, now)
        silent = _silent(connection)
        new = [_replace(connection, journal, study, probe, now) for probe in silent]
    return Doubts(len(proven), len(silent), sum(new))


def _proven(connection: sqlite3.Connection) -> list[sqlite3.Row]:
    """Probes that were tried, do not count as sent, and to which something came back."""
    return connection.execute(
        "SELECT * FROM probes WHERE tries > 0 AND token IN (SELECT token FROM matches) "
        "AND state IN ('in_doubt', 'not_sent', 'failed', 'planned', 'cancelled')"
    ).fetchall()


def _prove(connection: sqlite3.Connection, probe: sqlite3.Row, now: datetime) -> None:
    move(
        connection, probe["token"], "sent", kind="proven", now=now, sent_utc=probe["tried_utc"],
        detail=f"was {probe['state']}; something came back",
    )  # fmt: skip
    for row in connection.execute(
        "SELECT token FROM probes WHERE replaces = ? AND state = 'planned'", (probe["token"],)
    ).fetchall():
        why = "what it stood for was sent after all"
        move(connection, row["token"], "cancelled", kind="not_needed", detail=why, now=now)


def _silent(connection: sqlite3.Connection) -> list[sqlite3.Row]:
    """Doubts about which a mailbox that gets witness copies, read to its end, had no word."""
    witness = connection.execute("SELECT 1 FROM labels WHERE label = 'witness'").fetchone()
    row = connection.execute("SELECT value FROM facts WHERE name = ?", (COLLECTED,)).fetchone()
    if row is None or witness is None:
        return []
    since = utc_text(datetime.fromisoformat(row["value"]) - SILENCE)
    return connection.execute(
        "SELECT * FROM probes WHERE state = 'in_doubt' AND channel = 'email' AND tried_utc <= ?",
        (since,),
    ).fetchall()


def _replace(
    connection: sqlite3.Connection,
    journal: Journal,
    study: Study,
    probe: sqlite3.Row,
    now: datetime,
) -> bool:
    """Give up a doubt; whether a new probe stands in its place."""
    token, why = probe["token"], "nothing came back"
    move(connection, token, "not_sent", kind="not_sent", detail=why, now=now)
    moment = later_slot(connection, probe, study, now)
    if moment is None:
        return False
    new = _again(journal, study, probe_of(probe), _trial(connection, probe) + 1, moment)
    message_id, raw = _composed(new, study)
    kept = {name: probe[name] for name in ("recipient", "centre", "watched_s")}
    add(connection, new, **kept, message_id=message_id, raw=raw, replaces=token)
    return True


def _again(journal: Journal, study: Study, old: Probe, trial: int, moment: datetime) -> Probe:
    token = token_of(
        journal.fact("key"),
        plan_name(study.wave, journal.fact("plan")),
        old.provider,
        old.channel,
        old.number,
        old.any_hour,
        trial,
    )
    due = moment.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
    return replace(old, token=token, due_utc=due)


def _trial(connection: sqlite3.Connection, probe: sqlite3.Row) -> int:
    """How many probes the cell of the design has had."""
    query = (
        "SELECT count(*) FROM probes WHERE provider = ? AND channel = ? AND number = ? "
        "AND any_hour = ?"
    )
    values = (probe["provider"], probe["channel"], probe["number"], probe["any_hour"])
    trials: int = connection.execute(query, values).fetchone()[0]
    return trials


def _composed(probe: Probe, study: Study) -> tuple[str | None, bytes | None]:
    if probe.channel != "email":
        return None, None
    from ..letters import compose

    try:
        message = compose(probe, study)
    except KeyError as error:
        raise DataError(
            f"{study.path.name} no longer has {error}, of which the attempts that were not sent "
            "are written anew. Put it back as it was when the plan was locked."
        ) from None
    return message.message_id, message.raw
