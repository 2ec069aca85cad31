"""Makes the calls that are due, one at a time, under the gate and the caps of all probes."""

from __future__ import annotations

import asyncio
import json
import os
import sqlite3
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from ....schema import DataError
from ....study import Study, load_study, seconds
from ...ethics import gate
from ...journal import Journal, open_journal
from ...journal.claims import claim, settle
from ...journal.opening import utc_text
from ...journal.recovery import recover
from ...journal.runner import only_runner
from ...journal.states import move
from ...mail.ending import Ending, in_order
from ...mail.secrets import check_name
from ...rules.limits import stopped
from ...rules.numbers import e164
from ...wave import wave_of
from .account import Account, CallResult, Timers
from .calling import place_call
from .outcomes import MEANINGS, OURS

SOURCE = "sip"
CHANNEL = "phone"
OURS_IN_A_ROW = 3  # then it is the line that is wrong, not the number
PLANNED = ("provider", "channel", "stage", "scenario", "persona", "arm", "shopper")

Say = Callable[[str], object]


def now_utc() -> datetime:
    return datetime.now(UTC)


def call_due(
    study: Study,
    *,
    live: bool = False,
    say: Say = print,
    now: Callable[[], datetime] = now_utc,
    timers: Timers | None = None,
) -> Counter[str]:
    """Make the calls of the study's caller that are due.

    Without `live` nobody is called and nothing changes: what is due is said.

    Parameters
    ----------
    study : Study
        With [fieldwork.sip]; the calls are those of its `shopper`.
    live : bool
        Whether to call. The study must be signed off.
    say : callable
        Takes each line of what happens.
    now : callable
        The clock, with a zone.
    timers : Timers
        Of SIP, for tests and bad networks.

    Returns
    -------
    Counter
        Calls by outcome.

    Raises
    ------
    DataError
        The account is not whole, the study is not signed off, or another runner is at work.
    """
    account = account_of(study) if live else None
    wave = wave_of(study)
    with open_journal(wave.journal) as journal:
        if account is None:
            return _tell(study, journal, say, now())
        with only_runner(wave), in_order() as ending:
            gate.check(study, wave, journal, now())
            recover(journal, channel=CHANNEL, shopper=study.fieldwork.sip.shopper, now=now())
            return _call_all(study, journal, account, say, now, timers, ending)


def account_of(study: Study) -> Account:
    """The account of [fieldwork.sip], with its password from the environment.

    Raises
    ------
    DataError
        Server, user or password is missing.
    """
    sip = study.fieldwork.sip
    if not (sip.server and sip.user):
        raise DataError(
            f"{study.path.name} names no telephone account. Give [fieldwork.sip] its `server` "
            "(host:port) and `user`."
        )
    check_name(sip.password, "fieldwork.sip.password")
    password = os.environ.get(sip.password, "")
    if not password:
        raise DataError(
            f"The environment variable {sip.password}, which fieldwork.sip.password names, is "
            "not set. Set it to the password of the telephone account."
        )
    host, _colon, port = sip.server.rpartition(":")
    return Account(host, int(port), sip.user, password, sip.domain)


def _call_all(
    study: Study,
    journal: Journal,
    account: Account,
    say: Say,
    now: Callable[[], datetime],
    timers: Timers | None,
    ending: Ending,
) -> Counter[str]:
    outcomes: Counter[str] = Counter()
    ours = 0
    while ours < OURS_IN_A_ROW and not ending.asked:
        if stopped(study):
            say(f"Ended by the file {study.fieldwork.stop_file}; the others wait.")
            break
        study = _as_it_is_now(study, journal, now())
        if (row := _claim(study, journal, now())) is None:
            break
        begun = now()
        result = _call(study, account, row, timers)
        _write(journal, study, row, result, begun, now())
        say(f"{row['provider']}: {result.outcome.replace('_', ' ')}{_code(result)}")
        outcomes[result.outcome] += 1
        ours = ours + 1 if result.outcome in OURS else 0
    if ours >= OURS_IN_A_ROW:
        say(f"{ours} calls in a row failed on our side, so no more are made. Look at the account.")
    if ending.asked:
        say(f"Ended by {ending.asked}; the call that was being made is written down.")
    return outcomes


def _as_it_is_now(study: Study, journal: Journal, now: datetime) -> Study:
    """The study, read again before each call: a run lasts for hours, and a sign-off may go."""
    new = load_study(study.path)
    gate.check(new, wave_of(new), journal, now)
    return new


def _claim(study: Study, journal: Journal, now: datetime) -> sqlite3.Row | None:
    shopper = study.fieldwork.sip.shopper
    return claim(journal, study, now, channel=CHANNEL, live=True, shopper=shopper)


def _call(study: Study, account: Account, row: sqlite3.Row, timers: Timers | None) -> CallResult:
    sip = study.fieldwork.sip
    try:
        number = e164(row["recipient"], row["zone"])
    except DataError as error:
        return CallResult("trunk_error", reason=str(error))
    ring_s, hold_s = seconds(sip.ring), seconds(sip.hold)
    return asyncio.run(place_call(account, number, ring_s=ring_s, hold_s=hold_s, timers=timers))


def _write(
    journal: Journal,
    study: Study,
    row: sqlite3.Row,
    result: CallResult,
    begun: datetime,
    ended: datetime,
) -> None:
    """Write down what came of the call; a failure of ours is no record, and is tried again."""
    if result.outcome in OURS:
        settle(journal, row["token"], "again", f"{result.outcome}{_code(result)}", now=ended)
        return
    attempt = _attempt(study, row, result, begun, ended)
    with journal.transaction() as connection:
        connection.execute(
            "INSERT OR IGNORE INTO records VALUES (?, ?, ?, ?, ?)",
            (SOURCE, row["token"], row["token"], json.dumps(attempt, ensure_ascii=False),
             utc_text(ended)),
        )  # fmt: skip
        detail = json.dumps(_heard(result))
        move(
            connection, row["token"], "done", kind="called", detail=detail, now=ended,
            sent_utc=utc_text(begun),
        )  # fmt: skip


def _attempt(
    study: Study, row: sqlite3.Row, result: CallResult, begun: datetime, ended: datetime
) -> dict[str, str]:
    """The call as columns of the table of attempts; an answered line has no outcome yet."""
    outcome, fault = MEANINGS[result.outcome]
    attempt = {"attempt_id": row["token"], "wave": study.wave, "outcome": outcome, "fault": fault}
    attempt |= {name: row[name] for name in PLANNED}
    attempt |= {"sent_at": utc_text(begun), "observed_until": utc_text(ended)}
    if result.answered_after_s is not None:
        attempt["line_at"] = utc_text(begun + timedelta(seconds=result.answered_after_s))
    attempt["label_source"] = "line"
    return {name: value for name, value in attempt.items() if value}


def _heard(result: CallResult) -> dict[str, object]:
    """What the line said, for the journal: seconds, the server's last word, no sound."""
    said = {name: getattr(result, name) for name in CallResult.__slots__}
    return {name: round(v, 3) if isinstance(v, float) else v for name, v in said.items()}


def _tell(study: Study, journal: Journal, say: Say, now: datetime) -> Counter[str]:
    """Say what would be called now."""
    rows = journal.rows(
        "SELECT provider, recipient, due_utc FROM probes WHERE state = 'planned' AND channel = ? "
        "AND shopper = ? AND not_before <= ? ORDER BY not_before, token",
        CHANNEL, study.fieldwork.sip.shopper, utc_text(now),
    )  # fmt: skip
    for row in rows:
        say(f"due {row['due_utc']}: {row['provider']}, {row['recipient']}")
    say(f"{len(rows)} calls are due. Nobody was called: --live calls.")
    return Counter(due=len(rows))


def _code(result: CallResult) -> str:
    said = " ".join(part for part in (str(result.code or ""), result.reason) if part)
    return f" ({said})" if said else ""
