"""`carebench report`: the notebooks of a study as pages."""

from __future__ import annotations

import argparse
import signal
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..language import LANGUAGES
from .arguments import add_against, add_parameters, add_study, parameters_of, study_of

if TYPE_CHECKING:
    from ..reporting.jobs import Result


def add(verbs: Any) -> None:
    """Add the verb to the command line."""
    verb = verbs.add_parser(
        "report",
        help="render the three notebooks of a study as HTML",
        epilog="Exit codes: 0 every report is there; 1 a report failed, or none could be begun; "
        "2 the command was not understood; 130 Ctrl-C; 143 ended by SIGTERM. A report that could "
        "not be made is as it was before.",
    )
    add_study(verb)
    verb.add_argument(
        "--out", type=Path, default=Path("reports"), help="folder of the reports (%(default)s/)"
    )
    add_parameters(verb)
    add_against(verb)
    _add_kinds(verb)
    _add_limits(verb)
    verb.set_defaults(run=_report)


def _add_kinds(verb: argparse.ArgumentParser) -> None:
    """Which reports are made, and what they hold."""
    verb.add_argument(
        "--each", choices=["provider"], help="reports of their own for every provider of the study"
    )
    verb.add_argument(
        "--languages", type=_languages, default=(), metavar="en,vi", help="one report in each"
    )
    verb.add_argument(
        "--again", action="store_true", help="make again what is there, made from the same"
    )
    verb.add_argument("--with-code", action="store_true", help="show the code of each cell, folded")


def _add_limits(verb: argparse.ArgumentParser) -> None:
    verb.add_argument(
        "--jobs", type=_jobs, default=2, help="notebooks at the same time (%(default)s)"
    )
    verb.add_argument(
        "--cell-limit", type=_time, default=900, metavar="SECONDS",
        help="longest time for one cell (%(default)s)",
    )  # fmt: skip
    verb.add_argument(
        "--report-limit", type=_time, default=3600, metavar="SECONDS",
        help="longest time for one report (%(default)s)",
    )  # fmt: skip


def _languages(text: str) -> tuple[str, ...]:
    codes = tuple(code.strip() for code in text.split(","))
    if wrong := [code for code in codes if code not in LANGUAGES]:
        raise argparse.ArgumentTypeError(f"{wrong[0]!r} is none of {', '.join(LANGUAGES)}")
    return codes


def _time(text: str) -> int:
    if not text.isdigit() or not 1 <= int(text) <= 86_400:
        raise argparse.ArgumentTypeError(f"{text!r} is no number of seconds from 1 to 86400")
    return int(text)


def _jobs(text: str) -> int:
    if not text.isdigit() or not 1 <= int(text) <= 64:
        raise argparse.ArgumentTypeError(f"{text!r} is no number from 1 to 64")
    return int(text)


def _report(arguments: argparse.Namespace) -> int:
    from ..reporting.jobs import Limits
    from ..reporting.progress import Progress
    from ..reporting.report import report

    signal.signal(signal.SIGTERM, _end)
    results = report(
        study_of(arguments),
        out=arguments.out,
        parameters=parameters_of(arguments),
        against=arguments.against,
        each_provider=arguments.each == "provider",
        languages=arguments.languages,
        again=arguments.again,
        with_code=arguments.with_code,
        jobs=arguments.jobs,
        limits=Limits(cell=arguments.cell_limit, notebook=arguments.report_limit),
        watch=Progress() if sys.stderr.isatty() else None,
    )
    failed = _say_failed(results)
    if failed < len(results):
        print(f"Open {arguments.out / 'index.html'} in a browser.")
    return 1 if failed else 0


def _say_failed(results: Sequence[Result]) -> int:
    """Say which reports failed and why, and count them."""
    failed = [result for result in results if result.failure]
    for result in failed:
        print(f"carebench: {result.slug} failed: {result.failure}", file=sys.stderr)
    if failed:
        print(
            f"carebench: {len(failed)} of {len(results)} reports failed; their old versions, if "
            "any, are as they were. The same command makes only what is missing.",
            file=sys.stderr,
        )
    return len(failed)


def _end(_signal: int, _frame: object) -> None:
    """Leave in order when the system says so."""
    print(
        "carebench: ended from outside (SIGTERM); reports that were finished are kept, and the "
        "same command makes the others.",
        file=sys.stderr,
    )
    raise SystemExit(143)
