"""`carebench import STUDY FILE...`: takes what others recorded into the journal of a wave."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ..fieldwork.imports import Summary
    from ..fieldwork.imports.records import Problem

EXAMPLES = 5  # rows shown of each list
MOST_RANGES = 30  # of rows that are named without their values
ENCODINGS = ("utf-8", "utf-16", "windows-1258", "windows-1252")
EPILOG = (
    "Rows that can be used are taken; those that cannot are listed, and the exit code is 1. "
    "Mend the file and import it again: what is known already stays as it is. Names, numbers, "
    "addresses and texts stay in the file."
)


def add(verbs: Any) -> None:
    """Add the verb to the command line."""
    verb = verbs.add_parser(
        "import", help="take call records, tickets, chats, forms and sheets in", epilog=EPILOG
    )
    verb.add_argument("study", type=Path, metavar="STUDY", help="the study file")
    verb.add_argument("files", type=Path, nargs="+", metavar="FILE", help="what others recorded")
    verb.add_argument("--as", dest="kind", default="", metavar="KIND", help="kind of the files")
    verb.add_argument("--mapping", type=Path, metavar="FILE.toml", help="which column is which")
    verb.add_argument("--source", default="", help="name of the system, where two are of one kind")
    verb.add_argument("--provider", default="", help="whose lines, tickets or chats these are")
    verb.add_argument("--channel", default="", help="channel, where the file does not say")
    verb.add_argument("--zone", default="", help="IANA time zone of times that carry none")
    verb.add_argument("--dates", choices=("dmy", "mdy"), default="", help="order of day and month")
    verb.add_argument("--encoding", default="", choices=ENCODINGS,
                      help="how text is coded")  # fmt: skip
    verb.add_argument("--sheet", default="", help="sheet of a workbook")
    verb.add_argument("--me", action="append", default=[], metavar="NAME",
                      help="the name under which we chat; may be given several times")  # fmt: skip
    verb.add_argument("--until", default="", metavar="MOMENT", help="when chats were exported")
    verb.add_argument("--within", default="2 h", metavar="TIME",
                      help="most time between record and plan (%(default)s)")  # fmt: skip
    verb.add_argument("--update", action="store_true", help="let rows that were corrected win")
    verb.add_argument("--dry-run", action="store_true", help="show it, and take nothing")
    verb.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Import the files and say what became of their rows."""
    from ..fieldwork.imports import Asked, import_files
    from ..study import load_study

    asked = Asked(
        kind=arguments.kind, mapping=arguments.mapping, source=arguments.source,
        provider=arguments.provider, channel=arguments.channel, zone=arguments.zone,
        dates=arguments.dates, encoding=arguments.encoding, sheet=arguments.sheet,
        me=tuple(arguments.me), until=arguments.until, within=arguments.within,
        update=arguments.update, dry=arguments.dry_run,
    )  # fmt: skip
    summaries = import_files(load_study(arguments.study), arguments.files, asked)
    for summary in summaries:
        _say(summary)
    if arguments.dry_run:
        print("\nThis was a dry run: nothing was taken.")
    return 0 if all(summary.complete for summary in summaries) else 1


def _say(summary: Summary) -> None:
    counts = {
        "rows read": summary.rows,
        "new": summary.new,
        "known": summary.known,
        "updated": summary.updated,
        "matched to planned attempts": summary.matched,
        "to be coded": summary.to_code,
        "left out": sum(summary.left_out.values()),
        "refused": len(summary.problems),
        "changed since": len(summary.changed),
    }
    print(f"\n{summary.file}: {summary.kind} (known by its {summary.mark})")
    for name, count in counts.items():
        print(f"  {name:<28}{count:>9,}")
    for reason, count in summary.left_out.items():
        print(f"  left out, {count:,}: {reason}")
    if summary.unread:
        print(f"  not read, being no {summary.kind}: {'; '.join(summary.unread)}")
    if summary.unmapped:
        print(f"  columns that are not used: {', '.join(summary.unmapped)}")
    if summary.to_code:
        print("  To be coded: something answered, and nobody knows who. They count once coded.")
    _say_lists(summary)


def _say_lists(summary: Summary) -> None:
    _list(
        "rows that may be of another attempt of the plan; look at them",
        [f"row {row}: taken for {token}" for row, token in summary.unsure],
        sys.stdout,
    )
    _list(
        "rows made over an hour from when the plan has them. If a clock is wrong, mend it in the "
        "file and import with --update; else they stand for another hour than was planned",
        [f"row {row}: {said}" for row, said in summary.off],
        sys.stdout,
    )
    _say_refused(summary.problems)
    _list(
        "rows that are known and now say otherwise (`--update` lets the newer win)",
        [f"row {row}: {', '.join(names)}" for row, names in summary.changed],
        sys.stderr,
    )


def _say_refused(problems: Sequence[Problem]) -> None:
    """Every row that was refused: the first of each column with its value, the others by number."""
    if not problems:
        return
    print(f"carebench: rows that were refused: {len(problems):,}", file=sys.stderr)
    alike: dict[tuple[str, str], list[Problem]] = {}
    for problem in problems:
        alike.setdefault((problem.file, problem.column), []).append(problem)
    for (file, column), rows in alike.items():
        for one in rows[:EXAMPLES]:
            said = f"is {one.value!r}" if one.value else "is empty"
            where = f"  {file}, row {one.row}: {column} {said}."
            print(f"{where} Expected {one.expected}.", file=sys.stderr)
        if further := [one.row for one in rows[EXAMPLES:]]:
            print(f"    and {column} of {len(further):,} more: {_ranges(further)}", file=sys.stderr)


def _ranges(rows: Sequence[int]) -> str:
    """The numbers of rows, those that follow each other as one: rows 9-14, 20."""
    found: list[list[int]] = []
    for row in sorted(rows):
        if found and row == found[-1][1] + 1:
            found[-1][1] = row
        else:
            found.append([row, row])
    parts = [f"{a}" if a == b else f"{a}-{b}" for a, b in found[:MOST_RANGES]]
    return f"rows {', '.join(parts)}{', …' * (len(found) > MOST_RANGES)}"


def _list(said: str, lines: list[str], stream: Any) -> None:
    if not lines:
        return
    print(f"carebench: {said}: {len(lines):,}", file=stream)
    for line in lines[:EXAMPLES]:
        print(f"  {line}", file=stream)
    if len(lines) > EXAMPLES:
        print(f"  … and {len(lines) - EXAMPLES:,} more", file=stream)
