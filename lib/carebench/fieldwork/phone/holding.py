"""Who has a shopper's calls: one process at a time, and within it the form that asked last."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

from ...locks import AlreadyRunning, locked
from ...schema import DataError

_HELD: dict[Path, Hold] = {}  # by this process


class Hold:
    """The right to the calls that the file `path` stands for; `lost` is told when it goes."""

    def __init__(self, path: Path, lost: Callable[[], None]) -> None:
        self._path, self._lost, self._lock = path.resolve(), lost, ExitStack()

    def take(self) -> None:
        """Have it, from another form of this process if need be: a cell is often run again.

        Raises
        ------
        DataError
            Another process has it.
        """
        other = _HELD.get(self._path)
        if other is self:
            return
        if other is not None:
            self._lock = other._lock.pop_all()
        else:
            self._enter()
        _HELD[self._path] = self
        if other is not None:
            other._lost()

    def leave(self) -> None:
        """Let others have it."""
        if _HELD.get(self._path) is self:
            del _HELD[self._path]
            self._lock.close()

    def _enter(self) -> None:
        try:
            self._lock.enter_context(locked(self._path))
        except AlreadyRunning:
            raise DataError(
                "This shopper's form is open in another window, with a call begun. Save the call "
                "there, or close that window with its kernel."
            ) from None
        except OSError as error:
            raise DataError(f"{self._path} cannot be locked: {error.strerror}.") from None
