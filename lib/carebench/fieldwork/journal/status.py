"""Where a wave stands, in lines that fit a terminal."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from ...study import Study
from ..rules.limits import stopped
from .erasure import retained_until
from .opening import Journal, utc_text
from .receiving import COLLECTED
from .states import REACHED
from .tables import STATES

WIDTH = 79


def status(study: Study, journal: Journal, now: datetime) -> list[str]:
    """States by channel, what is due, doubts, faults of ours, stop list, day of erasure.

    Parameters
    ----------
    now : datetime
        With a zone; days are counted in the study's.
    """
    lines = [f"Wave {study.wave}: {study.title}"[:WIDTH], "", *_states(journal), ""]
    lines += _due(study, journal, now)
    lines += _warnings(study, journal)
    lines += _kept(study, journal, now)
    return lines


def _states(journal: Journal) -> list[str]:
    rows = journal.rows("SELECT channel, state, count(*) AS n FROM probes GROUP BY channel, state")
    counts = {(row["channel"], row["state"]): row["n"] for row in rows}
    channels = sorted({channel for channel, _state in counts})
    if not channels:
        return ["No attempt is planned."]
    head = "state".ljust(10) + "".join(channel.rjust(9) for channel in channels)
    body = [
        state.replace("_", " ").ljust(10)
        + "".join(f"{counts.get((channel, state), 0):>9,}" for channel in channels)
        for state in STATES
        if any((channel, state) in counts for channel in channels)
    ]
    return [head, *body]


def _due(study: Study, journal: Journal, now: datetime) -> list[str]:
    zone = ZoneInfo(study.zone or "UTC")
    local = now.astimezone(zone)
    midnight = (local + timedelta(days=1)).replace(hour=0, minute=0, second=0, microsecond=0)
    query = "SELECT count(*) FROM probes WHERE state = 'planned' AND not_before <= ?"
    ready = journal.value(query, utc_text(now))
    today = journal.value(query, utc_text(midnight))
    following = journal.value("SELECT min(not_before) FROM probes WHERE state = 'planned'")
    marks = ", ".join("?" * len(REACHED))
    made = journal.value(f"SELECT count(*) FROM probes WHERE state IN ({marks})", *REACHED)
    lines = [
        f"due now: {ready}; until midnight ({study.zone or 'UTC'}): {today}",
        f"contacts so far: {made} of the {study.fieldwork.sign_off.budget} that are approved",
    ]
    if following:
        at = datetime.fromisoformat(str(following)).astimezone(zone)
        lines.insert(1, f"next: {at:%Y-%m-%d %H:%M}")
    return lines


def _warnings(study: Study, journal: Journal) -> list[str]:
    """What somebody should look at, and nothing where all is well."""
    counted = {
        "sending": "SELECT count(*) FROM probes WHERE state = 'sending'",
        "in doubt": "SELECT count(*) FROM probes WHERE state = 'in_doubt'",
        "failed": "SELECT count(*) FROM probes WHERE state = 'failed'",
        "missed": "SELECT count(*) FROM events WHERE kind = 'missed'",
    }
    said = {
        "sending": "{n} being sent now, or left by a run that ended; the next run settles them",
        "in doubt": "{n} in doubt: `carebench probe collect` settles them by what came back",
        "failed": "{n} failed on our side or were given up: missing data, not unanswered",
        "missed": "{n} missed their hour and no later week was left: run it more often",
    }
    found = {name: journal.value(query) for name, query in counted.items()}
    lines = [said[name].format(n=n) for name, n in found.items() if n]
    if stopped(study):
        lines.append(f"STOPPED: the file {study.fieldwork.stop_file} is there")
    return lines


def _kept(study: Study, journal: Journal, now: datetime) -> list[str]:
    messages = journal.value("SELECT count(*) FROM messages WHERE raw IS NOT NULL")
    barred = journal.value("SELECT count(*) FROM do_not_contact")
    read = journal.fact(COLLECTED)
    lines = [f"do not contact: {barred} addresses", f"messages kept as they came: {messages}"]
    lines.append(
        f"mailbox last read to its end: {read[:16].replace('T', ' ') + 'Z' if read else 'never'}"
    )
    until = retained_until(journal, study)
    if until is not None:
        late = " (overdue: run `carebench probe erase`)" if until < now else ""
        lines.append(f"the oldest is to be erased by {until:%Y-%m-%d}{late}")
    return lines
