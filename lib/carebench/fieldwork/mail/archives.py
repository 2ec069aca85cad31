"""Reads mail from mbox files and Maildir folders, without changing them."""

from __future__ import annotations

import email
import mailbox
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path

from ...schema import DataError
from ..letters.reading import LARGEST

FROM_LINE = re.compile(r"\S+ +(?:at +)?(\w{3} \w{3} +\d+ [\d:]+.*)")
ZONE = re.compile(r"[+-]\d{4}")

Received = tuple[datetime, bytes]


def archived(path: Path) -> Iterator[Received]:
    """Every message at `path`, with the time at which a server got it.

    That is what the uppermost Received header says, else the line that begins the message in an
    mbox file, else the age of its file in a Maildir, else its own Date. A message that has none
    of these is left out: nobody could say how long it took.

    Raises
    ------
    DataError
        There is no mail at `path`.
    """
    try:
        if path.is_dir():
            yield from _maildir(path)
        else:
            yield from _mbox(path)
    except OSError as error:
        raise DataError(f"{path} cannot be read: {error.strerror}.") from None


def _mbox(path: Path) -> Iterator[Received]:
    if not path.is_file():
        raise DataError(
            f"There is no mail at {path}. fieldwork.mail.archives names mbox files and Maildir "
            "folders, seen from the study's folder."
        )
    with path.open("rb") as file:
        start = file.read(5)
    if start and start != b"From ":
        raise DataError(f"{path} is no mbox file: it does not begin with a line `From ...`.")
    box = mailbox.mbox(path, create=False)
    try:
        for key in box.iterkeys():
            raw = box.get_bytes(key)
            line = box.get_bytes(key, from_=True).split(b"\n", 1)[0]
            received = _of_header(raw) or _of_line(line[5:]) or _of_date(raw)
            if received:
                yield received, raw[: LARGEST + 1]
    finally:
        box.close()


def _maildir(path: Path) -> Iterator[Received]:
    if not ((path / "cur").is_dir() and (path / "new").is_dir()):
        raise DataError(f"{path} is no Maildir: it holds no folders `cur` and `new`.")
    for file in sorted([*(path / "new").iterdir(), *(path / "cur").iterdir()]):
        if file.name.startswith("."):
            continue
        try:
            with file.open("rb") as opened:
                raw, age = opened.read(LARGEST + 1), file.stat().st_mtime
        except (FileNotFoundError, IsADirectoryError):
            continue  # a mail program has just moved it: it is read in the next run
        yield _of_header(raw) or datetime.fromtimestamp(age, UTC), raw


def _of_header(raw: bytes) -> datetime | None:
    """When the last server on the way got it: what stands after the last semicolon."""
    stamps = _headers(raw).get_all("Received", [])
    return _parsed(str(stamps[0]).rpartition(";")[2]) if stamps else None


def _of_date(raw: bytes) -> datetime | None:
    return _parsed(str(_headers(raw).get("Date", "")))


def _of_line(line: bytes) -> datetime | None:
    """Of `From a@b.example Mon Nov 30 09:15:00 2026`: UTC where it names no zone."""
    found = FROM_LINE.match(line.decode("ascii", "replace").strip())
    if found is None:
        return None
    words = found[1].split()
    zones = [word for word in words if ZONE.fullmatch(word)]
    years = [word for word in words[3:] if word.isdigit() and len(word) == 4]
    if len(words) < 4 or not years:
        return None
    return _parsed(f"{words[2]} {words[1]} {years[0]} {words[3]} {(zones or ['+0000'])[0]}")


def _parsed(text: str) -> datetime | None:
    try:
        moment = parsedate_to_datetime(" ".join(text.split()))
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _headers(raw: bytes) -> email.message.Message:
    ends = [at for at in (raw.find(b"\r\n\r\n"), raw.find(b"\n\n")) if at >= 0]
    return email.message_from_bytes(raw[: min(ends)] if ends else raw[:LARGEST])
