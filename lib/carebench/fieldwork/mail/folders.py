"""Names of IMAP folders: how servers write them, and which of theirs is meant."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterable
from dataclasses import dataclass

LINE = re.compile(rb'\(([^)]*)\) (?:"(?:[^"\\]|\\.)*"|NIL) ?(.*)', re.IGNORECASE | re.DOTALL)
SPECIAL = {  # RFC 6154: a folder by its use, whatever it is called
    "junk": "\\junk",
    "spam": "\\junk",
    "sent": "\\sent",
    "trash": "\\trash",
    "archive": "\\archive",
    "all": "\\all",
}


@dataclass(frozen=True, slots=True)
class Folder:
    """One folder of a mailbox: its name, as read by people, and its uses, in lower case."""

    name: str
    uses: tuple[str, ...] = ()


def listed(answers: Iterable[object]) -> list[Folder]:
    """The folders in what `imaplib` makes of the answer to LIST; what is no folder is left out."""
    folders = []
    for answer in answers:
        head, literal = answer if isinstance(answer, tuple) else (answer, None)
        found = LINE.match(head) if isinstance(head, bytes) else None
        if found is None:
            continue
        name = literal if literal is not None else _unquoted(found[2].strip())
        uses = tuple(found[1].decode("ascii", "replace").lower().split())
        if "\\noselect" not in uses and "\\nonexistent" not in uses:
            folders.append(Folder(decoded(name), uses))
    return folders


def meant(name: str, folders: Iterable[Folder]) -> str | None:
    """The server's own name of the folder that a study calls `name`; None where it has none.

    Exactly so, else in another letter case, else by its use: Junk may be called Spam.
    """
    there = list(folders)
    for folder in there:
        if folder.name == name:
            return name
    for folder in there:
        if folder.name.casefold() == name.casefold():
            return folder.name
    use = SPECIAL.get(name.casefold())
    return next((folder.name for folder in there if use in folder.uses), None)


def encoded(name: str) -> bytes:
    """`name` in the modified UTF-7 of RFC 3501, section 5.1.3: Thư is Th&AbA-."""
    parts, beyond = [], ""
    for letter in name + "\0":
        if letter != "\0" and not " " <= letter <= "~":
            beyond += letter
            continue
        if beyond:
            coded = base64.b64encode(beyond.encode("utf-16-be")).rstrip(b"=").replace(b"/", b",")
            parts.append(b"&" + coded + b"-")
            beyond = ""
        parts.append(b"&-" if letter == "&" else letter.encode() if letter != "\0" else b"")
    return b"".join(parts)


def decoded(name: bytes) -> str:
    """The name that servers write as `name`; servers that write UTF-8 are understood too."""

    def letters(shift: re.Match[str]) -> str:
        if not shift[1]:
            return "&"
        coded = shift[1].replace(",", "/")
        return base64.b64decode(coded + "=" * (-len(coded) % 4)).decode("utf-16-be")

    text = name.decode("utf-8", "replace")
    try:
        return re.sub(r"&([A-Za-z0-9+,]*)-", letters, text)
    except ValueError:  # of base64 or UTF-16: it is no such name, but may be one as it stands
        return text


def quoted(name: str) -> str:
    """`name` as it is said to a server."""
    said = encoded(name).decode("ascii").replace("\\", "\\\\").replace('"', '\\"')
    return f'"{said}"'


def _unquoted(name: bytes) -> bytes:
    if len(name) > 1 and name.startswith(b'"') and name.endswith(b'"'):
        return re.sub(rb"\\(.)", rb"\1", name[1:-1])
    return name
