"""Opens a file that somebody brings: what it is, how it is coded, and that it is no trap."""

from __future__ import annotations

import codecs
import re
import zipfile
import zlib
from pathlib import Path

from ...schema import DataError
from .grids import Source, from_csv, from_json
from .workbooks import from_workbook

LARGEST = 200_000_000  # bytes, of a file and of whatever is packed in one
MOST_MEMBERS = 50_000
ENCODINGS = ("utf-8", "utf-16", "windows-1258", "windows-1252")
BOMS = {
    codecs.BOM_UTF8: "utf-8-sig",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}
PAGE = re.compile(r"\s*<(?:!doctype|html|table|head|meta|\?xml)\b", re.IGNORECASE)
READ_FROM_ZIP = (".txt", ".json", ".csv")


def open_file(path: Path, *, encoding: str = "", sheet: str = "") -> list[Source]:
    """The tables and conversations in the file at `path`.

    Parameters
    ----------
    path : Path
        CSV, JSON, text, xlsx, or a zip of those.
    encoding : str
        How the text is coded, where it is neither UTF-8 nor says so itself.
    sheet : str
        The sheet of a workbook to read; all of them where empty.

    Raises
    ------
    DataError
        The file is missing, too large, damaged, or of no kind that is read.
    """
    raw = _bytes(path)
    if raw[:4] == b"PK\x03\x04":
        if path.suffix.lower() in (".xlsx", ".xlsm") or _is_workbook(path):
            check_packed(path)
            return from_workbook(path, sheet)
        return _members(path, encoding)
    if raw[:4] == b"\xd0\xcf\x11\xe0":
        what = "of the old form (.xls)"
        if path.suffix.lower() in (".xlsx", ".xlsm"):
            what = "protected by a password, or of the old form (.xls)"
        raise DataError(f"{path.name} is a workbook {what}. Save it as .xlsx without a password.")
    return [_source(path.name, raw, encoding)]


def check_packed(path: Path) -> None:
    """Raise `DataError` where what is packed is damaged or larger than anything real."""
    try:
        with zipfile.ZipFile(path) as archive:
            entries = archive.infolist()
    except (zipfile.BadZipFile, OSError, ValueError):
        raise DataError(f"{path.name} is damaged or cut off. Copy or export it again.") from None
    size = sum(entry.file_size for entry in entries)
    if path.suffix.lower() in (".xlsx", ".xlsm") and size > LARGEST:
        raise DataError(
            f"{path.name} unpacks to {size / 1e6:,.0f} MB; workbooks are read up to "
            f"{LARGEST / 1e6:,.0f} MB. Save the sheet as CSV."
        )
    if len(entries) > MOST_MEMBERS:
        raise DataError(f"{path.name} holds {len(entries):,} files. Unpack it and name those.")


def _bytes(path: Path) -> bytes:
    try:
        if path.stat().st_size > LARGEST and not zipfile.is_zipfile(path):
            raise DataError(
                f"{path.name} has {path.stat().st_size / 1e6:,.0f} MB; files are read up to "
                f"{LARGEST / 1e6:,.0f} MB. Export shorter periods, one file each."
            )
        with path.open("rb") as file:  # of an archive the beginning is enough
            raw = file.read(4)
            return raw if raw == b"PK\x03\x04" else raw + file.read(LARGEST)
    except FileNotFoundError:
        raise DataError(f"There is no file {path}.") from None
    except IsADirectoryError:
        raise DataError(f"{path} is a folder. Name the files in it.") from None
    except OSError as error:
        raise DataError(f"{path} cannot be read: {error.strerror}.") from None


def _members(path: Path, encoding: str) -> list[Source]:
    """The texts in an archive; nothing is ever unpacked to the disk."""
    check_packed(path)
    sources, read = [], 0
    try:
        with zipfile.ZipFile(path) as archive:
            for entry in archive.infolist():
                if not _is_text(entry.filename):
                    continue
                with archive.open(entry) as file:
                    raw = file.read(LARGEST - read + 1)  # whatever size the archive claims
                read += len(raw)
                if read > LARGEST:
                    raise DataError(
                        f"{path.name} unpacks to more than {LARGEST / 1e6:,.0f} MB of text. "
                        "Unpack it yourself, and name the files that matter."
                    )
                name = f"{path.name}: {entry.filename}"
                sources.append(_source(name, raw, encoding))
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError) as error:
        raise DataError(
            f"{path.name} cannot be unpacked ({error}). Unpack it yourself, and name its files."
        ) from None
    if not sources:
        raise DataError(
            f"{path.name} holds no {', '.join(READ_FROM_ZIP)} file. If it is a sheet of another "
            "program, save it as .xlsx or CSV."
        )
    return sources


def _is_workbook(path: Path) -> bool:
    """Whether it is a workbook under another name."""
    try:
        with zipfile.ZipFile(path) as archive:
            return "xl/workbook.xml" in archive.namelist()
    except (zipfile.BadZipFile, OSError, ValueError):
        return False


def _is_text(name: str) -> bool:
    """Whether a member is read: a chat, or a table; of a download of messages those alone."""
    base = Path(name).name.lower()
    if base.startswith(".") or "__macosx" in name.lower():
        return False
    if base.endswith(".json"):
        return base.startswith("message") or "/" not in name.strip("/")
    return base.endswith(READ_FROM_ZIP)


def _source(name: str, raw: bytes, encoding: str) -> Source:
    text = _decoded(name, raw, encoding)
    if text.lstrip()[:1] in ("{", "["):
        try:
            return from_json(name, text)
        except DataError:
            if not name.lower().endswith((".txt", ".csv")):  # a chat may begin with a bracket
                raise
    if PAGE.match(text):
        raise DataError(
            f"{name} is a web page, whatever its name says, as some systems export. Open it in a "
            "spreadsheet program and save it as .xlsx."
        )
    if name.lower().endswith(".txt"):
        return Source(name, text=text)
    return from_csv(name, text)


def _decoded(name: str, raw: bytes, encoding: str) -> str:
    if not raw.strip():
        raise DataError(f"{name} is empty. Export it again.")
    known = next((code for bom, code in BOMS.items() if raw.startswith(bom)), "")
    code = known or {"windows-1258": "cp1258"}.get(encoding, encoding) or "utf-8"
    try:
        text = raw.decode(code)
    except UnicodeError:
        raise DataError(
            f"{name} is not text in {encoding or known or 'UTF-8'}. Export it in UTF-8, or say "
            f"--encoding with one of {', '.join(ENCODINGS)}."
        ) from None
    if "\0" in text:
        raise DataError(
            f"{name} holds zero bytes: it is no text, or text in utf-16. Export it as CSV in "
            "UTF-8, or say --encoding utf-16."
        )
    return text
