"""The command line: `carebench init`, `check`, `report`, `export`, and for fieldwork `plan`,
`probe`, `import` and `code`; `simulate` and `codebook` for the kit itself.

Exit codes: 0 all went well; 1 a table cannot be used or a report failed; 2 the command was
not understood; 130 interrupted; 143 ended by SIGTERM.
"""

from __future__ import annotations

import argparse
import io
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from .. import __version__, resources
from ..language import LANGUAGES
from ..schema import DataError, codebook
from ..study import reference
from . import check, code, export, imports, plan, probe, report


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
    _add_init(verbs)
    for verb in (check, report, export, plan, probe, imports, code):
        verb.add(verbs)
    _add_simulate(verbs)
    _add_codebook(verbs)
    return parser


def _add_init(verbs: Any) -> None:
    verb = verbs.add_parser("init", help="start an engagement: study file, templates, notebooks")
    verb.add_argument(
        "folder", type=Path, metavar="FOLDER", help="made where there is none; overwrites nothing"
    )
    verb.add_argument(
        "--language",
        choices=LANGUAGES,
        default="en",
        help="of the reports and the README (%(default)s)",
    )
    verb.set_defaults(run=_init)


def _add_simulate(verbs: Any) -> None:
    verb = verbs.add_parser("simulate", help="make the example study again")
    verb.add_argument(
        "folder",
        type=Path,
        nargs="?",
        default=resources.folder("example"),
        help="where to write it; in its own place where none is named",
    )
    verb.set_defaults(run=_simulate)


def _add_codebook(verbs: Any) -> None:
    verb = verbs.add_parser("codebook", help="print the codebook of all tables")
    verb.set_defaults(run=_codebook)


def _init(arguments: argparse.Namespace) -> int:
    from ..engagement import init

    files = init(arguments.folder, language=arguments.language)
    print(f"{len(files)} files are in {arguments.folder}. Read {files[0]} first.")
    return 0


def _simulate(arguments: argparse.Namespace) -> int:
    from ..simulate import simulate

    simulate(arguments.folder)
    print(f"The example study is in {arguments.folder}.")
    return 0


def _codebook(arguments: argparse.Namespace) -> int:
    print(codebook() + reference(), end="")
    return 0
