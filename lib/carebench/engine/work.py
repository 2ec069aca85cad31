"""A private folder to work in: gone when it is closed, swept by the next one if it is left behind.

Its owner holds a lock on a file in it, which the system itself lifts when the owner ends, however
it ends. No number of a process is guessed at: another container may share the folder for
temporary files, and have its own numbers. Only folders of the same user that hold such a file
are swept. Windows has no such lock: what a process that was killed left there stays.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import sys
import tempfile
from pathlib import Path

PREFIX = "carebench-"
LOCK = "owner.lock"


class WorkFolder:
    """A folder that only this user can enter, in the folder for temporary files.

    Parameters
    ----------
    prefix : str
        How its name begins, and those of the folders that are swept on the way.
    """

    def __init__(self, prefix: str = PREFIX) -> None:
        sweep(prefix)
        self.path = Path(tempfile.mkdtemp(prefix=prefix))
        self._lock = _own(self.path)

    def __enter__(self) -> Path:
        return self.path

    def __exit__(self, *_: object) -> None:
        self.remove()

    def remove(self) -> None:
        """Remove the folder and all that is in it."""
        _remove(self.path)
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None


def sweep(prefix: str = PREFIX) -> None:
    """Remove the folders of this user that begin with `prefix` and whose owner is gone."""
    if sys.platform == "win32":
        return
    for folder in Path(tempfile.gettempdir()).glob(prefix + "*"):
        with contextlib.suppress(OSError):  # another process may be sweeping too
            if folder.is_symlink() or folder.stat().st_uid != os.getuid():
                continue
            lock = os.open(folder / LOCK, os.O_RDWR | os.O_NOFOLLOW)
            try:
                _lock(lock)  # an error where the owner lives
                _remove(folder)
            finally:
                os.close(lock)


def _own(folder: Path) -> int | None:
    """A descriptor of the folder's lock, which is held; None where there can be none."""
    draft = folder / f"{LOCK}.new"
    lock = os.open(draft, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        _lock(lock)
        draft.rename(folder / LOCK)  # seen by others only when it is held
    except OSError:  # some network drives know no locks: such a folder is never swept
        os.close(lock)
        return None
    return lock


def _lock(descriptor: int) -> None:
    """Hold the lock on a file until it is closed; an OSError where another process does."""
    if sys.platform == "win32":
        raise OSError("no lock that ends with its process")
    import fcntl

    fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)


def _remove(folder: Path) -> None:
    """Remove a folder, its lock last: what is left by an interruption is swept the next time."""
    with contextlib.suppress(OSError):
        for inside in folder.iterdir():
            if inside.is_dir() and not inside.is_symlink():
                shutil.rmtree(inside, ignore_errors=True)
            elif inside.name != LOCK:
                inside.unlink(missing_ok=True)
    shutil.rmtree(folder, ignore_errors=True)
