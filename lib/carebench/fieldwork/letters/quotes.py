"""Cuts from a message what its writer did not write now: the quoted part and the signature."""

from __future__ import annotations

import re

_SAYS = re.compile(
    r"^(on|vào|am|le)\b.{4,300}\b(wrote|đã viết|viết|schrieb|a écrit)\s*:$", re.IGNORECASE
)
_OPENS = re.compile(r"^(on|vào)\b.{4,}", re.IGNORECASE)
_ORIGINAL = re.compile(
    r"^[-_\s]*(original (message|appointment)|forwarded message|begin forwarded message|"
    r"thư gốc|tin nhắn gốc|thư đã chuyển tiếp|nội dung gốc)[-_:\s]*$",
    re.IGNORECASE,
)
_HEADER = re.compile(
    r"^\W{0,2}(from|sent|date|to|cc|subject|từ|người gửi|đã gửi|ngày|đến|tới|gửi đến|chủ đề|"
    r"tiêu đề)"
    r"\W{0,2}:\W{0,2}\s*\S",
    re.IGNORECASE,
)
_ABOVE = re.compile(r"(reply|type|trả lời|nhập).{0,40}(above|phía trên|trên dòng)", re.IGNORECASE)
_DEVICE = re.compile(r"^(sent from|get outlook for|(đã )?(được )?gửi từ) (my )?\S+", re.IGNORECASE)
_HEADERS = 3  # lines of headers in a row: fewer may be a list that a person wrote
_SPLIT = 3  # lines over which "On ... wrote:" may run


def own_words(text: str) -> str:
    """What the writer of `text` says now: no quoted part, no signature, no marks of systems.

    Where nothing would be left, all is kept: a reply inside the quoted text is one too.
    """
    lines = [line.strip() for line in text.splitlines()]
    kept: list[str] = []
    at = 0
    while at < len(lines):
        line = lines[at]
        length = _says_who_wrote(lines, at)
        if length and not _quoted_below(lines, at + length):
            break
        if line == "--" or _ORIGINAL.match(line) or _is_header_block(lines, at):
            break
        if not (length or line.startswith(">") or _is_mark(line)):
            kept.append(line)
        at += max(length, 1)
    said = re.sub(r"\n{3,}", "\n\n", "\n".join(kept)).strip()
    return said or text.strip()


def _says_who_wrote(lines: list[str], at: int) -> int:
    """Over how many lines "On ..., A wrote:" runs that begins here; 0 where none does."""
    if not _OPENS.match(lines[at]):
        return 0
    for length in range(1, _SPLIT + 1):
        if _SAYS.match(" ".join(lines[at : at + length])):
            return length
    return 0


def _quoted_below(lines: list[str], at: int) -> bool:
    """Whether what follows is marked by >, so that an answer may stand below it."""
    following = next((line for line in lines[at:] if line), "")
    return following.startswith(">")


def _is_header_block(lines: list[str], at: int) -> bool:
    """Whether a copied head begins here, as Outlook writes it: From:, Sent:, To:, Subject:."""
    block = [line for line in lines[at : at + 2 * _HEADERS] if line][:_HEADERS]
    return len(block) == _HEADERS and all(_HEADER.match(line) for line in block)


def _is_mark(line: str) -> bool:
    return bool(_ABOVE.search(line) and len(line) < 120 and "#" in line) or bool(
        _DEVICE.match(line) and len(line) < 60
    )
