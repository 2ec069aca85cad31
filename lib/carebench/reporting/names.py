"""Names for files and anchors, made from words that may hold anything."""

from __future__ import annotations

import re
import unicodedata


def slug(words: str) -> str:
    """`words` as a name for a file or an anchor: lower case, ASCII, parted by hyphens."""
    plain = unicodedata.normalize("NFKD", words.replace("đ", "d").replace("Đ", "D"))
    ascii_only = plain.encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9_]+", "-", ascii_only).strip("-_")[:60].rstrip("-_")


def free_name(name: str, taken: set[str]) -> str:
    """`name`, with a number behind it where it is taken."""
    number, free = 2, name
    while free in taken:
        free, number = f"{name}-{number}", number + 1
    return free
