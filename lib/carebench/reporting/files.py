"""Files that are whole or not there: a private folder to write in, one move to publish."""

from __future__ import annotations

import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from ..locks import AlreadyRunning, locked
from ..schema import DataError

PREFIX = ".carebench-"
A_DAY = 24 * 3600


def prepare(out: Path) -> None:
    """Make the folder `out`, and sweep away what runs that were killed left there.

    Raises
    ------
    DataError
        The folder cannot be made or written to.
    """
    try:
        out.mkdir(parents=True, exist_ok=True)
        with private_folder(out):
            pass
    except OSError as error:
        raise DataError(
            f"Reports cannot be written to the folder {out}: {error.strerror}. Name another one."
        ) from None
    for left in out.glob(PREFIX + "*"):
        with suppress(OSError, AlreadyRunning):  # another run may be sweeping too
            if left.is_symlink() or time.time() - left.stat().st_mtime < A_DAY:
                continue
            if left.is_dir():
                shutil.rmtree(left, ignore_errors=True)
            else:
                with locked(left):  # a lock takes its file away
                    pass


@contextmanager
def private_folder(out: Path) -> Iterator[Path]:
    """A hidden folder on the file system of `out`, gone at the end."""
    folder = Path(tempfile.mkdtemp(prefix=PREFIX, dir=out))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def publish(text: str, target: Path, *, private: Path) -> None:
    """Write `text` to `target`: a reader sees the old file or the new one, never a part."""
    draft = private / target.name
    with draft.open("w", encoding="utf-8", newline="\n") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    _replace(draft, target)


def _replace(draft: Path, target: Path, tries: int = 10) -> None:
    """Move `draft` to `target`; on Windows a viewer may hold the old file for a moment."""
    for left in reversed(range(tries)):
        try:
            os.replace(draft, target)
            return
        except PermissionError:
            if not left:
                raise
            time.sleep(0.2)
