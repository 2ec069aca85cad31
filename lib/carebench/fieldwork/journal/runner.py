"""One runner at a time: a second one would take the first one's open intents for doubts."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from ...locks import AlreadyRunning, locked
from ...schema import DataError
from ..wave import Wave
from .faults import NETWORK


@contextmanager
def only_runner(wave: Wave) -> Iterator[None]:
    """Be the one who sends or calls in this wave.

    The system lifts the lock when the process ends, however it ends.

    Raises
    ------
    DataError
        Another runner is at work, or the folder cannot be locked.
    """
    if not wave.folder.is_dir():
        raise DataError(
            f"There is no {wave.folder}: no plan is locked. `carebench plan STUDY --lock` does it."
        )
    lock = wave.folder / ".runner"
    try:
        holder = locked(lock)
        holder.__enter__()
    except AlreadyRunning:
        raise DataError(
            f"Another carebench is at work in {wave.folder}. Wait until it has ended, or end it; "
            "two at once could contact somebody twice."
        ) from None
    except OSError as error:
        raise DataError(f"{lock} cannot be locked: {error.strerror}. {NETWORK}") from None
    try:
        yield
    finally:
        holder.__exit__(None, None, None)
