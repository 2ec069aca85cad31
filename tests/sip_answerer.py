"""A telephone exchange on the loopback: what it does is chosen by the number that is called.

It speaks enough SIP over UDP to be a caller's other end, and keeps what it was told, so that a
test can look at both sides. Written apart from the caller: it shares none of its code.
"""

from __future__ import annotations

import asyncio
import hashlib
import re
import threading
from collections import defaultdict
from contextlib import contextmanager

PASSWORD = "an invented password"
NONCE, REALM = "n0nce-of-a-test", "kit.example"


class Answerer(asyncio.DatagramProtocol):
    """Numbers end in what happens: see `BEHAVIOURS`."""

    def __init__(self, scale=1.0):
        self.scale = scale  # of every delay
        self.heard = []  # (method, headers, first line) of each request, in order
        self.by_call = defaultdict(list)
        self.answered = {}  # call-id -> what is said again until it is acknowledged
        self.challenged = {}

    def connection_made(self, transport):
        self.transport = transport
        self.port = transport.get_extra_info("sockname")[1]

    def datagram_received(self, data, addr):
        first, headers = _read(data)
        method = first.split(" ")[0]
        self.heard.append((method, headers, first))
        repeated = method == "INVITE" and ("INVITE", headers["cseq"]) in [
            (m, h["cseq"]) for m, h in self.by_call[headers["call-id"]]
        ]
        self.by_call[headers["call-id"]].append((method, headers))
        act = getattr(self, f"_{method.lower()}", None)
        if act and not repeated:
            act(first, headers, addr)

    def methods(self, call_id=None):
        return [m for m, h, _f in self.heard if call_id in (None, h["call-id"])]

    def _invite(self, first, headers, addr):
        behaviour = re.search(r"sip:\+?[\d]*?(\d\d)@", first)[1]
        BEHAVIOURS[behaviour](self, headers, addr, first)

    def _bye(self, _first, headers, addr):
        self._say(200, headers, addr, "OK")

    def _options(self, _first, headers, addr):
        self._say(200, headers, addr, "OK")

    def _cancel(self, _first, headers, addr):
        invite = next(h for m, h in self.by_call[headers["call-id"]] if m == "INVITE")
        self._say(200, headers, addr, "OK")
        if invite.get("late"):
            self._later(0.2, 200, invite, addr)
        elif not invite.get("deaf"):
            self._say(487, invite, addr, "Request Terminated")

    def _ack(self, _first, headers, _addr):
        self.answered.pop(headers["call-id"], None)

    def _later(self, seconds, code, headers, addr, reason="", **more):
        asyncio.get_running_loop().call_later(
            seconds * self.scale, lambda: self._say(code, headers, addr, reason, **more)
        )

    def _say(self, code, headers, addr, reason="", extra=(), method=None):
        lines = [f"SIP/2.0 {code} {reason or code}", f"Via: {headers['via']}"]
        lines += [f"From: {headers['from']}", f"To: {headers['to']};tag=theirs"]
        lines += [f"Call-ID: {headers['call-id']}", f"CSeq: {headers['cseq']}"]
        if code == 200 and "INVITE" in headers["cseq"]:
            lines.append(f"Contact: <sip:them@127.0.0.1:{self.port}>")
        lines += [*extra, "Content-Length: 0", "", ""]
        self.transport.sendto("\r\n".join(lines).encode(), addr)

    def raw(self, data, addr):
        self.transport.sendto(data, addr)


def busy(it, headers, addr, _first):
    it._say(100, headers, addr, "Trying")
    it._later(0.05, 486, headers, addr, "Busy Here")


def rings_for_ever(it, headers, addr, _first):
    it._say(100, headers, addr, "Trying")
    it._later(0.1, 180, headers, addr, "Ringing")


def answers_after_3_s(it, headers, addr, _first):
    it._say(100, headers, addr, "Trying")
    it._later(0.2, 180, headers, addr, "Ringing")
    it._later(3.0, 200, headers, addr, "OK")


def asks_for_the_password(it, headers, addr, first):
    if "authorization" not in headers:
        it._say(401, headers, addr, "Unauthorized", extra=[
            f'WWW-Authenticate: Digest realm="{REALM}", nonce="{NONCE}", algorithm=MD5, qop="auth"',
            f'WWW-Authenticate: Digest realm="{REALM}", nonce="{NONCE}", algorithm=SHA-256, '
            'qop="auth,auth-int", opaque="kept, as it is"',
        ])  # fmt: skip
        return
    right = proof_is_right(headers["authorization"], "INVITE")
    if right:
        it._say(180, headers, addr, "Ringing")
    it._later(0.1, 200 if right else 403, headers, addr)


def asks_in_the_old_way(it, headers, addr, _first):
    if "proxy-authorization" not in headers:
        it._say(407, headers, addr, "Proxy Authentication Required",
                extra=[f'Proxy-Authenticate: Digest realm="{REALM}",nonce="{NONCE}"'])  # fmt: skip
        return
    it._say(486 if proof_is_right(headers["proxy-authorization"], "INVITE") else 403, headers, addr)


def only_tries(it, headers, addr, _first):
    it._say(100, headers, addr, "Trying")


def no_such_number(it, headers, addr, _first):
    it._say(404, headers, addr, "Not Found")


def incomplete(it, headers, addr, _first):
    it._say(484, headers, addr, "Address Incomplete")


def not_there(it, headers, addr, _first):
    it._say(180, headers, addr, "Ringing")
    it._later(0.2, 480, headers, addr, "Temporarily Unavailable")


def moved(it, headers, addr, _first):
    it._say(302, headers, addr, "Moved", extra=["Contact: <sip:+442079460999@elsewhere.example>"])


def garbage_then_busy(it, headers, addr, _first):
    for junk in (
        b"",
        b"\x00\xff" * 400,
        b"SIP/2.0 200 OK\r\n\r\n",
        b"SIP/2.0 999 X\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nVia: x\r\n\r\n",
        b"SIP/2.0 200 OK\r\nno colon\r\n\r\n",
    ):
        it.raw(junk, addr)  # fmt: skip
    stranger = dict(headers, **{"call-id": "of-another-call"})
    it._say(200, stranger, addr, "OK")
    it._later(0.1, 486, headers, addr, "Busy Here")


def silence(_it, _headers, _addr, _first):
    """Nothing comes back, ever."""


def answers_late(it, headers, addr, _first):
    headers["late"] = "yes"
    it._say(180, headers, addr, "Ringing")


def never_ends(it, headers, addr, _first):
    headers["deaf"] = "yes"
    it._say(180, headers, addr, "Ringing")


def early_sound(it, headers, addr, _first):
    it._say(183, headers, addr, "Session Progress")


def hangs_up_first(it, headers, addr, _first):
    it._say(200, headers, addr, "OK")
    to = headers["from"]
    lines = [f"BYE sip:x@{addr[0]}:{addr[1]} SIP/2.0", "Via: SIP/2.0/UDP 127.0.0.1;branch=z9hG4bKb"]
    lines += [f"From: {headers['to']};tag=theirs", f"To: {to}", f"Call-ID: {headers['call-id']}"]
    lines += ["CSeq: 1 BYE", "Content-Length: 0", "", ""]
    asyncio.get_running_loop().call_later(0.2, lambda: it.raw("\r\n".join(lines).encode(), addr))


def says_it_twice(it, headers, addr, _first):
    it._say(200, headers, addr, "OK")
    it._later(0.1, 200, headers, addr, "OK")


def trunk_fails(it, headers, addr, _first):
    it._say(503, headers, addr, "Service Unavailable")


def declines(it, headers, addr, _first):
    it._say(603, headers, addr, "Decline")


BEHAVIOURS = {
    "01": busy,
    "02": rings_for_ever,
    "03": answers_after_3_s,
    "04": asks_for_the_password,
    "05": asks_in_the_old_way,
    "06": only_tries,
    "07": no_such_number,
    "08": incomplete,
    "09": not_there,
    "10": moved,
    "11": garbage_then_busy,
    "12": silence,
    "13": answers_late,
    "14": never_ends,
    "15": early_sound,
    "16": hangs_up_first,
    "17": says_it_twice,
    "18": trunk_fails,
    "19": declines,
}


def proof_is_right(header, method):
    """Whether a digest is right, worked out as RFC 7616 says, with nothing of the caller's."""
    parts = dict(re.findall(r'(\w+)="?([^",]+(?:, as it is)?)"?', header.partition(" ")[2]))
    make = hashlib.sha256 if parts.get("algorithm") == "SHA-256" else hashlib.md5

    def digest(*words):
        return make(":".join(words).encode()).hexdigest()

    secret = digest(parts["username"], REALM, PASSWORD)
    asked = digest(method, parts["uri"])
    if "qop" in parts:
        right = digest(secret, NONCE, parts["nc"], parts["cnonce"], parts["qop"], asked)
        assert parts["opaque"] == "kept, as it is", "what is opaque comes back as it was"
    else:
        right = digest(secret, NONCE, asked)
    return parts["response"] == right


def _read(data):
    first, *lines = data.decode().split("\r\n\r\n")[0].split("\r\n")
    headers = {}
    for line in lines:
        name, _colon, value = line.partition(":")
        headers.setdefault(name.strip().lower(), value.strip())
    return first, headers


@contextmanager
def answering(scale=1.0):
    """An exchange in a thread of its own, on a port that the system chose."""
    ready, ended, box = threading.Event(), [], []

    async def run():
        loop, over = asyncio.get_running_loop(), asyncio.Event()
        transport, it = await loop.create_datagram_endpoint(
            lambda: Answerer(scale), local_addr=("127.0.0.1", 0)
        )
        box.append(it)
        ended.append(lambda: loop.call_soon_threadsafe(over.set))
        ready.set()
        await over.wait()
        transport.close()
        await asyncio.sleep(0)

    thread = threading.Thread(target=lambda: asyncio.run(run()), daemon=True)
    thread.start()
    assert ready.wait(10)
    try:
        yield box[0]
    finally:
        ended[0]()
        thread.join(10)
