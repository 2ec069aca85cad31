"""One call: INVITE, what comes back, and an orderly end to whatever was begun (RFC 3261)."""

from __future__ import annotations

import asyncio
import math
import secrets

from . import digest
from .account import Account, CallResult, Timers
from .line import Arrival, Line, open_line
from .messages import Message, address, new_branch, offer, route, write
from .outcomes import outcome_of

CHALLENGES = {401: ("www-authenticate", "Authorization"),
              407: ("proxy-authenticate", "Proxy-Authorization")}  # fmt: skip
AGENT = "carebench"


async def place_call(
    account: Account,
    number: str,
    *,
    ring_s: float,
    hold_s: float,
    timers: Timers | None = None,
) -> CallResult:
    """Call `number`, let it ring for `ring_s`, hold an answered line for `hold_s`, hang up.

    Parameters
    ----------
    account : Account
    number : str
        In E.164, as `numbers.e164` gives it; nothing is checked here.
    ring_s, hold_s : float
        Seconds.
    timers : Timers
        For tests and bad networks.

    Returns
    -------
    CallResult
        `no_sip_reply` and `trunk_error` are failures of ours, never of whom we called.
    """
    try:
        async with open_line(account.host, account.port) as line:
            call = _Call(line, account, number, ring_s, hold_s, timers or Timers())
            return await call.run()
    except OSError as error:
        return CallResult("no_sip_reply", reason=str(error))


class _Again:
    """When a request that was not answered is sent again."""

    def __init__(self, request: bytes, timers: Timers, now: float) -> None:
        self.request, self._timers = request, timers
        self._pause = timers.again
        self.at = now + self._pause

    def sent(self, now: float, *, longest: float = math.inf) -> None:
        self._pause = min(2 * self._pause, longest)
        self.at = now + self._pause

    def stop(self) -> None:
        self.at = math.inf


class _Call:
    def __init__(
        self, line: Line, account: Account, number: str, ring_s: float, hold_s: float,
        timers: Timers,
    ) -> None:  # fmt: skip
        self.line, self.account, self.timers = line, account, timers
        self.ring_s, self.hold_s = ring_s, hold_s
        self.uri = f"sip:{number}@{account.domain or account.host}"
        self.call_id, self.tag = secrets.token_hex(12), secrets.token_hex(6)
        self.sequence, self.branch = 0, ""
        self.begun = self.rang = math.nan
        self.progressed = self.early_sound = False
        self.over_there = False  # they hung up first
        self.farewell = b""  # what ends the call as it now stands

    async def run(self) -> CallResult:
        """The whole call; whatever ends it from outside, no line is left ringing or open."""
        try:
            return await self._run()
        except asyncio.CancelledError:
            if self.farewell:
                self.line.send(self.farewell)
            raise

    async def _run(self) -> CallResult:
        final = await self._invite({})
        if final is not None and final.code in CHALLENGES:
            final = await self._invite_again(final)
        if final is None:
            why = str(self.line.error or "no answer from the server")
            return self._result("no_sip_reply", Message(0, why, "", ()), math.nan)
        answered = math.nan
        if final.code < 300:
            answered = self._at
            await self._hold(final)
        rang = not math.isnan(self.rang)
        return self._result(outcome_of(final.code, rang=rang), final, answered)

    def _result(self, outcome: str, final: Message, answered: float) -> CallResult:
        return CallResult(
            outcome,
            final.code,
            final.reason,
            rang_after_s=_after(self.rang, self.begun),
            answered_after_s=_after(answered, self.begun),
            lasted_s=self.line.now - self.begun,
            early_sound=self.early_sound,
        )

    async def _invite_again(self, refusal: Message) -> Message | None:
        """Once more, with the password's proof; a second refusal stands, unless it was stale."""
        for _try in range(2):
            header, ours = CHALLENGES[refusal.code]
            challenge = digest.challenge_of(refusal.all(header))
            if challenge is None:
                return refusal
            proof = digest.answer(
                challenge, user=self.account.user, password=self.account.password,
                method="INVITE", uri=self.uri,
            )  # fmt: skip
            final = await self._invite({ours: proof})
            if final is None or final.code not in CHALLENGES:
                return final
            refusal = final
            again = digest.challenge_of(final.all(CHALLENGES[final.code][0])) or {}
            if again.get("stale", "").lower() != "true":
                break
        return refusal

    async def _invite(self, proof: dict[str, str]) -> Message | None:
        """Send INVITE and wait for its end; every end but an answer is acknowledged here."""
        self.sequence += 1
        self.branch = new_branch()
        body = offer(self.line.host, self.line.sound_port)
        more = [("Contact", f"<sip:{self.account.user}@{self._own_host()}>"),
                ("Allow", "INVITE, ACK, CANCEL, BYE, OPTIONS"),
                *proof.items(), ("Content-Type", "application/sdp")]  # fmt: skip
        request = self._request("INVITE", self.uri, self.branch, self.sequence, "", more, body)
        self.begun = self.line.now
        self.line.send(request)
        final = await self._final(request)
        self.farewell = b""
        if final is not None and final.code >= 300:
            to = final.first("to")
            self.line.send(self._request("ACK", self.uri, self.branch, self.sequence, to))
        return final

    async def _final(self, request: bytes) -> Message | None:
        """The last response to the INVITE; CANCEL is sent when it has rung for long enough."""
        again = _Again(request, self.timers, self.begun)
        give_up, cancelled = self.begun + self.timers.give_up, False
        while True:
            hang_up = math.inf if cancelled else self._hang_up_at()
            arrival = await self.line.receive(min(again.at, give_up, hang_up))
            now = self.line.now
            if arrival is not None:
                if self._heard(arrival):
                    return arrival.message
                if self._is_cancelling(arrival.message):
                    again.stop()
                elif self.progressed and not cancelled:
                    again.stop()
                    give_up = math.inf
            elif now >= give_up:
                return self._lost(cancelled)
            elif now >= hang_up:
                self.line.send(self.farewell)
                again, cancelled = _Again(self.farewell, self.timers, now), True
                give_up = now + self.timers.give_up
            elif now >= again.at:
                self.line.send(again.request)
                again.sent(now)

    def _heard(self, arrival: Arrival) -> bool:
        """Take note of a response to the INVITE; True where it is the last one."""
        message = arrival.message
        if not self._is_ours(message):
            return False
        self._at = arrival.at
        if message.code < 200:
            self._progress(message, arrival.at)
        return message.code >= 200

    def _lost(self, cancelled: bool) -> Message | None:
        """What stands for an end that never came: of a call taken back we know enough."""
        return Message(487, "no reply to CANCEL", "INVITE", ()) if cancelled else None

    def _hang_up_at(self) -> float:
        """CANCEL may be sent only once something has come back."""
        return self.begun + self.ring_s if self.progressed else math.inf

    def _progress(self, message: Message, at: float) -> None:
        self.progressed = True
        self.farewell = self._request("CANCEL", self.uri, self.branch, self.sequence, "")
        self.early_sound |= message.code == 183
        if message.code == 180 and math.isnan(self.rang):
            self.rang = at

    async def _hold(self, final: Message) -> None:
        """Acknowledge the answer, keep the line for a moment, hang up."""
        ack = self._inside("ACK", final, self.sequence)
        self.line.send(ack)
        self.sequence += 1
        bye = self.farewell = self._inside("BYE", final, self.sequence)
        await self._listen(self._at + self.hold_s, ack)
        if self.over_there:
            return
        self.line.send(bye)
        self.farewell, now = b"", self.line.now
        again, give_up = _Again(bye, self.timers, now), now + self.timers.give_up
        while self.line.now < give_up and not self.over_there:
            if await self._listen(min(again.at, give_up), ack, ending=True):
                return
            self.line.send(bye)
            again.sent(self.line.now, longest=self.timers.longest)

    async def _listen(self, until: float, ack: bytes, *, ending: bool = False) -> bool:
        """Answer what comes on the line; True once our BYE was answered."""
        while not self.over_there and (arrival := await self.line.receive(until)) is not None:
            message = arrival.message
            if message.first("call-id") != self.call_id:
                continue
            if message.code == 0:
                self._reply(message)
            elif message.method == "INVITE" and message.code >= 200:
                self.line.send(ack)  # theirs was lost on the way, so they said it again
            elif ending and message.method == "BYE" and message.code >= 200:
                return True
        return False

    def _reply(self, request: Message) -> None:
        """Say yes to BYE, and to OPTIONS; nothing else is done here."""
        if request.method == "ACK":
            return
        known = request.method in ("BYE", "OPTIONS")
        self.over_there = self.over_there or request.method == "BYE"
        names = (("via", "Via"), ("from", "From"), ("to", "To"), ("call-id", "Call-ID"),
                 ("cseq", "CSeq"))  # fmt: skip
        headers = [(shown, value) for name, shown in names for value in request.all(name)]
        self.line.send(write("SIP/2.0 200 OK" if known else "SIP/2.0 501 Not Implemented", headers))

    def _is_ours(self, message: Message) -> bool:
        """Whether it is a response to the INVITE that is out now."""
        same = message.branch == self.branch and message.first("call-id") == self.call_id
        return same and message.code > 0 and message.method == "INVITE"

    def _is_cancelling(self, message: Message) -> bool:
        return message.method == "CANCEL" and message.branch == self.branch and message.code >= 200

    def _own_host(self) -> str:
        host = f"[{self.line.host}]" if ":" in self.line.host else self.line.host
        return f"{host}:{self.line.port}"

    def _inside(self, method: str, final: Message, sequence: int) -> bytes:
        """A request inside the call that `final` began: to where its Contact says."""
        target = address(final.first("contact")) or self.uri
        ways = [("Route", way) for way in route(final)]
        return self._request(method, target, new_branch(), sequence, final.first("to"), ways)

    def _request(
        self, method: str, uri: str, branch: str, sequence: int, to: str,
        more: list[tuple[str, str]] | None = None, body: str = "",
    ) -> bytes:  # fmt: skip
        headers = [
            ("Via", f"SIP/2.0/UDP {self._own_host()};branch={branch};rport"),
            ("Max-Forwards", "70"),
            ("From", f"<{self.account.address}>;tag={self.tag}"),
            ("To", to or f"<{self.uri}>"),
            ("Call-ID", self.call_id),
            ("CSeq", f"{sequence} {method}"),
            ("User-Agent", AGENT),
            *(more or []),
        ]
        return write(f"{method} {uri} SIP/2.0", headers, body)


def _after(moment: float, begun: float) -> float | None:
    return None if math.isnan(moment) else moment - begun
