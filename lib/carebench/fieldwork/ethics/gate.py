"""What must stand written before anybody real is contacted."""

from __future__ import annotations

import json
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from ...schema import DataError
from ...study import Study
from ..journal.contact import carry_over
from ..journal.opening import Journal
from ..plan import locked_probes, read_lock
from ..plan.settings import differences, settings_of
from ..rules.limits import stop_file
from ..rules.recipients import is_allowed
from ..wave import Wave
from .signature import unsigned

SHOWN = 5
APPROVER = "the office or role that approved it"
SIGNED_FOR = "docs/ethics.md holds what the approver signs for."


def check(study: Study, wave: Wave, journal: Journal, now: datetime) -> None:
    """Refuse to contact anybody real while something is missing.

    Whoever asked in another wave not to be contacted is taken over first.

    Raises
    ------
    DataError
        Everything that is missing, at once; or the journal of another wave cannot be read.
    """
    carry_over(wave, journal, now=now)
    if faults := missing(study, wave, journal, now):
        listed = "\n".join(f"  - {fault}" for fault in faults)
        raise DataError(
            f"Nothing is sent: before anybody real is contacted, {study.path.name} and its plan "
            f"need\n{listed}\nWithout --live everything is shown and nobody is contacted. "
            f"{SIGNED_FOR}"
        )


def missing(study: Study, wave: Wave, journal: Journal, now: datetime) -> list[str]:
    """What keeps the study from contacting anybody real, one sentence each; empty if nothing.

    Parameters
    ----------
    now : datetime
        With a zone. An approval that lies after it is none.
    """
    faults = unready(study, wave, journal, now)
    faults = faults + _unapproved(study, wave, now) + ([] if faults else unsigned(study, journal))
    if file := stop_file(study):
        faults.append(f"to go on: the file {file} stops everything. Take it away when it may.")
    return faults


def unready(study: Study, wave: Wave, journal: Journal, now: datetime) -> list[str]:
    """What is missing before there is anything that could be signed, one sentence each."""
    sign_off, where = study.fieldwork.sign_off, "fieldwork.sign_off"
    faults = [
        f"{where}.{key}: {what}"
        for key, what in (
            ("purpose", "what the audit is for"),
            ("basis", "own, contracted, competitor or public_body"),
        )
        if not getattr(sign_off, key).strip()
    ]
    if sign_off.basis == "own":
        what = f"{where}.staff_told_on: the day on which own staff was told"
        faults += _undated(sign_off.staff_told_on, what, _day_of(study, now))
    if sign_off.budget <= 0:
        faults.append(f"{where}.budget: the most attempts that may be made")
    return faults + _unlisted(study, journal) + _unlocked(study, wave)


def _unapproved(study: Study, wave: Wave, now: datetime) -> list[str]:
    """What says who approved it, and when."""
    sign_off, where = study.fieldwork.sign_off, "fieldwork.sign_off"
    faults = [] if sign_off.approver.strip() else [f"{where}.approver: {APPROVER}"]
    what = f"{where}.approved_on: the day of approval"
    return faults + (
        _undated(sign_off.approved_on, what, _day_of(study, now)) or _unseen(study, wave)
    )


def _undated(day: str, what: str, today: date) -> list[str]:
    if not day:
        return [what]
    return [f"{what}, which is {day} and has not come"] if date.fromisoformat(day) > today else []


def _unlisted(study: Study, journal: Journal) -> list[str]:
    """Recipients of what is still planned whom nobody has allowed to be contacted."""
    rows = journal.rows("SELECT DISTINCT recipient, zone FROM probes WHERE state = 'planned'")
    others = sorted({row["recipient"] for row in rows if not is_allowed(study, *row)})
    if not others:
        return []
    whole = json.dumps([*study.fieldwork.sign_off.recipients, *others], ensure_ascii=False)
    return [
        f"fieldwork.sign_off.recipients: the plan would contact {len(others)} that it does not "
        f"name. Where they may be contacted, write\n    recipients = {whole}"
    ]


def _unlocked(study: Study, wave: Wave) -> list[str]:
    """What shows that the plan is not the one that was locked, or the study no longer its own."""
    try:
        locked_probes(wave)
        lock = read_lock(wave)
    except DataError as error:
        return [f"a locked plan: {error}"]
    return _changed(study, lock)


def _unseen(study: Study, wave: Wave) -> list[str]:
    """An approval of a day on which nobody could have read the plan that is locked now."""
    try:
        locked = _day_of(study, datetime.fromisoformat(str(read_lock(wave)["locked_utc"])))
    except DataError:  # which is said elsewhere
        return []
    approved = study.fieldwork.sign_off.approved_on
    if date.fromisoformat(approved) >= locked:
        return []
    return [
        f"fieldwork.sign_off.approved_on: {approved} was before the plan was locked, on {locked}. "
        "Let the page of `carebench probe approve` be read and signed anew"
    ]


def _day_of(study: Study, moment: datetime) -> date:
    return moment.astimezone(ZoneInfo(study.zone or "UTC")).date()


def _changed(study: Study, lock: dict[str, Any]) -> list[str]:
    changed = list(differences(lock["settings"], settings_of(study)))
    if not changed:
        return []
    more = f"; and {len(changed) - SHOWN} more" if len(changed) > SHOWN else ""
    return [f"to be as it was when the plan was locked: {'; '.join(changed[:SHOWN])}{more}"]
