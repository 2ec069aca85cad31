"""`carebench export`: the tables behind the reports, for other programs."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

from .arguments import add_against, add_parameters, add_study, parameters_of, study_of


def add(verbs: Any) -> None:
    """Add the verb to the command line."""
    verb = verbs.add_parser("export", help="write the tables behind the reports as CSV and xlsx")
    add_study(verb)
    verb.add_argument(
        "--out", type=Path, default=Path("tables"), help="a new folder (%(default)s/)"
    )
    add_parameters(verb)
    add_against(verb)
    verb.add_argument(
        "--identified",
        action="store_true",
        help="keep small numbers, exact days and rows about persons: for the audit team alone",
    )
    verb.set_defaults(run=_export)


def _export(arguments: argparse.Namespace) -> int:
    from ..reporting.export import export

    written = export(
        study_of(arguments),
        out=arguments.out,
        parameters=parameters_of(arguments),
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
