"""The rows of the table `codings`: what the kit took each item for, and what people said."""

from __future__ import annotations

from ...methods.coders import settled
from ...study import Study
from ..journal import Journal
from ..journal.keyed import keyed
from .codes import all_codes
from .drawing import drawn_items


def coding_rows(journal: Journal, study: Study) -> list[dict[str, object]]:
    """One row an item that was drawn to be coded, or was coded; nobody can be told from them.

    The columns are those of the schema's table `codings`. Coders are not named: who was first
    is nobody's business but theirs.
    """
    codes, key = all_codes(journal), journal.fact("key")
    rows: list[dict[str, object]] = []
    for item in drawn_items(journal, study):
        said = [code.label for code in codes.get(item.item, [])]
        labels = [*said[:3], "", "", ""]
        rows.append(
            {
                "attempt_id": item.attempt,
                "item": keyed(key, "item", item.item).hex()[:16],
                "wave": study.wave,
                "machine": item.machine,
                "drawn": item.drawn,
                "fraction": "" if item.fraction is None else item.fraction,
                "first": labels[0],
                "second": labels[1],
                "third": labels[2],
                "coded": settled(said) or "",
            }
        )
    return rows
