"""One maker at a time: a lock on a file, which the system itself lifts.

Whatever ends a process, its locks end with it: no number of a process is guessed at, and no
lock is ever left behind. Only its empty file may be, and the next maker takes that away.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path


class AlreadyRunning(Exception):
    """Another process holds the lock."""


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold the lock on the file `path`, which is there for that alone.

    Raises
    ------
    AlreadyRunning
        Another process holds it.
    """
    descriptor = _open(path)
    try:
        yield
    finally:
        if os.name == "posix":  # gone before the lock is, so that nobody locks a file that goes
            path.unlink(missing_ok=True)
        os.close(descriptor)
        if os.name != "posix":
            with suppress(OSError):  # another process has it open, and will remove it
                path.unlink()


def _open(path: Path) -> int:
    """A descriptor of the file at `path`, locked; one that was removed meanwhile is no use."""
    while True:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            _lock(descriptor)
            if _is_at(descriptor, path):
                return descriptor
        except BaseException:
            os.close(descriptor)
            raise
        os.close(descriptor)


def _is_at(descriptor: int, path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(descriptor), path.stat())
    except FileNotFoundError:
        return False


def _lock(descriptor: int) -> None:
    try:
        if sys.platform == "win32":
            import msvcrt

            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except (BlockingIOError, PermissionError):
        raise AlreadyRunning from None
