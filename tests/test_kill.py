"""Killed at any moment, nothing is sent twice, nothing is lost, and no doubt is settled wrongly.

The runners are real processes, forked from one that has everything imported, and killed with
SIGKILL by the relay at the moment that it chooses. What the relay took is the truth.
"""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from carebench.fieldwork.journal import open_journal
from carebench.fieldwork.letters import token_in
from carebench.fieldwork.mail.collecting import collect
from carebench.fieldwork.mail.sending import send
from mail_waves import NOW, due_wave, states
from mailroom import PASSWORD, Mailbox, Relay

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="runners that are forked")

KILLS = 200
POINTS = ("connect", "mail", "rcpt", "data", "middle", "dot", "taken", "moment")
WITHIN = 60  # seconds, for one runner to end

FORKS = f"""
import os, sys
from datetime import datetime
from pathlib import Path
sys.path.insert(0, {str(Path(__file__).parent)!r})
import conftest
from carebench.fieldwork.mail import imap
from carebench.fieldwork.mail.collecting import collect
from carebench.fieldwork.mail.sending import send
from carebench.fieldwork import replies
from carebench.study import load_study
study = load_study(Path(sys.argv[1]))
now = datetime.fromisoformat(sys.argv[2])
imap.AT_ONCE = 10
def quiet(line):
    pass
def run(word):
    if word == "send":
        send(study, live=True, now=now, say=quiet)
    else:
        collect(study, now=now, say=quiet)
for line in sys.stdin:
    word, _, argument = line.strip().partition(" ")
    if word == "wait":
        print(os.waitstatus_to_exitcode(os.waitpid(int(argument), 0)[1]), flush=True)
        continue
    child = os.fork()
    if child == 0:
        try:
            run(word)
            os._exit(0)
        except BaseException as error:
            print(type(error).__name__, error, file=sys.stderr, flush=True)
            os._exit(1)
    print(child, flush=True)
"""


class Runners:
    """Runners of one study, each a process of its own."""

    def __init__(self, study: Path, now: datetime) -> None:
        self._parent = subprocess.Popen(
            [sys.executable, "-c", FORKS, str(study), now.isoformat()],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.last = 0  # the process that was started last

    def start(self, word: str) -> int:
        self.last = int(self._ask(word))
        return self.last

    def ended(self, child: int) -> int:
        """Its exit code; the negative number of the signal that killed it."""
        guard = threading.Timer(WITHIN, kill, (child,))
        guard.start()
        code = int(self._ask(f"wait {child}"))
        guard.cancel()
        guard.join()
        return code

    def _ask(self, line: str) -> str:
        self._parent.stdin.write(f"{line}\n")
        self._parent.stdin.flush()
        return self._parent.stdout.readline()

    def __enter__(self) -> Runners:
        return self

    def __exit__(self, *_error: object) -> None:
        _, self.said = self._parent.communicate(timeout=WITHIN)


def kill(process: int) -> None:
    try:
        os.kill(process, signal.SIGKILL)
    except ProcessLookupError:
        pass


class Killer:
    """Kills the runner at a point of its talk with the relay, or at a moment of its life."""

    def __init__(self, seed: int) -> None:
        self.lot = random.Random(seed)
        self.victim = threading.Event()
        self.process = 0
        self.point, self.left = "", 0
        self.kills: Counter[str] = Counter()

    def aim(self, point: str) -> None:
        self.point, self.left = point, 1 if point == "connect" else self.lot.randint(1, 3)
        self.victim.clear()

    def at(self, process: int) -> None:
        self.process = process
        self.victim.set()

    def reply(self, point, _sender, _recipient, _tries):
        if point == self.point and self.left:
            self.left -= 1
            if not self.left:
                self.victim.wait(WITHIN)
                kill(self.process)
        return None


@pytest.fixture(autouse=True)
def password(monkeypatch):
    monkeypatch.setenv("CAREBENCH_MAIL_PASSWORD", PASSWORD)


def test_two_hundred_kills_send_nothing_twice_and_lose_nothing(tmp_path):
    killer = Killer(168)
    with Mailbox() as box, Relay(reply=killer.reply, deliver=box.deliver) as relay:
        study, wave = due_wave(tmp_path, 520, **relay.keys(), **box.keys())
        with Runners(study.path, NOW) as runners:
            for number in range(KILLS):
                point = POINTS[number % len(POINTS)]
                killer.aim(point)
                killer.at(runners.start("send"))
                if point == "moment":
                    time.sleep(killer.lot.uniform(0, 0.08))
                    kill(killer.process)
                assert runners.ended(killer.process) == -signal.SIGKILL, point
                killer.kills[point] += 1
            killer.aim("")
            killer.at(0)
            assert runners.ended(runners.start("send")) == 0
        said = check_against(relay, study, wave)
        assert said["in_doubt"] > KILLS / 2
        assert box.count() == len(relay.accepted)
        collect(study, now=NOW + timedelta(hours=25), say=lambda _line: None)
    assert sum(killer.kills.values()) == KILLS
    settled = check_against(relay, study, wave)
    assert settled["in_doubt"] == 0
    with open_journal(wave.journal) as journal:
        replaced = journal.value("SELECT count(replaces) FROM probes")
    assert settled["not_sent"] == settled["planned"] == replaced > 0


def check_against(relay, study, wave) -> Counter[str]:
    """Hold what the journal says against what the relay took; how many are in which state."""
    took = Counter(token_in(taken.sender, study.fieldwork.mail) for taken in relay.accepted)
    said = states(wave)
    assert not [token for token, times in took.items() if times > 1], "accepted twice"
    assert set(took) <= set(said)
    for token, state in said.items():
        if state == "sent":
            assert token in took
        elif state != "in_doubt":
            assert token not in took, state
    assert not {"sending", "failed", "refused"} & set(said.values())
    return Counter(said.values())


def test_a_second_runner_is_refused_while_the_first_is_at_work(tmp_path):
    goes_on = threading.Event()

    def reply(point, *_):
        if point == "data":
            goes_on.wait(WITHIN)

    with Relay(reply=reply) as relay:
        study, wave = due_wave(tmp_path, 2, **relay.keys())
        with Runners(study.path, NOW) as runners:
            first = runners.start("send")
            while not relay.commands:
                time.sleep(0.01)
            assert runners.ended(runners.start("send")) == 1
            goes_on.set()
            assert runners.ended(first) == 0
    assert "Another carebench is at work" in runners.said
    assert len(relay.accepted) == 2
    assert set(states(wave).values()) == {"sent"}


def test_kills_while_collecting_lose_and_double_no_reply(tmp_path):
    lot = random.Random(7)
    replies = [
        f"From: x@alder.example\r\nSubject: news {number}\r\n\r\n{'x' * 500}\r\n".encode()
        for number in range(300)
    ]
    with Mailbox() as box:
        for number, raw in enumerate(replies):
            received = datetime(2026, 12, 2, tzinfo=UTC) + timedelta(seconds=number)
            box.deliver(raw, received, wait=True)
        study, wave = due_wave(tmp_path, 1, **box.keys())
        seen = [0]
        with Runners(study.path, NOW) as runners:
            for _ in range(30):
                child = runners.start("collect")
                wait_for(wave, seen[-1] + lot.randint(0, 15))
                time.sleep(lot.uniform(0, 0.005))
                kill(child)
                assert runners.ended(child) == -signal.SIGKILL
                seen.append(len(kept(wave)))
            assert runners.ended(runners.start("collect")) == 0
        assert box.flags() == [frozenset()] * 300
    assert seen == sorted(seen)
    # How far each runner came depends on the machine: what matters is that many died half-way.
    assert len({n for n in seen if 0 < n < 300}) >= 5
    assert sorted(kept(wave)) == sorted(replies)


def wait_for(wave, messages: int) -> None:
    """Until the journal holds so many, or all there are."""
    ends = time.monotonic() + WITHIN
    with open_journal(wave.journal) as journal:
        while journal.value("SELECT count(*) FROM messages") < min(messages, 300):
            assert time.monotonic() < ends
            time.sleep(0.002)


def kept(wave) -> list[bytes]:
    with open_journal(wave.journal) as journal:
        return [row["raw"] for row in journal.rows("SELECT raw FROM messages")]


def test_an_intent_that_a_dead_runner_left_is_a_doubt_and_not_sent_again(tmp_path):
    with Relay() as relay:
        study, wave = due_wave(tmp_path, 2, **relay.keys())
        with open_journal(wave.journal) as journal, journal.transaction() as connection:
            connection.execute(
                "UPDATE probes SET state = 'sending', tries = 1, tried_utc = ? WHERE number = 1",
                (NOW.isoformat().replace("+00:00", ".000000Z"),),
            )
        summary = send(study, live=True, now=NOW, say=lambda _line: None)
    assert summary.doubts == 1
    assert Counter(states(wave).values()) == {"in_doubt": 1, "sent": 1}
    assert len(relay.accepted) == 1
