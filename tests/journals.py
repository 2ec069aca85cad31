"""Journals of a small invented wave, for the tests of what happens to probes."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta, tzinfo
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from carebench.fieldwork.ethics.signature import remember, terms_of
from carebench.fieldwork.journal import Journal, open_journal
from carebench.fieldwork.journal.probes import add
from carebench.fieldwork.probe import Probe
from carebench.fieldwork.wave import wave_of
from carebench.study import Study, load_study
from field_studies import EMAILS, PHONES, PROVIDERS, field_study

HANOI = ZoneInfo("Asia/Ho_Chi_Minh")
MONDAY = datetime(2026, 11, 30, 9, 0, tzinfo=HANOI).astimezone(UTC)  # first day of the wave
WEEK = timedelta(weeks=1)


def wave(tmp_path: Path, **changes: Any) -> tuple[Study, Journal]:
    """A study and its empty journal."""
    study = load_study(field_study(tmp_path, **changes))
    return study, open_journal(wave_of(study).make().journal, make=True)


def signed(study: Study) -> Study:
    """The study, in whose file now stands that the page of its locked plan was signed."""
    with open_journal(wave_of(study).journal) as journal:
        terms = terms_of(study, journal)
        remember(journal, terms, MONDAY)
    heading = '["fieldwork"."sign_off"]\n'
    before, after = study.path.read_text(encoding="utf-8").split(heading)
    after = re.sub(r'^"page" = .*\n', "", after, flags=re.M)
    study.path.write_text(f'{before}{heading}"page" = "{terms.code}"\n{after}', encoding="utf-8")
    return load_study(study.path)


class OnMonday(datetime):
    """A clock for commands: it stands on the first day of the wave, whenever the tests run."""

    @classmethod
    def now(cls, tz: tzinfo | None = None) -> datetime:
        return MONDAY.astimezone(tz)


def a_probe(token: str, due: datetime = MONDAY, **changes: Any) -> Probe:
    """A probe by e-mail at the first provider, due on Monday at nine."""
    local = due.astimezone(HANOI)
    probe = Probe(
        token=token,
        provider=PROVIDERS[0],
        channel="email",
        scenario="prices",
        version="1",
        stage="before",
        persona="small",
        arm="small",
        shopper="s1",
        language="en",
        due_utc=due.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z"),
        zone="Asia/Ho_Chi_Minh",
        slot=local.weekday() * 24 + local.hour,
        any_hour=False,
        number=1,
    )
    return replace(probe, **changes)


def put(journal: Journal, *probes: Probe, **columns: Any) -> None:
    """Put planned probes into the journal, addressed as the study says."""
    with journal.transaction() as connection:
        for probe in probes:
            at = PROVIDERS.index(probe.provider)
            address = (EMAILS if probe.channel == "email" else PHONES)[at]
            known = {"recipient": address, "centre": address, "watched_s": 86400.0}
            if probe.channel == "email":
                known |= {"message_id": f"<{probe.token}@kit.example>", "raw": b"Subject: x\n\nx"}
            add(connection, probe, **known | columns)


def state(journal: Journal, token: str) -> str:
    return str(journal.value("SELECT state FROM probes WHERE token = ?", token))


def kinds(journal: Journal, token: str) -> list[str]:
    """What happened to a probe, in order."""
    rows = journal.rows("SELECT kind FROM events WHERE token = ? ORDER BY number", token)
    return [row["kind"] for row in rows]


def steps_of(connection: sqlite3.Connection, do: Callable[[], object]) -> int:
    """How many tens of steps SQLite takes for what `do` asks of it: work, not time."""
    steps = 0

    def count() -> None:
        nonlocal steps
        steps += 1

    connection.set_progress_handler(count, 10)
    do()
    connection.set_progress_handler(None, 0)
    return steps
