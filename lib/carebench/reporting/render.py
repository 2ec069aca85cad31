"""One report, from its notebook to the published file; the work of one worker process.

The imports are slow, so a process pays for them once and renders several reports.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import re
from collections.abc import Sequence
from time import perf_counter
from typing import Any

import nbformat

from ..language import _, date, use
from ..locks import AlreadyRunning, locked
from . import provenance
from .execute import ReportError, execute
from .files import PREFIX, private_folder, publish
from .index import Manifest, is_made
from .jobs import Job, Result
from .messages import translated
from .page import Content, UnsafePage, report_page


def render(job: Job) -> Result:
    """Run the notebook, make its page and publish it; on failure the old report stays."""
    start = perf_counter()
    failure = ""
    try:
        with locked(job.out / f"{PREFIX}{job.slug}.lock"):
            if not job.again and is_made(job):  # by another run, since ours began
                return Result(job.slug, job.html, skipped=True)
            _render(job)
    except AlreadyRunning:
        failure = (
            "already running: another process is making this report now. Wait for it, or name "
            "another folder with --out"
        )
    except (ReportError, UnsafePage) as error:
        failure = str(error)
    except OSError as error:
        failure = (
            f"The report cannot be written: {error.strerror or error}. Make room, or name another "
            "folder with --out"
        )
    return Result(job.slug, job.html, perf_counter() - start, failure)


def _render(job: Job) -> None:
    use(job.study.language)
    raw = job.notebook.read_bytes()
    read: Any = nbformat.reads  # which has no types
    notebook = read(raw.decode("utf-8"), as_version=4)
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            cell.source = translated(cell.source)
    made = dt.datetime.now(dt.UTC)
    with private_folder(job.out) as private:
        done = execute(
            notebook, job.values, name=job.notebook.name, folder=private, limits=job.limits
        )
        title = _title(done) or job.notebook.stem
        files = [*job.files, (job.notebook.name, hashlib.sha256(raw).hexdigest())]
        page = report_page(done, _content(job, title, files, made))
        publish(page, job.html, private=private)
        digest = hashlib.sha256(page.encode()).hexdigest()
        _manifest(job, done, title, made, digest).write(job.out, private=private)


def _content(job: Job, title: str, files: Sequence[tuple[str, str]], made: dt.datetime) -> Content:
    study = job.study
    source = _("Data: {origin}").format(origin=study.origin) if study.origin else ""
    masthead = [study.title, study.wave, study.provider, source, date(made)]
    return Content(
        title=title,
        masthead=[fact for fact in masthead if fact],
        facts=provenance.facts(study, job.values, made),
        files=files,
        simulated=study.simulated,
        provider=study.provider,
        brand=job.brand,
        with_code=job.with_code,
    )


def _manifest(
    job: Job, done: nbformat.NotebookNode, title: str, made: dt.datetime, digest: str
) -> Manifest:
    told = _told(done)
    return Manifest(
        slug=job.slug,
        title=title,
        study=job.study.title,
        wave=job.study.wave,
        provider=job.study.provider,
        notebook=job.notebook.name,
        language=job.study.language,
        made=made.isoformat(timespec="seconds"),
        headline=str(told.get("headline", "")),
        problems=told.get("problems"),
        simulated=job.study.simulated,
        html=job.html.name,
        sha256=digest,
        made_from=job.made_from,
        origin=job.origin,
    )


def _told(done: nbformat.NotebookNode) -> dict[str, Any]:
    """What the displays of the notebook handed over beside what they showed."""
    told: dict[str, Any] = {}
    for cell in done.cells:
        for output in cell.get("outputs", ()):
            told |= output.get("metadata", {}).get("carebench", {})
    return told


def _title(notebook: nbformat.NotebookNode) -> str:
    """The first heading of the first level, without its marks."""
    for cell in notebook.cells:
        found = re.search(r"^#\s+(.+?)\s*#*$", cell.source, re.MULTILINE)
        if cell.cell_type == "markdown" and found:
            return re.sub(r"[*_`]", "", found[1])
    return ""
