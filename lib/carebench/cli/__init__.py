"""The command line: `carebench init`, `check`, `report`, `export`, and for fieldwork `plan`,
`probe`, `import` and `code`; `simulate` and `codebook` for the kit itself.

Exit codes: 0 all went well; 1 a table cannot be used or a report failed; 2 the command was
not understood; 130 interrupted; 143 ended by SIGTERM.
"""

from __future__ import annotations

import argparse
import io
import os
import signal
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from .. import __version__, resources
from ..estimate import records
from ..language import LANGUAGES
from ..schema import DataError, codebook
from ..sources import check_study, refuse_unknown_names
from ..study import load_study, reference
from . import code, imports, plan, probe


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line `argv` and return its exit code."""
    for stream in (sys.stdout, sys.stderr):  # a console that lacks a letter gets its number
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    arguments = _parser().parse_args(argv)
    try:
        return int(arguments.run(arguments))
    except DataError as error:
        print(f"carebench: {error}", file=sys.stderr)
        return 1
    except BrokenPipeError:  # whoever read our output, such as head, has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except KeyboardInterrupt:
        print("carebench: interrupted; reports that were finished are kept.", file=sys.stderr)
        return 130


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="carebench",
        description="Audit and benchmark customer care: one study file, three reports.",
        epilog="A study file is described in data/README.md and shown in data/example/study.toml.",
    )
    parser.add_argument("--version", action="version", version=f"carebench {__version__}")
    verbs = parser.add_subparsers(title="verbs", metavar="VERB", required=True)

    _add_report(verbs)
    probe.add(verbs)

    export = verbs.add_parser("export", help="write the tables behind the reports as CSV and xlsx")
    _add_study(export)
    export.add_argument(
        "--out", type=Path, default=Path("tables"), help="a new folder (%(default)s/)"
    )
    _add_parameters(export)
    _add_against(export)
    export.add_argument(
        "--identified",
        action="store_true",
        help="keep small numbers, exact days and rows about persons: for the audit team alone",
    )
    export.set_defaults(run=_export)

    check = verbs.add_parser("check", help="read a study's tables and list every problem")
    _add_study(check)
    check.set_defaults(run=_check)

    simulate = verbs.add_parser("simulate", help="make the example study again")
    simulate.add_argument(
        "folder",
        type=Path,
        nargs="?",
        default=resources.folder("example"),
        help="where to write it; in its own place where none is named",
    )
    simulate.set_defaults(run=_simulate)

    plan.add(verbs)
    imports.add(verbs)
    code.add(verbs)

    verbs.add_parser("codebook", help="print the codebook of all tables").set_defaults(
        run=_codebook
    )
    return parser


def _add_report(verbs: Any) -> None:
    init = verbs.add_parser("init", help="start an engagement: study file, templates, notebooks")
    init.add_argument(
        "folder", type=Path, metavar="FOLDER", help="made where there is none; overwrites nothing"
    )
    init.add_argument(
        "--language",
        choices=LANGUAGES,
        default="en",
        help="of the reports and the README (%(default)s)",
    )
    init.set_defaults(run=_init)

    report = verbs.add_parser(
        "report",
        help="render the three notebooks of a study as HTML",
        epilog="Exit codes: 0 every report is there; 1 a report failed, or none could be begun; "
        "2 the command was not understood; 130 Ctrl-C; 143 ended by SIGTERM. A report that could "
        "not be made is as it was before.",
    )
    _add_study(report)
    report.add_argument(
        "--out", type=Path, default=Path("reports"), help="folder of the reports (%(default)s/)"
    )
    _add_parameters(report)
    _add_against(report)
    report.add_argument(
        "--each", choices=["provider"], help="reports of their own for every provider of the study"
    )
    report.add_argument(
        "--languages", type=_languages, default=(), metavar="en,vi", help="one report in each"
    )
    report.add_argument(
        "--again", action="store_true", help="make again what is there, made from the same"
    )
    report.add_argument(
        "--with-code", action="store_true", help="show the code of each cell, folded"
    )
    report.add_argument(
        "--jobs", type=_jobs, default=2, help="notebooks at the same time (%(default)s)"
    )
    report.add_argument(
        "--cell-limit", type=_time, default=900, metavar="SECONDS",
        help="longest time for one cell (%(default)s)",
    )  # fmt: skip
    report.add_argument(
        "--report-limit", type=_time, default=3600, metavar="SECONDS",
        help="longest time for one report (%(default)s)",
    )  # fmt: skip
    report.set_defaults(run=_report)


def _languages(text: str) -> tuple[str, ...]:
    codes = tuple(code.strip() for code in text.split(","))
    if wrong := [code for code in codes if code not in LANGUAGES]:
        raise argparse.ArgumentTypeError(f"{wrong[0]!r} is none of {', '.join(LANGUAGES)}")
    return codes


def _time(text: str) -> int:
    if not text.isdigit() or not 1 <= int(text) <= 86_400:
        raise argparse.ArgumentTypeError(f"{text!r} is no number of seconds from 1 to 86400")
    return int(text)


def _add_study(verb: argparse.ArgumentParser) -> None:
    verb.add_argument(
        "study",
        nargs="?",
        type=Path,
        metavar="STUDY",
        help="the study file; the example study where none is named",
    )


def _add_parameters(verb: argparse.ArgumentParser) -> None:
    verb.add_argument(
        "-p",
        nargs=2,
        action="append",
        default=[],
        metavar=("NAME", "VALUE"),
        help="a parameter of the notebooks: wave, provider, language, confidence_level, against",
    )


def _add_against(verb: argparse.ArgumentParser) -> None:
    verb.add_argument(
        "--against",
        action="append",
        default=[],
        metavar="EARLIER",
        help="compare with this earlier wave of the study, or with another study file (*.toml); "
        "may be given several times. The last wave before the study's own where it is not given",
    )


def _parameters(arguments: argparse.Namespace) -> dict[str, str]:
    """The parameters that were given, each once."""
    names = [name for name, _value in arguments.p]
    if repeated := {name for name in names if names.count(name) > 1}:
        raise DataError(f"-p gives {', '.join(sorted(repeated))} more than once. Give it once.")
    return dict(arguments.p)


def _jobs(text: str) -> int:
    if not text.isdigit() or not 1 <= int(text) <= 64:
        raise argparse.ArgumentTypeError(f"{text!r} is no number from 1 to 64")
    return int(text)


def _study(arguments: argparse.Namespace) -> Path:
    named: Path | None = arguments.study
    return named if named is not None else resources.folder("example") / "study.toml"


def _report(arguments: argparse.Namespace) -> int:
    from ..reporting.jobs import Limits
    from ..reporting.progress import Progress
    from ..reporting.report import report

    watched = sys.stderr.isatty()
    signal.signal(signal.SIGTERM, _end)
    results = report(
        _study(arguments),
        out=arguments.out,
        parameters=_parameters(arguments),
        against=arguments.against,
        each_provider=arguments.each == "provider",
        languages=arguments.languages,
        again=arguments.again,
        with_code=arguments.with_code,
        jobs=arguments.jobs,
        limits=Limits(cell=arguments.cell_limit, notebook=arguments.report_limit),
        watch=Progress() if watched else None,
    )
    failed = [result for result in results if result.failure]
    for result in failed:
        print(f"carebench: {result.slug} failed: {result.failure}", file=sys.stderr)
    if failed:
        print(
            f"carebench: {len(failed)} of {len(results)} reports failed; their old versions, if "
            "any, are as they were. The same command makes only what is missing.",
            file=sys.stderr,
        )
    if len(failed) < len(results):
        print(f"Open {arguments.out / 'index.html'} in a browser.")
    return 1 if failed else 0


def _end(_signal: int, _frame: object) -> None:
    """Leave in order when the system says so."""
    print(
        "carebench: ended from outside (SIGTERM); reports that were finished are kept, and the "
        "same command makes the others.",
        file=sys.stderr,
    )
    raise SystemExit(143)


def _init(arguments: argparse.Namespace) -> int:
    from ..engagement import init

    files = init(arguments.folder, language=arguments.language)
    print(f"{len(files)} files are in {arguments.folder}. Read {files[0]} first.")
    return 0


def _export(arguments: argparse.Namespace) -> int:
    from ..reporting.export import export

    written = export(
        _study(arguments),
        out=arguments.out,
        parameters=_parameters(arguments),
        against=arguments.against,
        identified=arguments.identified,
    )
    print(f"{written.tables} tables are in {written.folder}; {written.left_out} are left out:")
    print(f"{written.folder / 'contents.csv'} says why.")
    if arguments.identified:
        print(
            "carebench: warning: this export is not de-identified. Treat it as personal data.",
            file=sys.stderr,
        )
    return 0


def _check(arguments: argparse.Namespace) -> int:
    care, errors = check_study(load_study(_study(arguments)))
    with care:
        for table in care.study.tables:
            if care.columns(table):
                print(f"{table}: {care.n_rows(table):,} rows can be used")
        if len(care.problems.counts):
            print("\nProblems found, and what was done about each:")
        for kind in records(care.problems.counts):
            _print_kind(kind, care.problems.rows)
    for error in errors:
        print(f"carebench: {error}", file=sys.stderr)
    if not errors:
        refuse_unknown_names(care.study)
    return 1 if errors else 0


def _print_kind(kind: dict[str, Any], rows: pd.DataFrame) -> None:
    """One kind of problem, how often it occurs, and its first three examples."""
    same = [rows[name].eq(kind[name]) for name in ("table", "column", "expected", "action")]
    examples = records(rows[same[0] & same[1] & same[2] & same[3]].head(3))
    where = ".".join(part for part in (kind["table"], kind["column"]) if part)
    print(f"\n{where}: {kind['n']:,} × {kind['action']}\n  expected {kind['expected']}")
    for example in examples:
        print(f"  {example['file']}, row {example['row']}: {example['value']!r}")
    if kind["n"] > len(examples):
        print(f"  … and {kind['n'] - len(examples):,} more")


def _simulate(arguments: argparse.Namespace) -> int:
    from ..simulate import simulate

    simulate(arguments.folder)
    print(f"The example study is in {arguments.folder}.")
    return 0


def _codebook(arguments: argparse.Namespace) -> int:
    print(codebook() + reference(), end="")
    return 0
