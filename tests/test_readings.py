"""Each message is read once, one at a time, and what it is depends on all others."""

from __future__ import annotations

import tracemalloc
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bounce_forms import dsn, qmail_bounce
from carebench.fieldwork.journal.erasure import erase_person
from carebench.fieldwork.letters import reading, reference_of
from carebench.fieldwork.letters.reading import Received, read
from carebench.fieldwork.replies import examining
from carebench.fieldwork.replies.bounces import note_of
from carebench.fieldwork.replies.sameness import Common, Sentence, marks_of
from fake_providers import HELD_OUT
from replies_field import ANSWER, Field, letter

RECEIPT = "We have received your message. We will reply within two working days."


@pytest.fixture
def field(tmp_path):
    made = Field(tmp_path)
    yield made
    made.journal.close()


def mail_of_a_wave(field: Field, rng: Random) -> list[tuple[bytes, float]]:
    """Every kind of message that comes back, and after how many seconds."""
    theirs, mail = "care@alder.example", []
    for n in range(len(field.tokens)):
        own, raw = field.own(n), field.probe(n)["raw"]
        mail += [(raw, 1.0), (letter(f"{RECEIPT} Number {n}77.", To=own).as_bytes(), 20.0 + n)]
        mail.append((letter(f"{ANSWER} Ask for room {n}.", To=own).as_bytes(), 3600.0 * (n + 1)))
        mail.append((dsn(raw, own, theirs, "failed", "5.2.2", "552 full"), 50.0 + n))
        mail.append((qmail_bounce(raw, "audit@kit.example", theirs, "no such user"), 70.0 + n))
    for n, (_language, _truth, text) in enumerate(HELD_OUT):
        own = field.own(rng.randrange(len(field.tokens)))
        seconds = float(rng.choice((20, 400, 90_000)) + n)
        mail.append((letter(text, To=own, Subject=f"Re {n}").as_bytes(), seconds))
    two = f"{ANSWER} See {reference_of(field.tokens[0])} and {reference_of(field.tokens[1])}."
    mail += [
        (letter(two).as_bytes(), 500.0),
        (letter("Please stop writing to us.").as_bytes(), 800.0),
        (dsn(b"X: y\n\nz", field.own(2), theirs, "failed", "5.1.1", "")
         .replace(b"delivery-status", b"feedback-report"), 900.0),
        (b"\xff\xfe no letter at all", 950.0),
    ]  # fmt: skip
    return mail


def said(field: Field) -> list[tuple[object, ...]]:
    tables = "SELECT * FROM labels LEFT JOIN matches USING (digest) ORDER BY digest"
    return [tuple(row) for row in field.journal.rows(tables)]


def test_what_is_read_in_one_go_and_in_many_collects_is_the_same(tmp_path):
    at_once, one_by_one = Field(tmp_path / "a", 9), Field(tmp_path / "b", 9)
    mail = mail_of_a_wave(at_once, Random(3))
    for raw, seconds in mail:
        at_once.receive(raw, seconds)
    whole = at_once.read()
    Random(4).shuffle(mail)
    for n, (raw, seconds) in enumerate(mail):
        one_by_one.receive(raw, seconds)
        if n % 5 == 0 or n > len(mail) - 4:
            last = one_by_one.read()
    assert len(set(row[1] for row in said(at_once))) >= 8
    assert said(one_by_one) == said(at_once)
    assert last == whole
    at_once.journal.close()
    one_by_one.journal.close()


def counted(monkeypatch) -> list[bytes]:
    """The messages that are parsed from here on."""
    parsed = []
    monkeypatch.setattr(examining, "read", lambda raw: parsed.append(raw) or read(raw))
    return parsed


def test_what_was_read_is_not_parsed_again(field, monkeypatch):
    for n in range(5):
        field.receive(letter(f"{RECEIPT} {n}", To=field.own(n)))
    field.read()
    parsed = counted(monkeypatch)
    before = said(field)
    field.read()
    assert parsed == []
    assert said(field) == before
    new = letter(ANSWER, To="audit@kit.example").as_bytes()
    field.receive(new)
    field.read()
    assert parsed == [new]


def test_other_code_reads_all_again(field, monkeypatch):
    field.receive(letter(ANSWER, To=field.own()))
    field.read()
    parsed, before = counted(monkeypatch), said(field)
    monkeypatch.setattr(examining, "_code", lambda: b"another version")
    field.read()
    assert len(parsed) == 2  # the letter, and our own that is cut from it
    assert said(field) == before


def test_what_came_before_its_probe_was_known_is_matched_when_it_is(field):
    with field.journal.transaction() as connection:
        row = tuple(field.probe(5))
        connection.execute("DELETE FROM probes WHERE token = ?", (field.tokens[5],))
    field.receive(letter(ANSWER, To=field.own(5)))
    field.read()
    assert field.labels() == ["unrelated"]
    with field.journal.transaction() as connection:
        places = ", ".join("?" * len(row))
        connection.execute(f"INSERT INTO probes VALUES ({places})", row)
    field.read()
    assert field.labels() == ["human"]
    assert field.matched() == [field.tokens[5]]


def test_a_label_follows_what_others_got_without_parsing_again(field, monkeypatch):
    text = "Dear customer, we are glad that you found us. Come by whenever you like."
    for n in range(2):
        field.receive(letter(text, To=field.own(n)), 3000 + 99 * n)
    field.read()
    assert "also came" not in field.evidence()
    parsed = counted(monkeypatch)
    field.receive(letter(text, To=field.own(2)), 4000)
    field.read()
    assert field.evidence().count("100% of it also came to other probes") == 3
    assert len(parsed) == 2


def test_what_was_read_goes_with_the_bytes(field):
    field.receive(letter(f"{ANSWER} Ask Mrs Inventedname.", To=field.own()))
    field.read()
    count = "SELECT count(*) FROM readings"
    assert field.journal.value(count) == 1
    assert b"Inventedname" in field.journal.path.read_bytes() + wal_of(field)
    erase_person(field.journal, field.tokens[0])
    assert field.journal.value(count) == 0
    assert b"Inventedname" not in field.journal.path.read_bytes() + wal_of(field)
    field.read()
    assert field.labels() == ["human"]


def wal_of(field: Field) -> bytes:
    """What lies beside the journal and is not yet written into it."""
    return field.journal.path.with_name(f"{field.journal.path.name}-wal").read_bytes()


def test_memory_does_not_grow_with_the_bytes_of_mail(field):
    for n in range(24):
        message = letter(f"{ANSWER} {n}", To=field.own(n % 6))
        message.add_attachment(Random(n).randbytes(700_000), maintype="image", subtype="png")
        field.receive(message, 3600 + n)
    tracemalloc.start()
    field.read()
    _now, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most < 15e6  # all of it is 23 MB


# --- one message does not stop the others --------------------------------------------------------


def in_the_parser(monkeypatch):
    def choke(raw: bytes):
        if b"choke" in raw:
            raise ZeroDivisionError("of a library's own")
        return parsed(raw)

    parsed = reading._parsed
    monkeypatch.setattr(reading, "_parsed", choke)


def after_it(monkeypatch):
    def choke(message: Received, is_ours):
        if "choke" in message.text:
            raise ZeroDivisionError("of a library's own")
        return note_of(message, is_ours)

    monkeypatch.setattr(examining, "note_of", choke)


@pytest.mark.parametrize("where", [in_the_parser, after_it])
def test_a_message_that_nothing_can_read_is_unsure_and_stops_no_other(field, monkeypatch, where):
    where(monkeypatch)
    field.receive(letter("choke on this", To=field.own(1)))
    field.receive(letter(ANSWER, To=field.own(0)))
    summary = field.read()
    assert field.labels() == ["unsure", "human"]
    assert set(field.matched()) == {field.tokens[0], field.tokens[1]}
    assert "could not be read (ZeroDivisionError)" in field.evidence()
    assert "1 messages could not be read" in summary.warnings[0]
    assert field.journal.value("SELECT count(*) FROM messages WHERE raw IS NOT NULL") == 2


def test_nor_does_one_that_cannot_be_judged(field, monkeypatch):
    def refuse(*_arguments, **_options):
        raise KeyError("of a library's own")

    monkeypatch.setattr("carebench.fieldwork.replies.sorting.signs_of", refuse)
    field.receive(letter(ANSWER, To=field.own(1)))
    field.receive(field.probe(0)["raw"])
    field.read()
    assert field.labels() == ["unsure", "witness"]
    assert "could not be judged (KeyError)" in field.evidence()


def test_who_may_ask_us_to_stop_in_what_nothing_can_read_is_left_in_peace(field, monkeypatch):
    in_the_parser(monkeypatch)
    field.receive(letter("choke. Please stop writing to us.", To=field.own(1)))
    assert "care@alder.example" in field.read().stopped


def test_a_coder_sees_the_bare_letters_of_what_nothing_can_read(monkeypatch):
    in_the_parser(monkeypatch)
    got = reading.read(b"Subject: choke\n\nWe close at six.")
    assert got.damage == "ZeroDivisionError"
    assert "We close at six." in got.text


@pytest.mark.parametrize("charset", ["utf-7", "unicode_escape", "raw_unicode_escape"])
def test_half_a_letter_stops_no_reading(field, charset):
    half = b"+2AA-" if charset == "utf-7" else b"\\ud800"
    head = f"To: {field.own()}\nContent-Type: text/plain; charset={charset}\n\n".encode()
    field.receive(head + b"This is an automatic " + half + b" message.")
    field.read()
    assert "machine: " in field.evidence()


# --- what came to several probes ------------------------------------------------------------------

KEYS = st.sampled_from([f"a sentence that is number {n}" for n in range(6)])
TEXTS = st.lists(st.tuples(st.sampled_from("abcde"), st.sets(KEYS, max_size=4)), max_size=12)


@given(TEXTS)
@settings(deadline=None)
def test_common_is_what_came_to_three_probes_at_least(texts):
    common = Common((token, marks_of(Sentence(key, key) for key in keys)) for token, keys in texts)
    for key in set().union(*(keys for _token, keys in texts)):
        tokens = {token for token, keys in texts if key in keys}
        assert (key in common) == (len(tokens) >= 3)
    assert bool(common) == any(key in common for _token, keys in texts for key in keys)
