"""Notes of the post: failed, late or passed on, and whose fault it is."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from email.message import EmailMessage
from itertools import product
from random import Random

import pytest

import bounce_letters
from bounce_forms import a_probe, dsn, plain_note, qmail_bounce
from carebench.fieldwork.letters.reading import read
from carebench.fieldwork.replies.bounces import Note, fault_in, judged, note_of

OURS = "audit+abcdefghij234567@kit.example"
THEIRS = "care@alder.example"

# (status, what the server said, whose fault, whether the address does not exist)
REASONS = (
    ("5.1.1", "550 5.1.1 <care@alder.example>: Recipient address rejected: User unknown", 0, 1),
    ("5.1.1", "550 No such user here", 0, 1),
    ("5.1.1", "550 5.1.1 The email account that you tried to reach does not exist", 0, 1),
    ("5.1.10", "550 5.1.10 RESOLVER.ADR.RecipientNotFound; not found by SMTP address lookup", 0, 1),
    ("5.0.0", "550 Unrouteable address", 0, 1),
    ("5.1.1", "", 0, 1),
    ("5.1.0", "550 Invalid recipient care@alder.example", 0, 1),
    ("5.1.6", "551 5.1.6 recipient no longer on this server", 0, 1),
    ("5.2.2", "552 5.2.2 Mailbox full", 0, 0),
    ("5.2.2", "552 The recipient is over quota", 0, 0),
    ("4.2.2", "452 4.2.2 Over quota", 0, 0),
    ("5.2.1", "550 5.2.1 The account is disabled", 0, 0),
    ("5.2.1", "550 this mailbox has been suspended", 0, 0),
    ("5.7.133", "550 5.7.133 RESOLVER.RST.SenderNotAuthenticatedForGroup", 0, 0),
    ("5.3.0", "554 5.3.0 local error while storing", 0, 0),
    ("5.7.1", "550 5.7.1 Message rejected as spam by content filtering", 1, 0),
    (
        "5.7.1",
        "554 5.7.1 Service unavailable; client host [192.0.2.1] blocked using zen.list",
        1,
        0,
    ),
    ("5.7.26", "550 5.7.26 unauthenticated: DMARC policy of kit.example", 1, 0),
    ("5.7.23", "550 5.7.23 SPF validation failed", 1, 0),
    ("5.7.0", "550 5.7.0 your sending limit was reached", 1, 0),
    ("5.1.8", "550 5.1.8 Access denied, bad outbound sender", 1, 0),
    ("5.7.1", "550 IP 192.0.2.1 has a poor reputation", 1, 0),
    ("5.3.4", "552 5.3.4 Message size exceeds fixed limit", 1, 0),
    ("5.7.1", "550 Relaying denied", 1, 0),
    ("5.7.1", "550 5.7.1 Unsolicited message detected", 1, 0),
    ("5.4.4", "", 2, 0),
    ("5.4.4", "Host or domain name not found", 2, 0),
    ("5.1.2", "Name service error: host not found", 2, 0),
    ("4.4.1", "connect to mx.alder.example: Connection timed out", 2, 0),
    ("4.4.7", "delivery time expired", 2, 0),
    ("5.4.6", "routing loop detected", 2, 0),
    ("5.4.14", "554 5.4.14 Hop count exceeded - possible mail loop", 2, 0),
    ("5.0.0", "", 2, 0),
)
FAULTS = ("theirs", "ours", "unknown")
LATE = (
    ("4.4.1", "connect to mx.alder.example: Connection refused"),
    ("4.2.0", "451 4.2.0 greylisted, come back in ten minutes"),
    ("4.7.1", "450 4.7.1 please try again"),
    ("4.4.7", ""),
    ("4.2.2", "452 4.2.2 mailbox full"),
)
WORDS = (
    "",
    "I'm sorry to have to inform you that your message could not go where you sent it.",
    "Rất tiếc, thư của bạn chưa tới nơi.",
)
FREE_FAILED = (
    # (subject, words, sender, fault, absent)
    ("Undelivered Mail Returned to Sender",
     "<care@alder.example>: host mx said: 550 5.1.1 User unknown (in reply to RCPT TO command)",
     "MAILER-DAEMON@relay.example", 0, 1),
    ("Undeliverable: Prices", "Your message to care@alder.example couldn't be delivered. care "
     "wasn't found at alder.example.", "postmaster@alder.example", 0, 1),
    ("Delivery Status Notification (Failure)", "Address not found. Your message wasn't delivered "
     "to care@alder.example because the address couldn't be found.",
     "mailer-daemon@mail.example", 0, 1),
    ("Delivery Status Notification (Failure)", "Message blocked. Your message to care was blocked. "
     "It looked like spam.", "mailer-daemon@mail.example", 1, 0),
    ("Mail delivery failed: returning message to sender", "The following address failed: "
     "care@alder.example: mailbox is full", "Mailer-Daemon@relay.example", 0, 0),
    ("Returned mail: see transcript for details", "----- The following addresses had permanent "
     "fatal errors ----- <care@alder.example> (reason: 550 5.1.1 unknown user)",
     "MAILER-DAEMON@relay.example", 0, 1),
    ("Không gửi được thư", "Thư gửi đến care@alder.example không gửi được. Lý do: người nhận không "
     "tồn tại trên hệ thống.", "postmaster@mayden.example", 0, 1),
    ("Thông báo: Gửi thư thất bại", "Hộp thư của người nhận đã đầy, thư bị trả lại.",
     "mailer-daemon@mayden.example", 0, 0),
    ("Thư bị trả lại", "Không thể chuyển thư đến máy chủ đích: không tìm thấy tên miền.",
     "postmaster@mayden.example", 2, 0),
    ("Thu bi tra lai", "Khong the gui thu den dia chi care@alder.example: tai khoan bi khoa.",
     "postmaster@mayden.example", 0, 0),
    ("Gửi thư thất bại", "May chu tu choi: dia chi IP nam trong danh sach den.",
     "mailer-daemon@mayden.example", 1, 0),
    ("Delivery failure", "Delivery has failed to these recipients or groups: care. The recipient "
     "won't be able to receive this message because it's too large: message size exceeds limit.",
     "MicrosoftExchange329e@alder.example", 1, 0),
    ("failed delivery", "Unable to deliver: no MX for that domain; the host was not found.",
     "MDaemon@relay.example", 2, 0),
)  # fmt: skip
FREE_LATE = (
    ("Delivery Status Notification (Delay)", "Delivery incomplete. There was a temporary problem "
     "while delivering. The server will retry for two days."),
    ("Warning: message delayed 4 hours", "The message has not yet been delivered. You do not need "
     "to resend it; we will keep trying."),
    ("Thư bị chậm trễ", "Thư chưa đến nơi, hệ thống sẽ tự động gửi lại."),
    ("Delayed mail (still being retried)", "Your message could not be delivered for 4 hours. It "
     "will be retried until it is five days old."),
)  # fmt: skip
NO_NOTES = (
    ("Re: Prices", "Sorry, our mail server rejected many letters last week, and some could not be "
     "delivered. The price list is on the site. Rowan", "rowan@alder.example"),
    ("Re: Prices", "Chào chị, thư trước không gửi được nên em gửi lại bảng giá.", "a@b.example"),
    ("Your parcel could not be delivered", "Nobody was home. Choose another day.", "p@q.example"),
    ("Thank you", "We received your message; delivery takes two days.", "postmaster@alder.example"),
    ("Out of office", "I am away until Monday.", "care@alder.example"),
)  # fmt: skip


@dataclass(frozen=True)
class Case:
    """A form and the truth: failed | delayed | passed | "" for no note, fault, no such address."""

    raw: bytes
    kind: str
    fault: str = ""
    absent: bool = False


def corpus() -> list[Case]:
    rng = Random(7)
    cases = []
    for (status, reason, fault, absent), words, international in product(
        REASONS, WORDS, (False, True)
    ):
        raw = dsn(
            a_probe(rng), OURS, THEIRS, rng.choice(("failed", "Failed", "failed (gone)")), status,
            reason, words=words, whole=rng.random() < 0.5, international=international,
            subject=rng.choice(("Undeliverable: Prices", "failure notice", "Không gửi được: Giá")),
        )  # fmt: skip
        cases.append(Case(raw, "failed", FAULTS[fault], bool(absent)))
    for (status, reason), words in product(LATE, WORDS):
        raw = dsn(a_probe(rng), OURS, THEIRS, "delayed", status, reason, words=words)
        cases.append(Case(raw, "delayed"))
    for action, words in product(("expired", "Expired"), WORDS):
        raw = dsn(a_probe(rng), OURS, THEIRS, action, "4.4.7", "", words=words)
        cases.append(Case(raw, "failed", "unknown"))
    for action, words in product(("relayed", "delivered", "expanded"), WORDS):
        raw = dsn(a_probe(rng), OURS, THEIRS, action, "2.0.0", "250 ok", words=words)
        cases.append(Case(raw, "passed"))
    for status, reason, fault, absent in REASONS[:5] + REASONS[8:10]:
        code = f"{reason} (#{status})"
        raw = qmail_bounce(a_probe(rng), OURS, THEIRS, code)
        cases.append(Case(raw, "failed", FAULTS[fault], bool(absent)))
    for _status, reason, fault, absent in [row for row in REASONS if row[1]]:
        text = (
            "This message was created automatically by mail delivery software.\n\nA message that "
            f"you sent could not be delivered to one or more of its recipients:\n\n  {THEIRS}\n"
            f"    {reason}"
        )
        raw = plain_note(
            a_probe(rng), OURS, "Mail delivery failed: returning message to sender", text,
            X_Failed_Recipients=THEIRS,
        )  # fmt: skip
        cases.append(Case(raw, "failed", FAULTS[fault], bool(absent)))
    for (subject, text, sender, fault, absent), _copy in product(FREE_FAILED, range(3)):
        raw = plain_note(a_probe(rng), OURS, subject, text, sender)
        cases.append(Case(raw, "failed", FAULTS[fault], bool(absent)))
    for subject, text in FREE_LATE:
        cases.append(Case(plain_note(a_probe(rng), OURS, subject, text), "delayed"))
    for subject, text, sender in NO_NOTES:
        cases.append(Case(plain_note(a_probe(rng), OURS, subject, text, sender), ""))
    return cases


def as_systems_word_it() -> list[tuple[str, Case]]:
    """The letters of each system, with its name; notes from no-reply bring a copy of ours too."""
    rng, cases = Random(11), []
    for system, subject, text, sender, fault, absent in bounce_letters.FAILED:
        raw = plain_note(a_probe(rng), OURS, subject, text, sender)
        cases.append((system, Case(raw, "failed", fault, absent)))
    for system, subject, text, sender in bounce_letters.LATE:
        cases.append(
            (system, Case(plain_note(a_probe(rng), OURS, subject, text, sender), "delayed"))
        )
    for system, subject, text, sender in bounce_letters.NONE:
        for path in ("<>", "<bounces@alder.example>"):
            raw = letter_from(sender, subject, text, path)
            cases.append((system, Case(raw, "")))
    return cases


def letter_from(sender: str, subject: str, text: str, path: str) -> bytes:
    """A letter that is no note of the post, though it may say to come from nowhere."""
    letter = EmailMessage()
    letter["Return-Path"] = path
    letter["From"] = f"Alder <{sender}>"
    letter["To"] = OURS
    letter["Subject"] = subject
    letter.set_content(text)
    return letter.as_bytes()


def is_ours(address: str) -> bool:
    return address.endswith("@kit.example")


def judge(case: Case) -> Note | None:
    return note_of(read(case.raw), is_ours)


def test_at_least_97_of_100_standard_forms_are_told_right():
    cases = corpus()
    assert len(cases) >= 300
    wrong = [case for case in cases if (note.kind if (note := judge(case)) else "") != case.kind]
    told = Counter(case.kind for case in wrong)
    assert len(wrong) / len(cases) <= 0.03, f"{told}: {wrong[0].raw.decode()}"


def test_at_least_97_of_100_letters_of_known_systems_are_told_right():
    cases = as_systems_word_it()
    wrong = [
        (system, case.kind, judge(case))
        for system, case in cases
        if (note.kind if (note := judge(case)) else "") != case.kind
    ]
    assert len(wrong) / len(cases) <= 0.03, wrong
    assert not [each for each in wrong if each[1] != "failed"]  # nobody is called unreachable


def test_whose_fault_it_is_that_known_systems_tell_of_is_told_right_in_97_of_100():
    failed = [(system, case) for system, case in as_systems_word_it() if case.kind == "failed"]
    wrong = [
        (system, case.fault, case.absent, note)
        for system, case in failed
        if (note := judge(case)) is None
        or (note.fault, note.no_such_address) != (case.fault, case.absent)
    ]
    assert len(wrong) / len(failed) <= 0.03, wrong


def test_nothing_late_or_passed_on_and_no_letter_is_ever_a_bounce():
    for case in corpus():
        if case.kind != "failed":
            note = judge(case)
            assert note is None or note.kind != "failed", case.raw.decode()


def test_whose_fault_a_failure_is_is_told_right_in_97_of_100():
    failed = [case for case in corpus() if case.kind == "failed"]
    wrong = [
        (case, note)
        for case in failed
        if (note := judge(case)) is None
        or (note.fault, note.no_such_address) != (case.fault, case.absent)
    ]
    assert len(wrong) / len(failed) <= 0.03, [
        (case.fault, note, case.raw.decode()) for case, note in wrong[:2]
    ]


def test_our_own_bad_name_is_never_held_against_the_provider():
    for case in corpus():
        note = judge(case)
        if case.fault == "ours" and note is not None:
            assert note.fault != "theirs", case.raw.decode()


def test_a_failure_of_our_own_copy_says_nothing_of_the_provider():
    raw = dsn(a_probe(Random(1)), OURS, OURS, "failed", "5.2.2", "552 mailbox full")
    note = note_of(read(raw), is_ours)
    assert note is not None
    assert note.kind == "passed"


def test_of_two_recipients_the_provider_counts():
    second = f"\nFinal-Recipient: rfc822; {OURS}\nAction: failed\nStatus: 5.2.2"
    raw = dsn(a_probe(Random(1)), OURS, THEIRS, "delayed", "4.4.1", "", extra=second)
    note = note_of(read(raw), is_ours)
    assert note is not None
    assert note.kind == "delayed"


@pytest.mark.parametrize("report", ["feedback-report", "disposition-notification"])
def test_a_complaint_and_a_receipt_are_no_bounces(report):
    raw = dsn(a_probe(Random(1)), OURS, THEIRS, "failed", "5.1.1", "")
    raw = raw.replace(b"report-type=delivery-status", f"report-type={report}".encode())
    raw = raw.replace(b"message/delivery-status", f"message/{report}".encode())
    note = note_of(read(raw), is_ours)
    assert note is None or note.kind == "passed"


@pytest.mark.parametrize("action", ["expired", "Expired", "failed", "failure"])
def test_what_expired_has_failed(action):
    note = note_of(read(dsn(a_probe(Random(1)), OURS, THEIRS, action, "4.4.7", "")), is_ours)
    assert note is not None
    assert (note.kind, note.fault) == ("failed", "unknown")


def test_a_report_without_an_action_is_told_by_its_status():
    raw = dsn(a_probe(Random(1)), OURS, THEIRS, "failed", "4.4.1", "")
    raw = raw.replace(b"Action: failed\n", b"")
    note = note_of(read(raw), is_ours)
    assert note is not None
    assert note.kind == "delayed"


def test_what_a_note_says_survives_being_kept_as_text():
    for case in corpus():
        note = judge(case)
        if note is not None:
            assert fault_in(str(note)) == (note.fault, note.no_such_address)


@pytest.mark.parametrize(
    ("said", "fault", "absent"),
    [
        ("550 5.1.1 <care@alder.example> User unknown", "theirs", True),
        ("554 5.7.1 blocked using a list of bad hosts", "ours", False),
        ("552 mailbox is full", "theirs", False),
        ("550 no", "unknown", False),
        ("", "unknown", False),
    ],
)
def test_what_a_server_answers_is_judged_by_its_words(said, fault, absent):
    assert judged(said) == (fault, absent)
