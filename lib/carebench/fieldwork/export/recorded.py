"""Attempts that people or other systems recorded, made one row each."""

from __future__ import annotations

import json
import sqlite3
from collections import defaultdict
from collections.abc import Iterable, Mapping

from ...schema import ATTEMPTS, OUTCOMES
from ..journal import Journal

# Who saw it with their own eyes is believed before a system, and a system before a line.
_BELIEVED = {"machine": 1, "line": 2}


def recorded(journal: Journal) -> dict[str, dict[str, str]]:
    """By attempt_id, the columns of `attempts` that its records tell; some without an outcome.

    Of several records of one attempt the most believable comes first; the others fill what it
    leaves empty and override nothing.
    """
    by_attempt: dict[str, list[dict[str, str]]] = defaultdict(list)
    for row in journal.rows("SELECT * FROM records ORDER BY imported_utc, source, record"):
        told = _told(row)
        name = row["token"] or told["attempt_id"]
        by_attempt[name].append(told | {"attempt_id": name})
    return {name: _merged(rows) for name, rows in by_attempt.items()}


def decided_by_people(attempt: Mapping[str, str], code: str | None) -> dict[str, str]:
    """The attempt with the outcome that coders settled on, where they did."""
    if code not in OUTCOMES:
        return dict(attempt)
    source = "both" if attempt.get("outcome") == code else "person"
    changed = dict(attempt) | {"outcome": code, "label_source": source}
    if code != "answered":
        changed.pop("answered_at", None)
    return changed


def _told(row: sqlite3.Row) -> dict[str, str]:
    told = json.loads(row["attempt"])
    return {name: str(told[name]) for name in ATTEMPTS.names if told.get(name) not in (None, "")}


def _merged(rows: Iterable[dict[str, str]]) -> dict[str, str]:
    merged: dict[str, str] = {}
    for row in sorted(rows, key=lambda row: _BELIEVED.get(row.get("label_source", ""), 0)):
        if merged.get("outcome") and not row.get("outcome"):
            row.pop("fault", None)  # that nobody knew who answered says nothing any more
        merged = row | merged
    return merged
