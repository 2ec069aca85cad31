"""Processes that render, each one report at a time and many in its life.

Every worker is a pool of one: where one is killed, its report alone fails, and another takes
its place.
"""

from __future__ import annotations

import gc
import logging
import os
import signal
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from functools import cache
from multiprocessing import active_children, connection, get_context, parent_process
from pathlib import Path
from typing import Any

from . import warm
from .jobs import Job, Result

KILLED = (
    "the process that made it was ended from outside or ran out of memory; run the command "
    "again with --jobs 1, and what is done will be skipped"
)


class Workers:
    """`n` processes; leaving the context ends them, at once where that is by an exception."""

    def __init__(self, n: int) -> None:
        self._free = [_worker() for _ in range(n)]
        self._running: dict[Future[Result], tuple[Job, ProcessPoolExecutor]] = {}

    def __enter__(self) -> Workers:
        return self

    def __exit__(self, error: type[BaseException] | None, *_: object) -> None:
        if error is not None:
            for child in active_children():
                child.terminate()
        for worker in [*self._free, *(worker for _, worker in self._running.values())]:
            worker.shutdown(cancel_futures=True)

    def results(self, jobs: Sequence[Job]) -> Iterator[Result]:
        """The result of each job, as it comes."""
        waiting = deque(jobs)
        while waiting or self._running:
            while waiting and self._free:
                future, worker = self._submit(waiting[0])
                self._running[future] = waiting.popleft(), worker
            for future in wait(self._running, return_when=FIRST_COMPLETED).done:
                job, worker = self._running.pop(future)
                broken = isinstance(future.exception(), BrokenProcessPool)
                self._free.append(_worker() if broken else worker)
                yield _result(future, job)

    def write_index(self, out: Path, language: str) -> None:
        """Write the list of all reports in `out`."""
        try:
            self._free[-1].submit(_index, out, language).result()
        except BrokenProcessPool:
            _index(out, language)  # here, though it costs this process a slow import

    def _submit(self, job: Job) -> tuple[Future[Result], ProcessPoolExecutor]:
        worker = self._free.pop()
        try:
            return worker.submit(_render, job), worker
        except BrokenProcessPool:  # it was killed while it had nothing to do
            worker = _worker()
            return worker.submit(_render, job), worker


def _worker() -> ProcessPoolExecutor:
    return ProcessPoolExecutor(1, get_context("spawn"), initializer=_begin)


def _result(future: Future[Result], job: Job) -> Result:
    error = future.exception()
    if error is None:
        return future.result()
    reason = KILLED if isinstance(error, BrokenProcessPool) else f"{type(error).__name__}: {error}"
    return Result(job.slug, job.html, 0.0, reason)


def _render(job: Job) -> Result:
    warm.start()  # which loads what kernels need while this process loads what it needs itself
    return _loaded()(job)


@cache
def _loaded() -> Callable[[Job], Result]:
    """What makes a report, with all that it needs loaded, once in the life of a worker."""
    from .render import render

    gc.freeze()  # what is loaded need not be searched again for each report
    return render


def _index(out: Path, language: str) -> None:
    from .index import write_index

    write_index(out, language)


def _begin() -> None:
    """Let a worker stop, and tidy up, when its parent says so or is gone."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's to answer
    signal.signal(signal.SIGTERM, _interrupt)
    # Of a kernel that Ctrl-C ended too, a task is left over whose error nobody needs to see.
    logging.getLogger("asyncio").setLevel(logging.CRITICAL)
    modules: dict[str, Any] = sys.modules
    # Where it is installed, jsonschema loads it, which builds a grammar of addresses for a second.
    modules["rfc3987_syntax"] = None
    parent = parent_process()
    if parent is not None:
        threading.Thread(target=_watch, args=(parent.sentinel,), daemon=True).start()


def _interrupt(_signal: int, _frame: object) -> None:
    raise KeyboardInterrupt


def _watch(parent: int) -> None:
    connection.wait([parent])
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(20)  # enough to tidy up, even where much else runs
    os._exit(1)
