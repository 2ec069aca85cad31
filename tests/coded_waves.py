"""A wave whose answers are to be coded: sent, answered and labelled by the tests themselves."""

from __future__ import annotations

import hashlib
import itertools
import json
from collections.abc import Iterator
from contextlib import contextmanager
from email.message import EmailMessage
from pathlib import Path

from carebench.fieldwork.journal import Journal, open_journal
from carebench.fieldwork.journal.probes import add, token_of
from carebench.fieldwork.probe import Probe
from carebench.fieldwork.wave import wave_of
from carebench.study import Study, load_study
from field_studies import PROVIDERS, field_study

WATCHED = 14 * 86_400.0  # seconds
TEXTS = {
    "human": "Dear customer, on Saturdays we are open from 8 to 11. Lan",
    "auto_ack": "We have received your message. Please do not reply.",
    "bounce": "The message could not be delivered.",
    "unsure": "Thank you for contacting us about opening hours.",
}


@contextmanager
def coded_wave(folder: Path) -> Iterator[tuple[Study, Journal]]:
    """A study, and its journal with 90 answers of three providers, 6 of them in doubt."""
    study = load_study(field_study(folder))
    with open_journal(wave_of(study).make().journal, make=True) as journal:
        with journal.transaction() as connection:
            # the same draw in every run of the tests
            connection.execute("UPDATE facts SET value = 'a key' WHERE name = 'key'")
            for number, provider in itertools.product(range(30), PROVIDERS):
                label = "human" if number < 18 else "auto_ack" if number < 27 else "unsure"
                label = "bounce" if number == 29 else label
                _answer(journal, connection, provider, number, label)
        yield study, journal


def token_in(journal, provider, number):
    return token_of(journal.fact("key"), "2026-Q4", provider, "email", number, False, 1)


def _probe(journal, connection, provider, number):
    planned = Probe(
        token_in(journal, provider, number), provider, "email", "opening", "1", "at", "small",
        "small", "s1", "en", "2026-12-01T03:00:00Z", "Asia/Ho_Chi_Minh", 34, False, number,
    )  # fmt: skip
    if not journal.value("SELECT 1 FROM probes WHERE token = ?", planned.token):
        add(connection, planned, recipient="x@y.example", centre=provider, watched_s=WATCHED)
    return planned.token


def answer(journal, *args, **kwargs):
    with journal.transaction() as connection:
        return _answer(journal, connection, *args, **kwargs)


def _answer(
    journal, connection, provider, number, label, *, text="", subject="Re: hours", sure=None
):
    """One answer of a provider to its probe `number`, as the kit has labelled it."""
    mail = EmailMessage()
    mail["Subject"], mail["From"], mail["To"] = subject, "care@alder.example", "a@kit.example"
    mail["Message-ID"] = f"<{number}.{label}@{PROVIDERS.index(provider)}.example>"
    mail.set_content(text or f"{TEXTS.get(label, label)} ({number})")
    raw = bytes(mail)
    digest = hashlib.sha256(raw).hexdigest()
    token = _probe(journal, connection, provider, number)
    connection.execute(
        "INSERT INTO messages VALUES (?, 'us', 'INBOX', 1, ?, '2026-12-02T00:00:00Z', ?)",
        (digest, number, raw),
    )
    connection.execute("INSERT INTO matches VALUES (?, ?, 'address')", (digest, token))
    is_sure = label != "unsure" if sure is None else sure
    connection.execute("INSERT INTO labels VALUES (?, ?, ?, '')", (digest, label, is_sure))
    return digest


def record(journal, name, **attempt):
    with journal.transaction() as connection:
        connection.execute(
            "INSERT INTO records VALUES ('cdr', ?, NULL, ?, '2026-12-02T00:00:00Z')",
            (name, json.dumps({"attempt_id": name, **attempt})),
        )
