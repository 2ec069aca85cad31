"""One study file, its notebooks, and a folder of reports with an index."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from .files import prepare
from .index import is_made, refuse_others
from .jobs import Limits, Result
from .plan import plan
from .workers import Workers

Say = Callable[[str], object]


def report(
    study: Path | str,
    *,
    out: Path | str,
    notebooks: Sequence[Path] | None = None,
    parameters: Mapping[str, str] | None = None,
    against: Sequence[str] = (),
    each_provider: bool = False,
    languages: Sequence[str] = (),
    again: bool = False,
    with_code: bool = False,
    jobs: int = 2,
    limits: Limits | None = None,
    say: Say = print,
    watch: Callable[[Sequence[Result], int], object] | None = None,
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
    against : sequence of str
        Earlier waves of the study, or other study files (*.toml), to compare with; the last
        wave before the study's own in its tables where none is named.
    each_provider : bool
        Whether to render a report for every provider in the study's tables.
    languages : sequence of str
        One report for each; in the study's own language where none is named.
    again : bool
        Whether to render what is there already, made from the same.
    with_code : bool
        Whether each page shows the code of its cells, folded.
    jobs : int
        How many notebooks run at the same time, each in a process of its own.
    limits : Limits, optional
        How long a cell and a notebook may take.
    say : callable
        Takes each line about progress.
    watch : callable, optional
        Takes the results so far and the number of all reports, whenever there is news;
        nothing is then said of single reports.

    Returns
    -------
    list of Result
        One per report, in the order of the plan. A report that failed leaves the old one as
        it was and does not stop the others.

    Raises
    ------
    DataError
        The study, a parameter or the folder cannot be used; then nothing was rendered.
    """
    folder = Path(out)
    planned = plan(
        Path(study),
        folder,
        notebooks=notebooks,
        given=parameters,
        against=against,
        each_provider=each_provider,
        languages=languages,
        with_code=with_code,
        limits=limits,
    )
    refuse_others(planned)
    say(f"Rendering {len(planned)} reports of “{planned[0].study.title}” …")
    prepare(folder)
    todo = [replace(job, again=again) for job in planned if again or not is_made(job)]
    there = {job.slug for job in planned} - {job.slug for job in todo}
    done = {slug: Result(slug, folder / f"{slug}.html", skipped=True) for slug in there}
    if there:
        say(f"{len(there)} are made already from the same; --again makes them again.")
    with Workers(max(1, min(jobs, len(todo)))) as workers:
        for result in workers.results(todo):
            done[result.slug] = result
            _tell(result, list(done.values()), len(planned), say, watch)
        workers.write_index(folder, planned[0].study.language)
    return [done[job.slug] for job in planned]


def _tell(
    result: Result,
    done: Sequence[Result],
    n: int,
    say: Say,
    watch: Callable[[Sequence[Result], int], object] | None,
) -> None:
    if watch is not None:
        watch(done, n)
        return
    outcome = f"failed: {result.failure}" if result.failure else "done"
    say(
        f"{result.slug} … {'made meanwhile' if result.skipped else outcome}, {result.seconds:.1f} s"
    )
