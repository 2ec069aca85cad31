"""`carebench check`: every problem of a study's tables, before anything is made of them."""

from __future__ import annotations

import argparse
import sys
from typing import Any

import pandas as pd

from ..estimate import records
from ..sources import check_study, refuse_unknown_names
from ..study import load_study
from .arguments import add_study, study_of


def add(verbs: Any) -> None:
    """Add the verb to the command line."""
    verb = verbs.add_parser("check", help="read a study's tables and list every problem")
    add_study(verb)
    verb.set_defaults(run=_check)


def _check(arguments: argparse.Namespace) -> int:
    care, errors = check_study(load_study(study_of(arguments)))
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
