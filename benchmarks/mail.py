"""Sending and collecting with a journal that survives a kill, beside the same without one.

    python benchmarks/mail.py [--messages 1000] [--rounds 3] [--write]

A relay and a mailbox run on this machine in the parent process; each contender is a process of
its own, one after the other, round after round. Bare smtplib and imaplib do the same over the
same connections and keep nothing: what carebench adds is the difference. --write puts the table
into README.md beside this file.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
README = Path(__file__).with_name("README.md")
START, END = "<!-- mail: start -->", "<!-- mail: end -->"
sys.path.insert(0, str(ROOT / "tests"))  # where the relay, the mailbox and the small study are


def main() -> None:
    """Measure every contender in turn and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--messages", type=int, default=1000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--write", action="store_true", help="into README.md beside this file")
    parser.add_argument("--measure", choices=CONTENDERS, help=argparse.SUPPRESS)
    parser.add_argument("--study", type=Path, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.measure:
        print(json.dumps(CONTENDERS[arguments.measure](arguments.study)))
        return
    found = [one_round(arguments.messages) for _ in range(arguments.rounds)]
    lines = table(arguments.messages, found)
    print("\n".join(lines))
    if arguments.write:
        before, _start, rest = README.read_text(encoding="utf-8").partition(START)
        text = "\n".join([before + START, *lines, END + rest.partition(END)[2]])
        README.write_text(text, encoding="utf-8")


def one_round(messages: int) -> dict[str, float]:
    """Seconds of every contender, with servers and a wave of their own."""
    from carebench.fieldwork.plan import locking
    from conftest import LongAgo
    from mail_waves import due_wave
    from mailroom import PASSWORD, Mailbox, Relay

    os.environ["CAREBENCH_MAIL_PASSWORD"] = PASSWORD
    locking.datetime = LongAgo  # type: ignore[misc]  # the small study was approved since then
    seconds = {}
    with tempfile.TemporaryDirectory() as folder, Mailbox() as box, Relay(login=True) as relay:
        study, wave = due_wave(Path(folder), messages, **relay.keys() | box.keys())
        for name in CONTENDERS:
            if name == "read":
                for taken in relay.accepted[-messages:]:
                    box.deliver(taken.raw, datetime.now(UTC), wait=True)
            command = [sys.executable, __file__, "--measure", name, "--study", str(study.path)]
            done = subprocess.run(command, check=True, capture_output=True, text=True)
            seconds[name] = float(json.loads(done.stdout))
        if len(relay.accepted) != 2 * messages or len(kept(wave)) != messages:
            raise SystemExit("not every message was taken and kept: the times mean nothing")
    return seconds


def kept(wave: object) -> list[object]:
    from carebench.fieldwork.journal import open_journal

    with open_journal(wave.journal) as journal:  # type: ignore[attr-defined]
        return list(journal.rows("SELECT digest FROM messages"))


def timed(doing: Callable[[], object]) -> float:
    """Seconds by the clock."""
    began = time.perf_counter()
    doing()
    return time.perf_counter() - began


# Contenders: each runs in a process of its own --------------------------------------------------


def bare_send(study_file: Path) -> float:
    """The same transactions, without intent, outcome or replies written down."""
    from carebench.fieldwork.journal import open_journal
    from carebench.fieldwork.letters import address_of
    from carebench.fieldwork.mail.smtp import Submission
    from carebench.fieldwork.wave import wave_of
    from carebench.study import load_study

    study = load_study(study_file)
    with open_journal(wave_of(study).journal) as journal:
        probes = journal.rows("SELECT token, recipient, raw FROM probes")

    def everything() -> None:
        with Submission(study) as connection:
            client = connection._client
            for probe in probes:
                own = address_of(probe["token"], study.fieldwork.mail)
                client.sendmail(own, [probe["recipient"], own], probe["raw"])

    return timed(everything)


def carebench_send(study_file: Path) -> float:
    """`carebench probe send --live`."""
    from carebench.fieldwork.mail.sending import send
    from carebench.study import load_study
    from mail_waves import NOW

    study = load_study(study_file)
    return timed(lambda: send(study, live=True, now=NOW, say=lambda _line: None))


def bare_read(study_file: Path) -> float:
    """All messages in one answer, kept nowhere."""
    from carebench.fieldwork.mail.imap import Account
    from carebench.study import load_study

    study = load_study(study_file)

    def everything() -> None:
        with Account(study) as account:
            account.open("INBOX")
            account._imap.uid("FETCH", "1:*", "(UID INTERNALDATE BODY.PEEK[])")

    return timed(everything)


def carebench_keep(study_file: Path) -> float:
    """What `carebench probe collect` does until everything is in the journal."""
    from carebench.fieldwork.mail import collecting
    from carebench.study import load_study

    study = load_study(study_file)
    collecting._understand = lambda *_: None  # type: ignore[assignment]
    return timed(lambda: collecting.collect(study, say=lambda _line: None))


def carebench_understand(study_file: Path) -> float:
    """The rest of it: every message matched and labelled."""
    from carebench.fieldwork.mail.collecting import collect
    from carebench.study import load_study

    study = load_study(study_file)
    return timed(lambda: collect(study, say=lambda _line: None))


CONTENDERS: dict[str, Callable[[Path], float]] = {
    "bare": bare_send,
    "send": carebench_send,
    "read": bare_read,
    "keep": carebench_keep,
    "understand": carebench_understand,
    "again": carebench_understand,  # by then all of it is known
}
WORDS = {
    "bare": "send: smtplib alone, nothing written down",
    "send": "**send: carebench**, intent and outcome on the disk",
    "read": "collect: imaplib alone, kept nowhere",
    "keep": "**collect: carebench**, until all is in the journal",
    "understand": "matching and labelling them, copies of our own",
    "again": "collect once more, when nothing new came",
}


def table(messages: int, found: list[dict[str, float]]) -> list[str]:
    """Medians of the rounds, and what each is in multiples of doing it bare."""
    median = {name: statistics.median(each[name] for each in found) for name in CONTENDERS}
    bare = {"bare": "bare", "send": "bare", "read": "read", "keep": "read"}
    lines = [f"| {messages:,} messages | seconds | per second | times as long |"]
    lines += ["|---|---|---|---|"]
    for name, words in WORDS.items():
        seconds = median[name]
        ratio = f"{seconds / median[bare[name]]:.1f}" if name in bare else ""
        lines.append(f"| {words} | {seconds:.2f} | {messages / seconds:,.0f} | {ratio} |")
    return lines


if __name__ == "__main__":
    main()
