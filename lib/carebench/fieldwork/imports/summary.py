"""What became of the rows of a file, counted and listed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from ..journal.tombstones import Buried
from .keeping import Item, Sorted
from .records import Problem, Reading

ERASED = "was erased by `probe erase --person`, and stays so"


@dataclass(slots=True)
class Summary:
    """What became of the rows of one file."""

    file: str
    kind: str
    mark: str
    rows: int = 0
    new: int = 0
    known: int = 0
    updated: int = 0
    matched: int = 0
    to_code: int = 0
    problems: list[Problem] = field(default_factory=list)
    changed: list[tuple[int, tuple[str, ...]]] = field(default_factory=list)
    unsure: list[tuple[int, str]] = field(default_factory=list)
    off: list[tuple[int, str]] = field(default_factory=list)  # made at another hour than planned
    left_out: Counter[str] = field(default_factory=Counter)
    unmapped: tuple[str, ...] = ()
    unread: tuple[str, ...] = ()  # sheets, or files of an archive, that are of another kind

    @property
    def complete(self) -> bool:
        """Whether every row was used, known, or none of ours."""
        return not self.problems and not self.changed


def count(summary: Summary, reading: Reading) -> None:
    """Add the rows that were read, refused and left out."""
    summary.rows += reading.rows
    summary.problems += reading.problems
    summary.left_out.update(+reading.left_out)
    summary.unmapped = tuple(dict.fromkeys((*summary.unmapped, *reading.unmapped)))


def kept_of(items: Sequence[Item], source: str, buried: Buried, summary: Summary) -> list[Item]:
    """The items that nobody had erased; how many others there are, is said."""
    kept = [item for item in items if not buried.holds(source, item.record, item.token)]
    summary.left_out += Counter({ERASED: len(items) - len(kept)})
    return kept


def report(summary: Summary, part: Sorted, update: bool) -> None:
    """Add what is new, known and changed; with `update`, what changed was taken."""
    summary.new += len(part.new)
    summary.known += len(part.known) + len(part.longer)
    summary.matched += sum(item.token is not None for item in part.new)
    summary.to_code += sum(_is_open(item) for item in part.new)
    if update:
        summary.updated += len(part.changed)
        return
    summary.changed += [(item.row, _differing(item.facts, old)) for item, old in part.changed]


def _is_open(item: Item) -> bool:
    return "respondent" not in item.facts and "outcome" not in item.facts


def _differing(facts: Mapping[str, str], before: Mapping[str, str]) -> tuple[str, ...]:
    names = sorted({*facts, *before})
    return tuple(name for name in names if facts.get(name) != before.get(name))
