"""What several verbs take: the study, the notebooks' parameters, what to compare with."""

from __future__ import annotations

import argparse
from pathlib import Path

from .. import resources
from ..schema import DataError


def add_study(verb: argparse.ArgumentParser) -> None:
    """Let the verb take a study file."""
    verb.add_argument(
        "study",
        nargs="?",
        type=Path,
        metavar="STUDY",
        help="the study file; the example study where none is named",
    )


def study_of(arguments: argparse.Namespace) -> Path:
    """The study file that was named, the example's where none was."""
    named: Path | None = arguments.study
    return named if named is not None else resources.folder("example") / "study.toml"


def add_parameters(verb: argparse.ArgumentParser) -> None:
    """Let the verb take parameters of the notebooks."""
    verb.add_argument(
        "-p",
        nargs=2,
        action="append",
        default=[],
        metavar=("NAME", "VALUE"),
        help="a parameter of the notebooks: wave, provider, language, confidence_level, against",
    )


def parameters_of(arguments: argparse.Namespace) -> dict[str, str]:
    """The parameters that were given, each once.

    Raises
    ------
    DataError
        One was given twice.
    """
    names = [name for name, _value in arguments.p]
    if repeated := {name for name in names if names.count(name) > 1}:
        raise DataError(f"-p gives {', '.join(sorted(repeated))} more than once. Give it once.")
    return dict(arguments.p)


def add_against(verb: argparse.ArgumentParser) -> None:
    """Let the verb take what to compare with."""
    verb.add_argument(
        "--against",
        action="append",
        default=[],
        metavar="EARLIER",
        help="compare with this earlier wave of the study, or with another study file (*.toml); "
        "may be given several times. The last wave before the study's own where it is not given",
    )
