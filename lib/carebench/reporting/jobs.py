"""What a report is made from and what became of it: the messages between the processes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from ..study import Study
from .parameters import Value


@dataclass(frozen=True, slots=True)
class Limits:
    """How long one cell and the whole notebook may take, in seconds."""

    cell: float = 900
    notebook: float = 3600


@dataclass(frozen=True, slots=True)
class Job:
    """One report to be made; `files` are the fingerprints of the data."""

    notebook: Path
    slug: str
    study: Study
    values: Mapping[str, Value]
    files: Sequence[tuple[str, str]]
    out: Path
    limits: Limits = Limits()

    @property
    def html(self) -> Path:
        return self.out / f"{self.slug}.html"


@dataclass(frozen=True, slots=True)
class Result:
    """What became of one report; `failure` says why there is none."""

    notebook: str
    html: Path
    seconds: float
    failure: str = ""
