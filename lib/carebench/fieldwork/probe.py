"""One planned attempt, and the plan of a wave as it is written and locked."""

from __future__ import annotations

import csv
import hashlib
import io
import json
from collections.abc import Sequence
from dataclasses import astuple, dataclass, fields
from datetime import datetime
from typing import Any

from ..schema import DataError


@dataclass(frozen=True, slots=True)
class Probe:
    """One attempt as it is planned.

    `token` is its name everywhere: a keyed hash of the cell of the design, which shows nothing
    of what was planned. `slot` is the hour of the provider's week, 0 to 167, Monday 00:00 first;
    `any_hour` marks the attempts that test whether care lives around the clock.
    """

    token: str
    provider: str
    channel: str
    scenario: str
    version: str
    stage: str
    persona: str
    arm: str
    shopper: str
    language: str
    due_utc: str  # ISO 8601 to the second, ending in Z
    zone: str
    slot: int
    any_hour: bool
    number: int  # of the attempt at this provider in this channel, from 1

    @property
    def due(self) -> datetime:
        """When it is to be made."""
        return datetime.fromisoformat(self.due_utc)


NAMES = tuple(field.name for field in fields(Probe))


def as_text(probes: Sequence[Probe]) -> str:
    """The plan as CSV, in the order of time: what is written, hashed and locked."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(NAMES)
    writer.writerows(astuple(probe) for probe in sorted(probes, key=_in_time))
    return text.getvalue()


def from_text(text: str) -> tuple[Probe, ...]:
    """The probes of a plan that `as_text` wrote.

    Raises
    ------
    DataError
        The text is no such plan.
    """
    try:
        rows = list(csv.reader(io.StringIO(text, newline="")))
        if tuple(rows[0]) != NAMES:
            raise ValueError("other columns")
        return tuple(_probe(dict(zip(NAMES, row, strict=True))) for row in rows[1:])
    except (ValueError, IndexError, csv.Error):
        raise DataError(
            f"plan.csv is no plan of carebench. Expected the columns {', '.join(NAMES)}. Make it "
            "again with `carebench plan`; the same seed makes the same plan."
        ) from None


def _probe(row: dict[str, str]) -> Probe:
    numbers = {name: int(row[name]) for name in ("slot", "number")}
    given: dict[str, Any] = row | numbers | {"any_hour": row["any_hour"] == "True"}
    return Probe(**given)


def fingerprint(text: str, study: object) -> str:
    """The hash under which a plan is locked: of its rows and of what they were made from."""
    said = json.dumps(study, sort_keys=True, ensure_ascii=False, default=str)
    return hashlib.sha256(f"{said}\n{text}".encode()).hexdigest()


def _in_time(probe: Probe) -> tuple[str, str, str, bool, int]:
    """The order of a plan: the same before and after its probes have tokens."""
    return probe.due_utc, probe.provider, probe.channel, probe.any_hour, probe.number
