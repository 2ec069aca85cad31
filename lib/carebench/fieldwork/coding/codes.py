"""What coders said: two people of each item, blind to each other, and a third if they differ."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from ...methods.coders import settled
from ...schema import DataError
from ...study import Study
from ..journal import Journal
from ..journal.keyed import keyed
from ..journal.opening import utc_text
from ..journal.states import write_event
from .drawing import Item, drawn_items
from .labels import labels_of

CODER = re.compile(r"[\w-]{1,40}")


@dataclass(frozen=True, slots=True)
class Code:
    """What one coder said of one item."""

    coder: str
    label: str


def check_coder(coder: str) -> str:
    """`coder`, where it can be a code.

    Raises
    ------
    DataError
        It is none.
    """
    if not CODER.fullmatch(coder):
        raise DataError(
            f"{coder!r} is no code of a coder. Give a short one of letters, digits, _ and -, such "
            "as C1: never a name."
        )
    return coder


def all_codes(journal: Journal) -> dict[str, list[Code]]:
    """By item, what was said of it, in the order in which it was said."""
    codes: dict[str, list[Code]] = defaultdict(list)
    for row in journal.rows("SELECT item, coder, label FROM codes ORDER BY at_utc, coder"):
        codes[row["item"]].append(Code(row["coder"], row["label"]))
    return dict(codes)


def decided(journal: Journal) -> dict[str, str]:
    """By item, the label that people settled on: it holds whatever the kit took the item for."""
    found = {item: settled(_labels(codes)) for item, codes in all_codes(journal).items()}
    return {item: label for item, label in found.items() if label is not None}


def queue(journal: Journal, study: Study, coder: str) -> list[Item]:
    """What `coder` is to code, in an order of its own: never what they coded already.

    Parameters
    ----------
    coder : str
        A code, never a name.

    Raises
    ------
    DataError
        The coder's code is none.
    """
    check_coder(coder)
    codes, key = all_codes(journal), journal.fact("key")
    readable = {
        row["digest"] for row in journal.rows("SELECT digest FROM messages WHERE raw NOTNULL")
    }
    wanted = [
        item
        for item in drawn_items(journal, study)
        if item.drawn != "earlier"
        and (item.kind == "record" or item.item in readable)
        and _wants(codes.get(item.item, []), coder)
    ]
    return sorted(wanted, key=lambda item: keyed(key, "order", coder, item.item))


def put(journal: Journal, item: Item, coder: str, label: str) -> bool:
    """Write down what `coder` says of `item`, on the disk when this returns; False if known.

    What was said first holds: whoever has heard of another's code would no longer be blind.

    Raises
    ------
    DataError
        The label is none of those of the item's kind.
    """
    if label not in labels_of(item.kind):
        known = ", ".join(labels_of(item.kind))
        raise DataError(f"{label!r} is no label of a {item.kind}. Expected one of {known}.")
    with journal.transaction() as connection:
        cursor = connection.execute(
            "INSERT OR IGNORE INTO codes VALUES (?, ?, ?, ?)",
            (item.item, check_coder(coder), label, utc_text(datetime.now(UTC))),
        )
    return cursor.rowcount == 1


def take_back(journal: Journal, item: Item, coder: str) -> None:
    """Forget what `coder` said of `item`: a slip of the hand."""
    with journal.transaction() as connection:
        connection.execute("DELETE FROM codes WHERE item = ? AND coder = ?", (item.item, coder))
        write_event(connection, "code_taken_back", f"{coder}: {item.item}")


def _wants(codes: Sequence[Code], coder: str) -> bool:
    return all(code.coder != coder for code in codes) and settled(_labels(codes)) is None


def _labels(codes: Sequence[Code]) -> list[str]:
    return [code.label for code in codes]
