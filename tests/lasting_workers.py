"""Workers that outlast a batch of reports, so that no test waits for one that loads it all.

Between two tests they do what they do between two reports of a batch: they wait, with everything
imported and a parent of kernels beside them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from multiprocessing import get_context

from carebench.reporting import workers


class Lasting(ProcessPoolExecutor):
    """A worker that a batch, when it is done, leaves to the next one."""

    def __init__(self, waiting: list[Lasting]) -> None:
        super().__init__(1, get_context("spawn"), initializer=workers._begin)
        self._waiting = waiting

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        self._waiting.append(self)

    def lives(self) -> bool:
        """Whether it can still be asked: a test may have killed it while it waited."""
        try:
            return self.submit(bool, True).result()
        except BrokenProcessPool:
            return False

    def end(self) -> None:
        super().shutdown()


@contextmanager
def lasting() -> Iterator[Callable[[], Lasting]]:
    """Hands out workers, those that wait first; all of them end with the context."""
    waiting: list[Lasting] = []

    def worker() -> Lasting:
        while waiting:
            if (found := waiting.pop()).lives():
                return found
        return Lasting(waiting)

    try:
        yield worker
    finally:
        for one in waiting:
            one.end()
