"""What the fieldwork hands over: who counts as answered, what is missing, and who stays unknown."""

from __future__ import annotations

import csv
import json
from datetime import UTC, datetime, timedelta

import pytest

from carebench import open_study
from carebench.cli import main
from carebench.fieldwork import export as exporting
from carebench.fieldwork.export import export, study_lines, tables_of_wave
from carebench.fieldwork.export.rows import tables_of
from carebench.fieldwork.journal import open_journal
from carebench.fieldwork.journal.opening import utc_text
from carebench.fieldwork.journal.probes import add, token_of
from carebench.fieldwork.journal.receiving import collected
from carebench.fieldwork.journal.states import write_event
from carebench.fieldwork.probe import Probe
from carebench.fieldwork.wave import wave_of
from carebench.study import load_study
from field_studies import field_study

SENT = datetime(2026, 12, 1, 3, tzinfo=UTC)
PROVIDER = "Birch Invented Water"
DAY_S = 86400.0


class Made:
    """A wave whose journal a test fills by hand."""

    def __init__(self, folder) -> None:
        self.study = load_study(field_study(folder))
        self.wave = wave_of(self.study).make()
        self.journal = open_journal(self.wave.journal, make=True)
        self._n = 0

    def probe(self, state="sent", channel="email", replaces=None, **columns) -> str:
        self._n += 1
        token = token_of("key", "w", PROVIDER, channel, self._n, False, 1)
        probe = Probe(
            token, PROVIDER, channel, "prices", "1", "before", "small", "small", "s1", "en",
            f"{SENT:%Y-%m-%dT%H:%M:%SZ}", "Asia/Ho_Chi_Minh", 3, False, self._n,
        )  # fmt: skip
        if state not in ("planned", "cancelled"):
            columns.setdefault("tried_utc", utc_text(SENT))
        if state in ("sent", "done"):
            columns.setdefault("sent_utc", utc_text(SENT))
        with self.journal.transaction() as connection:
            add(connection, probe, recipient="help@birch.example", centre="b",
                watched_s=14 * DAY_S, replaces=replaces)  # fmt: skip
            for name, value in {"state": state, **columns}.items():
                query = f"UPDATE probes SET {name} = ? WHERE token = ?"
                connection.execute(query, (value, token))
        return token

    def reply(self, token, label, hours, *, sure=True, evidence="", codes=()) -> str:
        digest = f"{token}-{label}-{hours}"
        at = utc_text(SENT + timedelta(hours=hours))
        with self.journal.transaction() as connection:
            connection.execute(
                "INSERT INTO messages VALUES (?, 'a', 'INBOX', 1, NULL, ?, x'00')", (digest, at)
            )
            connection.execute("INSERT INTO matches VALUES (?, ?, 'thread')", (digest, token))
            values = (digest, label, int(sure), evidence)
            connection.execute("INSERT INTO labels VALUES (?, ?, ?, ?)", values)
        self.code(digest, *codes)
        return digest

    def code(self, item, *labels) -> None:
        with self.journal.transaction() as connection:
            for n, label in enumerate(labels):
                values = (item, f"C{n}", label, utc_text(SENT + timedelta(days=20, hours=n)))
                connection.execute("INSERT INTO codes VALUES (?, ?, ?, ?)", values)

    def record(self, source, record, token=None, **attempt) -> None:
        with self.journal.transaction() as connection:
            connection.execute(
                "INSERT INTO records VALUES (?, ?, ?, ?, 'now')",
                (source, record, token, json.dumps(attempt)),
            )

    def event(self, token, kind, detail) -> None:
        with self.journal.transaction() as connection:
            write_event(connection, kind, detail, token=token)

    def looked(self, days=30.0) -> None:
        collected(self.journal, SENT + timedelta(days=days))

    def table(self, name="attempts") -> dict[str, dict[str, str]]:
        export(self.study, self.journal, self.wave)
        with (self.wave.tables / f"{name}.csv").open(encoding="utf-8", newline="") as file:
            return {row["attempt_id"]: row for row in csv.DictReader(file)}

    def left_out(self) -> list[str]:
        return tables_of_wave(self.study, self.journal, self.wave).left_out

    def row(self, token, days=30.0) -> dict[str, str]:
        self.looked(days)
        return self.table()[token]


@pytest.fixture
def made(tmp_path):
    wave = Made(tmp_path)
    yield wave
    wave.journal.close()


def test_only_a_person_answers(made):
    token = made.probe()
    made.reply(token, "auto_ack", 1 / 60)
    made.reply(token, "human", 5)
    row = made.row(token)
    assert row["outcome"] == "answered"
    assert row["acknowledged_at"] == "2026-12-01T03:01:00Z"
    assert row["answered_at"] == "2026-12-01T08:00:00Z"
    assert row["observed_until"] == "2026-12-15T03:00:00Z"
    assert row["suspected"] == "no"
    assert row["label_source"] == "machine"


@pytest.mark.parametrize(
    ("labels", "outcome"),
    [
        (["auto_ack"], "auto_ack_only"),
        (["out_of_office"], "auto_ack_only"),
        (["bot", "survey"], "auto_ack_only"),
        (["newsletter"], "no_answer"),
        (["delay"], "no_answer"),
        (["witness"], "no_answer"),
        (["unrelated"], "no_answer"),
        (["bounce"], "bounced"),
        (["auto_ack", "bounce"], "auto_ack_only"),
        (["bounce", "human"], "answered"),
        (["stop"], "answered"),
        ([], "no_answer"),
    ],
)
def test_the_strongest_fact_decides(made, labels, outcome):
    token = made.probe()
    for hours, label in enumerate(labels, 1):
        made.reply(token, label, hours)
    assert made.row(token)["outcome"] == outcome


def test_an_answer_after_the_watch_is_none(made):
    token = made.probe()
    made.reply(token, "human", 15 * 24)
    row = made.row(token)
    assert row["outcome"] == "no_answer"
    assert row["observed_until"] == "2026-12-15T03:00:00Z"


@pytest.mark.parametrize("days", [0, 2, 13.99])
def test_an_open_watch_is_left_out_whatever_came(made, days):
    answered, refused, _silent = made.probe(), made.probe("refused"), made.probe()
    made.reply(answered, "human", 5)
    made.event(refused, "refused", "550 5.1.1 no such user")
    old = made.probe(sent_utc=utc_text(SENT - timedelta(days=15)))
    made.looked(days)
    assert set(made.table()) == {old}
    (left,) = made.left_out()
    assert left.startswith("3 attempts are left out, whatever came of them so far")
    assert "2026-12-15 03:00 UTC" in left
    made.looked(14)
    assert len(made.table()) == 4
    assert made.left_out() == []


def test_a_mailbox_that_was_never_read_to_its_end_answers_for_nobody(made):
    made.reply(made.probe(), "human", 5)
    made.probe()
    assert "attempts" not in tables_of(made.study, made.journal, ()).rows
    assert made.left_out()[0].startswith("2 attempts are left out")


def test_a_ticket_does_not_close_an_open_watch(made):
    token = made.probe()
    made.record("zendesk", "z", token, outcome="answered", label_source="machine")
    made.looked(2)
    assert "attempts" not in tables_of(made.study, made.journal, ()).rows


def test_a_visit_that_nobody_recorded_is_told(made):
    made.probe("done", "phone")
    made.looked()
    assert made.left_out() == ["1 attempts were made, and nobody recorded what came."]


@pytest.mark.parametrize("state", ["failed", "not_sent", "in_doubt"])
def test_what_we_failed_to_send_is_ours_and_never_unanswered(made, state):
    row = made.row(made.probe(state))
    assert row["fault"] == "ours"


@pytest.mark.parametrize("state", ["planned", "sending", "cancelled"])
def test_what_was_not_made_is_no_attempt(made, state):
    made.probe()
    token = made.probe(state)
    made.looked()
    assert token not in made.table()


def test_what_a_server_put_off_for_ever_is_missing(made):
    made.probe()
    token = made.probe("failed")
    made.event(token, "gave_up", "451 later")
    made.looked()
    assert token not in made.table()
    (left,) = made.left_out()
    assert left.startswith("1 attempts were put off by the provider's server until given up")
    assert left.endswith(f"{PROVIDER} 1.")


@pytest.mark.parametrize(
    ("said", "outcome", "fault"),
    [
        ("550 5.1.1 no such user", "invalid_contact", "theirs"),
        ("552 mailbox full", "bounced", "theirs"),
        ("550 no", "bounced", "theirs"),
        ("554 5.7.1 blocked: spam", "bounced", "ours"),
    ],
)
def test_a_refusal_is_theirs_unless_it_is_for_our_bad_name(made, said, outcome, fault):
    token = made.probe("refused")
    made.event(token, "refused", said)
    row = made.row(token)
    assert (row["outcome"], row["fault"]) == (outcome, fault)


@pytest.mark.parametrize(
    ("evidence", "outcome", "fault"),
    [
        ("report: failed; fault theirs, no such address", "invalid_contact", "theirs"),
        ("report: failed; fault ours", "bounced", "ours"),
        ("report: failed; fault unknown", "bounced", "unknown"),
    ],
)
def test_a_bounce_carries_whose_fault_it_is(made, evidence, outcome, fault):
    token = made.probe()
    made.reply(token, "bounce", 1, evidence=evidence)
    row = made.row(token)
    assert (row["outcome"], row["fault"]) == (outcome, fault)


def test_a_shopper_who_was_recognised_is_marked(made):
    token = made.probe()
    made.reply(token, "human", 5, evidence="after 9 s; suspects: 'mystery shop'")
    assert made.row(token)["suspected"] == "yes"


def test_an_answer_is_never_before_its_question(made):
    token = made.probe(sent_utc=utc_text(SENT + timedelta(seconds=5)))
    made.reply(token, "human", 0)
    row = made.row(token)
    assert row["answered_at"] >= row["sent_at"]


def test_two_coders_who_agree_decide(made):
    token = made.probe()
    made.reply(token, "unsure", 5, sure=False, codes=("human", "human"))
    row = made.row(token)
    assert (row["outcome"], row["label_source"]) == ("answered", "person")


def test_one_coder_alone_decides_nothing(made):
    token = made.probe()
    made.reply(token, "unsure", 5, sure=False, codes=("human",))
    row = made.row(token)
    assert (row["outcome"], row["label_source"]) == ("auto_ack_only", "unsure")


def test_a_reply_that_coders_cannot_tell_stays_in_doubt(made):
    token, sure = made.probe(), made.probe()
    made.reply(token, "auto_ack", 1)
    made.reply(token, "human", 5, codes=("unsure", "unsure"))
    made.reply(sure, "auto_ack", 1)
    row = made.row(token)
    assert (row["outcome"], row["label_source"]) == ("auto_ack_only", "unsure")
    assert made.left_out()[0].startswith("1 attempts rest on replies in doubt")
    assert made.table()[sure]["label_source"] == "machine"


def test_of_three_coders_the_third_decides(made):
    token, other = made.probe(), made.probe()
    made.reply(token, "human", 5, codes=("human", "auto_ack", "auto_ack"))
    made.reply(other, "human", 5, codes=("human", "human"))
    row = made.row(token)
    assert (row["outcome"], row["label_source"]) == ("auto_ack_only", "person")
    assert made.row(other)["label_source"] == "both"


def test_a_record_of_a_call_is_an_attempt(made):
    token = made.probe("done", "phone")
    made.record(
        "capture", token, token, attempt_id=token, outcome="answered", label_source="shopper",
        sent_at=utc_text(SENT), answered_at=utc_text(SENT + timedelta(seconds=40)),
        provider="wrong", heard="machine",
    )  # fmt: skip
    row = made.row(token)
    assert (row["outcome"], row["provider"], row["channel"]) == ("answered", PROVIDER, "phone")
    assert "heard" not in row


def test_of_several_records_the_shopper_is_believed_and_others_fill_gaps(made):
    token = made.probe("done", "phone")
    made.record("asterisk-cdr", "x", token, label_source="line", fault="unknown",
                observed_until=utc_text(SENT + timedelta(minutes=5)))  # fmt: skip
    made.record(
        "call-sheet", "y", token, label_source="person", outcome="menu_only", fault="theirs"
    )
    row = made.row(token)
    assert (row["outcome"], row["fault"], row["label_source"]) == ("menu_only", "theirs", "person")
    assert row["observed_until"].startswith("2026-12-01T03:05:00")


def test_a_line_that_answered_waits_for_its_coder(made):
    made.probe()
    made.record("twilio", "r1", attempt_id="a" * 26, channel="phone", provider=PROVIDER,
                label_source="line", fault="unknown", sent_at=utc_text(SENT))  # fmt: skip
    made.looked()
    assert "a" * 26 not in made.table()
    assert made.left_out()[0].startswith("1 records of phone say that a line answered, not who")
    assert made.table("codings")["a" * 26]["coded"] == ""
    made.code("a" * 26, "answered", "answered")
    row = made.table()["a" * 26]
    assert (row["outcome"], row["label_source"]) == ("answered", "person")
    assert row.get("answered_at", "") == ""


def test_lines_that_wait_for_a_coder_bound_the_share_of_their_channel(made):
    for n in range(84):
        known = {"outcome": "busy"} if n >= 60 else {}
        made.record("asterisk-cdr", str(n), attempt_id=f"call{n}", channel="phone",
                    provider=PROVIDER, label_source="line", **known)  # fmt: skip
    (left,) = made.left_out()
    assert left.startswith("60 records of phone say that a line answered")
    assert "0 of 24 without them, 0% of all if nobody answered these, 71% if" in left
    assert len(made.table("codings")) >= 60
    assert len(made.table()) == 24


def test_a_coder_who_cannot_tell_makes_no_attempt_of_a_line(made):
    made.probe()
    made.record("twilio", "r1", attempt_id="b" * 26, channel="phone", label_source="line")
    made.code("b" * 26, "unsure", "unsure")
    made.looked()
    assert "b" * 26 not in made.table()


def test_a_ticket_fills_what_the_mailbox_cannot_know(made):
    token = made.probe()
    made.reply(token, "human", 5)
    made.record("zendesk", "z", token, outcome="no_answer", label_source="machine", resolved="yes")
    row = made.row(token)
    assert (row["outcome"], row["resolved"]) == ("answered", "yes")


def test_the_plan_tells_what_was_made_and_what_took_its_place(made):
    first = made.probe("not_sent")
    second = made.probe("not_sent", replaces=first)
    third = made.probe(replaces=second)
    cancelled = made.probe("cancelled")
    waiting = made.probe("planned")
    plan = made.table("planned")
    assert set(plan) == {first, cancelled, waiting}
    assert plan[first]["state"] == "not_made"
    assert plan[first]["replaced_by"] == third
    assert plan[cancelled]["state"] == "cancelled"
    assert plan[first]["due_at"] == "2026-12-01T03:00:00Z"


def test_what_found_no_place_is_in_the_plan(made):
    unplaced = [{"name": "unplaced 1", "provider": PROVIDER, "channel": "phone", "any_hour": True}]
    made.probe()
    rows = tables_of(made.study, made.journal, unplaced).rows["planned"]
    assert rows[-1]["state"] == "unplaced"
    assert rows[-1]["any_hour"] == "yes"


def test_ratings_and_survey_answers_go_along(made):
    token = made.probe()
    made.reply(token, "human", 5)
    with made.journal.transaction() as connection:
        connection.execute("INSERT INTO ratings VALUES (?, 's1', 'empathy', 4)", (token,))
        connection.execute("INSERT INTO ratings VALUES ('gone', 's1', 'empathy', 4)")
        answer = json.dumps({"respondent": "r1", "wave": "2026-Q4", "csat": "4", "extra": "2"})
        connection.execute("INSERT INTO answers VALUES ('limesurvey', '1', ?, 'now')", (answer,))
    made.looked()
    assert set(made.table("ratings")) == {token}
    text = (made.wave.tables / "survey.csv").read_text(encoding="utf-8")
    assert text.splitlines()[0] == "respondent,wave,csat,extra"


def test_no_address_number_or_id_of_another_system_leaves_the_journal(made):
    token = made.probe()
    made.reply(token, "human", 5, evidence="address in to: help@birch.example")
    made.record("zendesk", "ticket-4711", None, attempt_id="f" * 32, outcome="answered",
                agent="Elm", channel="email", requester="ann@x.example")  # fmt: skip
    made.looked()
    for path in export(made.study, made.journal, made.wave):
        text = path.read_text(encoding="utf-8")
        for secret in ("@", "Elm", "4711", "birch.example"):
            assert secret not in text, path.name


def test_no_cell_is_a_formula(made):
    made.record("x", "1", None, attempt_id="c", outcome="answered", shopper="=HYPERLINK(1)",
                platform=" +1", persona="@x", scenario="\tx")  # fmt: skip
    row = made.table()["c"]
    assert row["shopper"] == "'=HYPERLINK(1)"
    assert row["platform"] == "' +1"
    assert row["persona"] == "'@x"
    assert row["scenario"] == "'\tx"


def test_the_same_journal_makes_the_same_bytes(made):
    for _n in range(5):
        made.reply(made.probe(), "human", 5)
    made.looked()
    first = {path.name: path.read_bytes() for path in export(made.study, made.journal, made.wave)}
    again = {path.name: path.read_bytes() for path in export(made.study, made.journal, made.wave)}
    assert first == again
    assert "attempts.csv" in first


def test_a_table_that_has_no_rows_any_more_is_taken_away(made):
    made.probe()
    made.wave.tables.mkdir()
    (made.wave.tables / "ratings.csv").write_text("old")
    (made.wave.tables / "mine.csv").write_text("kept")
    export(made.study, made.journal, made.wave)
    assert not (made.wave.tables / "ratings.csv").exists()
    assert (made.wave.tables / "mine.csv").read_text() == "kept"


def test_a_failing_disk_leaves_the_older_tables(made, monkeypatch):
    token = made.probe()
    made.reply(token, "human", 5)
    made.looked()
    before = {path.name: path.read_bytes() for path in export(made.study, made.journal, made.wave)}
    made.reply(made.probe(), "human", 6)

    def full(*_args, **_keywords):
        raise OSError("no space left")

    monkeypatch.setattr("pathlib.Path.write_text", full)
    with pytest.raises(OSError, match="no space"):
        export(made.study, made.journal, made.wave)
    monkeypatch.undo()
    assert {path.name: path.read_bytes() for path in made.wave.tables.iterdir()} == before
    assert not list(made.wave.folder.glob(".tables-*"))


def test_a_study_reads_the_tables_without_a_problem(made):
    for n in range(4):
        token = made.probe()
        made.reply(token, ("human", "auto_ack", "bounce", "stop")[n], 5)
    made.probe("failed")
    made.looked()
    paths = export(made.study, made.journal, made.wave)
    text = made.study.path.read_text(encoding="utf-8")
    path = made.study.path.with_name("reads.toml")
    path.write_text(f"{text}\n{study_lines(made.study, paths)}", encoding="utf-8")
    care = open_study(path)
    attempts = care.current("attempts")
    assert len(attempts) == 5
    assert attempts["outcome"].eq("answered").sum() == 2
    assert str(attempts["sent_at"].dt.tz) == "UTC"


def test_the_command_makes_the_tables_once(made, monkeypatch, capsys):
    made.probe()
    made.looked()
    made_of = []
    monkeypatch.setattr(
        exporting, "tables_of", lambda *given: made_of.append(given) or tables_of(*given)
    )
    assert main(["probe", "export", str(made.study.path)]) == 0
    assert len(made_of) == 1
    assert "attempts.csv" in capsys.readouterr().out
