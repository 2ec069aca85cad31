"""Files of one command, opened and read: those whose rows explain each other, together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from ...schema import DataError
from .files import open_file
from .grids import Source
from .how import How
from .kinds import Kind, kind_of, with_one_heading
from .records import Reading


@dataclass(frozen=True, slots=True)
class Opened:
    """A file whose kind is known; `unread` are names of its parts that are of another kind."""

    kind: Kind
    sources: list[Source]
    unread: tuple[str, ...]


def open_as(
    path: Path, paths: Sequence[Path], how: How, *, kind: str, encoding: str, sheet: str
) -> Opened:
    """Open the file at `path`, one of `paths`, as what the user says or its columns show.

    Raises
    ------
    DataError
        It cannot be read, or its kind is not known.
    """
    sources = open_file(path, encoding=encoding, sheet=sheet)
    if [other.name for other in paths].count(path.name) > 1:  # of two folders
        sources = [replace(s, name=s.name.replace(path.name, str(path), 1)) for s in sources]
    mapped = how.mapping.table if how.mapping else ""
    if not mapped:
        sources = [with_one_heading(source) for source in sources]
    found = kind_of(path.name, sources, kind, mapped)
    if found.name == "mapped" and how.mapping is None:
        raise DataError(f"{path.name}: --as mapped needs --mapping FILE.toml.")
    unread = tuple(s.name for s in sources if not found.suits(s) and any(map(any, s.rows)))
    return Opened(found, [s for s in sources if found.suits(s)], unread)


def read_all(opened: Sequence[tuple[Path, Opened]], how: How) -> dict[Path, list[Reading]]:
    """The readings of each file. Chats are read together: what they share is automatic."""
    by_kind: dict[str, list[tuple[Path, Source]]] = {}
    kinds = {}
    for path, one in opened:
        kinds[one.kind.name] = one.kind
        by_kind.setdefault(one.kind.name, []).extend((path, source) for source in one.sources)
    found: dict[Path, list[Reading]] = {path: [] for path, _opened in opened}
    for name, pairs in by_kind.items():
        path_of = {source.name: path for path, source in reversed(pairs)}
        for reading in kinds[name].read([source for _path, source in pairs], how):
            found[path_of[reading.name]].append(reading)
    return found
