"""Finds the files that a study names, sees that they are what they should be, and unpacks them."""

from __future__ import annotations

import gzip
import shutil
import stat
import zlib
from pathlib import Path

from ..engine import Engine
from ..schema import DataError, nearest
from ..study import Input

BLOCK = 1 << 20
LARGEST_TEXT = 100_000_000  # of a table that is held in memory: far more than MAX_ROWS should need
LARGEST_UNPACKED = 2_000_000_000
DISK_LEFT = 1_000_000_000
TEXT_KINDS = ("csv", "blank", "fixed")
SIGNATURES = {
    b"PK\x03\x04": ("xlsx", "a workbook or another zip file"),
    b"PAR1": ("parquet", "a Parquet file"),
    b"SQLite format 3\x00": ("sqlite", "an SQLite database"),
    b"\x1f\x8b": ("gz", "compressed by gzip; give its name the ending .gz"),
    b"\xd0\xcf\x11\xe0": ("xls", "an old or password-protected workbook; save it as .xlsx"),
    b"%PDF": ("pdf", "a PDF; save the table in it as CSV or .xlsx"),
}


def find_files(root: Path, pattern: str, where: str) -> list[Path]:
    """The files that `pattern` means, seen from `root`, in the order of their names.

    Raises
    ------
    DataError
        There is no such file, or one of them cannot be read.
    """
    if pattern.startswith("table:"):
        raise DataError(
            f"{where}: {pattern!r} is a table of a cluster. Only customers and transactions can "
            "stand there, and the study must name the cluster: engine = 'sc://host:15002'."
        )
    if "://" in pattern:
        raise DataError(f"{where}: {pattern!r} is an address. Download the file and give its path.")
    path = root / pattern
    try:
        found = matching(root, pattern)
        if found != [path]:
            found = [p for p in found if not p.is_dir()]
        if not found and not any(mark in pattern for mark in "*?["):
            raise DataError(f"{where}: there is no file {path}.{_beside(path)}")
        if not found:
            raise DataError(f"{where}: no file matches {pattern!r}.{_beside(path)}")
        for one in found:
            _check_readable(one, where)
    except DataError:
        raise
    except (OSError, ValueError, NotImplementedError) as error:
        said = getattr(error, "strerror", None) or str(error)
        raise DataError(f"{where}: {_shown(pattern)} is no path of a file: {said}.") from None
    return found


def matching(root: Path, pattern: str) -> list[Path]:
    """What `pattern`, seen from the folder `root`, means: itself if it is there, or its matches.

    Folders that are there are taken by their names, so that only the rest is a pattern.
    """
    path = root / pattern
    if path.exists():
        return [path]
    parts = list(path.parts)
    folder = Path(parts.pop(0))
    while len(parts) > 1 and (folder / parts[0]).is_dir():
        folder /= parts.pop(0)
    return sorted(folder.glob("/".join(parts)))


def _shown(pattern: str) -> str:
    return repr(pattern if len(pattern) <= 80 else pattern[:80] + "…")


def _check_readable(path: Path, where: str) -> None:
    if path.is_dir():
        raise DataError(f"{where}: {path} is a folder. Name a file, or a pattern such as *.csv.")
    if not stat.S_ISREG(path.stat().st_mode):  # to read a pipe would wait for ever
        raise DataError(f"{where}: {path} is no file with data, but a device or a pipe.")
    try:
        with path.open("rb") as file:
            if not file.read(1):
                raise DataError(f"{where}: {path.name} is empty (0 bytes). Export it again.")
    except OSError as error:
        raise DataError(f"{where}: {path} cannot be read: {error.strerror}.") from None


def _beside(path: Path) -> str:
    """What the folder holds instead of a file that is not there."""
    folder = path.parent
    while not folder.is_dir() and folder != folder.parent:
        folder = folder.parent
    try:
        names = sorted(p.name for p in folder.iterdir() if not p.name.startswith("."))
    except OSError:
        return ""
    near = nearest(path.name, names)
    shown = ", ".join(names[:10]) + (", ..." if len(names) > 10 else "")
    return f"{near} The folder {folder} holds: {shown or 'nothing'}."


def made_plain(engine: Engine, source: Input, path: Path, *, large: bool = True) -> Path:
    """The file itself, or its unpacked copy in the work folder, which bears the same name.

    Raises
    ------
    DataError
        It is not of the kind that its name or the study says, is damaged, or is too large for a
        table that is not `large`.
    """
    text = source.kind in TEXT_KINDS
    if path.suffix.lower() == ".gz":
        most = LARGEST_TEXT if text else LARGEST_UNPACKED
        plain = _unpack(engine, path, None if large else most)
    else:
        plain = path
    if text and not large and plain.stat().st_size > LARGEST_TEXT:
        raise _too_large(path.name, f"has {plain.stat().st_size / 1e6:,.0f} MB")
    _check_signature(source, plain)
    return plain


def _too_large(name: str, said: str) -> DataError:
    return DataError(
        f"{name} {said}; a table of this kind is read up to {LARGEST_TEXT / 1e6:,.0f} MB of text. "
        "Is it the file of another table, of attempts, say, or of transactions, which may be of "
        "any size? If not, thin it out or add its rows up: a query (`sql`) can do so with Parquet "
        "of any size."
    )


def _unpack(engine: Engine, path: Path, most: int | None) -> Path:
    # The engine can read gzip, but does not notice damage in it.
    room = engine.work / f"unpacked{len(list(engine.work.glob('unpacked*')))}"
    room.mkdir()
    plain = room / path.name
    free = shutil.disk_usage(engine.work).free - DISK_LEFT
    try:
        with gzip.open(path) as packed, plain.open("wb") as file:
            while block := packed.read(BLOCK):
                if most is not None and file.tell() + len(block) > most:
                    raise _too_large(path.name, f"unpacks to more than {most / 1e6:,.0f} MB")
                if file.tell() + len(block) > free:
                    raise DataError(
                        f"{path.name} unpacks to more than {max(free, 0) / 1e6:,.0f} MB, for which "
                        f"the folder of temporary files ({engine.work.parent}) has no room. Free "
                        "space there, or give less data."
                    )
                file.write(block)
    except DataError:
        plain.unlink()
        raise
    except (EOFError, zlib.error, OSError) as error:
        plain.unlink(missing_ok=True)
        raise DataError(
            f"{path.name} is damaged or cut off ({error}). Copy or export it again."
        ) from None
    return plain


def _check_signature(source: Input, path: Path) -> None:
    with path.open("rb") as file:
        start = file.read(16)
    for signature, (kind, words) in SIGNATURES.items():
        if start.startswith(signature) and kind != source.kind:
            raise DataError(
                f"{path.name} was to be read as {source.kind}, but it is {words}."
                + (f" Say format = {kind!r}." if kind in ("xlsx", "parquet", "sqlite") else "")
            )


def choose(path: Path, what: str, wanted: str, there: list[str]) -> str:
    """The sheet or table `wanted`, or the only one there is."""
    if wanted in there:
        return wanted
    if not wanted and len(there) == 1:
        return there[0]
    said = f"has no {what} {wanted!r}" if wanted else f"has {len(there)} {what}s"
    listed = ", ".join(repr(name) for name in there) or "none"
    raise DataError(
        f"{path.name} {said}.{nearest(wanted, there)} Say which with {what} = ...; "
        f"it has: {listed}."
    )
