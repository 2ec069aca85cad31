"""`carebench plan`: make the plan of a wave, say what it can show, and lock it."""

from __future__ import annotations

import argparse
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..schema import DataError
from ..study import Study, load_study

if TYPE_CHECKING:
    from ..fieldwork.plan import Plan
    from ..fieldwork.probe import Probe
    from ..fieldwork.wave import Wave


def add(verbs: Any) -> None:
    """Add the verb `plan`."""
    plan = verbs.add_parser(
        "plan",
        help="plan a wave of attempts, say what it can show, and lock it",
        description="Without --lock nothing is decided: what the plan can show is printed, and a "
        "draft is written for a look at it. With --lock the plan is hashed and written into the "
        "journal, and the sheets for those who make the attempts are written. Nothing is sent.",
    )
    plan.add_argument("study", type=Path, metavar="STUDY", help="the study file")
    plan.add_argument("--lock", action="store_true", help="lock the plan")
    plan.add_argument(
        "--replace",
        action="store_true",
        help="with --lock: in the place of an earlier plan of which nothing was sent or made",
    )
    plan.set_defaults(run=_run)


def _run(arguments: argparse.Namespace) -> int:
    from ..fieldwork.plan import make_plan

    if arguments.replace and not arguments.lock:
        raise DataError("--replace locks a plan in another's place: say --lock --replace.")
    study = load_study(arguments.study)
    plan = make_plan(study)
    print("\n".join(plan.statement), end="\n\n")
    _warn_of_what_is_past(study, plan)
    if arguments.lock:
        _lock(study, plan, instead=arguments.replace)
    else:
        _draft(study, plan, arguments.study)
    return 0


def _warn_of_what_is_past(study: Study, plan: Plan) -> None:
    """Say what of a plan that is not locked yet can no longer be made in its hour."""
    from ..fieldwork.plan import SAME, past, state_of_lock

    lines = past(plan, datetime.now(UTC))
    if lines and state_of_lock(study, plan) != SAME:
        print("\n".join(lines), end="\n\n")


def _lock(study: Study, plan: Plan, *, instead: bool) -> None:
    from ..fieldwork.plan import SAME, lock_plan, state_of_lock
    from ..fieldwork.sheets import write_sheets

    known = state_of_lock(study, plan) == SAME
    if instead and not known:
        _refuse_filled_sheets(study)
    wave = lock_plan(study, plan, instead=instead)
    done = "This plan was locked already, as" if known else "Locked as"
    print(f"{done} {plan.hash[:12]}: {wave.plan}. Nothing was sent.")
    try:
        sheets = write_sheets(study, _still_planned(wave), wave, study.language)
    except DataError as error:
        if not known:
            raise
        print(f"The sheets stay as they are: {error}")  # somebody has filled them in since
        return
    if sheets:
        print(f"{len(sheets)} sheets, calendars and forms are in {wave.sheets}.")


def _refuse_filled_sheets(study: Study) -> None:
    """What shoppers wrote belongs to the plan that was; the next has other times and tokens."""
    from ..fieldwork.sheets.workbook import refuse_filled
    from ..fieldwork.wave import wave_of

    for path in sorted(wave_of(study).sheets.glob("*.xlsx")):
        refuse_filled(path)


def _still_planned(wave: Wave) -> list[Probe]:
    """What of the plan is still to be made; how much is not, is said."""
    from ..fieldwork.journal import open_journal
    from ..fieldwork.journal.contact import carry_over
    from ..fieldwork.plan import locked_probes

    probes = locked_probes(wave)
    with open_journal(wave.journal) as journal:
        carry_over(wave, journal, now=datetime.now(UTC))
        rows = journal.rows("SELECT token FROM probes WHERE state = 'planned'")
    left = {row["token"] for row in rows}
    still = [probe for probe in probes if probe.token in left]
    if out := len(probes) - len(still):
        print(f"{out} attempts are made, begun or cancelled: no sheet has them.")
    return still


def _draft(study: Study, plan: Plan, path: Path) -> None:
    from ..fieldwork.plan import SAME, state_of_lock, write_draft

    locked = state_of_lock(study, plan)
    if locked == SAME:
        print(f"This plan is locked already, as {plan.hash[:12]}.")
    elif locked:
        print(locked)
    else:
        print(f"A draft, not locked: {write_draft(study, plan)}. Nothing was sent.")
        print(f"When it is right: carebench plan {path} --lock")
