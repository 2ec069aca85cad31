"""A line on the terminal that says how far a batch of reports is."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from time import monotonic
from typing import TextIO

from .jobs import Result

WIDTH = 30


class Progress:
    """Draws one line and draws it again over itself; nothing where no person watches."""

    def __init__(self, screen: TextIO | None = None) -> None:
        self.screen = screen if screen is not None else sys.stderr
        self.start = monotonic()

    def __call__(self, done: Sequence[Result], n: int) -> None:
        """Show that of `n` reports those in `done` are finished."""
        end = "\n" if len(done) == n else ""
        line = _line(done, n, monotonic() - self.start)
        self.screen.write(f"\r\x1b[2K{line}{end}")
        self.screen.flush()


def _line(done: Sequence[Result], n: int, seconds: float) -> str:
    full = WIDTH * len(done) // n
    parts = [f"[{'#' * full}{'.' * (WIDTH - full)}] {len(done)} of {n}"]
    if failed := sum(bool(result.failure) for result in done):
        parts.append(f"{failed} failed")
    made = sum(not result.skipped for result in done)
    if made and len(done) < n:
        parts.append(f"about {_time(seconds / made * (n - len(done)))} left")
    return ", ".join(parts)


def _time(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 90 else f"{seconds / 60:.0f} min"
