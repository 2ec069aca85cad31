"""The rows of the tables that a study reads, from all that the journal knows."""

from __future__ import annotations

import json
import sqlite3
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from ...schema import ATTEMPTS, SURVEY
from ...study import Study
from ..journal import Journal
from ..journal.receiving import COLLECTED
from .came import LOST_BY_US, NOT_MADE, Reply, came_of, open_until
from .left_out import LeftOut
from .recorded import decided_by_people, recorded

Row = Mapping[str, object]
DESIGN = ("provider", "channel", "stage", "scenario", "persona", "arm")


@dataclass(slots=True)
class Tables:
    """The tables, by name, and what is not in them, in words."""

    rows: dict[str, list[Row]] = field(default_factory=dict)
    left_out: list[str] = field(default_factory=list)


def tables_of(study: Study, journal: Journal, unplaced: Iterable[Mapping[str, Any]]) -> Tables:
    """All tables of a wave; one without rows is not there.

    Parameters
    ----------
    unplaced : iterable of mapping
        What of the design found no place, as plan.json keeps it.
    """
    from ..coding import decided
    from ..coding.rows import coding_rows
    from ..web.checking import checked_pages, claimed_hours

    codes = decided(journal)
    attempts, left_out = _attempts(study, journal, codes)
    there = {row["attempt_id"] for row in attempts}
    coded = there | set(left_out.uncoded)
    made: dict[str, list[Row]] = {
        "attempts": attempts,
        "ratings": [row for row in _ratings(journal) if row["attempt_id"] in there],
        "planned": [*_planned(study, journal), *_unplaced(study, unplaced)],
        "codings": [row for row in coding_rows(journal, study) if row["attempt_id"] in coded],
        "survey": _survey(journal),
        "page_checks": [{"wave": study.wave} | row for row in checked_pages(journal)],
        "claimed_hours": list(claimed_hours(journal)),
    }
    return Tables({name: rows for name, rows in made.items() if rows}, left_out.words(attempts))


def _attempts(
    study: Study, journal: Journal, codes: Mapping[str, str]
) -> tuple[list[Row], LeftOut]:
    """The attempts in the order of their names, and what is left out."""
    records, left_out = recorded(journal), LeftOut()
    rows: list[Row] = []
    for probe, came, still in _probes(journal, codes):
        told = records.pop(probe["token"], {})
        made = _made(probe, came, told, codes)
        if still:
            left_out.open.append(still)
        elif made.get("outcome"):
            rows.append({"wave": study.wave} | made)
        elif made:
            left_out.uncoded[probe["token"]] = str(probe["channel"])
        elif probe["channel"] == "email" and probe["state"] in LOST_BY_US:
            left_out.put_off[probe["provider"]] += 1
        else:
            left_out.unrecorded += probe["state"] not in (*NOT_MADE, *LOST_BY_US)
    for name, told in records.items():
        made = decided_by_people(told, codes.get(name))
        if made.get("outcome"):
            rows.append({"wave": study.wave} | made)
        else:
            left_out.uncoded[name] = made.get("channel", "")
    rows.sort(key=lambda row: str(row["attempt_id"]))
    return rows, left_out


def _probes(
    journal: Journal, codes: Mapping[str, str]
) -> Iterable[tuple[sqlite3.Row, dict[str, str] | None, datetime | None]]:
    """Every probe, what the mailbox says came of it, and the end of its watch if it is open."""
    seen_until = journal.fact(COLLECTED)
    replies = _replies(journal, codes)
    events: dict[str, list[sqlite3.Row]] = defaultdict(list)
    for event in journal.rows("SELECT token, kind, detail FROM events ORDER BY number"):
        events[event["token"]].append(event)
    for probe in journal.rows("SELECT * FROM probes ORDER BY token"):
        token = probe["token"]
        if probe["channel"] != "email":
            yield probe, None, None
        elif still := open_until(probe, replies[token], seen_until):
            yield probe, None, still
        else:
            yield probe, came_of(probe, replies[token], events[token]), None


def _replies(journal: Journal, codes: Mapping[str, str]) -> dict[str, list[Reply]]:
    """By probe, what came back, by time; where people settled on a label, that one."""
    replies: dict[str, list[Reply]] = defaultdict(list)
    for row in journal.rows(
        "SELECT digest, token, received_utc, label, sure, labels.evidence FROM matches "
        "JOIN messages USING (digest) JOIN labels USING (digest) ORDER BY received_utc, digest"
    ):
        machine = row["label"] if row["sure"] else "unsure"
        label = codes.get(row["digest"], machine)
        source = "machine"
        if row["digest"] in codes:
            source = "both" if label == machine else "person"
        received = datetime.fromisoformat(row["received_utc"])
        replies[row["token"]].append(Reply(received, label, row["evidence"], source))
    return replies


def _made(
    probe: sqlite3.Row,
    came: dict[str, str] | None,
    told: dict[str, str],
    codes: Mapping[str, str],
) -> dict[str, str]:
    """One planned attempt: its place in the design, then the mailbox, then what was recorded."""
    if not came and not told:
        return {}
    told = decided_by_people(told, codes.get(probe["token"])) if told else {}
    planned = {name: str(probe[name]) for name in DESIGN}
    return (
        {"shopper": str(probe["shopper"])}
        | told
        | (came or {})
        | planned
        | {"attempt_id": str(probe["token"])}
    )


def _ratings(journal: Journal) -> list[Row]:
    rows = journal.rows("SELECT * FROM ratings ORDER BY attempt_id, item, shopper")
    return [
        {name: row[name] for name in ("attempt_id", "item", "score", "shopper")} for row in rows
    ]


_STATES = {"sent": "made", "done": "made", "refused": "made", "cancelled": "cancelled"}


def _planned(study: Study, journal: Journal) -> list[Row]:
    """The plan, and for each attempt what became of it; replacements are no part of the plan."""
    probes = journal.rows("SELECT * FROM probes ORDER BY token")
    replaced_by = {probe["replaces"]: probe["token"] for probe in probes if probe["replaces"]}
    return [
        {
            "attempt_id": probe["token"],
            "wave": study.wave,
            **{name: probe[name] for name in (*DESIGN, "shopper")},
            "due_at": probe["due_utc"],
            "any_hour": "yes" if probe["any_hour"] else "no",
            "state": _STATES.get(probe["state"], "not_made"),
            "replaced_by": _last(probe["token"], replaced_by),
        }
        for probe in probes
        if not probe["replaces"]
    ]


def _last(token: str, replaced_by: Mapping[str, str]) -> str:
    """The last of those that stood in for a probe, one for another; "" where none did."""
    last = ""
    while token := replaced_by.get(token, ""):
        last = token
    return last


def _unplaced(study: Study, unplaced: Iterable[Mapping[str, Any]]) -> list[Row]:
    return [
        {
            "attempt_id": each["name"],
            "wave": study.wave,
            "provider": each["provider"],
            "channel": each["channel"],
            "any_hour": "yes" if each["any_hour"] else "no",
            "state": "unplaced",
        }
        for each in unplaced
    ]


def _survey(journal: Journal) -> list[Row]:
    """Imported answers of surveys; items that a study adds come after the columns of the kit."""
    answers: list[Row] = [
        json.loads(row["answer"])
        for row in journal.rows("SELECT answer FROM answers ORDER BY source, record")
    ]
    return answers


def columns_of(name: str, rows: Iterable[Row]) -> list[str]:
    """The columns of a table that hold anything, those of the schema first and in its order."""
    there = {column for row in rows for column, value in row.items() if value not in (None, "")}
    known = {"attempts": ATTEMPTS.names, "survey": SURVEY.names}.get(name)
    if known is None:
        return list(dict.fromkeys(column for row in rows for column in row))
    return [*(column for column in known if column in there), *sorted(there - set(known))]
