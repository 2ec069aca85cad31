"""Which probe is made next: every limit is looked at in the transaction that claims it."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from ...study import ChannelPlan, Study, seconds
from ..rules.limits import channel_plan, crowded, in_quiet_hours, stopped
from ..rules.never_called import why_never_called
from ..rules.queues import is_left_in_peace
from ..rules.recipients import is_allowed, is_barred
from .later import LATE, later_slot
from .opening import Journal, utc_text
from .states import REACHED, move, write_event

FIRST_PAUSE = timedelta(minutes=5)  # each further pause is three times as long
MOST_TRIES = 6  # over ten hours in all: greylisting ends within one
OUTCOMES = ("sent", "refused", "failed", "in_doubt", "done")  # each the state it leads to
TWO_DAYS = timedelta(days=2)  # whatever the zone, a day ends within it
USED = (*REACHED, "failed")  # what the budget pays for


@dataclass(frozen=True, slots=True)
class Verdict:
    """What is to be done with a probe that is due, and why."""

    do: Literal["go", "hold", "move", "cancel"]
    why: str = ""


def claim(
    journal: Journal, study: Study, now: datetime, *, channel: str, live: bool, shopper: str = ""
) -> sqlite3.Row | None:
    """The next probe to make now, its intent already on the disk.

    In one transaction, with the change to `sending`: it is due; nobody asked not to be
    contacted; no emergency number; caps of the provider, the line and the shopper in local
    days; the gap; quiet hours (`any_hour` excepted); a line with a long queue is left in peace;
    and, live, the allow-list and the budget. While the stop file is there, none is claimed.

    A probe that comes more than an hour late is not made at a wrong hour: it moves to the same
    hour of the week in a later week, and only where the wave ends before is it cancelled as
    missed (see `later_slot`). So run this at least every half hour.

    Parameters
    ----------
    now : datetime
        With a zone.
    live : bool
        Whether somebody real would be contacted.
    shopper : str
        Only probes of this shopper, where given.

    Returns
    -------
    row of `probes`, or None where none can be made now

    Raises
    ------
    DataError
        The study no longer names the channel, or the disk refuses.
    """
    channel_plan(study, channel)
    with journal.transaction() as connection:
        if stopped(study) or (live and _is_spent(connection, study)):
            return None
        for probe in _due(connection, now, channel, shopper):
            verdict = judge(connection, study, probe, now, live=live)
            if verdict.do == "go":
                return _begin(connection, probe, now)
            if verdict.do != "hold":
                _put_off(connection, study, probe, verdict, now)
    return None


def judge(
    connection: sqlite3.Connection, study: Study, probe: sqlite3.Row, now: datetime, *, live: bool
) -> Verdict:
    """What is to be done now with a probe that is due."""
    plan, zone = channel_plan(study, probe["channel"]), probe["zone"]
    if is_barred(connection, probe["recipient"], zone):
        return Verdict("cancel", "asked not to be contacted")
    if probe["channel"] == "phone" and (why := why_never_called(probe["recipient"], zone)):
        return Verdict("cancel", why)
    if now - datetime.fromisoformat(probe["not_before"]) > LATE:
        return Verdict("move", "its hour was missed")
    if live and not is_allowed(study, probe["recipient"], zone):
        return Verdict("hold", "not among sign_off.recipients")
    if not probe["any_hour"] and in_quiet_hours(plan, now, zone):
        return Verdict("hold", "quiet hours")
    if is_left_in_peace(connection, probe, now):
        return Verdict("hold", "a long queue today")
    if why := crowded(plan, now, _of_line(connection, probe, plan, now), zone):
        return Verdict("hold", why)
    if _shopper_is_busy(connection, study, probe, now):
        return Verdict("hold", f"{probe['shopper']} has made enough today")
    return Verdict("go")


def settle(
    journal: Journal,
    token: str,
    outcome: str,
    detail: str = "",
    *,
    now: datetime | None = None,
) -> None:
    """Write down what came of a claimed probe.

    Parameters
    ----------
    outcome : str
        sent; refused (their server, at RCPT, for good); failed (ours, for good); in_doubt
        (everything was said and no reply came); done (a call or visit was made); again (not
        now: they or our network put it off), under the same Message-ID, after 5, 15, 45
        minutes and so on. After six tries, about ten hours, it is given up as `failed` with
        the event `gave_up`: whoever puts mail off for so long may be refusing it or be broken,
        so nobody is blamed, and the attempt is missing.

    Raises
    ------
    DataError
        The probe is not being sent.
    """
    now = now or datetime.now(UTC)
    with journal.transaction() as connection:
        if outcome == "again":
            _try_again(connection, token, detail, now)
        elif outcome in OUTCOMES:
            sent = {"sent_utc": utc_text(now)} if outcome in ("sent", "done") else {}
            move(connection, token, outcome, kind=outcome, detail=detail, now=now, **sent)
        else:
            raise ValueError(f"{outcome!r} is no outcome of a probe")


def _due(
    connection: sqlite3.Connection, now: datetime, channel: str, shopper: str
) -> Iterator[sqlite3.Row]:
    """Probes that are due, the longest waiting first; their names are read before any changes."""
    tokens = connection.execute(
        "SELECT token FROM probes WHERE state = 'planned' AND not_before <= ? AND channel = ? "
        "AND (? = '' OR shopper = ?) ORDER BY not_before, token",
        (utc_text(now), channel, shopper, shopper),
    ).fetchall()
    for (token,) in tokens:
        yield _probe(connection, token)


def _probe(connection: sqlite3.Connection, token: str) -> sqlite3.Row:
    query = "SELECT * FROM probes WHERE token = ?"
    row: sqlite3.Row = connection.execute(query, (token,)).fetchone()
    return row


def _begin(connection: sqlite3.Connection, probe: sqlite3.Row, now: datetime) -> sqlite3.Row:
    tries, moment = probe["tries"] + 1, utc_text(now)
    move(
        connection, probe["token"], "sending", kind="claimed", detail=f"try {tries}", now=now,
        tries=tries, tried_utc=moment,
    )  # fmt: skip
    return _probe(connection, probe["token"])


def _put_off(
    connection: sqlite3.Connection,
    study: Study,
    probe: sqlite3.Row,
    verdict: Verdict,
    now: datetime,
) -> None:
    """Move a missed probe to a later week; cancel one that is barred, or has no week left."""
    moment = later_slot(connection, probe, study, now) if verdict.do == "move" else None
    if moment is None:
        kind = "missed" if verdict.do == "move" else "barred"
        move(connection, probe["token"], "cancelled", kind=kind, detail=verdict.why, now=now)
        return
    postpone(connection, probe["token"], moment, verdict.why, now)


def postpone(
    connection: sqlite3.Connection, token: str, moment: datetime, why: str, now: datetime
) -> None:
    """Let a planned probe wait until `moment`. When it was due stays as it was planned."""
    connection.execute(
        "UPDATE probes SET not_before = ? WHERE token = ? AND state = 'planned'",
        (utc_text(moment), token),
    )
    write_event(connection, "moved", f"to {utc_text(moment)}: {why}", token=token, now=now)


def _try_again(connection: sqlite3.Connection, token: str, detail: str, now: datetime) -> None:
    row = connection.execute("SELECT tries FROM probes WHERE token = ?", (token,)).fetchone()
    tries = row["tries"] if row else 0
    if tries >= MOST_TRIES:
        why = f"after {tries} tries: {detail}"
        move(connection, token, "failed", kind="gave_up", detail=why, now=now)
        return
    moment = utc_text(now + FIRST_PAUSE * 3 ** max(tries - 1, 0))
    move(connection, token, "planned", kind="again", detail=detail, now=now, not_before=moment)


def _is_spent(connection: sqlite3.Connection, study: Study) -> bool:
    marks = ", ".join("?" * len(USED))
    query = f"SELECT count(*) FROM probes WHERE state IN ({marks})"
    used: int = connection.execute(query, USED).fetchone()[0]
    return used >= study.fieldwork.sign_off.budget


def _reached(
    connection: sqlite3.Connection,
    probe: sqlite3.Row,
    within: tuple[datetime, datetime],
    which: str,
    *values: str,
) -> list[datetime]:
    """When the other probes that `which` chooses may have reached somebody, `within` two times."""
    marks = ", ".join("?" * len(REACHED))
    rows = connection.execute(
        f"SELECT coalesce(tried_utc, sent_utc) AS at FROM probes WHERE {which} AND token != ? "
        f"AND at BETWEEN ? AND ? AND state IN ({marks})",
        (*values, probe["token"], *map(utc_text, within), *REACHED),
    )
    return [datetime.fromisoformat(row[0]) for row in rows]


def _of_line(
    connection: sqlite3.Connection, probe: sqlite3.Row, plan: ChannelPlan, now: datetime
) -> list[datetime]:
    """The other contacts of this provider and line that a gap or a day could share with now."""
    reach = TWO_DAYS + timedelta(seconds=seconds(plan.gap))
    which = "channel = ? AND (provider = ? OR centre = ?)"
    values = (probe["channel"], probe["provider"], probe["centre"])
    return _reached(connection, probe, (now - reach, now + reach), which, *values)


def _shopper_is_busy(
    connection: sqlite3.Connection, study: Study, probe: sqlite3.Row, now: datetime
) -> bool:
    """Whether the shopper has made as many attempts as a day may have, in the study's zone."""
    shopper = study.fieldwork.shoppers.get(probe["shopper"])
    if shopper is None:
        return False
    zone = ZoneInfo(study.zone or probe["zone"])
    today = now.astimezone(zone).date()
    made = _reached(
        connection, probe, (now - TWO_DAYS, now + TWO_DAYS), "shopper = ?", probe["shopper"]
    )
    return sum(moment.astimezone(zone).date() == today for moment in made) >= shopper.per_day
