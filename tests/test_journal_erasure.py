"""What is erased is gone from the file, and nothing else is."""

from __future__ import annotations

import base64
import re
from datetime import timedelta
from email.message import EmailMessage

import pytest

from carebench.fieldwork.journal import open_journal
from carebench.fieldwork.journal.claims import claim, settle
from carebench.fieldwork.journal.erasure import Erased, erase_old, erase_person, retained_until
from carebench.fieldwork.journal.receiving import keep
from carebench.fieldwork.journal.states import write_event
from carebench.fieldwork.wave import wave_of
from carebench.schema import DataError
from field_studies import PROVIDERS
from journals import MONDAY, a_probe, put, state, wave

DAY = timedelta(days=1)
SECRET = b"zqxjkvb-quokka-wombat"


def files_of(study) -> bytes:
    """Everything that lies on the disk, as whoever steals it would find it."""
    return b"".join(path.read_bytes() for path in wave_of(study).folder.iterdir())


def came(journal, raw: bytes, at=MONDAY, token: str = "") -> None:
    keep(journal, "us", "INBOX", None, [(None, at.isoformat(), raw)])
    if token:
        with journal.transaction() as connection:
            query = "INSERT INTO matches SELECT digest, ?, ? FROM messages WHERE raw = ?"
            connection.execute(query, (token, SECRET.decode(), raw))


def test_erased_bytes_are_nowhere_in_the_files(tmp_path):
    study, journal = wave(tmp_path)
    with journal:
        for n in range(30):  # large enough to leave the page it began on
            came(journal, b"%d " % n + SECRET * 400)
        put(journal, a_probe("a"))
        with journal.transaction() as connection:
            connection.execute("UPDATE probes SET raw = ?", (SECRET * 300,))
        claim(journal, study, MONDAY, channel="email", live=True)
        settle(journal, "a", "sent", now=MONDAY)
        assert SECRET in files_of(study)
        later = MONDAY + 181 * DAY
        with journal.transaction() as connection:
            write_event(connection, "note", SECRET.decode(), token="a", now=MONDAY)
        assert erase_old(journal, study, later) == Erased(messages=30, letters=1, rows=1)
        assert SECRET not in files_of(study)
        assert journal.value("SELECT count(*) FROM messages") == 30, "that they came is still known"
        assert erase_old(journal, study, later) == Erased()
    assert SECRET not in files_of(study)


def test_what_is_younger_than_the_study_says_stays(tmp_path):
    study, journal = wave(tmp_path, **{"fieldwork.keep_days": 10})
    with journal:
        came(journal, b"old")
        came(journal, b"young", MONDAY + 2 * DAY)
        put(journal, a_probe("a"))
        assert retained_until(journal, study) == MONDAY + 10 * DAY
        assert erase_old(journal, study, MONDAY + 11 * DAY) == Erased(messages=1)
        assert journal.value("SELECT raw FROM messages WHERE raw IS NOT NULL") == b"young"
        assert journal.value("SELECT raw FROM probes") is not None, "not sent yet"
        assert retained_until(journal, study) == MONDAY + 12 * DAY
        erase_old(journal, study, MONDAY + 99 * DAY)
        assert retained_until(journal, study) is None


def test_an_erased_message_is_not_taken_in_again_when_the_mailbox_is_read_anew(tmp_path):
    study, journal = wave(tmp_path)
    with journal:
        came(journal, b"once")
        erase_old(journal, study, MONDAY + 400 * DAY)
        assert keep(journal, "us", "INBOX", 99, [(1, MONDAY.isoformat(), b"once")]) == 0
        assert journal.value("SELECT raw FROM messages") is None


def letter(sender: str, text: str, coding: str = "8bit") -> bytes:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = sender, "us@kit.example", "Giá"
    message.set_content(text, cte=coding)
    return message.as_bytes()


def test_everything_of_one_person_goes_however_it_is_coded(tmp_path):
    study, journal = wave(tmp_path)
    person = "lan@birch.example"
    with journal:
        put(journal, a_probe("a"))
        mine = [
            letter(f"Lan <{person.upper()}>", "Chào chị"),
            letter("x@birch.example", f"Hãy viết cho {person} nhé", "base64"),
            letter("x@birch.example", "=" * 70 + f" {person}", "quoted-printable"),
        ]
        for raw in mine:
            came(journal, raw, token="a")
        others = [letter("lan@birch.example.org.example", "no"), letter("b@c.example", "hello")]
        came(journal, others[1])
        with journal.transaction() as connection:
            connection.execute(
                "INSERT INTO records VALUES ('sheet', '1', NULL, ?, 'x')", (f'{{"n": "{person}"}}',)
            )
            write_event(connection, "smtp", f"250 ok {person}", token="a")
        done = erase_person(journal, person)
        assert done == Erased(messages=3, rows=2)
        kept = [row[0] for row in journal.rows("SELECT raw FROM messages WHERE raw IS NOT NULL")]
        assert kept == [others[1]]
        assert state(journal, "a") == "planned"
    files = files_of(study)
    assert person.encode() not in files.lower() and SECRET not in files
    assert base64.b64encode(person.encode())[:16] not in files


def test_a_person_is_found_by_a_number_however_it_is_written(tmp_path):
    _study, journal = wave(tmp_path)
    with journal:
        came(journal, letter("x@birch.example", "call me: (+84) 24-7300.0000"))
        came(journal, letter("x@birch.example", "order 24730"))
        assert erase_person(journal, "+84 24 7300 0000").messages == 1


def test_everything_of_one_probe_goes_and_its_place_in_the_plan_stays(tmp_path):
    study, journal = wave(tmp_path)
    with journal:
        put(journal, a_probe("a"), a_probe("b", provider=PROVIDERS[1]))
        for token in ("a", "b"):
            came(journal, b"to " + token.encode() + SECRET, token=token)
        with journal.transaction() as connection:
            for token in ("a", "b"):
                connection.execute(
                    "INSERT INTO records VALUES ('sheet', ?, ?, '{}', 'x')", (token, token)
                )
                connection.execute("INSERT INTO ratings VALUES (?, 's1', 'choice', 4)", (token,))
            write_event(connection, "note", "the lady with red hair", token="a")
            write_event(connection, "note", "a gentleman", token="b")
        claim(journal, study, MONDAY, channel="email", live=True)
        settle(journal, "a", "sent", now=MONDAY)
        assert erase_person(journal, "A") == Erased(messages=1, letters=1, rows=3)
        assert b"red hair" not in files_of(study) and b"gentleman" in files_of(study)
        assert state(journal, "a") == "sent"
        assert journal.value("SELECT count(*) FROM ratings") == 1
        left = journal.rows("SELECT raw FROM messages WHERE raw IS NOT NULL")
        assert [row["raw"][:4] for row in left] == [b"to b"]


@pytest.mark.parametrize("nobody", ["", "the", "12345", "%", "@", "zzzzzzzzzzzzzzzz"])
def test_words_that_name_nobody_erase_nothing(tmp_path, nobody):
    _study, journal = wave(tmp_path)
    with journal:
        came(journal, b"the 12345 %")
        with pytest.raises(DataError, match="names nobody"):
            erase_person(journal, nobody)
        assert journal.value("SELECT count(*) FROM messages WHERE raw IS NOT NULL") == 1


def test_a_strangers_broken_mail_does_not_keep_anything_from_being_erased(tmp_path):
    _study, journal = wave(tmp_path)
    broken = (
        b"From: =?nonsense?x?y?= <\r\nContent-Type: text/plain; charset=no-such\r\n\r\n\xff\xfe"
    )
    with journal:
        came(journal, broken)
        came(journal, b"From: =?utf-8?b?bGFuQGJpcmNoLmV4YW1wbGU=?=\r\n\r\nx")
        assert erase_person(journal, "lan@birch.example").messages == 1


def test_while_another_program_reads_it_is_said_that_bytes_may_remain(tmp_path):
    study, journal = wave(tmp_path)
    with journal, open_journal(wave_of(study).journal) as other:
        came(journal, SECRET)
        other.rows("PRAGMA busy_timeout = 50")
        journal.rows("PRAGMA busy_timeout = 50")
        other._connection.execute("BEGIN")
        other.rows("SELECT * FROM messages")
        with pytest.raises(DataError, match=r"bytes may still lie|held it"):
            erase_old(journal, study, MONDAY + 400 * DAY)
        other._connection.rollback()
        assert erase_old(journal, study, MONDAY + 400 * DAY) == Erased()
        assert not re.search(SECRET, files_of(study)), "the second time it went through"


def test_who_has_a_longer_address_or_number_is_somebody_else(tmp_path):
    _study, journal = wave(tmp_path)
    with journal:
        came(journal, letter("lan@b.example", "hello"))
        came(journal, letter("an@b.example", "hello"))
        with journal.transaction() as connection:
            query = "INSERT INTO answers VALUES ('s', ?, ?, 'x')"
            connection.execute(query, ("1", '{"said": "lan@b.example"}'))
            connection.execute(query, ("2", '{"said": "line\\nan@b.example"}'))
        assert erase_person(journal, "an@b.example") == Erased(messages=1, rows=1)
        assert journal.value("SELECT record FROM answers") == "1"


HIDDEN = [
    b"Content-Type: text/plain; charset=utf-16\r\nContent-Transfer-Encoding: base64\r\n\r\n"
    + base64.b64encode("ask nga@alder.example".encode("utf-16")),
    b"Content-Type: text/html\r\n\r\nask nga&#64;alder.example",
    b"From: " + b"(" * 3000 + b"\r\n\r\nask nga@alder.example",
]


@pytest.mark.parametrize("raw", HIDDEN, ids=["utf-16", "entity", "parentheses"])
def test_a_person_is_found_in_every_coding_and_beside_hostile_mail(tmp_path, raw):
    _study, journal = wave(tmp_path)
    with journal:
        came(journal, b"From: " + b"(" * 3000 + b"\r\n\r\nhello")
        came(journal, raw)
        assert erase_person(journal, "nga@alder.example").messages == 1


def test_a_number_is_found_with_blanks_wherever_it_was_noted(tmp_path):
    study, journal = wave(tmp_path)
    said = "ring Nga 0912 345 678"
    with journal:
        put(journal, a_probe("a"))
        came(journal, b"x", token="a")
        with journal.transaction() as connection:
            connection.execute("UPDATE matches SET evidence = ?", (said,))
            query = "INSERT INTO labels SELECT digest, 'answer', 1, ? FROM messages"
            connection.execute(query, (said,))
            connection.execute("INSERT INTO claims VALUES ('p', 'page', '2026', 'x', ?)", (said,))
            query = "INSERT INTO records VALUES ('s', 'r', NULL, ?, '2026')"
            connection.execute(query, (f'{{"note": "{said}"}}',))
            write_event(connection, "note", said, token="a")
        assert erase_person(journal, "+84 912 345 678").rows == 5
    assert b"345 678" not in files_of(study)


def test_what_is_erased_by_age_leaves_no_words_of_it_as_evidence(tmp_path):
    study, journal = wave(tmp_path)
    with journal:
        put(journal, a_probe("a"))
        came(journal, b"old", token="a")
        with journal.transaction() as connection:
            query = "INSERT INTO labels SELECT digest, 'bounce', 1, ? FROM messages"
            connection.execute(query, (SECRET.decode(),))
        erase_old(journal, study, MONDAY + 400 * DAY)
        assert journal.value("SELECT label FROM labels") == "bounce"
    assert SECRET not in files_of(study)
