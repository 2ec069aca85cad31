"""What a plan was made from, as far as it decides the plan: hashed with it, and compared."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

from ...study import Study

DECIDE = (
    "starts",
    "weeks",
    "seed",
    "channels",
    "providers",
    "scenarios",
    "personas",
    "shoppers",
    "stop_queue",
    "stop_file",
)


def settings_of(study: Study) -> dict[str, Any]:
    """The keys of the study that decide its plan, under the names they have in the file."""
    work = asdict(study.fieldwork)
    return {
        "wave": study.wave,
        "zone": study.zone,
        "language": study.language,
        "audit.holidays": sorted(study.audit.holidays),
        **{f"fieldwork.{name}": work[name] for name in DECIDE},
    }


def differences(old: Any, new: Any, where: str = "") -> Iterator[str]:
    """Each key in which two settings differ, with what it was and is."""
    if isinstance(old, dict) and isinstance(new, dict):
        for name in sorted({*old, *new}):
            below = f"{where}.{name}" if where else name
            yield from differences(old.get(name), new.get(name), below)
    elif not _same(old, new):
        yield f"{where} was {old!r} and is {new!r}"


def _same(old: Any, new: Any) -> bool:
    """Whether two values are one; a list that was JSON is a tuple again."""
    if isinstance(old, list | tuple) and isinstance(new, list | tuple):
        return list(old) == list(new)
    return bool(old == new)
