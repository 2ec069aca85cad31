"""Mailboxes, archives and the wires to them: what came is kept once, whatever breaks."""

from __future__ import annotations

import mailbox as archives_of
import socket
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import pytest

from carebench.fieldwork.journal import open_journal
from carebench.fieldwork.letters import address_of
from carebench.fieldwork.letters.reading import LARGEST
from carebench.fieldwork.mail import collecting as collecting_module
from carebench.fieldwork.mail import imap as imap_module
from carebench.fieldwork.mail.collecting import collect
from carebench.fieldwork.mail.folders import Folder, decoded, encoded, listed, meant, quoted
from carebench.fieldwork.mail.imap import Account, responses
from carebench.fieldwork.mail.sending import send
from carebench.schema import DataError
from carebench.study import load_study
from field_studies import field_study
from mail_waves import NOW, UNLIMITED, due_wave, states
from mailroom import DROP, PASSWORD, Mailbox, Relay, Wire

WHEN = datetime(2026, 12, 2, 4, 5, 6, tzinfo=UTC)
PASSES = {"fieldwork.mail.password": "CAREBENCH_MAIL_PASSWORD"}


@pytest.fixture(autouse=True)
def impatient(monkeypatch):
    monkeypatch.setattr(imap_module, "PATIENCE_S", 2.0)
    monkeypatch.setenv("CAREBENCH_MAIL_PASSWORD", PASSWORD)


def letter(number: int, *, size: int = 0) -> bytes:
    head = f"From: x@alder.example\r\nTo: audit@kit.example\r\nSubject: news {number}\r\n\r\n"
    return head.encode() + b"x" * size + b"\r\n"


def fill(box: Mailbox, n: int, folder: str = "INBOX", *, size: int = 0, first: int = 0) -> None:
    for number in range(first, first + n):
        received = WHEN + timedelta(seconds=number)
        box.deliver(letter(number, size=size), received, folder, wait=True)


def wave_for(folder: Path, *keys: dict[str, object], n: int = 1):
    changes: dict[str, object] = {}
    for some in keys:
        changes |= some
    return due_wave(folder, n, **changes)


def gather(study, **options):
    said = []
    return collect(study, say=said.append, **options), said


def kept(wave, columns="*"):
    with open_journal(wave.journal) as journal:
        return journal.rows(f"SELECT {columns} FROM messages ORDER BY received_utc, digest")


def test_what_lies_in_the_mailbox_is_kept_with_the_time_its_server_got_it(tmp_path):
    with Mailbox() as box:
        fill(box, 3)
        study, wave = wave_for(tmp_path, box.keys())
        assert gather(study)[0].new == 3
    rows = kept(wave)
    assert [row["raw"] for row in rows] == [letter(number) for number in range(3)]
    assert rows[2]["received_utc"] == "2026-12-02T04:05:08.000000Z"


def test_a_second_run_finds_nothing_new_and_a_third_what_came_since(tmp_path):
    with Mailbox() as box:
        fill(box, 5)
        study, wave = wave_for(tmp_path, box.keys())
        assert [gather(study)[0].new for _ in range(2)] == [5, 0]
        fill(box, 2, first=5)
        assert gather(study)[0].new == 2
    assert len(kept(wave)) == 7


def test_nothing_is_flagged_or_taken_away(tmp_path):
    with Mailbox(folders=("Junk",)) as box:
        fill(box, 3)
        fill(box, 2, "Junk", first=10)
        study, wave = wave_for(tmp_path, box.keys())
        gather(study)
        assert box.flags() == [frozenset()] * 3
        assert (box.count(), box.count("Junk")) == (3, 2)
    assert len(kept(wave)) == 5


def test_a_new_uidvalidity_reads_all_again_and_keeps_nothing_twice(tmp_path):
    with Mailbox() as box:
        fill(box, 4, first=1)
        study, wave = wave_for(tmp_path, box.keys())
        gather(study)
        box.begin_anew()
        fill(box, 5)
        fill(box, 1, first=9)
        assert gather(study)[0].new == 2
    assert len(kept(wave)) == 6


def test_more_messages_than_one_answer_holds_are_all_kept(tmp_path, monkeypatch):
    monkeypatch.setattr(imap_module, "AT_ONCE", 7)
    with Mailbox() as box:
        fill(box, 50)
        study, wave = wave_for(tmp_path, box.keys())
        assert gather(study)[0].new == 50
    assert len(kept(wave)) == 50


def test_of_a_huge_message_the_head_is_kept_and_the_others_do_not_suffer(tmp_path, monkeypatch):
    with Mailbox() as box:
        fill(box, 1)
        fill(box, 1, size=LARGEST + 5_000_000, first=1)
        fill(box, 1, first=2)
        study, wave = wave_for(tmp_path, box.keys())
        monkeypatch.setattr(imap_module, "PATIENCE_S", 20.0)
        assert gather(study)[0].new == 3
    assert [len(row["raw"]) < 200 for row in kept(wave)] == [True] * 3
    assert b"Subject: news 1" in kept(wave)[1]["raw"]


def test_folders_with_vietnamese_names_are_read_and_missing_ones_named(tmp_path):
    name = "Thư rác & quảng cáo"
    with Mailbox(folders=(name,)) as box:
        fill(box, 2, name)
        folders = {"fieldwork.mail.folders": ["inbox", name, "Nowhere"]}
        study, wave = wave_for(tmp_path, box.keys(), folders)
        summary, said = gather(study)
        assert gather(study)[0].new == 0
    assert summary.new == 2
    assert summary.complete
    assert "'Nowhere'" in said[0]
    assert name in said[0]
    assert {row["folder"] for row in kept(wave)} == {name}


def test_mail_from_before_the_plan_is_nobodys_business(tmp_path):
    with Mailbox() as box:
        box.deliver(letter(1), datetime(2026, 1, 1, tzinfo=UTC), wait=True)
        fill(box, 1, first=2)
        study, wave = wave_for(tmp_path, box.keys())
        assert gather(study)[0].new == 1
        assert gather(study)[0].complete
    assert [row["raw"] for row in kept(wave)] == [letter(2)]


def test_where_no_folder_can_be_opened_it_says_which_there_are(tmp_path):
    with Mailbox() as box:
        study, _ = wave_for(tmp_path, box.keys(), {"fieldwork.mail.folders": ["Nowhere"]})
        with pytest.raises(DataError, match="There are: INBOX"):
            gather(study)


@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_the_mailbox_is_read_over_verified_tls_alone(tmp_path, security):
    with Mailbox(security=security) as box:
        fill(box, 1)
        study, _ = wave_for(tmp_path, box.keys())
        with pytest.raises(DataError, match="certificate of 127"):
            gather(study)
        trusted = {"fieldwork.mail.certificates": box.certificates(tmp_path)}
        study = load_study(field_study(tmp_path, **UNLIMITED | box.keys() | trusted))
        assert gather(study)[0].new == 1


def test_a_wrong_password_is_refused_once_and_shown_to_nobody(tmp_path, monkeypatch):
    monkeypatch.setenv("CAREBENCH_MAIL_PASSWORD", "hunter2 is invented")
    with Mailbox() as box:
        study, _ = wave_for(tmp_path, box.keys())
        with pytest.raises(DataError, match="refuses the login of audit") as caught:
            gather(study)
    assert "hunter2" not in str(caught.value)


def test_a_mailbox_that_wants_a_login_says_where_to_name_one(tmp_path):
    with Mailbox() as box:
        study, _ = wave_for(tmp_path, box.keys() | {"fieldwork.mail.password": ""})
        with pytest.raises(DataError, match="wants a login"):
            gather(study)


def test_wherever_the_wire_breaks_everything_is_kept_once(tmp_path, monkeypatch):
    monkeypatch.setattr(imap_module, "AT_ONCE", 4)
    breaks = (1, 40, 300, 900, 1500, 2500, 3500, 5000)
    with Mailbox() as box, Wire(box.port, breaks) as wire:
        fill(box, 40, size=200)
        monkeypatch.setattr(collecting_module, "TRIES_IN_VAIN", len(breaks) + 1)
        cut = {"fieldwork.mail.imap": f"127.0.0.1:{wire.port}"}
        study, wave = wave_for(tmp_path, box.keys() | cut)
        assert gather(study)[0].new == 40
        assert wire.connections == len(breaks) + 1
    assert [row["raw"] for row in kept(wave)] == [letter(n, size=200) for n in range(40)]


def test_a_wire_that_breaks_often_is_used_while_it_brings_something(tmp_path, monkeypatch):
    monkeypatch.setattr(imap_module, "AT_ONCE", 1)
    with Mailbox() as box, Wire(box.port, (2500,) * 8) as wire:
        fill(box, 12, size=200)
        cut = {"fieldwork.mail.imap": f"127.0.0.1:{wire.port}"}
        study, _ = wave_for(tmp_path, box.keys() | cut)
        assert gather(study)[0].new == 12
        assert wire.connections > collecting_module.TRIES_IN_VAIN + 1


def test_a_mailbox_is_opened_for_reading_alone_and_nothing_is_fetched_twice(tmp_path):
    with Mailbox() as box, Wire(box.port, ()) as wire:
        fill(box, 2)
        fill(box, 1, size=LARGEST + 100_000, first=2)
        cut = {"fieldwork.mail.imap": f"127.0.0.1:{wire.port}"}
        study, _ = wave_for(tmp_path, box.keys() | cut)
        gather(study)
        assert b" EXAMINE " in wire.asked
        assert b"103 (UID BODY.PEEK[]<0.10485761>)" in wire.asked
        for word in (b" SELECT ", b"BODY[", b"STORE", b"EXPUNGE", b"CLOSE", b"RFC822)"):
            assert word not in wire.asked
        wire.asked = b""
        gather(study)
        assert b" EXAMINE " in wire.asked
        assert b"BODY" not in wire.asked


def test_a_wire_that_breaks_for_ever_is_given_up_and_what_was_read_is_kept(tmp_path, monkeypatch):
    monkeypatch.setattr(imap_module, "AT_ONCE", 4)
    with Mailbox() as box, Wire(box.port, (8000, *[400] * 20)) as wire:
        fill(box, 40, size=200)
        cut = {"fieldwork.mail.imap": f"127.0.0.1:{wire.port}"}
        study, wave = wave_for(tmp_path, box.keys() | cut)
        with pytest.raises(DataError, match="Tried 3 times"):
            gather(study)
        with open_journal(wave.journal) as journal:
            assert journal.fact("collected_utc") == ""
        got = len(kept(wave))
        assert 0 < got < 40
        study = load_study(field_study(tmp_path, **UNLIMITED | box.keys()))
        assert gather(study)[0].new >= 0
    assert len({row["raw"] for row in kept(wave)}) == 40


def test_a_server_that_falls_silent_does_not_hold_us_for_ever(tmp_path, monkeypatch):
    monkeypatch.setattr(imap_module, "PATIENCE_S", 0.3)
    with Mailbox() as box, Wire(box.port, (700,), silent=True) as wire:
        fill(box, 10)
        cut = {"fieldwork.mail.imap": f"127.0.0.1:{wire.port}"}
        study, _ = wave_for(tmp_path, box.keys() | cut)
        assert gather(study)[0].new == 10
        assert wire.connections == 2


def test_two_collections_at_once_keep_everything_once(tmp_path):
    with Mailbox() as box:
        fill(box, 60)
        study, wave = wave_for(tmp_path, box.keys())
        with ThreadPoolExecutor(2) as both:
            found = list(both.map(lambda _: gather(study)[0].new, range(2)))
    assert sum(found) == len(kept(wave)) == 60


def test_a_port_at_which_nobody_listens_is_named(tmp_path):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    study, _ = wave_for(tmp_path, {"fieldwork.mail.imap": f"127.0.0.1:{port}"}, PASSES)
    with pytest.raises(DataError, match=f"{port} cannot be reached"):
        gather(study)


def test_a_server_that_speaks_no_imap_is_named(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as server:

        def greet():
            for _ in range(3):
                connection, _ = server.accept()
                connection.sendall(b"220 this is SMTP\r\n")
                connection.close()

        greeter = threading.Thread(target=greet)
        greeter.start()
        port = server.getsockname()[1]
        study, _ = wave_for(tmp_path, {"fieldwork.mail.imap": f"127.0.0.1:{port}"}, PASSES)
        with pytest.raises(DataError, match="cannot be reached"):
            gather(study)
        greeter.join(5)


def test_a_witness_settles_a_doubt_and_its_absence_a_day_later_the_other(tmp_path):
    """Of two messages whose answer was lost, one was taken: the mailbox knows which."""

    def reply(point, _sender, _recipient, _tries):
        counted.append(point)
        first = counted.count("dot") == 1
        return DROP if (point == "taken" and first) or (point == "dot" and not first) else None

    counted = []
    with Mailbox() as box, Relay(reply=reply, deliver=box.deliver) as relay:
        study, wave = due_wave(tmp_path, 2, **{**box.keys(), **relay.keys()})
        send(study, live=True, now=NOW, say=lambda _line: None)
        with open_journal(wave.journal) as journal, journal.transaction() as connection:
            connection.execute("UPDATE probes SET state = 'in_doubt', sent_utc = NULL")
        (taken,) = relay.accepted
        assert box.count() == 1
        gather(study, now=NOW + timedelta(hours=2))
        (sent,) = [token for token, state in states(wave).items() if state == "sent"]
        assert address_of(sent, study.fieldwork.mail) == taken.sender
        assert sorted(states(wave).values()) == ["in_doubt", "sent"]
        gather(study, now=NOW + timedelta(hours=25))
    assert next(state for token, state in states(wave).items() if token != sent) == "not_sent"


@pytest.mark.parametrize("kind", ["mbox", "maildir"])
def test_archives_are_read_with_their_times_and_left_as_they_are(tmp_path, kind):
    path = tmp_path / "archive"
    box = archives_of.mbox(path) if kind == "mbox" else archives_of.Maildir(path)
    for number in range(5):
        stamp = format_datetime(WHEN + timedelta(hours=number))
        box.add(f"Received: from a by b;\r\n\t{stamp}\r\n".encode() + letter(number))
    box.flush()
    box.close()
    before = {file: file.read_bytes() for file in tmp_path.rglob("*") if file.is_file()}
    study, wave = wave_for(tmp_path / "s", {"fieldwork.mail.archives": [str(path)]})
    assert [gather(study)[0].new for _ in range(2)] == [5, 0]
    assert before == {file: file.read_bytes() for file in before}
    assert kept(wave)[4]["received_utc"] == "2026-12-02T08:05:06.000000Z"


def test_an_old_archive_does_not_prove_that_nothing_came_since(tmp_path):
    path = tmp_path / "archive.mbox"
    path.write_bytes(b"From x@y.example Wed Dec  2 04:05:06 2026\n" + letter(1))
    study, wave = wave_for(tmp_path / "s", {"fieldwork.mail.archives": [str(path)]})
    gather(study, now=NOW + timedelta(days=9))
    with open_journal(wave.journal) as journal:
        assert journal.fact("collected_utc") == "2026-12-02T04:05:06.000000Z"


def test_an_mbox_without_received_headers_gives_the_time_of_its_from_lines(tmp_path):
    lines = [
        b"From x@y.example Wed Dec  2 04:05:06 2026",
        b"From 1850@xxx Wed Dec 02 11:05:06 +0700 2026",
        b"From - Wed Dec  2 04:05:06 2026",
    ]
    path = tmp_path / "archive.mbox"
    path.write_bytes(b"\n".join(line + b"\n" + letter(n) for n, line in enumerate(lines)))
    study, wave = wave_for(tmp_path / "s", {"fieldwork.mail.archives": [str(path)]})
    assert gather(study)[0].new == 3
    assert {row["received_utc"] for row in kept(wave)} == {"2026-12-02T04:05:06.000000Z"}


@pytest.mark.parametrize("there", ["nothing", "text", "folder"])
def test_an_archive_that_is_none_is_named(tmp_path, there):
    path = tmp_path / "archive"
    if there == "text":
        path.write_text("just a note", encoding="utf-8")
    if there == "folder":
        path.mkdir()
    study, _ = wave_for(tmp_path / "s", {"fieldwork.mail.archives": [str(path)]})
    with pytest.raises(DataError, match="archive"):
        gather(study)


def test_a_message_that_vanishes_from_a_maildir_while_it_is_read_does_no_harm(tmp_path):
    path = tmp_path / "archive"
    box = archives_of.Maildir(path)
    box.add(letter(1))
    (path / "cur" / "gone:2,S").symlink_to(path / "new" / "nothing")
    study, _ = wave_for(tmp_path / "s", {"fieldwork.mail.archives": [str(path)]})
    assert gather(study)[0].new == 1


def test_fetch_answers_are_understood_in_any_order():
    answers = [
        (b'1 (UID 5 INTERNALDATE "02-Dec-2026 04:05:06 +0000" BODY[] {3}', b"abc"),
        b")",
        (b"2 (BODY[] {2}", b"de"),
        b' INTERNALDATE "02-Dec-2026 04:05:06 +0000" UID 6)',
        b"3 (FLAGS (\\Seen))",
        b"4 (UID 8 BODY[] NIL)",
        None,
    ]
    got = [(imap_module.UID.search(words), body) for words, body in responses(answers)]
    assert [(found and int(found[1]), body) for found, body in got] == [
        (5, b"abc"), (6, b"de"), (None, b""), (8, b""),
    ]  # fmt: skip


def test_a_message_the_server_will_not_give_is_asked_for_twice_and_then_reported(tmp_path):
    class Stubborn(Account):
        asked: list[int] = []  # noqa: RUF012

        def _bodies(self, messages):
            self.asked += [message.uid for message in messages]
            bodies = super()._bodies(messages)
            bodies.pop(102, None)
            return bodies

    with Mailbox() as box, pytest.MonkeyPatch.context() as patch:
        patch.setattr(collecting_module, "Account", Stubborn)
        fill(box, 3)
        study, wave = wave_for(tmp_path, box.keys())
        summary, said = gather(study)
    assert Stubborn.asked.count(102) == 2
    assert summary.new == len(kept(wave)) == 2
    assert not summary.complete
    assert "gave 2 of 3" in said[0]


@pytest.mark.parametrize(
    "name, wire",
    [
        ("INBOX", b"INBOX"),
        ("Thư rác", b"Th&AbA- r&AOE-c"),
        ("Tom & Jerry", b"Tom &- Jerry"),
        ("台北/日本語", b"&U,BTFw-/&ZeVnLIqe-"),
        ("😀", b"&2D3eAA-"),
        ("", b""),
    ],
)
def test_folder_names_are_written_as_rfc_3501_has_it(name, wire):
    # 台北/日本語 is the example of RFC 3501, section 5.1.3.
    assert encoded(name) == wire
    assert decoded(wire) == name


def test_a_name_with_quotes_cannot_end_the_command():
    assert quoted('a" (x\\y\r\nB LOGOUT') == '"a\\" (x\\\\y&AA0ACg-B LOGOUT"'


@pytest.mark.parametrize("wire", [b"a&b", b"&====-", b"&AA-", b"\xff\xfe", "Thư".encode()])
def test_names_that_are_no_utf_7_are_taken_as_they_stand(wire):
    assert decoded(wire) == wire.decode("utf-8", "replace")


def test_junk_is_found_by_its_use_whatever_it_is_called():
    folders = listed(
        [
            b'(\\HasNoChildren) "/" INBOX',
            b'(\\HasNoChildren \\Junk) "/" "[Gmail]/Spam"',
            b'(\\Noselect) "/" "[Gmail]"',
            (b'(\\Sent) "/" {5}', b"Ge\\x\xff"),
            b"",
            b"() NIL plain",
            None,
            b"nonsense",
        ]
    )
    assert [folder.name for folder in folders][:2] == ["INBOX", "[Gmail]/Spam"]
    assert meant("Junk", folders) == "[Gmail]/Spam"
    assert meant("Sent", folders) == "Ge\\x\N{REPLACEMENT CHARACTER}"
    assert meant("inbox", folders) == "INBOX"
    assert meant("PLAIN", folders) == "plain"
    assert meant("[Gmail]", folders) is None
    assert meant("Junk", [Folder("Junk"), Folder("Spam", ("\\junk",))]) == "Junk"
