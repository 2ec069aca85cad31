"""Reads a received message, whatever its state: nothing is loaded, nothing attached is opened.

Headers are decoded one by one and by ourselves, because the parsers of structured headers in the
standard library raise on some broken ones, and one hostile header must not hide a message.
"""

from __future__ import annotations

import re
from codecs import lookup
from collections.abc import Iterator
from dataclasses import dataclass, field
from email import message_from_bytes
from email.errors import HeaderParseError
from email.header import decode_header
from email.message import Message
from email.parser import BytesHeaderParser
from email.utils import getaddresses

from .markup import text_of
from .quotes import own_words

LARGEST = 10 * 1024 * 1024  # bytes of one message; of a larger one the head is kept and read
LONGEST = 200_000  # characters of text that are looked at
MOST_PARTS = 200
DEEPEST = 30
LONGEST_HEADER = 10_000  # characters; what follows is no header that anybody needs
MOST_HEADERS = 1_000
_NO_CHARSETS = (
    "punycode",
    "idna",
)  # of names of hosts; reading them takes the square of their size
_OTHER_CHARSETS = ("utf-8", "windows-1258", "latin-1")  # the last one reads any bytes


@dataclass(frozen=True, slots=True)
class Received:
    """A received message as text.

    Parameters
    ----------
    headers : dict
        By name in lower case: its values, decoded, in their order.
    whole : str
        All visible text, quoted parts and signature too.
    text : str
        What its writer says now.
    kind : str
        Its content type, and for a report its type: "multipart/report; delivery-status".
    report : tuple of dict
        The groups of fields of a delivery report, names in lower case.
    returned : str
        The head, or more, of a message that is returned inside.
    damage : str
        What failed where nothing could read it: its bare letters are its text then.
    """

    headers: dict[str, tuple[str, ...]] = field(default_factory=dict)
    whole: str = ""
    text: str = ""
    kind: str = ""
    report: tuple[dict[str, str], ...] = ()
    returned: str = ""
    damage: str = ""

    def header(self, name: str) -> str:
        """All values of a header, joined; "" where there is none."""
        return " ".join(self.headers.get(name.lower(), ()))

    @property
    def subject(self) -> str:
        """The subject, decoded."""
        return self.header("subject")

    @property
    def sender(self) -> str:
        """The address it says to come from, in lower case."""
        return next(iter(addresses(self.header("from"))), "")


def read(raw: bytes) -> Received:
    """The message in `raw`; never raises on what a message may hold.

    Parameters
    ----------
    raw : bytes
        As it was received. Of more than 10 MB the head alone is read.
    """
    try:
        return _read(raw)
    except Exception as error:  # strangers write it: whatever it is that fails in the library
        text = raw[:LONGEST].decode("utf-8", "replace")
        return Received(whole=text, text=text, damage=type(error).__name__)


def _read(raw: bytes) -> Received:
    message = _parsed(raw)
    headers: dict[str, tuple[str, ...]] = {}
    for name, value in message.items()[:MOST_HEADERS]:
        headers[name.lower()] = (*headers.get(name.lower(), ()), decoded(str(value)))
    parts = list(_parts(message))
    whole = _visible(parts)[:LONGEST]
    returned = next((part.text for part in parts if part.kind in _RETURNED), "")
    status = next((part.text for part in parts if part.kind.endswith("delivery-status")), "")
    report = f"; {_parameter(message, 'report-type') or ''}".rstrip("; ").lower()
    return Received(
        headers,
        whole,
        own_words(whole),
        message.get_content_type() + report,
        tuple(_groups(status)),
        returned[:LONGEST],
    )


def decoded(value: str) -> str:
    """A header's value with its encoded words read, on one line."""
    value = " ".join(line.strip() for line in value[:LONGEST_HEADER].splitlines())
    if "=?" not in value:
        return value.encode("utf-8", "surrogateescape").decode("utf-8", "replace").strip()
    try:
        pieces = decode_header(value)
    except (HeaderParseError, ValueError):
        return _sound(value.strip())
    texts = (
        piece if isinstance(piece, str) else _as_text(piece, charset) for piece, charset in pieces
    )
    return _sound("".join(texts).strip())


def addresses(value: str) -> list[str]:
    """The addresses in a header's value, in lower case."""
    try:
        found = getaddresses([value[:LONGEST_HEADER]])
    except (RecursionError, ValueError, IndexError):
        return []
    return [address.lower() for _name, address in found if "@" in address]


@dataclass(frozen=True, slots=True)
class _Part:
    kind: str
    text: str


_RETURNED = ("message/rfc822", "text/rfc822-headers", "message/global", "message/global-headers")


def _parsed(raw: bytes) -> Message:
    """The message, or where its body defies every parser its head alone."""
    if len(raw) <= LARGEST:
        try:
            return message_from_bytes(raw)
        except (RecursionError, ValueError, LookupError, AttributeError, TypeError, IndexError):
            pass
    return BytesHeaderParser().parsebytes(raw[:LARGEST].split(b"\n\n")[0][: 64 * 1024])


def _parts(message: Message, depth: int = 0) -> Iterator[_Part]:
    """Every part that is text or a report, with what it says; a returned message is one part."""
    kind = message.get_content_type()
    if kind in ("message/rfc822", "message/global"):
        yield _Part(kind, _flat(message))
    elif kind.startswith("message/") and kind.endswith("delivery-status"):
        yield _Part(kind, "\n\n".join(_group(group) for group in _inside(message)))
    elif message.is_multipart() and depth < DEEPEST:
        for part in _inside(message)[:MOST_PARTS]:
            yield from _parts(part, depth + 1)
    elif kind in _RETURNED or (kind.startswith("text/") and not _is_attached(message)):
        yield _Part(kind, _content(message))


def _inside(message: Message) -> list[Message]:
    payload = message.get_payload()
    return [part for part in payload if isinstance(part, Message)] if message.is_multipart() else []


def _is_attached(part: Message) -> bool:
    return str(part.get("Content-Disposition", "")).strip().lower().startswith("attachment")


def _flat(message: Message) -> str:
    """A returned message as text: its head, then what can be read of it."""
    inside = _inside(message)
    if not inside:
        return _content(message)
    texts = [part.text for part in _parts(inside[0], DEEPEST - 2) if part.kind == "text/plain"]
    return _flat_head(inside[0]) + "\n\n" + "\n".join(texts)


def _group(group: Message) -> str:
    """A group of fields; in the form of RFC 6533 the further groups stand where a body would."""
    below = "" if group.is_multipart() else _content(group)
    return f"{_flat_head(group)}\n\n{below}".strip()


def _flat_head(message: Message) -> str:
    return "\n".join(
        f"{name}: {decoded(str(value))}" for name, value in message.items()[:MOST_HEADERS]
    )


def _content(part: Message) -> str:
    payload = part.get_payload(decode=True)
    if not isinstance(payload, bytes):
        return ""
    return _as_text(payload[: 4 * LONGEST], _parameter(part, "charset"))


def _parameter(part: Message, name: str) -> object:
    """A parameter of the content type; None where the library fails over how it is split."""
    try:
        return part.get_param(name)
    except (TypeError, ValueError):  # of pieces some of which are numbered
        return None


def _as_text(payload: bytes, charset: object) -> str:
    """Bytes as text by the charset they claim, else by the first that fits."""
    for name in (str(charset or "utf-8").strip("\"' "), *_OTHER_CHARSETS):
        try:
            if lookup(name).name in _NO_CHARSETS:
                continue
            return _sound(payload.decode(name).replace("\x00", ""))
        except (LookupError, ValueError):
            continue
    return payload.decode("latin-1")


def _sound(text: str) -> str:
    """`text` without halves of letters, which some charsets yield and no file can hold."""
    return text.encode("utf-8", "replace").decode()


def _visible(parts: list[_Part]) -> str:
    """Plain text where there is some, else the text of the HTML."""
    plain = "\n".join(part.text for part in parts if part.kind == "text/plain").strip()
    html = "\n".join(text_of(part.text) for part in parts if part.kind == "text/html")
    return plain if len(plain) > len(html) / 10 else html


def _groups(status: str) -> Iterator[dict[str, str]]:
    """The groups of fields of a delivery report, parted by empty lines."""
    lines = "\n".join(line.rstrip() for line in status.splitlines())
    for block in re.split(r"\n\n+", lines):
        unfolded = re.sub(r"\n[ \t]+", " ", block)
        fields = re.findall(r"^([!-9;-~]+):[ \t]*(.*)$", unfolded, re.MULTILINE)
        if fields:
            yield {name.lower(): value.strip() for name, value in fields}
