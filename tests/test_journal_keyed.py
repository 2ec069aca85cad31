"""Names that lead nowhere: two things never share one, whatever marks stand in their names."""

from __future__ import annotations

import pytest

from carebench.fieldwork.imports.keeping import names_of
from carebench.fieldwork.imports.records import Record
from carebench.fieldwork.journal.keyed import keyed
from carebench.fieldwork.journal.probes import token_of

KEY = "k"


@pytest.mark.parametrize("mark", ["|", "\n", " "])
def test_a_mark_inside_a_name_makes_no_two_names_one(mark):
    one, other = (f"a{mark}b", "c"), ("a", f"b{mark}c")
    assert keyed(KEY, "item", *one) != keyed(KEY, "item", *other)
    assert token_of(KEY, *one, "email", 1, False, 1) != token_of(KEY, *other, "email", 1, False, 1)
    names = [names_of([_record(record)], KEY, source) for source, record in (one, other)]
    assert names[0] != names[1]


def test_a_name_has_another_hash_for_another_purpose_and_another_journal():
    hashes = {keyed(key, purpose, "a") for key in ("k", "q") for purpose in ("item", "draw")}
    assert len(hashes) == 4
    assert all(len(each) == 32 for each in hashes)


def _record(name: str) -> Record:
    return Record(1, name, {"sent_at": "2026-12-01T08:00:00Z"})
