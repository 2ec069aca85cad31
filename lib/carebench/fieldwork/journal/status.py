"""Where a wave stands, in lines that fit a terminal."""

from __future__ import annotations

import textwrap
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from ...study import Study
from .erasure import retained_until
from .later import never_sent
from .opening import Journal, to_the_minute, utc_text
from .receiving import COLLECTED
from .steps import n_reached, steps
from .tables import STATES

WIDTH = 79
UNBROKEN: Any = {"break_long_words": False, "break_on_hyphens": False}
MEANINGS = {
    "in_doubt": "in doubt: begun, then cut short; what comes back, or does not, settles it",
    "not_sent": "were never sent after all; where the wave has room, others stand in their place",
    "refused": "refused: their server would not take the e-mail, which counts as theirs",
    "failed": "failed on our side or were given up: missing data, not unanswered",
}
WHY_CANCELLED = {
    "do_not_contact": "somebody asked not to be contacted",
    "barred": "somebody asked not to be contacted, or the number is never called",
    "missed": "their hour was missed and no later week was left; run `probe send` more often",
    "not_needed": "what they stood in for was sent after all",
}
STATE_COUNTS = "SELECT state, count(*) AS n FROM probes GROUP BY state"
CANCELLED = """
    SELECT kind, count(*) AS n FROM events WHERE number IN (
        SELECT max(events.number) FROM events JOIN probes USING (token) WHERE state = 'cancelled'
        AND kind IN ('do_not_contact', 'barred', 'missed', 'not_needed') GROUP BY token)
    GROUP BY kind ORDER BY kind
"""


def status(study: Study, journal: Journal, now: datetime) -> list[str]:
    """States by channel, what became of the attempts, what is kept, and what to do next.

    Parameters
    ----------
    now : datetime
        With a zone; days are counted in the study's.
    """
    lines = [f"Wave {study.wave}: {study.title}"[:WIDTH], "", *_states(journal), ""]
    said = [*_due(study, journal, now), *_became(journal), *_kept(study, journal)]
    lines += [each for text in said for each in textwrap.wrap(text, WIDTH, **UNBROKEN)]
    lines += ["", "What to do next:"]
    for step in steps(study, journal, now):
        lines += textwrap.wrap(
            step, WIDTH, initial_indent="- ", subsequent_indent="  ", **UNBROKEN
        )  # fmt: skip
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
    over = len(never_sent(study, journal, now))
    ready, today = (_number(journal, query, at) - over for at in (now, midnight))
    query = "SELECT min(not_before) FROM probes WHERE state = 'planned' AND not_before > ?"
    following = journal.value(query, utc_text(now))
    lines = [
        f"due now: {ready}; until midnight ({study.zone or 'UTC'}): {today}",
        f"contacts so far: {n_reached(journal)} of at most {study.fieldwork.sign_off.budget}",
    ]
    if following:
        at = datetime.fromisoformat(str(following)).astimezone(zone)
        lines.insert(1, f"next: {at:%Y-%m-%d %H:%M}")
    return lines


def _number(journal: Journal, query: str, at: datetime) -> int:
    return int(str(journal.value(query, utc_text(at))))


def _became(journal: Journal) -> list[str]:
    """What became of attempts otherwise than was planned, and nothing where all went well."""
    counts = {row["state"]: row["n"] for row in journal.rows(STATE_COUNTS)}
    lines = [f"{counts[state]} {said}" for state, said in MEANINGS.items() if state in counts]
    cancelled = journal.rows(CANCELLED)
    return lines + [f"{row['n']} cancelled: {WHY_CANCELLED[row['kind']]}" for row in cancelled]


def _kept(study: Study, journal: Journal) -> list[str]:
    messages = journal.value("SELECT count(*) FROM messages WHERE raw IS NOT NULL")
    barred = journal.value("SELECT count(*) FROM do_not_contact")
    read = journal.fact(COLLECTED)
    lines = [
        f"on the list of those not to be contacted: {barred}",
        f"mailbox last read to its end: {to_the_minute(read) if read else 'never'}",
    ]
    until = retained_until(journal, study)
    erased = f", the oldest to be erased by {until:%Y-%m-%d}" if until is not None else ""
    return [*lines, f"messages kept as they came: {messages}{erased}"]
