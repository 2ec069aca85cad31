"""Reading what came back, whatever its state, and telling which probe it answers."""

from __future__ import annotations

import time
from email.message import EmailMessage
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bounce_forms import dsn, qmail_bounce
from carebench.fieldwork.letters import reference_of
from carebench.fieldwork.letters.quotes import own_words
from carebench.fieldwork.letters.reading import Received, read
from carebench.fieldwork.replies import our_own_texts
from carebench.fieldwork.replies.labels import label_of
from carebench.fieldwork.replies.sameness import Common, sentences
from carebench.fieldwork.replies.signs import signs_of
from fake_providers import AUTOMATIC, HELD_OUT, PERSON
from replies_field import ANSWER, Field, letter


@pytest.fixture
def field(tmp_path):
    made = Field(tmp_path)
    yield made
    made.journal.close()


@pytest.mark.parametrize(
    "header", ["To", "Cc", "Delivered_To", "X_Original_To", "Envelope_To", "Received"]
)
def test_a_reply_is_matched_by_the_address_it_came_to(field, header):
    value = field.own(2).upper() if header == "To" else field.own(2)
    if header == "Received":
        value = f"from a by b for <{value}>; Tue, 1 Dec 2026 10:00:00 +0700"
    field.receive(letter(ANSWER, **{header: value}))
    field.read()
    assert field.matched() == [field.tokens[2]]


@pytest.mark.parametrize("header", ["In_Reply_To", "References"])
def test_a_reply_is_matched_by_its_thread(field, header):
    name = field.probe(1)["message_id"]
    raw = letter(ANSWER, To="audit@kit.example").as_bytes()
    folded = f"{header.replace('_', '-')}: <other@x.example>\n {name}\n"
    field.receive(folded.encode() + raw)
    field.read()
    assert field.matched() == [field.tokens[1]]


@pytest.mark.parametrize("shape", ["{}", "order {}:", "({})", "#{}", "{0[0]}{0[1]} {1}"])
def test_a_reply_is_matched_by_its_reference_alone(field, shape):
    reference = reference_of(field.tokens[3])
    said = shape.format(reference, reference[2:]).lower()
    field.receive(letter(f"About {said} we can say: {ANSWER}", To="audit@kit.example"))
    field.read()
    assert field.matched() == [field.tokens[3]]


def test_a_number_like_ours_matches_nothing(field):
    reference = reference_of(field.tokens[0])
    other = f"{reference[:2]}{(int(reference[2:]) + 1) % 10**8:08d}"
    for text in (f"Order {other}", f"{reference}1", f"X{reference}", reference[2:]):
        field.receive(letter(text, To="audit@kit.example"))
    assert field.read().matched == 0
    assert set(field.labels()) == {"unrelated"}


def test_what_names_two_probes_is_taken_for_neither_and_listed(field):
    text = f"{ANSWER} See also {reference_of(field.tokens[4])}."
    field.receive(letter(text, To=field.own(0)))
    summary = field.read()
    assert field.matched() == []
    (words,) = summary.conflicts
    assert field.tokens[0] in words
    assert field.tokens[4] in words
    assert "taken for neither" in str(summary)


def test_a_bounce_is_matched_by_the_message_it_returns(field):
    raw = field.probe(5)["raw"]
    noted = dsn(raw, "audit@kit.example", "care@alder.example", "failed", "5.1.1", "")
    field.receive(noted)
    field.receive(
        qmail_bounce(field.probe(4)["raw"], "audit@kit.example", "care@alder.example", "no")
    )
    field.read()
    assert sorted(field.matched()) == sorted([field.tokens[5], field.tokens[4]])
    assert field.labels() == ["bounce", "bounce"]


def test_our_own_copy_is_a_witness_and_no_answer(field):
    field.receive(field.probe(0)["raw"], 1)
    field.read()
    assert field.labels() == ["witness"]
    assert field.matched() == [field.tokens[0]]


def test_reading_twice_says_the_same(field):
    field.receive(letter(ANSWER, To=field.own()))
    field.receive(letter("Lunch?", To="audit@kit.example"))
    tables = "SELECT * FROM labels LEFT JOIN matches USING (digest) ORDER BY digest"
    first = field.read(), [tuple(row) for row in field.journal.rows(tables)]
    assert (field.read(), [tuple(row) for row in field.journal.rows(tables)]) == first


def test_what_was_erased_keeps_what_was_said_of_it(field):
    field.receive(letter(ANSWER, To=field.own()))
    field.read()
    with field.journal.transaction() as connection:
        connection.execute("UPDATE messages SET raw = NULL")
    field.read()
    assert field.labels() == ["human"]
    assert field.matched() == [field.tokens[0]]


def test_a_person_who_answers_late_in_words_of_its_own_is_a_person(field):
    field.receive(letter(ANSWER, To=field.own()))
    field.read()
    assert field.labels() == ["human"]
    assert "answer word 'price list'" in field.evidence()


def test_marks_of_generated_mail_are_no_proof_against_a_person(field):
    marks = {"Auto_Submitted": "auto-generated", "Precedence": "bulk"}
    marks["X_Auto_Response_Suppress"] = "All"
    field.receive(letter(ANSWER, To=field.own(), **marks))
    field.read()
    assert field.labels() == ["human"]


def test_an_answer_that_says_it_was_written_by_a_machine_goes_to_people(field):
    field.receive(letter(ANSWER, To=field.own(), Auto_Submitted="auto-replied"))
    field.receive(letter(f"{ANSWER} This is an automated message.", To=field.own(1)))
    field.read()
    assert field.labels() == ["unsure", "unsure"]


def test_marks_of_generated_mail_count_where_nothing_speaks_for_a_person(field):
    text = "We have received your message. We will reply within two working days."
    field.receive(letter(text, To=field.own()))
    field.receive(letter(text, To=field.own(1), Auto_Submitted="auto-generated"))
    field.read()
    assert field.labels() == ["unsure", "auto_ack"]


def test_nobody_answers_within_seconds(field):
    field.receive(letter(ANSWER, To=field.own()), 20)
    field.receive(letter("Come in and look around.", To=field.own(1)), 20)
    field.read()
    assert field.labels() == ["unsure", "auto_ack"]


@pytest.mark.parametrize(("seconds", "label"), [(3000, "unsure"), (20, "auto_ack")])
def test_the_same_text_to_three_probes_is_no_letter_and_a_machines_only_where_it_is_quick(
    field, seconds, label
):
    for n in range(3):
        text = f"Dear Ann Invented,\nwe are glad that you found us, number {n}77. Come by."
        field.receive(letter(text, To=field.own(n)), seconds + 9 * n)
    field.read()
    assert field.labels() == [label] * 3


def test_the_same_text_to_two_probes_proves_nothing(field):
    for n in range(2):
        field.receive(letter(f"{ANSWER} {n}", To=field.own(n)), 3000 + 900 * n)
    field.read()
    assert field.labels() == ["human", "human"]


def test_the_same_answer_to_three_probes_may_be_a_person_with_a_template(field):
    for n in range(3):
        field.receive(letter(f"{ANSWER}\n\nNumber {n}", To=field.own(n)), 3000 + 9000 * n)
    field.read()
    assert field.labels() == ["unsure"] * 3


def test_a_shared_greeting_and_signature_make_no_template_of_a_letter(field):
    for n, part in enumerate(("in our hall", "behind the door on the left", "with my colleague")):
        text = (
            "Dear customer, thank you for choosing Alder.\n"
            f"You find the price list {part}.\n"
            "With kind regards from the whole team of Alder in the green house."
        )
        field.receive(letter(text, To=field.own(n)), 3000 + 9000 * n)
    field.read()
    assert field.labels() == ["human"] * 3


def test_an_acknowledgement_that_repeats_our_question_holds_no_answer(field):
    asked = "Dear Alder Invented Power, where is the price list?"
    subject = f"Prices, {reference_of(field.tokens[0])}"
    text = f"We have received your message:\n{asked}\nWe will reply soon.\n{subject}"
    field.receive(letter(text, To=field.own(), Subject=f"Re: {subject}"), 4000)
    field.read()
    assert field.labels()[0] in ("auto_ack", "unsure")
    assert "no answer word" in field.evidence()


def test_a_mailing_list_is_a_newsletter_even_where_it_names_an_answer_word(field):
    news = letter("This month: 20% off.", To=field.own(), List_Unsubscribe="<https://n.example/u>")
    field.receive(news, 90000)
    field.read()
    assert field.labels() == ["newsletter"]


def test_who_asks_us_to_stop_is_written_to_no_more(field):
    field.receive(letter("Please stop writing to us.", To=field.own(), From="Elm <elm@o.example>"))
    summary = field.read()
    assert field.labels() == ["stop"]
    everything = {"care@alder.example", "elm@o.example", "+442079460101"}  # by telephone neither
    assert set(summary.stopped) == everything
    listed = {row["address"] for row in field.journal.rows("SELECT * FROM do_not_contact")}
    assert listed == everything


def test_nobody_stops_the_probes_of_another_provider_by_a_forged_sender(field):
    forged = letter("Please stop writing to us.", To=field.own(), From="help@birch.example")
    field.receive(forged)
    assert set(field.read().stopped) == {"care@alder.example", "+442079460101"}


def test_who_asks_us_to_stop_in_a_letter_of_its_own_is_left_in_peace(field):
    field.receive(letter("Please stop writing to us.", From="Care <CARE@alder.example>"))
    assert set(field.read().stopped) == {"care@alder.example", "+442079460101"}


def test_who_names_two_probes_and_asks_us_to_stop_is_left_in_peace(field):
    other = field.own(1)
    field.receive(letter("Please stop writing to us.", To=f"{field.own()}, {other}"))
    assert "care@alder.example" in field.read().stopped


def test_a_newsletter_that_says_how_to_stop_it_stops_nothing(field):
    headers = {"From": "care@alder.example", "List-Unsubscribe": "<mailto:off@alder.example>"}
    field.receive(letter("News. Please stop sending me this: click here.", **headers))
    assert field.read().stopped == ()


def test_who_answers_and_asks_us_to_stop_is_left_in_peace_whatever_the_label(field):
    field.receive(letter(f"{ANSWER} Please stop writing to us.", To=field.own()), 90000)
    assert "care@alder.example" in field.read().stopped


def test_an_unsubscribe_line_of_a_newsletter_stops_nothing(field):
    text = "Offers of the week. If you wish to stop receiving mail from us: unsubscribe here."
    field.receive(letter(text, To=field.own()), 90000)
    assert field.read().stopped == ()


def test_what_a_coder_calls_a_stop_stops(field):
    field.receive(letter("Enough of this, really.", To=field.own()))
    assert field.read().stopped == ()
    with field.journal.transaction() as connection:
        digest = connection.execute("SELECT digest FROM messages").fetchone()[0]
        connection.execute("INSERT INTO codes VALUES (?, 'C1', 'stop', 'now')", (digest,))
    assert "care@alder.example" in field.read().stopped


def test_a_complaint_about_spam_is_shown_to_people(field):
    raw = dsn(field.probe(0)["raw"], field.own(), "care@alder.example", "failed", "5.1.1", "")
    field.receive(raw.replace(b"delivery-status", b"feedback-report"))
    summary = field.read()
    assert field.labels() == ["unsure"]
    assert "complaints about spam" in summary.warnings[0]


def test_a_clock_that_is_wrong_makes_no_machine_of_a_person(field):
    field.receive(letter(ANSWER, To=field.own()), -7200)
    field.read()
    assert field.labels() == ["unsure"]


def test_our_own_probes_in_the_same_words_are_warned_of(field):
    (words,) = our_own_texts(field.journal, field.study)
    assert words.startswith(
        "Alder Invented Power gets 6 probes of scenario prices in the same words"
    )


# --- words nobody has tuned a rule on -----------------------------------------------------------


def judged_alone(text: str, seconds: float) -> str:
    """The label of a text of which there is no other, so that its own evidence must do."""
    said = sentences(text)
    message = Received(whole=text, text=text)
    words = ("two years", "hai năm")
    signs = signs_of(message, said, Common(), answer_words=words, seconds=seconds, repeated=0.0)
    return label_of(signs).label


@pytest.mark.parametrize(("language", "truth", "text"), HELD_OUT)
def test_words_never_seen_before_make_no_person_of_a_machine(language, truth, text):
    for seconds in (5, 59, 90, 400, 2400, 90_000):
        label = judged_alone(text, seconds)
        if truth in AUTOMATIC:
            assert label not in PERSON, (language, seconds)
        if truth in PERSON and seconds >= 400:
            assert label not in AUTOMATIC, (language, seconds)


def test_most_quick_acknowledgements_in_new_words_are_known_for_what_they_are():
    automatic = [(truth, text) for _language, truth, text in HELD_OUT if truth in AUTOMATIC]
    right = sum(judged_alone(text, 30) == truth for truth, text in automatic)
    assert right >= 0.9 * len(automatic)


# --- reading ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Yes.\n\nOn Mon, 5 Oct 2026 at 09:12, Ann wrote:\n> Where?\n", "Yes."),
        ("Yes.\n\nOn Mon, 5 Oct 2026 at 09:12,\nAnn <a@b.example>\nwrote:\n\nWhere?", "Yes."),
        ("Có.\n\nVào Th 2, 5 thg 10, 2026 lúc 09:12 Ann đã viết:\n> Đâu?", "Có."),
        ("Yes.\n-----Original Message-----\nFrom: Ann\nWhere?", "Yes."),
        ("Yes.\n\nFrom: Ann\nSent: Monday\nTo: Care\nSubject: x\n\nWhere?", "Yes."),
        ("Có.\n\nTừ: Ann\nĐã gửi: Thứ Hai\nĐến: Care\nChủ đề: x\n\nĐâu?", "Có."),
        ("Yes.\n-- \nAlder, 1 Invented Road", "Yes."),
        ("> Where?\nYes.\n> When?\nToday.", "Yes.\nToday."),
        ("On Mon, 5 Oct 2026, Ann wrote:\n> Where?\n\nBelow is my answer: yes.",
         "Below is my answer: yes."),
        ("##- Please type your reply above this line -##\nYes.", "Yes."),
        ("Yes.\n\nSent from my phone", "Yes."),
        ("From Monday on: yes.\nTo be sure: call.", "From Monday on: yes.\nTo be sure: call."),
        ("> all of it quoted", "> all of it quoted"),
        ("", ""),
    ],
)  # fmt: skip
def test_what_was_quoted_and_signed_is_cut(text, said):
    assert own_words(text) == said


def test_html_is_read_as_a_reader_sees_it():
    message = EmailMessage()
    message.set_content(
        "<html><head><title>no</title><style>p{}</style></head><body><p>Gi&aacute; l&agrave; 5</p>"
        '<script>alert("no")</script><img src="https://spy.example/1"><br/>Yes<div>1 &lt; 2'
        "<blockquote>Where?</blockquote></body></html>",
        subtype="html",
    )
    got = read(message.as_bytes())
    assert got.text == "Giá là 5\nYes\n1 < 2"
    assert "> Where?" in got.whole


def test_text_stands_before_html_and_attachments_stay_closed():
    message = EmailMessage()
    message.set_content("The text itself is here, and long enough to be read.")
    message.add_alternative("<p>the same</p>", subtype="html")
    message.add_attachment(b"secret words", maintype="text", subtype="plain", filename="a.txt")
    got = read(message.as_bytes())
    assert got.text == "The text itself is here, and long enough to be read."
    assert "secret" not in got.whole


@pytest.mark.parametrize(
    ("charset", "body", "said"),
    [
        ("utf-8", "Giá".encode(), "Giá"),
        ("windows-1258", "Giá".encode("windows-1258"), "Giá"),
        ("no-such-charset", "Giá".encode(), "Giá"),
        ("utf-8", b"Gi\xe1", "Giá"),
        ("utf-16", b"odd", "odd"),
    ],
)
def test_a_charset_that_lies_hides_no_text(charset, body, said):
    raw = b"From: a@b.example\nContent-Type: text/plain; charset=" + charset.encode() + b"\n\n"
    assert read(raw + body).text == said


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ("=?utf-8?B?R2nDoQ==?= =?utf-8?Q?_l=C3=A0?=", "Giá là"),
        ("=?no-such?B?R2nDoQ==?=", "Giá"),
        ("=?utf-8?B?R2nDoQ?=", "=?utf-8?B?R2nDoQ?="),
        ("a\n b", "a b"),
    ],
)
def test_a_subject_is_read_even_where_it_is_broken(value, said):
    got = read(f"Subject: {value}\n\nx".encode())
    assert got.subject in (said, "Giá")


HOSTILE = {
    "nothing": b"",
    "no head": b"\n\nbody",
    "nul": b"Subject: a\x00b\n\n\x00\x00",
    "bad address": b'From: <<<a@@b,,;\nTo: "\\\nMessage-ID: <[]@>\n\nx',
    "no boundary": b"Content-Type: multipart/mixed\n\n--x\n\ny",
    "boundary never ends": b'Content-Type: multipart/mixed; boundary="x"\n\n--x\n--x\n--x',
    "deep": b"".join(
        b'Content-Type: multipart/mixed; boundary="b%d"\n\n--b%d\n' % (n, n) for n in range(3000)
    ),
    "letters in letters": b"Content-Type: message/rfc822\n\n" * 2000,
    "bad base64": b"Content-Type: text/plain\nContent-Transfer-Encoding: base64\n\n!!!%%%",
    "bad status": b"Content-Type: multipart/report; report-type=delivery-status; boundary=x\n\n"
    b"--x\nContent-Type: message/delivery-status\n\n:::\n\nAction\n--x--",
    "split charset": b"Content-Type: text/plain; charset*0=\"ut\"; charset*=utf-8''x\n\nx",
    "many parts": b'Content-Type: multipart/mixed; boundary="x"\n\n' + b"--x\n\na\n" * 5000,
    "long line": b"Subject: " + b"a" * 500_000 + b"\n\n" + b"b" * 500_000,
    "many brackets": b"Content-Type: text/html\n\n" + b"<" * 200_000,
    "open comments": b"Content-Type: text/html\n\n" + b"<!--" * 50_000,
    "many addresses": b"To: " + b"a@b.example, " * 20_000 + b"\n\nx",
    "on and on": b"Content-Type: text/plain\n\n" + b"On " * 100_000 + b"\n" + b"On a\n" * 20_000,
    "dots": b"Content-Type: text/plain\n\n" + b"thank you " * 20_000,
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_message_is_read_and_soon(field, name):
    began = time.process_time()
    field.receive(HOSTILE[name] or b" ")
    field.receive(b"To: " + field.own().encode() + b"\n" + HOSTILE[name])
    field.read()
    assert time.process_time() - began < 5
    assert len(field.labels()) == 2


def test_a_huge_message_is_read_by_its_head():
    raw = b"Subject: big\nTo: a@b.example\n\n" + b"x" * (11 * 1024 * 1024)
    got = read(raw)
    assert got.subject == "big"
    assert len(got.text) < 1000


@given(st.binary(max_size=400))
@settings(max_examples=300, deadline=None)
def test_no_bytes_at_all_stop_the_reading(body):
    read(body)
    read(b"Content-Type: multipart/report; boundary=x\n\n--x\n" + body)
    read(b"Content-Type: text/html; charset=" + body[:9] + b"\n\n" + body)


def test_random_spoilt_copies_of_true_mail_are_read(field):
    rng = Random(5)
    raw = dsn(field.probe(0)["raw"], field.own(), "care@alder.example", "failed", "5.1.1", "x")
    for _time in range(300):
        spoilt = bytearray(raw)
        for _place in range(rng.randrange(1, 40)):
            spoilt[rng.randrange(len(spoilt))] = rng.randrange(256)
        read(bytes(spoilt))


@pytest.mark.parametrize(
    "head",
    [
        b"Subject: a" + b" " * 150_000 + b"b",
        b"Subject: " + b"=?a?q?x " * 40_000,
        b"\r\n".join([b"X: 1"] * 100_000),
        b"Content-Type: text/plain; charset=punycode\r\n\r\nabc-" + b"zzzzaaaa" * 100_000,
        b"From: " + b"noreply@" * 50_000,
        b"From: " + b"(" * 3000,
    ],
    ids=["blanks", "encoded", "headers", "punycode", "sender", "brackets"],
)
def test_one_hostile_message_keeps_no_other_from_being_read(field, head):
    begun = time.process_time()
    stop = b"To: " + field.own(1).encode() + b"\r\n" + head + b"\r\n\r\nPlease stop writing to us."
    field.receive(stop)
    field.receive(letter(ANSWER, To=field.own(0)))
    field.read()
    assert time.process_time() - begun < 5
    assert field.labels()[1] == "human"
