"""Fetches what came back, keeps it in the journal, and lets it be read."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from ...schema import DataError
from ...study import Study
from ..journal import Journal, open_journal
from ..journal.receiving import collected, cursor, keep
from ..journal.recovery import Doubts, settle_doubts
from ..replies import Summary as Replies
from ..replies import read_all
from ..wave import wave_of
from .archives import archived
from .folders import meant
from .imap import BYTES_AT_ONCE, Account
from .servers import Unreachable

TRIES_IN_VAIN = 3  # connections that bring nothing new, before it is given up
AT_ONCE = 200

Say = Callable[[str], object]


@dataclass(slots=True)
class Summary:
    """What a run of `collect` found."""

    new: int = 0
    warnings: list[str] = field(default_factory=list)
    complete: bool = True  # every folder was read to its end
    replies: Replies | None = None  # what they are
    doubts: Doubts = field(default_factory=Doubts)

    def __str__(self) -> str:
        said = [f"{self.new:,} new messages."]
        if self.replies is not None:
            said.append(str(self.replies))
        if self.doubts.sent or self.doubts.not_sent:
            said.append(
                f"Doubts settled: {self.doubts.sent} sent after all, {self.doubts.not_sent} not "
                f"sent, of which {self.doubts.replaced} are planned anew."
            )
        return "\n".join(said)


def collect(study: Study, *, now: datetime | None = None, say: Say = print) -> Summary:
    """Keep what came to the mailbox since the last time; then match, label, settle doubts.

    Reads the archives of the study where it names any, else its IMAP account. However often
    and whenever it is ended, nothing is kept twice and nothing is passed over.

    Raises
    ------
    DataError
        There is no mailbox to read, or it cannot be read. What was read before is kept.
    """
    mail = study.fieldwork.mail
    summary = Summary()
    with open_journal(wave_of(study).journal) as journal:
        began = now or datetime.now(UTC)
        try:
            if mail.archives:
                until = _read_archives(study, journal, summary)
            else:
                until = _read_account(study, journal, summary, began)
        finally:
            for warning in summary.warnings:
                say(f"warning: {warning}")
        _understand(study, journal, summary, until, began)
    return summary


def _understand(
    study: Study, journal: Journal, summary: Summary, until: datetime | None, now: datetime
) -> None:
    """Only when it is known what came does it mean something that nothing came."""
    summary.replies = read_all(journal, study)
    if until is not None:
        collected(journal, min(until, now))
    summary.doubts = settle_doubts(journal, study, now)


def _first_of_interest(journal: Journal) -> datetime:
    """A day before anything was planned: what came earlier answers nothing and is not kept."""
    moments = (
        journal.value("SELECT min(due_utc) FROM probes"),
        journal.value("SELECT min(at_utc) FROM events WHERE kind = 'locked'"),
    )
    known = [datetime.fromisoformat(str(moment)) for moment in moments if moment]
    return min(known, default=datetime.max.replace(tzinfo=UTC)) - timedelta(days=1)


def _read_archives(study: Study, journal: Journal, summary: Summary) -> datetime | None:
    """Read all archives; until when they tell what came, which may be long ago.

    An archive is as old as its newest message, and the oldest of several counts.
    """
    since = _first_of_interest(journal)
    newest = []
    for named in study.fieldwork.mail.archives:
        last, some, size = None, [], 0
        for received, raw in archived(study.path.parent / Path(named).expanduser()):
            last = max(last or received, received)
            if received >= since:
                some.append((None, received.isoformat(), raw))
                size += len(raw)
            if len(some) == AT_ONCE or size > BYTES_AT_ONCE:
                summary.new += keep(journal, named, "", None, some)
                some, size = [], 0
        summary.new += keep(journal, named, "", None, some)
        newest.append(last)
    return None if None in newest else min(moment for moment in newest if moment)


def _read_account(
    study: Study, journal: Journal, summary: Summary, began: datetime
) -> datetime | None:
    """Read all folders; after a break go on where it broke, while that gets anywhere."""
    in_vain = 0
    while True:
        before = summary.new
        try:
            with Account(study) as account:
                _read_folders(study, journal, account, summary)
                return began if summary.complete else None
        except Unreachable as error:
            in_vain = 0 if summary.new > before else in_vain + 1
            if in_vain >= TRIES_IN_VAIN:
                raise DataError(
                    f"{error} Tried {TRIES_IN_VAIN} times. What was read is kept; run this again."
                ) from None


def _read_folders(study: Study, journal: Journal, account: Account, summary: Summary) -> None:
    mail = study.fieldwork.mail
    name_of_account = f"{mail.user or mail.address} {mail.imap}"
    there = account.folders()
    summary.warnings, summary.complete = [], True
    opened = 0
    for name in mail.folders:
        folder = meant(name, there) if there else name
        validity = None if folder is None else account.open(folder)
        if folder is None or validity is None:
            summary.complete = summary.complete and folder is None
            summary.warnings.append(_no_folder(name, [each.name for each in there]))
            continue
        opened += 1
        _read_folder(journal, account, (name_of_account, folder, validity), summary)
    if not opened:
        raise DataError(f"{mail.imap}: {' '.join(summary.warnings)}")


def _read_folder(
    journal: Journal, account: Account, place: tuple[str, str, int], summary: Summary
) -> None:
    name_of_account, folder, validity = place
    known = cursor(journal, name_of_account, folder)
    last = known[1] if known and known[0] == validity else 0
    since = _first_of_interest(journal)
    messages = [message for message in account.after(last) if message.received >= since]
    got = 0
    for some in account.read(messages):
        received = [(each.uid, each.received.isoformat(), each.raw) for each in some]
        summary.new += keep(journal, name_of_account, folder, validity, received)
        got += len(some)
    if got < len(messages):
        summary.complete = False
        summary.warnings.append(
            f"{folder}: the server gave {got} of {len(messages)} messages; the others were "
            "deleted meanwhile, or are damaged there."
        )


def _no_folder(name: str, there: list[str]) -> str:
    known = f" There are: {', '.join(there)}." if there else ""
    return f"folder {name!r} of fieldwork.mail.folders cannot be opened.{known}"
