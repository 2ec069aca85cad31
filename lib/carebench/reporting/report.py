"""One study file, its notebooks, and a folder of reports with an index.

A report is called `<study>-<wave>-<notebook>`, where the study is named by its file, or by
its folder where the file is called study.toml; a provider or a language that was asked for
goes behind. So the same question is always answered under the same address.
"""

from __future__ import annotations

import hashlib
import json
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import active_children, connection, get_context, parent_process
from pathlib import Path
from typing import Any

from .. import resources
from ..schema import DataError
from ..study import Study, load_study
from . import parameters
from .files import prepare
from .jobs import Job, Limits, Result
from .messages import notebook_messages, package_messages, untranslated
from .names import slug
from .provenance import fingerprints

OVERRIDES = ("wave", "provider", "language", "confidence_level")
Say = Callable[[str], object]


def report(
    study: Path | str,
    *,
    out: Path | str,
    notebooks: Sequence[Path] | None = None,
    parameters: Mapping[str, str] | None = None,
    jobs: int = 2,
    limits: Limits | None = None,
    say: Say = print,
) -> list[Result]:
    """Render the notebooks of a study into the folder `out`, and the index over all of it.

    Parameters
    ----------
    study : Path or str
        The study file.
    out : Path or str
        The folder of the reports; it is made where there is none.
    notebooks : sequence of Path, optional
        Those of the package where not given.
    parameters : mapping of str to str, optional
        Values as typed on a command line, by the names that the notebooks declare.
    jobs : int
        How many notebooks run at the same time, each in a process of its own.
    limits : Limits, optional
        How long a cell and a notebook may take.
    say : callable
        Takes each line about progress.

    Returns
    -------
    list of Result
        One per notebook, in their order. A report that failed leaves the old one as it was
        and does not stop the others.

    Raises
    ------
    DataError
        The study, a parameter or the folder cannot be used; then nothing was rendered.
    """
    folder = Path(out)
    prepared = _jobs(Path(study), folder, notebooks, parameters or {}, limits or Limits())
    say(f"Rendering {len(prepared)} notebooks of “{prepared[0].study.title}” …")
    prepare(folder)
    workers = max(1, min(jobs, len(prepared)))
    with ProcessPoolExecutor(workers, get_context("spawn"), initializer=_obey_parent) as pool:
        try:
            results = _results(pool, workers, prepared, say)
            _write_index(pool, folder, prepared[0].study.language)
        except KeyboardInterrupt:
            for child in active_children():
                child.terminate()
            raise
    return results


def _results(
    pool: ProcessPoolExecutor, workers: int, prepared: Sequence[Job], say: Say
) -> list[Result]:
    """Every job's result; none is handed to the pool before a worker is free to begin it."""
    waiting, done = list(reversed(prepared)), dict[Path, Result]()
    running: dict[Future[Result], Job] = {}
    while waiting or running:
        while waiting and len(running) < workers:
            job = waiting.pop()
            running[_submit(pool, job)] = job
        for future in wait(running, return_when=FIRST_COMPLETED).done:
            job = running.pop(future)
            done[job.html] = result = _result(future, job)
            outcome = f"failed: {result.failure}" if result.failure else "done"
            say(f"{result.notebook} … {outcome}, {result.seconds:.1f} s")
    return [done[job.html] for job in prepared]


def _submit(pool: ProcessPoolExecutor, job: Job) -> Future[Result]:
    try:
        return pool.submit(_render, job)
    except BrokenProcessPool as error:  # a worker was killed: say so for every job that is left
        broken: Future[Result] = Future()
        broken.set_exception(error)
        return broken


def _result(future: Future[Result], job: Job) -> Result:
    try:
        return future.result()
    except BrokenProcessPool:
        reason = "its process was ended from outside or ran out of memory; try again with --jobs 1"
        return Result(job.notebook.stem, job.html, 0.0, reason)


def _render(job: Job) -> Result:
    from .render import render  # slow to import, and only a worker needs it

    return render(job)


def _write_index(pool: ProcessPoolExecutor, out: Path, language: str) -> None:
    from .index import write_index

    try:
        pool.submit(write_index, out, language).result()
    except BrokenProcessPool:
        write_index(out, language)  # here, though it costs this process a slow import


def _obey_parent() -> None:
    """Let a worker stop, and tidy up, when its parent says so or is gone."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's to answer
    signal.signal(signal.SIGTERM, _interrupt)
    parent = parent_process()
    if parent is not None:
        threading.Thread(target=_watch, args=(parent.sentinel,), daemon=True).start()


def _interrupt(_signal: int, _frame: object) -> None:
    raise KeyboardInterrupt


def _watch(parent: int) -> None:
    connection.wait([parent])
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(5)
    os._exit(1)


def _jobs(
    path: Path,
    out: Path,
    notebooks: Sequence[Path] | None,
    given: Mapping[str, str],
    limits: Limits,
) -> list[Job]:
    """What is to be rendered, with everything checked that can be before a kernel starts."""
    found = list(notebooks) if notebooks is not None else _own_notebooks()
    values = _values(found, given, path)
    every = {name: value for known in values.values() for name, value in known.items()}
    study = load_study(path, **{name: every[name] for name in OVERRIDES if name in every})
    _refuse_untranslated(found, study.language)
    names = _names(study, load_study(path), found)
    files = fingerprints(study)
    return [
        Job(notebook, name, study, values[notebook], files, out, limits)
        for notebook, name in zip(found, names, strict=True)
    ]


def _refuse_untranslated(notebooks: Sequence[Path], language: str) -> None:
    """A report is wholly in its language, or is not made."""
    if language == "en":
        return
    cells = [json.loads(path.read_text(encoding="utf-8")) for path in notebooks]
    prose = [message for notebook in cells for message in notebook_messages(notebook)]
    if lacking := untranslated([*package_messages(), *prose], language):
        raise DataError(
            f"{len(lacking)} messages have no translation into {language!r}, first: "
            f"{lacking[0]!r}. Add them to the catalogue (locale/{language}/LC_MESSAGES/"
            "carebench.po), or render the reports in English: -p language en."
        )


def _own_notebooks() -> list[Path]:
    folder = resources.folder("notebooks")
    found = sorted(folder.glob("*.ipynb"))
    if not found:
        raise DataError(f"There is no notebook in {folder}. Install the package again.")
    return found


def _values(
    notebooks: Sequence[Path], given: Mapping[str, str], study: Path
) -> dict[Path, dict[str, parameters.Value]]:
    """For each notebook, the values given that it declares; a name none declares is refused."""
    if "study" in given:
        raise DataError("The study is named first, not with -p: carebench report STUDY.")
    known = {path: _declared(path) for path in notebooks}
    anywhere = {name: p for one in known.values() for name, p in one.items() if name != "study"}
    parameters.from_text(given, anywhere)
    values = {}
    for path, declared in known.items():
        own = {name: text for name, text in given.items() if name in declared}
        located = parameters.accepted({"study": str(study.resolve())}, declared)
        values[path] = {**located, **parameters.from_text(own, declared)}
    return values


def _declared(path: Path) -> dict[str, parameters.Parameter]:
    try:
        notebook: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        cells = [dict(cell) for cell in notebook["cells"]]
    except OSError as error:
        raise DataError(f"The notebook {path} cannot be read: {error.strerror}.") from None
    except (ValueError, KeyError, TypeError):
        raise DataError(f"{path.name} is no notebook (*.ipynb, format 4).") from None
    return parameters.declared({"cells": cells}, path.name)


def _names(study: Study, as_written: Study, notebooks: Sequence[Path]) -> Iterator[str]:
    """The name of each report; what the study file itself says needs no mention."""
    stem = study.path.stem if study.path.stem != "study" else study.path.parent.name
    asked = [
        _name_of(value)
        for value, usual in (
            (study.provider, as_written.provider),
            (study.language, as_written.language),
        )
        if value != usual
    ]
    before = [_name_of(part) for part in (stem, study.wave) if part]
    for notebook in notebooks:
        yield "-".join([*before, slug(notebook.stem), *asked])


def _name_of(words: str) -> str:
    """A slug; where it had to drop something, a few digits keep two names apart."""
    name = slug(words)
    if name == words.lower().replace(" ", "-"):
        return name
    return "-".join(part for part in (name, hashlib.sha256(words.encode()).hexdigest()[:4]) if part)
