"""What a probe says, and the address and reference by which its answers are known."""

from __future__ import annotations

import email
import random
from dataclasses import replace
from datetime import UTC, datetime
from email import policy

import pytest

from carebench.fieldwork.letters import address_of, compose, reference_of, token_in
from carebench.fieldwork.letters.addresses import on_the_wire
from carebench.fieldwork.letters.composing import dated
from carebench.fieldwork.probe import Probe
from carebench.schema import DataError
from carebench.study import Contact, Fieldwork, Mail, Persona, Scenario, Study

TOKEN = "abcdefgh234567aa"
PLUS = Mail(address="audit@kit.example")
ALIAS = Mail(address="audit@kit.example", alias="catch_all")
PROBE = Probe(
    token=TOKEN,
    provider="Alder Invented Power",
    channel="email",
    scenario="prices",
    version="1",
    stage="before",
    persona="small",
    arm="",
    shopper="s1",
    language="vi",
    due_utc="2026-11-30T02:00:00Z",
    zone="Asia/Ho_Chi_Minh",
    slot=9,
    any_hour=False,
    number=1,
)
SUBJECT = "Hỏi về bảng giá, {reference}: ngõ nhỏ, ghế gỗ, ngày nghỉ và những chuyện khác nữa"
TEXT = "Kính gửi {provider},\n\nTôi là {persona}, mã {reference}. {Không} phải chỗ trống.\n.\nHết."


def study(
    *,
    mail: Mail = PLUS,
    persona: str = "An Giả Định",
    subject: str = SUBJECT,
    text: str = TEXT,
    to: str = "care@alder.example",
    provider: str = PROBE.provider,
) -> Study:
    work = Fieldwork(
        mail=mail,
        providers={provider: Contact(email=to)},
        scenarios={
            "prices": Scenario(
                stage="before", channels=("email",), subject={"vi": subject}, text={"vi": text}
            )
        },
        personas={"small": Persona(name={"vi": persona})},
    )
    return Study(title="invented", fieldwork=work)


def read(raw: bytes) -> email.message.EmailMessage:
    return email.message_from_bytes(raw, policy=policy.default)


def test_the_same_probe_is_written_byte_for_byte_the_same():
    assert compose(PROBE, study()) == compose(PROBE, study())


def test_vietnamese_arrives_as_it_was_written_over_servers_that_carry_ascii_alone():
    raw = compose(PROBE, study()).raw
    assert raw.isascii()
    assert max(len(line) for line in raw.split(b"\r\n")) <= 78
    assert b"\n" not in raw.replace(b"\r\n", b"")
    message = read(raw)
    reference = reference_of(TOKEN)
    assert message["Subject"] == SUBJECT.replace("{reference}", reference)
    assert message.get_content().splitlines()[2] == (
        f"Tôi là An Giả Định, mã {reference}. {{Không}} phải chỗ trống."
    )
    assert message["From"].addresses[0].display_name == "An Giả Định"


def test_the_answer_goes_to_the_probes_own_address_and_nothing_betrays_a_machine():
    composed = compose(PROBE, study())
    message = read(composed.raw)
    own = "audit+abcdefgh234567aa@kit.example"
    assert [message[name].addresses[0].addr_spec for name in ("From", "Reply-To")] == [own, own]
    assert message["To"] == "care@alder.example"
    assert message["Message-ID"] == composed.message_id
    assert set(message.keys()) == {
        "From", "Reply-To", "To", "Subject", "Date", "Message-ID", "Content-Type",
        "Content-Transfer-Encoding", "MIME-Version",
    }  # fmt: skip
    assert message.get_content_type() == "text/plain"


def test_its_date_is_the_hour_of_the_provider_at_which_it_is_due_and_later_the_true_one():
    raw = compose(PROBE, study()).raw
    assert read(raw)["Date"] == "Mon, 30 Nov 2026 09:00:00 +0700"
    later = dated(raw, datetime(2026, 12, 7, 2, 3, 4, tzinfo=UTC))
    assert read(later)["Date"].datetime == datetime(2026, 12, 7, 2, 3, 4, tzinfo=UTC)
    assert later.replace(b"Mon, 07 Dec 2026 02:03:04 +0000", b"") == raw.replace(
        b"Mon, 30 Nov 2026 09:00:00 +0700", b""
    )


def test_a_text_with_a_line_like_a_date_header_keeps_it():
    raw = compose(PROBE, study(text="Date: tomorrow\nDate: today")).raw
    later = dated(raw, datetime(2026, 12, 7, tzinfo=UTC))
    assert read(later).get_content().splitlines() == ["Date: tomorrow", "Date: today"]


@pytest.mark.parametrize(
    "hostile",
    [
        "An\r\nBcc: everybody@kit.example",
        "An\nSubject: other\n\nbody",
        'An" <other@kit.example>, "B',
        "An\u2028Bcc: x@kit.example",
        "An\x00\x1b[31m\u202eevil",
        "=?utf-8?q?Bcc=3A_x?=",
        "{reference} {persona}",
        "An " * 200,
    ],
)
def test_no_name_can_add_a_header_or_an_address(hostile):
    probe = replace(PROBE, provider=hostile)
    plain = read(compose(PROBE, study()).raw)
    work = study(persona=hostile, provider=hostile, subject="{persona} {provider}")
    message = read(compose(probe, work).raw)
    assert set(message.keys()) == set(plain.keys())
    for name in ("From", "Reply-To", "To"):
        assert [each.addr_spec for each in message[name].addresses] == [
            each.addr_spec for each in plain[name].addresses
        ]
    assert not set(message["Subject"]) & set("\r\n\x00\x1b\u202e\u2028")


def test_what_is_filled_in_is_never_read_again():
    message = read(compose(PROBE, study(persona="{reference}", subject="{persona}")).raw)
    assert message["Subject"] == "{reference}"


def test_addresses_beyond_ascii_are_written_as_servers_know_them():
    assert on_the_wire("care@bücher.example") == "care@xn--bcher-kva.example"
    mail = Mail(address="audit@kiểm.example")
    own = address_of(TOKEN, mail)
    assert own.isascii()
    assert token_in(own, mail) == token_in(f"<audit+{TOKEN}@kiểm.example>", mail) == TOKEN
    raw = compose(PROBE, study(mail=mail, to="chăm@bücher.example")).raw
    assert "To: chăm@xn--bcher-kva.example".encode() in raw  # such an address is written so
    with pytest.raises(DataError, match="servers know no domain"):
        on_the_wire("a@" + "x" * 80 + ".example")
    with pytest.raises(DataError, match="plain letters before the @"):
        address_of(TOKEN, Mail(address="kiểm@kit.example"))


def test_a_text_that_is_missing_in_the_language_is_named():
    probe = replace(PROBE, language="en")
    with pytest.raises(DataError, match=r"personas\.small has no text in 'en'"):
        compose(probe, study())


def test_a_provider_without_an_address_is_named():
    with pytest.raises(DataError, match="no `email`"):
        compose(PROBE, study(to=""))


def test_a_study_without_a_mailbox_is_told_what_it_lacks():
    with pytest.raises(DataError, match=r"fieldwork\.mail\.address is empty"):
        compose(PROBE, study(mail=Mail()))


@pytest.mark.parametrize("mail", [PLUS, ALIAS])
def test_the_token_is_found_in_every_form_an_address_comes_back_in(mail):
    own = address_of(TOKEN, mail)
    forms = [
        own,
        own.upper(),
        f"<{own}>",
        f'"An, Giả" <{own}>',
        f"other@alder.example, An <{own}>; third@birch.example",
        f"<mailto:{own}>",
        f"rfc822; {own}",
        f"{own}.",
    ]
    assert [token_in(form, mail) for form in forms] == [TOKEN] * len(forms)


@pytest.mark.parametrize("mail", [PLUS, ALIAS])
def test_no_token_is_found_in_what_is_not_our_address(mail):
    own = address_of(TOKEN, mail)
    others = [
        "audit@kit.example",
        own.replace("kit.example", "kit.example.org"),
        own.replace("kit.example", "kit.examples"),
        own.replace("@", "x@"),
        "x" + own,
        "not." + own,
        own.replace(TOKEN, TOKEN[:-1]),
        own.replace(TOKEN, TOKEN[:-1] + "1"),  # base32 has no 1
        "",
    ]
    assert [token_in(other, mail) for other in others] == [None] * len(others)


def test_references_look_like_a_customers_and_hardly_ever_meet():
    lot = random.Random(1)
    letters = "abcdefghijklmnopqrstuvwxyz234567"
    tokens = {"".join(lot.choices(letters, k=16)) for _ in range(20_000)}
    references = {reference_of(token) for token in tokens}
    assert len(references) == len(tokens)
    assert all(len(each) == 10 and each[:2].isupper() and each[2:].isdigit() for each in references)
