"""The one declaration of every table, and the codebook written from it."""

from __future__ import annotations

from carebench.schema import ATTEMPTS, KINDS, TABLES, codebook, nearest
from carebench.study import reference
from conftest import ROOT


def test_the_codebook_in_the_repository_is_not_stale():
    written = (ROOT / "data" / "README.md").read_text(encoding="utf-8")
    assert written == codebook() + reference(), "run: carebench codebook > data/README.md"


def test_attempts_require_only_an_id_and_an_outcome():
    assert ATTEMPTS.required == ("attempt_id", "outcome")


def test_every_column_is_declared_once_with_a_known_type_and_a_meaning():
    for table in TABLES.values():
        assert len(set(table.names)) == len(table.names), table.name
        for column in table.columns:
            assert column.kind in KINDS and column.meaning, (table.name, column.name)


def test_what_tables_refer_to_exists():
    for table in TABLES.values():
        for column, other in table.refers_to:
            assert column in table.names and column in TABLES[other].names
        for rule in table.rules:
            assert {rule.earlier, rule.later} <= set(table.names)
        assert set(table.any_of) <= set(table.names)
        assert not table.key or table.column(table.key).required


def test_the_nearest_spelling_is_offered_and_a_far_one_is_not():
    assert nearest("provder", ["provider", "channel"]) == " Did you mean 'provider'?"
    assert nearest("xyz", ["provider", "channel"]) == ""
