"""A whole wave on this machine: planned, sent, answered, coded, handed over, and rendered."""

from __future__ import annotations

import hashlib
import html
import re
from datetime import timedelta
from random import Random

import pandas as pd
import pytest

from carebench.cli import main
from carebench.fieldwork.coding import queue
from carebench.fieldwork.coding.codes import put
from carebench.fieldwork.journal import open_journal
from carebench.fieldwork.mail.collecting import collect
from carebench.fieldwork.mail.sending import send
from carebench.fieldwork.plan import locked_probes
from carebench.fieldwork.wave import wave_of
from carebench.reporting.report import report
from carebench.study import load_study
from fake_providers import PERSON, PROVIDERS, TOPICS
from field_studies import field_study
from journals import signed
from mailroom import PASSWORD, Mailbox, Relay

FIRMS = {one.name: one for one in PROVIDERS[:4]}
MAILS = 12  # at each of them
WATCHED = timedelta(days=14)


def the_study(folder, relay, mailbox):
    addresses = [one.address for one in FIRMS.values()]
    changes = {
        **relay.keys(),
        **mailbox.keys(),
        "fieldwork.channels": {"email": {"attempts": MAILS, "staff_minutes": 5.0}},
        "fieldwork.providers": {
            name: {"email": one.address, "language": one.language} for name, one in FIRMS.items()
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
        "fieldwork.shoppers": {"s1": {"channels": ["email"]}},
        "fieldwork.sign_off.recipients": addresses,
    }
    return field_study(folder, **changes)


def send_in_its_time(path, mailbox, relay, rng):
    """Send each probe when it is due; by token, whether a person answered in time."""
    study = load_study(path)
    probes, answered, truths = locked_probes(wave_of(study)), {}, {}
    for probe in probes:
        before = len(relay.accepted)
        send(study, live=True, now=probe.due + timedelta(seconds=20), say=lambda words: None)
        (sent,) = relay.accepted[before:]
        replies = FIRMS[probe.provider].replies_to(sent.raw, probe.due, rng)
        for reply in replies:
            wire = reply.raw.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
            mailbox.deliver(wire, reply.received_utc)
            truths[hashlib.sha256(wire).hexdigest()] = reply.truth in PERSON
        answered[probe.token] = any(
            reply.truth in PERSON and reply.received_utc <= probe.due + WATCHED for reply in replies
        )
    return answered, truths


def code_what_is_unclear(study, truths):
    """Two people who see what each message truly is."""
    with open_journal(wave_of(study).journal) as journal:
        for coder in ("C1", "C2"):
            for item in queue(journal, study, coder):
                put(journal, item, coder, "human" if truths[item.item] else "auto_ack")


@pytest.fixture(scope="module")
def wave(tmp_path_factory, lasting_workers):
    folder, rng = tmp_path_factory.mktemp("wave"), Random(20140602)
    with pytest.MonkeyPatch.context() as patch, Mailbox() as mailbox:
        patch.setenv("CAREBENCH_MAIL_PASSWORD", PASSWORD)
        with Relay(deliver=lambda raw, _now: None) as relay:
            path = the_study(folder, relay, mailbox)
            assert main(["plan", str(path), "--lock"]) == 0
            signed(load_study(path))
            answered, truths = send_in_its_time(path, mailbox, relay, rng)
            study = load_study(path)
            ends = max(probe.due for probe in locked_probes(wave_of(study))) + 2 * WATCHED
            collect(study, now=ends, say=lambda words: None)
    code_what_is_unclear(study, truths)
    return path, answered


def test_the_tables_hand_over_what_truly_happened(wave, capsys):
    path, answered = wave
    assert main(["probe", "export", str(path)]) == 0
    said = capsys.readouterr().out
    attempts = pd.read_csv(wave_of(load_study(path)).tables / "attempts.csv")
    found = dict(zip(attempts["attempt_id"], attempts["outcome"].eq("answered"), strict=True))
    assert found == answered and len(found) == MAILS * len(FIRMS)
    assert 0 < sum(found.values()) < len(found)
    assert '[tables.attempts]\npath = "fieldwork/2026-Q4/tables/attempts.csv"' in said


def test_the_report_of_the_audit_has_the_figures_of_the_wave(wave, capsys):
    path, answered = wave
    assert main(["probe", "export", str(path)]) == 0
    lines = capsys.readouterr().out.partition("[tables.")
    ready = path.with_name("ready.toml")
    ready.write_text(path.read_text("utf-8") + "\n" + lines[1] + lines[2], encoding="utf-8")
    assert main(["check", str(ready)]) == 0
    capsys.readouterr()
    (made,) = report(ready, out=path.parent / "out", notebooks=[_audit()], say=lambda words: None)
    assert made.failure == ""
    page = re.sub(r"<style>.*?</style>", "", made.html.read_text("utf-8"), flags=re.DOTALL)
    words = " ".join(html.unescape(re.sub("<[^>]+>", " ", page)).split())
    k, n = sum(answered.values()), len(answered)
    assert f"{k} of {n}" in words
    assert f"Of {n} attempts that were planned, {n} were made (100%)" in words
    assert "Corrected for wrong labels, a person answered" in words


def _audit():
    from carebench import resources

    return resources.folder("notebooks") / "02_service_audit.ipynb"
