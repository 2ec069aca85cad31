"""Notes of the post: what could not be delivered, what is late, and whose fault it is.

The form of RFC 3464 (and RFC 6533) is read where there is one; else the forms of qmail, Exim,
Postfix, Exchange, Google and hosts in Vietnam, by their sender and their words.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from ..letters.reading import Received, addresses
from .wording import plain

Kind = Literal["failed", "delayed", "passed"]
Fault = Literal["theirs", "ours", "unknown"]
FAULTS: tuple[Fault, ...] = ("theirs", "ours", "unknown")


@dataclass(frozen=True, slots=True)
class Note:
    """What the post says of a message.

    Parameters
    ----------
    kind : str
        failed = it will not arrive; delayed = it may; passed = it arrived, or went on.
    fault : str
        Whose failure it is: theirs (no such mailbox, full, switched off), ours (our address,
        our name among senders, our text), or unknown (names of hosts, lines, time).
    no_such_address : bool
        Whether the address does not exist.
    evidence : str
        What this rests on.
    """

    kind: Kind
    fault: Fault
    no_such_address: bool
    evidence: str

    def __str__(self) -> str:
        """The note as it is kept among the evidence of a label; `fault_in` reads it."""
        absent = _ABSENT_MARK if self.no_such_address else ""
        return f"{self.evidence}{_FAULT_MARK}{self.fault}{absent}"


_FAULT_MARK = "; fault "
_ABSENT_MARK = ", no such address"


def fault_in(evidence: str) -> tuple[Fault, bool]:
    """Whose fault a bounce was, and whether there is no such address, by a label's evidence."""
    said = evidence.rpartition(_FAULT_MARK)[2]
    absent = said.endswith(_ABSENT_MARK)
    for fault in FAULTS:
        if said.removesuffix(_ABSENT_MARK) == fault:
            return fault, absent
    return "unknown", False


_ACTIONS: dict[str, Kind] = {
    "failed": "failed",
    "failure": "failed",
    "expired": "failed",
    "delayed": "delayed",
    "delay": "delayed",
    "relayed": "passed",
    "delivered": "passed",
    "expanded": "passed",
}
_STATUS = re.compile(r"(?<![\d.])([245])\.(\d{1,3})\.(\d{1,3})(?![\d.])")
_DAEMON = re.compile(
    r"mailer-?daemon|postmaster|mail delivery|microsoftexchange|mdaemon|maildelivery|"
    r"delivery subsystem|mail-system",
    re.IGNORECASE,
)
# Help desks and shops write so too: of these only what returns our message is a note.
_NOBODY = re.compile(r"bounce|no-?reply@", re.IGNORECASE)
_CODE = re.compile(r"\b([45])\d\d[ -]+\1\.\d{1,3}\.\d{1,3}\b")
_DELAYED = re.compile(
    r"delayed|delivery incomplete|not yet been delivered|still trying|will (be re)?tr(y|ied) again|"
    r"will keep trying|will retry|temporary (problem|failure|error).{0,80}(retry|try)|"
    r"you do not need to resend|\bwarning: |cham tre|\bbi tre\b|tam thoi chua|bi tri hoan|"
    r"se (tiep tuc|tu dong) .{0,20}(thu|gui|chuyen)|se (co gang )?(thu|gui|chuyen) lai"
)
_FAILED = re.compile(
    r"undeliver|could ?n.t be delivered|could not be delivered|not (be )?delivered|"
    r"delivery (has |to .{0,80})?(failed|failure)|(delivery|failure) (status )?noti|"
    r"returned (mail|to sender)|returning message|returned:|wasn.t able to deliver|"
    r"unable to deliver|permanent(ly)? (fatal )?(error|failure|rejected)|failure notice|"
    r"address not found|message (was )?(blocked|rejected|not sent)|couldn.t reach|"
    r"mail delivery fail|"
    r"(?<!vui long )(?<!xin )(?<!can )(?<!nen )khong (the )?(gui|chuyen|phat|giao)|"
    r"chua duoc (gui|chuyen|phat)|(gui|chuyen) .{0,60}khong thanh cong|da bi chan|"
    r"gui (thu |that )?(that )?bai|"
    r"thu (bi )?(tra|hoan) lai|bi (hoan tra|tra ve)|khong den duoc|loi gui (thu|mail)|tu choi nhan"
)

# Whose fault a failure is, by its words; the first that fits counts.
_OURS = re.compile(
    r"\bspam|blocked (using|sender)|block ?list|black ?list|\bdnsbl\b|\brbl\b|reputation|spamhaus|"
    r"barracuda|\bspf\b|\bdkim\b|\bdmarc\b|unsolicited|sender (address )?(rejected|verif|denied)|"
    r"policy reason|"
    r"\b(client|ip)\b.{0,40}(blocked|banned|rejected)|too many (messages|connections|recipients)|"
    r"sending limit|message (content )?rejected|relay(ing)? (access )?(denied|not permitted)|"
    r"message (size|too (big|large))|size exceeds|authentication required|reverse (dns|lookup)|"
    r"\bptr\b|helo|rate limit|\bsuppress|thu rac|danh sach den|vuot (qua )?gioi han gui|"
    r"((?<!hop )\bthu|tep|dinh kem|kich thuoc) .{0,20}vuot (qua )?dung luong cho phep"
)
_ABSENT = re.compile(
    r"(no such|unknown|invalid|nonexist\w*|bad|unrouteable) (user|recipient|mailbox|address|"
    r"account|"
    r"local part|destination mailbox)|(user|recipient|mailbox|address|account|addressee).{0,60}"
    r"(unknown|not (be )?found|does ?n.t exist|does not exist|do not exist|not exist|invalid|"
    r"not (a )?(valid|known)|no longer|not listed)|no mailbox (here )?by that name|"
    r"not our customer|recipient address rejected: access denied|"
    r"(doesn.t|does not|not) have (an|a|this) .{0,30}(account|mailbox)|no account|resolver.adr|"
    r"couldn.t be found|wasn.t found|hop thu .{0,40}khong ton tai|khong ton tai|khong tim thay|"
    r"dia chi .{0,40}khong (dung|hop le|co)|nguoi (nhan|dung) .{0,30}khong (co|hop le)"
)
_FULL = re.compile(
    r"quota|mailbox .{0,20}full|(is|box) full|over ?size|insufficient (system )?(storage|space)|"
    r"out of (disk|storage)|storage (limit|allocation)|full mailbox|too much mail|"
    r"hop (thu|mail) .{0,40}(day|het (dung luong|cho))|het dung luong|vuot (qua )?dung luong"
)
_CLOSED = re.compile(
    r"(account|mailbox|user|recipient|address).{0,40}(disabled|suspended|inactive|locked|expired|"
    r"deactivated|closed|restricted|not accept)|not accepting (mail|messages)|"
    r"only accepts|notauthorizedgroup|not allowed to (send|post) to|tam khoa|bi khoa|"
    r"ngung hoat dong"
)
_LINES = re.compile(
    r"(host|domain|name)( or domain name)? (was )?(not found|unknown|not resolve\w*)|"
    r"(unknown|no such|bad) (host|domain)|(host|domain|name) (lookup|service error)|"
    r"(the )?(host|domain) (was|could) ?n.t|\bdns\b|\bno mx\b|\bmx (record|lookup)|nxdomain|"
    r"timed? ?out|connection (refused|reset|lost)|no route|unreachable|\bloop|too many hops|"
    r"hop count|(retry|delivery) time|message expired|ten mien|khong ket noi|may chu .{0,30}khong"
)
_BY_STATUS: tuple[tuple[str, Fault, bool], ...] = (
    (r"1\.[01346]", "theirs", True),
    (r"1\.10", "theirs", True),
    (r"1\.[78]", "ours", False),
    (r"1\.2", "unknown", False),
    (r"2\.\d+", "theirs", False),
    (r"3\.4", "ours", False),
    (r"3\.\d+", "theirs", False),
    (r"4\.\d+", "unknown", False),
    (r"5\.\d+", "ours", False),
    (r"6\.\d+", "ours", False),
    (r"7\.1[23]3", "theirs", False),
    (r"7\.(?!0\b|1\b)\d+", "ours", False),
)


def note_of(message: Received, is_ours: Callable[[str], bool]) -> Note | None:
    """What the post says in `message`; None where it is no note of the post.

    Parameters
    ----------
    is_ours : callable
        Whether an address is one of our own: that our own copy failed says nothing of theirs.
    """
    if "feedback-report" in message.kind:
        return None
    if "delivery-status" in message.kind or message.report:
        return _by_report(message, is_ours)
    if "disposition-notification" in message.kind:
        return Note("passed", "unknown", False, "a receipt of its reading")
    if message.header("x-failed-recipients"):
        return _by_words(message, "header X-Failed-Recipients", is_ours)
    sender, from_nowhere = message.header("from"), message.header("return-path").strip() == "<>"
    if _DAEMON.search(sender) or (
        (from_nowhere or _NOBODY.search(sender)) and _returns_something(message)
    ):
        return _by_words(message, "its sender and words", is_ours)
    return None


def _returns_something(message: Received) -> bool:
    """Whether it holds a message that came back, or what a server answered to one."""
    words = _before_the_copy(message.whole)
    return bool(message.returned or words != message.whole or _CODE.search(words))


def judged(text: str) -> tuple[Fault, bool]:
    """Whose fault a refusal in the words `text` is, and whether there is no such address.

    Takes what a server answered, or the lines of a note: "550 5.1.1 No such user".
    """
    said = plain(text)
    if _OURS.search(said):
        return "ours", False
    if _FULL.search(said) or _CLOSED.search(said):
        return "theirs", False
    if _LINES.search(said):
        return "unknown", False
    if _ABSENT.search(said):
        return "theirs", True
    return _by_status(said)


def _by_status(said: str) -> tuple[Fault, bool]:
    found = _STATUS.search(said)
    for shape, fault, absent in _BY_STATUS if found else ():
        if found and re.fullmatch(shape, f"{found[2]}.{found[3]}"):
            return fault, absent
    return "unknown", False


def _by_report(message: Received, is_ours: Callable[[str], bool]) -> Note | None:
    """By the fields of a report: of the recipients that are not our own the worst counts."""
    notes = [
        _of_recipient(fields, message)
        for fields in message.report
        if ("action" in fields or "status" in fields) and not is_ours(_recipient(fields))
    ]
    if notes:
        order = ("failed", "delayed", "passed")
        return min(notes, key=lambda note: order.index(note.kind))
    if any("final-recipient" in fields for fields in message.report):
        return Note("passed", "unknown", False, "a report on our own copy alone")
    return _by_words(message, "a report without fields", is_ours)


def _recipient(fields: dict[str, str]) -> str:
    named = fields.get("final-recipient") or fields.get("original-recipient", "")
    return named.partition(";")[2].strip().lower()


def _of_recipient(fields: dict[str, str], message: Received) -> Note:
    action = fields.get("action", "").split()[:1]
    status = fields.get("status", "")
    kind = _ACTIONS.get(action[0].lower().rstrip(";,") if action else "")
    if kind is None:
        kind = {"5": "failed", "4": "delayed", "2": "passed"}.get(status[:1], "failed")  # type: ignore[assignment]
    reason = fields.get("diagnostic-code", "")
    fault, absent = judged(f"{reason} {status}")
    if fault == "unknown" and not reason:
        fault, absent = judged(f"{message.whole[:2000]} {status}")
    said = f"report: {kind}, {status or 'no status'}, {reason[:120] or 'no reason'}"
    return Note(kind or "failed", fault, absent, said)


def _by_words(message: Received, why: str, is_ours: Callable[[str], bool]) -> Note | None:
    """By the words of a note: what follows the returned message is not looked at."""
    failed = addresses(message.header("x-failed-recipients"))
    if failed and all(is_ours(address) for address in failed):
        return Note("passed", "unknown", False, "a note on our own copy alone")
    words = _before_the_copy(message.whole)
    said = plain(f"{message.subject}\n{words}")
    late = _DELAYED.search(said)
    if late and not re.search(r"given up|giving up|giai thich loi vinh vien", said):
        return Note("delayed", "unknown", False, f"{why}: {late[0][:80]!r}")
    gone = _FAILED.search(said)
    if not gone and not (failed or re.search(r"\b5\d\d[ -]\d?\.?|\b5\.\d+\.\d+", said)):
        return None
    fault, absent = judged(words)
    return Note(
        "failed", fault, absent, f"{why}: {gone[0][:80] if gone else 'a code of failure'!r}"
    )


def _before_the_copy(text: str) -> str:
    """The note without the copy of our message below it, whose words are our own."""
    copy = re.search(
        r"^--.{0,100}?(below this line|copy of|original message|message header|your message|"
        r"returned|"
        r"thư gốc|nội dung thư)|^(return-path|received|message-id|dkim-signature): ",
        text,
        re.IGNORECASE | re.MULTILINE,
    )
    return text[: copy.start()] if copy else text
