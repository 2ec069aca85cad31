"""A plan as it was made: its probes, what found no place, and what it can show."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from ..probe import Probe, as_text, fingerprint


@dataclass(frozen=True, slots=True)
class Unplaced:
    """An attempt of the design that has no place in the wave, and why."""

    provider: str
    channel: str
    number: int
    any_hour: bool
    reason: str

    @property
    def name(self) -> str:
        """A name that no other attempt of the wave has."""
        kind = "any-hour" if self.any_hour else "attempt"
        return f"unplaced {self.provider} {self.channel} {kind} {self.number}"


@dataclass(frozen=True, slots=True)
class Plan:
    """The plan of a wave. Its probes have no tokens until it is locked."""

    probes: tuple[Probe, ...]
    unplaced: tuple[Unplaced, ...]
    statement: tuple[str, ...]
    settings: dict[str, Any]

    @property
    def hash(self) -> str:
        """What the plan is locked under: the same for the same plan, in whichever journal."""
        bare = [replace(probe, token="") for probe in self.probes]
        return fingerprint(as_text(bare), self.settings)
