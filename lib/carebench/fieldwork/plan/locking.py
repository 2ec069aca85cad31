"""Locks a plan: hashed, in the journal, and from then on as it is.

First the journal takes all of it in one transaction, then its files are written whole, each in
one step. What was interrupted between is finished by doing it again.
"""

from __future__ import annotations

import json
import os
import sqlite3
from dataclasses import asdict, replace
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from ...schema import DataError
from ...study import Study, seconds
from ..journal import Journal, open_journal
from ..journal.contact import cancel_barred
from ..journal.opening import utc_text
from ..journal.probes import add, plan_name, token_of
from ..journal.runner import only_runner
from ..journal.states import write_event
from ..probe import Probe, as_text, fingerprint, from_text
from ..wave import Wave, wave_of
from .lines import lines, recipient, used_channels
from .planned import Plan
from .settings import differences

SAME = "same"
MOST_SAID = 8  # differences of two plans in one message


def lock_plan(study: Study, plan: Plan, *, instead: bool = False) -> Wave:
    """Lock `plan`: write it into the journal, and as plan.csv and plan.json.

    Parameters
    ----------
    study : Study
        The study that the plan was made of.
    plan : Plan
    instead : bool
        Put it in the place of a plan that was locked before, of which nothing was sent or made.
        Who asked not to be contacted is not contacted by the new plan either.

    Returns
    -------
    Wave
        The folder, in which the same plan is locked however often this is called.

    Raises
    ------
    DataError
        Another plan is locked there, or another carebench is at work in the folder; an e-mail
        of the plan cannot be written.
    """
    wave = _made(study)
    with only_runner(wave):
        _refuse_lost_journal(wave)
        return _lock_in(wave, study, plan, instead=instead)


def _refuse_lost_journal(wave: Wave) -> None:
    """Raise `DataError` where a plan was locked whose journal is gone.

    A new journal would know neither whom was written to nor who asked to be left in peace.
    """
    if wave.lock.exists() and not wave.journal.exists():
        raise DataError(
            f"A plan was locked in {wave.folder}, but its journal {wave.journal.name} is gone. "
            "Restore it from a backup, or plan a new wave: a new journal would contact everybody "
            "again, those too who asked to be left in peace."
        )


def _lock_in(wave: Wave, study: Study, plan: Plan, *, instead: bool) -> Wave:
    with open_journal(wave.journal, make=True) as journal:
        before = journal.fact("plan")
        if before and before != plan.hash and not instead:
            raise DataError(_refusal(wave, journal, plan))
        if before != plan.hash:
            _into_journal(journal, wave, study, plan)
            wave.empty_dry_run()
        _write_files(journal, wave, plan)
    return wave


def locked_probes(wave: Wave) -> tuple[Probe, ...]:
    """The probes of the wave's locked plan, with their tokens.

    Raises
    ------
    DataError
        No plan is locked, or plan.csv is not the one that was.
    """
    lock = read_lock(wave)
    text = _text(wave.plan)
    probes = from_text(text)
    with open_journal(wave.journal) as journal:
        key, hashed = journal.fact("key"), journal.fact("plan")
        unchanged = lock == json.loads(journal.fact("plan.json") or "{}")
    named = all(probe.token == _token(key, lock, probe) for probe in probes)
    same = fingerprint(_bare(probes), lock["settings"]) == lock["hash"] == hashed
    if not (same and unchanged and named and as_text(probes) == text):
        raise DataError(
            f"{wave.plan} or {wave.lock.name} was changed after the plan was locked. The journal "
            "still has it: `carebench plan STUDY --lock` writes both again as they were locked. "
            "Another plan needs another wave."
        )
    return probes


def read_lock(wave: Wave) -> dict[str, Any]:
    """What plan.json says: hash, wave, seed, versions, settings, statement, unplaced.

    Raises
    ------
    DataError
        No plan is locked, or plan.json cannot be read.
    """
    try:
        lock = json.loads(_text(wave.lock))
    except ValueError as error:
        raise DataError(f"{wave.lock} is damaged ({error}). {_AGAIN}") from None
    if not isinstance(lock, dict) or not _WHOLE <= set(lock) or not _is_moment(lock["locked_utc"]):
        raise DataError(f"{wave.lock} is no lock of a plan. {_AGAIN}")
    return lock


def _is_moment(said: object) -> bool:
    try:
        return datetime.fromisoformat(str(said)).tzinfo is not None
    except ValueError:
        return False


def write_draft(study: Study, plan: Plan) -> Path:
    """Write the plan for a look at it; the file locks nothing and nobody reads it again."""
    wave = _made(study)
    draft = draft_of(wave)
    _write(draft, as_text(plan.probes))
    return draft


def draft_of(wave: Wave) -> Path:
    """Where a plan lies that is not locked."""
    return wave.folder / "plan-draft.csv"


def state_of_lock(study: Study, plan: Plan) -> str:
    """What is locked in the plan's wave: "" nothing, `SAME`, or in words what differs."""
    wave = wave_of(study)
    if not wave.journal.exists():
        return ""
    with open_journal(wave.journal) as journal:
        before = journal.fact("plan")
        if before in ("", plan.hash):
            return SAME if before else ""
        return _refusal(wave, journal, plan)


_WHOLE = {"hash", "wave", "settings", "unplaced", "locked_utc"}
_AGAIN = "`carebench plan STUDY --lock` writes it again from the journal."


def _into_journal(journal: Journal, wave: Wave, study: Study, plan: Plan) -> None:
    """All probes of the plan, and what it was made from, in one transaction."""
    key, line_of = journal.fact("key"), {c: lines(study, c) for c in used_channels(study)}
    now = datetime.now(UTC)
    with journal.transaction() as connection:
        _take_out(journal, connection, wave, now)
        lock = _lock(study, plan, now)
        for bare in plan.probes:
            probe = replace(bare, token=_token(key, lock, bare))
            _add(connection, study, probe, line_of[probe.channel][probe.provider])
        cancel_barred(connection, now)
        facts = {"plan": plan.hash, "plan.json": json.dumps(lock)}
        connection.executemany("INSERT OR REPLACE INTO facts VALUES (?, ?)", facts.items())
        write_event(connection, "locked", plan.hash, now=now)


def _take_out(journal: Journal, connection: sqlite3.Connection, wave: Wave, now: datetime) -> None:
    """Take an earlier plan out of the journal, of which nothing was sent or made.

    What happened to its probes (a stop, an hour that was missed) stays known, under no token.
    """
    done = (
        "SELECT count(*) FROM probes WHERE state NOT IN ('planned', 'cancelled') OR tries > 0 "
        "OR token IN (SELECT token FROM records UNION SELECT token FROM matches)"
    )
    begun = int(str(journal.value(done)))
    if begun:
        raise DataError(
            f"{wave.folder}: {begun} attempts of the locked plan are under way or made. It stays; "
            "plan a new wave: give the study another `wave`."
        )
    connection.execute(
        "UPDATE events SET detail = token || ': ' || detail, token = NULL WHERE token IS NOT NULL"
    )
    if taken := connection.execute("DELETE FROM probes").rowcount:
        write_event(
            connection, "replaced", f"{taken} attempts of plan {journal.fact('plan')}", now=now
        )


def _add(connection: sqlite3.Connection, study: Study, probe: Probe, line: str) -> None:
    from ..letters import compose

    work = study.fieldwork
    mail = compose(probe, study) if probe.channel == "email" else None
    add(
        connection,
        probe,
        recipient=recipient(work.providers[probe.provider], probe.channel),
        centre=line,
        watched_s=seconds(work.channels[probe.channel].watched),
        message_id=mail.message_id if mail else None,
        raw=mail.raw if mail else None,
    )


def _token(key: str, lock: dict[str, Any], probe: Probe) -> str:
    plan = plan_name(str(lock["wave"]), str(lock["hash"]))
    return token_of(key, plan, probe.provider, probe.channel, probe.number, probe.any_hour, 1)


def _lock(study: Study, plan: Plan, now: datetime) -> dict[str, Any]:
    return {
        "hash": plan.hash,
        "wave": study.wave,
        "seed": study.fieldwork.seed,
        "locked_utc": utc_text(now),
        "versions": {name: version(name) for name in ("carebench", "numpy")},
        "attempts": len(plan.probes),
        "statement": list(plan.statement),
        "unplaced": [{"name": each.name, **asdict(each)} for each in plan.unplaced],
        "settings": plan.settings,
    }


def _write_files(journal: Journal, wave: Wave, plan: Plan) -> None:
    """plan.csv and plan.json as the journal has them."""
    lock = json.loads(journal.fact("plan.json"))
    key = journal.fact("key")
    named = [replace(probe, token=_token(key, lock, probe)) for probe in plan.probes]
    _write(wave.plan, as_text(named))
    _write(wave.lock, json.dumps(lock, indent=1, ensure_ascii=False) + "\n")
    draft_of(wave).unlink(missing_ok=True)


def _made(study: Study) -> Wave:
    wave = wave_of(study)
    try:
        return wave.make()
    except OSError as error:
        raise DataError(f"{wave.folder} cannot be made: {error.strerror}.") from None


def _write(path: Path, text: str) -> None:
    """Write a file for its owner alone, whole or not at all."""
    half = path.with_name(f".{path.name}-{os.getpid()}")
    try:
        half.unlink(missing_ok=True)
        with open(os.open(half, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb") as file:
            file.write(text.encode())
            file.flush()
            os.fsync(file.fileno())
        os.replace(half, path)
    except OSError as error:
        half.unlink(missing_ok=True)
        raise DataError(f"{path} cannot be written: {error.strerror}. Then do it again.") from None


def _text(path: Path) -> str:
    try:
        return path.read_bytes().decode()
    except FileNotFoundError:
        raise DataError(
            f"There is no {path}. `carebench plan STUDY --lock` makes and locks the plan."
        ) from None
    except UnicodeDecodeError:
        raise DataError(f"{path} is not UTF-8 text. {_AGAIN}") from None


def _bare(probes: tuple[Probe, ...]) -> str:
    return as_text([replace(probe, token="") for probe in probes])


def _refusal(wave: Wave, journal: Journal, plan: Plan) -> str:
    """Which other plan is locked, in what it differs, and how to go on."""
    lock = json.loads(journal.fact("plan.json"))
    found = list(differences(lock["settings"], plan.settings))
    made_by = ", ".join(f"{name} {version}" for name, version in lock["versions"].items())
    said = found[:MOST_SAID] or [f"the settings are the same; it was made by {made_by}"]
    if len(found) > MOST_SAID:
        said.append(f"... and {len(found) - MOST_SAID} more")
    return (
        f"{wave.folder}: another plan was locked on {lock['locked_utc'][:10]}, and a locked plan "
        "is not changed:\n  " + "\n  ".join(said) + "\nPut the study back as it was; or give it "
        "another `wave`; or, while nothing was sent, lock the new plan in its place with "
        "--lock --replace."
    )
