"""Sends what is due, each probe once: the intent is on the disk before the first word is said."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from sqlite3 import Row
from zoneinfo import ZoneInfo

from ...schema import DataError
from ...study import Study, load_study
from ..ethics import gate
from ..journal import Journal, open_journal
from ..journal.claims import claim, settle
from ..journal.recovery import recover
from ..journal.runner import only_runner
from ..journal.states import write_event
from ..letters.addresses import address_of, on_the_wire
from ..letters.composing import dated
from ..rules.limits import stopped
from ..wave import Wave, wave_of
from .ending import Ending, in_order
from .servers import Unreachable
from .smtp import IDLE_S, Submission

OURS_IN_A_ROW = 3  # faults of ours after which it is not the probe that is wrong
LOOK_AGAIN_S = 60.0  # when what is due may not be made yet, or our server cannot be reached
BLINK_S = 0.5  # how soon a stop file, or a wish to end, is noticed

Say = Callable[[str], object]


@dataclass(slots=True)
class Summary:
    """What a run of `send` did."""

    live: bool
    outcomes: Counter[str] = field(default_factory=Counter)  # by verdict; `dry` in a dry run
    doubts: int = 0  # left by a runner that died before
    late: Counter[str] = field(default_factory=Counter)  # missed their hour: `moved`, `missed`
    ended_by: str = ""  # what ended it before it was done, if anything

    def __str__(self) -> str:
        parts = [f"{n:,} {verdict.replace('_', ' ')}" for verdict, n in self.outcomes.items()]
        if n := self.late["moved"]:
            parts.append(f"{n:,} missed their hour and were moved to a later week")
        if n := self.late["missed"]:
            parts.append(f"{n:,} missed their hour and were cancelled: send more often")
        if self.ended_by:
            parts.append(f"ended by {self.ended_by}; the others wait")
        return ", ".join(parts) or "nothing was due"


def send(
    study: Study,
    *,
    live: bool = False,
    now: datetime | None = None,
    limit: int | None = None,
    until_done: bool = False,
    say: Say = print,
) -> Summary:
    """Send the e-mails of the wave that are due now.

    Without `live` nothing is sent and nothing changes: each e-mail that is still planned is
    written as a file into the wave's folder `dry-run`.

    Parameters
    ----------
    now : datetime
        What the time is taken to be; the clock's where not given.
    limit : int
        Most e-mails to send.
    until_done : bool
        Wait for the next one to be due, until none is left. Else it ends when nothing is due,
        for a system that starts it every half hour or more often.
    say : callable
        Hears one line for each probe.

    Raises
    ------
    DataError
        Sign-off is missing, another runner is at work, our server cannot be used.
    """
    wave = wave_of(study)
    if not live:
        return _rehearse(study, wave, say, now or datetime.now(UTC))

    def clock() -> datetime:
        return now or datetime.now(UTC)

    with only_runner(wave), open_journal(wave.journal) as journal, in_order() as ending:
        gate.check(study, wave, journal, clock())
        summary = Summary(live=True, doubts=recover(journal, now=clock()))
        if summary.doubts:
            say(f"{summary.doubts} in doubt: the last run ended before it knew. None is resent.")
        runner = _Runner(study, journal, clock, ending, say, summary)
        known = journal.value("SELECT max(number) FROM events") or 0
        try:
            runner.run(limit, until_done)
        finally:
            runner.hang_up()
        summary.late.update(_late_since(journal, known))
    return summary


def _late_since(journal: Journal, known: object) -> Iterator[str]:
    """The kind of each event, after the `known` ones, of an e-mail that missed its hour."""
    query = (
        "SELECT events.kind FROM events JOIN probes USING (token) WHERE events.number > ? "
        "AND channel = 'email' AND events.kind IN ('moved', 'missed')"
    )
    return (str(row["kind"]) for row in journal.rows(query, known))


class _Runner:
    """Claims, sends and settles, one after the other, over one connection while it lasts."""

    def __init__(
        self,
        study: Study,
        journal: Journal,
        clock: Callable[[], datetime],
        ending: Ending,
        say: Say,
        summary: Summary,
    ) -> None:
        self._study, self._journal, self._clock = study, journal, clock
        self._ending, self._say, self._summary = ending, say, summary
        self._connection: Submission | None = None
        self._ours_in_a_row = 0

    def run(self, limit: int | None, until_done: bool) -> None:
        made = 0
        while (limit is None or made < limit) and self._may_go_on():
            wait = self._seconds_to_next()
            if wait is None:
                return
            if wait <= 0 and self._send_one(until_done):
                made += 1
            elif not until_done:
                return
            else:
                self._sleep(min(max(wait, 0), LOOK_AGAIN_S) or LOOK_AGAIN_S)

    def hang_up(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _may_go_on(self) -> bool:
        if self._ending.asked:
            self._summary.ended_by = self._ending.asked
        elif stopped(self._study):
            self._summary.ended_by = f"the file {self._study.fieldwork.stop_file}"
        return not self._summary.ended_by

    def _seconds_to_next(self) -> float | None:
        """Until the next planned e-mail is due, 0 or less where one is; None where none is left."""
        query = "SELECT min(not_before) FROM probes WHERE state = 'planned' AND channel = 'email'"
        first = self._journal.value(query)
        if first is None:
            return None
        return (datetime.fromisoformat(str(first)) - self._clock()).total_seconds()

    def _send_one(self, until_done: bool) -> bool:
        """Send the next one; False where none may be made now."""
        if not self._connect(patient=until_done):
            return False
        self._look_again()
        probe = claim(self._journal, self._study, self._clock(), channel="email", live=True)
        if probe is None:
            return False
        self._transact(probe)
        return True

    def _look_again(self) -> None:
        """A run lasts for weeks: the study, and who asked to stop, as they are at this moment."""
        self._study = load_study(self._study.path)
        gate.check(self._study, wave_of(self._study), self._journal, self._clock())

    def _connect(self, *, patient: bool) -> bool:
        """Before anything is claimed: no probe pays for a server of ours that is down."""
        if self._connection is not None and self._connection.alive:
            return True
        self.hang_up()
        try:
            self._connection = Submission(self._study)
        except Unreachable as error:
            with self._journal.transaction() as connection:
                write_event(connection, "our_server", str(error))
            if not patient:
                raise
            self._say(str(error))
        return self._connection is not None

    def _transact(self, probe: Row) -> None:
        assert self._connection is not None
        own = address_of(probe["token"], self._study.fieldwork.mail)
        moment = self._clock()
        raw = dated(probe["raw"], moment.astimezone(ZoneInfo(probe["zone"])))
        outcome = self._connection.send(own, on_the_wire(probe["recipient"]), raw)
        settle(self._journal, probe["token"], outcome.verdict, outcome.detail, now=self._clock())
        self._summary.outcomes[outcome.verdict] += 1
        last = outcome.replies[-1] if outcome.replies else ""
        self._say(f"{moment:%Y-%m-%d %H:%MZ}  {probe['provider']}  {outcome.verdict}  {last}")
        self._count(outcome.ours, last)

    def _count(self, ours: bool, last: str) -> None:
        self._ours_in_a_row = self._ours_in_a_row + 1 if ours else 0
        if self._ours_in_a_row >= OURS_IN_A_ROW:
            raise DataError(
                f"{OURS_IN_A_ROW} e-mails in a row failed on our side, last: {last}. The others "
                "wait. Mend the mailbox or its server (fieldwork.mail) and run this again."
            )

    def _sleep(self, seconds: float) -> None:
        if seconds > IDLE_S:
            self.hang_up()
        ends = time.monotonic() + seconds
        while time.monotonic() < ends and self._may_go_on():
            time.sleep(min(BLINK_S, max(ends - time.monotonic(), 0)))


def _rehearse(study: Study, wave: Wave, say: Say, now: datetime) -> Summary:
    """Write what would be sent, and say what still forbids to send it."""
    query = (
        "SELECT token, due_utc, zone, raw FROM probes WHERE channel = 'email' "
        "AND state = 'planned' AND raw IS NOT NULL ORDER BY not_before, token"
    )
    summary = Summary(live=False)
    with open_journal(wave.journal) as journal:
        wave.dry.mkdir(mode=0o700, exist_ok=True)
        wave.empty_dry_run()
        for probe in journal.rows(query):
            _write(wave.dry, probe)
            summary.outcomes["dry"] += 1
        say(
            f"{summary.outcomes['dry']:,} e-mails are in {wave.dry}, named by when they are due "
            "where the provider is, with its distance from UTC. Nothing was sent."
        )
        try:
            gate.check(study, wave, journal, now)
        except DataError as error:
            say(f"With --live this would be refused. {error}")
    return summary


def _write(folder: Path, probe: Row) -> None:
    due = datetime.fromisoformat(probe["due_utc"]).astimezone(ZoneInfo(probe["zone"]))
    path = folder / f"{due:%Y%m%d-%H%M%z}-{probe['token']}.eml"
    path.write_bytes(probe["raw"])
