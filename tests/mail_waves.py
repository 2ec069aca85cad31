"""Waves whose e-mails are all due at one moment, so that a test need not wait for weeks."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from carebench.fieldwork.journal import Journal, open_journal
from carebench.fieldwork.journal.probes import add, token_of
from carebench.fieldwork.letters import compose
from carebench.fieldwork.plan import lock_plan, make_plan
from carebench.fieldwork.probe import Probe
from carebench.fieldwork.wave import Wave, wave_of
from carebench.study import Study, load_study
from field_studies import EMAILS, PROVIDERS, field_study
from journals import signed

NOW = datetime(2026, 12, 1, 3, 0, tzinfo=UTC)  # a Tuesday, ten in the morning in Hanoi
UNLIMITED = {
    "fieldwork.channels": {
        "email": {"attempts": 1, "gap": "0 s", "per_day": 1000, "staff_minutes": 1.0}
    },
    "fieldwork.shoppers": {"s1": {"channels": ["email"], "per_day": 1000}},
    "fieldwork.sign_off.budget": 5000,
    "fieldwork.mail.password": "",
}


def due_wave(folder: Path, n: int, **changes: object) -> tuple[Study, Wave]:
    """A study with a locked plan, and `n` further e-mails of its wave that are due at `NOW`."""
    study = load_study(field_study(folder, **{**UNLIMITED, **changes}))
    lock_plan(study, make_plan(study))
    study, wave = signed(study), wave_of(study)
    with open_journal(wave.journal) as journal, journal.transaction() as connection:
        connection.execute("DELETE FROM probes")
        for number in range(1, n + 1):
            probe = due_probe(journal, study, number)
            message = compose(probe, study)
            add(
                connection,
                probe,
                recipient=EMAILS[(number - 1) % 3],
                centre=probe.provider,
                watched_s=14 * 86400.0,
                message_id=message.message_id,
                raw=message.raw,
            )
    return study, wave


def due_probe(journal: Journal, study: Study, number: int) -> Probe:
    provider = PROVIDERS[(number - 1) % 3]
    token = token_of(journal.fact("key"), study.wave, provider, "email", number, False, 1)
    return Probe(
        token=token,
        provider=provider,
        channel="email",
        scenario="prices",
        version="1",
        stage="before",
        persona="small",
        arm="small",
        shopper="s1",
        language="vi" if number % 2 else "en",
        due_utc=NOW.isoformat().replace("+00:00", "Z"),
        zone="Asia/Ho_Chi_Minh",
        slot=34,
        any_hour=False,
        number=number,
    )


def states(wave: Wave) -> dict[str, str]:
    """The state of each probe, by token."""
    with open_journal(wave.journal) as journal:
        return {row["token"]: row["state"] for row in journal.rows("SELECT * FROM probes")}


def told(wave: Wave, kind: str) -> list[str]:
    """What the events of a kind say, in order."""
    query = "SELECT detail FROM events WHERE kind = ? ORDER BY number"
    with open_journal(wave.journal) as journal:
        return [row["detail"] for row in journal.rows(query, kind)]
