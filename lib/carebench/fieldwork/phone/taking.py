"""Taking one shopper's calls, one after the other: every press is on the disk before the next.

Whatever dies between two presses, the call is taken up where it was. One that was handed out
and never rang is no call yet: it is planned again, and every rule is looked at anew.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

from ...schema import DataError
from ...study import Study, seconds
from ..ethics import gate
from ..journal import Journal, open_journal
from ..journal.claims import claim
from ..journal.opening import utc_text
from ..journal.probes import probe_of
from ..journal.states import move, write_event
from ..probe import Probe
from ..rules.callers import is_by_sip
from ..rules.recipients import is_barred
from ..wave import Wave, wave_of
from .holding import Hold
from .stamps import RINGING, Result, Stamps, attempt_of, check, replayed

SOURCE = "capture"
PLANNED = ("provider", "channel", "stage", "scenario", "persona", "arm", "shopper")


def now_utc() -> datetime:
    return datetime.now(UTC)


class Taking:
    """The calls of one shopper.

    The journal is opened for each step alone, so that a form left open overnight holds up
    nobody.
    """

    def __init__(
        self,
        study: Study,
        shopper: str,
        *,
        channel: str = "phone",
        now: Callable[[], datetime] = now_utc,
    ) -> None:
        self.study, self.shopper, self.channel, self._now = study, shopper, channel, now
        self.wave: Wave = wave_of(study)
        self.probe: Probe | None = None
        self.recipient = ""
        self.stamps = Stamps()
        self._refuse_stranger()
        self._hold = Hold(self.wave.folder / f".{shopper}-{channel}-lock", self._forget)
        with suppress(DataError):  # another window has the call: `next` says so
            with self._alone() as journal:
                self._take_up(journal)

    def next(self) -> Probe | None:
        """The call that is under way, else the next that is due; None where none can be made now.

        Raises
        ------
        DataError
            The study is not signed off, or another window has this shopper's calls.
        """
        if self.stamps.times:
            return self.probe
        with self._alone() as journal:
            self._take_up(journal)
            if self.probe is None:
                self._claim(journal)
        return self.probe

    def _claim(self, journal: Journal) -> None:
        now = self._now()
        gate.check(self.study, self.wave, journal, now)
        row = claim(
            journal, self.study, now, channel=self.channel, live=True, shopper=self.shopper
        )  # fmt: skip
        if row is not None:
            self._begin(row)

    def next_due(self) -> datetime | None:
        """When the next call of this shopper may be made."""
        with self._journal() as journal:
            due = journal.value(
                "SELECT min(not_before) FROM probes WHERE state = 'planned' AND channel = ? "
                "AND shopper = ?", self.channel, self.shopper,
            )  # fmt: skip
        return datetime.fromisoformat(str(due)) if due else None

    def press(self, stage: str) -> bool:
        """Stamp `stage` now; False where it is stamped already or cannot be yet."""
        now = self._now()
        stamps = self.stamps.press(stage, now)
        if self.probe is None or stamps == self.stamps:
            return False
        said = json.dumps({"stage": stage, "at": utc_text(stamps.times[-1][1])})
        self._write("pressed", said)
        self.stamps = stamps
        return True

    def undo(self) -> bool:
        """Take the last press back; what was pressed stays in the journal as an event."""
        if self.probe is None or not self.stamps.times:
            return False
        self._write("undone", "")
        self.stamps = self.stamps.undo()
        return True

    def save(self, result: Result) -> bool:
        """Write the call down and be done with it; False where it has been written already.

        Raises
        ------
        DataError
            The result is not what the times bear; nothing is written.
        """
        probe = self.probe
        if probe is None:
            return False
        check(self.stamps, result)
        with self._journal() as journal, journal.transaction() as connection:
            new = self._record(connection, probe, result)
        self._forget()
        self._hold.leave()
        return new

    def _record(self, connection: sqlite3.Connection, probe: Probe, result: Result) -> bool:
        now, said = self._now(), attempt_of(self.stamps, result)
        planned = {name: getattr(probe, name) for name in PLANNED}
        attempt = {"attempt_id": probe.token, "wave": self.study.wave, **planned}
        attempt |= {
            name: utc_text(value) if isinstance(value, datetime) else value
            for name, value in said.items()
        }
        attempt["label_source"] = "person"
        kept = json.dumps({k: v for k, v in attempt.items() if v}, ensure_ascii=False)
        got = connection.execute(
            "INSERT OR IGNORE INTO records VALUES (?, ?, ?, ?, ?)",
            (SOURCE, probe.token, probe.token, kept, utc_text(now)),
        )
        if not got.rowcount:
            return False
        self._extras(connection, probe, result, now)
        self._close(connection, probe, now)
        return True

    def _close(self, connection: sqlite3.Connection, probe: Probe, now: datetime) -> None:
        """The probe is done, unless a record that came by another way has said so before."""
        query = "SELECT state FROM probes WHERE token = ?"
        (state,) = connection.execute(query, (probe.token,)).fetchone()
        if state != "done":
            begun = self.stamps.at(RINGING)
            sent = utc_text(begun) if begun else None
            move(connection, probe.token, "done", kind="recorded", now=now, sent_utc=sent)

    def _extras(
        self, connection: sqlite3.Connection, probe: Probe, result: Result, now: datetime
    ) -> None:
        """Scores, the note, and word of a queue that was too long."""
        connection.executemany(
            "INSERT OR IGNORE INTO ratings VALUES (?, ?, ?, ?)",
            [(probe.token, probe.shopper, item, n) for item, n in (result.scores or {}).items()],
        )
        if result.note.strip():
            write_event(connection, "note", result.note.strip(), token=probe.token, now=now)
        if self.stamps.queued_s > seconds(self.study.fieldwork.stop_queue):
            waited = f"{self.stamps.queued_s:.0f}"
            write_event(connection, "queue_too_long", waited, token=probe.token, now=now)

    def _write(self, kind: str, detail: str) -> None:
        token = self.probe.token if self.probe else None
        with self._journal() as journal, journal.transaction() as connection:
            write_event(connection, kind, detail, token=token, now=self._now())

    def _take_up(self, journal: Journal) -> None:
        """The call under way when this form, or the machine, last went down."""
        self._forget()
        rows = journal.rows(
            "SELECT * FROM probes WHERE state = 'sending' AND channel = ? AND shopper = ? "
            "ORDER BY tried_utc", self.channel, self.shopper,
        )  # fmt: skip
        for row in rows:
            stamps = _stamped(journal, row["token"])
            if not stamps.times:
                self._plan_again(journal, row)
            elif self.probe is None:
                self._begin(row)
                self.stamps = stamps

    def _plan_again(self, journal: Journal, row: sqlite3.Row) -> None:
        """Nothing was pressed, so nobody was called; whoever is barred by now never is."""
        token, now, why = row["token"], self._now(), "it never rang"
        with journal.transaction() as connection:
            move(connection, token, "planned", kind="again", detail=why, now=now)
            if is_barred(connection, row["recipient"], row["zone"]):
                move(connection, token, "cancelled", kind="do_not_contact", detail=why, now=now)

    def _begin(self, row: sqlite3.Row) -> None:
        self.probe, self.recipient, self.stamps = probe_of(row), row["recipient"], Stamps()

    def _forget(self) -> None:
        self.probe, self.recipient, self.stamps = None, "", Stamps()

    def _refuse_stranger(self) -> None:
        known = self.study.fieldwork.shoppers
        if self.shopper not in known:
            raise DataError(
                f"There is no shopper {self.shopper!r} in {self.study.path.name}. Expected one of "
                f"{', '.join(known) or 'those of [fieldwork.shoppers], which names none'}."
            )
        if is_by_sip(self.study, self.channel, self.shopper):
            raise DataError(
                f"The calls of {self.shopper!r} are made by `carebench probe sip`: it is the "
                "shopper of [fieldwork.sip]. Name another one here."
            )

    @contextmanager
    def _alone(self) -> Iterator[Journal]:
        """The journal, held against this shopper's other forms while a call is begun."""
        with self._journal() as journal:
            self._hold.take()
            try:
                yield journal
            finally:
                if self.probe is None:
                    self._hold.leave()

    @contextmanager
    def _journal(self) -> Iterator[Journal]:
        path: Path = self.wave.journal
        with open_journal(path) as journal:
            yield journal


def _stamped(journal: Journal, token: str) -> Stamps:
    """The presses of a call that are in the journal."""
    events = journal.rows(
        "SELECT kind, detail FROM events WHERE token = ? AND kind IN ('pressed', 'undone') "
        "ORDER BY number", token,
    )  # fmt: skip
    return replayed(_said(row) for row in events)


def _said(row: sqlite3.Row) -> tuple[str, str, datetime]:
    said = json.loads(row["detail"] or "{}")
    moment = datetime.fromisoformat(said.get("at", "1970-01-01T00:00:00Z"))
    return row["kind"], said.get("stage", ""), moment
