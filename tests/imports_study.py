"""A study with a few attempts planned under fixed names, for tests of what is imported."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from carebench.fieldwork import imports
from carebench.fieldwork.imports import Asked
from carebench.fieldwork.imports.summary import Summary
from carebench.fieldwork.journal import Journal, open_journal
from carebench.fieldwork.journal.probes import add
from carebench.fieldwork.probe import Probe
from carebench.fieldwork.wave import wave_of
from carebench.study import Study, load_study
from field_studies import EMAILS, PHONES, PROVIDERS, field_study

GOLDEN = Path(__file__).parent / "golden"
KEY = "an invented key"
NOW = datetime(2027, 1, 4, tzinfo=UTC)  # when all that the golden files tell of has been
# token: provider, channel, when it is due
PLAN = {
    "aaaaaaaaaaaaaaa2": (0, "phone", "2026-12-01T02:00:00Z"),
    "aaaaaaaaaaaaaaa3": (1, "phone", "2026-12-01T03:00:00Z"),
    "aaaaaaaaaaaaaaa4": (2, "phone", "2026-12-01T04:00:00Z"),
    "aaaaaaaaaaaaaaa5": (2, "phone", "2026-12-14T04:00:00Z"),
    "aaaaaaaaaaaaaaa6": (2, "phone", "2026-12-15T02:00:00Z"),
    "aaaaaaaaaaaaaaa7": (0, "email", "2026-12-01T02:00:00Z"),
}


def planned_study(folder: Path, **changes: Any) -> Study:
    """A study whose journal has begun and holds the attempts of PLAN."""
    study = load_study(field_study(folder, **changes))
    with open_journal(wave_of(study).make().journal, make=True) as journal:
        with journal.transaction() as connection:
            connection.execute("UPDATE facts SET value = ? WHERE name = 'key'", (KEY,))
            for number, (token, (who, channel, due)) in enumerate(PLAN.items(), 1):
                place = PHONES[who] if channel == "phone" else EMAILS[who]
                probe = Probe(
                    token, PROVIDERS[who], channel, "prices", "1", "before", "small", "small",
                    "s1", "en", due, "Asia/Ho_Chi_Minh", 9, False, number,
                )  # fmt: skip
                add(connection, probe, recipient=place, centre="", watched_s=300.0)
    return study


def import_files(
    study: Study, paths: Sequence[Path], asked: Asked | None = None, now: datetime = NOW
) -> list[Summary]:
    """Import as if the present were `now`."""
    return imports.import_files(study, paths, asked, now=now)


def journal_of(study: Study) -> Journal:
    """The journal of the study's wave."""
    return open_journal(wave_of(study).journal)
