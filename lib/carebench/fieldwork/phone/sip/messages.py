"""SIP messages (RFC 3261) as text: what a caller must write, and read of what comes back."""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass

SHORT_NAMES = {
    "v": "via", "f": "from", "t": "to", "i": "call-id", "m": "contact", "l": "content-length",
    "c": "content-type", "k": "supported",
}  # fmt: skip
_STATUS = re.compile(r"SIP/2\.0 +([1-6]\d\d)(?: +(.*))?", re.IGNORECASE)
_REQUEST = re.compile(r"([A-Z]+) +(\S+) +SIP/2\.0", re.IGNORECASE)
_ADDRESS = re.compile(r"<([^>]+)>")
MOST_HEADERS = 200


@dataclass(frozen=True, slots=True)
class Message:
    """A response (`code` above 0) or a request (`method`) with its headers in their order."""

    code: int
    reason: str
    method: str  # of a request; of a response the one that its CSeq names
    headers: tuple[tuple[str, str], ...]
    body: str = ""

    def all(self, name: str) -> list[str]:
        """Every value of the header `name`, in small letters."""
        return [value for key, value in self.headers if key == name]

    def first(self, name: str) -> str:
        """The first value of the header `name`, "" where there is none."""
        return next(iter(self.all(name)), "")

    @property
    def branch(self) -> str:
        """The name of the transaction, in the topmost Via."""
        return parameter(self.first("via").split(",")[0], "branch")


def read(data: bytes) -> Message | None:
    """The message in a datagram; None where it is none."""
    head, _blank, body = data.decode("utf-8", "replace").partition("\r\n\r\n")
    first, *lines = re.sub(r"\r\n[ \t]+", " ", head).split("\r\n")
    status, request = _STATUS.fullmatch(first.strip()), _REQUEST.fullmatch(first.strip())
    if not (status or request) or len(lines) > MOST_HEADERS:
        return None
    headers = []
    for line in lines:
        name, colon, value = line.partition(":")
        if not colon:
            return None
        short = name.strip().lower()
        headers.append((SHORT_NAMES.get(short, short), value.strip()))
    said = next((value for name, value in headers if name == "cseq"), "")
    method = request[1] if request else said.rpartition(" ")[2]
    code, reason = (int(status[1]), status[2] or "") if status else (0, "")
    return Message(code, reason, method.upper(), tuple(headers), body)


def write(first: str, headers: list[tuple[str, str]], body: str = "") -> bytes:
    """A message as it goes out; a line end inside a value can make no header of its own."""
    content = body.encode()
    lines = [first, *(f"{name}: {value}" for name, value in headers)]
    safe = [re.sub(r"[\r\n]+", " ", line) for line in lines]
    safe.append(f"Content-Length: {len(content)}")
    return ("\r\n".join(safe) + "\r\n\r\n").encode() + content


def parameter(value: str, name: str) -> str:
    """The parameter `name` behind a header's value, "" where there is none."""
    found = re.search(rf';\s*{name}\s*=\s*"?([^;,"\s>]+)', value.rpartition(">")[2], re.IGNORECASE)
    return found[1] if found else ""


def address(value: str) -> str:
    """The address in a header such as Contact, without its name; "" where there is none."""
    found = _ADDRESS.search(value)
    return found[1] if found else value.partition(";")[0].strip()


def route(message: Message) -> list[str]:
    """The way that requests inside the call take: Record-Route, backwards."""
    entries = [part.strip() for value in message.all("record-route") for part in value.split(",")]
    return [entry for entry in reversed(entries) if entry]


def new_branch() -> str:
    """A name for a transaction, with the mark of RFC 3261."""
    return "z9hG4bK" + secrets.token_hex(8)


def offer(host: str, port: int) -> str:
    """What sound we could hear (SDP): plain telephone sound, which nothing here plays or keeps."""
    family = "IP6" if ":" in host else "IP4"
    lines = (
        "v=0", f"o=- {secrets.randbelow(2**31)} 1 IN {family} {host}", "s=-",
        f"c=IN {family} {host}", "t=0 0", f"m=audio {port} RTP/AVP 0", "a=rtpmap:0 PCMU/8000",
        "a=recvonly",
    )  # fmt: skip
    return "".join(f"{line}\r\n" for line in lines)
