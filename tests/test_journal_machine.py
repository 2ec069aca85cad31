"""Whatever happens in whatever order, what the journal promises holds."""

from __future__ import annotations

import shutil
import tempfile
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path
from zoneinfo import ZoneInfo

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from carebench.fieldwork.journal import open_journal
from carebench.fieldwork.journal.claims import claim, settle
from carebench.fieldwork.journal.contact import stop_contact
from carebench.fieldwork.journal.erasure import erase_old
from carebench.fieldwork.journal.receiving import collected, keep
from carebench.fieldwork.journal.recovery import recover, settle_doubts
from carebench.fieldwork.journal.states import EDGES
from carebench.fieldwork.rules.limits import in_quiet_hours
from carebench.fieldwork.rules.recipients import same
from carebench.fieldwork.wave import wave_of
from field_studies import EMAILS, PROVIDERS
from journals import MONDAY, WEEK, a_probe, put, wave

GAP = timedelta(hours=12)
CHANGES = {
    "fieldwork.channels": {
        "email": {"attempts": 8, "gap": "12 h", "per_day": 1, "quiet": "22:00-06:00"}
    },
    "fieldwork.sign_off.budget": 14,
}

FATES = (
    "sent",
    "refused",
    "failed",
    "again",
    "cut off",
    "cut off but accepted",
    "killed before",
    "killed after",
)


class World(RuleBasedStateMachine):
    """A relay that remembers what it accepted, a mailbox, and a journal that may die any time."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp())
        self.study, self.journal = wave(self.folder, **CHANGES)
        slots = [MONDAY + timedelta(hours=at) for at in (0, 0.5, 13, 26, 40, 60, 100, 150)]
        for provider in PROVIDERS:
            probes = [
                a_probe(f"{provider[:2].lower()}{n}", at, provider=provider, number=n)
                for n, at in enumerate(slots)
            ]
            put(self.journal, *probes, centre="shared" if provider != PROVIDERS[2] else "own")
        self.now = MONDAY
        self.accepted: dict[str, tuple] = {}  # token: when, line; by the relay's own log
        self.delivered: list[str] = []
        self.letters = 0
        self.barred: set[str] = set()
        self.states = self._states()

    def teardown(self) -> None:
        self.journal.close()
        shutil.rmtree(self.folder)

    def _states(self) -> dict[str, str]:
        return {r["token"]: r["state"] for r in self.journal.rows("SELECT * FROM probes")}

    def _step(self) -> None:
        """After each call of the journal: no state was left but by a way that is allowed."""
        after = self._states()
        for token, before in self.states.items():
            assert after[token] == before or after[token] in EDGES[before], (before, after[token])
        assert all(after[token] == "planned" for token in after.keys() - self.states.keys())
        self.states = after

    @rule(hours=st.sampled_from([0.2, 1, 12, 30, 24 * 7]))
    def time_passes(self, hours: float) -> None:
        self.now += timedelta(hours=hours)

    @rule(hours=st.sampled_from([1, 24]))
    def the_clock_is_put_back(self, hours: int) -> None:
        self.now -= timedelta(hours=hours)

    @rule(fate=st.sampled_from(FATES))
    def the_next_is_sent(self, fate: str) -> None:
        probe = claim(self.journal, self.study, self.now, channel="email", live=True)
        self._step()
        if probe is None:
            return
        assert same(probe["recipient"]) not in self.barred
        plan = self.study.fieldwork.channels["email"]
        assert not in_quiet_hours(plan, self.now, probe["zone"])
        if fate in ("sent", "cut off but accepted", "killed after"):
            assert probe["token"] not in self.accepted, "accepted twice"
            self.accepted[probe["token"]] = (self.now, probe["centre"])
        outcome = {"cut off": "in_doubt", "cut off but accepted": "in_doubt"}.get(fate, fate)
        if fate.startswith("killed"):
            self.journal.close()
            self.journal = open_journal(wave_of(self.study).journal)
            recover(self.journal, now=self.now)
        else:
            settle(self.journal, probe["token"], outcome, now=self.now)
        self._step()

    @precondition(lambda self: self.accepted)
    @rule(which=st.integers(0, 99), how_many=st.integers(1, 3))
    def something_comes_back(self, which: int, how_many: int) -> None:
        token = sorted(self.accepted)[which % len(self.accepted)]
        for _ in range(how_many):
            self._deliver(token)
        settle_doubts(self.journal, self.study, self.now)
        self._step()

    def _deliver(self, token: str) -> None:
        raw = f"letter {self.letters} to {token}".encode()
        self.letters += 1
        assert (
            keep(self.journal, "us", "INBOX", 1, [(self.letters, self.now.isoformat(), raw)]) == 1
        )
        with self.journal.transaction() as connection:
            query = "INSERT INTO matches SELECT digest, ?, 'to' FROM messages WHERE raw = ?"
            connection.execute(query, (token, raw))
            query = "INSERT INTO labels SELECT digest, 'witness', 1, '' FROM messages WHERE raw = ?"
            connection.execute(query, (raw,))
        self.delivered.append(token)

    @rule()
    def the_mailbox_is_read_to_its_end(self) -> None:
        """By then every witness has come."""
        for token in sorted(self.accepted.keys() - set(self.delivered)):
            self._deliver(token)
        collected(self.journal, self.now)
        settle_doubts(self.journal, self.study, self.now)
        self._step()
        states = self._states()
        assert all(states[token] == "sent" for token in self.accepted), "proven by its witness"
        assert not [t for t, at in states.items() if at == "sent" and t not in self.accepted]

    @rule(at=st.integers(0, 2))
    def somebody_asks_us_to_stop(self, at: int) -> None:
        stop_contact(self.journal, f"Care <{EMAILS[at]}>", "asked", now=self.now)
        self.barred.add(same(EMAILS[at]))
        self._step()

    @rule()
    def what_is_old_is_erased(self) -> None:
        erase_old(self.journal, self.study, self.now + timedelta(days=400))
        self._step()

    @invariant()
    def nothing_that_was_received_is_lost(self) -> None:
        assert self.journal.value("SELECT count(*) FROM messages") == self.letters
        assert self.journal.value("SELECT count(*) FROM matches") == len(self.delivered)

    @invariant()
    def gaps_days_and_budget_hold(self) -> None:
        assert len(self.accepted) <= 14
        for line in ("shared", "own"):
            times = sorted(at for at, where in self.accepted.values() if where == line)
            gaps = [b - a for a, b in pairwise(times)]
            assert all(gap >= GAP for gap in gaps), gaps
            days = [at.astimezone(ZoneInfo("Asia/Ho_Chi_Minh")).date() for at in times]
            assert len(days) == len(set(days))

    @invariant()
    def what_is_planned_lies_in_its_own_hour_of_the_week(self) -> None:
        query = "SELECT * FROM probes WHERE state = 'planned' AND tries = 0"
        for row in self.journal.rows(query):
            moved = datetime.fromisoformat(row["not_before"]) - datetime.fromisoformat(
                row["due_utc"]
            )
            assert moved % WEEK == timedelta(0)

    @invariant()
    def nobody_barred_is_planned_for(self) -> None:
        rows = self.journal.rows("SELECT recipient FROM probes WHERE state = 'planned'")
        assert not {same(row["recipient"]) for row in rows} & self.barred


World.TestCase.settings = settings(
    max_examples=40,
    stateful_step_count=30,
    deadline=None,
    derandomize=True,
    suppress_health_check=list(HealthCheck),
)
TestWhateverHappens = World.TestCase
