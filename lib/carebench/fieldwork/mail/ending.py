"""Ctrl-C and SIGTERM wait until what was begun is finished; a second Ctrl-C does not."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from types import FrameType


@dataclass(slots=True)
class Ending:
    """Whether somebody asked to end, and how."""

    asked: str = ""


@contextmanager
def in_order() -> Iterator[Ending]:
    """Turn the wish to end into a word that a loop looks at between two steps.

    In a thread that is not the main one signals are left as they are: they never reach it.
    """
    ending = Ending()
    if threading.current_thread() is not threading.main_thread():
        yield ending
        return

    def hear(number: int, _frame: FrameType | None) -> None:
        if ending.asked and number == signal.SIGINT:
            raise KeyboardInterrupt
        ending.asked = signal.Signals(number).name

    before = {number: signal.signal(number, hear) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield ending
    finally:
        for number, handler in before.items():
            signal.signal(number, signal.SIG_DFL if handler is None else handler)
