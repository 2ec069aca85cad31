"""`carebench code`: sheets for coders, taken back as they are filled in, and how far all is."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..language import speaking
from ..schema import DataError
from ..study import Study, load_study

if TYPE_CHECKING:
    from ..fieldwork.coding import Status
    from ..fieldwork.journal import Journal


def add(verbs: Any) -> None:
    """Add the verb to the command line."""
    verb = verbs.add_parser(
        "code",
        help="let people say what answers were: in doubt, and a share of the others",
        epilog="Two people code each item without knowing of each other; a third where they "
        "differ. With buttons instead of a sheet: notebooks/fieldwork/code.ipynb.",
    )
    verb.add_argument("study", type=Path, metavar="STUDY", help="the study file")
    verb.add_argument("--coder", default="", help="code of the person who codes, such as C1")
    verb.add_argument(
        "--sheet", type=Path, metavar="OUT.xlsx", help="write what this coder is to code"
    )
    verb.add_argument(
        "--take",
        type=Path,
        action="append",
        default=[],
        metavar="FILE",
        help="take a filled sheet back; may be given several times",
    )
    verb.set_defaults(run=_code)


def _code(arguments: argparse.Namespace) -> int:
    from ..fieldwork.journal import open_journal
    from ..fieldwork.wave import wave_of

    study = load_study(arguments.study)
    if arguments.sheet and not arguments.coder:
        raise DataError("--sheet writes the sheet of one coder. Say whose: --coder C1.")
    with open_journal(wave_of(study).journal) as journal:
        failed = sum(_take(journal, study, path, arguments.coder) for path in arguments.take)
        if arguments.sheet:
            _write(journal, study, arguments.coder, arguments.sheet)
        elif not arguments.take:
            _show(journal, study, arguments.coder)
    return 1 if failed else 0


def _write(journal: Journal, study: Study, coder: str, path: Path) -> None:
    from ..fieldwork.coding.sheet import write_sheet

    with speaking(study.language):
        n = write_sheet(journal, study, coder, path)
    print(f"{n} items for {coder} are in {path}. When it is filled in, wholly or in part:")
    print(f"  carebench code {study.path.name} --take {path}")


def _take(journal: Journal, study: Study, path: Path, coder: str) -> bool:
    """Take one sheet in; whether something in it could not be taken."""
    from ..fieldwork.coding.sheet import take_sheet

    taken = take_sheet(journal, study, path, coder)
    print(
        f"{path.name}, {taken.coder}: {taken.new} new codes, {taken.known} known before, "
        f"{taken.empty} rows empty."
    )
    for heading, rows in (
        ("Not taken, because the label is not known:", taken.unknown),
        ("Not taken, because what was said first holds:", taken.changed),
    ):
        if rows:
            print(heading, *rows, sep="\n  ")
    return bool(taken.unknown or taken.changed)


def _show(journal: Journal, study: Study, coder: str) -> None:
    from ..fieldwork.coding import queue, status

    found = status(journal, study)
    share = f"{study.fieldwork.double_coded:.0%}"
    print(f"To be coded: {found.items} items, {found.unsure} of attempts in doubt and")
    print(f"  {found.random} of attempts that were drawn at random ({share} of the others).")
    print(
        f"Coded by nobody: {found.none}; once: {found.once}; twice and differently: "
        f"{found.differing}; settled: {found.done}."
    )
    for name, n in found.by_coder.items():
        print(f"  {name}: {n} codes")
    if found.equal.n:
        print(f"Same label from two coders: {found.equal}")
        print(f"Krippendorff's alpha: {found.alpha}")
    if coder:
        print(f"For {coder}: {len(queue(journal, study, coder))} items.")
    print(_next(found, study, coder, journal))


def _next(found: Status, study: Study, coder: str, journal: Journal) -> str:
    """What to do now."""
    name = study.path.name
    if not found.items:
        return (
            "Nothing is to be coded. Collect answers first (`carebench probe collect`) or import "
            "records (`carebench import`)."
        )
    if found.done == found.items:
        return f"All is settled: `carebench probe export {name}` hands it over."
    from ..fieldwork.coding import queue

    asked = [coder] if coder else ["C1", "C2", "C3"]
    who = next((one for one in asked if queue(journal, study, one)), "")
    if not who:
        return f"Nothing is left for {', '.join(asked)}: somebody else is to code the rest."
    return f"Next: carebench code {name} --coder {who} --sheet {who}.xlsx"
