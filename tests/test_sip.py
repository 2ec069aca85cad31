"""The experimental caller: what a line does is told right, and never more than it can know."""

from __future__ import annotations

import asyncio
import contextlib
import os
import random
import shutil
import socket
import subprocess
import time
from statistics import median

import pytest

from carebench.fieldwork.phone.sip import Account, Timers, place_call
from carebench.fieldwork.phone.sip.digest import answer, challenge_of
from carebench.fieldwork.phone.sip.messages import address, read, route, write
from carebench.fieldwork.phone.sip.outcomes import outcome_of
from conftest import skip_or_fail
from sip_answerer import PASSWORD, answering

QUICK = Timers(again=0.1, longest=0.2, give_up=1.0)
STEM = "+4420794601"  # numbers that are kept free for films and the like
NO_HOLD = 0.1


@pytest.fixture
def exchange():
    with answering() as it:
        yield it


def account(it, password=PASSWORD):
    return Account("127.0.0.1", it.port, "audit", password, "kit.example")


def call(it, behaviour, *, ring_s=0.6, hold_s=NO_HOLD, timers=QUICK, password=PASSWORD):
    placed = place_call(
        account(it, password), STEM + behaviour, ring_s=ring_s, hold_s=hold_s, timers=timers
    )
    return asyncio.run(placed)


@pytest.mark.parametrize(
    ("behaviour", "outcome"),
    [
        ("01", "busy"),
        ("02", "ring_no_answer"),
        ("04", "answered_unknown_who"),
        ("05", "busy"),
        ("06", "no_ring"),
        ("07", "bad_number"),
        ("08", "bad_number"),
        ("09", "ring_no_answer"),
        ("10", "trunk_error"),
        ("11", "busy"),
        ("12", "no_sip_reply"),
        ("13", "answered_unknown_who"),
        ("14", "ring_no_answer"),
        ("15", "no_ring"),
        ("16", "answered_unknown_who"),
        ("17", "answered_unknown_who"),
        ("18", "trunk_error"),
        ("19", "no_ring"),
    ],
)
def test_what_the_line_does_is_told_right(exchange, behaviour, outcome):
    assert call(exchange, behaviour).outcome == outcome


def test_seconds_to_the_ring_and_to_the_answer_are_right_within_50_ms(exchange):
    async def many():
        calls = [
            place_call(account(exchange), STEM + "03", ring_s=5, hold_s=0.1) for _ in range(10)
        ]
        return await asyncio.gather(*calls)

    results = asyncio.run(many())
    for name, truth in (("rang_after_s", 0.2), ("answered_after_s", 3.0)):
        measured = [getattr(result, name) for result in results]
        assert median(measured) == pytest.approx(truth, abs=0.05)
        assert measured == pytest.approx([truth] * 10, abs=0.5)  # of a busy machine


def test_sixty_mixed_calls_at_once_are_all_right(exchange):
    expected = {"01": "busy", "02": "ring_no_answer", "04": "answered_unknown_who",
                "07": "bad_number", "12": "no_sip_reply", "18": "trunk_error"}  # fmt: skip
    asked = [behaviour for behaviour in expected for _ in range(10)]
    random.Random(7).shuffle(asked)

    async def many():
        return await asyncio.gather(
            *(
                place_call(account(exchange), STEM + b, ring_s=0.6, hold_s=0.1, timers=QUICK)
                for b in asked
            )
        )

    results = asyncio.run(many())
    assert [result.outcome for result in results] == [expected[b] for b in asked]


def test_a_line_that_was_picked_up_is_hung_up_once_and_acknowledged(exchange):
    call(exchange, "17", hold_s=0.5, timers=Timers())
    methods = exchange.methods()
    assert methods.count("BYE") == 1
    assert methods.count("ACK") == 2  # the answer was said twice, so it is acknowledged twice
    assert methods.index("ACK") < methods.index("BYE")


def test_a_call_taken_back_too_late_is_still_hung_up(exchange):
    result = call(exchange, "13", timers=Timers())
    assert exchange.methods()[-3:] == ["CANCEL", "ACK", "BYE"]
    assert result.answered_after_s > 0.6


def test_whoever_hangs_up_first_gets_no_bye_back(exchange):
    result = call(exchange, "16", hold_s=5)
    assert "BYE" not in exchange.methods()
    assert result.lasted_s < 2


def test_a_wrong_password_is_our_failure_and_is_not_tried_for_ever(exchange):
    result = call(exchange, "04", password="a wrong one")
    assert (result.outcome, result.code) == ("trunk_error", 403)
    invites = {headers["cseq"] for method, headers, _first in exchange.heard if method == "INVITE"}
    assert len(invites) == 2  # each may have been said again


def test_where_two_proofs_are_asked_for_the_better_one_is_given(exchange):
    call(exchange, "04")
    second = [headers for method, headers, _first in exchange.heard if method == "INVITE"][1]
    assert "algorithm=SHA-256" in second["authorization"]
    assert PASSWORD not in second["authorization"]


def test_an_unanswered_invite_is_sent_again_ever_more_slowly(exchange):
    started = time.monotonic()
    result = call(exchange, "12")
    assert exchange.methods() == ["INVITE"] * 4  # at 0, 0.1, 0.3 and 0.7 of 1 s
    assert time.monotonic() - started >= 1
    assert result.answered_after_s is None


@pytest.mark.parametrize(("behaviour", "last"), [("02", "CANCEL"), ("17", "BYE")])
def test_a_call_that_is_broken_off_leaves_no_line_ringing_or_open(exchange, behaviour, last):
    async def broken_off():
        placed = place_call(account(exchange), STEM + behaviour, ring_s=20, hold_s=20)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(placed, 0.5)
        await asyncio.sleep(0.1)

    asyncio.run(broken_off())
    assert last in exchange.methods()


def test_nobody_at_the_server_is_a_failure_of_ours():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    nobody = Account("127.0.0.1", port, "audit", PASSWORD)
    result = asyncio.run(place_call(nobody, STEM + "01", ring_s=1, hold_s=0, timers=QUICK))
    assert result.outcome == "no_sip_reply"


def test_a_call_shows_the_accounts_own_number_and_no_other(exchange):
    call(exchange, "01")
    for _method, headers, _first in exchange.heard:
        assert headers["from"].startswith("<sip:audit@kit.example>")
        assert not {"p-asserted-identity", "remote-party-id", "privacy"} & set(headers)


def test_sound_before_an_answer_is_not_a_ring(exchange):
    result = call(exchange, "15")
    assert result.early_sound and result.rang_after_s is None


def test_the_digest_is_that_of_the_published_examples():
    # RFC 7616, section 3.9.1: both algorithms.
    header = (
        'Digest realm="http-auth@example.org", qop="auth, auth-int", algorithm={}, '
        'nonce="7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v", '
        'opaque="FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS"'
    )
    challenge = challenge_of([header.format("MD5"), header.format("SHA-256")])
    got = answer(
        challenge, user="Mufasa", password="Circle of Life", method="GET", uri="/dir/index.html",
        cnonce="f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ",
    )  # fmt: skip
    assert "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1" in got
    got = answer(
        challenge_of([header.format("MD5")]), user="Mufasa", password="Circle of Life",
        method="GET", uri="/dir/index.html",
        cnonce="f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ",
    )  # fmt: skip
    assert "8ca523f5e9506fed4657c9700eebdbec" in got


def test_a_challenge_that_cannot_be_met_is_no_challenge():
    assert challenge_of(['Digest realm="a", nonce="b", qop="auth-int"']) is None
    assert challenge_of(['Digest realm="a", nonce="b", algorithm=SHA-512-256']) is None
    assert challenge_of(["Basic realm=a"]) is None


def test_no_line_end_in_a_value_makes_a_header_of_its_own():
    raw = write("INVITE sip:a SIP/2.0", [("To", "x\r\nP-Asserted-Identity: <sip:other>")])
    assert b"\r\nP-Asserted" not in raw


def test_short_names_and_folded_lines_are_read():
    message = read(
        b"SIP/2.0 180 Ringing\r\nv: SIP/2.0/UDP h;rport\r\n ;branch=z9hG4bK1\r\ni: c\r\n"
        b'CSeq: 7 INVITE\r\nm: "N; O" <sip:a@b;x=1>;q=1\r\n\r\n'
    )
    assert (message.branch, message.first("call-id"), message.method) == ("z9hG4bK1", "c", "INVITE")
    assert address(message.first("contact")) == "sip:a@b;x=1"


def test_the_way_inside_a_call_is_the_recorded_one_backwards():
    message = read(
        b"SIP/2.0 200 OK\r\nRecord-Route: <sip:a;lr>, <sip:b;lr>\r\n"
        b"Record-Route: <sip:c;lr>\r\n\r\n"
    )
    assert route(message) == ["<sip:c;lr>", "<sip:b;lr>", "<sip:a;lr>"]


def test_junk_is_no_message():
    draw = random.Random(3)
    for size in range(200):
        read(draw.randbytes(size))
    assert read(b"SIP/2.0 200 OK\r\nno colon here\r\n\r\n") is None
    assert read(b"GET / HTTP/1.1\r\n\r\n") is None


def test_a_redirection_is_not_followed_and_counts_as_ours():
    assert outcome_of(302, rang=False) == "trunk_error"


# The same against sipp, another's implementation (Debian: sip-tester).

SIPP_ANSWERS = {
    "busy": ('<send><![CDATA[SIP/2.0 486 Busy Here{h}]]></send><recv request="ACK"/>', "busy"),
    "answered": (
        "<send><![CDATA[SIP/2.0 180 Ringing{h}]]></send>"
        '<pause milliseconds="3000"/>'
        "<send><![CDATA[SIP/2.0 200 OK{h}]]></send>"
        '<recv request="ACK"/><recv request="BYE"/>'
        "<send><![CDATA[SIP/2.0 200 OK{h}]]></send>",
        "answered_unknown_who",
    ),
    "no answer": (
        "<send><![CDATA[SIP/2.0 180 Ringing{h}]]></send>"
        '<recv request="CANCEL"/>'
        "<send><![CDATA[SIP/2.0 200 OK{h}]]></send>"
        "<send><![CDATA[SIP/2.0 487 Request Terminated{i}]]></send>"
        '<recv request="ACK"/>',
        "ring_no_answer",
    ),
}
HEADERS = """
[last_Via:]
[last_From:]
[last_To:];tag=theirs
[last_Call-ID:]
[last_CSeq:]
Contact: <sip:[local_ip]:[local_port]>
Content-Length: 0

"""


def _sipp(tmp_path, body):
    """sipp at work on a free port, waiting for one call; its process and the port."""
    program = os.environ.get("CAREBENCH_SIPP") or shutil.which("sipp")
    if not program:
        skip_or_fail("sipp is not installed (Debian: sip-tester)")
    of_invite = HEADERS.replace("[last_CSeq:]", "CSeq: 1 INVITE").replace("[last_Via:]", "[$via]")
    keep = '<action><ereg regexp="Via:[^\\n\\r]*" search_in="msg" assign_to="via"/></action>'
    file = tmp_path / "scenario.xml"
    file.write_text(
        '<?xml version="1.0" encoding="us-ascii"?><scenario name="a line">'
        f'<recv request="INVITE">{keep}</recv>'
        f"{body.replace('{h}', HEADERS).replace('{i}', of_invite)}"
        '<Reference variables="via"/></scenario>',
        encoding="ascii",
    )
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    options = "-i 127.0.0.1 -nostdin -m 1 -timeout 15".split()
    process = subprocess.Popen(
        [program, "-sf", str(file), "-p", str(port), *options],
        cwd=tmp_path, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    return process, port


@pytest.mark.parametrize("line", list(SIPP_ANSWERS))
def test_another_implementation_is_understood_too(tmp_path, line):
    body, outcome = SIPP_ANSWERS[line]
    process, port = _sipp(tmp_path, body)
    try:
        time.sleep(0.7)
        them = Account("127.0.0.1", port, "audit", PASSWORD)
        result = asyncio.run(place_call(them, STEM + "01", ring_s=4, hold_s=0.2))
        assert result.outcome == outcome
        if line == "answered":
            assert result.answered_after_s == pytest.approx(3.0, abs=0.5)
        _out, said = process.communicate(timeout=10)
        assert process.returncode == 0, said
    finally:
        if process.poll() is None:
            process.kill()
            process.communicate()
