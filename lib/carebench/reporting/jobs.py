"""What a report is made from and what became of it: the messages between the processes."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from ..study import Study
from .brand import Brand
from .parameters import Value


@dataclass(frozen=True, slots=True)
class Limits:
    """How long one cell and the whole notebook may take, in seconds, and what it may print."""

    cell: float = 900
    notebook: float = 3600
    output: float = 20e6  # characters, pictures included


@dataclass(frozen=True, slots=True)
class Job:
    """One report to be made; `files` are the fingerprints of the data.

    `made_from` stands for all that the report depends on: where the manifest of a report says
    the same, it need not be made `again`.
    """

    notebook: Path
    slug: str
    study: Study
    values: Mapping[str, Value]
    files: Sequence[tuple[str, str]]
    out: Path
    made_from: str = ""
    limits: Limits = Limits()
    again: bool = False
    brand: Brand = Brand()
    with_code: bool = False

    @property
    def origin(self) -> str:
        """Stands for the study file, without giving away where it lies."""
        return hashlib.sha256(str(self.study.path).encode()).hexdigest()[:16]

    @property
    def html(self) -> Path:
        return self.out / f"{self.slug}.html"


@dataclass(frozen=True, slots=True)
class Result:
    """What became of one report; `failure` says why it could not be made."""

    slug: str
    html: Path
    seconds: float = 0.0
    failure: str = ""
    skipped: bool = False
