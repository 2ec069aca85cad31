"""`carebench probe`: make the planned attempts, fetch what came back, stop, erase, tell."""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..language import LANGUAGES

if TYPE_CHECKING:
    from ..fieldwork.journal import Journal
    from ..fieldwork.wave import Wave
    from ..study import Study

Run = Callable[[argparse.Namespace], int]


def add(verbs: Any) -> None:
    """Add the verb and its sub-verbs."""
    probe = verbs.add_parser(
        "probe",
        help="make the planned attempts of a wave, and what belongs to it",
        epilog="Nothing is sent without --live, and nothing with it until the study is signed "
        "off. While the study's stop file (STOP) is there, nothing is sent at all.",
    )
    steps = probe.add_subparsers(title="steps", metavar="STEP", required=True)
    _add_status(steps)
    _add_approve(steps)
    _add_send(steps)
    _add_collect(steps)
    _add_export(steps)
    _add_sip(steps)
    _add_web(steps)
    _add_stop(steps)
    _add_erase(steps)
    _add_debrief(steps)


def _step(steps: Any, name: str, help: str, run: Run) -> argparse.ArgumentParser:
    step: argparse.ArgumentParser = steps.add_parser(name, help=help, description=help)
    step.add_argument("study", type=Path, metavar="STUDY", help="the study file")
    step.set_defaults(run=run)
    return step


def _add_status(steps: Any) -> None:
    _step(steps, "status", "show where the wave stands", _status)


def _add_approve(steps: Any) -> None:
    step = _step(steps, "approve", "write the page that the approver reads and signs", _approve)
    step.add_argument(
        "--language", choices=LANGUAGES, help="of the page (the study's where not given)"
    )


def _add_send(steps: Any) -> None:
    step = _step(steps, "send", "send the e-mails that are due; without --live, write them", _send)
    step.add_argument("--live", action="store_true", help="really send")
    step.add_argument("--limit", type=_positive, metavar="N", help="send at most N")
    step.add_argument(
        "--until-done", action="store_true", help="wait for each to be due, until none is left"
    )


def _add_collect(steps: Any) -> None:
    _step(steps, "collect", "fetch what came back, match and label it", _collect)


def _add_export(steps: Any) -> None:
    _step(steps, "export", "write the tables that a study reads", _export)


def _add_sip(steps: Any) -> None:
    step = _step(steps, "sip", "make the calls that are due by SIP (experimental)", _sip)
    step.add_argument("--live", action="store_true", help="really call")


def _add_web(steps: Any) -> None:
    _step(steps, "web", "visit each site and form of the study once", _web)


def _add_stop(steps: Any) -> None:
    step = _step(steps, "stop", "never contact an address again", _stop)
    step.add_argument(
        "address", metavar="ADDRESS", help="address or number; or a provider, for all it has"
    )
    step.add_argument("--reason", default="by command", help="why (%(default)s)")


def _add_erase(steps: Any) -> None:
    step = _step(steps, "erase", "erase what was received more than keep_days ago", _erase)
    step.add_argument(
        "--person",
        metavar="ADDRESS|TOKEN",
        help="instead, everything of one person or one probe, however old",
    )


def _add_debrief(steps: Any) -> None:
    step = _step(steps, "debrief", "write the letters that tell providers of the audit", _debrief)
    step.add_argument(
        "--language", choices=LANGUAGES, help="of the letters (each provider's where not given)"
    )


def _positive(text: str) -> int:
    if not text.isdigit() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is no number from 1")
    return int(text)


@contextmanager
def _wave(path: Path) -> Iterator[tuple[Study, Wave, Journal]]:
    """The study at `path`, the folder of its wave, and its journal."""
    from ..fieldwork.journal import open_journal
    from ..fieldwork.wave import wave_of
    from ..study import load_study

    study = load_study(path)
    with open_journal(wave_of(study).journal) as journal:
        yield study, wave_of(study), journal


def _status(arguments: argparse.Namespace) -> int:
    from ..fieldwork.ethics.gate import missing
    from ..fieldwork.journal.later import never_sent
    from ..fieldwork.journal.status import status
    from ..fieldwork.rules.limits import stopped

    now = datetime.now(UTC)
    with _wave(arguments.study) as (study, wave, journal):
        print("\n".join(status(study, journal, now)))
        planned = journal.rows("SELECT 1 FROM probes WHERE state = 'planned'")
        left = len(planned) - len(never_sent(study, journal, now))
        unsigned = len(missing(study, wave, journal, now)) - stopped(study)
    if left and unsigned:
        print(
            f"- Before --live does anything, {unsigned} more must be settled. What it is: "
            "carebench\n  probe approve STUDY"
        )
    return 0


def _approve(arguments: argparse.Namespace) -> int:
    from ..fieldwork.ethics.approval import write_approval
    from ..fieldwork.ethics.gate import missing, unready

    with _wave(arguments.study) as (study, wave, journal):
        now, language = datetime.now(UTC), arguments.language or study.language
        print(write_approval(study, journal, wave, language, now=now))
        faults = missing(study, wave, journal, now)
        for fault in faults:
            print(f"still missing: {fault}")
        if unready(study, wave, journal, now):
            print(f"The page is a draft: write what is missing into {study.path.name}, then again.")
        elif faults:
            _say_what_to_write(study, journal)
        else:
            print("All of it is signed for: --live may go on.")
    return 0


def _say_what_to_write(study: Study, journal: Journal) -> None:
    """The lines by which the study says that this very page was signed."""
    from ..fieldwork.ethics.signature import terms_of

    sign_off, terms = study.fieldwork.sign_off, terms_of(study, journal)
    print(
        f"The page is of plan {terms.plan[:12]}, at most {terms.budget} contacts and "
        f"{len(terms.recipients)} addresses and numbers. When it has been signed, write under\n"
        f"[fieldwork.sign_off] of {study.path.name}\n"
        f"    approver = {json.dumps(sign_off.approver or 'OFFICE OR ROLE', ensure_ascii=False)}\n"
        f'    approved_on = "YYYY-MM-DD"\n'
        f'    page = "{terms.code}"'
    )


def _send(arguments: argparse.Namespace) -> int:
    from ..fieldwork.mail.sending import send
    from ..study import load_study

    summary = send(
        load_study(arguments.study),
        live=arguments.live,
        limit=arguments.limit,
        until_done=arguments.until_done,
    )
    print(summary)
    return {"SIGINT": 130, "SIGTERM": 143}.get(summary.ended_by, 0)


def _collect(arguments: argparse.Namespace) -> int:
    from ..fieldwork.mail.collecting import collect
    from ..study import load_study

    print(collect(load_study(arguments.study)))
    return 0


def _export(arguments: argparse.Namespace) -> int:
    from ..fieldwork.export import study_lines, tables_of_wave, write_tables

    with _wave(arguments.study) as (study, wave, journal):
        tables = tables_of_wave(study, journal, wave)
    paths = write_tables(tables, wave)
    for line in [*map(str, paths), *tables.left_out, "", study_lines(study, paths)]:
        print(line)
    return 0


def _sip(arguments: argparse.Namespace) -> int:
    from ..fieldwork.phone.sip.calls import call_due
    from ..study import load_study

    call_due(load_study(arguments.study), live=arguments.live)
    return 0


def _web(arguments: argparse.Namespace) -> int:
    from ..fieldwork.journal import open_journal
    from ..fieldwork.wave import wave_of
    from ..fieldwork.web import check_pages
    from ..study import load_study

    study = load_study(arguments.study)
    with open_journal(wave_of(study).make().journal, make=True) as journal:  # pages need no plan
        seen = check_pages(study, journal)
    print(
        f"{seen.visited} pages visited: {seen.up} up, {seen.ours} failed on our side; "
        f"{seen.passed_over} passed over, visited a moment ago."
    )
    return 0


def _stop(arguments: argparse.Namespace) -> int:
    from ..fieldwork.journal.contact import addresses_to_stop, stop_contact, what_is_left

    with _wave(arguments.study) as (study, _folder, journal):
        addresses = addresses_to_stop(study, arguments.address)
        for address in addresses:
            cancelled = stop_contact(journal, address, arguments.reason)
            print(f"{address} is not contacted again; {cancelled} planned attempts are cancelled.")
        for line in what_is_left(study, journal, addresses, arguments.address):
            print(line)
    return 0


def _erase(arguments: argparse.Namespace) -> int:
    from ..fieldwork.journal.erasure import REMAINS, erase_old, erase_person

    with _wave(arguments.study) as (study, _folder, journal):
        if arguments.person:
            erased = erase_person(journal, arguments.person)
        else:
            erased = erase_old(journal, study, datetime.now(UTC))
    print(
        f"Erased: {erased.messages} messages, {erased.letters} letters of ours, {erased.rows} "
        f"rows or notes.\n{REMAINS}"
    )
    return 0


def _debrief(arguments: argparse.Namespace) -> int:
    from ..fieldwork.ethics.debriefing import contacts, write_debriefs

    with _wave(arguments.study) as (study, wave, journal):
        for path in write_debriefs(study, journal, wave, arguments.language or ""):
            print(path)
        in_peace = [each.provider for each in contacts(study, journal) if each.in_peace]
    print("Read each letter before it goes out: the kit sends none.")
    if in_peace:
        print(
            f"Asked not to be contacted, or stopped by you: {', '.join(in_peace)}. A letter is "
            "written all the same, for without it they never learn what was done and what is kept. "
            "It says that it is the last. Whether it may be sent, ask whoever approved the audit."
        )
    return 0
