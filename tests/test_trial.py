"""A thousand probes to 13 invented providers, over real SMTP and IMAP on this machine."""

from __future__ import annotations

import csv
import hashlib
import smtplib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

import pytest

from carebench.fieldwork.export import export
from carebench.fieldwork.journal import Journal, open_journal
from carebench.fieldwork.journal.opening import utc_text
from carebench.fieldwork.journal.probes import add, token_of
from carebench.fieldwork.letters import address_of, compose
from carebench.fieldwork.mail.collecting import collect
from carebench.fieldwork.probe import Probe
from carebench.fieldwork.wave import wave_of
from carebench.study import Study, load_study
from fake_providers import AUTOMATIC, PERSON, PROVIDERS, TOPICS, Reply, unrelated
from field_studies import field_study
from mailroom import HOST, PASSWORD, Mailbox, Relay

PROBES = 1000
STARTS = datetime(2026, 10, 5, 2, tzinfo=UTC)
ENDS = STARTS + timedelta(days=60)
WATCHED_S = 14 * 86400.0
BY_NAME = {provider.name: provider for provider in PROVIDERS}
NAMES = {
    "ann": {"en": "Ann Invented", "vi": "An Giả Định"},
    "ben": {"en": "Ben Invented", "vi": "Bình Giả Định"},
    "cat": {"en": "Cat Invented", "vi": "Cát Giả Định"},
}


@dataclass
class Trial:
    """What was sent, what truly came back, and the journal in which it lies."""

    study: Study
    journal: Journal
    sent: dict[str, datetime] = field(default_factory=dict)
    replies: dict[str, tuple[str, Reply]] = field(default_factory=dict)  # by digest
    refused: set[str] = field(default_factory=set)

    def labels(self) -> dict[str, str]:
        rows = self.journal.rows("SELECT digest, label, sure FROM labels")
        return {row["digest"]: row["label"] if row["sure"] else "unsure" for row in rows}

    def answered(self) -> set[str]:
        """The probes that a person truly answered in time."""
        return {
            token
            for token, reply in self.replies.values()
            if reply.truth in PERSON
            and reply.received_utc <= self.sent[token] + timedelta(seconds=WATCHED_S)
        }


def the_study(folder: Path, relay: Relay, mailbox: Mailbox) -> Study:
    changes = {
        **relay.keys(),
        **mailbox.keys(),
        "fieldwork.providers": {
            one.name: {"email": one.address, "language": one.language} for one in PROVIDERS
        },
        "fieldwork.scenarios": {
            code: {
                "stage": "before",
                "channels": ["email"],
                "subject": topic.subject,
                "text": topic.text,
                "answer_words": list(topic.answer_words),
            }
            for code, topic in TOPICS.items()
        },
        "fieldwork.personas": {code: {"name": name} for code, name in NAMES.items()},
    }
    return load_study(field_study(folder, **changes))


def planned(trial: Trial, rng: Random) -> Iterator[Probe]:
    """The probes of the wave, in the journal."""
    key = trial.journal.fact("key")
    with trial.journal.transaction() as connection:
        for n in range(PROBES):
            provider = PROVIDERS[n % len(PROVIDERS)]
            number = n // len(PROVIDERS) + 1
            due = STARTS + timedelta(seconds=round(rng.uniform(0, 14 * 86400)))
            probe = Probe(
                token_of(key, trial.study.wave, provider.name, "email", number, False, 1),
                provider.name, "email", rng.choice(list(TOPICS)), "1", "before",
                rng.choice(list(NAMES)), "", "s1", provider.language, f"{due:%Y-%m-%dT%H:%M:%SZ}",
                "Asia/Ho_Chi_Minh", 0, False, number,
            )  # fmt: skip
            made = compose(probe, trial.study)
            add(
                connection, probe, recipient=provider.address, centre=provider.address,
                watched_s=WATCHED_S, message_id=made.message_id, raw=made.raw,
            )  # fmt: skip
            yield probe


def send_all(trial: Trial, probes: list[Probe], relay: Relay, mailbox: Mailbox, rng: Random):
    """Send each probe by SMTP; what comes back is put into the mailbox."""
    raws = {row["token"]: row["raw"] for row in trial.journal.rows("SELECT token, raw FROM probes")}
    with (
        smtplib.SMTP(HOST, relay.port, timeout=10) as server,
        trial.journal.transaction() as connection,
    ):
        for probe in probes:
            provider, raw, due = BY_NAME[probe.provider], raws[probe.token], probe.due
            state, detail = "sent", ""
            own = address_of(probe.token, trial.study.fieldwork.mail)
            trial.sent[probe.token] = due
            for _try in range(2):  # the second one is for those who greylist
                refusals = server.sendmail(own, [provider.address, own], raw)
                code, words = refusals.get(provider.address, (250, b""))
                if code < 400 or code >= 500:
                    break
            if code >= 500:
                state, detail = "refused", f"{code} {words.decode()}"
                trial.refused.add(probe.token)
            connection.execute(
                "UPDATE probes SET state = ?, sent_utc = ?, tried_utc = ? WHERE token = ?",
                (state, utc_text(due) if state == "sent" else None, utc_text(due), probe.token),
            )
            connection.execute(
                "INSERT INTO events (token, at_utc, kind, detail) VALUES (?, ?, ?, ?)",
                (probe.token, utc_text(due), state, detail),
            )
            if state == "sent":
                for reply in provider.replies_to(raw, due, rng):
                    deliver(trial, mailbox, probe.token, reply)
        for reply in unrelated(rng, STARTS):
            deliver(trial, mailbox, "", reply)


def deliver(trial: Trial, mailbox: Mailbox, token: str, reply: Reply) -> None:
    """Put a reply into the mailbox, which tells time in whole seconds."""
    received = reply.received_utc.replace(microsecond=0)
    wire = reply.raw.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
    digest = hashlib.sha256(wire).hexdigest()
    trial.replies[digest] = (token, Reply(wire, received, reply.truth))
    mailbox.deliver(wire, received)


@pytest.fixture(scope="module", params=[1, 2, 3])
def trial(request, tmp_path_factory):
    """One run of the trial: planned, sent, collected, matched and labelled."""
    folder, rng = tmp_path_factory.mktemp("trial"), Random(request.param)
    often = Random(request.param)

    def answer(point: str, _sender: str, recipient: str, tries: int) -> str | None:
        if point != "rcpt":
            return None
        if "harbourline" in recipient and tries == 1:
            return "451 4.7.1 greylisted"
        if "umberfield" in recipient and often.random() < 0.5:
            return "550 5.1.1 no such mailbox"
        return None

    with pytest.MonkeyPatch.context() as patch, Mailbox() as mailbox:
        patch.setenv("CAREBENCH_MAIL_PASSWORD", PASSWORD)
        with Relay(reply=answer, deliver=lambda raw, _now: mailbox.deliver(raw, STARTS)) as relay:
            study = the_study(folder, relay, mailbox)
            wave = wave_of(study).make()
            with open_journal(wave.journal, make=True) as journal:
                run = Trial(study, journal)
                send_all(run, list(planned(run, rng)), relay, mailbox, rng)
                collect(study, now=ENDS, say=lambda words: None)
                yield run


def test_every_reply_is_matched_to_its_probe_and_none_to_another(trial):
    matches = {row["digest"]: row["token"] for row in trial.journal.rows("SELECT * FROM matches")}
    assert len(trial.replies) > 850
    for digest, (token, reply) in trial.replies.items():
        assert matches.get(digest, "") == token, reply.raw.decode(errors="replace")


def test_what_answers_no_probe_is_left_alone(trial):
    labels = trial.labels()
    noise = [digest for digest, (token, _reply) in trial.replies.items() if not token]
    assert len(noise) == 60
    assert {labels[digest] for digest in noise} == {"unrelated"}


def test_every_witness_copy_is_known_as_our_own(trial):
    labels = Counter(trial.labels().values())
    assert labels["witness"] == PROBES  # a refused probe's copy arrived all the same


def test_no_automatic_answer_is_taken_for_a_person(trial):
    labels = trial.labels()
    for digest, (_token, reply) in trial.replies.items():
        if reply.truth not in PERSON:
            assert labels[digest] not in PERSON, reply.raw.decode(errors="replace")


def test_no_person_is_taken_for_a_machine(trial):
    labels = trial.labels()
    for digest, (_token, reply) in trial.replies.items():
        if reply.truth in PERSON:
            assert labels[digest] not in AUTOMATIC, reply.raw.decode(errors="replace")


def test_at_most_one_in_twenty_is_left_to_people(trial):
    labels = trial.labels()
    matched = [digest for digest, (token, _reply) in trial.replies.items() if token]
    unsure = sum(labels[digest] == "unsure" for digest in matched)
    assert 0 < unsure <= 0.05 * len(matched)


def test_every_bounce_and_delay_is_told_right(trial):
    labels = trial.labels()
    for digest, (_token, reply) in trial.replies.items():
        if reply.truth in ("bounce", "delay"):
            assert labels[digest] == reply.truth


def test_whoever_asks_us_to_stop_is_on_the_list(trial):
    asked = {token for token, reply in trial.replies.values() if reply.truth == "stop"}
    listed = {row["address"] for row in trial.journal.rows("SELECT * FROM do_not_contact")}
    assert asked
    for token in asked:
        query = "SELECT recipient FROM probes WHERE token = ?"
        assert trial.journal.value(query, token) in listed


def exported(trial: Trial) -> dict[str, dict[str, str]]:
    wave = wave_of(trial.study)
    export(trial.study, trial.journal, wave)
    with (wave.tables / "attempts.csv").open(encoding="utf-8", newline="") as file:
        return {row["attempt_id"]: row for row in csv.DictReader(file)}


def test_the_share_answered_is_never_above_the_truth_and_is_the_truth_once_coded(trial):
    truth = trial.answered()
    before = {token for token, row in exported(trial).items() if row["outcome"] == "answered"}
    assert before <= truth
    assert len(before) >= 0.88 * len(truth)
    labels = trial.labels()
    with trial.journal.transaction() as connection:
        for digest, (_token, reply) in trial.replies.items():
            for coder in ("C1", "C2") if labels[digest] == "unsure" else ():
                values = (digest, coder, reply.truth, "2026-12-01T00:00:00.000000Z")
                connection.execute("INSERT OR IGNORE INTO codes VALUES (?, ?, ?, ?)", values)
    rows = exported(trial)
    assert {token for token, row in rows.items() if row["outcome"] == "answered"} == truth
    assert "unsure" not in {row["label_source"] for row in rows.values()}


def test_a_refused_probe_is_an_address_that_does_not_exist(trial):
    rows = exported(trial)
    assert trial.refused
    for token in trial.refused:
        assert (rows[token]["outcome"], rows[token]["fault"]) == ("invalid_contact", "theirs")
    assert len(rows) == PROBES
